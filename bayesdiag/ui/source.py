"""The model the app works with, compiled once, and diagnoses made with it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Event
from typing import Literal, Unpack

import streamlit as st

from bayesdiag.case import Evidence, Observed
from bayesdiag.diagnosis import Asking, Diagnosis, diagnose, with_explanation
from bayesdiag.diagnosis.whatif import Effect, acted, next_success
from bayesdiag.engine.compiled import is_first_time
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.posterior import Posterior
from bayesdiag.engine.recent import Recent
from bayesdiag.errors import TooLarge
from bayesdiag.intake import Intake
from bayesdiag.model import Model
from bayesdiag.model.renumbered import renumbered
from bayesdiag.modelfile import digest, load, model_path
from bayesdiag.structure import Arrow, Columns, Strength, columns_of, strengths
from bayesdiag.ui.sheet import Sheet, softened
from bayesdiag.ui.texts import Words
from bayesdiag.wire import diagnosis_document

MODEL_SETTING = "BAYESDIAG_MODEL"
"""Environment variable that names another model: a file, or a bundled one."""
MAX_EFFECTS = 64
"""Effects of acting that are kept."""
MAX_EXPLANATIONS = 64
"""Diagnoses whose explanations are kept."""
MAX_SEVERAL = 32
"""Diagnoses of several attempts that are kept."""

_WARM = Event()
"""Set once this server has made a diagnosis."""


@dataclass(frozen=True)
class Source:
    """A compiled model, shared by all visitors.

    Attributes:
        network: The model, made ready.
        fingerprint: Of its file.
        is_cold: Whether the engine's machine code was kept nowhere when this was made.
    """

    network: CompiledNetwork
    fingerprint: str
    is_cold: bool = False
    _effects: Recent[tuple[object, ...], tuple[Effect, float]] = field(
        default_factory=lambda: Recent(MAX_EFFECTS), repr=False
    )
    _explanations: Recent[tuple[object, ...], Diagnosis] = field(
        default_factory=lambda: Recent(MAX_EXPLANATIONS), repr=False
    )
    _several: Recent[str, Diagnosis] = field(default_factory=lambda: Recent(MAX_SEVERAL), repr=False)

    @property
    def model(self) -> Model:
        """The model."""
        return self.network.model

    @cached_property
    def intake(self) -> Intake:
        """What reads free text, made ready when it is first needed."""
        return Intake(self.model)

    @cached_property
    def columns(self) -> Columns:
        """Where every variable stands in a picture of the model."""
        return columns_of(self.model)

    @cached_property
    def strengths(self) -> Mapping[Arrow, Strength]:
        """How strong the arrows are; none of them where the network is too large to tell."""
        try:
            return strengths(self.network)
        except TooLarge:
            return {}

    def beliefs(self, evidence: Evidence) -> Posterior:
        """Return the beliefs of all variables, the premise taken for granted.

        The network keeps what it was asked lately, so that a click does not wait for it.

        Raises:
            TooLarge: See `CompiledNetwork.posterior`.
        """
        return self.network.posterior(evidence, premise=True)

    def diagnose(self, findings: Mapping[str, Observed], **asking: Unpack[Asking]) -> Diagnosis:
        """Return the diagnosis of a case, unexplained: see `explained`."""
        return diagnose(self.network, findings, doubt="none", explanation="none", **asking)

    def diagnose_sheet(self, sheet: Sheet, *, doubt: Literal["none", "quick"] = "none") -> Diagnosis:
        """Return the diagnosis of a case sheet, with how far to trust it if asked for; see `explained`."""
        said = softened(self.model, sheet.counted())
        if not sheet.before:
            return diagnose(self.network, said, doubt=doubt, explanation="none", **sheet.asking)
        # Several attempts take seconds, and every click runs a page anew.
        key = repr((said, sheet.before, sheet.asking))
        known = self._several.recall(key)
        if known is not None:
            return known
        earlier = [softened(self.model, attempt) for attempt in sheet.before]
        found = diagnose(self.network, said, earlier=earlier, doubt="none", **sheet.asking)
        return self._several.keep(key, found)

    def explained(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return a diagnosis with its explanation, which may take seconds: so what was made last is kept."""
        if diagnosis.explanation is not None:
            return diagnosis
        seen = tuple((name, tuple(states.items())) for name, states in diagnosis.evidence.findings.items())
        open_ = tuple(question.id for question in diagnosis.questions)
        # What did not help may put another cause first, and it is the first that is explained.
        open_ = (*open_, *diagnosis.asking.get("tried", ()))
        known = self._explanations.recall((seen, open_))
        if known is not None:
            return replace(diagnosis, explanation=known.explanation)
        return self._explanations.keep((seen, open_), with_explanation(self.network, diagnosis))

    def with_numbers(self, numbers: Mapping[str, float]) -> Source:
        """Return the model with some numbers moved; see `renumbered`.

        Raises:
            ModelError: A number cannot be moved so.
        """
        return _moved(self, self.fingerprint, tuple(numbers.items())) if numbers else self

    def effect(self, evidence: Evidence, done: Mapping[str, str]) -> tuple[Effect, float]:
        """Return what follows when something is done, and P(the next attempt succeeds) as it is.

        It takes seconds, and every click runs a page anew: so it is kept.

        Raises:
            EvidenceError, TooLarge: See `acted` and `next_success`.
        """
        seen = tuple((name, tuple(states.items())) for name, states in evidence.findings.items())
        key = (seen, tuple(sorted(done.items())))
        known = self._effects.recall(key)
        if known is not None:
            return known
        found = acted(self.network, evidence, done), next_success(self.network, evidence)
        return self._effects.keep(key, found)

    def document(self, diagnosis: Diagnosis, language: str) -> Mapping[str, object]:
        """Return a diagnosis as it is kept with a case."""
        return diagnosis_document(diagnosis, language, self.fingerprint)

    def culprits(self, findings: Mapping[str, Observed]) -> list[str]:
        """Return the findings without any one of which the rest could occur together."""
        names = list(findings)
        rests = [{name: findings[name] for name in names if name != left_out} for left_out in names]
        evidences = [Evidence(self.model, rest) for rest in rests]
        status = self.network.posterior(evidences, premise=True, targets=[]).log_evidence
        return [
            name for name, log_evidence in zip(names, status, strict=True) if log_evidence > float("-inf")
        ]


def title(words: Words) -> str:
    """Return what the model of this server is about, as its file says it."""
    model = source().model
    return words.title(model.label, model.name)


def model_name() -> str:
    """Return which model this server shows: a file, or a bundled one."""
    return os.environ.get(MODEL_SETTING, "pos_card")


def source() -> Source:
    """Return the model of this server, read anew when its file changes."""
    path = model_path(model_name())
    return _compiled(str(path), digest(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _compiled(path: str, fingerprint: str) -> Source:
    is_cold = is_first_time()
    if is_cold:
        sys.stderr.write("compiling the engine, once: about a minute.\n")
    found = Source(compile_network(load(path)), fingerprint, is_cold)
    # Model and libraries stay. As long as they count, Python looks for the garbage that visitors leave
    # only once that is a quarter as much again. What was loaded before a file changed must still go.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return found


@contextmanager
def compiling(words: Words) -> Iterator[None]:
    """Say what takes so long where the engine is compiled meanwhile: at the first diagnosis on a machine."""
    if _WARM.is_set() or not source().is_cold:
        yield
        return
    with st.spinner(words("compiling")):
        yield
    _WARM.set()


@st.cache_resource(max_entries=32, show_spinner=False)
def _moved(_known: Source, fingerprint: str, numbers: tuple[tuple[str, float], ...]) -> Source:
    return Source(compile_network(renumbered(_known.model, dict(numbers))), fingerprint)
