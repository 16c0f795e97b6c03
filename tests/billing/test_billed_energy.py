"""From metered to billed energy, worked by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.billed_energy import BilledEnergy, Correction, Split, SubMeter
from queries.billing.calendars import known_calendars
from queries.billing.pricing import price
from queries.billing.registers_used import RegisterError
from queries.billing.segments import Segment
from queries.billing.tariff_model import PowerFactorCharge
from queries.billing.transformer_loss import LossBand, TransformerRating
from queries.billing.transformer_ratings import usual_rating
from tests.billing.by_hand import (
    JUNE,
    amounts,
    every_day,
    flat,
    metered,
    midnight,
    month,
    point,
    quantities,
    readings,
    tariff,
    total,
)

CALENDAR = known_calendars()["liaoning"]
S11_1000 = TransformerRating(
    Decimal(1000), Decimal("1.15"), Decimal("10.3"), Decimal("0.007"), Decimal("0.045")
)
USED = {"total": "200000", "sharp": "0", "peak": "80000", "flat": "70000", "valley": "50000"}
WHOLE = [Segment(*JUNE, 0)]


def load(**used):
    return metered(point(*(month(name, kwh) for name, kwh in (used or USED).items())))


def terms(billed, calendar=None, channel="import"):
    found = {}
    for one in billed.terms(calendar, WHOLE, channel):
        found[one.term] = found.get(one.term, 0) + one.energy_kwh
    return found


def test_a_customer_metered_on_the_low_side_pays_for_the_transformer():
    """1.15 kW · 720 h = 828; 10.3 kW · 200,000² / (1,000² · 720) = 572.22 kWh."""
    billed = BilledEnergy(load(), (JUNE,), loss=S11_1000)
    assert terms(billed) == {
        "metered": 200_000,
        "transformer_no_load": 828,
        "transformer_load": Fraction("572.22"),
    }
    bill = price(tariff(flat()), billed, [JUNE])
    assert quantities(bill) == {("energy", None, None, 0): Decimal("201400.220000")}


def test_the_loss_is_divided_over_the_periods_as_the_energy_is():
    """828 kWh as 80 : 70 : 50."""
    billed = BilledEnergy(load(), (JUNE,), loss=S11_1000)
    iron = {
        one.period: one.energy_kwh
        for one in billed.terms(CALENDAR, WHOLE)
        if one.term == "transformer_no_load"
    }
    assert iron == {
        "peak": Fraction("331.2"),
        "flat": Fraction("289.8"),
        "valley": 207,
    }
    whole = billed.energy(None, WHOLE).fraction(0, 0, 0)
    by_period = billed.energy(CALENDAR, WHOLE)
    assert sum(by_period.fraction(0, 0, n) for n in range(4)) == whole


def test_reactive_loss_enters_the_power_factor():
    """7 kvar · 720 h = 5,040 kvarh of iron; the meter has 96,865 kvarh: 0.90 without, 0.88 with.

    Windings: 45 · (200,000² + 96,865²) / (1,000² · 720) = 3,086.43 kvarh; kWh: 706.45 + 828.
    cos = 201,534.45 / √(201,534.45² + 104,991.43²) = 0.887 → 0.89: +0.5 %.
    """
    meter = metered(
        point(month("total", "200000"), month("total", "96865", channel="reactive_import"))
    )
    charges = flat("1"), PowerFactorCharge("power_factor", 90)
    plain = price(tariff(*charges), BilledEnergy(meter, (JUNE,)), [JUNE])
    assert ("power_factor", None, None, 0) not in amounts(plain)
    billed = BilledEnergy(meter, (JUNE,), loss=S11_1000)
    assert terms(billed, channel="reactive_import")["transformer_no_load"] == 5040
    with_loss = amounts(price(tariff(*charges), billed, [JUNE]))
    assert with_loss["power_factor", None, None, 0] == Decimal("1007.67")


def test_a_loss_table_and_days_out_of_service():
    """3 % of 10,000 kWh; of a name plate 12 days less of iron: 1.15 kW · 432 h."""
    table = (LossBand(Decimal(20_000), Decimal("0.03"), Decimal("0.05")),)
    table += (LossBand(None, Decimal("0.02"), Decimal("0.04")),)
    assert terms(BilledEnergy(load(total="10000"), (JUNE,), loss=table))["transformer_load"] == 300
    idle = BilledEnergy(load(total="10000"), (JUNE,), loss=S11_1000, idle_days=(12,))
    assert terms(idle)["transformer_no_load"] == Fraction("496.8")


def test_line_loss_is_a_share_of_meter_and_transformer():
    """2 % of 200,000 + 828 + 572.22 = 4,028.00 kWh."""
    billed = BilledEnergy(load(), (JUNE,), loss=S11_1000, line_loss_share=Decimal("0.02"))
    assert terms(billed)["line_loss"] == 4028


def test_the_energy_of_a_sub_meter_is_billed_there_and_not_with_the_main_meter():
    """10,000 − 1,234 = 8,766 kWh; by its total alone as the main meter's 4 : 4 : 2."""
    main = {"total": "10000", "sharp": "0", "peak": "4000", "flat": "4000", "valley": "2000"}
    sub = load(total="1234")
    billed = BilledEnergy(load(**main), (JUNE,), deducted=(SubMeter(sub),))
    assert terms(billed) == {"metered": 10_000, "deducted": -1234}
    energy = billed.energy(CALENDAR, WHOLE)
    found = [energy.fraction(0, 0, n) for n in range(4)]
    assert found == [0, Fraction("3506.4"), Fraction("3506.4"), Fraction("1753.2")]
    with pytest.raises(RegisterError, match="more than the main meter"):
        BilledEnergy(sub, (JUNE,), deducted=(SubMeter(load(total="9000")),)).energy(None, WHOLE)


def test_a_sub_meter_is_deducted_on_the_days_of_its_own_agreement_only():
    """48 kWh a day by its curve, from 16 June on: 15 days, 720 of 10,000 kWh."""
    half = date(2024, 6, 16)
    sub = SubMeter(every_day(*JUNE, 500), half)
    billed = BilledEnergy(load(total="10000"), (JUNE,), deducted=(sub,))
    assert terms(billed) == {"metered": 10_000, "deducted": -720}
    gone = SubMeter(every_day(*JUNE, 500), last_day=date(2024, 5, 31))
    never = BilledEnergy(load(total="10000"), (JUNE,), deducted=(gone,))
    assert terms(never) == {"metered": 10_000}


def test_a_transformer_that_was_off_loses_nothing_and_carries_nothing():
    idle = BilledEnergy(load(total="0"), (JUNE,), loss=S11_1000, idle_days=(30,))
    assert terms(idle) == {"metered": 0}
    with pytest.raises(RegisterError, match=r"12\.00 kWh .* was off"):
        terms(BilledEnergy(load(total="12"), (JUNE,), loss=S11_1000, idle_days=(30,)))


def test_a_fixed_share_and_a_fixed_quantity_are_billed_in_another_price_class():
    """定比 20 % of 1,000 kWh: 800 at 0.8, 200 at 0.5; 定量 150: 850 and 150; never over 1,000."""
    for split, main_kwh, other_kwh in (
        (Split(Decimal("0.2")), 800, 200),
        (Split(None, Decimal(150)), 850, 150),
        (Split(None, Decimal(5000)), 0, 1000),
    ):
        meter = load(total="1000")
        main = BilledEnergy(meter, (JUNE,), split=split)
        other = BilledEnergy(meter, (JUNE,), split=split, side="split")
        assert main.energy(None, WHOLE).fraction(0, 0, 0) == main_kwh
        assert other.energy(None, WHOLE).fraction(0, 0, 0) == other_kwh
        owed = total(price(tariff(flat("0.8")), main, [JUNE]))
        owed += total(price(tariff(flat("0.5")), other, [JUNE]))
        assert owed == Decimal("0.8") * main_kwh + Decimal("0.5") * other_kwh


def test_a_fixed_quantity_of_a_month_cut_in_two_is_that_of_one_month():
    """200 kWh a month, cut on 16 June: 15 of 30 days and 100 kWh each, also of reactive energy."""
    half = date(2024, 6, 16)
    rows = [
        readings("total", {JUNE[0]: "0", half: "400", date(2024, 7, 1): "1000"}),
        readings(
            "total",
            {JUNE[0]: "0", half: "200", date(2024, 7, 1): "500"},
            channel="reactive_import",
        ),
    ]
    bills = (JUNE[0], date(2024, 6, 15)), (half, JUNE[1])
    segments = [Segment(*days, number) for number, days in enumerate(bills)]
    split = Split(None, Decimal(200))
    other = BilledEnergy(metered(point(*rows)), bills, split=split, side="split")
    energy = other.energy(None, segments)
    assert [energy.fraction(0, n, 0) for n in range(2)] == [100, 100]
    reactive = other.energy(None, segments, "reactive_import")
    assert [reactive.fraction(0, n, 0) for n in range(2)] == [50, 50]  # 200/4, 300/6


def test_both_parts_of_a_split_have_the_power_factor_of_the_meter():
    meter = metered(point(month("total", "1000"), month("total", "600", channel="reactive_import")))
    other = BilledEnergy(meter, (JUNE,), split=Split(Decimal("0.2")), side="split")
    assert other.energy(None, WHOLE, "reactive_import").fraction(0, 0, 0) == 120


def test_a_correction_adds_to_its_period_or_as_the_energy_lies():
    """−1,000 kWh in peak; 200 kWh as 80 : 70 : 50."""
    one = Correction(0, Decimal(-1000), "peak", "order 7")
    billed = BilledEnergy(load(), (JUNE,), corrections=(one,))
    energy = billed.energy(CALENDAR, WHOLE)
    assert [energy.fraction(0, 0, n) for n in range(4)] == [0, 79_000, 70_000, 50_000]
    spread = BilledEnergy(load(), (JUNE,), corrections=(Correction(0, Decimal(200)),))
    energy = spread.energy(CALENDAR, WHOLE)
    assert [energy.fraction(0, 0, n) for n in range(4)] == [0, 80_080, 70_070, 50_050]
    assert terms(spread)["correction"] == 200


@given(
    parts=st.lists(st.integers(0, 10**7), min_size=4, max_size=4),
    line_loss=st.decimals(0, 1, places=4),
    share=st.decimals(0, 1, places=4),
    cut=st.booleans(),
)
def test_billed_energy_is_the_sum_of_its_terms_by_period_or_not_and_both_sides_are_all_of_it(
    parts, line_loss, share, cut
):
    total_kwh = Decimal(sum(parts)) / 100
    half = date(2024, 6, 16)
    used = dict(zip(("sharp", "peak", "flat", "valley"), parts, strict=True))
    rows = [month("total", str(total_kwh))]
    rows += [month(name, str(Decimal(kwh) / 100)) for name, kwh in used.items()]
    if cut:  # a reading in the middle: nothing was used before
        rows = [[row[0], *_again(row[0], half), *row[1:]] for row in rows]
    segments = [Segment(*JUNE, 0)]
    if cut:
        segments = [Segment(JUNE[0], date(2024, 6, 15), 0), Segment(half, JUNE[1], 0)]
    meter = metered(point(*rows))
    given = {"loss": S11_1000, "line_loss_share": line_loss, "split": Split(share)}
    main = BilledEnergy(meter, (JUNE,), **given)
    other = BilledEnergy(meter, (JUNE,), side="split", **given)
    alone = BilledEnergy(meter, (JUNE,), loss=S11_1000, line_loss_share=line_loss)
    for calendar in (None, CALENDAR):
        sums = [
            sum(one.energy_kwh for one in billed.terms(calendar, segments))
            for billed in (main, other, alone)
        ]
        energy = main.energy(calendar, segments)
        places = range(energy.units.shape[2])
        assert sums[0] == sum(
            energy.fraction(0, s, n) for s in range(len(segments)) for n in places
        )
        assert sums[0] + sums[1] == sums[2]
    assert sum(o.energy_kwh for o in main.terms(None, segments)) == sum(
        o.energy_kwh for o in main.terms(CALENDAR, segments)
    )


def _again(reading, day):
    return [replace(reading, read_at=midnight(day))]


def test_the_usual_name_plate_is_the_smallest_that_carries_the_capacity():
    assert usual_rating(Decimal(315)).rated_kva == 315
    assert usual_rating(Decimal(316)).rated_kva == 400
    assert usual_rating(Decimal(5000)).rated_kva == 1600
    with pytest.raises(ValueError, match="operating_capacity_kva"):
        usual_rating(Decimal(0))
