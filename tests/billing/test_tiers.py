"""Tiers that are crossed, reset, enlarged, and met by time-of-use periods."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.money import amount_cny
from queries.billing.tier_periods import TierPeriod, additive, chronological, pro_rata
from queries.billing.tier_resets import TierReset, months_in_use, reset_period
from queries.billing.tiers import (
    Allowance,
    Segment,
    Tiers,
    free_kwh,
    limits_of,
    split_by_tier,
    tier_quantities_kwh,
)

BEIJING = Tiers(TierReset("year"), (Decimal(2880), Decimal(4800)))
BEIJING_PRICES = [Decimal("0.4883"), Decimal("0.5383"), Decimal("0.7883")]
GUIZHOU = Tiers(TierReset("year", start_month=12), (Decimal(3000), Decimal(4700)))
KWH = st.decimals(0, 10_000, places=2)
LIMITS = st.lists(KWH, min_size=1, max_size=4).map(sorted)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
RESETS = st.builds(
    TierReset,
    st.sampled_from(["day", "month", "quarter", "year"]),
    st.integers(1, 12),
    st.integers(1, 31),
)


def month(year, number, kwh):
    first = date(year, number, 1)
    return Segment(first, (first + timedelta(31)).replace(day=1) - timedelta(1), Decimal(str(kwh)))


def tiers_of(segments, tiers, **more):
    return [list(map(int, split.tier_kwh)) for split in split_by_tier(segments, tiers, **more)]


def test_beijing_bills_5000_kwh_a_year_at_2597_yuan_50():
    months = [month(2024, n, kwh) for n, kwh in enumerate([400] * 10 + [500, 500], start=1)]
    splits = split_by_tier(months, BEIJING)
    by_tier = [sum(split.tier_kwh[tier] for split in splits) for tier in range(3)]
    assert by_tier == [2880, 1920, 200]
    amounts = [amount_cny(kwh, price) for kwh, price in zip(by_tier, BEIJING_PRICES, strict=True)]
    assert amounts == [Decimal("1406.30"), Decimal("1033.54"), Decimal("157.66")]
    assert sum(amounts) == Decimal("2597.50")


def test_a_tier_is_crossed_in_the_middle_of_a_month():
    # 2,700 before; 180 are left of the first tier
    [split] = split_by_tier([month(2024, 8, 500)], BEIJING, used_before_kwh=Decimal(2700))
    assert split.tier_kwh == (180, 320, 0)
    assert split.used_before_kwh == 2700
    assert tier_quantities_kwh(Decimal(3000), BEIJING.limits_kwh, Decimal(2000)) == (880, 1920, 200)


def test_the_limit_itself_belongs_to_the_lower_tier():
    assert tier_quantities_kwh(Decimal(2880), BEIJING.limits_kwh) == (2880, 0, 0)
    assert tier_quantities_kwh(Decimal(1), BEIJING.limits_kwh, Decimal(2880)) == (0, 1, 0)


def test_guizhou_starts_its_year_on_the_first_of_december():
    months = [month(2024, 11, 900), month(2024, 12, 900), month(2025, 1, 2500)]
    found = tiers_of(months, GUIZHOU, used_before_kwh=Decimal(4000))
    assert found == [[0, 700, 200], [900, 0, 0], [2100, 400, 0]]


def test_an_account_opened_in_may_has_eight_months_of_allowance():
    opened = Allowance(opened_on=date(2024, 5, 20))
    [split] = split_by_tier(
        [Segment(date(2024, 5, 20), date(2024, 12, 31), Decimal(4000))], BEIJING, allowance=opened
    )
    assert split.limits_kwh == (1920, 3200)  # 2,880 / 12 × 8 and 4,800 / 12 × 8
    assert split.tier_kwh == (1920, 1280, 800)
    next_year = limits_of(BEIJING, (date(2025, 1, 1), date(2025, 12, 31)), opened)
    assert next_year == (2880, 4800)


def test_a_limit_cut_to_months_is_rounded_to_whole_kwh():
    closed = Allowance(closed_on=date(2025, 6, 10))  # seven months of December to November
    period = reset_period(date(2025, 1, 1), GUIZHOU.reset)
    assert limits_of(GUIZHOU, period, closed) == (1750, 2742)  # 4,700 × 7 / 12 = 2,741.67


def test_a_family_of_five_has_more_in_every_tier():
    family = Allowance(extra_kwh_per_month=Decimal(100))
    year = (date(2024, 1, 1), date(2024, 12, 31))
    assert limits_of(BEIJING, year, family) == (4080, 6000)
    opened = Allowance(date(2024, 11, 1), None, Decimal(100))
    assert limits_of(BEIJING, year, opened) == (680, 1000)  # 480 + 200, 800 + 200
    monthly = Tiers(TierReset("month"), (Decimal(180), Decimal(280)))
    assert limits_of(monthly, (date(2024, 6, 1), date(2024, 6, 30)), family) == (280, 380)


def test_a_welfare_household_has_ten_kwh_a_month_free_but_no_more_than_it_used():
    used = [Decimal(8), Decimal(10), Decimal(200), Decimal(-5)]
    assert [free_kwh(kwh, Decimal(10)) for kwh in used] == [8, 10, 10, 0]
    assert free_kwh(Decimal(90), Decimal(15), months=2) == 30


def test_yunnan_has_tiers_from_december_to_april_only():
    tiers = Tiers(TierReset("month"), (Decimal(170), Decimal(260)), (12, 1, 2, 3, 4))
    april, may = split_by_tier([month(2025, 4, 300), month(2025, 5, 300)], tiers)
    assert (april.tier_kwh, april.untiered_kwh) == ((170, 90, 40), 0)
    assert (may.tier_kwh, may.untiered_kwh) == ((0, 0, 0), 300)


def test_energy_outside_the_active_months_does_not_fill_the_tiers():
    tiers = Tiers(TierReset("year"), (Decimal(500),), (1, 12))
    months = [month(2025, 1, 400), month(2025, 6, 9000), month(2025, 12, 400)]
    assert tiers_of(months, tiers) == [[400, 0], [0, 0], [100, 300]]


def test_limits_by_season_are_a_table_for_each():
    # Shenzhen's first tier: 260 kWh a month from May to October, else 200
    summer = Tiers(TierReset("month"), (Decimal(260),), tuple(range(5, 11)))
    other = Tiers(TierReset("month"), (Decimal(200),), (11, 12, 1, 2, 3, 4))
    months = [month(2025, 4, 300), month(2025, 5, 300)]
    assert tiers_of(months, summer) == [[0, 0], [260, 40]]
    assert tiers_of(months, other) == [[200, 100], [0, 0]]


def test_every_month_quarter_day_and_bill_cycle_starts_from_zero():
    months = [month(2024, n, 100) for n in (2, 3, 4)]
    limit = (Decimal(150),)
    assert tiers_of(months, Tiers(TierReset("month"), limit)) == [[100, 0]] * 3
    assert tiers_of(months, Tiers(TierReset("quarter"), limit)) == [[100, 0], [50, 50], [100, 0]]
    starts = (date(2024, 1, 25), date(2024, 2, 25), date(2024, 3, 25))
    cycles = Tiers(TierReset("bill_cycle", cycle_starts=starts), limit)
    segments = [
        Segment(date(2024, 1, 25), date(2024, 1, 31), Decimal(100)),
        Segment(date(2024, 2, 1), date(2024, 2, 24), Decimal(100)),
        Segment(date(2024, 2, 25), date(2024, 3, 24), Decimal(100)),
    ]
    assert tiers_of(segments, cycles) == [[100, 0], [50, 50], [100, 0]]
    days = [Segment(day, day, Decimal(200)) for day in (date(2024, 2, 28), date(2024, 2, 29))]
    assert tiers_of(days, Tiers(TierReset("day"), limit)) == [[150, 50]] * 2


def test_a_correction_takes_back_from_the_highest_tier():
    correction = Segment(date(2024, 9, 1), date(2024, 9, 30), Decimal(-300))
    [split] = split_by_tier([correction], BEIJING, used_before_kwh=Decimal(3000))
    assert split.tier_kwh == (-180, -120, 0)


def test_a_segment_that_crosses_a_border_is_refused():
    across = Segment(date(2024, 12, 20), date(2025, 1, 5), Decimal(100))
    with pytest.raises(ValueError, match="crosses the reset of the tiers after 2024-12-31"):
        split_by_tier([across], BEIJING)
    yunnan = Tiers(TierReset("year"), (Decimal(170),), (12, 1, 2, 3, 4))
    with pytest.raises(ValueError, match="crosses the border of the months with tiers"):
        split_by_tier([Segment(date(2025, 4, 20), date(2025, 5, 3), Decimal(1))], yunnan)
    with pytest.raises(ValueError, match="Order segments"):
        split_by_tier([month(2024, 2, 1), month(2024, 1, 1)], BEIJING)
    with pytest.raises(ValueError, match="ends before it starts"):
        split_by_tier([Segment(date(2024, 2, 2), date(2024, 2, 1), Decimal(1))], BEIJING)


def test_energy_before_the_account_was_opened_is_refused():
    for allowance in (
        Allowance(opened_on=date(2024, 2, 1)),
        Allowance(closed_on=date(2024, 1, 30)),
    ):
        with pytest.raises(ValueError, match="outside the account's use"):
            split_by_tier([month(2024, 1, 1)], BEIJING, allowance=allowance)


def test_tables_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="limits that do not fall"):
        Tiers(TierReset("year"), (Decimal(4800), Decimal(2880)))
    with pytest.raises(ValueError, match="limits that do not fall"):
        tier_quantities_kwh(Decimal(1), [Decimal(-1)])
    with pytest.raises(ValueError, match="active_months"):
        Tiers(TierReset("year"), (Decimal(1),), (0, 13))
    with pytest.raises(ValueError, match="a month of 1 to 12"):
        TierReset("year", start_month=13)
    with pytest.raises(ValueError, match="do not rise"):
        TierReset("bill_cycle", cycle_starts=(date(2024, 2, 1), date(2024, 1, 1)))
    with pytest.raises(ValueError, match="no bill cycle holds 2024-02-01"):
        reset_period(
            date(2024, 2, 1),
            TierReset("bill_cycle", cycle_starts=(date(2024, 1, 1), date(2024, 2, 1))),
        )


@pytest.mark.parametrize(
    ("reset", "first", "last"),
    [
        (TierReset("year"), date(2024, 1, 1), date(2024, 12, 31)),
        (TierReset("year", 12), date(2023, 12, 1), date(2024, 11, 30)),
        (TierReset("year", 7, 15), date(2023, 7, 15), date(2024, 7, 14)),
        (TierReset("quarter", 12), date(2023, 12, 1), date(2024, 2, 29)),
        (TierReset("month", start_day=31), date(2024, 1, 31), date(2024, 2, 28)),
        (TierReset("day"), date(2024, 2, 28), date(2024, 2, 28)),
    ],
)
def test_the_reset_period_of_28_february_2024(reset, first, last):
    assert reset_period(date(2024, 2, 28), reset) == (first, last)


def test_months_in_use_run_with_the_period():
    year = (date(2024, 1, 1), date(2024, 12, 31))
    assert months_in_use(year) == 12
    assert months_in_use(year, closed_on=date(2024, 3, 1)) == 3
    assert months_in_use(year, opened_on=date(2025, 1, 1)) == 0
    shifted = (date(2023, 7, 15), date(2024, 7, 14))
    assert months_in_use(shifted, opened_on=date(2024, 5, 14)) == 3  # 15 April to 14 July
    assert months_in_use(shifted, opened_on=date(2024, 5, 15)) == 2


def test_zhejiang_adds_a_difference_by_period_to_the_price_of_the_tier():
    # 600 kWh, 400 of them peak; 200 left of the first tier: 0.538 and 0.588, +0.03 and −0.25
    tiers = tier_quantities_kwh(Decimal(600), [Decimal(2760), Decimal(4800)], Decimal(2560))
    lines = additive(tiers, {"peak": Decimal(400), "valley": Decimal(200)})
    prices = {
        (1, None): Decimal("0.538"),
        (2, None): Decimal("0.588"),
        (3, None): Decimal("0.838"),
        (None, "peak"): Decimal("0.03"),
        (None, "valley"): Decimal("-0.25"),
    }
    amounts = [amount_cny(line.energy_kwh, prices[line.tier, line.period]) for line in lines]
    assert amounts == [
        Decimal("107.60"),
        Decimal("235.20"),
        Decimal("0.00"),
        Decimal("12.00"),
        Decimal("-50.00"),
    ]
    assert sum(amounts) == Decimal("304.80")


def test_pro_rata_divides_every_tier_as_the_total_is():
    lines = pro_rata([Decimal(200), Decimal(400)], {"peak": Decimal(450), "valley": Decimal(150)})
    assert lines == (
        TierPeriod(1, "peak", Decimal(150)),
        TierPeriod(1, "valley", Decimal(50)),
        TierPeriod(2, "peak", Decimal(300)),
        TierPeriod(2, "valley", Decimal(100)),
    )
    nothing = pro_rata([Decimal(0), Decimal(0)], {"peak": Decimal(0)})
    assert [line.energy_kwh for line in nothing] == [0, 0]


def test_chronological_follows_the_order_of_use():
    used = [("valley", Decimal(100)), ("peak", Decimal(150)), ("valley", Decimal(50))]
    lines = chronological(used, [Decimal(200)])
    assert {(line.tier, line.period): int(line.energy_kwh) for line in lines} == {
        (1, "valley"): 100,
        (1, "peak"): 100,
        (2, "valley"): 50,
        (2, "peak"): 50,
    }


def test_tiers_and_periods_over_different_energy_are_refused():
    for rule in (additive, pro_rata):
        with pytest.raises(ValueError, match="Reconcile the registers first"):
            rule([Decimal(3)], {"peak": Decimal(2)})
    with pytest.raises(ValueError, match="of at most 2 decimals"):
        pro_rata([Decimal("0.001")], {"peak": Decimal("0.001")}, decimals=2)
    with pytest.raises(ValueError, match="Bill a correction"):
        pro_rata([Decimal(-1)], {"peak": Decimal(-1)})


@given(st.decimals(-10_000, 10_000, places=2), LIMITS, KWH)
def test_tiers_add_up_to_the_energy(energy, limits, before):
    quantities = tier_quantities_kwh(energy, limits, before)
    assert sum(quantities) == energy
    assert all(kwh * energy >= 0 for kwh in quantities), "none of the other sign"


@given(KWH, KWH, LIMITS, KWH)
def test_splitting_a_segment_changes_nothing(first, second, limits, before):
    whole = tier_quantities_kwh(first + second, limits, before)
    parts = (
        tier_quantities_kwh(first, limits, before),
        tier_quantities_kwh(second, limits, before + first),
    )
    assert whole == tuple(map(sum, zip(*parts, strict=True)))


@given(st.lists(KWH, min_size=24, max_size=24), RESETS.filter(lambda r: r.every != "day"))
def test_energy_is_kept_and_years_do_not_touch_each_other(energies, reset):
    tiers = Tiers(TierReset(reset.every, reset.start_month), (Decimal(2000), Decimal(9000)))
    months = [month(2024 + n // 12, n % 12 + 1, kwh) for n, kwh in enumerate(energies)]
    splits = split_by_tier(months, tiers)
    assert [sum(split.tier_kwh) for split in splits] == energies
    start = next(n for n in range(12, 24) if months[n].first_day.month == reset.start_month)
    assert split_by_tier(months[:start], tiers) + split_by_tier(months[start:], tiers) == splits


@given(KWH, LIMITS, KWH)
def test_tiers_of_one_price_are_a_flat_price(energy, limits, before):
    price = Decimal("0.5283")
    quantities = tier_quantities_kwh(energy, limits, before)
    assert sum(kwh * price for kwh in quantities) == energy * price


@given(DAYS, RESETS)
def test_every_day_lies_in_exactly_one_reset_period(day, reset):
    first, last = reset_period(day, reset)
    assert first <= day <= last
    assert reset_period(first, reset) == reset_period(last, reset) == (first, last)
    assert reset_period(last + timedelta(1), reset)[0] == last + timedelta(1)


@given(DAYS, st.integers(1, 12), st.integers(1, 28))
def test_an_account_that_moves_out_as_another_moves_in_shares_at_most_one_month(
    day, start_month, start_day
):
    period = reset_period(day, TierReset("year", start_month, start_day))
    before = months_in_use(period, closed_on=day)
    after = months_in_use(period, opened_on=day + timedelta(1))
    assert before + after in {12, 13}


@given(
    st.lists(KWH, min_size=1, max_size=5),
    st.lists(st.integers(0, 100), min_size=1, max_size=4).filter(any),
)
def test_pro_rata_keeps_every_tier_and_every_period(tier_kwh, weights):
    total = sum(tier_kwh, Decimal(0))
    ends = [round(int(total * 100) * sum(weights[:n]) / sum(weights)) for n in range(len(weights))]
    starts = [*ends, int(total * 100)]
    period_kwh = {str(n): Decimal(starts[n + 1] - starts[n]) / 100 for n in range(len(weights))}
    lines = pro_rata(tier_kwh, period_kwh, decimals=2)
    assert all(line.energy_kwh >= 0 for line in lines)
    for number, kwh in enumerate(tier_kwh, start=1):
        assert sum(line.energy_kwh for line in lines if line.tier == number) == kwh
    for name, kwh in period_kwh.items():
        assert sum(line.energy_kwh for line in lines if line.period == name) == kwh
        for line in lines:
            if line.period == name and total:
                assert line.tier is not None
                exact = tier_kwh[line.tier - 1] * kwh / total
                off = abs(line.energy_kwh - exact)
                assert off < Decimal("0.01") * max(len(tier_kwh), len(weights))


@given(st.lists(st.tuples(st.sampled_from("ab"), KWH), min_size=1, max_size=8), LIMITS, KWH)
def test_chronological_lines_add_up_by_tier_and_by_period(used, limits, before):
    lines = chronological(used, limits, before)
    total = sum((kwh for _, kwh in used), Decimal(0))
    for number, kwh in enumerate(tier_quantities_kwh(total, limits, before), start=1):
        assert sum(line.energy_kwh for line in lines if line.tier == number) == kwh
    for name in {name for name, _ in used}:
        of_period = sum(line.energy_kwh for line in lines if line.period == name)
        assert of_period == sum(kwh for period, kwh in used if period == name)
