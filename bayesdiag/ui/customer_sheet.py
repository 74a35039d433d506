"""What a customer's link carries: what was known, what the customer said, and in which order. No Streamlit.

The link reads as the address of Diagnose does, so that either can be opened there; beside it `asked`
lists what the customer answered or passed over, and `enough=1` says that no more shall be asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from bayesdiag.mask import mask_text
from bayesdiag.model import Model
from bayesdiag.ui.sheet import Sheet, listed, query_of, sheet_of

MOST_PARAMETERS = 500
"""A text with more than so many is no link of ours."""
CLOSING = ".,;:!?)]}>'\"…"
"""Signs at the end of an address that belong to the sentence around it."""
_ADDRESS = re.compile(
    r"[^\s。，；：！？、（）「」『』“”‘’《》【】]*\?[^\s。，；：！？、（）「」『』“”‘’《》【】]+"
)
"""An address with parameters; Chinese punctuation stands in none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a customer's link says.

    Attributes:
        sheet: What is known; no scenarios.
        asked: What the customer answered or passed over, in order.
        is_enough: Whether the customer wants to be asked no more.
    """

    sheet: Sheet = field(default_factory=Sheet)
    asked: tuple[str, ...] = ()
    is_enough: bool = False

    def answered(self, name: str, state: str) -> Reply:
        """Return it with one more answer."""
        return Reply(self.sheet.with_findings({name: state}), (*self.asked, name))

    def passed(self, name: str) -> Reply:
        """Return it with one more question passed over."""
        return Reply(self.sheet.with_dont_know(name), (*self.asked, name))

    def ended(self) -> Reply:
        """Return it with no more to be asked."""
        return replace(self, is_enough=True)

    def back(self) -> Reply:
        """Return it without the last that was said: that it is enough, else the last answer."""
        if self.is_enough:
            return replace(self, is_enough=False)
        if not self.asked:
            return self
        *before, last = self.asked
        return Reply(self.sheet.with_findings({last: ""}).asking_again(last), tuple(before))


def reply_of(model: Model, query: Mapping[str, str]) -> tuple[Reply, tuple[str, ...]]:
    """Return what a link says, and what was left out because the model lacks it, masked."""
    sheet, dropped = sheet_of(model, query)
    known = {*sheet.findings, *sheet.skipped, *sheet.dont_know}
    asked = listed(query.get("asked", ""))
    reply = Reply(
        replace(sheet, scenarios={}),
        tuple(name for name in asked if name in known),
        query.get("enough", "") == "1",
    )
    lost = (f"asked={name}" for name in asked if name not in known)
    return reply, tuple(map(mask_text, (*dropped, *lost)))


def query_of_reply(reply: Reply) -> dict[str, str]:
    """Return the parameters of the link."""
    query = query_of(reply.sheet)
    if reply.asked:
        query["asked"] = ",".join(reply.asked)
    return query | ({"enough": "1"} if reply.is_enough else {})


def query_in(text: str) -> dict[str, str]:
    """Return the parameters of the last address in a text; none where there is no address.

    What ends a sentence ends the address: people paste links into sentences.
    """
    found = [address.rstrip(CLOSING) for address in _ADDRESS.findall(text)]
    if not found:
        return {}
    try:
        return dict(parse_qsl(urlsplit(found[-1]).query, max_num_fields=MOST_PARAMETERS))
    except ValueError:
        return {}


def with_reply(sheet: Sheet, reply: Reply, who: str) -> Sheet:
    """Return a case with what a customer sent back.

    What the customer said counts instead of what stood there; what the link carried before is
    only added where nothing is known.

    Args:
        sheet: The case.
        reply: What came back.
        who: The name to note beside what the customer said.
    """
    theirs = reply.sheet
    for name, state in theirs.findings.items():
        is_own = name in reply.asked
        if name in sheet.findings and (not is_own or sheet.findings[name] == state):
            continue
        sheet = sheet.with_findings({name: state})
        sheet = sheet.with_source(name, sure=theirs.sure.get(name, 1.0), who=who if is_own else "")
    for name in theirs.dont_know:
        if name not in sheet.findings:
            sheet = sheet.with_dont_know(name)
    for name in theirs.tried:
        sheet = sheet if name in sheet.tried else sheet.with_tried(name, is_tried=True)
    return sheet.with_approved(theirs.approved)
