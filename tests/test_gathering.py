"""Rows gathered for questions against what they stand for, summed over every world."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.engine.asking import NONE, Mixture, Thresholds, bundle_of
from bayesdiag.engine.gathering import gathered
from bayesdiag.engine.layout import Floats
from tests.test_properties import QUICK

SIZES = (2, 3, 2)
STARTS = (0, 2, 5)
N_SLOTS = 11
"""Those of three variables, and four more for answers on which something may be known."""
NUMBERS = (0.0, 0.0, 0.25, 0.5, 1.0, 1.0)

Question = Thresholds | Mixture


def numbers(draw: st.DataObject, count: int) -> Floats:
    return np.array(draw.draw(st.lists(st.sampled_from(NUMBERS), min_size=count, max_size=count)))


def total(weights: Floats, row: Floats) -> float:
    """Return the probability of a row: the sum over all worlds of the three variables."""
    worlds = product(*map(range, SIZES))
    return sum(
        weights[world] * np.prod([row[start + state] for start, state in zip(STARTS, world, strict=True)])
        for world in worlds
    )


def alone(row: Floats, variable: int, state: int) -> Floats:
    """Return a row in which a variable can only be in one state."""
    told = row.copy()
    span = slice(STARTS[variable], STARTS[variable] + SIZES[variable])
    told[span] = 0.0
    told[STARTS[variable] + state] = row[STARTS[variable] + state]
    return told


def mixture(draw: st.DataObject) -> Mixture:
    variable = draw.draw(st.sampled_from(range(len(SIZES))))
    if draw.draw(st.booleans()):
        return Mixture(STARTS[variable], np.eye(SIZES[variable]), NONE)
    n_answers = draw.draw(st.integers(2, 4))
    mix = numbers(draw, n_answers * SIZES[variable]).reshape(n_answers, -1)
    mix[0, mix.sum(axis=0) == 0.0] = 1.0
    return Mixture(STARTS[variable], mix / mix.sum(axis=0), draw.draw(st.sampled_from([NONE, N_SLOTS - 4])))


def thresholds(draw: st.DataObject) -> Thresholds:
    n_rows, n_answers = draw.draw(st.integers(1, 4)), draw.draw(st.integers(2, 3))
    factors = np.ones((n_rows, N_SLOTS))
    factors[:, :7] = numbers(draw, n_rows * 7).reshape(n_rows, 7)
    slots = st.lists(st.integers(0, 6), min_size=n_rows, max_size=n_rows)
    gates = np.array(draw.draw(slots), dtype=np.int64).reshape(n_rows, 1)
    return Thresholds(factors, gates, numbers(draw, n_answers * n_rows).reshape(n_answers, n_rows))


def expected(question: Question, weights: Floats, row: Floats) -> list[float]:
    """Return how likely each answer is together with the row, by what the question says of itself."""
    if isinstance(question, Thresholds):
        is_open = (row[question.gates] > 0.0).all(axis=1)
        each = [total(weights, row * factors) for factors in question.factors]
        return list((question.shares * is_open) @ each)
    variable = STARTS.index(question.over)
    states = [total(weights, alone(row, variable, state)) for state in range(SIZES[variable])]
    own = 1.0 if question.own == NONE else row[question.own : question.own + len(question.mix)]
    return list((question.mix @ states) * own)


@QUICK
@given(st.data())
def test_the_rows_add_up_to_the_answers(draw: st.DataObject) -> None:
    weights, row = numbers(draw, 12).reshape(SIZES), numbers(draw, N_SLOTS)
    kinds = draw.draw(st.lists(st.sampled_from([mixture, thresholds]), max_size=5))
    questions: list[Question] = [kind(draw) for kind in kinds]
    beliefs = np.zeros(N_SLOTS)
    whole = total(weights, row)
    for variable, size in enumerate(SIZES):
        for state in range(size):
            share = total(weights, alone(row, variable, state))
            beliefs[STARTS[variable] + state] = share / whole if whole > 0.0 else 0.0
    rows, mix = gathered(bundle_of(questions), row, beliefs)
    assert np.array_equal(rows[0], row)
    assert len({tuple(one) for one in rows}) == len(rows)  # what several questions need is run once
    told = mix @ [total(weights, one) for one in rows]
    wanted = [share for question in questions for share in expected(question, weights, row)]
    np.testing.assert_allclose(told, wanted, rtol=0.0, atol=1e-12)


IN_HALVES = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 1.0]])


@pytest.mark.parametrize(
    ("mix", "row", "beliefs", "left"),
    [
        # By state: one row for each possible state but the likeliest, the first of equals.
        (np.eye(3), (1.0, 1.0, 1.0), (0.2, 0.5, 0.3), [(1, 0, 0), (0, 0, 1)]),
        (np.eye(3), (1.0, 1.0, 1.0), (0.4, 0.2, 0.4), [(0, 1, 0), (0, 0, 1)]),
        (np.eye(3), (0.5, 0.0, 1.0), (0.4, 0.0, 0.6), [(0.5, 0, 0)]),
        (np.eye(3), (0.0, 0.0, 1.0), (0.0, 0.0, 1.0), []),
        # By answer: two answers to three states take one row, of the less likely answer.
        (IN_HALVES, (1.0, 1.0, 1.0), (0.3, 0.3, 0.4), [(0.5, 0.5, 0)]),
        (IN_HALVES[::-1], (1.0, 1.0, 0.5), (0.3, 0.3, 0.4), [(0.5, 0.5, 0)]),
        # An answer that leaves the row as it is takes none.
        (np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), (1.0, 1.0, 0.0), (0.5, 0.5, 0.0), []),
    ],
)
def test_what_the_row_itself_tells_takes_no_row(
    mix: Floats, row: tuple[float, ...], beliefs: tuple[float, ...], left: list[tuple[float, ...]]
) -> None:
    question = Mixture(0, np.ascontiguousarray(mix), NONE)
    rows, _ = gathered(bundle_of([question]), np.array(row), np.array(beliefs))
    assert rows.tolist() == [list(row), *map(list, left)]
