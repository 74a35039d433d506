"""Causes in order of responsibility, and the probability that it is none of them.

Responsibility: P(the cause is in this state and at least one of its links into a stage fired in
this attempt | findings, premise). A background state that took no part, however likely, has none.
Two causes may both be near 1; the shares need not sum to one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.unsolved import Unsolved
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, Inquiry


@dataclass(frozen=True, slots=True)
class RankedCause:
    """One state of one cause.

    Attributes:
        id: The cause.
        state: Its state.
        prior: P(state | premise).
        prior_responsibility: P(state, and a link of it fired | premise): `responsibility` before any finding.
        posterior: P(state | findings, premise).
        responsibility: P(state, and a link of it fired | findings, premise); after repairs that did not help,
            P(that, and it is still there).
        contacts: Whom to call about it, in order.
    """

    id: str
    state: str
    prior: float
    prior_responsibility: float
    posterior: float
    responsibility: float
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to call, and P(a cause on their side took part)."""

    id: str
    p: float


def ranked_causes(network: CompiledNetwork, prior: Floats, beliefs: Floats) -> tuple[RankedCause, ...]:
    """Return every cause state that can be responsible, the most responsible first.

    Args:
        network: The network.
        prior: Beliefs given the premise alone, shape (S,).
        beliefs: Beliefs given the findings too, shape (S,).
    """
    layout = network.layout
    causes = []
    for (cause, position), event in layout.event_slot_of.items():
        name, state = layout.names[cause], layout.states[cause][position]
        variable = network.model.variable_of[name]
        slot = layout.offsets[cause] + position
        contacts = variable.contacts_of_state.get(state, variable.contacts)
        shown = (float(prior[slot]), float(prior[event]), float(beliefs[slot]), float(beliefs[event]))
        causes.append(RankedCause(name, state, *shown, contacts))
    return tuple(sorted(causes, key=lambda cause: (-cause.responsibility, -cause.posterior)))


def none_of_these(inquiry: Inquiry | Unsolved, log_evidence: float) -> float:
    """Return P(no cause's link fired | findings, premise): only leaks can have done it."""
    row = inquiry.row.copy()
    row[inquiry.network.layout.n_states :] = 0
    return _share(inquiry, [row], log_evidence)[0]


def calls(inquiry: Inquiry | Unsolved, log_evidence: float) -> tuple[Call, ...]:
    """Return whom to call first, by P(a cause that they handle first took part)."""
    network = inquiry.network
    events_of: dict[str, list[int]] = {}
    for (cause, position), event in network.layout.event_slot_of.items():
        variable = network.model.variable_of[network.layout.names[cause]]
        state = network.layout.states[cause][position]
        contacts = variable.contacts_of_state.get(state, variable.contacts)
        for contact in contacts[:1]:
            events_of.setdefault(contact, []).append(event)
    rows = []
    for events in events_of.values():
        row = inquiry.row.copy()
        row[events] = 0
        rows.append(row)
    untouched = _share(inquiry, rows, log_evidence)
    found = [Call(contact, max(0.0, 1 - p)) for contact, p in zip(events_of, untouched, strict=True)]
    return tuple(sorted(found, key=lambda call: -call.p))


def _share(inquiry: Inquiry | Unsolved, rows: list[Floats], log_evidence: float) -> list[float]:
    """Return the probability of each row relative to the row inquired about."""
    if not rows:
        return []
    found = inquiry.log_evidence(np.array(rows))
    return [float(p) for p in np.exp(np.minimum(found - log_evidence, 0.0))]
