"""One row under many sets of numbers, and how far each number moves it: structure once, numbers many times."""

from bayesdiag.engine.sets.recipe import Recipe, recipe_of
from bayesdiag.engine.sets.shares import Numbering, numbering_of
from bayesdiag.engine.sets.slopes import slopes

__all__ = ["Numbering", "Recipe", "numbering_of", "recipe_of", "slopes"]
