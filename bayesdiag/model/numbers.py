"""Every number of a model, one by one: whose it is, when it holds, and what stands behind it.

The order is fixed: variable by variable as they are written, and within one as `numbers_of` tells.
What cells of a table a number fills is written in `bayesdiag.engine.sets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Literal

from bayesdiag.model.cpt import Condition, FirstActive, FullTable, LinkForm, NoisyMax, Prior, StateMap, Table
from bayesdiag.model.text import Weight
from bayesdiag.model.variable import Variable

Role = Literal["prior", "row", "link", "leak"]
"""prior: of a state without parents. row: of a state under a condition. link: that one parent state
brings about a state. leak: that it comes about without any parent."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a model: a probability that somebody stated.

    A number that holds for many states of the parents is written once and is one number.

    Attributes:
        variable: The variable it belongs to.
        role: What it is.
        state: The state it is the probability of.
        when: What must hold: states of parents, a link's parent and gate among them. Empty: always.
        p: The probability.
        weight: What stands behind it.
        parent: For a link, the parent that acts; otherwise empty.
    """

    variable: str
    role: Role
    state: str
    when: Condition
    p: float
    weight: Weight
    parent: str = ""

    @property
    def is_structural(self) -> bool:
        """Whether it says that something never or always happens: such a number is not doubted."""
        return not 0 < self.p < 1

    @property
    def is_sourced(self) -> bool:
        """Whether anything but a guess stands behind it."""
        source = self.weight.source.strip()
        return bool(source) and not source.startswith("guess") and self.weight.grade != "guess"


def numbers_of(variable: Variable, states_of: Mapping[str, tuple[str, ...]]) -> Iterator[Number]:
    """Yield the numbers of one variable.

    Of a prior state by state; of a table row by row as it is written, of a full table cell by
    cell; of links in their order, then the leak's.

    Args:
        variable: The variable.
        states_of: Variable → its states, for every variable of the model.
    """
    cpt = variable.cpt
    if isinstance(cpt, NoisyMax | FirstActive):
        yield from _links(variable, cpt)
    elif isinstance(cpt, Table):
        for row in cpt.rows:
            yield from _line(variable, row.when, row.p, row.weight)
    elif isinstance(cpt, StateMap):
        for parent_state, line in cpt.rows.items():
            for state, p in line.items():
                yield Number(variable.id, "row", state, {cpt.parent: (parent_state,)}, p, variable.weight)
    else:
        yield from _cells(variable, cpt, states_of)


def _line(
    variable: Variable, when: Condition, p: Iterable[float], weight: Weight | None = None
) -> Iterator[Number]:
    """Yield a probability of each state; where they are fewer, the last ones are left out."""
    role: Role = "row" if variable.parents else "prior"
    for state, one in zip(variable.state_ids, p, strict=False):
        yield Number(variable.id, role, state, when, one, weight or variable.weight)


def _cells(
    variable: Variable, cpt: Prior | FullTable, states_of: Mapping[str, tuple[str, ...]]
) -> Iterator[Number]:
    cells = iter(cpt.p)
    for combination in product(*(states_of[parent] for parent in variable.parents)):
        when = {parent: (state,) for parent, state in zip(variable.parents, combination, strict=True)}
        yield from _line(variable, when, islice(cells, len(variable.states)))


def _links(variable: Variable, cpt: LinkForm) -> Iterator[Number]:
    for link in cpt.links:
        when = {link.parent: (link.state,), **link.when}
        weight = link.weight or variable.weight
        yield Number(variable.id, "link", link.to, when, link.p, weight, link.parent)
    if isinstance(cpt, NoisyMax):
        for state, p in cpt.leak.items():
            yield Number(variable.id, "leak", state, {}, p, variable.weight)
