"""Learned numbers put back into a model, each with its source: how many cases, of when, what was before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from math import exp, log

from bayesdiag.case import Case
from bayesdiag.model import (
    Cpt,
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Prior,
    Row,
    StateMap,
    Table,
    Variable,
    Weight,
)
from bayesdiag.model.numbers import Number

DIGITS = 6
"""Significant digits of a learned number in the file; more would claim what no case could tell."""
NEAR_ONE = 0.9
"""Above this a share is written by what it leaves over, which would else be lost in the rounding."""
MAX_WITHIN = 1000.0
"""The widest range that is written: more is no range any more."""


@dataclass(frozen=True, slots=True)
class Overall:
    """What a number of one context shrinks to.

    Attributes:
        contexts: The contexts over which rows are pooled.
        p: The overall number.
        concentration: How many cases that is worth to each row.
    """

    contexts: tuple[str, ...]
    p: float
    concentration: float


@dataclass(frozen=True, slots=True)
class Learned:
    """One number before and after.

    Attributes:
        number: The number as the model states it.
        p: What it became.
        cases: How many cases are expected to have used its distribution.
        ess: What the stated number was worth as cases.
        interval: 90 % interval of the new number; None where it was not learned or not reckoned.
        effective: How many complete observations the cases are worth to it.
        is_told: Whether the cases say anything about it that its range did not say before.
        overall: What it shrinks to, being of a pool of rows; the stated number then pulls that one.
    """

    number: Number
    p: float
    cases: float
    ess: float
    interval: tuple[float, float] | None = None
    effective: float = 0.0
    is_told: bool = True
    overall: Overall | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the number is another one now, as it will stand in the file."""
        return _rounded(self.p) != _rounded(self.number.p)

    @property
    def moved(self) -> float:
        """How far its log-odds moved."""
        return abs(_log_odds(self.p) - _log_odds(self.number.p))

    @property
    def name(self) -> str:
        """The number as a person reads it: P(state | condition), or which link or leak it is of."""
        when = ", ".join(f"{name}={'|'.join(states)}" for name, states in self.number.when.items())
        arrow = {"link": "link ", "leak": "leak "}.get(self.number.role, "")
        return f"{arrow}P({self.number.variable}={self.number.state}{' | ' if when else ''}{when})"


def renewed(
    model: Model, numbers: Sequence[Learned], cases: Sequence[Case], *, learned: str = "learned from"
) -> Model:
    """Return the model with learned numbers; those that did not change keep their source.

    Args:
        model: The model they were learned from.
        numbers: Every number, in the model's order.
        cases: The cases learned from.
        learned: How, in front of what the cases are.
    """
    told = f"{learned} {_told(cases)}"
    left = iter(numbers)
    variables = tuple(_variable(variable, left, told) for variable in model.variables)
    return replace(model, variables=variables)


def _told(cases: Sequence[Case]) -> str:
    """Return what the cases are, in the words of a source."""
    days = sorted(case.when[:10] for case in cases if case.when)
    since = f" of {days[0]} to {days[-1]}" if days else ""
    weight = sum(case.weight for case in cases)
    return f"{weight:.10g} cases{since}"


def _variable(variable: Variable, left: Iterator[Learned], told: str) -> Variable:
    cpt = variable.cpt
    if isinstance(cpt, NoisyMax | FirstActive):
        links = tuple(_link(link, variable.weight, next(left), told) for link in cpt.links)
        if isinstance(cpt, FirstActive):
            return replace(variable, cpt=replace(cpt, links=links))
        leaks = [next(left) for _ in cpt.leak]
        leak = dict(zip(cpt.leak, _shares(leaks), strict=True))
        weight = _weight(variable.weight, leaks, told)
        return replace(variable, cpt=NoisyMax(links, leak), weight=weight)
    if isinstance(cpt, Table):
        rows = tuple(_row(row, variable.weight, [next(left) for _ in row.p], told) for row in cpt.rows)
        return replace(variable, cpt=replace(cpt, rows=rows))
    new, used = _whole(cpt, left, len(variable.states))
    return replace(variable, cpt=new, weight=_weight(variable.weight, used, told))


def _whole(cpt: Cpt, left: Iterator[Learned], n_states: int) -> tuple[Cpt, list[Learned]]:
    """Return a form whose numbers have one source together, and those numbers."""
    if isinstance(cpt, StateMap):
        lines = {parent: {state: next(left) for state in line} for parent, line in cpt.rows.items()}
        new = {
            parent: dict(zip(line, _whole_row(list(line.values())), strict=True))
            for parent, line in lines.items()
        }
        return replace(cpt, rows=new), [found for line in lines.values() for found in line.values()]
    assert isinstance(cpt, Prior | FullTable)
    used = [next(left) for _ in cpt.p]
    rows = [_whole_row(used[start : start + n_states]) for start in range(0, len(used), n_states)]
    return replace(cpt, p=tuple(p for row in rows for p in row)), used


def _link(link: Link, shared: Weight, learned: Learned, told: str) -> Link:
    if not learned.is_changed:
        return link
    own = link.weight or shared
    return replace(link, p=_rounded_down(learned.p), weight=_weight(own, [learned], told))


def _row(row: Row, shared: Weight, learned: Sequence[Learned], told: str) -> Row:
    if not any(found.is_changed for found in learned):
        return row
    return replace(row, p=_whole_row(learned), weight=_weight(row.weight or shared, learned, told))


def _shares(learned: Sequence[Learned]) -> tuple[float, ...]:
    return tuple(_rounded_down(found.p) if found.is_changed else found.number.p for found in learned)


def _whole_row(learned: Sequence[Learned]) -> tuple[float, ...]:
    """Return a row that sums to one though its numbers are rounded: the largest takes what is over."""
    if not any(found.is_changed for found in learned):
        return tuple(found.number.p for found in learned)
    p = [_rounded(found.p) for found in learned]
    largest = p.index(max(p))
    others = sum(x for place, x in enumerate(p) if place != largest)
    p[largest] = float(f"{1.0 - others:.12g}")
    return tuple(p)


def _weight(weight: Weight, learned: Sequence[Learned], told: str) -> Weight:
    """Return what stands behind numbers now; as before where none of them changed."""
    changed = [found for found in learned if found.is_changed]
    if not changed:
        return weight
    before = ", ".join(f"{found.number.p:.4g}" for found in changed[:4])
    more = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
    gained = min(found.effective for found in changed)
    worth = min(found.ess for found in changed)
    ess = gained + min(found.overall.concentration if found.overall else found.ess for found in changed)
    stood = f"; before, worth {worth:.4g} cases: {weight.source}" if weight.source else ""
    pools = _pools(changed)
    source = f"{told}{pools} (was {before}{more}; ess {worth:.4g} before, {ess:.4g} after{stood})"
    return replace(
        weight, source=source, ess=float(f"{ess:.4g}"), within=max(map(_within, changed)), grade=""
    )


def _pools(changed: Sequence[Learned]) -> str:
    """Return what rows shrank to, in the words of a source; empty where they are in no pool."""
    told: dict[tuple[tuple[str, ...], float], dict[float, None]] = {}
    for one in changed:
        if one.overall is not None:
            told.setdefault((one.overall.contexts, one.overall.concentration), {})[one.overall.p] = None
    if not told:
        return ""
    own = sorted(one.effective for one in changed if one.overall is not None)
    n = f"{own[0]:.4g}" if own[0] == own[-1] else f"{own[0]:.4g} to {own[-1]:.4g}"
    pools = [
        f"over {', '.join(contexts)}: overall {', '.join(f'{p:.4g}' for p in ps)}, worth {worth:.4g} cases"
        for (contexts, worth), ps in told.items()
    ]
    more = f"; and {len(pools) - 4} more" if len(pools) > 4 else ""
    return f", {n} of them a row's own; pooled {'; '.join(pools[:4])}{more}"


def _within(learned: Learned) -> float:
    """Return the factor between the odds of a number and the further end of its interval."""
    if learned.interval is None or not 0 < learned.p < 1:
        return max(1.0, learned.number.weight.within)
    ends = [_log_odds(end) - _log_odds(learned.p) for end in learned.interval]
    factor = exp(min(max(map(abs, ends)), log(MAX_WITHIN)))
    return max(1.0, float(f"{factor:.3g}"))


def _log_odds(p: float) -> float:
    inside = min(max(p, 1e-300), 1 - 1e-16)
    return log(inside) - log(1 - inside)


def _rounded(p: float) -> float:
    """Return a share with so many digits; near 1 they are those of what is left over."""
    return _to_digits(p, ROUND_HALF_EVEN, ROUND_HALF_EVEN)


def _rounded_down(p: float) -> float:
    """Return a share beside a rest that nobody writes down: shares rounded up might come to more than 1."""
    return _to_digits(p, ROUND_FLOOR, ROUND_CEILING)


def _to_digits(p: float, rounding: str, rounding_of_rest: str) -> float:
    if p <= NEAR_ONE:
        return float(Context(prec=DIGITS, rounding=rounding).create_decimal(Decimal(p)))
    rest = Context(prec=DIGITS, rounding=rounding_of_rest).create_decimal(1 - Decimal(p))
    return float(1 - rest)
