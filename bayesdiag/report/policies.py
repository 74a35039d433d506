"""Compared policies for people: what each is called, and how its costs are spread."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text
from bayesdiag.report.overview import Table
from bayesdiag.simulate import Comparison

POLICY_NAMES: Mapping[str, Text] = {
    "clairvoyant": Text("全知", "knows everything"),
    "decision_theoretic": Text("决策论", "decision-theoretic"),
    "look_ahead": Text("决策论，多看一步", "looking one step further"),
    "p_over_c": Text("只修不问，按 p/c", "repairs by p/c, no questions"),
    "best_static": Text("最好的固定顺序", "best fixed order"),
    "static_faq": Text("用户文档的顺序", "order of the document"),
    "random": Text("随机", "at random"),
}
"""What each policy is called."""
_TITLE = Text("每个案例花多少", "What a case costs")
_HEAD = Text("费用（{currency}）", "Cost ({currency})")
_ALT = Text(
    "{first}有一半案例不超过{half}，十分之一超过{most}；{other}有一半案例不超过{other_half}。",
    "{first}: half of the cases cost at most {half}, one in ten more than {most}; "
    "{other}: half cost at most {other_half}.",
)


def policy_name(policy: str, language: str) -> str:
    """Return what a policy is called."""
    return POLICY_NAMES[policy].shown(language, policy)


def rival(found: Comparison) -> str:
    """Return the policy that the decision-theoretic one is held against: the document's order, if any."""
    return next(name for name in ("static_faq", "best_static", "p_over_c", "random") if name in found.runs)


def spread(found: Comparison, language: str) -> Table:
    """Return in how many cases each cost lies, for the decision-theoretic policy and its rival."""
    names = ("decision_theoretic", rival(found))
    shown = [policy_name(name, language) for name in names]
    limits, currency = found.limits, found.menu.model.currency
    labels = [*(f"≤ {limit:g}" for limit in limits), f"> {limits[-1]:g}"]
    half, most = found.quantiles(names[0], [0.5, 0.9])
    (other,) = found.quantiles(names[1], [0.5])
    told = _ALT[language].format(
        first=shown[0], half=f"{half:.3g}", most=f"{most:.3g}", other=shown[1], other_half=f"{other:.3g}"
    )
    columns = tuple(tuple(found.counts(name, limits).tolist()) for name in names)
    head = (_HEAD[language].format(currency=currency), *shown)
    return Table(
        "cost_spread",
        _TITLE[language],
        told[:1].upper() + told[1:],
        head,
        tuple(labels),
        columns,
        is_ordered=True,
    )
