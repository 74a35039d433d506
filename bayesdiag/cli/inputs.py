"""What commands read: models by name, documents, the language."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bayesdiag.cli.printing import say
from bayesdiag.errors import EvidenceError, Fault, InvalidModel

if TYPE_CHECKING:
    from bayesdiag.engine.network import CompiledNetwork
    from bayesdiag.model import Factors, Model

Language = Literal["zh", "en"]
FIRST_TIME = {
    "zh": "首次运行：正在编译推理引擎，约需一分钟，以后不再需要。",
    "en": "compiling the engine, once: about a minute.",
}

ModelArgument = Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")]
LanguageOption = Annotated[
    Language | None, typer.Option("--lang", help="Language of the words (default: the locale's, else en).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


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


def write_json(document: object) -> None:
    """Print one JSON document."""
    say(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
