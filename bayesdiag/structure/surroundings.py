"""The arrows of a model, and which variables stand next to one."""

from __future__ import annotations

from collections.abc import Collection

from bayesdiag.model import Model

Arrow = tuple[str, str]
"""A parent and its child."""


def arrows_of(model: Model, names: Collection[str] | None = None) -> list[Arrow]:
    """Return the arrows between these variables, or all of them, in the order the model names them."""
    return [
        (parent, variable.id)
        for variable in model.variables
        for parent in variable.parents
        if names is None or (parent in names and variable.id in names)
    ]


def surroundings(model: Model, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parents and the children of a variable; KeyError if there is none of this name."""
    children = tuple(variable.id for variable in model.variables if name in variable.parents)
    return model.variable_of[name].parents, children
