"""What may change in a model file that is not written anew: numbers and what stands behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from numbers import Real
from typing import Any

from bayesdiag.errors import Fault
from bayesdiag.model import FirstActive, FullTable, Model, NoisyMax, Prior, Source, StateMap, Table, Weight
from bayesdiag.modelfile.document import Path
from bayesdiag.modelfile.fields import MAX_SHOWN

Told = str | float | Mapping[str, "Told"]
"""What shall stand at a place: a text, a number, a truth value or a mapping."""

STATED = ("source", "ess", "within", "grade")
"""Fields of a weight that may change; whether numbers are learned at all (`fixed`) is the author's to say."""

_FORMS: dict[type, tuple[str, int]] = {
    Prior: ("prior", 1),
    Table: ("table", 1),
    FullTable: ("full_table", 0),
    StateMap: ("map", 0),
    NoisyMax: ("noisy_or", 0),
    FirstActive: ("first_active", 0),
}
"""Form of a table → its name in the file, and how many steps into it are not written there."""
_ALLOWED = (
    "Only numbers of tables, their source, ess, within and grade, the premise's p, ess and source, version, "
    "note and further sources may change in a file; write the model anew for more."
)


def changes(old: Model, new: Model) -> tuple[dict[Path, Told], list[Fault]]:
    """Return what shall stand where, and a fault for each difference that no such change makes.

    Args:
        old: The model as the file has it.
        new: The model it shall become.

    Returns:
        Path as in a fault of `Model` (the table of links is called `noisy_or`) → what shall stand there;
        and the faults, with the same paths.
    """
    told: dict[Path, Told] = {}
    faults = []
    for path, was, now in _differences((), old, new):
        place = _place(path, old)
        change = _change(path, place, was, now)
        if change is None:
            found = f"{_shown(was)} stands in the file, and {_shown(now)} in the changed model"
            faults.append(Fault(place, found, _ALLOWED))
        else:
            told |= change
    return told, faults


def _differences(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Yield path and both values of the smallest parts that differ."""
    if old == new:
        return
    pairs: list[tuple[str | int, Any, Any]]
    if is_dataclass(old) and type(old) is type(new):
        names = [field.name for field in fields(old)]
        pairs = [(name, getattr(old, name), getattr(new, name)) for name in names]
    elif isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        pairs = [(_name(part, i), part, other) for i, (part, other) in enumerate(zip(old, new, strict=True))]
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        pairs = [(name, old[name], new[name]) for name in old]
    else:
        yield path, old, new
        return
    for name, was, now in pairs:
        yield from _differences((*path, name), was, now)


def _name(part: Any, position: int) -> str | int:
    return part.id if hasattr(part, "id") else position


def _place(path: Path, old: Model) -> Path:
    """Return a path into the model as the file's names have it."""
    if path[:1] not in {("variables",), ("repairs",)}:
        return path
    home, steps = path[:2], path[2:]
    if steps[:1] == ("weight",):
        return (*home, *steps[1:])
    if steps[:1] != ("cpt",) or len(steps) == 1:
        return path
    form, skipped = _FORMS[type(old.variable_of[str(path[1])].cpt)]
    of_row = steps[3:4] == ("weight",) and isinstance(steps[2], int)
    inner = steps[1:3] if of_row else steps[1:4]
    return (*home, form, *inner[skipped:], *steps[4:])


def _change(path: Path, place: Path, was: Any, now: Any) -> dict[Path, Told] | None:
    """Return what shall stand where instead, None where that may not change."""
    told: dict[Path, Told] | None = None
    match path:
        case ("version" | "note",) | ("premise", "p" | "ess" | "source"):
            told = {place: now}
        case ("variables" | "repairs", _, "weight", field):
            told = {place: now} if field in STATED else None
        case ("variables", _, "cpt", "rows" | "links", int(), "weight", field):
            told = {place: now} if field in STATED else None
        case ("variables", _, "cpt", "rows" | "links", int(), "weight"):
            told = _stated(place, was, now)
        case ("variables", _, "cpt", *_) if isinstance(was, float) and isinstance(now, Real):
            told = {place: float(now)}
        case ("sources",):
            told = _added(was, now)
    return told


def _stated(place: Path, was: Weight | None, now: Weight | None) -> dict[Path, Told] | None:
    """Return the fields of a weight that a row or link had not; it cannot lose one."""
    if was is not None or now is None:
        return None
    told: dict[Path, Told] = {}
    if not now.fixed or (now.ess, now.within) != (0.0, 1.0):
        told |= {(*place, "ess"): now.ess, (*place, "within"): now.within}
    told[*place, "source"] = now.source
    if now.grade:
        told[*place, "grade"] = now.grade
    if now.fixed:
        told[*place, "fixed"] = True
    return told


def _added(was: tuple[Source, ...], now: tuple[Source, ...]) -> dict[Path, Told] | None:
    """Return the sources that follow those of the file."""
    if now[: len(was)] != was:
        return None
    return {("sources", source.id): _source(source) for source in now[len(was) :]}


def _source(source: Source) -> dict[str, str]:
    told = {"what": source.what, "address": source.address, "trust": source.trust}
    return {name: text for name, text in told.items() if text or name != "address"}


def _shown(value: Any) -> str:
    told = repr(value) if value is not None else "nothing"
    return told if len(told) <= MAX_SHOWN else f"{told[: MAX_SHOWN - 1]}…"
