"""Names that cases are stored with, as people read them: by a model where it knows them, else as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bayesdiag.diagnosis.words import chance, finding_words, sentence_case, state_words, who_words
from bayesdiag.model import Model, Variable
from bayesdiag.report.words import TEXTS
from bayesdiag.store.event import Event
from bayesdiag.store.reading import known_state
from bayesdiag.store.record import Seen, first_cause

_YES = frozenset({"yes", "是"})


@dataclass(frozen=True)
class Names:
    """Turns stored names, numbers and moments into words.

    Attributes:
        language: "zh" or "en".
        model: What the names are looked up in, old ones by what it says of `renamed`; None without.
        zone: Where the reader's clock hangs.
    """

    language: str
    model: Model | None = None
    zone: tzinfo = UTC

    @property
    def tag(self) -> str:
        """The language as documents name it (BCP 47)."""
        return "zh-CN" if self.language == "zh" else self.language

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for a key, its blanks filled in."""
        return TEXTS[key][self.language].format(**values)

    def knows(self, variable: str, seen: Seen) -> bool:
        """Whether the model knows a variable and all states that are told of it."""
        states = [seen] if isinstance(seen, str) else list(seen)
        return all(self._known(variable, state) is not None for state in states)

    def variable(self, name: str) -> str:
        """Return a variable."""
        found = self._variable(name)
        return name if found is None else found.label.shown(self.language, name)

    def question(self, name: str) -> str:
        """Return a variable as it is asked about."""
        found = self._variable(name)
        asked = found.question.text.shown(self.language) if found is not None and found.question else ""
        return asked or self.variable(name)

    def cause(self, name: str, state: str) -> str:
        """Return a cause state: the cause alone where its state merely says yes."""
        known = self._known(name, state)
        if known is None or self.model is None:
            return f"{name} = {state}"
        if state_words(self.model, *known, self.language).strip().lower() in _YES:
            return self.variable(name)
        return finding_words(self.model, *known, self.language)

    def finding(self, variable: str, seen: Seen) -> str:
        """Return a finding; where one was not sure, its likeliest state."""
        state = likeliest(seen)
        known = self._known(variable, state)
        if known is None or self.model is None:
            return f"{variable} = {state}"
        return finding_words(self.model, *known, self.language)

    def state(self, variable: str, seen: Seen) -> str:
        """Return what was seen, without the name of its variable; where one was not sure, its likeliest."""
        state = likeliest(seen)
        known = self._known(variable, state)
        if known is None or self.model is None:
            return state
        return state_words(self.model, *known, self.language)

    def sure(self, seen: Seen) -> str:
        """Return how sure one was of the likeliest state."""
        if isinstance(seen, str):
            return "100%"
        return chance(max(seen.values()) / sum(seen.values()))

    def repair(self, name: str) -> str:
        """Return a repair."""
        found = self.model.repair_of.get(name) if self.model is not None else None
        return name if found is None else sentence_case(found.label.shown(self.language, name))

    def person(self, name: str) -> str:
        """Return who said something: a person's name, or a role."""
        return who_words([name], self.language) if name else self("nobody")

    def moment(self, at: str) -> str:
        """Return a moment to the minute on the reader's clock; a day, or what is no moment, as it is."""
        try:
            found = datetime.fromisoformat(at)
        except ValueError:
            return at
        if len(at) <= len("2026-11-25") or found.tzinfo is None:
            return at[:16].replace("T", " ")
        return f"{found.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def cost(self, minutes: float, money: float) -> str:
        """Return time and money; empty where there is neither."""
        currency = self.model.currency if self.model is not None else ""
        parts = [self("minutes", number=f"{minutes:g}")] if minutes else []
        parts += [self("money", number=f"{money:g}", currency=currency).strip()] if money else []
        return self.join(parts)

    def join(self, parts: list[str]) -> str:
        """Return the parts as a list in a sentence."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def event(self, event: Event) -> str:
        """Return what happened, in a line."""
        what = self.what(event)
        told = self(f"event_{event.kind}", what=what)
        who = event.body.get("who")
        said = self("said_by", who=self.person(str(who))) if who and who != event.by else ""
        extra = [part for part in (said, str(event.body.get("comment") or "")) if part]
        if not extra:
            return told
        return f"{told}（{'；'.join(extra)}）" if self.language == "zh" else f"{told} ({'; '.join(extra)})"

    def what(self, event: Event) -> str:
        """Return what an event speaks of: a finding, a cause, a repair and what came of it, a text."""
        body = event.body
        if "variable" in body:
            sure = "" if isinstance(body.get("seen", ""), str) else f" {self.sure(body['seen'])}"
            seen = body.get("seen")
            return self.finding(body["variable"], seen) + sure if seen else self.variable(body["variable"])
        if "cause" in body:
            return self.cause(body["cause"], body["state"])
        if event.kind == "diagnosed":
            first = first_cause(body["diagnosis"])
            return self("no_cause") if first is None else self._shown(first)
        cost = self.cost(body.get("minutes", 0), body.get("money", 0))
        if event.kind == "tried":
            told = [self.repair(body["repair"]), self(f"outcome_{body['outcome']}")]
            return self.join(told + ([cost] if cost else []))
        return cost or str(body.get("text") or body.get("to") or body.get("seq") or "")

    def _shown(self, cause: Mapping[str, object]) -> str:
        share = cause.get("responsibility")
        percent = f" {chance(share)}" if isinstance(share, float | int) else ""
        return self.cause(str(cause["id"]), str(cause["state"])) + percent

    def _known(self, variable: str, state: str) -> tuple[str, str] | None:
        return None if self.model is None else known_state(variable, state, self.model)

    def _variable(self, name: str) -> Variable | None:
        if self.model is None:
            return None
        return self.model.variable_of.get(self.model.renamed.get(name, name))


def likeliest(seen: Seen) -> str:
    """Return the state a finding is most likely in."""
    return seen if isinstance(seen, str) else max(seen, key=lambda state: seen[state])
