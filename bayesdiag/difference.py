"""What changed between two models: structure, numbers with their change in log-odds, sources, words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from math import inf, log
from typing import Literal

from bayesdiag.model import FirstActive, Model, NoisyMax, Variable, Weight
from bayesdiag.model.numbers import Number, numbers_of

Kind = Literal["structure", "number", "source", "text"]
KINDS: tuple[Kind, ...] = ("structure", "number", "source", "text")

SOURCE = frozenset(["sources", "weight", "source", "ess", "within", "grade"])
"""Fields that say what stands behind a number."""
WORDS = frozenset(
    ["name", "version", "label", "note", "synonyms", "wordings", "coverage", "faq_order", "messages", "texts"]
)
"""Fields that people read and no probability hangs on."""
PROBABILITIES = frozenset(["fixes", "p", "unlisted_fix", "unknown"])


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is another in the second model.

    Attributes:
        kind: What kind of thing.
        path: Where it stands, from the top.
        old: What it was; None where there was nothing.
        new: What it is; None where there is nothing.
        logits: Of a probability, the change of its log-odds, infinite from or to 0 or 1; else None.
        source: Of a number, what stands behind the new one.
    """

    kind: Kind
    path: tuple[str, ...]
    old: object
    new: object
    logits: float | None = None
    source: str = ""


def differences(old: Model, new: Model) -> tuple[Change, ...]:
    """Return what changed: structure, numbers by the size of their change, sources, words."""
    return tuple(sorted(_walk((), old, new), key=_rank))


def _rank(change: Change) -> tuple[int, bool, float]:
    # Rounded: the two sides of one change differ in their last digits only.
    size = round(abs(change.logits or 0.0), 9)
    return KINDS.index(change.kind), change.logits is None, -size


def _walk(path: tuple[str, ...], old: object, new: object) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Model) and isinstance(new, Model):
        yield from _models(old, new)
    elif _is_record(old) and type(old) is type(new):
        for field in fields(old):  # type: ignore[arg-type]
            yield from _walk((*path, field.name), getattr(old, field.name), getattr(new, field.name))
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _keyed(path, old, new)
    elif _is_named(old) and _is_named(new):
        yield from _listed(path, {x.id: x for x in old}, {x.id: x for x in new})  # type: ignore[attr-defined]
    else:
        yield _leaf(path, old, new)


def _models(old: Model, new: Model) -> Iterator[Change]:
    for field in fields(Model):
        if field.name != "variables":
            yield from _walk((field.name,), getattr(old, field.name), getattr(new, field.name))
    before, after = old.variable_of, new.variable_of
    yield from _listed((), before, after, skip=True)
    for name in before:
        if name in after and before[name] != after[name]:
            yield from _variables(old, new, name)


def _variables(old: Model, new: Model, name: str) -> Iterator[Change]:
    before, after = old.variable_of[name], new.variable_of[name]
    for field in fields(Variable):
        if field.name != "cpt":
            yield from _walk((name, field.name), getattr(before, field.name), getattr(after, field.name))
    shapes = [_shape(variable) for variable in (before, after)]
    for part in shapes[0].keys() | shapes[1].keys():
        yield from _walk((name, part), shapes[0].get(part), shapes[1].get(part))
    if shapes[0]["form"] == shapes[1]["form"]:
        yield from _numbers(_numbers_of(old, before), _numbers_of(new, after), before, after)


def _shape(variable: Variable) -> dict[str, object]:
    """Return what there is to a table beside its numbers."""
    cpt = variable.cpt
    found: dict[str, object] = {"form": type(cpt).__name__, "parents": variable.parents}
    if isinstance(cpt, FirstActive):
        found["order"] = cpt.order
    if isinstance(cpt, NoisyMax | FirstActive):
        found["persistent"] = {
            f"{link.parent}={link.state} to {link.to}{_condition(link.when)}": link.persistent
            for link in cpt.links
            if link.persistent is not None
        }
    return found


def _numbers_of(model: Model, variable: Variable) -> dict[Hashable, Number]:
    """Return the numbers of a variable by what they are about."""
    states = {one.id: one.state_ids for one in model.variables}
    found: dict[Hashable, Number] = {}
    for number in numbers_of(variable, states):
        when = frozenset((name, frozenset(told)) for name, told in number.when.items())
        key = (number.role, number.parent, number.state, when)
        place = 0
        while (*key, place) in found:  # the same said twice: the first, the second, …
            place += 1
        found[*key, place] = number
    return found


def _numbers(
    old: Mapping[Hashable, Number], new: Mapping[Hashable, Number], before: Variable, after: Variable
) -> Iterator[Change]:
    for key, number in old.items():
        other = new.get(key)
        if other is None:
            yield Change("structure", _place(number), number.p, None)
        elif number.p != other.p:
            source = _behind(number.weight, other.weight)
            yield Change(
                "number", _place(number), number.p, other.p, logit(other.p) - logit(number.p), source
            )
        elif number.weight != other.weight and (number.weight, other.weight) != (before.weight, after.weight):
            yield from _walk((*_place(number), "weight"), number.weight, other.weight)
    for key, number in new.items():
        if key not in old:
            yield Change("structure", _place(number), None, number.p, source=number.weight.source)


def _behind(old: Weight, new: Weight) -> str:
    """Return what stands behind a new number, and how many cases it is worth."""
    worth = f"ess {old.ess:g} → {new.ess:g}" if old.ess != new.ess else f"ess {new.ess:g}"
    return ", ".join(part for part in (new.source, worth) if part)


def logit(p: float) -> float:
    """Return ln(p/(1−p)), infinite at 0 and 1."""
    if not 0 < p < 1:
        return -inf if p <= 0 else inf
    return log(p) - log(1 - p)


def _place(number: Number) -> tuple[str, ...]:
    return number.variable, f"{number.role} {number.state}{_condition(number.when)}"


def _condition(when: Mapping[str, tuple[str, ...]]) -> str:
    told = ", ".join(f"{name}={'/'.join(states)}" for name, states in when.items())
    return f" given {told}" if told else ""


def _keyed(
    path: tuple[str, ...], old: Mapping[object, object], new: Mapping[object, object]
) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        name = "=".join(map(str, key)) if isinstance(key, tuple) else str(key)
        if key in old and key in new:
            yield from _walk((*path, name), old[key], new[key])
        else:
            yield _leaf((*path, name), old.get(key), new.get(key))


def _listed(
    path: tuple[str, ...], old: Mapping[str, object], new: Mapping[str, object], *, skip: bool = False
) -> Iterator[Change]:
    """Yield what changed in a list of things with names; with `skip`, not what changed within them."""
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield Change(_kind((*path, name)), (*path, name), "there", None)
        elif name not in old:
            yield Change(_kind((*path, name)), (*path, name), None, "there")
        elif not skip:
            yield from _walk((*path, name), old[name], new[name])
    both = [[name for name in one if name in old and name in new] for one in (old, new)]
    if both[0] != both[1]:
        yield Change(_kind(path), (*path, "order"), ", ".join(both[0]), ", ".join(both[1]))


def _leaf(path: tuple[str, ...], old: object, new: object) -> Change:
    is_number = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (old, new))
    kind = _kind(path)
    if kind == "structure" and is_number:
        kind = "number"
    is_probability = kind == "number" and bool(PROBABILITIES & set(path))
    logits = logit(new) - logit(old) if is_probability else None  # type: ignore[arg-type]
    return Change(kind, path, _plain(old), _plain(new), logits)


def _kind(path: tuple[str, ...]) -> Kind:
    if WORDS & set(path) or path[-1:] in {("zh",), ("en",)}:
        return "text"
    return "source" if SOURCE & set(path) else "structure"


def _plain(value: object) -> object:
    """Return a value as it is told to a person."""
    if isinstance(value, tuple | list):
        return ", ".join(str(_plain(one)) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_plain(one)}" for name, one in value.items())
    return value


def _is_record(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _is_named(value: object) -> bool:
    return isinstance(value, tuple) and all(hasattr(one, "id") for one in value)


__all__ = ["KINDS", "Change", "Kind", "differences", "logit"]
