"""A shop on a household tariff is told by when it uses electricity."""

from contextlib import closing

import numpy as np
import polars as pl
import pytest

from ingest.lake import append, publish, writing
from queries.customers.class_by_use import LEAST_OF_CLASS, class_by_use
from queries.lake import open_lake
from queries.schema import PORTRAITS
from queries.scope import EVERYTHING
from tests.customers.portrait_row import portrait_row

_SHOP = {"night_share": 0.08, "morning_share": 0.36, "midday_share": 0.4, "evening_share": 0.16}


def _rows(homes: int, shops: int) -> list[dict]:
    rng = np.random.default_rng(4)
    rows = [
        portrait_row(
            f"H{n:03d}",
            annual_kwh=2500 * np.exp(rng.normal(0, 0.4)),
            summer_ratio=rng.uniform(1, 1.4),
        )
        for n in range(homes)
    ]
    rows += [
        portrait_row(
            f"S{n:03d}",
            customer_class="commercial",
            annual_kwh=20_000 * np.exp(rng.normal(0, 0.4)),
            summer_ratio=rng.uniform(1, 1.4),
            **_SHOP,
        )
        for n in range(shops)
    ]
    disguised = portrait_row("X", annual_kwh=18_000.0, **_SHOP)
    return [*rows, disguised]


def _lake(settings, rows):
    with writing(settings) as writer:
        append(writer, PORTRAITS, pl.DataFrame(rows, schema=PORTRAITS.schema))
        publish(writer)
    return closing(open_lake(settings, EVERYTHING))


@pytest.fixture(scope="module")
def found(new_lake):
    with _lake(new_lake(), _rows(60, 30)) as lake:
        return class_by_use(lake)


def test_a_shop_on_a_household_tariff_is_found_though_the_register_taught_the_model(found):
    disguised = found.filter(pl.col("usage_point_id") == "X").row(0, named=True)
    assert disguised["customer_class"] == "residential"
    assert disguised["likely_class"] == "commercial"
    assert disguised["likelihood"] > 0.9
    assert disguised["registered_likelihood"] == pytest.approx(1 - disguised["likelihood"])


def test_who_is_what_the_register_says_is_left_in_peace(found):
    others = found.filter(pl.col("usage_point_id") != "X")
    assert (others["likely_class"] == others["customer_class"]).mean() == 1.0
    assert found.height == 91


def test_a_handful_of_shops_teaches_nothing(new_lake):
    with _lake(new_lake(), _rows(60, LEAST_OF_CLASS - 1)) as lake:
        assert class_by_use(lake).is_empty()
