"""An event while it runs: what is known so far, and no more; four customers of whom C opted out."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from ingest.records.engine import SYSTEM, writing
from ingest.records.response_events import record_answer
from queries.demand.event_live import event_live
from queries.demand.event_live_points import event_live_points
from queries.demand.event_messages import event_messages
from queries.demand.event_standing import event_standing
from queries.demand.response_programme import Terms
from queries.demand.response_tables import RESPONSE_ENROLMENTS, RESPONSE_MESSAGES
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.demand.planted_event import BEGIN, EVENT_DAY, planted_event

NORTH = Scope(user="li", role="planner", regions=frozenset({"north"}))
HALF_AN_HOUR = BEGIN + timedelta(minutes=30)


@pytest.fixture(scope="module")
def plant(new_lake, register, take, day_row):
    def planted(**given):
        made = new_lake()
        engine, event_id = planted_event(made, register, take, day_row, **given)
        record_answer(
            engine,
            SYSTEM,
            event_id,
            "PC",
            answer="opt_out",
            answered_at=BEGIN - timedelta(hours=3),
            answered_by="C",
        )
        return made, engine, event_id

    return planted


@pytest.fixture(scope="module")
def followed(plant):
    """One that no test adds readings to."""
    return plant()


def asked(made, question, scope=EVERYTHING, **inputs):
    with closing(open_lake(made, scope)) as lake:
        return question(lake, **inputs)


def live(made, event_id, at, scope=EVERYTHING):
    """The event's quarters of an hour."""
    return asked(made, event_live, scope, event_id=event_id, at=at).filter("is_event")


def test_half_an_hour_into_the_event_two_quarters_are_known(followed):
    """A uses 10 of 20, B 16 of 20, D 10 of 20 kW; C has opted out and is in no sum."""
    made, _, event_id = followed
    rows = live(made, event_id, HALF_AN_HOUR)
    assert rows.height == 8
    assert rows["baseline_kw"].to_list() == [60.0] * 8
    assert rows["load_kw"].to_list() == [36.0] * 2 + [None] * 6
    assert rows["reduction_kw"].to_list() == [24.0] * 2 + [None] * 6
    assert rows["read_points"].to_list() == [3] * 2 + [0] * 6
    assert rows["standard_start"][0] == datetime(2025, 7, 10, 15)  # noqa: DTZ001 - local


def test_who_has_not_been_read_counts_as_if_it_had_not_reduced(plant):
    made, _, event_id = plant(without=("PD",))
    rows = live(made, event_id, BEGIN + timedelta(hours=2))
    assert rows["load_kw"].to_list() == [46.0] * 8, "10 of A, 16 of B, 20 of D that nobody read"
    assert rows["reduction_kw"].to_list() == [14.0] * 8
    assert rows["read_share"].to_list() == pytest.approx([2 / 3] * 8)


def test_each_customer_stands_with_its_answer_and_what_it_reduced_so_far(plant):
    made, _, event_id = plant(without=("PD",))
    inputs = {"event_id": event_id, "at": HALF_AN_HOUR}
    second, first, third, fourth = asked(made, event_live_points, **inputs).iter_rows(named=True)
    assert (second["usage_point_id"], second["reduction_kw"]) == ("PB", 4), "most is missing of B"
    assert (first["reduction_kw"], first["reduced_kwh"], first["fulfilled_share"]) == (10, 5, 1)
    assert (first["read_quarters"], first["over_quarters"]) == (2, 2)
    assert first["last_read"] == datetime(2025, 7, 10, 15, 30)  # noqa: DTZ001 - local
    assert (third["answer"], third["fulfilled_share"]) == ("opt_out", None)
    assert (fourth["load_kw"], fourth["last_read"], fourth["read_quarters"]) == (None, None, 0)


def test_the_figures_say_what_is_known_of_what_is_over(plant):
    """A and B reduce 10 and 4 of the 30 kW asked for; of D nothing was read, C is out."""
    made, _, event_id = plant(without=("PD",))
    [row] = asked(made, event_standing, event_id=event_id, at=HALF_AN_HOUR).iter_rows(named=True)
    assert (row["phase"], row["called"], row["opted_out"], row["silent"]) == ("running", 4, 1, 3)
    assert (row["points"], row["quarters"], row["over_quarters"]) == (3, 8, 2)
    assert row["read_share"] == pytest.approx(2 / 3)
    assert (row["reduction_kw"], row["latest_reduction_kw"]) == (14, 14)
    assert (row["goal_kw"], row["goal_share"]) == (30, pytest.approx(14 / 30))
    assert (row["promised_kw"], row["messages"], row["failed"]) == (30, 0, 0)
    for at, phase in (
        (BEGIN - timedelta(minutes=1), "ahead"),
        (BEGIN + timedelta(hours=2), "over"),
    ):
        [row] = asked(made, event_standing, event_id=event_id, at=at).iter_rows(named=True)
        assert row["phase"] == phase
    assert row["last_read"] == datetime(2025, 7, 10, 17)  # noqa: DTZ001 - local


def test_a_replay_shows_what_the_readings_up_to_then_would_have_shown(
    plant, followed, take, day_row
):
    """The lake that has the whole day, and one that has its first sixteen hours only."""
    whole, _, event_id = followed
    part, _, same_id = plant(without=("PA", "PB", "PC", "PD"))
    until_four = dict.fromkeys(range(15), 20_000) | {15: 10_000}
    for point in ("PA", "PC", "PD"):
        take(part, day_row(until_four, point=point, day=EVENT_DAY))
    take(part, day_row(until_four | {15: 16_000}, point="PB", day=EVENT_DAY))
    at = BEGIN + timedelta(hours=1)
    for question in (event_live, event_live_points, event_standing):
        known, replayed = (
            asked(made, question, event_id=one, at=at).drop("answered_at", "event_id", strict=False)
            for made, one in ((part, same_id), (whole, event_id))
        )
        assert known.equals(replayed)


def test_the_baseline_is_adjusted_once_the_hours_for_it_are_over(plant, take, day_row):
    """From 11:00 to 14:00 everybody used a tenth more than usual; it shows from 14:00 on."""
    made, _, event_id = plant(terms=Terms(baseline_rule="caiso_10_in_10"))
    higher = [22_000 if 11 <= hour < 14 else 20_000 for hour in range(24)]
    for point in ("PA", "PB", "PD"):
        issued = datetime(2025, 7, 11, tzinfo=UTC)
        take(made, day_row(higher, point=point, day=EVENT_DAY, issued=issued))
    assert live(made, event_id, BEGIN - timedelta(hours=2))["baseline_kw"].to_list() == [60.0] * 8
    adjusted = live(made, event_id, BEGIN - timedelta(hours=1))["baseline_kw"].to_list()
    assert adjusted == pytest.approx([66.0] * 8)


def test_the_day_before_nothing_of_the_event_is_known_but_its_baseline(followed):
    made, _, event_id = followed
    rows = live(made, event_id, BEGIN - timedelta(days=1))
    assert rows["baseline_kw"].to_list() == [60.0] * 8
    assert rows["load_kw"].null_count() == 8


def test_a_planner_follows_those_of_its_region(followed):
    made, _, event_id = followed
    rows = live(made, event_id, HALF_AN_HOUR, NORTH)
    assert rows["points"].to_list() == [2] * 8, "A and B; D lives in the south"
    nobody = Scope(user="x", role="planner", regions=frozenset({"east"}))
    with pytest.raises(QuestionError, match="nobody"):
        live(made, event_id, HALF_AN_HOUR, nobody)
    with pytest.raises(QuestionError, match="time zone"):
        live(made, event_id, HALF_AN_HOUR.replace(tzinfo=None))


def test_messages_are_those_to_the_addresses_in_sight_and_numbers_are_masked(followed):
    made, engine, event_id = followed
    places = {"PA": ("openadr", "VEN-1 " + ":".join(["AB"] * 10)), "PB": ("phone", "0411-1234567")}
    places["PD"] = ("webhook", "https://south.example")
    with writing(engine) as connection:
        for point, (channel, address) in places.items():
            own = RESPONSE_ENROLMENTS.c.usage_point_id == point
            moved = update(RESPONSE_ENROLMENTS).where(own)
            connection.execute(moved.values(channel=channel, address=address))
        sent = [(*places[point], "out", "waiting") for point in places]
        sent.append(("openadr", "VEN-1", "in", "received"))
        for number, (channel, address, direction, state) in enumerate(sent):
            row = {
                "id": f"M{number}",
                "event_id": event_id,
                "channel": channel,
                "address": address,
                "direction": direction,
                "kind": "event" if direction == "out" else "answer",
                "sent_at": f"2025-07-09T08:0{number}:00.000000+00:00",
                "state": state,
                "attempts": 1,
                "content": "{}",
                "told": ["late: too late", "not as usual", "", ""][number],
            }
            connection.execute(insert(RESPONSE_MESSAGES).values(**row))
    everything = asked(made, event_messages, event_id=event_id)
    assert everything["message_id"].to_list() == ["M3", "M2", "M1", "M0"]
    assert everything["address"][2] == "0411-1234567"
    of_region = asked(made, event_messages, NORTH, event_id=event_id)
    assert of_region["message_id"].to_list() == ["M3", "M1", "M0"]
    assert of_region["address"][1] == "****567"
    assert of_region["points"].to_list() == [1, 1, 1]
    assert of_region["told_code"].to_list() == [None, "other", "late"]
    assert of_region["told"].to_list() == ["", "not as usual", "too late"]
