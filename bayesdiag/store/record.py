"""A case as the store keeps it: its history, and what follows from it by going through it once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bayesdiag.case import multiplied
from bayesdiag.errors import Fault
from bayesdiag.store.event import UNDOABLE, Event, event_faults

Seen = str | Mapping[str, float]
"""A state's name, or the likelihood of each state."""


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """What was seen of one variable, and what is known about that.

    Attributes:
        seen: The state, or the likelihood of each where one was not sure.
        who: Who said it; where that is not told, who recorded it.
        when: When it was said; where that is not told, when it was recorded.
        comment: Anything said with it.
        seq: Number of the event it comes from.
        told: Person → what that person said, where it counts; more than one where reports stand beside
            each other: then `seen` is what they come to together.
    """

    seen: Seen
    who: str
    when: str
    comment: str
    seq: int
    told: Mapping[str, Seen] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseRecord:
    """One case of the store.

    Attributes:
        id: Its name.
        events: Its history, never changed, only added to. The number of an event is its place, from 1.
        status: "open" or "closed".
        handler: Who handles it; empty when nobody was named.
        findings: Variable → what was seen of it, in the order entered.
        confirmed: Cause → the state it was found to be in, since the case was last opened.
        excluded: Cause → states that were checked and found not to hold.
        minutes: Work it took, in minutes.
        money: What it cost, in the model's currency.
        diagnosis: The last one as it was shown, the JSON of `bayesdiag diagnose`; None without.
        premise: False for an attempt that was recorded without having failed.
        weight: How many cases it stands for.
        when: When it happened, as ISO 8601 text; empty when not known.
        undone: Numbers of the events that were taken back.
        closed_at: When it was last closed; empty while open.
        earlier: What was seen of each failed attempt before the latest, the oldest first.
    """

    id: str
    events: tuple[Event, ...] = ()
    status: str = "open"
    handler: str = ""
    findings: Mapping[str, KeptFinding] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    minutes: float = 0
    money: float = 0
    diagnosis: Mapping[str, Any] | None = None
    premise: bool = True
    weight: float = 1.0
    when: str = ""
    undone: frozenset[int] = frozenset()
    closed_at: str = ""
    earlier: tuple[Mapping[str, KeptFinding], ...] = ()

    @property
    def version(self) -> int:
        """How many events it has: what a change must have seen."""
        return len(self.events)

    @property
    def model(self) -> Mapping[str, Any]:
        """Name, version and digest of the model of the last diagnosis; empty without."""
        told = (self.diagnosis or {}).get("model")
        return told if isinstance(told, Mapping) else {}

    @property
    def first_cause(self) -> tuple[str, str] | None:
        """The first cause of the last diagnosis as it was shown; None without."""
        first = first_cause(self.diagnosis or {})
        return None if first is None else (str(first["id"]), str(first["state"]))

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody named: who recorded, said, or was handed something."""
        told = [
            name for event in self.events for name in (event.by, event.body.get("who"), event.body.get("to"))
        ]
        return tuple(dict.fromkeys(name for name in told if isinstance(name, str) and name))

    @property
    def standing(self) -> tuple[Event, ...]:
        """The events that were not taken back, in order."""
        return tuple(event for seq, event in enumerate(self.events, start=1) if seq not in self.undone)

    @property
    def notes(self) -> tuple[str, ...]:
        """All that was noted and not taken back, in order."""
        return tuple(event.body["text"] for event in self.standing if event.kind == "noted")

    @property
    def not_solved(self) -> tuple[str, ...]:
        """Repairs that did not help, each once, in the order they were tried."""
        tried = [event.body for event in self.standing if event.kind == "tried"]
        return tuple(dict.fromkeys(body["repair"] for body in tried if body["outcome"] == "not_solved"))

    @property
    def approved(self) -> tuple[str, ...]:
        """Codes that say the payment went through, of notes that were not taken back."""
        told = [code for event in self.standing for code in event.body.get("approved", ())]
        return tuple(dict.fromkeys(told))


def first_cause(diagnosis: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the first cause of a stored diagnosis; None where there is none that can be read."""
    causes = diagnosis.get("causes")
    first = causes[0] if isinstance(causes, Sequence) and causes else None
    return first if isinstance(first, Mapping) and {"id", "state"} <= first.keys() else None


def record_of(case_id: str, events: Sequence[Event]) -> CaseRecord:
    """Return what a history comes to; it must be without faults."""
    undone = frozenset(event.body["seq"] for event in events if event.kind == "undone")
    record = CaseRecord(id=case_id, events=tuple(events), undone=undone)
    for seq, event in enumerate(events, start=1):
        step = _STEPS.get(event.kind)
        if step is not None and seq not in undone:
            record = step(record, event, seq)
    return record


def history_faults(events: Sequence[Event], *, known: int = 0) -> list[Fault]:
    """Return everything wrong with a history.

    Args:
        events: The whole history, masked.
        known: So many of its first events were judged before.
    """
    faults: list[Fault] = []
    is_open = False
    undone: set[int] = set()
    for seq, event in enumerate(events, start=1):
        found = event_faults(event, (f"event {seq}",)) if seq > known else []
        if not found:
            found = _order_faults(event, seq, is_open=is_open)
            found += _undoing_faults(event, seq, events, undone)
        if event.kind in {"opened", "reopened", "closed"}:
            is_open = event.kind != "closed"
        faults += found
    if not events:
        faults.append(Fault(("events",), "there is none", 'The first says "opened".'))
    is_told_beside = any(event.body.get("beside") for event in events)
    return _contradictions(events) if is_told_beside and not faults else faults


def _contradictions(events: Sequence[Event]) -> list[Fault]:
    """Return where people whose reports stand beside each other leave no state of a variable."""
    told = "Ask again, or say how sure each of them is; without `beside` it replaces what was said."
    return [
        Fault((f"event {finding.seq}", name), "what is said of it beside each other cannot all be true", told)
        for name, finding in record_of("", events).findings.items()
        if len(finding.told) > 1 and isinstance(finding.seen, Mapping) and not any(finding.seen.values())
    ]


def _order_faults(event: Event, seq: int, *, is_open: bool) -> list[Fault]:
    place = (f"event {seq}", event.kind)
    if (event.kind == "opened") != (seq == 1):
        return [Fault(place, "this is out of order", 'The first event, and no other, says "opened".')]
    if event.kind == "closed" and not is_open:
        return [
            Fault(place, "the case is closed already", "Reopen it first; findings and notes may be added.")
        ]
    if event.kind == "reopened" and is_open:
        return [Fault(place, "the case is open", "Only a closed one is reopened.")]
    return []


def _undoing_faults(event: Event, seq: int, events: Sequence[Event], undone: set[int]) -> list[Fault]:
    if event.kind != "undone":
        return []
    back = event.body["seq"]
    place = (f"event {seq}", event.kind)
    if back >= seq or events[back - 1].kind not in UNDOABLE:
        told = f"What can be taken back: {', '.join(sorted(UNDOABLE))}."
        return [Fault(place, f"number {back} cannot be taken back", told)]
    if back in undone:
        return [Fault(place, f"number {back} was taken back before", "Once is enough.")]
    undone.add(back)
    return []


def _opened(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    told = event.body
    return replace(
        record, premise=told.get("premise", True), weight=told.get("weight", 1.0), when=told.get("when", "")
    )


def _found(record: CaseRecord, event: Event, seq: int) -> CaseRecord:
    told = event.body
    reports = _reports(record, event)
    seen = told["seen"] if len(reports) == 1 else multiplied([reports[who] for who in sorted(reports)])
    who, when = told.get("who") or event.by, told.get("when") or event.at
    finding = KeptFinding(seen, who, when, told.get("comment", ""), seq, reports)
    return replace(record, findings={**record.findings, told["variable"]: finding})


def _reports(record: CaseRecord, event: Event) -> dict[str, Seen]:
    """Return who said what of a variable once this was said: in place of all, or of that person's last."""
    told = event.body
    before = record.findings.get(told["variable"])
    beside = before.told if before is not None and told.get("beside") else {}
    return {**beside, told.get("who", ""): told["seen"]}


def _tried_again(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    shown = {name: record.findings[name] for name in event.body["variables"] if name in record.findings}
    left = {name: finding for name, finding in record.findings.items() if name not in shown}
    return replace(record, findings=left, earlier=(*record.earlier, shown))


def _diagnosed(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    return replace(record, diagnosis=event.body["diagnosis"])


def _confirmed(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    return replace(record, confirmed={**record.confirmed, event.body["cause"]: event.body["state"]})


def _excluded(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    cause, state = event.body["cause"], event.body["state"]
    states = dict.fromkeys((*record.excluded.get(cause, ()), state))
    return replace(record, excluded={**record.excluded, cause: tuple(states)})


def _spent(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    minutes, money = event.body.get("minutes", 0), event.body.get("money", 0)
    return replace(record, minutes=record.minutes + minutes, money=record.money + money)


def _closed(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    return replace(record, status="closed", closed_at=event.at)


def _reopened(record: CaseRecord, _: Event, __: int) -> CaseRecord:
    # What had been confirmed did not settle it; the history keeps it, the new closing tells anew.
    return replace(record, status="open", closed_at="", confirmed={})


def _handed_over(record: CaseRecord, event: Event, _: int) -> CaseRecord:
    return replace(record, handler=event.body["to"])


_STEPS: Mapping[str, Callable[[CaseRecord, Event, int], CaseRecord]] = {
    "opened": _opened,
    "found": _found,
    "answered": _found,
    "tried_again": _tried_again,
    "diagnosed": _diagnosed,
    "confirmed": _confirmed,
    "excluded": _excluded,
    "tried": _spent,
    "spent": _spent,
    "closed": _closed,
    "reopened": _reopened,
    "handed_over": _handed_over,
}
