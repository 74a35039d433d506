"""What a customer is told in the end: what to do in the words of the shop, and whom to call."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.diagnosis.customer import Counsel
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.texts import Words


def advice(diagnosis: Diagnosis, counsel: Counsel, words: Words) -> None:
    """Show what to do and whom to call; neither probabilities nor prices."""
    if diagnosis.is_impossible:
        st.warning(words("customer_impossible"), title=words("customer_impossible_title"))
        return
    if counsel.is_solved:
        st.success(words("customer_solved"), title=words("customer_solved_title"))
        return
    _steps(diagnosis, counsel, words)
    _calls(diagnosis, counsel, words)


def _steps(diagnosis: Diagnosis, counsel: Counsel, words: Words) -> None:
    model = diagnosis.model
    st.subheader(words("customer_do"), anchor=False)
    if not counsel.steps:
        st.markdown(words("customer_do_nothing"))
    elif len(counsel.steps) > 1:
        st.caption(words("customer_do_help"))
    lines = []
    for number, step in enumerate(counsel.steps, start=1):
        repair = model.repair_of[step.id]
        told = (f"**{plain(words.title(repair.label, step.id))}**", plain(words.of(repair.text)))
        lines.append(f"{number}. " + "  \n   ".join(line for line in told if line))
    with st.container(key="advice_steps"):
        st.markdown("\n".join(lines))
    for name in counsel.workarounds:
        repair = model.repair_of[name]
        title = f"{words('workaround')} — {words.title(repair.label, name)}"
        st.info(plain(words.of(repair.text)), title=plain(title), icon=":material/alt_route:")


def _calls(diagnosis: Diagnosis, counsel: Counsel, words: Words) -> None:
    model = diagnosis.model
    st.subheader(words("customer_call"), anchor=False)
    with st.container(key="advice_calls"):
        if not counsel.contacts:
            st.markdown(words("customer_call_none"))
        for place, call in enumerate(counsel.contacts):
            contact = model.contact_of[call.id]
            name = words.title(contact.label, call.id)
            told = words("customer_call_next", contact=name) if place else name
            lines = (f"**{plain(told)}**", plain(words.of(contact.help)))
            st.markdown("  \n".join(line for line in lines if line))
