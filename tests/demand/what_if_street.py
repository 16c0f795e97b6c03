"""A street whose loads repeat every day, and what tests of scenarios ask about it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import append, publish, writing
from queries.demand.what_if_curve import what_if_curve
from queries.demand.what_if_summary import what_if_summary
from queries.schema import WEATHER
from queries.settings import Settings
from tests.billing.small_lakes import HOME, SHOP, agreement, point, profiles, street

JANUARY = date(2025, 1, 1), date(2025, 1, 31)
DAYS = 31
HOMES = ("home 1", "home 2", "home 3")
PEAK_AND_VALLEY = """
[[tariff]]
code = "evening"
name_zh = "晚峰"
name_en = "Evening peak"
region = "liaoning"
price_class = "residential"
[[tariff.version]]
[[tariff.version.charge]]
code = "energy"
component = "retail"
calendar = "evening"
periods = { peak = "0.80", valley = "0.20" }

[[calendar]]
code = "evening"
name_zh = "晚峰"
name_en = "Evening peak"
notice = "none"
certainty = "made up"
remainder = "valley"
[[calendar.window]]
period = "peak"
hours = ["17:00-21:00"]
"""


def make_street(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """January of three homes, one of them read every quarter of an hour, and a shop: a lake."""

    def load(name: str, kwh: dict[int, float], otherwise: float) -> pl.DataFrame:
        return profiles(day_row, name, JANUARY, kwh, otherwise)

    fine = pl.concat(
        [
            day_row(
                [40 + 7 * (slot % 5) + (200 if 68 <= slot < 84 else 0) for slot in range(96)],
                point="home 3",
                day=JANUARY[0] + timedelta(days=day),
                interval=15,
            )
            for day in range(DAYS)
        ]
    )
    home = {"customer_class": "residential", "transformer_id": "T1"}
    settings = new_lake()
    register(settings, transformers=[{"transformer_id": "T1", "rated_capacity_kva": 20.0}])
    made = street(
        settings,
        register,
        take,
        {
            "home 1": (
                point("home 1", **home),
                agreement("home 1", HOME | {"has_time_of_use": True}),
                load("home 1", {18: 2.0, 19: 3.0}, 0.4),
            ),
            "home 2": (
                point("home 2", **home),
                agreement("home 2", HOME),
                load("home 2", {2: 1.0}, 0.2),
            ),
            "home 3": (
                point("home 3", **home),
                agreement("home 3", HOME | {"has_time_of_use": True}),
                fine,
            ),
            "shop": (
                point("shop", region_id="village"),
                agreement("shop", SHOP),
                load("shop", {12: 9.0}, 1.0),
            ),
        },
    )
    _shine(made)
    return made


def _shine(lake: Settings) -> None:
    """500 W/m² from 10 to 14 o'clock of every day, none else."""
    begin = datetime(2025, 1, 1, tzinfo=UTC) - timedelta(hours=8)
    rows = [
        {
            "region_id": "town",
            "valid_at": begin + timedelta(hours=hour),
            "temperature_c": 0.0,
            "irradiance_w_per_m2": 500.0 if 10 <= hour % 24 < 14 else 0.0,
            "batch_id": "test",
            "received_at": begin,
        }
        for hour in range(DAYS * 24)
    ]
    with writing(lake) as writer:
        append(writer, WEATHER, pl.DataFrame(rows, schema=WEATHER.schema))
        publish(writer)


def scenario(**supposed: object) -> str:
    days = {"first_day": f"{JANUARY[0]}", "last_day": f"{JANUARY[1]}"}
    return json.dumps(days | supposed)


def tariffs() -> list[dict]:
    return [{"price_class": "residential", "tariff": PEAK_AND_VALLEY}]


def everyone(**given: object) -> list[dict]:
    return [{"uptake_share": 1.0, **given}]


def by_day(lake: DuckDBPyConnection, name: str, text: str, column: str = "energy_after_kwh"):
    """A customer's quarters of an hour by day."""
    curve = what_if_curve(lake, scenario=text, usage_point_id=name)
    return curve[column].to_numpy().reshape(DAYS, 96)


def before_and_after(lake: DuckDBPyConnection, text: str) -> tuple[dict, dict]:
    first, second = what_if_summary(lake, scenario=text).iter_rows(named=True)
    return first, second
