"""One visitor's session: the case sheet, its past, the language, and the address that carries them.

The address is kept by hand and not with `bind="query-params"`: a bound widget writes the label it
shows, and a label is another one in each language.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import streamlit as st

from bayesdiag.mask import mask_text
from bayesdiag.model import LANGUAGES, Model
from bayesdiag.ui.sheet import Sheet, query_of, sheet_of
from bayesdiag.ui.texts import Words

LONGEST_PAST = 50
"""Steps that can be undone."""


def begin(model: Model) -> None:
    """Bring sheet and address together; call it once at the start of every run.

    What a widget changed just now goes into the address. So does the case when the visitor turned
    to another page, for Streamlit empties the address then. Otherwise, where the address is not
    the one written last, somebody opened a link or went back: then the address is read.
    """
    state = st.session_state
    query = st.query_params.to_dict()
    path = urlsplit(st.context.url or "").path
    is_ours = state.pop("changed", False) or (path != state.get("path") and not query)
    state["path"] = path
    if "sheet" not in state or (query != state["address"] and not is_ours):
        state["sheet"], dropped = sheet_of(model, query)
        state["dropped"] = tuple(map(mask_text, dropped))
        state["language"] = _language(query.get("lang", ""))
        state.setdefault("past", [])
        state.pop("readings", None)
    address = query_of(state["sheet"]) | {"lang": state["language"]}
    state["address"] = address
    if query != address:
        st.query_params.from_dict(address)


def sheet() -> Sheet:
    """Return the case as it stands."""
    found: Sheet = st.session_state["sheet"]
    return found


def change(new: Sheet) -> None:
    """Make this the case; callbacks only."""
    state = st.session_state
    state["past"] = [*state["past"], state["sheet"]][-LONGEST_PAST:]
    state["sheet"] = new
    state["dropped"] = ()
    state["changed"] = True


def start_anew() -> None:
    """Begin another case; callbacks only."""
    change(Sheet())
    for passing in ("readings", "b_opened"):
        st.session_state.pop(passing, None)
    st.session_state["reading_text"] = ""


def undo() -> None:
    """Go back to the case before the last change; callbacks only."""
    state = st.session_state
    *earlier, last = state["past"]
    state["past"], state["sheet"], state["changed"] = earlier, last, True
    state.pop("readings", None)


def can_undo() -> bool:
    """Whether there is a change to take back."""
    return bool(st.session_state["past"])


def dropped() -> tuple[str, ...]:
    """Return what the address named and the model does not have."""
    found: tuple[str, ...] = st.session_state["dropped"]
    return found


def words() -> Words:
    """Return the words of the language chosen."""
    return Words(st.session_state["language"])


def choose_language(language: str) -> None:
    """Go on in another language; callbacks only."""
    st.session_state["language"] = language
    st.session_state["changed"] = True


def link() -> str:
    """Return the address that opens this case."""
    here = urlsplit(st.context.url or "")
    base = f"{here.scheme}://{here.netloc}{here.path}" if here.netloc else ""
    return f"{base}?{urlencode(st.session_state['address'])}"


def _language(asked: str) -> str:
    """Return the language asked for, else the browser's where it is one of ours, else English."""
    if asked in LANGUAGES:
        return asked
    locale = (st.context.locale or "en").lower()
    return "zh" if locale.startswith("zh") else "en"
