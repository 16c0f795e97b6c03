"""Why has this customer no power? A first answer from evidence."""

from datetime import datetime

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers import no_power_evidence
from queries.customers.no_power_causes import Area, Evidence, judged
from queries.customers.no_power_evidence import evidence, place_of
from queries.schema import UTC_INSTANT

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "rank": pl.Int64(),
        "cause": pl.String(),
        "verdict": pl.String(),
        "area_id": pl.String(),
        "neighbours": pl.Int64(),
        "neighbours_off": pl.Int64(),
        "neighbours_heard": pl.Int64(),
        "areas": pl.Int64(),
        "areas_off": pl.Int64(),
        "since": UTC_INSTANT,
        "until": UTC_INSTANT,
        "overdue_cny": pl.Decimal(18, 2),
        "overdue_days": pl.Int64(),
        "voltage_share": pl.Float64(),
        "current_a": pl.Float64(),
        "energy_wh": pl.Float64(),
        "usual_wh": pl.Float64(),
    }
)
READS = no_power_evidence.READS
_NOBODY = Area("")


def no_power(lake: DuckDBPyConnection, *, usage_point_id: str, at: datetime) -> pl.DataFrame:
    """Every cause for a customer being without power (为什么没电), the most certain first.

    Causes: planned (announced outage), feeder and transformer (neighbours report that power went),
    service_line (its own meter alone does), arrears (the register says suspended, or bills are long
    overdue), terminal_offline and meter_offline (not heard, which says nothing about power),
    behind_meter (voltage there, nothing drawn that usually is), power_is_there (energy flows).
    ``customers/no_power_causes`` has the rules.

    Args:
        lake: From ``queries.lake.open_lake``.
        usage_point_id: In the scope.
        at: The aware instant asked about; what was read of that quarter of an hour counts.

    Returns:
        A row a cause in order of ``rank``, with a ``verdict``: sure, likely, possible, unknown
        (the data say nothing), excluded. Beside it the evidence that bears on it, null where it
        does not: neighbours in ``area_id``, of whom so many reported power off or have a reading;
        ``areas_off`` of the feeder's ``areas``; ``since`` and ``until`` of the outage;
        ``overdue_cny``; ``voltage_share`` of the nominal voltage, ``energy_wh`` of the interval and
        ``usual_wh``, the median of the same interval of the week before.

    Raises:
        QuestionError: there is no such usage point in the scope.
    """
    seen = evidence(lake, place_of(lake, usage_point_id), at)
    rows = [
        {"usage_point_id": usage_point_id, "rank": rank, "cause": cause, "verdict": verdict}
        | _bearing(cause, seen)
        for rank, (cause, verdict) in enumerate(judged(seen), 1)
    ]
    return pl.DataFrame(rows, schema=RETURNS)


def _bearing(cause: str, seen: Evidence) -> dict:
    """The evidence that bears on one cause."""
    near = seen.transformer or seen.feeder or _NOBODY
    area = seen.feeder or _NOBODY if cause == "feeder" else near
    around = {
        "area_id": area.area_id or None,
        "neighbours": area.points,
        "neighbours_off": area.off,
        "neighbours_heard": area.heard,
    }
    own = {"since": seen.off_since, "until": seen.off_until}
    meter = {
        "voltage_share": seen.voltage_share,
        "current_a": seen.current_a,
        "energy_wh": seen.energy_wh,
        "usual_wh": seen.usual_wh,
    }
    found = {
        "feeder": around | own | {"areas": seen.areas, "areas_off": seen.areas_off},
        "transformer": around | own | {"voltage_share": seen.transformer_voltage_share},
        "service_line": around | own,
        "arrears": {"overdue_cny": seen.overdue_cny, "overdue_days": seen.overdue_days},
        "terminal_offline": around,
        "meter_offline": around,
        "behind_meter": around | meter,
        "power_is_there": meter,
    }
    planned = seen.planned
    if planned is not None:
        times = {"since": planned.starts_at, "until": planned.ends_at}
        found["planned"] = {"area_id": planned.area_id} | times
    # Every row has every column: what does not bear on its cause is null.
    return dict.fromkeys(list(RETURNS)[4:], None) | found.get(cause, {})
