"""A reliability diagram: what was said beside what was so."""

from __future__ import annotations

from bayesdiag.report import Table
from bayesdiag.score import Calibration
from bayesdiag.ui import session
from bayesdiag.ui.parts.chart import chart


def reliability(found: Calibration, key: str, alt: str) -> None:
    """Show how often the first cause was confirmed, by the probability it was given.

    Args:
        found: The bins.
        key: A name for this diagram, of its own.
        alt: Name of the sentence that tells whose it is.
    """
    words = session.words()
    bins = [one for one in found.bins if one.n]
    labels = tuple(f"{one.low:.0%}–{one.high:.0%} ({one.weight:.10g})" for one in bins)
    columns = (
        tuple(round(100 * one.p) for one in bins),
        tuple(round(100 * one.frequency) for one in bins),
    )
    told = words(alt, bins=len(bins), ece=words.percent(found.ece))
    head = (words("tune_bin"), words("tune_said"), words("tune_was"))
    chart(Table(key, words("tune_reliability"), told, head, labels, columns, is_ordered=True))
