"""A case as a few lines of plain text, to be pasted into a ticket."""

from __future__ import annotations

from bayesdiag.diagnosis.words import chance
from bayesdiag.report.content import CaseReport

SHOWN_CAUSES = 3
"""A ticket takes this many causes."""


def ticket_summary(report: CaseReport) -> str:
    """Return the case in plain text: the answer, what is known, what is likely, what to do, notes."""
    names = report.names
    colon = names("colon")
    lines = [f"{report.title} – {dict(report.facts)[names('status')]}", report.answer]
    lines += [report.warning] if report.warning else []
    lines += _section(
        names("findings"),
        [
            said.finding if said.sure == "100%" else f"{said.finding} ({said.sure})"
            for said in report.findings
        ],
    )
    lines += _section(
        names("causes"),
        [
            f"{chance(belief.now)} {belief.cause}"
            for belief in report.beliefs[:SHOWN_CAUSES]
            if belief.now is not None
        ],
    )
    lines += _section(
        names("plan"), [f"{n}. {step}" for n, step in enumerate(report.steps, start=1)], mark=""
    )
    lines += _section(names("notes"), list(report.notes))
    shown = {names(name) for name in ("handler", "excluded", "tried", "cost", "model")}
    lines += [f"{name}{colon}{value}" for name, value in report.facts if name in shown]
    return "\n".join(lines)


def _section(title: str, lines: list[str], *, mark: str = "- ") -> list[str]:
    return [title, *(f"  {mark}{line}" for line in lines)] if lines else []
