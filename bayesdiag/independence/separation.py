"""Which variables must be known for two others to be independent: separation in the moral graph.

References:
    Lauritzen, Dawid, Larsen and Leimer (1990), Independence properties of directed Markov fields,
    Networks 20, 491-505. Van der Zander and Liśkiewicz (2020), Finding minimal d-separators in linear
    time and applications, UAI 2019, Proceedings of Machine Learning Research 115, 637-647.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Parents = Mapping[str, Collection[str]]
"""Variable → its parents."""


def ancestors(parents: Parents, names: Iterable[str]) -> set[str]:
    """Return these variables and all above them."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += parents[name]
    return found


def is_separated(parents: Parents, first: str, second: str, given: Collection[str]) -> bool:
    """Whether two variables are independent given others in every network with these arrows."""
    around = _moral(parents, ancestors(parents, {first, second, *given}))
    return second not in _reached(around, first, set(given))


def separators(
    parents: Parents, first: str, second: str, allowed: Collection[str], always: Collection[str] = ()
) -> list[frozenset[str]]:
    """Return sets of variables that make two others independent, from which none can be taken.

    Args:
        parents: Variable → its parents.
        first: One variable.
        second: The other.
        allowed: Variables that may be in the set.
        always: Variables that are known in any case, and in no set.

    Returns:
        The minimal set nearest to the first and the one nearest to the second, which may be the same;
        nothing where no set does.
    """
    known = set(always)
    above = ancestors(parents, {first, second, *known})
    around = _moral(parents, above)
    may = (above & set(allowed)) - {first, second} - known
    if second in _reached(around, first, may | known):
        return []
    found = []
    for near, far in ((first, second), (second, first)):
        # What is met first from one side separates; of that, what is met first from the other is needed.
        met = _reached(around, near, may | known) & may
        found.append(frozenset(_reached(around, far, met | known) & met))
    return list(dict.fromkeys(found))


def _moral(parents: Parents, names: Collection[str]) -> dict[str, set[str]]:
    """Return each variable's neighbours when parents of one child are joined and arrows lose their heads."""
    around: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        family = [name, *parents[name]]
        for member in family:
            around[member].update(family)
    for name, neighbours in around.items():
        neighbours.discard(name)
    return around


def _reached(around: Mapping[str, Collection[str]], start: str, walls: Collection[str]) -> set[str]:
    """Return what can be reached from a variable, the walls that are met included but not passed."""
    found = {start}
    left = [start]
    while left:
        for name in around[left.pop()]:
            if name not in found:
                found.add(name)
                if name not in walls:
                    left.append(name)
    return found
