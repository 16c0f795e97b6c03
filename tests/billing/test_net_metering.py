"""Net metering: energy fed in is carried over by period, across months and seasons."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.calendar_model import Calendar, Window
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import EnergyCharge, Rate, Tariff, Version

WINTER, SUMMER = frozenset({1, 2, 3}), frozenset({4, 5, 6})
SEASONS = Calendar(
    "seasons",
    "季节",
    "Seasons",
    "",
    "",
    (
        Window("winter_noon", 600, 840, WINTER),
        Window("summer_noon", 660, 900, SUMMER),
        Window("summer_night", 0, 660, SUMMER),
        Window("summer_night", 900, 1440, SUMMER),
    ),
    "winter_night",
)
PERIODS = ("winter_noon", "summer_noon", "summer_night", "winter_night")
FIRST, LAST = date(2018, 1, 1), date(2018, 6, 30)
DAYS = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]


def bought(used_by_month, fed_in_by_month, calendar=SEASONS):
    """kWh billed by month and period: use at night, feeding in from 12 to 13 o'clock."""
    used = np.zeros((1, len(DAYS), 24), np.int64)
    fed_in = np.zeros_like(used)
    for row, day in enumerate(DAYS):
        if day.day == 1:
            used[0, row, [3, 12]] = used_by_month[day.month - 1]
            fed_in[0, row, 12] = fed_in_by_month[day.month - 1]
    load = DayRows.of(DAYS, {"import": used, "export": fed_in}, 1, country="US")
    rates = tuple(Rate((Decimal(1),), period) for period in PERIODS)
    charge = EnergyCharge("e", "retail", rates, calendar, netting="month")
    priced = price(Tariff("t", "", "", (Version((charge,)),)), load, months(FIRST, LAST))
    return {(line.bill, line.period): line.quantity.fraction(0) for line in priced.lines}


def test_credit_of_noon_pays_for_noons_of_the_next_month():
    found = bought([10, 10, 0, 0, 0, 0], [15, 3, 0, 0, 0, 0])
    assert found == {
        (0, "winter_night"): 10,
        (1, "winter_night"): 10,
        (1, "winter_noon"): 10 - 3 - 5,
    }


def test_credit_follows_its_hours_into_the_next_season():
    found = bought([0, 0, 10, 10, 0, 0], [0, 0, 30, 0, 0, 0])
    assert found == {(2, "winter_night"): 10, (3, "summer_night"): 10}
    found = bought([0, 0, 10, 10, 10, 10], [0, 0, 30, 0, 0, 0])
    assert found == {
        (2, "winter_night"): 10,
        **{(month, "summer_night"): 10 for month in (3, 4, 5)},
        (5, "summer_noon"): 10,
    }


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 40), min_size=6, max_size=6),
    st.lists(st.integers(0, 40), min_size=6, max_size=6),
)
def test_no_more_is_credited_than_was_fed_in_and_no_less_billed_than_the_net(used, fed_in):
    billed = sum(bought(used, fed_in).values())
    assert billed >= 2 * sum(used) - sum(fed_in)
    assert billed <= 2 * sum(used)
    assert billed >= sum(used), "what is used at night is never paid by what noon fed in"
