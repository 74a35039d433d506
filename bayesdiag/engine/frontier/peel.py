"""One row made small: what needs no table of states is summed out at once, in logarithms.

Findings that are absent are likelihoods of their causes. What then hangs on a single neighbour, a
cause with one open finding or a finding with one open cause, is folded into that neighbour until
nothing of the kind is left; a network that is a forest is solved by this alone. The rest is the
*core*. `unpeeled` goes the same way back and turns what the core says into beliefs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.frontier.layer import TwoLayer
from bayesdiag.engine.layout import Bools, Floats, Ints

INTO_FINDING = 0
INTO_CAUSE = 1
LAST_FINDING = 2
LAST_CAUSE = 3
"""What a fold is: a cause into its last finding, a finding into its last cause, or the last of a part."""


@dataclass(frozen=True, slots=True)
class Peeled:
    """A row after everything easy has been summed out.

    Attributes:
        log_scale: What was taken out of the row, a natural logarithm; -inf when it is impossible.
        log_weight: Weight of each cause being 0 or 1, shape (C, 2).
        bit_finding: Finding of each open bit, shape (bits,).
        log_open: Whether a bit is unexplained or explained by what was folded in, shape (bits, 2).
        log_seen: Likelihoods of the bits' findings, shape (bits, 2).
        first: Links of a bit are first[x] … first[x + 1] - 1, shape (bits + 1,).
        link: Number of each of those links in the network.
        alive: Which of them lead into the core.
        folds: What was folded: (kind, cause, bit, link), shape (folds, 4).
        before: The receiver's pair before each fold, shape (folds, 2).
    """

    log_scale: float
    log_weight: Floats
    bit_finding: Ints
    log_open: Floats
    log_seen: Floats
    first: Ints
    link: Ints
    alive: Bools
    folds: Ints
    before: Floats


def peeled(network: TwoLayer, row: Floats) -> Peeled:
    """Return what is left of a row of likelihoods, shape (S,), after all folding."""
    with np.errstate(divide="ignore"):
        log_row = np.log(row)
    log_seen = log_row[network.finding_slots[:, None] + np.arange(2)]
    log_weight = network.log_prior + log_row[network.cause_slots[:, None] + np.arange(2)]
    even = log_seen[:, 0] == log_seen[:, 1]
    absent = ~even & np.isneginf(log_seen[:, 1])
    log_scale = float(log_seen[even, 0].sum())
    log_scale += _absorb(
        np.flatnonzero(absent),
        log_seen,
        log_weight,
        network.log_leak,
        network.first_link,
        network.link_cause,
        network.log_quiet,
    )
    bits = np.flatnonzero(~even & ~absent)
    first, link = _links_of(bits, network.first_link)
    log_open = network.log_leak[bits]
    own_seen = log_seen[bits]
    alive, folds, before, folded = _peel(
        log_weight,
        log_open,
        own_seen,
        first,
        link,
        network.link_cause,
        network.log_quiet,
        network.log_raises,
    )
    return Peeled(log_scale + folded, log_weight, bits, log_open, own_seen, first, link, alive, folds, before)


def unpeeled(
    peeled: Peeled, network: TwoLayer, toward: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the beliefs of causes, shape (C, 2), and of the open bits' findings, shape (bits, 2).

    Args:
        peeled: The row.
        network: The network.
        toward: What the core says, as logarithms: to its causes, shape (C, 2), to its bits and
            about their findings, each of shape (bits, 2); changed in place.
    """
    _unpeel(
        peeled.log_weight,
        peeled.log_open,
        peeled.log_seen,
        peeled.folds,
        peeled.before,
        network.log_quiet,
        network.log_raises,
        *toward,
    )
    return _shares(peeled.log_weight + toward[0]), _shares(peeled.log_seen + toward[2])


def _shares(log_weight: Floats) -> Floats:
    top = log_weight.max(axis=1, keepdims=True)
    weight = np.exp(log_weight - np.where(np.isfinite(top), top, 0.0))
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(weight / np.where(total > 0, total, 1.0))


def _links_of(bits: Ints, first_link: Ints) -> tuple[Ints, Ints]:
    counts = first_link[bits + 1] - first_link[bits]
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return first, np.repeat(first_link[bits] - first[:-1], counts) + np.arange(first[-1])


@inner_loop
def log_plus(one: float, other: float) -> float:
    """Return log(exp(one) + exp(other))."""
    high, low = max(one, other), min(one, other)
    return high if low == -np.inf else high + np.log1p(np.exp(low - high))


@compiled
def _absorb(
    absent: Ints,
    log_seen: Floats,
    log_weight: Floats,
    log_leak: Floats,
    first_link: Ints,
    link_cause: Ints,
    log_quiet: Floats,
) -> float:
    """Put absent findings onto the weights of their causes; return what belongs to none of them."""
    log_scale = 0.0
    for finding in absent:
        log_scale += log_seen[finding, 0] + log_leak[finding, 0]
        for link in range(first_link[finding], first_link[finding + 1]):
            cause = link_cause[link]
            log_weight[cause, 0] += log_quiet[link, 0]
            log_weight[cause, 1] += log_quiet[link, 1]
    return log_scale


@compiled
def _peel(
    log_weight: Floats,
    log_open: Floats,
    log_seen: Floats,
    first: Ints,
    link: Ints,
    link_cause: Ints,
    log_quiet: Floats,
    log_raises: Floats,
) -> tuple[Bools, Ints, Floats, float]:
    """Fold until only the core is left; weights and open pairs are changed in place."""
    n_bits, n_causes, n_links = len(log_open), len(log_weight), len(link)
    log_scale = 0.0
    alive = np.zeros(n_links, dtype=np.bool_)
    bit_of = np.zeros(n_links, dtype=np.int64)
    bit_links = np.zeros(n_bits, dtype=np.int64)
    cause_links = np.zeros(n_causes, dtype=np.int64)
    for x in range(n_bits):
        for i in range(first[x], first[x + 1]):
            bit_of[i] = x
            cause = link_cause[link[i]]
            # A cause known to be absent or present is part of the leak.
            known = 1 if log_weight[cause, 0] == -np.inf else 0
            if log_weight[cause, 1 - known] == -np.inf:
                quiet, raises = log_quiet[link[i], known], log_raises[link[i], known]
                log_open[x, 1] = log_plus(log_open[x, 1], log_open[x, 0] + raises)
                log_open[x, 0] += quiet
            else:
                alive[i] = True
                bit_links[x] += 1
                cause_links[cause] += 1
    by_cause = np.zeros(n_causes + 1, dtype=np.int64)
    by_cause[1:] = np.cumsum(cause_links)
    places = np.zeros(by_cause[-1], dtype=np.int64)
    filled = by_cause[:-1].copy()
    for i in range(n_links):
        if alive[i]:
            cause = link_cause[link[i]]
            places[filled[cause]] = i
            filled[cause] += 1
    folds = np.zeros((n_bits + n_causes, 4), dtype=np.int64)
    before = np.zeros((n_bits + n_causes, 2))
    done = np.zeros(n_causes + n_bits, dtype=np.bool_)
    n_folds = 0
    # Causes are nodes 0 … C-1, bits C … C+bits-1; every node is looked at once, and whenever it lost a link.
    waiting = np.zeros(n_causes + n_bits + 2 * n_links + 1, dtype=np.int64)
    n_waiting = n_causes + n_bits
    for node in range(n_waiting):
        waiting[node] = n_waiting - 1 - node
    while n_waiting > 0:
        n_waiting -= 1
        node = waiting[n_waiting]
        if done[node]:
            continue
        is_cause = node < n_causes
        x = node - n_causes
        left = cause_links[node] if is_cause else bit_links[x]
        if left > 1:
            continue
        done[node] = True
        folds[n_folds, 1], folds[n_folds, 2], folds[n_folds, 3] = (node, -1, -1) if is_cause else (-1, x, -1)
        if left == 0:
            folds[n_folds, 0] = LAST_CAUSE if is_cause else LAST_FINDING
            if is_cause:
                log_scale += log_plus(log_weight[node, 0], log_weight[node, 1])
            else:
                log_scale += log_plus(log_open[x, 0] + log_seen[x, 0], log_open[x, 1] + log_seen[x, 1])
            n_folds += 1
            continue
        if is_cause:
            i = by_cause[node]
            while not alive[places[i]]:
                i += 1
            i = places[i]
            x = bit_of[i]
            q, r = log_quiet[link[i]], log_raises[link[i]]
            before[n_folds, 0], before[n_folds, 1] = log_open[x, 0], log_open[x, 1]
            quiet = log_plus(log_weight[node, 0] + q[0], log_weight[node, 1] + q[1])
            raises = log_plus(log_weight[node, 0] + r[0], log_weight[node, 1] + r[1])
            total = log_plus(quiet, raises)
            log_open[x, 1] = log_plus(log_open[x, 1] + total, log_open[x, 0] + raises)
            log_open[x, 0] += quiet
            folds[n_folds, 0], folds[n_folds, 2], folds[n_folds, 3] = INTO_FINDING, x, link[i]
            waiting[n_waiting] = n_causes + x
        else:
            i = first[x]
            while not alive[i]:
                i += 1
            cause = link_cause[link[i]]
            before[n_folds, 0], before[n_folds, 1] = log_weight[cause, 0], log_weight[cause, 1]
            for d in range(2):
                quiet, raises = log_quiet[link[i], d], log_raises[link[i], d]
                log_weight[cause, d] += log_plus(
                    log_seen[x, 0] + log_open[x, 0] + quiet,
                    log_seen[x, 1] + log_plus(log_open[x, 1], log_open[x, 0] + raises),
                )
            folds[n_folds, 0], folds[n_folds, 1], folds[n_folds, 3] = INTO_CAUSE, cause, link[i]
            waiting[n_waiting] = cause
        alive[i] = False
        bit_links[bit_of[i]] -= 1
        cause_links[link_cause[link[i]]] -= 1
        n_waiting += 1
        n_folds += 1
    return alive, folds[:n_folds], before[:n_folds], log_scale


@compiled
def _unpeel(
    log_weight: Floats,
    log_open: Floats,
    log_seen: Floats,
    folds: Ints,
    before: Floats,
    log_quiet: Floats,
    log_raises: Floats,
    to_cause: Floats,
    to_bit: Floats,
    about: Floats,
) -> None:
    """Undo the folds, last one first: derivatives of the evidence, as logarithms up to a constant."""
    for k in range(len(folds) - 1, -1, -1):
        kind, cause, x, i = folds[k]
        if kind == LAST_CAUSE:
            to_cause[cause] = 0.0
        elif kind == LAST_FINDING:
            to_bit[x] = log_seen[x]
            about[x] = log_open[x]
        elif kind == INTO_FINDING:
            # evidence = Σ_d w_d [quiet_d u0 g0 + (u1 + raises_d u0) g1], u the pair before the fold
            u0, u1 = before[k]
            g0, g1 = to_bit[x]
            quiet, raises = -np.inf, -np.inf
            for d in range(2):
                to_cause[cause, d] = log_plus(
                    log_quiet[i, d] + u0 + g0, log_plus(u1, log_raises[i, d] + u0) + g1
                )
                quiet = log_plus(quiet, log_weight[cause, d] + log_quiet[i, d])
                raises = log_plus(raises, log_weight[cause, d] + log_raises[i, d])
            to_bit[x, 0] = log_plus(quiet + g0, raises + g1)
            to_bit[x, 1] = log_plus(quiet, raises) + g1
            log_open[x, 0], log_open[x, 1] = u0, u1
        else:
            # evidence = Σ_d z_d w_d [l0 u0 quiet_d + l1 (u1 + u0 raises_d)], w the pair before the fold
            u0, u1 = log_open[x]
            l0, l1 = log_seen[x]
            to_bit[x], about[x] = -np.inf, -np.inf
            for d in range(2):
                z = to_cause[cause, d] + before[k, d]
                quiet, raises = log_quiet[i, d], log_raises[i, d]
                explained = log_plus(u1, u0 + raises)
                to_bit[x, 0] = log_plus(to_bit[x, 0], z + log_plus(l0 + quiet, l1 + raises))
                to_bit[x, 1] = log_plus(to_bit[x, 1], z + l1)
                about[x, 0] = log_plus(about[x, 0], z + u0 + quiet)
                about[x, 1] = log_plus(about[x, 1], z + explained)
                to_cause[cause, d] += log_plus(l0 + u0 + quiet, l1 + explained)
            log_weight[cause, 0], log_weight[cause, 1] = before[k, 0], before[k, 1]
