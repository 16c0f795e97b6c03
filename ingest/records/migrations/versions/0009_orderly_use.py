"""Plans of orderly use with their versions and rosters, and the days they were in force."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("orderly_days", "orderly_quotas", "orderly_plan_versions", "orderly_plans")


def _text(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _whole(*names: str, primary_key: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Integer, nullable=False, primary_key=primary_key) for name in names]


def _key(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]


def _plan(*, key: bool = False) -> sa.Column:
    """The column that names a plan."""
    own = sa.ForeignKey("orderly_plans.id")
    return sa.Column("plan_id", sa.Text, own, primary_key=key, nullable=False, index=not key)


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "orderly_plans",
        *_key("id"),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        *_text("state", "author", "created_at", "changed_by", "changed_at"),
        *_whole("version", "roster_version"),
        *_text("content"),
        *_text("lake_version", nullable=True),
    )
    op.create_table(
        "orderly_plan_versions",
        _plan(key=True),
        *_whole("version", primary_key=True),
        *_text("name", "state", "changed_by", "changed_at"),
        *_whole("roster_version"),
        *_text("content"),
        *_text("lake_version", nullable=True),
    )
    op.create_table(
        "orderly_quotas",
        *_key("plan_id"),
        *_whole("roster_version", primary_key=True),
        *_key("level", "usage_point_id"),
        *_text("customer_id", nullable=True),
        *(
            sa.Column(name, sa.Float, nullable=False)
            for name in ("reference_kw", "base_kw", "shift_kw", "avoid_kw", "limit_kw")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "roster_version"],
            ["orderly_plan_versions.plan_id", "orderly_plan_versions.version"],
        ),
    )
    op.create_table(
        "orderly_days",
        *_key("id"),
        _plan(),
        *_whole("roster_version"),
        sa.Column("service_date", sa.Text, nullable=False, index=True),
        *_text("level"),
        *_whole("from_minute", "until_minute"),
        *_text("recorded_by", "recorded_at"),
        *_text("withdrawn_by", "withdrawn_at", nullable=True),
    )


def downgrade() -> None:
    """Drop them."""
    for name in _TABLES:
        op.drop_table(name)
