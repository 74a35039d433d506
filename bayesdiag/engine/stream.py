"""Rows without end, in constant memory: chunks of state numbers go in, chunks of beliefs come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from bayesdiag.engine.distinct import Codes, Known
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.network import CompiledNetwork, Posterior

MAX_KNOWN = 250_000
"""Distinct rows whose beliefs are kept for the next time they come; then it starts anew."""


def stream(  # noqa: PLR0913 - what is wanted, and how much it may cost
    network: CompiledNetwork,
    chunks: Iterable[Codes],
    targets: Sequence[str],
    *,
    premise: bool = False,
    cores: int = 1,
    max_known: int = MAX_KNOWN,
) -> Iterator[Posterior]:
    """Yield the beliefs of each chunk of rows; a row that came before is not computed again.

    Args:
        network: The network.
        chunks: State numbers, each of shape (any, variables) in the model's order; -1 where
            nothing is known.
        targets: Variables whose beliefs are wanted.
        premise: Whether the model's premise is part of the evidence.
        cores: Threads to use.
        max_known: How many distinct rows are kept; each takes the bytes of its beliefs.

    Raises:
        ValueError: A chunk of another shape, or a number that is no state.
        TooLarge: Exact inference needs too much memory.
    """
    layout, wanted = network.layout, frozenset(targets)
    slots = np.flatnonzero(_wanted_slots(layout, wanted))
    known = Known(max_known, len(layout.names))
    kept_beliefs: Floats = np.empty((0, len(slots)))
    kept_log = np.empty(0)
    for chunk in chunks:
        _check(chunk, layout)
        if known.count == max_known:
            known.clear()
        before = known.count
        places = known.places(chunk)
        if known.count > len(kept_log):
            kept_beliefs = _longer(kept_beliefs, min(max_known, 2 * known.count))
            kept_log = _longer(kept_log, min(max_known, 2 * known.count))
        fresh = rows_of_states(layout, known.codes[before : known.count])
        found = network.posterior_of_rows(network.under_premise(fresh, premise=premise), wanted, cores=cores)
        kept_beliefs[before : known.count] = found.beliefs[:, slots]
        kept_log[before : known.count] = found.log_evidence
        beliefs = np.zeros((len(chunk), layout.n_slots))
        log_evidence = np.empty(len(chunk))
        there = places >= 0
        beliefs[np.ix_(there, slots)] = kept_beliefs[places[there]]
        log_evidence[there] = kept_log[places[there]]
        if not there.all():
            rows = network.under_premise(rows_of_states(layout, chunk[~there]), premise=premise)
            rest = network.posterior_of_rows(rows, wanted, cores=cores)
            beliefs[~there], log_evidence[~there] = rest.beliefs, rest.log_evidence
        yield Posterior(layout, beliefs, log_evidence, wanted)


def rows_of_states(layout: Layout, codes: Codes) -> Floats:
    """Return state numbers, shape (B, variables), as rows of likelihoods, shape (B, S)."""
    rows = np.ones((len(codes), layout.n_slots))
    offsets = np.array(layout.offsets[:-1])
    row, variable = np.nonzero(codes >= 0)
    owner = np.repeat(np.arange(len(layout.names)), layout.sizes)
    seen = np.zeros((len(codes), len(layout.names)), dtype=np.bool_)
    seen[row, variable] = True
    rows[:, : layout.n_states][seen[:, owner]] = 0.0
    rows[row, offsets[variable] + codes[row, variable]] = 1.0
    return rows


def _check(chunk: Codes, layout: Layout) -> None:
    """Refuse a chunk whose numbers are no states."""
    if chunk.ndim != 2 or chunk.shape[1] != len(layout.names) or chunk.dtype.kind != "i":
        raise ValueError(
            f"a chunk of shape {chunk.shape} and type {chunk.dtype}: give whole numbers of shape "
            f"(rows, {len(layout.names)}), a column per variable in the model's order"
        )
    wrong = (chunk < -1) | (chunk >= np.array(layout.sizes))
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        raise ValueError(
            f"row {row}, {layout.names[column]}: {chunk[row, column]} is no state; give 0 to "
            f"{layout.sizes[column] - 1}, or -1 where nothing is known"
        )


def _wanted_slots(layout: Layout, wanted: frozenset[str]) -> np.ndarray:
    flags = np.zeros(layout.n_slots, dtype=np.bool_)
    for name in wanted:
        flags[layout.slots(name)] = True
    for position, (cause, _) in enumerate(layout.events):
        flags[layout.n_states + position] = layout.names[cause] in wanted
    return flags


def _longer(array: Floats, room: int) -> Floats:
    grown = np.empty((room, *array.shape[1:]))
    grown[: len(array)] = array
    return grown
