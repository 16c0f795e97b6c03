"""Programmes of demand response, their events, what was said, settled and put on bills."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(*names: str, nullable: bool = False, index: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable, index=index) for name in names]


def _key(name: str, of: str) -> sa.Column:
    return sa.Column(name, sa.Text, sa.ForeignKey(f"{of}.id"), primary_key=True)


def _part_of(name: str, of: str) -> sa.Column:
    return sa.Column(name, sa.Text, sa.ForeignKey(f"{of}.id"), nullable=False, index=True)


def _id() -> sa.Column:
    return sa.Column("id", sa.Text, primary_key=True)


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "response_programmes",
        _id(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        *_text("state", "author", "created_at", "changed_by", "changed_at"),
        sa.Column("version", sa.Integer, nullable=False),
        *_text("content"),
    )
    op.create_table(
        "response_enrolments",
        _id(),
        _part_of("programme_id", "response_programmes"),
        *_text("usage_point_id", "customer_id", index=True),
        *_text("first_day"),
        *_text("last_day", nullable=True),
        sa.Column("agreed_reduction_kw", sa.Float),
        *_text("accepted_on", nullable=True),
        *_text("channel"),
        *_text("address", nullable=True),
        *_text("availability", "recorded_by", "recorded_at"),
        sa.UniqueConstraint("programme_id", "usage_point_id", "first_day"),
    )
    op.create_table(
        "response_events",
        _id(),
        _part_of("programme_id", "response_programmes"),
        *_text("starts_at", "ends_at"),
        *_text("called_at", nullable=True),
        *_text("reason"),
        sa.Column("target_kw", sa.Float),
        *_text("state", "plan"),
        sa.Column("programme_version", sa.Integer, nullable=False),
        *_text("terms"),
        sa.Column("version", sa.Integer, nullable=False),
        *_text("author", "created_at", "changed_by", "changed_at"),
    )
    op.create_table(
        "response_calls",
        _key("event_id", "response_events"),
        sa.Column("usage_point_id", sa.Text, primary_key=True),
        *_text("customer_id", index=True),
        sa.Column("enrolment_id", sa.Text, sa.ForeignKey("response_enrolments.id"), nullable=False),
        sa.Column("planned_kw", sa.Float),
        *_text("answer", nullable=True),
        sa.Column("reply_kw", sa.Float),
        *_text("answered_at", "answered_by", nullable=True),
    )
    op.create_table(
        "response_messages",
        _id(),
        _part_of("event_id", "response_events"),
        *_text("usage_point_id", nullable=True),
        *_text("channel", "address", "direction", "kind", "sent_at", "state"),
        sa.Column("attempts", sa.Integer, nullable=False),
        *_text("content", "told"),
    )
    _settled()


def _settled() -> None:
    op.create_table(
        "response_settlements",
        _key("event_id", "response_events"),
        sa.Column("usage_point_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        *_text("customer_id", index=True),
        *_text("rule", "outcome"),
        *(
            sa.Column(name, sa.Float)
            for name in ("baseline_kw", "load_kw", "reduction_kw", "confirmed_kw")
        ),
        *_text("amount_cny", "detail", "lake_version", "settled_by", "settled_at"),
    )
    op.create_table(
        "bill_postings",
        _id(),
        *_text("customer_id", "usage_point_id", "month", index=True),
        *_text("kind", "amount_cny"),
        *_text("subject_id", index=True),
        *_text("quantity", "unit", "unit_price", nullable=True),
        *_text("basis"),
        sa.Column("reverses_id", sa.Text, sa.ForeignKey("bill_postings.id")),
        *_text("posted_by", "posted_at"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in (
        "bill_postings",
        "response_settlements",
        "response_messages",
        "response_calls",
        "response_events",
        "response_enrolments",
        "response_programmes",
    ):
        op.drop_table(table)
