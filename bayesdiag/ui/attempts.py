"""Failed attempts before the latest, as a case sheet and an address hold them. No Streamlit.

In an address `before.1.display_text=read_error:0.7` is what the first of them showed, and `before.1=failed`
one of which nothing is known but that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bayesdiag.diagnosis.whatif import MOST_EARLIER
from bayesdiag.diagnosis.whatif.attempts import DRAWN_ANEW
from bayesdiag.model import Model
from bayesdiag.ui.scenario import Change, change_of, change_words

BEFORE = "before."
"""Begins every parameter about an earlier attempt."""
NOTHING = "failed"
"""Value that says nothing but that the attempt failed."""

Attempt = Mapping[str, Change]
"""Variable → what was said of it; only what comes about anew in every attempt."""


def attempts_of(model: Model, query: Mapping[str, str]) -> tuple[tuple[Attempt, ...], set[str]]:
    """Return the earlier attempts an address carries, and which of its parameters were understood."""
    found: dict[int, dict[str, Change]] = {}
    understood = set()
    for whole, value in query.items():
        number, _, name = whole.removeprefix(BEFORE).partition(".")
        if not whole.startswith(BEFORE) or number not in map(str, range(1, MOST_EARLIER + 1)):
            continue
        change = change_of(model, name, value) if is_of_attempt(model, name) else None
        if change is not None and change.state:
            found.setdefault(int(number), {})[name] = change
        elif not name and value == NOTHING:
            found.setdefault(int(number), {})
        else:
            continue
        understood.add(whole)
    return tuple(found[number] for number in sorted(found)), understood


def written_attempts(before: tuple[Attempt, ...]) -> Iterator[tuple[str, str]]:
    """Yield the parameters of an address that carry earlier attempts."""
    for number, attempt in enumerate(before, start=1):
        for name, change in attempt.items():
            yield f"{BEFORE}{number}.{name}", change_words(change)
        if not attempt:
            yield f"{BEFORE}{number}", NOTHING


def is_of_attempt(model: Model, name: str) -> bool:
    """Whether something of this name comes about anew in every attempt."""
    return name in model.variable_of and model.variable_of[name].kind in DRAWN_ANEW
