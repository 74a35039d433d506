"""A cut of the payment model, worlds drawn from its ranges, and tickets drawn from worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.draws import draw
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.sets import numbering_of
from bayesdiag.learning.groups import Groups, groups_of
from bayesdiag.model import (
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Prior,
    Row,
    StateMap,
    Table,
    Variable,
)
from bayesdiag.modelfile import load

KEPT = frozenset(
    [
        "connection_type",
        "amount_band",
        "card_age",
        "local_network",
        "carrier_service",
        "insufficient_funds",
        "issuer_limit",
        "card_expired",
        "account_block",
        "comm_state",
        "issuer_decision",
        "raw_outcome",
        "display_text",
        "response_code",
        "signal_indicator",
        "other_online_devices",
        "other_card_here",
        "available_credit",
        "network_switch_test",
        "printed_expiry_passed",
    ]
)


def cut(model: Model) -> Model:
    """Twenty variables of the payment model: three contexts, six causes, three stages, eight symptoms and tests."""
    variables = []
    for variable in model.variables:
        if variable.id not in KEPT:
            continue
        question = variable.question and replace(variable.question, requires={})
        variables.append(replace(variable, cpt=_cut(variable), question=question, next_attempt=None))
    return Model(
        "cut", tuple(variables), premise=model.premise, sources=model.sources, contacts=model.contacts
    )


def _cut(variable: Variable) -> object:
    cpt = variable.cpt
    if isinstance(cpt, NoisyMax | FirstActive):
        links = tuple(link for link in cpt.links if link.parent in KEPT and KEPT.issuperset(link.when))
        if isinstance(cpt, FirstActive):
            return FirstActive(tuple(name for name in cpt.order if name in KEPT), links)
        return replace(cpt, links=links)
    if isinstance(cpt, Table):
        rows = tuple(row for row in cpt.rows if KEPT.issuperset(row.when))
        parents = tuple(name for name in cpt.parents if name in KEPT)
        return Table(parents, rows) if parents else Prior(rows[-1].p)
    return cpt


def with_shares(model: Model, groups: Groups, shares: np.ndarray) -> Model:
    """The model with other numbers, in the order of `numbers_of`."""
    left = iter(float(p) for p in shares[: len(groups.numbering.numbers)])
    variables = []
    for variable in model.variables:
        cpt = variable.cpt
        if isinstance(cpt, NoisyMax | FirstActive):
            links: tuple[Link, ...] = tuple(replace(link, p=next(left)) for link in cpt.links)
            cpt = replace(cpt, links=links)
            if isinstance(cpt, NoisyMax):
                cpt = replace(cpt, leak={state: next(left) for state in cpt.leak})
        elif isinstance(cpt, Table):
            rows: tuple[Row, ...] = tuple(replace(r, p=tuple(next(left) for _ in r.p)) for r in cpt.rows)
            cpt = replace(cpt, rows=rows)
        elif isinstance(cpt, StateMap):
            cpt = replace(cpt, rows={s: {to: next(left) for to in row} for s, row in cpt.rows.items()})
        else:
            assert isinstance(cpt, Prior | FullTable)
            cpt = replace(cpt, p=tuple(next(left) for _ in cpt.p))
        variables.append(replace(variable, cpt=cpt))
    return replace(model, variables=tuple(variables))


def drawn_world(model: Model, random: np.random.Generator) -> tuple[Model, np.ndarray]:
    """A world whose numbers lie around the model's as their ranges say, and those numbers."""
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    groups = groups_of(numbering)
    shifts = random.normal(size=(1, len(numbering.spread))) * numbering.spread
    cells = numbering.under(shifts).cells[:-1, 0]
    shares = groups.start.copy()
    shares[groups.shares] = cells[groups.cells]
    return with_shares(model, groups, shares), shares


def p_premise(model: Model) -> float:
    network = compile_network(model)
    return float(np.exp(network.posterior([Evidence(model, {})], premise=True).log_evidence[0]))


def states_of(network: CompiledNetwork, drawn: np.ndarray) -> dict[str, str]:
    """The states of one drawn row of slots."""
    found = {}
    for index, name in enumerate(network.layout.names):
        [state] = np.flatnonzero(drawn[network.layout.span(index)])
        found[name] = network.layout.states[index][state]
    return found


def tickets(
    world: Model,
    told_in: Model,
    n: int,
    random: np.random.Generator,
    *,
    blank: float = 0.6,
    checked: float = 1 / 3,
) -> list[Case]:
    """Failed attempts: most findings blank, and in some of them one cause was looked up.

    Which cause is looked up, and how often, depends on what the screen showed: selectively, but on
    nothing that the ticket does not say.
    """
    network = compile_network(world)
    rows = network.under_premise(np.ones((1, network.layout.n_slots)), premise=True)
    program = network.program(rows[0], [variable.id for variable in world.variables])
    causes = [variable.id for variable in world.of_kind("cause")]
    seen = [variable.id for variable in world.variables if variable.kind not in ("cause", "stage")]
    found = []
    for row in draw(program, rows[0], n, random):
        states = states_of(network, row)
        findings = {name: states[name] for name in seen if random.random() > blank}
        screen = findings.get("display_text", "")
        confirmed = {}
        if random.random() < checked * (1.5 if screen else 0.75):
            of_network = "comm" in screen or "network" in screen or "time" in screen
            likely = [name for name in causes if (name in ("local_network", "carrier_service")) == of_network]
            pool = likely if screen and random.random() < 0.8 else causes
            name = pool[int(random.integers(len(pool)))]
            confirmed = {name: states[name]}
        found.append(Case(Evidence(told_in, findings), confirmed))
    return found


def payment_cut() -> Model:
    return cut(load("pos_card"))
