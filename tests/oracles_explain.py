"""Slow twins of the explanation: Shapley values over all orders, beliefs of causes by adding up every world."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from math import log2

from bayesdiag.model import Model
from tests.oracles import Findings, brute_force

Known = dict[frozenset[str], dict[str, object]]


def share(
    model: Model, findings: Findings, target: tuple[str, str], *, premise: bool, known: Known | None = None
) -> float:
    """P(the cause took part in this state), or P(state) of what cannot take part; 0 if impossible."""
    known = {} if known is None else known
    key = frozenset(findings)
    if key not in known:
        known[key] = brute_force(model, findings, premise=premise)
    responsible: Mapping[tuple[str, str], float] = known[key]["responsible"]  # type: ignore[assignment]
    name, state = target
    if premise and model.variable_of[name].kind == "cause":
        return responsible.get(target, 0.0)
    return known[key]["beliefs"][name][state]  # type: ignore[index]


def shapley(
    model: Model,
    findings: Findings,
    target: tuple[str, str],
    *,
    premise: bool,
    known: Known | None = None,
) -> tuple[list[float], float, float, str]:
    """Lines, start, end, unit: what each finding adds, averaged over all orders.

    `known` keeps what subsets of these findings came to, for the next target.
    """
    names = list(findings)
    known = {} if known is None else known

    def p_of(some: frozenset[str]) -> float:
        part = {name: findings[name] for name in names if name in some}
        return share(model, part, target, premise=premise, known=known)

    orders = list(permutations(names))
    subsets = {frozenset(order[:k]) for order in orders for k in range(len(names) + 1)}
    is_sure = any(p_of(subset) > 1 - 1e-12 for subset in subsets)

    def value(some: frozenset[str]) -> float:
        p = p_of(some)
        return log2(p) if is_sure else log2(p / (1 - p))

    added = dict.fromkeys(names, 0.0)
    for order in orders:
        for k, name in enumerate(order):
            added[name] += value(frozenset(order[: k + 1])) - value(frozenset(order[:k]))
    lines = [added[name] / len(orders) for name in names]
    unit = "log2_probability" if is_sure else "bits"
    return lines, value(frozenset()), value(frozenset(names)), unit
