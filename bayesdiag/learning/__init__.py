"""How a model's numbers are tuned from cases: blanks, hidden causes and experts' numbers included."""

from bayesdiag.learning.adapt import Adapted, adapted
from bayesdiag.learning.checked import Checked, checked_causes
from bayesdiag.learning.em import Progress
from bayesdiag.learning.fit import Fit, Rejected, Settings, fit, log_probabilities
from bayesdiag.learning.pooled import Pooled
from bayesdiag.learning.pools import Pool, gated_by, poolable
from bayesdiag.learning.renewed import Learned, Overall

__all__ = [
    "Adapted",
    "Checked",
    "Fit",
    "Learned",
    "Overall",
    "Pool",
    "Pooled",
    "Progress",
    "Rejected",
    "Settings",
    "adapted",
    "checked_causes",
    "fit",
    "gated_by",
    "log_probabilities",
    "poolable",
]
