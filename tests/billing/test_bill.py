"""Bills from a lake: readings, terms, lines, and the questions around them."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from ingest.batch import REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.billing.account_bills import BillError
from queries.billing.bill import RETURNS, bill
from queries.billing.bill_change import bill_change
from queries.billing.bill_curve import bill_curve
from queries.billing.bill_head import bill_head
from queries.billing.bill_history import bill_history
from queries.billing.bill_readings import bill_readings
from queries.billing.bill_terms import bill_terms
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.billing.by_hand import ZONE

JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)
HOME = {
    "usage_point_id": "P1",
    "customer_id": "anna",
    "customer_class": "residential",
    "region_id": "town",
    "status": "operating",
    "voltage_kv": 0.22,
    "valid_from": date(2020, 1, 1),
}
METER = {
    "meter_id": "M1",
    "usage_point_id": "P1",
    "current_ratio": 1.0,
    "voltage_ratio": 1.0,
    "register_digits": 6,
    "valid_from": date(2020, 1, 1),
}
AGREEMENT = {
    "agreement_id": "A1",
    "usage_point_id": "P1",
    "tariff_code": "residential",
    "has_time_of_use": False,
    "valid_from": date(2020, 1, 1),
}
PLANT = HOME | {
    "customer_class": "industrial",
    "voltage_kv": 10.0,
    "contracted_capacity_kva": 400.0,
    "operating_capacity_kva": 400.0,
}
PLANT_AGREEMENT = AGREEMENT | {
    "tariff_code": "industrial_commercial_two_part",
    "purchase_type": "agency",
    "has_time_of_use": True,
    "basic_charge": "capacity",
    "power_factor_hundredths": 90,
}


def reading(day, kwh, *, register="total", channel="import", meter="M1", point="P1", **given):
    """A reading at 00:00 of ``day``, or at ``at``."""
    at = given.pop("at", datetime.combine(day, time(), ZONE).astimezone(UTC))
    row = dict.fromkeys(REGISTERS_READ) | {
        "usage_point_id": point,
        "meter_id": meter,
        "channel": channel,
        "register": register,
        "service_date": (at - timedelta(seconds=1)).astimezone(ZONE).date(),
        "read_at": at,
        "reading_kwh": Decimal(kwh),
        "quality": "A",
    }
    return row | given


YEAR_START = reading(date(2024, 1, 1), "0")
"""Tiers count from the new year on."""


@pytest.fixture
def lake(empty_settings, register, take):
    """Open a lake with readings and reference rows."""

    def made(readings, *, scope=EVERYTHING, profiles=None, **tables):
        rows = {"usage_points": [HOME], "meters": [METER], "agreements": [AGREEMENT]} | tables
        register(empty_settings, regions=[{"region_id": "town"}], **rows)
        if profiles is not None:
            take(empty_settings, profiles)
        with writing(empty_settings) as writer:
            registers = pl.DataFrame(readings, schema=REGISTERS_READ)
            arrival = Arrival("registers", datetime(2025, 2, 1, tzinfo=UTC))
            store(writer, Batch(registers=registers), arrival, Stored())
            publish(writer)
        return open_lake(empty_settings, scope)

    return made


def household(june="300"):
    return [YEAR_START, reading(JUNE, "2000"), reading(JULY, str(2000 + int(june)))]


def test_a_household_crosses_a_tier_and_every_line_names_its_readings(lake):
    """2,000 kWh before June, 300 in it: 160 at 0.50 and 140 at 0.55."""
    found = bill(lake(household()), month=date(2024, 6, 15), customer_id="anna")
    assert found.schema == RETURNS
    assert found.select("tier", "quantity", "unit_price", "amount_cny").rows() == [
        (1, 160, Decimal("0.5"), Decimal("80.00")),
        (2, 140, Decimal("0.55"), Decimal("77.00")),
    ]
    first = found.row(0, named=True)
    assert (first["first_day"], first["last_day"]) == (JUNE, date(2024, 6, 30))
    assert (first["previous_reading"], first["current_reading"], first["ratio"]) == (2000, 2300, 1)
    assert first["previous_read_at"] == datetime(2024, 5, 31, 16, tzinfo=UTC)
    assert (first["basis"], first["reading_quality"]) == ("register", "A")
    assert not found["is_provisional"].any()
    assert found["tariff_code"].unique().to_list() == ["liaoning_residential"]
    assert len(first["tariff_sha256"]) == 64


def test_the_bill_is_the_same_in_any_time_zone_of_the_session(lake):
    opened = lake(household())
    here = bill(opened, month=JUNE, usage_point_id="P1")
    for zone in ("America/New_York", "Pacific/Auckland"):
        opened.execute(f"set TimeZone = '{zone}'")
        assert bill(opened, month=JUNE, usage_point_id="P1").equals(here)


def test_an_estimated_end_register_makes_a_bill_that_does_not_issue_by_itself(lake):
    readings = household()
    readings[-1] |= {"quality": "E"}
    found = bill(lake(readings), month=JUNE, usage_point_id="P1")
    assert found["is_provisional"].all()
    assert found["is_estimated"].all()


def test_a_border_nobody_read_is_refused_or_estimated_by_the_curve(lake, day_row):
    """10 kWh a day by the curve; last read on 29 June at 2,280: 2,300 on 1 July."""
    readings = [YEAR_START, reading(JUNE, "2000"), reading(date(2024, 6, 29), "2280")]
    with pytest.raises(QuestionError, match="no reading on 2024-07-01 at 00:00"):
        bill(lake(readings), month=JUNE, usage_point_id="P1")
    day = day_row([416, 417] * 6 + [417] * 12)
    days = pl.date_range(date(2024, 6, 1), date(2024, 7, 10), eager=True)
    curve = pl.concat(day.with_columns(service_date=pl.lit(one)) for one in days)
    opened = lake(readings, profiles=curve)
    found = bill(opened, month=JUNE, usage_point_id="P1")
    assert found["is_provisional"].all()
    assert found["quantity"].sum() == pytest.approx(Decimal(300), abs=Decimal("0.1"))
    with pytest.raises(QuestionError, match="2024-07-01"):
        bill(opened, month=JUNE, usage_point_id="P1", may_estimate=False)


def test_who_moves_in_is_billed_from_the_reading_of_that_day(lake):
    """Anna to the 20th: 2,000 → 2,200, with six months' limits of 1,080 and 2,100; bob from then.

    Of her 200 kWh 100 are above 2,100; his 100 are in a first tier of his own.
    """
    move = date(2024, 6, 20)
    points = [
        HOME | {"valid_to": move},
        HOME | {"customer_id": "bob", "valid_from": move},
    ]
    readings = [*household(), reading(move, "2200")]
    opened = lake(readings, usage_points=points)
    anna, bob = (bill(opened, month=JUNE, customer_id=name) for name in ("anna", "bob"))
    assert anna.select("tier", "quantity").rows() == [(2, 100), (3, 100)]
    assert bob.select("tier", "quantity").rows() == [(1, 100)]
    assert bob["first_day"].to_list() == [move]
    both = pl.concat([anna, bob])["amount_cny"].sum()
    assert bill(opened, month=JUNE, usage_point_id="P1")["amount_cny"].sum() == both


def test_a_customer_who_sees_only_his_own_time_sees_his_own_bill(lake):
    move = date(2024, 6, 20)
    points = [HOME | {"valid_to": move}, HOME | {"customer_id": "bob", "valid_from": move}]
    bob = Scope("bob", "customer", customer_ids=frozenset({"bob"}))
    opened = lake([*household(), reading(move, "2200")], scope=bob, usage_points=points)
    found = bill(opened, month=JUNE, customer_id="bob")
    assert found.select("quantity", "is_provisional").rows() == [(100, False)]
    with pytest.raises(QuestionError, match="no agreement"):
        bill(opened, month=JUNE, customer_id="anna")


def test_usage_points_of_one_account_are_billed_together(lake):
    """1,500 kWh on each of two meters in a year are 3,000 in one tier account."""
    readings = [
        one | {"usage_point_id": point, "meter_id": meter}
        for point, meter in (("P1", "M1"), ("P2", "M2"))
        for one in (YEAR_START, reading(JUNE, "1000"), reading(JULY, "1500"))
    ]
    found = bill(
        lake(
            readings,
            usage_points=[HOME, HOME | {"usage_point_id": "P2"}],
            meters=[METER, METER | {"meter_id": "M2", "usage_point_id": "P2"}],
            agreements=[AGREEMENT, AGREEMENT | {"agreement_id": "A2", "usage_point_id": "P2"}],
        ),
        month=JUNE,
        customer_id="anna",
    )
    assert found.select("tier", "quantity", "reading_pairs").rows() == [(1, 160, 2), (2, 840, 2)]
    assert found["usage_point_id"].unique().to_list() == ["P1, P2"]
    assert found["previous_reading"].null_count() == 2


def test_an_exchanged_meter_has_its_own_term_and_pair_of_readings(lake):
    """M1 2,000 → 2,120 at noon of the 11th, M2 5 → 185."""
    noon = datetime(2024, 6, 11, 4, tzinfo=UTC)
    readings = [
        YEAR_START,
        reading(JUNE, "2000"),
        reading(JUNE, "2120", at=noon),
        reading(JUNE, "5", meter="M2", at=noon),
        reading(JULY, "185", meter="M2"),
    ]
    day = date(2024, 6, 11)
    opened = lake(
        readings,
        meters=[METER | {"valid_to": day}, METER | {"meter_id": "M2", "valid_from": day}],
    )
    terms = bill_terms(opened, month=JUNE, usage_point_id="P1")
    assert terms.select("term", "quantity").rows() == [("metered", 180), ("exchange", 120)]
    pairs = bill_readings(opened, month=JUNE, usage_point_id="P1")
    assert pairs.select("meter_id", "quantity", "is_exchanged").rows() == [
        ("M1", 120, True),
        ("M2", 180, False),
    ]
    assert bill(opened, month=JUNE, usage_point_id="P1")["quantity"].sum() == 300


def test_a_new_meter_nobody_read_refuses_the_bill_or_is_estimated_by_the_curve(lake, day_row):
    """M1 2,000 → 2,120 to the 11th; 20 days of M2 at 10 kWh by the curve are 200."""
    day = date(2024, 6, 11)
    readings = [YEAR_START, reading(JUNE, "2000"), reading(day, "2120")]
    meters = [METER | {"valid_to": day}, METER | {"meter_id": "M2", "valid_from": day}]
    with pytest.raises(BillError, match="M2, import total: no reading from 2024-06-11") as refused:
        bill(lake(readings, meters=meters), month=JUNE, usage_point_id="P1")
    assert refused.value.reason == "no_reading"
    opened = lake(readings, meters=meters, profiles=of_june(day_row, 10 / 24, "P1"))
    found = bill(opened, month=JUNE, usage_point_id="P1")
    assert found["quantity"].sum() == pytest.approx(Decimal(320), abs=Decimal("0.2"))
    assert found["is_provisional"].all()
    head = bill_head(opened, month=JUNE, usage_point_id="P1")
    assert head["estimated_days"].to_list() == [[day, JULY]]
    pairs = bill_readings(opened, month=JUNE, usage_point_id="P1")
    assert pairs.select("meter_id", "reading_quality").rows() == [("M1", "A"), ("M2", "E")]


def plant(*, kwh="100000", kvarh="20000", ratio=100.0, **given):
    """A plant in June: peak, flat, valley 5 : 3 : 2, sharp 0, in registers over a ratio of 100."""
    parts = {"total": 1, "sharp": 0, "peak": Decimal("0.5"), "flat": Decimal("0.3")}
    parts["valley"] = Decimal("0.2")
    used = Decimal(kwh) / 100
    rows = [
        one
        for name, share in parts.items()
        for one in (
            reading(JUNE, "0", register=name),
            reading(JULY, str(used * share), register=name),
        )
    ]
    reactive = str(Decimal(kvarh) / 100)
    rows += [
        reading(JUNE, "0", channel="reactive_import"),
        reading(JULY, reactive, channel="reactive_import"),
    ]
    tables = {
        "usage_points": [PLANT],
        "meters": [METER | {"current_ratio": ratio}],
        "agreements": [PLANT_AGREEMENT | given],
    }
    return rows, tables


def test_the_lines_of_a_two_part_bill_add_up_and_its_terms_are_all_of_the_energy(lake):
    """Low side, 400 kVA: 0.57 kW · 720 h = 410.40 kWh of iron."""
    rows, tables = plant(is_metered_low_side=True)
    opened = lake(rows, **tables)
    found = bill(opened, month=JUNE, usage_point_id="P1")
    terms = bill_terms(opened, month=JUNE, usage_point_id="P1")
    active = terms.filter(channel="import")
    assert active.filter(term="transformer_no_load")["quantity"].sum() == Decimal("410.4")
    assert active.filter(term="metered")["quantity"].sum() == 100_000
    purchase = found.filter(charge="purchase")
    for period in ("peak", "flat", "valley"):
        billed = active.filter(period=period)["quantity"].sum()
        assert purchase.filter(period=period)["quantity"].to_list() == [billed]
    funds = found.filter(charge="funds")["quantity"].to_list()
    assert funds == [active["quantity"].sum()]
    basic = found.filter(kind="capacity").row(0, named=True)
    assert (basic["quantity"], basic["basis"]) == (400, None)
    rule = found.filter(kind="power_factor")["rule"].to_list()[0]
    assert "factor 0.9" in rule
    assert "name plate" in found["warnings"][0]
    exact = found["quantity"] * found["unit_price"]
    assert ((exact - found["amount_cny"]).abs() <= Decimal("0.005")).all()


def test_demand_comes_from_the_demand_register_and_names_its_reading(lake):
    at = datetime(2024, 6, 12, 2, 7, tzinfo=UTC)
    rows, tables = plant(basic_charge="maximum")
    rows[1] |= {"demand_kw": Decimal("3.5"), "demand_at": at}
    found = bill(lake(rows, **tables), month=JUNE, usage_point_id="P1")
    line = found.filter(kind="demand").row(0, named=True)
    assert (line["quantity"], line["basis"], line["current_read_at"]) == (
        350,
        "demand_register",
        at,
    )
    assert (line["current_reading"], line["ratio"]) == (Decimal("3.5"), 100)
    assert "measured 350 kW" in line["rule"]


def test_a_line_says_where_its_quantity_is_not_what_its_readings_make(lake):
    """The total is 10 on the register, 1,000 kWh, more than the periods: flat takes them."""
    rows, tables = plant()
    rows[1]["reading_kwh"] += 10
    found = bill(lake(rows, **tables), month=JUNE, usage_point_id="P1").filter(charge="purchase")
    assert dict(found.select("period", "rule").rows()) == {
        "peak": "",
        "flat": "remainder_to_flat",
        "valley": "",
    }
    flat = found.filter(period="flat").row(0, named=True)
    assert flat["quantity"] - (flat["current_reading"] - flat["previous_reading"]) * 100 == 1000


def test_a_feed_without_a_demand_register_has_the_maximum_of_its_own_curve(lake, day_row):
    """P1's register: 3.5 × 100 = 350 kW; P2's curve: 50 kWh an hour. 400 kW, a lower bound."""
    rows, tables = plant(basic_charge="maximum")
    rows[1] |= {"demand_kw": Decimal("3.5"), "demand_at": datetime(2024, 6, 12, 2, 7, tzinfo=UTC)}
    second = [
        row | {"usage_point_id": "P2", "meter_id": "M2", "demand_kw": None, "demand_at": None}
        for row in rows
    ]
    for name, own in (
        ("usage_points", {}),
        ("meters", {"meter_id": "M2"}),
        ("agreements", {"agreement_id": "A2"}),
    ):
        tables[name].append(tables[name][0] | {"usage_point_id": "P2"} | own)
    opened = lake([*rows, *second], profiles=of_june(day_row, 50, "P2"), **tables)
    line = bill(opened, month=JUNE, customer_id="anna").filter(kind="demand").row(0, named=True)
    assert (line["quantity"], line["basis"]) == (400, "lower_bound")


def test_a_share_split_off_is_billed_at_its_own_price_class(lake):
    rows, tables = plant(split_tariff_code="residential_shared", split_share=0.1)
    found = bill(lake(rows, **tables), month=JUNE, usage_point_id="P1")
    other = found.filter(tariff_code="liaoning_residential_shared")
    assert other.select("charge", "quantity").rows() == [("energy", 10_000)]
    assert found.filter(charge="funds")["quantity"].to_list() == [90_000]


def with_sub(tables, **given):
    """A home behind the plant's meter that pays for itself."""
    tables["usage_points"].append(HOME | {"usage_point_id": "P2", "customer_id": "li"})
    tables["meters"].append(METER | {"meter_id": "M2", "usage_point_id": "P2"})
    behind = {"agreement_id": "A2", "usage_point_id": "P2", "deducted_from_usage_point_id": "P1"}
    tables["agreements"].append(AGREEMENT | behind | given)
    return tables


SUB = [
    reading(day, kwh, point="P2", meter="M2")
    for day, kwh in ((date(2024, 1, 1), "0"), (JUNE, "0"), (JULY, "1000"))
]


def test_a_sub_meter_is_deducted_from_its_main_meter(lake):
    rows, tables = plant()
    opened = lake([*rows, *SUB], **with_sub(tables))
    found = bill(opened, month=JUNE, usage_point_id="P1")
    assert found.filter(charge="funds")["quantity"].to_list() == [99_000]
    assert bill(opened, month=JUNE, usage_point_id="P2")["quantity"].sum() == 1000
    terms = bill_terms(opened, month=JUNE, usage_point_id="P1")
    assert terms.filter(term="deducted")["quantity"].sum() == -1000


def test_a_sub_meter_outside_the_scope_is_not_deducted_there(lake):
    """Anna's scope knows nothing of li's meter: her own page has 1,000 kWh more than she owes."""
    rows, tables = plant()
    anna = Scope("anna", "customer", customer_ids=frozenset({"anna"}))
    opened = lake([*rows, *SUB], scope=anna, **with_sub(tables))
    found = bill(opened, month=JUNE, usage_point_id="P1")
    assert found.filter(charge="funds")["quantity"].to_list() == [100_000]


def of_june(day_row, kwh, point, *, since=1):
    """The same energy in every hour of June, from a day on."""
    day = day_row([round(kwh * 1000)] * 24, point=point)
    days = pl.date_range(date(2024, 6, since), date(2024, 6, 30), eager=True)
    return pl.concat(day.with_columns(service_date=pl.lit(one)) for one in days)


def behind_by_curves(lake, curves):
    """Plant and home settled by curves; the home pays for itself from 16 June on."""
    _, tables = plant(settlement_basis="interval")
    half = date(2024, 6, 16)
    tables = with_sub(tables, settlement_basis="interval", valid_from=half)
    other = reading(JUNE, "1", point="other")
    return lake([other], profiles=pl.concat(curves), **tables)


def test_a_sub_meter_settled_by_its_curve_is_deducted_from_the_day_it_pays_itself(lake, day_row):
    """1 kWh an hour are 720; a quarter of it on 15 days, 90 kWh, is the home's: 630."""
    curves = of_june(day_row, 1, "P1"), of_june(day_row, 0.25, "P2")
    opened = behind_by_curves(lake, curves)
    found = bill(opened, month=JUNE, usage_point_id="P1")
    assert found.filter(charge="funds")["quantity"].to_list() == [630]
    assert not found["is_provisional"].any()
    assert bill(opened, month=JUNE, usage_point_id="P2")["quantity"].sum() == 90


def test_a_gap_of_a_sub_meter_makes_the_main_bill_provisional(lake, day_row):
    curves = of_june(day_row, 1, "P1"), of_june(day_row, 0.25, "P2", since=20)
    found = bill(behind_by_curves(lake, curves), month=JUNE, usage_point_id="P1")
    assert found.filter(charge="funds")["quantity"].to_list() == [654]  # 11 days of 6 kWh
    assert found["is_provisional"].all()
    assert "sub-meter P2: 384 quarters" in found["warnings"][0]


def test_a_sub_meter_that_was_not_read_refuses_the_main_bill(lake, day_row):
    opened = behind_by_curves(lake, [of_june(day_row, 1, "P1")])
    with pytest.raises(BillError, match=r"P2: neither registers nor intervals") as refused:
        bill(opened, month=JUNE, usage_point_id="P1")
    assert refused.value.reason == "no_reading"


def low_side(**given):
    """A plant metered on the low side that used nothing in June."""
    rows, tables = plant(kwh="0", kvarh="0", is_metered_low_side=True)
    tables["usage_points"] = [PLANT | given]
    return rows, tables


def test_a_suspended_transformer_is_rated_by_contract_and_loses_nothing(lake):
    rows, tables = low_side(status="suspended")
    opened = lake(rows, **tables)
    found = bill_terms(opened, month=JUNE, usage_point_id="P1")
    assert found.is_empty()
    head = bill_head(opened, month=JUNE, usage_point_id="P1")
    assert "name plate of 400 kVA" in head["warnings"][0]


def test_a_transformer_suspended_from_mid_month_is_rated_by_what_was_in_force(lake):
    """315 kVA to 15 June: 0.48 kW of iron in 360 hours are 172.80 kWh."""
    half = date(2024, 6, 16)
    rows, tables = low_side()
    on = PLANT | {"operating_capacity_kva": 315.0, "valid_to": half}
    tables["usage_points"] = [on, PLANT | {"status": "suspended", "valid_from": half}]
    found = bill_terms(lake(rows, **tables), month=JUNE, usage_point_id="P1")
    iron = found.filter(term="transformer_no_load", channel="import")
    assert iron["quantity"].sum() == Decimal("172.8")


def test_a_loss_that_no_capacity_tells_is_refused(lake):
    rows, tables = low_side(operating_capacity_kva=None, contracted_capacity_kva=None)
    with pytest.raises(BillError, match="contracted_capacity_kva") as refused:
        bill(lake(rows, **tables), month=JUNE, usage_point_id="P1")
    assert refused.value.reason == "no_reading"


def test_a_direct_trader_is_settled_by_the_curve_at_agency_prices_with_a_warning(lake, day_row):
    rows, tables = plant(settlement_basis="interval", purchase_type="direct")
    day = day_row([1000] * 24)
    days = pl.date_range(JUNE, date(2024, 6, 30), eager=True)
    curve = pl.concat(day.with_columns(service_date=pl.lit(one)) for one in days)
    found = bill(lake(rows, profiles=curve, **tables), month=JUNE, usage_point_id="P1")
    assert found.filter(charge="funds")["quantity"].to_list() == [720]
    assert set(found["basis"].drop_nulls()) == {"interval"}
    assert not found["is_provisional"].any()
    assert "no prices of its own contract" in found["warnings"][0]


def test_gaps_in_a_curve_that_settles_make_the_bill_provisional(lake, day_row):
    rows, tables = plant(settlement_basis="interval")
    days = pl.date_range(JUNE, date(2024, 6, 29), eager=True)
    day = day_row([1000] * 24)
    curve = pl.concat(day.with_columns(service_date=pl.lit(one)) for one in days)
    found = bill(lake(rows, profiles=curve, **tables), month=JUNE, usage_point_id="P1")
    assert found["is_provisional"].all()


def test_a_contract_that_changes_in_the_year_takes_its_tiers_along(lake):
    """1,000 kWh until May under one agreement, 1,000 in May under the next: 300 in June cross."""
    may = date(2024, 5, 1)
    agreements = [
        AGREEMENT | {"valid_to": may},
        AGREEMENT | {"agreement_id": "A2", "valid_from": may, "free_kwh_per_month": 15.0},
    ]
    readings = [*household(), reading(may, "1000")]
    found = bill(lake(readings, agreements=agreements), month=JUNE, usage_point_id="P1")
    energy = found.filter(kind="energy")
    assert energy.select("tier", "quantity").rows() == [(1, 160), (2, 140)]
    assert found.filter(kind="credit").select("quantity", "amount_cny").rows() == [
        (15, Decimal("-7.50"))
    ]


def test_history_has_every_month_and_says_why_one_has_no_bill(lake):
    found = bill_history(lake(household()), month=JUNE, months=2, usage_point_id="P1")
    assert found["month"].to_list() == [date(2024, 5, 1), JUNE]
    may, june = found.rows(named=True)
    assert may["amount_cny"] is None
    assert "2024-05-01" in may["why"]
    assert (june["energy_kwh"], june["amount_cny"], june["days"]) == (300, Decimal("157.00"), 30)


def test_the_steps_of_a_change_add_up_to_it_exactly(lake):
    """May 150 kWh in the first tier (75.00), June 300 over a border (157.00)."""
    readings = [YEAR_START, reading(date(2024, 5, 1), "1850"), *household()[1:]]
    found = bill_change(lake(readings), month=JUNE, usage_point_id="P1")
    steps = dict(found.select("step", "amount_cny").rows())
    assert sum(amount for amount in steps.values() if amount is not None) == Decimal("82.00")
    assert steps["weather"] is None
    # 150 · (30/31 − 1) · 0.5; (300 − 150 · 30/31) · 0.5; 140 · 0.05
    assert (steps["days"], steps["volume"]) == (Decimal("-2.42"), Decimal("77.42"))
    assert (steps["tier"], steps["price"]) == (Decimal("7.00"), Decimal("0.00"))


def test_the_curve_of_a_bill_has_its_period_and_nulls_where_nothing_was_read(lake, day_row):
    rows, tables = plant()
    curve = day_row([1000] * 23 + [None], day=date(2024, 6, 3))
    found = bill_curve(lake(rows, profiles=curve, **tables), month=JUNE, usage_point_id="P1")
    assert found.height == 30 * 96
    day = found.filter(pl.col("local_start").dt.date() == date(2024, 6, 3))
    assert day["period"][29:31].to_list() == ["flat", "peak"]  # 07:15, 07:30
    assert day["energy_kwh"].null_count() == 4
    assert day["load_kw"][0] == pytest.approx(1.0)
    assert found["energy_kwh"].null_count() == 29 * 96 + 4


def test_who_was_not_read_at_all_has_no_bill_of_nothing(lake):
    with pytest.raises(QuestionError, match="what is missing is not zero"):
        bill(lake([reading(JUNE, "1", point="other")]), month=JUNE, usage_point_id="P1")


def test_nobody_named_is_refused(lake):
    with pytest.raises(QuestionError, match="customer_id"):
        bill(lake(household()), month=JUNE)
