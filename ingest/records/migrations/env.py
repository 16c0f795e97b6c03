"""Alembic's entry point: runs on the connection and in the transaction that `upgrade` opened."""

from alembic import context

from queries.billing import posting_table as _postings  # noqa: F401 - its tables belong to METADATA
from queries.demand import orderly_tables as _orderly  # noqa: F401 - its tables belong to METADATA
from queries.demand import response_tables as _tables  # noqa: F401 - its tables belong to METADATA
from queries.records import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
context.run_migrations()
