"""Typical days of each class of customers, and how far customers differ from them."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.day_kinds import DAY_KINDS, SEASONS, Hemisphere
from queries.kind_days import READS as KIND_READS
from queries.kind_days import kind_days

RETURNS = pl.Schema(
    {
        "customer_class": pl.String(),
        "season": pl.String(),
        "day_kind": pl.String(),
        "hour": pl.Int64(),
        "mean_kw": pl.Float64(),
        "median_ratio": pl.Float64(),
        "low_ratio": pl.Float64(),
        "high_ratio": pl.Float64(),
        "class_ratio": pl.Float64(),
        "usage_points": pl.Int64(),
    }
)
READS = KIND_READS

LEAST_POINTS = 5
"""Usage points of a class below which there is no band: it would show single customers."""

_BY = ["customer_class", "season", "day_kind"]
_QUANTILES = (0.1, 0.5, 0.9)


def typical_days(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    hemisphere: Hemisphere = "north",
) -> pl.DataFrame:
    """The mean day of each class, season and kind of day, with a band over customers.

    Each customer's own mean day is divided by its mean load over all the days, so that large and
    small ones can be laid over each other.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: Begin of the period; its whole month is taken.
        last_day: End of the period; its whole month is taken.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        hemisphere: ``south`` has its winter from June to August.

    Returns:
        A row for every ``customer_class`` (null: in no register), ``season``, ``day_kind``
        (workday, rest_day: weekends and public holidays, make-up workdays not) and ``hour``
        [0–23, local]: ``mean_kw`` [mean load a customer], ``class_ratio`` [of the class, 1 is its
        mean over the period], and over customers the 10 %, 50 % and 90 % quantiles ``low_ratio``,
        ``median_ratio``, ``high_ratio`` of each one's load over its own mean; null for fewer than
        five ``usage_points``.
    """
    days = kind_days(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
        hemisphere=hemisphere,
    )
    if days.rows.is_empty():
        return RETURNS.to_frame()
    weight = days.rows["days"].to_numpy()
    own = days.rows["usage_point_id"].rle_id().to_numpy()
    energy = np.bincount(own, days.load_kw.mean(axis=1) * weight)
    usual_kw = (energy / np.bincount(own, weight))[own]
    ratios = np.divide(
        days.load_kw,
        usual_kw[:, None],
        out=np.full_like(days.load_kw, np.nan),
        where=usual_kw[:, None] > 0,
    )
    class_kw = _usual_of_classes(days.rows, days.load_kw)
    parts = []
    groups = days.rows.with_row_index().group_by(_BY, maintain_order=True)
    for key, rows in groups:
        place = rows["index"].to_numpy()
        parts.append(_typical(key, days.load_kw[place], ratios[place], class_kw[key[0]]))
    return (
        pl.concat(parts)
        .sort(
            "customer_class",
            pl.col("season").replace_strict(SEASONS, range(len(SEASONS))),
            pl.col("day_kind").replace_strict(DAY_KINDS, range(len(DAY_KINDS))),
            "hour",
            nulls_last=True,
        )
        .select(RETURNS.names())
    )


def _usual_of_classes(rows: pl.DataFrame, load_kw: np.ndarray) -> dict[object, float]:
    """Mean load a customer of each class over all its days [kW]."""
    energy = pl.Series("energy", load_kw.mean(axis=1)) * rows["days"]
    found = (
        rows.with_columns(energy.alias("energy"))
        .group_by("customer_class")
        .agg(pl.col("energy").sum() / pl.col("days").sum())
    )
    return dict(found.iter_rows())


def _typical(key: tuple, load_kw: np.ndarray, ratios: np.ndarray, class_kw: float) -> pl.DataFrame:
    points, hours = load_kw.shape
    mean_kw = load_kw.mean(axis=0)
    used = ratios[~np.isnan(ratios).any(axis=1)]
    quantiles = np.full((len(_QUANTILES), hours), np.nan)
    if len(used) >= LEAST_POINTS:
        quantiles = np.quantile(used, _QUANTILES, axis=0)
    return pl.DataFrame(
        {
            **{
                name: pl.Series([value] * hours, dtype=pl.String)
                for name, value in zip(_BY, key, strict=True)
            },
            "hour": np.arange(hours),
            "mean_kw": mean_kw,
            "class_ratio": mean_kw / class_kw if class_kw > 0 else np.full(hours, np.nan),
            **dict(zip(("low_ratio", "median_ratio", "high_ratio"), quantiles, strict=True)),
            "usage_points": np.full(hours, points),
        }
    ).with_columns(pl.col("class_ratio", "low_ratio", "median_ratio", "high_ratio").fill_nan(None))
