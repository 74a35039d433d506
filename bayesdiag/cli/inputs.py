"""What commands read: models by name, findings from options and files, the language."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bayesdiag.case import Evidence, Observed
from bayesdiag.cli.printing import say
from bayesdiag.errors import EvidenceError, Fault, InvalidModel

if TYPE_CHECKING:
    from bayesdiag.engine.network import CompiledNetwork
    from bayesdiag.model import Factors, Model

Language = Literal["zh", "en"]
FIRST_TIME = {
    "zh": "首次运行：正在编译推理引擎，约需 30 秒，以后不再需要。",
    "en": "compiling the engine, once: about 30 seconds.",
}
_NUMBER = re.compile(r"[-+]?(?:nan|inf|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)", re.IGNORECASE)

ModelArgument = Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")]
LanguageOption = Annotated[
    Language | None, typer.Option("--lang", help="Language of the words (default: the locale's, else en).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
FindingOption = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--finding",
        metavar="ID=STATE",
        help="Something seen; unsure: ID=good:0.7,weak:0.3. Repeatable.",
    ),
]


@dataclass(frozen=True)
class ToldCase:
    """One case as it is told, not yet checked.

    Attributes:
        findings: Variable → state, or the likelihood of each.
        fixed: Variable → state → the probability it is to have, all told.
    """

    findings: dict[str, Observed] = field(default_factory=dict)
    fixed: dict[str, dict[str, float]] = field(default_factory=dict)


def language_of(chosen: Language | None) -> Language:
    """Return the chosen language, else the one of the locale, else English."""
    if chosen is not None:
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].lower().startswith("zh") else "en"
    return "en"


def load_any(name: str) -> Model:
    """Return the model of a file of any known format, or the bundled model of this name.

    Raises:
        ModelError: It is faulty, or an undirected network, which has no causes.
    """
    from bayesdiag.model import Factors  # noqa: PLC0415 - each command imports its rooms when run

    network = load_network(name)
    if isinstance(network, Factors):
        told = "It is read by: bayesdiag posterior."
        raise InvalidModel([Fault((name,), "this network has no arrows, so no causes and effects", told)])
    return network


def load_network(name: str) -> Model | Factors:
    """Return the network of a file of any known format, undirected ones too, or a bundled model."""
    if name.lower().endswith((".bif", ".bif.gz")):
        from bayesdiag.formats.bif import load_bif  # noqa: PLC0415 - each command imports its rooms when run

        return load_bif(name)
    if name.lower().endswith((".uai", ".uai.gz")):
        from bayesdiag.formats.uai import load_uai  # noqa: PLC0415

        return load_uai(name)
    from bayesdiag.modelfile import load  # noqa: PLC0415

    return load(name)


def compiled(model: Model | Factors) -> CompiledNetwork:
    """Return a model made ready."""
    from bayesdiag.engine.network import compile_network  # noqa: PLC0415 - numba takes a while

    return compile_network(model)


@contextmanager
def working(language: str) -> Iterator[None]:
    """Show on a terminal that something is being computed; the first time, loops are compiled too."""
    from bayesdiag.engine.compiled import is_first_time  # noqa: PLC0415 - numba takes a while

    if is_first_time():
        say(FIRST_TIME[language], err=True)
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    told = "正在计算……" if language == "zh" else "computing …"
    console = Console(stderr=True)
    with Progress(TextColumn(told), BarColumn(), TimeElapsedColumn(), console=console, transient=True) as bar:
        bar.add_task(told, total=None)
        yield


def told_findings(told: Sequence[str] | None) -> dict[str, Observed]:
    """Return the findings of `-f` options.

    Raises:
        EvidenceError: One is not of the form ID=STATE, or a variable is named twice.
    """
    found: dict[str, Observed] = {}
    faults = []
    for text in told or ():
        name, equals, state = text.partition("=")
        if not equals or not name.strip() or not state.strip():
            faults.append(
                Fault((f"-f {text}",), "this is not a finding", "Write ID=STATE, or ID=STATE:0.7,STATE:0.3.")
            )
        elif name.strip() in found:
            faults.append(
                Fault((f"-f {text}",), f'"{name.strip()}" is told twice', "Tell each finding once.")
            )
        else:
            found[name.strip()] = observed(state.strip())
    if faults:
        raise EvidenceError(faults)
    return found


def observed(text: str) -> Observed:
    """Return a state, or the likelihoods where every part ends in a number."""
    parts = [part.rpartition(":") for part in text.split(",")]
    likelihoods = {state.strip(): _float(number) for state, colon, number in parts if colon}
    if len(likelihoods) == len(parts) and all(number is not None for number in likelihoods.values()):
        return {state: number for state, number in likelihoods.items() if number is not None}
    return text


def _float(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def cases_of_file(path: Path) -> ToldCase | list[ToldCase]:
    """Return the findings in a JSON file: one case, or a list of cases.

    Raises:
        EvidenceError: The file cannot be read or is not of the documented form.
    """
    document = read_json(path)
    many = document if isinstance(document, list) else [document]
    faults: list[Fault] = []
    cases = []
    for place, item in enumerate(many):
        where = (place,) if isinstance(document, list) else ()
        if not _is_case(item):
            faults.append(
                Fault(where, "this is no case", 'Write {"findings": {"ID": "STATE"}}.', file=str(path))
            )
            continue
        fixed = item.get("fixed", {})
        faults += _value_faults(item["findings"], (*where, "findings"), path)
        faults += [
            Fault((*where, "fixed", name), "this fixes nothing", 'Write {"STATE": P}.', file=str(path))
            for name, told in fixed.items()
            if not isinstance(told, dict)
        ]
        cases.append(ToldCase(item["findings"], fixed))
    if faults:
        raise EvidenceError(faults)
    return cases if isinstance(document, list) else cases[0]


def _is_case(item: object) -> bool:
    """Whether this has the form of a case: findings, and perhaps what is fixed."""
    return (
        isinstance(item, dict)
        and {"findings"} <= set(item) <= {"findings", "fixed"}
        and all(isinstance(part, dict) for part in item.values())
    )


def findings_of_evidence_file(path: Path, network: Model | Factors) -> dict[str, Observed]:
    """Return the findings of a JSON file of the form {"V": "STATE"}, or of an .evid file.

    Raises:
        EvidenceError: The file cannot be read or is not of that form.
    """
    if path.suffix.lower() == ".evid":
        return _findings_of_evid(path, network)
    document = read_json(path)
    if not isinstance(document, dict):
        raise EvidenceError([Fault((), "this is no evidence", 'Write {"V": "STATE"}.', file=str(path))])
    faults = _value_faults(document, (), path)
    if faults:
        raise EvidenceError(faults)
    return document


def _findings_of_evid(path: Path, network: Model | Factors) -> dict[str, Observed]:
    from bayesdiag.formats.uai import load_evid  # noqa: PLC0415 - each command imports its rooms when run

    sets = load_evid(path, network)
    if len(sets) != 1:
        told = "Leave one in the file: one case is answered at a time."
        raise EvidenceError([Fault((), f"{len(sets)} sets of evidence", told, file=str(path))])
    return dict(sets[0])


def _value_faults(findings: Mapping[str, Any], where: tuple[str | int, ...], path: Path) -> list[Fault]:
    return [
        Fault(
            (*where, name),
            f"{json.dumps(seen, ensure_ascii=False)} is no finding",
            'Write a state\'s name, or {"STATE": likelihood}.',
            file=str(path),
        )
        for name, seen in findings.items()
        if not isinstance(seen, str | dict)
    ]


def read_json(path: Path) -> Any:
    """Return what a JSON file holds; a name given twice is a fault, not silently the last one.

    Raises:
        EvidenceError: The file cannot be read or is not JSON.
    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.extend(name for name, count in Counter(name for name, _ in items).items() if count > 1)
        return dict(items)

    try:
        if path.exists() and not path.is_file():
            raise EvidenceError([Fault((), "this is no regular file", "Give a file.", file=str(path))])
        document = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=pairs)
    except (OSError, ValueError, RecursionError) as error:
        raise EvidenceError([_unreadable(error, str(path))]) from None
    if twice:
        raise EvidenceError(
            [Fault((name,), "this name is given twice", "Give each once.", file=str(path)) for name in twice]
        )
    return document


def _unreadable(error: Exception, file: str) -> Fault:
    """Return what keeps a JSON file from being read."""
    if isinstance(error, OSError):
        return Fault((), f"the file cannot be read ({error.strerror})", "Check its name.", file=file)
    if isinstance(error, UnicodeDecodeError):
        return Fault((), "this is not UTF-8 text", "Save it as UTF-8.", file=file)
    if isinstance(error, json.JSONDecodeError):
        told = "Check quotes, commas and brackets near here."
        return Fault((), f"this is not JSON: {error.msg}", told, file, error.lineno)
    if isinstance(error, RecursionError):
        return Fault((), "this is nested too deeply", "A case is two levels deep.", file=file)
    return Fault((), "a number has thousands of digits", "A likelihood needs few.", file=file)


def evidence_of(
    model: Model | Factors,
    findings: Mapping[str, Observed],
    file: str = "",
    place: int = -1,
    *,
    fixed: Mapping[str, Mapping[str, float]] | None = None,
) -> Evidence:
    """Return checked evidence; its faults name the file and the case they stand in."""
    try:
        return Evidence(model, findings, fixed=fixed)
    except EvidenceError as error:
        where: tuple[str | int, ...] = (place,) if place >= 0 else ()
        faults = [Fault((*where, *f.path), f.found, f.allowed, file) for f in error.faults]
        raise EvidenceError(faults) from None


def write_json(document: object) -> None:
    """Print one JSON document."""
    say(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
