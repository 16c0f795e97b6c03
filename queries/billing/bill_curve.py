"""In which period did an account use how much, quarter of an hour by quarter?"""

from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_intervals import READS as INTERVAL_READS
from queries.billing.account_intervals import intervals_of, summed
from queries.billing.account_terms import READS as TERMS_READS
from queries.billing.account_terms import account_terms, tariff_named
from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.segments import month_after
from queries.billing.tariff_model import EnergyCharge
from queries.lake import lake_state
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "local_start": pl.Datetime("us"),
        "energy_kwh": pl.Float64(),
        "load_kw": pl.Float64(),
        "period": pl.String(),
        "is_time_of_use_billed": pl.Boolean(),
    }
)
READS = tuple(dict.fromkeys((*TERMS_READS, *INTERVAL_READS, "calendars")))
_HOURS = SLOT_MINUTES / 60


def bill_curve(  # noqa: PLR0913 - whose, which month, how fine
    lake: DuckDBPyConnection,
    *,
    month: date,
    step: Literal["15m", "1h"] = "15m",
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
) -> pl.DataFrame:
    """The curve of a month's bill: every quarter of an hour with its time-of-use period.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month.
        step: Length of a row. An hour in which the period changes has a row for each.
        customer_id: The account; all its usage points together.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.

    Returns:
        A row a quarter of an hour of the days under an agreement, by ``local_start`` [wall time]:
        ``energy_kwh`` and ``load_kw``, null where a reading is missing, and ``period`` by the
        tariff's calendar, null where its prices have none. ``is_time_of_use_billed`` says whether
        the agreement's prices follow it. An hour that comes twice is there twice.
    """
    if customer_id is None and usage_point_id is None:
        raise QuestionError("name the account (customer_id) or the usage point.")
    first_day = month.replace(day=1)
    terms = account_terms(
        lake,
        first_day=first_day,
        last_day=month_after(month) - timedelta(days=1),
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        tariff_area=tariff_area,
    )
    parts = [RETURNS.to_frame()]
    for row in terms.unique(["valid_from", "valid_to"], maintain_order=True).iter_rows(named=True):
        alike = terms.filter(valid_from=row["valid_from"], valid_to=row["valid_to"])
        parts.append(_part(lake, row, alike["usage_point_id"].to_list()))
    found = pl.concat(parts).sort("local_start", maintain_order=True)
    return found if step == "15m" else _by_hour(found)


def _part(cursor: DuckDBPyConnection, row: dict, points: list[str]) -> pl.DataFrame:
    state = lake_state(cursor)
    curve = summed(
        list(
            intervals_of(
                cursor,
                points,
                first_day=row["valid_from"],
                last_day=row["valid_to"] - timedelta(days=1),
                zone=ZoneInfo(state.zone_name),
                country=state.holiday_country,
            ).values()
        )
    )
    days = curve.rows.days
    midnights = pl.Series(list(days), dtype=pl.Date).cast(pl.Datetime("us")).to_numpy()
    starts = midnights[:, None] + np.arange(SLOTS_PER_DAY) * np.timedelta64(SLOT_MINUTES, "m")
    energy = curve.rows.energy_units["import"][0] / curve.rows.per
    calendar = _calendar(row)
    periods: list[str | None] = [None] * (len(days) * SLOTS_PER_DAY)
    if calendar is not None:
        numbers = periods_of_days(calendar, days, state.holiday_country)
        periods = [calendar.periods[number] for number in numbers.ravel().tolist()]
    frame = pl.DataFrame(
        {
            "local_start": pl.Series(starts.ravel(), dtype=pl.Datetime("us")),
            "energy_kwh": energy.ravel(),
            "period": pl.Series(periods, dtype=pl.String),
            "is_read": curve.is_read.ravel(),
            "is_time_of_use_billed": bool(row["has_time_of_use"]),
        }
    ).with_columns(energy_kwh=pl.when("is_read").then("energy_kwh"))
    return frame.with_columns(load_kw=pl.col("energy_kwh") / _HOURS).select(RETURNS.names())


def _by_hour(quarters: pl.DataFrame) -> pl.DataFrame:
    """Hours by period; one with a quarter missing is missing."""
    energy, load = pl.col("energy_kwh"), pl.col("load_kw")
    is_whole = energy.null_count() == 0
    return (
        quarters.group_by(
            pl.col("local_start").dt.truncate("1h").alias("hour"),
            "period",
            "is_time_of_use_billed",
            maintain_order=True,
        )
        .agg(
            pl.col("local_start").first(),
            pl.when(is_whole).then(energy.sum()).alias("energy_kwh"),
            pl.when(is_whole).then(load.mean()).alias("load_kw"),
        )
        .select(RETURNS.names())
    )


def _calendar(row: dict) -> Calendar | None:
    version = tariff_named(row["tariff_code"], row).version_on(row["valid_from"])
    charges = version.charges if version else ()
    found = [one.calendar for one in charges if isinstance(one, EnergyCharge) and one.calendar]
    return found[0] if found else None
