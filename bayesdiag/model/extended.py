"""A model with one more context, on which some of its tables depend: at first with the numbers they had."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import isclose, isfinite

from bayesdiag.errors import Fault, InvalidModel, known_names
from bayesdiag.model import Cpt, FullTable, Model, Prior, Row, StateMap, Table, Variable
from bayesdiag.model.text import Text, Weight
from bayesdiag.model.variable import Question, State

GUESSED = Weight("guess", within=2.0)
"""What stands behind shares that nobody counted."""


def extended(
    model: Model,
    name: str,
    shares: Mapping[str, float],
    by: Collection[str] = (),
    *,
    weight: Weight = GUESSED,
) -> Model:
    """Return a model with one more context, which some variables depend on.

    Each of their rows stands once for each state of the context, with the number it had, so that
    nothing the model says of old findings changes. Words of the context are its names, in both
    languages; a person writes better ones into the file.

    Each copy of a row is doubted by itself: one number with one stated range becomes several with that
    range each, which partly cancel, so that intervals of `diagnosis.doubt` narrow though nothing was learned.

    Args:
        model: The model.
        name: The new context: a context where the model has causes, else a plain variable.
        shares: State → its share, summing to 1; the first is the normal one.
        by: Variables that are to depend on it; none: all causes.
        weight: What stands behind the shares, how many cases they are worth among it.

    Raises:
        InvalidModel: The name is taken, it or a state is one that findings cannot tell, the shares are
            none, a variable is not known or has links
            instead of a table, or what comes of it is no valid model.
    """
    variables = tuple(by) or tuple(variable.id for variable in model.of_kind("cause"))
    faults = [*_context_faults(model, name, shares), *_by_faults(model, variables)]
    if faults:
        raise InvalidModel(faults, "nothing was added")
    new = _context(model, name, shares, weight)
    changed = {one: _depending(model.variable_of[one], new) for one in variables}
    kept = tuple(changed.get(variable.id, variable) for variable in model.variables)
    return replace(model, variables=(new, *kept))


def _context_faults(model: Model, name: str, shares: Mapping[str, float]) -> list[Fault]:
    faults = [*_name_faults(name), *(fault for state in shares for fault in _state_faults(name, state))]
    if name in model.variable_of:
        faults.append(Fault((name,), "the model has a variable of this name", "Give another one."))
    if len(shares) < 2:
        faults.append(
            Fault(
                (name,),
                f"{len(shares)} state{'' if len(shares) == 1 else 's'}",
                "A context has two states or more.",
            )
        )
    elif not all(isfinite(p) and p > 0 for p in shares.values()) or not isclose(sum(shares.values()), 1):
        told = "Give a share above 0 for each state, 1 in all."
        faults.append(Fault((name,), "these shares are no distribution", told))
    return faults


def _name_faults(name: str) -> list[Fault]:
    if name and name == name.strip() and "=" not in name:
        return []
    told = "Give a name without = and without blanks at its ends."
    return [Fault(("context",), f'"{name}" is no name that findings could tell', told)]


def _state_faults(name: str, state: str) -> list[Fault]:
    """Return the fault of a state that cells and options may read as something else."""
    is_plain = state == state.strip() and state not in {"", "?"} and not state.startswith("!")
    if is_plain and not set(state) & set(":|"):
        return []
    told = "Give a state without : and |, not ? alone, no ! in front and no blanks at its ends."
    return [Fault((name, state), f'"{state}" is no state that findings could tell', told)]


def _by_faults(model: Model, by: Collection[str]) -> list[Fault]:
    if not by:
        told = "Say which variables are to depend on the context."
        return [Fault((model.name,), "this network has no causes", told)]
    faults = []
    for one in by:
        if one not in model.variable_of:
            told = known_names(one, list(model.variable_of), "variables")
            faults.append(Fault((one,), "no variable has this name", told))
        elif not isinstance(model.variable_of[one].cpt, Prior | Table | FullTable | StateMap):
            told = (
                "Choose variables with a prior or a table; for links write the gate (`when`) into the file."
            )
            faults.append(Fault((one,), "it has links instead of a table", told))
    return faults


def _context(model: Model, name: str, shares: Mapping[str, float], weight: Weight) -> Variable:
    def same(text: str) -> Text:
        return Text(text, text)

    states = tuple(State(state, same(state)) for state in shares)
    if not model.is_diagnostic:
        return Variable(name, "plain", states, Prior(tuple(shares.values())), weight=weight)
    question = Question(same(name), minutes=0.5, group="context")
    return Variable(name, "context", states, Prior(tuple(shares.values())), same(name), weight, question)


def _depending(variable: Variable, context: Variable) -> Variable:
    return replace(variable, cpt=_table(variable.cpt, variable.state_ids, context))


def _table(cpt: Cpt, states: tuple[str, ...], context: Variable) -> Cpt:
    """Return a table's rows once for each state of a context."""
    if isinstance(cpt, FullTable):
        return FullTable((context.id, *cpt.parents), cpt.p * len(context.states))
    parents: tuple[str, ...]
    rows: tuple[Row, ...]
    if isinstance(cpt, Prior):
        parents, rows = (), (Row({}, cpt.p),)
    elif isinstance(cpt, StateMap):
        parents = (cpt.parent,)
        lines = cpt.rows.items()
        rows = tuple(Row({cpt.parent: (s,)}, tuple(line.get(to, 0.0) for to in states)) for s, line in lines)
    else:
        assert isinstance(cpt, Table)
        parents, rows = cpt.parents, cpt.rows
    each = tuple(
        replace(row, when={**row.when, context.id: (state,)}) for row in rows for state in context.state_ids
    )
    return Table((*parents, context.id), each)
