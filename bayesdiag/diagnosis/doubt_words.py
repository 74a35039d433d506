"""Doubt in sentences, zh and en: intervals, numbers of the model, clashes, changes of mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bayesdiag.diagnosis.doubt import Bar, Change, Interval, MindChange, Weak
from bayesdiag.diagnosis.phrases import Section
from bayesdiag.diagnosis.result import Diagnosis
from bayesdiag.diagnosis.whatif.several import n_earlier
from bayesdiag.diagnosis.words import chance, finding_words, state_words, variable_words
from bayesdiag.model import Model
from bayesdiag.model.numbers import Number

SHOWN = 3
"""Causes, numbers and changes of mind that are told."""


def doubt_section(diagnosis: Diagnosis, language: str) -> Section:
    """Return how far a diagnosis is to be trusted."""
    model, doubt = diagnosis.model, diagnosis.doubt
    lines: list[str] = []
    if n_earlier(model) and not diagnosis.is_impossible:
        lines.append(untold_words(language))
    for cause in diagnosis.causes[:SHOWN]:
        interval = doubt.intervals.get((cause.id, cause.state))
        if interval is not None:
            name = finding_words(model, cause.id, cause.state, language)
            colon = "：" if language == "zh" else ": "
            lines.append(f"{name}{colon}{interval_words(interval, language)}")
    seen = {name: max(states, key=states.__getitem__) for name, states in diagnosis.evidence.findings.items()}
    lines += [
        clash_words(model, seen, names, language, rarely=not diagnosis.is_impossible)
        for names in doubt.contradiction
    ]
    if doubt.p_value is not None:
        lines.append(conflict_words(doubt.p_value, language))
    lines += [mind_words(model, change, language) for change in doubt.change_my_mind[:SHOWN]]
    lines += [weak_words(model, weak, language) for weak in doubt.weakest[:SHOWN]]
    return Section("有多确定" if language == "zh" else "How sure", tuple(lines))


def untold_words(language: str) -> str:
    """Return what is not told of several attempts."""
    if language == "zh":
        return (
            "有几次尝试时，只说什么会改变结论；"
            "误差范围、各情况是否相互矛盾、模型不知道的可能和最没把握的数字没有算。"
        )
    return (
        "Of several attempts it is only told what would change the answer: intervals, conflict, "
        "P(unknown) and the weakest numbers are not computed."
    )


def interval_words(interval: Interval, language: str) -> str:
    """Return how sure a cause's probability is."""
    low, high = map(chance, interval.posterior)
    first = chance(interval.p_first)
    if language == "zh":
        return (
            f"模型里的数字并不精确：这个概率有九成把握在 {low} 到 {high} 之间，排在第一的可能性是 {first}。"
        )
    return (
        f"The model's numbers are not exact: with 90% this probability lies between {low} and {high}, "
        f"and this cause comes first with {first}."
    )


def number_words(model: Model, number: Number, language: str) -> str:
    """Return what a number of the model is the probability of."""
    state = finding_words(model, number.variable, number.state, language)
    zh = language == "zh"
    if number.role == "leak":
        return f"没有任何已列原因时出现“{state}”" if zh else f"“{state}” without any listed cause"
    if not number.when:
        return f"“{state}”"
    joined = ("、" if zh else ", ").join(
        f"{variable_words(model, name, language)}{'：' if zh else ': '}"
        + ("或" if zh else " or ").join(state_words(model, name, one, language) for one in states)
        for name, states in number.when.items()
    )
    return f"在“{joined}”时出现“{state}”" if zh else f"“{state}” given “{joined}”"


def bar_words(model: Model, bar: Bar, what: str, language: str) -> str:
    """Return what one bar of a tornado says.

    Args:
        model: The model.
        bar: The bar.
        what: What the posterior is of, in words.
        language: "zh" or "en".
    """
    number, within = bar.number, bar.number.weight.within
    odds = number.p / (1 - number.p)
    low, high = (chance(o / (1 + o)) for o in (odds / within, odds * within))
    name = number_words(model, number, language)
    if language == "zh":
        return (
            f"{name}的概率写的是 {chance(number.p)}，真实值九成在 {low} 到 {high} 之间："
            f"若是 {low}，{what}的概率就是 {chance(bar.lower)}；若是 {high}，就是 {chance(bar.upper)}。"
        )
    return (
        f"The probability of {name} is stated as {chance(number.p)} "
        f"and lies, with 90%, between {low} and {high}: "
        f"at {low}, {what} would have {chance(bar.lower)}; at {high}, {chance(bar.upper)}."
    )


def change_words(model: Model, change: Change, what: str, p: float, language: str) -> str:
    """Return which single number would take a posterior where it is wanted.

    Args:
        model: The model.
        change: The change.
        what: What the posterior is of, in words.
        p: The probability wanted.
        language: "zh" or "en".
    """
    name, own, to = number_words(model, change.number, language), change.number.p, change.to
    if language == "zh":
        return f"只要把{name}的概率从 {own:.3g} 改成 {to:.3g}，{what}的概率就会是 {chance(p)}。"
    return f"{what} would have {chance(p)} if the probability of {name} were {to:.3g} instead of {own:.3g}."


def weak_words(model: Model, weak: Weak, language: str) -> str:
    """Return one line of the numbers that matter and are not well known."""
    name, within = number_words(model, weak.number, language), weak.number.weight.within
    if language == "zh":
        source = "" if weak.number.is_sourced else "，没有出处"
        return f"{name}：{chance(weak.number.p)}（胜算可差 {within:g} 倍{source}）。"
    source = "" if weak.number.is_sourced else ", unsourced"
    return f"{name}: {chance(weak.number.p)} (odds known to a factor of {within:g}{source})."


def clash_words(
    model: Model, findings: Mapping[str, str], names: Sequence[str], language: str, *, rarely: bool = False
) -> str:
    """Return which findings clash.

    Args:
        model: The model.
        findings: Variable → the state it was seen in.
        names: The findings that clash.
        language: "zh" or "en".
        rarely: Whether they can occur together, but hardly do.
    """
    zh = language == "zh"
    told = ("；" if zh else "; ").join(finding_words(model, one, findings[one], language) for one in names)
    if len(names) == 1:
        return f"这一条不可能是真的：{told}。" if zh else f"This one cannot be so: {told}."
    if rarely:
        return (
            f"这几条很少同时出现：{told}。请再核对一遍。"
            if zh
            else f"These hardly ever go together: {told}. Check them again."
        )
    return (
        f"这几条互相矛盾，至少有一条不对：{told}。"
        if zh
        else f"These contradict each other, so one of them is wrong: {told}."
    )


def conflict_words(p_value: float, language: str) -> str:
    """Return how rare it is that findings fit together as badly."""
    if language == "zh":
        return f"按模型，同样的问题里只有 {chance(p_value)} 的情况会像这样彼此不合。"
    return f"Under the model, answers to these questions fit together as badly in {chance(p_value)} of cases."


def mind_words(model: Model, change: MindChange, language: str) -> str:
    """Return what would put another cause first."""
    zh = language == "zh"
    first = finding_words(model, *change.first, language)
    steps = []
    for name, state in change.steps:
        if state is None:
            variable = variable_words(model, name, language)
            steps.append(f"去掉“{variable}”" if zh else f"“{variable}” is taken back")
        else:
            told = finding_words(model, name, state, language)
            steps.append(f"是“{told}”" if zh else f"it is “{told}”")
    joined = ("，并且" if zh else " and ").join(steps)
    p = chance(change.responsibility)
    return (
        f"如果{joined}，排第一的就会是“{first}”（{p}）。"
        if zh
        else f"If {joined}, “{first}” comes first ({p})."
    )
