"""Selective verification: who checks what is likely counts it too often; learning does not."""

from __future__ import annotations

import numpy as np
import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.learning import Settings, checked_causes, fit
from bayesdiag.model import FullTable, Model, Prior, Weight
from tests.test_learning import plain


def disease() -> Model:
    return Model(
        "disease",
        (
            plain("ill", Prior((0.8, 0.2)), weight=Weight("guess", ess=2, within=5)),
            plain("fever", FullTable(("ill",), (0.9, 0.1, 0.2, 0.8)), weight=Weight("x", fixed=True)),
        ),
    )


def test_counting_the_checked_overstates_what_learning_gets_right() -> None:
    """One of ten is ill; whoever has a fever is checked, of the others nobody."""
    model, random = disease(), np.random.default_rng(3)
    cases = []
    for _ in range(3000):
        ill = random.random() < 0.1
        fever = random.random() < (0.8 if ill else 0.1)
        evidence = Evidence(model, {"fever": "ny"[fever]})
        cases.append(Case(evidence, confirmed={"ill": "ny"[ill]} if fever else {}))
    found = fit(model, cases)
    [told] = checked_causes(compile_network(model), compile_network(found.model), cases, found.numbers)
    n_fever = sum(case.evidence.hard()["fever"] == "y" for case in cases)
    n_ill = sum(case.confirmed.get("ill") == "y" for case in cases)
    assert (told.cause, told.state, told.cases) == ("ill", "y", 3000)
    assert (told.found, told.checked) == (n_ill, n_fever)
    assert told.stated == pytest.approx(0.2)
    assert told.counted > 0.4
    assert told.learned == pytest.approx(0.1, abs=0.02)
    assert told.is_told
    assert n_fever < told.effective < 3000


def test_what_was_checked_and_found_not_to_hold_is_a_check() -> None:
    model = disease()
    cases = [
        Case(Evidence(model, {}), excluded={"ill": ("y",)}, weight=3),
        Case(Evidence(model, {}), confirmed={"ill": "y"}),
        Case(Evidence(model, {"fever": "y"})),
    ]
    found = fit(model, cases, Settings(intervals=False))
    told = checked_causes(compile_network(model), compile_network(found.model), cases, found.numbers)
    ill = next(one for one in told if one.cause == "ill")
    assert (ill.found, ill.checked, ill.cases) == (1, 4, 5)
    assert not ill.is_told
