"""What keeps a table from becoming a model: every fault at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bayesdiag.casefile.cell import number_of
from bayesdiag.draft.columns import is_numbers
from bayesdiag.draft.settings import Settings
from bayesdiag.draft.table import Table
from bayesdiag.errors import Fault, known_names
from bayesdiag.mask import mask_text

FEWEST_ROWS = 4
"""Fewer labelled rows say nothing."""
_SHOWN = 3
_LOOKS_BLANK = frozenset(
    ["NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "None", "nil", "-", "--", "."]
)


def table_faults(table: Table, cause: str, settings: Settings) -> list[Fault]:
    """Return everything that keeps a table from becoming a model, each where it stands."""
    faults = [*_names(table), *_options(table, cause, settings), *_settings(settings)]
    if not faults:
        faults += _cause(table, cause, settings)
        faults += _not_numbers(table, settings)
    return [fault.at(table.file, fault.line) for fault in faults]


def blank_marks(table: Table, settings: Settings) -> list[str]:
    """Return sentences about cells that look blank and were not said to be."""
    found = []
    for name, cells in zip(table.columns, table.cells, strict=True):
        times = Counter(cell for cell in cells if cell in _LOOKS_BLANK and cell not in settings.marks)
        if name not in settings.drop:
            found += [
                f'column {name}: "{mark}" in {n} cells is a value; --blank "{mark}" makes it a blank.'
                for mark, n in times.items()
            ]
    return found


def _names(table: Table) -> Iterator[Fault]:
    for name, times in Counter(table.columns).items():
        if name and times > 1:
            told = "Give each column its own name."
            yield Fault((f"column {name}",), f"{times} columns have this name", told, line=1)


def _options(table: Table, cause: str, settings: Settings) -> Iterator[Fault]:
    named = [("--cause", (cause,)), ("--drop", settings.drop), ("--as-numbers", settings.as_numbers)]
    for option, names in [*named, ("--as-words", settings.as_words)]:
        for name in names:
            if name not in table.columns:
                told = known_names(name, [column for column in table.columns if column], "columns")
                yield Fault((f'{option} "{name}"',), "the table has no such column", told)
    if cause in settings.drop:
        yield Fault((f'--drop "{cause}"',), "this is the cause", "Keep it, or name another --cause.")
    for name in set(settings.as_numbers) & set(settings.as_words):
        told = "Say one of the two."
        yield Fault((f'--as-words "{name}"',), "the same column is said to hold numbers", told)


def _settings(settings: Settings) -> Iterator[Fault]:
    least = {"n_bins": 2, "max_values": 2, "folds": 2, "repeats": 1}
    for name, fewest in least.items():
        found = getattr(settings, name)
        if found < fewest:
            yield Fault((name,), f"{found} is too few", f"Give {fewest} or more.")
    if settings.lump == 1 or settings.lump < 0:
        yield Fault(("lump",), f"{settings.lump} is too few", "Give 2 or more, or 0 to put nothing together.")
    for name in ("ess", "pair_ess", "pull"):
        found = getattr(settings, name)
        if found is not None and not 0 < found < float("inf"):
            told = "Give a number above 0: without any, what never happened so far would be impossible."
            yield Fault((name,), f"{found:g} is out of range", told)
    if settings.numbers == "tuned" and settings.structure not in {"auto", "naive"}:
        told = "Tune a naive structure, or take counted numbers."
        yield Fault(("numbers",), f"numbers of a {settings.structure} structure are not tuned", told)


def _cause(table: Table, cause: str, settings: Settings) -> Iterator[Fault]:
    cells = table.cells[table.columns.index(cause)]
    times = Counter(cell for cell in cells if cell)
    where = (f"column {cause}",)
    if not times:
        yield Fault(where, "no row tells the cause", "Name the column that tells what it turned out to be.")
    elif is_numbers(times, cause, settings):
        told = "Name a column of a few different values, or say --as-words if these are codes."
        yield Fault(where, f"it holds {len(times)} different numbers", told)
    elif len(times) > settings.max_values:
        told = "Name a column of fewer values, put rare ones together in the table, or raise --max-values."
        yield Fault(where, f"{len(times)} different values, more than {settings.max_values}", told)
    elif len(times) == 1:
        told = "A model needs rows of at least two causes."
        yield Fault(where, f'every row that tells it says "{next(iter(times))}"', told)
    elif times.total() < FEWEST_ROWS:
        yield Fault(where, f"only {times.total()} rows tell it", f"Give at least {FEWEST_ROWS}.")
    if any(mask_text(word) != word for word in times):
        told = "Write what it was in words."
        yield Fault(where, "its cells hold what looks like card numbers or other secrets", told)


def _not_numbers(table: Table, settings: Settings) -> Iterator[Fault]:
    for name in settings.as_numbers:
        cells = table.cells[table.columns.index(name)]
        wrong = [(row, cell) for row, cell in enumerate(cells) if cell and number_of(cell) is None]
        told = (
            "Correct it, leave it blank, say --blank for a mark that means blank, or do not say --as-numbers."
        )
        for row, cell in wrong[:_SHOWN]:
            more = f" ({len(wrong)} such cells in all)" if len(wrong) > 1 else ""
            yield Fault((f"row {row + 1}", name), f'"{cell}" is no number{more}', told, line=table.lines[row])
