"""Whether each question is ever worth asking: in the golden cases, and in dialogues about every cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import CLEAR, LEAST_VALUE, QuestionValue, valued_questions
from bayesdiag.diagnosis.decide import decided
from bayesdiag.diagnosis.steps import open_questions, steps_done
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.model import Finding
from bayesdiag.modelfile import GoldenCase
from benchmarks.review_pairs import Shown, cause_states

FIRST = 3
"""The app shows so many questions as the ones to ask."""
BEHIND = 3
"""Situations in which what a question saves is worked out: it takes a plan an answer."""
DIALOGUES = 5
"""Dialogues about each cause state."""
LENGTH = 6
"""Questions of a dialogue at most."""
SEED = 7

Findings = dict[str, str]


@dataclass(frozen=True, slots=True)
class Worth:
    """What asking one question is worth at best.

    Attributes:
        id: The question.
        times: Situations in which it was worth asking: among the first three suggested, with at least
            `LEAST_VALUE` bits, while the first cause was not clear.
        value: The most bits that its answer would tell in any situation.
        score: The most bits a minute of its price, by which the app ranks.
        gain: What asking saves at most over its price in the `BEHIND` situations where its score is highest,
            in the unit of `decided` (minutes, or money where a minute is worth nothing); None where the model
            hands over to nobody, or the question was never open.
    """

    id: str
    times: int
    value: float
    score: float
    gain: float | None

    @property
    def is_worth_asking(self) -> bool:
        """Whether it was worth asking in any situation."""
        return self.times > 0


@dataclass(frozen=True, slots=True)
class Valued:
    """One situation: what is known, and every open question by its rank."""

    findings: Findings
    questions: tuple[QuestionValue, ...]
    is_clear: bool

    @property
    def worthy(self) -> list[QuestionValue]:
        """What is worth asking now, of the first three suggested."""
        shown = self.questions[:FIRST]
        return [one for one in shown if one.is_mandatory or (one.value >= LEAST_VALUE and not self.is_clear)]


def worths(network: CompiledNetwork, golden: tuple[GoldenCase, ...]) -> tuple[list[Worth], int]:
    """Return what each question is worth, the one least often worth asking first, and the number of situations.

    Questions that the model says are never to be asked are left out.
    """
    looked = list(situations(network, golden))
    times = Counter(one.id for situation in looked for one in situation.worthy)
    open_in: dict[str, list[tuple[QuestionValue, Findings]]] = defaultdict(list)
    for situation in looked:
        for one in situation.questions:
            open_in[one.id].append((one, situation.findings))
    asked = [one.id for one in network.model.variables if one.question and one.question.asked != "never"]
    found = [worth(network, name, times[name], open_in[name]) for name in asked]
    return sorted(found, key=lambda one: (one.times, one.score)), len(looked)


def worth(
    network: CompiledNetwork, name: str, times: int, open_in: list[tuple[QuestionValue, Findings]]
) -> Worth:
    """Return what one question is worth at best, given every situation in which it was open."""
    best = sorted(open_in, key=lambda one: -one[0].score)[:BEHIND]
    gains = [gained(network, name, findings) for _, findings in best]
    known = [gain for gain in gains if gain is not None]
    value = max((one.value for one, _ in open_in), default=0.0)
    score = best[0][0].score if best else 0.0
    return Worth(name, times, value, score, max(known, default=None))


def gained(network: CompiledNetwork, name: str, findings: Findings) -> float | None:
    """Return what asking one question saves over its price, nothing else being asked; None without last resort."""
    model = network.model
    if not any(repair.last_resort for repair in model.repairs):
        return None
    others = [one.id for one in model.variables if one.question is not None and one.id != name]
    return decided(network, Evidence(model, findings), never=others).questions[0].gain


def situations(network: CompiledNetwork, golden: tuple[GoldenCase, ...]) -> Iterator[Valued]:
    """Yield the golden cases as they are told, then every step of the dialogues, each situation once."""
    for case in golden:
        if not case.earlier:
            yield valued(network, case.findings)
    random = np.random.default_rng(SEED)
    known: dict[tuple[Finding, ...], Valued] = {}
    shown = Shown(network)
    for cause in cause_states(network):
        for _ in range(DIALOGUES if shown.answers(cause) else 0):
            yield from dialogue(shown, cause, random, known)


def dialogue(
    shown: Shown, cause: Finding, random: np.random.Generator, known: dict[tuple[Finding, ...], Valued]
) -> Iterator[Valued]:
    """Yield the situations of one dialogue that were not seen before.

    The first question suggested is asked while it is worth it, and answered as a failed attempt would in
    which this cause state alone took part: answers drawn one after the other are those of one such attempt.

    Args:
        shown: What causes show.
        cause: The cause state.
        random: Source of the draws.
        known: Findings → situation; what is looked at is added.
    """
    findings: Findings = {}
    for _ in range(LENGTH):
        key = tuple(sorted(findings.items()))
        if key not in known:
            known[key] = valued(shown.network, findings)
            yield known[key]
        worthy = known[key].worthy
        if not worthy:
            return
        asked = worthy[0].id
        states = shown.network.model.variable_of[asked].state_ids
        drawn = random.choice(len(states), p=shown.answers(cause, findings)[asked])
        findings = {**findings, asked: states[drawn]}


def valued(network: CompiledNetwork, findings: Mapping[str, str]) -> Valued:
    """Return one situation."""
    model = network.model
    evidence = Evidence(model, findings)
    questions = open_questions(model, evidence)
    causes = [variable.id for variable in model.of_kind("cause")]
    inquiry = network.inquire(
        network.rows([evidence], premise=True)[0], [question.id for question in questions], causes
    )
    beliefs = inquiry.posterior(inquiry.row[None, :]).beliefs[0]
    top = float(beliefs[network.layout.n_states :].max(initial=0.0))
    ranked = valued_questions(inquiry, questions, steps_done(model, evidence))
    return Valued(dict(findings), ranked, top >= CLEAR)
