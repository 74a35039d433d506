"""Doubt in whole sentences, both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bayesdiag.diagnosis import Diagnosis, diagnose
from bayesdiag.diagnosis.doubt import Bar, Change, Interval, MindChange, Weak
from bayesdiag.diagnosis.doubt_words import (
    bar_words,
    change_words,
    clash_words,
    conflict_words,
    interval_words,
    mind_words,
    number_words,
    weak_words,
)
from bayesdiag.engine.network import compile_network
from bayesdiag.modelfile import load
from tests.doubting import all_numbers

SURE = Interval((0.33, 0.81), (0.3, 0.8), 0.65)


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    return diagnose(compile_network(load("docs/explanation/till.yaml")), {"text": "failed"}, doubt="full")


def test_sentences_in_english(found: Diagnosis) -> None:
    model = found.model
    numbers = all_numbers(model)
    expired = next(number for number in numbers if (number.variable, number.state) == ("card", "expired"))
    link = next(number for number in numbers if number.role == "link")
    leak = next(number for number in numbers if number.role == "leak")
    assert number_words(model, expired, "en") == "“Card: expired”"
    assert number_words(model, link, "en") == "“Outcome: no line” given “Cable: loose”"
    assert number_words(model, leak, "en") == "“Outcome: declined” without any listed cause"
    assert interval_words(SURE, "en") == (
        "The model's numbers are not exact: with 90% this probability lies between 33% and 81%, "
        "and this cause comes first with 65%."
    )
    assert bar_words(model, Bar(expired, 0.42, 0.75), "an expired card", "en") == (
        "The probability of “Card: expired” is stated as 20% and lies, with 90%, between 11% and 33%: "
        "at 11%, an expired card would have 42%; at 33%, 75%."
    )
    assert change_words(model, Change(expired, 0.406, 1.0), "an expired card", 0.8, "en") == (
        "an expired card would have 80% if the probability of “Card: expired” were 0.406 instead of 0.2."
    )
    guess = replace(expired, weight=replace(expired.weight, source="guess (ask the bank)"))
    assert weak_words(model, Weak(guess, 0.4), "en") == (
        "“Card: expired”: 20% (odds known to a factor of 2, unsourced)."
    )
    assert clash_words(model, {"text": "thanks"}, ["text"], "en") == (
        "This one cannot be so: Text on the screen: thank you."
    )
    assert clash_words(model, {"text": "offline", "cable": "ok"}, ["text", "cable"], "en", rarely=True) == (
        "These hardly ever go together: Text on the screen: offline; Cable: fine. Check them again."
    )
    assert conflict_words(0.031, "en") == (
        "Under the model, answers to these questions fit together as badly in 3.1% of cases."
    )
    change = MindChange(
        (("text", "offline"), ("cable", None)), is_new=False, first=("cable", "loose"), responsibility=0.92
    )
    assert mind_words(model, change, "en") == (
        "If it is “Text on the screen: offline” and “Cable” is taken back, “Cable: loose” comes first (92%)."
    )


def test_sentences_in_chinese(found: Diagnosis) -> None:
    model = found.model
    numbers = all_numbers(model)
    expired = next(number for number in numbers if (number.variable, number.state) == ("card", "expired"))
    link = next(number for number in numbers if number.role == "link")
    leak = next(number for number in numbers if number.role == "leak")
    assert number_words(model, link, "zh") == "在“网线：松动”时出现“结果：连不上”"
    assert number_words(model, leak, "zh") == "没有任何已列原因时出现“结果：拒绝”"
    assert interval_words(SURE, "zh") == (
        "模型里的数字并不精确：这个概率有九成把握在 33% 到 81% 之间，排在第一的可能性是 65%。"
    )
    assert bar_words(model, Bar(expired, 0.42, 0.75), "卡过期", "zh") == (
        "“卡：过期”的概率写的是 20%，真实值九成在 11% 到 33% 之间：若是 11%，卡过期的概率就是 42%；若是 33%，就是 75%。"
    )
    assert change_words(model, Change(expired, 0.406, 1.0), "卡过期", 0.8, "zh") == (
        "只要把“卡：过期”的概率从 0.2 改成 0.406，卡过期的概率就会是 80%。"
    )
    assert weak_words(model, Weak(expired, 0.4), "zh") == "“卡：过期”：20%（胜算可差 2 倍）。"
    assert clash_words(model, {"text": "offline", "cable": "ok"}, ["text", "cable"], "zh") == (
        "这几条互相矛盾，至少有一条不对：屏幕提示：离线；网线：正常。"
    )
    assert conflict_words(0.031, "zh") == "按模型，同样的问题里只有 3.1% 的情况会像这样彼此不合。"
    change = MindChange(
        (("text", "offline"), ("cable", None)), is_new=False, first=("cable", "loose"), responsibility=0.92
    )
    assert mind_words(model, change, "zh") == (
        "如果是“屏幕提示：离线”，并且去掉“网线”，排第一的就会是“网线：松动”（92%）。"
    )


def test_every_change_of_mind_and_weak_number_can_be_said(found: Diagnosis) -> None:
    assert found.doubt.change_my_mind
    for language in ("zh", "en"):
        for change in found.doubt.change_my_mind:
            assert mind_words(found.model, change, language)
        for weak in found.doubt.weakest:
            assert weak_words(found.model, weak, language)
