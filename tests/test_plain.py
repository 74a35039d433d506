"""Texts shown as they stand: what Markdown makes of them is what they were."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bayesdiag.ui.parts.plain import plain

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SIGNS = st.text(st.sampled_from("ab1 卡_*`~[]()<>#+-=!|$:.&;{}\\\n"), min_size=1, max_size=30)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


@settings(deadline=None)
@given(SIGNS)
@example("- a")
@example("1. a")
@example("a\n---")
@example("a | b\n--- | ---\n1 | 2")
@example("&amp; _x_ __y__ card_age")
@example("![a](b) <b>c</b>")
def test_markdown_shows_what_was_written(text: str) -> None:
    shown = "\n".join(lines(text))  # what stands indented is another matter
    html = MARKDOWN.render(plain(shown))
    assert lines(unescape(re.sub(r"</?p>|<br ?/?>", "\n", html))) == lines(shown)


@pytest.mark.parametrize("text", [":red[x]", ":smile:", ":material/close:", "a :b", "x:y"])
def test_neither_an_icon_nor_a_colour_is_made_of_it(text: str) -> None:
    assert not re.search(r"(?<!\\):(?=[a-z])", plain(text))


@pytest.mark.parametrize("text", ["a -> b", "a <- b", "a -- b", "a --> b"])
def test_no_arrow_and_no_dash_is_made_of_it(text: str) -> None:
    assert not re.search(r"(?<!\\)-[->]|<-", plain(text))


@pytest.mark.parametrize("text", ["Card chip: damaged (the card)", "2–5 years", "C-D: 12% + 3", "card_age"])
def test_a_label_without_marks_is_spoken_as_it_stands(text: str) -> None:
    assert plain(text) == text
