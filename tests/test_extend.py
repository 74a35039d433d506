"""One more context in a model: nothing it said changes, and `fit --pool` goes on from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.casefile.cell import Told, parse_cell
from bayesdiag.cli import run
from bayesdiag.cli.findings import told_findings, told_reports
from bayesdiag.diagnosis import diagnose
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import InvalidModel
from bayesdiag.model import FullTable, Model, StateMap, Table
from bayesdiag.model.extended import extended
from bayesdiag.model.text import Weight
from bayesdiag.modelfile import load
from tests.test_cli_fit import MODEL
from tests.test_pooled import regions

SHARES = {"north": 0.5, "south": 0.3, "west": 0.2}


def test_what_the_model_said_of_old_findings_stays() -> None:
    """Of priors, rows and maps alike, in every state of the new context."""
    model = load("pos_card")
    new = extended(model, "region", SHARES)
    before, after = compile_network(model), compile_network(new)
    causes = [one.id for one in model.of_kind("cause")]
    findings = {"display_text": "read_error", "other_card_here": "works", "terminal_age": "gt5y"}
    old = before.posterior(Evidence(model, findings), premise=True, targets=causes)
    for region in ({}, {"region": "north"}, {"region": "west"}):
        found = after.posterior(Evidence(new, {**findings, **region}), premise=True, targets=causes)
        for cause in causes:
            assert found.of(cause)[0] == pytest.approx(old.of(cause)[0], abs=1e-9)
    assert all("region" in new.variable_of[cause].parents for cause in causes)
    assert new.variable_of["region"].kind == "context"


def test_a_map_and_a_full_table_keep_their_numbers() -> None:
    base = regions(2, cpt=StateMap("region", {"r0": {"ok": 1.0}, "r1": {"ok": 0.25, "bad": 0.75}}))
    new = extended(base, "hour", {"day": 0.6, "night": 0.4}, ["cause", "sign"])
    cause, sign = new.variable_of["cause"].cpt, new.variable_of["sign"].cpt
    assert isinstance(cause, Table)
    assert [(dict(row.when), row.p) for row in cause.rows][1:3] == [
        ({"region": ("r0",), "hour": ("night",)}, (1.0, 0.0)),
        ({"region": ("r1",), "hour": ("day",)}, (0.25, 0.75)),
    ]
    old = base.variable_of["sign"].cpt
    assert isinstance(old, FullTable)
    assert sign == FullTable(("hour", "cause"), old.p * 2)


def test_rows_keep_their_order_and_their_weight() -> None:
    model = load("pos_card")
    name = next(
        one.id
        for one in model.of_kind("cause")
        if isinstance(one.cpt, Table) and any(row.weight for row in one.cpt.rows)
    )
    old, new = (one.variable_of[name].cpt for one in (model, extended(model, "region", SHARES, [name])))
    assert isinstance(old, Table)
    assert isinstance(new, Table)
    for place, row in enumerate(old.rows):
        for state, one in zip(SHARES, new.rows[3 * place : 3 * place + 3], strict=True):
            assert (one.p, one.weight, dict(one.when)) == (
                row.p,
                row.weight,
                {**row.when, "region": (state,)},
            )


@pytest.mark.parametrize(
    ("name", "shares", "by", "told"),
    [
        ("cause", SHARES, ["sign"], "the model has a variable of this name"),
        ("hour", {"day": 1.0}, ["sign"], r"hour: 1 state\."),
        ("", SHARES, ["sign"], "is no name that findings could tell"),
        (" hour", SHARES, ["sign"], "is no name that findings could tell"),
        ("a=b", SHARES, ["sign"], "is no name that findings could tell"),
        *(
            ("hour", {"day": 0.6, state: 0.4}, ["sign"], "is no state that findings could tell")
            for state in ("", " ", "?", "a:b", "08:30", "a|b", "!a", " night")
        ),
        ("hour", {"day": 0.5, "night": 0.4}, ["sign"], "no distribution"),
        ("hour", {"day": np.nan, "night": 0.4}, ["sign"], "no distribution"),
        ("hour", SHARES, ["sing"], 'Did you mean "sign"'),
        ("hour", SHARES, [], "this network has no causes"),
    ],
)
def test_a_mistake_is_told(name: str, shares: dict[str, float], by: list[str], told: str) -> None:
    with pytest.raises(InvalidModel, match=told):
        extended(regions(2), name, shares, by)


@pytest.mark.parametrize("state", ["night shift", "夜班", "a@b", "x,y", "50%", "a!b", "really?"])
def test_other_states_can_be_told_by_options_and_cells(state: str) -> None:
    model = extended(regions(2), "hour", {"day": 0.6, state: 0.4}, ["sign"])
    plain, reports = told_reports([f"hour={state}@" if "@" in state else f"hour={state}"])
    assert (told_findings(plain), reports) == ({"hour": state}, ())
    assert parse_cell(state, model.variable_of["hour"], {}) == Told(state)


def test_copies_of_rows_narrow_intervals_as_the_documents_say() -> None:
    """What `extend` says of itself: nothing learned, the same belief, a narrower interval."""
    model, findings = load("docs/explanation/till.yaml"), {"text": "failed"}
    widths = []
    for one in (model, *(extended(model, "shop", {f"s{k}": 1 / n for k in range(n)}) for n in (2, 10))):
        found = diagnose(compile_network(one), findings, doubt="quick")
        assert found.doubt is not None
        (interval,) = (told for (cause, _), told in found.doubt.intervals.items() if cause == "card")
        widths.append(interval.responsibility[1] - interval.responsibility[0])
    assert widths[0] > widths[1] > widths[2]


def test_links_are_refused() -> None:
    model: Model = load("pos_card")
    stage = model.of_kind("stage")[0].id
    with pytest.raises(InvalidModel, match="it has links instead of a table"):
        extended(model, "region", SHARES, [stage])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lamp.yaml").write_text(MODEL, encoding="utf-8")
    rows = ["bulb,light,shop", *["good,lit,north"] * 6, *["burnt,dark,south"] * 3, "good,lit,", ",dark,?"]
    (tmp_path / "cases.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_from_a_column_to_pooled_numbers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["extend", "lamp.yaml", "shop", "cases.csv", "--by", "bulb", "-o", "shops.yaml"]
    assert run(call) == 0
    assert "shop: north, south. Depending on it: bulb." in capsys.readouterr().out
    model = load("shops.yaml")
    shop = model.variable_of["shop"]
    assert shop.cpt.p == pytest.approx((6 / 9, 3 / 9))  # type: ignore[union-attr]
    assert shop.weight.source == "counted in 9 cases"
    assert replace(model.variable_of["light"]) == load("lamp.yaml").variable_of["light"]
    assert run(["fit", "shops.yaml", "cases.csv", "--pool", "shop", "-o", "new.yaml"]) == 0
    told = capsys.readouterr().out
    assert "P(bulb): good" in told
    assert "; 2 rows, " in told
    assert run(call) == 2
    assert "--force writes over it" in capsys.readouterr().err
    assert run([*call, "--force"]) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lamp.yaml", "shop", "-o", "new.yaml"], "either a file of cases or --states"),
        (["lamp.yaml", "shop", "cases.csv", "--states", "a,b", "-o", "new.yaml"], "either a file"),
        (["lamp.yaml", "shpo", "cases.csv", "--by", "bulb", "-o", "new.yaml"], 'Did you mean "shop"'),
        (["lamp.yaml", "shop", "cases.csv", "-o", "new.yaml"], "this network has no causes"),
        (["lamp.yaml", "shop", "--states", "a", "--by", "bulb", "-o", "new.yaml"], "shop: 1 state."),
        (["lamp.yaml", "shop", "--states", ",", "--by", "bulb", "-o", "new.yaml"], "0 states"),
        (["lamp.yaml", "shop", "nowhere.csv", "--by", "bulb", "-o", "new.yaml"], "nowhere.csv"),
    ],
)
def test_a_wrong_call_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(["extend", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
    assert not (folder / "new.yaml").exists()


def test_a_model_with_causes_can_be_written_and_read_again(folder: Path) -> None:
    assert run(["extend", "pos_card", "region", "--states", "north,south", "-o", "new.yaml"]) == 0
    assert load("new.yaml") == extended(
        load("pos_card"), "region", {"north": 0.5, "south": 0.5}, weight=Weight("guess", 2, 2)
    )
