"""The laboratory: who is in it, what each owes now, and what it remembers."""

from datetime import date, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import polars as pl
import pytest

from queries.billing.calendar_model import Calendar, Window
from queries.billing.day_rows import day_rows
from queries.billing.errors import TariffError
from queries.billing.lab import READS, _making, laboratory, owed, owed_now, tariff_of
from queries.billing.pricing import price
from queries.billing.tariff_model import DemandCharge, Rate
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.billing.by_hand import flat, tariff
from tests.billing.small_lakes import SHOP, WINTER, agreement, point, profiles, street


@pytest.fixture
def lake(street_settings):
    return open_lake(street_settings, EVERYTHING, reads=READS)


@pytest.fixture
def lab(lake):
    return laboratory(*WINTER, lake)


def of_points(lab, column):
    return dict(lab.points.select("usage_point_id", column).iter_rows())


def fen(lab, amounts):
    return dict(zip(lab.points["usage_point_id"], amounts.tolist(), strict=True))


def test_energy_is_what_was_read_and_missing_days_are_told(lab):
    energy, read = of_points(lab, "energy_kwh"), of_points(lab, "readings_share")
    assert energy["plant"] == pytest.approx(60 * 24 * 59)
    assert (energy["noon"], energy["half"]) == (590, 310)
    assert read["noon"] == 1
    assert read["half"] == pytest.approx(31 / 59)


def test_size_is_by_the_energy_of_a_year(lab):
    # 3, 10 and 1,440 kWh a day: 1.1, 3.7 and 526 MWh a year; the borders are 2, 5, 20, 100, 1,000.
    size = of_points(lab, "size_class")
    assert [size[name] for name in ("home", "noon", "plant")] == [0, 1, 4]


def test_without_an_agreement_the_usual_tariff_of_the_class_is_assumed_and_marked(lab):
    tariffs, assumed = of_points(lab, "tariff_code"), of_points(lab, "is_assumed")
    assert (tariffs["school"], assumed["school"]) == ("liaoning_residential_shared", True)
    assert (tariffs["stranger"], assumed["stranger"]) == (None, True)
    assert (tariffs["noon"], assumed["noon"]) == ("liaoning_industrial_commercial", False)


def test_everyone_owes_what_the_own_tariff_says_and_a_stranger_nothing(lab, lake):
    now = fen(lab, owed_now(lab, lake).total_fen)
    # 3 kWh a day at 0.50: 93 and 84 kWh. The roof's 5 kWh a day at 0.3749: 155 and 140 kWh, 58.11
    # (58.1095) and 52.49 (52.486). The school: 248 and 224 kWh at 0.51. The farm: 620, 560 at 0.49.
    assert now["home"] == 46_50 + 42_00
    assert now["roof"] == 46_50 + 42_00 - 58_11 - 52_49
    assert now["school"] == 126_48 + 114_24
    assert now["farm"] == 303_80 + 274_40
    assert now["stranger"] == 0


def test_bills_now_are_those_under_each_own_tariff(lab, lake):
    now = owed_now(lab, lake).total_fen
    for code in lab.points["tariff_code"].drop_nulls().unique():
        those = (lab.points["tariff_code"] == code).fill_null(value=False).to_numpy()
        assert (owed(lab, known_tariffs()[code], lake).total_fen[those] == now[those]).all()


def test_parts_of_a_bill_add_up_to_it_and_feeding_in_is_no_sale(lab, lake):
    found = owed_now(lab, lake)
    added = np.sum([amount for _, amount in found.parts.values()], axis=0)
    assert added.tolist() == found.total_fen.tolist()
    paid = fen(lab, found.sold_fen - found.total_fen)
    assert paid.pop("roof") == 58_11 + 52_49
    assert set(paid.values()) == {0}


def test_a_what_if_bills_everyone_whatever_they_pay_now(lab, lake):
    found = fen(lab, owed(lab, tariff(flat("0.60")), lake).total_fen)
    assert found["stranger"] == 59 * 60
    assert found["plant"] == 86_400_00 * 0.6 * 59 / 60


def test_what_the_cube_cannot_bill_comes_from_the_day_rows_and_is_said(lab, lake):
    mean_of_two = DemandCharge("top", "basic", (Rate((Decimal(10),)),), highest_days=2)
    found = owed(lab, tariff(mean_of_two), lake)
    assert found.by_rows
    by_name = fen(lab, found.total_fen)
    assert by_name["plant"] == 2 * 60 * 10_00
    assert by_name["noon"] == 2 * 10 * 10_00
    assert owed(lab, tariff(flat()), lake).by_rows == ()


def test_a_demand_by_period_makes_the_maxima_of_slots_once(lab, lake):
    noon = Window("peak", 11 * 60, 13 * 60, priority=1)
    calendar = Calendar("noon", "", "", "", "", (noon,), remainder="flat")
    rates = (Rate((Decimal(40),), "peak"), Rate((Decimal(10),), "flat"))
    by_period = tariff(flat(), DemandCharge("demand", "basic", rates, calendar))
    assert not lab.with_maxima
    found = owed(lab, by_period, lake)
    assert not found.by_rows
    assert len(lab.with_maxima) == 1
    points = lab.points["usage_point_id"].to_list()
    rows = day_rows(points, lake, first_day=WINTER[0], last_day=WINTER[1])
    alone = price(by_period, rows, lab.bills, accounts=lab.accounts)
    assert found.total_fen.tolist() == alone.totals().sum(axis=1).tolist()


def test_a_laboratory_is_made_once_for_a_state_of_the_lake_and_a_scope(street_settings, lake, lab):
    assert laboratory(*WINTER, lake) is lab
    again = open_lake(street_settings, EVERYTHING, reads=READS)
    assert laboratory(*WINTER, again) is lab
    customer = Scope("anna", "customer", customer_ids=frozenset({"C-noon"}))
    own = laboratory(*WINTER, open_lake(street_settings, customer, reads=READS))
    assert own.points["usage_point_id"].to_list() == ["noon"]
    assert laboratory(*WINTER, again).points.height == 9
    village = laboratory(*WINTER, again, region_id="village")
    assert village.points["usage_point_id"].to_list() == ["farm"]


def test_a_tariff_asked_about_again_is_not_priced_again(lab, lake):
    first = owed(lab, tariff(flat("0.61")), lake)
    assert owed(lab, tariff(flat("0.61")), lake) is first
    assert owed(lab, tariff(flat("0.62")), lake) is not first


def test_new_readings_make_a_new_laboratory(empty_settings, register, take, day_row):
    day = WINTER[0], WINTER[0]
    settings = street(
        empty_settings,
        register,
        take,
        {"P": (point("P"), agreement("P", SHOP), profiles(day_row, "P", day, {13: 1.0}))},
    )

    def energy():
        lab = laboratory(*WINTER, open_lake(settings, EVERYTHING, reads=READS))
        return lab.points["energy_kwh"].to_list()

    assert energy() == [1]
    tomorrow = WINTER[0] + timedelta(days=1)
    take(settings, profiles(day_row, "P", (tomorrow, tomorrow), {13: 5.0}))
    assert energy() == [6]


def test_a_point_without_readings_and_one_that_only_checks_are_no_accounts(
    empty_settings, register, take, day_row
):
    check = point("check", metering_purpose="check")
    settings = street(
        empty_settings,
        register,
        take,
        {
            "P": (point("P"), None, profiles(day_row, "P", WINTER, {13: 1.0})),
            "check": (check, None, profiles(day_row, "check", WINTER, {13: 1.0})),
            "silent": (point("silent"), None, profiles(day_row, "silent", WINTER, {}).clear()),
        },
    )
    lab = laboratory(*WINTER, open_lake(settings, EVERYTHING, reads=READS))
    assert lab.points["usage_point_id"].to_list() == ["P"]


def test_a_point_whose_registers_are_numbered_is_an_account(
    empty_settings, register, take, day_row
):
    first, second = (
        profiles(day_row, "P", WINTER, {13: kwh}).with_columns(channel=pl.lit(channel))
        for channel, kwh in (("import.1", 1.0), ("import.2", 2.0))
    )
    points = {"P": (point("P"), agreement("P", SHOP), pl.concat([first, second]))}
    settings = street(empty_settings, register, take, points)
    lab = laboratory(*WINTER, open_lake(settings, EVERYTHING, reads=READS))
    assert lab.points["energy_kwh"].to_list() == [3 * 59]


def test_a_laboratory_that_cannot_be_made_holds_nobody_up(empty_settings):
    lake = open_lake(empty_settings, EVERYTHING, reads=READS)
    lake.execute("drop view agreements")
    for _ in range(2):
        with pytest.raises(duckdb.Error):
            laboratory(*WINTER, lake)
    assert not _making


def test_a_lake_without_accounts_is_an_empty_laboratory(empty_settings):
    lake = open_lake(empty_settings, EVERYTHING, reads=READS)
    lab = laboratory(*WINTER, lake)
    assert lab.points.is_empty()
    assert owed_now(lab, lake).total_fen.tolist() == []
    assert owed(lab, tariff(flat()), lake).total_fen.tolist() == []


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [(date(2025, 2, 1), date(2025, 1, 31)), (date(2020, 1, 1), date(2025, 1, 1))],
)
def test_days_in_the_wrong_order_or_too_many_are_refused(lake, first_day, last_day):
    with pytest.raises(QuestionError, match="is no span to bill"):
        laboratory(first_day, last_day, lake)


def test_a_tariff_is_named_or_written_out():
    code = "liaoning_residential"
    assert tariff_of(code) is known_tariffs()[code]
    own = tariff(flat("0.61"))
    assert tariff_of(write_tariff(own)) == own
    with pytest.raises(QuestionError, match=r"'nothing' is none of .*liaoning_residential"):
        tariff_of("nothing")
    two = write_tariff(own) + write_tariff(own).replace('code = "t"', 'code = "u"')
    with pytest.raises(QuestionError, match="holds 2 tariffs"):
        tariff_of(two)
    with pytest.raises(TariffError):
        tariff_of("[[tariff]]\ncolour = 'red'\n")


def test_the_terms_are_the_latest_of_the_span(empty_settings, register, take, day_row):
    before = agreement("P", SHOP, valid_to=date(2025, 2, 1))
    after = agreement("P", SHOP, agreement_id="B", valid_from=date(2025, 2, 1))
    load = profiles(day_row, "P", WINTER, {13: 1.0})
    settings = street(empty_settings, register, take, {"P": (point("P"), before, load)})
    register(settings, agreements=[before, after | {"tariff_code": "agricultural"}])
    lab = laboratory(*WINTER, open_lake(settings, EVERYTHING, reads=READS))
    assert lab.points["tariff_code"].to_list() == ["liaoning_agricultural"]
    assert np.array_equal(lab.accounts.index, [0])
    assert isinstance(lab.points["is_assumed"].dtype, pl.Boolean)
