"""Fixed orders of checks and repairs, decided before the case is known: the user's own among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.diagnosis.strategy import Runs
from bayesdiag.diagnosis.whatif import p_fixed
from bayesdiag.engine.layout import Ints
from bayesdiag.simulate.dialogue import Dialogues
from bayesdiag.simulate.hidden import Hidden
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.menu import Menu

LEAST_P = 0.1
"""A check's answer points to a repair only if that would repair the cause in at least so many such cases …"""
LIFT = 1.2
"""… and in so many times more of them than of all cases."""


@dataclass(frozen=True)
class Item:
    """One line of a fixed order: a repair, or a check with the repair that each answer points to.

    Attributes:
        kind: "action" or "question".
        number: Which.
        leads_to: For a check: answer → action to be tried at once.
    """

    kind: str
    number: int
    leads_to: Mapping[int, int] = field(default_factory=dict)


Order = tuple[Item, ...]


def walked(hidden: Hidden, order: Sequence[Item]) -> Runs:
    """Return what comes of a fixed order in every case; at its end what is not solved is handed over."""
    dialogues = Dialogues(hidden)
    for item in order:
        advance(dialogues, item)
    dialogues.hand_over(dialogues.open_rows)
    return dialogues.runs()


def advance(dialogues: Dialogues, item: Item) -> None:
    """Go through one line of a fixed order in all cases that are open."""
    menu, rows = dialogues.menu, dialogues.open_rows
    if item.kind == "action":
        _try(dialogues, rows, item.number)
        return
    rows = rows[menu.is_open(len(menu.actions) + item.number, dialogues.answers[rows])]
    dialogues.ask(rows, item.number)
    for answer, action in item.leads_to.items():
        some = rows[dialogues.answers[rows, item.number] == answer]
        _try(dialogues, some, action)


def checks(judge: Judge) -> dict[int, Item]:
    """Return every question as a check, with the repair that each answer alone points to.

    An answer points to the repair that would most often repair the responsible cause (by what it
    fixes, not by the luck of another try), where that is in at least `LEAST_P` of such cases and
    `LIFT` times as often as in all cases; of two alike to the cheaper one.
    """
    menu = judge.menu
    judged = judge.judged((-1,) * len(menu.questions))
    repaired = np.array(
        [[p_fixed(menu.model, action, *event) for event in judge.events] + [0.0] for action in menu.actions]
    )
    prices, before = menu.prices[: len(menu.actions)], repaired @ judged.now
    found = {}
    for question, block in judged.answers.items():
        told = np.full((1, len(menu.questions)), -1, dtype=np.int64)
        leads = {}
        for answer, row in enumerate(block):
            told[0, question] = answer
            p = repaired @ (row / row.sum()) if row.sum() > 0 else np.zeros(len(prices))
            p[(p < LEAST_P) | (p < LIFT * before)] = 0.0
            p *= [menu.is_open(action, told)[0] for action in range(len(prices))]
            best = int(np.lexsort((prices, -p))[0])
            if p[best] > 0:
                leads[answer] = best
        found[question] = Item("question", question, leads)
    return found


def faq_order(judge: Judge) -> Order:
    """Return the order of the user's document, a repair only where its check points to it.

    A check that does a repair on the way is that repair.
    """
    menu, pointing = judge.menu, checks(judge)
    numbers = {question.id: number for number, question in enumerate(menu.questions)}
    actions = {action.id: number for number, action in enumerate(menu.actions)}
    order = []
    for name in (name for step in menu.model.faq_order for name in step.ask):
        again = menu.model.variable_of[name].next_attempt
        if name in numbers and numbers[name] in pointing:
            order.append(pointing[numbers[name]])
        elif again is not None and again.does in actions:
            order.append(Item("action", actions[again.does]))
    return tuple(order)


def named(menu: Menu, order: Sequence[Item]) -> list[str]:
    """Return a fixed order in names: `check {answer: repair}` or `repair`."""
    told = []
    for item in order:
        if item.kind == "action":
            told.append(menu.actions[item.number].id)
            continue
        question = menu.questions[item.number]
        leads = [f"{question.state_ids[k]}: {menu.actions[a].id}" for k, a in item.leads_to.items()]
        told.append(f"{question.id} {{{', '.join(leads)}}}" if leads else question.id)
    return told


def _try(dialogues: Dialogues, rows: Ints, action: int) -> None:
    """Try an action where it may be done and was not tried as often as it may be."""
    menu = dialogues.menu
    allowed = menu.is_open(action, dialogues.answers[rows])
    allowed &= dialogues.counts[rows, action] < menu.tries[action]
    if allowed.any():
        dialogues.act(rows[allowed], action)
