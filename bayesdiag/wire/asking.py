"""Asking with an aim → plain dictionaries: about chosen causes, in pairs, and whether asking pays."""

from __future__ import annotations

from collections.abc import Sequence

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.about import About, AboutValue
from bayesdiag.diagnosis.ask import QuestionValue
from bayesdiag.diagnosis.ask_words import asked_words
from bayesdiag.diagnosis.decide import Decision, QuestionSaving
from bayesdiag.diagnosis.pairs import PairValue
from bayesdiag.diagnosis.steps import Asking
from bayesdiag.diagnosis.words import finding_words
from bayesdiag.model import Model
from bayesdiag.wire.plain import Document, number

BEST = 20
"""Pairs that are told."""


def fixed_fields(evidence: Evidence) -> Document:
    """Return the field that tells which findings are fixed probabilities; no field where none are."""
    return {"fixed": {name: dict(told) for name, told in evidence.fixed.items()}} if evidence.fixed else {}


def report_fields(evidence: Evidence) -> Document:
    """Return the field that tells who said what; no field where nobody is named."""
    told = [
        {"variable": one.variable, "seen": one.seen, "who": one.who, "sure": number(one.sure)}
        for one in evidence.reports
    ]
    return {"reports": told} if told else {}


def asking_document(asking: Asking) -> Document:
    """Return what was wished of the questions of a case."""
    return {
        "skipped": list(asking.get("skipped", ())),
        "dont_know": list(asking.get("dont_know", ())),
        "mandatory": list(asking.get("mandatory", ())),
        "never": list(asking.get("never", ())),
        "tried": list(asking.get("tried", ())),
    }


def turn_fields(question: QuestionValue | AboutValue | QuestionSaving) -> Document:
    """Return the fields that tell where in the line a question stands."""
    return {"mandatory": question.is_mandatory, "skipped": question.is_skipped}


def about_document(model: Model, about: About, language: str) -> Document:
    """Return how likely it is that chosen causes took part, and what every question tells about that."""
    return {
        "causes": [
            {"id": name, "state": state, "label": finding_words(model, name, state, language)}
            for name, state in about.causes
        ],
        "p": number(about.p),
        "questions": [_about_value(model, value, language) for value in about.questions],
    }


def pairs_document(pairs: Sequence[PairValue], together: PairValue | None) -> Document:
    """Return the pairs most worth their price, and the one that is better asked together than any alone."""
    return {
        "together": None if together is None else _pair(together),
        "best": [_pair(pair) for pair in pairs[:BEST]],
    }


def _pair(pair: PairValue) -> Document:
    return {
        "ids": list(pair.ids),
        "value": number(pair.value),
        "alone": [number(bits) for bits in pair.alone],
        "extra": number(pair.extra),
        "minutes": pair.minutes,
        "money": pair.money,
        "score": number(pair.score),
        "estimated": pair.is_estimated,
    }


def decision_document(model: Model, decision: Decision, language: str) -> Document:
    """Return whether to ask, to act or to hand over, every cost in `unit`."""
    return {
        "next": decision.next,
        "unit": decision.unit,
        "act_now": {"cost": number(decision.act_now), "steps": list(decision.steps)},
        "hand_over": number(decision.hand_over),
        "regret": {
            "asking_no_more": number(decision.regret),
            "handing_over_now": number(decision.stop.regret),
        },
        "questions": [
            {
                "id": saving.id,
                "label": asked_words(model, saving.id, language),
                "price": number(saving.price),
                "saves": number(saving.saves),
                "gain": number(saving.gain),
                **turn_fields(saving),
                "answers": [
                    {
                        "state": answer.state,
                        "p": number(answer.p),
                        "cost": number(answer.cost),
                        "steps": list(answer.steps),
                    }
                    for answer in saving.answers
                ],
            }
            for saving in decision.questions
        ],
        "open_questions": decision.n_open,
    }


def _about_value(model: Model, value: AboutValue, language: str) -> Document:
    def answer(k: int) -> Document:
        state = model.variable_of[value.id].state_ids[k]
        return {"state": state, "p_answer": number(value.p_answers[k]), "p": number(value.p_after[k])}

    return {
        "id": value.id,
        "label": asked_words(model, value.id, language),
        "value": number(value.value),
        "minutes": value.minutes,
        "money": value.money,
        "score": number(value.score),
        "rules_in": answer(value.rules_in),
        "rules_out": answer(value.rules_out),
        **turn_fields(value),
        "estimated": value.is_estimated,
    }
