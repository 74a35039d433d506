"""The independences that a model's arrows claim about variables that can be seen together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from math import prod

from bayesdiag.independence.separation import Parents, is_separated, separators
from bayesdiag.model import Model, topological_order

FAILED = "\x00failed"
"""Stands for "this attempt failed", a child of the premise's variable; no variable has such a name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Two variables are independent given others.

    Attributes:
        first: One variable, the one further up.
        second: The other.
        given: The others, as few as will do; that the attempt failed comes on top.
        is_local: Whether the others are the second variable's parents: its local Markov property.
    """

    first: str
    second: str
    given: tuple[str, ...]
    is_local: bool


def claims_of(model: Model, seen: Collection[str], *, premise: bool = True) -> list[Claim]:
    """Return what a model claims of each pair of variables, given as little as possible.

    That cases are there because an attempt failed makes causes dependent that are independent
    otherwise. So the failing is known in every claim, as an event below the premise's variable.
    A pair that no set of seen variables makes independent is claimed nothing about.

    Args:
        model: The model.
        seen: Variables that cases tell.
        premise: Whether the cases are there because of the premise.
    """
    parents, always = _arrows(model, premise=premise)
    order = topological_order(model.variables)
    names = [name for name in order if name in seen]
    found = []
    for first, second in combinations(names, 2):
        own = set(parents[second])
        choices = separators(parents, first, second, seen, always)
        is_known = own <= set(seen) | always and first not in own
        if is_known and is_separated(parents, first, second, own | always):
            choices.append(frozenset(own - always))
        if choices:
            best = min(choices, key=lambda given: (_cells(model, given), sorted(given)))
            given = tuple(name for name in order if name in best)
            found.append(Claim(first, second, given, set(given) == own - always))
    return found


def _arrows(model: Model, *, premise: bool) -> tuple[Parents, set[str]]:
    """Return the arrows, and what is known of every case."""
    parents: dict[str, tuple[str, ...]] = {variable.id: variable.parents for variable in model.variables}
    if model.premise is None or not premise:
        return parents, set()
    parents[FAILED] = (model.premise.variable,)
    left = set(model.variable_of[model.premise.variable].state_ids) - set(model.premise.exclude)
    # Where a single state is left, the variable itself is known.
    return parents, {FAILED, model.premise.variable} if len(left) == 1 else {FAILED}


def _cells(model: Model, given: Collection[str]) -> int:
    return prod(len(model.variable_of[name].states) for name in given)
