"""Learning on the whole payment model: a world drawn from its ranges, four hundred tickets, most answers blank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.learning import Settings, fit
from bayesdiag.model import Model
from bayesdiag.modelfile import load
from bayesdiag.simulate.attempts import attempts_of
from tests import worlds

N_TICKETS = 400
BLANK = 0.6
LOOKED_UP = 1 / 3
LIKELY = 5
"""Causes that somebody looks up first when the screen shows something."""


def tickets(world: Model, told_in: Model, random: np.random.Generator) -> list[Case]:
    """Failed attempts: three of five answers blank, and in a third of them one cause was looked up.

    Which one is chosen by what the screen shows, most often one that the model holds to be likely
    then; so labels are selective, but on nothing that the ticket does not say.
    """
    attempts, network = attempts_of(world), compile_network(told_in)
    layout, causes = network.layout, [variable.id for variable in told_in.of_kind("cause")]
    askable = [variable.id for variable in told_in.variables if variable.question is not None]
    likely: dict[str, list[str]] = {}

    def state(drawn: np.ndarray, name: str) -> str:
        index = attempts.layout.index_of[name]
        return attempts.layout.states[index][drawn[index]]

    found = []
    for drawn in attempts.failed(N_TICKETS, random):
        findings = {name: state(drawn, name) for name in askable if random.random() >= BLANK}
        confirmed = {}
        if random.random() < LOOKED_UP:
            screen = findings.get("display_text", "")
            if screen not in likely:
                seen = {"display_text": screen} if screen else {}
                beliefs = network.posterior([Evidence(told_in, seen)], premise=True).beliefs[0]
                normal = {name: beliefs[layout.span(layout.index_of[name])][0] for name in causes}
                likely[screen] = sorted(causes, key=lambda name: normal[name])[:LIKELY]
            pool = likely[screen] if random.random() < 0.8 else causes
            name = pool[int(random.integers(len(pool)))]
            confirmed = {name: state(drawn, name)}
        found.append(Case(Evidence(told_in, findings), confirmed))
    return found


def counted(variable: str, state: str, when: dict[str, tuple[str, ...]], cases: list[Case]) -> float:
    """The number by counting the cases in which its cause was looked up, half a case added to each side."""
    labels = [
        case.confirmed[variable]
        for case in cases
        if variable in case.confirmed
        and all(case.evidence.hard().get(name) in allowed for name, allowed in when.items())
    ]
    return (labels.count(state) + 0.5) / (len(labels) + 1)


@pytest.mark.long
@pytest.mark.timeout(2400)  # minutes: every ticket is a pattern of its own
def test_intervals_hold_the_numbers_of_the_whole_payment_model() -> None:
    model = load("pos_card")
    random = np.random.default_rng(0)
    world, true = worlds.drawn_world(model, random)
    cases = tickets(world, model, random)
    # What is known of all attempts: 200 of them, of which some failed.
    failed = max(0.5, float(random.binomial(200, worlds.p_premise(world))))
    assert model.premise is not None
    told = replace(model, premise=replace(model.premise, p=failed / 200, ess=200.0))
    found = fit(told, cases, Settings(tolerance=1e-7, prior="within", cores=2))
    assert found.has_settled
    assert not found.rejected
    inside, errors, naive = [], [], []
    for one, p in zip(found.numbers, true, strict=False):  # rests stand behind the numbers
        if one.interval is None or not 0 < p < 1:
            continue
        inside.append(one.interval[0] <= p <= one.interval[1])
        variable = model.variable_of[one.number.variable]
        is_normal = one.number.state == variable.state_ids[0]
        if variable.kind == "cause" and one.number.role in ("prior", "row") and not is_normal:
            by_hand = counted(variable.id, one.number.state, dict(one.number.when), cases)
            errors.append(abs(float(np.log(one.p / p))))
            naive.append(abs(float(np.log(by_hand / p))))
    told_in_words = f"inside {np.mean(inside):.4f} of {len(inside)}, error {np.mean(errors):.3f}, by hand {np.mean(naive):.3f}"
    print(told_in_words)  # noqa: T201 - shown with -s
    assert 0.87 <= np.mean(inside) <= 0.93, told_in_words
    assert np.mean(errors) <= np.mean(naive) / 3, told_in_words
