"""Do the independences that a model's arrows claim hold in cases? Tests through pgmpy, made honest as many.

What the arrows claim stands in `separation` and `claims`; what the cases say, in `tables` and `testing`.
"""

from bayesdiag.independence.claims import Claim, claims_of
from bayesdiag.independence.independence import Independences, Settings, Tested, independences

__all__ = ["Claim", "Independences", "Settings", "Tested", "claims_of", "independences"]
