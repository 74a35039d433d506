"""The loops of `order`: sets of dims as words of 64 bits, and one greedy order with its groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints

Words = NDArray[np.uint64]

MAX_LOCAL = 7
"""Dims of a group at most: its matrix has up to 2 ** 14 numbers."""
MAX_WIDTH = 48
"""A wider table is never tried; an order that needs one is given up."""


@compiled
def parts(masks: Words, n_dims: int) -> Ints:
    """Return the lowest dim that each dim is connected with by items."""
    part = np.arange(n_dims)
    dims = np.empty(64 * masks.shape[1], dtype=np.int64)
    changed = True
    while changed:
        changed = False
        for i in range(len(masks)):
            n = _dims(masks[i], dims)
            lowest = part[dims[:n]].min()
            for d in dims[:n]:
                if part[d] > lowest:
                    part[d], changed = lowest, True
    return part


@inner_loop
def _count(word: np.uint64) -> int:
    """Return the number of ones in a word."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))  # type: ignore[return-value]


@inner_loop
def _has(words: Words, dim: int) -> bool:
    return bool((words[dim >> 6] >> np.uint64(dim & 63)) & np.uint64(1))


@inner_loop
def _dims(words: Words, dims: Ints) -> int:
    """Write the dims of a set and return their number."""
    n = 0
    for w in range(len(words)):
        rest = words[w]
        while rest:
            lowest = rest & (~rest + np.uint64(1))
            dims[n] = 64 * w + _count(lowest - np.uint64(1))
            n += 1
            rest ^= lowest
    return n


@inner_loop
def _missing(words: Words, others: Words) -> int:
    """Return how many dims the first has that the second has not."""
    total = 0
    for w in range(len(words)):
        total += _count(words[w] & ~others[w])
    return total


@inner_loop
def _first_missing(words: Words, others: Words) -> int:
    """Return the lowest dim the first has that the second has not."""
    for w in range(len(words)):
        rest = words[w] & ~others[w]
        if rest:
            return 64 * w + _count((rest & (~rest + np.uint64(1))) - np.uint64(1))
    return -1


@inner_loop
def _next_closing(
    masks: Words,
    live: Ints,
    is_open: Words,
    need: Ints,
    part: Ints,
    current: int,
    shunned: float,
    shaken: Floats,
) -> int:
    """Return the dim that opens fewest others until it closes; count what each dim still needs.

    One part of the core is worked off before the next is begun.
    """
    n_dims, n_words = len(need), len(is_open)
    around = np.zeros((n_dims, n_words), dtype=np.uint64)
    dims = np.empty(64 * n_words, dtype=np.int64)
    need[:] = 0
    for i in live:
        for k in range(_dims(masks[i], dims)):
            need[dims[k]] += 1
            for w in range(n_words):
                around[dims[k], w] |= masks[i, w]
    closing, least = -1, np.inf
    for d in range(n_dims):
        if need[d] > 0:
            score = (_missing(around[d], is_open) + shunned * np.log2(need[d])) * shaken[d]
            if part[d] != current:
                score += 1e6
            if score < least:
                closing, least = d, score
    return closing


@inner_loop
def _seed(masks: Words, bucket: Ints, is_open: Words) -> int:
    """Return the item that opens fewest dims, of those the one with most."""
    seed, fewest = -1, 1 << 30
    for i in bucket:
        opens = 64 * _missing(masks[i], is_open)
        for w in range(len(is_open)):
            opens -= _count(masks[i, w])
        if opens < fewest:
            seed, fewest = i, opens
    return seed


@inner_loop
def _grow(masks: Words, bucket: Ints, is_open: Words, local: Words, size: int, gain: Floats) -> None:
    """Add to a group, one by one, the dims that let most items of the bucket in."""
    n_local = 0
    for w in range(len(local)):
        n_local += _count(local[w])
    while n_local < size:
        gain[:] = 0.0
        wanted, most, second = -1, 0.0, -1
        for i in bucket:
            missing = _missing(masks[i], local)
            if missing == 1:
                d = _first_missing(masks[i], local)
                # A dim that would have to be opened for it doubles the table.
                gain[d] += 1.0 if _has(is_open, d) else 0.6
                if gain[d] > most:
                    wanted, most = d, gain[d]
            elif missing == 2 and second < 0 and _missing(masks[i], is_open) == 0:
                second = _first_missing(masks[i], local)
        if wanted < 0 and n_local + 2 <= size:
            wanted = second
        if wanted < 0:
            return
        local[wanted >> 6] |= np.uint64(1) << np.uint64(wanted & 63)
        n_local += 1


@compiled
def greedy(
    masks: Words, is_cause: Bools, part: Ints, size: int, shunned: float, shaken: Floats, bound: float
) -> tuple[Ints, Words, float, int]:
    """Close one dim after the other, the one that opens fewest others first; group what it needs."""
    n_items, n_words = masks.shape
    need = np.zeros(len(is_cause), dtype=np.int64)
    gain = np.zeros(len(is_cause))
    is_open = np.zeros(n_words, dtype=np.uint64)
    local = np.zeros(n_words, dtype=np.uint64)
    dims = np.empty(64 * n_words, dtype=np.int64)
    group_of = np.zeros(n_items, dtype=np.int64)
    groups = np.zeros((n_items, n_words), dtype=np.uint64)
    live, bucket = np.arange(n_items), np.arange(n_items)
    n_live, n_groups, width, peak, cost, closing = n_items, 0, 0, 0, 0.0, 0
    while n_live > 0:
        closing = _next_closing(masks, live[:n_live], is_open, need, part, part[closing], shunned, shaken)
        while need[closing] > 0:
            n_bucket = 0
            for i in live[:n_live]:
                if _has(masks[i], closing):
                    bucket[n_bucket] = i
                    n_bucket += 1
            local[:] = masks[_seed(masks, bucket[:n_bucket], is_open)]
            _grow(masks, bucket[:n_bucket], is_open, local, size, gain)
            kept = 0
            for i in live[:n_live]:
                if _missing(masks[i], local) > 0:
                    live[kept] = i
                    kept += 1
                    continue
                group_of[i] = n_groups
                for k in range(_dims(masks[i], dims)):
                    need[dims[k]] -= 1
            n_own, n_live = n_live - kept, kept
            groups[n_groups] = local
            n_groups += 1
            n_local = _dims(local, dims)
            n_in, n_out, log_cells = 0, 0, 0.0
            for d in dims[:n_local]:
                was, stays = _has(is_open, d), need[d] > 0
                n_in += was
                n_out += stays
                if was and stays:
                    log_cells += 1.0 if is_cause[d] else 1.5849625
                elif was or stays:
                    log_cells += 1.0
                bit = np.uint64(1) << np.uint64(d & 63)
                is_open[d >> 6] = (is_open[d >> 6] & ~bit) | (bit if stays else np.uint64(0))
            rest = 2.0 ** (width - n_in)
            width += n_out - n_in
            peak = max(peak, width)
            cost += rest * (2.0**log_cells + 2 * (2.0**n_in + 2.0**n_out))
            cost += 7 * 2.0 ** (n_in + n_local) + 20 * n_own * 2.0**n_local
            if cost > bound or width > MAX_WIDTH:
                return group_of, groups[:n_groups], np.inf, peak
    return group_of, groups[:n_groups], cost, peak
