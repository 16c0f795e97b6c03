"""Energy from two readings of a register."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.registers_used import (
    RegisterError,
    RegisterSpan,
    periods_used,
    resolution_kwh,
    used_kwh,
    used_over_exchange_kwh,
)

COUNTED = st.decimals(0, 10**9, places=2)
MOVED = st.decimals(0, 99_999, places=2)
PERIODS = st.dictionaries(
    st.sampled_from(["sharp", "peak", "flat", "valley", "deep_valley"]),
    st.decimals(0, 100_000, places=2),
    min_size=1,
)


def span(previous, current, ratio: int | Decimal = 1, digits=6, meter="M1"):
    return RegisterSpan(meter, Decimal(previous), Decimal(current), ratio, digits)


def kwh(**periods):
    return {name: Decimal(value) for name, value in periods.items()}


def test_the_difference_of_the_readings_times_the_ratio():
    assert used_kwh(span("12345.67", "12399.99", ratio=800)) == Decimal(43456)  # 54.32 × 800
    assert used_kwh(span("7.00", "7.00", ratio=800)) == 0


def test_a_register_that_turns_over_goes_on_counting():
    assert used_kwh(span("999990.00", "35.50", ratio=800)) == Decimal(36400)  # 45.5 × 800
    assert used_kwh(span("9999.9", "0.0", digits=4)) == Decimal("0.1")


def test_a_register_that_falls_by_a_little_did_not_turn_over():
    with pytest.raises(RegisterError, match=r"falls from 12399.99 to 12345.67.*meter exchange"):
        used_kwh(span("12399.99", "12345.67"))
    with pytest.raises(RegisterError, match="a rollover would mean 100000"):
        used_kwh(span("950000", "50000"))
    assert used_kwh(span("950000", "49999")) == 99999


def test_an_exchange_adds_what_both_meters_counted():
    old = span("84210.50", "84300.00", ratio=800, meter="M1")  # 89.5 × 800 = 71,600
    new = span("0.35", "60.35", ratio=600, meter="M2")  # 60 × 600 = 36,000
    assert used_over_exchange_kwh([old, new]) == 107_600
    assert used_over_exchange_kwh([]) == 0


def test_readings_that_do_not_fit_the_register_are_refused():
    with pytest.raises(RegisterError, match=r"1000000 does not fit 6 digits.*below 1000000"):
        used_kwh(span("5", "1000000"))
    with pytest.raises(RegisterError, match="does not fit"):
        used_kwh(span("-1", "5"))
    with pytest.raises(RegisterError, match="meter M1: ratio 0"):
        used_kwh(span("1", "5", ratio=0))
    with pytest.raises(TypeError, match="is a float"):
        used_kwh(span("1", "5", ratio=800.0))  # type: ignore[arg-type]


def test_the_total_is_billed_and_flat_takes_what_the_periods_leave():
    read = kwh(sharp="800.00", peak="16000.00", flat="15992.00", valley="10632.00")
    used = periods_used(Decimal("43456.00"), read, tolerance_kwh=resolution_kwh(800, periods=4))
    assert used.difference_kwh == 32
    assert not used.is_finding, "five registers of 0.01 kWh × 800 explain 40 kWh"
    assert used.period_kwh == read | kwh(flat="16024.00")
    assert used.total_kwh == Decimal("43456.00")


def test_a_difference_that_cut_off_readings_do_not_explain_is_a_finding():
    read = kwh(peak="100", flat="100", valley="100")
    assert periods_used(Decimal(400), read, tolerance_kwh=resolution_kwh(1, 3)).is_finding
    assert not periods_used(Decimal(300), read).is_finding


def test_the_difference_can_be_divided_or_left():
    read = kwh(peak="100", flat="100", valley="200")
    divided = periods_used(Decimal(404), read, rule="in_proportion")
    assert divided.period_kwh == kwh(peak="101", flat="101", valley="202")
    left = periods_used(Decimal(404), read, rule="as_read")
    assert (left.period_kwh, left.total_kwh, left.difference_kwh) == (read, 400, 4)


def test_a_meter_without_a_flat_register_has_the_rest_as_flat():
    used = periods_used(Decimal(500), kwh(peak="200", valley="100"))
    assert used.period_kwh == kwh(peak="200", valley="100", flat="200")


def test_registers_that_contradict_each_other_are_refused():
    with pytest.raises(RegisterError, match="less than the periods without flat"):
        periods_used(Decimal(100), kwh(peak="80", valley="40", flat="0"))
    with pytest.raises(RegisterError, match="nothing to divide by"):
        periods_used(Decimal(100), kwh(peak="0"), rule="in_proportion")
    with pytest.raises(RegisterError, match="none below zero"):
        periods_used(Decimal(100), kwh(peak="-1"))


@given(COUNTED, MOVED, st.integers(6, 8), st.sampled_from([1, 60, 800, Decimal("1.5")]))
def test_turns_of_the_register_change_nothing(counted, moved, digits, ratio):
    turn = Decimal(10) ** digits
    shown = span(counted % turn, (counted + moved) % turn, ratio=ratio, digits=digits)
    assert used_kwh(shown) == moved * ratio


@given(MOVED, MOVED, COUNTED)
def test_a_reading_in_between_changes_nothing(first, second, counted):
    turn = Decimal(10) ** 8
    shown = [(counted + moved) % turn for moved in (Decimal(0), first, first + second)]
    whole = used_kwh(span(shown[0], shown[2], ratio=800, digits=8))
    parts = [span(shown[n], shown[n + 1], ratio=800, digits=8) for n in (0, 1)]
    assert used_over_exchange_kwh(parts) == whole


@given(PERIODS, st.decimals(0, 1000, places=2), st.sampled_from(["remainder_to_flat", "as_read"]))
def test_the_billed_periods_always_add_up_to_the_billed_total(read, more, rule):
    used = periods_used(sum(read.values(), Decimal(0)) + more, read, rule=rule)
    assert sum(used.period_kwh.values()) == used.total_kwh
    assert used.difference_kwh == more


@given(PERIODS.filter(lambda read: any(read.values())), st.decimals(-1, 1000, places=2))
def test_divided_periods_add_up_too(read, more):
    total = max(sum(read.values()) + more, Decimal(0))
    used = periods_used(total, read, rule="in_proportion")
    assert sum(used.period_kwh.values()) == used.total_kwh == total
