"""`bayesdiag cases append`, `hand-over`, `close` and `reopen`: what happens to a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesdiag.cli.cases.diagnosing import (
    Shown,
    Step,
    check_names,
    diagnosed,
    model_for,
    reported,
    tried_again,
)
from bayesdiag.cli.cases.options import (
    ByOption,
    CauseOption,
    ExcludedOption,
    IdArgument,
    MinutesOption,
    MoneyOption,
    NoteOption,
    SeenOption,
    StoreOption,
    WhenOption,
    WhoOption,
    hidden,
    notes,
    pairs,
    refuse,
    store_of,
    told_by_option,
    writer,
)
from bayesdiag.cli.diagnose import text_of
from bayesdiag.cli.findings import FindingOption, told_case
from bayesdiag.cli.inputs import JsonOption, LanguageOption, language_of, write_json
from bayesdiag.cli.printing import say

if TYPE_CHECKING:
    from bayesdiag.case import Report
    from bayesdiag.store import CaseRecord, Event, Store

TRIES = 50
"""So often a change is tried anew where others keep adding to the case."""


def append(
    case: IdArgument,
    finding: FindingOption = None,
    asked: Annotated[
        list[str] | None, typer.Option("--asked", metavar="ID", help="A question that was asked. Repeatable.")
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option("--answer", metavar="ID=STATE", help="The answer to a question. Repeatable."),
    ] = None,
    skipped: Annotated[
        list[str] | None, typer.Option("--skipped", metavar="ID", help="A question left out. Repeatable.")
    ] = None,
    dont_know: Annotated[
        list[str] | None,
        typer.Option("--dont-know", metavar="ID", help="A question without an answer. Repeatable."),
    ] = None,
    tried: Annotated[
        list[str] | None,
        typer.Option(
            "--tried",
            metavar="REPAIR=OUTCOME",
            help="solved, not_solved or unclear. --minutes and --money cost it.",
        ),
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="It was tried again and failed: what was seen moves to the attempt before."
        ),
    ] = False,
    cause: CauseOption = None,
    excluded: ExcludedOption = None,
    undo: Annotated[
        list[int] | None,
        typer.Option("--undo", metavar="N", help="Take back number N of the history. Repeatable."),
    ] = None,
    minutes: MinutesOption = None,
    money: MoneyOption = None,
    note: NoteOption = None,
    who: WhoOption = "",
    when: WhenOption = "",
    by: ByOption = None,
    seen: SeenOption = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Model to check names with and to diagnose anew."),
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Add to a case: findings, answers, repairs tried, causes, notes. New findings are diagnosed anew."""
    said = {part: text for part, text in (("who", who), ("when", when)) if text}
    steps: list[Step] = [("undone", {"seq": number}) for number in undo or ()]
    steps += [("asked", {"variable": name, **said}) for name in asked or ()]
    reports: list[tuple[str, Report]] = []
    for kind, told in (("found", finding), ("answered", answer)):
        seen_by_all = told_case([hidden(text) for text in told or ()])
        reports += [(kind, report) for report in seen_by_all.reports]
        steps += [(kind, {"variable": v, "seen": s, **said}) for v, s in seen_by_all.findings.items()]
    steps += [("skipped", {"variable": name, **said}) for name in skipped or ()]
    steps += [("dont_know", {"variable": name, **said}) for name in dont_know or ()]
    steps += _tried(tried, minutes, money, said)
    steps += _causes(cause, excluded, said)
    steps += [] if tried else _spent(minutes, money)
    steps += notes(note, said)
    if not steps and not reports and not again:
        refuse(f"{hidden(case)}: nothing to add was given", "See: bayesdiag cases append --help")
    language = language_of(lang)
    with store_of(store) as opened:
        steps += reported(opened, case, reports, said, model)
        record, shown = _appended(
            opened, case, steps, seen=seen, by=writer(by), model=model, language=language, again=again
        )
    if not json and shown is not None:
        say(text_of(shown.diagnosis, language) + "\n")
    _tell(record, "added to", json=json)
    if shown is None and record.model and _is_news(steps):
        say("not diagnosed anew: give its model, --model FILE", err=True)


def hand_over(
    case: IdArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who handles it from now on.")],
    note: NoteOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Hand a case over to somebody else."""
    steps: list[Step] = notes(note)
    with store_of(store) as opened:
        record = _changed(opened, case, [*steps, ("handed_over", {"to": name})], seen=seen, by=writer(by))
    _tell(record, f"handed over to {record.handler}", json=json)


def close(
    case: IdArgument,
    cause: CauseOption = None,
    excluded: ExcludedOption = None,
    minutes: MinutesOption = None,
    money: MoneyOption = None,
    note: NoteOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="Model to check the names of causes with.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Close a case with what it really was, and what it cost: models are learned and tested from that."""
    steps = _causes(cause, excluded, {}) + _spent(minutes, money)
    steps += notes(note)
    with store_of(store) as opened:
        record = _changed(opened, case, [*steps, ("closed", {})], seen=seen, by=writer(by), model=model)
    _tell(record, "closed", json=json)
    if not record.confirmed and not json:
        say(f"no cause is confirmed. When it is known: bayesdiag cases append {record.id} --cause ID=STATE")


def reopen(
    case: IdArgument,
    note: NoteOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Open a closed case again. What had been confirmed stays in its history and no longer counts."""
    steps: list[Step] = [("reopened", {}), *notes(note)]
    with store_of(store) as opened:
        record = _changed(opened, case, steps, seen=seen, by=writer(by))
    _tell(record, "reopened", json=json)


def _appended(
    store: Store,
    case: str,
    steps: Sequence[Step],
    *,
    seen: int | None,
    by: str,
    model: str | None,
    language: Any,
    again: bool = False,
) -> tuple[CaseRecord, Shown | None]:
    """Add steps to a case, and the diagnosis that new findings lead to, in one go."""
    from bayesdiag.store import Event, model_case  # noqa: PLC0415
    from bayesdiag.store.event import masked_event  # noqa: PLC0415
    from bayesdiag.store.record import record_of  # noqa: PLC0415

    shown: Shown | None = None

    def news(before: CaseRecord) -> list[Event]:
        nonlocal shown
        shown = None
        known = model_for(before, model)
        if known is not None:
            check_names(known[0], steps)
        first = [tried_again(before, known[0] if known else None)] if again else []
        events = [masked_event(Event(kind, body, by=by)) for kind, body in (*first, *steps)]
        is_stale = seen is not None and seen != before.version
        if known is None or is_stale or not known[0].is_diagnostic or not (again or _is_news(steps)):
            return events
        after = record_of(case, [*before.events, *events])
        told = model_case(after, known[0]).case
        tried = [name for name in after.not_solved if name in known[0].repair_of]
        shown = diagnosed(known[0], known[1], [told.evidence], language, earlier=told.earlier, tried=tried)[0]
        return [*events, Event("diagnosed", {"diagnosis": shown.document}, by=by)]

    return _added(store, case, news, seen=seen), shown


def _added(
    store: Store, case: str, news: Callable[[CaseRecord], list[Event]], *, seen: int | None
) -> CaseRecord:
    """Add to a case what follows from it as it is; with no version told, anew if somebody came between."""
    from bayesdiag.errors import StaleCase  # noqa: PLC0415
    from bayesdiag.store import append_events, read_record  # noqa: PLC0415

    for left in reversed(range(TRIES)):
        before = read_record(store, case)
        try:
            with told_by_option():
                return append_events(store, case, news(before), seen=before.version if seen is None else seen)
        except StaleCase:
            if seen is not None or not left:
                raise
    raise AssertionError("the last try returns or raises")


def _is_news(steps: Sequence[Step]) -> bool:
    """Whether a diagnosis may come out otherwise."""
    return any(
        kind in {"found", "answered", "undone"} or (kind == "tried" and body["outcome"] == "not_solved")
        for kind, body in steps
    )


def _changed(
    store: Store, case: str, steps: Sequence[Step], *, seen: int | None, by: str, model: str | None = None
) -> CaseRecord:
    """Add steps to a case."""
    from bayesdiag.store import Event  # noqa: PLC0415

    events = [Event(kind, body, by=by) for kind, body in steps]
    named = [kind for kind, _ in steps if kind in {"confirmed", "excluded"}]

    def news(before: CaseRecord) -> list[Event]:
        known = model_for(before, model) if named or model else None
        if known is not None:
            check_names(known[0], steps)
        return events

    return _added(store, case, news, seen=seen)


def _causes(
    confirmed: Sequence[str] | None, excluded: Sequence[str] | None, said: Mapping[str, str]
) -> list[Step]:
    told = [("confirmed", pair) for pair in pairs("--cause", confirmed)]
    told += [("excluded", pair) for pair in pairs("--excluded", excluded)]
    return [(kind, {"cause": name, "state": state, **said}) for kind, (name, state) in told]


def _tried(
    told: Sequence[str] | None, minutes: float | None, money: float | None, said: Mapping[str, str]
) -> list[Step]:
    found = pairs("--tried", told, "REPAIR=OUTCOME")
    # What several repairs cost together is written with the last.
    costs: list[dict[str, float]] = [{}] * (len(found) - 1) + [dict(_cost(minutes, money))]
    return [
        ("tried", {"repair": repair, "outcome": outcome, **cost, **said})
        for (repair, outcome), cost in zip(found, costs, strict=False)
    ]


def _spent(minutes: float | None, money: float | None) -> list[Step]:
    cost = _cost(minutes, money)
    return [("spent", cost)] if cost else []


def _cost(minutes: float | None, money: float | None) -> dict[str, float]:
    return {name: n for name, n in (("minutes", minutes), ("money", money)) if n is not None}


def _tell(record: CaseRecord, done: str, *, json: bool) -> None:
    from bayesdiag.store import record_document  # noqa: PLC0415

    if json:
        write_json(record_document(record))
    else:
        state = done if done == record.status else f"{done}; {record.status}"
        say(f"case {record.id}: {state}, version {record.version}.")
