"""Prices of the groups of days in which a laboratory adds up loads."""

from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np

from queries.billing.as_in_force import as_in_force
from queries.billing.day_tags import DeclaredEvent
from queries.billing.lab import Lab
from queries.billing.prices import PriceTerms
from queries.billing.tariff_model import Tariff
from queries.demand.slot_prices import slot_prices
from queries.demand.what_if_terms import WhatIfError


def terms_of(lab: Lab, row: int) -> PriceTerms:
    """What of a customer's agreement changes prices."""
    one = lab.accounts.agreements[lab.accounts.index[row]]
    return PriceTerms(one.has_time_of_use, one.purchase_times, one.own_prices)


def group_prices(
    tariff: Tariff, lab: Lab, terms: PriceTerms, channel: Literal["import", "export"] = "import"
) -> np.ndarray:
    """Prices of every group of days, (groups, 96); ``channel`` as ``slot_prices``.

    Raises:
        WhatIfError: prices of days that are added up differ (a calendar that names weekdays).
    """
    held = as_in_force(tariff, lab.bills[0][0], lab.bills[-1][1])
    days = tuple(tuple(group.days) for group in lab.cube.groups)
    return _prices(held, terms, days, lab.cube.country, tuple(lab.cube.events), channel)


@lru_cache(maxsize=64)  # a moved slider asks again for prices that nobody moved
def _prices(  # noqa: PLR0913, PLR0917 - all that prices depend on
    tariff: Tariff,
    terms: PriceTerms,
    groups: tuple[tuple[date, ...], ...],
    country: str,
    events: tuple[DeclaredEvent, ...],
    channel: Literal["import", "export"],
) -> np.ndarray:
    found = []
    for days in groups:
        of_days = slot_prices(tariff, days, terms, country, events, channel)
        if (of_days != of_days[0]).any():
            raise WhatIfError(
                f"tariff '{tariff.code}' has other prices on some days of {days[0]:%Y-%m} "
                "that are alike but for the weekday. Give it hours by kind of day instead."
            )
        found.append(of_days[0])
    prices = np.stack(found)
    prices.flags.writeable = False
    return prices
