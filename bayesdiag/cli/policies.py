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

NAMES = {
    "clairvoyant": ("全知", "knows everything"),
    "decision_theoretic": ("决策论", "decision-theoretic"),
    "look_ahead": ("决策论，多看一步", "… looking one step further"),
    "p_over_c": ("只修不问，按 p/c", "repairs by p/c, no questions"),
    "best_static": ("最好的固定顺序", "best fixed order"),
    "static_faq": ("用户文档的顺序", "order of the document"),
    "random": ("随机", "at random"),
}


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
    """Compare policies on the same cases: cost and questions until solved or handed over."""
    known = load_any(model)
    language = language_of(lang)
    from bayesdiag.simulate import compared  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.wire import policies_document  # noqa: PLC0415

    with _progress(language) as progress:
        found = compared(compiled(known), n, seed, perturb=perturbed, progress=progress)
    if json:
        write_json(policies_document(found))
        return
    for line in lines(found, language):
        say(line)


def lines(found: Comparison, language: str) -> list[str]:
    """Return what a person reads of a comparison."""
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
        told.append("  ".join(f"{x:>7}" for x in (*numbers, f"{handed:.0%}")) + f"  {NAMES[name][place]}")
    told.append("")
    for one in found.differences:
        mark = "" if one.is_clear else ("（不明显）" if place == 0 else " (not clear of 0)")
        names = f"{NAMES[one.dearer][place]} − {NAMES[one.cheaper][place]}"
        told.append(f"{one.mean:+8.2f} ± {one.margin:.2f}  {names}{mark}")
    if "static_faq" in found.runs:
        share = found.runs["decision_theoretic"].mean_cost / found.runs["static_faq"].mean_cost
        words = (
            "决策论的费用是用户文档顺序的",
            "decision-theoretic costs this share of the order of the document:",
        )
        told += ["", f"{words[place]} {share:.0%}"]
    unit = found.menu.model.currency
    basis = (
        ("模拟", "simulated") if not found.is_perturbed else ("模拟，数字有偏差", "simulated, numbers off")
    )
    told.append(f"{unit}, n = {found.n:,}, seed = {found.seed}, {basis[place]}; ± 95 %")
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
