"""One variable of the picture as a card: its name, its beliefs as bars, what is known of it. No Streamlit.

A card is a small SVG that travels inside the chart's own data, so nothing is fetched for it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from unicodedata import east_asian_width

Size = Literal["small", "middle", "large"]
"""small: a name and one bar. middle: the likeliest state too. large: a bar for each state."""
WIDTHS: Mapping[Size, float] = {"small": 138, "middle": 160, "large": 214}
SMALL, MIDDLE, TITLE, ROW = 33.0, 55.0, 33.0, 15.0
"""Heights: of cards, and of what a large one is made of."""
SHOWN = 7
"""States of a large card; of more, the likeliest."""
LATIN, BOLD_LATIN, WIDE = 0.56, 0.63, 1.02
"""Width of a letter, as a share of the size of the script; of a Chinese character."""
FONT = "system-ui,-apple-system,'Segoe UI','Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a picture.

    Attributes:
        paper: Behind everything.
        card: Of a card.
        ink: Of letters.
        faint: Of lesser letters and of frames.
        track: Of what a bar does not fill.
        first: Of the part of a bar that is a first state.
        bar: Of the other parts, in turn.
        seen: Of what is known.
        chosen: Of the variable that is looked at.
        way: Of arrows that carry influence.
        arrow: Of all other arrows.
    """

    paper: str
    card: str
    ink: str
    faint: str
    track: str
    first: str
    bar: tuple[str, ...]
    seen: str
    chosen: str
    way: str
    arrow: str


LOOKS: Mapping[str, Look] = {
    "light": Look(
        "#ffffff",
        "#f7f8fa",
        "#111114",
        "#5d6470",
        "#e3e6eb",
        "#b9c2cf",
        ("#2f74d6", "#6aa3ee", "#174a94"),
        "#b04a10",
        "#1d5fbf",
        "#b04a10",
        "#7b8494",
    ),
    "dark": Look(
        "#0e1117",
        "#1a1e27",
        "#f4f5f7",
        "#a2a9b6",
        "#2c323d",
        "#566071",
        ("#5c9bf2", "#2f6cc4", "#a9cbf8"),
        "#f0935a",
        "#7fb2ff",
        "#f0935a",
        "#828b9b",
    ),
}
"""Blue and orange are told apart by every kind of eye; what is known is also marked by a thick frame."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows.

    Attributes:
        title: Name of the variable.
        states: Names of its states.
        beliefs: Of each state; empty where there are none.
        before: The same before any finding; empty where that is not shown.
        seen: Number of the state it is known to be in; None where it is not known for certain.
        is_told: Whether a finding speaks of it.
        is_chosen: Whether it is looked at.
        is_apart: Whether what is looked at says nothing about it.
    """

    title: str
    states: tuple[str, ...]
    beliefs: tuple[float, ...]
    before: tuple[float, ...] = ()
    seen: int | None = None
    is_told: bool = False
    is_chosen: bool = False
    is_apart: bool = False


def height(card: Card, size: Size) -> float:
    """Return how high a card is."""
    if size == "small":
        return SMALL
    return MIDDLE if size == "middle" else TITLE + ROW * min(len(card.states), SHOWN) + 8


def drawn(card: Card, size: Size, look: Look, percent: Sequence[str]) -> str:
    """Return a card as the address of a picture, everything in it.

    Args:
        card: What it shows.
        size: How much of it.
        look: The colours.
        percent: The belief of each state as a person says it.
    """
    wide, high = WIDTHS[size], height(card, size)
    frame = look.chosen if card.is_chosen else look.seen if card.is_told else look.faint
    stroke = 2.4 if card.is_chosen or card.is_told else 0.8
    inside = [
        f'<rect x="1.5" y="1.5" width="{wide - 3:g}" height="{high - 3:g}" rx="5" fill="{look.card}" '
        f'stroke="{frame}" stroke-width="{stroke}"/>'
    ]
    if size == "large":
        inside += _large(card, look, percent, wide)
    else:
        inside += _compact(card, size, look, percent, high)
    opacity = ' opacity="0.3"' if card.is_apart else ""
    return image(wide, high, f'<g font-family="{FONT}"{opacity}>{"".join(inside)}</g>')


def heading(text: str, look: Look) -> str:
    """Return the name of a column as the address of a picture."""
    wide = WIDTHS["small"]
    inside = (
        f'<g font-family="{FONT}"><text x="{wide / 2:g}" y="14" font-size="12" font-weight="600" '
        f'text-anchor="middle" fill="{look.faint}">{escape(text)}</text></g>'
    )
    return image(wide, 20, inside)


def image(wide: float, high: float, inside: str) -> str:
    """Return SVG as the address of a picture.

    A chart puts a picture into a square, keeping its sides' ratio, and then stretches the square to the
    size it is given. So the picture is a square, drawn so that stretching puts it right.
    """
    side = max(wide, high)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side:g}" height="{side:g}" '
        f'viewBox="0 0 {side:g} {side:g}"><g transform="scale({side / wide:.6g} {side / high:.6g})">'
        f"{inside}</g></svg>"
    )
    return f"image://data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _compact(card: Card, size: Size, look: Look, percent: Sequence[str], high: float) -> list[str]:
    wide = WIDTHS[size]
    script = 9.5 if size == "small" else 11.0
    lines = wrapped(card.title, wide - 14, script, 2, is_bold=card.is_chosen or card.is_told)
    top = script + (4.0 if size == "middle" else 2.5 if len(lines) == 2 else 6.5)
    weight = ' font-weight="600"' if card.is_chosen or card.is_told else ""
    found = [
        f'<text x="7" y="{top + number * (script + 1):g}" font-size="{script}"{weight} '
        f'fill="{look.ink}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]
    if not card.beliefs:
        return found
    if size == "middle":
        likeliest = max(range(len(card.beliefs)), key=card.beliefs.__getitem__)
        told = wrapped(card.states[likeliest], wide - 58, 10, 1)[0]
        found.append(
            f'<text x="7" y="{high - 11:g}" font-size="10" fill="{look.faint}">{escape(told)}</text>'
            f'<text x="{wide - 7:g}" y="{high - 11:g}" font-size="10" text-anchor="end" '
            f'fill="{look.faint}">{escape(percent[likeliest])}</text>'
        )
    found += _stacked(card, look, 7, high - 7, wide - 14)
    return found


def _stacked(card: Card, look: Look, left: float, top: float, wide: float) -> list[str]:
    """Return one bar in which every state has its share."""
    parts = [f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="4" fill="{look.track}"/>']
    for number, p in enumerate(card.beliefs):
        fill = look.first if number == 0 else look.bar[(number - 1) % len(look.bar)]
        if number == card.seen:
            fill = look.seen
        length = p * wide
        if length > 0.3:
            parts.append(
                f'<rect x="{left:.2f}" y="{top:g}" width="{max(0.3, length - 0.6):.2f}" height="4" '
                f'fill="{fill}"/>'
            )
        left += length
    return parts


def _large(card: Card, look: Look, percent: Sequence[str], wide: float) -> list[str]:
    lines = wrapped(card.title, wide - 16, 11, 2, is_bold=True)
    first = 15.0 if len(lines) == 2 else 20.0
    found = [
        f'<text x="8" y="{first + 12 * number:g}" font-size="11" font-weight="600" '
        f'fill="{look.ink}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]
    likeliest = sorted(range(len(card.states)), key=lambda one: -card.beliefs[one] if card.beliefs else 0)
    shown = sorted(likeliest[:SHOWN])
    left, long = 8 + 0.45 * wide, 0.55 * wide - 16 - 40
    for place, number in enumerate(shown):
        base = TITLE + ROW * place + 10
        weight = ' font-weight="600"' if number == card.seen else ""
        label = wrapped(card.states[number], 0.45 * wide - 4, 10, 1)[0]
        found.append(
            f'<text x="8" y="{base:g}" font-size="10"{weight} fill="{look.ink}">{escape(label)}</text>'
        )
        if not card.beliefs:
            continue
        fill = look.seen if number == card.seen else look.first if number == 0 else look.bar[0]
        found.append(
            f'<rect x="{left:g}" y="{base - 8:g}" width="{long:g}" height="8" rx="2" fill="{look.track}"/>'
            f'<rect x="{left:g}" y="{base - 8:g}" width="{long * card.beliefs[number]:.2f}" height="8" '
            f'rx="2" fill="{fill}"/>'
            f'<text x="{wide - 8:g}" y="{base:g}" font-size="10" text-anchor="end" '
            f'fill="{look.ink}">{escape(percent[number])}</text>'
        )
        if card.before:
            at = left + long * card.before[number]
            found.append(
                f'<path d="M{at:.2f} {base - 10:g}v12" stroke="{look.ink}" stroke-width="1.4" fill="none"/>'
            )
    return found


def wrapped(text: str, width: float, script: float, most: int, *, is_bold: bool = False) -> list[str]:
    """Return a text in lines that fit, the last one cut where there are too many.

    Args:
        text: The text; at least one line comes back.
        width: Of a line.
        script: Size of the letters.
        most: Lines at most.
        is_bold: Whether the letters are.
    """
    letter = BOLD_LATIN if is_bold else LATIN

    def long(piece: str) -> float:
        return script * sum(WIDE if east_asian_width(one) in "WF" else letter for one in piece)

    lines = [""]
    for piece in _pieces(text):
        if long((lines[-1] + piece).rstrip()) <= width or not lines[-1].strip():
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    lines = [line.strip() for line in lines]
    is_cut = len(lines) > most
    lines = lines[:most]
    while lines[-1] and long(lines[-1] + ("…" if is_cut else "")) > width:
        lines[-1], is_cut = lines[-1][:-1], True
    return [*lines[:-1], lines[-1].rstrip() + "…"] if is_cut else lines


def _pieces(text: str) -> list[str]:
    """Return what must not be torn apart: words with their space, single Chinese characters."""
    pieces = [""]
    for one in text:
        is_wide = east_asian_width(one) in "WF"
        if is_wide and one in "）》”，。：；、？！":
            pieces[-1] += one  # closes what stands before it
        elif (
            is_wide
            or pieces[-1].endswith((" ", "-", "/", "_"))
            or (pieces[-1] and east_asian_width(pieces[-1][-1]) in "WF")
        ):
            pieces.append(one)
        else:
            pieces[-1] += one
    return [piece for piece in pieces if piece]
