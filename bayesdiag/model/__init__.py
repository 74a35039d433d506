"""What is believed: contexts, causes, stages, symptoms, tests and their numbers; valid or not built.

Plain text and numbers only: no files, no arrays, no inference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.model.action import (
    Cluster,
    Code,
    Contact,
    Coverage,
    Dialect,
    FaqStep,
    Finding,
    Message,
    Premise,
    Repair,
)
from bayesdiag.model.check import amount_faults, probability_faults, repeated
from bayesdiag.model.check_actions import (
    cluster_faults,
    code_faults,
    cost_after_faults,
    coverage_faults,
    message_faults,
    premise_faults,
    question_faults,
    renamed_faults,
    repair_faults,
)
from bayesdiag.model.check_tables import SUM_TOLERANCE
from bayesdiag.model.check_variables import topological_order, variable_faults
from bayesdiag.model.cpt import (
    Condition,
    Cpt,
    FirstActive,
    FullTable,
    Link,
    LinkForm,
    NoisyMax,
    Prior,
    Row,
    StateMap,
    Table,
    gates,
    parents,
)
from bayesdiag.model.factors import Factors, FactorTable, FactorVariable
from bayesdiag.model.price import Price
from bayesdiag.model.text import LANGUAGES, NO_TEXT, Source, Text, Weight
from bayesdiag.model.variable import ASKED, KINDS, Asked, Kind, NextAttempt, Question, State, Variable
from bayesdiag.model.wordings import Wordings, wording_faults

__all__ = [
    "ASKED",
    "KINDS",
    "LANGUAGES",
    "SUM_TOLERANCE",
    "Asked",
    "Cluster",
    "Code",
    "Condition",
    "Contact",
    "Coverage",
    "Cpt",
    "Dialect",
    "FactorTable",
    "FactorVariable",
    "Factors",
    "FaqStep",
    "Finding",
    "FirstActive",
    "FullTable",
    "Kind",
    "Link",
    "LinkForm",
    "Message",
    "Model",
    "NextAttempt",
    "NoisyMax",
    "Premise",
    "Price",
    "Prior",
    "Question",
    "Repair",
    "Row",
    "Source",
    "State",
    "StateMap",
    "Table",
    "Text",
    "Variable",
    "Weight",
    "Wordings",
    "gates",
    "parents",
    "topological_order",
]


@dataclass(frozen=True)
class Model:
    """A whole model. It is valid, or building it raises `InvalidModel` with every fault.

    Attributes:
        name: Name of the model.
        variables: In the order they were written.
        version: Version of the model, raised when its numbers change.
        label: Name a person reads.
        currency: Currency of every price.
        money_per_minute: What a minute of work is worth.
        wait_weight: What a minute of waiting is worth, as a share of a minute of work.
        premise: Why there is a case; None for a model of plain variables.
        repairs: What can be done.
        unlisted_fix: P(a repair helps | a cause state it does not list).
        contacts: Whom one can call.
        dialects: Families of codes.
        codes: Codes of machines.
        messages: Messages of machines.
        sources: Where numbers come from.
        coverage: The user's document, line by line.
        faq_order: The order of checks of the user's document.
        renamed: Names that older cases use → names of this model, both as variable or variable=state.
        wordings: How people tell findings in their own words.
        note: Anything a reader of the file should know.
        clusters: What must be opened for some questions and repairs.

    Raises:
        InvalidModel: With all faults at once.
    """

    name: str
    variables: tuple[Variable, ...]
    version: str = "0"
    label: Text = NO_TEXT
    currency: str = ""
    money_per_minute: float = 1.0
    wait_weight: float = 0.0
    premise: Premise | None = None
    repairs: tuple[Repair, ...] = ()
    unlisted_fix: float = 0.0
    contacts: tuple[Contact, ...] = ()
    dialects: tuple[Dialect, ...] = ()
    codes: tuple[Code, ...] = ()
    messages: tuple[Message, ...] = ()
    sources: tuple[Source, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    faq_order: tuple[FaqStep, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    wordings: Wordings = field(default_factory=Wordings)
    note: str = ""
    clusters: tuple[Cluster, ...] = ()

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise InvalidModel(faults)

    @cached_property
    def variable_of(self) -> Mapping[str, Variable]:
        """Variables by name."""
        return {variable.id: variable for variable in self.variables}

    @cached_property
    def repair_of(self) -> Mapping[str, Repair]:
        """Repairs by name."""
        return {repair.id: repair for repair in self.repairs}

    @cached_property
    def contact_of(self) -> Mapping[str, Contact]:
        """Contacts by name."""
        return {contact.id: contact for contact in self.contacts}

    @cached_property
    def cluster_of(self) -> Mapping[str, Cluster]:
        """Clusters by name."""
        return {cluster.id: cluster for cluster in self.clusters}

    @property
    def is_diagnostic(self) -> bool:
        """Whether the model has causes, so that it can be asked what is wrong."""
        return any(variable.kind == "cause" for variable in self.variables)

    def of_kind(self, *kinds: Kind) -> tuple[Variable, ...]:
        """Return the variables of these kinds, in the order they were written."""
        return tuple(variable for variable in self.variables if variable.kind in kinds)

    def cost(self, minutes: float, money: float, wait_minutes: float = 0.0) -> float:
        """Return the price of a step, in the model's currency."""
        return money + self.money_per_minute * (minutes + self.wait_weight * wait_minutes)


def _faults(model: Model) -> list[Fault]:
    """Return everything that keeps the model from meaning something."""
    known = {variable.id: variable for variable in model.variables}
    names = {
        "contacts": [contact.id for contact in model.contacts],
        "repairs": [repair.id for repair in model.repairs],
        "sources": [source.id for source in model.sources],
    }
    # Most networks are variables alone: what is not there is not looked at.
    return [
        *amount_faults(("money_per_minute",), model.money_per_minute),
        *amount_faults(("wait_weight",), model.wait_weight),
        *repeated(("sources",), names["sources"]),
        *repeated(("contacts",), names["contacts"]),
        *premise_faults(model.premise, known, names["sources"]),
        *variable_faults(model.variables, known, names["sources"]),
        *question_faults(model.variables, known, names),
        *probability_faults(("unlisted_fix",), model.unlisted_fix),
        *(repair_faults(model.repairs, known, names["sources"]) if model.repairs else ()),
        *cluster_faults(model.clusters, model.variables, model.repairs),
        *cost_after_faults(model.variables, model.repairs),
        *(code_faults(model.codes, [one.id for one in model.dialects], known, names) if model.codes else ()),
        *(message_faults(model.messages, known, names["repairs"]) if model.messages else ()),
        *coverage_faults(model.coverage, model.faq_order, known, names),
        *renamed_faults(model.renamed, known),
        *wording_faults(model.wordings, known),
    ]
