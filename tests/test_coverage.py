"""Every line of the user's document against the model that should carry it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from bayesdiag.model import Model
from bayesdiag.modelfile import load
from bayesdiag.modelfile.pages import MODEL, pages, target_label, write_pages

DOCS = Path(__file__).resolve().parent.parent / "docs"
ADVERTISING = "相关POS机产品"
KINDS = {"cause", "symptom", "check", "remedy", "prevention", "contact"}

# What a line is: "- …", "1、…", "A1: …", or a name of four to six characters before a colon.
STATEMENT = re.compile(r"(-|\d、|A\d:|[\u4e00-\u9fff]{4,6}:.|\.POS)")

# Clauses that claim nothing: they lead from one claim to the next, or put it in other words.
FRAMING = {
    ".POS机无法刷信用卡可能涉及多种原因",
    "POS机需要良好的网络连接才能进行信用卡交易",
    "一般情况下",
    "不是所有信用卡都可以在POS机上刷卡",
    "以降低POS机刷卡出现问题的风险",
    "在交易过程中",
    "在某些情况下",
    "如有需要",
    "如果已过期",
    "如果遇到验证失败的情况",
    "通常表示该POS机支持相应品牌的信用卡支付",
}


@pytest.fixture(scope="module")
def model() -> Model:
    return load(MODEL)


def plain(text: str) -> str:
    """The text without what copying from a web page did to it: width of signs, blanks, quotes, “ka”."""
    return re.sub(r'[\s“”"]', "", unicodedata.normalize("NFKC", text).replace("ka卡", "卡"))


def document() -> str:
    return (DOCS / "faq_zh.txt").read_text(encoding="utf-8").split(ADVERTISING)[0]


def statements() -> list[str]:
    return [line for line in map(plain, document().splitlines()) if STATEMENT.match(line)]


def quotes(model: Model) -> list[str]:
    return [plain(quote) for row in model.coverage for quote in row.phrase.zh.split(" / ")]


def clauses(line: str) -> list[tuple[int, int]]:
    """Where the clauses of a line begin and end."""
    return [found.span() for found in re.finditer(r"[^,;。、:]+", line)]


def unquoted(line: str, found: list[str]) -> list[str]:
    """The clauses of a line that no quote touches."""
    spans = [hit.span() for quote in found for hit in re.finditer(re.escape(quote), line)]
    return [
        line[start:end]
        for start, end in clauses(line)
        if not any(begin < end and start < stop for begin, stop in spans)
    ]


def test_every_quote_stands_in_the_document(model: Model) -> None:
    text = plain(document())
    assert [quote for quote in quotes(model) if quote not in text] == []


def test_every_statement_of_the_document_is_quoted(model: Model) -> None:
    found = quotes(model)
    assert [line for line in statements() if not any(quote in line for quote in found)] == []


def test_every_clause_is_quoted_or_claims_nothing(model: Model) -> None:
    found = quotes(model)
    left = {
        clause.removeprefix("-")
        for line in statements()
        for clause in unquoted(line, found)
        if not re.fullmatch(r"A\d|\d|-", clause)
    }
    assert left == FRAMING


def test_the_document_has_the_statements_it_had() -> None:
    # Five headings, twelve bullets, five answers, ten named lines, one introduction.
    assert len(statements()) == 33


def test_every_target_is_in_the_model_and_has_words(model: Model) -> None:
    for row in model.coverage:
        assert row.kind in KINDS
        assert row.targets, row.phrase.zh
        for target in row.targets:
            label = target_label(model, target)
            assert label.zh, target
            assert label.en, target


def test_a_target_that_is_gone_is_a_fault(model: Model) -> None:
    with pytest.raises(KeyError):
        target_label(model, "repair:wish_it_away")
    with pytest.raises(KeyError):
        target_label(model, "card_expired=perhaps")


def test_causes_are_carried_by_causes(model: Model) -> None:
    for row in model.coverage:
        kinds = {
            model.variable_of[name].kind
            for name in (target.partition("=")[0] for target in row.targets)
            if name in model.variable_of
        }
        if row.kind == "cause":
            assert "cause" in kinds, row.phrase.zh
        if row.kind == "symptom" and row.targets != ("premise",):
            assert kinds & {"symptom", "test"}, row.phrase.zh
        if row.kind in {"remedy", "prevention"}:
            assert any(target.startswith("repair:") for target in row.targets), row.phrase.zh


def test_the_stored_pages_are_what_the_model_says(model: Model, tmp_path: Path) -> None:
    write_pages(tmp_path)
    for name, text in pages(model).items():
        assert (tmp_path / name).read_text(encoding="utf-8") == text
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name} is old: run `make docs`"
