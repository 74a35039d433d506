"""A starting model from a table of cases: what is read, cut, counted, chosen and refused."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesdiag import compile_network, load
from bayesdiag.casefile import cases_of_frame, read_cases
from bayesdiag.cli import run
from bayesdiag.draft import Draft, Settings, draft, read_table, table_of_frame
from bayesdiag.draft.arrows import mutual, parents_of
from bayesdiag.draft.bins import between, bin_names, quantiles, supervised
from bayesdiag.draft.choose import chosen
from bayesdiag.draft.columns import Words
from bayesdiag.draft.counts import shrunk
from bayesdiag.draft.forecast import forecast
from bayesdiag.draft.names import id_of, ids_of
from bayesdiag.draft.tuned import tuned
from bayesdiag.draft.ways import Drawer, Way, ways
from bayesdiag.engine.layout import Floats
from bayesdiag.errors import CaseFileError
from bayesdiag.modelfile import dumps, loads
from bayesdiag.score import log_losses, target_forecast

STATED = Settings(structure="forest", cutting="supervised", ess=2.0, pair_ess=3.0)
Frame = dict[str, list[object]]


def world(n: int, seed: int = 0) -> Frame:
    """Return a table in which a belt slips, what slips is loud, and a pump is hot; some cells are blank."""
    random = np.random.default_rng(seed)
    fault = random.choice(["belt", "pump", "none found"], n, p=[0.3, 0.2, 0.5])
    heat = np.where(fault == "pump", 80, 50) + random.normal(0, 6, n)
    slip = np.where((fault == "belt") ^ (random.random(n) < 0.2), "yes", "no")
    noise = np.where((slip == "yes") ^ (random.random(n) < 0.1), "loud", "soft")
    blank = random.random((3, n)) < 0.2
    found: Frame = {"ticket": [f"T{k}" for k in range(n)], "fault found": list(fault)}
    found["heat"] = [None if hide else round(float(x), 1) for x, hide in zip(heat, blank[0], strict=True)]
    found["noise"] = [None if hide else str(x) for x, hide in zip(noise, blank[1], strict=True)]
    found["slip"] = [None if hide else str(x) for x, hide in zip(slip, blank[2], strict=True)]
    return found


@pytest.fixture(scope="module")
def made() -> Draft:
    return draft(world(400), "fault found", STATED, name="mill")


def test_a_draft_says_what_it_is_made_of(made: Draft) -> None:
    assert [v.id for v in made.model.variables] == ["fault_found", "heat", "noise", "slip"]
    assert made.model.variables[0].label.en == "fault found"
    assert made.model.variables[0].state_ids == ("belt", "none_found", "pump")
    assert [one.name for one in made.dropped] == ["ticket"]
    assert made.dropped[0].reason.startswith("400 different values in 400 cells")
    assert made.model.variable_of["noise"].parents == ("fault_found",)
    assert made.model.variable_of["slip"].parents == ("fault_found", "noise")
    assert loads(dumps(made.model)) == made.model


def test_every_row_carries_its_cases_and_what_it_was_drawn_by(made: Draft) -> None:
    table = table_of_frame(world(400))
    noise, fault = (table.cells[table.columns.index(name)] for name in ("noise", "fault found"))
    cells = [one for one, cause in zip(noise, fault, strict=True) if cause == "belt" and one]
    everyone = [one for one in noise if one]
    overall = (everyone.count("soft") + 0.5) / (len(everyone) + 1)
    row = next(r for r in made.model.variable_of["noise"].cpt.rows if r.when == {"fault_found": ("belt",)})  # type: ignore[union-attr]
    assert row.weight is not None
    assert row.weight.source == f"{len(cells)} cases"
    assert row.weight.ess == len(cells) + 2
    assert row.p[1] == pytest.approx((cells.count("soft") + 2 * overall) / (len(cells) + 2), abs=1e-6)
    prior = made.model.variables[0]
    assert prior.weight.ess == 401


def test_the_table_itself_is_cases_of_the_model_and_a_blank_stays_blank(made: Draft) -> None:
    frame = world(400)
    cases, rejects = cases_of_frame(frame, made.model, naming=made.naming)
    assert not rejects
    blanks = sum(cell is None for name in ("heat", "noise", "slip") for cell in frame[name])
    assert sum(4 - len(case.evidence.findings) for case in cases) == blanks
    (cut,) = made.naming.cuts["heat"]
    for case, heat in zip(cases, frame["heat"], strict=True):
        bin_of = None if heat is None else f"below_{cut:g}" if float(str(heat)) < cut else f"from_{cut:g}"
        assert case.evidence.hard().get("heat") == bin_of


@pytest.mark.parametrize("structure", ["naive", "sparse", "forest", "tree"])
def test_choosing_forecasts_as_the_engine_does(structure: str) -> None:
    frame = world(120, seed=3)
    settings = Settings(structure=structure, cutting="quantiles", ess=1.5, pair_ess=2.5)  # type: ignore[arg-type]
    found = draft(frame, "fault found", settings)
    cases, _ = cases_of_frame(frame, found.model, naming=found.naming)
    told = target_forecast(compile_network(found.model), cases, "fault_found")
    columns = [frame[name] for name in ("heat", "noise", "slip")]
    drawn = _drawn(columns, frame["fault found"], found.way)
    p = forecast(drawn.found.codes, drawn.prior, drawn.tables, drawn.parents)
    np.testing.assert_allclose(told.p, p, atol=2e-5)  # a file keeps six digits


def _drawn(columns: list[list[object]], labels: list[object], way: Way):  # type: ignore[no-untyped-def]
    from bayesdiag.draft.columns import column_of, words_of  # noqa: PLC0415
    from bayesdiag.draft.table import text_of  # noqa: PLC0415

    found = [
        column_of(f"c{k}", [text_of(cell) for cell in cells], Settings()) for k, cells in enumerate(columns)
    ]
    y = words_of("y", [str(label) for label in labels], 30).codes
    return Drawer(found, y, np.arange(len(y)), 4).drawn(way)  # type: ignore[arg-type]


def test_a_forecast_is_the_sum_over_all_worlds() -> None:
    random = np.random.default_rng(1)
    sizes, parents = (2, 3, 2, 2), (-1, 0, 1, 0)
    prior = random.dirichlet([1, 1, 1])
    tables = [
        random.dirichlet([1] * size, (3,) if parent < 0 else (3, sizes[parent]))
        for size, parent in zip(sizes, parents, strict=True)
    ]
    codes = random.integers(-1, 2, (20, 4))
    expected = np.zeros((20, 3))
    for cause, *states in product(range(3), *(range(size) for size in sizes)):
        p = prior[cause]
        for table, parent, state in zip(tables, parents, states, strict=True):
            p *= table[cause, state] if parent < 0 else table[cause, states[parent], state]
        fits = ((codes < 0) | (codes == states)).all(axis=1)
        expected[fits, cause] += p
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(forecast(codes, prior, tables, parents), expected, atol=1e-12)


def test_the_tree_is_the_likeliest_one() -> None:
    random = np.random.default_rng(2)
    y = random.integers(0, 2, 300)
    a = random.integers(0, 2, 300)
    b, c = a ^ (random.random(300) < 0.2), y ^ (random.random(300) < 0.2)
    codes = np.column_stack([a, b, c, random.integers(0, 2, 300)])
    codes[random.random(codes.shape) < 0.1] = -1
    told, freedom = mutual(codes, y, (2, 2, 2, 2), 2)
    assert told[0, 1] > 20
    assert (freedom + 2 * np.eye(4) == 2).all()
    trees = [
        edges
        for edges in product(*(range(4) for _ in range(4)))
        if edges[0] == 0 and all(_reaches_root(edges, place) for place in range(4))
    ]
    best = max(sum(told[k, edges[k]] for k in range(1, 4)) for edges in trees)
    parents = parents_of(codes, y, (2, 2, 2, 2), 2, "tree")
    assert sum(told[k, parent] for k, parent in enumerate(parents) if parent >= 0) == pytest.approx(best)
    assert sum(parent < 0 for parent in parents) == 1
    assert parents_of(codes, y, (2, 2, 2, 2), 2, "sparse") == (-1, 0, -1, -1)
    assert parents_of(codes, y, (2, 2, 2, 2), 2, "naive") == (-1,) * 4


def _reaches_root(edges: tuple[int, ...], place: int) -> bool:
    for _ in range(4):
        place = edges[place]
    return place == 0


def test_numbers_are_cut_where_the_cause_changes_and_nowhere_else() -> None:
    random = np.random.default_rng(3)
    x = np.round(random.uniform(0, 100, 300), 1)
    y = ((x > 30) & (x < 70)).astype(np.int64)
    cuts = supervised(x, y, 2)
    assert len(cuts) == 2
    assert cuts[0] == pytest.approx(30, abs=1)
    assert cuts[1] == pytest.approx(70, abs=1)
    assert supervised(x, random.integers(0, 2, 300), 2) == ()
    assert supervised(np.ones(50), random.integers(0, 2, 50), 2) == ()


def test_shares_are_about_equal_and_equal_numbers_stay_together() -> None:
    assert quantiles(np.arange(8.0), 4) == (2.0, 4.0, 6.0)
    assert quantiles(np.array([1.0] * 9 + [2.0]), 4) == (2.0,)
    assert quantiles(np.ones(5), 4) == ()
    assert between(1.2, 1.3) == 1.25
    assert between(34, 36) == 35
    assert 0.1 < between(0.1, np.nextafter(0.1, 1)) <= np.nextafter(0.1, 1)
    assert bin_names((1.5, 3.0)) == ("below_1.5", "1.5_to_3", "from_3")


def test_names_are_valid_and_different() -> None:
    assert ids_of(["a b", "a_b", "a=b", "轴承", "!"]) == {
        "a b": "a_b_2",
        "a_b": "a_b",
        "a=b": "a_b_3",
        "轴承": "轴承",
        "!": "value",
    }
    assert id_of(" x:y|z ") == "x_y_z"


def test_a_row_is_drawn_towards_the_one_that_knows_less() -> None:
    alone, under = np.array([6.0, 2.0]), np.array([[0.0, 0.0], [6.0, 2.0]])
    overall = (alone + 0.5) / 9
    found = shrunk([alone, under], [4.0])
    np.testing.assert_allclose(found[0], overall)
    np.testing.assert_allclose(found[1], (under[1] + 4 * overall) / 12)


def test_tuned_numbers_forecast_better_and_hold_no_gradient() -> None:
    frame = world(300, seed=5)
    way = Way("naive", "quantiles", blank_is_state=False, ess=3.0, pair_ess=1.0)
    drawn = _drawn([frame[n] for n in ("heat", "noise", "slip")], frame["fault found"], way)
    y = np.unique(np.array([str(one) for one in frame["fault found"]]), return_inverse=True)[1]
    rows = np.arange(300)
    prior, tables = tuned(drawn.found, rows, y, (drawn.prior, drawn.tables), pull=5.0)

    def goal(prior: Floats, tables: list[Floats]) -> float:
        p = forecast(drawn.found.codes, prior, tables, drawn.parents)
        pulled = [(drawn.prior, prior), *zip(drawn.tables, tables, strict=True)]
        return float(np.log(p[rows, y]).sum() + 5 * sum((c * np.log(t)).sum() for c, t in pulled))

    best = goal(prior, tables)
    assert best > goal(drawn.prior, drawn.tables) + 1
    random = np.random.default_rng(0)
    for _ in range(20):
        shaken = [t * np.exp(1e-2 * random.normal(size=t.shape)) for t in tables]
        shaken = [t / t.sum(axis=1, keepdims=True) for t in shaken]
        assert goal(prior, shaken) <= best + 1e-3
    for table in tables:
        np.testing.assert_allclose(table.sum(axis=1), 1)


def test_choosing_takes_the_arrows_that_are_there_and_repeats_to_the_bit() -> None:
    random = np.random.default_rng(7)
    y = random.integers(0, 2, 400)
    a = random.integers(0, 2, 400)
    b = np.where(random.random(400) < 0.1, 1 - (a ^ y), a ^ y)  # tells the cause only beside a
    columns = [Words("a", ("0", "1"), a), Words("b", ("0", "1"), b)]
    settings = Settings(repeats=1)
    open_ways = ways(settings, has_numbers=False, has_blanks=False)
    found = chosen(columns, y, open_ways, settings)
    assert found.best.way.structure != "naive"
    naive = min(one.loss for one in found.tried if one.way.structure == "naive")
    assert naive > 0.65
    assert found.best.loss < 0.4
    assert chosen(columns, y, open_ways, settings) == found


def test_blanks_are_a_state_where_that_is_asked() -> None:
    frame = world(200)
    found = draft(
        frame, "fault found", Settings(structure="naive", cutting="supervised", ess=1, blanks="state")
    )
    assert found.model.variable_of["noise"].state_ids == ("loud", "soft", "blank")
    cases, rejects = cases_of_frame(frame, found.model, naming=found.naming)
    assert not rejects
    seen = [case.evidence.hard()["noise"] for case in cases]
    assert seen.count("blank") == sum(one is None for one in frame["noise"])


def test_rare_words_are_put_together_and_later_ones_with_them() -> None:
    words = ["a"] * 20 + ["b"] * 15 + [f"w{k // 2}" for k in range(64)]
    frame: Frame = {"y": ["no", "yes"] * 49 + ["no"], "word": list(words), "z": ["p", "q", "q"] * 33}
    settings = Settings(structure="naive", ess=1, lump=2)
    found = draft(frame, "y", settings)
    assert found.model.variable_of["word"].state_ids == ("a", "b", "other")
    later = {"y": ["no"], "word": ["never seen"], "z": [None]}
    cases, rejects = cases_of_frame(later, found.model, naming=found.naming)
    assert not rejects
    assert cases[0].evidence.hard() == {"y": "no", "word": "other"}
    without = draft(frame, "y", Settings(structure="naive", ess=1))
    assert [one.reason[:31] for one in without.dropped] == ["34 different values are more th"]


@pytest.mark.long
def test_a_searched_structure_finds_the_arrow() -> None:
    pytest.importorskip("pgmpy")
    frame = {name: cells for name, cells in world(400).items() if name != "ticket"}
    found = draft(frame, "fault found", Settings(structure="searched", ess=2))
    arrows = {frozenset((v.id, parent)) for v in found.model.variables for parent in v.parents}
    assert {frozenset(("slip", "noise")), frozenset(("slip", "fault_found"))} <= arrows
    compile_network(found.model)


def test_every_fault_is_told_at_once() -> None:
    frame: Frame = {"y": ["a"] * 6, "x": ["1", "b", "3", "4", "5", "6"]}
    with pytest.raises(CaseFileError) as told:
        draft(frame, "z", Settings(drop=("w",), as_numbers=("v",), folds=1, ess=0))
    text = str(told.value)
    assert text.count("the table has no such column") == 3
    assert "folds: 1 is too few" in text
    assert "ess: 0 is out of range" in text
    assert text.endswith("5 faults; no model was drafted.")
    with pytest.raises(CaseFileError) as told:
        draft(frame, "y", Settings(as_numbers=("x",)))
    assert 'column y: every row that tells it says "a"' in str(told.value)
    assert 'row 2.x: "b" is no number' in str(told.value)


@pytest.mark.parametrize(
    ("y", "x", "said"),
    [
        (["a", "b"] * 3, ["same"] * 6, 'x: every known cell says "same"'),
        (["a", "b"] * 3, ["4111111111111111"] * 6, r'x: every known cell says "\[411111\*{6}1111\]"'),
        (["a", "b"] * 3, [None] * 6, "x: every cell is blank"),
        ([None] * 6, ["p", "q"] * 3, "no row tells the cause"),
        (["a", "b", None, None, None, None], ["p", "q"] * 3, "only 2 rows tell it"),
        ([str(k / 7) for k in range(20)], ["p", "q"] * 10, "it holds 20 different numbers"),
        ([f"word {k}" for k in range(40)], ["p", "q"] * 20, "40 different values, more than 30"),
        (["4111111111111111", "b"] * 3, ["p", "q"] * 3, "card numbers"),
    ],
)
def test_what_cannot_be_drafted_from_is_refused_with_its_reason(
    y: list[object], x: list[object], said: str
) -> None:
    with pytest.raises(CaseFileError, match=said):
        draft({"y": y, "x": x}, "y")


def test_what_a_person_should_look_at_is_told() -> None:
    frame: Frame = {
        "y": ["a", "b"] * 10 + ["c"],
        "code": ["05", "51"] * 10 + ["05"],
        "later": ["p", "q"] * 10 + ["r"],
        "mark": ["NA", "s", "t"] * 7,
    }
    found = draft(frame, "y", Settings(structure="naive", ess=1))
    assert any("column later gives y away" in note for note in found.notes)
    assert any('column mark: "NA" in 7 cells is a value' in note for note in found.notes)
    assert any("told by a single row: c" in note for note in found.notes)
    marked = draft(frame, "y", Settings(structure="naive", ess=1, marks=("NA",)))
    assert marked.model.variable_of["mark"].state_ids == ("s", "t")
    cases, _ = cases_of_frame(frame, marked.model, naming=marked.naming)
    assert sum("mark" not in case.evidence.findings for case in cases) == 7


def test_a_file_becomes_a_model_that_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, model = tmp_path / "mill.csv", tmp_path / "mill.yaml"
    pd.DataFrame(world(150)).to_csv(table, index=False)
    asked = ["draft", str(table), "--cause", "fault found", "-o", str(model), "--structure", "naive"]
    assert run(asked) == 0
    told = capsys.readouterr().out
    assert "150 rows tell fault_found, 3 states." in told
    assert "left out: ticket: 150 different values in 150 cells: they tell rows apart" in told
    names = tmp_path / "mill.names.json"
    assert set(json.loads(names.read_text(encoding="utf-8"))) == {"columns", "values", "cuts"}
    assert run(["score", str(model), str(table), "--names", str(names), "--target", "fault_found"]) == 0
    assert "150 of 150 cases tell fault_found" in capsys.readouterr().out
    assert run(["fit", str(model), str(table), "--names", str(names), "-o", str(tmp_path / "new.yaml")]) == 0
    assert run(asked) == 2
    assert "a file of this name is there already" in capsys.readouterr().err
    assert run([*asked, "--force", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["cases"] == 150
    assert document["chosen"]["best"][0]["structure"] == "naive"
    assert load(str(model)).variables[0].id == "fault_found"


def test_files_and_frames_give_the_same_draft(tmp_path: Path) -> None:
    frame = pd.DataFrame(world(100))
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    drafts = [
        draft(table, "fault found", STATED).model.variables
        for table in (read_table(tmp_path / "t.csv"), read_table(tmp_path / "t.parquet"), frame)
    ]
    assert drafts[0] == drafts[1] == drafts[2]
    with pytest.raises(CaseFileError, match="no known form of table"):
        read_table(tmp_path / "t.xls")


def test_bad_rows_are_told_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("y,x\na,1\nb,2,3\nb,2\n", encoding="utf-8")
    said: list[str] = []
    assert len(read_table(tmp_path / "t.csv", said.append)) == 2
    assert "t.csv:3: row 2: 3 cells for 2 columns" in said[0]


def test_a_card_number_in_a_bad_row_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.csv"
    table.write_text("y,x\n" + "a,p\nb,q\n" * 3 + "b,q,4111111111111111\n", encoding="utf-8")
    assert run(["draft", str(table), "--cause", "y", "-o", str(tmp_path / "t.yaml"), "--ess", "1"]) == 0
    told = capsys.readouterr().err
    assert "left over" in told
    assert "4111111111111111" not in told


def test_cuts_of_a_naming_are_checked_and_used(made: Draft, tmp_path: Path) -> None:
    from bayesdiag.casefile import Naming  # noqa: PLC0415

    (tmp_path / "c.csv").write_text("heat\n12\nabc\n?\n1_000\n999\n", encoding="utf-8")
    cases, rejects = read_cases(tmp_path / "c.csv", made.model, naming=Naming(cuts=made.naming.cuts))
    assert [case.evidence.hard()["heat"] for case in cases] == [
        made.model.variable_of["heat"].state_ids[place] for place in (0, -1)
    ]
    assert len(rejects) == 3  # two words that are no numbers, and a row that says nothing
    for cuts, said in (([2.0, 1.0], "do not rise"), ([1.0] * 0 + list(range(99)), "cuts make 100 parts")):
        with pytest.raises(CaseFileError, match=said):
            cases_of_frame({"heat": [1]}, made.model, naming=Naming(cuts={"heat": cuts}))
    with pytest.raises(CaseFileError, match="no variable has this name"):
        cases_of_frame({"heat": [1]}, made.model, naming=Naming(cuts={"hot": [1.0]}))


def test_a_draft_forecasts_cases_it_never_saw(made: Draft) -> None:
    cases, _ = cases_of_frame(world(400, seed=9), made.model, naming=made.naming)
    told = target_forecast(compile_network(made.model), cases, "fault_found")
    shares = np.bincount(told.truth) / len(told)
    entropy = float(-(shares * np.log(shares)).sum())
    assert log_losses(told).mean() < 0.6 * entropy
