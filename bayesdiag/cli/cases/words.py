"""Stored cases as text: a line in a list, a page by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bayesdiag.cli.printing import visible

if TYPE_CHECKING:
    from bayesdiag.store import CaseRecord, Event, ModelCase


def list_lines(records: Iterable[CaseRecord]) -> list[str]:
    """Return a table: a line each, the columns below one another."""
    rows: list[tuple[str, ...]] = [("id", "status", "changed", "handled by", "cause")]
    for r in records:
        told = (r.id, r.status, minute(_changed(r)), r.handler or "-", cause_words(r))
        rows.append(tuple(map(visible, told)))
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, its cells below one another in columns of a terminal."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def cause_words(record: CaseRecord) -> str:
    """Return what it was, or what stands first so far."""
    if record.confirmed:
        return ", ".join(f"{cause}={state}" for cause, state in record.confirmed.items())
    return f"{'='.join(record.first_cause)} ?" if record.first_cause else "-"


def record_lines(record: CaseRecord, told: ModelCase | None = None) -> list[str]:
    """Return a case as a page: what it comes to, then its history."""
    head = [f"{record.id}  {record.status}, version {record.version}"]
    facts = {
        "opened": minute(record.events[0].at),
        "closed": minute(record.closed_at),
        "happened": record.when,
        "handled by": record.handler,
        "model": " ".join(str(record.model.get(part) or "") for part in ("name", "version")).strip(),
        "first cause": "=".join(record.first_cause or ()),
        "confirmed": ", ".join(f"{cause}={state}" for cause, state in record.confirmed.items()),
        "excluded": ", ".join(f"{c}={state}" for c, states in record.excluded.items() for state in states),
        "cost": _cost(record.minutes, record.money),
    }
    lines = [f"  {name:12}{value}" for name, value in facts.items() if value]
    unknown = set(told.unknown) if told is not None else set()
    for number, attempt in enumerate(record.earlier, start=1):
        lines += ["", f"Attempt {number}, failed"] + [
            f"  {name} = {seen_words(kept.seen)}  – {kept.who or '?'}, {minute(kept.when)}"
            for name, kept in attempt.items()
        ]
    if record.findings:
        lines += ["", "Findings" if not record.earlier else f"Attempt {len(record.earlier) + 1}, the latest"]
        for name, finding in record.findings.items():
            mark = (
                "  (unknown to this model)"
                if {f"{name}={s}" for s in _states(finding.seen)} & unknown
                else ""
            )
            lines.append(
                f"  {name} = {seen_words(finding.seen)}  – {finding.who or '?'}, {minute(finding.when)}{mark}"
            )
    for part in sorted(unknown - {f"{n}={s}" for n, f in record.findings.items() for s in _states(f.seen)}):
        lines.append(f"  {part}  (unknown to this model)")
    lines += ["", "History"]
    for seq, event in enumerate(record.events, start=1):
        mark = "  (taken back)" if seq in record.undone else ""
        lines.append(f"  {seq:3}  {minute(event.at)}  {event.by or '?'}: {event_words(event)}{mark}")
    return head + lines


def event_words(event: Event) -> str:
    """Return what happened, in a line."""
    told = event.body
    kind = event.kind.replace("_", " ").replace("dont know", "does not know")
    parts = [kind, _what(event)]
    said = " ".join(str(told[name]) for name in ("who", "when") if told.get(name))
    comment = str(told.get("comment") or "")
    cost = _cost(told.get("minutes", 0), told.get("money", 0))
    parts += [f"({extra})" for extra in (said, cost) if extra] + ([f"“{comment}”"] if comment else [])
    return " ".join(part for part in parts if part)


def seen_words(seen: str | Mapping[str, float]) -> str:
    """Return a state, or the likelihood of each."""
    return seen if isinstance(seen, str) else ", ".join(f"{state}:{p:g}" for state, p in seen.items())


def minute(at: str) -> str:
    """Return a moment to the minute; a day as it is."""
    return at[:16].replace("T", " ") + (" UTC" if at.endswith("Z") else "") if at else ""


def _what(event: Event) -> str:
    told: Mapping[str, Any] = event.body
    if event.kind in {"found", "answered"}:
        return f"{told['variable']} = {seen_words(told['seen'])}"
    if event.kind in {"confirmed", "excluded"}:
        return f"{told['cause']}={told['state']}"
    if event.kind == "tried":
        return f"{told['repair']}: {told['outcome'].replace('_', ' ')}"
    if event.kind == "diagnosed":
        from bayesdiag.store.record import first_cause  # noqa: PLC0415 - as everywhere here

        first = first_cause(told["diagnosis"])
        return "no cause" if first is None else f"first {first['id']}={first['state']}"
    if event.kind == "undone":
        return f"number {told['seq']}"
    return str(told.get("text") or told.get("to") or told.get("variable") or "")


def _changed(record: CaseRecord) -> str:
    return max(event.at for event in record.events)


def _cost(minutes: float, money: float) -> str:
    parts = ([f"{minutes:g} min"] if minutes else []) + ([f"{money:g} money"] if money else [])
    return ", ".join(parts)


def _states(seen: str | Mapping[str, float]) -> list[str]:
    return [seen] if isinstance(seen, str) else list(seen)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese sign takes two."""
    from unicodedata import east_asian_width  # noqa: PLC0415

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - _width(text))
