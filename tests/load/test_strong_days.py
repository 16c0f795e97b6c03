"""Strong days: what is found in them is what is found in all days."""

from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from duckdb import DuckDBPyConnection

from queries.fleet import Fleet, choose_fleet
from queries.lake import open_lake
from queries.load.charging_blocks import LEAST_STEP_KW, charging_blocks
from queries.scope import EVERYTHING
from queries.settings import Settings
from queries.step_loads import load_blocks
from queries.strong_day_loads import strong_runs
from queries.strong_days import strong_days

FIRST, DAYS = date(2024, 3, 20), 30
AN_HOUR = 4
"""Quarters of an hour."""


@pytest.fixture(scope="module")
def homes(new_lake: Callable[..., Settings], take: Callable, day_row: Callable) -> Settings:
    """Three homes over the end of a month, one with two registers and one read by the hour.

    Blocks begin on every second evening, some of them shortly before midnight; days are missing.
    """
    random = np.random.default_rng(3)
    rows = []
    for point, channels, interval in (
        ("one", ["import"], 15),
        ("two", ["import.1", "import.2"], 15),
        ("hourly", ["import"], 60),
    ):
        for channel in channels:
            load_wh = random.integers(20, 120, DAYS * 96)
            for day in range(0, DAYS, 2):
                start = day * 96 + int(random.integers(70, 99))
                load_wh[start : start + 3 * AN_HOUR] += 900
            by_day = load_wh.reshape(DAYS, -1, interval // 15).sum(axis=2)
            rows += [
                day_row(
                    values.tolist(),
                    point=point,
                    channel=channel,
                    day=FIRST + timedelta(days=day),
                    interval=interval,
                )
                for day, values in enumerate(by_day)
                if day not in {5, 17}
            ]
    settings = new_lake()
    take(settings, pl.concat(rows))
    return settings


def _fleet(lake: DuckDBPyConnection) -> Fleet:
    return choose_fleet(
        lake,
        first_day=FIRST,
        last_day=FIRST + timedelta(days=DAYS - 1),
        area_kind="all",
        area_id=None,
        region_id=None,
        channel="import",
        step_minutes=15,
        least_readings_share=0.5,
    )


@pytest.mark.parametrize("held_days", [10, 40_000])
def test_blocks_of_strong_days_are_those_of_all_days(
    homes: Settings, held_days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queries.strong_day_loads._HELD_DAYS", held_days)
    with closing(open_lake(homes, EVERYTHING)) as lake:
        fleet = _fleet(lake)
        (whole,) = load_blocks(lake, fleet)
        strong = strong_days(lake, fleet, LEAST_STEP_KW)
        runs = list(strong_runs(lake, fleet, strong))
    expected = charging_blocks(whole.load_kw)
    found = []
    for run in runs:
        blocks = charging_blocks(run.load_kw.reshape(1, -1))
        row, slot = np.divmod(blocks.slot, 96)
        found += zip(run.point[row], run.day[row] * 96 + slot, blocks.step_kw, strict=True)
    assert len(expected.point) > 20
    assert {row[0] for row in found} == {0, 1, 2}
    assert found == list(zip(expected.point, expected.slot, expected.step_kw, strict=True))
    read = ~np.isnan(whole.load_kw.reshape(3, DAYS, 96)).all(axis=2)
    assert (strong.is_read == read).all()


def test_quiet_days_are_not_read(homes: Settings) -> None:
    with closing(open_lake(homes, EVERYTHING)) as lake:
        fleet = _fleet(lake)
        strong = strong_days(lake, fleet, LEAST_STEP_KW)
        days = sum((run.point >= 0).sum() for run in strong_runs(lake, fleet, strong))
        nothing = strong_days(lake, fleet, 50.0)
        assert not list(strong_runs(lake, fleet, nothing))
    assert strong.is_strong.sum() <= days < 3 * (DAYS - 2)
