"""The laws of a whole simulated district."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from ingest.simulated.district import district as whole_district
from ingest.simulated.district import known_tables, own_truth
from ingest.simulated.feeder import simulate_feeder
from ingest.simulated.plan import Plan
from ingest.simulated.planted.outages import Outage
from ingest.simulated.run import simulate
from queries.schema import SLOTS
from tests.ingest.simulated.conftest import SMALL, digest, table

KEYS = {
    "energy_profiles": ["usage_point_id", "channel", "service_date"],
    "measurement_profiles": ["usage_point_id", "quantity", "service_date"],
    "register_readings": ["usage_point_id", "meter_id", "channel", "register", "read_at"],
    "meter_events": ["usage_point_id", "meter_id", "event_code", "occurred_at"],
}
ENERGY = ["used", "given", "stolen", "mis_metered_import", "mis_metered_export"]
DAY = ["usage_point_id", "service_date"]


def arrived(folder):
    """Every day profile that counts in the end: of several, the one that was issued last."""
    both = pl.concat([table(folder, "energy_profiles"), table(folder, "energy_profiles", "later")])
    key = KEYS["energy_profiles"]
    return both.sort(*key, "issued_at").unique(key, keep="last", maintain_order=True)


def read_wh(profiles, channel):
    """Energy of the actual readings, by usage point and day."""
    rows = profiles.filter(pl.col("channel") == channel)
    letters = pl.col("quality").fill_null("A" * 96)
    actual = [
        pl.when(letters.str.slice(at, 1) == "A").then(pl.col(slot)).fill_null(0)
        for at, slot in enumerate(SLOTS)
    ]
    return rows.select(*DAY, pl.sum_horizontal(actual).cast(pl.Int64).alias("read_wh"))


@pytest.mark.parametrize("name", KEYS)
def test_the_same_seed_gives_the_same_rows_on_any_number_of_workers(district, name):
    alone, together = district(workers=1), district(workers=2)
    assert digest(table(alone, name), KEYS[name]) == digest(table(together, name), KEYS[name])
    assert pl.read_parquet(alone / "truth.parquet").equals(
        pl.read_parquet(together / "truth.parquet")
    )


def test_another_seed_differs_everywhere(district):
    other = district(replace(SMALL, seed=4, energy_only=True))
    ours, theirs = (
        table(folder, "energy_profiles").filter(pl.col("channel") == "import")
        for folder in (district(), other)
    )
    values = [pl.sum_horizontal(SLOTS).alias("wh")]
    both = ours.select(*DAY, *values).join(theirs.select(*DAY, *values), on=DAY, suffix="_other")
    differs = both.filter((pl.col("wh") + pl.col("wh_other")) > 0).select(
        pl.col("wh") != pl.col("wh_other")
    )
    assert differs.to_series().sum() > 0.98 * differs.height


def test_energy_alone_comes_without_registers_of_any_meter(district):
    files = {
        file.name
        for file in (district(replace(SMALL, seed=4, energy_only=True)) / "readings").iterdir()
    }
    assert {name.rsplit("-", 1)[0] for name in files} == {"energy_profiles"}


def test_energy_into_an_area_is_read_stolen_mis_metered_unread_or_lost(district):
    # To the watt-hour, area by area and day by day.
    folder = district()
    profiles = arrived(folder)
    truth = pl.read_parquet(folder / "truth_energy.parquet")
    points = truth.filter(pl.col("subject") == "usage_point").rename(
        {"subject_id": "usage_point_id"}
    )
    for channel, name in (("import", "import"), ("export", "export")):
        read = read_wh(profiles, channel).rename({"read_wh": f"read_{name}_wh"})
        points = points.join(read, on=DAY, how="left").with_columns(
            pl.col(f"read_{name}_wh").fill_null(0)
        )
    taken = pl.sum_horizontal(
        "read_import_wh", "unread_import_wh", "stolen_wh", "mis_metered_import_wh"
    )
    given = pl.sum_horizontal("read_export_wh", "unread_export_wh", "mis_metered_export_wh")
    assert points.filter(taken != pl.col("used_wh")).is_empty()
    assert points.filter(given != pl.col("given_wh")).is_empty()
    areas = truth.filter(pl.col("subject") == "transformer")
    below = points.group_by("transformer_id", "service_date").agg(
        (taken - given).sum().alias("net")
    )
    head = {}
    for channel in ("import", "export"):
        rows = read_wh(profiles, channel).with_columns(
            transformer_id=pl.col("usage_point_id").str.strip_suffix("-M")
        )
        head[channel] = rows.select("transformer_id", "service_date", f"{'read_wh'}")
    joined = (
        areas.join(below, on=["transformer_id", "service_date"], how="left")
        .join(head["import"], on=["transformer_id", "service_date"], how="left")
        .join(head["export"], on=["transformer_id", "service_date"], how="left", suffix="_export")
        .with_columns(pl.col("net", "read_wh", "read_wh_export").fill_null(0))
    )
    into = (
        pl.col("read_wh")
        + pl.col("unread_import_wh")
        - pl.col("read_wh_export")
        - pl.col("unread_export_wh")
    )
    assert joined.height == 6 * 62
    assert joined.filter(into != pl.col("net") + pl.col("technical_loss_wh")).is_empty()
    assert (joined["technical_loss_wh"] >= 0).all()
    assert joined["technical_loss_wh"].sum() > 0


def test_a_feeder_carries_its_areas_its_large_customers_and_its_losses(district):
    truth = pl.read_parquet(district() / "truth_energy.parquet")
    net = pl.col("used_wh") - pl.col("given_wh")
    is_below = (pl.col("subject") == "transformer") | (
        (pl.col("subject") == "usage_point") & pl.col("transformer_id").is_null()
    )
    key = ["feeder_id", "service_date"]
    below = truth.filter(is_below).group_by(key).agg(net.sum().alias("below_wh"))
    feeders = truth.filter(pl.col("subject") == "feeder").join(below, on=key)
    assert feeders.height == 2 * 62
    assert feeders.filter(net != pl.col("below_wh") + pl.col("technical_loss_wh")).is_empty()


def test_what_is_stolen_is_what_the_thieves_truly_used_and_did_not_show(district):
    folder = district()
    truth = pl.read_parquet(folder / "truth.parquet")
    energy = pl.read_parquet(folder / "truth_energy.parquet")
    thefts = truth.filter(pl.col("group") == "theft")
    by_point = (
        energy.filter(pl.col("subject") == "usage_point")
        .group_by("subject_id")
        .agg(pl.col("stolen_wh", "used_wh").sum())
    )
    stolen = thefts.group_by("subject_id").agg(pl.col("energy_wh").sum())
    both = stolen.join(by_point, on="subject_id")
    assert not both.is_empty()
    assert both["stolen_wh"].sum() > 0
    assert (both["stolen_wh"] <= both["used_wh"]).all()
    hidden = both.filter(
        ~pl.col("subject_id").is_in(
            thefts.filter(pl.col("kind") == "clock_shift")["subject_id"].to_list()
        )
    )
    assert hidden["energy_wh"].to_list() == hidden["stolen_wh"].to_list()
    others = by_point.join(stolen, on="subject_id", how="anti")
    assert others["stolen_wh"].sum() == 0


def test_only_who_has_a_rooftop_plant_feeds_back(district):
    folder = district()
    exporting = (
        table(folder, "energy_profiles")
        .filter((pl.col("channel") == "export") & ~pl.col("usage_point_id").str.ends_with("-M"))
        .filter(pl.sum_horizontal(SLOTS) > 0)["usage_point_id"]
        .unique()
    )
    truth = pl.read_parquet(folder / "truth.parquet")
    roofs = truth.filter(pl.col("kind") == "solar")["subject_id"]
    turned = truth.filter(pl.col("kind") == "reversed_ct")["subject_id"]
    assert not exporting.is_empty()
    assert set(exporting) <= {*roofs, *turned}


def register_steps(folder, channel, *, but):
    """What the frozen total of one midnight to the next says [kWh], beside the whole curve's."""
    meters = pl.read_csv(folder / "meters.csv", try_parse_dates=True)
    ratios = meters.select(
        "meter_id",
        ratio=pl.col("current_ratio") * pl.col("voltage_ratio"),
        digits="register_digits",
    ).unique("meter_id")
    registers = (
        table(folder, "register_readings")
        .filter((pl.col("register") == "total") & (pl.col("channel") == channel))
        .filter(~pl.col("usage_point_id").is_in(but))
        .join(ratios, on="meter_id")
        .sort("usage_point_id", "service_date")
        .with_columns(
            before=pl.col("reading_kwh").shift().over("usage_point_id"),
            day_before=pl.col("service_date").shift().over("usage_point_id"),
        )
        .filter(pl.col("service_date") - pl.col("day_before") == pl.duration(days=1))
    )
    difference = pl.col("reading_kwh").cast(pl.Float64) - pl.col("before").cast(pl.Float64)
    turned = pl.when(difference < 0).then(difference + 10.0 ** pl.col("digits"))
    shown = registers.with_columns(by_register_kwh=turned.otherwise(difference) * pl.col("ratio"))
    whole = (
        arrived(folder)
        .filter(pl.col("quality").is_null())
        .filter(~pl.any_horizontal(pl.col(SLOTS).is_null()))
    )
    gap_kwh = pl.col("by_register_kwh") - pl.col("read_wh") / 1000
    return shown.join(read_wh(whole, channel), on=DAY).with_columns(gap_kwh=gap_kwh)


def test_registers_and_intervals_tell_the_same_energy_to_one_count(district):
    folder = district()
    truth = pl.read_parquet(folder / "truth.parquet")
    odd = ["frozen", "decreasing", "exchange", "ratio_change", "wrong_multiplier"]
    planted = truth.filter(pl.col("kind").is_in(odd))["subject_id"].to_list()
    both = register_steps(folder, "import", but=planted)
    assert both.height > 3000
    assert both.filter(pl.col("gap_kwh").abs() > 0.01 * pl.col("ratio") + 1e-6).is_empty()
    assert (both["by_register_kwh"] > 0).sum() > 0.8 * both.height


@pytest.mark.parametrize("channel", ["import", "reactive_import"])
def test_meters_of_areas_and_feeders_have_registers_that_tell_their_curves_to_one_count(
    district, channel
):
    both = register_steps(district(), channel, but=[]).filter(
        pl.col("usage_point_id").str.ends_with("-M")
    )
    assert both["usage_point_id"].n_unique() == 6 + 2
    assert both.height > 300
    assert both.filter(pl.col("gap_kwh").abs() > 0.01 + 1e-6).is_empty()
    assert both.filter(pl.col("by_register_kwh") > 0).height > 0.9 * both.height


def test_no_register_of_an_area_or_feeder_rolls_over_unplanted(district):
    totals = (
        table(district(), "register_readings")
        .filter(pl.col("usage_point_id").str.ends_with("-M"))
        .sort("read_at")
    )
    assert set(totals["register"]) == {"total"}
    steps = totals.select(pl.col("reading_kwh").diff().over("usage_point_id", "channel"))
    assert (steps.to_series().drop_nulls() >= 0).all()


def test_a_check_meters_freeze_is_lost_with_the_end_of_its_day_and_never_else(district):
    folder = district()
    curves = arrived(folder).filter(
        pl.col("usage_point_id").str.ends_with("-M") & (pl.col("channel") == "import")
    )
    frozen = table(folder, "register_readings").filter(pl.col("channel") == "import")
    ends = curves.filter(pl.col(SLOTS[-1]).is_not_null())
    assert ends.join(frozen, on=DAY, how="anti").is_empty()
    lost = curves.filter(pl.col(SLOTS[-1]).is_null())
    assert not lost.is_empty()
    assert lost.join(frozen, on=DAY, how="semi").is_empty()


def test_voltages_stay_within_physics(district):
    folder = district()
    measured = table(folder, "measurement_profiles").filter(
        pl.col("quantity").str.starts_with("voltage")
        & pl.col("usage_point_id").str.ends_with("-M").not_()
    )
    truth = pl.read_parquet(folder / "truth.parquet")
    odd = truth.filter(pl.col("kind").is_in(["lost_voltage", "lost_phase"]))["subject_id"].to_list()
    low = measured.filter(~pl.col("usage_point_id").is_in(odd)).select(
        pl.concat_list(SLOTS).explode().alias("v")
    )
    volts = low.filter(pl.col("v").is_not_null() & (pl.col("v") < 1000))["v"]
    lowest, middle, highest = (float(volts.quantile(q) or 0) for q in (0.001, 0.5, 0.999))
    assert lowest > 187  # 220 V less 15 %
    assert highest < 242  # and plus 10 %
    assert 212 < middle < 232


def test_the_currents_of_the_phases_carry_the_power(district):
    # sum of U·I over the phases is the apparent power, never less than the active power
    folder = district()
    truth = pl.read_parquet(folder / "truth.parquet")
    planted = truth.filter(pl.col("group").is_in(["theft", "meter_fault", "clock", "assignment"]))
    measured = table(folder, "measurement_profiles").filter(
        ~pl.col("usage_point_id").is_in(planted["subject_id"].to_list())
        & ~pl.col("usage_point_id").str.ends_with("-M")
    )
    volts = measured.filter(pl.col("quantity").str.starts_with("voltage")).with_columns(
        phase=pl.col("quantity").str.slice(8, 1)
    )
    amperes = measured.filter(pl.col("quantity").str.starts_with("current")).with_columns(
        phase=pl.col("quantity").str.slice(8, 1)
    )
    both = volts.join(amperes, on=[*DAY, "phase"], suffix="_current")
    apparent = both.group_by(DAY).agg(
        (pl.col("t1900") * pl.col("t1900_current")).sum().alias("va"), pl.len().alias("phases")
    )
    power = (
        arrived(folder)
        .filter(pl.col("quality").is_null())
        .pivot("channel", index=DAY, values="t1900")
        .with_columns(w=(pl.col("import") - pl.col("export").fill_null(0)).abs() * 4)
    )
    joined = apparent.join(power.select(*DAY, "w"), on=DAY).drop_nulls()
    assert joined.height > 500
    assert (joined["va"] >= joined["w"] * 0.98 - 5).all()  # currents are rounded to 0.01 A
    busy = joined.filter(pl.col("w") > 500)
    assert busy.filter(pl.col("va") < 1.35 * pl.col("w")).height > busy.height / 2


def test_a_feeder_without_supply_measures_no_voltage_and_loses_nothing():
    plan = Plan(customers=20, first_day=date(2024, 7, 1), last_day=date(2024, 7, 2), faults=0)
    made = whole_district(plan)
    areas = frozenset(area.number for area in made.place.areas)
    out = Outage(0, areas, 40, 48, "fault", is_planned=False, is_whole=True)
    rows = simulate_feeder(replace(made, outages=(out,)), 0)
    first_day = pl.col("service_date") == plan.first_day
    voltages = rows.measurement_profiles.filter(
        first_day & (pl.col("quantity") == "voltage_a_v") & (pl.col("usage_point_id") != "FC-F01-M")
    )
    assert voltages["usage_point_id"].str.ends_with("-M").any()
    assert voltages.select(SLOTS[40:48]).null_count().sum_horizontal().item() == 8 * voltages.height
    assert voltages.select(SLOTS[48:56]).null_count().sum_horizontal().item() == 0
    feeder = rows.energy_profiles.filter(
        first_day & (pl.col("usage_point_id") == "FC-F01-M") & (pl.col("channel") == "import")
    )
    assert set(feeder.select(SLOTS[41:48]).row(0)) == {0}  # the first may round what came before


def test_what_a_customer_adopted_is_theirs_only_while_they_are_there():
    made = whole_district(Plan(customers=300, last_day=date(2024, 12, 31), seed=8))
    customers = {one.usage_point_id: one for one in made.premises}
    adopted = own_truth(made).filter(pl.col("group") == "adoption")
    assert any(one.tenancies[0].first_day > 0 for one in made.premises if one.vehicle)
    for row in adopted.iter_rows(named=True):
        tenancies = customers[row["subject_id"]].tenancies
        assert row["starts_at"] >= made.setting.span.instant(tenancies[0].first_day * 96)
        last_day = tenancies[0 if row["kind"] == "vehicle" else -1].last_day
        assert (row["ends_at"] is None) == (last_day == made.setting.span.days)


def test_the_register_does_not_tell_who_hangs_on_another_area_than_it_says():
    made = whole_district(Plan(customers=600, last_day=date(2024, 3, 1), faults=6))
    wrong = [
        premise.usage_point_id
        for premise in made.premises
        if any(thing.group == "assignment" for thing in made.metering.get(premise.number, ()))
    ]
    known = known_tables(made)
    points = known["usage_points"].filter(pl.col("metering_purpose") == "settlement")
    low = points.drop_nulls("network_node_id")
    nodes = known["network_nodes"]
    assert (
        low.join(nodes, on=["network_node_id", "transformer_id", "longitude", "latitude"])[
            "usage_point_id"
        ]
        .sort()
        .equals(low["usage_point_id"].sort())
    )
    streets = (
        low.join(known["customers"], on="customer_id")
        .group_by("transformer_id")
        .agg(pl.col("address").str.extract(r"^(\D+)").n_unique())
    )
    assert set(streets["address"]) == {1}
    area = pl.col("transformer_id")
    numbered = low.unique("usage_point_id").sort("usage_point_id")
    alone = numbered.with_columns(
        is_alone=pl.all_horizontal(area.ne_missing(area.shift(by)) for by in (-3, -2, -1, 1, 2, 3)),
        is_wrong=pl.col("usage_point_id").is_in(wrong),
    )
    shares = dict(alone.group_by("is_wrong").agg(pl.col("is_alone").mean()).iter_rows())
    assert len(wrong) > 30
    assert shares[False] == pytest.approx(shares[True], abs=0.25)


def test_a_plan_says_what_cannot_be_simulated():
    with pytest.raises(ValueError, match="seed -1 is negative; give 0 or more"):
        Plan(seed=-1)
    with pytest.raises(ValueError, match="does not know 2100-01-01; give days from 1951 to 2099"):
        Plan(last_day=date(2100, 1, 1))


def test_the_command_of_a_plan_makes_the_same_district():
    assert "--faults 1 " in f"{Plan().command} "
    assert "--faults 1.2345678 " in f"{Plan(faults=1.2345678).command} "


def test_six_hundred_customers_hold_about_twenty_thieves_and_as_many_decoys():
    made = whole_district(Plan(last_day=date(2024, 3, 31)))
    thieves = {
        number
        for number, things in made.metering.items()
        if any(t.group == "theft" for t in things)
    }
    decoys = {
        number
        for number, things in made.behaviour.items()
        if any(t.group == "decoy" for t in things)
    }
    assert 18 <= len(thieves) <= 24
    assert len(decoys) == len(thieves)
    assert not thieves & decoys


def test_a_folder_that_holds_something_is_not_written_into(district):
    taken = district()
    with pytest.raises(FileExistsError, match="not empty"):
        simulate(SMALL, taken)
