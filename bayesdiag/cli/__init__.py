"""The command line: results on standard output, everything else on standard error.

Exit codes: 0 done; 1 the answer is "no" (a check failed, findings impossible); 2 the call or a
file is wrong.
"""

from __future__ import annotations

import gc
import io
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bayesdiag.cli import (
    adapt,
    ask,
    check,
    diagnose,
    diff,
    draft,
    extend,
    fit,
    policies,
    posterior,
    simulate,
    suggest,
    whatif,
)
from bayesdiag.cli import app as app_command
from bayesdiag.cli.cases import cases
from bayesdiag.cli.printing import say, warn
from bayesdiag.cli.scoring import score
from bayesdiag.cli.structure import independence
from bayesdiag.cli.values import Command, Group
from bayesdiag.cli.watch import watch
from bayesdiag.errors import BayesdiagError

commands = typer.Typer(
    name="bayesdiag",
    cls=Group,
    help="Why does it not work? Causes with probabilities, the question worth most, the cheapest repair.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands.command("diagnose", cls=Command)(diagnose.diagnose)
commands.command("ask", cls=Command)(ask.ask)
commands.command("suggest", cls=Command)(suggest.suggest)
commands.command("check", cls=Command)(check.check)
commands.command("draft", cls=Command)(draft.draft)
commands.command("extend", cls=Command)(extend.extend)
commands.command("fit", cls=Command)(fit.fit)
commands.command("adapt", cls=Command)(adapt.adapt)
commands.command("posterior", cls=Command)(posterior.posterior)
commands.command("whatif", cls=Command)(whatif.whatif)
commands.command("score", cls=Command)(score)
commands.command("watch", cls=Command)(watch)
commands.command("independence", cls=Command)(independence)
commands.command("diff", cls=Command)(diff.diff)
commands.command("simulate", cls=Command)(simulate.simulate)
commands.command("policies", cls=Command)(policies.policies)
commands.add_typer(cases, name="cases", short_help="Keep cases: found, asked, tried, closed.")
commands.command("app", cls=Command)(app_command.app)


@commands.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        from bayesdiag import __version__  # noqa: PLC0415 - reads the installed package's metadata

        say(f"bayesdiag {__version__}")
    elif context.invoked_subcommand is None:
        say(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    # Loading makes a million objects and no rubbish: looking for some took a tenth of the time.
    gc.set_threshold(100_000)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without Chinese shows a mark in its place rather than nothing at all.
            stream.reconfigure(errors="replace")
    sys.excepthook = _report
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = commands(list(arguments), prog_name="bayesdiag", standalone_mode=False)
    except typer.Exit as left:
        code = left.exit_code
    except (typer.Abort, KeyboardInterrupt):
        say("stopped.", err=True)
        code = 1
    except TyperException as error:
        warn(f"bayesdiag: {error.format_message()} Try: {_help_of(error)} --help")
        code = 2
    except BayesdiagError as error:
        warn(str(error))
        code = 2
    except BrokenPipeError:
        # The reader of a pipe left; there is nobody to tell.
        sys.stderr.close()
        code = 1
    except OSError as error:
        warn(f"bayesdiag: {error.strerror or error}")
        code = 2
    return code if isinstance(code, int) else 0


def _report(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    """Print what nobody expected to go wrong, as Python does."""
    warn("".join(traceback.format_exception(kind, error, place)).rstrip())


def _help_of(error: TyperException) -> str:
    """Return the command whose help explains what is wrong with a call."""
    context = getattr(error, "ctx", None)
    return context.command_path if context is not None else "bayesdiag"
