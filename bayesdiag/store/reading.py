"""Stored cases as `bayesdiag.Case`s of a model, old ones too: renamed names mapped, unknown ones told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bayesdiag.case import Case, Evidence, Observed
from bayesdiag.model import Model
from bayesdiag.store.cases import find_records
from bayesdiag.store.opening import Store
from bayesdiag.store.record import CaseRecord, Seen
from bayesdiag.store.rows import Query

CLOSED = Query(status="closed")


@dataclass(frozen=True, slots=True)
class ModelCase:
    """A stored case in the names of a model.

    Attributes:
        record: The case as it is stored; nothing is ever lost there.
        case: What of it the model knows.
        unknown: What the model does not know: variable, or variable=state, as stored.
    """

    record: CaseRecord
    case: Case
    unknown: tuple[str, ...]


def read_cases(
    store: Store, model: Model, *, query: Query = CLOSED, renamed: Mapping[str, str] | None = None
) -> Iterator[Case]:
    """Return stored cases one by one, for fitting, scoring and watching a model.

    Args:
        store: The store.
        model: The model they are told in.
        query: Which ones; by default those that are closed.
        renamed: Old names → names of the model, beside those that the model itself tells.

    Raises:
        StoreError: The store cannot be read.
    """
    for record in find_records(store, query):
        yield model_case(record, model, renamed=renamed).case


@dataclass(frozen=True)
class StoredCases:
    """Stored cases in the names of a model.

    Attributes:
        cases: The cases, without what the model does not know.
        foreign: How many of them say something that it does not know.
        unknown: What that is, in the words they were kept with.
    """

    cases: tuple[Case, ...]
    foreign: int
    unknown: tuple[str, ...]

    @property
    def is_foreign(self) -> bool:
        """Whether the model knows nothing of what any case says: they are another model's."""
        told = (case.evidence.findings or case.confirmed or case.excluded for case in self.cases)
        return self.foreign > 0 and not any(told)


def read_all_cases(store: Store, model: Model, *, query: Query = CLOSED) -> StoredCases:
    """Return stored cases, and what of them a model does not know.

    Args:
        store: The store.
        model: The model they are told in.
        query: Which ones; by default those that are closed.

    Raises:
        StoreError: The store cannot be read.
    """
    found = [model_case(record, model) for record in find_records(store, query)]
    unknown = dict.fromkeys(name for one in found for name in one.unknown)
    return StoredCases(
        tuple(one.case for one in found), sum(bool(one.unknown) for one in found), tuple(unknown)
    )


def model_case(record: CaseRecord, model: Model, *, renamed: Mapping[str, str] | None = None) -> ModelCase:
    """Return one stored case in the names of a model."""
    names = {**model.renamed, **(renamed or {})}
    told = {name: _finding(name, finding.seen, names, model) for name, finding in record.findings.items()}
    findings = dict(found for found in told.values() if found is not None)
    sure = [*record.confirmed.items()]
    not_so = [(cause, state) for cause, states in record.excluded.items() for state in states]
    causes = {cause: _state(*cause, names, model) for cause in (*sure, *not_so)}
    excluded: dict[str, tuple[str, ...]] = {}
    for name, state in filter(None, (causes[cause] for cause in not_so)):
        excluded[name] = (*excluded.get(name, ()), state)
    unknown = [
        *(
            part
            for name, found in told.items()
            if found is None
            for part in _told(name, record.findings[name].seen)
        ),
        *(f"{name}={state}" for (name, state), found in causes.items() if found is None),
    ]
    earlier = []
    for attempt in record.earlier:
        seen = {name: _finding(name, finding.seen, names, model) for name, finding in attempt.items()}
        earlier.append(Evidence(model, dict(one for one in seen.values() if one is not None)))
        unknown += [
            part for name, one in seen.items() if one is None for part in _told(name, attempt[name].seen)
        ]
    case = Case(
        Evidence(model, findings),
        dict(filter(None, (causes[cause] for cause in sure))),
        excluded,
        record.weight,
        record.when or record.events[0].at,
        record.premise,
        tuple(earlier),
    )
    return ModelCase(record, case, tuple(dict.fromkeys(unknown)))


def renamed_cause(cause: tuple[str, str], model: Model, renamed: Mapping[str, str]) -> tuple[str, str]:
    """Return a cause state by its name in a model; as it was where the model does not know it."""
    return _state(*cause, {**model.renamed, **renamed}, model) or cause


def known_state(variable: str, state: str, model: Model) -> tuple[str, str] | None:
    """Return a stored variable and state by their names in a model; None where it does not know them."""
    return _state(variable, state, model.renamed, model)


def _finding(
    variable: str, seen: Seen, names: Mapping[str, str], model: Model
) -> tuple[str, Observed] | None:
    """Return a finding in the names of a model; None where any of it is unknown."""
    likelihoods = {seen: 1.0} if isinstance(seen, str) else seen
    states = [_state(variable, state, names, model) for state in likelihoods]
    known = [state for state in states if state is not None]
    if len(known) < len(states) or len({name for name, _ in known}) != 1:
        return None
    if isinstance(seen, str):
        return known[0]
    renewed: dict[str, float] = {}
    for (_, state), likelihood in zip(known, likelihoods.values(), strict=True):
        # Two states that became one: it is as likely as the likelier of them.
        renewed[state] = max(renewed.get(state, 0.0), likelihood)
    return known[0][0], renewed


def _state(variable: str, state: str, names: Mapping[str, str], model: Model) -> tuple[str, str] | None:
    """Return a state by its name in a model; None where the model does not know it."""
    new_variable, equals, new_state = names.get(f"{variable}={state}", "").partition("=")
    found = (new_variable, new_state) if equals else (names.get(variable, variable), state)
    known = model.variable_of.get(found[0])
    return found if known is not None and found[1] in known.state_ids else None


def _told(variable: str, seen: Seen) -> list[str]:
    return [f"{variable}={state}" for state in ([seen] if isinstance(seen, str) else seen)]
