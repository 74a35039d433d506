"""Several attempts in one case: what was seen of the failed ones before the latest.

The network of several attempts is that of the latest, with what is drawn anew copied once for each
earlier one: only what its findings and its failure depend on, since nothing else of it bears on
anything. Contexts and causes are shared; a link marked persistent fires in every attempt or in none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from bayesdiag.case import Evidence, Observed
from bayesdiag.diagnosis.steps import EARLIER, attempt_of, own_name
from bayesdiag.diagnosis.whatif.attempts import DRAWN_ANEW, above, renamed
from bayesdiag.diagnosis.whatif.coarse import coarse
from bayesdiag.diagnosis.whatif.memory import remembered
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.recent import Recent
from bayesdiag.errors import EvidenceError, Fault
from bayesdiag.model import Cpt, Model, State, StateMap, Text, Variable, topological_order

MOST_EARLIER = 2
"""Earlier attempts of one case: with one more, the payment model takes minutes or is too large."""
FAILED = "failed"
"""The state of an earlier attempt; what a case tells of it is that it failed too."""
MOST_KEPT = 8
"""Networks of several attempts kept with a network: one for each set of variables seen in them."""

Earlier = Sequence[Evidence | Mapping[str, Observed]]
"""What was seen of each earlier attempt, the oldest first."""
Seen = Mapping[str, Mapping[str, float]]
"""Variable → state → likelihood."""


def several_attempts(
    network: CompiledNetwork, evidence: Evidence, earlier: Earlier
) -> tuple[CompiledNetwork, Evidence]:
    """Return the network of a case's attempts, and all that was seen as evidence of it.

    What the latest attempt shows keeps its name. What attempt k shows is called `name@k`, and `@k` says
    that it failed, where the model has a premise.

    Args:
        network: A compiled model with causes.
        evidence: The findings of the latest attempt, and what holds for all of them.
        earlier: The findings of those before, the oldest first.

    Raises:
        EvidenceError: With every unknown name, and where attempts differ in what persists between them.
    """
    model = network.model
    checked, shared = _checked(model, evidence, earlier)
    if not checked:
        return network, evidence
    together = _kept(network, checked)
    found: dict[str, Observed] = {}
    for number, findings in enumerate(checked, start=1):
        if model.premise is not None:
            found[f"{EARLIER}{number}"] = FAILED
        for name, seen in findings.items():
            left = together.model.variable_of[_again(name, number)].state_ids
            found[_again(name, number)] = {state: p for state, p in seen.items() if state in left}
    told = {**found, **shared, **evidence.findings}
    return together, Evidence(together.model, told, fixed=evidence.fixed, reports=evidence.reports)


def n_earlier(model: Model) -> int:
    """Return how many earlier attempts stand in a model, 0 in one of a single attempt."""
    numbers = [attempt_of(variable.id) for variable in model.variables if variable.kind == "plain"]
    return max(numbers, default=0)


def by_attempt(evidence: Evidence) -> tuple[dict[str, Mapping[str, float]], ...]:
    """Return the findings of each attempt under their own names, the oldest first, the latest last.

    What persists stands with the latest; that an earlier one failed is not among its findings.
    """
    last = max(map(attempt_of, evidence.findings), default=0) + 1
    found: tuple[dict[str, Mapping[str, float]], ...] = tuple({} for _ in range(last))
    for name, seen in evidence.findings.items():
        if own_name(name):
            found[(attempt_of(name) or last) - 1][own_name(name)] = seen
    return found


def _checked(model: Model, evidence: Evidence, earlier: Earlier) -> tuple[list[Seen], Seen]:
    """Return what is drawn anew of each earlier attempt, and what they say of the rest.

    Raises:
        EvidenceError: With every fault of all attempts.
    """
    faults: list[Fault] = []
    if len(earlier) > MOST_EARLIER:
        told = f"At most {MOST_EARLIER} beside the latest: leave out what showed the same as another."
        faults.append(Fault(("earlier",), f"{len(earlier)} earlier attempts", told))
    if earlier and n_earlier(model):
        found = "this network is of several attempts already"
        faults.append(Fault(("earlier",), found, "Give the model's own."))
    attempts: list[Seen] = []
    shared: dict[str, Mapping[str, float]] = {}
    for number, told_of in enumerate(earlier, start=1):
        where = ("earlier", number)
        try:
            findings = _findings(model, told_of)
        except EvidenceError as error:
            faults += [replace(fault, path=(*where, *fault.path)) for fault in error.faults]
            continue
        anew = {name for name in findings if model.variable_of[name].kind in DRAWN_ANEW}
        attempts.append({name: seen for name, seen in findings.items() if name in anew})
        stays = {name: seen for name, seen in findings.items() if name not in anew}
        shared = {**stays, **shared}
        known = {**shared, **evidence.findings}
        faults += [_moved((*where, n), seen, known[n]) for n, seen in stays.items() if seen != known[n]]
    if faults:
        raise EvidenceError(faults)
    return attempts, {name: seen for name, seen in shared.items() if name not in evidence.findings}


def _moved(path: tuple[str | int, ...], seen: Mapping[str, float], known: Mapping[str, float]) -> Fault:
    """Return what is wrong where attempts differ in what stays."""
    found = f"{_told(seen)} here and {_told(known)} in another attempt"
    told = (
        "Contexts and causes are the same in all attempts of a case: another card or terminal is a test, "
        "other circumstances are another case."
    )
    return Fault(path, found, told)


def _findings(model: Model, told: Evidence | Mapping[str, Observed]) -> Mapping[str, Mapping[str, float]]:
    evidence = told if isinstance(told, Evidence) else Evidence(model, told)
    if evidence.fixed:
        allowed = "Fix it among the findings of the latest attempt."
        raise EvidenceError([Fault((name,), "this is fixed", allowed) for name in evidence.fixed])
    return evidence.findings


def _told(seen: Mapping[str, float]) -> str:
    return "|".join(state if p == 1 else f"{state}:{p:g}" for state, p in seen.items())


def _kept(network: CompiledNetwork, seen: Sequence[Seen]) -> CompiledNetwork:
    """Return the network of several attempts, made once and kept with the program of the premise."""
    causes = [variable.id for variable in network.model.of_kind("cause")]
    made = network.program(network.rows([Evidence(network.model, {})], premise=True)[0], causes).made
    known = cast(Recent[str, CompiledNetwork], made.setdefault("several attempts", Recent(MOST_KEPT)))
    key = repr([sorted((name, sorted(states.items())) for name, states in one.items()) for one in seen])
    return known.recall(key) or known.keep(key, compile_network(model_of_attempts(network.model, seen)))


def model_of_attempts(model: Model, seen: Sequence[Seen]) -> Model:
    """Return the model of the latest attempt and some earlier ones.

    Args:
        model: A model of causes.
        seen: For each earlier attempt what was seen of it, among what is drawn anew.
    """
    premise = [model.premise.variable] if model.premise else []
    needed = [above(model, [*names, *premise]) for names in seen]
    lasting = {variable.id: variable for variable in model.variables if variable.kind not in DRAWN_ANEW}
    found = {
        variable.id: remembered(variable, lasting)
        for variable in model.variables
        if variable.kind in DRAWN_ANEW and any(variable.id in names for names in needed)
    }
    variables: list[Variable] = []
    for variable in model.variables:
        table = found.get(variable.id)
        kept = [variable] if table is None else [*table.memories, replace(variable, cpt=table.latest)]
        variables += kept
    again = [model.variable_of[name] for name in topological_order(model.variables) if name in found]
    for number, (names, findings) in enumerate(zip(needed, seen, strict=True), start=1):
        here = {v.id: _again(v.id, number) for v in again if v.id in names}
        copies = [_copied(v, found[v.id].again, number, here) for v in again if v.id in names]
        copies += [_failed(model, number)] if premise else []
        told = {here[name]: states for name, states in findings.items()}
        told |= {f"{EARLIER}{number}": {FAILED: 1.0}} if premise else {}
        variables += coarse(copies, told)
    return replace(model, variables=tuple(variables))


def _again(name: str, number: int) -> str:
    return f"{name}{EARLIER}{number}"


def _copied(variable: Variable, cpt: Cpt, number: int, names: Mapping[str, str]) -> Variable:
    """Return what an earlier attempt had of a variable; nobody asks about it any more."""
    label = Text(
        *(
            variable.label.shown(language, variable.id) + mark
            for language, mark in (("zh", f"（第{number}次）"), ("en", f" (attempt {number})"))
        )
    )
    return Variable(names[variable.id], "plain", variable.states, renamed(cpt, names), label)


def _failed(model: Model, number: int) -> Variable:
    """Return whether an earlier attempt failed."""
    premise = model.premise
    if premise is None:
        raise ValueError(f"{model.name} has no premise: nothing says what failure is")
    succeeded, failed = "succeeded", FAILED
    rows = {
        state: {succeeded if state in premise.exclude else failed: 1.0}
        for state in model.variable_of[premise.variable].state_ids
    }
    return Variable(
        f"{EARLIER}{number}",
        "plain",
        (State(succeeded, Text("成功", "succeeded")), State(failed, Text("失败", "failed"))),
        StateMap(_again(premise.variable, number), rows),
        Text(f"第{number}次", f"attempt {number}"),
    )
