"""What was found in a text that must not be kept, and what may be shown in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["card", "cvv", "pin", "track", "id", "phone"]

SHOWN: dict[str, str] = {
    "card": "[card ***]",
    "cvv": "[cvv ***]",
    "pin": "[pin ***]",
    "track": "[track ***]",
    "id": "[id ***]",
    "phone": "[phone ***]",
}
"""What stands in a secret's place. The brackets keep digits beside it from joining what is left."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A part of a text that must not be kept.

    Attributes:
        start: Where it begins.
        end: Where it has ended.
        kind: What it is.
        scheme: Of a card number: whose card it may be.
        issuer: Of a card number: its first six digits, which tell the issuer; empty where that is not clear.
        last: Of a card number: its last four digits.
    """

    start: int
    end: int
    kind: Kind
    scheme: str = ""
    issuer: str = ""
    last: str = ""

    @property
    def shown(self) -> str:
        """What is shown in its place: of a card number the first six and last four digits.

        No more than that may be kept of a card number of any scheme and length (PCI DSS 4.0,
        requirement 3.5.1, and FAQ 1091 of its council).
        """
        if self.kind == "card" and self.issuer:
            return f"[{self.issuer}******{self.last}]"
        return SHOWN[self.kind]
