"""Scenarios that staff have saved: what was tried, by whom, and on which state of the lake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from queries.records import SCENARIOS, Account, frame

SCENARIO_LIST = pl.Schema(
    {
        "id": pl.String(),
        "name": pl.String(),
        "author": pl.String(),
        "created_at": pl.String(),
        "changed_by": pl.String(),
        "changed_at": pl.String(),
        "version": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One saved scenario.

    Attributes:
        id: In links, such as ``?scenario=1f0a…``.
        kind: ``tariff`` or ``outlook``.
        name: As its author calls it; unique among those of its kind.
        author: User name of whoever saved it first.
        changed_by: User name of whoever saved it last.
        changed_at: When, as ``queries.records.as_text``.
        version: 1, 2, 3 … with every time it was saved.
        content: What was saved.
        lake_version: Sequence of the lake's manifest at that moment.
    """

    id: str
    kind: str
    name: str
    author: str
    changed_by: str
    changed_at: str
    version: int
    content: Mapping[str, Any]
    lake_version: str | None


def sees_scenarios(reader: Account) -> bool:
    """Whether an account is of the utility's staff; a customer sees no scenario."""
    return reader.is_active and reader.role != "customer"


def scenarios(engine: Engine, reader: Account, kind: str) -> pl.DataFrame:
    """Every scenario of a kind, the one saved last first; none for a customer."""
    if not sees_scenarios(reader):
        return SCENARIO_LIST.to_frame()
    question = select(*(SCENARIOS.c[name] for name in SCENARIO_LIST))
    newest = question.where(SCENARIOS.c.kind == kind).order_by(SCENARIOS.c.changed_at.desc())
    return frame(engine, newest, SCENARIO_LIST)


def scenario(engine: Engine, reader: Account, identifier: str) -> Scenario | None:
    """One scenario; None where there is none of that id, or the reader is a customer."""
    if not sees_scenarios(reader):
        return None
    with engine.connect() as connection:
        row = connection.execute(select(SCENARIOS).where(SCENARIOS.c.id == identifier)).first()
    if row is None:
        return None
    return Scenario(
        id=row.id,
        kind=row.kind,
        name=row.name,
        author=row.author,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.version,
        content=json.loads(row.content),
        lake_version=row.lake_version,
    )
