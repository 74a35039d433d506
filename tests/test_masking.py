"""Masking, judged on texts written without a look at it; and that these texts are fair to whatever is judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

import pytest

from tests.masking import corpus, judge, numbers
from tests.masking.corpus import Secret, Ticket

GENERATED, SEED = 10_000, 20
MAX_LEAKED = 0.001
MAX_LOST = 0.001
SHOWN = 20

Mask = Callable[[str], str]
SOURCES = ("generated", "handmade")


@cache
def tickets(source: str) -> tuple[Ticket, ...]:
    return tuple(corpus.texts(GENERATED, SEED)) if source == "generated" else corpus.handmade()


@dataclass
class Score:
    planted: Counter[str] = field(default_factory=Counter)
    leaked: Counter[str] = field(default_factory=Counter)
    harmless: int = 0
    lost: int = 0
    leaks: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    def told(self) -> str:
        kinds = ", ".join(
            f"{kind} {self.leaked[kind]} of {count}" for kind, count in sorted(self.planted.items())
        )
        return (
            f"{self.leaked.total()} of {self.planted.total()} secrets left ({kinds}); "
            f"{self.lost} of {self.harmless} harmless numbers lost"
        )


def score(found: Iterable[Ticket], mask: Mask) -> Score:
    result = Score()
    for ticket in found:
        output = mask(ticket.text)
        told = f"\n    from {ticket.text!r}\n    made {output!r}"
        for secret in ticket.planted:
            result.planted[secret.kind] += 1
            if not judge.is_masked(secret, output):
                result.leaked[secret.kind] += 1
                result.leaks.append(f"{secret.kind} {secret.literal!r} left{told}")
        for harmless in ticket.harmless:
            result.harmless += 1
            if not judge.is_kept(harmless, ticket, output):
                result.lost += 1
                result.losses.append(f"{harmless!r} lost{told}")
    return result


@pytest.fixture(scope="module", params=SOURCES)
def scored(request: pytest.FixtureRequest) -> tuple[str, Score]:
    from bayesdiag.mask import mask_text  # noqa: PLC0415 - the texts are tested without it

    return request.param, score(tickets(request.param), mask_text)


def shown(offenders: list[str], source: str) -> str:
    some = offenders[:SHOWN] if source == "generated" else offenders
    return f"{len(offenders)} offenders:\n" + "\n".join(some)


def test_planted_secrets_are_masked(
    scored: tuple[str, Score],
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, result = scored
    record_property(f"masking, {source}", result.told())
    with capsys.disabled():
        print(f"\n{source}: {result.told()}")  # noqa: T201 - the figures are wanted when all is well, too
    assert result.leaked.total() <= MAX_LEAKED * result.planted.total(), shown(result.leaks, source)


def test_harmless_numbers_stay(scored: tuple[str, Score]) -> None:
    source, result = scored
    assert result.lost < MAX_LOST * result.harmless, shown(result.losses, source)


# The texts themselves.


@pytest.mark.parametrize("source", SOURCES)
def test_planted_secrets_stand_where_the_ticket_says(source: str) -> None:
    wrong = [
        (ticket.text, secret)
        for ticket in tickets(source)
        for secret in ticket.planted
        if not ticket.text.startswith(secret.literal, secret.start) or not judge.digits_agree(secret)
    ]
    assert wrong == []


def is_sound(secret: Secret) -> bool:
    digits = secret.digits
    if secret.kind in {"pan", "track"}:
        return numbers.luhn(digits) and numbers.in_card_range(digits)
    if secret.kind == "id":
        return numbers.is_identity(digits)
    if secret.kind == "phone":
        return numbers.is_mobile(digits) or (digits[0] == "0" and len(digits) in {11, 12})
    return digits.isdecimal() and len(digits) in ({3, 4} if secret.kind == "cvv" else {4, 6})


@pytest.mark.parametrize("source", SOURCES)
def test_planted_secrets_have_their_check_digits_and_lengths(source: str) -> None:
    wrong = [secret for ticket in tickets(source) for secret in ticket.planted if not is_sound(secret)]
    assert wrong == []


@pytest.mark.parametrize("source", SOURCES)
def test_every_text_is_fair(source: str) -> None:
    unfair = [(ticket.text, faults) for ticket in tickets(source) if (faults := judge.faults(ticket))]
    assert unfair == []


@pytest.mark.parametrize("source", SOURCES)
def test_long_harmless_numbers_could_be_no_card(source: str) -> None:
    cards = [
        harmless
        for ticket in tickets(source)
        for harmless in ticket.harmless
        for digits in re.findall(r"\d+", harmless)
        if 13 <= len(digits) <= 19 and numbers.luhn(digits) and numbers.in_card_range(digits)
    ]
    assert cards == []


@pytest.mark.parametrize("source", SOURCES)
def test_about_a_quarter_of_the_texts_has_no_secret(source: str) -> None:
    found = tickets(source)
    assert 0.2 < sum(not ticket.planted for ticket in found) / len(found) < 0.3
    assert 0.4 < sum(ticket.lang == "zh" for ticket in found) / len(found) < 0.6


def test_there_are_many_texts_and_all_differ() -> None:
    for lang in ("zh", "en"):
        assert len(set(corpus.templates(lang))) == len(corpus.templates(lang)) >= 150
    assert len({ticket.text for ticket in corpus.handmade()}) == len(corpus.handmade()) >= 400


def test_the_texts_of_a_seed_are_always_the_same() -> None:
    assert list(corpus.texts(300, 3)) == list(corpus.texts(300, 3)) != list(corpus.texts(300, 4))


# The judge.


@pytest.mark.parametrize("source", SOURCES)
def test_the_judge_sees_every_secret_in_an_unmasked_text_and_misses_nothing(source: str) -> None:
    untouched = score(tickets(source), lambda text: text)
    assert untouched.leaked == untouched.planted
    assert untouched.losses == []


@pytest.mark.parametrize("source", SOURCES)
def test_the_judge_sees_that_a_text_without_digits_has_lost_its_numbers(source: str) -> None:
    emptied = score(tickets(source), lambda text: re.sub(r"[\d/^]", "*", text))
    assert emptied.leaks == []
    assert emptied.lost >= 0.99 * emptied.harmless


@pytest.mark.parametrize("source", SOURCES)
def test_the_judge_is_content_with_exactly_the_secrets_gone(source: str) -> None:
    for ticket in tickets(source):
        exact = score([ticket], lambda _, ticket=ticket: judge.without(ticket))
        assert exact.leaks == exact.losses == []


@pytest.mark.parametrize(
    ("output", "masked"),
    [
        ("card 622202******0128 fails", True),
        ("card 6222 02** **** 0128 fails", True),
        ("card [card] fails", True),
        ("card 6222021*****0128 fails", False),
        ("card 622202*****70128 fails", False),
        ("card 6222 **** 3457 0128 fails", False),
        ("card ６２２２ ０２１２ ３４５７ ０１２８ fails", False),
        ("card ****0212****", True),
        ("card ****02123***", False),
    ],
)
def test_the_judge_allows_six_digits_before_and_four_behind(output: str, masked: bool) -> None:  # noqa: FBT001
    secret = Secret("pan", "6222 0212 3457 0128", "6222021234570128", 5)
    assert judge.is_masked(secret, output) is masked


@pytest.mark.parametrize(
    ("kind", "digits", "output", "masked"),
    [
        ("cvv", "739", "cvv ***", True),
        ("cvv", "739", "cvv ７３９", False),
        ("pin", "4821", "pin 4 8 2 1", False),
        ("phone", "13912345678", "+86 139****5678", True),
        ("phone", "13912345678", "+86-139-1234-5***", False),
        ("id", "11010519491231002X", "110105********002X", True),
        ("id", "11010519491231002X", "1101051949******2X", False),
        ("id", "11010519491231002X", "110105 19491231 002x", False),
    ],
)
def test_the_judge_knows_each_kind(kind: str, digits: str, output: str, masked: bool) -> None:  # noqa: FBT001
    assert judge.is_masked(Secret(kind, digits, digits, 0), output) is masked
