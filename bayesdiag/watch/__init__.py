"""Are today's cases still those the model expects? Sequential monitors whose false alarms are counted.

What is monitored stands in `columns` (numbers of tables) and `answers` (what was seen); how an alarm
comes about, in `bets`.
"""

from bayesdiag.watch.result import (
    AnswerMonitor,
    ColumnMonitor,
    SurpriseMonitor,
    Verdict,
    Watch,
)
from bayesdiag.watch.watch import Settings, in_time, moment_of, watch

__all__ = [
    "AnswerMonitor",
    "ColumnMonitor",
    "Settings",
    "SurpriseMonitor",
    "Verdict",
    "Watch",
    "in_time",
    "moment_of",
    "watch",
]
