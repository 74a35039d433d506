"""`bayesdiag cases`: the case store."""

from __future__ import annotations

import typer

from bayesdiag.cli.cases import add, change, erase, find, keep, move, replay

HELP = """Keep cases: what was seen, asked, tried and found, until it is clear what it was.

Every change is added to the case's history; nothing is overwritten. Cases are kept in a file of your own
($XDG_DATA_HOME or ~/.local/share, bayesdiag/cases.db), or where --store or $BAYESDIAG_STORE says: a file, or
postgresql://USER@HOST/DATABASE for a team. Card numbers are masked before anything is stored."""

cases = typer.Typer(
    name="cases",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
cases.command("add")(add.add)
cases.command("list")(find.list_cases)
cases.command("search")(find.search)
cases.command("show")(find.show)
cases.command("append")(change.append)
cases.command("hand-over")(change.hand_over)
cases.command("close")(change.close)
cases.command("reopen")(change.reopen)
cases.command("replay")(replay.replay)
cases.command("export")(move.export)
cases.command("import")(move.import_)
cases.command("backup")(keep.backup)
cases.command("restore")(keep.restore)
cases.command("delete")(erase.delete)
cases.command("forget")(erase.forget)
cases.command("expire")(erase.expire)
