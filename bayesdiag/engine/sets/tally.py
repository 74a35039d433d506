"""Many weighted rows, counted again and again while the numbers change: what learning asks for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from bayesdiag.engine.distinct import distinct
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.sets.numbering import Numbering
from bayesdiag.engine.sets.recipe import Recipe, recipe_of, recipe_of_any
from bayesdiag.engine.ways import Ways
from bayesdiag.errors import TooLarge

MAX_CELLS = 3e5
"""Cells that the clusters of one program for all rows may have; larger networks get one a row."""


class Share(NamedTuple):
    """Distinct rows that one program counts.

    Attributes:
        recipe: The program.
        places: Which of the distinct rows they are.
        rows: The rows as the program takes them: what it has absorbed stands in it, not in them.
    """

    recipe: Recipe
    places: Ints
    rows: Floats


@dataclass(frozen=True)
class Tally:
    """Distinct rows and the programs that count them.

    Attributes:
        numbering: Every number, and where it goes.
        place: For each row given, which of the distinct ones it is, shape (B,).
        n_distinct: How many those are.
        shares: The distinct rows, by program.
        too_large: Distinct rows that no program fits, with the reason.
        cores: Threads to use.
    """

    numbering: Numbering
    place: Ints
    n_distinct: int
    shares: Sequence[Share]
    too_large: Sequence[tuple[int, TooLarge]]
    cores: int = 1

    def count(self, cells: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return how often each cell is expected to have been used, and how probable each row is.

        Args:
            cells: The numbers, shape (cells,).
            weights: How much each row counts, 0 or more, shape (B,).

        Returns:
            Σ weight · count, shape (cells,); an impossible row adds nothing. And the natural
            logarithm of the probability of each row, shape (B,); NaN where no program fits.
        """
        whole = np.append(cells, 1.0)
        merged = np.asarray(np.bincount(self.place, weights, minlength=self.n_distinct), dtype=np.float64)
        log_evidence = np.full(self.n_distinct, np.nan)
        inside = self.cores if len(self.shares) == 1 else 1

        def part(share: Share) -> Floats:
            counts, log_evidence[share.places] = share.recipe.count(
                whole, share.rows, merged[share.places], cores=inside
            )
            return counts

        total = np.zeros(len(cells))
        with ThreadPoolExecutor(self.cores) as pool:
            # Added in their own order: the sum does not depend on who is quicker.
            for counts in pool.map(part, self.shares):
                total += counts
        return total, log_evidence[self.place]

    def row_counts(self, cells: Floats) -> tuple[Floats, Floats]:
        """Return the expected counts of each distinct row, shape (D, cells); 0 where it is impossible.

        And the natural logarithm of its probability, shape (D,); NaN where no program fits.
        """
        whole = np.append(cells, 1.0)
        found, log_p = np.zeros((self.n_distinct, len(cells))), np.full(self.n_distinct, np.nan)

        def fill(share: Share) -> None:
            for place, row in zip(share.places, share.rows, strict=True):
                found[place], [log_p[place]] = share.recipe.count(whole, row[None, :], np.ones(1))

        with ThreadPoolExecutor(self.cores) as pool:
            for _ in pool.map(fill, self.shares):  # each has places of its own; what fails is raised here
                pass
        return found, log_p


def tally_of(
    ways: Ways, numbering: Numbering, rows: Floats, *, max_cells: float = MAX_CELLS, cores: int = 1
) -> Tally:
    """Return rows made ready to be counted.

    Args:
        ways: The network.
        numbering: Its numbers.
        rows: Likelihoods, shape (B, S); possible under the model.
        max_cells: How many cells the clusters of one program for all may have.
        cores: Threads to use.
    """
    first, place = distinct(rows)
    kept = rows[first]
    everything = _for_all(ways, numbering, max_cells)
    if everything is not None:
        places = np.arange(len(kept))
        return Tally(numbering, place, len(kept), [Share(everything, places, kept)], (), cores)
    shares: list[Share] = []
    too_large: list[tuple[int, TooLarge]] = []
    for number, row in enumerate(kept):
        try:
            recipe = recipe_of(ways, numbering, row, ())
        except TooLarge as error:
            too_large.append((number, error))
        else:
            shares.append(Share(recipe, np.array([number]), recipe.row[None, :]))
    return Tally(numbering, place, len(kept), shares, too_large, cores)


def _for_all(ways: Ways, numbering: Numbering, max_cells: float) -> Recipe | None:
    """Return the program for all rows, kept with the numbering; None where its clusters have more cells."""
    key = f"for all: {max_cells}"
    if key not in numbering.made:
        numbering.made[key] = recipe_of_any(ways, numbering, max_cells)
    return cast("Recipe | None", numbering.made[key])
