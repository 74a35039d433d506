"""`bayesdiag diagnose`: causes ranked, next questions, what to do, explanation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bayesdiag.case import Evidence
from bayesdiag.cli.asking import (
    AboutOption,
    Aims,
    DecideOption,
    HandOverOption,
    PairsOption,
    Sought,
    sought,
    sought_document,
    sought_sections,
    told_targets,
)
from bayesdiag.cli.attempts import EarlierOption, attempted, told_earlier
from bayesdiag.cli.findings import FindingOption, ToldCase, cases_of_file, evidence_of, told_case
from bayesdiag.cli.fixing import FixOption, told_fixed, with_fixed
from bayesdiag.cli.inputs import (
    JsonOption,
    LanguageOption,
    ModelArgument,
    compiled,
    language_of,
    load_any,
    working,
    write_json,
)
from bayesdiag.cli.printing import say
from bayesdiag.cli.turns import (
    DontKnowOption,
    MandatoryOption,
    NeverOption,
    SkippedOption,
    TriedOption,
    told_asking,
)
from bayesdiag.errors import EvidenceError, Fault

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Diagnosis
    from bayesdiag.diagnosis.phrases import Section
    from bayesdiag.model import Model


def diagnose(
    model: ModelArgument = "pos_card",
    finding: FindingOption = None,
    findings: Annotated[
        Path | None, typer.Option("--findings", metavar="FILE", help="Findings as JSON: one case or a list.")
    ] = None,
    fix: FixOption = None,
    earlier: EarlierOption = None,
    about: AboutOption = None,
    pairs: PairsOption = False,
    decide: DecideOption = False,
    hand_over: HandOverOption = None,
    mandatory: MandatoryOption = None,
    never: NeverOption = None,
    skipped: SkippedOption = None,
    dont_know: DontKnowOption = None,
    tried: TriedOption = None,
    json: JsonOption = False,
    lang: LanguageOption = None,
    doubt: Annotated[
        bool,
        typer.Option("--doubt", help="Tell how far to trust it, and what would change it; takes seconds."),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell what the computation cost.")] = False,
) -> None:
    """Rank the causes of one case, and say what to ask and what to do next."""
    from bayesdiag import diagnosis as room  # noqa: PLC0415 - each command imports its rooms when run

    known = load_any(model)
    told = replace(told_case(finding, told_fixed(fix)), earlier=told_earlier(earlier))
    cases, is_list = told_cases(told, findings)
    evidences = checked(known, cases, findings, is_list=is_list)
    language = language_of(lang)
    asking = told_asking(mandatory, never, skipped, dont_know, tried)
    aims = Aims(told_targets(about), pairs, decide, hand_over)
    with working(language):
        network = compiled(known)
        # The text tells of doubt only when asked; the document always, as far as it comes quickly.
        trust: Literal["none", "quick", "full"] = "full" if doubt else "quick" if json else "none"
        results, found = [], []
        for place, (case, evidence) in enumerate(zip(cases, evidences, strict=True)):
            where = ((place,) if is_list else (), str(findings or ""))
            together, seen = attempted(network, evidence, case.earlier, *where)
            seen = with_fixed(together, seen)
            results.append(room.diagnose(together, seen, doubt=trust, **asking))
            found.append(sought(together, results[-1], aims))
    if verbose:
        for result in results:
            say(result.program, err=True)
    if json:
        documents = _documents(results, language, model)
        whole = [
            {**document, **sought_document(result, one, aims, language)}
            for document, result, one in zip(documents, results, found, strict=True)
        ]
        write_json(whole if is_list else whole[0])
    else:
        _write_texts(results, found, language, doubt=doubt)
    if any(result.is_impossible for result in results):
        raise typer.Exit(1)


def _documents(results: list[Diagnosis], language: str, model: str) -> list[dict[str, Any]]:
    from bayesdiag.modelfile import digest, model_path  # noqa: PLC0415
    from bayesdiag.wire import diagnosis_document  # noqa: PLC0415

    mark = digest(model_path(model))
    return [diagnosis_document(result, language, mark) for result in results]


def _write_texts(results: list[Diagnosis], found: list[Sought], language: str, *, doubt: bool) -> None:
    for number, (result, one) in enumerate(zip(results, found, strict=True)):
        text = "\n\n".join(
            [
                text_of(result, language, doubt=doubt),
                *map(section_text, sought_sections(result, one, language)),
            ]
        )
        say(("\n" if number else "") + text)


def evidences_of(model: Model, told: ToldCase, file: Path | None) -> tuple[list[Evidence], bool]:
    """Return cases of a single attempt, and whether they came as a list; what is fixed is not fitted yet."""
    cases, is_list = told_cases(told, file)
    if any(case.earlier for case in cases):
        fault = Fault(("earlier",), "several attempts", "Here a case is one attempt: leave it out.")
        raise EvidenceError([fault])
    return checked(model, cases, file, is_list=is_list), is_list


def told_cases(told: ToldCase, file: Path | None) -> tuple[list[ToldCase], bool]:
    """Return the cases that options and a file tell, and whether they came as a list."""
    read = cases_of_file(file) if file is not None else ToldCase()
    if isinstance(read, list):
        if told != ToldCase():
            fault = Fault(("-f",), "a list of cases takes no further finding", "Write it into each case.")
            raise EvidenceError([fault])
        return read, True
    twice = [f"-f {name}" for name in told.findings if name in read.findings]
    twice += [f"--fix {name}" for name in told.fixed if name in read.fixed]
    twice += ["--earlier"] if told.earlier and read.earlier else []
    if twice:
        faults = [Fault((where,), f"{file} tells this finding too", "Tell it once.") for where in twice]
        raise EvidenceError(faults)
    case = ToldCase(
        {**read.findings, **told.findings},
        {**read.fixed, **told.fixed},
        (*read.reports, *told.reports),
        read.earlier or told.earlier,
    )
    return [case], False


def checked(model: Model, cases: list[ToldCase], file: Path | None, *, is_list: bool) -> list[Evidence]:
    """Return the findings of the latest attempt of all cases checked, or all their faults at once."""
    evidences: list[Evidence] = []
    faults: list[Fault] = []
    for place, case in enumerate(cases):
        try:
            evidences.append(evidence_of(model, case, str(file or ""), place if is_list else -1))
        except EvidenceError as error:
            faults += error.faults
    if faults:
        raise EvidenceError(faults)
    return evidences


def text_of(result: Diagnosis, language: str, *, asking: bool = True, doubt: bool = False) -> str:
    """Return a diagnosis as text, a heading and its lines below one another."""
    from bayesdiag.diagnosis.words import report  # noqa: PLC0415

    sections = report(result, language, asking=asking)
    if doubt:
        from bayesdiag.diagnosis.doubt_words import doubt_section  # noqa: PLC0415

        sections = (*sections, doubt_section(result, language))
    return "\n\n".join(map(section_text, sections))


def section_text(section: Section) -> str:
    """Return a heading and its lines below one another."""
    return "\n".join([section.title, *(f"  {line}" for line in section.lines)])
