"""Tickets of the service desk, their steps, and the work orders that come of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _text(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text, primary_key=True),
        *_text("kind"),
        sa.Column("customer_id", sa.Text, nullable=False, index=True),
        *_text("usage_point_id", nullable=True),
        *_text("subject", "state", "opened_by", "opened_at", "changed_at"),
        *_text("assigned_to", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "ticket_steps",
        sa.Column("ticket_id", sa.Text, sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *_text("at", "user_name", "said_by", "state", "text"),
    )
    op.create_table(
        "work_orders",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("ticket_id", sa.Text, sa.ForeignKey("tickets.id"), nullable=False, index=True),
        *_text("task", "state", "opened_by", "opened_at"),
        *_text("ended_by", "ended_at", "result", nullable=True),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("work_orders", "ticket_steps", "tickets"):
        op.drop_table(table)
