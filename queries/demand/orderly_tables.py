"""Tables of orderly use (有序用电) in the operational database, and what is read from them.

A plan says who would be asked for how much at which level of shortage; its roster is kept with
every version that changed it. A day on which it was in force is kept too: from it follows who was
called how often, and against what a load is held.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import (
    Column,
    Engine,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Table,
    Text,
    func,
    select,
)

from queries.records import METADATA, frame

ORDERLY_PLANS = Table(
    "orderly_plans",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),  # draft, approved, in_force, ended
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, 3 …: who changes it names the one it read
    Column("roster_version", Integer, nullable=False),  # the version its roster was made with
    Column("content", Text, nullable=False),  # JSON: inputs, terms, figures of the levels
    Column("lake_version", Text),  # the state of the lake its roster was worked out on
)
ORDERLY_PLAN_VERSIONS = Table(
    "orderly_plan_versions",
    METADATA,
    Column("plan_id", ForeignKey("orderly_plans.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("roster_version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("lake_version", Text),
)
ORDERLY_QUOTAS = Table(
    "orderly_quotas",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("roster_version", Integer, primary_key=True),
    Column("level", Text, primary_key=True),  # IV, III, II, I
    Column("usage_point_id", Text, primary_key=True),
    Column("customer_id", Text),
    Column("reference_kw", Float, nullable=False),  # load at the peak it was worked out from
    Column("base_kw", Float, nullable=False),
    Column("shift_kw", Float, nullable=False),
    Column("avoid_kw", Float, nullable=False),
    Column("limit_kw", Float, nullable=False),
    ForeignKeyConstraint(
        ["plan_id", "roster_version"],
        ["orderly_plan_versions.plan_id", "orderly_plan_versions.version"],
    ),
)
ORDERLY_DAYS = Table(
    "orderly_days",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("plan_id", ForeignKey("orderly_plans.id"), nullable=False, index=True),
    Column("roster_version", Integer, nullable=False),
    Column("service_date", Text, nullable=False, index=True),  # ISO date
    Column("level", Text, nullable=False),
    Column("from_minute", Integer, nullable=False),
    Column("until_minute", Integer, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("withdrawn_by", Text),  # null: it stands
    Column("withdrawn_at", Text),
)

PLAN_ROWS = pl.Schema(
    {
        "plan_id": pl.String(),
        "name": pl.String(),
        "state": pl.String(),
        "author": pl.String(),
        "changed_by": pl.String(),
        "changed_at": pl.String(),
        "version": pl.Int64(),
        "roster_version": pl.Int64(),
        "content": pl.String(),
    }
)
QUOTA_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "level": pl.String(),
        "reference_kw": pl.Float64(),
        "base_kw": pl.Float64(),
        "shift_kw": pl.Float64(),
        "avoid_kw": pl.Float64(),
        "limit_kw": pl.Float64(),
    }
)
DAY_ROWS = pl.Schema(
    {
        "day_id": pl.String(),
        "plan_id": pl.String(),
        "roster_version": pl.Int64(),
        "service_date": pl.String(),
        "level": pl.String(),
        "from_minute": pl.Int64(),
        "until_minute": pl.Int64(),
        "recorded_by": pl.String(),
        "recorded_at": pl.String(),
    }
)
VERSION_ROWS = pl.Schema(
    {
        "version": pl.Int64(),
        "name": pl.String(),
        "state": pl.String(),
        "roster_version": pl.Int64(),
        "changed_by": pl.String(),
        "changed_at": pl.String(),
    }
)
CALLED = pl.Schema({"usage_point_id": pl.String(), "called_days": pl.Int64()})


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it stands.

    Attributes:
        state: ``draft``, ``approved``, ``in_force`` or ``ended``.
        version: That a change must name.
        roster_version: The version whose roster holds.
        content: Inputs of the question, its terms, the figures of the levels.
    """

    id: str
    name: str
    state: str
    version: int
    roster_version: int
    content: dict[str, Any]


def stored_plan(engine: Engine, identifier: str) -> StoredPlan | None:
    """The plan of this id; None: there is none."""
    with engine.connect() as connection:
        asked = select(ORDERLY_PLANS).where(ORDERLY_PLANS.c.id == identifier)
        row = connection.execute(asked).first()
    if row is None:
        return None
    content = json.loads(row.content)
    return StoredPlan(row.id, row.name, row.state, row.version, row.roster_version, content)


def plan_rows(engine: Engine) -> pl.DataFrame:
    """Every plan, the one changed last first, as ``PLAN_ROWS``."""
    asked = select(
        ORDERLY_PLANS.c.id.label("plan_id"),
        *(ORDERLY_PLANS.c[name] for name in list(PLAN_ROWS)[1:]),
    )
    return frame(engine, asked.order_by(ORDERLY_PLANS.c.changed_at.desc()), PLAN_ROWS)


def version_rows(engine: Engine, plan_id: str) -> pl.DataFrame:
    """Every version of a plan with who made it, the newest first, as ``VERSION_ROWS``."""
    asked = select(*(ORDERLY_PLAN_VERSIONS.c[name] for name in VERSION_ROWS)).where(
        ORDERLY_PLAN_VERSIONS.c.plan_id == plan_id
    )
    return frame(engine, asked.order_by(ORDERLY_PLAN_VERSIONS.c.version.desc()), VERSION_ROWS)


def quota_rows(engine: Engine, plan_id: str, roster_version: int) -> pl.DataFrame:
    """The roster of a plan as one version of it has it, as ``QUOTA_ROWS``."""
    asked = (
        select(*(ORDERLY_QUOTAS.c[name] for name in QUOTA_ROWS))
        .where(ORDERLY_QUOTAS.c.plan_id == plan_id)
        .where(ORDERLY_QUOTAS.c.roster_version == roster_version)
        .order_by(ORDERLY_QUOTAS.c.level, ORDERLY_QUOTAS.c.usage_point_id)
    )
    return frame(engine, asked, QUOTA_ROWS)


def roster_points(engine: Engine) -> pl.DataFrame:
    """Whom the roster of each plan names: ``plan_id`` and ``usage_point_id``."""
    asked = (
        select(ORDERLY_QUOTAS.c.plan_id, ORDERLY_QUOTAS.c.usage_point_id)
        .join(
            ORDERLY_PLANS,
            (ORDERLY_PLANS.c.id == ORDERLY_QUOTAS.c.plan_id)
            & (ORDERLY_PLANS.c.roster_version == ORDERLY_QUOTAS.c.roster_version),
        )
        .distinct()
        .order_by(ORDERLY_QUOTAS.c.plan_id, ORDERLY_QUOTAS.c.usage_point_id)
    )
    names = pl.Schema({"plan_id": pl.String(), "usage_point_id": pl.String()})
    return frame(engine, asked, names)


def day_rows(engine: Engine, plan_id: str) -> pl.DataFrame:
    """Days on which a plan was in force, the latest first, as ``DAY_ROWS``."""
    asked = (
        select(
            ORDERLY_DAYS.c.id.label("day_id"),
            *(ORDERLY_DAYS.c[name] for name in list(DAY_ROWS)[1:]),
        )
        .where((ORDERLY_DAYS.c.plan_id == plan_id) & ORDERLY_DAYS.c.withdrawn_at.is_(None))
        .order_by(ORDERLY_DAYS.c.service_date.desc(), ORDERLY_DAYS.c.from_minute)
    )
    return frame(engine, asked, DAY_ROWS)


def called_days(engine: Engine, year: int) -> pl.DataFrame:
    """On how many days of a calendar year each usage point had a quota, as ``CALLED``."""
    first, last = date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()
    days = func.count(ORDERLY_DAYS.c.service_date.distinct())
    asked = (
        select(ORDERLY_QUOTAS.c.usage_point_id, days.label("called_days"))
        .join(
            ORDERLY_DAYS,
            (ORDERLY_DAYS.c.plan_id == ORDERLY_QUOTAS.c.plan_id)
            & (ORDERLY_DAYS.c.roster_version == ORDERLY_QUOTAS.c.roster_version)
            & (ORDERLY_DAYS.c.level == ORDERLY_QUOTAS.c.level),
        )
        .where(ORDERLY_DAYS.c.service_date.between(first, last))
        .where(ORDERLY_DAYS.c.withdrawn_at.is_(None))
        .group_by(ORDERLY_QUOTAS.c.usage_point_id)
        .order_by(ORDERLY_QUOTAS.c.usage_point_id)
    )
    return frame(engine, asked, CALLED)
