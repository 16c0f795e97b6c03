"""Mean days of usage points by season and kind of day, from the cubes."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.day_classes import day_classes
from queries.day_kinds import DAY_KINDS, SEASONS, Hemisphere, day_kinds
from queries.held import Held
from queries.lake import lake_state
from queries.points_inside import is_part, points_inside
from queries.run import run_sql
from queries.schema import SLOTS

READS = ("load_cubes", "usage_points", "transformers", "feeders", "substations", "regions")

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "kind": pl.Int32(),
        "days": pl.Float64(),
        **dict.fromkeys(SLOTS, pl.Int64()),
    }
)
_SLOTS_PER_HOUR = 4


@dataclass(frozen=True, slots=True)
class KindDays:
    """Mean days, a row a usage point, season and kind of day.

    Attributes:
        rows: ``usage_point_id``, ``customer_class``, ``season``, ``day_kind``, ``days``.
        load_kw: Mean load of every local hour, (rows, 24).
    """

    rows: pl.DataFrame
    load_kw: np.ndarray


_held: Held[KindDays] = Held(4)


def kind_days(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    hemisphere: Hemisphere = "north",
) -> KindDays:
    """Mean days of the months in which ``first_day`` to ``last_day`` lie, whole months all."""
    asked = (first_day, last_day, area_kind, area_id, region_id, channel, hemisphere)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(  # noqa: PLR0913, PLR0917 - as ``kind_days``
    lake: DuckDBPyConnection,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    hemisphere: Hemisphere,
) -> KindDays:
    whole = _held.held(lake, (first_day, last_day, "all", None, region_id, channel, hemisphere))
    if whole is not None and is_part(area_kind):
        points = whole.rows["usage_point_id"].unique(maintain_order=True)
        is_inside = points_inside(lake, points, area_kind, area_id, region_id)
        own = is_inside[whole.rows["usage_point_id"].rle_id().to_numpy()]
        return KindDays(whole.rows.filter(pl.Series(own)), whole.load_kw[own])
    choose_area(lake, area_kind, area_id, "load_cubes", region_id=region_id)
    country = lake_state(lake).holiday_country
    kinds = day_kinds(first_day, last_day, holiday_country=country, hemisphere=hemisphere)
    number = pl.col("season").replace_strict(SEASONS, range(len(SEASONS))) * len(DAY_KINDS)
    number += pl.col("day_kind").replace_strict(DAY_KINDS, range(len(DAY_KINDS)))
    classes = (
        day_classes(first_day, last_day, country)
        .join(kinds, on="service_date")
        .select(
            pl.col("service_date").dt.strftime("%Y-%m").alias("month"),
            "day_class",
            number.alias("kind"),
        )
        .unique()
    )
    rows = run_sql(
        lake,
        "kind_days",
        _ROWS,
        months=classes["month"].to_list(),
        day_classes=classes["day_class"].to_list(),
        kinds=classes["kind"].to_list(),
        channel=channel,
    )
    energy_wh = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    by_hour = (len(energy_wh), len(SLOTS) // _SLOTS_PER_HOUR, _SLOTS_PER_HOUR)
    energy_wh = np.nansum(energy_wh.reshape(by_hour), axis=2)
    season, day_kind = pl.col("kind") // len(DAY_KINDS), pl.col("kind") % len(DAY_KINDS)
    named = rows.select(
        "usage_point_id",
        "customer_class",
        season.replace_strict(range(len(SEASONS)), SEASONS, return_dtype=pl.String).alias("season"),
        day_kind.replace_strict(range(len(DAY_KINDS)), DAY_KINDS, return_dtype=pl.String).alias(
            "day_kind"
        ),
        "days",
    )
    return KindDays(named, energy_wh / 1000 / rows["days"].to_numpy()[:, None])
