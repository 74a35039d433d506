"""Codes and messages in whatever a person types or pastes → suggested findings.

Full and half width, either case, spaces inside Chinese words, and whole sentences are read. A
number is a code only where something says so: it stands alone, behind a word such as 应答码 or
"code", in brackets, or beside its own wording. What is no known code is reported, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bayesdiag.model import Code, Model, Text

MAX_CHARACTERS = 20_000
"""More than this is no message on a terminal; the rest is not read, and `is_cut` says so."""

_PIECES = re.compile(r"\s*[/／]\s*")
_ASIDE = re.compile(r"[（(][^（()）]*[）)]")
_WIDE = r"\u3400-\u9fff"
_CODE_WORD = (
    r"(?:应答码|返回码|响应码|错误码|错误代码|代码|返回|应答|码|"
    r"\b(?:response|error|return|decline|reason|result)\s+code|\bcode|\berror|\berr|\bresponse|\bresp|\brc)"
)
_SHOW_WORD = r"(?:显示|提示|报错|报|出现|\bshow(?:s|ed|ing)?|\bsays?|\bsaid|\bdisplay(?:s|ed|ing)?)"
_LINK = r"(?:\s*(?:是|为|了|number|no\.?|is|was))?\s*[:：=#\"“”'‘’「\[(]*\s*"
_NO_UNIT = (
    r"(?![\w.%]*[\d%])(?!\w)(?!\s*(?:元|块|角|分|秒|小时|次|张|个|笔|位|台|号|年|月|日|点|度|"
    r"yuan|rmb|cny|usd|times?|minutes?|mins?|seconds?|hours?|cards?|attempts?|days?|am|pm|percent)(?![a-z]))"
    r"(?!\s*[:/-]\s*\d)"
)
_TOKEN = r"([a-z]{1,2}\d{1,2}|\d{1,2}[a-z]?|[a-z]{2})"
_BEHIND_CODE_WORD = re.compile(_CODE_WORD + _LINK + _TOKEN + _NO_UNIT)
_BEHIND_SHOW_WORD = re.compile(_SHOW_WORD + _LINK + r"([a-z]\d|\d\d|[a-z]{2})" + _NO_UNIT)
_IN_BRACKETS = re.compile(r"[\[(【「“\"]\s*([a-z0-9]{2})\s*[\])】」”\"]")
_LOOSE = re.compile(r"(?<![\w.:/%¥$€-])([a-z]\d|\d\d|[a-z]{2})(?![a-z0-9%])")
_ALONE = re.compile(r"[\s\"'“”‘’「」【】\[\]()#:.!]*([a-z0-9]{1,3})[\s\"'“”‘’「」【】\[\]().!]*\Z")
_DENIED = re.compile(
    r"(?:没有?|不是|并非|未|不|\bno|\bnot|\bisn't|\bwasn't|\bnever|\bwithout|\bdoesn't|\bdidn't)\s*"
    r"(?:再|有|显示|提示|出现|说|报错|报|写|看到|是|show\w*|say|display\w*|see\w*|get\w*|an?|the|any|error|code)*"
    r"[\s\"“'‘「]*\Z"
)
_BEFORE = 40
"""Characters before a message in which a denial is looked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One code or message recognised in a text.

    Attributes:
        phrase: The words of the text it was read from.
        variable: What it is evidence about; empty when it is none.
        state: The state it reports; empty when it is no evidence.
        meaning: What it means.
        note: What a person must know before doing anything.
        approved: It says that the payment went through: warn against charging again.
        code: The code; empty for a message.
        dialect: Whose code it is.
        contacts: Whom to call about it, in order.
        repairs: What to do first.
    """

    phrase: str
    variable: str
    state: str
    meaning: Text
    note: Text = field(default_factory=Text)
    approved: bool = False
    code: str = ""
    dialect: str = ""
    contacts: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything recognised in a text.

    Attributes:
        readings: In the order they stand there; the same one once.
        unknown_codes: What was called a code and is none we know: not observed.
        is_cut: True when the text was longer than `MAX_CHARACTERS`.
    """

    readings: tuple[Reading, ...] = ()
    unknown_codes: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def findings(self) -> dict[str, str]:
        """Variable → state, of what is evidence; where readings disagree, none of them."""
        return {name: states[0] for name, states in self._states().items() if len(states) == 1}

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Variables about which the readings disagree."""
        return tuple(name for name, states in self._states().items() if len(states) > 1)

    def _states(self) -> dict[str, list[str]]:
        states: dict[str, list[str]] = {}
        for reading in self.readings:
            if reading.state and reading.state not in states.setdefault(reading.variable, []):
                states[reading.variable].append(reading.state)
        return states


def read_text(model: Model, text: str, *, dialect: str | None = None) -> Readings:
    """Return the codes and messages of a text.

    Args:
        model: The model whose codes and messages are known.
        text: What was typed or pasted.
        dialect: Whose codes they are; by default the model's default dialect, then the others.
    """
    return Intake(model, dialect=dialect).read(text)


class Intake:
    """The codes and messages of a model, ready to be looked for."""

    def __init__(self, model: Model, *, dialect: str | None = None) -> None:
        """Prepare a model; see `read_text`."""
        self.codes = _codes(model, dialect)
        self.messages = _messages(model)
        longest_first = sorted(self.messages, key=len, reverse=True)
        self.pattern = re.compile("|".join(_spaced(words) for words in longest_first) or r"(?!)")

    def read(self, text: str) -> Readings:
        """Return the codes and messages of a text."""
        flat = _Flat(text[:MAX_CHARACTERS])
        found = [*self._messages_in(flat), *self._codes_in(flat)]
        readings: dict[tuple[str, str, str], Reading] = {}
        for _, reading in sorted(found, key=lambda placed: placed[0]):
            readings.setdefault(
                (reading.variable, reading.state, reading.code or reading.meaning.zh), reading
            )
        unknown = dict.fromkeys(self._unknown_in(flat))
        return Readings(tuple(readings.values()), tuple(unknown), len(text) > MAX_CHARACTERS)

    def _messages_in(self, flat: _Flat) -> Iterator[tuple[int, Reading]]:
        for match in self.pattern.finditer(flat.text):
            if not _DENIED.search(flat.text[max(0, match.start() - _BEFORE) : match.start()]):
                reading = self.messages[_tight(match.group())]
                phrase = flat.original(match.start(), match.end())
                yield match.start(), replace(reading, phrase=phrase)

    def _codes_in(self, flat: _Flat) -> Iterator[tuple[int, Reading]]:
        for start, told, is_sure in _candidates(flat.text):
            code = self._code(told)
            if code is None or _DENIED.search(flat.text[max(0, start - _BEFORE) : start]):
                continue
            if is_sure or self._is_beside_its_words(code, flat.text[start + len(told) :]):
                yield start, _reading(code, flat.original(start, start + len(told)))

    def _unknown_in(self, flat: _Flat) -> Iterator[str]:
        for match in _BEHIND_CODE_WORD.finditer(flat.text):
            told = match.group(1)
            if self._code(told) is None and any(sign.isdigit() for sign in told):
                yield flat.original(match.start(1), match.end(1)).upper()

    def _code(self, told: str) -> Code | None:
        return self.codes.get(told) or (self.codes.get(f"0{told}") if told.isdigit() else None)

    def _is_beside_its_words(self, code: Code, behind: str) -> bool:
        """Whether the code's own wording, or any message, follows it."""
        rest = behind.lstrip(" ,.:;-、，。：；)]】")
        own = [*_PIECES.split(code.text), code.meaning.zh, code.meaning.en]
        starts = [_tight(_normal(words))[:4] for piece in own for words in re.split(r"[,，（(]", piece)]
        tight = _tight(rest[:60])
        return any(len(words) >= 2 and tight.startswith(words) for words in starts) or bool(
            self.pattern.match(rest)
        )


@dataclass(slots=True)
class _Flat:
    """A text in half width and lower case, and where each of its characters came from."""

    source: str
    text: str = ""
    origins: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        pieces = []
        for place, sign in enumerate(self.source):
            for flat in _normal(sign):
                pieces.append(flat)
                self.origins.append(place)
        self.text = "".join(pieces)

    def original(self, start: int, end: int) -> str:
        """Return what stood in the source."""
        return self.source[self.origins[start] : self.origins[end - 1] + 1]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _tight(text: str) -> str:
    """Return a message's letters and digits alone, one blank between words that are not Chinese."""
    spaced = re.sub(r"[^\w]+", " ", text).strip()
    return re.sub(rf"(?<=[{_WIDE}]) | (?=[{_WIDE}])", "", spaced)


def _spaced(words: str) -> str:
    """Return a pattern for a message that allows blanks and signs between its words."""
    parts = re.findall(rf"[{_WIDE}]|[^{_WIDE}\s]+", words)
    body = r"[\s,，、:：/-]*".join(re.escape(part) for part in parts)
    front = "" if re.match(rf"[{_WIDE}]", words) else r"(?<![a-z0-9])"
    back = "" if re.search(rf"[{_WIDE}]\Z", words) else r"(?![a-z0-9])"
    return front + body + back


def _codes(model: Model, dialect: str | None) -> dict[str, Code]:
    """Return what each code means: in the chosen dialect alone, or the default one before the others."""
    default = [one.id for one in model.dialects if one.default]
    ranked = sorted(model.codes, key=lambda code: code.dialect not in default)
    codes: dict[str, Code] = {}
    for code in ranked:
        if dialect in (None, code.dialect):
            codes.setdefault(_normal(code.code), code)
    return codes


def _messages(model: Model) -> dict[str, Reading]:
    """Return the wordings of the model's messages, and the labels of the states they report."""
    readings: dict[str, Reading] = {}
    for message in model.messages:
        for words in message.texts:
            reading = Reading(words, message.variable, message.state, message.meaning)
            readings.setdefault(_tight(_normal(_ASIDE.sub("", words))), reading)
    for name in dict.fromkeys(message.variable for message in model.messages):
        for state in model.variable_of[name].states:
            for words in _wordings(state.label, state.synonyms):
                readings.setdefault(words, Reading(words, name, state.id, state.label))
    for words, reading in _code_texts(model):
        readings.setdefault(words, reading)
    return {words: reading for words, reading in readings.items() if words}


def _code_texts(model: Model) -> Iterator[tuple[str, Reading]]:
    """Yield what machines show beside codes, where all codes with that text mean the same."""
    codes_of: dict[str, list[Code]] = {}
    for code in model.codes:
        for piece in _PIECES.split(code.text):
            codes_of.setdefault(_tight(_normal(piece)), []).append(code)
    for words, codes in codes_of.items():
        first = codes[0]
        if all((code.state, code.approved) == (first.state, first.approved) for code in codes):
            reading = _reading(first, words)
            yield words, reading if len(codes) == 1 else replace(reading, code="", meaning=Text(words, words))


def _wordings(label: Text, synonyms: Iterable[str]) -> Iterator[str]:
    """Yield a state's synonyms, and the pieces of its label that are long enough to mean nothing else."""
    yield from (_tight(_normal(text)) for text in synonyms)
    for text in (label.zh, label.en):
        for piece in _PIECES.split(_ASIDE.sub("", text)):
            words = _tight(_normal(piece))
            wide = len(re.findall(rf"[{_WIDE}]", words))
            if wide >= 3 or (wide == 0 and len(words) >= 8 and " " in words):
                yield words


def _candidates(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (place, code, whether the surroundings already say that it is one)."""
    alone = _ALONE.match(text)
    if alone:
        yield alone.start(1), alone.group(1), True
        return
    for pattern in (_BEHIND_CODE_WORD, _BEHIND_SHOW_WORD, _IN_BRACKETS):
        for match in pattern.finditer(text):
            yield match.start(1), match.group(1), True
    for match in _LOOSE.finditer(text):
        yield match.start(1), match.group(1), False


def _reading(code: Code, phrase: str) -> Reading:
    return Reading(
        phrase=phrase,
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
