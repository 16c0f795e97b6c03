"""Whether the district is like real data where it claims to be."""

from contextlib import closing
from datetime import date

import numpy as np
import polars as pl
import pytest

from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from queries.lake import open_lake
from queries.load.coincidence import coincidence
from queries.load.predictability import predictability
from queries.load.reference import reference_figures
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.empty_lake import empty_lake
from tests.ingest.simulated.conftest import table

HOMES = Plan(
    customers=120,
    first_day=date(2024, 3, 1),
    last_day=date(2024, 8, 31),
    seed=5,
    faults=0,
    energy_only=True,
)
ASKED = {
    "first_day": HOMES.first_day,
    "last_day": HOMES.last_day,
    "area_kind": "customer_class",
    "area_id": "residential",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    settings = Settings(data=tmp_path_factory.mktemp("homes"))
    empty_lake(settings)
    load_district(settings, HOMES, tell=lambda _: None, workers=1)
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def of_size(figures: pl.DataFrame, column: str, size: int) -> float:
    return figures.filter(pl.col("group_size") == size)[column].item()


@pytest.mark.parametrize("size", [2, 5, 10, 20])
def test_homes_peak_together_about_as_seldom_as_australian_ones(lake, size):
    ours, real = coincidence(lake, **ASKED), reference_figures("load/coincidence")
    simulated = of_size(ours, "coincidence_share", size)
    assert simulated == pytest.approx(of_size(real, "coincidence_share", size), abs=0.12)


@pytest.mark.parametrize("size", [5, 10, 20])
def test_a_forecast_errs_less_for_more_homes_as_it_does_on_real_ones(lake, size):
    ours, real = predictability(lake, **ASKED), reference_figures("load/predictability")
    falls = [of_size(f, "error_share", size) / of_size(f, "error_share", 1) for f in (ours, real)]
    assert falls[0] == pytest.approx(falls[1], rel=0.3)


def test_voltages_tell_on_which_transformer_a_customer_hangs(district):
    # Customers of one transformer see its busbar; the feeder above is the same for five of them.
    folder = district()
    points = pl.read_csv(folder / "usage_points.csv").select("usage_point_id", "transformer_id")
    truth = pl.read_parquet(folder / "truth.parquet")
    odd = truth.filter(
        pl.col("group").is_in(["assignment", "clock", "meter_fault"])
        | (pl.col("kind") == "clock_shift")
    )["subject_id"]
    volts = (
        table(folder, "measurement_profiles")
        .filter(pl.col("quantity").str.starts_with("voltage"))
        .join(points, on="usage_point_id")
        .filter(~pl.col("usage_point_id").is_in(odd.to_list()))
    )
    slots = [name for name in volts.columns if name.startswith("t") and name[1:].isdigit()]
    series = {
        key: rows.sort("service_date").select("service_date", *slots)
        for key, rows in volts.group_by("usage_point_id", "quantity", "transformer_id")
    }
    heads = {
        key[2]: rows
        for key, rows in series.items()
        if key == (f"{key[2]}-M", "voltage_a_v", key[2])
    }
    found = []
    for (point, quantity, own), rows in series.items():
        if point.endswith("-M") or own is None or quantity != "voltage_a_v":
            continue
        likeness = {area: _correlation(rows, head) for area, head in heads.items()}
        found.append(max(likeness, key=lambda area: likeness[area]) == own)
    assert len(found) >= 10
    assert np.mean(found) >= 0.9


def _correlation(left: pl.DataFrame, right: pl.DataFrame) -> float:
    """Of the steps from slot to slot, where both are there."""
    both = left.join(right, on="service_date", suffix="_other")
    slots = [name for name in left.columns if name != "service_date"]
    one = both.select(slots).to_numpy().ravel()
    other = both.select([f"{name}_other" for name in slots]).to_numpy().ravel()
    steps = np.diff(one), np.diff(other)
    there = ~np.isnan(steps[0]) & ~np.isnan(steps[1])
    return float(np.corrcoef(steps[0][there], steps[1][there])[0, 1])
