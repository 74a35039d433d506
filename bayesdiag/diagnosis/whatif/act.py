"""Acting beside seeing: what the next attempt comes to when something is changed.

For a model of causes it is a network of two attempts. A plain network is cut above what is changed,
and findings below it are set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.whatif.attempts import DRAWN_ANEW, NEXT, next_name, two_attempts
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import EvidenceError, Fault
from bayesdiag.model import Model, Prior


@dataclass(frozen=True)
class Effect:
    """What acting, and seeing the same, come to.

    Attributes:
        set_aside: Findings below what is changed: they speak of how it was, not of how it is now.
        do: Variable → P(state) when it is made so.
        see: Variable → P(state) when it is found to be so.
        p_success: P(the next attempt succeeds) when it is made so, and when it is found so; None
            in a model without a premise.
        is_estimated: Whether some of this is estimated by sampling.
    """

    set_aside: tuple[str, ...]
    do: Mapping[str, Mapping[str, float]]
    see: Mapping[str, Mapping[str, float]]
    p_success: tuple[float, float] | None
    is_estimated: bool


def acted(
    network: CompiledNetwork, evidence: Evidence, changes: Mapping[str, str], targets: Collection[str] = ()
) -> Effect:
    """Return what follows when variables are made to be in some states, beside finding them so.

    Args:
        network: The network.
        evidence: The findings; possible under the model.
        changes: Variable → state. In a model of causes: contexts and causes.
        targets: Variables whose next beliefs are wanted beside success; in a plain network all by
            default.

    Raises:
        EvidenceError: An unknown name or state, or one that is drawn anew at every attempt.
        TooLarge: Exact inference needs too much memory, and no estimate is to be had.
    """
    model = network.model
    Evidence(model, changes)  # names and states are checked there
    if not model.is_diagnostic:
        return _in_plain(network, evidence, changes, targets)
    wrong = [name for name in changes if model.variable_of[name].kind in DRAWN_ANEW]
    if wrong:
        told = "Change a context or a cause; stages and symptoms follow from them."
        raise EvidenceError([Fault((name,), "this is drawn anew at every attempt", told) for name in wrong])
    premise = model.premise
    wanted = dict.fromkeys([*([premise.variable] if premise else []), *targets])
    needed = [*wanted, *evidence.findings, *changes]
    twin = compile_network(two_attempts(model, tuple(changes), needed))
    names = [next_name(model, name, changes) for name in wanted]
    made = Evidence(
        twin.model, {**evidence.findings, **{name + NEXT: state for name, state in changes.items()}}
    )
    found_so = {**evidence.findings, **{name: {state: 1.0} for name, state in changes.items()}}
    same = compile_network(two_attempts(model, (), needed))
    answers = []
    for twin_network, case, asked in (
        (twin, made, names),
        (same, Evidence(same.model, found_so), [next_name(model, name, ()) for name in wanted]),
    ):
        posterior = twin_network.posterior(case, premise=True, targets=asked)
        answers.append((posterior, dict(zip(wanted, asked, strict=True))))
    do, see = (
        {name: _by_state(model, name, posterior.of(place)[0]) for name, place in places.items()}
        for posterior, places in answers
    )
    success = None
    if premise:
        success = tuple(sum(side[premise.variable][s] for s in premise.exclude) for side in (do, see))
    return Effect(
        _below(model, evidence, changes),
        do,
        see,
        None if success is None else (success[0], success[1]),
        any(posterior.half_width is not None for posterior, _ in answers),
    )


def _in_plain(
    network: CompiledNetwork, evidence: Evidence, changes: Mapping[str, str], targets: Collection[str]
) -> Effect:
    """Return do() by surgery: what points at a changed variable is cut."""
    model = network.model
    aside = _below(model, evidence, changes)
    wanted = list(targets) or [variable.id for variable in model.variables]
    cut = tuple(
        replace(variable, cpt=Prior((1 / len(variable.states),) * len(variable.states)))
        if variable.id in changes
        else variable
        for variable in model.variables
    )
    surgery = compile_network(Model(model.name, cut))
    kept = {name: seen for name, seen in evidence.findings.items() if name not in (*aside, *changes)}
    made = {name: {state: 1.0} for name, state in changes.items()}
    done = surgery.posterior(Evidence(surgery.model, {**kept, **made}), targets=wanted)
    seen_so = network.posterior(Evidence(model, {**evidence.findings, **made}), targets=wanted)
    do, see = (
        {name: _by_state(model, name, posterior.of(name)[0]) for name in wanted}
        for posterior in (done, seen_so)
    )
    is_estimated = done.half_width is not None or seen_so.half_width is not None
    return Effect(aside, do, see, None, is_estimated)


def _below(model: Model, evidence: Evidence, changes: Collection[str]) -> tuple[str, ...]:
    """Return the findings about anything below a changed variable."""
    reached = set(changes)
    grown = True
    while grown:
        more = {v.id for v in model.variables if v.id not in reached and reached & set(v.parents)}
        grown = bool(more)
        reached |= more
    return tuple(name for name in evidence.findings if name in reached and name not in changes)


def _by_state(model: Model, name: str, p: Sequence[float]) -> dict[str, float]:
    return {state: float(x) for state, x in zip(model.variable_of[name].state_ids, p, strict=True)}
