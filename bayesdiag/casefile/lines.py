"""JSON lines ⇄ cases, one a line.

{"findings", "confirmed", "excluded", "weight", "when", "premise", "earlier"}; earlier is a list of findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bayesdiag.case import Case, Evidence
from bayesdiag.casefile.case import Reject, label_faults, read_about, says_nothing
from bayesdiag.casefile.cell import Told, finding, parse_cell, shown
from bayesdiag.casefile.names import ABOUT, REASON, Naming, state_names
from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.model import Model, Variable

FORM = 'Write {"findings": {"ID": "STATE"}, "confirmed": {"CAUSE": "STATE"}} on one line.'
PARTS = ("findings", "confirmed", "excluded")
EARLIER = "earlier"
LABELLED = ("cause", "plain")
"""Kinds of variables of which something can be confirmed."""


def cases_of_lines(text: str, model: Model, naming: Naming, file: str) -> tuple[list[Case], list[Reject]]:
    """Return the cases of JSON lines, and the lines that are none."""
    cases: list[Case] = []
    rejects: list[Reject] = []
    number = 0
    for line, told in enumerate(text.split("\n"), start=1):
        if not told.strip():
            continue
        number += 1
        document = parsed(told)
        line_reader = _Line(model, naming, [])
        case = line_reader.case(document)
        if case is None or line_reader.faults:
            kept = document if isinstance(document, dict) else {"line": told.rstrip("\r")}
            faults = [
                Fault((f"row {number}", *fault.path), fault.found, fault.allowed, file, line)
                for fault in line_reader.faults
            ]
            rejects.append(Reject(number, kept, tuple(faults)))
        else:
            cases.append(case)
    return cases, rejects


def line_of(case: Case) -> str:
    """Return a case as one line; what is as usual is left out."""
    document: dict[str, Any] = {"findings": _written(case.evidence)}
    if case.confirmed:
        document["confirmed"] = dict(case.confirmed)
    if case.excluded:
        document["excluded"] = {name: list(states) for name, states in case.excluded.items()}
    document |= {} if case.weight == 1 else {"weight": case.weight}
    document |= {"when": case.when} if case.when else {}
    document |= {} if case.premise else {"premise": False}
    document |= {EARLIER: [_written(one) for one in case.earlier]} if case.earlier else {}
    return json_line(document)


def _written(evidence: Evidence) -> dict[str, Any]:
    return {
        name: next(iter(seen)) if list(seen.values()) == [1.0] else dict(seen)
        for name, seen in evidence.findings.items()
    }


def json_line(document: Mapping[str, object]) -> str:
    """Return a document as one line of JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)


def parsed(line: str) -> object:
    """Return what a line holds, or the fault that keeps it from being read."""
    try:
        return json.loads(line, object_pairs_hook=_pairs, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return Fault((), f"this is not JSON: {error.msg}, column {error.colno}", FORM)
    except RecursionError:
        return Fault((), "this is nested too deeply", FORM)
    except ValueError as error:
        is_ours = isinstance(error, _RefusedError)
        return Fault((), str(error) if is_ours else "a number has thousands of digits", FORM)


class _RefusedError(ValueError):
    """JSON that says something twice, or a number that JSON does not have."""


def _pairs(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) < len(items):
        names = [name for name, _ in items]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(f'"{twice}" is given twice')
    return found


def _no_constant(name: str) -> Any:
    raise _RefusedError(f"{name} is no number that JSON has")


@dataclass
class _Line:
    """One line being read; everything wrong with it is noted."""

    model: Model
    naming: Naming
    faults: list[Fault]

    def case(self, document: object) -> Case | None:
        """Return the case; None where the line is none at all."""
        if isinstance(document, Fault):
            self.faults.append(document)
            return None
        if not isinstance(document, dict):
            self.faults.append(Fault((), "this is no case", FORM))
            return None
        self._check_parts(document)
        findings = self._findings(document, "findings")
        confirmed = {
            variable.id: state
            for name, variable, value in self._labelled(document, "confirmed")
            if (state := self._state("confirmed", name, variable, value))
        }
        excluded: dict[str, tuple[str, ...]] = {}
        for name, variable, value in self._labelled(document, "excluded"):
            told = value if isinstance(value, list) else [value]
            states = [self._state("excluded", name, variable, one) for one in told]
            if any(states):
                excluded[variable.id] = tuple(dict.fromkeys(filter(None, states)))
        about = {}
        for role in ABOUT:
            about[role], wrong = read_about(role, document.get(role))
            if wrong:
                self.faults.append(Fault((role,), *wrong))
        case = Case(Evidence(self.model, findings), confirmed, excluded, **about)  # type: ignore[arg-type]
        case = replace(case, earlier=self._earlier(document))
        self.faults += label_faults(case, self.model)
        is_blank = not (findings or confirmed or excluded or case.earlier)
        if not self.faults and is_blank and case.premise:
            self.faults.append(Fault((), *says_nothing()))
        return case

    def _findings(self, document: Mapping[str, Any], part: str) -> dict[str, Mapping[str, float]]:
        return {
            variable.id: seen
            for name, variable, value in self._named(document, part)
            if (seen := self._seen(name, variable, value))
        }

    def _earlier(self, document: Mapping[str, Any]) -> tuple[Evidence, ...]:
        """Return the attempts before the case's own; their faults name the attempt."""
        told, mine = document.get(EARLIER, []), self.faults
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            mine.append(Fault((EARLIER,), f"{shown(told)} stands here", 'Write [{"ID": "STATE"}, …].'))
            return ()
        found = []
        for number, attempt in enumerate(told, start=1):
            self.faults = []
            found.append(Evidence(self.model, self._findings({"findings": attempt}, "findings")))
            mine += [replace(fault, path=(EARLIER, number, *fault.path[1:])) for fault in self.faults]
        self.faults = mine
        return tuple(found)

    def _check_parts(self, document: Mapping[str, object]) -> None:
        for name, value in document.items():
            if name in PARTS and not isinstance(value, dict):
                self.faults.append(Fault((name,), f"{shown(value)} stands here", FORM))
            elif name not in (*PARTS, EARLIER, *ABOUT, REASON) and not self.naming.ignore_unknown:
                told = known_names(name, (*PARTS, EARLIER, *ABOUT), "names")
                self.faults.append(Fault((name,), "no part of a case has this name", told))

    def _named(self, document: Mapping[str, Any], part: str) -> Iterator[tuple[str, Variable, object]]:
        """Yield each name of a part with its variable; an unknown or double name is a fault."""
        told = document.get(part)
        done: set[str] = set()
        for name, value in told.items() if isinstance(told, dict) else ():
            renamed = self.naming.columns.get(name, self.model.renamed.get(name, name))
            meant = name if name in self.model.variable_of and name not in self.naming.columns else renamed
            variable = self.model.variable_of.get(meant)
            if variable is None:
                if not self.naming.ignore_unknown and meant:
                    allowed = known_names(name, self.model.variable_of, "variables")
                    self.faults.append(Fault((part, name), "no variable has this name", allowed))
            elif meant in done:
                self.faults.append(Fault((part, name), f"{meant} is told twice", "Tell it once."))
            else:
                done.add(meant)
                yield name, variable, value

    def _labelled(self, document: Mapping[str, Any], part: str) -> Iterator[tuple[str, Variable, object]]:
        for name, variable, value in self._named(document, part):
            if variable.kind in LABELLED:
                yield name, variable, value
            else:
                allowed = 'What was seen stands under "findings".'
                self.faults.append(Fault((part, name), f"this is no cause but a {variable.kind}", allowed))

    def _seen(self, name: str, variable: Variable, value: object) -> Mapping[str, float]:
        """Return the likelihoods a value means; empty where it says nothing or is wrong."""
        names = state_names(variable.id, name, self.model, self.naming)
        if isinstance(value, dict):
            told: dict[str, float] = {names.get(str(s), str(s)): x for s, x in value.items()}
            try:
                Evidence(self.model, {variable.id: told})
            except EvidenceError as error:
                self.faults += [Fault(("findings", name), f.found, f.allowed) for f in error.faults]
                return {}
            return told
        found = self._parsed("findings", name, variable, value)
        return finding(found, variable)

    def _state(self, part: str, name: str, variable: Variable, value: object) -> str:
        """Return the state a value names; empty where it is blank or wrong."""
        found = self._parsed(part, name, variable, value)
        if found.likelihoods or found.excluded:
            self.faults.append(Fault((part, name), f"{shown(value)} is no state", FORM))
        return found.state

    def _parsed(self, part: str, name: str, variable: Variable, value: object) -> Told:
        names = state_names(variable.id, name, self.model, self.naming)
        found = parse_cell(value, variable, names)
        if isinstance(found, Told):
            return found
        value_shown = shown(value)
        what = found[0] if found[0].startswith(value_shown) else f"{value_shown}: {found[0]}"
        self.faults.append(Fault((part, name), what, found[1]))
        return Told()
