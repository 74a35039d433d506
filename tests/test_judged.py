"""What two judges think each cause shows: every name is known, and the page shows what a run says."""

from __future__ import annotations

import pytest

from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from benchmarks.judged import DOCS, compared, distance, drawn, judged, kept
from benchmarks.page import redrawn
from benchmarks.review import named
from benchmarks.review_pairs import cause_states


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


def test_both_judges_spoke_of_every_cause_in_the_model_s_names(network: CompiledNetwork) -> None:
    said, model = kept(), network.model
    assert set(said) == {named(cause) for cause in cause_states(network)}
    for cause, questions in said.items():
        assert "display_text" in questions
        for name, judges in questions.items():
            assert model.variable_of[name].question is not None
            assert set(judges) <= set(model.variable_of[name].state_ids), (cause, name)
            for which in (0, 1):
                assert sum(both[which] for both in judges.values()) == pytest.approx(100, abs=5), (
                    cause,
                    name,
                )


def test_distances() -> None:
    assert distance({"a": 0.7, "b": 0.3}, {"a": 0.7, "b": 0.3}) == 0
    assert distance({"a": 1.0}, {"b": 1.0}) == 1
    found = judged("c=yes", "q", {"a": [50, 150], "b": [50, 50]}, {"a": 0.25, "b": 0.75})
    assert found.apart == pytest.approx(0.25)
    assert found.judges == pytest.approx({"a": 0.625, "b": 0.375})
    assert found.off == pytest.approx(0.375)


@pytest.mark.long
def test_the_page_shows_what_a_run_says(network: CompiledNetwork) -> None:
    page = (DOCS / "judged.md").read_text(encoding="utf-8")
    assert redrawn(page, "benchmarks.judged", drawn(compared(network))) == page
