"""`.evid` text → findings, in both layouts in use.

UAI 2014 and later: how many variables are observed, then variable and state of each. Before: how
many sets of evidence there are, then such a line for each set.
"""

from __future__ import annotations

from pathlib import Path

from bayesdiag.errors import EvidenceError, Fault, ModelFileError
from bayesdiag.formats.text import text_of_file
from bayesdiag.formats.uai.words import Run, runs, whole
from bayesdiag.model import Factors, Model

MAX_BYTES = 10_000_000
"""A larger text is not read."""
_ALLOWED = "Write N, then N times a variable and its state; or the number of sets, then such a line for each."

_Places = list[tuple[int, int]]
"""Numbers and the lines they stand in."""


def load_evid(path: str | Path, network: Model | Factors) -> tuple[dict[str, str], ...]:
    """Return the findings of each set of evidence in a file, by the names `network` has for its numbers.

    Raises:
        EvidenceError: With every fault of the file.
    """
    try:
        text = text_of_file(path, MAX_BYTES)
    except ModelFileError as error:
        raise EvidenceError(error.faults) from None
    return loads_evid(text, network, str(path))


def loads_evid(text: str, network: Model | Factors, name: str = "<text>") -> tuple[dict[str, str], ...]:
    """Return the findings of each set of evidence in a text; `name` stands for the file in faults.

    Raises:
        EvidenceError: With every fault of the text.
    """
    lines = list(runs(text))
    numbers = [(whole(word), word, line) for line, words in lines for word in words]
    faults = [
        Fault((), f"`{word[:40]}` is not a whole number", _ALLOWED, name, line)
        for number, word, line in numbers
        if number is None
    ]
    places = [(number, line) for number, _, line in numbers if number is not None]
    sets: list[_Places] | None = []
    if not faults:
        sets = _sets(lines, places)
        if sets is None:
            found = f"{places[0][0]} announced, {len(places) - 1} numbers follow" if places else "no numbers"
            faults.append(Fault((), found, _ALLOWED, name, places[0][1] if places else 1))
    found_sets = []
    for one in sets or ():
        findings, more = _findings(one, network, name)
        found_sets.append(findings)
        faults += more
    if faults:
        raise EvidenceError(faults)
    return tuple(found_sets)


def _sets(lines: list[Run], places: _Places) -> list[_Places] | None:
    """Return the sets, their own counts left out; None where neither layout fits.

    Lines decide first: a set's line has an odd number of numbers, which lines of whole pairs never have.
    """
    if not places:
        return None
    counts = [int(words[0]) for _, words in lines]
    is_by_lines = (
        len(lines[0][1]) == 1
        and counts[0] == len(lines) - 1 > 0
        and all(len(words) == 1 + 2 * count for (_, words), count in zip(lines[1:], counts[1:], strict=True))
    )
    if not is_by_lines and len(places) == 1 + 2 * counts[0]:
        return [places[1:]]
    sets, at = [], 1
    while at < len(places):
        end = at + 1 + 2 * places[at][0]
        sets.append(places[at + 1 : end])
        at = end
    return sets if at == len(places) and len(sets) == counts[0] > 0 else None


def _findings(places: _Places, network: Model | Factors, name: str) -> tuple[dict[str, str], list[Fault]]:
    variables = network.variables
    findings: dict[str, str] = {}
    faults = []
    for (number, line), (state, _) in zip(places[::2], places[1::2], strict=True):
        if number >= len(variables):
            told = f"Variables are counted from 0 to {len(variables) - 1}."
            faults.append(Fault((), f"there is no variable {number}", told, name, line))
            continue
        variable = variables[number]
        if state >= len(variable.state_ids):
            told = f"Its states are counted from 0 to {len(variable.state_ids) - 1}."
            faults.append(Fault((f"variable {number}",), f"it has no state {state}", told, name, line))
        elif variable.id in findings:
            faults.append(Fault((f"variable {number}",), "it is observed twice", "Name it once.", name, line))
        else:
            findings[variable.id] = variable.state_ids[state]
    return findings, faults
