"""The rows of a bundle of questions, gathered in one compiled pass; see `bayesdiag.engine.asking`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.asking import NONE, Bundle, Choices, Mixtures, Rows
from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints


class _Gathering(NamedTuple):
    """What is gathered: rows as the choices that make them, and shares.

    Attributes:
        counts: How many rows and how many shares there are, shape (2,).
        place: The row that each choice makes: 0 for the row asked about, or `NONE` as yet.
        chosen: The choice that makes each row, the row asked about left open.
        marks: A number for each row that equal ones share.
        answers: The answer that a share belongs to.
        places: The row that counts for it.
        shares: How much.
    """

    counts: Ints
    place: Ints
    chosen: Ints
    marks: Floats
    answers: Ints
    places: Ints
    shares: Floats


def gathered(bundle: Bundle, row: Floats, beliefs: Floats) -> tuple[Floats, Floats]:
    """Return the rows that value a bundle's questions, and how they add up to answers.

    Args:
        bundle: The questions.
        row: Likelihoods, shape (S,).
        beliefs: Beliefs given the row, shape (S,); they say which answer or state is likeliest,
            which no row has to be run for, and which are impossible.

    Returns:
        Rows, the one asked about first, shape (1 + R, S); and how much each counts for each
        answer, shape (answers, 1 + R).
    """
    n_answers = int(bundle.first_answer[-1])
    mixtures = bundle.mixtures
    room = len(bundle.rows.answers) + len(mixtures.mix) + n_answers + int((mixtures.n_answers**2).sum())
    n_choices = len(bundle.choices.first) - 1
    gathering = _Gathering(
        np.array([1, 0], dtype=np.int64),
        np.full(n_choices, NONE, dtype=np.int64),
        np.empty(1 + n_choices, dtype=np.int64),
        np.empty(1 + n_choices),
        np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.int64),
        np.empty(room),
    )
    _add_mixtures(bundle.choices, mixtures, row, beliefs, gathering)
    _add_rows(bundle.choices, bundle.rows, row, gathering)
    return _written(bundle.choices, row, gathering, n_answers)


@compiled
def _add_mixtures(
    choices: Choices, mixtures: Mixtures, row: Floats, beliefs: Floats, gathering: _Gathering
) -> None:
    """Add the questions that are mixtures, each by state or by answer, whichever takes fewer rows."""
    by_state = _by_state(mixtures, beliefs)
    # More than any question has states or answers: there is room for each answer in each state of all.
    likely = np.empty(len(gathering.answers))
    for q in range(len(mixtures.over)):
        n_answers, n_states = mixtures.n_answers[q], mixtures.n_states[q]
        n_likely = n_states if by_state[q] else n_answers
        rest = _weigh(mixtures, q, by_state, beliefs, likely)
        first_choice = mixtures.state_choice[q] if by_state[q] else mixtures.answer_choice[q]
        for k in range(n_likely):
            if k != rest and likely[k] > 0.0:
                _place(choices, first_choice + k, row, gathering)
        for answer in range(n_answers):
            number, at = mixtures.first_answer[q] + answer, mixtures.first_mix[q] + answer * n_states
            own = 1.0 if mixtures.own[q] == NONE else row[mixtures.own[q] + answer]
            # What no row is run for is what the others leave of the row itself.
            whole = 0.0
            if likely[rest] > 0.0:
                whole = own * (mixtures.mix[at + rest] if by_state[q] else _same(answer, rest))
            _share(gathering, number, 0, whole)
            for k in range(n_likely):
                if k != rest and likely[k] > 0.0:
                    share = own * (mixtures.mix[at + k] if by_state[q] else _same(answer, k))
                    _share(gathering, number, gathering.place[first_choice + k], share - whole)


@compiled
def _add_rows(choices: Choices, rows: Rows, row: Floats, gathering: _Gathering) -> None:
    """Add the rows of noisy questions whose gates are possible."""
    for number in range(len(rows.choice)):
        is_open = True
        for gate in range(rows.first_gate[number], rows.first_gate[number + 1]):
            is_open = is_open and row[rows.gates[gate]] > 0.0
        if is_open:
            _place(choices, rows.choice[number], row, gathering)
            for share in range(rows.first_share[number], rows.first_share[number + 1]):
                place = gathering.place[rows.choice[number]]
                _share(gathering, rows.answers[share], place, rows.shares[share])


@compiled
def _written(choices: Choices, row: Floats, gathering: _Gathering, n_answers: int) -> tuple[Floats, Floats]:
    """Return the rows gathered and their shares in answers."""
    n_rows, n_shares = gathering.counts[0], gathering.counts[1]
    rows = np.empty((n_rows, len(row)))
    for number in range(n_rows):
        for slot in range(len(row)):  # in slots: a whole row takes seconds to compile
            rows[number, slot] = row[slot]
        if number > 0:
            choice = gathering.chosen[number]
            for at in range(choices.first[choice], choices.first[choice + 1]):
                rows[number, choices.slots[at]] *= choices.factors[at]
    mix = np.zeros((n_answers, n_rows))
    for share in range(n_shares):
        mix[gathering.answers[share], gathering.places[share]] += gathering.shares[share]
    return rows, mix


@inner_loop
def _by_state(mixtures: Mixtures, beliefs: Floats) -> Bools:
    """Return for which mixtures a row per state takes fewer rows than one per answer.

    Those over the states of one variable share the rows for its states.
    """
    asked_over = np.zeros(len(beliefs), np.int64)
    for q in range(len(mixtures.over)):
        asked_over[mixtures.over[q]] += mixtures.n_answers[q] - 1
    by_state = np.empty(len(mixtures.over), np.bool_)
    for q in range(len(mixtures.over)):
        states = beliefs[mixtures.over[q] : mixtures.over[q] + mixtures.n_states[q]]
        by_state[q] = (states > 0.0).sum() - 1 < asked_over[mixtures.over[q]]
    return by_state


@inner_loop
def _weigh(mixtures: Mixtures, q: int, by_state: Bools, beliefs: Floats, likely: Floats) -> int:
    """Write down how likely each state or each answer of a question is; return the likeliest one.

    In loops: a library's product of matrices would start threads, and its maximum takes long to compile.
    """
    n_states, over = mixtures.n_states[q], mixtures.over[q]
    likeliest = 0
    for k in range(n_states if by_state[q] else mixtures.n_answers[q]):
        likely[k] = beliefs[over + k] if by_state[q] else 0.0
        at = mixtures.first_mix[q] + k * n_states
        for state in range(0 if by_state[q] else n_states):
            likely[k] += mixtures.mix[at + state] * beliefs[over + state]
        if likely[k] > likely[likeliest]:
            likeliest = k
    return likeliest


@inner_loop
def _place(choices: Choices, choice: int, row: Floats, gathering: _Gathering) -> None:
    """Give the row that a choice makes a place, unless it has one: that of a row like it, or a new one."""
    if gathering.place[choice] != NONE:
        return
    gathering.place[choice] = 0
    # Equal rows have equal marks, as what a choice leaves as it is adds nothing; others rarely have.
    mark, differs = 0.0, False
    for at in range(choices.first[choice], choices.first[choice + 1]):
        before = row[choices.slots[at]]
        after = before * choices.factors[at]
        differs = differs or before != after
        mark += (after - before) * (choices.slots[at] + 1.0)
    if not differs:  # it is the row itself
        return
    n_rows = gathering.counts[0]
    for number in range(1, n_rows):
        if gathering.marks[number] == mark and _alike(choices, choice, gathering.chosen[number], row):
            gathering.place[choice] = number
            return
    gathering.place[choice] = n_rows
    gathering.chosen[n_rows], gathering.marks[n_rows] = choice, mark
    gathering.counts[0] += 1


@inner_loop
def _alike(choices: Choices, one: int, other: int, row: Floats) -> bool:
    """Whether two choices make the same row; their slots stand in ascending order."""
    i, j = choices.first[one], choices.first[other]
    while True:
        while i < choices.first[one + 1] and not _changes(choices, i, row):
            i += 1
        while j < choices.first[other + 1] and not _changes(choices, j, row):
            j += 1
        if i == choices.first[one + 1] or j == choices.first[other + 1]:
            return bool(i == choices.first[one + 1] and j == choices.first[other + 1])
        slot = choices.slots[i]
        if slot != choices.slots[j] or row[slot] * choices.factors[i] != row[slot] * choices.factors[j]:
            return False
        i += 1
        j += 1


@inner_loop
def _changes(choices: Choices, at: int, row: Floats) -> bool:
    before = row[choices.slots[at]]
    return bool(before * choices.factors[at] != before)


@inner_loop
def _share(gathering: _Gathering, answer: int, place: int, share: float) -> None:
    """Note how much a row counts for an answer."""
    number = gathering.counts[1]
    gathering.answers[number], gathering.places[number] = answer, place
    gathering.shares[number] = share
    gathering.counts[1] += 1


@inner_loop
def _same(one: int, other: int) -> float:
    return 1.0 if one == other else 0.0
