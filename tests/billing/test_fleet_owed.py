"""Everyone under one tariff: the same as in the laboratory."""

from datetime import date

import pytest

from queries.billing.fleet_owed import READS, fleet_owed
from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import laboratory, owed, tariff_of
from queries.billing.tariff_model import TierRule
from queries.billing.tariff_text import write_tariff
from queries.billing.tier_resets import TierReset
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING
from tests.billing.by_hand import flat, tariff
from tests.billing.small_lakes import WINTER

DAYS = {"first_day": WINTER[0], "last_day": WINTER[1]}


@pytest.mark.parametrize(
    "code",
    ["liaoning_residential", "liaoning_industrial_commercial_two_part", "liaoning_retail_spread"],
)
def test_everyone_owes_what_the_laboratory_says(street_settings, code):
    found = fleet_owed(open_lake(street_settings, EVERYTHING, reads=READS), tariff=code, **DAYS)
    lake = open_lake(street_settings, EVERYTHING, reads=LAB_READS)
    lab = laboratory(*WINTER, lake)
    fen = owed(lab, tariff_of(code), lake).total_fen
    assert found["usage_point_id"].to_list() == lab.points["usage_point_id"].to_list()
    assert (found["owed_cny"] * 100).cast(int).to_list() == fen.tolist()
    assert found["energy_kwh"].to_list() == pytest.approx(lab.points["energy_kwh"].to_list())


def test_what_sums_cannot_bill_is_refused_with_the_way_out(street_settings):
    daily = tariff(flat(tiers=TierRule(TierReset("day")), netting="interval"))
    lake = open_lake(street_settings, EVERYTHING, reads=READS)
    with pytest.raises(QuestionError, match=r"interval_netting.*tariff_simulation"):
        fleet_owed(lake, tariff=write_tariff(daily), **DAYS)


def test_a_month_without_readings_owes_nothing(street_settings):
    lake = open_lake(street_settings, EVERYTHING, reads=READS)
    empty = {"first_day": date(2001, 1, 1), "last_day": date(2001, 1, 31)}
    assert fleet_owed(lake, tariff="liaoning_residential", **empty).is_empty()
