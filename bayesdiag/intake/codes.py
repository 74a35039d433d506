"""The codes of machines, and where they stand in a text; numbers that are no codes are left alone.

A code counts when the text is nothing else, behind a word for codes, in brackets, or beside its own
meaning. Amounts, times, dates, counts and long numbers never count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bayesdiag.intake.fold import fold, pattern
from bayesdiag.intake.phrases import Phrases
from bayesdiag.intake.reading import Reading, Sight
from bayesdiag.model import Code, Model, Text

_STRONG_WORD = (
    r"(?:返回|应答|响应|错误|故障|提示|报错|失败|异常|状态|结果|原因|拒绝)(?:代?码|代号|值)"
    r"|返回|应答|响应|错误|报错|(?<![户行构家政端证区])代码|(?<!\w)码|39域"
    r"|(?<![a-z])(?:(?:err|error|resp|rsp|response|ret|return|result|decline|reason|status)[\s_\-]?codes?"
    r"|codes?|errors?|err|responses?|resp|rc|field[\s_]39|de[\s_]?39|f39)"
)
"""Behind these stands a code, known or not."""

_WEAK_WORD = (
    r"显示|提示|失败|报(?=[\s:]*\w)|(?<![a-z])(?:shows?|showing|showed|displays?|displayed|says|gives"
    r"|declined|failed)(?![a-z])"
)
"""Behind these may stand a code."""

_LINK = (
    r"(?:[\s:=#\"'\-\[\](){}<>「」『』【】《》]|[是为了的出]"
    r"|(?:is|was|reads|no\.?|number)(?![a-z])|\(?39域\)?){0,8}?"
)
"""What may stand between the word and the code."""

_UNITS = (
    r"(?!\s?(?:[元块角分秒天号月年周次笔张台个位家条遍岁度点万千百倍件名期楼域多毛%‰°¥$€£]|日(?!期|切)|人(?!民)"
    r"|小时|毫秒|(?:yuan|rmb|cny|usd|hkd|eur|euros?|dollars?|pounds?|gbp|times|x|min(?:ute)?s?|hours?|hrs?"
    r"|sec(?:ond)?s?|s|h|k|days?|weeks?|months?|years?|am|pm|percent|cards|customers|people|persons"
    r"|transactions?|payments?|attempts?|tries|sales|receipts|items|st|nd|rd|th|kg|km)(?![a-z])))"
)
"""Ahead is nothing that is counted or measured."""

_WHOLE = r"(?![a-z0-9])(?!\s?[.:/\-][0-9])(?!,[0-9]{3})"
"""The number ends here: no decimals, clock, date or thousands follow."""

_ALONE_HERE = r"(?<![a-z0-9¥$€£+*第_])(?<![0-9][.,:/\-])(?<![¥$€£]\s)(?<!\w-)"
"""The number begins here."""

_OTHER_CODE = re.compile(
    r"(?:zip|qr|pin|post|postal|area|country|security|verification|merchant|bar|pass|access|dial|cvv|cvc|sms"
    r"|mcc|currency|terminal|store|promo|discount|source|dress)[\s\-]?$"
)
"""In front of "code": it is no code of a machine's answer."""

_COUNTED = re.compile(
    r"(?:金额|数量|总[数计价]|单价|次数|台数|年龄|[:=第页]|(?<![a-z])(?:amounts?|qty|quantity|total|price|sum|age|page))\s?$"
)
"""In front of a bracket: a number is in it."""

_AND = r"\s?(?:、|和|或者?|及|and|or|&)\s?"
_PLAIN = r"[\s.,;:!?'\"#()\[\]。、【】「」《》]*"
_NEAR = r"[\s,:;\-'\"()\[\]{}|。【】「」《》_]{0,3}"
_GAP = re.compile(_NEAR)
_MEANING_STOPS = re.compile(r"[/;；:：()（）,，、]")
_CODES_OF_STATE = re.compile(r"^[0-9A-Z/]+\s+")
_REACH = 48


class Codes:
    """Finds codes in a folded text and says what they mean in a dialect."""

    def __init__(self, model: Model, phrases: Phrases, dialect: str | None) -> None:
        self._model = model
        self._phrases = phrases
        self._known = _spoken(model, dialect)
        known = "|".join(sorted(map(re.escape, self._known), key=len, reverse=True)) or "(?!)"
        self._own: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {}
        unknown = r"(?=[a-z0-9]{1,3}(?![a-z0-9]))[a-z]{0,2}[0-9][a-z0-9]{0,2}"
        code = rf"({known}|{unknown}){_WHOLE}{_UNITS}"
        self._strong = re.compile(rf"(?:{_STRONG_WORD}){_LINK}{code}")
        self._weak = re.compile(rf"(?:{_WEAK_WORD}){_LINK}{code}{_weak_end()}")
        self._more = re.compile(_AND + code)
        self._bracketed = re.compile(rf"[\[\"(<【「『《]\s?({known})\s?[\])\">】」』》](?!\s?[0-9])")
        self._bare = re.compile(rf"{_ALONE_HERE}({known}){_WHOLE}")
        self._followed = re.compile(_UNITS)
        lone = rf"(?!rc[0-9])(?:{known}|[a-z]{{1,2}}[0-9]{{1,2}}|[0-9][0-9a-z])"
        self._lone = re.compile(rf"(?<![a-z0-9])({lone})(?![a-z0-9])")
        # Atomic: each code is read one way only, else a long list that ends oddly takes for ever.
        one, split = rf"(?>{lone})(?![a-z0-9])", rf"(?:{_AND}|\s?[,;\n]\s?)"
        self._only = re.compile(rf"{_PLAIN}{one}(?>{split}{one})*{_PLAIN}")

    def find(self, text: str) -> list[Sight]:
        """Return the codes in a folded text, in order; unknown ones too where a code must stand."""
        if self._only.fullmatch(text):
            places = [match.span(1) for match in self._lone.finditer(text)]
        else:
            places = [*self._behind_words(text), *self._in_brackets(text), *self._beside_meaning(text)]
        return [Sight(start, end, self._reading(text[start:end])) for start, end in sorted(set(places))]

    def _behind_words(self, text: str) -> Iterator[tuple[int, int]]:
        for match in self._strong.finditer(text):
            if not _OTHER_CODE.search(text, max(0, match.start() - _REACH), match.start()):
                yield from self._with_more(text, match)
        for match in self._weak.finditer(text):
            if self._entry(match[1]) or len(match[1]) == 2:
                yield from self._with_more(text, match)

    def _with_more(self, text: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
        """Yield the code behind a word and those joined to it, as in "codes 51 and 54"."""
        spaced_out = len(match[1]) == 1 and re.match(r"\s?[0-9]", text[match.end(1) : match.end(1) + 2])
        if not spaced_out:
            yield match.span(1)
        more = self._more.match(text, match.end(1))
        while more:
            yield more.span(1)
            more = self._more.match(text, more.end())

    def _in_brackets(self, text: str) -> Iterator[tuple[int, int]]:
        for match in self._bracketed.finditer(text):
            before = text[max(0, match.start() - _REACH) : match.start()]
            is_list_mark = match[0][0] == "(" and (not before or before[-1] == "\n")
            if not is_list_mark and not _COUNTED.search(before):
                yield match.span(1)

    def _beside_meaning(self, text: str) -> Iterator[tuple[int, int]]:
        for match in self._bare.finditer(text):
            before, behind = self._own_words(match[1])
            if (
                behind.match(text, match.end())
                or self._is_before_message(text, match.end())
                or self._is_behind(before, text, match)
            ):
                yield match.span(1)

    def _is_before_message(self, text: str, end: int) -> bool:
        """Whether a message follows, as a screen shows it: 97 terminal not registered."""
        near = _GAP.match(text, end)
        return near is not None and self._phrases.is_specific_at(text, near.end())

    def _is_behind(self, before: re.Pattern[str], text: str, match: re.Match[str]) -> bool:
        reach = max(0, match.start() - _REACH)
        return bool(self._followed.match(text, match.end()) and before.search(text, reach, match.start()))

    def _own_words(self, key: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """Return the patterns of a code's meaning in front of it and behind it."""
        if key not in self._own:
            words = _meanings(self._known[key], self._model, self._phrases)
            any_of = "|".join(sorted(filter(None, map(pattern, words)), key=len, reverse=True)) or "(?!)"
            self._own[key] = (re.compile(rf"(?:{any_of}){_NEAR}$"), re.compile(rf"{_NEAR}(?:{any_of})"))
        return self._own[key]

    def _entry(self, written: str) -> Code | None:
        """Return the code that was written, a leading zero supplied."""
        return self._known.get(written) or self._known.get(written.zfill(2))

    def _reading(self, written: str) -> Reading | None:
        code = self._entry(written)
        if code is None:
            return None
        return Reading(
            phrase="",
            variable=code.variable if code.state else "",
            state=code.state,
            meaning=code.meaning,
            note=code.note,
            approved=code.approved,
            code=code.code,
            dialect=code.dialect,
            contacts=code.contacts,
            repairs=code.repairs,
        )


def _spoken(model: Model, dialect: str | None) -> dict[str, Code]:
    """Return what each code means to a machine of this dialect."""
    chosen = dialect or next((known.id for known in model.dialects if known.default), "")
    known = {_key(code): code for code in model.codes if code.dialect == chosen}
    others: dict[str, list[Code]] = {}
    for code in model.codes if dialect is None else ():
        others.setdefault(_key(code), []).append(code)
    return {key: codes[0] for key, codes in others.items() if len(codes) == 1} | known


def _key(code: Code) -> str:
    return fold(code.code).text


def _weak_end() -> str:
    """Behind a code that only a weak word announces: an end, Chinese, or a word that goes on."""
    goes_on = "and|or|when|but|on|for|after|if|with|then|while|again|every|what|is|means|to|at|in|as"
    return rf"(?=\s*(?:$|[^\w\s]|\n|[\u2e80-\u9fff]|(?:{goes_on})(?![a-z])))"


def _meanings(code: Code, model: Model, phrases: Phrases) -> Iterator[str]:
    """Yield the words that may stand beside a code: its text, its meaning, and its state's."""
    labels = []
    if code.state:
        state: Text = model.variable_of[code.variable].state(code.state).label
        labels = [_CODES_OF_STATE.sub("", label) for label in (state.zh, state.en)]
    for shown in code.text.split(" / "):
        yield from (shown, *_MEANING_STOPS.split(shown)[:1], *phrases.wordings(shown))
    for words in (code.meaning.zh, code.meaning.en, *labels):
        yield words
        yield from (part for part in _MEANING_STOPS.split(words) if len(part.strip()) > 1)
