"""The tables, as they are now; how they came to be stands in `migrations`."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

HEAD = "0001"
"""Revision of the tables below: the newest migration."""
VERSION_TABLE = "bayesdiag_version"

METADATA = MetaData()

EVENTS = Table(
    "bayesdiag_events",
    METADATA,
    Column("case_id", Text, ForeignKey("bayesdiag_cases.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
)
"""The truth: what happened to each case, in order. Rows are added, and erased with their case."""

CASES = Table(
    "bayesdiag_cases",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("handler", Text, nullable=False),
    Column("model_name", Text, nullable=False),
    Column("model_digest", Text, nullable=False),
    Column("words", Text, nullable=False),
    Index("bayesdiag_cases_by_change", "changed_at"),
)
"""What the events of each case come to, for search; written with them."""

MARKS = Table(
    "bayesdiag_marks",
    METADATA,
    Column("case_id", Text, ForeignKey("bayesdiag_cases.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "kind", "name", "value"),
    Index("bayesdiag_marks_by_name", "kind", "name", "value"),
)
"""What a case can be found by besides its row: people, and causes with their states."""

TOMBSTONES = Table(
    "bayesdiag_tombstones",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("erased_on", String(10), nullable=False),
)
"""What was erased for good, so that no import brings it back: salted digests, from which nothing is read."""
