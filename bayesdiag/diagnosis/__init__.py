"""What to make of a belief: causes in order, the next question, the plan, the explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Unpack

import numpy as np

from bayesdiag.case import Evidence, Observed
from bayesdiag.diagnosis.ask import QuestionValue, valued_questions
from bayesdiag.diagnosis.doubt import Doubt, changes_of_mind, doubted, impossible, simulated, unasked
from bayesdiag.diagnosis.explain import Explanation, LedgerLine, explained
from bayesdiag.diagnosis.plan import Plan, PlanStep, planned
from bayesdiag.diagnosis.rank import Call, RankedCause, calls, none_of_these, ranked_causes
from bayesdiag.diagnosis.result import Diagnosis
from bayesdiag.diagnosis.steps import Asking, check_asking, open_questions, open_repairs, steps_done
from bayesdiag.diagnosis.unsolved import Unsolved, unsolved
from bayesdiag.diagnosis.whatif.several import Earlier, n_earlier, several_attempts
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.errors import Fault, InvalidModel

__all__ = [
    "Asking",
    "Call",
    "Diagnosis",
    "Doubt",
    "Explanation",
    "LedgerLine",
    "Plan",
    "PlanStep",
    "QuestionValue",
    "RankedCause",
    "diagnose",
    "with_explanation",
]


def diagnose(
    network: CompiledNetwork,
    findings: Evidence | Mapping[str, Observed],
    *,
    earlier: Earlier = (),
    doubt: Literal["none", "quick", "full"] = "quick",
    explanation: Literal["none", "full"] = "full",
    **asking: Unpack[Asking],
) -> Diagnosis:
    """Return the diagnosis of one case.

    Args:
        network: A compiled model with causes and a premise.
        findings: What was seen, in the order it was entered; of the latest attempt, if there were several.
        earlier: What was seen of each failed attempt before it, the oldest first: the same card at the
            same terminal, tried again. See `whatif.several_attempts`.
        doubt: Whether to tell how far the diagnosis is to be trusted: intervals, conflict, the unknown
            and the weakest numbers; "full" also what takes longer to find out, how rare such a
            conflict between findings is, and what would put another cause first. Of several attempts
            only the last is told, and it is not told at all where repairs were tried.
        explanation: Whether to tell how belief in the first cause came about; see `with_explanation`. It is
            told of the findings alone.
        asking: `skipped`, questions to put off; `dont_know`, those the person cannot answer; `mandatory`
            and `never`, those to ask first and those not to ask, beside what the model says; `tried`,
            repairs that did not help: causes, questions, plan and contacts are those given that, see
            `unsolved`.

    Raises:
        EvidenceError: An unknown name, state or repair, a question that is to be asked first and never,
            or attempts that differ in what stays.
        InvalidModel: The model has no causes; use `network.posterior` for it.
        TooLarge: Exact inference needs too much memory.
    """
    model = network.model
    if not model.is_diagnostic:
        told = "Ask for posteriors instead: `bayesdiag posterior`, or network.posterior in Python."
        raise InvalidModel([Fault((model.name,), "this model has no causes to diagnose", told)])
    evidence = findings if isinstance(findings, Evidence) else Evidence(model, findings)
    causes = [variable.id for variable in model.of_kind("cause")]
    check_asking(model, **asking)
    asking = _each_once(asking)
    network, evidence = several_attempts(network, evidence, earlier)
    model = network.model
    questions = open_questions(model, evidence, **asking)
    row = network.rows([evidence], premise=True)[0]
    inquiry = network.inquire(row, [question.id for question in questions], causes)
    posterior = network.posterior_of_rows(row[None, :], causes)  # made with the inquiry, and kept
    prior = network.posterior({}, premise=True, targets=causes)
    log_evidence = float(posterior.log_evidence[0])
    done = [model.repair_of[name] for name in asking.get("tried", ())]
    asked: Inquiry | Unsolved = inquiry
    beliefs, log_left = posterior.beliefs[0], log_evidence
    if done and np.isfinite(log_evidence):
        asked = unsolved(inquiry, done)
        beliefs, log_left = asked.beliefs(), float(asked.log_evidence(inquiry.row[None, :])[0])
    if not np.isfinite(log_left):
        return replace(_impossible(network, evidence, inquiry.program.report()), asking=asking)
    ranked = ranked_causes(network, prior.beliefs[0], beliefs)
    repairs = open_repairs(model, evidence, beliefs, network.layout)
    steps = {*steps_done(model, evidence), *(repair.id for repair in done)}
    found = Diagnosis(
        model=model,
        evidence=evidence,
        is_impossible=False,
        log_evidence=log_evidence - float(prior.log_evidence[0]),
        causes=ranked,
        none_of_these=none_of_these(asked, log_left),
        questions=valued_questions(asked, questions, steps, **asking),
        plan=planned(inquiry, evidence, repairs, posterior.beliefs[0], done),
        contact=calls(asked, log_left),
        explanation=None,
        doubt=unasked(),
        program=inquiry.program.report(),
        asking=asking,
    )
    if not done:  # drawn numbers do not know what did not help
        found = replace(found, doubt=_doubted(network, found, doubt))
    return found if explanation == "none" else with_explanation(network, found)


def _each_once(asking: Asking) -> Asking:
    """Return wishes with what was tried once each: however often it was done, it counts once."""
    return {**asking, "tried": tuple(dict.fromkeys(asking["tried"]))} if "tried" in asking else asking


def _doubted(network: CompiledNetwork, found: Diagnosis, doubt: Literal["none", "quick", "full"]) -> Doubt:
    told, asking = (network, found.evidence, found.causes), found.asking
    if n_earlier(network.model):  # copies share their numbers; drawn sets do not know it
        changes = changes_of_mind(*told, **asking) if doubt == "full" else ()
        return replace(unasked(), change_my_mind=changes)
    if doubt == "none":
        return unasked()
    trust = doubted(*told, found.log_evidence)
    return simulated(*told, trust, **asking) if doubt == "full" else trust


def with_explanation(network: CompiledNetwork, diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis with how belief in its first cause came about.

    With more than twelve findings that takes seconds where all else takes a fraction of one.

    Args:
        network: The network it was made with; of several attempts, see `whatif.several_attempts`.
        diagnosis: A diagnosis.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    if diagnosis.is_impossible:
        return diagnosis
    questions = [question.id for question in diagnosis.questions]
    told = diagnosis.causes, diagnosis.none_of_these
    if diagnosis.asking.get("tried"):
        told = _given_findings_alone(network, diagnosis)
    # Where no cause has a link into a stage, none can be responsible, and nothing is to be explained.
    return replace(diagnosis, explanation=explained(network, diagnosis.evidence, *told, questions))


def _given_findings_alone(
    network: CompiledNetwork, diagnosis: Diagnosis
) -> tuple[tuple[RankedCause, ...], float]:
    """Return the causes, still in the order of a diagnosis, and "none of these", as if nothing was tried."""
    names = [variable.id for variable in network.model.of_kind("cause")]
    inquiry = network.inquire(network.rows([diagnosis.evidence], premise=True)[0], [], names)
    found = inquiry.posterior(inquiry.row[None, :])
    prior = network.posterior({}, premise=True, targets=names).beliefs[0]
    alone = {(one.id, one.state): one for one in ranked_causes(network, prior, found.beliefs[0])}
    causes = tuple(alone[one.id, one.state] for one in diagnosis.causes)
    return causes, none_of_these(inquiry, float(found.log_evidence[0]))


def _impossible(network: CompiledNetwork, evidence: Evidence, program: str) -> Diagnosis:
    return Diagnosis(
        model=network.model,
        evidence=evidence,
        is_impossible=True,
        log_evidence=-np.inf,
        causes=(),
        none_of_these=0.0,
        questions=(),
        plan=Plan((), 0.0, 0.0, 0.0, ()),
        contact=(),
        explanation=None,
        doubt=impossible(network, evidence),
        program=program,
    )
