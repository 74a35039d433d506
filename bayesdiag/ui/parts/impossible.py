"""What to do about findings that cannot all be true: named, and one click from being dropped."""

from __future__ import annotations

import streamlit as st

from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import finding_label, plain
from bayesdiag.ui.parts.steps import tried
from bayesdiag.ui.sheet import softened
from bayesdiag.ui.source import source


def impossible() -> None:
    """Name the findings that contradict each other, and offer to drop any that would mend it."""
    words, sheet, model = session.words(), session.sheet(), source().model
    said = sheet.counted()
    labels = {name: finding_label(model, words, name, change.state) for name, change in said.items()}
    repairs = [words.of(model.repair_of[name].label, name) for name in sheet.tried]
    told = (
        words("impossible_tried", findings=words.join(list(labels.values())), repairs=words.join(repairs))
        if repairs
        else words("impossible", findings=words.join(list(labels.values())))
    )
    st.error(plain(told), title=words("impossible_title"), icon=":material/error:")
    tried(model)
    # Where it may be an attempt before that does not fit, it stands above, with a way to remove it.
    culprits = [] if sheet.before else source().culprits(softened(model, said))
    if not culprits:
        return
    st.caption(words("impossible_hint"))
    with st.container(horizontal=True, gap="xsmall"):
        for name in culprits:
            st.button(
                plain(labels[name]),
                key=f"mend_{name}",
                icon=":material/close:",
                wrap=True,
                on_click=_drop,
                args=(name,),
            )


def _drop(name: str) -> None:
    session.change(session.sheet().with_findings({name: ""}))
