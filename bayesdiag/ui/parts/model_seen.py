"""What the page Model shows of the case: beliefs before and now, what is known, what depends on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from bayesdiag.case import Evidence
from bayesdiag.engine.posterior import Posterior, Status
from bayesdiag.errors import BayesdiagError
from bayesdiag.model import Model
from bayesdiag.structure import Known, connections, known_of
from bayesdiag.ui import session
from bayesdiag.ui.parts.impossible import impossible
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.sheet import softened
from bayesdiag.ui.source import source


@dataclass(frozen=True)
class Seen:
    """What the page shows of the case.

    Attributes:
        now: Beliefs of all variables; None where there are none.
        before: The same before any finding.
        known: What is known.
        ways: What may depend on the variable that is looked at → the path there; None unless asked for.
        to: The variable whose path is asked for; empty for all.
    """

    now: Posterior | None
    before: Posterior | None
    known: Known
    ways: Mapping[str, tuple[str, ...]] | None
    to: str = ""

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """The paths along which influence is shown to run."""
        ways = self.ways or {}
        return [path for name, path in ways.items() if self.to in {"", name}]

    def beliefs(self, name: str) -> list[float]:
        """Return the belief of each state of a variable; nothing where there is none."""
        return _of(self.now, name)

    def earlier(self, name: str) -> list[float]:
        """Return the same before any finding."""
        return _of(self.before, name)


def seen(model: Model, at: str) -> Seen:
    """Return what is to be shown, having told what stands in the way of it.

    Args:
        model: The model.
        at: The variable that is looked at; empty for none.
    """
    words = session.words()
    evidence = Evidence(model, softened(model, session.sheet().counted()))
    known = known_of(evidence, model)
    ways, to = _ways(model, at, known)
    try:
        before = source().beliefs(Evidence(model, {}))
        now = source().beliefs(evidence)
    except BayesdiagError as error:
        st.error(plain(words("model_too_large", reason=str(error))))
        return Seen(None, None, known, ways, to)
    if now.status[0] is Status.IMPOSSIBLE:
        impossible()
        st.caption(words("model_as_before"))
        return Seen(before, before, known, ways, to)
    if now.status[0] is Status.ESTIMATED:
        st.caption(words("model_estimated"))
    return Seen(now, before, known, ways, to)


def _ways(model: Model, at: str, known: Known) -> tuple[Mapping[str, tuple[str, ...]] | None, str]:
    """Return what may depend on a variable, where that is asked for, and on which one above all; tell it."""
    if not at or session.view("reach", "model") != "1":
        return None, ""
    ways = connections({one.id: one.parents for one in model.variables}, at, known)
    words = session.words()
    name, to = words.of(model.variable_of[at].label, at), session.view("to", "model")
    to = "" if to not in model.variable_of or to == at else to
    told = words(
        "model_reach_known" if at in known.states else "model_reach_told",
        name=name,
        known=len(known.states | known.hints),
        all=len(model.variables) - 1 - len(known.states),
        count=len(ways),
    )
    lines = [told]
    if to and at not in known.states:
        steps = [words.of(model.variable_of[one].label, one) for one in ways.get(to, ())]
        other = words.of(model.variable_of[to].label, to)
        way = words("model_way", path=" – ".join(steps))
        lines.append(way if steps else words("model_to_none", name=name, to=other))
    st.info("\n\n".join(map(plain, lines)))
    return ways, to


def _of(posterior: Posterior | None, name: str) -> list[float]:
    return [] if posterior is None else [float(p) for p in posterior.of(name)[0]]
