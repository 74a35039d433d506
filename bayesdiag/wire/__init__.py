"""Any result → plain dictionaries: the only place that decides field names for JSON.

Numbers that are not finite, or about which an impossible case says nothing, are None, and `status`
says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import Diagnosis, Explanation, Plan
from bayesdiag.diagnosis.doubt import Doubt, Interval, MindChange
from bayesdiag.diagnosis.whatif import Effect, Explanations, Shift, by_attempt
from bayesdiag.diagnosis.words import finding_words
from bayesdiag.engine.network import Posterior, Status
from bayesdiag.errors import Fault
from bayesdiag.intake import Suggestions
from bayesdiag.model import Model
from bayesdiag.score import GoldenResult
from bayesdiag.wire.asking import asking_document, fixed_fields, report_fields, turn_fields
from bayesdiag.wire.plain import Document, number


def diagnosis_document(diagnosis: Diagnosis, language: str, digest: str) -> Document:
    """Return one diagnosis.

    Args:
        diagnosis: The diagnosis.
        language: Of the labels, "zh" or "en".
        digest: Fingerprint of the model's file; empty when it came from no file.
    """
    model = diagnosis.model
    *attempts, latest = map(_plainly, by_attempt(diagnosis.evidence))
    return {
        "model": {"name": model.name, "version": model.version, "digest": digest},
        "status": "impossible" if diagnosis.is_impossible else "ok",
        "log_evidence": number(diagnosis.log_evidence),
        "findings": latest,
        **({"attempts": attempts} if attempts else {}),
        **fixed_fields(diagnosis.evidence),
        **report_fields(diagnosis.evidence),
        "causes": [
            {
                "id": cause.id,
                "state": cause.state,
                "label": finding_words(model, cause.id, cause.state, language),
                "prior": number(cause.prior),
                "prior_responsibility": number(cause.prior_responsibility),
                "posterior": number(cause.posterior),
                "responsibility": number(cause.responsibility),
                **_interval(diagnosis.doubt.intervals.get((cause.id, cause.state))),
                "contact": cause.contacts[0] if cause.contacts else None,
            }
            for cause in diagnosis.causes
        ],
        "none_of_these": None if diagnosis.is_impossible else number(diagnosis.none_of_these),
        "questions": [
            {
                "id": question.id,
                "label": _question_label(model, question.id, language),
                "value": number(question.value),
                "minutes": question.minutes,
                "money": question.money,
                "score": number(question.score),
                "estimated": question.is_estimated,
                **turn_fields(question),
            }
            for question in diagnosis.questions
        ],
        "asking": asking_document(diagnosis.asking),
        "plan": None if diagnosis.is_impossible else _plan(diagnosis.plan),
        "contact": [
            {
                "id": call.id,
                "label": next(c.label[language] for c in model.contacts if c.id == call.id),
                "p": number(call.p),
            }
            for call in diagnosis.contact
        ],
        "explanation": None if diagnosis.explanation is None else _explanation(diagnosis.explanation),
        "doubt": _doubt(diagnosis.doubt),
    }


def shift_documents(shifts: Iterable[Shift]) -> list[Document]:
    """Return how causes differ between two cases, what moves most first."""
    return [
        {
            "id": shift.id,
            "state": shift.state,
            "before": number(shift.before),
            "after": number(shift.after),
            "difference": number(shift.difference),
        }
        for shift in shifts
    ]


def effect_document(effect: Effect) -> Document:
    """Return what acting and seeing come to."""
    return {
        "status": "estimated" if effect.is_estimated else "ok",
        "set_aside": list(effect.set_aside),
        "p_success": None
        if effect.p_success is None
        else {"do": number(effect.p_success[0]), "see": number(effect.p_success[1])},
        "do": {name: {state: number(p) for state, p in row.items()} for name, row in effect.do.items()},
        "see": {name: {state: number(p) for state, p in row.items()} for name, row in effect.see.items()},
    }


def explanations_document(found: Explanations) -> Document:
    """Return the most probable combinations of states."""
    return {
        "basis": found.basis,
        "rest": number(found.rest),
        "most_probable": [
            {"states": dict(zip(found.names, states, strict=True)), "p": number(p)}
            for states, p in zip(found.states, found.p, strict=True)
        ],
    }


def posterior_documents(posterior: Posterior, targets: Iterable[str]) -> list[Document]:
    """Return the beliefs of each row, a document a row."""
    names = list(targets)
    return [_posterior_document(posterior, names, row) for row in range(len(posterior.log_evidence))]


def _posterior_document(posterior: Posterior, names: Sequence[str], row: int) -> Document:
    status = posterior.status[row]
    is_told = status is not Status.IMPOSSIBLE

    def by_state(name: str, values: Sequence[float]) -> Document:
        states = posterior.layout.states[posterior.layout.index_of[name]]
        return {state: number(float(x)) if is_told else None for state, x in zip(states, values, strict=True)}

    document: Document = {
        "status": status.name.lower(),
        "log_evidence": number(float(posterior.log_evidence[row])),
        "posterior": {name: by_state(name, posterior.of(name)[row]) for name in names},
    }
    if status is Status.ESTIMATED:
        document["error"] = {name: by_state(name, posterior.error_of(name)[row]) for name in names}
    return document


def check_document(
    model: Model | None, faults: Iterable[Fault], results: Iterable[GoldenResult], digest: str
) -> Document:
    """Return what a check of a model file found."""
    return {
        "model": None if model is None else {"name": model.name, "version": model.version, "digest": digest},
        "faults": [
            {
                "file": fault.file,
                "line": fault.line,
                "path": ".".join(map(str, fault.path)),
                "found": fault.found,
                "allowed": fault.allowed,
            }
            for fault in faults
        ],
        "cases": [_golden(result) for result in results],
    }


def findings(evidence: Evidence) -> Document:
    """Return findings as they are written in files: a state, or the likelihood of each."""
    return _plainly(evidence.findings)


def _plainly(findings: Mapping[str, Mapping[str, float]]) -> Document:
    return {name: _state(seen) or dict(seen) for name, seen in findings.items()}


def _state(seen: Mapping[str, float]) -> str:
    possible = [state for state, likelihood in seen.items() if likelihood > 0]
    return possible[0] if len(possible) == 1 else ""


def _plan(plan: Plan) -> Document:
    return {
        "expected_minutes": number(plan.expected_minutes),
        "expected_money": number(plan.expected_money),
        "basis": "exact",
        "steps": [
            {
                "kind": step.kind,
                "id": step.id,
                "p_solves": number(step.p_solves),
                "minutes": step.minutes,
                "money": step.money,
                "who": ", ".join(step.who),
            }
            for step in plan.steps
        ],
    }


def _interval(interval: Interval | None) -> Document:
    if interval is None:
        return {"interval": None, "responsibility_interval": None, "p_first": None}
    return {
        "interval": list(interval.posterior),
        "responsibility_interval": list(interval.responsibility),
        "p_first": interval.p_first,
    }


def _doubt(doubt: Doubt) -> Document:
    return {
        "conflict": {
            "bits": None if doubt.conflict is None else number(doubt.conflict),
            "p_value": doubt.p_value,
        },
        "unknown": doubt.unknown,
        "contradiction": [list(names) for names in doubt.contradiction],
        "change_my_mind": [_change(change) for change in doubt.change_my_mind],
        "weakest": [
            {
                "variable": weak.number.variable,
                "state": weak.number.state,
                "when": {name: list(states) for name, states in weak.number.when.items()},
                "p": weak.number.p,
                "within": weak.number.weight.within,
                "sourced": weak.number.is_sourced,
                "logits": number(weak.logits),
            }
            for weak in doubt.weakest
        ],
    }


def _change(change: MindChange) -> Document:
    (finding, to), *others = change.steps
    document: Document = {"finding": finding, "to": to, "first": "=".join(change.first), "new": change.is_new}
    if others:
        document["and"] = [{"finding": name, "to": state} for name, state in others]
    return document


def _explanation(explanation: Explanation) -> Document:
    counted = explanation.frequencies
    return {
        "cause": {"id": explanation.id, "state": explanation.state},
        "start": number(explanation.start),
        "end": number(explanation.end),
        "unit": explanation.book.unit,
        "basis": explanation.book.basis,
        "orders": explanation.book.n_orders,
        "ledger": [
            {
                "finding": line.finding,
                "state": line.state,
                "bits": number(line.bits),
                "error": number(line.error),
                "alone": number(line.alone),
                "decibans": number(line.decibans),
            }
            for line in explanation.ledger
        ],
        "against": [line.finding for line in explanation.against],
        "expected_not_seen": [
            {
                "finding": one.finding,
                "state": one.state,
                "p": number(one.p),
                "p_otherwise": number(one.p_otherwise),
                "seen": one.seen,
            }
            for one in explanation.expected
        ],
        "fit": [{"id": fit.id, "state": fit.state, "share": number(fit.share)} for fit in explanation.fits],
        "frequencies": None
        if counted is None
        else {
            "out_of": counted.out_of,
            "first": counted.first,
            "others": counted.others,
            "none": counted.none,
            "before": counted.before,
        },
    }


def _golden(result: GoldenResult) -> Document:
    case, first = result.case, result.first
    return {
        "id": case.id,
        "kind": case.kind,
        "passed": result.passed,
        "first": None
        if first is None
        else {"id": first.id, "state": first.state, "responsibility": number(first.responsibility)},
        "expected_first": [f"{name}={state}" for name, state in case.expected_first],
        "question": result.question,
        "contact": result.contact,
        "repair": result.repair,
    }


def _question_label(model: Model, name: str, language: str) -> str:
    question = model.variable_of[name].question
    return question.text[language] if question else name


def suggestions_document(model: Model, found: Suggestions, language: str) -> Document:
    """Return what a text suggests; `start` and `end` are places in `text`, which is masked.

    Args:
        model: Whose findings they are.
        found: What was suggested.
        language: Of the labels, "zh" or "en".
    """
    return {
        "text": found.text,
        "suggestions": [
            {
                "id": one.variable,
                "state": one.state,
                "label": finding_words(model, one.variable, one.state, language),
                "words": one.words,
                "start": one.start,
                "end": one.end,
                "code": one.code or None,
            }
            for one in found.suggestions
        ],
        "conflicts": list(found.conflicts),
        "unknown_codes": list(found.readings.unknown_codes),
        "approved": any(reading.approved for reading in found.readings.readings),
    }
