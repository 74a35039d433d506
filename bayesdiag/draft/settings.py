"""What can be asked of a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Structure = Literal["auto", "naive", "sparse", "forest", "tree", "searched"]
"""naive: every finding depends on the cause alone. tree: each but one on one other finding too (TAN).
forest: of that tree the arrows that tell more than chance would. sparse: those that BIC keeps.
searched: any arrows, found by hill climbing with BIC (pgmpy). auto: one of the first four, by
cross-validation."""
Cutting = Literal["auto", "supervised", "quantiles"]
"""How numbers are cut: where the cause changes (Fayyad and Irani), into equal shares, or as
cross-validation says."""
Blanks = Literal["missing", "state", "auto"]
"""missing: a blank says nothing. state: blank is a state like others, in columns that have some.
auto: as cross-validation says."""

Worth = Literal["counted", "tuned", "auto"]
"""counted: what the cases say of each finding. tuned: of a naive structure, numbers moved from the
counted ones so that they forecast the cause better. auto: as cross-validation says."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is drafted.

    Attributes:
        structure: Which arrows it has.
        cutting: How numbers are cut into bins.
        n_bins: How many bins of equal shares.
        blanks: What a blank cell is.
        numbers: Where its numbers come from.
        ess: Worth, in cases, of the overall shares that a row is drawn towards; None: chosen.
        pair_ess: Worth of the row without the second parent, that a row with it is drawn towards;
            None: chosen.
        pull: Worth of a counted row that tuned numbers are drawn towards; None: chosen.
        marks: Texts that mean blank, beside the empty one and "?".
        drop: Columns to leave out.
        as_numbers: Columns that hold numbers, however few different ones.
        as_words: Columns that hold words, even where all are numbers.
        max_values: A column of more different words is left out.
        lump: Of a column of more different words so many are kept, the others become one state; 0: none.
        folds: Of the cross-validation that chooses.
        repeats: How many times it deals the rows anew.
        recalibrated: Whether forecasts will be recalibrated: ways are then compared as they are afterwards.
        seed: Of its shuffling.
    """

    structure: Structure = "auto"
    cutting: Cutting = "auto"
    n_bins: int = 4
    blanks: Blanks = "missing"
    numbers: Worth = "counted"
    ess: float | None = None
    pair_ess: float | None = None
    pull: float | None = None
    marks: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    as_numbers: tuple[str, ...] = ()
    as_words: tuple[str, ...] = ()
    max_values: int = 30
    lump: int = 0
    folds: int = 5
    repeats: int = 2
    recalibrated: bool = False
    seed: int = 0


AS_USUAL = Settings()
