"""The sample is what SimBench says, complete, licensed, and made again by its script."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch import PROFILES_READ
from ingest.sample import grid
from ingest.sample.extract import extract
from ingest.sample.scaled import scaled_master, scaled_profiles
from ingest.sample.tables import PROFILES_FILE, read_reference, write_profiles, write_reference
from queries.schema import SLOTS, check
from queries.settings import PROJECT

SAMPLE = PROJECT / "data" / "sample"
DAY = ["usage_point_id", "channel", "service_date"]
TOTAL = pl.sum_horizontal(pl.col(SLOTS).cast(pl.Int64))


@pytest.fixture(scope="module")
def profiles():
    return check("sample", pl.read_parquet(SAMPLE / PROFILES_FILE), PROFILES_READ)


@pytest.fixture(scope="module")
def tables():
    return read_reference(SAMPLE)


@pytest.fixture(scope="module")
def simbench() -> Path:
    try:
        return grid.simbench_folder()
    except grid.SampleError as error:
        pytest.skip(f"{error} Only this test needs it.")


@pytest.fixture(scope="module")
def extracted(simbench):
    return extract(simbench)


def test_the_sample_is_small_and_carries_its_licence():
    assert sum(file.stat().st_size for file in SAMPLE.iterdir()) <= 20_000_000
    notice = (SAMPLE / "NOTICE.md").read_text(encoding="utf-8")
    for words in ("Open Database License", "opendatacommons.org/licenses/odbl/1.0", "SimBench"):
        assert words in notice


def test_every_channel_has_all_366_days_without_a_gap(profiles):
    days = profiles.group_by("usage_point_id", "channel").agg(
        pl.len(),
        pl.col("service_date").min().alias("first"),
        pl.col("service_date").max().alias("last"),
    )
    assert days.select("len", "first", "last").unique().rows() == [
        (366, date(2016, 1, 1), date(2016, 12, 31))
    ]
    assert not profiles.select(DAY).is_duplicated().any()
    assert profiles.select(SLOTS).null_count().sum_horizontal().item() == 0
    assert profiles.select(SLOTS).min_horizontal().min() == 0
    assert profiles.select("interval_minutes", "quality", "issued_at").unique().rows() == [
        (15, None, None)
    ]


def test_profiles_are_sorted_by_usage_point_channel_and_day(profiles):
    assert profiles.select(DAY).equals(profiles.select(DAY).sort(DAY))


def test_every_usage_point_has_its_place_on_the_grid_and_its_profiles(tables, profiles):
    points = tables["usage_points"]
    for key, table in (
        ("transformer_id", "transformers"),
        ("feeder_id", "feeders"),
        ("region_id", "regions"),
        ("customer_id", "customers"),
        ("usage_point_id", "meters"),
    ):
        assert tables[table][key].is_unique().all()
        assert set(points[key].drop_nulls()) <= set(tables[table][key])
    along = points.join(tables["transformers"], on="transformer_id")
    assert along["feeder_id"].equals(along["feeder_id_right"], check_names=False)
    assert set(tables["feeders"]["substation_id"]) == set(tables["substations"]["substation_id"])
    assert set(points["usage_point_id"]) == set(profiles["usage_point_id"])


def test_households_shops_farms_offices_and_plants_are_all_there(tables):
    points = tables["usage_points"]
    plants = points["usage_point_id"].str.contains("-G")
    classes = points.filter(~plants)["customer_class"].value_counts()
    assert dict(classes.rows()) == {
        "residential": 159,
        "commercial": 38,
        "agricultural": 10,
        "industrial": 5,
    }
    assert plants.sum() == 10
    assert points.group_by("transformer_id").len().sort("transformer_id").rows() == [
        (None, 28),
        ("LV1.401", 13),
        ("LV2.401", 99),
        ("LV4.402", 41),
        ("LV4.415", 41),
    ]
    kva = tables["transformers"].select("transformer_id", "rated_capacity_kva").rows()
    assert kva == [("LV1.401", 160), ("LV2.401", 250), ("LV4.402", 400), ("LV4.415", 400)]


def test_the_area_is_a_few_kilometres_wide(tables):
    for name in ("usage_points", "transformers", "substations"):
        places = tables[name].select("longitude", "latitude")
        assert places.null_count().sum_horizontal().item() == 0
        assert places["longitude"].is_between(11.39, 11.48).all()
        assert places["latitude"].is_between(53.56, 53.65).all()


def test_nobody_consumes_more_than_the_contracted_capacity(tables, profiles):
    peak = (
        profiles.filter(pl.col("channel") == "import")
        .group_by("usage_point_id")
        .agg(peak_kw=pl.max_horizontal(pl.col(SLOTS).max()) * 4 / 1000)
        .join(tables["usage_points"], on="usage_point_id")
    )
    assert (peak["peak_kw"] <= peak["contracted_capacity_kva"]).all()


def test_slots_are_standard_time_for_the_sun_stays_and_the_offices_start_an_hour_earlier(profiles):
    def mean_day(point: str, channel: str, first: date, last: date) -> np.ndarray:
        days = profiles.filter(
            pl.col("usage_point_id") == point,
            pl.col("channel") == channel,
            pl.col("service_date").is_between(first, last),
        )
        return days.select(pl.col(SLOTS).mean()).to_numpy()[0]

    before = (date(2016, 2, 28), date(2016, 3, 26))
    after = (date(2016, 3, 28), date(2016, 4, 24))
    sun = [mean_day("MV4.101-G002", "export", *days) for days in (before, after)]
    noon = [float(day @ np.arange(96) / day.sum()) for day in sun]
    assert abs(noon[0] - noon[1]) < 2  # slots; the wall clock would move it by 4

    winter, summer = (mean_day("MV4.101-L003", "import", *days) for days in (before, after))
    fit = {s: np.corrcoef(np.roll(winter, s), summer)[0, 1] for s in range(-8, 9)}
    assert max(fit, key=fit.__getitem__) == -4


def test_the_script_makes_the_committed_files_again(extracted, profiles, tmp_path):
    tables, made = extracted
    assert made.equals(profiles)
    write_reference(tmp_path, tables)
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (SAMPLE / file.name).read_bytes(), file.name


def test_what_is_written_is_read_back(profiles, tmp_path):
    some = profiles.head(800)
    assert pl.read_parquet(write_profiles(tmp_path, some)).equals(some)


def _raw_days(simbench: Path, table: str, size: str, suffix: str = "") -> dict[str, np.ndarray]:
    """Daily energy [Wh] of every load or unit in the area, under the sample's identifier."""
    curves = pl.read_csv(
        simbench / ("LoadProfile.csv" if table == "Load" else "RESProfile.csv"),
        separator=";",
        infer_schema_length=None,
    )
    elements = pl.read_csv(simbench / f"{table}.csv", separator=";", infer_schema_length=None)
    wanted = re.compile(r"^(LV1\.401|LV2\.401|LV4\.402|LV4\.415|MV4\.101)( MV)? (L|SG)\w+ (\d+)$")
    aggregate = re.compile(r"^MV4\.101 (Load|SGen) ")  # stands for a whole low-voltage grid
    days = {}
    for name, profile, power in elements.select("id", "profile", size).iter_rows():
        if (match := wanted.match(name)) and not aggregate.match(name):
            place, _, kind, number = match.groups()
            curve = curves[profile + suffix].to_numpy().astype(float)
            generated = curve if table == "Load" else np.maximum(curve, 0)
            energy = generated.reshape(366, 96).sum(axis=1) * float(power) * 250_000
            days[f"{place}-{'L' if kind == 'L' else 'G'}{int(number):03d}"] = energy
    return days


def _days(profiles: pl.DataFrame, channel: str) -> dict[str, np.ndarray]:
    of_channel = profiles.filter(pl.col("channel") == channel)
    parts = of_channel.select("usage_point_id", total=TOTAL).partition_by(
        "usage_point_id", as_dict=True
    )
    return {str(point): part["total"].to_numpy() for (point,), part in parts.items()}


def test_daily_consumption_is_simbenchs_within_half_a_watt_hour(profiles, simbench):
    expected = _raw_days(simbench, "Load", "pLoad", "_pload")
    days = _days(profiles, "import")
    assert set(expected) == set(days)
    for point, energy in expected.items():
        assert np.abs(days[point] - energy).max() <= 0.5 + 1e-6, point


def test_reactive_energy_is_simbenchs_import_less_export(profiles, simbench):
    delivered, received = _days(profiles, "reactive_import"), _days(profiles, "reactive_export")
    for point, energy in _raw_days(simbench, "Load", "qLoad", "_qload").items():
        net = delivered[point] - received.get(point, 0)
        assert np.abs(net - energy).max() <= 1 + 1e-6, point  # half a varh each


def test_every_unit_feeds_in_once_at_a_usage_point_of_its_own_grid(profiles, simbench):
    units = _raw_days(simbench, "RES", "pRES")
    exports = _days(profiles, "export")
    assert len(units) == len(exports) == 24
    for unit, energy in units.items():
        same = [
            point
            for point, days in exports.items()
            if point[:7] == unit[:7] and np.abs(days - energy).max() <= 0.5 + 1e-6
        ]
        assert len(same) == 1, unit
        assert same[0] == unit or unit.startswith("LV")
        del exports[same[0]]


def test_the_notice_says_how_many_curves_there_really_are(profiles):
    years = profiles.filter(pl.col("channel") == "import").partition_by("usage_point_id")
    different = {year.select(SLOTS).to_numpy().tobytes() for year in years}
    notice = (SAMPLE / "NOTICE.md").read_text(encoding="utf-8")
    assert f"{len(different)} different consumption curves, not {len(years)}" in notice


def _scaled(**options) -> pl.DataFrame:
    return pl.concat(scaled_profiles(SAMPLE, **options))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**31), few=st.integers(1, 20))
def test_more_customers_do_not_change_the_first_ones(seed, few):
    some = _scaled(usage_points=few, days=2, seed=seed)
    more = _scaled(usage_points=25, days=2, seed=seed)
    check("scaled", some, PROFILES_READ)
    assert some.equals(more.head(some.height))
    assert some.height == few * 2


def test_blocks_come_in_the_order_of_usage_points_and_miss_nobody():
    blocks = list(scaled_profiles(SAMPLE, usage_points=500, days=250, seed=3))
    assert [block.height for block in blocks] == [100_000, 25_000]
    whole = pl.concat(blocks)
    assert whole.select(DAY).equals(whole.select(DAY).sort(DAY))
    assert whole.select(DAY).is_unique().all()


def test_another_seed_makes_other_customers_who_differ_from_each_other():
    energy = _scaled(usage_points=300, days=7, seed=1).group_by("usage_point_id").agg(TOTAL.sum())
    other = _scaled(usage_points=300, days=7, seed=2).group_by("usage_point_id").agg(TOTAL.sum())
    assert energy[SLOTS[0]].n_unique() > 290
    assert not energy.sort("usage_point_id").equals(other.sort("usage_point_id"))


def test_a_second_year_keeps_the_weekday(profiles):
    days = _scaled(usage_points=1, days=366 + 7, seed=0)
    assert days["service_date"][-1] == date(2017, 1, 7)
    base = (
        profiles.filter(pl.col("channel") == "import")
        .select("usage_point_id", "service_date", base=TOTAL)
        .pivot("usage_point_id", index="service_date", values="base")
        .sort("service_date")
    )
    totals = days.select(TOTAL).to_series().to_numpy()
    source = max(
        (base[c].to_numpy() for c in base.columns[1:]),
        key=lambda curve: np.corrcoef(totals[:366], curve)[0, 1],
    )
    scale = totals[:366].sum() / source.sum()
    expected = scale * source[2:9]  # 2016-01-03 is a Sunday like 2017-01-01
    assert np.abs(totals[366:] / expected - 1).max() < 0.2  # noise and the shift across midnight


def test_missing_and_estimated_slots_have_the_shares_asked_for():
    options = {"usage_points": 40, "days": 20, "seed": 5}
    whole = _scaled(**options)
    holes = _scaled(**options, missing_share=0.2, estimated_share=0.1)
    missing = holes.select(SLOTS).to_numpy()
    assert abs(np.isnan(missing).mean() - 0.2) < 0.01
    assert abs("".join(holes["quality"].drop_nulls()).count("E") / missing.size - 0.1) < 0.01
    # The values that are there are the same, up to the rounding of the running total.
    assert np.nanmax(np.abs(missing - whole.select(SLOTS).to_numpy())) <= 1
    assert _scaled(usage_points=3, days=2, missing_share=1.0).is_empty()


def test_scaled_reference_tables_belong_to_the_scaled_profiles():
    tables = scaled_master(SAMPLE, usage_points=1_300, seed=4)
    points = tables["usage_points"]
    energy = _scaled(usage_points=1_300, days=1, seed=4)
    assert points["usage_point_id"].sort().equals(energy["usage_point_id"].sort())
    for key, table in (
        ("customer_id", "customers"),
        ("transformer_id", "transformers"),
        ("feeder_id", "feeders"),
        ("region_id", "regions"),
        ("usage_point_id", "meters"),
    ):
        assert tables[table][key].is_unique().all()
        assert set(points[key].drop_nulls()) <= set(tables[table][key])
    # 212 consuming points a copy: seven copies, five to a region, below one root.
    assert tables["transformers"].height == 7 * 4
    assert tables["regions"]["parent_region_id"].to_list() == [None, "scaled", "scaled"]
    assert tables["regions"]["is_simulated"].all()
    assert set(tables["transformers"]["feeder_id"]) <= set(tables["feeders"]["feeder_id"])
