"""Cases kept in SQLite or PostgreSQL: a history for each, only added to, and what it comes to."""

from bayesdiag.store.backup import Restored, restore_backup, write_backup
from bayesdiag.store.cases import (
    add_case,
    append_events,
    change_mark,
    count_cases,
    find_records,
    kept_causes,
    read_record,
)
from bayesdiag.store.document import record_document, summary_document
from bayesdiag.store.erasure import Mentions, erase_cases, erase_found, forget_person, mentions
from bayesdiag.store.event import Event
from bayesdiag.store.lines import Imported, case_line, export_cases, import_cases
from bayesdiag.store.opening import Store, open_or_make, open_store
from bayesdiag.store.reading import (
    CLOSED,
    ModelCase,
    StoredCases,
    model_case,
    read_all_cases,
    read_cases,
    renamed_cause,
)
from bayesdiag.store.record import CaseRecord, KeptFinding
from bayesdiag.store.rows import Query
from bayesdiag.store.statistics import Statistics, read_statistics, statistics_document, statistics_of

__all__ = [
    "CLOSED",
    "CaseRecord",
    "Event",
    "Imported",
    "KeptFinding",
    "Mentions",
    "ModelCase",
    "Query",
    "Restored",
    "Statistics",
    "Store",
    "StoredCases",
    "add_case",
    "append_events",
    "case_line",
    "change_mark",
    "count_cases",
    "erase_cases",
    "erase_found",
    "export_cases",
    "find_records",
    "forget_person",
    "import_cases",
    "kept_causes",
    "mentions",
    "model_case",
    "open_or_make",
    "open_store",
    "read_all_cases",
    "read_cases",
    "read_record",
    "read_statistics",
    "record_document",
    "renamed_cause",
    "restore_backup",
    "statistics_document",
    "statistics_of",
    "summary_document",
    "write_backup",
]
