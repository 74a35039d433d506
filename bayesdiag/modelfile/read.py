"""A whole model out of a document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bayesdiag.errors import Fault, InvalidModel, ModelFileError
from bayesdiag.model import (
    Code,
    Contact,
    Coverage,
    Dialect,
    FaqStep,
    Finding,
    Message,
    Model,
    Premise,
    Repair,
    Source,
    Text,
    Variable,
)
from bayesdiag.modelfile.document import Document, Path
from bayesdiag.modelfile.fields import Fields
from bayesdiag.modelfile.variables import SECTIONS, read_variable, read_weight

FORMAT = 1
"""Version of the format that this code reads and writes."""

_CPT_HOME = {
    "p": ("prior",),
    "rows": ("map", "rows"),
    "order": ("first_active", "order"),
}


def read_model(document: Document) -> Model:
    """Return the model a document holds.

    Raises:
        ModelFileError: With every fault of syntax, fields and meaning, in the file's order.
    """
    if document.value is None and document.faults:
        raise ModelFileError(document.faults)
    fields = Fields(document, (), document.value)
    parts = _parts(fields)
    sections = {name: section for section, kind in SECTIONS.items() for name in _names(fields, section)}
    meant: list[Fault] = []
    model = None
    try:
        model = Model(**parts)
    except InvalidModel as error:
        meant = [replace(fault, path=_file_path(fault.path, sections, document)) for fault in error.faults]
    # A place with a wrong field was filled with a stand-in: what that means is not the user's fault.
    broken = {fault.path[:2] for fault in document.faults}
    faults = document.faults + [document.placed(f) for f in meant if f.path[:2] not in broken]
    if faults or model is None:
        raise ModelFileError(sorted(faults or [document.placed(f) for f in meant], key=lambda f: f.line))
    return model


def _names(fields: Fields, section: str) -> list[str]:
    values = fields.values.get(section)
    return list(values) if isinstance(values, dict) else []


def _file_path(path: Path, sections: dict[str, str], document: Document) -> Path:
    """Return where in the file a place of the model stands."""
    if path[:1] == ("codes",):
        return ("dialects", *path[1:2], "codes", *path[2:])
    if path[:1] != ("variables",) or len(path) < 2 or str(path[1]) not in sections:
        return path
    home = (sections[str(path[1])], path[1])
    rest = path[2:]
    for form in ("noisy_or", "noisy_max", "first_active"):
        if (*home, form) in document.line_of and rest[:1] in {("links",), ("leak",), ("order",)}:
            return (*home, form, *rest)
    if rest and rest[0] in _CPT_HOME and (*home, *_CPT_HOME[str(rest[0])]) in document.line_of:
        return (*home, *_CPT_HOME[str(rest[0])], *rest[1:])
    return (*home, *rest)


def _parts(fields: Fields) -> dict[str, Any]:
    """Return the arguments of `Model`."""
    version = fields.number("format", None)
    if fields.has("format") and version != FORMAT:
        fields.wrong(("format",), f"format {version:g} is unknown", f"This program reads format {FORMAT}.")
    codes, dialects = _codes(fields)
    parts: dict[str, Any] = {
        "name": fields.word("name"),
        "version": fields.word("version", "0"),
        "label": fields.text("label", optional=True),
        "note": fields.word("note", ""),
        "currency": fields.word("currency", ""),
        "money_per_minute": fields.number("money_per_minute", 1.0),
        "wait_weight": fields.number("wait_weight", 0.0),
        "unlisted_fix": fields.number("unlisted_fix", 0.0),
        "premise": _premise(fields),
        "sources": tuple(_source(name, part) for name, part in fields.sections("sources")),
        "contacts": tuple(_contact(name, part) for name, part in fields.sections("contacts")),
        "variables": _variables(fields),
        "repairs": tuple(_repair(name, part) for name, part in fields.sections("repairs")),
        "dialects": dialects,
        "codes": codes,
        "messages": tuple(_message(part) for part in fields.items("messages")),
        "coverage": tuple(_coverage(part) for part in fields.items("coverage")),
        "faq_order": tuple(_step(part) for part in fields.items("faq_order")),
    }
    fields.done()
    return parts


def _variables(fields: Fields) -> tuple[Variable, ...]:
    return tuple(
        read_variable(name, kind, part)
        for section, kind in SECTIONS.items()
        for name, part in fields.sections(section)
    )


def _premise(fields: Fields) -> Premise | None:
    if not fields.has("premise"):
        return None
    part = Fields(fields.document, ("premise",), fields.values["premise"])
    premise = Premise(
        part.word("variable"),
        part.words("exclude"),
        part.number("p"),
        part.number("ess", 0.0),
        part.word("source"),
    )
    part.done()
    return premise


def _source(name: str, part: Fields) -> Source:
    source = Source(name, part.word("what"), part.word("address", ""), part.word("trust"))
    part.done()
    return source


def _contact(name: str, part: Fields) -> Contact:
    contact = Contact(name, part.text("label"), part.text("help", optional=True))
    part.done()
    return contact


def _repair(name: str, part: Fields) -> Repair:
    repair = Repair(
        id=name,
        label=part.text("label"),
        text=part.text("text"),
        minutes=part.number("minutes"),
        money=part.number("money", 0.0),
        wait_minutes=part.number("wait_minutes", 0.0),
        who=part.words("who"),
        fixes={_finding(part, "fixes", told): p for told, p in part.amounts("fixes").items()},
        repeatable=part.flag("repeatable"),
        never_when=_findings(part, "never_when"),
        show_first_when=_findings(part, "show_first_when"),
        prevention=part.flag("prevention"),
        workaround=part.flag("workaround"),
        last_resort=part.flag("last_resort"),
        requires=part.condition("requires"),
        weight=read_weight(part),
    )
    part.done()
    return repair


def _findings(part: Fields, name: str) -> tuple[Finding, ...]:
    return tuple(_finding(part, name, told) for told in part.words(name))


def _finding(part: Fields, name: str, told: str) -> Finding:
    variable, equals, state = told.partition("=")
    if not equals or not variable or not state:
        part.wrong((name,), f'"{told}" is no finding', "Write variable=state.")
    return variable, state


def _codes(fields: Fields) -> tuple[tuple[Code, ...], tuple[Dialect, ...]]:
    codes: list[Code] = []
    dialects: list[Dialect] = []
    for name, part in fields.sections("dialects"):
        variable = part.word("variable")
        dialects.append(Dialect(name, part.word("standard"), part.flag("default")))
        codes += [_code(name, code, variable, line) for code, line in part.sections("codes")]
        part.done()
    return tuple(codes), tuple(dialects)


def _code(dialect: str, code: str, variable: str, part: Fields) -> Code:
    read = Code(
        dialect=dialect,
        code=code,
        meaning=part.text("meaning"),
        text=part.word("text", ""),
        variable=variable,
        state=part.word("state", ""),
        approved=part.flag("approved"),
        note=part.text("note", optional=True),
        contacts=part.words("contacts"),
        repairs=part.words("repairs"),
        linked_transaction=part.flag("linked_transaction"),
        legacy=part.flag("legacy"),
    )
    part.done()
    return read


def _message(part: Fields) -> Message:
    message = Message(
        texts=part.words("texts"),
        meaning=part.text("meaning"),
        variable=part.word("variable"),
        state=part.word("state"),
        causes=_findings(part, "causes"),
        repairs=part.words("repairs"),
    )
    if not message.texts:
        part.wrong(("texts",), "no wording", "Give at least one text that the machine shows.")
    part.done()
    return message


def _coverage(part: Fields) -> Coverage:
    line = Coverage(part.word("kind"), Text(part.word("zh"), part.word("en")), part.words("targets"))
    if not line.targets:
        part.wrong(("targets",), "nothing carries this line", "Name at least one target.")
    part.done()
    return line


def _step(part: Fields) -> FaqStep:
    step = FaqStep(Text(part.word("zh"), part.word("en")), part.words("ask"))
    part.done()
    return step
