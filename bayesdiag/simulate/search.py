"""The best fixed order, found by search over cases drawn for that purpose alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bayesdiag.simulate.dialogue import Dialogues, Progress
from bayesdiag.simulate.hidden import Hidden
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.static import Item, Order, advance, checks, walked

MAX_LINES = 40
"""No order grows longer."""


def best_static(
    hidden: Hidden, judge: Judge, starts: Sequence[Order] = (), progress: Progress = lambda _: None
) -> Order:
    """Return the cheapest fixed order found.

    One order is grown line by line, each time by the line after which handing over all that is left
    costs least; others are given. In each, lines are taken out or exchanged with the next one as
    long as that makes it cheaper; the cheapest of all is returned.

    Args:
        hidden: Cases to try orders on; others than those on which policies are compared.
        judge: What answers mean.
        starts: Other orders to begin with.
        progress: Told the share that is done.
    """
    items = [Item("action", action) for action in range(len(judge.menu.actions))]
    items += [check for check in checks(judge).values() if check.leads_to]
    begun = [_grown(hidden, items), *starts]
    ends = []
    for number, order in enumerate(begun):
        progress((1 + number) / (1 + len(begun)))
        ends.append(_mended(hidden, order))
    progress(1.0)
    return min(ends, key=lambda end: end[0])[1]


def _grown(hidden: Hidden, items: Sequence[Item]) -> Order:
    order: list[Item] = []
    now = Dialogues(hidden)
    while len(order) < MAX_LINES:
        best, after = None, now
        for item in items:
            ahead = now.copy()
            advance(ahead, item)
            if ahead.mean_cost < after.mean_cost:
                best, after = item, ahead
        if best is None:
            break
        order.append(best)
        now = after
    return tuple(order)


def _mended(hidden: Hidden, order: Order) -> tuple[float, Order]:
    cost = walked(hidden, order).mean_cost
    is_changed = True
    while is_changed:
        is_changed = False
        for changed in _changes(order):
            found = walked(hidden, changed).mean_cost
            if found < cost:
                cost, order, is_changed = found, changed, True
                break
    return cost, order


def _changes(order: Order) -> Iterator[Order]:
    """Yield the order without each of its lines, from the last, and with two neighbours exchanged."""
    for place in range(len(order) - 1, -1, -1):
        yield (*order[:place], *order[place + 1 :])
    for place in range(len(order) - 1):
        yield (*order[:place], order[place + 1], order[place], *order[place + 2 :])
