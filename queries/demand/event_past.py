"""What those called to past events of a programme reduced, as far as it is settled or measured."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.demand import response_records
from queries.demand.event_days_before import BACK_DAYS, days_before, mean_baseline_kw, planning_rule
from queries.demand.event_days_before import READS as LOAD_READS
from queries.demand.event_span import StandardSpan, standard_span
from queries.demand.response_programme import read_terms
from queries.demand.response_tables import RESPONSE_SETTLEMENTS
from queries.held import Held
from queries.lake import lake_state, records_of
from queries.records import frame

READS = tuple(dict.fromkeys((*LOAD_READS, *response_records.READS)))
PAST = pl.Schema(
    {
        "event_id": pl.String(),
        "usage_point_id": pl.String(),
        "agreed_kw": pl.Float64(),
        "reduction_kw": pl.Float64(),
    }
)
_SETTLED = pl.Schema(
    {
        "event_id": pl.String(),
        "usage_point_id": pl.String(),
        "reduction_kw": pl.Float64(),
        "version": pl.Int64(),
    }
)
_held: Held[np.ndarray] = Held(64)


def past_reductions(
    cursor: DuckDBPyConnection, programme_id: str, before: datetime
) -> pl.DataFrame:
    """PAST: a row a call of an event that ended before an instant.

    A settled event says what its last settlement measured; another is measured against the mean
    of the days before it, by the rule of its terms where that looks at the customer's own days.
    Who opted out, and who has no reading, is not in it.
    """
    zone = ZoneInfo(lake_state(cursor).zone_name)
    past = response_records.events(cursor, programme_id).filter(
        pl.col("state").is_in(["called", "settled"]) & (pl.col("ends_at") <= before)
    )
    days = called_days(cursor)
    agreed = response_records.enrolments(cursor, programme_id).select(
        "enrolment_id", agreed_kw="agreed_reduction_kw"
    )
    took_part = (
        response_records.calls(cursor)
        .filter(pl.col("answer").fill_null("") != "opt_out")
        .join(agreed, on="enrolment_id", how="left", maintain_order="left")
    )
    settled = _settled(cursor)
    rows = [PAST.to_frame()]
    for event in past.iter_rows(named=True):
        called = took_part.filter(pl.col("event_id") == event["event_id"])
        if called.is_empty():
            continue
        own = called.join(settled, on=["event_id", "usage_point_id"], how="left")
        if own["reduction_kw"].null_count() == own.height:
            span = standard_span(event["starts_at"], event["ends_at"], zone)
            points = tuple(called["usage_point_id"])
            rule = read_terms(event["terms"]).baseline_rule
            measured = _measured_kw(cursor, points, span, rule, days)
            own = called.with_columns(reduction_kw=pl.Series(measured, dtype=pl.Float64))
        rows.append(own.select(PAST.names()).cast(PAST))
    return pl.concat(rows).fill_nan(None).drop_nulls("reduction_kw")


def called_days(cursor: DuckDBPyConnection) -> pl.DataFrame:
    """Days on which somebody takes part: ``usage_point_id``, ``event_id``, ``day``, ``called_at``.

    Of every programme; who opted out lives as usual, and a planned or cancelled event is none.
    """
    zone = ZoneInfo(lake_state(cursor).zone_name)
    held = response_records.events(cursor).filter(pl.col("state").is_in(["called", "settled"]))
    local = pl.col("starts_at").dt.convert_time_zone(zone.key).dt.date()
    return (
        response_records.calls(cursor)
        .filter(pl.col("answer").fill_null("") != "opt_out")
        .join(held.select("event_id", "called_at", day=local), on="event_id")
        .select("usage_point_id", "event_id", "day", "called_at")
    )


def event_days(days: pl.DataFrame, points: tuple[str, ...], last: StandardSpan) -> np.ndarray:
    """Whether each was called on the days up to ``last``, (points, BACK_DAYS + 1)."""
    place = {point: number for number, point in enumerate(points)}
    found = np.zeros((len(points), BACK_DAYS + 1), dtype=bool)
    near = days.filter(pl.col("day").is_between(last.day - timedelta(BACK_DAYS), last.day))
    for point, day in near.select("usage_point_id", "day").iter_rows():
        if point in place:
            found[place[point], BACK_DAYS - (last.day - day).days] = True
    return found


def _measured_kw(
    cursor: DuckDBPyConnection,
    points: tuple[str, ...],
    span: StandardSpan,
    rule_code: str,
    days: pl.DataFrame,
) -> np.ndarray:
    """Baseline less load, mean of the event, (points,) [kW]."""
    is_event = event_days(days, points, span)

    def made() -> np.ndarray:
        history = days_before(cursor, points, span.day, is_event)
        usual = mean_baseline_kw(history, span, planning_rule(rule_code))
        load = history.load_kw[:, -1, span.first_slot : span.end_slot].mean(axis=1)
        return usual - load

    return _held.of(cursor, (points, span, rule_code, is_event.tobytes()), made)


def _settled(cursor: DuckDBPyConnection) -> pl.DataFrame:
    """What the last settlement of every call measured."""
    table = RESPONSE_SETTLEMENTS.c
    asked = select(*(table[name] for name in _SETTLED)).order_by(table.version)
    found = frame(records_of(cursor), asked, _SETTLED)
    return found.unique(["event_id", "usage_point_id"], keep="last").drop("version")
