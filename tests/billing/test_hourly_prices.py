"""What a kWh costs at each hour of a day."""

from datetime import date
from decimal import Decimal

import pytest

from queries.billing.hourly_prices import hourly_prices
from queries.billing.tariffs import known_tariffs
from tests.billing.by_hand import flat, tariff


def price_at(code, day, hour):
    rows = dict(hourly_prices(known_tariffs()[code], day).iter_rows())
    return rows[int(hour * 60)]


@pytest.mark.parametrize(
    ("day", "hour", "price"),
    [
        # 1.875 × (0.4048, 0.0155, 0.2330) rounded to 6 decimals, + 0.0420 + 0.026825
        (date(2025, 1, 15), 18, "1.293763"),
        (date(2025, 1, 15), 20.75, "1.048775"),  # 1.5 ×
        (date(2025, 1, 15), 13, "0.722125"),
        (date(2025, 1, 15), 12, "0.395475"),  # 0.5 ×
        (date(2025, 4, 15), 18, "1.010825"),  # no sharp in April, 0.3795
    ],
)
def test_a_shop_pays_what_floats_by_the_period_and_the_rest_at_any_hour(day, hour, price):
    assert price_at("liaoning_industrial_commercial", day, hour) == Decimal(price)


def test_a_month_not_posted_is_that_of_the_latest_year():
    now, then = date(2025, 1, 15), date(2030, 1, 15)
    shop = known_tariffs()["liaoning_industrial_commercial"]
    assert hourly_prices(shop, then).equals(hourly_prices(shop, now))


def test_a_household_with_periods_pays_the_first_tier_and_the_difference():
    assert price_at("shanghai_residential", date(2025, 1, 15), 12) == Decimal("0.617")
    assert price_at("shanghai_residential", date(2025, 1, 15), 23) == Decimal("0.307")


def test_without_hours_every_quarter_costs_the_same_and_what_is_fed_in_does_not_count():
    home = hourly_prices(known_tariffs()["liaoning_residential"], date(2025, 1, 15))
    assert home["price_cny_per_kwh"].unique().to_list() == [Decimal("0.5")]
    assert hourly_prices(tariff(flat("0.6")), date(2025, 1, 1)).height == 96
