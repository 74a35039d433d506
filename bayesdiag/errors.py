"""Every exception bayesdiag raises on purpose, and the one way a fault is written down.

Messages say what a person wrote; card numbers and other secrets in them are masked when the error
is made, so that none of its readers (terminal, page, log, traceback) has to think of it.

::

    BayesdiagError
    ├── ModelError
    │   ├── ModelFileError      the text is not a model (syntax, fields, types)
    │   ├── InvalidModel        the fields are right but mean nothing (cycle, unknown cause, …)
    │   └── NotEditable         a file cannot become this model by changing its numbers alone
    ├── EvidenceError           an unknown name or state in the evidence
    ├── CaseFileError           a file or table of cases cannot be read or written as a whole
    ├── TooLarge                exact inference would need more memory than allowed
    └── StoreError              the case store cannot be read or written
        ├── StaleCase           somebody else changed the case meanwhile
        ├── UnknownCase         no case has this id
        └── CaseFault           what was to be stored is no case, or no step that its case allows
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """One thing wrong, told as: where, what was found, what is allowed, what to do.

    Attributes:
        path: Steps from the top of the document to the place, names and list positions.
        found: What was found there, a sentence without its final stop.
        allowed: What is allowed there, a sentence with its stop; empty where `found` says it.
        file: File the fault stands in, empty when it came from Python.
        line: Line in that file counted from 1, 0 when unknown.
    """

    path: tuple[str | int, ...]
    found: str
    allowed: str = ""
    file: str = ""
    line: int = 0

    def at(self, file: str, line: int) -> Fault:
        """Return the same fault with its place in a file."""
        return replace(self, file=file, line=line)

    def __str__(self) -> str:
        where = ":".join(part for part in (self.file, str(self.line) if self.line else "") if part)
        dotted = ".".join(str(step) for step in self.path)
        head = ": ".join(part for part in (where, dotted, self.found) if part)
        return _masked(f"{head}.\n    {self.allowed}" if self.allowed else f"{head}.")

    def __repr__(self) -> str:
        return f"Fault({str(self)!r})"


class BayesdiagError(Exception):
    """Base of all errors a user can cause or meet; what its message says is masked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(_masked(message))


class ModelError(BayesdiagError):
    """A model could not be built; carries every fault found.

    Attributes:
        faults: All of them, in the order they stand in the file.
    """

    outcome = "the model was not loaded"

    def __init__(self, faults: Sequence[Fault], outcome: str = "") -> None:
        self.faults = tuple(faults)
        super().__init__(fault_report(self.faults, outcome or self.outcome))


class ModelFileError(ModelError):
    """The text is not a model: syntax, fields or types are wrong."""


class InvalidModel(ModelError):  # noqa: N818 - the name says what is the case, as in the house plan
    """The fields are right but mean nothing: a cycle, an unknown cause, a row that does not sum to one."""

    outcome = "the model was not built"


class NotEditable(ModelError):  # noqa: N818 - a state of affairs
    """A file cannot become this model by changing its numbers alone; says what else differs."""

    outcome = "the file was not changed"


class EvidenceError(BayesdiagError):
    """A finding names a variable or a state that the model does not have, or is no likelihood.

    Attributes:
        faults: All of them.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(fault_report(self.faults, "nothing was computed"))


class CaseFileError(BayesdiagError):
    """A file or table of cases cannot be read or written as a whole; single bad rows are no such error.

    Attributes:
        faults: All of them.
    """

    def __init__(self, faults: Sequence[Fault], outcome: str = "no case was read") -> None:
        self.faults = tuple(faults)
        super().__init__(fault_report(self.faults, outcome))


class TooLarge(BayesdiagError):  # noqa: N818 - a state of affairs, not a mistake
    """Exact inference would need more memory than allowed; says how much and which cluster."""


class StoreError(BayesdiagError):
    """The case store cannot be read or written.

    Attributes:
        kind: What the trouble is, for faces that have words of their own for it: "missing", "locked",
            "read_only", "full", "damaged", "not_open", "unreadable", "unreachable", "taken" (an id); empty
            for any other.
    """

    def __init__(self, message: str = "", *, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class StaleCase(StoreError):  # noqa: N818 - a state of affairs, not a mistake
    """Somebody else changed the case since it was read; says who wrote what. Nothing was written."""


class UnknownCase(StoreError):  # noqa: N818 - a state of affairs
    """No case of the store has this id."""


class CaseFault(StoreError):  # noqa: N818 - it carries faults
    """What was to be stored is no case, or no step that its case allows; nothing was written.

    Attributes:
        faults: All of them.
    """

    def __init__(
        self, faults: Sequence[Fault], outcome: str = "nothing was stored", *, kind: str = ""
    ) -> None:
        self.faults = tuple(faults)
        super().__init__(fault_report(self.faults, outcome), kind=kind)


def _masked(message: str) -> str:
    from bayesdiag.mask import mask_text  # noqa: PLC0415 - where nothing goes wrong nobody waits for it

    return mask_text(message)


def fault_report(faults: Sequence[Fault], outcome: str) -> str:
    """Return all faults, one below the other, and what became of the whole."""
    counted = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return "\n".join([*map(str, faults), f"{counted}; {outcome}."])


def known_names(name: str, known: Iterable[str], noun: str) -> str:
    """Return the sentence that helps after an unknown name: the nearest one, and the choice.

    Args:
        name: What was written.
        known: What could have been written.
        noun: What these names are, in the plural, as in "causes".
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f'Did you mean "{near[0]}"? ' if near else ""
    shown = ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")
    return f"{hint}Known {noun}: {shown}." if names else f"There are no {noun}."
