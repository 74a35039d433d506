"""Two-layer noisy-OR networks as flat arrays, and how one is recognised among all networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.tables import Contribution, DenseFamily, Family, LinkFamily


@dataclass(frozen=True, slots=True)
class TwoLayer:
    """Causes without parents, and findings each of which is the noisy OR of some causes.

    A finding is 0 when nothing raises it: neither its leak nor any of its links. Every pair of
    numbers is (for 0, for 1), as logarithms where the name says so.

    Attributes:
        n_slots: Width S of a row.
        cause_slots: First slot of each cause, shape (C,).
        finding_slots: First slot of each finding, shape (F,).
        cause_of: Variable → number of the cause, -1 for a finding, shape (variables,).
        finding_of: Variable → number of the finding, -1 for a cause, shape (variables,).
        log_prior: Shape (C, 2).
        log_leak: Whether the leak alone leaves the finding 0 or raises it, shape (F, 2).
        first_link: Links of finding f are first_link[f] … first_link[f + 1] - 1, shape (F + 1,).
        link_cause: Cause of each link, shape (L,).
        log_quiet: Link raises nothing, given its cause is 0 or 1, shape (L, 2).
        log_raises: Link raises the finding, given its cause is 0 or 1, shape (L, 2).
    """

    n_slots: int
    cause_slots: Ints
    finding_slots: Ints
    cause_of: Ints
    finding_of: Ints
    log_prior: Floats
    log_leak: Floats
    first_link: Ints
    link_cause: Ints
    log_quiet: Floats
    log_raises: Floats


def two_layer_of(families: Sequence[Family], layout: Layout) -> TwoLayer | None:
    """Return a network as two layers, or None where it is something else.

    Causes are variables of two states with a prior. Findings have two states and are a noisy OR of
    causes without gates, or a table over one cause.

    Args:
        families: Numbers of every variable, in the layout's order.
        layout: Where each variable and state stands in a row.
    """
    if layout.events or any(size != 2 for size in layout.sizes):
        return None
    is_cause = [isinstance(family, DenseFamily) and not family.parents for family in families]
    findings = [family for family in families if not is_cause[family.child]]
    if not all(_is_finding(family, is_cause) for family in findings):
        return None
    causes = [family for family in families if isinstance(family, DenseFamily) and not family.parents]
    cause_of = _numbers([family.child for family in causes], len(families))
    links = [_links(family) for family in findings]
    flat = [link for own in links for link in own]
    p = np.array([link.p for link in flat]).reshape(len(flat), 2, 2)
    offsets = np.array(layout.offsets[:-1], dtype=np.int64)
    return TwoLayer(
        n_slots=layout.n_slots,
        cause_slots=offsets[[family.child for family in causes]],
        finding_slots=offsets[[family.child for family in findings]],
        cause_of=cause_of,
        finding_of=_numbers([family.child for family in findings], len(families)),
        log_prior=_log(np.array([family.p for family in causes]).reshape(len(causes), 2)),
        log_leak=_log(np.array([_leak(family) for family in findings]).reshape(len(findings), 2)),
        first_link=np.cumsum([0, *(len(own) for own in links)], dtype=np.int64),
        link_cause=np.array([cause_of[link.parent] for link in flat], dtype=np.int64),
        log_quiet=_log(p[:, :, 0]),
        log_raises=_log(p[:, :, 1]),
    )


def _is_finding(family: Family, is_cause: Sequence[bool]) -> bool:
    if not all(is_cause[parent] for parent in family.parents):
        return False
    if isinstance(family, DenseFamily):
        return len(family.parents) == 1
    return family.rule == "max" and not any(c.gates for c in family.contributions)


def _links(family: Family) -> list[Contribution]:
    """Return a finding's links, without those that never raise it."""
    if isinstance(family, DenseFamily):
        return [Contribution(family.parents[0], (), family.p)]
    return [link for link in family.contributions if link.p[:, 1].any()]


def _leak(family: Family) -> Floats:
    return family.leak if isinstance(family, LinkFamily) else np.array([1.0, 0.0])


def _numbers(children: Sequence[int], n_variables: int) -> Ints:
    numbers = np.full(n_variables, -1, dtype=np.int64)
    numbers[list(children)] = np.arange(len(children))
    return numbers


def _log(p: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.ascontiguousarray(np.log(p))
