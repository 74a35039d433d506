"""What to do: repairs in the order of the plan, the way around, and whom to call."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, PlanStep
from bayesdiag.model import Model, Repair
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import names_of_people, plain
from bayesdiag.ui.texts import Words

SHOWN = 4
"""Steps shown at once; the rest wait behind a click."""
LEAST = 0.01
"""Whoever is less likely to be concerned need not be called."""


def steps(diagnosis: Diagnosis) -> None:
    """Show the plan."""
    words, model, plan = session.words(), diagnosis.model, diagnosis.plan
    st.subheader(words("plan"), anchor=False)
    told = words(
        "plan_help",
        minutes=words.duration(plan.expected_minutes),
        money=words.money(plan.expected_money, model.currency),
        percent=words.percent(plan.p_solved),
    )
    st.caption(words("no_step_left") if session.sheet().tried and not plan.steps else plain(told))
    numbered = list(enumerate(plan.steps, start=1))
    with st.container(key="plan", gap="small"):
        for number, step in numbered[:SHOWN]:
            _shown(model, number, step)
    if numbered[SHOWN:]:
        with st.expander(words("more_steps", count=len(numbered) - SHOWN), key="more_steps"):
            for number, step in numbered[SHOWN:]:
                _shown(model, number, step)
    tried(model)
    for name in plan.workarounds:
        repair = model.repair_of[name]
        title = f"{words('workaround')} — {words.title(repair.label, name)}"
        st.info(plain(words.of(repair.text)), title=plain(title), icon=":material/alt_route:")


def tried(model: Model) -> None:
    """Show what was done and did not help, each with the way to take that back."""
    words, sheet = session.words(), session.sheet()
    if not sheet.tried:
        return
    st.caption(plain(words("tried_help")))
    with st.container(horizontal=True, gap="xsmall", key="tried"):
        for name in sheet.tried:
            st.button(
                plain(words("take_back_tried", repair=words.of(model.repair_of[name].label, name))),
                key=f"not_tried_{name}",
                icon=":material/close:",
                type="tertiary",
                wrap=True,
                on_click=_tell,
                args=(name,),
                kwargs={"is_tried": False},
            )


def contacts(diagnosis: Diagnosis) -> None:
    """Show whom to call, the likeliest side first."""
    words, model = session.words(), diagnosis.model
    likely = [call for call in diagnosis.contact if call.p >= LEAST]
    if not likely:
        return
    st.subheader(words("contacts"), anchor=False)
    lines = []
    for call in likely:
        contact = model.contact_of[call.id]
        share = words("contact_share", percent=words.percent(call.p))
        head = f"- **{plain(words.of(contact.label, call.id))}** — {plain(share)}"
        lines.append(f"{head}  \n  {plain(words.of(contact.help))}")
    with st.container(key="contacts"):
        st.markdown("\n".join(lines))


def _shown(model: Model, number: int, step: PlanStep) -> None:
    """Show a step, and the way to say that it did not help."""
    words = session.words()
    with st.container(gap=None):
        st.markdown(f"{number}. {_step(model, words, step)}")
        if step.kind == "repair":
            st.button(
                words("did_not_help"),
                key=f"did_not_help_{step.id}",
                icon=":material/close:",
                help=words("did_not_help_help"),
                type="tertiary",
                on_click=_tell,
                args=(step.id,),
                kwargs={"is_tried": True},
            )


def _tell(name: str, *, is_tried: bool) -> None:
    session.change(session.sheet().with_tried(name, is_tried=is_tried))


def _step(model: Model, words: Words, step: PlanStep) -> str:
    repair = model.repair_of[step.id]
    price = words.price(step.minutes, step.money, model.currency)
    who = names_of_people(words, step.who)
    told = (
        words("step", percent=words.percent(step.p_solves), price=price, who=who)
        if repair.fixes
        else f"{price} · {who}"
    )
    head = f"**{plain(words.title(repair.label, step.id))}**"
    return "  \n   ".join(
        (head, plain(words.of(repair.text)), f":gray[{plain(told + _waiting(words, repair))}]")
    )


def _waiting(words: Words, repair: Repair) -> str:
    return f" · {words('wait', time=words.duration(repair.wait_minutes))}" if repair.wait_minutes else ""
