"""What may still depend on a variable when others are known, and along which path.

`bayesdiag.independence.separation` decides one pair, and finds what would separate it; here one search
tells of every variable at once, and of each how the influence runs.

References:
    Shachter (1998), Bayes-Ball: the rational pastime, UAI 1998, 480-487. Koller and Friedman (2009),
    Probabilistic Graphical Models, algorithm 3.1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bayesdiag.case import Evidence
from bayesdiag.independence.separation import Parents, ancestors
from bayesdiag.model import Model


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case, as far as dependence goes.

    Attributes:
        states: Variables known to be in one state.
        hints: Variables about which something is known, but not the state: a likelihood, or that the
            attempt failed. A hint works like a child that was seen.
    """

    states: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()


def known_of(evidence: Evidence, model: Model, *, premise: bool = True) -> Known:
    """Return what findings, and that the attempt failed, make known."""
    left = {
        variable.id: {state for state, p in evidence.findings.get(variable.id, {}).items() if p > 0}
        or set(variable.state_ids)
        for variable in model.variables
    }
    told = set(evidence.findings)
    if premise and model.premise is not None:
        left[model.premise.variable] -= set(model.premise.exclude)
        told.add(model.premise.variable)
    states = frozenset(name for name in told if len(left[name]) == 1)
    return Known(states, frozenset(told) - states)


def connections(parents: Parents, start: str, known: Known) -> Mapping[str, tuple[str, ...]]:
    """Return every variable that may depend on one, given what is known, and a shortest path to it.

    Args:
        parents: Variable → its parents, for every variable.
        start: The variable.
        known: What is known.

    Returns:
        Variable → the path from `start` to it, both ends included, nearest first. Neither `start` nor
        variables whose state is known are among them. Empty where the state of `start` is known.
        What is not named is d-separated from `start`: independent of it in every network with these
        arrows.
    """
    children: dict[str, list[str]] = {name: [] for name in parents}
    for child, above in parents.items():
        for parent in above:
            children[parent].append(child)
    if start in known.states:
        return {}
    opened = ancestors(parents, known.states | known.hints)
    # A step is a variable and whether it was entered from a child of it.
    came_from: dict[tuple[str, bool], tuple[str, bool] | None] = {(start, True): None}
    left = deque(came_from)
    found: dict[str, tuple[str, ...]] = {}
    while left:
        step = left.popleft()
        name = step[0]
        if name != start and name not in known.states and name not in found:
            found[name] = tuple(_path(came_from, step))[::-1]
        for further in _steps(step, parents, children, known.states, opened):
            if further not in came_from:
                came_from[further] = step
                left.append(further)
    return found


def _steps(
    step: tuple[str, bool],
    parents: Parents,
    children: Mapping[str, Iterable[str]],
    states: Collection[str],
    opened: Collection[str],
) -> Iterator[tuple[str, bool]]:
    """Yield where influence goes on from a variable."""
    name, is_from_child = step
    if name not in states:
        yield from ((child, False) for child in children[name])
    if (name not in states) if is_from_child else (name in opened):
        yield from ((parent, True) for parent in parents[name])


def _path(
    came_from: Mapping[tuple[str, bool], tuple[str, bool] | None], step: tuple[str, bool]
) -> Iterator[str]:
    at: tuple[str, bool] | None = step
    while at is not None:
        yield at[0]
        at = came_from[at]
