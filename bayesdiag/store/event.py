"""Events, of which a case's history is made: their kinds, their fields, and what is wrong with one.

A case is the list of its events; nothing else about it is the truth. Nothing enters without being masked.
"""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bayesdiag.errors import Fault
from bayesdiag.mask import mask_text

OUTCOMES = ("solved", "not_solved", "unclear")
"""How a repair that was tried may have turned out."""
MAX_BODY = 1_000_000
"""Characters of one event as JSON; a diagnosis takes a few thousand."""
MAX_NAME = 200
"""Characters of an id or of a person's name."""
LETTERS = "bcdfghjkmnpqrstvwxz"
"""What new ids are drawn from: no digits, which might be taken for somebody's number, and no words."""

_CARD_LIKE = 10**12
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
"""A model's fingerprint; some of its digits may look like a number that is masked."""
_EVENT_ID = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case.

    Attributes:
        kind: One of `FIELDS`.
        body: What it says, plain JSON.
        by: Who recorded it; empty when not known.
        at: When it was recorded, as ISO 8601 text in UTC; empty until it is stored.
        id: Its name, the same in every store it is copied to; empty until it is stored.
    """

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    at: str = ""
    id: str = ""


def new_id(length: int) -> str:
    """Return an id that nothing else has."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def now() -> str:
    """Return the time in UTC, in a form whose order as text is its order in time."""
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    """Return a moment in the form of `now`; one without a zone counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def masked(value: Any) -> Any:
    """Return plain JSON with every text in it masked, names of fields included.

    A whole number long enough to be a card's is masked too; a fraction never is one.
    """
    if isinstance(value, str):
        return value if _DIGEST.fullmatch(value) else mask_text(value)
    if isinstance(value, Mapping):
        return {
            mask_text(name) if isinstance(name, str) else name: masked(item) for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    if (
        isinstance(value, int | float)
        and math.isfinite(value)
        and abs(value) >= _CARD_LIKE
        and value == int(value)
    ):
        told = str(int(value))
        return value if mask_text(told) == told else mask_text(told)
    return value


def masked_event(event: Event) -> Event:
    """Return the event as it may be stored: masked, with its time and its id."""
    return replace(
        event,
        kind=mask_text(event.kind),
        body=masked(event.body),
        by=mask_text(event.by),
        at=event.at or now(),
        id=event.id or new_id(16),
    )


def event_faults(event: Event, where: tuple[str | int, ...] = ()) -> list[Fault]:
    """Return everything wrong with a masked event by itself, without its history."""
    if event.kind not in FIELDS:
        return [
            Fault((*where, "kind"), f'"{event.kind}" is no kind of event', f"Kinds: {', '.join(FIELDS)}.")
        ]
    faults = []
    if not _EVENT_ID.fullmatch(event.id) or mask_text(event.id) != event.id:
        faults.append(Fault((*where, "id"), "this is no id of an event", "Up to 64 of a-z, 0-9 and -."))
    if not is_stamp(event.at):
        faults.append(Fault((*where, "at"), "this is no time", "Write it as 2026-11-25T09:30:00.000000Z."))
    told = "Text, not too long, without control characters." if event.by and not is_name(event.by) else ""
    if told:
        faults.append(Fault((*where, "by"), "this is no name of a person", told))
    return faults + _body_faults(event, where)


def _body_faults(event: Event, where: tuple[str | int, ...]) -> list[Fault]:
    fields = FIELDS[event.kind]
    place = (*where, event.kind)
    faults = [
        Fault((*place, name), "this field does not belong here", f"Fields: {', '.join(fields) or 'none'}.")
        for name in event.body
        if name not in fields
    ]
    for name, form in fields.items():
        if name not in event.body:
            if form.needed:
                faults.append(Fault((*place, name), "this field is missing", form.allowed))
        elif not form.fits(event.body[name]):
            faults.append(Fault((*place, name), "this cannot stand here", form.allowed))
    return faults or _size_faults(event, place)


def _size_faults(event: Event, place: tuple[str | int, ...]) -> list[Fault]:
    try:
        text = body_text(event.body)
        is_plain = json.loads(text.encode()) == event.body
    except (ValueError, TypeError, RecursionError):
        is_plain = False
    if not is_plain:
        return [
            Fault(place, "this is not plain JSON", "Text, finite numbers, lists and mappings, not too deep.")
        ]
    if len(text) > MAX_BODY:
        return [Fault(place, f"{len(text):,} characters", f"At most {MAX_BODY:,} fit into one event.")]
    return []


def body_text(body: Mapping[str, Any]) -> str:
    """Return a body as it is stored.

    Raises:
        ValueError: It holds a number that JSON has no form for.
    """
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def is_stamp(text: Any) -> bool:
    """Whether this is a moment in the form of `now`."""
    try:
        return isinstance(text, str) and stamp(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False


def is_time(text: Any) -> bool:
    """Whether this is a day or a moment in ISO 8601; empty says that it is not known."""
    try:
        return isinstance(text, str) and (text == "" or bool(datetime.fromisoformat(text)))
    except ValueError:
        return False


def is_name(text: Any) -> bool:
    """Whether this can be the name of a case, a variable, a state or a person."""
    return isinstance(text, str) and 0 < len(text) <= MAX_NAME and text.strip() == text and text.isprintable()


@dataclass(frozen=True, slots=True)
class Form:
    """What a field of an event may hold.

    Attributes:
        fits: Whether a value may stand there.
        allowed: What may, as a sentence.
        needed: Whether the field must be there.
    """

    fits: Callable[[Any], bool]
    allowed: str
    needed: bool = False


def _is_amount(value: Any) -> bool:
    """Whether this is a finite number, 0 or more; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= 1e12  # beyond any cost or likelihood; false of what is no number


def _is_seen(value: Any) -> bool:
    if isinstance(value, str):
        return is_name(value)
    if not isinstance(value, Mapping):
        return False
    return any(value.values()) and all(is_name(state) and _is_amount(p) for state, p in value.items())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_codes(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_name, value))


_ID = Form(is_name, "A name.", needed=True)
_AMOUNT = Form(_is_amount, "A number, 0 or more.")
_SEEN = Form(_is_seen, 'A state\'s name, or the likelihood of each: {"STATE": number}.', needed=True)
_TEXT = Form(_is_text, "Text.")
_SOURCE = {
    "who": Form(lambda value: value == "" or is_name(value), "Who said it: a name."),
    "when": Form(is_time, "When, as 2026-11-25 or 2026-11-25T09:30."),
    "comment": _TEXT,
}
_OUTCOME = Form(lambda value: value in OUTCOMES, f"One of {', '.join(OUTCOMES)}.", needed=True)
_COST = {"minutes": _AMOUNT, "money": _AMOUNT}
_CAUSE = {"cause": _ID, "state": _ID, **_SOURCE}
_BESIDE = Form(
    lambda value: isinstance(value, bool), "true where it stands beside what others said of it, else false."
)
_QUESTION = {"variable": _ID, **_SOURCE}

FIELDS: Mapping[str, Mapping[str, Form]] = {
    "opened": {
        "premise": Form(lambda value: isinstance(value, bool), "true or false."),
        "weight": _AMOUNT,
        "when": _SOURCE["when"],
    },
    "found": {"variable": _ID, "seen": _SEEN, "beside": _BESIDE, **_SOURCE},
    "asked": _QUESTION,
    "answered": {"variable": _ID, "seen": _SEEN, "beside": _BESIDE, **_SOURCE},
    "skipped": _QUESTION,
    "dont_know": _QUESTION,
    "tried_again": {
        "variables": Form(_is_codes, "What was seen of the attempt before: a list of names.", needed=True),
        "when": _SOURCE["when"],
    },
    "undone": {
        "seq": Form(lambda value: type(value) is int and value > 0, "The number of an event.", needed=True)
    },
    "tried": {"repair": _ID, "outcome": _OUTCOME, **_COST, **_SOURCE},
    "diagnosed": {"diagnosis": Form(lambda value: isinstance(value, Mapping), "A diagnosis.", needed=True)},
    "confirmed": _CAUSE,
    "excluded": _CAUSE,
    "spent": _COST,
    "noted": {
        "text": replace(_TEXT, needed=True),
        "approved": Form(_is_codes, "Codes that say the payment went through: a list of names."),
        "who": _SOURCE["who"],
        "when": _SOURCE["when"],
    },
    "closed": {"comment": _TEXT},
    "reopened": {"comment": _TEXT},
    "handed_over": {"to": replace(_ID, allowed="Who handles it from now on: a name."), "comment": _TEXT},
}
"""Kind of event → its fields. A field may be added; none is renamed or dropped, for old cases have it."""

UNDOABLE = frozenset(FIELDS) - {"opened", "undone", "diagnosed", "closed", "reopened", "handed_over"}
"""What can be taken back. It stays in the history, and no longer counts."""
