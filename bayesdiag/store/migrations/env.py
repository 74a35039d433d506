"""What alembic runs: the connection it is handed, in the transaction that is open already."""

from __future__ import annotations

from alembic import context

from bayesdiag.store.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
