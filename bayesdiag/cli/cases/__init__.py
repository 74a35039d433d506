"""`bayesdiag cases`: the case store."""

from __future__ import annotations

import typer

from bayesdiag.cli.cases import add, change, erase, find, keep, move, replay, tell
from bayesdiag.cli.printing import say

HELP = """Keep cases: what was seen, asked, tried and found, until it is clear what it was.

Every change is added to the case's history; nothing is overwritten. Cases are kept in a file of your own
($XDG_DATA_HOME or ~/.local/share, bayesdiag/cases.db), or where --store or $BAYESDIAG_STORE says: a file, or
postgresql://USER@HOST/DATABASE for a team. Card numbers are masked before anything is stored."""

cases = typer.Typer(
    name="cases",
    help=HELP,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _told, _command in (
    ("add", "A new case: its findings, its diagnosis.", add.add),
    ("list", "List cases, the one changed last first.", find.list_cases),
    ("search", "Find cases by words.", find.search),
    ("show", "Show a case and its whole history.", find.show),
    ("append", "Add findings, answers, repairs, notes.", change.append),
    ("hand-over", "Hand a case over to somebody else.", change.hand_over),
    ("close", "Close a case with what it really was.", change.close),
    ("reopen", "Open a closed case again.", change.reopen),
    ("replay", "Diagnose closed cases with another model.", replay.replay),
    ("report", "Write a case as a page, PDF or text.", tell.report),
    ("stats", "Causes, times and ends of many cases.", tell.stats),
    ("export", "Write cases as JSON lines.", move.export),
    ("import", "Take cases of JSON lines in.", move.import_),
    ("backup", "Write every case to one file.", keep.backup),
    ("restore", "Put a backup in the place of the store.", keep.restore),
    ("delete", "Erase cases for good.", erase.delete),
    ("forget", "Erase a person's name for good.", erase.forget),
    ("expire", "Erase for good what is old.", erase.expire),
):
    cases.command(_name, short_help=_told)(_command)


@cases.callback(invoke_without_command=True)
def _top(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())
