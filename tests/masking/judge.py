"""What counts as masked and as kept, and whether a ticket is fair: whether a careful human could tell each number in it."""

from __future__ import annotations

import re
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from tests.masking.numbers import is_identity, is_mobile, may_be_card
from tests.masking.spelling import digits_of, folded, joined

if TYPE_CHECKING:
    from tests.masking.corpus import Secret, Ticket

_RUN = re.compile(r"\d+(?:(?:[\s\-‐-―−－.．,，、。;；·・/|+()（）]|&nbsp;){1,3}\d+)*")
_HOLE = "\N{REPLACEMENT CHARACTER}"


def telltales(secret: Secret) -> list[str]:
    """The shortest pieces none of which may be seen in the joined output."""
    digits, parts = secret.digits, [joined(part) for part in secret.parts]
    if secret.kind in {"cvv", "pin"}:
        return [digits]
    if secret.kind == "phone":
        return [digits[place : place + 8] for place in range(len(digits) - 7)]
    pieces = [digits[place : place + 5] for place in range(2, len(digits) - 4)]
    # In a number that repeats itself, such as 4242 4242 4242 4242, the first six tell no more than they may.
    return [piece for piece in pieces if piece not in digits[:6]] + parts


def is_masked(secret: Secret, output: str) -> bool:
    """Whether neither the secret as planted nor too much of its digits is left."""
    if secret.literal in output:
        return False
    seen = joined(output)
    return not any(piece in seen for piece in telltales(secret))


def is_kept(harmless: str, ticket: Ticket, output: str) -> bool:
    """Whether the string stands in the output as often as it stood beside the secrets, not as part of a longer number."""
    return _stands(harmless, output) >= _stands(harmless, without(ticket))


def _stands(wanted: str, text: str) -> int:
    before = r"(?<!\d)" if wanted[0].isdigit() else ""
    after = r"(?!\d)" if wanted[-1].isdigit() else ""
    return len(re.findall(before + re.escape(wanted) + after, text))


def without(ticket: Ticket) -> str:
    """The text with a hole for each secret."""
    text = ticket.text
    for secret in sorted(ticket.planted, key=lambda one: one.start, reverse=True):
        text = text[: secret.start] + _HOLE + text[secret.start + len(secret.literal) :]
    return text


def is_fair(ticket: Ticket) -> bool:
    """Whether nothing harmless could be a secret, and no secret's digits stand elsewhere."""
    return not faults(ticket)


def faults(ticket: Ticket) -> list[str]:
    """What is unfair in a ticket."""
    rest = without(ticket)
    lost = [f"not in the text: {one!r}" for one in ticket.harmless if not _stands(one, rest)]
    return lost + _glued(ticket) + _repeated(ticket) + _mistakable(ticket)


def _glued(ticket: Ticket) -> list[str]:
    return [
        f"{secret.literal!r} is glued to another digit"
        for secret in ticket.planted
        for place in (secret.start - 1, secret.start + len(secret.literal))
        if 0 <= place < len(ticket.text) and ticket.text[place].isdecimal()
    ]


def _repeated(ticket: Ticket) -> list[str]:
    found = []
    for secret in ticket.planted:
        others = [other for other in ticket.planted if other.digits != secret.digits]
        alone = ticket.text
        for same in sorted(ticket.planted, key=lambda one: one.start, reverse=True):
            if same not in others:
                alone = alone[: same.start] + _HOLE + alone[same.start + len(same.literal) :]
        seen = joined(alone)
        found += [
            f"{piece} of {secret.literal!r} stands elsewhere" for piece in telltales(secret) if piece in seen
        ]
    return found


def _mistakable(ticket: Ticket) -> list[str]:
    """Groups of digits, alone or put together, not all of one secret, that could be a card, a phone or an identity number."""
    owners = {
        place: secret
        for secret in ticket.planted
        for place in range(secret.start, secret.start + len(secret.literal))
    }
    found = []
    for run in _RUN.finditer(ticket.text):
        groups = [(run.start() + one.start(), one.group()) for one in re.finditer(r"\d+", run.group())]
        for first, last in combinations_with_replacement(range(len(groups)), 2):
            chosen = groups[first : last + 1]
            digits = folded("".join(group for _, group in chosen))
            of = {owners.get(place) for place, _ in chosen}
            if (len(of) > 1 or None in of) and _is_secret(digits):
                found.append(f"{digits} could be a secret")
    return found


def _is_secret(digits: str) -> bool:
    return may_be_card(digits) or is_mobile(digits) or is_identity(digits)


def digits_agree(secret: Secret) -> bool:
    """Whether the canonical digits are those of the literal (a phone's without the country code; of a track, the card's)."""
    written = digits_of(secret.literal)
    if secret.kind == "track":
        return secret.digits in written
    if secret.kind == "phone":
        return re.sub(r"^(?:0086|86)(?=1)", "", written) == secret.digits
    return written == secret.digits
