"""Who knows everything: what is wrong, and how every try would end. No policy can cost less."""

from __future__ import annotations

from itertools import product

import numpy as np

from bayesdiag.diagnosis.strategy import Runs
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.simulate.dialogue import Dialogues
from bayesdiag.simulate.hidden import Hidden

NOBODY = -1


def foreseen(hidden: Hidden) -> Runs:
    """Return the cheapest end of every case: one action, two, or handing over at once.

    Three actions or more are not looked at: where only these would be cheaper still, the figure is a
    little too high. The k-th try of an action ends as it does for every other policy.
    """
    first, second = _best(hidden)
    dialogues = Dialogues(hidden)
    for chosen in (first, second):
        for action in np.unique(chosen[chosen != NOBODY]):
            rows = np.flatnonzero((chosen == action) & dialogues.is_open)
            if len(rows):
                dialogues.act(rows, int(action))
    dialogues.hand_over(dialogues.open_rows)
    return dialogues.runs()


def _best(hidden: Hidden) -> tuple[Ints, Ints]:
    """Return the first and the second action of each case, `NOBODY` where there is none."""
    menu, n = hidden.menu, len(hidden)
    prices: Floats = menu.prices[: len(menu.actions)]
    every = np.arange(n)
    least = np.full(n, menu.escalation)
    first, second = np.full(n, NOBODY), np.full(n, NOBODY)
    for action in np.argsort(prices, kind="stable"):
        rows = every[least > prices[action]]
        _, success = hidden.tried(hidden.worlds[rows], rows, int(action), 0)
        least[rows[success]], first[rows[success]] = prices[action], action
    pairs = sorted(product(range(len(prices)), repeat=2), key=lambda pair: prices[pair[0]] + prices[pair[1]])
    for one, other in pairs:
        both = prices[one] + prices[other]
        rows = every[least > both]
        if not len(rows) or (one == other and menu.tries[one] < 2):
            continue
        after, success = hidden.tried(hidden.worlds[rows], rows, one, 0)
        rows, after = rows[~success], after[~success]
        _, success = hidden.tried(after, rows, other, int(one == other))
        won = rows[success]
        least[won], first[won], second[won] = both, one, other
    return first, second
