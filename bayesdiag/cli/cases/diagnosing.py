"""Models where cases meet them: the diagnosis as it is shown, and names checked before they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesdiag.case import Evidence, Observed, Report, softened
from bayesdiag.cli.cases.options import hidden
from bayesdiag.cli.findings import ToldCase, evidence_of
from bayesdiag.cli.inputs import Language, compiled, load_any, working
from bayesdiag.errors import CaseFault, Fault, known_names

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Diagnosis
    from bayesdiag.model import Model
    from bayesdiag.store import CaseRecord, Query, Store

Step = tuple[str, dict[str, Any]]
"""Kind and body of an event to come."""


@dataclass(frozen=True)
class Shown:
    """A diagnosis, and the JSON of it that is kept."""

    diagnosis: Diagnosis
    document: dict[str, Any]


def diagnosed(
    model: Model,
    name: str,
    evidences: Sequence[Evidence],
    language: Language,
    *,
    earlier: Sequence[Evidence] = (),
    tried: Sequence[str] = (),
) -> list[Shown]:
    """Return the diagnosis of each case; all have the same attempts before, and tried the same in vain."""
    from bayesdiag.diagnosis import diagnose  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.modelfile import digest, model_path  # noqa: PLC0415
    from bayesdiag.wire import diagnosis_document  # noqa: PLC0415

    mark = digest(model_path(name))
    with working(language):
        network = compiled(model)
        results = [diagnose(network, evidence, earlier=earlier, tried=tried) for evidence in evidences]
    return [Shown(result, diagnosis_document(result, language, mark)) for result in results]


def model_for(record: CaseRecord, told: str | None) -> tuple[Model, str] | None:
    """Return the model of a case and its file: the one told, else the bundled one it names; None without."""
    from bayesdiag.modelfile import models_folder  # noqa: PLC0415

    name = told or str(record.model.get("name") or "")
    is_bundled = name == Path(name).name and (models_folder() / f"{name}.yaml").is_file()
    if not told and not is_bundled:
        return None
    return load_any(name), name


def check_causes(model: Model, causes: Sequence[tuple[str, str]]) -> None:
    """Raise where causes are named that the model does not have.

    Raises:
        CaseFault: With all of them.
    """
    known = {cause.id: cause.state_ids for cause in model.of_kind("cause")}
    faults = []
    for name, state in causes:
        if name not in known:
            faults.append(Fault((name,), "no cause has this name", known_names(name, known, "causes")))
        elif state not in known[name]:
            told = known_names(state, known[name], f"states of {name}")
            faults.append(Fault((name,), f'"{state}" is not one of its states', told))
    if faults:
        raise CaseFault(faults)


def check_wanted(store: Store, query: Query) -> None:
    """Raise where a cause is asked for that no case has and the bundled model does not know.

    Raises:
        CaseFault: It is mistyped.
    """
    from bayesdiag.store import kept_causes  # noqa: PLC0415

    if not query.cause or query.cause in (kept := kept_causes(store)):
        return
    known = dict.fromkeys((*kept, *(cause.id for cause in load_any("pos_card").of_kind("cause"))))
    if query.cause not in known:
        told = known_names(query.cause, known, "causes")
        raise CaseFault([Fault((f"--cause {query.cause}",), "no cause has this name", told)])


def tried_again(record: CaseRecord, model: Model | None) -> Step:
    """Return the step that makes what was seen of a case an attempt before.

    Raises:
        CaseFault: Its model is not known, which alone says what comes about anew; or there are too many.
    """
    from bayesdiag.diagnosis.whatif import MOST_EARLIER  # noqa: PLC0415
    from bayesdiag.diagnosis.whatif.attempts import DRAWN_ANEW  # noqa: PLC0415

    if model is None:
        told = "Give its model, --model FILE: it says what stays and what comes about anew."
        raise CaseFault([Fault(("--again",), "the model of this case is not known", told)])
    if len(record.earlier) >= MOST_EARLIER:
        told = f"At most {MOST_EARLIER} beside the latest; one is taken back with --undo."
        raise CaseFault([Fault(("--again",), f"this case has {len(record.earlier)} attempts before", told)])
    names = {name: model.variable_of.get(model.renamed.get(name, name)) for name in record.findings}
    return "tried_again", {
        "variables": [n for n, v in names.items() if v is not None and v.kind in DRAWN_ANEW]
    }


def check_names(model: Model, steps: Sequence[Step]) -> None:
    """Raise where a step names what the model does not have.

    Raises:
        CaseFault: With all of them.
    """
    check_causes(model, [(body["cause"], body["state"]) for _, body in steps if "cause" in body])
    for _, body in steps:
        if "seen" in body:
            seen_of(evidence_of(model, {body["variable"]: body["seen"]}))
    asked = [body["variable"] for kind, body in steps if kind in {"asked", "skipped", "dont_know"}]
    faults = [
        Fault((name,), "no variable has this name", known_names(name, model.variable_of, "variables"))
        for name in map(hidden, asked)
        if name not in model.variable_of
    ]
    repairs = [body["repair"] for _, body in steps if "repair" in body]
    faults += [
        Fault((name,), "no repair has this name", known_names(name, model.repair_of, "repairs"))
        for name in repairs
        if name not in model.repair_of
    ]
    if faults:
        raise CaseFault(faults)


def bodies_of(model: Model, evidence: Evidence) -> list[dict[str, Any]]:
    """Return what events say of findings: one each, or one for each person who reported on it."""
    people = {report.variable for report in evidence.reports}
    bodies: list[dict[str, Any]] = [
        {"variable": name, "seen": seen} for name, seen in seen_of(evidence).items() if name not in people
    ]
    return bodies + [report_body(model, report) for report in evidence.reports]


def report_body(model: Model, report: Report) -> dict[str, Any]:
    """Return what an event says of a report; it stands beside what others said."""
    seen = report.seen
    if isinstance(seen, str):
        seen = softened(model, report.variable, seen, report.sure)
    who = {"who": report.who} if report.who else {}
    return {"variable": report.variable, "seen": seen, "beside": True, **who}


def reported(
    store: Store, case: str, reports: Sequence[tuple[str, Report]], said: Mapping[str, str], model: str | None
) -> list[Step]:
    """Return reports as steps; how sure somebody is, is told in the states of the case's model."""
    from bayesdiag.store import read_record  # noqa: PLC0415

    if not reports:
        return []
    known = model_for(read_record(store, case), model)
    if known is None:
        allowed = "Give its model, --model FILE."
        raise CaseFault([Fault(("-f",), "who said it, of a case whose model is not known", allowed)])
    evidence_of(known[0], ToldCase(reports=tuple(report for _, report in reports)))
    return [(kind, {**said, **report_body(known[0], report)}) for kind, report in reports]


def seen_of(evidence: Evidence) -> dict[str, Observed]:
    """Return findings as they are kept: a state where one was sure, else the likelihood of each."""
    from bayesdiag.wire import findings  # noqa: PLC0415

    return findings(evidence)
