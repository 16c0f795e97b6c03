"""How much of its load a customer's like keep on at night: the same whoever asks."""

from contextlib import closing
from datetime import date

import polars as pl
import pytest

from queries.customers.advice_peers import LEAST_PEERS, READS, usual_night_shares
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope

YEAR = date(2025, 1, 1), date(2025, 12, 31)


@pytest.fixture
def street_of(new_lake, take, register, day_row):
    """So many homes in two stations of one district, each with a little more on at night."""

    def make(homes: int):
        settings = new_lake()
        above = {"town": None, "north": "town", "south": "town"}
        register(
            settings,
            regions=[{"region_id": r, "parent_region_id": up} for r, up in above.items()],
            customers=[{"customer_id": f"C{n}"} for n in range(homes)],
            usage_points=[
                {"usage_point_id": f"P{n}", "customer_id": f"C{n}"}
                | {"customer_class": "residential", "region_id": ("north", "south")[n % 2]}
                for n in range(homes)
            ],
        )
        days = pl.DataFrame({"service_date": pl.date_range(*YEAR, eager=True)})
        rows = [
            day_row({hour: 100 + n if hour < 6 else 1000 for hour in range(24)}, point=f"P{n}")
            .drop("service_date")
            .join(days, how="cross")
            for n in range(homes)
        ]
        columns = day_row({0: 1}).columns
        take(settings, pl.concat(rows).select(columns))
        return settings

    return make


def usual(settings, scope, region_id):
    with closing(open_lake(settings, scope, reads=READS)) as lake:
        return usual_night_shares(*YEAR, lake, region_id=region_id)


def test_a_customer_is_compared_with_whom_staff_compare_it(street_of):
    settings = street_of(LEAST_PEERS + 1)
    own = Scope("a", "customer", customer_ids=frozenset({"C0"}))
    of_staff = usual(settings, EVERYTHING, "town")
    assert usual(settings, own, "north")["P0"] == of_staff["P0"]
    # Three quarters of eleven do with what the ninth needs: 108 of (6 × 108 + 18 × 1000) / 24 Wh.
    assert of_staff["P0"] == pytest.approx(108 / ((6 * 108 + 18 * 1000) / 24), abs=5e-4)


def test_fewer_than_ten_others_are_no_measure(street_of):
    assert usual(street_of(LEAST_PEERS), EVERYTHING, "town") == {}
