"""The dialogue behind a case sheet: its steps, as events that a store keeps, and back again. No Streamlit.

The sheet says what is known; the steps say how it came about. Both come to the same: a case that is
kept and opened again has the sheet it was kept with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bayesdiag.case import Observed
from bayesdiag.model import Model
from bayesdiag.store import CaseRecord, Event, model_case
from bayesdiag.ui.scenario import Change
from bayesdiag.ui.sheet import Sheet, softened

LISTED = ","
"""Stands between the names in a list."""
NOT_SOLVED = "not_solved"
"""Outcome of a repair that did not help."""
ALL_TOLD = ("seen", "before", "tried_again")
"""What counts of the attempts and of what they showed."""

Kind = Literal[
    "found",
    "answered",
    "skipped",
    "dont_know",
    "removed",
    "asked_again",
    "approved",
    "not_approved",
    "tried",
    "not_tried",
    "tried_again",
    "told_anew",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person did to the sheet.

    Attributes:
        kind: A finding was told, or answered; a question was put off, or nobody could answer it; a finding
            was taken back; a question may be asked again; a code said that the payment went through, or
            was no such code; a repair did not help, or was not done; it was tried again; attempts before
            are not as they were, and all is told anew.
        name: The variable, the code, the repair, or what the attempt before had shown, a list.
        at: When, as the store writes moments.
        change: What was said of the variable.
        who: Who said it.
    """

    kind: Kind
    name: str
    at: str
    change: Change = field(default_factory=lambda: Change(""))
    who: str = ""


@dataclass(frozen=True)
class Opened:
    """A stored case as a sheet.

    Attributes:
        sheet: What of it the sheet can hold.
        unknown: What the model does not know, or does not ask about; it stays in the store as it is.
        rounded: Findings that were unsure in a way the sheet does not have, shown by their likeliest state.
    """

    sheet: Sheet
    unknown: tuple[str, ...]
    rounded: tuple[str, ...]


def steps_between(old: Sheet, new: Sheet, at: str, *, answered: str = "") -> list[Step]:
    """Return what was done to come from one sheet to another.

    Args:
        old: The sheet before.
        new: The sheet after.
        at: When.
        answered: The question to which one of the findings is the answer.
    """
    before, after = old.of_a(), new.of_a()
    steps: list[Step] = []
    tried = new.before
    if old.before == new.before[: len(old.before)]:
        tried = new.before[len(old.before) :]
    else:  # an attempt before was removed: its findings and its place go, and what is left is told anew
        steps, before = [Step("told_anew", "", at)], {}
    for attempt in tried:
        steps += [Step("found", name, at, told) for name, told in attempt.items() if told != before.get(name)]
        steps.append(Step("tried_again", LISTED.join(attempt), at))
        before = {name: told for name, told in before.items() if name not in attempt}
    steps += [Step("removed", name, at) for name in before if name not in after]
    steps += [
        Step("answered" if name == answered else "found", name, at, change, new.who.get(name, ""))
        for name, change in after.items()
        if (change, new.who.get(name, "")) != (before.get(name), old.who.get(name, ""))
    ]
    still = {*new.skipped, *new.dont_know, *after}
    steps += [Step("asked_again", name, at) for name in (*old.skipped, *old.dont_know) if name not in still]
    steps += [Step("skipped", name, at) for name in _put_off(old.skipped, new.skipped)]
    steps += [Step("dont_know", name, at) for name in _put_off(old.dont_know, new.dont_know)]
    steps += [Step("approved", code, at) for code in new.approved if code not in old.approved]
    steps += [Step("not_approved", code, at) for code in old.approved if code not in new.approved]
    steps += [Step("tried", name, at) for name in new.tried if name not in old.tried]
    steps += [Step("not_tried", name, at) for name in old.tried if name not in new.tried]
    return steps


def _put_off(old: Sequence[str], new: Sequence[str]) -> Sequence[str]:
    """Return what was put behind the others, once more or for the first time."""
    at, place = 0, -1
    while at < len(new) and new[at] in old and old.index(new[at]) > place:
        place = old.index(new[at])
        at += 1
    return new[at:]


def joined(steps: Iterable[Step], new: Iterable[Step]) -> list[Step]:
    """Return the steps with new ones; what is merely told more exactly is one step."""
    kept = list(steps)
    for step in new:
        # What was said of the attempt before is another thing.
        since = max(
            (at for at, one in enumerate(kept) if one.kind in ("tried_again", "told_anew")), default=0
        )
        place = next((at for at in reversed(range(since, len(kept))) if kept[at].name == step.name), None)
        if place is not None and _is_more(kept[place], step):
            kept[place] = replace(step, kind=kept[place].kind, at=kept[place].at)
        else:
            kept.append(step)
    return kept


def _is_more(last: Step, step: Step) -> bool:
    """Whether a step only tells more exactly what the last one about the same said."""
    was_told = last.kind in {"found", "answered"} and step.kind == "found"
    return was_told and last.change.state == step.change.state


def events_of(steps: Iterable[Step], model: Model, history: Sequence[Event], by: str) -> list[Event]:
    """Return steps as the events a case gets.

    Args:
        steps: What was done, in order.
        model: The model it was done with.
        history: The events the case has.
        by: Who records them.
    """
    live = _live(history)
    events: list[Event] = []
    for step in steps:
        ended = [key for key in live if key[0] in ALL_TOLD] if step.kind == "told_anew" else []
        ended += [(topic, step.name) for topic in _ended(step)]
        for key in ended:
            events += [Event("undone", {"seq": seq}, by=by) for seq in live.pop(key, ())]
        told = _told(step, model)
        if told is not None:
            events.append(Event(told[0], told[1], by=by))
            live[_topic(told[0]), step.name].append(len(history) + len(events))
            _settle(live, told[1].get("variables", ()))
    return events


def opened_sheet(record: CaseRecord, model: Model) -> Opened:
    """Return a stored case as a sheet of a model."""
    found = model_case(record, model)
    asked = {name for name, variable in model.variable_of.items() if variable.question is not None}
    likelihoods = found.case.evidence.findings
    said = {name: _change(likelihoods[name]) for name in likelihoods if name in asked}
    attempts = [
        {name: _change(seen) for name, seen in one.findings.items() if name in asked}
        for one in found.case.earlier
    ]
    sheet = Sheet(
        findings={name: change.state for name, change in said.items()},
        skipped=tuple(name for name in _unanswered(record, "skipped") if name in asked and name not in said),
        approved=record.approved,
        sure={name: change.sure for name, change in said.items() if change.sure < 1},
        who=_people(record, model, said),
        dont_know=tuple(
            name for name in _unanswered(record, "dont_know") if name in asked and name not in said
        ),
        before=tuple(attempts),
        tried=tuple(name for name in record.not_solved if name in model.repair_of),
    )
    shown = softened(model, sheet.of_a())
    rounded = [name for name in said if not _is_same(likelihoods[name], shown[name])]
    other = [name for name in likelihoods if name not in asked]
    other += [name for name in record.not_solved if name not in model.repair_of]
    return Opened(sheet, (*found.unknown, *other), tuple(rounded))


def merged(base: Sheet, mine: Sheet, theirs: Sheet) -> Sheet:
    """Return what somebody else left of a case, with what I changed of it since we both had it."""
    before, after = base.of_a(), mine.of_a()
    sheet = theirs
    for name in dict.fromkeys((*before, *after)):
        who = mine.who.get(name, "")
        if (after.get(name), who) != (before.get(name), base.who.get(name, "")):
            change = after.get(name, Change(""))
            sheet = sheet.with_findings({name: change.state})
            if change.state:
                sheet = sheet.with_source(name, sure=change.sure, who=who)
    sheet = _with_unanswered(base, mine, sheet)
    paused = [name for name in mine.paused if sheet.findings.get(name) == mine.findings[name]]
    return replace(
        sheet,
        approved=_one_of_both(base.approved, mine.approved, theirs.approved),
        scenarios=mine.scenarios,
        paused=tuple(paused),
        before=mine.before,
        tried=_one_of_both(base.tried, mine.tried, theirs.tried),
    )


def _one_of_both(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Return what they list, without what I took off since the base and with what I put on."""
    kept = [name for name in theirs if name in mine or name not in base]
    return tuple(dict.fromkeys((*kept, *(name for name in mine if name not in base))))


def _with_unanswered(base: Sheet, mine: Sheet, sheet: Sheet) -> Sheet:
    """Return a sheet with what I put off, did not know or want asked again since the base."""
    for name in (*base.skipped, *base.dont_know):
        if name not in (*mine.skipped, *mine.dont_know):
            sheet = sheet.asking_again(name)
    unknown = [name for name in mine.dont_know if name not in base.dont_know]
    for name in _put_off(base.skipped, mine.skipped):
        sheet = sheet if name in sheet.findings else sheet.with_skipped(name)
    for name in unknown:
        sheet = sheet if name in sheet.findings else sheet.with_dont_know(name)
    return sheet


def _topic(kind: str) -> str:
    return {"found": "seen", "answered": "seen"}.get(kind, kind)


def _live(history: Sequence[Event]) -> defaultdict[tuple[str, str], list[int]]:
    """Return the numbers of the events that count, by what they are about."""
    undone = {event.body["seq"] for event in history if event.kind == "undone"}
    live: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for seq, event in enumerate(history, start=1):
        if seq not in undone:
            for name in _about(event):
                live[_topic(event.kind), name].append(seq)
            _settle(live, event.body.get("variables", ()))
    return live


def _about(event: Event) -> Sequence[str]:
    """Return what an event is about: codes, a variable, or a repair that did not help."""
    if event.kind == "tried":
        return [event.body["repair"]] if event.body["outcome"] == NOT_SOLVED else []
    names: Sequence[str] = event.body.get("approved", [event.body.get("variable", "")])
    return names


def _settle(live: defaultdict[tuple[str, str], list[int]], names: Iterable[str]) -> None:
    """Have what was seen of these be what the attempt before showed: what is said now leaves it as it is."""
    for name in names:
        live["before", name] += live.pop(("seen", name), [])


def _ended(step: Step) -> tuple[str, ...]:
    """Return what no longer counts after a step."""
    return {
        "removed": ("seen", "skipped", "dont_know"),
        "asked_again": ("skipped", "dont_know"),
        "skipped": ("dont_know",),
        "dont_know": ("skipped",),
        "not_approved": ("noted",),
        "not_tried": ("tried",),
    }.get(step.kind, ())


def _told(step: Step, model: Model) -> tuple[str, dict[str, Any]] | None:
    """Return kind and body of the event a step is; None where it only takes others back."""
    if step.kind == "approved":
        return "noted", {"text": step.name, "approved": [step.name]}
    if step.kind == "tried":
        return step.kind, {"repair": step.name, "outcome": NOT_SOLVED, "when": step.at}
    if step.kind == "tried_again":
        return step.kind, {"variables": [*filter(None, step.name.split(LISTED))], "when": step.at}
    if step.kind in {"skipped", "dont_know"}:
        return step.kind, {"variable": step.name, "when": step.at}
    if step.kind in {"found", "answered"}:
        seen = softened(model, {step.name: step.change})[step.name]
        body = {"variable": step.name, "seen": seen, "when": step.at}
        return step.kind, body | ({"who": step.who} if step.who else {})
    return None


def _change(likelihoods: Mapping[str, float]) -> Change:
    state = max(likelihoods, key=lambda name: likelihoods[name])
    return Change(state, round(likelihoods[state] / sum(likelihoods.values()), 6))


def _is_same(kept: Mapping[str, float], shown: Observed) -> bool:
    """Whether likelihoods are, up to a factor, those that the sheet comes to."""
    told = {shown: 1.0} if isinstance(shown, str) else shown
    total, all_told = sum(kept.values()), sum(told.values())
    names = {*kept, *told}
    return all(abs(kept.get(name, 0) / total - told.get(name, 0) / all_told) < 1e-6 for name in names)


def _unanswered(record: CaseRecord, kind: str) -> list[str]:
    """Return the questions without an answer of which this was said last, in the order it was."""
    live = _live(record.events)
    last = {
        name: numbers[-1]
        for (topic, name), numbers in live.items()
        if topic == kind and name not in record.findings
    }
    other = "skipped" if kind == "dont_know" else "dont_know"
    kept = {name: at for name, at in last.items() if at > max(live.get((other, name), ()), default=0)}
    return sorted(kept, key=lambda name: kept[name])


def _people(record: CaseRecord, model: Model, said: Mapping[str, Change]) -> dict[str, str]:
    """Return who said each finding, where it was told."""
    told = {name: record.events[kept.seq - 1].body.get("who", "") for name, kept in record.findings.items()}
    people = {model.renamed.get(name, name): who for name, who in told.items()}
    return {name: who for name, who in people.items() if who and name in said}
