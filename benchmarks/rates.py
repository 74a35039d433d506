"""Where the payment model's priors lead, beside what docs/base-rates.yaml has of what was published."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from bayesdiag.diagnosis import Diagnosis, diagnose
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.model import Finding, Table, Variable
from benchmarks.page import DOCS

STORE = DOCS / "base-rates.yaml"
NOT = "not "
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

Document = dict[str, Any]
"""docs/base-rates.yaml; what its fields mean stands at its top."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One state of one cause, without any finding.

    Attributes:
        variable: The cause.
        state: A state of it, never the normal one.
        side: Whose side it is on.
        p: P(state) per attempt, failed or not.
        responsibility: P(state, and a link of it fired | the attempt failed).
        share: Its part of all responsibilities; those of all states sum to 1.
    """

    variable: Variable
    state: str
    side: str
    p: float
    responsibility: float
    share: float

    @property
    def finding(self) -> Finding:
        return self.variable.id, self.state

    @property
    def within(self) -> list[float]:
        """Factors of the odds of the 90 % ranges behind it, the least first; rows may have their own."""
        cpt, factors = self.variable.cpt, {self.variable.weight.within}
        if isinstance(cpt, Table):
            factors |= {row.weight.within for row in cpt.rows if row.weight}
        return sorted(factors)

    @property
    def range(self) -> tuple[float, float]:
        """The 90 % range of `p`, by the widest factor behind it."""
        return widened(self.p, self.within[-1])


@dataclass(frozen=True, slots=True)
class Compared:
    """One published figure, or several of the same, beside what the model says.

    Attributes:
        row: What is published and compared, a row of docs/base-rates.yaml.
        low: Lower end of what is published.
        high: Upper end of it.
        ours: What the model says.
    """

    row: Document
    low: float
    high: float
    ours: float

    @property
    def is_inside(self) -> bool:
        return self.low <= self.ours <= self.high


@dataclass(frozen=True, slots=True)
class Run:
    """All that the page shows.

    Attributes:
        version: Of the model.
        p_fails: P(an attempt fails), by the network itself.
        rates: Every state of every cause but the normal ones, in the order of the file.
        none_of_these: P(no cause's link fired | the attempt failed).
        compared: Every row of docs/base-rates.yaml.
    """

    version: str
    p_fails: float
    rates: tuple[Rate, ...]
    none_of_these: float
    compared: tuple[Compared, ...]


def published() -> Document:
    """Return docs/base-rates.yaml, every value as it is written."""
    found: Document = yaml.load(STORE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    return found


def figure(sum_: str) -> float:
    """Return what a sum comes to: numbers, brackets and + - * / alone; ValueError otherwise."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        raise ValueError(f"not a sum: {sum_}")

    return value(ast.parse(sum_, mode="eval").body)


def widened(p: float, factor: float) -> tuple[float, float]:
    """Return the range of a probability whose odds may be off by a factor."""
    odds = p / (1 - p)
    low, high = odds / factor, odds * factor
    return low / (1 + low), high / (1 + high)


def span(row: Document, trust: Mapping[str, str]) -> tuple[float, float]:
    """Return the ends of what is published; a single figure is widened by the grade of its source."""
    values = [figure(one) for one in row["figures"]]
    return (min(values), max(values)) if len(values) > 1 else widened(values[0], float(trust[row["grade"]]))


def items(document: Document, names: Sequence[str], every: Sequence[Finding]) -> list[Finding]:
    """Return the cause states that names stand for, once each; KeyError for a name that stands for none.

    Args:
        document: Its sides and sets are names too.
        names: Of sides, sets, causes, or single states as `cause=state`.
        every: All cause states.
    """
    groups = {**document["sides"], **document["sets"]}
    found: dict[Finding, None] = {}
    for name in names:
        if name in groups:
            found |= dict.fromkeys(items(document, groups[name], every))
            continue
        cause, _, state = name.partition("=")
        chosen = [one for one in every if one[0] == cause and state in ("", one[1])]
        if not chosen:
            raise KeyError(name)
        found |= dict.fromkeys(chosen)
    return list(found)


def side_of(document: Document, every: Sequence[Finding]) -> dict[Finding, str]:
    """Return the side of every cause state; ValueError where one has none or two."""
    pairs = [(one, side) for side in document["sides"] for one in items(document, [side], every)]
    if sorted(one for one, _ in pairs) != sorted(every):
        raise ValueError("a cause state stands on no side or on two: docs/base-rates.yaml, sides")
    return dict(pairs)


def run(network: CompiledNetwork, document: Document) -> Run:
    """Return what the page shows, worked out exactly.

    Args:
        network: The payment model.
        document: What has been published.
    """
    diagnosis = diagnose(network, {}, doubt="none", explanation="none")
    rates = rated(network, document, diagnosis)
    compared = tuple(
        Compared(row, *span(row, document["trust"]), ours(network, document, rates, row["ours"]))
        for row in document["published"]
    )
    return Run(network.model.version, fails(network), rates, diagnosis.none_of_these, compared)


def rated(network: CompiledNetwork, document: Document, diagnosis: Diagnosis) -> tuple[Rate, ...]:
    """Return the rates of all cause states, in the order of the file."""
    causes = network.model.of_kind("cause")
    every = [(cause.id, state) for cause in causes for state in cause.state_ids[1:]]
    sides = side_of(document, every)
    taken = {(one.id, one.state): one.prior_responsibility for one in diagnosis.causes}
    total = sum(taken.values())
    alone = network.posterior({}, targets=[cause.id for cause in causes])
    return tuple(
        Rate(
            variable=network.model.variable_of[cause],
            state=state,
            side=sides[cause, state],
            p=float(alone.probability(cause, state)[0]),
            responsibility=taken[cause, state],
            share=taken[cause, state] / total,
        )
        for cause, state in every
    )


def fails(network: CompiledNetwork) -> float:
    """Return P(an attempt fails) by the network itself; the premise's own number takes no part in it."""
    return float(np.exp(network.posterior({}, premise=True, targets=[]).log_evidence[0]))


def ours(network: CompiledNetwork, document: Document, rates: Sequence[Rate], asked: Document) -> float:
    """Return what the model says, asked in one of the ways that docs/base-rates.yaml tells."""
    every = {rate.finding: rate for rate in rates}
    way, names = next(iter(asked.items()))
    if way == "premise":
        return network.model.premise.p if network.model.premise else 0.0
    if way == "chance":
        return chance(network, names, asked.get("given", {}))
    chosen, whole = (
        [every[one] for one in items(document, asked[part], list(every))] if part in asked else list(rates)
        for part in (way, "of")
    )
    if way == "attempt":
        return sum(one.p for one in chosen) / (sum(one.p for one in whole) if "of" in asked else 1.0)
    if way == "failing":
        return fails(network) * sum(one.responsibility for one in chosen)
    return sum(one.share for one in chosen) / sum(one.share for one in whole)


def chance(network: CompiledNetwork, states: Mapping[str, Any], given: Mapping[str, str]) -> float:
    """Return P(a variable is in one of these states | findings), per attempt; `not x` stands for all but x."""
    ((name, chosen),) = states.items()
    found = network.posterior(dict(given), targets=[name])
    if isinstance(chosen, str):
        return 1.0 - float(found.probability(name, chosen.removeprefix(NOT))[0])
    return float(sum(found.probability(name, state)[0] for state in chosen))
