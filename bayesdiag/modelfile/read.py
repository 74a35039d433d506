"""A whole model out of a document."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bayesdiag.errors import Fault, InvalidModel, ModelFileError
from bayesdiag.model import (
    Cluster,
    Code,
    Contact,
    Coverage,
    Dialect,
    FaqStep,
    Message,
    Model,
    Premise,
    Repair,
    Source,
    Variable,
    Wordings,
)
from bayesdiag.modelfile.document import Document, Path
from bayesdiag.modelfile.fields import Fields, is_number, read_finding, read_findings, read_label
from bayesdiag.modelfile.variables import SECTIONS, read_cost_after, read_variable, read_weight

FORMAT = 1
"""Version of the format that this code reads and writes."""

COVERAGE_KINDS = ("cause", "symptom", "check", "remedy", "prevention", "contact")


def read_model(document: Document) -> Model:
    """Return the model a document holds.

    Raises:
        ModelFileError: With every fault of syntax, fields and meaning, in the file's order.
    """
    fields = readable(document)
    _check_format(fields)
    parts = _parts(fields)
    meant: list[Fault] = []
    try:
        model = Model(**parts)
    except InvalidModel as error:
        meant = list(error.faults)
    faults = document.faults
    if not faults or not _lacks_names(fields, parts["variables"]):
        faults = faults + _judged(document, meant, parts["variables"])
    if faults:
        raise ModelFileError(in_order(faults))
    return model


def readable(document: Document, outcome: str = "") -> Fields:
    """Return the fields at the top of a document; raise what keeps it from having any."""
    if () in document.spoiled:
        raise ModelFileError(in_order(document.faults), outcome)
    fields = Fields(document, (), document.value)
    if fields.is_void:
        raise ModelFileError(in_order(document.faults), outcome)
    return fields


def in_order(faults: list[Fault]) -> list[Fault]:
    """Return the faults in the order of the file."""
    return sorted(faults, key=lambda fault: fault.line)


def _check_format(fields: Fields) -> None:
    """Raise if the file is of a format that this code does not know: nothing else in it can be judged."""
    value = fields.values.get("format")
    if fields.has("format") and is_number(value) and value == FORMAT:
        return
    place = ("format",) if "format" in fields.values else ()
    found = f"{fields.shown('format')} stands here" if place else 'the field "format" is missing'
    fields.wrong(place, found, f"This program reads format {FORMAT}: write `format: {FORMAT}`.")
    raise ModelFileError(in_order(fields.document.faults))


def _lacks_names(fields: Fields, variables: tuple[Variable, ...]) -> bool:
    """Whether names were lost that other places refer to, so that meaning cannot be judged."""
    naming = {*SECTIONS, "contacts", "repairs", "clusters", "sources", "dialects"}
    tops = [fault.path[0] for fault in fields.document.faults if len(fault.path) == 1]
    ids = [variable.id for variable in variables]
    return (
        any(top in naming or top not in fields.known for top in tops)
        or len(set(ids)) < len(ids)
        or not all(variable.states for variable in variables)
    )


def _judged(document: Document, meant: list[Fault], variables: tuple[Variable, ...]) -> list[Fault]:
    """Return the faults of meaning with their places in the file, without those of stand-ins."""
    home_of = homes_of(variables)
    homes = {place[: 4 if place[0] == "dialects" else 2] for place in document.stand_ins if place}
    moved = [replace(fault, path=file_path(fault.path, home_of, document.line_of)) for fault in meant]
    return [
        document.placed(fault)
        for fault in moved
        if not any(fault.path[: len(home)] == home for home in homes)
    ]


def homes_of(variables: Iterable[Variable]) -> dict[str, str]:
    """Return variable → the section of the file that it stands in."""
    section_of = {kind: section for section, kind in SECTIONS.items()}
    return {variable.id: section_of[variable.kind] for variable in variables}


def file_path(path: Path, home_of: Mapping[str, str], line_of: Container[Path]) -> Path:
    """Return where in the file a place of the model stands."""
    if path[:1] == ("codes",) and path[3:] == ("variable",):
        path = ("dialects", path[1], "variable")
    elif path[:1] == ("codes",):
        path = ("dialects", path[1], "codes", *path[2:])
    elif path[:1] == ("variables",) and len(path) > 1:
        path = (home_of[str(path[1])], *path[1:])
        if path[2:3] == ("noisy_or",) and path[:3] not in line_of:
            path = (*path[:2], "noisy_max", *path[3:])
    return path


def _parts(fields: Fields) -> dict[str, Any]:
    """Return the arguments of `Model`."""
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
        "clusters": tuple(_cluster(name, part) for name, part in fields.sections("clusters")),
        "dialects": dialects,
        "codes": codes,
        "messages": tuple(_message(part) for part in fields.items("messages")),
        "coverage": tuple(_coverage(part) for part in fields.items("coverage")),
        "faq_order": tuple(_step(part) for part in fields.items("faq_order")),
        "renamed": _renamed(fields),
        "wordings": _wordings(fields),
    }
    fields.done()
    return parts


def _variables(fields: Fields) -> tuple[Variable, ...]:
    variables: list[Variable] = []
    home_of: dict[str, str] = {}
    for section, kind in SECTIONS.items():
        for name, part in fields.sections(section):
            if name in home_of:
                found = f'"{name}" is the name of two variables, the other in {home_of[name]}'
                part.remark((), found, "Give each its own name.")
            if "=" in name and kind != "plain":
                part.remark((), f'"{name}" contains an equals sign', "Take it out: findings use it.")
            home_of.setdefault(name, section)
            variables.append(read_variable(name, kind, part))
    return tuple(variables)


def _premise(fields: Fields) -> Premise | None:
    if not fields.has("premise"):
        return None
    part = fields.below("premise")
    premise = Premise(
        part.word("variable"),
        part.words("exclude", needed="at least one state"),
        part.number("p"),
        part.number("ess", 0.0),
        part.word("source", ""),
        part.number("unknown") if part.has("unknown") else None,
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
        fixes={read_finding(part, ("fixes", told), told): p for told, p in part.amounts("fixes").items()},
        repeatable=part.flag("repeatable"),
        never_when=read_findings(part, "never_when"),
        show_first_when=read_findings(part, "show_first_when"),
        prevention=part.flag("prevention"),
        workaround=part.flag("workaround"),
        last_resort=part.flag("last_resort"),
        requires=part.condition("requires"),
        weight=read_weight(part),
        clusters=part.words("clusters"),
        cost_after=read_cost_after(part),
    )
    part.done()
    return repair


def _cluster(name: str, part: Fields) -> Cluster:
    cluster = Cluster(
        name,
        part.text("label"),
        part.number("minutes"),
        part.number("money", 0.0),
        part.number("wait_minutes", 0.0),
    )
    part.done()
    return cluster


def _codes(fields: Fields) -> tuple[tuple[Code, ...], tuple[Dialect, ...]]:
    codes: list[Code] = []
    dialects: list[Dialect] = []
    for name, part in fields.sections("dialects"):
        variable = part.word("variable", None if "codes" in part.values else "")
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
        texts=part.words("texts", needed="at least one wording that the machine shows"),
        meaning=part.text("meaning"),
        variable=part.word("variable"),
        state=part.word("state"),
        causes=read_findings(part, "causes"),
        repairs=part.words("repairs"),
    )
    part.done()
    return message


def _coverage(part: Fields) -> Coverage:
    line = Coverage(
        part.choice("kind", COVERAGE_KINDS, "kind"),
        read_label(part),
        part.words("targets", needed="at least one target"),
    )
    part.done()
    return line


def _renamed(fields: Fields) -> dict[str, str]:
    if not fields.has("renamed"):
        return {}
    within = fields.below("renamed")
    return {old: within.word(old) for old in within.values}


def _step(part: Fields) -> FaqStep:
    step = FaqStep(read_label(part), part.words("ask"))
    part.done()
    return step


def _wordings(fields: Fields) -> Wordings:
    if not fields.has("wordings"):
        return Wordings()
    part = fields.below("wordings")
    found = Wordings(
        words=dict(part.condition("words", "at least one word")),
        names=dict(part.condition("names", "at least one name")),
        others=part.words("others"),
        findings={
            read_finding(part, ("findings", told), told): words
            for told, words in part.condition("findings", "at least one wording").items()
        },
    )
    part.done()
    return found
