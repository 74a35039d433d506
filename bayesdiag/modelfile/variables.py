"""Variables and their tables out of a document."""

from __future__ import annotations

from bayesdiag.model import (
    ASKED,
    Asked,
    Cpt,
    FirstActive,
    FullTable,
    Kind,
    Link,
    LinkForm,
    NextAttempt,
    NoisyMax,
    Price,
    Prior,
    Question,
    Row,
    State,
    StateMap,
    Table,
    Variable,
    Weight,
)
from bayesdiag.modelfile.fields import Fields, read_label

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
WEIGHT_FIELDS = ("source", "ess", "within", "grade", "fixed")


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
        contacts=fields.words("contacts", needed="at least one contact" if kind == "cause" else ""),
        contacts_of_state=dict(fields.condition("contacts_of_state", "at least one contact")),
        next_attempt=_next_attempt(fields),
        synonyms=fields.words("synonyms"),
    )
    fields.done()
    return variable


def read_weight(fields: Fields, *, optional: bool = False) -> Weight:
    """Return what stands behind the numbers of a mapping: source, ess, within, grade, fixed."""
    grade = fields.choice("grade", GRADES, "grade", "")
    fixed = fields.flag("fixed")
    free = optional or fixed
    return Weight(
        source=fields.word("source", "" if optional else None),
        ess=fields.number("ess", 0.0 if free else None),
        within=fields.number("within", 1.0 if free else None),
        grade=grade,
        fixed=fixed,
    )


def read_cost_after(fields: Fields) -> dict[str, Price]:
    """Return what a step costs after other steps: step → minutes, money, wait_minutes."""
    found = {}
    for name, part in fields.sections("cost_after"):
        found[name] = Price(
            part.number("minutes"), part.number("money", 0.0), part.number("wait_minutes", 0.0)
        )
        part.done()
    return found


def _states(fields: Fields, kind: Kind) -> tuple[State, ...]:
    if not fields.has("states"):
        fields.missing("states", "a mapping: state → {zh, en}")
        return ()
    if kind == "plain" and not isinstance(fields.values["states"], dict):
        return tuple(State(state) for state in fields.words("states", needed="a list of states"))
    within = fields.below("states")
    if not within.values:
        within.wrong((), "an empty mapping stands here", "Expected at least one state.")
    return tuple(_state(name, within.below(name), kind) for name in within.values)


def _state(name: str, part: Fields, kind: Kind) -> State:
    state = State(
        id=name,
        label=read_label(part, optional=kind == "plain"),
        explain=part.text("explain", optional=kind != "cause"),
        synonyms=part.words("synonyms"),
    )
    part.done()
    return state


def _question(fields: Fields, kind: Kind) -> Question | None:
    if not fields.has("question"):
        if kind in {"context", "symptom", "test"}:
            told = f"A {kind} is asked about: write at least question.text, minutes and group."
            fields.wrong((), 'the field "question" is missing', told)
        return None
    part = fields.below("question")
    question = Question(
        text=part.text("text"),
        help=part.text("help", optional=True),
        minutes=part.number("minutes"),
        money=part.number("money", 0.0),
        wait_minutes=part.number("wait_minutes", 0.0),
        who=part.words("who"),
        group=part.choice("group", GROUPS, "group"),
        requires=part.condition("requires"),
        clusters=part.words("clusters"),
        cost_after=read_cost_after(part),
        asked=_asked(part),
    )
    part.done()
    return question


def _asked(part: Fields) -> Asked:
    told = part.choice("asked", ASKED, "way of asking", "ranked")
    return next((asked for asked in ASKED if asked == told), "ranked")


def _next_attempt(fields: Fields) -> NextAttempt | None:
    if not fields.has("next_attempt"):
        return None
    part = fields.below("next_attempt")
    read = NextAttempt(part.words("keeps"), part.words("changes"), part.word("does", ""))
    part.done()
    return read


def _cpt(fields: Fields, n_states: int) -> Cpt:
    forms = [form for form in FORMS if fields.has(form)]
    if len(forms) != 1:
        found = f"{len(forms)} tables stand here ({', '.join(forms)})" if forms else "no table stands here"
        fields.wrong((), found, f"Give exactly one of: {', '.join(FORMS)}.")
        return Prior(())
    form = forms[0]
    if form == "prior":
        return Prior(fields.numbers("prior"))
    if form == "table":
        return _table(fields)
    part = fields.below(form)
    if form == "noisy_or" and n_states > 2:
        part.remark((), f"noisy_or with {n_states} states", "Use noisy_max for more than two.")
    cpt = _nested(form, part)
    part.done()
    return cpt


def _nested(form: str, part: Fields) -> FullTable | StateMap | LinkForm:
    if form == "full_table":
        return FullTable(part.words("parents", needed="at least one parent"), part.numbers("p"))
    if form == "map":
        if "rows" not in part.values:
            part.missing("rows", "a row for each state of the parent")
        rows = {state: {to: row.number(to) for to in row.values} for state, row in part.sections("rows")}
        return StateMap(part.word("parent"), rows)
    if "links" not in part.values:
        part.missing("links", "a list")
    links = tuple(_link(link) for link in part.items("links"))
    if form == "first_active":
        return FirstActive(part.words("order", needed="at least one parent"), links)
    return NoisyMax(links, part.amounts("leak"))


def _link(part: Fields) -> Link:
    link = Link(
        parent=part.word("parent"),
        state=part.word("state"),
        to=part.word("to"),
        p=part.number("p"),
        when=part.condition("when"),
        persistent=part.flag("persistent") if part.has("persistent") else None,
        weight=_own_weight(part),
    )
    part.done()
    return link


def _table(fields: Fields) -> Table:
    rows = []
    for part in fields.items("table"):
        rows.append(Row(part.condition("when"), part.numbers("p"), _own_weight(part)))
        part.done()
    named = fields.words("parents") or tuple(dict.fromkeys(name for row in rows for name in row.when))
    return Table(named, tuple(rows))


def _own_weight(part: Fields) -> Weight | None:
    """Return what stands behind one link or row, where it says so itself."""
    return read_weight(part) if any(part.has(name) for name in WEIGHT_FIELDS) else None
