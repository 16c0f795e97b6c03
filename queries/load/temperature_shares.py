"""What part of the energy heats and cools, by group."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import daily_energy
from queries.load.change_points import COOLING_OF_GROUPS_FROM_C
from queries.load.group_series import GroupBy, group_energy, group_ids, groups_by_weather
from queries.load.response import FITTED, NORMAL_QUANTILE, Response
from queries.load.temperature_response import temperature_response

_NUMBERS = (
    "energy_kwh",
    "base_kwh",
    "base_low_kwh",
    "base_high_kwh",
    "heating_kwh",
    "cooling_kwh",
    "heating_share",
    "heating_low_share",
    "heating_high_share",
    "cooling_share",
    "cooling_low_share",
    "cooling_high_share",
    "heating_below_c",
    "cooling_above_c",
    "heating_kwh_per_k",
    "cooling_kwh_per_k",
    "r_squared",
    "cvrmse_share",
)
RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "status": pl.String(),
        "model": pl.String(),
        "usage_points": pl.Int64(),
        "days": pl.Int64(),
        **dict.fromkeys(_NUMBERS, pl.Float64()),
    }
)
READS = ENERGY_READS

YEAR_DAYS = 365.25


def temperature_shares(  # noqa: PLR0913 - an area, a period, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "customer_class",
) -> pl.DataFrame:
    """Heating, cooling and base energy of every group in a normal year.

    The change-point regression of ``queries.load.temperature_response`` on the sum of each group,
    with rest days and Spring Festival as calendar terms. Normal is the mean year of the
    temperatures observed in the period.

    Returns:
        A row a group (null: in none). ``status`` is ``fitted``, or why all else is null:
        ``few_days`` (less than 328 days), ``narrow_temperatures``, ``no_use``, ``no_weather``.
        ``model``: none, heating, cooling, both. ``energy_kwh`` is ``base_kwh`` + ``heating_kwh`` +
        ``cooling_kwh`` [kWh a year; the base with its 95 % interval]; shares [0–1, of it] with 95 %
        intervals; change points [°C]; slopes [kWh/day/K]; ``r_squared``, ``cvrmse_share`` [ASHRAE
        Guideline 14].
    """
    days = daily_energy(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    groups = group_ids(days.points, group_by)
    counted = groups.alias("group_id").to_frame().group_by("group_id").len("usage_points")
    counted = counted.with_columns(pl.col("usage_points").cast(pl.Int64))
    parts = [RETURNS.to_frame().drop("usage_points")]
    for own in groups_by_weather(groups, days.points["weather_region_id"]):
        energy = group_energy(days.energy_kwh, own.members)
        temperature_c = days.temperature_c[own.weather_region_id]
        found = temperature_response(
            energy, temperature_c, days.calendar, cooling_from_c=COOLING_OF_GROUPS_FROM_C
        )
        names = pl.Series("group_id", own.names, dtype=pl.String).to_frame()
        parts.append(
            pl.concat([names, _yearly(found, temperature_c, days.calendar)], how="horizontal")
        )
    return (
        counted.join(pl.concat(parts), on="group_id", how="left", nulls_equal=True)
        .with_columns(pl.col("status").fill_null("no_weather"))
        .sort("group_id", nulls_last=True)
        .select(RETURNS.names())
    )


def _yearly(found: Response, temperature_c: np.ndarray, calendar: np.ndarray) -> pl.DataFrame:
    """The columns of RETURNS that a fit gives; energies of a mean year of ``temperature_c``."""
    known = ~np.isnan(temperature_c)
    observed = temperature_c[known]
    per_year = YEAR_DAYS / max(len(observed), 1)
    usual = np.concatenate([[1.0], calendar[known].mean(axis=0)])
    base = np.column_stack([found.base, found.effects]) @ usual * YEAR_DAYS
    own = found.covariance[:, : len(usual), : len(usual)]
    error = np.sqrt(np.einsum("i,rij,j->r", usual, own, usual)) * YEAR_DAYS * NORMAL_QUANTILE
    parts = {
        name: getattr(found, name)(observed).sum(axis=1) * per_year
        for name in ("heating", "cooling")
    }
    total = base + parts["heating"] + parts["cooling"]
    numbers = {
        "energy_kwh": total,
        "base_kwh": base,
        "base_low_kwh": base - error,
        "base_high_kwh": base + error,
    }
    for name, energy in parts.items():
        # The whole is known far better than its part: its error is left out.
        error = found.error_of_sum(name, observed) * per_year / total * NORMAL_QUANTILE
        share = energy / total
        numbers |= {
            f"{name}_kwh": energy,
            f"{name}_share": share,
            f"{name}_low_share": np.maximum(share - error, 0),
            f"{name}_high_share": share + error,
        }
    numbers |= {
        "heating_below_c": found.heating_below_c,
        "cooling_above_c": found.cooling_above_c,
        "heating_kwh_per_k": found.heating_per_k,
        "cooling_kwh_per_k": found.cooling_per_k,
        "r_squared": found.r2,
        "cvrmse_share": found.cvrmse,
    }
    is_fitted = found.status == FITTED
    return pl.DataFrame(
        {
            "status": pl.Series(found.status.tolist(), dtype=pl.String),
            "model": pl.Series(
                [m if ok else None for m, ok in zip(found.model, is_fitted, strict=True)],
                dtype=pl.String,
            ),
            "days": found.days.astype(np.int64),
            **{name: np.where(is_fitted, numbers[name], np.nan) for name in _NUMBERS},
        }
    ).with_columns(pl.col(_NUMBERS).fill_nan(None))
