"""Plans of orderly use: drafted, approved, put in force on a day, ended. Plan and proof only.

Nothing here reaches a meter or a switch: it is kept who was asked for how much, and when.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from queries.demand.orderly_tables import (
    ORDERLY_DAYS,
    ORDERLY_PLAN_VERSIONS,
    ORDERLY_PLANS,
    ORDERLY_QUOTAS,
    QUOTA_ROWS,
)
from queries.records import now_text

LONGEST_NAME = 80
MAKERS = frozenset({"planner", "administrator"})
"""Who drafts, approves and puts plans in force; the other staff read them."""
STEPS: dict[str, tuple[str, ...]] = {
    "draft": ("approved", "ended"),
    "approved": ("draft", "in_force", "ended"),
    "in_force": ("ended",),
    "ended": (),
}
"""What a plan of each state may become."""


class OrderlyPlanError(ValueError):
    """A plan cannot be saved or changed as asked.

    Attributes:
        reason: ``name``, ``taken``, ``empty``, ``gone``, ``changed``, ``state``, ``day`` or
            ``not_yours``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


def save_plan(  # noqa: PLR0913 - what is kept of a plan
    engine: Engine,
    actor: Actor,
    *,
    name: str,
    content: Mapping[str, object],
    quotas: Sequence[Mapping[str, object]],
    lake_version: str | None = None,
) -> str:
    """Keep a new plan as a draft.

    Args:
        engine: The operational database.
        actor: Who does it.
        name: As it is called.
        content: What it was worked out from, and the figures of its levels.
        quotas: Its roster, rows as ``orderly_tables.QUOTA_ROWS``.
        lake_version: Sequence of the lake's manifest.

    Returns:
        Its id.

    Raises:
        OrderlyPlanError: the name is empty, too long or taken, the roster empty, or the actor no
            planner.
    """
    plain, text = _plain_name(name), _text(content)
    _only_makers(actor)
    identifier, instant = secrets.token_hex(8), now_text()
    values = {
        "id": identifier,
        "name": plain,
        "state": "draft",
        "author": actor.user_name,
        "created_at": instant,
        "changed_by": actor.user_name,
        "changed_at": instant,
        "version": 1,
        "roster_version": 1,
        "content": text,
        "lake_version": lake_version,
    }
    with change(
        engine,
        actor,
        "orderly_plan.create",
        subject=("orderly_plan", identifier),
        detail={"name": plain, "quotas": len(quotas)},
        lake_version=lake_version,
    ) as connection:
        _not_taken(connection, plain)
        connection.execute(insert(ORDERLY_PLANS).values(**values))
        _keep_version(connection, identifier)
        _keep_roster(connection, identifier, 1, quotas)
    return identifier


def redraft_plan(  # noqa: PLR0913 - what is kept of a plan
    engine: Engine,
    actor: Actor,
    identifier: str,
    *,
    version: int,
    content: Mapping[str, object],
    quotas: Sequence[Mapping[str, object]],
    lake_version: str | None = None,
) -> int:
    """Give a draft another roster; earlier ones stay. Its new version.

    Raises:
        OrderlyPlanError: it is gone, no draft, was changed since ``version`` was read, or the
            roster is empty.
    """
    text, detail = _text(content), {"version": version + 1, "quotas": len(quotas)}
    with change(
        engine,
        actor,
        "orderly_plan.redraft",
        subject=("orderly_plan", identifier),
        detail=detail,
        lake_version=lake_version,
    ) as connection:
        row = _plan(connection, actor, identifier, version)
        if row.state != "draft":
            raise OrderlyPlanError(
                "state", f"plan '{row.name}' is {row.state}. Return it to a draft first."
            )
        later = {
            "content": text,
            "roster_version": version + 1,
            "lake_version": lake_version,
        }
        _change(connection, actor, identifier, version + 1, later)
        _keep_roster(connection, identifier, version + 1, quotas)
    return version + 1


def step_plan(engine: Engine, actor: Actor, identifier: str, *, version: int, state: str) -> int:
    """Approve a plan, put it in force, return it to a draft or end it. Its new version.

    Raises:
        OrderlyPlanError: it is gone, was changed since ``version`` was read, or cannot become that.
    """
    detail: dict[str, object] = {"state": state, "version": version + 1}
    with change(
        engine, actor, "orderly_plan.step", subject=("orderly_plan", identifier), detail=detail
    ) as connection:
        row = _plan(connection, actor, identifier, version)
        if state not in STEPS[row.state]:
            raise OrderlyPlanError(
                "state", f"plan '{row.name}' is {row.state}; it cannot become '{state}'."
            )
        _change(connection, actor, identifier, version + 1, {"state": state})
    return version + 1


def record_day(  # noqa: PLR0913 - when, at which level
    engine: Engine,
    actor: Actor,
    identifier: str,
    *,
    service_date: date,
    level: str,
    from_minute: int,
    until_minute: int,
) -> str:
    """Write down that a plan in force was called on a day, at a level. The day's id.

    From it follow the follow-up of that day and who was called how often in the year.

    Raises:
        OrderlyPlanError: the plan is gone or not in force, hours in the wrong order, a level its
            roster does not have, or the day is written down already.
    """
    day = secrets.token_hex(8)
    detail = {"plan_id": identifier, "service_date": service_date.isoformat(), "level": level}
    with change(
        engine, actor, "orderly_day.record", subject=("orderly_day", day), detail=detail
    ) as connection:
        row = _plan(connection, actor, identifier, None)
        if row.state != "in_force":
            raise OrderlyPlanError(
                "state", f"plan '{row.name}' is {row.state}. Put it in force first."
            )
        if not 0 <= from_minute < until_minute <= 24 * 60:
            raise OrderlyPlanError("day", "the hours end after they begin, on the same day.")
        if not _has_level(connection, row, level):
            raise OrderlyPlanError("day", f"nobody has a quota at level '{level}'.")
        if _has_day(connection, identifier, service_date):
            raise OrderlyPlanError("day", f"{service_date} is written down. Withdraw it first.")
        connection.execute(
            insert(ORDERLY_DAYS).values(
                id=day,
                plan_id=identifier,
                roster_version=row.roster_version,
                service_date=service_date.isoformat(),
                level=level,
                from_minute=from_minute,
                until_minute=until_minute,
                recorded_by=actor.user_name,
                recorded_at=now_text(),
            )
        )
    return day


def withdraw_day(engine: Engine, actor: Actor, day: str) -> None:
    """Take back that a plan was called on a day: nobody was called then. What was written stays.

    Raises:
        OrderlyPlanError: there is no such day, or it is withdrawn.
    """
    with change(engine, actor, "orderly_day.withdraw", subject=("orderly_day", day)) as connection:
        _only_makers(actor)
        row = connection.execute(select(ORDERLY_DAYS).where(ORDERLY_DAYS.c.id == day)).first()
        if row is None or row.withdrawn_at is not None:
            raise OrderlyPlanError("gone", f"there is no day '{day}' to withdraw.")
        connection.execute(
            update(ORDERLY_DAYS)
            .where(ORDERLY_DAYS.c.id == day)
            .values(withdrawn_by=actor.user_name, withdrawn_at=now_text())
        )


def _plan(connection: Connection, actor: Actor, identifier: str, version: int | None) -> Row:
    """The plan to be changed, as it was read; None: whatever its version."""
    _only_makers(actor)
    row = connection.execute(select(ORDERLY_PLANS).where(ORDERLY_PLANS.c.id == identifier)).first()
    if row is None:
        raise OrderlyPlanError("gone", f"plan '{identifier}' does not exist. Choose another.")
    if version is not None and row.version != version:
        raise OrderlyPlanError(
            "changed", f"plan '{row.name}' was changed by {row.changed_by}. Open it again."
        )
    return row


def _change(
    connection: Connection, actor: Actor, identifier: str, version: int, later: dict[str, object]
) -> None:
    by = {"version": version, "changed_by": actor.user_name, "changed_at": now_text()}
    connection.execute(
        update(ORDERLY_PLANS).where(ORDERLY_PLANS.c.id == identifier).values(**by, **later)
    )
    _keep_version(connection, identifier)


def _keep_version(connection: Connection, identifier: str) -> None:
    """Put the plan as it stands beside its earlier versions."""
    names = [one.name for one in ORDERLY_PLAN_VERSIONS.c if one.name != "plan_id"]
    stands = select(ORDERLY_PLANS.c.id, *(ORDERLY_PLANS.c[name] for name in names)).where(
        ORDERLY_PLANS.c.id == identifier
    )
    connection.execute(insert(ORDERLY_PLAN_VERSIONS).from_select(["plan_id", *names], stands))


def _keep_roster(
    connection: Connection, identifier: str, version: int, quotas: Sequence[Mapping[str, object]]
) -> None:
    if not quotas:
        raise OrderlyPlanError("empty", "a plan asks somebody for something. Widen its terms.")
    own = {"plan_id": identifier, "roster_version": version}
    rows = [own | {name: row[name] for name in QUOTA_ROWS} for row in quotas]
    connection.execute(insert(ORDERLY_QUOTAS), rows)


def _has_level(connection: Connection, row: Row, level: str) -> bool:
    asked = select(ORDERLY_QUOTAS.c.usage_point_id).where(
        (ORDERLY_QUOTAS.c.plan_id == row.id)
        & (ORDERLY_QUOTAS.c.roster_version == row.roster_version)
        & (ORDERLY_QUOTAS.c.level == level)
    )
    return connection.scalar(asked.limit(1)) is not None


def _has_day(connection: Connection, identifier: str, service_date: date) -> bool:
    asked = select(ORDERLY_DAYS.c.id).where(
        (ORDERLY_DAYS.c.plan_id == identifier)
        & (ORDERLY_DAYS.c.service_date == service_date.isoformat())
        & ORDERLY_DAYS.c.withdrawn_at.is_(None)
    )
    return connection.scalar(asked) is not None


def _only_makers(actor: Actor) -> None:
    if actor.role not in MAKERS:
        raise OrderlyPlanError("not_yours", "plans are made by planners. Ask one of them.")


def _plain_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise OrderlyPlanError("name", f"a name has 1 to {LONGEST_NAME} characters. Give another.")
    return plain


def _not_taken(connection: Connection, name: str) -> None:
    if connection.scalar(select(ORDERLY_PLANS.c.id).where(ORDERLY_PLANS.c.name == name)):
        raise OrderlyPlanError("taken", f"there is a plan '{name}' already. Choose another name.")


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)
