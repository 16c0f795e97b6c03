"""What makes one bill differ from another: every step worked by hand, and the sum a law."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from queries.billing.bill_steps import STEPS, BilledLine, BilledMonth, bill_steps


def line(quantity, price, *, period=None, tier=None, kind="energy", charge="e", component="retail"):
    exact = Fraction(str(quantity)), Fraction(str(price))
    amount = Fraction(round(exact[0] * exact[1] * 100), 100)
    return BilledLine(charge, kind, component, period, tier, *exact, amount)


def month(*lines, days=30, kwh=None):
    used = sum((one.quantity for one in lines if one.is_energy), Fraction(0))
    return BilledMonth(lines, Fraction(kwh) if kwh is not None else used, days)


def steps(before, after, weather=None):
    return bill_steps(before, after, weather)


def test_a_longer_month_a_hot_one_more_use_and_a_dearer_price():
    """300 kWh in 30 days at 0.5; 400 in 31 at 0.6: 10 · 0.5, 40 · 0.5, 50 · 0.5, 400 · 0.1."""
    found = steps(month(line(300, "0.5")), month(line(400, "0.6"), days=31), Fraction(40))
    assert {name: amount for name, amount in found.items() if amount} == {
        "days": Decimal("5.00"),
        "weather": Decimal("20.00"),
        "volume": Decimal("25.00"),
        "price": Decimal("40.00"),
    }


def test_without_temperatures_the_weather_is_in_the_volume():
    found = steps(month(line(300, "0.5")), month(line(400, "0.5")))
    assert found["weather"] is None
    assert found["volume"] == Decimal("50.00")


def test_energy_moved_to_the_valley_is_a_shift_of_periods():
    """100 kWh from 0.8 to 0.2."""
    before = month(line(200, "0.8", period="peak"), line(100, "0.2", period="valley"))
    after = month(line(100, "0.8", period="peak"), line(200, "0.2", period="valley"))
    found = steps(before, after)
    assert {name: amount for name, amount in found.items() if amount} == {
        "period": Decimal("-60.00")
    }


def test_a_tier_that_was_reached_is_a_shift_of_tiers():
    """100 of 300 kWh at 0.55."""
    after = month(line(200, "0.5", tier=1), line(100, "0.55", tier=2))
    found = steps(month(line(300, "0.5", tier=1)), after)
    assert {name: amount for name, amount in found.items() if amount} == {"tier": Decimal("5.00")}


def test_other_lines_are_steps_of_their_own_and_feed_in_is_no_price_of_energy():
    fed = line(100, "-0.3749", charge="f", component="generation")
    before = month(line(300, "0.5"), line(100, 20, kind="capacity", charge="c"), kwh=300)
    adjusted = line(150, "0.02", kind="power_factor", charge="p")
    after = month(line(300, "0.5"), line(80, 20, kind="demand", charge="d"), adjusted, fed, kwh=300)
    found = steps(before, after)
    assert {name: amount for name, amount in found.items() if amount} == {
        "basic": Decimal("-400.00"),
        "power_factor": Decimal("3.00"),
        "feed_in": Decimal("-37.49"),
    }


_LINES = st.lists(
    st.builds(
        line,
        st.decimals(0, 10_000, places=2),
        st.decimals(-1, 2, places=4),
        period=st.sampled_from([None, "peak", "valley"]),
        tier=st.sampled_from([None, 1, 2]),
        kind=st.sampled_from(["energy", "capacity", "power_factor", "fixed"]),
        charge=st.sampled_from(["a", "b"]),
        component=st.sampled_from(["retail", "generation"]),
    ),
    max_size=6,
)


@given(
    _LINES,
    _LINES,
    st.integers(1, 31),
    st.one_of(st.none(), st.integers(-500, 500).map(Fraction)),
)
def test_the_steps_add_up_to_the_fen_whatever_the_bills(old, new, days, weather):
    before, after = month(*old), month(*new, days=days)
    found = steps(before, after, weather)
    assert list(found) == list(STEPS)
    whole = sum(amount for amount in found.values() if amount is not None)
    assert whole == Decimal(int(after.amount_cny * 100) - int(before.amount_cny * 100)) / 100
