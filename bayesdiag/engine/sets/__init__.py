"""One row under many sets of numbers, and how fast each of them moves it."""

from bayesdiag.engine.sets.numbering import SIGMAS, Numbering, Sets, numbering_of
from bayesdiag.engine.sets.recipe import Recipe, recipe_of
from bayesdiag.engine.sets.tally import Tally, tally_of

__all__ = ["SIGMAS", "Numbering", "Recipe", "Sets", "Tally", "numbering_of", "recipe_of", "tally_of"]
