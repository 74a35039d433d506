"""`bayesdiag policies`: what policies of asking and repairing cost in cases drawn from a model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.inputs import (
    FIRST_TIME,
    JsonOption,
    LanguageOption,
    ModelArgument,
    compiled,
    language_of,
    load_any,
    write_json,
)
from bayesdiag.cli.printing import say
from bayesdiag.cli.simulate import NumberOption, SeedOption

if TYPE_CHECKING:
    from bayesdiag.simulate import Comparison


def policies(
    model: ModelArgument = "pos_card",
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    perturbed: Annotated[
        bool,
        typer.Option("--perturbed", help="Draw cases from numbers that are off, each by its `within`."),
    ] = False,
    json: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Compare policies on the same cases: cost and questions until solved or handed over.

    The figures of docs/policies.md are made anew by -n 2000 --seed 1, and with --perturbed.
    """
    known = load_any(model)
    language = language_of(lang)
    from bayesdiag.simulate import compared  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.wire.policies import policies_document  # noqa: PLC0415

    with _progress(language) as progress:
        found = compared(compiled(known), n, seed, perturb=perturbed, progress=progress)
    if json:
        write_json(policies_document(found))
        return
    for line in lines(found, language):
        say(line)


def lines(found: Comparison, language: str) -> list[str]:
    """Return what a person reads of a comparison."""
    from bayesdiag.report.policies import policy_name  # noqa: PLC0415

    place = 0 if language == "zh" else 1
    say = (
        ("费用", "±", "工时", "提问", "误修", "转交")
        if place == 0
        else ("cost", "±", "min", "asked", "wrong", "handed")
    )
    head = "  ".join(f"{word:>7}" for word in say)
    told = [head]
    for name in found.runs:
        cost, error, minutes, questions, wrong, handed = found.means(name)
        numbers = (f"{cost:.2f}", f"{1.96 * error:.2f}", f"{minutes:.1f}", f"{questions:.1f}", f"{wrong:.1f}")
        told.append(
            "  ".join(f"{x:>7}" for x in (*numbers, f"{handed:.0%}")) + f"  {policy_name(name, language)}"
        )
    told.append("")
    for one in found.differences:
        mark = "" if one.is_clear else ("（不明显）" if place == 0 else " (not clear of 0)")
        names = f"{policy_name(one.dearer, language)} − {policy_name(one.cheaper, language)}"
        told.append(f"{one.mean:+8.2f} ± {one.margin:.2f}  {names}{mark}")
    if "static_faq" in found.runs:
        ratio = found.ratio("decision_theoretic", "static_faq")
        words = (
            "决策论的费用是用户文档顺序的",
            "decision-theoretic costs this share of the order of the document:",
        )
        told += ["", f"{words[place]} {ratio.share:.0%} ± {100 * ratio.margin:.0f}"]
    unit = found.menu.model.currency
    basis = (
        ("模拟", "simulated") if not found.is_perturbed else ("模拟，数字有偏差", "simulated, numbers off")
    )
    told.append(f"{unit}, n = {found.n:,}, seed = {found.seed}, {basis[place]}; ± 95%")
    return told


@contextmanager
def _progress(language: str) -> Iterator[Callable[[float], None]]:
    """Show on a terminal how far the work is; the first time, loops are compiled too."""
    from bayesdiag.engine.compiled import is_first_time  # noqa: PLC0415 - numba takes a while

    if is_first_time():
        say(FIRST_TIME[language], err=True)
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    told = "正在模拟……" if language == "zh" else "simulating …"
    console = Console(stderr=True)
    with Progress(TextColumn(told), BarColumn(), TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(told, total=1.0)
        yield lambda done: bar.update(task, completed=done)
