"""Offers, whom they were sent to by lot, and who wants none."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("consents", "customer_contacts", "offer_members", "offer_campaigns", "offers")


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "offers",
        sa.Column("id", sa.Text, primary_key=True),
        *_text("kind"),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        *_text("state", "author", "created_at", "changed_by", "changed_at"),
        sa.Column("version", sa.Integer, nullable=False),
        *_text("content"),
    )
    op.create_table(
        "offer_campaigns",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("offer_id", sa.Text, sa.ForeignKey("offers.id"), nullable=False, index=True),
        *_text("name", "sent_on"),
        sa.Column("seed", sa.Integer),
        *_text("control_share", "author", "created_at"),
        sa.Column("lake_version", sa.Text),
        *_text("content"),
    )
    op.create_table(
        "offer_members",
        sa.Column("campaign_id", sa.Text, sa.ForeignKey("offer_campaigns.id"), primary_key=True),
        sa.Column("usage_point_id", sa.Text, primary_key=True),
        *_text("customer_id", "arm", "stratum"),
        sa.Column("accepted_on", sa.Text),
    )
    op.create_table(
        "customer_contacts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False, index=True),
        sa.Column("contacted_on", sa.Text, nullable=False, index=True),
        *_text("reason", "subject_id"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False, index=True),
        *_text("purpose", "decision", "said_by", "said_on", "recorded_by", "recorded_at", "note"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in _TABLES:
        op.drop_table(name)
