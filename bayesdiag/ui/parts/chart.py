"""A table drawn as bars, with a sentence for who cannot see them, and the table itself below."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bayesdiag.report import Table
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import table as shown_table

COLOURS = ("#2f74d6", "#c2571a")
"""Told apart by every kind of eye, on light and on dark; the legend names them."""
SHOWN = 12
"""Bars of a chart without an order of its own; its table has them all."""


def chart(table: Table) -> None:
    """Show a table as bars, and as what it is behind a click."""
    st.subheader(table.title, anchor=False)
    bars = len(table.labels) if table.is_ordered else min(SHOWN, len(table.labels))
    with st.container(key=f"chart_{table.key}"):
        st.echarts_chart(
            _upright(table) if table.is_ordered else _lying(table, bars),
            height=280 if table.is_ordered else 90 + 38 * bars,
            renderer="svg",
            alt=table.alt,
        )
        with st.expander(session.words()("as_table"), key=f"table_{table.key}"):
            shown_table(table.head, table.rows, key=f"rows_{table.key}")


def _upright(table: Table) -> dict[str, Any]:
    """Return bars side by side in the order of their categories."""
    return {
        **_frame(table),
        "xAxis": {"type": "category", "data": list(table.labels), "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": _series(table, len(table.labels), stack=None),
    }


def _lying(table: Table, bars: int) -> dict[str, Any]:
    """Return bars below one another, the longest first, their names beside them."""
    labels = {"width": 150, "overflow": "break", "lineHeight": 14}
    return {
        **_frame(table),
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {
            "type": "category",
            "data": list(table.labels[:bars]),
            "inverse": True,
            "axisLabel": labels,
        },
        "series": _series(table, bars, stack="all"),
    }


def _frame(table: Table) -> dict[str, Any]:
    has_legend = len(table.columns) > 1
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 40 if has_legend else 16, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"show": has_legend, "top": 0, "left": 0},
    }


def _series(table: Table, bars: int, *, stack: str | None) -> list[dict[str, Any]]:
    return [
        {
            "type": "bar",
            "name": name,
            "data": list(numbers[:bars]),
            "stack": stack,
            "barMaxWidth": 26,
            "itemStyle": {"color": colour},
        }
        for name, numbers, colour in zip(table.head[1:], table.columns, COLOURS, strict=False)
    ]
