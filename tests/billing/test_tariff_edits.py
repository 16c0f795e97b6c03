"""Edits of a tariff: its numbers, its hours, and what planners try first."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from queries.billing.calendar_model import Window, slots_of_day
from queries.billing.calendars import known_calendars
from queries.billing.errors import EditError
from queries.billing.tariff_file import tariffs_of_text
from queries.billing.tariff_hours import calendar_of, with_hours
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.billing.tariff_presets import presets, wider_peak
from queries.billing.tariff_prices import price_rows, with_numbers
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs

TARIFFS = known_tariffs()
TRADE, HOUSEHOLDS = TARIFFS["liaoning_industrial_commercial"], TARIFFS["liaoning_residential"]
LIAONING = known_calendars()["liaoning"]


def _numbers(tariff: Tariff) -> dict:
    return {row.key: (row.price, row.limit) for row in price_rows(tariff)}


def _charge(tariff: Tariff, code: str) -> EnergyCharge:
    [found] = [c for c in tariff.versions[-1].charges if c.code == code]
    assert isinstance(found, EnergyCharge)
    return found


@pytest.mark.parametrize("code", TARIFFS)
def test_the_numbers_of_a_tariff_put_back_make_the_same_tariff(code: str):
    tariff = TARIFFS[code]
    rows = price_rows(tariff)
    assert len({row.key for row in rows}) == len(rows)
    assert with_numbers(tariff, _numbers(tariff)) == tariff


@pytest.mark.parametrize("code", TARIFFS)
def test_every_preset_makes_a_tariff_that_a_file_may_hold(code: str):
    for name, made in presets(TARIFFS[code], LIAONING).items():
        assert made != TARIFFS[code], name
        assert tariffs_of_text(write_tariff(made), known_calendars()) == (made,)


def test_one_multiple_is_set_for_all_charges_that_float_alike():
    made = with_numbers(TRADE, {"times 0|peak": (Decimal("1.7"), None)})
    for code in ("purchase", "line_loss", "transmission"):
        assert dict(_charge(made, code).factors[0].by_period)["peak"] == Decimal("1.7")


def test_prices_posted_monthly_move_by_the_same_amount():
    before = dict(_charge(TRADE, "purchase").series)
    made = with_numbers(TRADE, {"purchase|series": (before["2025-12"] + Decimal("0.01"), None)})
    after = dict(_charge(made, "purchase").series)
    assert {after[month] - before[month] for month in before} == {Decimal("0.01")}


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"energy||1": (None, Decimal(4200))}, "no_price"),
        ({"energy||1": (Decimal("0.55"), Decimal(2000))}, "limits_fall"),
        ({"energy||0": (Decimal("0.5"), None)}, "limits_fall"),
    ],
)
def test_numbers_that_make_no_tariff_are_refused(numbers: dict, reason: str):
    with pytest.raises(EditError) as error:
        with_numbers(HOUSEHOLDS, numbers)
    assert error.value.reason == reason


def _hours(tariff: Tariff, period: str, month: int = 4) -> np.ndarray:
    calendar = calendar_of(tariff)
    assert calendar
    day = slots_of_day(calendar, month, frozenset({"all", "workday"}))
    return day == calendar.periods.index(period)


@pytest.mark.parametrize(
    "code", [c for c, tariff in TARIFFS.items() if "wider_peak" in presets(tariff)]
)
def test_a_wider_peak_takes_an_hour_and_gives_none_back(code: str):
    before, after = _hours(TARIFFS[code], "peak"), _hours(wider_peak(TARIFFS[code]), "peak")
    assert not (before & ~after).any()
    assert after.sum() >= before.sum()
    assert after.sum() - before.sum() <= 4


def test_the_wider_peak_of_liaoning_ends_at_ten_in_the_evening():
    assert _hours(wider_peak(TRADE), "peak").sum() == _hours(TRADE, "peak").sum() + 4
    assert _hours(wider_peak(TRADE), "peak")[21 * 4 : 22 * 4].all()


def test_a_deep_valley_at_midday_costs_less_than_the_valley():
    made = presets(TRADE)["midday_valley"]
    assert _hours(made, "deep_valley").nonzero()[0].tolist() == list(range(44, 56))
    times = dict(_charge(made, "purchase").factors[0].by_period)
    assert times["deep_valley"] < times["valley"]


def test_without_time_of_use_every_charge_keeps_its_flat_price():
    made = presets(TRADE)["without_time_of_use"]
    assert calendar_of(made) is None
    assert _charge(made, "transmission").rates == _charge(TRADE, "transmission").rates
    assert "with_time_of_use" in presets(made, LIAONING)


def test_households_with_time_of_use_keep_their_tiers():
    charge = _charge(presets(HOUSEHOLDS, LIAONING)["with_time_of_use"], "energy")
    by_period = {rate.period: rate.prices for rate in charge.rates}
    assert by_period[None] == _charge(HOUSEHOLDS, "energy").rates[0].prices
    assert by_period["peak"] == (Decimal("0.0500"),)
    assert by_period["valley"] == (Decimal("-0.2000"),)


def test_a_tier_more_and_a_tier_less_is_what_there_was():
    more = presets(HOUSEHOLDS)["with_tier"]
    assert len(_charge(more, "energy").rates[0].prices) == 4
    assert presets(more)["without_tier"] == HOUSEHOLDS


def test_hours_that_overlap_or_leave_a_gap_say_which():
    calendar = calendar_of(TRADE)
    assert calendar
    with pytest.raises(EditError) as error:
        with_hours(TRADE, calendar.windows, None)
    assert error.value.reason == "hours_missing"
    assert (error.value.values["begin"], error.value.values["end"]) == ("05:00", "07:30")
    twice = (*calendar.windows, Window("valley", 8 * 60, 9 * 60))
    with pytest.raises(EditError) as error:
        with_hours(TRADE, twice, "flat")
    assert error.value.values["periods"] == ("peak", "valley")


def test_a_period_that_goes_takes_its_price_along():
    calendar = calendar_of(TRADE)
    assert calendar
    kept = [window for window in calendar.windows if window.period != "sharp"]
    made = with_hours(TRADE, kept, "flat")
    assert "sharp" not in dict(_charge(made, "purchase").factors[0].by_period)
    again = with_hours(made, calendar.windows, "flat")
    assert dict(_charge(again, "purchase").factors[0].by_period)["sharp"] == Decimal("1.875")


def test_the_same_hours_leave_the_tariff_as_it_is():
    calendar = calendar_of(TRADE)
    assert calendar
    assert with_hours(TRADE, calendar.windows, calendar.remainder) is TRADE
    assert with_hours(TRADE, [replace(w) for w in calendar.windows], "flat") == TRADE
