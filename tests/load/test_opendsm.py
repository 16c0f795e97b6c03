"""Change points and slopes beside OpenDSM's daily model; ``tests.load.opendsm_oracle`` made them.

What is asked of both is the same: the day's mean temperature, one model for all days, no calendar.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from queries.load.building_response import building_response
from queries.load.response import FITTED, Response
from queries.load.temperature_response import temperature_response

HERE = Path(__file__).parent
HEATED = [f"heated home {number}" for number in range(1, 11)]
VICTORIA = [f"Victoria {year}" for year in (2012, 2013, 2014)]
SURE_SHARE = 0.25
"""Standard error over slope, above which a slope means little and two ways of least squares, one of
them with a penalty, may well choose another form."""


@pytest.fixture(scope="module")
def days() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Energy and temperature [°C] of every series."""
    frame = pl.read_parquet(HERE / "opendsm_days.parquet")
    return {
        str(series): (
            own["energy"].cast(pl.Float64).to_numpy()[None],
            own["temperature"].to_numpy() / 100,
        )
        for (series,), own in frame.sort("service_date").group_by("series")
    }


@pytest.fixture(scope="module")
def oracle() -> dict[tuple[str, str], dict]:
    """What OpenDSM found, by series and settings."""
    rows = pl.read_csv(HERE / "opendsm_daily.csv").rows(named=True)
    return {(row["series"], row["settings"]): row for row in rows}


@pytest.fixture(scope="module")
def ours(days) -> dict[str, Response]:
    return {series: temperature_response(*of_days) for series, of_days in days.items()}


@pytest.mark.parametrize("series", VICTORIA)
def test_heating_and_cooling_of_victoria_are_those_of_opendsm(series, ours, oracle):
    found, peer = ours[series], oracle[series, "one"]
    for change, slope in (
        ("heating_below_c", "heating_per_k"),
        ("cooling_above_c", "cooling_per_k"),
    ):
        assert getattr(found, change)[0] == pytest.approx(peer[change], abs=1.0)
        assert getattr(found, slope)[0] == pytest.approx(peer[slope], rel=0.05)


@pytest.mark.parametrize("series", HEATED)
def test_heated_homes_have_the_slopes_that_opendsm_finds(series, ours, oracle):
    found, peer = ours[series], oracle[series, "one"]
    assert found.heating_per_k[0] == pytest.approx(peer["heating_per_k"], rel=0.05)
    # A change point is compared where either has one: OpenDSM lets a home that does not cool cool.
    cools = found.cooling_per_k[0] > 0 or (peer["cooling_per_k"] or 0) == 0
    if cools or peer["cooling_above_c"] - peer["heating_below_c"] > 1:
        assert found.heating_below_c[0] == pytest.approx(peer["heating_below_c"], abs=1.0)


def test_whatever_slope_is_sure_is_opendsms_too(ours, oracle):
    sure = 0
    for series, found in ours.items():
        peer = oracle[series, "one"]
        for change, slope in (
            ("heating_below_c", "heating_per_k"),
            ("cooling_above_c", "cooling_per_k"),
        ):
            value = getattr(found, slope)[0]
            if found.status[0] != FITTED or not value:
                continue
            if found.standard_error(slope)[0] > SURE_SHARE * value:
                continue
            if found.standard_error(change)[0] > 1:
                continue
            sure += 1
            assert value == pytest.approx(peer[slope], rel=0.05), series
            assert getattr(found, change)[0] == pytest.approx(peer[change], abs=1.0), series
    assert sure >= 12


def test_opendsm_as_it_is_shipped_agrees_where_it_makes_one_model_of_a_heated_home(ours, oracle):
    compared = 0
    for series in HEATED:
        peer, found = oracle[series, "shipped"], ours[series]
        # Rounded corners have another slope; where it splits the days there are several.
        if peer["heating_per_k"] is None or peer["model"].endswith("_smooth"):
            continue
        compared += 1
        assert found.heating_per_k[0] == pytest.approx(peer["heating_per_k"], rel=0.05)
        assert found.heating_below_c[0] == pytest.approx(peer["heating_below_c"], abs=1.0)
    assert compared >= 2


def test_walls_and_absences_change_a_home_by_a_few_hundredths_of_opendsms_slope(days, oracle):
    ratios = []
    for series in HEATED:
        found = building_response(*days[series]).response
        ratios.append(found.heating_per_k[0] / oracle[series, "one"]["heating_per_k"])
    # Least squares on the day's own temperature, absences and all, is too low.
    assert 1.0 < np.median(ratios) < 1.08
