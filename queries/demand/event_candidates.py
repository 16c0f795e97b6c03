"""Who is enrolled on a day, whether each may be called, and what each would reduce."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.day_kinds import day_kinds
from queries.demand import response_records
from queries.demand.event_days_before import (
    USUAL_RULE,
    days_before,
    mean_baseline_kw,
    planning_rule,
)
from queries.demand.event_past import READS as PAST_READS
from queries.demand.event_past import called_days, event_days, past_reductions
from queries.demand.event_reduction import UNKNOWN_SPREAD, fulfilment
from queries.demand.event_span import Span
from queries.demand.response_availability import read_availability
from queries.demand.response_programme import Terms
from queries.held import Held
from queries.lake import lake_state

READS = PAST_READS
AVAILABLE = "available"
STATUSES = (
    AVAILABLE,
    "not_accepted",
    "not_available",
    "called_that_day",
    "rest_days",
    "most_calls",
    "no_reduction",
)
"""Whether somebody may be called, or the first reason why not."""
FATIGUE = ("rest_days", "most_calls")
"""The reasons that are limits of the terms on how often."""
LEAST_EVENTS = 2
"""Measured, before somebody without an agreed reduction counts."""
CANDIDATES = pl.Schema(
    {
        "enrolment_id": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "status": pl.String(),
        "agreed_reduction_kw": pl.Float64(),
        "expected_kw": pl.Float64(),
        "spread_kw": pl.Float64(),
        "basis": pl.String(),
        "events_measured": pl.Int64(),
        "usual_load_kw": pl.Float64(),
        "calls_this_year": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Those enrolled on a day in a district.

    Attributes:
        rows: CANDIDATES, by usage point.
        programme_share: What the programme fulfilled of what was agreed; 1 where nothing was
            measured.
        events_measured: Past events that say so.
    """

    rows: pl.DataFrame
    programme_share: float
    events_measured: int


_held: Held[np.ndarray] = Held(8)


def candidates(
    cursor: DuckDBPyConnection,
    programme_id: str,
    span: Span,
    terms: Terms,
    region_id: str | None,
) -> Candidates:
    """Everybody enrolled in a programme on the span's day.

    ``expected_kw`` is the agreed reduction times the fulfilment expected of the customer
    (``event_reduction``; ``basis`` own: its events count for half or more, programme: less,
    agreed: no event was measured), never above its usual load of these hours. Where nothing was
    agreed, it is the mean of what was measured at LEAST_EVENTS events or more (``measured``).
    Events that were not called before this one begins do not count.
    """
    zone = ZoneInfo(lake_state(cursor).zone_name)
    begins = span.starts_at(zone)
    enrolled = response_records.enrolments(cursor, programme_id).filter(
        (pl.col("first_day") <= span.day)
        & (pl.col("last_day").is_null() | (pl.col("last_day") >= span.day))
    )
    enrolled = _places(cursor, enrolled, region_id)
    points = tuple(enrolled["usage_point_id"])
    past = past_reductions(cursor, programme_id, begins)
    days = called_days(cursor).filter(pl.col("called_at") < begins)
    expected, share = _expected(enrolled, past)
    usual = _usual_load(cursor, points, span, terms, days)
    kw = np.fmin(expected["expected_kw"].to_numpy(), np.fmax(usual, 0))
    rows = enrolled.with_columns(
        expected.select("spread_kw", "basis", "events_measured"),
        expected_kw=pl.Series(kw, dtype=pl.Float64).fill_nan(None),
        usual_load_kw=pl.Series(usual, dtype=pl.Float64).fill_nan(None),
    )
    status = _statuses(cursor, rows, span, terms, days)
    counted = days.filter(pl.col("day").dt.year() == span.day.year)
    calls = counted.group_by("usage_point_id").agg(pl.len().cast(pl.Int64).alias("calls_this_year"))
    whole = rows.with_columns(status=pl.Series(status, dtype=pl.String)).join(
        calls, on="usage_point_id", how="left", maintain_order="left"
    )
    whole = whole.with_columns(pl.col("calls_this_year").fill_null(0))
    return Candidates(
        whole.select(CANDIDATES.names()).cast(CANDIDATES), share, past["event_id"].n_unique()
    )


def _places(
    cursor: DuckDBPyConnection, enrolled: pl.DataFrame, region_id: str | None
) -> pl.DataFrame:
    """Those of the region, with their class, transformer and feeder."""
    choose_region(cursor, region_id)
    places = cursor.sql(
        """
        select usage_point_id, customer_class, transformer_id, feeder_id
        from region_places
        order by usage_point_id
        """
    ).pl()
    joined = enrolled.join(
        places.unique("usage_point_id", keep="first", maintain_order=True), on="usage_point_id"
    )
    return joined.sort("usage_point_id")


def _expected(enrolled: pl.DataFrame, past: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """``expected_kw``, ``spread_kw``, ``basis``, ``events_measured`` in the order of ``enrolled``.

    The share is what the programme fulfilled.
    """
    known = past.filter(pl.col("agreed_kw") > 0)
    points = pl.concat([enrolled["usage_point_id"], known["usage_point_id"]]).unique().sort()
    reduction_kw, agreed_kw = (
        _matrix(known, points, name) for name in ("reduction_kw", "agreed_kw")
    )
    found = fulfilment(reduction_kw, agreed_kw)
    learnt = pl.DataFrame(
        {
            "usage_point_id": points,
            "share": found.expected_share,
            "weight": found.own_weight,
            "spread": found.spread_share,
        }
    )
    alone = past.group_by("usage_point_id").agg(
        pl.len().cast(pl.Int64).alias("events_measured"),
        pl.mean("reduction_kw").alias("mean_kw"),
        pl.std("reduction_kw").alias("deviation_kw"),
    )
    agreed = pl.col("agreed_reduction_kw")
    has_agreed = agreed.is_not_null()
    is_known = ~has_agreed & (pl.col("events_measured") >= LEAST_EVENTS)
    measured_kw = pl.max_horizontal("mean_kw", 0.0)
    rows = (
        enrolled.join(learnt, on="usage_point_id", how="left", maintain_order="left")
        .join(alone, on="usage_point_id", how="left", maintain_order="left")
        .with_columns(pl.col("events_measured").fill_null(0))
        .with_columns(
            expected_kw=pl.when(has_agreed)
            .then(agreed * pl.col("share"))
            .when(is_known)
            .then(measured_kw),
            spread_kw=pl.when(has_agreed)
            .then(agreed * pl.col("spread").fill_null(UNKNOWN_SPREAD))
            .when(is_known)
            .then(pl.col("deviation_kw")),
            basis=pl.when(~has_agreed & is_known)
            .then(pl.lit("measured"))
            .when(~has_agreed)
            .then(None)
            .when(known.is_empty())
            .then(pl.lit("agreed"))
            .when(pl.col("weight") >= 0.5)
            .then(pl.lit("own"))
            .otherwise(pl.lit("programme")),
        )
    )
    columns = ("expected_kw", "spread_kw", "basis", "events_measured")
    return rows.select(columns), found.programme_share


def _matrix(known: pl.DataFrame, points: pl.Series, column: str) -> np.ndarray:
    """(points, events) of a column of past reductions; NaN where there is none."""
    events = known["event_id"].unique().sort()
    found = np.full((len(points), len(events)), np.nan)
    row = points.search_sorted(known["usage_point_id"]).to_numpy()
    found[row, events.search_sorted(known["event_id"]).to_numpy()] = known[column].to_numpy()
    return found


def _usual_load(
    cursor: DuckDBPyConnection,
    points: tuple[str, ...],
    span: Span,
    terms: Terms,
    days: pl.DataFrame,
) -> np.ndarray:
    """Mean load of these hours on the latest days of the same kind, (points,) [kW]."""
    standard = span.standard(ZoneInfo(lake_state(cursor).zone_name))
    is_event = event_days(days, points, standard)
    rule = planning_rule(terms.baseline_rule)
    usual = rule if rule.adjust == "none" else planning_rule(USUAL_RULE)

    def made() -> np.ndarray:
        if not points:
            return np.zeros(0)
        return mean_baseline_kw(
            days_before(cursor, points, standard.day, is_event), standard, usual
        )

    return _held.of(cursor, (points, standard, usual.code, is_event.tobytes()), made)


def _statuses(
    cursor: DuckDBPyConnection,
    rows: pl.DataFrame,
    span: Span,
    terms: Terms,
    days: pl.DataFrame,
) -> list[str]:
    country = lake_state(cursor).holiday_country
    [kind] = day_kinds(span.day, span.day, holiday_country=country)["day_kind"]
    rest = timedelta(days=terms.least_rest_days)
    near = days.filter((pl.col("day") - pl.lit(span.day)).abs() <= rest)
    of_day = set(days.filter(pl.col("day") == span.day)["usage_point_id"])
    resting = set(near["usage_point_id"])
    of_year = days.filter(pl.col("day").dt.year() == span.day.year)
    counts = dict(of_year["usage_point_id"].value_counts().iter_rows())
    found = []
    for row in rows.iter_rows(named=True):
        point, accepted = row["usage_point_id"], row["accepted_on"]
        hours = read_availability(row["availability"])
        reasons = {
            "not_accepted": accepted is None or accepted > span.day,
            "not_available": not hours.covers(kind, span.from_minute, span.until_minute),
            "called_that_day": point in of_day,
            "rest_days": point in resting,
            "most_calls": counts.get(point, 0) >= terms.most_events_per_year,
            "no_reduction": not row["expected_kw"],
        }
        found.append(next((name for name, holds in reasons.items() if holds), AVAILABLE))
    return found
