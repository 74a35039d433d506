"""Undirected networks: what may be built, every fault of what may not, and what the engine gets of them."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from bayesdiag import Evidence, EvidenceError, InvalidModel, compile_network
from bayesdiag.engine.layout import layout_of
from bayesdiag.engine.tables import undirected
from bayesdiag.model import Factors, FactorTable, FactorVariable

SUN = FactorVariable("sun", ("yes", "no"))
GRASS = FactorVariable("grass", ("dry", "damp", "wet"))


def meadow() -> Factors:
    return Factors(
        "meadow",
        (SUN, GRASS),
        (
            FactorTable(("grass", "sun"), [8, 0, 3, 2, 1, 5]),
            FactorTable(("sun",), [0.25, 0.75]),
            FactorTable((), [4.0]),
        ),
    )


def test_it_is_what_was_written() -> None:
    factors = meadow()
    assert list(factors.tables[0].values) == [8, 0, 3, 2, 1, 5]
    assert factors.variable_of["grass"].state_ids == ("dry", "damp", "wet")
    assert factors == meadow()
    assert factors != Factors("meadow", factors.variables, factors.tables[1:])


def test_it_cannot_be_changed() -> None:
    table = meadow().tables[0]
    with pytest.raises(FrozenInstanceError):
        table.packed = b""  # type: ignore[misc]
    with pytest.raises(TypeError):
        table.values[0] = -1  # type: ignore[index]


def test_it_travels_between_processes() -> None:
    assert pickle.loads(pickle.dumps(meadow())) == copy.deepcopy(meadow()) == meadow()  # noqa: S301 - our own


def test_every_fault_is_told_at_once() -> None:
    none = FactorVariable("none", ())
    with pytest.raises(InvalidModel) as caught:
        Factors(
            "faulty",
            (SUN, GRASS, SUN, none, FactorVariable("twice", ("a", "b", "a"))),
            (
                FactorTable(("sun",), [0.5, 0.25, 0.25]),
                FactorTable(("gras", "moon"), [1.0]),
                FactorTable(("sun", "sun"), [1, 2, 3, 4]),
                FactorTable(("grass",), [1.0, -0.5, float("nan")]),
                FactorTable(("sun", "grass"), [-1, float("inf"), -2, -3, -4, 5]),
                FactorTable(("sun",), [0, 0]),
                FactorTable(("none",), []),
            ),
        )
    assert str(caught.value) == (
        "variables.sun: this name is used twice.\n    Give each its own name.\n"
        "variables.none.states: there are none.\n    A variable needs at least one state.\n"
        "variables.twice.states.a: this name is used twice.\n    Give each its own name.\n"
        "tables.0.values: 3 numbers where 2 belong.\n"
        "    Give one for each combination of the states of its variables.\n"
        'tables.1.scope: "gras" is not one of the variables.\n'
        '    Did you mean "grass"? Known variables: sun, grass, none, twice.\n'
        'tables.1.scope: "moon" is not one of the variables.\n'
        "    Known variables: sun, grass, none, twice.\n"
        "tables.2.scope.sun: this name is used twice.\n    Give each its own name.\n"
        "tables.3.values.1: -0.5 is out of range.\n    Each number must be finite, 0 or more.\n"
        "tables.3.values.2: nan is out of range.\n    Each number must be finite, 0 or more.\n"
        "tables.4.values.0: -1 is out of range.\n    Each number must be finite, 0 or more.\n"
        "tables.4.values.1: inf is out of range.\n    Each number must be finite, 0 or more.\n"
        "tables.4.values.2: -2 is out of range.\n    Each number must be finite, 0 or more.\n"
        "tables.4.values: 2 more numbers are out of range.\n    Each number must be finite, 0 or more.\n"
        "tables.5.values: every number is 0.\n    A table needs at least one number above 0.\n"
        "14 faults; the model was not built."
    )


def test_a_network_without_variables_is_refused() -> None:
    with pytest.raises(InvalidModel, match=r"^variables: there are none"):
        Factors("empty", (), ())


def test_evidence_is_checked_against_it() -> None:
    assert Evidence(meadow(), {"grass": "wet"}).hard() == {"grass": "wet"}
    with pytest.raises(EvidenceError) as caught:
        Evidence(meadow(), {"gras": "wet", "sun": {"yes": 0.5, "perhaps": 1}})
    assert str(caught.value) == (
        "gras: no variable has this name.\n"
        '    Did you mean "grass"? Known variables: sun, grass.\n'
        'sun: "perhaps" is not one of its states.\n'
        "    Known states of sun: yes, no.\n"
        "2 faults; nothing was computed."
    )


def test_the_layout_is_that_of_its_variables() -> None:
    layout = layout_of(meadow())
    assert (layout.names, layout.sizes, layout.n_slots) == (("sun", "grass"), (2, 3), 5)
    assert layout.slot("grass", "damp") == 3
    assert layout.events == ()


def test_tables_become_arrays_over_numbers_up_to_a_constant() -> None:
    factors = meadow()
    (scope, table), (sun, prior), (nobody, constant) = undirected(factors, layout_of(factors))
    assert (scope, sun, nobody) == ((1, 0), (0,), ())
    assert (table * 16).tolist() == [[8, 0], [3, 2], [1, 5]]
    assert prior.tolist() == [0.25, 0.75]
    assert constant.shape == ()
    assert constant == 0.5


@pytest.mark.parametrize("size", [1e-300, 1e-100, 1.0, 1e100, 1e300])
def test_the_size_of_numbers_does_not_matter(size: float) -> None:
    table = FactorTable(("sun", "grass"), [size * number for number in (1, 2, 3, 4, 5, 6)])
    posterior = compile_network(Factors("large", (SUN, GRASS), (table,) * 4)).posterior({"sun": "yes"})
    weights = np.arange(1.0, 7.0) ** 4
    assert posterior.of("grass")[0] == pytest.approx(weights[:3] / weights[:3].sum(), abs=1e-12)
    assert posterior.log_evidence[0] == pytest.approx(np.log(weights[:3].sum() / weights.sum()), abs=1e-12)


def test_scaling_a_table_rounds_nothing_and_makes_nothing_zero() -> None:
    numbers = np.random.default_rng(4).random(6) * 1e300
    wide = [1e300, 1e-20, 0.0, 1.0, 2.0, 3.0]
    factors = Factors(
        "wide", (SUN, GRASS), (FactorTable(("sun", "grass"), numbers), FactorTable(("sun", "grass"), wide))
    )
    (_, scaled), (_, kept) = undirected(factors, layout_of(factors))
    assert 0.5 <= scaled.max() < 1
    assert (scaled * (numbers[0] / scaled.flat[0])).ravel().tolist() == numbers.tolist()
    assert kept.ravel().tolist() == wide
