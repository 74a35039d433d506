"""A case as one page of HTML that stands alone: for a browser, a printer, an archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from bayesdiag.diagnosis.words import chance
from bayesdiag.report.content import Belief, CaseReport

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --bar: #2f74d6; --pale: #2f74d655; }
body { font: 14px/1.45 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
       max-width: 52rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1rem; margin: 1.1rem 0 .3rem; }
p.answer { font-size: 1.1rem; margin: .2rem 0 .6rem; } p.warning { border: 2px solid #c22; padding: .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
         border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; width: 4.5rem; } th.number { text-align: right; }
.bar { display: block; height: .45rem; background: var(--bar); border-radius: .2rem; min-width: 1px; }
.before { background: var(--pale); height: .25rem; margin-top: 1px; }
.undone { text-decoration: line-through; opacity: .7; } .history { font-size: .85rem; }
footer { margin-top: 1.2rem; font-size: .8rem; opacity: .75; }
@media print {
  @page { size: A4; margin: 14mm; }
  body { font-size: 10.5px; margin: 0; max-width: none; padding: 0; color: #000; background: #fff; }
  .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr, dl { break-inside: avoid; }
}
"""


def html_report(report: CaseReport) -> str:
    """Return the page, whole: it asks nothing of any other place, and holds no script."""
    names = report.names
    findings = ([said.finding, said.who, said.when, said.sure] for said in report.findings)
    parts = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="answer">{escape(report.answer)}</p>',
        f'<p class="warning">{escape(report.warning)}</p>' if report.warning else "",
        _facts(report),
        _section(
            names("findings"),
            _table([names(key) for key in ("finding", "who", "said_when", "sure")], findings),
            shown=bool(report.findings),
        ),
        _section(names("causes"), _beliefs(report), shown=bool(report.beliefs)),
        _section(names("plan"), _list("ol", report.steps), shown=bool(report.steps)),
        _section(names("notes"), _list("ul", report.notes), shown=bool(report.notes)),
        _section(names("history"), _history(report), shown=True),
        f"<footer>{escape(report.zone)}<br>{escape(names('foot'))}</footer>",
    ]
    head = (
        f'<!doctype html>\n<html lang="{names.tag}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
    )
    body = "\n".join(part for part in parts if part)
    return f"{head}<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"


def _facts(report: CaseReport) -> str:
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in report.facts)
    return f"<dl>{pairs}</dl>"


def _section(title: str, content: str, *, shown: bool) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>" if shown else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table>"


def _beliefs(report: CaseReport) -> str:
    names = report.names
    head = "".join(
        f'<th scope="col"{extra}>{escape(text)}</th>'
        for text, extra in (
            (names("cause"), ""),
            (names("before"), ' class="number"'),
            (names("now"), ' class="number"'),
        )
    )
    rows = "\n".join(_belief(belief) for belief in report.beliefs)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"


def _belief(belief: Belief) -> str:
    bars = _bar(belief.now, "bar") + _bar(belief.before, "bar before")
    before, now = ("" if p is None else chance(p) for p in (belief.before, belief.now))
    return (
        f'<tr><td>{escape(belief.cause)}{bars}</td><td class="number">{escape(before)}</td>'
        f'<td class="number">{escape(now)}</td></tr>'
    )


def _bar(p: float | None, kind: str) -> str:
    if p is None:
        return ""
    return f'<span class="{kind}" aria-hidden="true" style="width:{100 * min(1.0, max(0.0, p)):.1f}%"></span>'


def _list(tag: str, lines: Iterable[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</{tag}>"


def _history(report: CaseReport) -> str:
    names = report.names
    head = "".join(
        f'<th scope="col">{escape(names(key))}</th>' for key in ("number", "said_when", "by", "event")
    )
    rows = "\n".join(
        f"<tr><td>{step.number}</td><td>{escape(step.when)}</td><td>{escape(step.by)}</td>"
        f"<td>{_told(report, step.told, is_undone=step.is_undone)}</td></tr>"
        for step in report.history
    )
    return f'<table class="history"><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>'


def _told(report: CaseReport, told: str, *, is_undone: bool) -> str:
    if not is_undone:
        return escape(told)
    return f'<span class="undone">{escape(told)}</span>{escape(report.names("taken_back"))}'
