"""Documents written from the bundled model; a test compares them with what is stored.

`python -m bayesdiag.modelfile.pages` writes them into `docs`, or into the folder it is given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from bayesdiag.model import Coverage, Model, Text
from bayesdiag.modelfile import load

MODEL = "pos_card"

_KINDS = {
    "cause": "Causes 原因",
    "symptom": "Symptoms 现象",
    "check": "Checks 检查",
    "remedy": "Remedies 解决方法",
    "prevention": "Prevention 预防",
    "contact": "Contacts 联系谁",
}
_WHOLE = {
    "premise": Text("前提：这次没有刷成", "the premise: this attempt failed"),
    "faq_order": Text("检查顺序（见文末）", "the order of checks (at the end of this page)"),
}


def pages(model: Model) -> dict[str, str]:
    """Return every generated document: file name → text."""
    return {"coverage.md": coverage_page(model)}


def coverage_page(model: Model) -> str:
    """Return the page that sets every line of the user's document against what carries it."""
    counts = ", ".join(
        f"{sum(row.kind == kind for row in model.coverage)} {title.split()[0].lower()}"
        for kind, title in _KINDS.items()
    )
    sections = [_section(model, kind, title) for kind, title in _KINDS.items()]
    return "\n\n".join([*_head(model, counts), *sections, _order(model)]) + "\n"


def target_label(model: Model, target: str) -> Text:
    """Return the words for a target of a coverage row.

    Args:
        model: The model it stands in.
        target: "variable", "variable=state", "repair:id", "contact:id", "premise" or "faq_order".
    """
    if target in _WHOLE:
        return _WHOLE[target]
    noun, _, name = target.partition(":")
    if name:
        return (model.repair_of if noun == "repair" else model.contact_of)[name].label
    name, _, state_id = target.partition("=")
    variable = model.variable_of[name]
    if not state_id:
        return variable.label
    state = variable.state(state_id).label
    return Text(f"{variable.label.zh}：{state.zh}", f"{variable.label.en}: {state.en}")


def write_pages(folder: Path) -> None:
    """Write every generated document into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(load(MODEL)).items():
        (folder / name).write_text(text, encoding="utf-8")


def _head(model: Model, counts: str) -> list[str]:
    return [
        f"<!-- Written by `make docs` from models/{model.name}.yaml; change the model, not this page. -->",
        "# What the user's document says, and what carries it",
        "The [user's document](faq_zh.txt) is quoted word for word (its “ka卡” is 卡); ` / ` stands between "
        f"quotes that mean the same. {len(model.coverage)} rows: {counts}.",
        "The advertising at its end is left out on purpose.",
    ]


def _section(model: Model, kind: str, title: str) -> str:
    rows = [_row(model, row) for row in model.coverage if row.kind == kind]
    return f"## {title}\n\n" + _table(("Document", "In English", "Carried by"), rows)


def _row(model: Model, row: Coverage) -> tuple[str, str, str]:
    carried = [f"`{target}` {_both(target_label(model, target))}" for target in row.targets]
    return row.phrase.zh, row.phrase.en, "<br>".join(carried)


def _order(model: Model) -> str:
    rows = [
        (
            str(number),
            _both(step.label),
            "<br>".join(f"`{name}` {_both(model.variable_of[name].label)}" for name in step.ask),
        )
        for number, step in enumerate(model.faq_order, start=1)
    ]
    return "## The order of checks 检查顺序\n\n" + _table(("Step", "What", "Questions"), rows)


def _both(text: Text) -> str:
    return f"{text.zh} · {text.en}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
