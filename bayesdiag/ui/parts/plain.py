"""Texts of models and visitors, made safe to show, and the small pieces of HTML of the app."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from html import escape

import streamlit as st

from bayesdiag.diagnosis.words import finding_words, state_words, who_words
from bayesdiag.model import Model
from bayesdiag.ui.texts import TEXTS, Words

_MARKS = re.compile(
    r"[\\`*\[\]<>|~$&]|(?<![^\W_])_|_(?![^\W_])"  # what means something anywhere
    r"|:(?=[A-Za-z0-9_+-])"  # the beginning of an icon or of a colour
    r"|(?:^|(?<=\n))[ \t]*[#+=-]"  # what means something where a line begins
    r"|(?<=[<>-])-|-(?=[>-])"  # what becomes a dash or an arrow
    r"|(?:(?:^|(?<=\n))[ \t]*\d+)[.)]"
)


def plain(text: str) -> str:
    """Return a text that Markdown shows as it stands.

    No sign is escaped that would be shown anyway: names of buttons are spoken as they are written.
    """
    return _MARKS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)


def state_label(model: Model, words: Words, name: str, state: str) -> str:
    """Return what a state of a variable is called."""
    return state_words(model, name, state, words.language)


def question_text(model: Model, words: Words, name: str) -> str:
    """Return how a variable is asked about, else its label."""
    variable = model.variable_of[name]
    asked = words.of(variable.question.text) if variable.question else ""
    return asked or words.of(variable.label, name)


def finding_label(model: Model, words: Words, name: str, state: str, sure: float = 1.0) -> str:
    """Return a finding as a person says it, with how sure it is where it is not certain."""
    told = finding_words(model, name, state, words.language)
    return told if sure >= 1 else f"{told} ({words.percent(sure)})"


def group_title(words: Words, group: str) -> str:
    """Return the title of a group of questions."""
    key = f"group_{group}"
    return words(key) if key in TEXTS else group or words("group_other")


def names_of_people(words: Words, who: Iterable[str]) -> str:
    """Return who does something."""
    return who_words(list(who), words.language)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, key: str) -> None:
    """Show a small table: texts in the first column, numbers in the others."""
    cells = ["".join(_cell("th", text, column) for column, text in enumerate(head))]
    cells += ["".join(_cell("td", text, column) for column, text in enumerate(row)) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    with st.container(key=key):
        st.html(
            '<div style="overflow-x:auto" tabindex="0">'  # or no key would move what is too wide
            f'<table style="width:100%;border-collapse:collapse;font-size:0.9rem">{body}</table></div>'
        )


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, key: str) -> None:
    """Show a table of texts, each column as wide as it needs."""
    style = (
        "text-align:left;vertical-align:top;padding:0.3rem 0.6rem 0.3rem 0;overflow-wrap:break-word;"
        "border-bottom:1px solid rgba(128,128,128,0.25)"
    )
    top = "".join(
        f'<th scope="col" style="{style};font-weight:600;word-break:keep-all">{escape(text)}</th>'
        for text in head
    )
    cells = ("".join(f'<td style="{style}">{escape(cell)}</td>' for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    with st.container(key=key):
        st.html(
            '<table style="width:100%;border-collapse:collapse;font-size:0.9rem">'
            f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
        )


def scrolled_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, key: str, numeric: Collection[int]
) -> None:
    """Show a table that may be wider than the screen: it moves sideways in its own frame.

    Args:
        head: Names of the columns.
        rows: Texts; the first column names the row.
        key: A name for this table, of its own.
        numeric: Numbers of the columns that hold figures.
    """
    style = "padding:0.3rem 0.7rem 0.3rem 0;vertical-align:top;border-bottom:1px solid rgba(128,128,128,0.25)"

    def aligned(number: int) -> str:
        return (
            "text-align:right;white-space:nowrap" if number in numeric else "text-align:left;min-width:7rem"
        )

    top = "".join(
        f'<th scope="col" style="{style};{aligned(number)};font-weight:600;white-space:normal">'
        f"{escape(text)}</th>"
        for number, text in enumerate(head)
    )
    lines = (
        "".join(
            f'<td style="{style};{aligned(number)}">{escape(cell)}</td>' for number, cell in enumerate(row)
        )
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    with st.container(key=key):
        st.html(
            '<div style="overflow-x:auto" tabindex="0">'  # or no key would move what is too wide
            '<table style="width:100%;border-collapse:collapse;font-size:0.88rem">'
            f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def told_list(rows: Iterable[tuple[str, str, bool]], *, key: str, is_numbered: bool) -> None:
    """Show a list of things said: what, below it who and when; struck through where it no longer counts."""
    items = "".join(
        '<li style="padding:0.3rem 0;border-bottom:1px solid rgba(128,128,128,0.2);font-size:0.9rem;'
        f'overflow-wrap:anywhere"><span style="text-decoration:{"line-through" if is_gone else "none"}">'
        f'{escape(what)}</span><br><span style="font-size:0.85em;opacity:0.75">{escape(source)}</span></li>'
        for what, source, is_gone in rows
    )
    tag, style = ("ol", "padding-left:1.8rem") if is_numbered else ("ul", "padding-left:0;list-style:none")
    with st.container(key=key):
        st.html(f'<{tag} style="margin:0;{style}">{items}</{tag}>')


def _cell(tag: str, text: str, column: int) -> str:
    align = "left;min-width:5rem" if column == 0 else "right;white-space:nowrap"
    weight = "600" if tag == "th" else "400"
    style = (
        f"text-align:{align};font-weight:{weight};padding:0.35rem 0.5rem 0.35rem 0;vertical-align:top;"
        "border-bottom:1px solid rgba(128,128,128,0.25)"
    )
    return f'<{tag} style="{style}">{escape(text)}</{tag}>'
