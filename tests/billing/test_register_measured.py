"""Bills settled by frozen registers, worked by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from queries.billing.account_intervals import PointIntervals
from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendar_model import Calendar, Window
from queries.billing.calendars import known_calendars
from queries.billing.errors import TariffError
from queries.billing.frozen_registers import MeterUse, PointRegisters, RegisterReading
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.register_measured import RegisterPeriod
from queries.billing.registers_used import RegisterError
from queries.billing.segments import Segment
from queries.billing.tariff_model import (
    DemandCharge,
    EnergyCharge,
    LoadRateDiscount,
    PowerFactorCharge,
    Rate,
    Tariff,
    Version,
)
from tests.billing.by_hand import (
    JUNE,
    ZONE,
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

FOUR = ("sharp", "peak", "flat", "valley")
CALENDAR = known_calendars()["liaoning"]
WHOLE_JUNE = [Segment(*JUNE, 0)]
END = date(2024, 7, 1)
BY_PERIOD = EnergyCharge(
    "energy",
    "retail",
    tuple(
        Rate((Decimal(text),), name)
        for name, text in zip(FOUR, ("1.0", "0.8", "0.5", "0.2"), strict=True)
    ),
    calendar=CALENDAR,
)


def by_period(load, calendar=CALENDAR, segments=tuple(WHOLE_JUNE)):
    found = load.energy(calendar, segments)
    return {
        name: sum(found.fraction(0, n, place) for n in range(len(segments)))
        for place, name in enumerate(calendar.periods)
    }


def four(total_kwh="1000", sharp="100", peak="300", flat_kwh="350", valley="240"):
    """A meter whose registers miss its total by 10 kWh."""
    used = (total_kwh, sharp, peak, flat_kwh, valley)
    return point(*(month(name, kwh) for name, kwh in zip(("total", *FOUR), used, strict=True)))


def test_a_register_that_turns_over_is_read_on_with_its_ratio():
    """999,990.00 → 45.32 is 55.32 on the register, times 800 = 44,256 kWh, at 0.5 = 22,128 CNY."""
    load = metered(point(readings("total", {JUNE[0]: "999990.00", END: "45.32"}), ratio="800"))
    bill = price(tariff(flat()), load, [JUNE])
    assert quantities(bill) == {("energy", None, None, 0): Decimal("44256.000000")}
    assert total(bill) == Decimal("22128.00")


def test_a_total_that_is_not_the_sum_of_its_periods_is_billed_by_the_rule():
    """1,000 in all against 100 + 300 + 350 + 240 = 990 by period."""
    rest = by_period(metered(four()))
    assert rest == {"sharp": 100, "peak": 300, "flat": 360, "valley": 240}
    share = by_period(metered(four(), rule="in_proportion"))
    assert share["peak"] == Fraction("303.0303")
    assert sum(share.values()) == 1000
    read = metered(four(), rule="as_read")
    assert sum(by_period(read).values()) == 990
    assert read.energy(None, WHOLE_JUNE).fraction(0, 0, 0) == 990


def test_a_total_off_by_more_than_cut_off_digits_is_a_finding():
    load = metered(four())
    by_period(load)
    assert [one.difference_kwh for one in load.findings] == [Decimal(10)]
    near = metered(four(total_kwh="990.03"))
    by_period(near)
    assert near.findings == []


def test_a_register_is_billed_as_another_period_until_the_meter_is_reprogrammed():
    """Sharp counts 40 to the 16th and 60 after; the table says peak until then."""
    half = date(2024, 6, 16)
    used = {
        "total": ("0", "500", "1000"),
        "sharp": ("0", "40", "100"),
        "peak": ("0", "160", "300"),
        "flat": ("0", "180", "360"),
        "valley": ("0", "120", "240"),
    }
    days = (JUNE[0], half, END)
    rows = [readings(name, dict(zip(days, at, strict=True))) for name, at in used.items()]
    table = (RegisterPeriod("sharp", "peak", end_day=half),)
    load = metered(point(*rows), periods=table)
    assert by_period(load) == {"sharp": 60, "peak": 340, "flat": 360, "valley": 240}
    bill = price(tariff(BY_PERIOD), load, [JUNE])
    # 60 × 1.0 + 340 × 0.8 + 360 × 0.5 + 240 × 0.2
    assert total(bill) == Decimal("560.00")


def test_the_table_needs_a_reading_on_the_day_it_changes():
    load = metered(four(), periods=(RegisterPeriod("sharp", "peak", end_day=date(2024, 6, 16)),))
    with pytest.raises(RegisterError, match="no reading on 2024-06-16"):
        by_period(load)


def test_what_a_meter_counts_as_sharp_is_peak_where_the_tariff_has_no_sharp_hours():
    windows = (Window("peak", 480, 1320), Window("valley", 1320, 480))
    simple = Calendar("simple", "", "", "", "", (*windows,), remainder="flat")
    load = metered(four())
    assert by_period(load, simple) == {"peak": 400, "flat": 360, "valley": 240}
    assert any("billed as peak" in text for text in load.warnings)


def test_a_meter_with_a_total_only_cannot_settle_the_time_of_use():
    load = metered(point(month("total", "100")))
    with pytest.raises(RegisterError, match="total register only"):
        price(tariff(BY_PERIOD), load, [JUNE])
    without = metered(point(month("total", "100")), is_total_only=(True,))
    account = Accounts.of([Agreement(has_time_of_use=False)])
    assert total(price(tariff(BY_PERIOD), without, [JUNE], accounts=account)) == Decimal("50.00")


def test_an_exchange_and_a_change_of_ratio_lose_nothing():
    """Old meter 100 → 130 × 10, new one 5 → 25 × 10, then × 20 from the 21st: 25 → 30."""
    at = datetime(2024, 6, 11, 4, tzinfo=midnight(JUNE[0]).tzinfo)
    change = date(2024, 6, 21)
    meters = [
        MeterUse("M1", Decimal(10), 6, date(2020, 1, 1), date(2024, 6, 11)),
        MeterUse("M2", Decimal(10), 6, date(2024, 6, 11), change),
        MeterUse("M2", Decimal(20), 6, change),
    ]
    old = [*readings("total", {JUNE[0]: "100"}), _at("M1", at, "130")]
    new = [_at("M2", at, "5"), *readings("total", {change: "25", END: "30"}, meter="M2")]
    load = point(old, new, meters=meters)
    spans = load.spans("import", "total", JUNE[0], END)
    assert [one.energy_kwh for one in spans] == [300, 200, 100]
    assert [one.is_exchanged for one in spans] == [True, False, False]
    whole = load.used_kwh("import", "total", JUNE[0], END)
    parts = [
        load.used_kwh("import", "total", JUNE[0], change),
        load.used_kwh("import", "total", change, END),
    ]
    assert whole == sum(parts) == 600


def _at(meter, moment, kwh):
    return RegisterReading(meter, "import", "total", moment, Decimal(kwh))


def test_energy_is_never_split_by_days():
    """The price changes on the 16th, where nobody read the meter."""
    changing = Tariff("t", "", "", (Version((flat(),)), Version((flat("0.6"),), date(2024, 6, 16))))
    load = metered(point(month("total", "1000")))
    with pytest.raises(RegisterError, match="no reading on 2024-06-16 at 00:00"):
        price(changing, load, [JUNE])


def test_a_tariff_that_changes_inside_a_cycle_is_billed_by_the_reading_of_the_day():
    """400 kWh to the 16th at 0.5, 600 after at 0.6: 200 + 360 = 560 CNY."""
    changing = Tariff("t", "", "", (Version((flat(),)), Version((flat("0.6"),), date(2024, 6, 16))))
    rows = readings("total", {JUNE[0]: "0", date(2024, 6, 16): "400", END: "1000"})
    bill = price(changing, metered(point(rows)), [JUNE])
    assert total(bill) == Decimal("560.00")
    assert sorted(quantities(bill).values()) == [600]  # two lines of one code: the later stands
    assert [line.amount.fraction(0) for line in bill.lines] == [200, 360]


JANUARY = date(2024, 1, 1), date(2024, 2, 1)
EXCHANGED = [
    MeterUse("M1", Decimal(1), 6, date(2020, 1, 1), date(2024, 1, 15)),
    MeterUse("M2", Decimal(1), 6, date(2024, 1, 15)),
]


def test_a_new_meter_that_was_not_read_is_not_zero():
    """M1 counted 300 kWh to the 15th; the 17 days of M2 are 170 by the curve, 470 in all."""
    read = readings("total", {JANUARY[0]: "100", date(2024, 1, 15): "400"})
    with pytest.raises(RegisterError, match=r"M2, import total: .*2024-01-15 to 2024-01-31"):
        point(read, meters=EXCHANGED).used_kwh("import", "total", *JANUARY)
    agreed = point(read, meters=EXCHANGED, curve=Curve(), fallback="curve")
    spans = agreed.spans("import", "total", *JANUARY)
    assert [(one.span.meter_id, one.energy_kwh, one.quality) for one in spans] == [
        ("M1", 300, "A"),
        ("M2", 170, "E"),
    ]
    assert agreed.every_span(*JANUARY) == spans
    before = point(read, meters=EXCHANGED).used_kwh(
        "import", "total", JANUARY[0], date(2024, 1, 15)
    )
    assert before == 300


def test_an_old_meter_without_a_tariff_register_is_not_zero_by_period():
    """M1 has a total alone; what M2 counts as peak is half of the month's."""
    rows = [
        readings("total", {JANUARY[0]: "100", date(2024, 1, 15): "400"}),
        *(
            readings(name, {date(2024, 1, 15): "0", JANUARY[1]: kwh}, meter="M2")
            for name, kwh in (("total", "100"), ("peak", "70"), ("valley", "30"))
        ),
    ]
    exchanged = point(*rows, meters=EXCHANGED)
    assert exchanged.used_kwh("import", "total", *JANUARY) == 400
    with pytest.raises(RegisterError, match=r"M1, import peak: .*2024-01-01 to 2024-01-14"):
        exchanged.used_kwh("import", "peak", *JANUARY)
    assert len(exchanged.every_span(*JANUARY)) == 4  # M1's total, M2's three


def test_a_meter_without_a_sharp_register_counts_it_as_peak():
    rows = [
        readings("peak", {JANUARY[0]: "100", date(2024, 1, 15): "400"}),
        *(
            readings(name, {date(2024, 1, 15): "0", JANUARY[1]: kwh}, meter="M2")
            for name, kwh in (("sharp", "20"), ("peak", "70"))
        ),
    ]
    exchanged = point(*rows, meters=EXCHANGED)
    assert exchanged.used_kwh("import", "sharp", *JANUARY) == 20
    assert exchanged.used_kwh("import", "peak", *JANUARY) == 370


def test_without_a_total_register_the_periods_are_the_total():
    """300 + 350 + 240 = 890 kWh, at 0.5 = 445 CNY; by period 240 + 175 + 48 = 463 CNY."""
    rows = (("peak", "300"), ("flat", "350"), ("valley", "240"))
    load = metered(point(*(month(name, kwh) for name, kwh in rows)))
    assert load.energy(None, WHOLE_JUNE).fraction(0, 0, 0) == 890
    assert by_period(load) == {"sharp": 0, "peak": 300, "flat": 350, "valley": 240}
    assert load.findings == []
    assert total(price(tariff(flat()), load, [JUNE])) == Decimal("445.00")
    assert total(price(tariff(BY_PERIOD), load, [JUNE])) == Decimal("463.00")
    assert {one.register for one in load.spans_of(0, WHOLE_JUNE[0], "import", None)} == {
        "peak",
        "flat",
        "valley",
    }


class Curve:
    """Ten kWh a day, one of them after the first ten days' ten."""

    def used_kwh(self, channel, register, first_day, end_day):
        assert (channel, register) == ("import", "total")
        return Fraction(10 * (end_day - first_day).days)

    def has(self, channel):
        return channel == "import"


def test_a_missing_border_is_estimated_by_the_curve_where_that_is_agreed_and_marked():
    """30 kWh from 31 May to 3 June, of which the curve has a third before 1 June."""
    rows = readings("total", {date(2024, 5, 31): "100", date(2024, 6, 3): "130", END: "500"})
    with pytest.raises(RegisterError, match="2024-06-01"):
        point(rows).spans("import", "total", *(JUNE[0], END))
    agreed = point(rows, curve=Curve(), fallback="curve")
    [span] = agreed.spans("import", "total", JUNE[0], END)
    assert (span.span.previous_kwh, span.quality) == (Decimal("110.0000"), "E")
    assert span.energy_kwh == 390


def test_an_end_that_nobody_read_yet_goes_on_by_the_curve_and_is_estimated():
    rows = readings("total", {JUNE[0]: "100", date(2024, 6, 29): "380"})
    [span] = point(rows, curve=Curve(), fallback="curve").spans("import", "total", JUNE[0], END)
    assert (span.span.current_kwh, span.quality) == (Decimal("400.0000"), "E")


def demand_point(*by_day, ratio="1000", capacity_rows=()):
    rows = [
        RegisterReading(
            "M1", "import", "total", midnight(day), Decimal(kwh), "A", Decimal(kw), demand_at
        )
        for day, kwh, kw, demand_at in by_day
    ]
    return point(rows, *capacity_rows, ratio=ratio)


def demand_bill(maximum_kw, agreement, *, kwh="100", **given):
    """June with a demand register that shows ``maximum_kw`` / 1000 before the ratio of 1,000."""
    at = midnight(date(2024, 6, 12)) + timedelta(hours=10, minutes=7)
    kw = str(Decimal(maximum_kw) / 1000)
    load = demand_point((JUNE[0], "0", "9.9", midnight(JUNE[0])), (END, kwh, kw, at))
    charge = DemandCharge("demand", "basic", (Rate((Decimal(30),)),), **given)
    return price(tariff(charge), metered(load), [JUNE], accounts=Accounts.of([agreement]))


def test_a_maximum_over_105_percent_of_the_contract_counts_twice():
    """1,000 + 2 × (1,060 − 1.05 × 1,000) = 1,020 kW, at 30 = 30,600 CNY."""
    agreed = Agreement(contract_kw=Decimal(1000), capacity_kva=Decimal(1600))
    bill = demand_bill(1060, agreed, option="contract_or_maximum")
    assert quantities(bill) == {("demand", None, None, 0): Decimal("1020.000000")}
    assert total(bill) == Decimal("30600.00")
    assert bill.demand["demand"][0].fraction(0, 0) == 1060


def test_a_contract_below_two_fifths_of_the_capacity_is_billed_as_two_fifths():
    """0.4 × 1,000 kVA = 400 kW whatever the contract of 300 and the maximum of 350."""
    agreed = Agreement(contract_kw=Decimal(300), capacity_kva=Decimal(1000))
    bill = demand_bill(350, agreed, option="contract_or_maximum")
    assert quantities(bill) == {("demand", None, None, 0): Decimal("400.000000")}


@pytest.mark.parametrize(("kwh", "owed"), [("260", "13500.00"), ("259.999", "15000.00")])
def test_from_260_kwh_per_kva_nine_tenths_of_the_demand_price_are_paid(kwh, owed):
    """500 kW at 30; 1,000 kVA: from 260,000 kWh on (register × 1,000) at 27."""
    agreed = Agreement(capacity_kva=Decimal(1000))
    bill = demand_bill(500, agreed, kwh=kwh, discount=LoadRateDiscount())
    assert total(bill) == Decimal(owed)


def test_the_demand_of_the_month_before_does_not_count_and_two_feeds_add_up():
    """9.9 × 1,000 kW stood at 1 June 00:00: the window that ended then belongs to May."""
    at = midnight(date(2024, 6, 12))
    rows = (JUNE[0], "0", "9.9", midnight(JUNE[0])), (END, "100", "0.5", at)
    load = metered(demand_point(*rows), demand_point(*rows, ratio="400"))
    plain = DemandCharge("demand", "basic", (Rate((Decimal(30),)),))
    assert load.maximum(None, WHOLE_JUNE, plain).fraction(0, 0, 0) == 700


def test_a_maximum_of_fixed_quarters_of_an_hour_is_called_a_lower_bound():
    """2.5 kWh in a quarter are 10 kW."""
    load = metered(point(month("total", "100")), curves={"P1": curve(2500)})
    charge = DemandCharge("demand", "basic", (Rate((Decimal(30),)),))
    bill = price(tariff(charge), load, [JUNE])
    assert total(bill) == Decimal("300.00")
    assert load.lower_bounds == {"demand"}
    assert any("lower bound" in text for text in load.warnings)
    with pytest.raises(RegisterError, match="no demand register"):
        price(tariff(charge), metered(point(month("total", "100"))), [JUNE])


def curve(wh, *, is_read=True):
    """A curve of June with the same energy in every quarter of an hour, read or not at all."""
    rows = every_day(*JUNE, wh)
    none = dict.fromkeys(rows.days, 0 if is_read else 96)
    return PointIntervals(rows, none, {}, np.full((30, 96), is_read))


def test_a_supply_line_without_a_demand_register_has_the_maximum_of_its_own_curve():
    """0.5 × 1,000 kW by the register and 25 kWh in a quarter, 100 kW: 600 kW, a lower bound."""
    at = midnight(date(2024, 6, 12))
    first = demand_point((JUNE[0], "0", "9.9", midnight(JUNE[0])), (END, "100", "0.5", at))
    second = PointRegisters.of("P2", [MeterUse("M1", Decimal(1), 6)], month("total", "100"), ZONE)
    charge = DemandCharge("demand", "basic", (Rate((Decimal(30),)),))
    load = metered(first, second, curves={"P2": curve(25_000)})
    assert load.maximum(None, WHOLE_JUNE, charge).fraction(0, 0, 0) == 600
    assert load.lower_bounds == {"demand"}
    assert [text for text in load.warnings if "usage point P2" in text]
    for unread in ({}, {"P2": curve(0, is_read=False)}):
        with pytest.raises(RegisterError, match=r"usage point P2.*no demand register"):
            metered(first, second, curves=unread).maximum(None, WHOLE_JUNE, charge)


def test_a_power_factor_of_0_857_pays_two_percent_more():
    """100,000 kWh, 60,000 kvarh, standard 0.90: 0.86; base 50,000 of 0.5, funds left out."""
    rows = month("total", "100000"), month("total", "60000", channel="reactive_import")
    funds = EnergyCharge("funds", "funds", (Rate((Decimal("0.03"),)),))
    adjusted = PowerFactorCharge("power_factor", 90)
    bill = price(tariff(flat(), funds, adjusted), metered(point(*rows)), [JUNE])
    assert amounts(bill) == {
        ("energy", None, None, 0): Decimal("50000.00"),
        ("funds", None, None, 0): Decimal("3000.00"),
        ("power_factor", None, None, 0): Decimal("1000.00"),
    }


def test_reactive_energy_counts_in_both_directions():
    """|36,000| + |24,000| kvarh are the same 60,000."""
    rows = (
        month("total", "100000"),
        month("total", "36000", channel="reactive_import"),
        month("total", "24000", channel="reactive_export"),
    )
    bill = price(
        tariff(flat(), PowerFactorCharge("power_factor", 90)), metered(point(*rows)), [JUNE]
    )
    assert amounts(bill)["power_factor", None, None, 0] == Decimal("1000.00")


def test_energy_fed_in_is_paid_by_itself_and_never_netted():
    """300 kWh drawn at 0.5, 200 fed in at 0.3749: 150.00 and −74.98, not 100 net."""
    fed = EnergyCharge(
        "feed_in",
        "generation",
        (Rate((Decimal("0.3749"),)),),
        channel="export",
        is_credit=True,
    )
    rows = month("total", "300"), month("total", "200", channel="export")
    bill = price(tariff(flat(), fed), metered(point(*rows)), [JUNE])
    assert amounts(bill) == {
        ("energy", None, None, 0): Decimal("150.00"),
        ("feed_in", None, None, 0): Decimal("-74.98"),
    }
    netted = EnergyCharge("energy", "retail", (Rate((Decimal("0.5"),)),), netting="interval")
    with pytest.raises(TariffError, match="cannot be told from registers"):
        price(tariff(netted), metered(point(*rows)), [JUNE])


def test_registers_and_intervals_of_the_same_load_make_the_same_bill():
    """One kWh in every quarter of an hour of July: the registers count what the calendar says."""
    july = date(2024, 7, 1), date(2024, 7, 31)
    curve = every_day(*july, 1000)
    energy = curve.energy(CALENDAR, [Segment(*july, 0)])
    used = {name: energy.fraction(0, 0, n) for n, name in enumerate(CALENDAR.periods)}
    rows = [
        readings(name, {july[0]: "0", date(2024, 8, 1): str(int(kwh))})
        for name, kwh in {**used, "total": sum(used.values())}.items()
    ]
    bills = [price(tariff(BY_PERIOD), load, [july]) for load in (curve, metered(point(*rows)))]
    assert isinstance(curve, DayRows)
    assert amounts(bills[0]) == amounts(bills[1])


def test_midnights_are_those_of_the_territory():
    load = point(month("total", "1"))
    assert load.zone == ZONE
    assert load.midnight(JUNE[0]) == datetime(2024, 5, 31, 16, tzinfo=midnight(JUNE[0]).tzinfo)
