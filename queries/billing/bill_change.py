"""Why does this bill differ from another?"""

from datetime import date, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import AccountBills, account_bills
from queries.billing.bill_steps import STEPS, BilledLine, BilledMonth, bill_steps
from queries.billing.money import rounded
from queries.billing.postings import READS as POSTING_READS
from queries.billing.postings import Posting, posted_on
from queries.billing.segments import month_after
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import QuestionError, run_sql

RETURNS = pl.Schema(
    {
        "step": pl.String(),
        "amount_cny": pl.Decimal(18, 2),
        "before_cny": pl.Decimal(18, 2),
        "after_cny": pl.Decimal(18, 2),
        "before_kwh": pl.Float64(),
        "after_kwh": pl.Float64(),
        "weather_kwh": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*ACCOUNT_READS, *POSTING_READS, "daily_totals", "regions", "weather")))
_DAYS = pl.Schema(
    {"service_date": pl.Date(), "energy_kwh": pl.Float64(), "temperature_c": pl.Float64()}
)
_HEATED_BELOW_C, _COOLED_ABOVE_C = 18.0, 26.0
_LEAST_DAYS = 60
_SURE_ERRORS = 2.0
"""Standard errors above zero that a coefficient must lie: less may as well be chance."""
_MONTHS_A_YEAR = 12


def bill_change(  # noqa: PLR0913 - whose, which month, against which
    lake: DuckDBPyConnection,
    *,
    month: date,
    against: Literal["last_month", "last_year"] = "last_month",
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
) -> pl.DataFrame:
    """What of the change of a bill comes from days, weather, volume, periods, tiers and prices.

    The steps are those of ``bill_steps``, each from the bill that the step before has reached; they
    add up to the difference of the two bills exactly. The weather's energy is that of a regression
    of the customer's own whole days, over a year up to the month, on degrees below 18 °C and above
    26 °C of the day's mean temperature (by least squares; one that is not two standard errors above
    zero is left out): its coefficients times the degree days more than the month before had, length
    by length.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month asked about.
        against: The month before, or the same month a year before.
        customer_id: The account; all its usage points.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.

    Returns:
        A row a step, in order: ``amount_cny`` that it adds; null for the weather where there are no
        temperatures or fewer than 60 whole days (its energy is then in the volume). ``before_cny``
        and ``after_cny`` are the two bills, ``before_kwh`` and ``after_kwh`` their energy,
        ``weather_kwh`` the energy more that the weather explains; alike in every row.
    """
    back = 1 if against == "last_month" else _MONTHS_A_YEAR
    number = month.year * _MONTHS_A_YEAR + month.month - 1 - back
    other = date(number // _MONTHS_A_YEAR, number % _MONTHS_A_YEAR + 1, 1)
    months = other, month.replace(day=1)
    made = [
        account_bills(
            lake,
            first_month=one,
            last_month=one,
            customer_id=customer_id,
            usage_point_id=usage_point_id,
            tariff_area=tariff_area,
        )
        for one in months
    ]
    is_whole = usage_point_id is None
    before, after = (_month(bills, posted_on(lake, bills, of_customer=is_whole)) for bills in made)
    if not before.lines and not after.lines:
        raise QuestionError(f"neither {other:%Y-%m} nor {month:%Y-%m} has a line to compare.")
    points = sorted({point for bills in made for one in bills for point in one.points})
    weather = _weather_kwh(lake, points, months, before.days, after.days)
    steps = bill_steps(before, after, None if weather is None else Fraction(weather))
    same = {
        "before_cny": rounded(before.amount_cny, 2),
        "after_cny": rounded(after.amount_cny, 2),
        "before_kwh": float(before.energy_kwh),
        "after_kwh": float(after.energy_kwh),
        "weather_kwh": weather,
    }
    rows = [{"step": name, "amount_cny": steps[name], **same} for name in STEPS]
    return pl.DataFrame(rows, schema=RETURNS)


def _month(made: list[AccountBills], posted: list[list[tuple[int, Posting]]]) -> BilledMonth:
    lines, energy, days = [], Fraction(0), set()
    for one, of_part in zip(made, posted, strict=True):
        lines += [_posted(posting) for _, posting in of_part]
        segments = one.segments
        billed = one.billed.energy(None, segments)
        for bill in one.shown:
            first_day, last_day = one.bills[bill]
            days |= set(range(first_day.toordinal(), last_day.toordinal() + 1))
            energy += sum(
                (billed.fraction(0, n, 0) for n, s in enumerate(segments) if s.bill == bill),
                Fraction(0),
            )
        for line in one.priced.lines:
            if line.bill in one.shown and (line.accounts is None or len(line.accounts)):
                figures = line.quantity.fraction(0), Fraction(line.unit_price)
                named = line.charge, line.kind, line.component, line.period, line.tier
                lines.append(BilledLine(*named, *figures, line.amount.fraction(0)))
    return BilledMonth(tuple(lines), energy, len(days))


def _posted(posting: Posting) -> BilledLine:
    """A posting as a line; it is among the other steps."""
    amount = Fraction(posting.amount_cny)
    named = posting.charge, posting.kind, posting.kind, None, None
    return BilledLine(*named, amount, Fraction(1), amount)


def _weather_kwh(
    cursor: DuckDBPyConnection,
    points: list[str],
    months: tuple[date, date],
    days_before: int,
    days_after: int,
) -> float | None:
    """Energy that the weather of the later month made more than that of the earlier."""
    last_day = month_after(months[1]) - timedelta(days=1)
    zone = ZoneInfo(lake_state(cursor).zone_name)
    days = run_sql(
        cursor,
        "billing/bill_change",
        _DAYS,
        points=points,
        first_day=min(months[0], last_day - timedelta(days=365)),
        last_day=last_day,
        offset_minutes=int(standard_offset(zone, last_day.year).total_seconds() // 60),
    ).with_columns(
        heating=(_HEATED_BELOW_C - pl.col("temperature_c")).clip(lower_bound=0),
        cooling=(pl.col("temperature_c") - _COOLED_ABOVE_C).clip(lower_bound=0),
    )
    whole = days.drop_nulls()
    sums = [
        days.filter(pl.col("service_date").is_between(one, month_after(one) - timedelta(days=1)))
        for one in months
    ]
    if whole.height < _LEAST_DAYS or not days_before or any(part.is_empty() for part in sums):
        return None
    more = 0.0
    for name, per_degree in per_degree_kwh(whole).items():
        old, new = (float(part[name].mean() or 0.0) for part in sums)  # type: ignore[arg-type]
        more += per_degree * (new - old) * days_after
    return round(more, 3)


def per_degree_kwh(whole: pl.DataFrame) -> dict[str, float]:
    """Energy a degree day, by ``heating`` and ``cooling``, of days with their ``energy_kwh``.

    Least squares without what may as well be chance, or is below zero.
    """
    names = [name for name in ("heating", "cooling") if whole[name].n_unique() > 1]
    energy = whole["energy_kwh"].to_numpy()
    while names:
        design = np.column_stack([np.ones(whole.height), *(whole[name] for name in names)])
        found, *_ = np.linalg.lstsq(design, energy, rcond=None)
        left = energy - design @ found
        variance = left @ left / (whole.height - len(found))
        errors = np.sqrt(np.diag(np.linalg.pinv(design.T @ design)) * variance)
        sure = [
            name
            for name, slope, error in zip(names, found[1:], errors[1:], strict=True)
            if slope > _SURE_ERRORS * error
        ]
        if sure == names:
            return dict(zip(names, found[1:].tolist(), strict=True))
        names = sure
    return {}
