"""Dialogues in cases that somebody had: what is known of each is answered so, what is blank is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Case
from bayesdiag.diagnosis.whatif import remembering
from bayesdiag.engine.draws import draw
from bayesdiag.engine.inquiry import Inquiry
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.relevance import graph_of, relevant
from bayesdiag.engine.sampling import Worlds, conditional
from bayesdiag.errors import InvalidModel, TooLarge
from bayesdiag.learning.training import add_labels
from bayesdiag.model import Model
from bayesdiag.simulate.attempts import attempts_of, chosen
from bayesdiag.simulate.dialogue import Progress, ended
from bayesdiag.simulate.hidden import Hidden, Part
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.menu import menu_of
from bayesdiag.simulate.thinking import DecisionTheoretic


@dataclass(frozen=True)
class Expected:
    """What dialogues come to until the case is solved or handed over, one value for each.

    Attributes:
        questions: How many questions were asked, shape (n,).
        minutes: Minutes of work.
        money: Money, in the model's currency.
        costs: Both together, waiting included, in the model's currency.
        is_escalated: Whether it was handed over.
        cases: Which case each is of, shape (n,).
        n_cases: How many cases could be taken: seen because an attempt failed, with a confirmed cause.
        seed: What blanks and luck were drawn from.
    """

    questions: Floats
    minutes: Floats
    money: Floats
    costs: Floats
    is_escalated: Floats
    cases: Ints
    n_cases: int
    seed: int


def expected_dialogues(
    network: CompiledNetwork,
    cases: Sequence[Case],
    n: int,
    seed: int,
    progress: Progress = lambda _: None,
) -> Expected | None:
    """Return what the decision-theoretic policy comes to in cases whose confirmed cause is known.

    A dialogue begins with nothing but that the attempt failed. A question is answered as the case
    holds it; where it holds nothing, as drawn from P(all | findings, confirmed causes, premise).

    Args:
        network: The model: what is asked and tried goes by it, and what is blank comes from it.
        cases: The cases. Those without a confirmed cause that is at fault, those that did not fail, those of
            no weight, and those that the model holds to be impossible or cannot answer are passed over.
        n: How many dialogues at most; not more than the cases' weights come to, and at least one.
        seed: What blanks and luck are drawn from.
        progress: Told the share that is done.

    Returns:
        What they come to; None where no case can be taken, or n is below 1.

    Raises:
        InvalidModel: The model has no prices: nothing can be tried, or nobody is there to hand over to.
    """
    menu = menu_of(network.model)
    if n < 1:
        return None
    model, attempts = network.model, attempts_of(network.model)
    twin = compile_network(remembering(model))
    rows = {place: row for place, case in enumerate(cases) if (row := _row(twin, case)) is not None}
    if not rows:
        return None
    places = np.array(sorted(rows))
    weights = np.array([cases[place].weight for place in places])
    random = np.random.default_rng([seed, 6])
    taken = places[_spread_out(weights, min(n, max(1, int(weights.sum()))), random)]
    worlds = [
        _worlds(twin, rows[int(place)], int((taken == place).sum()), random) for place in np.unique(taken)
    ]
    hidden = Hidden(menu, (Part(attempts, menu.fixes, slice(0, len(taken))),), np.concatenate(worlds), seed)
    found = ended(hidden, DecisionTheoretic(Judge(network, menu)), progress)
    runs = found.runs()
    return Expected(
        runs.questions.astype(np.float64),
        runs.minutes,
        found.money(),
        runs.costs,
        runs.is_escalated.astype(np.float64),
        np.sort(taken),
        len(places),
        seed,
    )


def has_prices(model: Model) -> bool:
    """Return whether a model says what repairs cost, and to whom a case is handed over at which price."""
    try:
        menu_of(model)
    except InvalidModel:
        return False
    return True


def _row(twin: CompiledNetwork, case: Case) -> Floats | None:
    """Return what is known of a case in the end as a row; None where it tells no cause, or cannot be."""
    normal = {name: twin.model.variable_of[name].state_ids[0] for name in case.confirmed}
    # `not … > 0`: NaN is no weight either.
    if (
        not case.premise
        or not case.weight > 0
        or all(state == normal[name] for name, state in case.confirmed.items())
    ):
        return None
    row: Floats = twin.rows([case.evidence], premise=True)[0]
    add_labels(row, case, twin)
    try:
        if not np.isfinite(twin.posterior_of_rows(row[None, :], ()).log_evidence[0]):
            return None
        _inquiry(twin, row)
    except TooLarge:
        return None
    return row


def _spread_out(weights: Floats, n: int, random: np.random.Generator) -> Ints:
    """Return n places, ascending, each as often as its weight says up to one more or less."""
    upto = np.cumsum(weights) / weights.sum()
    at = (np.arange(n) + random.random()) / n
    return np.asarray(np.minimum(np.searchsorted(upto, at, side="right"), len(weights) - 1))


def _worlds(twin: CompiledNetwork, row: Floats, n: int, random: np.random.Generator) -> Worlds:
    """Return worlds drawn given a row, shape (n, variables): exactly what bears on it, then what follows."""
    layout, families = twin.layout, twin.families
    inquiry, bearing = _inquiry(twin, row)
    slots = draw(inquiry.program, inquiry.row, n, random)
    worlds = np.zeros((n, len(families)), dtype=np.int16)
    for index in bearing:
        worlds[:, index] = slots[:, layout.span(index)].argmax(axis=1)
    drawn = set(bearing)
    for index in relevant(graph_of(families), range(len(families))):
        if index not in drawn:
            worlds[:, index] = chosen(conditional(families[index], worlds), random.random(n))
    return worlds


def _inquiry(twin: CompiledNetwork, row: Floats) -> tuple[Inquiry, tuple[int, ...]]:
    """Return a row made ready for drawing, and which variables bear on it, parents first."""
    layout = twin.layout
    told = [i for i in range(len(twin.families)) if (row[layout.span(i)] != 1).any()]
    bearing = relevant(graph_of(twin.families), told)
    return twin.inquire(row, (), [layout.names[i] for i in bearing]), bearing
