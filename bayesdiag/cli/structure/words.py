"""Which claims of independence hold, as lines a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from bayesdiag.diagnosis.phrases import Say, finding_words, variable_words
from bayesdiag.model import Model
from bayesdiag.wire.plain import Document

SHOWN = 12
"""Claims that do not hold that are shown."""
FEW = 4
"""Claims with too few cases that are shown."""


def lines(model: Model, document: Document, language: str) -> Iterator[str]:
    """Yield what `bayesdiag independence` prints."""
    say = Say(language)
    told, n = document["model"], document["cases"]
    failed = document["given_failed"]
    yield say(
        f"{told['name']} {told['version']}：{n} 个案例{'，都以失败为前提' if failed else ''}。",
        f"{told['name']} {told['version']}: {n} case{'s' * (n != 1)}"
        f"{', all given that they failed' if failed else ''}.",
    )
    yield _total(document, say)
    broken = [one for one in document["tested"] if not one["holds"]]
    for one in broken[:SHOWN]:
        yield "  " + _broken(model, one, say)
    yield from _more(len(broken) - SHOWN, say)
    few = sorted(document["too_few"], key=lambda one: -one["complete"])
    if few:
        yield say(
            f"案例太少、未检验：{len(few)} 条（每格预期至少 {document['least']:.4g}），其中：",
            f"Too few cases to test {len(few)} ({document['least']:.4g} expected in every cell), of them:",
        )
    for one in few[:FEW]:
        complete = one["complete"]
        yield (
            "  "
            + _claim(model, one, say)
            + say(f"：{complete} 个完整案例。", f": {complete} complete cases.")
        )
    yield from _more(len(few) - FEW, say)
    yield from _notes(document, say)


def _total(document: Document, say: Say) -> str:
    tested, broken = len(document["tested"]), document["broken"]
    name = {"holm": "Holm", "bh": "Benjamini–Hochberg"}[document["correction"]]
    alpha = f"{document['alpha']:.4g}"
    kept = say(
        f"任何一条误报的概率不超过 {alpha}" if name == "Holm" else f"所报之中误报平均占 {alpha} 以下",
        f"any false alarm with probability {alpha} at most"
        if name == "Holm"
        else f"{alpha} of the alarms false at most, on average",
    )
    if not tested:
        return say("没有一条独立性可以检验。", "Not a single independence could be tested.")
    verb = "does" if broken == 1 else "do"
    return say(
        f"检验了 {tested} 条独立性，{broken} 条不成立（{name}：{kept}）。",
        f"{tested} independence{'s' * (tested > 1)} tested; {broken} {verb} not hold ({name}: {kept}).",
    )


def _broken(model: Model, one: Document, say: Say) -> str:
    states = [
        finding_words(model, name, state, say.language)
        for name, state in zip((one["first"], one["second"]), one["states"], strict=True)
    ]
    seen, expected = f"{one['seen']:.4g}", f"{one['expected']:.1f}"
    p, v, n = f"{one['adjusted']:.2g}", f"{one['cramers_v']:.2f}", one["cases"]
    return _claim(model, one, say) + say(
        f"：校正后 p {p}，V {v}，{n} 个案例；"
        f"“{states[0]}”与“{states[1]}”同时出现 {seen} 次，预期 {expected}。",
        f": p {p} as one of many, V {v}, {n} cases; {states[0]} together with {states[1]} {seen} times, "
        f"{expected} expected.",
    )


def _claim(model: Model, one: Document, say: Say) -> str:
    first, second, *given = (
        variable_words(model, name, say.language) for name in (one["first"], one["second"], *one["given"])
    )
    told = say("，已知", ", given ") + say("、", ", ").join(given) if given else ""
    return f"{first} ⊥ {second}{told}"


def _notes(document: Document, say: Say) -> Iterator[str]:
    wide, unclaimed = len(document["too_wide"]), document["unclaimed"]
    if wide:
        yield say(
            f"有 {wide} 条要已知 {document['most']} 个以上的变量，未检验（--most）。",
            f"{wide} not tested: more than {document['most']} variables would have to be known (--most).",
        )
    if unclaimed:
        yield say(
            f"有 {unclaimed} 对变量，对案例中所知的，模型不主张独立。",
            f"Of {unclaimed} pairs the model claims no independence of what these cases tell.",
        )
    if document["left_out"]:
        n = document["left_out"]
        yield say(f"没有失败的 {n} 个案例未用。", f"Left out, as they did not fail: {n}.")
    if document["labels_not_used"]:
        n = document["labels_not_used"]
        yield say(
            f"有 {n} 个已确认的原因没有用上：只有正常的也记录时，--labels 才对。",
            f"Confirmed causes not looked at: {n}. --labels is right only where normal ones are noted "
            "as well.",
        )
    if document["uneven_weights"]:
        n = document["uneven_weights"]
        yield say(
            f"有 {n} 个案例的权重不是整数，各算一次。", f"Cases of uneven weight, each counted once: {n}."
        )
    yield say(
        "每条只用其变量都已知的案例；若因别的回答才问到，相依可能来自提问。",
        "Each on the cases that tell all its variables; where one was asked because of another answer, the "
        "asking can make a dependence.",
    )


def _more(n: int, say: Say) -> Iterator[str]:
    if n > 0:
        yield say(f"  ……还有 {n} 条（--json 全部列出）。", f"  … and {n} more (--json tells all).")
