"""Whether a text says that something was not seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bayesdiag.intake.reading import Sight

_REACH = 48
"""How many signs before and after a place are looked at."""

_BEFORE = re.compile(
    r"""(?:
        没有?|未|不是|并非|不|非|(?<![a-z])(?:not?|never|without|neither|nor|cannot)(?![a-z])|n't
    )(?:
        [\s:"'(\[「【《]
        |再|有|曾|是|能|会|显示|提示|出现|报|说|看到|看见|见到|返回|弹出|过|出|任何|因为|由于|应答|错误|代?码|了
        |(?:an?|the|any|be|been|is|was|it|to|of|because|due|(?:show|display|say|see|get|report|return)\w{0,3}
            |shown|said|saw|seen|got|response|error|codes?|message)(?![a-z])
    )*$""",
    re.VERBOSE,
)
_AFTER = re.compile(
    r"""["')\]」】》]*(?:的?提示)?[ ]?(?:
        并?(?:没有?|未|从未|不)(?:再|有)?(?:出现|显示|提示|看到)(?!别|其他|任何)
        |并?不是|并非
        |(?:did|does|was|is|has|have)(?:[ ]not|n't)[ ](?:been[ ])?
            (?:appear|show|displayed|shown|seen|the|it|there)
        |never[ ](?:appear|show|displayed|came)
    )""",
    re.VERBOSE,
)
_CLAUSE = re.compile(r"[。.!?！？;；,，、\n](?![0-9])")
_SUPPOSED = re.compile(
    r"如果|要是|假如|万一|若|是否|是不是|能不能|会不会|有没有|要不要|建议|应该|以为|怀疑|猜|试试|可能|也许|大概率|看看|看.{1,8}好没"
    r"|(?<![a-z])(?:if|whether|maybe|perhaps|might|suppose|should|must|thinks?|thought|guess(?:es)?|blames?|please|try)(?![a-z])"
)
_CHOICE = re.compile(r"([能会行有是])[不没]\1")
_ASKED = re.compile(r"[^。.!！;；,，\n]{0,12}(?:吗|么|[?？])")
_SIGNS = r"[\s\"'()\[\]「」【】《》]*"
_TOGETHER = re.compile(rf"{_SIGNS}(?:、|或者?|和|及|以及|也|还是|or|and|nor)?{_SIGNS}")


def seen(text: str, sights: Sequence[Sight]) -> Iterator[Sight]:
    """Yield the sights that the text does not deny, in order.

    A denial holds for what stands right behind it, and goes on over "or", "and" and brackets.
    """
    denied = False
    end = 0
    for sight in sorted(sights, key=lambda sight: sight.start):
        goes_on = denied and _TOGETHER.fullmatch(text, end, max(end, sight.start)) is not None
        denied = goes_on or is_denied(text, sight.start, sight.end)
        end = sight.end
        if not denied:
            yield sight


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether a folded text denies what stands between two places of it."""
    if _BEFORE.search(text, max(0, start - _REACH), start):
        return True
    return _AFTER.match(text, end, end + _REACH) is not None


def is_supposed(text: str, start: int, end: int) -> bool:
    """Whether a folded text only asks, supposes or advises what stands between two places of it."""
    if _CHOICE.search(text, max(0, start - 2), end):
        return True
    before = _CLAUSE.split(text[max(0, start - _REACH) : start])[-1]
    if _SUPPOSED.search(before):
        return True
    return _ASKED.match(text, end, end + _REACH) is not None
