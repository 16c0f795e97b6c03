"""Scalers that meters have stated, in the operational database."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from ingest.collection.scalers import Stated
from ingest.protocols.dlt698.values import ScalerUnit
from ingest.records.engine import Actor, change
from queries.records import COLLECTION_SCALERS, as_text


def held_scalers(engine: Engine) -> dict[str, Stated]:
    """What every meter has said so far, by communication address."""
    with engine.connect() as connection:
        rows = connection.execute(select(COLLECTION_SCALERS)).mappings()
        return {
            row["address"]: Stated(
                row["meter_id"],
                datetime.fromisoformat(row["asked_at"]),
                row["failures"],
                _scalers(row["stated"]),
            )
            for row in rows
        }


def keep_scalers(engine: Engine, actor: Actor, stated: Mapping[str, Stated]) -> None:
    """Remember what meters said, by communication address, in place of what they said before."""
    table = COLLECTION_SCALERS
    rows = [
        {
            "address": address,
            "meter_id": one.meter_id,
            "asked_at": as_text(one.asked_at),
            "failures": one.failures,
            "stated": json.dumps(dict(one.scalers), sort_keys=True),
        }
        for address, one in stated.items()
    ]
    subject, detail = ("collector", "scalers"), {"meters": len(rows)}
    with change(engine, actor, "collection.scalers", subject=subject, detail=detail) as connection:
        connection.execute(delete(table).where(table.c.address.in_(list(stated))))
        connection.execute(insert(table), rows)


def _scalers(text: str) -> dict[str, ScalerUnit | None]:
    return {oad: ScalerUnit(*pair) if pair else None for oad, pair in json.loads(text).items()}
