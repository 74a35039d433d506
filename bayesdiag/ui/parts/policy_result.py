"""What a comparison of policies came to: a sentence, charts with their tables, what is left out, files."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from bayesdiag.report.policies import policy_name, rival, spread
from bayesdiag.simulate import POLICIES, Comparison, left_out
from bayesdiag.ui import session
from bayesdiag.ui.parts.chart import COLOURS, chart
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.parts.plain import table as shown_table
from bayesdiag.wire.policies import BASE, policies_document, policies_table

FEW = 300
"""Fewer cases than this leave the intervals wide."""


def policy_result(found: Comparison) -> None:
    """Show what every policy came to."""
    with st.container(key="policy_result"):
        _headline(found)
        _costs(found)
        _table(found)
        chart(spread(found, session.words().language))
        _left_out(found)
        _files(found)


def _headline(found: Comparison) -> None:
    words, other = session.words(), rival(found)
    ratio = found.ratio(BASE, other)
    key = {"static_faq": "policies_share", "best_static": "policies_share_best"}.get(
        other, "policies_share_asks"
    )
    low, high = max(0.0, ratio.share - ratio.margin), ratio.share + ratio.margin
    basis = words("policies_off" if found.is_perturbed else "policies_own")
    with st.container(border=True, key="policy_headline"):
        if found.n > 1:
            told = words(key, share=f"{ratio.share:.0%}", low=f"{low:.0%}", high=f"{high:.0%}")
            st.markdown(f"#### {plain(told)}")
        st.caption(plain(words("policies_done", n=f"{found.n:,}", seed=found.seed, basis=basis)))
        if other != "static_faq":
            st.markdown(plain(words("policies_no_faq")))
        if found.n < FEW:
            st.caption(words("policies_one" if found.n == 1 else "policies_few"))


def _costs(found: Comparison) -> None:
    """Show the mean costs as bars, each with its interval."""
    words = session.words()
    names = list(found.runs)
    cost = {name: found.runs[name].mean_cost for name in names}
    least, most = min(names, key=lambda name: cost[name]), max(names, key=lambda name: cost[name])
    told = {
        f"{which}{end}": value
        for which, name in (("least", least), ("first", BASE), ("most", most))
        for end, value in (("", _name(name)), ("_cost", f"{cost[name]:.1f}"))
    }
    title = words("policies_cost", currency=found.menu.model.currency)
    st.subheader(plain(title), anchor=False)
    with st.container(key="chart_policy_costs"):
        st.echarts_chart(
            _bars(found, names),
            height=90 + 38 * len(names),
            renderer="svg",
            alt=words("policies_cost_alt", **told),
        )


def _bars(found: Comparison, names: list[str]) -> dict[str, Any]:
    words = session.words()
    labels = [_name(name) for name in names]
    means = [found.means(name) for name in names]
    whiskers = [
        {
            "type": "line",
            "name": words("policies_interval"),
            "data": [[mean[0] - 1.96 * mean[1], label], [mean[0] + 1.96 * mean[1], label]],
            "symbol": "rect",
            "symbolSize": [2, 10],
            "color": COLOURS[1],
            "silent": True,
            "tooltip": {"show": False},
        }
        for label, mean in zip(labels, means, strict=True)
        if found.n > 1
    ]
    bars = {
        "type": "bar",
        "name": words("policies_mean"),
        "data": [round(mean[0], 2) for mean in means],
        "barMaxWidth": 22,
        "itemStyle": {"color": COLOURS[0]},
    }
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"show": True, "top": 0, "left": 0},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "min": 0},
        "yAxis": {
            "type": "category",
            "data": labels,
            "inverse": True,
            "axisLabel": {"width": 130, "overflow": "break", "lineHeight": 14},
        },
        "series": [bars, *whiskers],
    }


def _table(found: Comparison) -> None:
    words = session.words()
    keys = ("policy", "mean", "extra", "minutes", "questions", "wrong", "handed")
    rows = []
    for name in found.runs:
        cost, error, minutes, questions, wrong, handed = found.means(name)
        extra = found.difference(BASE, name)
        over = "" if name == BASE else f"{extra.mean:+.1f}{_plus_minus(extra.margin, found.n)}"
        figures = (f"{minutes:.1f}", f"{questions:.1f}", f"{wrong:.1f}", f"{handed:.0%}")
        rows.append((_name(name), f"{cost:.1f}{_plus_minus(1.96 * error, found.n)}", over, *figures))
    shown_table([words(f"policies_{key}") for key in keys], rows, key="policy_table")
    st.caption(words("policies_table_help"))


def _left_out(found: Comparison) -> None:
    words, model = session.words(), found.menu.model
    lines = []
    for reason, names in left_out(found.menu).items():
        labels = [
            words.of(
                model.repair_of[name].label if name in model.repair_of else model.variable_of[name].label,
                name,
            )
            for name in names
        ]
        lines.append(words(f"policies_out_{reason}", names=words.join(labels)))
    missing = [_name(name) for name in POLICIES if name not in found.runs]
    if missing:
        lines.append(words("policies_out_slow", names=words.join(missing)))
    with st.expander(words("policies_left_out"), key="policy_left_out"):
        st.markdown("\n".join(f"- {plain(line)}" for line in [*lines, words("policies_out_always")]))


def _files(found: Comparison) -> None:
    words = session.words()
    written = json.dumps(policies_document(found), ensure_ascii=False, indent=2)
    with st.container(horizontal=True, gap="small"):
        for kind, content in (("json", written), ("csv", policies_table(found))):
            st.download_button(
                words(f"policies_{kind}"),
                content,
                f"policies-{found.n}-{found.seed}.{kind}",
                key=f"policies_{kind}",
                icon=":material/download:",
                on_click="ignore",
            )


def _name(policy: str) -> str:
    return policy_name(policy, session.words().language)


def _plus_minus(margin: float, n: int) -> str:
    return f" ± {margin:.1f}" if n > 1 else ""
