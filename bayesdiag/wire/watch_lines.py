"""What watching found, as lines a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from bayesdiag.diagnosis.phrases import Say, finding_words, state_words, variable_words
from bayesdiag.model import Model
from bayesdiag.wire.plain import Document

SHOWN = 8
"""Numbers and answers that are shown of each kind."""
NEAREST = 2
"""Numbers that are shown where none raises an alarm by itself."""


def lines(model: Model, document: Document, language: str) -> Iterator[str]:
    """Yield what `bayesdiag watch` prints."""
    say = Say(language)
    told = document["model"]
    period = f"{document['first'][:10]} – {document['last'][:10]}" if document["first"] else ""
    n = f"{document['cases']:.10g}"
    many = f"{n} case" if n == "1" else f"{n} cases"
    yield say(
        f"{told['name']} {told['version']}：{n} 个案例{f'（{period}）' if period else ''}。",
        f"{told['name']} {told['version']}: {many}{f' ({period})' if period else ''}.",
    )
    yield _overall(document, say)
    if document["impossible"]:
        first = document["impossible"][0]
        count = len(document["impossible"])
        yield say(
            f"模型认为不可能的案例：{count} 个，最早的是{_place(first, say)}。",
            f"Cases that the model says cannot be: {count}, the first of them {_place(first, say)}.",
        )
    yield _surprise(document["surprise"], say)
    yield from _columns(model, document["columns"], say)
    yield from _answers(model, document["answers"], say)
    yield from _notes(document, say)


def _overall(document: Document, say: Say) -> str:
    overall, alpha = document["overall"], document["alpha"]
    odds, bar = _odds(overall["log_e"]), f"{overall['bar']:.4g}"
    rate = f"{alpha:.4g}"
    if overall["alarm_at"] is not None:
        at = _place(overall["alarm_at"], say)
        return say(
            f"总体：警报，自{at}起。这些已不是模型所预期的案例：反对它的赔率最高达 {odds}"
            f"（警报线 {bar}:1；模型若为真，无论多久，误报概率不超过 {rate}）。",
            f"Overall: ALARM, raised by {at}. These are not the cases that the model expects: the odds "
            f"against it came to {odds} (an alarm takes {bar}:1; a true model raises one, ever, with "
            f"probability {rate} at most).",
        )
    if document["impossible"]:
        return say(
            "总体：警报，因为有模型认为不可能的案例；其余案例没有警报。",
            "Overall: ALARM, for cases that the model says cannot be; the others raise none.",
        )
    return say(
        f"总体：没有警报。反对模型的赔率最高为 {odds}（警报线 {bar}:1；"
        f"模型若为真，无论多久，误报概率不超过 {rate}）。",
        f"Overall: no alarm. The odds against the model came to {odds} at most (an alarm takes {bar}:1; a "
        f"true model raises one, ever, with probability {rate} at most).",
    )


def _surprise(told: Document, say: Say) -> str:
    mean, expected, z = f"{told['mean']:.3f}", f"{told['expected']:.3f}", f"{told['z']:+.1f}"
    alarm = _alarm(told, say)
    return say(
        f"意外程度：每个回答平均 {mean} 奈特，预期 {expected}（z {z}）{alarm}。",
        f"Surprise: {mean} nats an answer on average, {expected} expected (z {z}){alarm}.",
    )


def _columns(model: Model, columns: list[Document], say: Say) -> Iterator[str]:
    drifting = [one for one in columns if one["alarm_at"] is not None]
    if drifting:
        yield say("漂移的概率，赔率最高的在前：", "Numbers that drift, highest odds first:")
    else:
        yield say(
            "没有单个概率触发警报（各有更高的警报线，因为数目多）；最接近的：",
            "No number raises an alarm by itself (being many, each has a higher bar); nearest to one:",
        )
    for one in drifting[:SHOWN] if drifting else [x for x in columns if x["since"]][:NEAREST]:
        seen, expected = f"{one['seen']:.1%}", f"{one['expected']:.1%}"
        uses, odds, place = f"{one['uses']:.3g}", _odds(one["log_e"]), _place(one["since"], say)
        stated, now = f"{one['stated']:.4g}", f"{one['now']:.2g}"
        yield (
            "  "
            + number_words(model, one, say)
            + say(
                f"：模型 {stated}，现约 {now}；{uses} 次中占 {seen}，预期 {expected}；"
                f"自{place}起；赔率 {odds}。",
                f": {stated} in the model, now about {now}; {seen} of {uses} uses, {expected} expected; "
                f"since {place}; odds {odds}.",
            )
        )
    yield from _more(len(drifting) - SHOWN, say)
    if len(drifting) > 1:
        yield say(
            "  一处漂移会显在几个概率上；第一个单独就最能解释这些案例。",
            "  One drift shows in several numbers; the first explains the cases best by itself.",
        )


def _answers(model: Model, answers: list[Document], say: Say) -> Iterator[str]:
    odd = [one for one in answers if one["alarm_at"] is not None]
    if odd:
        yield say("与预期不同的回答：", "Answers that come otherwise than expected:")
    for one in odd[:SHOWN]:
        seen, expected = f"{one['seen']:.1%}", f"{one['expected']:.1%}"
        n, odds, since = f"{one['cases']:.10g}", _odds(one["log_e"]), _place(one["since"], say)
        yield (
            "  "
            + finding_words(model, one["variable"], one["state"], say.language)
            + say(
                f"：{n} 个案例中占 {seen}，预期 {expected}；自{since}起；赔率 {odds}。",
                f": {seen} of {n} cases, {expected} expected; since {since}; odds {odds}.",
            )
        )
    yield from _more(len(odd) - SHOWN, say)


def _notes(document: Document, say: Say) -> Iterator[str]:
    if document["labels_not_used"]:
        n = document["labels_not_used"]
        yield say(
            f"有 {n} 个已确认或已排除的原因没有用上：只有正常的也记录时，--labels 才对。",
            f"Confirmed or excluded causes not looked at: {n}. --labels is right only where normal ones are "
            "noted as well.",
        )
    if document["unsure"]:
        n = document["unsure"]
        yield say(
            f"有 {n} 处不确定的情况或排除的原因只作条件，不评分。",
            f"Unsure findings and exclusions taken as they are, not scored: {n}.",
        )


def number_words(model: Model, one: Document, say: Say) -> str:
    """Return which number of a model something is about."""
    what = finding_words(model, one["variable"], one["state"], say.language)
    when = say("；", "; ").join(_condition(model, name, states, say) for name, states in one["when"].items())
    if one["role"] == "link":
        return say(f"“{when}”引起“{what}”", f"{when} bringing about {what}")
    if one["role"] == "leak":
        return say(f"“{what}”（没有所列的原因）", f"{what} without any listed cause")
    return what + (say(f"（当{when}）", f" when {when}") if when else "")


def _condition(model: Model, name: str, states: list[str], say: Say) -> str:
    if len(states) == 1:
        return finding_words(model, name, states[0], say.language)
    joined = say("或", " or ").join(state_words(model, name, state, say.language) for state in states)
    return variable_words(model, name, say.language) + say("：", ": ") + joined


def _more(n: int, say: Say) -> Iterator[str]:
    if n > 0:
        yield say(f"  ……还有 {n} 个（--json 全部列出）。", f"  … and {n} more (--json tells all).")


def _alarm(told: Document, say: Say) -> str:
    if told["alarm_at"] is None:
        return ""
    at = _place(told["alarm_at"], say)
    return say(f"：警报，自{at}起", f": ALARM, raised by {at}")


def _place(place: Document, say: Say) -> str:
    when = place["when"][:10]
    return say(
        f"第 {place['case']} 个案例{f'（{when}）' if when else ''}",
        f"case {place['case']}{f' ({when})' if when else ''}",
    )


def _odds(log_e: float) -> str:
    """Return a logarithm as odds; logarithms of any size have a text."""
    tens = log_e / 2.302585092994046
    if tens < 4:
        return f"{10**tens:.0f}:1" if tens >= 2 else f"{10**tens:.3g}:1"
    return f"{10 ** (tens % 1):.1f}e{int(tens)}:1" if log10(tens) < 15 else "∞:1"
