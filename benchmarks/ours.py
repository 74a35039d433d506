"""Our side: the only place of the benchmarks that knows how the engine is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import valued_questions
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.engine import kernel_jit
from bayesdiag.engine.distinct import Codes
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork, Posterior
from bayesdiag.engine.program import Program
from bayesdiag.engine.stream import stream

CORES = 2
"""Threads of the stream of rows."""


class Absent(Exception):  # noqa: N818 - named for what is the case
    """The engine has no such door yet; the message says which."""


def batch(
    network: CompiledNetwork,
    rows: Floats,
    targets: Sequence[str],
    *,
    cores: int = 1,
    deduplicate: bool = True,
) -> Posterior:
    """Return beliefs given rows, shape (B, S), by the public batch call."""
    known = signature(network.posterior_of_rows).parameters
    asked: dict[str, Any] = {"cores": cores, "deduplicate": deduplicate}
    if cores > 1 and "cores" not in known:
        raise Absent("posterior_of_rows takes no `cores` yet")
    given = {name: value for name, value in asked.items() if name in known}
    return network.posterior_of_rows(rows, targets, **given)


def streamed(
    network: CompiledNetwork, chunks: Iterator[Codes], targets: Sequence[str]
) -> Iterator[Posterior]:
    """Return the beliefs of chunks of state numbers, chunk by chunk."""
    return stream(network, chunks, targets, premise=True, cores=CORES)


def forget_answers(network: CompiledNetwork) -> None:
    """Drop the answers kept, not the programs."""
    if hasattr(network, "forget_answers"):
        network.forget_answers()
    else:
        network._answers.clear()


def causes_and_questions(network: CompiledNetwork, evidence: Evidence) -> tuple[Floats, list[str]]:
    """Return all cause beliefs, and every open question, the one most worth its price first.

    What `diagnose` does without the plan, the explanation and the priors.
    """
    questions = open_questions(network.model, evidence)
    causes = [variable.id for variable in network.model.of_kind("cause")]
    row = network.rows([evidence], premise=True)[0]
    inquiry = network.inquire(row, [question.id for question in questions], causes)
    beliefs = inquiry.posterior(inquiry.row[None, :]).beliefs[0]
    return beliefs, [question.id for question in valued_questions(inquiry, questions)]


def information(
    network: CompiledNetwork, row: Floats, questions: Sequence[str], target: str
) -> dict[str, float]:
    """Return the mutual information in nats of every question with a target, given a row."""
    values = network.information(row, questions, [target])[0]
    return dict(zip(questions, values.tolist(), strict=True))


def entropy(p: Floats) -> float:
    """Return the entropy of one distribution, in nats."""
    return float(entropies(p[None, :])[0])


def entropies(p: Floats) -> Floats:
    """Return the entropy of each row, in nats."""
    logs = np.zeros_like(p)
    np.log(p, out=logs, where=p > 0)
    return np.asarray(-(p * logs).sum(axis=-1))


def counting_program(network: CompiledNetwork) -> Program:
    """Return the program that holds every variable, for `counts`.

    Raises:
        Absent: The engine does not count yet, or not over whole tables.
    """
    if not hasattr(kernel_jit, "count"):
        raise Absent("bayesdiag.engine.kernel_jit.count is not there yet")
    program = network.program(np.ones(network.layout.n_slots), network.layout.names)
    cells = sum(table.size for table in tables_of(network))
    if program.tables.shape != (cells,):
        raise Absent(f"program.tables has {program.tables.size} cells, the model's tables {cells}")
    return program


def counts(
    program: Program, tables: Floats, rows: Floats, weights: Floats, *, cores: int = 1
) -> tuple[Floats, Floats]:
    """Return expected counts, shape of `tables`, and the log-evidence of each row."""
    count = kernel_jit.count  # type: ignore[attr-defined]
    found: tuple[Floats, Floats] = count(program, tables, rows, weights, cores=cores)
    return found


def tables_of(network: CompiledNetwork) -> list[Floats]:
    """Return every variable's table in the model's order, parents first, child last."""
    return [family.p for family in network.families]  # type: ignore[union-attr]


@dataclass(frozen=True)
class Flat:
    """A program as flat arrays, for the plain-C anchor.

    Attributes:
        values: Value of each entry, clusters end to end.
        up: Message slot each entry adds to.
        ports: Message slots each entry multiplies, port after port within a cluster.
        first_entry: First entry of each cluster, and one behind the last.
        first_port: First place in `ports` of each cluster, and one behind the last.
        n_ports: Ports of each cluster.
        sent: First and last+1 message slot of each cluster.
        part_slots: Slots of a row that each part state stands for, shape (P, 2); S stands for a 1.
        n_messages: Number of message slots; the first P hold the likelihoods of the part states.
    """

    values: Floats
    up: Ints
    ports: Ints
    first_entry: Ints
    first_port: Ints
    n_ports: Ints
    sent: Ints
    part_slots: Ints
    n_messages: int


def flat_program(network: CompiledNetwork) -> Flat:
    """Return the program of the whole network, nothing observed, as flat arrays."""
    program = network.program(np.ones(network.layout.n_slots), network.layout.names)
    arrays = program.arrays
    n_part_slots = len(arrays.part_slots)
    n_ports = np.diff(arrays.first_source)
    # Ours stand entry after entry, port by port.
    ports = [
        arrays.ports[start:stop].reshape(-1, max(1, n)).T.ravel()
        for start, stop, n in zip(arrays.first_port[:-1], arrays.first_port[1:], n_ports, strict=True)
    ]
    slots = arrays.part_slots
    return Flat(
        values=kernel_jit.numbers_of(program, program.tables).values,
        up=np.repeat(np.arange(n_part_slots, program.n_messages), np.diff(arrays.first_entry)),
        ports=np.concatenate(ports),
        first_entry=program.cluster_entries,
        first_port=arrays.first_port,
        n_ports=n_ports,
        sent=np.stack([arrays.first_sent[:-1], arrays.first_sent[1:]], axis=1),
        part_slots=np.where(slots < 0, network.layout.n_slots, slots),
        n_messages=program.n_messages,
    )
