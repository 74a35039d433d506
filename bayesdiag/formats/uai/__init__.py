"""UAI, the format of the UAI inference competitions: a strict reader of networks and of evidence.

A MARKOV file becomes `Factors`, a BAYES file whose tables are conditional probabilities a `Model`.
The format has numbers for names: variable 3 is called "v3" here, its state 1 "s1". Everything
wrong is told at once, as far as the file can be read at all.

Reference: UAI 2008 evaluation, file formats; UAI 2014 competition, model and evidence format.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bayesdiag.errors import Fault, InvalidModel, ModelFileError
from bayesdiag.formats.text import text_of_file
from bayesdiag.formats.uai.directed import directed
from bayesdiag.formats.uai.evidence import load_evid
from bayesdiag.formats.uai.parts import Part, Reader
from bayesdiag.model import Factors, FactorTable, FactorVariable, Model

MAX_BYTES = 100_000_000
"""A larger text, unpacked, is not read."""

__all__ = ["load_evid", "load_uai", "loads_uai"]


def load_uai(path: str | Path) -> Model | Factors:
    """Return the network in a .uai or .uai.gz file: MARKOV as factors, BAYES as a model.

    Raises:
        ModelFileError: With every fault of the file.
    """
    return loads_uai(text_of_file(path, MAX_BYTES), str(path))


def loads_uai(text: str, name: str = "<text>") -> Model | Factors:
    """Return the network a UAI text holds; `name` stands for the file in faults.

    Raises:
        ModelFileError: With every fault of the text.
    """
    reader = Reader(text, name)
    title = Path(name).name.removesuffix(".gz").removesuffix(".uai")
    factors = _factors(reader, title)
    if reader.kind == "BAYES" and reader.is_whole:
        model = directed(reader, title)
        if not reader.faults and model is not None:
            return model
    if reader.faults or factors is None:
        raise ModelFileError(sorted(reader.faults, key=lambda fault: fault.line))
    return factors


def _factors(reader: Reader, title: str) -> Factors | None:
    """Return the tables as they stand; None, and every fault noted, where they mean nothing."""
    if not reader.sizes and not reader.is_whole:
        return None
    sound = [(number, part) for number, part in enumerate(reader.parts) if part.whole and part.values_line]
    states = {size: tuple(f"s{place}" for place in range(size or 1)) for size in set(reader.sizes)}
    variables = tuple(FactorVariable(f"v{i}", states[size]) for i, size in enumerate(reader.sizes))
    tables = tuple(FactorTable([f"v{i}" for i in part.scope], part.values) for _, part in sound)
    try:
        return Factors(title, variables, tables)
    except InvalidModel as error:
        reader.faults += [_placed(fault, reader, sound) for fault in error.faults]
        return None


def _placed(fault: Fault, reader: Reader, sound: list[tuple[int, Part]]) -> Fault:
    """Return a fault of the tables with its place in the file."""
    if fault.path[0] != "tables":
        return replace(fault, path=()).at(reader.file, reader.sizes_line)
    number, part = sound[int(fault.path[1])]
    part.whole = False
    return replace(fault, path=(f"table {number}",)).at(reader.file, part.values_line)
