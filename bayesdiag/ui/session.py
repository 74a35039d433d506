"""One visitor's session: the case sheet, its past, the language, and the address that carries them.

The address is kept by hand and not with `bind="query-params"`: a bound widget writes the label it
shows, and a label is another one in each language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from bayesdiag.mask import mask_text
from bayesdiag.model import LANGUAGES, Model
from bayesdiag.store.event import Event, now
from bayesdiag.ui.dialogue import Step, joined, steps_between
from bayesdiag.ui.sheet import GUIDED, VIEW, Sheet, query_of, sheet_of
from bayesdiag.ui.texts import Words

LONGEST_PAST = 50
"""Steps that can be undone."""
VIEWERS = {"/cases": "cases", "/lead": "cases", "/model": "model"}
"""Ends of the paths of pages that carry what they show → what its parameters begin with."""


@dataclass(frozen=True)
class Binding:
    """The stored case that the sheet is a copy of.

    Attributes:
        case_id: Its id.
        seen: The version that was seen last.
        base: The sheet of that version; None until the store has been asked.
        history: The events of that version.
        status: "open" or "closed" then.
    """

    case_id: str
    seen: int
    base: Sheet | None = None
    history: tuple[Event, ...] = ()
    status: str = "open"


def begin(model: Model) -> None:
    """Bring sheet and address together; call it once at the start of every run.

    What a widget changed just now goes into the address. So does the case when the visitor turned
    to another page, for Streamlit empties the address then. Otherwise, where the address is not
    the one written last, somebody opened a link or went back: then the address is read.
    """
    state = st.session_state
    query = st.query_params.to_dict()
    found = urlsplit(st.context.url or "")
    path = found.path or ("/" if found.netloc else "")  # the first page has a bare address
    is_ours = state.pop("changed", False) or (path != state.get("path") and not query)
    state["path"] = path
    if "sheet" not in state or (query != state["address"] and not is_ours):
        _read(model, query)
        if _but_for_version(query) == _but_for_version(_address()):
            # Whoever goes back to before a case was saved is not to be sent forward again.
            state["address"] = query
            return
    state["address"] = _address()
    if query != state["address"]:
        st.query_params.from_dict(state["address"])


def _read(model: Model, query: Mapping[str, str]) -> None:
    """Take over what an address says."""
    state = st.session_state
    old: Sheet = state.get("sheet", Sheet())
    state["sheet"], dropped = sheet_of(model, query)
    for name, who in old.who.items():
        # An address carries no names; going back in it does not make them untrue.
        if state["sheet"].findings.get(name) == old.findings.get(name):
            state["sheet"] = state["sheet"].with_source(
                name, sure=state["sheet"].sure.get(name, 1.0), who=who
            )
    state["dropped"] = tuple(map(mask_text, dropped))
    state["language"] = language_of(query.get("lang", ""))
    state["view"] = {name: mask_text(query[name]) for name in VIEW if query.get(name)}
    state["guided"] = query.get(GUIDED) == "1"
    state.setdefault("past", [])
    state.pop("readings", None)
    _rebind(query.get("case.id", ""), query.get("case.seen", ""), old)


def _rebind(case_id: str, seen: str, old: Sheet) -> None:
    """Follow the address to the case it names, if it is another one than the sheet is a copy of."""
    state = st.session_state
    known: Binding | None = state.get("binding")
    is_same = bool(case_id) and case_id == _case_of(known)
    if case_id and not is_same and seen.isascii() and seen.isdigit():
        state["binding"], state["steps"] = Binding(mask_text(case_id), int(seen)), []
    elif is_same or (known is None and "steps" in state):
        state["steps"] = joined(state["steps"], steps_between(old, state["sheet"], now()))
    else:
        state["binding"], state["steps"] = None, steps_between(Sheet(), state["sheet"], now())


def sheet() -> Sheet:
    """Return the case as it stands."""
    found: Sheet = st.session_state["sheet"]
    return found


def change(new: Sheet, *, answered: str = "") -> None:
    """Make this the case; callbacks only.

    Args:
        new: The case.
        answered: The question that was answered just now.
    """
    state = st.session_state
    old: Sheet = state["sheet"]
    state["past"] = [*state["past"], (old, state["binding"], state["steps"])][-LONGEST_PAST:]
    state["steps"] = joined(state["steps"], steps_between(old, new, now(), answered=answered))
    _set(new)


def start_anew() -> None:
    """Begin another case; callbacks only."""
    change(Sheet())
    st.session_state["binding"], st.session_state["steps"] = None, []
    _forget_passing()


def undo() -> None:
    """Go back to the case before the last change; callbacks only."""
    state = st.session_state
    *earlier, (last, binding, steps) = state["past"]
    state["past"] = earlier
    if _case_of(binding) == _case_of(state["binding"]):
        # That it was taken back is a step too.
        state["steps"] = joined(state["steps"], steps_between(state["sheet"], last, now()))
    else:
        state["binding"], state["steps"] = binding, steps
    _set(last)
    state.pop("readings", None)


def can_undo() -> bool:
    """Whether there is a change to take back."""
    return bool(st.session_state["past"])


def binding() -> Binding | None:
    """Return the stored case that the sheet is a copy of."""
    found: Binding | None = st.session_state["binding"]
    return found


def steps() -> list[Step]:
    """Return what was done since the case was stored, or begun."""
    found: list[Step] = st.session_state["steps"]
    return found


def bind(binding: Binding | None, *, is_new: bool = True) -> None:
    """Make the sheet a copy of a stored case; what differs from it counts as done now.

    Args:
        binding: The case; None for a sheet of its own.
        is_new: False where the address said so already.
    """
    state = st.session_state
    base = binding.base if binding is not None else None
    state["binding"] = binding
    state["steps"] = steps_between(base or Sheet(), state["sheet"], now())
    state["changed"] = state.get("changed", False) or is_new


def take(new: Sheet, binding: Binding) -> None:
    """Open a stored case: its sheet, and nothing of what was before."""
    _forget_passing()
    st.session_state["past"] = []
    _set(new)
    bind(binding)


def view(name: str, pages: str = "cases") -> str:
    """Return what pages show: those of stored cases, or others by what their parameters begin with."""
    found: str = st.session_state["view"].get(f"{pages}.{name}", "")
    return found


def look(pages: str = "cases", /, **wanted: str) -> None:
    """Show something else on such pages, see `view`; an empty value means nothing special."""
    told = {
        **st.session_state["view"],
        **{f"{pages}.{name}": mask_text(value) for name, value in wanted.items()},
    }
    st.session_state["view"] = {name: value for name, value in told.items() if value}
    st.session_state["changed"] = True


def turn_to(page: str) -> None:
    """Go to another page; callbacks only."""
    st.session_state["turning"] = page


def turning() -> str:
    """Return the page to go to now; empty to stay. The address goes along."""
    return str(st.session_state.pop("turning", ""))


def address() -> dict[str, str]:
    """Return the parameters of the address."""
    found: dict[str, str] = st.session_state["address"]
    return found


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


def is_guided() -> bool:
    """Whether one question is asked at a time."""
    return bool(st.session_state["guided"])


def choose_way(*, guided: bool) -> None:
    """Go on with one question at a time, or with everything at hand; callbacks only."""
    st.session_state["guided"] = guided
    st.session_state["changed"] = True


def zone() -> tzinfo:
    """Return where the visitor's clock hangs, by what the browser says."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def link() -> str:
    """Return the address that opens this case."""
    return f"{here()}?{urlencode(st.session_state['address'])}"


def here() -> str:
    """Return the address of this page, without parameters; empty outside of a browser."""
    found = urlsplit(st.context.url or "")
    return f"{found.scheme}://{found.netloc}{found.path}" if found.netloc else ""


def _set(new: Sheet) -> None:
    state = st.session_state
    state["sheet"], state["dropped"], state["changed"] = new, (), True


def _case_of(binding: Binding | None) -> str:
    return binding.case_id if binding is not None else ""


def _forget_passing() -> None:
    for passing in ("readings", "scenarios_opened"):
        st.session_state.pop(passing, None)
    st.session_state["reading_text"] = ""


def _address() -> dict[str, str]:
    """Return the parameters that carry the session."""
    state = st.session_state
    address = query_of(state["sheet"])
    if state["binding"] is not None:
        address |= {"case.id": state["binding"].case_id, "case.seen": str(state["binding"].seen)}
    address |= {name: value for name, value in state["view"].items() if _is_seen(name)}
    way = {GUIDED: "1"} if state["guided"] else {}
    return address | way | {"lang": state["language"]}


def _is_seen(name: str) -> bool:
    """Whether the page that is open carries a parameter of what it shows."""
    path = st.session_state["path"]
    if not path:  # outside of a browser no path is known
        return True
    return any(path.endswith(end) and name.startswith(f"{pages}.") for end, pages in VIEWERS.items())


def _but_for_version(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name != "case.seen"}


def language_of(asked: str) -> str:
    """Return the language asked for, else the browser's where it is one of ours, else English."""
    if asked in LANGUAGES:
        return asked
    locale = (st.context.locale or "en").lower()
    return "zh" if locale.startswith("zh") else "en"
