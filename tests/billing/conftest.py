"""A street that several tests of everyone's bills look at."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from queries.settings import Settings
from tests.billing.small_lakes import (
    HOME,
    SHOP,
    TWO_PART,
    WINTER,
    agreement,
    point,
    profiles,
    street,
)


@pytest.fixture(scope="session")
def street_settings(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """January and February 2025 of two homes, shops, a plant, a farm, a school and a stranger.

    ``noon`` uses 10 kWh a day from 13 to 14 o'clock, flat in Liaoning; ``eve`` 6 then and 4 from 21
    to 22; ``half`` is ``noon`` read in January only. The school and the stranger have no agreement,
    and nobody knows what the stranger is.
    """

    def load(name: str, kwh: dict[int, float], otherwise: float = 0.0) -> pl.DataFrame:
        return profiles(day_row, name, WINTER, kwh, otherwise)

    roof = load("roof", {19: 3.0})
    fed_in = profiles(day_row, "roof", WINTER, {12: 5.0}).with_columns(channel=pl.lit("export"))
    half = load("half", {13: 10.0}).filter(pl.col("service_date") < date(2025, 2, 1))
    plant = {"customer_class": "industrial", "voltage_kv": 10.0}
    two_part = TWO_PART | {"has_time_of_use": True, "basic_charge": "capacity"}
    farm = HOME | {"tariff_code": "agricultural"}
    home = {"customer_class": "residential"}
    of_farm = {"customer_class": "agricultural", "region_id": "village"}
    return street(
        new_lake(),
        register,
        take,
        {
            "home": (point("home", **home), agreement("home", HOME), load("home", {19: 3.0})),
            "roof": (point("roof", **home), agreement("roof", HOME), pl.concat([roof, fed_in])),
            "noon": (point("noon"), agreement("noon", SHOP), load("noon", {13: 10.0})),
            "eve": (point("eve"), agreement("eve", SHOP), load("eve", {13: 6.0, 21: 4.0})),
            "half": (point("half"), agreement("half", SHOP), half),
            "plant": (
                point("plant", 400.0, **plant),
                agreement("plant", two_part),
                load("plant", {}, 60.0),
            ),
            "farm": (point("farm", **of_farm), agreement("farm", farm), load("farm", {6: 20.0})),
            "school": (point("school", customer_class="public"), None, load("school", {9: 8.0})),
            "stranger": (point("stranger", customer_class=None), None, load("stranger", {3: 1.0})),
        },
    )
