"""How business goes: orders of every trade by day, and what the statistics office publishes of it.

Orders follow the seasons of a trade, one business cycle that all share, ups and downs of their own
and a slow trend. Holidays are no matter of orders: whoever works looks them up in the calendar. The
published series are made from the same orders, so that a model can find the link.

What is random on a date depends on the seed and the date; trends, and the month from which
equipment is subsidised, are counted from the span's first day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ingest.simulated.streams import stream
from ingest.simulated.surroundings.persistence import (
    daily_draws,
    first_of_month,
    month_number,
    monthly_draws,
    persistent,
)
from ingest.simulated.surroundings.span import Span
from queries.schema import ECONOMY

HISTORY_MONTHS = 24
"""Published series begin so many months before the span."""

_TABLE = pl.Schema(
    {
        name: dtype
        for name, dtype in ECONOMY.schema.items()
        if name not in {"batch_id", "received_at"}
    }
)
_MONTHS_BEFORE = HISTORY_MONTHS + 12
_CYCLE_TERMS, _OWN_TERMS, _DAY_TERMS = 120, 60, 24
_CYCLE_SHARE, _OWN_SHARE, _DAY_SHARE = 0.05, 0.025, 0.015
SUBSIDY_MONTHS = 6
_PERIOD_MONTHS = {"gross_domestic_product": 3, "population": 12}
_UNITS = {
    "industrial_production": "same month of last year = 100",
    "industrial_production_level": "mean of the first year = 100",
    "retail_sales": "million CNY",
    "purchasing_managers_index": "50 = no change",
    "gross_domestic_product": "million CNY",
    "population": "persons",
    "equipment_renewal_subsidy": "1 = in force",
}
_INHABITANTS = 186_000
_GDP_MILLION_CNY, _RETAIL_MILLION_CNY = 3950.0, 560.0


@dataclass(frozen=True, slots=True)
class _Group:
    """A trade.

    Attributes:
        cycle: How much of the common business cycle it feels.
        growth_share: Trend of a year.
        production: Its weight in the industrial index.
        output: Its weight in the gross domestic product.
        subsidy_share: What the subsidy of equipment adds to its orders in the end.
        season: Orders of the months, January first.
    """

    cycle: float
    growth_share: float
    production: float
    output: float
    subsidy_share: float
    season: tuple[float, ...]


_GROUPS = {
    "manufacturing": _Group(
        1.0, 0.03, 0.34, 0.15, 0.02,
        (0.98, 0.95, 1.02, 1.03, 1.02, 1.01, 0.98, 0.97, 1.02, 1.00, 1.01, 1.01),
    ),
    "construction_materials": _Group(
        1.6, -0.04, 0.12, 0.05, 0.0,
        (0.55, 0.55, 0.90, 1.15, 1.25, 1.20, 1.10, 1.15, 1.20, 1.20, 0.95, 0.65),
    ),
    "food": _Group(
        0.4, 0.02, 0.14, 0.06, 0.0,
        (1.08, 0.92, 0.94, 0.95, 0.97, 1.00, 1.03, 1.03, 1.06, 0.99, 1.00, 1.03),
    ),
    "chemicals": _Group(
        1.1, 0.01, 0.16, 0.07, 0.0,
        (0.98, 0.98, 1.05, 1.08, 1.04, 0.98, 0.96, 0.95, 1.00, 1.00, 1.00, 0.98),
    ),
    "machinery": _Group(
        1.3, 0.035, 0.24, 0.10, 0.05,
        (0.95, 0.93, 1.05, 1.06, 1.04, 1.03, 0.97, 0.96, 1.02, 1.00, 1.00, 0.99),
    ),
    "retail": _Group(
        0.5, 0.025, 0.0, 0.22, 0.0,
        (1.12, 1.02, 0.95, 0.94, 0.98, 0.97, 0.96, 0.97, 1.00, 1.04, 1.00, 1.05),
    ),
    "catering": _Group(
        0.6, 0.04, 0.0, 0.07, 0.0,
        (1.08, 1.02, 0.93, 0.95, 1.00, 1.01, 1.03, 1.04, 0.98, 1.02, 0.95, 0.99),
    ),
    "offices": _Group(
        0.3, 0.01, 0.0, 0.28, 0.0,
        (1.00, 0.98, 1.01, 1.00, 1.00, 1.00, 1.00, 0.99, 1.01, 1.00, 1.01, 1.00),
    ),
}  # fmt: skip
GROUPS = tuple(_GROUPS)
"""Trades that have orders."""
SUBSIDY_SHARES = {name: group.subsidy_share for name, group in _GROUPS.items()}
"""What the subsidy of equipment adds to every trade's orders in the end."""


@dataclass(frozen=True, slots=True)
class Economy:
    """The economy of the district.

    Attributes:
        daily_orders: Orders of every group, float32 (days,), a factor about 1.
        subsidy_first_day: From when equipment renewal is subsidised; may lie after the span.
        table: The published series, columns of ``ECONOMY`` but those of the batch.
    """

    daily_orders: dict[str, np.ndarray]
    subsidy_first_day: date
    table: pl.DataFrame

    def orders(self, group: str) -> np.ndarray:
        """Orders of one of ``GROUPS`` on every day, float32 (days,), a factor about 1."""
        if group not in self.daily_orders:
            known = ", ".join(self.daily_orders)
            raise ValueError(
                f"no orders of the trade '{group}': expected one of {known}. "
                "Give the load model one of these groups."
            )
        return self.daily_orders[group]


def economy(seed: int, span: Span, region_id: str) -> Economy:
    """The economy of one region over the span, with published series from two years before."""
    base_month = month_number(span.first_day)
    subsidised = base_month + int(stream(seed, "subsidy").integers(6, 15))
    last_month = month_number(span.dates[-1])
    # A month more on either side, between whose middles the days lie.
    months = np.arange(base_month - _MONTHS_BEFORE - 1, last_month + 2)
    trend = _trend(seed, months, base_month, subsidised)
    first_day = first_of_month(int(months[1]))
    dates = [
        first_day + timedelta(days=n)
        for n in range((first_of_month(last_month + 1) - first_day).days)
    ]
    orders = _daily_orders(seed, dates, months, trend)
    skipped = (span.first_day - first_day).days
    return Economy(
        daily_orders={
            name: values[skipped : skipped + span.days].astype(np.float32)
            for name, values in orders.items()
        },
        subsidy_first_day=first_of_month(subsidised),
        table=_table(region_id, span, _published(seed, dates, orders, trend, subsidised)),
    )


def _trend(
    seed: int, months: np.ndarray, base_month: int, subsidised: int
) -> dict[str, np.ndarray]:
    """Logarithm of every group's orders in every month (months,), seasons apart."""
    first, count = int(months[0]), len(months)
    before = _CYCLE_TERMS - 1
    common = monthly_draws(seed, "business_cycle", first - before, count + before, 1)[:, 0]
    cycle = _CYCLE_SHARE * persistent(common, 0.96, _CYCLE_TERMS)
    before = _OWN_TERMS - 1
    draws = monthly_draws(seed, "orders", first - before, count + before, len(GROUPS))
    own = _OWN_SHARE * persistent(draws, 0.9, _OWN_TERMS)
    years = (months - base_month) / 12
    phased_in = np.clip((months - subsidised + 1) / SUBSIDY_MONTHS, 0, 1)
    return {
        name: group.cycle * cycle
        + own[:, column]
        + group.growth_share * years
        + np.log1p(group.subsidy_share * phased_in)
        for column, (name, group) in enumerate(_GROUPS.items())
    }


def _daily_orders(
    seed: int, dates: list[date], months: np.ndarray, trend: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Orders of every group on every date: months joined in their middles, and noise."""
    before = _DAY_TERMS - 1
    draws = daily_draws(
        seed, "order_days", dates[0] - timedelta(before), len(dates) + before, (len(GROUPS),)
    )
    noise = _DAY_SHARE * persistent(draws, 0.8, _DAY_TERMS)
    position = np.array([month_number(day) + (day.day - 0.5) / 30.4 - 0.5 for day in dates])
    return {
        name: np.exp(
            np.interp(position, months, trend[name] + _season(name, months)) + noise[:, column]
        )
        for column, name in enumerate(GROUPS)
    }


def _season(name: str, months: np.ndarray) -> np.ndarray:
    season = np.log(_GROUPS[name].season)
    return (season - season.mean())[months % 12]


def _published(
    seed: int,
    dates: list[date],
    orders: dict[str, np.ndarray],
    trend: dict[str, np.ndarray],
    subsidised: int,
) -> pl.DataFrame:
    """One row a month of ``dates``: what is counted, with the error of counting."""
    first_month = month_number(dates[0])
    month = np.array([month_number(day) for day in dates]) - first_month
    days_in_month = np.bincount(month)
    means = {name: np.bincount(month, values) / days_in_month for name, values in orders.items()}
    error = monthly_draws(seed, "statistics", first_month, len(days_in_month), 4)
    production = _weighted(means, "production")
    production = production * (1 + 0.004 * error[:, 0])
    output = _weighted(means, "output")
    without_season = _weighted(trend, "production")
    rising = np.concatenate([np.zeros(3), without_season[3:] - without_season[:-3]])[1:-1]
    sales = 0.85 * means["retail"] + 0.15 * means["catering"]
    numbers = first_month + np.arange(len(days_in_month))
    return pl.DataFrame(
        {
            "month": numbers,
            "industrial_production": np.concatenate(
                [np.full(12, np.nan), 100 * production[12:] / production[:-12]]
            ),
            "industrial_production_level": 100 * production / production[12:24].mean(),
            "retail_sales": _RETAIL_MILLION_CNY * sales * (1 + 0.006 * error[:, 1]),
            "purchasing_managers_index": 50 + 40 * rising + 0.4 * error[:, 2],
            "gross_domestic_product": _GDP_MILLION_CNY / 3 * output * (1 + 0.004 * error[:, 3]),
            "population": np.round(_INHABITANTS * 0.996 ** ((numbers - 2024 * 12) / 12)),
            "equipment_renewal_subsidy": (numbers >= subsidised).astype(np.float64),
        }
    )


def _weighted(of_groups: dict[str, np.ndarray], weight: str) -> np.ndarray:
    weighted = [getattr(group, weight) * of_groups[name] for name, group in _GROUPS.items()]
    return np.sum(weighted, axis=0)


def _table(region_id: str, span: Span, published: pl.DataFrame) -> pl.DataFrame:
    """The published series whose period has ended by the span's last day."""
    earliest = month_number(span.first_day) - HISTORY_MONTHS
    long = published.unpivot(
        index="month", variable_name="series", value_name="value"
    ).with_columns(
        months=pl.col("series").replace_strict(_PERIOD_MONTHS, default=1, return_dtype=pl.Int64)
    )
    periods = (
        long.with_columns(start=pl.col("month") // pl.col("months") * pl.col("months"))
        .group_by("series", "start", "months", maintain_order=True)
        .agg(
            pl.len().alias("known"),
            pl.when(pl.col("series").first() == "population")
            .then(pl.col("value").last())
            .otherwise(pl.col("value").sum())
            .alias("value"),
        )
        .filter(pl.col("known") == pl.col("months"), pl.col("start") >= earliest)
        .with_columns(
            region_id=pl.lit(region_id),
            period_start=_first_days(pl.col("start")),
            period_end=_first_days(pl.col("start") + pl.col("months")).dt.offset_by("-1d"),
            value_unit=pl.col("series").replace_strict(_UNITS),
        )
    )
    return (
        periods.filter(pl.col("period_end") <= span.dates[-1])
        .select(list(_TABLE))
        .cast(_TABLE)
        .sort("region_id", "series", "period_start")
    )


def _first_days(number: pl.Expr) -> pl.Expr:
    return pl.date(number // 12, number % 12 + 1, 1)
