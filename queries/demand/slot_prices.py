"""What a kWh costs in every quarter of an hour: the signal that customers may answer to."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np

from queries.billing.calendar_model import periods_of_days
from queries.billing.day_tags import DeclaredEvent
from queries.billing.prices import PriceTable, PriceTerms, price_table
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.schema import SLOTS_PER_DAY


def slot_prices(  # noqa: PLR0913, PLR0917 - a tariff, days, an agreement, a calendar, a side
    tariff: Tariff,
    days: Sequence[date],
    terms: PriceTerms,
    country: str,
    events: Sequence[DeclaredEvent] = (),
    channel: Literal["import", "export"] = "import",
) -> np.ndarray:
    """Price of energy in every quarter of an hour of ``days`` [CNY/kWh, (days, 96)].

    All components of energy taken from the grid (or fed into it: what is paid) together, at the
    first tier's price: the next kWh's of most customers. Amounts by demand, capacity or share of a
    bill are no part of it.

    Args:
        tariff: In force on every day.
        days: Local days.
        terms: What of an agreement changes prices.
        country: Whose holidays the days have.
        events: Declared event days.
        channel: ``import``: what is asked for energy taken; ``export``: what is paid for energy
            fed in.
    """
    found = np.zeros((len(days), SLOTS_PER_DAY))
    for row, day in enumerate(days):
        version = tariff.version_on(day)
        for charge in version.charges if version is not None else ():
            if not (isinstance(charge, EnergyCharge) and _is_asked(charge, day, terms, channel)):
                continue
            table = price_table(charge, day, terms)
            by_period = _first_tier(table)
            if table.calendar is None:
                found[row] += by_period[0]
            else:
                found[row] += by_period[periods_of_days(table.calendar, [day], country, events)[0]]
    return found


def _is_asked(charge: EnergyCharge, day: date, terms: PriceTerms, channel: str) -> bool:
    return (
        charge.channel == channel
        and charge.is_credit == (channel == "export")
        and day.month in charge.months
        and charge.for_time_of_use in {None, terms.has_time_of_use}
    )


def _first_tier(table: PriceTable) -> np.ndarray:
    """The first tier's price of every period."""
    if table.differences:
        base = table.rates[0].prices[0]
        return np.array([float(base + difference) for difference in table.differences])
    return np.array([float(rate.prices[0]) for rate in table.rates])
