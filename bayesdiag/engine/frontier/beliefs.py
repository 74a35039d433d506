"""Rows of likelihoods in, rows of beliefs out, for a two-layer network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.engine.frontier.layer import TwoLayer
from bayesdiag.engine.frontier.local import Numbers, Toward
from bayesdiag.engine.frontier.peel import Peeled, peeled, unpeeled
from bayesdiag.engine.frontier.plan import Members, Plan, log_numbers_of, members_of, plan_of
from bayesdiag.engine.frontier.reference import log_sweep
from bayesdiag.engine.frontier.sweep import sweep
from bayesdiag.engine.layout import Floats, Ints

MAX_BYTES = 2_000_000_000
"""Memory for tables unless the caller says otherwise."""


def frontier_beliefs(
    two_layer: TwoLayer, rows: Floats, targets: Collection[int], *, max_bytes: int = MAX_BYTES
) -> tuple[Floats, Floats]:
    """Turn rows of likelihoods into rows of beliefs.

    Args:
        two_layer: The network.
        rows: Likelihoods, shape (B, S), each finite and 0 or more.
        targets: Numbers of the variables whose beliefs are wanted. Causes cost nothing; a finding
            that the row says nothing of costs a pass of its own.
        max_bytes: Memory for tables.

    Returns:
        Beliefs, shape (B, S), 0 for what is no target; and the natural logarithm of the
        probability of each row, shape (B,). A row that is impossible has beliefs 0 and -inf.

    Raises:
        TooLarge: With the width of the table and the bytes needed, before they are taken.
    """
    wanted = np.array(sorted(targets), dtype=np.int64)
    causes, findings = two_layer.cause_of[wanted], two_layer.finding_of[wanted]
    plans = _Plans(max_bytes)
    beliefs, log_evidence = np.zeros_like(rows), np.full(len(rows), -np.inf)
    for number, row in enumerate(rows):
        solved = _solved(two_layer, row, plans)
        log_evidence[number] = solved.log_evidence
        if solved.log_evidence > -np.inf:
            own = causes[causes >= 0]
            beliefs[number, two_layer.cause_slots[own, None] + np.arange(2)] = solved.causes[own]
            own = findings[findings >= 0]
            told = _finding_beliefs(two_layer, row, own, solved, plans)
            beliefs[number, two_layer.finding_slots[own, None] + np.arange(2)] = told
    return beliefs, log_evidence


@dataclass(slots=True)
class _Plans:
    """Plans made for the rows of one call: rows with the same core share one."""

    max_bytes: int
    made: dict[bytes, Plan] = field(default_factory=dict)
    arena: Floats = field(default_factory=lambda: np.empty(0))

    def plan(self, members: Members) -> Plan:
        key = members.key()
        if key not in self.made:
            self.made[key] = plan_of(members.core, self.max_bytes)
        return self.made[key]

    def space(self, size: int) -> Floats:
        """Return working memory, the same again wherever it is large enough."""
        if len(self.arena) < size:
            self.arena = np.empty(size)
        return self.arena


@dataclass(frozen=True, slots=True)
class _Solved:
    """A row with its answer.

    Attributes:
        log_evidence: Natural logarithm of the row's probability.
        causes: Beliefs of all causes, shape (C, 2).
        open_findings: Findings that stayed open bits at first, shape (bits,).
        opened: Their beliefs, shape (bits, 2).
        part: Part of the row's graph each cause belongs to, shape (C,); those of different parts
            are independent given the row.
    """

    log_evidence: float
    causes: Floats
    open_findings: Ints
    opened: Floats
    part: Ints


def _solved(network: TwoLayer, row: Floats, plans: _Plans) -> _Solved:
    left = peeled(network, row)
    n_causes, n_bits = len(left.log_weight), len(left.bit_finding)
    toward = tuple(np.full((n, 2), -np.inf) for n in (n_causes, n_bits, n_bits))
    log_evidence = left.log_scale
    if log_evidence > -np.inf and left.alive.any():
        members = members_of(left, network)
        log_found, by = _run(left, members, network, plans, both=True)
        log_evidence += log_found
        places = (members.causes, members.bits, members.bits)
        for told, place, found in zip(toward, places, by, strict=True):
            told[place] = found
    part = _parts(n_causes, np.repeat(np.arange(n_bits), np.diff(left.first)), network.link_cause[left.link])
    if not log_evidence > -np.inf:
        return _Solved(-np.inf, np.zeros((n_causes, 2)), left.bit_finding, np.zeros((n_bits, 2)), part)
    causes, opened = unpeeled(left, network, (toward[0], toward[1], toward[2]))
    return _Solved(log_evidence, causes, left.bit_finding, opened, part)


def _run(
    left: Peeled, members: Members, network: TwoLayer, plans: _Plans, *, both: bool
) -> tuple[float, Toward]:
    """Return the logarithm of a core's evidence, and the logarithms of its derivatives if wanted."""
    plan = plans.plan(members)
    log_numbers, log_scale = log_numbers_of(left, members, network)
    numbers = Numbers(*(np.exp(array) for array in log_numbers))
    schedule, size = (plan.both, plan.n_both) if both else (plan.forward, plan.n_forward)
    toward = _toward(members, 0.0)
    log_evidence, doubtful = sweep(plan.steps, numbers, schedule, plans.space(size), toward)
    with np.errstate(divide="ignore"):
        log_toward = Toward(*(np.log(array) for array in toward))
    if doubtful:
        log_toward = _toward(members, -np.inf)
        log_evidence = log_sweep(plan.steps, log_numbers, schedule, plans.space(size), log_toward)
    return log_evidence + log_scale, log_toward


def _toward(members: Members, value: float) -> Toward:
    return Toward(
        np.full((len(members.causes), 2), value),
        np.full((len(members.bits), 2), value),
        np.full((len(members.bits), 2), value),
    )


def _parts(n_causes: int, owner: Ints, cause: Ints) -> Ints:
    """Return which part of the graph of open findings each cause belongs to, by its lowest cause."""
    part = np.arange(n_causes)
    while len(owner):
        lowest = np.full(owner[-1] + 1, n_causes)
        np.minimum.at(lowest, owner, part[cause])
        lower = part.copy()
        np.minimum.at(lower, cause, lowest[owner])
        if (lower == part).all():
            break
        part = lower
    return part


def _finding_beliefs(
    network: TwoLayer, row: Floats, findings: Ints, solved: _Solved, plans: _Plans
) -> Floats:
    """Return the beliefs of findings, shape (n, 2), of a row that is possible."""
    place_of = {int(finding): place for place, finding in enumerate(solved.open_findings)}
    told = np.zeros((len(findings), 2))
    for number, finding in enumerate(findings.tolist()):
        seen = row[network.finding_slots[finding] + np.arange(2)]
        if finding in place_of:
            told[number] = solved.opened[place_of[finding]]
        elif seen[0] != seen[1]:
            told[number, 0] = 1.0
        else:
            quiet = _quiet(network, row, finding, solved, plans)
            told[number] = quiet, 1.0 - quiet
    return told


def _quiet(network: TwoLayer, row: Floats, finding: int, solved: _Solved, plans: _Plans) -> float:
    """Return the probability that a finding the row says nothing of is absent.

    It is the expectation of a product over its causes. Causes of different parts are independent
    given the row, so a part with one of them gives a factor at once; the others are one more row,
    which has the core of the row itself and so its plan.
    """
    links = np.arange(network.first_link[finding], network.first_link[finding + 1])
    causes = network.link_cause[links]
    quiet = np.exp(network.log_quiet[links])
    product = float(np.exp(network.log_leak[finding, 0]))
    in_part = np.bincount(solved.part[causes], minlength=len(solved.part))
    alone = in_part[solved.part[causes]] == 1
    product *= float((solved.causes[causes[alone]] * quiet[alone]).sum(axis=1).prod())
    if alone.all() or product == 0.0:
        return product
    asked = row.copy()
    for place, likelihood in zip(network.cause_slots[causes[~alone]], quiet[~alone], strict=True):
        asked[place : place + 2] *= likelihood
    left = peeled(network, asked)
    log_evidence = left.log_scale
    if log_evidence > -np.inf and left.alive.any():
        log_evidence += _run(left, members_of(left, network), network, plans, both=False)[0]
    return product * float(min(1.0, np.exp(log_evidence - solved.log_evidence)))
