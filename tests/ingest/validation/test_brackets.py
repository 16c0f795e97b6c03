"""Register differences across rollover, exchange and another ratio, worked by hand."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch import REGISTERS_READ
from ingest.validation.brackets import brackets, pieces
from ingest.validation.rules import read_rules
from queries.schema import METERS, USAGE_POINTS
from queries.settings import Settings
from tests.ingest.validation.conftest import at, on

RULES = read_rules(Settings())
EIGHT_HOURS = timedelta(hours=8)


def readings(*rows):
    """(meter, instant, day number, kWh)."""
    return pl.DataFrame(
        [
            dict.fromkeys(REGISTERS_READ)
            | {
                "usage_point_id": "P",
                "meter_id": meter,
                "channel": "import",
                "register": "total",
                "read_at": instant,
                "service_date": on(day),
                "quality": "A",
            }
            for meter, instant, day, _ in rows
        ],
        schema=REGISTERS_READ,
    ).with_columns(
        pl.Series("reading_kwh", [kwh for *_, kwh in rows]).cast(REGISTERS_READ["reading_kwh"])
    )


def meters(*rows):
    """(meter, since day number, ratio, digits)."""
    return pl.DataFrame(
        [
            {
                "meter_id": meter,
                "usage_point_id": "P",
                "current_ratio": ratio,
                "voltage_ratio": 1.0,
                "register_digits": digits,
                "valid_from": date(2000, 1, 1) if since is None else on(since),
            }
            for meter, since, ratio, digits in rows
        ],
        schema={n: METERS.schema[n] for n in METERS.names if n not in {"known_from", "batch_id"}},
    ).with_columns((pl.col("current_ratio") * pl.col("voltage_ratio")).alias("ratio"))


POINTS = pl.DataFrame(
    [{"usage_point_id": "P", "contracted_capacity_kva": 50.0, "valid_from": date(2000, 1, 1)}],
    schema=dict(USAGE_POINTS.schema),
)


def differences(held, known):
    return pieces(held, known, POINTS, RULES)


def test_a_register_of_four_digits_goes_on_at_zero():
    held = readings(("A", at(1), 0, 9_998.5), ("A", at(2), 1, 1.5))
    [row] = differences(held, meters(("A", None, 10.0, 4))).rows(named=True)
    assert (row["outcome"], row["energy_wh"]) == ("rollover", pytest.approx(30_000))


def test_a_fall_too_deep_for_the_connection_is_no_rollover():
    held = readings(("A", at(1), 0, 5_900.0), ("A", at(2), 1, 1.5))
    [row] = differences(held, meters(("A", None, 10.0, 4))).rows(named=True)
    assert (row["outcome"], row["energy_wh"]) == ("decrease", None)


def test_an_exchange_that_the_readings_do_not_name_is_known_from_the_installation_history():
    held = readings((None, at(1), 0, 5_900.0), (None, at(2), 1, 1.5), (None, at(3), 2, 4.5))
    known = meters(("A", None, 10.0, 6), ("B", 1, 20.0, 6))
    rows = differences(held, known).sort("read_at").select("outcome", "ratio", "energy_wh").rows()
    assert rows == [("exchange", 20.0, None), ("forward", 20.0, pytest.approx(60_000))]


def test_the_ratio_is_the_one_that_held_on_the_day_of_the_reading():
    held = readings(("A", at(1), 0, 100.0), ("A", at(2), 1, 101.0), ("A", at(3), 2, 102.0))
    known = meters(("A", None, 10.0, 6), ("A", 2, 30.0, 6))
    rows = differences(held, known).sort("read_at")["energy_wh"].to_list()
    assert rows == [pytest.approx(10_000), pytest.approx(30_000)]


def test_an_exchange_at_noon_joins_both_meters_into_one_day():
    held = readings(
        ("A", at(1), 0, 500.0),
        ("A", at(1, 12), 1, 502.0),
        ("B", at(1, 12), 1, 0.0),
        ("B", at(2), 1, 3.0),
    )
    known = meters(("A", None, 10.0, 6), ("B", 1, 20.0, 6))
    [row] = brackets(differences(held, known), EIGHT_HOURS).rows(named=True)
    assert (row["first_day"], row["last_day"]) == (on(1), on(1))
    assert (row["register_wh"], row["pieces"], row["ratios"]) == (pytest.approx(80_000), 2, 30.0)


def test_an_exchange_whose_last_reading_is_unknown_has_no_difference():
    held = readings(("A", at(1), 0, 500.0), ("B", at(2), 1, 3.0), ("B", at(3), 2, 4.0))
    known = meters(("A", None, 10.0, 6), ("B", 1, 10.0, 6))
    rows = brackets(differences(held, known), EIGHT_HOURS)
    assert rows.select("first_day", "register_wh").rows() == [(on(2), pytest.approx(10_000))]


def test_days_without_a_freeze_lie_in_one_difference():
    held = readings(("A", at(1), 0, 500.0), ("A", at(4), 3, 506.0))
    [row] = brackets(differences(held, meters(("A", None, 1.0, 6))), EIGHT_HOURS).rows(named=True)
    assert (row["first_day"], row["last_day"]) == (on(1), on(3))


@settings(max_examples=40, deadline=None)
@given(
    daily=st.lists(st.integers(0, 900_000), min_size=30, max_size=30),
    exchange=st.integers(5, 9),
    change=st.integers(12, 25),
)
def test_a_month_with_rollover_exchange_and_other_ratio_adds_up_to_the_counts(
    daily, exchange, change
):
    """Meter A (4 digits, ×10) rolls over; B replaces it at 10 o'clock; later B is read by ×30."""
    count_wh, ratio = 10, 10
    rows, state = [], {"meter": "A", "counts": 999_000, "left": 0.0}

    def count(energy_wh):
        state["left"] += energy_wh / (ratio * count_wh)
        whole = int(state["left"] + 1e-9)
        state["left"] -= whole
        state["counts"] = (state["counts"] + whole) % 1_000_000

    def read(instant, day):
        rows.append((state["meter"], instant, day, state["counts"] / 100))

    read(at(0), -1)
    for day, whole_wh in enumerate(daily):
        morning_wh = whole_wh / 3 if day == exchange else 0.0
        if day == exchange:
            count(morning_wh)
            read(at(day, 10), day)
            state.update(meter="B", counts=0, left=0.0)
            read(at(day, 10), day)
        if day == change:
            ratio = 30
            state["left"] = 0.0
        count(whole_wh - morning_wh)
        read(at(day + 1), day)
    known = meters(("A", None, 10.0, 4), ("B", exchange, 10.0, 4), ("B", change, 30.0, 4))
    found = brackets(differences(readings(*rows), known), EIGHT_HOURS).sort("first_day")
    assert found["register_wh"].null_count() == 0
    assert found["first_day"].to_list() == [on(day) for day in range(30)]
    counts = found["ratios"].to_list()
    for day, (register_wh, ratios) in enumerate(
        zip(found["register_wh"].to_list(), counts, strict=True)
    ):
        assert register_wh == pytest.approx(daily[day], abs=ratios * count_wh + 1e-3)
