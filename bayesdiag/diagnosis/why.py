"""Explanations → sentences, in Chinese and English."""

from __future__ import annotations

from math import isfinite

from bayesdiag.diagnosis.explain import Explanation, LedgerLine
from bayesdiag.diagnosis.fit import Expected, Frequencies
from bayesdiag.diagnosis.phrases import Say, chance, finding_words, number, p_of_bits, state_words
from bayesdiag.diagnosis.result import Diagnosis
from bayesdiag.model import Model

HARDLY = 0.05
"""Bits below which a finding is said to change hardly anything."""
BETTER = 2.0
"""Another cause is told of when it explains the findings at least so many times as well."""
SHOWN_EXPECTED = 4
"""Things that should also be seen, shown to a person."""


def why_lines(diagnosis: Diagnosis, language: str) -> tuple[str, ...]:
    """Return how belief in the first cause came about, a line per finding, the weightiest first."""
    explanation = diagnosis.explanation
    if explanation is None:
        return ()
    model = diagnosis.model
    in_order = sorted(explanation.ledger, key=lambda line: (line.bits < 0, -round(abs(line.bits), 6)))
    lines = [
        frequency_sentence(model, explanation, language),
        start_line(model, explanation, language),
        *(ledger_line(model, explanation, line, language) for line in in_order),
    ]
    notes = (basis_note(explanation, language), fit_sentence(diagnosis, explanation, language))
    return (
        *(line for line in lines if line),
        end_line(explanation, language),
        *(note for note in notes if note),
    )


def expected_lines(diagnosis: Diagnosis, language: str) -> tuple[str, ...]:
    """Return what the first cause would most likely show and was not seen, a line each."""
    explanation = diagnosis.explanation
    if explanation is None:
        return ()
    shown = explanation.expected[:SHOWN_EXPECTED]
    return tuple(expected_line(diagnosis.model, expected, language) for expected in shown)


def frequency_sentence(model: Model, explanation: Explanation, language: str) -> str:
    """Return the answer as cases; empty where it was not counted."""
    told = explanation.frequencies
    if told is None:
        return ""
    name = finding_words(model, explanation.id, explanation.state, language)
    now = _counts(told, name, language)
    before = _before(told, language)
    return Say(language)(f"{now}；{before}。", f"{now}; {before}.")


def start_line(model: Model, explanation: Explanation, language: str) -> str:
    """Return where belief in the cause stood before any finding."""
    name = finding_words(model, explanation.id, explanation.state, language)
    p, told = _standing(explanation, explanation.start, language)
    return Say(language)(
        f"{name}：只知道这次失败时 {p}（{told}）", f"{name}: knowing only that it failed, {p} ({told})"
    )


def end_line(explanation: Explanation, language: str) -> str:
    """Return where it stands now."""
    p, told = _standing(explanation, explanation.end, language)
    return Say(language)(f"合计：{p}（{told}）", f"in all: {p} ({told})")


def ledger_line(model: Model, explanation: Explanation, line: LedgerLine, language: str) -> str:
    """Return what one finding added: as a factor on the odds (or the probability), and in bits."""
    say = Say(language)
    name = finding_words(model, line.finding, line.state, language)
    error = f" ± {line.error:.2f}" if line.error else ""
    told = say(f"{_signed(line.bits)}{error} 比特", f"{_signed(line.bits)}{error} bits")
    if abs(line.bits) < HARDLY:
        return say(f"{name} → 几乎没有影响（{told}）", f"{name} → hardly any change ({told})")
    factor = number(2 ** abs(line.bits)) if abs(line.bits) < 10 else say("1000以上", "over 1000")
    what = say("胜算", "odds") if explanation.book.unit == "bits" else say("可能性", "chance")
    if line.bits > 0:
        return say(
            f"{name} → 支持：{what}约 × {factor}（{told}）",
            f"{name} → for it: {what} about × {factor} ({told})",
        )
    return say(
        f"{name} → 反对：{what}约 ÷ {factor}（{told}）",
        f"{name} → against it: {what} about ÷ {factor} ({told})",
    )


def basis_note(explanation: Explanation, language: str) -> str:
    """Return how the lines were counted, where that is not the usual way."""
    say, book = Say(language), explanation.book
    notes = []
    if book.unit == "log2_probability":
        notes.append(
            say(
                "有的情况单独就能定案，胜算没有上限，所以这里记的是可能性，不是胜算",
                "some findings settle it by themselves, so chances are counted: odds would have no end",
            )
        )
    if book.basis == "orders":
        notes.append(
            say(
                f"情况太多，各行是抽取的 {book.n_orders} 种先后顺序的平均，± 是标准误",
                f"too many findings for all orders: each line is the mean over {book.n_orders} drawn "
                "ones, ± its standard error",
            )
        )
    joined = say("；", "; ").join(notes)
    return say(f"（{joined}）", f"({joined})") if notes else ""


def fit_sentence(diagnosis: Diagnosis, explanation: Explanation, language: str) -> str:
    """Return which cause explains the findings better but is rarer; empty where none clearly does."""
    own = next(
        (fit.share for fit in explanation.fits if (fit.id, fit.state) == (explanation.id, explanation.state)),
        0.0,
    )
    best = explanation.fits[0] if explanation.fits else None
    if best is None or own <= 0 or best.share < BETTER * own:
        return ""
    name = finding_words(diagnosis.model, best.id, best.state, language)
    times = number(best.share / own) if best.share < 1000 * own else Say(language)("1000多", "over 1000")
    return Say(language)(
        f"“{name}”对这些情况的解释力是它的约 {times} 倍，但本身更少见",
        f"{name} would explain these findings about {times} times as well, but is rarer",
    )


def expected_line(model: Model, expected: Expected, language: str) -> str:
    """Return one thing the cause would show: how often, how often otherwise, and what was seen instead."""
    say = Say(language)
    name = finding_words(model, expected.finding, expected.state, language)
    often, otherwise = chance(expected.p), chance(expected.p_otherwise)
    told = say(
        f"{name}（是它时 {often}，不是时 {otherwise}）", f"{name} ({often} if it is, {otherwise} if not)"
    )
    if expected.seen is None:
        return say(f"还没查：{told}", f"not looked at yet: {told}")
    seen = state_words(model, expected.finding, expected.seen, language)
    return say(f"与此不符：{told}，实际是：{seen}", f"seen otherwise: {told}; it is: {seen}")


def _counts(told: Frequencies, name: str, language: str) -> str:
    say = Say(language)
    parts = [say(f"约 {told.first} 个有它的份（{name}）", f"it took part in about {told.first} ({name})")]
    if told.others:
        parts.append(
            say(f"{told.others} 个没有它、是别的所列原因", f"only other listed causes did in {told.others}")
        )
    if told.none:
        parts.append(say(f"{told.none} 个都不是", f"none of them did in {told.none}"))
    joined = say("，", ", ").join(parts)
    return say(
        f"每 {told.out_of} 个情况相同的失败中，{joined}",
        f"Of {told.out_of} failures that look like this, {joined}",
    )


def _before(told: Frequencies, language: str) -> str:
    return Say(language)(
        f"什么都没看时，{told.out_of} 个失败里约 {told.before} 个",
        f"before anything was looked at, in about {told.before} of {told.out_of}",
    )


def _standing(explanation: Explanation, bits: float, language: str) -> tuple[str, str]:
    """Return a probability and its bits, as the ledger counts them."""
    p = p_of_bits(bits) if explanation.book.unit == "bits" else float(2.0**bits)
    told = _signed(bits) if isfinite(bits) else "∞"
    return chance(p), Say(language)(f"{told} 比特", f"{told} bits")


def _signed(bits: float) -> str:
    """Return bits with their sign; what rounds to nothing has none to show but a plus."""
    return f"{round(bits, 2) + 0.0:+.2f}"
