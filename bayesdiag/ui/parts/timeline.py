"""How belief moved, finding by finding, and the way back to any of them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, RankedCause
from bayesdiag.diagnosis.whatif import path
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.plain import finding_label, plain
from bayesdiag.ui.parts.plain import table as shown_table
from bayesdiag.ui.source import source

LINES = 4
"""Causes drawn: the first ones at the end."""
COLOURS = ("#2f74d6", "#c2571a", "#0f8a6d", "#8a5bc2")
"""Told apart by every kind of eye together with the symbols."""
SYMBOLS = ("circle", "rect", "triangle", "diamond")


def timeline(diagnosis: Diagnosis) -> None:
    """Show the causes after each finding in the order entered; worked out once somebody looks."""
    words = session.words()
    if len(diagnosis.evidence.findings) < 2:
        return
    shown = st.expander(words("timeline"), key="timeline", on_change="rerun")
    if not shown.open:
        return
    sheet, model = session.sheet(), diagnosis.model
    told = sheet.counted()
    steps = [finding_label(model, words, name, change.state, change.sure) for name, change in told.items()]
    with shown:
        st.caption(words("timeline_help"))
        _lines(diagnosis, len(steps))
        numbered = [f"{number}. {label}" for number, label in enumerate(steps, start=1)]
        for name, label in zip(told, numbered[:-1], strict=False):
            st.button(
                plain(words("timeline_back", finding=label)),
                key=f"back_to_{name}",
                icon=":material/history:",
                type="tertiary",
                wrap=True,
                on_click=_back_to,
                args=(name,),
            )
        st.caption(plain(words("timeline_now", finding=numbered[-1])))


def _lines(diagnosis: Diagnosis, n_steps: int) -> None:
    """Draw the first causes over the steps, with what is drawn as a table."""
    words, model = session.words(), diagnosis.model
    causes = diagnosis.causes[:LINES]
    names = [cause_label(model, words, cause.id, cause.state) for cause in causes]
    moved = path(source().network, diagnosis.evidence)
    shares = [[_share(cause, after) for after in moved] for cause in causes]
    told = [[words.percent(share) for share in line] for line in shares]
    last = words.join([f"{name} {line[-1]}" for name, line in zip(names, told, strict=True)])
    with st.container(key="timeline_chart"):
        alt = words("timeline_alt", n=n_steps, last=last)
        st.echarts_chart(_drawn(names, shares), height=300, renderer="svg", alt=alt)
    head = (words("timeline_cause"), words("timeline_start"), *map(str, range(1, n_steps + 1)))
    rows = [(name, *line) for name, line in zip(names, told, strict=True)]
    shown_table(head, rows, key="timeline_rows")


def _share(cause: RankedCause, after: tuple[RankedCause, ...]) -> float:
    """Return the responsibility of a cause at a step; 0 where the findings so far were impossible."""
    return next((one.responsibility for one in after if (one.id, one.state) == (cause.id, cause.state)), 0.0)


def _drawn(names: list[str], shares: list[list[float]]) -> dict[str, Any]:
    numbers = [str(number) for number in range(len(shares[0]))] if shares else []
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 16 + 22 * len(names), "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "left": 0, "orient": "vertical", "itemHeight": 10},
        "xAxis": {"type": "category", "data": numbers, "boundaryGap": False},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}},
        "series": [
            {
                "type": "line",
                "name": name,
                "data": [round(100 * share, 1) for share in line],
                "symbol": symbol,
                "symbolSize": 8,
                "lineStyle": {"width": 2},
                "itemStyle": {"color": colour},
            }
            for name, line, colour, symbol in zip(names, shares, COLOURS, SYMBOLS, strict=False)
        ],
    }


def _back_to(name: str) -> None:
    """Take away what was entered after a finding."""
    sheet = session.sheet()
    entered = list(sheet.findings)
    later = entered[entered.index(name) + 1 :]
    session.change(sheet.with_findings(dict.fromkeys(later, "")))
