"""Results → sentences, in Chinese and English: what a face shows a person."""

from __future__ import annotations

from collections.abc import Sequence

from bayesdiag.diagnosis.ask import QuestionValue
from bayesdiag.diagnosis.phrases import (
    Say,
    Section,
    cause_sentence,
    chance,
    finding_words,
    number,
    sentence_case,
    state_words,
    turn_words,
    variable_words,
)
from bayesdiag.diagnosis.plan import PlanStep
from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.result import Diagnosis
from bayesdiag.diagnosis.whatif.several import by_attempt
from bayesdiag.diagnosis.why import expected_lines, why_lines
from bayesdiag.model import Model, Text

__all__ = [
    "Section",
    "attempts_section",
    "cause_line",
    "cause_sentence",
    "chance",
    "finding_words",
    "headline",
    "impossible",
    "none_line",
    "price",
    "question_words",
    "report",
    "sentence_case",
    "state_words",
    "step_words",
    "sureness",
    "turn_words",
    "variable_words",
    "wait_words",
    "who_words",
]

SHOWN_CAUSES = 5
"""A person is shown this many causes; the rest are in the JSON."""
SHOWN_QUESTIONS = 3
"""And this many questions."""
SURENESS = ((0.9, "sure"), (0.6, "likely"), (0.35, "maybe"))
"""From which probability on the first cause is told how; below, none stands out."""
WHO = {
    "merchant": Text("商户", "the merchant"),
    "cardholder": Text("持卡人", "the cardholder"),
    "anyone": Text("任何人", "anyone"),
    "acquirer": Text("收单机构", "the acquirer"),
    "issuer": Text("发卡行", "the issuer"),
    "pos_provider": Text("POS服务商", "the POS provider"),
    "network_operator": Text("网络运营商", "the network operator"),
    "carrier": Text("移动运营商", "the mobile operator"),
}


def report(diagnosis: Diagnosis, language: str, *, asking: bool = True) -> tuple[Section, ...]:
    """Return everything a person is told about one case, the answer first.

    Args:
        diagnosis: What to tell.
        language: "zh" or "en".
        asking: Whether the next questions are told too.
    """
    say = Say(language)
    if diagnosis.is_impossible:
        return (Section(say("结论", "Answer"), (impossible(diagnosis, language),)),)
    model = diagnosis.model
    sections = [
        Section(say("结论", "Answer"), headline(diagnosis, language)),
        attempts_section(diagnosis, language),
        tried_section(diagnosis, language),
        Section(
            say(
                "可能的原因（参与这次失败的概率；可同时有几个）",
                "Causes (chance that each took part in this failure)",
            ),
            (
                *(cause_line(model, cause, language) for cause in diagnosis.causes[:SHOWN_CAUSES]),
                none_line(diagnosis, language),
            ),
        ),
        Section(say("接下来问", "Ask next"), _questions(diagnosis, language) if asking else ()),
        Section(say("怎么办（按顺序）", "What to do, in order"), _plan(diagnosis, language)),
        Section(say("联系谁", "Whom to call"), _contacts(diagnosis, language)),
        Section(say("为什么", "Why"), why_lines(diagnosis, language)),
        Section(
            say("如果真是它，还应看到", "If it is this, you should also see"),
            expected_lines(diagnosis, language),
        ),
    ]
    return tuple(section for section in sections if section.lines)


def attempts_section(diagnosis: Diagnosis, language: str) -> Section:
    """Return what was seen of the attempts before the latest; without lines where there was one alone."""
    say, model = Say(language), diagnosis.model
    *earlier, _ = by_attempt(diagnosis.evidence)
    lines = []
    for place, findings in enumerate(earlier, start=1):
        seen = [
            finding_words(model, name, max(states, key=states.__getitem__), language)
            for name, states in findings.items()
        ]
        told = say("；", "; ").join(seen) or say("没有记下现象", "nothing else was noted")
        lines.append(say(f"第{place}次：失败；{told}", f"attempt {place}: failed; {told}"))
    if lines:
        lines.append(
            say(
                f"现在说的是第{len(lines) + 1}次。各次的原因和情境相同，现象各自发生",
                f"what is told now is attempt {len(lines) + 1}; causes and circumstances are the same in "
                "all, what was seen came about anew in each",
            )
        )
    return Section(say("之前的尝试", "Attempts before"), tuple(lines))


def tried_section(diagnosis: Diagnosis, language: str) -> Section:
    """Return what was done and did not help; without lines where nothing was."""
    say, model = Say(language), diagnosis.model
    lines = [model.repair_of[name].label.shown(language, name) for name in diagnosis.asking.get("tried", ())]
    if lines:
        lines.append(
            say(
                "原因、提问、办法和联系人都已把这些算进去；“为什么”只说所见的情况",
                "causes, questions, steps and contacts reckon with it; “Why” is told of the findings alone",
            )
        )
    return Section(say("已试过，没有解决", "Tried, did not help"), tuple(lines))


def headline(diagnosis: Diagnosis, language: str) -> tuple[str, ...]:
    """Return the answer in two or three sentences: what it is, how sure, what to do first."""
    say = Say(language)
    if not diagnosis.causes:
        return (say("模型里没有原因会参与失败", "No cause of this model can take part in a failure"),)
    first = diagnosis.causes[0]
    told = cause_sentence(diagnosis.model, first, language)
    p = chance(first.responsibility)
    none = chance(diagnosis.none_of_these)
    lines = [
        {
            "none": say(
                f"多半不是所列的原因（{none}）；所列之中最可能：{told}（{p}）",
                f"Probably none of the listed causes ({none}); the likeliest of them: {told} ({p})",
            ),
            "sure": say(f"几乎可以确定：{told}（{p}）", f"Almost certainly: {told} ({p})"),
            "likely": say(f"很可能：{told}（{p}）", f"Probably: {told} ({p})"),
            "maybe": say(f"最可能：{told}（{p}，还不确定）", f"Most likely: {told} ({p}, not certain)"),
            "open": say(
                f"还看不出主因，目前最可能：{told}（{p}）",
                f"No cause stands out yet; the likeliest: {told} ({p})",
            ),
        }[sureness(diagnosis)]
    ]
    lines += [
        say(
            f"先做：{_label(diagnosis.model, step, language)}",
            f"First: {_label(diagnosis.model, step, language)}",
        )
        for step in diagnosis.plan.steps[:1]
    ]
    return tuple(lines)


def impossible(diagnosis: Diagnosis, language: str) -> str:
    """Return what to say when the findings cannot occur together."""
    model = diagnosis.model
    seen = "；" if language == "zh" else "; "
    told = seen.join(finding_words(model, name, state, language) for name, state in _findings(diagnosis))
    tried = seen.join(model.repair_of[name].label[language] for name in diagnosis.asking.get("tried", ()))
    if tried:
        return Say(language)(
            f"按这个模型，情况是这样（{told}），做过的这些又都没有用（{tried}），这不可能。请再核对一遍，"
            "去掉没把握的一条。",
            f"Under this model what was seen ({told}) cannot be where all of this did not help: {tried}. "
            "Check it again, and take back what you are least sure of.",
        )
    return Say(language)(
        f"按这个模型，这些情况不可能同时出现：{told}。请再核对一遍，去掉没把握的一条。",
        f"Under this model these findings cannot occur together: {told}. "
        "Check them again, and take back the one you are least sure of.",
    )


def sureness(diagnosis: Diagnosis) -> str:
    """Return how sure the answer is: "sure", "likely", "maybe", "open", or "none" of the listed causes."""
    p = diagnosis.causes[0].responsibility
    if diagnosis.none_of_these > max(p, 0.5):
        return "none"
    return next((name for least, name in SURENESS if p >= least), "open")


def cause_line(model: Model, cause: RankedCause, language: str) -> str:
    """Return a cause, how likely it was before and is now."""
    before, now = chance(cause.prior_responsibility), chance(cause.responsibility)
    told = cause_sentence(model, cause, language)
    return Say(language)(f"{now}　{told}（事前 {before}）", f"{now}  {told} (before: {before})")


def none_line(diagnosis: Diagnosis, language: str) -> str:
    """Return the line for "none of these"."""
    p = chance(diagnosis.none_of_these)
    return Say(language)(f"{p}　都不是，另有原因", f"{p}  none of these")


def question_words(model: Model, question: QuestionValue, language: str) -> str:
    """Return a question, what it costs and how much it tells."""
    asked = model.variable_of[question.id].question
    text = asked.text.shown(language, question.id) if asked else question.id
    cost = price(model, question.minutes, question.money, language)
    cost = Say(language)("，", ", ").join(filter(None, (turn_words(question, language), cost)))
    return Say(language)(
        f"{text}（{cost}，信息量 {question.value:.2f} 比特）",
        f"{text} ({cost}, tells {question.value:.2f} bits)",
    )


def step_words(model: Model, step: PlanStep, language: str) -> str:
    """Return a step of the plan: what, who, how likely it solves the case, and its price."""
    who = who_words(step.who, language)
    cost = price(model, step.minutes, step.money, language)
    p = chance(step.p_solves)
    wait = wait_words(model.repair_of[step.id].wait_minutes, language)
    told = _label(model, step, language)
    if step.kind == "escalate" or not model.repair_of[step.id].fixes:
        return Say(language)(f"{told}（{who}，{cost}{wait}）", f"{told} ({who}, {cost}{wait})")
    return Say(language)(
        f"{told}（{who}，{cost}{wait}，做到这步时{p}能解决）",
        f"{told} ({who}, {cost}{wait}, solves it if it comes to that: {p})",
    )


def who_words(who: Sequence[str], language: str) -> str:
    """Return who acts, in words."""
    comma = "、" if language == "zh" else ", "
    return comma.join(WHO[name][language] if name in WHO else name for name in who)


def price(model: Model, minutes: float, money: float, language: str) -> str:
    """Return minutes and money, money only where there is any."""
    time = number(minutes) + ("分钟" if language == "zh" else " min")
    paid = f"{number(money)} {model.currency}" if money else ""
    return ("，" if language == "zh" else ", ").join(part for part in (time, paid) if part)


def wait_words(minutes: float, language: str) -> str:
    """Return how long it takes until it has worked; empty where it works at once."""
    if not minutes:
        return ""
    days, hours = minutes / 1440, minutes / 60
    if days >= 1:
        told = f"等{number(days)}天" if language == "zh" else f"wait {number(days)} d"
    elif hours >= 1:
        told = f"等{number(hours)}小时" if language == "zh" else f"wait {number(hours)} h"
    else:
        told = f"等{number(minutes)}分钟" if language == "zh" else f"wait {number(minutes)} min"
    return ("，" if language == "zh" else ", ") + told


def _questions(diagnosis: Diagnosis, language: str) -> tuple[str, ...]:
    return tuple(
        question_words(diagnosis.model, question, language)
        for question in diagnosis.questions[:SHOWN_QUESTIONS]
        if question.value > 0 or question.is_mandatory
    )


def _plan(diagnosis: Diagnosis, language: str) -> tuple[str, ...]:
    say, model, plan = Say(language), diagnosis.model, diagnosis.plan
    steps = tuple(step_words(model, step, language) for step in plan.steps)
    total = price(model, round(plan.expected_minutes), round(plan.expected_money), language)
    solved = chance(plan.p_solved)
    around = tuple(
        say(
            f"急着收款：{model.repair_of[name].label[language]}",
            f"To get paid now: {model.repair_of[name].label[language]}",
        )
        for name in plan.workarounds
    )
    closing = say(
        f"整套平均需要{total}；{solved}能解决", f"on average {total} in all; solved by the end: {solved}"
    )
    return (*steps, *((closing,) if steps else ()), *around)


def _contacts(diagnosis: Diagnosis, language: str) -> tuple[str, ...]:
    lines = []
    for call in [call for call in diagnosis.contact if call.p >= 0.05][:3]:
        contact = diagnosis.model.contact_of[call.id]
        about = f"{chance(call.p)}{'　' if language == 'zh' else '  '}{contact.label[language]}"
        note = contact.help[language]
        dash = "——" if language == "zh" else " – "
        lines.append(f"{about}{dash}{note}" if note else about)
    return tuple(lines)


def _findings(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [
        (name, max(likelihoods, key=lambda state: likelihoods[state]))
        for name, likelihoods in diagnosis.evidence.findings.items()
    ]


def _label(model: Model, step: PlanStep, language: str) -> str:
    return sentence_case(model.repair_of[step.id].label.shown(language, step.id))
