"""Learning from cases, and what came of it: every number before and after, and whether it is true."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from bayesdiag.case import Case
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import BayesdiagError, NotEditable
from bayesdiag.learning import Fit, Learned, Pooled, Settings, fit, poolable
from bayesdiag.modelfile import edited, golden_beside, model_path
from bayesdiag.score import Calibration, Replay, calibration, replay, verdicts
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.parts.plain import table as shown_table
from bayesdiag.ui.parts.reliability import reliability
from bayesdiag.ui.source import model_name, source

PULLS = ("ess", "within", "none")
"""What the numbers that are there weigh: their ess, their range, nothing."""
FIRST_ROWS = 15
"""Numbers shown before the rest is asked for."""


@dataclass(frozen=True)
class Tuned:
    """What learning came to.

    Attributes:
        found: The new model and its numbers.
        before: Cases replayed with the numbers that were there.
        after: The same with the new ones.
        reliability: Of the new model's first cause; None without confirmed causes.
    """

    found: Fit
    before: Replay
    after: Replay
    reliability: Calibration | None


def learned(cases: Sequence[Case], key: str) -> None:
    """Offer to learn from cases, and show what came of it.

    Args:
        cases: The cases.
        key: Names them: what was learned from others is not shown.
    """
    words = session.words()
    pull = st.segmented_control(
        words("tune_pull"),
        PULLS,
        format_func=lambda pull: words(f"tune_pull_{pull}"),
        default="ess",
        required=True,
        key="tune_pull",
    )
    pooled = _pooled()
    whole = (key, source().fingerprint, pull, pooled)
    if st.button(words("tune_learn"), key="tune_learn", icon=":material/school:"):
        try:
            st.session_state["tuned"] = (whole, _learn(cases, str(pull), pooled))
        except BayesdiagError as error:
            st.error(plain(words("failed", reason=str(error))))
            return
    known, tuned = st.session_state.get("tuned", (None, None))
    if known == whole and tuned is not None:
        _shown(tuned)


def _pooled() -> tuple[str, ...]:
    """Ask which contexts borrow from each other, where some table depends on one."""
    words, model = session.words(), source().network.model
    contexts = poolable(model)
    if not contexts:
        return ()
    chosen = st.multiselect(
        words("tune_pool"),
        contexts,
        format_func=lambda name: words.title(model.variable_of[name].label, name),
        help=words("tune_pool_help"),
        placeholder=words("choose"),
        select_all=False,
        key="tune_pool",
    )
    return tuple(chosen)


def _learn(cases: Sequence[Case], pull: str, pooled: tuple[str, ...]) -> Tuned:
    words, network = session.words(), source().network
    prior: Literal["ess", "within"] = "within" if pull == "within" else "ess"
    ess = 0.0 if pull == "none" else None
    settings = Settings(ess=ess, prior=prior, cores=os.cpu_count() or 1, pooled=pooled)
    with st.status(words("tune_running")) as status:

        def told(step: int, value: float) -> None:
            status.update(label=words("tune_step", step=step, value=f"{value:.6g}"))

        found = fit(network.model, cases, settings, progress=told)
        new = compile_network(found.model)
        golden = golden_beside(model_name(), network.model)
        before, after = replay(network, golden, cases), replay(new, golden, cases)
        reliability = None
        if after.closed is not None:
            reliability = calibration(verdicts(new, cases).first, np.random.default_rng(0))
        status.update(label=words("tune_done"), state="complete")
    return Tuned(found, before, after, reliability)


def _shown(tuned: Tuned) -> None:
    words, found = session.words(), tuned.found
    st.subheader(words("tune_result"), anchor=False)
    _figures(tuned)
    if found.rejected:
        reason = found.rejected[0].reason
        st.warning(plain(words("tune_rejected", count=len(found.rejected), reason=reason)))
    if not found.has_settled:
        st.warning(words("tune_unsettled"))
    changed = sorted((one for one in found.numbers if one.is_changed), key=lambda one: -one.moved)
    st.markdown(plain(words("tune_changed", changed=len(changed), count=len(found.numbers))))
    untold = sum(one.interval is not None and not one.is_told for one in found.numbers)
    if untold:
        st.caption(plain(words("tune_untold", count=untold)))
    keys = ("tune_number", "tune_before", "tune_after", "tune_interval", "tune_worth")
    head = tuple(words(key) for key in keys)
    shown_table(head, map(_row, changed[:FIRST_ROWS]), key="tune_numbers")
    if len(found.numbers) > len(changed[:FIRST_ROWS]):
        with st.expander(words("tune_all"), key="tune_rest"):
            shown_table(head, map(_row, found.numbers), key="tune_all_numbers")
    if found.pools:
        st.markdown(f"**{words('tune_pools')}**")
        pool_keys = ("tune_number", "tune_pool_row", "tune_pool_worth", "tune_pool_own")
        shown_table(tuple(words(key) for key in pool_keys), map(_pool_row, found.pools), key="tune_pools")
    if tuned.reliability is not None:
        reliability(tuned.reliability, "reliability", "tune_reliability_alt")
        st.caption(words("tune_reliability_help"))
    _download(found)


def _figures(tuned: Tuned) -> None:
    """Show the few numbers that say whether it is better."""
    words, found = session.words(), tuned.found

    def passed(pair: tuple[float, float]) -> str:
        return words("tune_of", part=f"{pair[0]:.10g}", count=f"{pair[1]:.10g}")

    told = [
        ("tune_used", f"{found.n_cases:.10g}", None),
        ("tune_likelihood", f"{found.log_likelihood[1]:.6g}", f"{found.log_likelihood[0]:.6g}"),
    ]
    for key, old, new in zip(("tune_golden", "tune_closed"), tuned.before, tuned.after, strict=True):
        if old is not None and new is not None:
            told.append((key, passed(new), passed(old)))
    with st.container(horizontal=True, gap="small", key="tune_figures"):
        for key, value, old_value in told:
            with st.container(border=True, width=220):
                st.metric(words(key), value)
                st.caption("" if old_value is None else plain(f"{words('tune_before')}: {old_value}"))
    if tuned.after.is_fewer_golden(tuned.before):
        st.warning(words("tune_worse", within=words("tune_pull_within")))


def _row(learned: Learned) -> tuple[str, ...]:
    ends = "" if learned.interval is None else "{:.3g} – {:.3g}".format(*learned.interval)
    mark = "" if learned.interval is None or learned.is_told else " ?"
    worth = f"{learned.effective:.3g}" if learned.interval is not None else ""
    return learned.name, f"{learned.number.p:.4g}", f"{learned.p:.4g}", ends + mark, worth


def _pool_row(one: Pooled) -> tuple[str, ...]:
    p = ", ".join(f"{state} {p:.4g}" for state, p in zip(one.pool.states, one.overall, strict=True))
    return one.name, p, f"{one.concentration:.3g}", f"{one.trials.min():.3g} – {one.trials.max():.3g}"


def _download(found: Fit) -> None:
    words, path = session.words(), model_path(model_name())
    try:
        text = edited(path.read_bytes().decode("utf-8"), str(path), found.model)
    except NotEditable as error:
        st.info(plain(words("tune_not_editable", reason=str(error))))
        return
    st.download_button(
        words("tune_download"),
        text.encode("utf-8"),
        f"{found.model.name}.yaml",
        help=words("tune_download_help"),
        icon=":material/download:",
        key="tune_download",
        on_click="ignore",
    )
