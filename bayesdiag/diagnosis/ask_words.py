"""Asking with an aim in sentences, zh and en: about chosen causes."""

from __future__ import annotations

from bayesdiag.diagnosis.about import About, AboutValue
from bayesdiag.diagnosis.phrases import Say, Section, chance, finding_words, state_words, variable_words
from bayesdiag.diagnosis.words import price
from bayesdiag.model import Finding, Model

SHOWN = 3
"""Questions and pairs that a person is shown."""
LEAST_TOLD = 0.005
"""Bits that would be shown as nothing."""


def about_section(model: Model, about: About, language: str) -> Section:
    """Return how likely it is that the chosen causes took part, and what would rule them in or out."""
    say = Say(language)
    group = group_words(model, about.causes, language)
    told = [value for value in about.questions if value.value >= LEAST_TOLD][:SHOWN]
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
    return Say(language)(
        f"{text}（{cost}，信息量 {value.value:.2f} 比特）：“{yes}”则 {p_yes}，“{no}”则 {p_no}",
        f"{text} ({cost}, tells {value.value:.2f} bits): “{yes}” makes it {p_yes}, “{no}” {p_no}",
    )


def asked_words(model: Model, name: str, language: str) -> str:
    """Return the question that asks about a variable."""
    question = model.variable_of[name].question
    return question.text.shown(language, name) if question else name
