"""What if: cases side by side, findings changed, goals, acting beside seeing, likeliest explanations."""

from bayesdiag.diagnosis.whatif.act import Effect, acted
from bayesdiag.diagnosis.whatif.attempts import next_success, p_fixed, remembering, two_attempts
from bayesdiag.diagnosis.whatif.compare import Beside, Shift, beside, compared
from bayesdiag.diagnosis.whatif.several import MOST_EARLIER, Earlier, by_attempt, n_earlier, several_attempts
from bayesdiag.diagnosis.whatif.together import Explanations, Joint, joint, most_probable
from bayesdiag.diagnosis.whatif.vary import Goal, Variation, answered, flipped, left_out, path, sought

__all__ = [
    "MOST_EARLIER",
    "Beside",
    "Earlier",
    "Effect",
    "Explanations",
    "Goal",
    "Joint",
    "Shift",
    "Variation",
    "acted",
    "answered",
    "beside",
    "by_attempt",
    "compared",
    "flipped",
    "joint",
    "left_out",
    "most_probable",
    "n_earlier",
    "next_success",
    "p_fixed",
    "path",
    "remembering",
    "several_attempts",
    "sought",
    "two_attempts",
]
