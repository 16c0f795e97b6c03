"""A plan of orderly use worked out: who can give what, and who is asked for how much at each level.

Demand response comes first: what was agreed there is taken off the shortage, and off what its
customers could still give here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.demand.orderly_agreed import agreed_reductions
from queries.demand.orderly_hours import PeakLoads, peak_loads
from queries.demand.orderly_shares import Shared, share_out
from queries.demand.orderly_system import READS as SYSTEM_READS
from queries.demand.orderly_system import system_hours
from queries.demand.orderly_tables import called_days
from queries.demand.orderly_terms import LEVELS, MEASURES, OrderlyError, Terms, read_terms
from queries.held import Held
from queries.lake import records_of
from queries.records import version

READS = (*SYSTEM_READS, "customers", "records")


@dataclass(frozen=True, slots=True)
class OrderlyPlan:
    """A plan; everything is empty where there is no day to work from.

    Attributes:
        points: A row a usage point: ``usage_point_id``, ``customer_id``, ``customer_class``,
            ``industry_code``, ``status``, ``called_days``, ``reference_kw``, ``base_kw``,
            ``agreed_kw``.
        available_kw: What each can give by each measure, (measures, points).
        needs_kw: Shortage of every level, in the order of LEVELS.
        agreed_kw: Of all demand response.
        shared: Quotas by level.
        maximum: The highest hour: load [kW], day, hour.
        reference_days: Days it is worked out from.
    """

    points: pl.DataFrame
    available_kw: np.ndarray
    needs_kw: tuple[float, ...]
    agreed_kw: float
    shared: tuple[Shared, ...]
    maximum: tuple[float, date, int] | None
    reference_days: tuple[date, ...]


_held: Held[OrderlyPlan] = Held(6)


def orderly_plan(  # noqa: PLR0913 - a district, a period, terms, a year
    cursor: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None,
    terms: str,
    year: int | None,
) -> OrderlyPlan:
    """The plan of a district, held for what is asked of it next.

    Raises:
        OrderlyError: days in the wrong order, or terms that cannot be read.
    """
    if last_day < first_day:
        raise OrderlyError(f"the last day {last_day} is before the first day {first_day}.")
    asked = first_day, last_day, region_id, read_terms(terms), year or last_day.year
    key = repr(asked), version(records_of(cursor))
    return _held.of(cursor, key, lambda: _made(cursor, *asked))


def _made(  # noqa: PLR0913, PLR0917 - as ``orderly_plan``
    cursor: DuckDBPyConnection,
    first_day: date,
    last_day: date,
    region_id: str | None,
    terms: Terms,
    year: int,
) -> OrderlyPlan:
    choose_area(cursor, "all", None, "daily_features", region_id=region_id)
    system = system_hours(cursor, first_day, last_day, region_id).of_months(terms.months)
    days = system.highest_days(terms.hours, terms.reference_days)
    maximum = system.maximum
    if maximum is None or not days:
        return _nothing()
    loads = peak_loads(cursor, days, terms.hours)
    engine = records_of(cursor)
    points = _points(
        cursor, loads, agreed_reductions(engine, last_day), called_days(engine, year), terms
    )
    available_kw = _available(points, loads, terms)
    points = _with_status(points, available_kw)
    needs_kw = tuple(maximum[0] * terms.level_shares[level] for level in LEVELS)
    agreed_kw = float(points["agreed_kw"].sum())
    load_kw = points["reference_kw"].fill_null(1.0).clip(lower_bound=1e-9).to_numpy()
    called = points["called_days"].to_numpy()
    shared = tuple(share_out(need - agreed_kw, available_kw, load_kw, called) for need in needs_kw)
    return OrderlyPlan(points, available_kw, needs_kw, agreed_kw, shared, maximum, tuple(days))


def _points(
    cursor: DuckDBPyConnection,
    loads: PeakLoads,
    agreed: pl.DataFrame,
    called: pl.DataFrame,
    terms: Terms,
) -> pl.DataFrame:
    """Who they are, what they draw, and why they are spared, if they are."""
    measured = pl.DataFrame(
        {
            "usage_point_id": loads.points,
            "reference_kw": pl.Series(loads.reference_kw).fill_nan(None),
            "base_kw": pl.Series(loads.base_kw).fill_nan(None),
        }
    )
    found = measured.join(_register(cursor), on="usage_point_id", how="left")
    for more in (agreed, called):
        found = found.join(more, on="usage_point_id", how="left")
    found = found.sort("usage_point_id").with_columns(
        pl.col("agreed_kw").fill_null(0.0), pl.col("called_days").fill_null(0)
    )
    return found.with_columns(_spared(terms).alias("status"))


def _register(cursor: DuckDBPyConnection) -> pl.DataFrame:
    """Customer, class and industry of every usage point of the region."""
    return cursor.sql(
        """
        with industries as (
            select customer_id, arg_max(industry_code, valid_from) as industry_code
            from customers
            group by customer_id
        )

        select
            region_places.usage_point_id,
            region_places.customer_id,
            region_places.customer_class,
            industries.industry_code
        from region_places
        left join industries using (customer_id)
        order by region_places.usage_point_id
        """
    ).pl()


def _spared(terms: Terms) -> pl.Expr:
    """Why somebody gets no quota whatever is short; null: nothing speaks against it."""
    industry = pl.col("industry_code").fill_null("")
    is_spared_industry = pl.any_horizontal(
        pl.lit(value=False), *(industry.str.starts_with(code) for code in terms.spared_industries)
    )
    return (
        pl.when(pl.col("usage_point_id").is_in(list(terms.spared_points)))
        .then(pl.lit("spared_by_name"))
        .when(pl.col("customer_class").is_in(list(terms.spared_classes)))
        .then(pl.lit("spared_class"))
        .when(pl.col("customer_class").is_null())
        .then(pl.lit("no_class"))
        .when(is_spared_industry)
        .then(pl.lit("spared_industry"))
        .when(pl.col("reference_kw").is_null())
        .then(pl.lit("few_readings"))
        .when(pl.col("reference_kw") < terms.least_load_kw)
        .then(pl.lit("small"))
    )


def _available(points: pl.DataFrame, loads: PeakLoads, terms: Terms) -> np.ndarray:
    """What each can give by shifting, avoiding and being limited to its base load [kW].

    What it agreed to in demand response is used up there: of what moves first.
    """
    may_give = points["status"].is_null().to_numpy()
    above = np.maximum(np.nan_to_num(loads.reference_kw - loads.base_kw), 0.0)
    shift = np.minimum(np.nan_to_num(loads.movable_kw), above)
    avoid = np.maximum(terms.avoid_share * above - shift, 0.0)
    parts = [shift, avoid, above - shift - avoid]
    used = points["agreed_kw"].to_numpy().copy()
    for number, part in enumerate(parts):
        taken = np.minimum(part, used)
        parts[number] = np.where(may_give, part - taken, 0.0)
        used = used - taken
    return np.stack(parts)


def _with_status(points: pl.DataFrame, available_kw: np.ndarray) -> pl.DataFrame:
    gives = pl.Series(available_kw.sum(axis=0) > 0)
    asked = pl.when(gives).then(pl.lit("may_be_called")).otherwise(pl.lit("nothing_to_give"))
    return points.with_columns(pl.col("status").fill_null(asked))


def _nothing() -> OrderlyPlan:
    names = {
        "usage_point_id": pl.String(),
        "reference_kw": pl.Float64(),
        "base_kw": pl.Float64(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "industry_code": pl.String(),
        "agreed_kw": pl.Float64(),
        "called_days": pl.Int64(),
        "status": pl.String(),
    }
    return OrderlyPlan(
        pl.DataFrame(schema=names), np.empty((len(MEASURES), 0)), (), 0.0, (), None, ()
    )


def quotas_of(plan: OrderlyPlan) -> pl.DataFrame:
    """Whom each level asks for what: a row a level and usage point, as records keep a roster."""
    frames = []
    for level, shared in zip(LEVELS, plan.shared, strict=False):
        given = {
            f"{name}_kw": pl.Series(kw) for name, kw in zip(MEASURES, shared.quota_kw, strict=True)
        }
        asked = plan.points.select(
            "usage_point_id",
            "customer_id",
            pl.lit(level).alias("level"),
            "reference_kw",
            "base_kw",
        ).with_columns(**given)
        frames.append(asked.filter(pl.sum_horizontal("shift_kw", "avoid_kw", "limit_kw") > 0))
    return pl.concat(frames) if frames else pl.DataFrame()
