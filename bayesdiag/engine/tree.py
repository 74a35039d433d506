"""Junction tree from an elimination order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayesdiag.engine.order import elimination_order


@dataclass(slots=True)
class Cluster:
    """A set of parts that are looked at together.

    Attributes:
        parts: Its parts, in ascending order.
        parent: Position of the cluster nearer the root; -1 at a root.
        factors: Factors multiplied here.
        own: Parts whose likelihoods enter, and whose beliefs leave, here.
    """

    parts: tuple[int, ...]
    parent: int
    factors: list[int]
    own: list[int]

    def separator(self, above: Cluster) -> tuple[int, ...]:
        """Return the parts shared with the cluster above."""
        shared = set(above.parts)
        return tuple(part for part in self.parts if part in shared)


def junction_tree(scopes: Sequence[Sequence[int]], sizes: Sequence[int]) -> list[Cluster]:
    """Return the clusters, children before parents.

    Args:
        scopes: Parts of each factor; a factor without parts gets a cluster of its own.
        sizes: Number of possible states of each part; parts of no factor stand alone.
    """
    order, _ = elimination_order(scopes, sizes)
    position = {part: place for place, part in enumerate(order)}
    members = _eliminated(order, position, scopes)
    clusters = [
        Cluster(tuple(sorted(parts)), -1, [], [part]) for part, parts in zip(order, members, strict=True)
    ]
    for place, part in enumerate(order):
        later = [position[other] for other in members[place] if other != part]
        clusters[place].parent = min(later, default=-1)
    for number, scope in enumerate(scopes):
        if scope:
            clusters[min(position[part] for part in scope)].factors.append(number)
        else:
            clusters.append(Cluster((), -1, [number], []))
    return _merged(clusters)


def _eliminated(
    order: Sequence[int], position: dict[int, int], scopes: Sequence[Sequence[int]]
) -> list[set[int]]:
    """Return, for each part in order, itself and its neighbours at the time it leaves."""
    members: list[set[int]] = [{part} for part in order]
    for scope in scopes:
        if scope:
            members[min(position[part] for part in scope)] |= set(scope)
    for place, part in enumerate(order):
        rest = members[place] - {part}
        if rest:
            members[min(position[other] for other in rest)] |= rest
    return members


def _merged(clusters: list[Cluster]) -> list[Cluster]:
    """Fold each cluster that a child contains into that child; it would only repeat its entries."""
    home = list(range(len(clusters)))
    for place, cluster in enumerate(clusters):
        if home[place] != place:
            continue
        above = cluster.parent
        while above >= 0 and home[above] == above and set(clusters[above].parts) <= set(cluster.parts):
            cluster.factors += clusters[above].factors
            cluster.own += clusters[above].own
            home[above] = place
            above = clusters[above].parent
        cluster.parent = above
    return _renumbered(clusters, home)


def _renumbered(clusters: list[Cluster], home: list[int]) -> list[Cluster]:
    """Drop the clusters that were folded into a child, and keep children before parents."""
    kept = [place for place in range(len(clusters)) if home[place] == place]
    parent = {place: _home(clusters[place].parent, home) for place in kept}
    depth: dict[int, int] = {}
    for place in kept:
        trail = []
        at = place
        while at >= 0 and at not in depth:
            trail.append(at)
            at = parent[at]
        base = depth[at] if at >= 0 else -1
        for step, node in enumerate(reversed(trail)):
            depth[node] = base + 1 + step
    ordered = sorted(kept, key=lambda place: -depth[place])
    number = {place: new for new, place in enumerate(ordered)}
    for place in ordered:
        clusters[place].parent = number.get(parent[place], -1)
    return [clusters[place] for place in ordered]


def _home(place: int, home: list[int]) -> int:
    while place >= 0 and home[place] != place:
        place = home[place]
    return place
