"""YAML text ⇄ Model; errors carry file, line and path."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from bayesdiag.errors import Fault, ModelFileError, known_names
from bayesdiag.model import Model
from bayesdiag.modelfile.known import keep_model, recall_model

if TYPE_CHECKING:
    from bayesdiag.modelfile.cases import GoldenCase as GoldenCase
    from bayesdiag.modelfile.cases import load_cases as load_cases
    from bayesdiag.modelfile.edit import edited as edited
    from bayesdiag.modelfile.read import FORMAT as FORMAT
    from bayesdiag.modelfile.write import dumps as dumps

_ROOMS = {
    "FORMAT": "read",
    "GoldenCase": "cases",
    "dumps": "write",
    "edited": "edit",
    "load_cases": "cases",
}
"""Where names stand that need the YAML library: a model read before is loaded without it."""

__all__ = [
    "FORMAT",
    "GoldenCase",
    "digest",
    "dumps",
    "edited",
    "golden_beside",
    "load",
    "load_cases",
    "loads",
    "model_path",
    "models_folder",
    "save",
    "save_text",
]

MAX_BYTES = 20_000_000
"""A larger file is no model a person wrote."""
MAX_NAME = 200
"""A longer name is cut off in a fault: perhaps it is the text of a model."""


def models_folder() -> Path:
    """Return the folder of the bundled models: inside an installed package, else beside it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


def model_path(name: str | Path) -> Path:
    """Return the file a name means: a path, or the name of a bundled model.

    Raises:
        ModelFileError: There is neither.
    """
    path, bundled = Path(name), models_folder() / f"{name}.yaml"
    for file in (path, bundled):
        if _exists(file):
            return file
    names = sorted(p.stem for p in models_folder().glob("*.yaml") if not p.stem.endswith(".cases"))
    allowed = known_names(str(name), names, "bundled models")
    shown = str(name) if len(str(name)) <= MAX_NAME else f"{str(name)[: MAX_NAME - 1]}…"
    raise ModelFileError([Fault((), "there is no such file", f"Give a file. {allowed}", shown)])


def load(name: str | Path) -> Model:
    """Return the model in a file, or the bundled model of this name.

    A file read before is not read again: its checked model is kept in the user's cache folder, by
    the digest of its bytes.

    Raises:
        ModelFileError: With every fault of the file.
    """
    path = model_path(name)
    content = _content(path)
    model = recall_model(content)
    if model is None:
        model = loads(_decoded(path, content), str(path))
        keep_model(content, model)
    return model


def loads(text: str, file: str = "") -> Model:
    """Return the model a YAML text holds; `file` names it in faults."""
    from bayesdiag.modelfile.document import read_document  # noqa: PLC0415 - see `_ROOMS`
    from bayesdiag.modelfile.read import read_model  # noqa: PLC0415

    return read_model(read_document(text, file))


def golden_beside(name: str | Path, model: Model) -> tuple[GoldenCase, ...]:
    """Return the golden cases beside a model file (NAME.cases.yaml); none without such a file.

    Args:
        name: A model file, or the name of a bundled model.
        model: What stands in it, maybe with other numbers.

    Raises:
        ModelFileError: The file of cases is wrong.
    """
    from bayesdiag.modelfile.cases import load_cases  # noqa: PLC0415 - needs the YAML library

    path = model_path(name)
    beside = path.with_name(f"{path.name.removesuffix('.yaml')}.cases.yaml")
    return load_cases(beside, read_text_file(beside), model) if beside.is_file() else ()


def save(model: Model, path: str | Path) -> None:
    """Write a model file, whole or not at all; comments of a file it replaces are kept by `edited` alone."""
    from bayesdiag.modelfile.write import dumps  # noqa: PLC0415 - see `_ROOMS`

    save_text(dumps(model), path)


def save_text(text: str, path: str | Path) -> None:
    """Write the text of a model file, whole or not at all, line ends as they are.

    Raises:
        ModelFileError: It cannot be written.
    """
    target = Path(path)
    half = target.with_name(f"{target.name}.new")
    try:
        half.write_bytes(text.encode("utf-8"))
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        told = "Give a place that can be written to."
        raise ModelFileError(
            [Fault((), error.strerror or "it cannot be written", told, str(target))]
        ) from error


def digest(path: str | Path) -> str:
    """Return the fingerprint of a file's bytes, as in "sha256:…"."""
    return "sha256:" + hashlib.sha256(Path(path).read_bytes()).hexdigest()


def read_text_file(path: Path) -> str:
    """Return a file's text.

    Raises:
        ModelFileError: It is a folder, too large, unreadable, or not UTF-8.
    """
    return _decoded(path, _content(path))


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'bayesdiag.modelfile' has no attribute {name!r}")
    found: object = getattr(import_module(f"bayesdiag.modelfile.{_ROOMS[name]}"), name)
    globals()[name] = found
    return found


def _content(path: Path) -> bytes:
    """Return a file's bytes, or raise why they cannot be had."""
    try:
        if path.is_dir():
            fault, allowed = "this is a folder", "Give a file."
        elif path.exists() and not path.is_file():
            fault, allowed = "this is no regular file", "Give a file."
        elif path.stat().st_size > MAX_BYTES:
            fault, allowed = f"{path.stat().st_size:,} bytes", f"At most {MAX_BYTES:,} are read."
        else:
            return path.read_bytes()
    except OSError as error:
        fault, allowed = f"the file cannot be read ({error.strerror})", "Check its name and permissions."
    raise ModelFileError([Fault((), fault, allowed, str(path))])


def _exists(path: Path) -> bool:
    """Whether there is something of this name; a name that no file can have is no error."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = Fault((), "this is not UTF-8", "Save the file as UTF-8.", str(path), line)
        raise ModelFileError([fault]) from None
