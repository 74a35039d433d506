"""The first tables: cases, their events, what they are found by, and what was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bayesdiag_cases",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("opened_at", "changed_at", "handler", "model_name", "model_digest", "words")
        ),
    )
    op.create_index("bayesdiag_cases_by_change", "bayesdiag_cases", ["changed_at"])
    op.create_table(
        "bayesdiag_events",
        sa.Column(
            "case_id", sa.Text, sa.ForeignKey("bayesdiag_cases.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("at", "recorded_by", "kind", "body")),
        sa.PrimaryKeyConstraint("case_id", "seq"),
    )
    op.create_table(
        "bayesdiag_marks",
        sa.Column(
            "case_id", sa.Text, sa.ForeignKey("bayesdiag_cases.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "kind", "name", "value"),
    )
    op.create_index("bayesdiag_marks_by_name", "bayesdiag_marks", ["kind", "name", "value"])
    op.create_table(
        "bayesdiag_tombstones",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("erased_on", sa.String(10), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        _keep_out_of_statistics()


def _keep_out_of_statistics() -> None:
    """Keep what people wrote out of the server's statistics, in which it would outlive its erasure."""
    for table, columns in {
        "cases": ("id", "handler", "words"),
        "events": ("case_id", "recorded_by", "body"),
        "marks": ("case_id", "name", "value"),
    }.items():
        for column in columns:
            op.execute(f"ALTER TABLE bayesdiag_{table} ALTER COLUMN {column} SET STATISTICS 0")


def downgrade() -> None:
    """Remove the tables, and everything in them."""
    for name in ("bayesdiag_tombstones", "bayesdiag_marks", "bayesdiag_events", "bayesdiag_cases"):
        op.drop_table(name)
