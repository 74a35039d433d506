"""Asking with an aim in sentences, zh and en: about chosen causes, in pairs, and whether asking pays."""

from __future__ import annotations

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.about import About, AboutValue
from bayesdiag.diagnosis.decide import Decision, QuestionSaving
from bayesdiag.diagnosis.pairs import PairValue
from bayesdiag.diagnosis.phrases import (
    Say,
    Section,
    chance,
    finding_words,
    number,
    sentence_case,
    state_words,
    turn_words,
    variable_words,
)
from bayesdiag.diagnosis.words import price, who_words
from bayesdiag.model import Finding, Model

SHOWN = 3
"""Questions, and answers of a question, that a person is shown."""
LEAST_TOLD = 0.005
"""Bits that would be shown as nothing."""


def about_section(model: Model, about: About, language: str) -> Section:
    """Return how likely it is that the chosen causes took part, and what would rule them in or out."""
    say = Say(language)
    group = group_words(model, about.causes, language)
    told = [value for value in about.questions if value.value >= LEAST_TOLD or value.is_mandatory][:SHOWN]
    lines = [say(f"现在：{chance(about.p)}", f"now: {chance(about.p)}")]
    lines += [about_line(model, value, language) for value in told]
    if not told:
        lines.append(say("没有问题能说明它。", "no open question tells anything about it"))
    return Section(say(f"确认还是排除：{group}", f"To rule in or out: {group}"), tuple(lines))


def group_words(model: Model, causes: tuple[Finding, ...], language: str) -> str:
    """Return what a group of cause states is called; a cause all of whose faults are in it by its name."""
    states_of: dict[str, list[str]] = {}
    for name, state in causes:
        states_of.setdefault(name, []).append(state)
    named = []
    for name, states in states_of.items():
        if len(states) > 1 and set(states) == set(model.variable_of[name].state_ids[1:]):
            named.append(variable_words(model, name, language))
        else:
            named += [finding_words(model, name, state, language) for state in states]
    return Say(language)("、或", " or ").join(named)


def about_line(model: Model, value: AboutValue, language: str) -> str:
    """Return a question, its price, what it tells, and the answers that speak most for and against."""
    text = asked_words(model, value.id, language)
    cost = price(model, value.minutes, value.money, language)
    states = model.variable_of[value.id].state_ids
    ends = [
        (state_words(model, value.id, states[k], language), chance(value.p_after[k]))
        for k in (value.rules_in, value.rules_out)
    ]
    (yes, p_yes), (no, p_no) = ends
    cost = Say(language)("，", ", ").join(filter(None, (turn_words(value, language), cost)))
    return Say(language)(
        f"{text}（{cost}，信息量 {value.value:.2f} 比特）：“{yes}”则 {p_yes}，“{no}”则 {p_no}",
        f"{text} ({cost}, tells {value.value:.2f} bits): “{yes}” makes it {p_yes}, “{no}” {p_no}",
    )


def fixed_section(model: Model, evidence: Evidence, language: str) -> Section:
    """Return which findings were given a probability to end with; no lines where none were."""
    lines = tuple(
        f"{finding_words(model, name, state, language)}  {chance(p)}"
        for name, told in evidence.fixed.items()
        for state, p in told.items()
    )
    return Section(Say(language)("按给定的概率", "Taken to have this probability"), lines)


def reports_section(model: Model, evidence: Evidence, language: str) -> Section:
    """Return who said what, of what counts; no lines where nobody is named."""
    colon, say = ("：" if language == "zh" else ": "), Say(language)
    lines = []
    for report in evidence.reports:
        told = {report.seen: report.sure} if isinstance(report.seen, str) else report.seen
        states = say("、", ", ").join(
            state_words(model, report.variable, state, language) + ("" if p == 1 else f" {p:g}")
            for state, p in told.items()
        )
        who = who_words([report.who], language) if report.who else say("没说是谁", "nobody named")
        lines.append(f"{who}{colon}{variable_words(model, report.variable, language)} {states}")
    return Section(say("谁说的", "Who said it"), tuple(lines))


def pairs_section(model: Model, together: PairValue | None, language: str) -> Section:
    """Return two questions that are better asked together than any alone, or that there are none."""
    say = Say(language)
    if together is None:
        lines = [
            say(
                "没有哪两个问题合起来比分开问多说明什么。",
                "no two questions tell much more together than each alone",
            )
        ]
    else:
        alone = say(" 和 ", " and ").join(f"{bits:.2f}" for bits in together.alone)
        lines = [
            f"{number}  {asked_words(model, name, language)}" for number, name in enumerate(together.ids, 1)
        ]
        cost = price(model, together.minutes, together.money, language)
        lines.append(
            say(
                f"合起来 {together.value:.2f} 比特（{cost}），单独问只有 {alone}",
                f"together {together.value:.2f} bits ({cost}); alone only {alone}",
            )
        )
    return Section(say("这两个一起问", "These two together"), tuple(lines))


def together_words(model: Model, pair: PairValue, language: str) -> str:
    """Return in one line why a question is asked that tells little by itself."""
    first, second = (variable_words(model, name, language) for name in pair.ids)
    return Say(language)(
        f"“{first}”和“{second}”要一起回答才有用：",
        f"“{first}” and “{second}” tell something only together:",
    )


def asked_words(model: Model, name: str, language: str) -> str:
    """Return the question that asks about a variable."""
    question = model.variable_of[name].question
    return question.text.shown(language, name) if question else name


def decision_section(model: Model, decision: Decision, language: str) -> Section:
    """Return whether to ask, to act or to hand over, and what each is expected to cost."""
    say = Say(language)
    handed = cost_words(decision.hand_over, decision.unit, language)
    lines = []
    if decision.steps:
        acted = cost_words(decision.act_now, decision.unit, language)
        steps = say("、", ", then ").join(_repair(model, name, language) for name in decision.steps)
        lines.append(
            say(
                f"不再问、直接动手，平均代价 {acted}：{steps}；还不行就转交（{handed}）",
                f"acting without asking costs {acted} on average: {steps}; then hand over ({handed})",
            )
        )
    if decision.ask is not None:
        lines += _saving_lines(model, decision, decision.ask, language)
    elif decision.steps:
        lines.append(say("再问不划算，直接动手。", "No question pays for itself: act."))
    else:
        lines.append(
            say(f"现在就转交最省（{handed}）。", f"Handing the case over now is cheapest ({handed}).")
        )
    if not decision.stop.is_right:
        lost = cost_words(decision.stop.regret, decision.unit, language)
        lines.append(say(f"现在就转交会多花 {lost}", f"handing over now would cost {lost} more"))
    return Section(say("问、动手，还是转交", "Ask, act or hand over"), tuple(lines))


def cost_words(cost: float, unit: str, language: str) -> str:
    """Return a cost in its unit; waiting and money are in it at their rates."""
    told = f"{cost:.2f}" if cost < 1 else number(round(cost, 1))
    if unit != "minutes":
        return f"{told} {unit}".strip()
    return f"{told}{'分钟' if language == 'zh' else ' min'}"


def _saving_lines(model: Model, decision: Decision, saving: QuestionSaving, language: str) -> list[str]:
    say = Say(language)
    text = asked_words(model, saving.id, language)
    price, saves = (cost_words(cost, decision.unit, language) for cost in (saving.price, saving.saves))
    if saving.gain <= 0:  # only a mandatory one is proposed that does not pay
        must = f"这个必问：{text}（问的代价 {price}）", f"This must be asked: {text} (asking costs {price})"
        return [say(*must)]
    lines = [
        say(
            f"先问再动手更省：{text}（问的代价 {price}，平均省 {saves}）",
            f"Asking first is cheaper: {text} (asking costs {price}, saves {saves} on average)",
        )
    ]
    for answer in sorted(saving.answers, key=lambda answer: -answer.p)[:SHOWN]:
        state, p = state_words(model, saving.id, answer.state, language), chance(answer.p)
        first = _repair(model, answer.steps[0], language) if answer.steps else say("转交", "Hand over")
        cost = cost_words(answer.cost, decision.unit, language)
        lines.append(
            say(
                f"  若“{state}”（{p}）：先{first}，之后平均 {cost}",
                f"  if “{state}” ({p}): {first} first; {cost} from there",
            )
        )
    return lines


def _repair(model: Model, name: str, language: str) -> str:
    label = model.repair_of[name].label.shown(language, name)
    return label if language == "zh" else sentence_case(label)
