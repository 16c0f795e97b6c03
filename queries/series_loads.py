"""Series of loads that are forecast: a whole district, its regions, feeders, classes, customers."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.daily_energy import LEAST_READINGS_SHARE, daily_energy
from queries.daily_energy import READS as DAILY_READS
from queries.held import Held
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

READS = ("energy_profiles", *DAILY_READS)

KINDS = ("system", "region", "feeder", "customer_class", "customer")
LEAST_COVERAGE = 0.7
"""Of the energy expected in a day, below which the day is not known; above, it is scaled up."""
_EXPECTED_FROM_DAYS = 28
_SILENT_DAYS = 60
"""After so many days without any reading nothing is expected of a point any more."""
_SUMS = pl.Schema(
    {
        "series_id": pl.String(),
        "interval_minutes": pl.Int16(),
        "day": pl.Int32(),
        **dict.fromkeys(SLOTS, pl.Int64()),
    }
)


@dataclass(frozen=True, slots=True)
class Series:
    """Whose load it is.

    Attributes:
        kind: One of KINDS.
        area_id: The region, feeder, class or account.
        region_id: The district: the outermost region.
        usage_point_ids: What is summed.
    """

    kind: str
    area_id: str
    region_id: str
    usage_point_ids: tuple[str, ...]

    @property
    def series_id(self) -> str:
        """``feeder:F1``; a class is one of its district: ``customer_class:north:residential``."""
        if self.kind == "customer_class":
            return f"{self.kind}:{self.region_id}:{self.area_id}"
        return f"{self.kind}:{self.area_id}"


@dataclass(frozen=True, slots=True)
class SeriesLoads:
    """Loads of several series.

    Attributes:
        first_day: The service date of the first row.
        interval_minutes: Length of a slot.
        load_kw: (days, slots) by series_id; NaN where too little was read to tell.
    """

    first_day: date
    interval_minutes: int
    load_kw: dict[str, np.ndarray]


_held: Held[SeriesLoads] = Held(4)


def district_series(
    lake: DuckDBPyConnection, region_id: str, *, last_day: date, customers: int = 0
) -> list[Series]:
    """Every series of a district, the whole first; ``customers`` with the most energy of a month.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: The district.
        last_day: The last day that counts for who is large.
        customers: How many.
    """
    choose_region(lake, region_id)
    points = lake.sql(
        "select usage_point_id, region_id, feeder_id, customer_class, customer_id "
        "from region_places where not is_check order by usage_point_id"
    ).pl()
    found = [Series("system", region_id, region_id, tuple(points["usage_point_id"]))]
    for area_id, inner in _regions_inside(lake, region_id).items():
        within = points.filter(pl.col("region_id").is_in(inner))["usage_point_id"]
        found.append(Series("region", area_id, region_id, tuple(within)))
    for kind, column in (("feeder", "feeder_id"), ("customer_class", "customer_class")):
        found += _by(points, kind, column, region_id)
    if customers:
        large = _large_customers(lake, points, region_id, last_day, customers)
        found += _by(large, "customer", "customer_id", region_id)
    return [series for series in found if series.usage_point_ids]


def series_loads(
    lake: DuckDBPyConnection,
    chosen: list[Series],
    *,
    first_day: date,
    last_day: date,
    interval_minutes: int = 60,
) -> SeriesLoads:
    """The loads of ``chosen``, all of one district, from ``first_day`` to ``last_day``.

    Points of which a day was hardly read are left out of it, and the day is scaled up by what such
    points took in the four weeks before: a silent meter is no drop of load. Longer intervals than
    ``interval_minutes`` are spread evenly.

    Returns:
        NaN for days of which less than LEAST_COVERAGE of the expected energy was read. A day does
        not depend on later days.
    """
    key = (
        tuple((series.series_id, len(series.usage_point_ids)) for series in chosen),
        first_day,
        last_day,
        interval_minutes,
    )
    return _held.of(lake, key, lambda: _made(lake, chosen, first_day, last_day, interval_minutes))


def _made(
    lake: DuckDBPyConnection,
    chosen: list[Series],
    first_day: date,
    last_day: date,
    interval_minutes: int,
) -> SeriesLoads:
    days = (last_day - first_day).days + 1
    coverage = _coverage(lake, chosen, first_day, last_day)
    _keep_members(lake, chosen)
    rows = run_sql(
        lake,
        "series_loads",
        _SUMS,
        first_day=first_day,
        last_day=last_day,
        least_share=LEAST_READINGS_SHARE,
    )
    slots = SLOTS_PER_DAY * SLOT_MINUTES // interval_minutes
    every = interval_minutes // SLOT_MINUTES
    load = {}
    for series in chosen:
        quarters = np.full((days, SLOTS_PER_DAY), np.nan)
        own = rows.filter(pl.col("series_id") == series.series_id)
        for (interval,), part in own.group_by("interval_minutes"):
            at = part["day"].to_numpy()
            spread = _spread(part.select(SLOTS).cast(pl.Float64).to_numpy(), int(str(interval)))
            quarters[at] = np.where(
                np.isnan(quarters[at]), spread, quarters[at] + np.nan_to_num(spread)
            )
        energy = quarters.reshape(days, slots, every).sum(axis=2) / 1000
        share = coverage[series.series_id]
        known = np.where(share >= LEAST_COVERAGE, share, np.nan)
        load[series.series_id] = energy * (60 / interval_minutes) / known[:, None]
    return SeriesLoads(first_day, interval_minutes, load)


def _spread(energy_wh: np.ndarray, interval_minutes: int) -> np.ndarray:
    """Quarters of an hour of rows whose values stand at the start of their intervals."""
    covered = interval_minutes // SLOT_MINUTES
    return np.repeat(energy_wh[:, ::covered] / covered, covered, axis=1)


def _coverage(
    lake: DuckDBPyConnection, chosen: list[Series], first_day: date, last_day: date
) -> dict[str, np.ndarray]:
    """What was read of the energy expected of every day, 0–1 by series."""
    begin = first_day - timedelta(days=_SILENT_DAYS)
    daily = daily_energy(lake, first_day=begin, last_day=last_day, region_id=chosen[0].region_id)
    energy = np.abs(daily.energy_kwh)
    missing = np.where(np.isnan(energy), _expected(energy), 0.0)
    place = {point: at for at, point in enumerate(daily.points["usage_point_id"])}
    shares = {}
    for series in chosen:
        own = [place[point] for point in series.usage_point_ids if point in place]
        seen = np.nansum(energy[own], axis=0)[_SILENT_DAYS:]
        lacking = missing[own].sum(axis=0)[_SILENT_DAYS:]
        # A point that took nothing and was read is as good as one that took something.
        shares[series.series_id] = np.where(lacking > 0, seen / np.maximum(seen + lacking, 1e-9), 1)
    return shares


def _expected(energy: np.ndarray) -> np.ndarray:
    """Mean of the days read among the 28 before, or before the silence, by point and day."""
    known = np.isfinite(energy)
    total = np.cumsum(np.nan_to_num(energy), axis=1)
    count = np.cumsum(known, axis=1)

    def before(sums: np.ndarray, reach: int) -> np.ndarray:
        shifted = np.pad(sums, ((0, 0), (1, 0)))[:, :-1]
        earlier = np.pad(shifted, ((0, 0), (reach, 0)))[:, : sums.shape[1]]
        return shifted - earlier

    near = before(total, _EXPECTED_FROM_DAYS) / np.maximum(before(count, _EXPECTED_FROM_DAYS), 1)
    far = before(total, _SILENT_DAYS) / np.maximum(before(count, _SILENT_DAYS), 1)
    return np.where(before(count, _EXPECTED_FROM_DAYS) > 0, near, far)


def _keep_members(lake: DuckDBPyConnection, chosen: list[Series]) -> None:
    pairs = [(series.series_id, point) for series in chosen for point in series.usage_point_ids]
    lake.execute(
        "create or replace temp table series_members as select unnest($series) as series_id, "
        "unnest($points) as usage_point_id",
        {"series": [pair[0] for pair in pairs], "points": [pair[1] for pair in pairs]},
    )


def _regions_inside(lake: DuckDBPyConnection, region_id: str) -> dict[str, list[str]]:
    """The regions inside, each with those inside it."""
    pairs = lake.sql(
        "select region_id, arg_max_null(parent_region_id, valid_from) from regions group by all"
    ).fetchall()
    children: dict[str, list[str]] = {}
    for child, parent in sorted(pairs):
        children.setdefault(parent, []).append(child)

    def inside(region: str) -> list[str]:
        return [region, *(inner for child in children.get(region, []) for inner in inside(child))]

    return {region: inside(region) for region in inside(region_id)[1:]}


def _by(points: pl.DataFrame, kind: str, column: str, region_id: str) -> list[Series]:
    groups = (
        points.drop_nulls(column)
        .group_by(column, maintain_order=True)
        .agg("usage_point_id")
        .sort(column)
    )
    return [Series(kind, str(area), region_id, tuple(ids)) for area, ids in groups.iter_rows()]


def _large_customers(
    lake: DuckDBPyConnection, points: pl.DataFrame, region_id: str, last_day: date, most: int
) -> pl.DataFrame:
    first_day = last_day - timedelta(days=_EXPECTED_FROM_DAYS)
    daily = daily_energy(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    energy = daily.points.select(
        "usage_point_id", pl.Series("energy_kwh", np.nansum(daily.energy_kwh, axis=1))
    )
    with_energy = points.drop_nulls("customer_id").join(energy, on="usage_point_id")
    largest = (
        with_energy.group_by("customer_id")
        .agg(pl.col("energy_kwh").sum())
        .filter(pl.col("energy_kwh") > 0)
        .sort(["energy_kwh", "customer_id"], descending=[True, False])
        .head(most)
    )
    return points.join(largest, on="customer_id", how="semi")
