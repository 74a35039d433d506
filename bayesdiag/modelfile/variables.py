"""Variables and their tables out of a document."""

from __future__ import annotations

from bayesdiag.model import (
    Cpt,
    FirstActive,
    FullTable,
    Kind,
    Link,
    LinkForm,
    NextAttempt,
    NoisyMax,
    Prior,
    Question,
    Row,
    State,
    StateMap,
    Table,
    Text,
    Variable,
    Weight,
)
from bayesdiag.modelfile.fields import Fields, is_words

SECTIONS: dict[str, Kind] = {
    "contexts": "context",
    "causes": "cause",
    "stages": "stage",
    "symptoms": "symptom",
    "tests": "test",
    "variables": "plain",
}
"""Section of the file → kind of its variables, in the order they are read."""

FORMS = ("prior", "table", "full_table", "noisy_or", "noisy_max", "first_active", "map")
GROUPS = ("screen", "cards", "card", "terminal", "network", "bank", "context")
GRADES = ("A", "B", "C", "guess")


def read_variable(name: str, kind: Kind, fields: Fields) -> Variable:
    """Return one variable; what is wrong with it is noted in the document."""
    plain = kind == "plain"
    states = _states(fields, kind)
    variable = Variable(
        id=name,
        kind=kind,
        states=states,
        cpt=_cpt(fields, len(states)),
        label=fields.text("label", optional=plain),
        weight=read_weight(fields, optional=plain),
        question=_question(fields, kind),
        contacts=fields.words("contacts"),
        contacts_of_state={state: tuple(who.words("contacts")) for state, who in _state_contacts(fields)},
        next_attempt=_next_attempt(fields),
        synonyms=fields.words("synonyms"),
    )
    if kind == "cause" and not variable.contacts:
        fields.wrong(("contacts",), "nobody to call", "A cause needs at least one contact.")
    fields.done()
    return variable


def read_weight(fields: Fields, *, optional: bool = False) -> Weight:
    """Return what stands behind the numbers of a mapping: source, ess, within, grade, fixed."""
    grade = fields.word("grade", "")
    if grade and grade not in GRADES:
        fields.wrong(("grade",), f'"{grade}" is no grade', f"Known grades: {', '.join(GRADES)}.")
    fixed = fields.flag("fixed")
    free = optional or fixed
    return Weight(
        source=fields.word("source", "" if optional else None),
        ess=fields.number("ess", 0.0 if free else None),
        within=fields.number("within", 1.0 if free else None),
        grade=grade,
        fixed=fixed,
    )


def _states(fields: Fields, kind: Kind) -> tuple[State, ...]:
    listed = fields.values.get("states")
    if kind == "plain" and is_words(listed):
        return tuple(State(state) for state in fields.words("states"))
    if not fields.has("states"):
        fields.wrong((), 'the field "states" is missing', "Expected a mapping: state → {zh, en}.")
        return ()
    return tuple(_state(name, part, kind) for name, part in fields.sections("states"))


def _state(name: str, part: Fields, kind: Kind) -> State:
    label = Text(part.word("zh", None), part.word("en", None))
    explain = part.text("explain", optional=kind != "cause")
    state = State(name, label, explain, part.words("synonyms"))
    part.done()
    return state


def _state_contacts(fields: Fields) -> list[tuple[str, Fields]]:
    """Return (state, fields with `contacts`) of the states whose contacts differ."""
    if not fields.has("contacts_of_state"):
        return []
    within = Fields(fields.document, (*fields.path, "contacts_of_state"), fields.values["contacts_of_state"])
    return [
        (state, Fields(fields.document, within.path, {"contacts": within.values[state]}))
        for state in within.values
    ]


def _question(fields: Fields, kind: Kind) -> Question | None:
    if not fields.has("question"):
        if kind in {"context", "symptom", "test"}:
            fields.wrong(
                (), 'the field "question" is missing', f"A {kind} is asked about: write question.text."
            )
        return None
    part = Fields(fields.document, (*fields.path, "question"), fields.values["question"])
    group = part.word("group")
    if group and group not in GROUPS:
        part.wrong(("group",), f'"{group}" is no group', f"Known groups: {', '.join(GROUPS)}.")
    question = Question(
        text=part.text("text"),
        help=part.text("help", optional=True),
        minutes=part.number("minutes"),
        money=part.number("money", 0.0),
        wait_minutes=part.number("wait_minutes", 0.0),
        who=part.words("who"),
        group=group,
        requires=part.condition("requires"),
    )
    part.done()
    return question


def _next_attempt(fields: Fields) -> NextAttempt | None:
    if not fields.has("next_attempt"):
        return None
    part = Fields(fields.document, (*fields.path, "next_attempt"), fields.values["next_attempt"])
    read = NextAttempt(part.words("keeps"), part.words("changes"))
    part.done()
    return read


def _cpt(fields: Fields, n_states: int) -> Cpt:
    forms = [form for form in FORMS if fields.has(form)]
    if len(forms) != 1:
        found = "no table" if not forms else f"{len(forms)} tables ({', '.join(forms)})"
        fields.wrong((), f"{found} stands here", f"Give exactly one of: {', '.join(FORMS)}.")
        return Prior(())
    form = forms[0]
    if form == "prior":
        return Prior(fields.numbers("prior"))
    if form == "table":
        return _table(fields)
    part = Fields(fields.document, (*fields.path, form), fields.values[form])
    if form == "noisy_or" and n_states != 2:
        part.wrong((), f"noisy_or with {n_states} states", "Use noisy_max for more than two.")
    cpt = _nested(form, part)
    part.done()
    return cpt


def _nested(form: str, part: Fields) -> FullTable | StateMap | LinkForm:
    if form == "full_table":
        return FullTable(part.words("parents"), part.numbers("p"))
    if form == "map":
        rows = {state: {to: row.number(to) for to in row.values} for state, row in part.sections("rows")}
        return StateMap(part.word("parent"), rows)
    links = tuple(_link(link) for link in part.items("links"))
    if form == "first_active":
        return FirstActive(part.words("order"), links)
    return NoisyMax(links, part.amounts("leak"))


def _link(part: Fields) -> Link:
    own = any(name in part.values for name in ("source", "ess", "within"))
    link = Link(
        parent=part.word("parent"),
        state=part.word("state"),
        to=part.word("to"),
        p=part.number("p"),
        when=part.condition("when"),
        persistent=part.flag("persistent") if "persistent" in part.values else None,
        weight=read_weight(part) if own else None,
    )
    part.done()
    return link


def _table(fields: Fields) -> Table:
    rows = []
    for part in fields.items("table"):
        own = any(name in part.values for name in ("source", "ess", "within"))
        rows.append(Row(part.condition("when"), part.numbers("p"), read_weight(part) if own else None))
        part.done()
    named = fields.words("parents") or tuple(dict.fromkeys(name for row in rows for name in row.when))
    return Table(named, tuple(rows))
