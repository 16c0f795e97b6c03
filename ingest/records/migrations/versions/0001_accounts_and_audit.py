"""Accounts, their rights, sessions and tokens; the audit and the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    _accounts()
    _sessions()
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False, index=True),
        sa.Column("user_name", sa.Text, nullable=False, index=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("lake_version", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "records", "value": 0}, {"name": "audit", "value": 0}])
    _append_only_audit()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("user_name", sa.Text, primary_key=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("sees_every_region", sa.Boolean, nullable=False),
        sa.Column("sees_identity", sa.Boolean, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.Column("session_epoch", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
    )
    for table, column in (("account_regions", "region_id"), ("account_customers", "customer_id")):
        op.create_table(
            table,
            sa.Column("user_name", sa.Text, sa.ForeignKey("accounts.user_name"), primary_key=True),
            sa.Column(column, sa.Text, primary_key=True),
        )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("user_name", sa.Text, sa.ForeignKey("accounts.user_name"), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("may_write", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.Text),
    )


def _sessions() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("ended_at", sa.Text, nullable=False, index=True),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_name", sa.Text, nullable=False, index=True),
        sa.Column("address", sa.Text, nullable=False, index=True),
        sa.Column("at", sa.Text, nullable=False, index=True),
        sa.Column("succeeded", sa.Boolean, nullable=False),
    )


def _append_only_audit() -> None:
    """Make the database itself refuse to alter a line: a slip of ours cannot, either."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("update", "delete"):
            op.execute(
                f"create trigger audit_no_{deed} before {deed} on audit "
                "begin select raise(abort, 'the audit is append-only'); end"
            )
        return
    op.execute(
        "create function audit_is_append_only() returns trigger language plpgsql as "
        "$$ begin raise exception 'the audit is append-only'; end $$"
    )
    op.execute(
        "create trigger audit_append_only before update or delete or truncate on audit "
        "for each statement execute function audit_is_append_only()"
    )


def downgrade() -> None:
    """Refuse: an audit is not undone."""
    raise NotImplementedError("the first migration cannot be undone: it holds the audit")
