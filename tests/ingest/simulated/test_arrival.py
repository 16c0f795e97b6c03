"""A simulated district in the lake."""

from contextlib import closing
from datetime import date

import polars as pl
import pytest

from ingest.lake import create_lake
from ingest.simulated.arrival import DistrictError, load_district, take_in, take_in_exports
from ingest.simulated.plan import Plan
from queries.lake import open_lake
from queries.schema import SLOTS
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.ingest.simulated.conftest import SMALL, table
from tests.ingest.simulated.test_district import DAY, arrived, read_wh


@pytest.fixture(scope="module")
def lake_settings(district, tmp_path_factory):
    settings = Settings(data=tmp_path_factory.mktemp("with-district"))
    create_lake(settings)
    take_in(settings, SMALL, district(), tell=lambda _: None)
    return settings


def asked(settings, sql):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.sql(sql).pl()


def test_the_lake_shows_the_actual_values_wherever_a_day_was_late_or_corrected(
    lake_settings, district
):
    expected = read_wh(arrived(district()), "import").sort(DAY)
    shown = asked(lake_settings, "select * from energy_profiles where channel = 'import'")
    assert read_wh(shown, "import").sort(DAY).equals(expected)


def test_what_a_correction_replaced_is_kept(lake_settings):
    kept = asked(lake_settings, "select count(*) as n from energy_profiles_superseded")
    assert kept.item() > 0


def test_the_register_knows_every_point_that_reads(lake_settings):
    strangers = asked(
        lake_settings,
        "select distinct usage_point_id from daily_totals anti join usage_points "
        "using (usage_point_id)",
    )
    assert strangers.is_empty()
    heads = asked(lake_settings, "select transformer_meter_id as usage_point_id from transformers")
    points = asked(lake_settings, "select usage_point_id from usage_points")
    assert heads.join(points, on="usage_point_id", how="anti").is_empty()


def test_every_table_that_a_district_has_is_filled(lake_settings, district):
    for name in ("weather", "economy", "meter_events", "register_readings", "network_nodes"):
        assert asked(lake_settings, f"select count(*) from {name}").item() > 0, name  # noqa: S608
    measured = table(district(), "measurement_profiles")
    stored = asked(lake_settings, "select count(*) from measurement_profiles").item()
    assert stored == measured.height


def test_the_truth_lies_beside_the_lake_and_in_no_table_of_it(lake_settings):
    beside = lake_settings.data / "simulated"
    truth = pl.read_parquet(beside / "truth.parquet")
    assert {"theft", "decoy", "meter_fault", "collection", "programme"} <= set(truth["group"])
    assert (beside / "enrolments.csv").exists()
    columns = asked(lake_settings, "select * from meter_events limit 0").columns
    assert "stolen_wh" not in columns


def test_a_district_is_loaded_once(tmp_path):
    settings = Settings(data=tmp_path)
    create_lake(settings)
    plan = Plan(customers=20, first_day=date(2024, 3, 1), last_day=date(2024, 3, 9), faults=0)
    assert load_district(settings, plan, tell=lambda _: None, workers=1)
    assert not load_district(settings, plan, tell=lambda _: None, workers=1)
    slots = ", ".join(f"count({slot})" for slot in SLOTS)
    missing = asked(settings, f"select {slots}, count(*) as days from energy_profiles")  # noqa: S608
    assert set(missing.row(0)) == {missing["days"].item()}  # nothing goes wrong without faults


def test_a_second_district_is_refused_because_names_would_collide(lake_settings):
    other = Plan(customers=20, first_day=date(2024, 3, 1), last_day=date(2024, 3, 2))
    with pytest.raises(DistrictError, match="same names"):
        load_district(lake_settings, other, tell=lambda _: None, workers=1)


def test_what_is_paid_announced_and_applied_for_arrives_once_even_in_a_lake_that_had_the_district(
    lake_settings,
):
    take_in_exports(lake_settings, SMALL, tell=lambda _: None)
    applied = asked(lake_settings, "select * from contract_applications")
    announced = asked(lake_settings, "select * from planned_outages")
    paid = asked(lake_settings, "select * from payments")
    take_in_exports(lake_settings, SMALL, tell=lambda _: None)
    assert asked(lake_settings, "select * from planned_outages").height == announced.height
    assert asked(lake_settings, "select * from payments").height == paid.height
    assert paid["billed_cny"].min() > 0
    assert (paid["issued_on"] <= SMALL.last_day).all()
    assert asked(lake_settings, "select * from contract_applications").height == applied.height > 0
