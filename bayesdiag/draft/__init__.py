"""A starting model from a table of cases: what its columns are, which arrows, which numbers, and why."""

from bayesdiag.draft.choose import Chosen
from bayesdiag.draft.columns import Dropped
from bayesdiag.draft.drafting import Draft, draft
from bayesdiag.draft.settings import AS_USUAL, Settings
from bayesdiag.draft.table import OUTCOME, Table, read_table, table_of_frame
from bayesdiag.draft.ways import Way

__all__ = [
    "AS_USUAL",
    "OUTCOME",
    "Chosen",
    "Draft",
    "Dropped",
    "Settings",
    "Table",
    "Way",
    "draft",
    "read_table",
    "table_of_frame",
]
