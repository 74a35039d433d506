"""What commands that write a better model share: nothing better is written over, and comments are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from bayesdiag.cli.inputs import compiled, load_any
from bayesdiag.cli.printing import say
from bayesdiag.errors import ModelError

if TYPE_CHECKING:
    from bayesdiag.case import Case
    from bayesdiag.learning import Learned
    from bayesdiag.model import Model
    from bayesdiag.modelfile import GoldenCase
    from bayesdiag.score import Replay

    KnownAnswers = tuple[Sequence[GoldenCase], Sequence[Case]]

Refused = tuple[str, str]
"""How a case is called, and why it was not learned from."""

WHATS = ("golden cases as expected", "cases learned from whose confirmed cause comes first")
SHOWN = 12
"""Numbers that are shown, those that moved most first."""
FEW = 5
"""Cases that cannot be learned from that are shown."""


def leave_unlearned(refused: Sequence[Refused]) -> NoReturn:
    """Leave without writing, because no case can be learned from."""
    say("no case can be learned from; nothing was written.", err=True)
    for name, reason in refused[:FEW]:
        say(f"{name}: {reason}.", err=True)
    raise typer.Exit(1)


def refused_lines(refused: Sequence[Refused]) -> Iterator[str]:
    """Yield which cases were not learned from."""
    for name, reason in refused[:FEW]:
        yield f"{name} not learned from: {reason}."
    if len(refused) > FEW:
        yield f"… and {len(refused) - FEW} more."


def most_moved(numbers: Sequence[Learned]) -> list[Learned]:
    """Return the numbers that changed, those that moved most first."""
    return sorted((n for n in numbers if n.is_changed), key=lambda n: -n.moved)


def changed_lines(numbers: Sequence[Learned]) -> Iterator[str]:
    """Yield how many numbers changed, and those that moved most."""
    changed = most_moved(numbers)
    moved = "; those that moved most:" if changed else "."
    yield f"{len(changed)} of {len(numbers)} numbers changed{moved}"
    for learned in changed[:SHOWN]:
        ends = "" if learned.interval is None else " [{:.4g}, {:.4g}]".format(*learned.interval)
        yield f"  {learned.name}: {learned.number.p:.4g} -> {learned.p:.4g}{ends}"


def replayed_lines(before: Replay, after: Replay) -> Iterator[str]:
    """Yield how cases whose answer is known come out with the old numbers and the new."""
    for what, old, new in zip(WHATS, before, after, strict=True):
        if old is not None and new is not None:
            yield f"{what}: {old[0]:.10g} -> {new[0]:.10g} of {new[1]:.10g}."
    if after.is_fewer_golden(before):
        yield (
            "warning: the new numbers answer fewer golden cases as expected than the old ones. There may be "
            "too few cases for so many numbers: keep the old model, or hold the new numbers to what it says "
            "(fit --prior within)."
        )


def keep_better(output: Path, new: Model, known: KnownAnswers, after: Replay) -> None:
    """Leave without writing where the model that already stands at the output is better."""
    better = _better(output, new, known, after)
    if better:
        told = f"{output}: what stands there may be better: {better}. Nothing was written; --force does."
        say(told, err=True)
        raise typer.Exit(1)


def _better(output: Path, new: Model, known: KnownAnswers, after: Replay) -> str:
    """Return why the model that already stands at the output is better; empty where it is not."""
    import numpy as np  # noqa: PLC0415

    from bayesdiag.learning import log_probabilities  # noqa: PLC0415
    from bayesdiag.score import replay  # noqa: PLC0415

    if not output.exists():
        return ""
    try:
        there = load_any(str(output))
    except ModelError as error:
        return f"nobody can tell, it is no model ({str(error).splitlines()[0]})"
    if _states(there) != _states(new):
        return "nobody can tell, it has other variables or states"
    _, cases = known
    for what, old, now in zip(WHATS, replay(compiled(there), *known), after, strict=True):
        if old is not None and now is not None and old[0] > now[0]:
            return f"{what} {old[0]:.10g}, {now[0]:.10g} with the new one"
    weights = np.array([case.weight for case in cases])
    logs = np.array([log_probabilities(one, cases) for one in (there, new)])
    # A case that either holds to be impossible has no likelihood to be compared by; it is counted.
    refused, refusing = (logs == -np.inf) @ weights
    if refused != refusing:
        told = f"it holds {refused:.10g} cases to be impossible, the new one {refusing:.10g}"
        return told if refused < refusing else ""
    both = np.isfinite(logs).all(axis=0)
    standing, coming = logs[:, both] @ weights[both]
    slack = 1e-6 * (1 + abs(coming))
    told = f"log-likelihood {standing:.6g}, {coming:.6g} with the new one"
    return told if standing > coming + slack else ""


def _states(model: Model) -> dict[str, tuple[str, ...]]:
    return {variable.id: variable.state_ids for variable in model.variables}


def write_model(new: Model, name: str, output: Path) -> None:
    """Write the new model: into the text of the old one where that is a model file, comments kept."""
    from bayesdiag.modelfile import edited, model_path, save, save_text  # noqa: PLC0415

    if not name.lower().endswith((".bif", ".bif.gz")):
        path = model_path(name)
        save_text(edited(path.read_bytes().decode("utf-8"), str(path), new), output)
        return
    save(new, output)
