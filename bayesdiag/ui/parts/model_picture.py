"""The picture of a model as a chart: cards in columns and arrows as wide as they are strong. No Streamlit.

Every card has a port at each side, a point that is not drawn, and arrows run from port to port: a chart
ends an arrow at a circle around what it points to, and a card is no circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bayesdiag.structure import Arrow, Columns
from bayesdiag.ui.parts.model_card import SMALL, WIDTHS, Card, Look, Size, drawn, heading, height

PITCH, LINE = 162.0, 37.5
"""Between the middles of two columns, and of two rows."""
HEADING = 34.0
HIGHEST, WIDEST = 1300.0, 1150.0
"""A picture larger than this is shown smaller."""
NARROW = 600
"""Pixels up to which a screen is narrow."""
GUTTER, GAP = 24.0, 8.0
"""Of a variable's surroundings: between the two columns, and between cards below one another."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a card stands, and how large it is.

    Attributes:
        x: Of its middle, in pixels to the right.
        y: Of its middle, in pixels down.
        size: How much it shows.
    """

    x: float
    y: float
    size: Size = "small"


@dataclass(frozen=True)
class Picture:
    """A picture's cards, arrows and words.

    Attributes:
        cards: Variable → its card.
        percents: Variable → its beliefs as a person says them.
        arrows: What runs between them.
        strengths: Arrow → its strength; arrows that are not here have an unknown one.
        ways: Arrows that carry influence from the variable that is looked at.
        near: Arrows that touch it.
        look: The colours.
    """

    cards: Mapping[str, Card]
    percents: Mapping[str, Sequence[str]]
    arrows: Sequence[Arrow]
    strengths: Mapping[Arrow, float]
    ways: frozenset[Arrow]
    near: frozenset[Arrow]
    look: Look


def whole(
    picture: Picture, plan: Columns, headings: Sequence[str], zoom: float, at: str
) -> tuple[dict[str, Any], int]:
    """Return the chart of a whole model and its height.

    Args:
        picture: What it shows.
        plan: Where.
        headings: Name of each column; empty for none.
        zoom: How much larger than at first.
        at: The variable in the middle when it is larger.
    """
    spots = {name: Spot(place.column * PITCH, place.row * LINE) for name, place in plan.places.items()}
    top = min((spot.y for spot in spots.values()), default=0.0) - HEADING
    titles = [
        _heading(text, number * PITCH, top, picture.look) for number, text in enumerate(headings) if text
    ]
    wide = PITCH * (len(plan.kinds) - 1) + WIDTHS["small"] + 16
    high = LINE * max(plan.rows - 1, 0) + SMALL + HEADING + 24
    fit = min(1.0, HIGHEST / high, WIDEST / wide)
    center = [spots[at].x, spots[at].y] if zoom > 1 and at in spots else None
    frame = (-WIDTHS["small"] / 2 - 8, top - 12, wide, high)
    series = _series(picture, spots, titles, frame) | {"roam": True, "zoom": fit * zoom}
    if center is not None:
        series["center"] = center
    # Where only a part of it fits, that is the part around what is looked at.
    beside = {"id": "model", "center": [spots[at].x if at in spots else PITCH / 2, frame[1] + high / 2]}
    media = [{"query": {"maxWidth": NARROW}, "option": {"series": [beside]}}]
    option = {"baseOption": _chart(series), "media": media if zoom == 1 else []}
    return option, round(max(200.0, high * fit))


def around(
    picture: Picture, at: str, parents: Sequence[str], children: Sequence[str]
) -> tuple[dict[str, Any], int]:
    """Return the chart of a variable below its parents and above its children, and its height.

    It is as narrow as the screen of a telephone, and stays where it is: a finger that moves on it
    moves the page.
    """
    spots = _arranged(picture, at, parents, children)
    tops = [spot.y - height(picture.cards[name], spot.size) / 2 for name, spot in spots.items()]
    ends = [spot.y + height(picture.cards[name], spot.size) / 2 for name, spot in spots.items()]
    wide, high = 2 * WIDTHS["middle"] + GUTTER + 8, max(ends) - min(tops) + 8
    corner = (-wide / 2, min(tops) - 4)
    return _chart(_series(picture, spots, [], (*corner, wide, high))), round(high)


def _arranged(picture: Picture, at: str, parents: Sequence[str], children: Sequence[str]) -> dict[str, Spot]:
    card = picture.cards[at]
    step = height(card, "middle") + GAP
    away = (WIDTHS["middle"] + GUTTER) / 2
    start = height(card, "large") / 2 + GUTTER + height(card, "middle") / 2
    spots = {at: Spot(0.0, 0.0, "large")}
    for sign, names in ((-1, parents), (1, children)):
        ordered = list(names) if sign > 0 else list(names)[::-1]
        for number, name in enumerate(ordered):
            is_alone = number == len(ordered) - 1 and number % 2 == 0
            x = 0.0 if is_alone and len(ordered) == 1 else (-away if number % 2 == 0 else away)
            spots[name] = Spot(x, sign * (start + (number // 2) * step), "middle")
    return spots


def _chart(series: dict[str, Any]) -> dict[str, Any]:
    return {"animation": False, "tooltip": {"trigger": "item", "confine": True}, "series": [series]}


def _series(
    picture: Picture,
    spots: Mapping[str, Spot],
    titles: list[dict[str, Any]],
    frame: tuple[float, float, float, float],
) -> dict[str, Any]:
    """Return the graph: cards first, so that the number of a click is that of a variable.

    Args:
        picture: What it shows.
        spots: Where the cards stand.
        titles: Names of columns.
        frame: Left, top, width and height of what is to be seen.
    """
    cards = [_node(picture, name, spot) for name, spot in spots.items()]
    ports, links = _links(picture, spots)
    left, top, wide, high = frame
    corners = [_corner("corner 0", left, top), _corner("corner 1", left + wide, top + high)]
    return {
        "type": "graph",
        "id": "model",
        "layout": "none",
        "roam": False,
        "nodeScaleRatio": 1,
        "left": "center",
        "top": "middle",
        "width": wide,
        "height": high,
        "selectedMode": "single",
        "select": {"disabled": False, "itemStyle": {}, "label": {"show": False}},
        "emphasis": {"disabled": True},
        "label": {"show": False},
        "tooltip": {"formatter": "{b}"},
        "edgeSymbol": ["none", "arrow"],
        "edgeSymbolSize": 7,
        "data": [*cards, *ports, *titles, *corners],
        "links": links,
    }


def _node(picture: Picture, name: str, spot: Spot) -> dict[str, Any]:
    card, percent = picture.cards[name], picture.percents[name]
    told = [f"{state} {p}" for state, p in zip(card.states, percent, strict=False)]
    return {
        "id": name,
        "name": "\n".join([card.title, *told]),
        "x": spot.x,
        "y": spot.y,
        "symbol": drawn(card, spot.size, picture.look, percent),
        "symbolSize": [WIDTHS[spot.size], height(card, spot.size)],
    }


def _heading(text: str, x: float, y: float, look: Look) -> dict[str, Any]:
    return {
        "id": f"heading {x:g}",
        "name": text,
        "x": x,
        "y": y,
        "symbol": heading(text, look),
        "symbolSize": [WIDTHS["small"], 20],
        "tooltip": {"show": False},
        "cursor": "default",
    }


def _corner(name: str, x: float, y: float) -> dict[str, Any]:
    """Return a point that is not drawn: with the other one it sets the scale of the picture to 1."""
    return {"id": name, "name": "", "x": x, "y": y, "symbolSize": 0, "tooltip": {"show": False}}


def _links(picture: Picture, spots: Mapping[str, Spot]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return ports and arrows, those that matter on top."""
    ports: dict[str, dict[str, Any]] = {}
    order = sorted(picture.arrows, key=lambda one: (one in picture.ways) + (one in picture.near))
    links = []
    for parent, child in order:
        if parent not in spots or child not in spots:
            continue
        sides = _sides(spots[parent], spots[child])
        ends = []
        for name, side in zip((parent, child), sides, strict=True):
            key = f"{name} {side}"
            ports[key] = _port(key, picture.cards[name], spots[name], side)
            ends.append(key)
        bend = 0.0
        if sides[0] == sides[1]:  # beside its own column, at most so far out that it stays in the gap
            down = spots[child].y - spots[parent].y
            bend = max(-0.5, min(0.5, 44 / down)) if down else 0.0
        links.append(_link(picture, (parent, child), ends, bend))
    return list(ports.values()), links


def _sides(a: Spot, b: Spot) -> tuple[str, str]:
    """Return at which sides an arrow leaves and comes in."""
    if a.size == b.size == "small":
        if a.x == b.x:
            return "right", "right"
        return ("right", "left") if a.x < b.x else ("left", "right")
    outer = a if a.size != "large" else b
    if outer.x == 0 or a.size == b.size:
        return "bottom", "top"
    inner = "right" if outer.x < 0 else "left"  # arrows run down the gutter between the two columns
    return (inner, "top") if outer is a else ("bottom", inner)


def _port(key: str, card: Card, spot: Spot, side: str) -> dict[str, Any]:
    half = WIDTHS[spot.size] / 2, height(card, spot.size) / 2
    dx, dy = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}[side]
    return {
        "id": key,
        "name": "",
        "x": spot.x + dx * half[0],
        "y": spot.y + dy * half[1],
        "symbolSize": 2,  # with 0, bent arrows would end anywhere
        "itemStyle": {"opacity": 0},
        "tooltip": {"show": False},
    }


def _link(picture: Picture, arrow: Arrow, ends: Sequence[str], bend: float) -> dict[str, Any]:
    look, strength = picture.look, picture.strengths.get(arrow)
    is_way, is_near = arrow in picture.ways, arrow in picture.near
    is_calm = not picture.ways and not picture.near
    return {
        "source": ends[0],
        "target": ends[1],
        "tooltip": {"show": False},
        "symbolSize": 5 + 5 * (strength or 0.0),
        "lineStyle": {
            "width": 0.6 + 3.2 * (strength or 0.0),
            "type": "dashed" if strength is None else "solid",
            "color": look.way if is_way else look.chosen if is_near else look.arrow,
            "opacity": 0.95 if is_way or is_near else 0.4 if is_calm else 0.14,
            "curveness": bend,
        },
    }
