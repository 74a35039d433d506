"""The best fixed order, found by search over cases drawn for that purpose alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bayesdiag.diagnosis.strategy import Runs
from bayesdiag.simulate.dialogue import Dialogues, Progress
from bayesdiag.simulate.hidden import Hidden
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.static import Item, Order, advance, checks

TRIALS = 300
"""Changes looked at for each start."""


def best_static(
    hidden: Hidden,
    judge: Judge,
    starts: Sequence[Order],
    random: np.random.Generator,
    progress: Progress = lambda _: None,
) -> Order:
    """Return the cheapest fixed order found.

    From each start, and from the order that puts next what solves most for its price, changes are
    tried at random (a line put in anywhere, taken out or moved, a repair that an answer points to left
    out); what is cheaper is kept. The cheapest of all ends is returned.

    Args:
        hidden: Cases to try orders on; others than those on which policies are compared.
        judge: What answers mean.
        starts: Orders to start from.
        random: Which changes are tried.
        progress: Told how far it is.
    """
    items = [*checks(judge).values(), *(Item("action", a) for a in range(len(judge.menu.actions)))]
    ends = []
    every = [*starts, grown(hidden, items)]
    for number, start in enumerate(every):
        walk = Walk(hidden, start)
        for trial in range(TRIALS):
            if trial % 16 == 0:
                progress((number + trial / TRIALS) / len(every))
            place, changed = _changed(walk.order, items, random)
            walk.accept_if_cheaper(place, changed)
        ends.append((walk.cost, number, walk.order))
    progress(1.0)
    return min(ends, key=lambda end: end[:2])[2]


def grown(hidden: Hidden, items: Sequence[Item]) -> Order:
    """Return the order that puts next what saves most for its price, as long as it saves more."""
    order: list[Item] = []
    now = Dialogues(hidden)
    while True:
        best, best_ratio, best_item = now, 1.0, None
        for item in items:
            then = now.copy()
            advance(then, item)
            spent = float((then.costs - now.costs).sum())
            saved = hidden.menu.escalation * float(now.is_open.sum() - then.is_open.sum())
            if spent > 0 and saved / spent > best_ratio:
                best, best_ratio, best_item = then, saved / spent, item
        if best_item is None:
            return tuple(order)
        now = best
        order.append(best_item)


class Walk:
    """A fixed order with where all cases stand before each of its lines, so that its end can be changed."""

    def __init__(self, hidden: Hidden, order: Order) -> None:
        self.stands = [Dialogues(hidden)]
        self.order: Order = ()
        self.cost = float("inf")
        self.accept_if_cheaper(0, order)

    def accept_if_cheaper(self, place: int, order: Order) -> bool:
        """Take another order, the same before a place, if it costs less; tell whether it was taken."""
        stands = self.stands[: place + 1]
        now = stands[-1]
        for item in order[place:]:
            now = now.copy()
            advance(now, item)
            if float(now.costs.mean()) >= self.cost:
                return False
            stands.append(now)
        cost = _ended(now).mean_cost
        if cost >= self.cost:
            return False
        self.stands, self.order, self.cost = stands, order, cost
        return True


def _ended(dialogues: Dialogues) -> Runs:
    last = dialogues.copy()
    last.hand_over(last.open_rows)
    return last.runs()


def _changed(order: Order, items: Sequence[Item], random: np.random.Generator) -> tuple[int, Order]:
    """Return an order with one change, and the first place at which it differs."""
    kind = int(random.integers(4)) if order else 0
    if kind == 0:
        place = int(random.integers(len(order) + 1))
        return place, (*order[:place], items[int(random.integers(len(items)))], *order[place:])
    place = int(random.integers(len(order)))
    rest = (*order[:place], *order[place + 1 :])
    if kind == 1:
        return place, rest
    if kind == 2:
        to = int(random.integers(len(rest) + 1))
        return min(place, to), (*rest[:to], order[place], *rest[to:])
    leads = _fewer(order[place].leads_to, random)
    return place, (*order[:place], replace(order[place], leads_to=leads), *order[place + 1 :])


def _fewer(leads: Mapping[int, int], random: np.random.Generator) -> Mapping[int, int]:
    """Return what answers point to, without one of them."""
    if not leads:
        return leads
    out = list(leads)[int(random.integers(len(leads)))]
    return {answer: action for answer, action in leads.items() if answer != out}
