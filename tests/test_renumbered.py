"""A model with numbers moved: every number has a name, its row gives way, and posteriors follow exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.doubt.sensitivity import sensitivity
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import ModelError
from bayesdiag.model import Model
from bayesdiag.model.renumbered import addresses_of, renumbered
from bayesdiag.modelfile import load, loads
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


GATED = """
format: 1
name: gated
variables:
  e: {states: [chip, swipe], prior: [0.5, 0.5]}
  age: {states: [new, old], prior: [0.5, 0.5]}
  a: {states: [ok, bad], prior: [0.5, 0.5]}
  y:
    states: [no, s1, s2, s3]
    noisy_max:
      links:
      - {parent: a, state: bad, to: s1, p: 0.6}
      - {parent: a, state: bad, to: s2, p: 0.3, when: {e: chip}}
      - {parent: a, state: bad, to: s3, p: 0.1, when: {age: old}}
"""
S1, S2, S3 = "y.s1|a=bad", "y.s2|a=bad,e=chip", "y.s3|a=bad,age=old"


def test_links_behind_another_gate_give_way_where_both_can_hold() -> None:
    """The fullest circumstances decide: chip and old, where .3 and .1 have to share the .1 that is left."""
    model = loads(GATED)
    found = addresses_of(renumbered(model, {S1: 0.9}))
    assert [found[one].p for one in (S1, S2, S3)] == pytest.approx([0.9, 0.075, 0.025])
    found = addresses_of(
        renumbered(model, {S2: 0.5})
    )  # .6 + .5 + .1 = 1.2 with both, 1.1 with the chip alone
    assert [found[one].p for one in (S1, S2, S3)] == pytest.approx([0.5 * 6 / 7, 0.5, 0.5 / 7])
    found = addresses_of(renumbered(model, {S1: 0.5}))
    assert [found[one].p for one in (S1, S2, S3)] == [0.5, 0.3, 0.1]


def test_moved_links_that_are_too_much_together_are_told() -> None:
    model = loads(GATED)
    with pytest.raises(ModelError, match=r"together they come to 1\.1"):
        renumbered(model, {S1: 0.7, S2: 0.4})
    with pytest.raises(ModelError, match=r"together they come to 1\.2"):
        renumbered(model, {S1: 0.7, S2: 0.3, S3: 0.2})


@given(st.dictionaries(st.sampled_from([S1, S2, S3]), st.floats(0, 1), min_size=1))
def test_what_is_moved_stays_and_the_model_is_whole_or_it_is_told(moved: dict[str, float]) -> None:
    model = loads(GATED)
    if sum(moved.values()) > 1 + 1e-6:
        with pytest.raises(ModelError, match="together they come to"):
            renumbered(model, moved)
        return
    found = addresses_of(renumbered(model, moved))
    assert {one: found[one].p for one in moved} == moved
    assert sum(found[one].p for one in (S1, S2, S3)) <= 1 + 1e-6


@pytest.mark.parametrize("value", ["0.5", None, True, [0.5], float("nan")])
def test_what_is_no_number_is_told(value: object) -> None:
    with pytest.raises(ModelError, match="is no probability"):
        renumbered(SMALL, {next(iter(addresses_of(SMALL))): value})  # type: ignore[dict-item]


def test_what_is_no_mapping_is_told() -> None:
    for value in (None, ["x"], "x"):
        with pytest.raises(ModelError, match="moves no numbers"):
            renumbered(SMALL, value)  # type: ignore[arg-type]
