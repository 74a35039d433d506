"""Checked models kept from earlier runs, by the digest of their file, so that YAML is read once a change.

The form is JSON and no pickle: whatever may stand in such a file, reading it runs nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bayesdiag import model as room
from bayesdiag.kept import cache_folder, newest, read_kept, write_kept
from bayesdiag.model import Model

MAX_FILES = 32
"""So many models are kept; the one written longest ago goes first."""

_LAYOUT = 1
_TUPLE, _MAPPING = -1, -2
_PARTS: tuple[type, ...] = tuple(
    part
    for part in (getattr(room, name) for name in room.__all__)
    if isinstance(part, type) and is_dataclass(part)
)
"""The classes a model is made of; what is kept names them by their place."""


def recall_model(content: bytes) -> Model | None:
    """Return the model that a file of these bytes was read as; None if that is not known."""
    path = _file(content)
    body = read_kept(path, private=True) if path is not None else None
    if body is None:
        return None
    try:
        found = _built(json.loads(body))
    except (ValueError, TypeError, IndexError, RecursionError):
        return None
    return found if isinstance(found, Model) else None


def keep_model(content: bytes, model: Model) -> None:
    """Keep the checked model that a file of these bytes was read as, where there is a place for it."""
    path = _file(content)
    if path is None:
        return
    body = json.dumps(_plain(model), ensure_ascii=False, separators=(",", ":")).encode()
    if write_kept(path, body, private=True):
        for old in newest(path.parent, "*.json")[MAX_FILES:]:
            old.unlink(missing_ok=True)


def _file(content: bytes) -> Path | None:
    folder, stamp = cache_folder(), _stamp()
    if folder is None or not stamp:
        return None
    return folder / "models" / f"{hashlib.sha256(stamp + content).hexdigest()}.json"


@cache
def _stamp() -> bytes:
    """Return a digest of the code that reads and checks files; empty where its source is not there.

    It stands for the package's version, which takes longer to find out than a model to read, and
    it changes while someone works on that code.
    """
    package = Path(__file__).resolve().parent.parent
    try:
        states = [
            (path.name, path.stat())
            for room in ("model", "modelfile")
            for path in package.glob(f"{room}/*.py")
        ]
    except OSError:
        return b""
    told = sorted((name, state.st_size, state.st_mtime_ns) for name, state in states)
    return hashlib.sha256(repr((_LAYOUT, str(package), told)).encode()).digest() if told else b""


def _plain(value: Any) -> Any:
    """Return a value as lists: a part's place among `_PARTS` and its fields, or a mark and what follows."""
    if is_dataclass(value):
        return [_PARTS.index(type(value)), *(_plain(getattr(value, field.name)) for field in fields(value))]
    if isinstance(value, tuple):
        return [_TUPLE, *map(_plain, value)]
    if isinstance(value, Mapping):
        return [_MAPPING, *(_plain(side) for pair in value.items() for side in pair)]
    return value


def _built(value: Any) -> Any:
    """Return what `_plain` wrote; nothing is checked again."""
    if type(value) is not list:
        return value
    mark = value[0]
    sides = [_built(side) if type(side) is list else side for side in value[1:]]
    if mark == _TUPLE:
        return tuple(sides)
    if mark == _MAPPING:
        return dict(zip(sides[::2], sides[1::2], strict=True))
    part = _PARTS[mark]
    return part(*sides) if part is not Model else _unchecked(sides)


def _unchecked(values: list[Any]) -> Model:
    """Return a model without judging it: it was judged before it was kept."""
    model = object.__new__(Model)
    for field, value in zip(fields(Model), values, strict=True):
        object.__setattr__(model, field.name, value)
    return model
