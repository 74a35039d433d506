"""Card numbers, security codes, PINs, identity and telephone numbers out of any text; the rest stays."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from bayesdiag.mask.cards import card_numbers, code_behind, tracks
from bayesdiag.mask.people import identity_numbers, landlines, phone_numbers, split_identity_numbers
from bayesdiag.mask.plain import plain
from bayesdiag.mask.runs import runs
from bayesdiag.mask.said import called_cards, said_secrets
from bayesdiag.mask.secret import Kind, Secret

__all__ = ["Kind", "Masked", "Secret", "mask_text", "masked"]

_MOST_ROUNDS = 8
_RANK = {"track": 0, "card": 1, "id": 2, "pin": 3, "cvv": 4, "phone": 5}


@dataclass(frozen=True, slots=True)
class Masked:
    """A text that may be kept.

    Attributes:
        text: The text with every secret replaced.
        secrets: What was replaced, in order; their places are those of the original text.
    """

    text: str
    secrets: tuple[Secret, ...]


def mask_text(text: str) -> str:
    """Return a text with every secret in it replaced, as in "[411111******1111]" or "[pin ***]".

    Masking twice changes nothing more; a text without secrets comes back as it was. The time it
    takes grows with the length of the text.
    """
    return masked(text).text


def masked(text: str) -> Masked:
    """Return a text with every secret replaced, and what those were: where, of which kind, whose card.

    It is looked at again until nothing more is found, for what stood beside a secret may have hidden
    another one.
    """
    secrets: tuple[Secret, ...] = ()
    shown = text
    for _ in range(_MOST_ROUNDS):
        found = _apart(_found(plain(shown)))
        if not found:
            break
        secrets = _apart([*secrets, *_moved(found, secrets)])
        shown = _replaced(text, secrets)
    return Masked(shown, secrets)


def _replaced(text: str, secrets: Iterable[Secret]) -> str:
    parts: list[str] = []
    end = 0
    for secret in secrets:
        parts += (text[end : secret.start], secret.shown)
        end = secret.end
    return "".join([*parts, text[end:]])


def _moved(found: tuple[Secret, ...], before: tuple[Secret, ...]) -> Iterator[Secret]:
    """Yield secrets with their places in the text as it was before earlier ones were replaced."""
    shifts = [0, *accumulate(len(one.shown) - (one.end - one.start) for one in before)]
    begins = [one.start + shift for one, shift in zip(before, shifts, strict=False)]
    ends = [one.end + shift for one, shift in zip(before, shifts[1:], strict=True)]
    for secret in found:
        first, last = bisect_right(ends, secret.start), bisect_left(ends, secret.end)
        start, end = secret.start - shifts[first], secret.end - shifts[last]
        if first < len(before) and secret.start >= begins[first]:
            start = before[first].start
        if last < len(before) and secret.end > begins[last]:
            end = before[last].end
        yield replace(secret, start=start, end=end)


def _found(text: str) -> list[Secret]:
    found = [*tracks(text), *said_secrets(text), *landlines(text), *split_identity_numbers(text)]
    cards = [*called_cards(text)]
    for run in runs(text):
        cards += card_numbers(text, run)
        found += identity_numbers(text, run)
        found += phone_numbers(text, run)
    behind = [code_behind(text, card) for card in cards]
    return [*found, *cards, *(code for code in behind if code)]


def _apart(found: Iterable[Secret]) -> tuple[Secret, ...]:
    """Return secrets that do not overlap: what overlaps is one, and says no more than that it is one."""
    apart: list[Secret] = []
    for secret in sorted(set(found), key=lambda one: (one.start, _RANK[one.kind], -one.end)):
        if apart and secret.start < apart[-1].end:
            apart[-1] = _both(apart[-1], secret)
        else:
            apart.append(secret)
    return tuple(apart)


def _both(one: Secret, other: Secret) -> Secret:
    """Return one secret for two that overlap, the first of which does not begin later."""
    if other.end <= one.end:
        return one
    if one.start == other.start and other.kind != "card":
        return other
    kind = min(one.kind, other.kind, key=_RANK.__getitem__)
    end = other.end
    if kind == "card" and one.start == other.start and one.issuer == other.issuer:
        return Secret(one.start, end, "card", issuer=one.issuer)
    return Secret(one.start, end, kind)
