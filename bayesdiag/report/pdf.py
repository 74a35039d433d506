"""A case as a PDF that can be read, searched and copied in Chinese and English.

Letters come from a TrueType font of this machine, of which the signs used are embedded; where there is
none, from the Chinese font that PDF readers bring along (STSong-Light), so that no font need be shipped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from bayesdiag.diagnosis.words import chance
from bayesdiag.report.content import CaseReport

FONT_SETTING = "BAYESDIAG_FONT"
"""Environment variable: a TrueType file with Chinese signs to set PDFs in."""
FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
)
"""Where fonts with TrueType outlines and Chinese signs usually lie; those with others cannot be embedded."""
READERS_FONT = "STSong-Light"
"""A font of Adobe's Asian collection: PDF readers have it, or one of their own in its place."""

SCALES = (1.0, 0.88, 0.76)
"""Sizes that are tried, until all stands on one page; a history too long for that takes more pages."""

_LINE, _BAR, _PALE = HexColor(0x999999), HexColor(0x2F74D6), HexColor(0xAFCBF2)


def pdf_report(report: CaseReport, *, font: str | None = None) -> bytes:
    """Return the report as a PDF on A4.

    Args:
        report: What to tell.
        font: A TrueType file, or "" for the reader's own font; None for `$BAYESDIAG_FONT`, else one of
            `FONTS` that is there, else the reader's own.
    """
    name = _font_name(font)
    for scale in SCALES:
        pages, written = _set(report, _Setting(name, scale))
        if pages == 1:
            break
    return written


def _set(report: CaseReport, setting: _Setting) -> tuple[int, bytes]:
    """Return how many pages the report takes, and the report."""
    written = BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        topMargin=14 * mm,
        bottomMargin=14 * mm,
        leftMargin=16 * mm,
        rightMargin=16 * mm,
        title=report.title,
        author="bayesdiag",
        lang=report.names.tag,
        invariant=True,
    )
    document.build(_story(report, setting))
    return document.page, written.getvalue()


class _Setting:
    """The styles of one font in one size."""

    def __init__(self, font: str, scale: float) -> None:
        def style(points: float, **more: object) -> ParagraphStyle:
            size = points * scale
            # Chinese has no spaces to break lines at.
            return ParagraphStyle(
                "", fontName=font, fontSize=size, leading=size * 1.3, wordWrap="CJK", **more
            )

        self.title = style(16)
        self.answer = style(11.5, spaceAfter=4)
        self.warning = style(10, textColor=HexColor(0xB00020), spaceAfter=4)
        self.heading = style(10.5, spaceBefore=8, spaceAfter=2, textColor=HexColor(0x1D5FBF))
        self.text = style(9)
        self.small = style(8)
        self.pale = style(8, textColor=HexColor(0x555555))


class _Bar(Flowable):  # type: ignore[misc]  # reportlab is untyped
    """Two bars, one above the other: the probability then, and before."""

    def __init__(self, now: float | None, before: float | None) -> None:
        super().__init__()
        self.shares: tuple[tuple[float | None, Color, float], ...] = ((now, _BAR, 4), (before, _PALE, 2.5))
        self.width, self.height = 0.0, 8.0

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Take all the width there is."""
        self.width = width
        return width, min(self.height, height)

    def draw(self) -> None:
        """Draw the bars."""
        top = self.height
        for share, colour, thickness in self.shares:
            top -= thickness
            if share is not None:
                self.canv.setFillColor(colour)
                width = max(0.5, self.width * min(1.0, max(0.0, share)))
                self.canv.rect(0, top, width, thickness - 0.5, stroke=0, fill=1)


def _story(report: CaseReport, setting: _Setting) -> list[Flowable]:
    names = report.names
    story: list[Flowable] = [_text(report.title, setting.title), Spacer(1, 2 * mm)]
    story.append(_text(report.answer, setting.answer))
    if report.warning:
        story.append(_text(report.warning, setting.warning))
    half = (len(report.facts) + 1) // 2
    pairs = zip_longest(report.facts[:half], report.facts[half:], fillvalue=("", ""))
    story.append(_table([[*left, *right] for left, right in pairs], setting, (26, 63, 26, 63), lines=False))
    if report.findings:
        head = [names(key) for key in ("finding", "who", "said_when", "sure")]
        rows = [[said.finding, said.who, said.when, said.sure] for said in report.findings]
        story += [_text(names("findings"), setting.heading), _table([head, *rows], setting, (92, 34, 34, 18))]
    if report.beliefs:
        story += [_text(names("causes"), setting.heading), _beliefs(report, setting)]
    for key, lines in (("plan", report.steps), ("notes", report.notes)):
        if lines:
            story.append(_text(names(key), setting.heading))
            story += [_text(f"{n}. {line}", setting.text) for n, line in enumerate(lines, start=1)]
    story += [_text(names("history"), setting.heading), _history(report, setting), Spacer(1, 3 * mm)]
    return [*story, _text(report.zone, setting.pale), _text(names("foot"), setting.pale)]


def _beliefs(report: CaseReport, setting: _Setting) -> Table:
    names = report.names
    head = [_text(text, setting.pale) for text in (names("cause"), "", names("before"), names("now"))]
    rows = [
        [
            _text(belief.cause, setting.text),
            _Bar(belief.now, belief.before),
            _text("" if belief.before is None else chance(belief.before), setting.text),
            _text("" if belief.now is None else chance(belief.now), setting.text),
        ]
        for belief in report.beliefs
    ]
    return _framed([head, *rows], (84, 58, 18, 18))


def _history(report: CaseReport, setting: _Setting) -> Table:
    names = report.names
    rows = [[names(key) for key in ("number", "said_when", "by", "event")]]
    for step in report.history:
        told = step.told + (names("taken_back") if step.is_undone else "")
        rows.append([str(step.number), step.when, step.by, told])
    return _table(rows, setting, (12, 30, 30, 106), small=True)


def _table(
    rows: Sequence[Sequence[str]],
    setting: _Setting,
    widths: Sequence[float],
    *,
    lines: bool = True,
    small: bool = False,
) -> Table:
    style = setting.small if small else setting.text
    cells = [
        [_text(cell, setting.pale if lines and not number else style) for cell in row]
        for number, row in enumerate(rows)
    ]
    return _framed(cells, widths, lines=lines)


def _framed(cells: list[list[Flowable]], widths: Sequence[float], *, lines: bool = True) -> Table:
    """Return a table; widths in millimetres. Its first row stands again at the top of a further page."""
    style: list[tuple[object, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    if lines:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE))
    columns = [width * mm for width in widths]
    return Table(cells, colWidths=columns, style=TableStyle(style), repeatRows=int(lines), hAlign="LEFT")


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    # What is no sign of a script (a control character, half of a pair) cannot stand in a PDF.
    shown = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    return Paragraph(escape(shown).replace("\n", "<br/>"), style)


def _font_name(told: str | None) -> str:
    """Return the name of the font to set in, made known to the library."""
    wanted = os.environ.get(FONT_SETTING, "") if told is None else told
    places = [wanted] if wanted else [place for place in FONTS if told is None and Path(place).is_file()]
    for place in places:
        name = f"bayesdiag:{place}"
        if name in getRegisteredFontNames():
            return name
        try:
            registerFont(TTFont(name, place))
        except (TTFError, OSError):
            continue  # no TrueType outlines, or not to be read: the next one, or the reader's own
        return name
    registerFont(UnicodeCIDFont(READERS_FONT))
    return READERS_FONT
