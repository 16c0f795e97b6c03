"""What is frozen at midnight, meter by meter, as rows."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ingest.simulated.loads.solar import Solar
from ingest.simulated.meters.register_rows import register_rows
from ingest.simulated.planted.collection import CollectionPlan, collect
from ingest.simulated.planted.metering import registered
from ingest.simulated.surroundings.span import Span
from tests.ingest.simulated.by_hand import flows, planted, premise, setting

SPAN = Span.between(date(2024, 3, 1), date(2024, 3, 30))
GROWING = flows(np.arange(SPAN.slots, dtype=np.int32))
"""Every slot draws more than the one before: so does every day's demand."""


def frozen_registers(customer, *things, channel="import"):
    given = setting(SPAN)
    shown = registered(GROWING, customer, things, given)
    kept = collect(CollectionPlan(0.0, {}, {}), customer.usage_point_id, given)
    days = np.arange(SPAN.days)
    rows = register_rows(customer, things, shown, kept, connected=days, setting=given)
    return rows.filter((pl.col("channel") == channel) & (pl.col("register") == "total"))


def test_a_terminal_that_repeats_a_day_repeats_its_demand_too():
    rows = frozen_registers(premise(span=SPAN), planted("frozen", 10 * 96, 14 * 96, 4.0))
    stale = rows[9:14]
    for column in ("reading_kwh", "demand_kw", "demand_at"):
        assert stale[column].n_unique() == 1, column
    assert rows["demand_kw"][14] > rows["demand_kw"][13]


@pytest.mark.parametrize(("first_day", "last_day"), [(10, 20), (10, 30)])
def test_another_ratio_in_the_records_does_not_reset_the_meters_demand(first_day, last_day):
    wrong = planted(
        "wrong_multiplier", first_day * 96, last_day * 96, 1.5, true_ratio=40.0, recorded_ratio=60.0
    )
    rows, right = (frozen_registers(premise(span=SPAN), *things) for things in ((wrong,), ()))
    assert (rows["demand_kw"].diff().drop_nulls() >= 0).all()
    # Energy is rounded to a watt-hour by the wrong ratio, demand is truncated to four decimals.
    difference = (rows["demand_kw"] - right["demand_kw"]).cast(pl.Float64).to_numpy()
    assert np.abs(difference).max() < 2.5e-4


def test_a_register_of_what_is_fed_back_comes_with_the_roof():
    roof = Solar(12, 5.0, 4.5, 20.0, 180.0, 0.1, 0.3, 2.0)
    rows = frozen_registers(premise(span=SPAN, solar=roof), channel="export")
    assert rows["service_date"].min() == SPAN.first_day + timedelta(days=12)
    assert rows.height == SPAN.days - 12
