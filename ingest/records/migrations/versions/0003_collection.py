"""What the collection has yet to read, and which terminals are online."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "collection_tasks",
        sa.Column("collector", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("service_date", sa.Text, primary_key=True),
        sa.Column("usage_point_id", sa.Text, nullable=False),
        sa.Column("meter_id", sa.Text, nullable=False),
        sa.Column("terminal", sa.Text),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("wanted_at", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("attempted_at", sa.Text),
        sa.Column("next_attempt_at", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("done_at", sa.Text),
    )
    op.create_table(
        "collection_terminals",
        sa.Column("collector", sa.Text, primary_key=True),
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("is_online", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("heard_at", sa.Text),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("collection_terminals")
    op.drop_table("collection_tasks")
