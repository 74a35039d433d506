"""What commands that read cases share: a file or the store, other names, and where bad rows go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesdiag.cli.cases.options import store_of
from bayesdiag.cli.inputs import read_json
from bayesdiag.cli.printing import counted, warn
from bayesdiag.errors import CaseFileError, Fault

if TYPE_CHECKING:
    from bayesdiag.case import Case
    from bayesdiag.casefile import Naming
    from bayesdiag.model import Model

CasesArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[CASES]", help="Cases: .csv, .tsv, .parquet or .jsonl; or give --store."),
]
FromStoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="STORE", help="The closed cases of a case store, instead of a file."),
]
NamesOption = Annotated[
    Path | None,
    typer.Option(
        "--names",
        metavar="FILE",
        help='Other names: JSON {"columns": {"COLUMN": "V"}, "values": {"V": {"VALUE": "STATE"}}, '
        '"cuts": {"V": [0.5]}}.',
    ),
]
IgnoreOption = Annotated[bool, typer.Option("--ignore-unknown", help="Pass over columns of unknown names.")]
RejectsOption = Annotated[
    Path | None,
    typer.Option(
        "--rejects", metavar="FILE", help="Where rows go that are no cases (default: beside the file)."
    ),
]
FEW = 6
"""Unknown names that are shown."""
FORM = (
    'Write {"columns": {"COLUMN": "VARIABLE"}, "values": {"VARIABLE": {"VALUE": "STATE"}}, '
    '"cuts": {"VARIABLE": [numbers that rise]}}.'
)


@dataclass(frozen=True, slots=True)
class CaseSource:
    """Where cases come from.

    Attributes:
        file: A file; None where they come from a store.
        store: A store's address; None where they come from a file.
        names: File of other names.
        ignore_unknown: Whether unknown columns are passed over.
        rejects: Where bad rows go; None for beside the file.
    """

    file: Path | None
    store: str | None
    names: Path | None = None
    ignore_unknown: bool = False
    rejects: Path | None = None


def cases_from(source: CaseSource, model: Model) -> tuple[list[Case], int]:
    """Return the cases, and how many rows were none; those are written down and told on standard error.

    Raises:
        CaseFileError: Both a file and a store are named or neither, or the file cannot be read.
        StoreError: The store cannot be read.
    """
    from bayesdiag.casefile import read_cases, rejects_path, write_rejects  # noqa: PLC0415

    if (source.file is None) == (source.store is None):
        found = "both a file and --store are given" if source.file else "no cases are given"
        raise CaseFileError([Fault(("CASES",), found, "Give a file of cases, or --store STORE.")])
    if source.file is None:
        return _latest_told(_of_store(source.store, model)), 0
    naming = naming_of(source.names, ignore_unknown=source.ignore_unknown)
    cases, rejects = read_cases(source.file, model, naming=naming, tell=warn)
    if rejects:
        place = source.rejects or rejects_path(source.file)
        write_rejects(place, rejects)
        warn(rejects[0].reason)
        total = len(cases) + len(rejects)
        told = "row is no case; it is" if len(rejects) == total == 1 else "rows are no cases; they are"
        warn(f"{source.file}: {len(rejects)} of {total} {told} in {place}, with reasons.")
    return _latest_told(cases), len(rejects)


def _latest_told(cases: list[Case]) -> list[Case]:
    """Return the cases, and say of how many an earlier attempt is not looked at."""
    n = sum(bool(case.earlier) for case in cases)
    if n:
        several = (
            "has several attempts; only its latest counts"
            if n == 1
            else ("have several attempts; only their latest count")
        )
        warn(f"{counted(n, 'case')} {several} here.")
    return cases


def _of_store(address: str | None, model: Model) -> list[Case]:
    """Return the closed cases of a store, and tell what of them the model does not know.

    Raises:
        CaseFileError: It knows nothing of any of them: they are another model's.
        StoreError: The store cannot be read.
    """
    from bayesdiag.store import read_all_cases  # noqa: PLC0415 - each command imports its rooms when run

    with store_of(address) as opened:
        found = read_all_cases(opened, model)
    if found.foreign:
        shown = ", ".join(found.unknown[:FEW]) + (", …" if len(found.unknown) > FEW else "")
        some = f"{found.foreign} of {len(found.cases)} stored cases"
        told = f"{model.name} does not know what {some} say: {shown}"
        how = "Give the model they were kept with, or tell new names as `renamed` in the model file."
        if found.is_foreign:
            raise CaseFileError([Fault(("--store",), told, how)])
        warn(f"{told}. {how}")
    return list(found.cases)


def set_aside(source: CaseSource, model: Model, reasons: Mapping[int, str]) -> list[str]:
    """Write cases that turned out to be of no use to the rejected rows too, and return how each is called.

    Args:
        source: Where the cases came from.
        model: The model they were read for.
        reasons: Place among the cases → what is wrong with it.
    """
    from bayesdiag.casefile import Reject, raw_rows, read_cases, rejects_path, write_rejects  # noqa: PLC0415

    if source.file is None or not reasons:
        return [f"case {place + 1}" for place in reasons]
    naming = naming_of(source.names, ignore_unknown=source.ignore_unknown)
    cases, rejects = read_cases(source.file, model, naming=naming)
    refused = {reject.number for reject in rejects}
    rows = [number for number in range(1, len(cases) + len(rejects) + 1) if number not in refused]
    raw = raw_rows(source.file)
    for place, reason in reasons.items():
        fault = Fault((f"row {rows[place]}",), reason, "Correct the row, or the model.", str(source.file))
        rejects.append(Reject(rows[place], raw[rows[place]], (fault,)))
    file = source.rejects or rejects_path(source.file)
    write_rejects(file, sorted(rejects, key=lambda reject: reject.number))
    told = f"{counted(len(reasons), 'row')} cannot be learned from"
    warn(f"{source.file}: {told}; {'it is' if len(reasons) == 1 else 'they are'} in {file}, with reasons.")
    return [f"row {rows[place]}" for place in reasons]


def naming_of(file: Path | None, *, ignore_unknown: bool) -> Naming:
    """Return other names of columns and values as a JSON file tells them.

    Raises:
        EvidenceError: The file cannot be read.
        CaseFileError: It is not of the documented form.
    """
    from bayesdiag.casefile import Naming  # noqa: PLC0415

    told: Any = {} if file is None else read_json(file)
    if not isinstance(told, dict) or not set(told) <= {"columns", "values", "cuts"}:
        raise CaseFileError([Fault((), "this does not tell names", FORM, str(file))])
    columns, values, cuts = (told.get(part, {}) for part in ("columns", "values", "cuts"))
    maps = [columns, *values.values()] if isinstance(values, dict) else [None]
    if not all(isinstance(one, dict) and all(isinstance(x, str) for x in one.values()) for one in maps):
        raise CaseFileError([Fault((), "this does not tell names", FORM, str(file))])
    if not isinstance(cuts, dict) or not all(_are_numbers(one) for one in cuts.values()):
        raise CaseFileError([Fault((), "this does not tell names", FORM, str(file))])
    return Naming(columns, values, ignore_unknown, cuts)


def _are_numbers(found: Any) -> bool:
    return isinstance(found, list) and all(type(one) in {int, float} and isfinite(one) for one in found)
