"""Any history of a case that a store must take."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from bayesdiag.mask import mask_text
from bayesdiag.store.event import OUTCOMES, UNDOABLE, Event, is_name

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40).filter(lambda text: mask_text(text) == text)
NAMES = st.one_of(
    st.sampled_from(["display_text", "王小明", 'O\'Brien "x"', "a=b", "%_\\"]), TEXTS.filter(is_name)
)
AMOUNTS = st.one_of(st.integers(0, 10**11), st.floats(0, 1e11))
SEEN = st.one_of(
    NAMES, st.dictionaries(NAMES, AMOUNTS, min_size=1, max_size=3).filter(lambda told: any(told.values()))
)
TIMES = st.sampled_from(["", "2026-11-25", "2026-11-25T09:30", "2026-11-25T09:30:00.000001+08:00"])
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**11), 10**11), st.floats(-1e11, 1e11), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=10,
)


@st.composite
def histories(draw: DrawFn) -> list[Event]:
    """From "opened" on: any steps in any order that the case allows."""
    opened = {
        name: draw(value)
        for name, value in {"premise": st.booleans(), "weight": AMOUNTS, "when": TIMES}.items()
        if draw(st.booleans())
    }
    events = [Event("opened", opened, by=draw(st.one_of(st.just(""), NAMES)))]
    is_open, undone = True, set()
    for _ in range(draw(st.integers(0, 8))):
        kinds = sorted(BODIES) + (["closed"] if is_open else ["reopened"])
        back = [n for n, e in enumerate(events, 1) if e.kind in UNDOABLE and n not in undone]
        kind = draw(st.sampled_from(kinds + (["undone"] if back else [])))
        is_open = kind == "reopened" or (is_open and kind != "closed")
        body: dict[str, Any] = {}
        if kind == "undone":
            body = {"seq": draw(st.sampled_from(back))}
            undone.add(body["seq"])
        elif kind in BODIES:
            needed, free = BODIES[kind]
            body = {name: draw(value) for name, value in needed.items()}
            body |= {name: draw(value) for name, value in free.items() if draw(st.booleans())}
        events.append(Event(kind, body, by=draw(st.one_of(st.just(""), NAMES))))
    return events


_SAID = {"who": NAMES, "when": TIMES, "comment": TEXTS}
_COST = {"minutes": AMOUNTS, "money": AMOUNTS}
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "found": ({"variable": NAMES, "seen": SEEN}, _SAID),
    "asked": ({"variable": NAMES}, _SAID),
    "answered": ({"variable": NAMES, "seen": SEEN}, _SAID),
    "skipped": ({"variable": NAMES}, _SAID),
    "dont_know": ({"variable": NAMES}, _SAID),
    "tried_again": ({"variables": st.lists(NAMES, max_size=2)}, {"when": TIMES}),
    "tried": ({"repair": NAMES, "outcome": st.sampled_from(OUTCOMES)}, {**_COST, **_SAID}),
    "diagnosed": ({"diagnosis": st.dictionaries(TEXTS, PLAIN, max_size=3)}, {}),
    "confirmed": ({"cause": NAMES, "state": NAMES}, _SAID),
    "excluded": ({"cause": NAMES, "state": NAMES}, _SAID),
    "spent": ({}, _COST),
    "noted": ({"text": TEXTS}, {"approved": st.lists(NAMES, max_size=2)}),
    "handed_over": ({"to": NAMES}, {"comment": TEXTS}),
}
"""Kind of event → fields it must have, fields it may have."""
