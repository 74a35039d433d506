"""Closer looks at one case: what would change my mind, what would settle it, which numbers matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from bayesdiag.diagnosis import Asking, Diagnosis
from bayesdiag.diagnosis.doubt import Bar, Sensitivity, changes_of_mind, sensitivity
from bayesdiag.diagnosis.doubt_words import bar_words, change_words, mind_words, number_words
from bayesdiag.diagnosis.whatif import Goal, sought
from bayesdiag.diagnosis.words import finding_words
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.errors import BayesdiagError
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.plain import plain, text_table
from bayesdiag.ui.source import Source

LOOKS = ("mind", "goal", "tornado")
SHOWN = 8
"""Lines, goals and bars shown."""
CHOICES = 12
"""Causes to choose from: the first of their order."""
LEAST_BAR = 0.0005
"""A bar of the tornado narrower than this moves nothing worth a word."""
LOW, HIGH = "#7b5ea7", "#d08a1a"
"""Of a bar's two sides; told apart by every kind of eye, and by the legend."""


@dataclass(frozen=True, slots=True)
class Side:
    """One case to look at.

    Attributes:
        source: The model it is diagnosed with.
        diagnosis: The case.
    """

    source: Source
    diagnosis: Diagnosis

    @property
    def network(self) -> CompiledNetwork:
        """The compiled model."""
        return self.source.network


def looks(sides: Mapping[str, Side]) -> None:
    """Show a closer look, chosen by the visitor, at one of the cases."""
    words = session.words()
    st.subheader(words("look"), anchor=False)
    kinds: dict[str, Callable[[Side], None]] = {"mind": _mind, "goal": _goal, "tornado": _tornado}
    with st.container(horizontal=True, gap="medium"):
        letter = st.segmented_control(
            words("look_side"), list(sides), default="A", key="look_side", required=True
        )
        look = st.segmented_control(
            words("look_at"),
            LOOKS,
            default="mind",
            format_func=lambda one: words(f"look_{one}"),
            key="look",
            required=True,
        )
    with st.container(key="looked"):
        try:
            kinds[look](_untried(sides[letter]))
        except BayesdiagError as error:
            st.error(plain(words("failed", reason=str(error))))


def _untried(side: Side) -> Side:
    """Return a case as if nothing had been tried: a closer look is told of the findings alone."""
    diagnosis = side.diagnosis
    if not diagnosis.asking.get("tried"):
        return side
    asking: Asking = {**diagnosis.asking, "tried": ()}
    return Side(side.source, side.source.diagnose(diagnosis.evidence.findings, **asking))


def _mind(side: Side) -> None:
    words, diagnosis = session.words(), side.diagnosis
    changes = changes_of_mind(side.network, diagnosis.evidence, diagnosis.causes, **diagnosis.asking)
    if not changes:
        st.info(words("mind_none"))
        return
    told = [mind_words(diagnosis.model, change, words.language) for change in changes[:SHOWN]]
    st.markdown("\n".join(f"- {plain(line)}" for line in told))


def _cause(side: Side) -> tuple[str, str]:
    """Return the cause to look at."""
    words, causes = session.words(), side.diagnosis.causes[:CHOICES]
    names = [(cause.id, cause.state) for cause in causes]
    chosen = st.selectbox(
        words("look_cause"),
        names,
        format_func=lambda name: cause_label(side.diagnosis.model, words, *name),
        key="look_cause",
    )
    return chosen or names[0]


def _goal(side: Side) -> None:
    words, model = session.words(), side.diagnosis.model
    cause = _cause(side)
    least = st.slider(words("goal_least"), 50, 99, 90, format="%d%%", key="goal_least") / 100
    is_paired = st.toggle(words("goal_pairs"), key="goal_pairs")
    goals, is_all = sought(side.network, side.diagnosis.evidence, cause, least, pairs=is_paired)
    head = (words("goal_answers"), words("goal_p"), words("goal_chance"))
    rows = [(_answers(side, goal), words.percent(goal.p), words.percent(goal.p_answers)) for goal in goals]
    if rows:
        text_table(head, rows[:SHOWN], key="goals")
    else:
        st.info(words("goal_none"))
    if not is_all:
        st.caption(words("goal_all"))
    what = f"“{cause_label(model, words, *cause)}”"
    changes = _sensitivity(side, cause).changes_for(least)[:SHOWN]
    if changes:
        st.caption(words("goal_numbers"))
        told = [change_words(model, change, what, least, words.language) for change in changes]
        st.markdown("\n".join(f"- {plain(line)}" for line in told))


def _answers(side: Side, goal: Goal) -> str:
    words, model = session.words(), side.diagnosis.model
    return words("and").join(finding_words(model, *answer, words.language) for answer in goal.answers)


def _sensitivity(side: Side, cause: tuple[str, str]) -> Sensitivity:
    row = side.network.rows([side.diagnosis.evidence], premise=True)[0]
    return sensitivity(side.network, row, *cause, responsible=True)


def _tornado(side: Side) -> None:
    words, model = session.words(), side.diagnosis.model
    cause = _cause(side)
    found = _sensitivity(side, cause)
    bars = [bar for bar in found.tornado(SHOWN) if bar.width >= LEAST_BAR]
    what = cause_label(model, words, *cause)
    if not bars:
        st.info(words("tornado_none"))
        return
    st.caption(plain(words("tornado_help", cause=what, p=words.percent(found.p))))
    lines = [bar_words(model, bar, f"“{what}”", words.language) for bar in bars]
    st.echarts_chart(
        _drawn(side, bars, found.p), height=70 + 44 * len(bars), renderer="svg", alt=" ".join(lines)
    )
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _drawn(side: Side, bars: list[Bar], p: float) -> dict[str, object]:
    """Return the tornado: to each side of the posterior what the two ends of a number make of it."""
    words, model = session.words(), side.diagnosis.model
    names = [number_words(model, bar.number, words.language) for bar in bars]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "scale": True, "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "axisLabel": {"width": 220, "overflow": "break", "lineHeight": 14},
        },
        "series": [
            *_half(words("tornado_low"), [bar.lower for bar in bars], LOW, p),
            *_half(words("tornado_high"), [bar.upper for bar in bars], HIGH, p),
        ],
    }


def _half(name: str, ends: list[float], colour: str, p: float) -> list[dict[str, object]]:
    """Return an unseen foot and the bar on it, from the posterior to the end."""
    feet = [round(100 * min(p, end), 4) for end in ends]
    spans = [round(100 * abs(end - p), 4) for end in ends]
    bar = {"type": "bar", "stack": name, "barWidth": 12, "barGap": "-100%"}
    unseen = {"color": "transparent"}
    return [
        {**bar, "data": feet, "itemStyle": unseen, "silent": True, "tooltip": {"show": False}},
        {
            **bar,
            "name": name,
            "data": spans,
            "itemStyle": {"color": colour},
            "markLine": {
                "symbol": "none",
                "silent": True,
                "label": {"show": False},
                "lineStyle": {"type": "solid"},
                "data": [{"xAxis": round(100 * p, 4)}],
            },
        },
    ]
