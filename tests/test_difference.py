"""What changed between two models."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log

from hypothesis import given, settings

from bayesdiag.difference import differences
from bayesdiag.model import FullTable, Link, Model, NoisyMax, Prior, State, Text, Variable, Weight
from bayesdiag.modelfile import load
from tests.networks import chain, diagnostic
from tests.strategies import models


def changed(model: Model, name: str, **fields: object) -> Model:
    """Return a model one of whose variables differs in some fields."""
    variables = [replace(v, **fields) if v.id == name else v for v in model.variables]  # type: ignore[arg-type]
    return replace(model, variables=tuple(variables))


def told(old: Model, new: Model) -> list[tuple[str, str, object, object]]:
    return [(one.kind, ".".join(one.path), one.old, one.new) for one in differences(old, new)]


@settings(deadline=None, max_examples=40)
@given(model=models())
def test_a_model_does_not_differ_from_itself(model: Model) -> None:
    assert differences(model, model) == ()


def test_numbers_come_with_their_log_odds_the_largest_change_first() -> None:
    weight = Weight("40 cases", ess=52.0)
    one = changed(chain(), "a", cpt=Prior((0.15, 0.85)))
    both = changed(one, "b", cpt=FullTable(("a",), (0.8, 0.2, 0.5, 0.5)), weight=weight)
    found = [change for change in differences(chain(), both) if change.kind == "number"]
    assert [(".".join(change.path), change.old, change.new) for change in found] == [
        ("b.row y given a=n", 0.05, 0.5),
        ("b.row n given a=n", 0.95, 0.5),
        ("a.prior y", 0.1, 0.15),
        ("a.prior n", 0.9, 0.85),
    ]
    assert found[0].logits is not None
    assert abs(found[0].logits - log(0.95 / 0.05)) < 1e-12
    assert abs((found[2].logits or 0) - log(0.15 / 0.85 * 9)) < 1e-12
    assert found[0].source == "40 cases, ess 0 → 52"


def test_a_number_that_becomes_certain_changes_without_bound() -> None:
    found = differences(chain(), changed(chain(), "a", cpt=Prior((0.0, 1.0))))
    assert [change.logits for change in found] == [-inf, inf]


def test_links_are_told_apart_by_parent_state_target_and_gate() -> None:
    model = diagnostic()
    cpt = model.variable_of["reading"].cpt
    assert isinstance(cpt, NoisyMax)
    links = [replace(link, p=0.6) if link.to == "fails" and link.when else link for link in cpt.links]
    new = changed(model, "reading", cpt=replace(cpt, links=tuple(links[:-1]), leak={"slow": 0.02}))
    assert told(model, new) == [
        ("structure", "reading.link slow given software=old, method=tap", 0.1, None),
        ("number", "reading.leak slow", 0.01, 0.02),
        ("number", "reading.link fails given slot=dirty, method=chip", 0.7, 0.6),
    ]
    more = replace(cpt, links=(*cpt.links, Link("funds", "none", "slow", 0.2)))
    assert told(model, changed(model, "reading", cpt=more)) == [
        ("structure", "reading.parents", "slot, software, method", "slot, software, funds, method"),
        ("structure", "reading.link slow given funds=none", None, 0.2),
    ]


def test_structure_sources_and_words_are_told_too() -> None:
    model = chain()
    extra = Variable("e", "plain", (State("y"), State("n")), Prior((0.5, 0.5)))
    new = replace(
        changed(model, "a", label=Text("甲", "A"), weight=Weight("a study", 12.0)),
        version="2",
    )
    new = replace(new, variables=(*new.variables, extra))
    assert told(model, new) == [
        ("structure", "e", None, "there"),
        ("source", "a.weight.source", "", "a study"),
        ("source", "a.weight.ess", 0.0, 12.0),
        ("text", "version", "0", "2"),
        ("text", "a.label.zh", "", "甲"),
        ("text", "a.label.en", "", "A"),
    ]
    assert told(new, model)[0] == ("structure", "e", "there", None)
    form = changed(model, "b", cpt=Prior((0.5, 0.5)))
    assert ("structure", "b.form", "FullTable", "Prior") in told(model, form)
    turned = replace(model, variables=model.variables[::-1])
    assert told(model, turned) == [("structure", "order", "a, b, c, d", "d, c, b, a")]


def test_costs_and_repairs_of_a_real_model() -> None:
    model = load("pos_card")
    repair = next(one for one in model.repairs if one.fixes)
    (cause, p), *_ = repair.fixes.items()
    other = replace(repair, minutes=repair.minutes + 1, fixes={**repair.fixes, cause: p / 2})
    new = replace(model, repairs=tuple(other if one is repair else one for one in model.repairs))
    first, second = differences(model, new)
    assert first.path == ("repairs", repair.id, "fixes", "=".join(cause))
    assert first.logits is not None
    assert (second.path, second.old, second.new, second.logits) == (
        ("repairs", repair.id, "minutes"),
        repair.minutes,
        repair.minutes + 1,
        None,
    )


def test_every_change_of_a_premise_is_seen() -> None:
    model = diagnostic()
    assert model.premise is not None
    new = replace(model, premise=replace(model.premise, p=0.5, ess=3.0))
    assert [(kind, path) for kind, path, _, _ in told(model, new)] == [
        ("number", "premise.p"),
        ("source", "premise.ess"),
    ]
