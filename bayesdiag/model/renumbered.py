"""A model with some of its numbers moved: how each is named, and what gives way to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

from bayesdiag.errors import Fault, ModelError
from bayesdiag.model import Model
from bayesdiag.model.cpt import Cpt, FirstActive, FullTable, NoisyMax, Prior, StateMap, Table
from bayesdiag.model.numbers import Number, numbers_of

OUTCOME = "no number was moved"


def addresses_of(model: Model) -> dict[str, Number]:
    """Return every number of a model under a short name of its own, in the model's order.

    `card.damaged` is a prior, `screen.error|card=damaged,entry=chip` what holds under a condition or
    by a link, `screen.error|leak` what happens without any cause. What is said twice counts on: `…#2`.
    """
    states = {variable.id: variable.state_ids for variable in model.variables}
    found: dict[str, Number] = {}
    for variable in model.variables:
        for number in numbers_of(variable, states):
            name, times = _address(number), 1
            while (whole := name if times == 1 else f"{name}#{times}") in found:
                times += 1
            found[whole] = number
    return found


def renumbered(model: Model, moved: Mapping[str, float]) -> Model:
    """Return a model in which some numbers are others.

    The other states of a row, and the other links of the same parent state, give way in proportion,
    in the order in which the numbers are given.

    Args:
        model: The model.
        moved: Address of a number → its new value, from 0 to 1; see `addresses_of`.

    Raises:
        ModelError: An address that no number has, a value outside of 0 to 1, or a row in which nothing
            is left that could give way.
    """
    numbers = addresses_of(model)
    faults = [
        Fault((address,), "no number of the model is called so", "See `addresses_of` for what there is.")
        for address in moved
        if address not in numbers
    ]
    faults += [
        Fault((address,), f"{p} is no probability", "Give a number from 0 to 1.")
        for address, p in moved.items()
        if not 0 <= p <= 1
    ]
    if faults:
        raise ModelError(faults, OUTCOME)
    told = {address: number.p for address, number in numbers.items()}
    for address, p in moved.items():
        _move(numbers, told, address, p)
    left = iter(told.values())
    touched = {numbers[address].variable for address in moved}
    variables = []
    for variable in model.variables:
        own = [next(left) for number in numbers.values() if number.variable == variable.id]
        variables.append(
            replace(variable, cpt=_filled(variable.cpt, iter(own))) if variable.id in touched else variable
        )
    return replace(model, variables=tuple(variables))


def _address(number: Number) -> str:
    when = [f"{name}={'+'.join(states)}" for name, states in number.when.items()]
    if number.role == "leak":
        when.append("leak")
    return f"{number.variable}.{number.state}{'|' if when else ''}{','.join(when)}"


def _row_of(number: Number) -> Hashable:
    """Return what the numbers of one row have in common."""
    when = frozenset((name, frozenset(states)) for name, states in number.when.items())
    return number.variable, number.role, number.parent, when


def _move(numbers: Mapping[str, Number], told: dict[str, float], address: str, p: float) -> None:
    number, old = numbers[address], told[address]
    if p == old:
        return
    row = _row_of(number)
    others = [name for name, other in numbers.items() if name != address and _row_of(other) == row]
    has_rest = number.role in {"link", "leak"}  # what they leave over is nobody's number
    if not has_rest and (old == 1 or not others):
        told_so = "the other states of this row are at 0 and cannot take what it gives up"
        raise ModelError([Fault((address,), told_so, "Move one of the other states first.")], OUTCOME)
    for other in others:
        told[other] *= (1 - p) / (1 - old) if old < 1 else 0.0
    told[address] = p


def _filled(cpt: Cpt, left: Iterator[float]) -> Cpt:
    """Return a form with other numbers, in the order of `numbers_of`."""
    if isinstance(cpt, NoisyMax | FirstActive):
        links = tuple(replace(link, p=next(left)) for link in cpt.links)
        if isinstance(cpt, FirstActive):
            return replace(cpt, links=links)
        return replace(cpt, links=links, leak={state: next(left) for state in cpt.leak})
    if isinstance(cpt, Table):
        rows = tuple(replace(row, p=tuple(next(left) for _ in row.p)) for row in cpt.rows)
        return replace(cpt, rows=rows)
    if isinstance(cpt, StateMap):
        lines = {parent: {state: next(left) for state in line} for parent, line in cpt.rows.items()}
        return replace(cpt, rows=lines)
    assert isinstance(cpt, Prior | FullTable)
    return replace(cpt, p=tuple(next(left) for _ in cpt.p))
