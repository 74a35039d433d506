"""What can be done and who can be called: repairs, contacts, codes and messages, the premise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bayesdiag.model.price import Price
from bayesdiag.model.text import Text, Weight

Finding = tuple[str, str]
"""A variable and the state it is in."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Something a person can do about it.

    Attributes:
        id: Name used in files and results.
        label: Name a person reads.
        text: What to do, to the person who does it.
        minutes: Working time.
        money: Money, in the model's currency.
        wait_minutes: Time that passes before it has worked.
        who: Who does it.
        fixes: (cause, state) → P(repaired | that state).
        repeatable: Whether it may be offered again after it failed.
        never_when: Findings under which it must not be suggested.
        show_first_when: Findings under which it comes before everything else.
        prevention: True for advice against the next failure; never part of a plan.
        workaround: True where it gets the payment done without repairing anything.
        last_resort: True for the step that remains when nothing else is worth its price.
        requires: What must hold before it can be done. Empty: always.
        weight: What stands behind its numbers.
        clusters: What must be open for it.
        cost_after: Step → what it costs once that one was done, where it is less; of several that were
            done, the least counts.
    """

    id: str
    label: Text
    text: Text = field(default_factory=Text)
    minutes: float = 0.0
    money: float = 0.0
    wait_minutes: float = 0.0
    who: tuple[str, ...] = ()
    fixes: Mapping[Finding, float] = field(default_factory=dict)
    repeatable: bool = False
    never_when: tuple[Finding, ...] = ()
    show_first_when: tuple[Finding, ...] = ()
    prevention: bool = False
    workaround: bool = False
    last_resort: bool = False
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weight: Weight = field(default_factory=lambda: Weight(source=""))
    clusters: tuple[str, ...] = ()
    cost_after: Mapping[str, Price] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Something that must be opened for some steps, and stays open: its price is paid once in a case.

    Attributes:
        id: Name used in files.
        label: Name a person reads.
        minutes: Working time of opening it.
        money: Money, in the model's currency.
        wait_minutes: Time that passes until it is open.
    """

    id: str
    label: Text
    minutes: float = 0.0
    money: float = 0.0
    wait_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call: who, and what to have ready."""

    id: str
    label: Text
    help: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class Code:
    """A code a machine shows, in one dialect.

    Attributes:
        dialect: Whose code it is, as in "unionpay".
        code: The code as shown.
        meaning: What it means.
        text: What the machine shows beside it.
        variable: The variable it is evidence about.
        state: The state it reports; empty when it is no evidence.
        approved: True when it says that the payment went through.
        note: What a person must know before doing anything.
        contacts: Whom to call about it, in order.
        repairs: What to do first.
        linked_transaction: True for codes of voids and reversals, which say nothing about a sale.
        legacy: True for codes no longer issued.
    """

    dialect: str
    code: str
    meaning: Text
    text: str
    variable: str
    state: str
    approved: bool = False
    note: Text = field(default_factory=Text)
    contacts: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    linked_transaction: bool = False
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message a machine shows by itself: its wordings, and the state each of them reports."""

    texts: tuple[str, ...]
    meaning: Text
    variable: str
    state: str
    causes: tuple[Finding, ...] = ()
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One family of codes."""

    id: str
    standard: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class Premise:
    """Why there is a case at all: this attempt failed.

    Attributes:
        variable: The variable that says how the attempt ended.
        exclude: The states that would mean there is no case.
        p: Probability of the premise, per attempt.
        ess: How many cases `p` is worth when learning.
        source: Where `p` comes from.
        unknown: P(a case has a cause that the model does not know), before any finding; None where
            nobody stated it.
    """

    variable: str
    exclude: tuple[str, ...]
    p: float
    ess: float = 0.0
    source: str = ""
    unknown: float | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """One line of the user's own document and what carries it in the model.

    Attributes:
        kind: cause, symptom, check, remedy, prevention or contact.
        phrase: The words of the document.
        targets: What carries it: "variable", "variable=state", "repair:id", "contact:id",
            "premise" or "faq_order".
    """

    kind: str
    phrase: Text
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaqStep:
    """One step of the order in which the user's document checks things; a baseline policy."""

    label: Text
    ask: tuple[str, ...]
