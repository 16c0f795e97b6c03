"""Why no power: each cause on cases made by hand, and on a small grid with two areas."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lake import append, publish, writing
from queries.customers.no_power import RETURNS, no_power
from queries.customers.no_power_causes import CAUSES, VERDICTS, Area, Evidence, Planned, judged
from queries.lake import open_lake
from queries.run import QuestionError
from queries.schema import TABLES
from queries.scope import EVERYTHING, Scope
from tests.customers.payment_lake import AT as STAMPED
from tests.customers.payment_lake import paid, put_payments

AT = datetime(2024, 6, 3, 2, 5, tzinfo=UTC)  # 10:05 in Beijing
HOUR = timedelta(hours=1)
ALL_WELL = {"points": 10, "off": 0, "heard": 10, "drawing": 9}
LIVE = {"is_heard": True, "energy_wh": 120, "usual_wh": 100.0}
PLANNED = Planned("JH-1", "transformer", "T1", AT - HOUR, AT + HOUR)


def around(**counts):
    return {"transformer": Area("T1", **counts), "feeder": Area("F1", **counts), "areas": 5}


CASES = {
    "energy flows": (LIVE | around(**ALL_WELL), "power_is_there", "likely"),
    "announced, and neighbours are off": (
        {"planned": PLANNED, "off_since": AT - HOUR} | around(points=10, off=9),
        "planned",
        "sure",
    ),
    "announced, but energy flows": (
        LIVE | {"planned": PLANNED} | around(**ALL_WELL),
        "power_is_there",
        "likely",
    ),
    "nine of ten neighbours off": (
        {"off_since": AT - HOUR, "areas_off": 1} | around(points=10, off=9),
        "transformer",
        "sure",
    ),
    "half of the neighbours off, its own meter silent": (
        {"areas_off": 1} | around(points=10, off=5, heard=5),
        "transformer",
        "likely",
    ),
    "three areas of the feeder off": (
        {"off_since": AT - HOUR, "areas_off": 3} | around(points=10, off=9),
        "feeder",
        "sure",
    ),
    "the transformer's own meter is dead": (
        {"off_since": AT - HOUR, "transformer_voltage_share": 0.0}
        | around(points=2, off=0, heard=0),
        "transformer",
        "sure",
    ),
    "only its own meter is off": (
        {"off_since": AT - HOUR} | around(**ALL_WELL),
        "service_line",
        "likely",
    ),
    "suspended for arrears": (
        {"is_suspended": True, "overdue_cny": Decimal(300), "overdue_days": 50}
        | around(**ALL_WELL),
        "arrears",
        "sure",
    ),
    "nobody of the area is heard": (
        around(points=10, off=0, heard=0),
        "terminal_offline",
        "likely",
    ),
    "everybody else is heard": (around(**ALL_WELL), "meter_offline", "likely"),
    "voltage is there and nothing is drawn that usually is": (
        {"is_heard": True, "energy_wh": 0, "usual_wh": 80.0, "voltage_share": 1.02}
        | {"current_a": 0.0}
        | around(**ALL_WELL),
        "behind_meter",
        "likely",
    ),
    "nothing is drawn, voltage is not measured, neighbours draw": (
        {"is_heard": True, "energy_wh": 0, "usual_wh": 80.0} | around(**ALL_WELL),
        "behind_meter",
        "possible",
    ),
    "nothing is drawn, and nothing usually is": (
        {"is_heard": True, "energy_wh": 0, "usual_wh": 0.0} | around(**ALL_WELL),
        "behind_meter",
        "unknown",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_answer_of_cases_made_by_hand(case):
    seen, cause, verdict = CASES[case]
    assert judged(Evidence(**seen))[0] == (cause, verdict)


def test_arrears_are_only_possible_where_nothing_says_that_supply_was_cut():
    seen = {"overdue_cny": Decimal(300), "overdue_days": 50}
    assert dict(judged(Evidence(**seen)))["arrears"] == "possible"
    # Power is there: whatever is owed, it did not cut it off.
    assert dict(judged(Evidence(**seen, **LIVE)))["arrears"] == "excluded"


def test_where_nothing_is_known_nothing_is_claimed():
    assert {verdict for _, verdict in judged(Evidence())} <= {"unknown", "excluded"}


counts = st.integers(0, 30)
areas = st.builds(
    lambda points, off, heard, drawing: Area(
        "T1",
        points,
        min(off, points),
        min(heard, points),
        min(drawing, heard, points),
    ),
    counts,
    counts,
    counts,
    counts,
)


@given(
    st.builds(
        Evidence,
        transformer=st.none() | areas,
        feeder=st.none() | areas,
        areas=counts,
        areas_off=counts,
        planned=st.sampled_from([None, PLANNED]),
        off_since=st.sampled_from([None, AT]),
        is_heard=st.booleans(),
        energy_wh=st.none() | counts,
        usual_wh=st.none() | st.floats(0, 500),
        voltage_share=st.none() | st.floats(0, 1.2),
        current_a=st.none() | st.floats(0, 50),
        transformer_voltage_share=st.none() | st.floats(0, 1.2),
        is_suspended=st.booleans(),
        overdue_cny=st.sampled_from([Decimal(0), Decimal(5)]),
        overdue_days=counts,
    )
)
def test_every_cause_is_judged_once_and_the_most_certain_come_first(seen):
    answer = judged(seen)
    assert sorted(cause for cause, _ in answer) == sorted(CAUSES)
    certain = [VERDICTS.index(verdict) for _, verdict in answer]
    assert certain == sorted(certain)
    found = dict(answer)
    if seen.off_since:  # it says itself that power went
        assert {found["power_is_there"], found["meter_offline"]} == {"excluded"}
    if seen.planned is None:
        assert found["planned"] == "excluded"


@pytest.fixture(scope="module")
def grid(new_lake, take, register, day_row):
    """Areas T1 (a, b, c) and T2 (d, e) on one feeder: at 10:00 T1 loses power, d's fuse blows."""
    settings = new_lake()
    points = {"a": "T1", "b": "T1", "c": "T1", "d": "T2", "e": "T2"}
    register(
        settings,
        feeders=[{"feeder_id": "F1"}],
        transformers=[{"transformer_id": t, "feeder_id": "F1"} for t in ("T1", "T2")],
        customers=[{"customer_id": f"C{p}"} for p in points],
        usage_points=[
            {"usage_point_id": p, "customer_id": f"C{p}", "transformer_id": t, "voltage_kv": 0.22}
            for p, t in points.items()
        ],
    )
    usual = dict.fromkeys(range(24), 100)
    off = usual | {10: 0}
    days = [day_row(usual, point=p, day=date(2024, 6, d)) for p in points for d in (1, 2)]
    today = [day_row(off if p in "abc" else usual, point=p) for p in "abce"]
    take(settings, *days, *today)
    ten = datetime(2024, 6, 3, 2, tzinfo=UTC)
    events = [
        {"usage_point_id": p, "meter_id": f"M{p}", "event_code": "3011", "occurred_at": ten}
        | {"ended_at": ten + HOUR, "batch_id": "b", "received_at": STAMPED}
        for p in "abcd"
    ]
    with writing(settings) as writer:
        table = TABLES["meter_events"]
        append(writer, table, pl.DataFrame(events, schema=table.schema))
        publish(writer)
    put_payments(settings, paid("Cd", [None, None]))
    return settings


def first(settings, point, scope=EVERYTHING, at=AT):
    with closing(open_lake(settings, scope)) as lake:
        return no_power(lake, usage_point_id=point, at=at).row(0, named=True)


def test_neighbours_without_power_make_it_the_transformer(grid):
    answer = first(grid, "a")
    assert (answer["cause"], answer["verdict"]) == ("transformer", "sure")
    assert (answer["neighbours"], answer["neighbours_off"]) == (2, 2)
    assert answer["since"] == datetime(2024, 6, 3, 2, tzinfo=UTC)


def test_a_customer_gets_the_same_answer_though_it_sees_no_neighbour(grid):
    own = Scope("a", "customer", customer_ids=frozenset({"Ca"}))
    assert first(grid, "a", own) == first(grid, "a")
    with pytest.raises(QuestionError, match="no usage point"):
        first(grid, "b", own)


def test_a_meter_that_is_alone_without_power_has_its_own_line_broken(grid):
    assert first(grid, "d")["cause"] == "service_line"
    assert first(grid, "e")["cause"] == "power_is_there"


def test_an_hour_later_power_is_back(grid):
    assert first(grid, "a", at=AT + HOUR)["cause"] == "power_is_there"


def test_the_answer_has_every_cause_with_its_evidence(grid):
    with closing(open_lake(grid, EVERYTHING)) as lake:
        answer = no_power(lake, usage_point_id="d", at=AT)
        assert answer.schema == RETURNS
        assert set(answer["cause"]) == set(CAUSES)
        owed = answer.row(by_predicate=pl.col("cause") == "arrears", named=True)
        assert owed["overdue_cny"] == Decimal(200)
