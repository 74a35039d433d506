"""A model with numbers moved: every number has a name, its row gives way, and posteriors follow exactly."""

from __future__ import annotations

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.doubt.sensitivity import sensitivity
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import ModelError
from bayesdiag.model import Model
from bayesdiag.model.renumbered import addresses_of, renumbered
from bayesdiag.modelfile import load
from tests.networks import diagnostic

POS_CARD = load("pos_card")
SMALL = diagnostic()


def p_of(model: Model, findings: dict[str, str], name: str, state: str) -> float:
    """Return a posterior given findings and the premise."""
    network = compile_network(model)
    beliefs = network.posterior(Evidence(model, findings), premise=True, targets=[name]).of(name)[0]
    return float(beliefs[model.variable_of[name].state_ids.index(state)])


def test_every_number_has_an_address_of_its_own() -> None:
    for model in (SMALL, POS_CARD):
        network = compile_network(model)
        row = network.rows([Evidence(model, {})], premise=True)[0]
        cause = model.of_kind("cause")[0]
        numbers = sensitivity(network, row, cause.id, cause.state_ids[-1]).numbers
        assert tuple(addresses_of(model).values()) == numbers


def test_nothing_moved_is_the_same_model() -> None:
    numbers = addresses_of(POS_CARD)
    assert renumbered(POS_CARD, {}) == POS_CARD
    assert renumbered(POS_CARD, {name: number.p for name, number in numbers.items()}) == POS_CARD


@pytest.mark.parametrize("factor", [0.3, 1.7])
def test_a_moved_number_gives_what_the_straight_lines_say(factor: float) -> None:
    """The quotient of two straight lines (see `sensitivity`) is another way to the same posterior."""
    findings = {"display_text": "read_error", "other_card_here": "works"}
    network = compile_network(POS_CARD)
    row = network.rows([Evidence(POS_CARD, findings)], premise=True)[0]
    known = sensitivity(network, row, "card_chip_condition", "damaged")
    sizes = np.abs(known.per_logit)
    addresses = list(addresses_of(POS_CARD))
    seen = set()
    for index in np.argsort(-sizes):
        number = known.numbers[index]
        if number.role in seen or number.is_structural:
            continue
        seen.add(number.role)
        to = min(number.p * factor, 0.99)
        moved = renumbered(POS_CARD, {addresses[index]: to})
        assert p_of(moved, findings, "card_chip_condition", "damaged") == pytest.approx(
            known.at(int(index), to), abs=1e-9
        )
    assert seen >= {"prior", "link", "row"}


def test_a_row_stays_whole() -> None:
    for address, number in addresses_of(POS_CARD).items():
        if number.role == "prior" and not number.is_structural:
            moved = addresses_of(renumbered(POS_CARD, {address: 0.4}))
            row = [one.p for one in moved.values() if one.variable == number.variable]
            assert sum(row) == pytest.approx(1, abs=1e-12)
            assert moved[address].p == 0.4


def test_two_numbers_of_a_row_are_both_what_they_are_said_to_be() -> None:
    """In whatever order they are given; what is left goes to the third in full, or to both as they were."""
    age = "card_chip_condition.{}|card_age=gt3y"
    wanted = {age.format("damaged"): 0.5, age.format("dirty"): 0.3}
    for moved in (wanted, dict(reversed(wanted.items()))):
        found = addresses_of(renumbered(POS_CARD, moved))
        assert [found[age.format(s)].p for s in ("ok", "dirty", "damaged")] == pytest.approx([0.2, 0.3, 0.5])
    with pytest.raises(ModelError, match=r"together they come to 1\.1"):
        renumbered(POS_CARD, {age.format("damaged"): 0.5, age.format("dirty"): 0.6})


def test_what_cannot_be_moved_is_told_at_once() -> None:
    name = next(iter(addresses_of(SMALL)))
    with pytest.raises(ModelError) as told:
        renumbered(SMALL, {"nobody.here": 0.5, name: 1.5})
    assert "nobody.here" in str(told.value)
    assert "1.5" in str(told.value)


def test_a_certain_row_says_that_nothing_gives_way() -> None:
    numbers = addresses_of(POS_CARD)
    certain = [name for name, number in numbers.items() if number.role in {"prior", "row"} and number.p == 1]
    assert certain
    with pytest.raises(ModelError, match="cannot take"):
        renumbered(POS_CARD, {certain[0]: 0.5})
