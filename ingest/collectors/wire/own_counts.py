"""How many of its meters a terminal says it read, task by task or port by port."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

from ingest.batch import COUNTS_READ
from ingest.collectors.wire.heard import Counted, Heard
from ingest.own_counts import latest_counts
from ingest.protocols.decoded import Value
from ingest.protocols.dlt698.messages import Result
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.tasks import (
    TASK_PLANS,
    TASK_RUNS,
    minutes_of,
    read_task_plans,
    read_task_runs,
)
from ingest.protocols.dlt698.values import NULL, Data
from ingest.protocols.gdw1376.units import DataUnit

_A_DAY = timedelta(days=1)
_FIRST_YEAR = 2000
"""A clock that shows an earlier one was never set: nothing can be said of the day."""


def hear_tasks(heard: Heard, results: Iterable[Result], terminal: str, protocol: str) -> None:
    """Take the runs of a DL/T 698.45 terminal's tasks, with the plans that came beside them."""
    of: dict[str, Data] = {
        result.oad: result.data
        for result in results
        if result.data is not None and result.data != NULL
    }
    if TASK_RUNS not in of:
        return
    try:
        runs = read_task_runs(of[TASK_RUNS])
        plans = read_task_plans(of[TASK_PLANS]) if TASK_PLANS in of else {}
    except ValueError as error:
        heard.refuse(f"{terminal}: its own count: {error}")
        return
    for run in runs:
        began, ended = _shown(run.began), _shown(run.ended)
        if began is not None:
            every = minutes_of(plans[run.task]) if run.task in plans else None
            numbers = (run.due, run.read, run.sent, run.received)
            heard.counted.append(
                Counted(terminal, run.task, began, ended, every, *numbers, protocol)
            )


def _shown(at: DateTimeS | None) -> datetime | None:
    moment = at.moment() if at else None
    return moment if moment and moment.year >= _FIRST_YEAR else None


def hear_ports(heard: Heard, unit: DataUnit, terminal: str, protocol: str) -> None:
    """Take the blocks of a Q/GDW 376.1 terminal's state of reading (F11)."""
    size = len(unit.payload.columns) if unit.payload else 1
    for at in range(0, len(unit.values), size):
        port, due, _, read, _, began, ended = unit.values[at : at + size]
        numbers = [_whole(value) for value in (port, due, read)]
        if isinstance(began, datetime) and None not in numbers:
            end = ended if isinstance(ended, datetime) else None
            first, *counts = numbers
            heard.counted.append(
                Counted(terminal, first, began, end, None, *counts, None, None, protocol)  # type: ignore[arg-type]
            )


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def counts(heard: Heard, offset: Mapping[int, timedelta]) -> pl.DataFrame:
    """Everything counted, as COUNTS_READ.

    A daily run reads what was frozen at the midnight before it: it counts for the day that ended
    then, the one before it began.
    """

    def instant(local: datetime | None) -> datetime | None:
        if local is None:
            return None
        return (local - offset.get(local.year, timedelta())).replace(tzinfo=UTC)

    rows = [
        {
            "terminal_id": one.terminal,
            "part_number": one.part,
            "service_date": one.began.date() - _A_DAY,
            "interval_minutes": one.interval_minutes,
            "started_at": instant(one.began),
            "ended_at": instant(one.ended),
            "due_meters": one.due,
            "read_meters": one.read,
            "sent_messages": one.sent,
            "received_messages": one.received,
            "protocol": one.protocol,
        }
        for one in heard.counted
    ]
    return latest_counts(pl.DataFrame(rows, schema=COUNTS_READ))
