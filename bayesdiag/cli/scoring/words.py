"""A score's document as lines a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from bayesdiag.cli.printing import counted
from bayesdiag.wire.plain import Document

TITLE = "{model}: {n} of {cases} cases tell {what}"


def lines(document: Document) -> Iterator[str]:
    """Yield what `bayesdiag score` prints."""
    model, score = document["model"], document["score"]
    what = document["target"] or "a cause"
    yield TITLE.format(model=_named(model), n=score["n"], cases=document["cases"], what=what) + _folds(
        document
    )
    if score["impossible"]:
        yield f"impossible findings: {score['impossible']}; judged by what is believed without them."
    yield from _score(score)
    if "dialogues" in document:
        yield from _dialogues(document["dialogues"])
    if "recalibrated" in document:
        told = document["recalibrated"]
        step = told["step"]
        way = f"temperature {step['t']:.4g}" if step["way"] == "temperature" else "isotonic functions"
        yield f"recalibrated by {way}, each of {told['folds']} parts as the others taught:"
        yield from (f"  {line}" for line in _score(told["score"]))
    if "against" in document:
        yield from _against(document["against"])


def _dialogues(told: Document | None) -> Iterator[str]:
    if told is None:
        yield "questions and cost until solved are not told: no failed case has a confirmed cause at fault."
        return
    means = [f"{what} {_mean(told[what])}" for what in ("questions", "minutes", "money", "cost")]
    handed = f"handed over {_mean(told['handed_over'])}"
    many = f"{counted(told['n'], 'dialogue')} in {counted(told['cases'])}"
    yield (
        f"asked and repaired by the decision-theoretic policy, blanks drawn from the model "
        f"({many}, seed {told['seed']}), on average until solved:"
    )
    yield f"  {', '.join(means)}{' ' * bool(told['currency'])}{told['currency']}; {handed}"


def _score(score: Document) -> Iterator[str]:
    yield f"top-1 {_mean(score['top_1'])}, top-3 {_mean(score['top_3'])}"
    yield f"log loss {_loss(score)}"
    if "spherical" in score:
        yield f"Brier {_mean(score['brier'])} (0 to 2) {_parts(score['brier'])}"
        yield f"spherical {_mean(score['spherical'])}"
        yield from _events("likeliest state (top-label)", score["confidence"])
        for state, told in score["states"].items():
            yield from _events(f"{state} (P(positive))", told)
        yield from _confusion(score["confusion"])
    else:
        yield from _events("the cause that comes first, by responsibility", score["first"])
        yield from _events("every cause state, by responsibility", score["every"])
        for cause in score["causes"]:
            many = f"{cause['target']}: {counted(cause['n'])}, top-1 {_mean(cause['top_1'])}"
            yield f"{many}, log loss {_loss(cause)}, Brier {_mean(cause['brier'])}"


def _events(name: str, told: Document) -> Iterator[str]:
    auc = "undefined (one outcome only)" if told["auc"] is None else _number(told["auc"])
    yield f"{name}: {told['n']}, base rate {_number(told['base_rate'])}, AUC {auc}"
    found = told["calibration"]
    if found is None:
        return
    low, high = found["ece_range"]
    above = "above, so these are not true" if found["ece"] > high else "within"
    verdict = "below" if found["ece"] < low else above
    yield (
        f"  ECE {found['ece']:.4f} ({found['bins']} {found['binning']} bins), MCE {found['mce']:.4f}; "
        f"true probabilities show {low:.4f} to {high:.4f}: {verdict}"
    )
    yield "  probability  came true  95% interval     if true          n"
    for one in found["reliability"]:
        wilson, consistent = one["wilson"], one["consistent"]
        yield (
            f"  {one['p']:11.3f}  {one['frequency']:9.3f}  {wilson[0]:.3f} to {wilson[1]:.3f}"
            f"   {consistent[0]:.3f} to {consistent[1]:.3f}  {one['n']:>4}"
        )


def _confusion(told: Document) -> Iterator[str]:
    yield "confusion, true state by row, likeliest by column:"
    width = max(map(len, told["states"]))
    for state, row in zip(told["states"], told["weight"], strict=True):
        yield f"  {state:{width}}  " + " ".join(f"{x:6g}" for x in row)


def _against(told: Document) -> Iterator[str]:
    yield f"against {_named(told['model'])}; below 0 the first model is better:"
    for name, one in told["differences"].items():
        over = ""
        if one["fold_interval"] is not None:
            over = f"; over folds {_range(one['fold_interval'])}"
        yield (
            f"  {name.replace('_', ' ')} {_number(one['difference'])}, "
            f"95% interval over {counted(one['n'])} {_range(one['interval'])}{over}"
        )


def _folds(document: Document) -> str:
    told = document["folds"]
    if told is None:
        return "."
    again = f", {told['repeats']} times" if told["repeats"] > 1 else ""
    return f"; each forecast by a model fitted without it ({told['k']} folds{again})."


def _named(model: Document) -> str:
    return f"{model['name']} {model['version']}"


def _loss(score: Document) -> str:
    if not score["ruled_out"]:
        return _mean(score["log_loss"])
    return f"infinite (answers given probability 0: {score['ruled_out']})"


def _mean(told: Document) -> str:
    se = "" if told["se"] is None else f" ± {told['se']:.4f}"
    return f"{_number(told['value'])}{se}"


def _parts(told: Document) -> str:
    names = ("reliability", "resolution", "uncertainty", "within")
    return "= " + " ".join(
        f"{sign} {name} {_number(told[name])}".strip()
        for sign, name in zip(["", "−", "+", "+"], names, strict=True)
    )


def _range(pair: list[float | None]) -> str:
    return f"{_number(pair[0])} to {_number(pair[1])}"


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4f}"
