"""What a kWh costs at each hour of a day, all energy charges together."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from queries.billing.as_in_force import as_in_force
from queries.billing.calendar_model import periods_of_days
from queries.billing.prices import PriceTerms, price_table
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema({"slot_minute": pl.Int16(), "price_cny_per_kwh": pl.Decimal(18, 6)})


def hourly_prices(tariff: Tariff, day: date) -> pl.DataFrame:
    """The price of a kWh taken in each quarter of an hour of ``day``, in the first tier.

    Demand, capacity and fixed charges and the power factor are not in it. Prices posted by month
    that are not known for that of ``day`` are those ``as_in_force`` takes.

    Returns:
        96 rows: ``slot_minute`` [minutes after local midnight] and the price.
    """
    [version] = as_in_force(tariff, day, day).versions[-1:]
    prices = np.full(SLOTS_PER_DAY, Decimal(0), dtype=object)
    for charge in version.charges:
        if not isinstance(charge, EnergyCharge) or not _holds(charge, day):
            continue
        table = price_table(charge, day, PriceTerms())
        slots = np.zeros(SLOTS_PER_DAY, np.int64)
        if table.calendar is not None:
            [slots] = periods_of_days(table.calendar, [day], table.calendar.country)
        by_period = [rate.prices[0] for rate in table.rates]
        if table.differences:  # of one rate for all periods
            by_period = [by_period[0] + more for more in table.differences]
        prices += np.array(by_period, dtype=object)[slots]
    minutes = [slot * SLOT_MINUTES for slot in range(SLOTS_PER_DAY)]
    return pl.DataFrame({"slot_minute": minutes, "price_cny_per_kwh": prices.tolist()}).cast(
        RETURNS
    )


def _holds(charge: EnergyCharge, day: date) -> bool:
    is_taken = charge.channel == "import" and charge.for_time_of_use is not False
    return is_taken and day.month in charge.months
