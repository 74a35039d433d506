"""The page for who leads a team: all stored cases taken together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from bayesdiag.report import overview
from bayesdiag.report.overview import duration
from bayesdiag.store import Query, Statistics, Store, change_mark, read_statistics
from bayesdiag.store.event import stamp
from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.chart import chart
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.source import source

PERIODS = ("7", "30", "90", "365", "")
"""Days back from today; the last stands for all time."""


def page() -> None:
    """Show the page."""
    words = session.words()
    header(is_acting=False)
    st.caption(words("lead_help"))
    with st.container(key="lead"):
        _period()
        found = door.read(lambda store: _statistics(store, store.name, change_mark(store), _since()))
        if found is None:
            return
        if not found.n:
            st.info(words("lead_none"))
            return
        _numbers(found)
        tables = overview(found, door.names())
        left, right = st.columns(2, gap="large")
        for place, table in enumerate(tables):
            with right if place % 2 else left:
                chart(table)


def _period() -> None:
    words = session.words()
    st.session_state["lead_days"] = _days()
    st.segmented_control(
        words("lead_days"),
        PERIODS,
        format_func=lambda days: words("days_some", days=days) if days else words("days_all"),
        key="lead_days",
        required=True,
        on_change=_chosen,
    )


def _days() -> str:
    """Return the period asked for; an address may ask for any other."""
    days = session.view("days")
    return days if days in PERIODS else ""


def _chosen() -> None:
    session.look(days=st.session_state["lead_days"] or "")


def _since() -> str:
    """Return the beginning of the first day that counts."""
    days = _days()
    if not days:
        return ""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return stamp(today - timedelta(days=int(days) - 1))


@st.cache_data(max_entries=32, show_spinner=False)
def _statistics(_store: Store, name: str, mark: tuple[int, int, str], since: str) -> Statistics:  # noqa: ARG001 - name and mark are part of the key
    """Return what the cases come to, counted anew when the store has changed."""
    return read_statistics(_store, Query(since=since))


def _numbers(found: Statistics) -> None:
    """Show the few numbers that say most."""
    words, names = session.words(), door.names()
    right = words("of_count", part=found.n_first, count=found.n_compared) if found.n_compared else "–"
    hours, asked = found.median_hours, found.median_questions
    told = {
        "lead_n": str(found.n),
        "lead_open": str(found.n_open),
        "lead_confirmed": str(found.n_confirmed),
        "lead_first": right,
        "lead_hours": "–" if hours is None else duration(hours, names),
        "lead_questions": "–" if asked is None else f"{asked:g}",
    }
    with st.container(horizontal=True, gap="small", key="lead_numbers"):
        for key, value in told.items():
            with st.container(border=True, width=170):
                note = words("lead_first_help") if key == "lead_first" else None
                st.metric(words(key), value, help=note)
    if found.mean_minutes is not None and found.mean_money is not None:
        price = words.price(found.mean_minutes, found.mean_money, source().model.currency)
        st.caption(plain(words("lead_price", price=price)))
