"""Public networks out of pgmpy's wheel, read by our reader, and cases drawn from them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.tables import Contribution, Family, LinkFamily
from tests.test_reference import network_of

__all__ = ["draw", "leaves_of", "likelihoods", "network_of", "observed", "public_file", "roots_of"]


def public_file(name: str) -> Path:
    """Return the packed BIF file of a public network."""
    found = find_spec("pgmpy")  # finds the folder without the seconds that the import takes
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("pgmpy, whose wheel holds the networks, is not installed")
    return Path(found.submodule_search_locations[0], "utils", "example_models", f"{name}.bif.gz")


def roots_of(network: CompiledNetwork) -> list[int]:
    """Return the numbers of the variables without parents."""
    return [family.child for family in network.families if not family.parents]


def leaves_of(network: CompiledNetwork) -> list[int]:
    """Return the numbers of the variables without children."""
    parents = {parent for family in network.families for parent in family.parents}
    return [family.child for family in network.families if family.child not in parents]


def draw(network: CompiledNetwork, n_rows: int, random: np.random.Generator) -> Ints:
    """Draw whole worlds from the network: the state of every variable, shape (B, variables)."""
    states = np.zeros((n_rows, len(network.families)), dtype=np.int64)
    waiting, done = list(network.families), set[int]()
    while waiting:
        family = waiting.pop(0)
        if done.issuperset(family.parents):
            states[:, family.child] = _drawn(family, states, random)
            done.add(family.child)
        else:
            waiting.append(family)
    return states


def observed(network: CompiledNetwork, share: float, random: np.random.Generator) -> list[int]:
    """Return a share of the variables, chosen at random, at least one."""
    n_variables = len(network.families)
    chosen = random.choice(n_variables, size=max(1, round(share * n_variables)), replace=False)
    return sorted(int(index) for index in chosen)


def likelihoods(network: CompiledNetwork, worlds: Ints, seen: list[int]) -> Floats:
    """Return rows in which the variables `seen` are observed as in the worlds, shape (B, S)."""
    rows = np.ones((len(worlds), network.layout.n_slots))
    offsets = np.array(network.layout.offsets)
    for index in seen:
        rows[:, network.layout.span(index)] = 0.0
        rows[np.arange(len(worlds)), offsets[index] + worlds[:, index]] = 1.0
    return rows


def _drawn(family: Family, states: Ints, random: np.random.Generator) -> Ints:
    if not isinstance(family, LinkFamily):
        return _choices(family.p[tuple(states[:, parent] for parent in family.parents)], len(states), random)
    leak = _choices(family.leak, len(states), random)
    drawn = [
        (states[:, one.parent], _choices(_chances(one, states), len(states), random))
        for one in family.contributions
    ]
    if family.rule == "max":
        return np.max([leak, *(outcome for _, outcome in drawn)], axis=0)
    result = np.zeros(len(states), dtype=np.int64)
    for state, outcome in reversed(drawn):
        result = np.where(state > 0, outcome, result)
    return result


def _chances(one: Contribution, states: Ints) -> Floats:
    return np.asarray(one.p[tuple(states[:, number] for number in (*one.gates, one.parent))])


def _choices(p: Floats, n_rows: int, random: np.random.Generator) -> Ints:
    """Draw one state a row, given probabilities of shape (states,) or (B, states)."""
    reached = np.cumsum(np.broadcast_to(p, (n_rows, p.shape[-1])), axis=1)
    below = random.random((n_rows, 1)) * reached[:, -1:] >= reached
    return np.asarray(below.sum(axis=1), dtype=np.int64)
