"""Names that a model file and a cell can hold, made of whatever stands in a table."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ODD = re.compile(r"[^\w.<>+/-]+")
"""What no name keeps: spaces, and the signs = | : ! that mean something in findings and cells."""
MAX_NAME = 60


def ids_of(texts: Iterable[str], taken: Iterable[str] = (), noun: str = "value") -> dict[str, str]:
    """Return a valid name for each text, all different: the text itself wherever it can be one."""
    used, found = set(taken), {}
    todo = list(dict.fromkeys(texts))
    for text in todo:  # what can stay as it is goes first, so that no other name takes its place
        if id_of(text) == text and text not in used:
            found[text] = text
            used.add(text)
    for text in todo:
        if text in found:
            continue
        stem = id_of(text) or noun
        name, number = stem, 2
        while name in used:
            name, number = f"{stem}_{number}", number + 1
        found[text] = name
        used.add(name)
    return {text: found[text] for text in todo}


def id_of(text: str) -> str:
    """Return a text as a name; empty where nothing of it can stay."""
    name = _ODD.sub("_", text.strip()).strip("_")[:MAX_NAME].rstrip("_")
    return "" if name in {"", "-", "."} else name
