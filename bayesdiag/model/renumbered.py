"""A model with some of its numbers moved: how each is named, and what gives way to it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from numbers import Real

from bayesdiag.errors import Fault, ModelError
from bayesdiag.model import SUM_TOLERANCE, Model
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

    Each moved number is what it is said to be. The other states of its row, and the other links of
    the same parent state, give way in proportion; links of another gate only where both gates can hold
    and there would be more than 1. The order in which numbers are given is all one.

    Args:
        model: The model.
        moved: Address of a number → its new value, from 0 to 1; see `addresses_of`.

    Raises:
        ModelError: An address that no number has, a value that is no number from 0 to 1, a row in which
            nothing is left that could give way, or one whose moved numbers come to more than 1.
    """
    numbers = addresses_of(model)
    faults = _moved_faults(numbers, moved)
    if faults:
        raise ModelError(faults, OUTCOME)
    told = {address: number.p for address, number in numbers.items()} | dict(moved)
    for row in _touched(numbers, _row_of, moved):
        faults += _give_way(numbers, told, row, moved)
    for group in _touched(numbers, _links_of, moved):
        faults += _make_room(model, numbers, told, group, moved)
    if faults:
        raise ModelError(faults, OUTCOME)
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


def _moved_faults(numbers: Mapping[str, Number], moved: Mapping[str, float]) -> list[Fault]:
    if not isinstance(moved, Mapping):
        told = 'Give a mapping: {"address": 0.5}.'
        return [Fault((), f"{moved!r} moves no numbers", told)]
    faults = [
        Fault((address,), "no number of the model is called so", "See `addresses_of` for what there is.")
        for address in moved
        if address not in numbers
    ]
    faults += [
        Fault((address,), f"{p!r} is no probability", "Give a number from 0 to 1.")
        for address, p in moved.items()
        if isinstance(p, bool) or not isinstance(p, Real) or not 0 <= float(p) <= 1
    ]
    return faults


def _touched(
    numbers: Mapping[str, Number], key: Callable[[Number], Hashable], moved: Mapping[str, float]
) -> list[list[str]]:
    """Return the groups of numbers that a key puts together and in which one was moved."""
    groups: dict[Hashable, list[str]] = {}
    for address, number in numbers.items():
        groups.setdefault(key(number), []).append(address)
    found = dict.fromkeys(key(numbers[address]) for address in moved)
    return [groups[one] for one in found if one is not None]


def _links_of(number: Number) -> Hashable:
    """Return what the links of one parent state have in common, whatever their gates; None: it is no link."""
    return (number.variable, number.parent, number.when[number.parent]) if number.role == "link" else None


def _row_of(number: Number) -> Hashable:
    """Return what the numbers of one row have in common."""
    when = frozenset((name, frozenset(states)) for name, states in number.when.items())
    return number.variable, number.role, number.parent, when


def _give_way(
    numbers: Mapping[str, Number], told: dict[str, float], row: Sequence[str], moved: Mapping[str, float]
) -> list[Fault]:
    """Scale what was not moved in a row, in `told`, or return why that cannot be."""
    ours = [address for address in row if address in moved]
    others = [address for address in row if address not in moved]
    before, after = (sum(found) for found in ([numbers[name].p for name in ours], [told[n] for n in ours]))
    if all(told[name] == numbers[name].p for name in ours):
        return []
    role = numbers[ours[0]].role
    if after > 1 + SUM_TOLERANCE and role != "link":  # of links `_make_room` tells it
        return [Fault((*ours,), f"together they come to {after:.6g}", "Give them at most 1 in all.")]
    has_rest = role in {"link", "leak"}  # what they leave over is nobody's number
    left = 1 - before if has_rest else sum(numbers[name].p for name in others)
    if left <= 0 and not has_rest and abs(after - 1) > SUM_TOLERANCE:
        found = "the other states of this row are at 0 and cannot take what it gives up"
        return [Fault((*ours,), found, "Move one of the other states too.")]
    for other in others:
        told[other] = numbers[other].p * max(0.0, 1 - after) / left if left > 0 else 0.0
    return []


def _make_room(
    model: Model,
    numbers: Mapping[str, Number],
    told: dict[str, float],
    group: Sequence[str],
    moved: Mapping[str, float],
) -> list[Fault]:
    """Scale links of one parent state that were not moved, in `told`, where gates together hold too much."""
    parent = numbers[group[0]].parent
    gates = [*dict.fromkeys(name for one in group for name in numbers[one].when if name != parent)]
    scale = dict.fromkeys(group, 1.0)
    worst: tuple[float, tuple[str, ...]] = (1 + SUM_TOLERANCE, ())
    for states in product(*(model.variable_of[name].state_ids for name in gates)):
        chosen = {parent: numbers[group[0]].when[parent][0], **dict(zip(gates, states, strict=True))}
        holding = [one for one in group if _holds(numbers[one], chosen)]
        ours, others = ([one for one in holding if (one in moved) is is_moved] for is_moved in (True, False))
        firm, rest = sum(told[one] for one in ours), sum(told[one] for one in others)
        if firm > worst[0]:
            worst = firm, tuple(ours)
        if rest > 0 and firm + rest > 1 + SUM_TOLERANCE:  # where it is fullest decides for everywhere
            scale |= {one: min(scale[one], max(0.0, 1 - firm) / rest) for one in others}
    if worst[1]:
        return [Fault(worst[1], f"together they come to {worst[0]:.6g}", "Give them at most 1 in all.")]
    told |= {one: told[one] * scale[one] for one in group}
    return []


def _holds(number: Number, chosen: Mapping[str, str]) -> bool:
    return all(chosen[name] in states for name, states in number.when.items())


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
