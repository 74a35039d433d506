"""Words of the command line taken as they are, where nothing about them needs checking.

typer hands every word to pydantic, whose import takes longer than many an answer; here it is
asked only about values that are more than a plain text or one of the allowed words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose plain values are taken as they are; everything else is typer's own."""

    def get_params(self, ctx: Any) -> Any:
        """Return the options and arguments."""
        return _plainly(super().get_params(ctx))


class Group(TyperGroup):
    """The same for the options before a command."""

    def get_params(self, ctx: Any) -> Any:
        """Return the options."""
        return _plainly(super().get_params(ctx))


def _plainly(parameters: Any) -> Any:
    for parameter in parameters:
        # A typer that converts in another way has no such thing, and goes its own way.
        if getattr(parameter, "_runtime_param", 0) is None and hasattr(parameter, "type_descriptor"):
            parameter._runtime_param = _Plain()
    return parameters


class _Plain:
    """What typer asks to turn words into a value."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of an option or argument; what is not plain is left to typer."""
        told = param.type_descriptor
        kind, is_list = told.annotation, param.multiple or param.nargs == -1
        if value is None:
            return () if is_list else None
        if is_list and kind == list[str] and all(_is_plain(word, str, told.parameter_info) for word in value):
            return list(value)
        if not is_list and _is_plain(value, kind, told.parameter_info):
            return Path(value) if kind is Path else value
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _is_plain(word: object, kind: Any, told: Any) -> bool:
    """Whether this is a text, a path without conditions, or one of the words that are allowed."""
    if told.parser is not None or not isinstance(word, str):
        return False
    if get_origin(kind) is Literal:
        return word in get_args(kind)
    conditions = (told.exists, told.resolve_path, told.path_type, told.allow_dash)
    return kind is str or (kind is Path and not any(conditions))
