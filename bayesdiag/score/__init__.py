"""Are the answers right, and the probabilities true? Cases replayed, and forecasts scored.

Forecasts come from a model and cases whose answer is known (`predict`), where wanted by models
refitted without them (`folds`); losses, calibration and curves are computed from forecasts alone,
so that those of any other program can be scored too.
"""

from bayesdiag.score.calibration import Bin, Binning, Calibration, Murphy, calibration, murphy, wilson
from bayesdiag.score.compare import Difference, Rows, difference, fold_means
from bayesdiag.score.curves import Roc, confusion, error_rate, roc
from bayesdiag.score.folds import Fold, Refit, diagnosis_folds, folds, target_folds, verdict_folds
from bayesdiag.score.forecast import Events, Forecast, events, forecast
from bayesdiag.score.losses import (
    Mean,
    brier_scores,
    event_scores,
    hits,
    log_losses,
    mean_of,
    spherical_scores,
)
from bayesdiag.score.predict import (
    Verdicts,
    is_labelled,
    label_of,
    n_first,
    target_forecast,
    target_forecasts,
    verdicts,
)
from bayesdiag.score.recalibrate import (
    Isotonic,
    Temperature,
    fit_isotonic,
    fit_temperature,
    recalibrated,
)
from bayesdiag.score.replay import (
    OFFERED,
    SHOWN,
    SPARSE,
    UNCERTAIN,
    GoldenResult,
    Passed,
    Replay,
    ReplayedCase,
    golden_result,
    replay,
    replayed,
    replayed_case,
)
from bayesdiag.score.summary import (
    DiagnosisScore,
    EventScore,
    Score,
    score_events,
    score_forecast,
    score_verdicts,
)

__all__ = [
    "OFFERED",
    "SHOWN",
    "SPARSE",
    "UNCERTAIN",
    "Bin",
    "Binning",
    "Calibration",
    "DiagnosisScore",
    "Difference",
    "EventScore",
    "Events",
    "Fold",
    "Forecast",
    "GoldenResult",
    "Isotonic",
    "Mean",
    "Murphy",
    "Passed",
    "Refit",
    "Replay",
    "ReplayedCase",
    "Roc",
    "Rows",
    "Score",
    "Temperature",
    "Verdicts",
    "brier_scores",
    "calibration",
    "confusion",
    "diagnosis_folds",
    "difference",
    "error_rate",
    "event_scores",
    "events",
    "fit_isotonic",
    "fit_temperature",
    "fold_means",
    "folds",
    "forecast",
    "golden_result",
    "hits",
    "is_labelled",
    "label_of",
    "log_losses",
    "mean_of",
    "murphy",
    "n_first",
    "recalibrated",
    "replay",
    "replayed",
    "replayed_case",
    "roc",
    "score_events",
    "score_forecast",
    "score_verdicts",
    "spherical_scores",
    "target_folds",
    "target_forecast",
    "target_forecasts",
    "verdict_folds",
    "verdicts",
    "wilson",
]
