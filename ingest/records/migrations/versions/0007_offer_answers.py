"""Every version of an offer, what customers answered to it, and how a consent was said."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _text(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def upgrade() -> None:
    """Create their tables; of the offers there are, the version that stands is kept."""
    op.create_table(
        "offer_versions",
        sa.Column("offer_id", sa.Text, sa.ForeignKey("offers.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        *_text("name", "state", "changed_by", "changed_at", "content"),
    )
    op.execute(
        "insert into offer_versions "
        "(offer_id, version, name, state, changed_by, changed_at, content) "
        "select id, version, name, state, changed_by, changed_at, content from offers"
    )
    op.create_table(
        "offer_answers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("offer_id", sa.Text, sa.ForeignKey("offers.id"), nullable=False, index=True),
        sa.Column("campaign_id", sa.Text, sa.ForeignKey("offer_campaigns.id")),
        sa.Column("usage_point_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False, index=True),
        *_text("answer", "said_on", "said_by", "channel", "recorded_by", "recorded_at", "note"),
    )
    op.add_column("offer_campaigns", sa.Column("offer_version", sa.Integer))
    op.add_column("consents", sa.Column("channel", sa.Text))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("consents", "channel")
    op.drop_column("offer_campaigns", "offer_version")
    for table in ("offer_answers", "offer_versions"):
        op.drop_table(table)
