"""The case sheet: what the app holds of a case, and how an address carries it. No Streamlit.

An address reads `?display_text=read_error&signal_indicator=weak:0.7&later=tap_outcome&lang=en`.
`later` names what was put off, `dont_know` what nobody could answer; so does `skipped` of older links;
`tried` names repairs that did not help.
What the scenarios of the What-if page have otherwise is told in `scenario`, attempts before the latest in
`attempts`. Names and states, never labels, so that one link works in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bayesdiag.case import Observed
from bayesdiag.case import softened as of_state
from bayesdiag.diagnosis import Asking
from bayesdiag.model import Model
from bayesdiag.ui.attempts import Attempt, attempts_of, is_of_attempt, written_attempts
from bayesdiag.ui.scenario import (
    LETTERS,
    UNKNOWN,
    Change,
    Scenario,
    change_of,
    change_words,
    is_question,
    scenario_of,
    written,
)

SAID_SO = "message"
"""Stands for words without a code that say the payment went through."""
VIEW = (
    *("cases.show", "cases.beside", "cases.find", "cases.status", "cases.days"),
    *("model.at", "model.show", "model.reach", "model.to", "model.zoom"),
)
"""Parameters of the pages of stored cases and of the page Model: what they show."""
GUIDED = "guided"
"""Parameter that says whether one question is asked at a time."""
CUSTOMER = ("asked", "enough")
"""Parameters of a customer's link: what the customer was asked, and whether that is all."""
PAUSED = "paused"
"""Parameter that lists findings that do not count for now."""
LATER, DONT_KNOW, OLD_DONT_KNOW = "later", "dont_know", "skipped"
"""Parameters that list questions. What older links call skipped was not to be asked again."""
TRIED = "tried"
"""Parameter that lists repairs that did not help."""
RESERVED = frozenset(
    {
        "lang",
        GUIDED,
        PAUSED,
        LATER,
        DONT_KNOW,
        OLD_DONT_KNOW,
        TRIED,
        "approved",
        "case.id",
        "case.seen",
        "embed",
        "embed_options",
        *VIEW,
        *CUSTOMER,
    }
)
"""Parameters that are no findings."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One case as it was entered.

    Attributes:
        findings: Variable → state, in the order entered.
        skipped: Questions put off, in order.
        approved: Codes seen that say the payment went through, as "dialect:code"; `SAID_SO` for words.
        scenarios: Letter → what differs there; only those in which something does, or that were opened.
        sure: How sure a finding is, above 0 and below 1; one that is not here is certain.
        who: Who said it. It may name somebody, so no address carries it.
        dont_know: Questions nobody could answer.
        paused: Findings that do not count for now, in the order of the findings.
        before: What earlier failed attempts showed, the oldest first.
        tried: Repairs that did not help, each once; their order tells nothing.
    """

    findings: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    sure: Mapping[str, float] = field(default_factory=dict)
    who: Mapping[str, str] = field(default_factory=dict)
    dont_know: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    before: tuple[Attempt, ...] = ()
    tried: tuple[str, ...] = ()

    def with_findings(self, findings: Mapping[str, str]) -> Sheet:
        """Return the sheet with these findings too; an empty state means not known."""
        kept = {name: state for name, state in {**self.findings, **findings}.items() if state}
        skipped = tuple(name for name in self.skipped if name not in kept)
        dont_know = tuple(name for name in self.dont_know if name not in kept)
        # How sure it was, and who said so, was told of the state that stood there.
        same = {name for name, state in self.findings.items() if kept.get(name) == state}
        sure = {name: number for name, number in self.sure.items() if name in same}
        who = {name: person for name, person in self.who.items() if name in same}
        # A pause is one of the state that stood there, too.
        paused = tuple(name for name in self.paused if name in same)
        return replace(
            self, findings=kept, skipped=skipped, dont_know=dont_know, sure=sure, who=who, paused=paused
        )

    def with_source(self, name: str, *, sure: float = 1.0, who: str = "") -> Sheet:
        """Return the sheet with how sure a finding is, and who said it."""
        sures = {other: number for other, number in self.sure.items() if other != name}
        people = {other: person for other, person in self.who.items() if other != name}
        return replace(
            self,
            sure={**sures, name: sure} if sure < 1 else sures,
            who={**people, name: who} if who else people,
        )

    def with_paused(self, name: str, *, is_paused: bool) -> Sheet:
        """Return the sheet with a finding that does not count for now, or that counts again."""
        paused = {*self.paused, name} if is_paused else {*self.paused} - {name}
        return replace(self, paused=tuple(other for other in self.findings if other in paused))

    def with_skipped(self, name: str) -> Sheet:
        """Return the sheet with a question put off, behind all that were put off before."""
        again = self.asking_again(name)
        return replace(again, skipped=(*again.skipped, name))

    def with_dont_know(self, name: str) -> Sheet:
        """Return the sheet with one more question that nobody could answer."""
        again = self.asking_again(name)
        return replace(again, dont_know=(*again.dont_know, name))

    def asking_again(self, name: str) -> Sheet:
        """Return the sheet with a question that may be asked as if it never had been."""
        return replace(
            self,
            skipped=tuple(other for other in self.skipped if other != name),
            dont_know=tuple(other for other in self.dont_know if other != name),
        )

    @property
    def asking(self) -> Asking:
        """How the questions are to be asked, and what did not help; what is only paused has its answer."""
        return {
            "skipped": self.skipped,
            "dont_know": self.dont_know,
            "never": self.paused,
            "tried": self.tried,
        }

    def with_tried(self, name: str, *, is_tried: bool) -> Sheet:
        """Return the sheet with a repair that did not help, or that is not said to have been done."""
        if is_tried:
            return replace(self, tried=tuple(dict.fromkeys((*self.tried, name))))
        return replace(self, tried=tuple(other for other in self.tried if other != name))

    def tried_again(self, model: Model) -> Sheet:
        """Return the sheet of one more attempt: what comes about anew is now said of the one before."""
        shown = {name: change for name, change in self.of_a().items() if is_of_attempt(model, name)}
        anew = self.with_findings(dict.fromkeys(shown, ""))
        return replace(anew, before=(*self.before, shown))

    def without_attempt(self, number: int) -> Sheet:
        """Return the sheet without one of the attempts before, counted from 1."""
        return replace(self, before=(*self.before[: number - 1], *self.before[number:]))

    def with_approved(self, codes: tuple[str, ...]) -> Sheet:
        """Return the sheet with codes that say the payment went through."""
        return replace(self, approved=tuple(dict.fromkeys((*self.approved, *codes))))

    def without_approved(self) -> Sheet:
        """Return the sheet without codes that say so."""
        return replace(self, approved=())

    def scenario(self, letter: str) -> Scenario:
        """Return what differs in a scenario."""
        return self.scenarios.get(letter, Scenario())

    def with_scenario(self, letter: str, scenario: Scenario) -> Sheet:
        """Return the sheet with this scenario; an empty one is not kept."""
        others = {other: kept for other, kept in self.scenarios.items() if other != letter}
        return replace(self, scenarios=others if scenario.is_empty else {**others, letter: scenario})

    def with_change(self, letter: str, name: str, change: Change) -> Sheet:
        """Return the sheet with a scenario saying this; nothing is kept where it says what A says."""
        scenario = self.scenario(letter)
        kept = {**scenario.changes, name: change}
        if change == self.counted().get(name, Change("")):
            del kept[name]
        return self.with_scenario(letter, replace(scenario, changes=kept))

    def of_a(self) -> dict[str, Change]:
        """Return what the case says, paused findings included."""
        return {name: Change(state, self.sure.get(name, 1.0)) for name, state in self.findings.items()}

    def counted(self) -> dict[str, Change]:
        """Return what the case says and is not paused."""
        return {name: change for name, change in self.of_a().items() if name not in self.paused}

    def said_in(self, letter: str) -> dict[str, Change]:
        """Return what a scenario says, A's findings first."""
        said = self.counted() | dict(self.scenario(letter).changes)
        return {name: change for name, change in said.items() if change.state}


def softened(model: Model, said: Mapping[str, Change]) -> dict[str, Observed]:
    """Return what is said as findings: the other states of a variable share what sureness leaves."""
    return {name: of_state(model, name, change.state, change.sure) for name, change in said.items()}


def sheet_of(model: Model, query: Mapping[str, str]) -> tuple[Sheet, tuple[str, ...]]:
    """Return the sheet an address carries, and what was left out because the model lacks it."""
    named = {name: value for name, value in query.items() if name not in RESERVED}
    said = {name: change_of(model, name, value) for name, value in named.items() if value != UNKNOWN}
    findings = {name: change for name, change in said.items() if change is not None}
    read = {letter: scenario_of(model, letter, named) for letter in LETTERS}
    before, of_attempts = attempts_of(model, named)
    understood = {*findings, *of_attempts}.union(*(names for _, names in read.values()))
    unknowing = listed(",".join(query.get(name, "") for name in (DONT_KNOW, OLD_DONT_KNOW)))
    later = [name for name in listed(query.get(LATER, "")) if name not in unknowing]
    paused = listed(query.get(PAUSED, ""))
    tried = listed(query.get(TRIED, ""))
    known_codes = {f"{code.dialect}:{code.code}" for code in model.codes if code.approved} | {SAID_SO}
    approved = {code: code in known_codes for code in listed(query.get("approved", ""))}
    dropped = (
        *(f"{name}={value}" for name, value in named.items() if name not in understood),
        *(f"{LATER}={name}" for name in later if not is_question(model, name)),
        *(f"{DONT_KNOW}={name}" for name in unknowing if not is_question(model, name)),
        *(f"approved={code}" for code, is_known in approved.items() if not is_known),
        *(f"{PAUSED}={name}" for name in paused if name not in findings),
        *(f"{TRIED}={name}" for name in tried if name not in model.repair_of),
    )
    sheet = Sheet(
        {name: change.state for name, change in findings.items()},
        tuple(name for name in later if is_question(model, name) and name not in findings),
        tuple(code for code, is_known in approved.items() if is_known),
        {letter: scenario for letter, (scenario, _) in read.items() if not scenario.is_empty},
        {name: change.sure for name, change in findings.items() if change.sure < 1},
        dont_know=tuple(name for name in unknowing if is_question(model, name) and name not in findings),
        paused=tuple(name for name in findings if name in paused),
        before=before,
        tried=tuple(name for name in tried if name in model.repair_of),
    )
    return sheet, dropped


def query_of(sheet: Sheet) -> dict[str, str]:
    """Return the parameters of the address that carries a sheet."""
    query = {name: change_words(change) for name, change in sheet.of_a().items()}
    for letter, scenario in sheet.scenarios.items():
        query |= dict(written(letter, scenario))
    query |= dict(written_attempts(sheet.before))
    if sheet.skipped:
        query[LATER] = ",".join(sheet.skipped)
    if sheet.dont_know:
        query[DONT_KNOW] = ",".join(sheet.dont_know)
    if sheet.paused:
        query[PAUSED] = ",".join(sheet.paused)
    if sheet.tried:
        query[TRIED] = ",".join(sheet.tried)
    if sheet.approved:
        query["approved"] = ",".join(sheet.approved)
    return query


def listed(value: str) -> list[str]:
    """Return the parts of a parameter that lists names, each once."""
    return list(dict.fromkeys(part for part in value.split(",") if part))
