"""How much do I use against similar neighbours?"""

from contextlib import closing
from datetime import date, timedelta
from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.neighbour_groups import Group, group_of, quartiles
from queries.lake import unscoped
from queries.run import QuestionError
from queries.schema import SLOTS

By = Literal["month", "hour"]
RETURNS = pl.Schema(
    {
        "part": pl.String(),
        "own_kwh": pl.Float64(),
        "neighbours": pl.Int64(),
        "low_kwh": pl.Float64(),
        "median_kwh": pl.Float64(),
        "high_kwh": pl.Float64(),
        "level": pl.String(),
        "band": pl.Int64(),
    }
)
READS = (
    "daily_totals",
    "load_cubes",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
_HOURS = 24
_POINTS = """
    with recursive roots as (
        select region_id, region_id as district_id
        from regions
        where parent_region_id is null
        union
        select regions.region_id, roots.district_id
        from regions
        inner join roots on roots.region_id = regions.parent_region_id
    ),

    capacities as (
        select
            usage_point_id,
            arg_max(contracted_capacity_kva, valid_from) as contracted_capacity_kva
        from usage_points
        group by usage_point_id
    )

    select
        places.usage_point_id,
        places.customer_id,
        places.customer_class,
        places.region_id,
        coalesce(roots.district_id, places.region_id) as district_id,
        capacities.contracted_capacity_kva
    from places
    left join roots on roots.region_id = places.region_id
    left join capacities on capacities.usage_point_id = places.usage_point_id
    where not places.is_check and places.customer_id is not null
        and places.usage_point_id in (
            select daily_totals.usage_point_id
            from daily_totals
            where daily_totals.service_date between $first_day and $last_day
                and daily_totals.channel = 'import'
        )
    order by places.usage_point_id
"""


def neighbours(
    lake: DuckDBPyConnection, *, usage_point_id: str, last_day: date, by: By = "month"
) -> pl.DataFrame:
    """A customer's use beside that of similar neighbours: same class and size, ten or more.

    Neighbours are of the same class and the same class of contracted capacity in the same region;
    with fewer than 10 others the group is widened to the district, then to the class; with fewer
    still there is none. They are counted on the whole lake, and nothing of it but quartiles of ten
    and more customers, to three digits, leaves this question.

    Args:
        lake: From ``queries.lake.open_lake``.
        usage_point_id: Who is compared; in the scope.
        last_day: Up to when. Months are the last twelve that are over by then; hours are the mean
            day of the last of them.
        by: ``month`` or ``hour``.

    Returns:
        A row a month (``part`` YYYY-MM) or hour of the day (``part`` 00 to 23): ``own_kwh`` (of an
        hour: of the mean day), the quartiles ``low_kwh``, ``median_kwh``, ``high_kwh`` of the
        neighbours and how many ``neighbours`` have a value, null with fewer than 10. ``level`` is
        station, district or class, null where there is no group. A month that was not read whole is
        left out, for the neighbours likewise.

    Raises:
        QuestionError: the usage point is not in the scope.
    """
    mine = lake.sql(
        "select usage_point_id from places where usage_point_id = $point order by 1",
        params={"point": usage_point_id},
    ).pl()
    if mine.is_empty():
        raise QuestionError(f"there is no usage point '{usage_point_id}' that you may see.")
    end = (last_day + timedelta(days=1)).replace(day=1)
    start = date(end.year - 1, end.month, 1)
    days = {"first_day": start, "last_day": end - timedelta(days=1)}
    with closing(unscoped(lake, READS)) as whole:
        points = whole.sql(_POINTS, params=days).pl()
        group = group_of(points, usage_point_id)
        asked = [usage_point_id, *group.members]
        if by == "month":
            read = _months(whole, asked, **days)
        else:
            read = _hours(whole, asked, days["last_day"])
        values = read.join(
            points.select("usage_point_id", "customer_id"), on="usage_point_id", how="left"
        )
    return _beside(values, usage_point_id, group)


def _beside(values: pl.DataFrame, usage_point_id: str, group: Group) -> pl.DataFrame:
    own = values.filter(usage_point_id=usage_point_id).select("part", own_kwh="value")
    # The own value is in no quartile: nothing can be told from how they move with it.
    others = values.filter(pl.col("usage_point_id") != usage_point_id)
    return (
        own.join(quartiles(others, "part"), on="part", how="left")
        .with_columns(
            level=pl.lit(group.level, pl.String),
            band=pl.lit(group.band, pl.Int64),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
        .sort("part")
    )


def _months(
    whole: DuckDBPyConnection, points: list[str], *, first_day: date, last_day: date
) -> pl.DataFrame:
    """Energy of every whole month that was read whole [kWh]."""
    return whole.sql(
        """
        select
            usage_point_id,
            strftime(service_date, '%Y-%m') as part,
            sum(energy_wh)::double / 1000 as value
        from daily_totals
        where usage_point_id in (select unnest($points)) and channel = 'import'
            and service_date between $first_day and $last_day
        group by usage_point_id, part
        having count(*) >= day(last_day((part || '-01')::date))
            and sum(actual_slots + estimated_slots) >= 0.95 * sum(expected_slots)
        order by usage_point_id, part
        """,
        params={"points": points, "first_day": first_day, "last_day": last_day},
    ).pl()


def _hours(whole: DuckDBPyConnection, points: list[str], last_day: date) -> pl.DataFrame:
    """Energy of every hour of the mean day of the last month [kWh]."""
    sums = ", ".join(f"sum({slot})::double as {slot}" for slot in SLOTS)
    found = whole.sql(
        f"""
        select usage_point_id, sum(days)::double as days, {sums}
        from load_cubes
        where usage_point_id in (select unnest($points)) and channel = 'import'
            and statistic = 'sum' and month = $month
        group by usage_point_id
        having sum(days) > 0
        order by usage_point_id
        """,  # noqa: S608 - columns of the schema
        params={"points": points, "month": f"{last_day:%Y-%m}"},
    ).pl()
    hours = {
        f"{hour:02d}": pl.sum_horizontal(SLOTS[4 * hour : 4 * hour + 4]) / pl.col("days") / 1000
        for hour in range(_HOURS)
    }
    return found.select("usage_point_id", **hours).unpivot(
        index="usage_point_id", variable_name="part", value_name="value"
    )
