import json
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.broker import SHIPPED
from ingest.collection.mqtt.found import Arrived
from ingest.collection.mqtt.message import arrived, decode_message, decode_messages
from ingest.collection.mqtt.profile import load_mqtt_profile
from tests.ingest.collection.mqtt_messages import (
    HEAD,
    IMPORT,
    METERS,
    SHANGHAI,
    TOPIC,
    filled,
    profile,
    reasons,
    said,
)

REGISTER = profile(HEAD, IMPORT)
ENERGY = profile(HEAD, IMPORT.replace("register", "energy"))
FREEZE = profile(HEAD, IMPORT.replace("register", "freeze"))
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def one(time: object, value: object) -> dict:
    return {"data": [{"t": time, "e": value}]}


def test_a_register_at_a_quarter_of_an_hour_is_a_point_in_ten_thousandths():
    batch = said(REGISTER, one("2026-01-01 00:15", 1234.5678))
    assert filled(batch.points) == [
        {
            "usage_point_id": "P1",
            "meter_id": "M1",
            "channel": "import",
            "service_date": date(2026, 1, 1),
            "interval_minutes": 15,
            "t0015": 12_345_678,
        }
    ]
    assert batch.rejects.is_empty()


def test_register_values_are_exact_where_a_float_is_not():
    # 9007199254.7409935 kWh is 90071992547409.935 counts; a double would end in ...408 or ...410.
    payload = b'{"data": [{"t": "2026-01-01 00:15", "e": 9007199254.7411}]}'
    assert said(REGISTER, payload).points["t0015"].to_list() == [90_071_992_547_411]


def test_a_register_between_the_quarters_is_a_reading_by_itself():
    batch = said(REGISTER, one("2026-01-01 10:07:30", 5))
    assert batch.points.is_empty()
    assert filled(batch.registers) == [
        {
            "usage_point_id": "P1",
            "meter_id": "M1",
            "channel": "import",
            "register": "total",
            "service_date": date(2026, 1, 1),
            "read_at": datetime(2026, 1, 1, 2, 7, 30, tzinfo=UTC),
            "reading_kwh": Decimal("5.0000"),
            "quality": "A",
        }
    ]


def test_a_clock_some_seconds_beside_the_quarter_counts_if_the_profile_says_so():
    snapping = profile("snap_seconds = 30", HEAD, IMPORT)
    batch = said(snapping, one("2026-01-01 10:00:07", 5), one("2026-01-01 10:14:55", 6))
    assert filled(batch.points)[0]["t1000"] == 50_000
    assert filled(batch.points)[0]["t1015"] == 60_000
    assert batch.registers.is_empty()


def test_registers_read_every_minute_are_a_curve_of_quarters():
    minutely = profile("interval_minutes = 1", HEAD, IMPORT)
    data = [{"t": f"2026-01-01 10:{minute:02}", "e": minute} for minute in range(31)]
    batch = said(minutely, {"data": data})
    [row] = filled(batch.points)
    assert {name: value for name, value in row.items() if name[0] == "t"} == {
        "t1000": 0,
        "t1015": 150_000,
        "t1030": 300_000,
    }
    assert batch.registers.is_empty()
    assert batch.rejects.is_empty()


def test_a_freeze_of_midnight_closes_the_day_before():
    [row] = filled(said(FREEZE, one("2026-01-02T00:00:00+08:00", 7)).registers)
    assert row["service_date"] == date(2026, 1, 1)
    assert row["read_at"] == datetime(2026, 1, 1, 16, tzinfo=UTC)


def test_a_freeze_that_is_stamped_with_its_own_day_is_of_the_midnight_that_ends_it():
    of_day = profile('freeze_time = "day"', HEAD, IMPORT.replace("register", "freeze"))
    for stamp in ("2026-01-01", "2026-01-01 00:00", "2026-01-01 23:59:59"):
        [row] = filled(said(of_day, one(stamp, 7)).registers)
        assert row["service_date"] == date(2026, 1, 1)
        assert row["read_at"] == datetime(2026, 1, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("iso", "2026-01-01T08:15:00+08:00"),
        ("iso", "2026-01-01T00:15:00Z"),
        ("iso", "2026/01/01 08:15"),
        ("iso", "20260101T081500"),
        ("epoch_s", 1_767_226_500),
        ("epoch_s", "1767226500"),
        ("epoch_s", 1_767_226_500.0),
        ("epoch_ms", 1_767_226_500_000),
        ("%Y%m%d%H%M", "202601010815"),
        ("%d.%m.%Y %H:%M %z", "01.01.2026 00:15 +0000"),
    ],
)
def test_one_instant_in_all_its_forms(form, written):
    batch = said(profile(f'time_format = "{form}"', HEAD, IMPORT), one(written, 1))
    assert filled(batch.points)[0]["t0815"] == 10_000


def test_24_00_ends_the_day():
    [row] = filled(said(REGISTER, one("2026-01-01 24:00", 1)).points)
    assert (row["service_date"], row["t0000"]) == (date(2026, 1, 2), 10_000)


def test_a_wall_clock_in_summer_is_an_hour_before_standard_time():
    sydney = ZoneInfo("Australia/Sydney")
    local = profile('clock = "local"', HEAD, IMPORT)
    [row] = filled(said(local, one("2026-01-01 10:15", 1), zone=sydney).points)
    assert row["t0915"] == 10_000


@pytest.mark.parametrize("hour", ["2026-04-05 02:30", "2026-10-04 02:30"])
def test_the_hour_that_comes_twice_or_never_is_refused(hour):
    local = profile('clock = "local"', HEAD, IMPORT)
    batch = said(local, one(hour, 1), zone=ZoneInfo("Australia/Sydney"))
    assert batch.points.is_empty()
    [(field, reason)] = reasons(batch)
    assert field == "data[0].t"
    assert "offset" in reason


def test_energy_of_an_interval_fills_the_slot_in_which_it_starts():
    [row] = filled(said(ENERGY, one("2026-01-01 00:15", 0.25)).profiles)
    assert row["t0015"] == 250
    ends = profile('label = "end"', HEAD, IMPORT.replace("register", "energy"))
    [row] = filled(said(ends, one("2026-01-02 00:00", 0.25)).profiles)
    assert (row["service_date"], row["t2345"]) == (date(2026, 1, 1), 250)


def test_an_array_is_one_value_an_interval_and_null_is_missing():
    batch = said(ENERGY, one("2026-01-01 00:00", [0.1, None, 0, 0.3]))
    [row] = filled(batch.profiles)
    assert {name: value for name, value in row.items() if name[0] == "t"} == {
        "t0000": 100,
        "t0030": 0,
        "t0045": 300,
    }
    assert batch.rejects.is_empty()


def test_units_and_multipliers_are_applied_exactly():
    watt_hours = profile(HEAD, IMPORT.replace('"kWh"', '"Wh"\nmultiplier = 30'))
    [row] = filled(said(watt_hours, one("2026-01-01 00:00", 1234.5)).points)
    assert row["t0000"] == 370_350  # 1234.5 Wh × 30 = 37.035 kWh


def test_measurements_stand_in_the_unit_of_their_name():
    values = '[[values]]\npath = "p"\nmeasurement = "power_kw"\nunit = "W"\n'
    [row] = filled(
        said(profile(HEAD, values), {"data": [{"t": "2026-01-01 00:30", "p": -1500}]}).measurements
    )
    assert (row["quantity"], row["t0030"]) == ("power_kw", -1.5)


def test_a_measurement_between_the_quarters_is_refused_with_a_way_out():
    values = '[[values]]\npath = "p"\nmeasurement = "power_kw"\nunit = "W"\n'
    batch = said(profile(HEAD, values), {"data": [{"t": "2026-01-01 00:31", "p": 1}]})
    assert batch.measurements.is_empty()
    assert "snap_seconds" in reasons(batch)[0][1]


def test_readings_that_name_their_quantity_are_read_by_name():
    by_name = profile(
        'value_name = "obis"',
        HEAD,
        IMPORT.replace('"e"', '"v"\nname = "1.8.0"'),
        IMPORT.replace('"e"', '"v"\nname = "2.8.0"').replace("import", "export"),
    )
    data = [
        {"obis": "1.8.0", "t": "2026-01-01 00:00", "v": "10.5"},
        {"obis": "2.8.0", "t": "2026-01-01 00:00", "v": 1},
        {"obis": "32.7.0", "t": "2026-01-01 00:00", "v": 230},
    ]
    batch = said(by_name, {"data": data})
    shown = {row["channel"]: row["t0000"] for row in filled(batch.points)}
    assert shown == {"import": 105_000, "export": 10_000}
    assert batch.rejects.is_empty()


def test_arrays_in_arrays_know_the_meter_they_are_of():
    nested = profile(
        'topic = "all"\nreadings = "meters[].rows[]"\nmeter = "^.id"\ntime = "$.head.t"', IMPORT
    )
    message = {
        "head": {"t": "2026-01-01 00:00"},
        "meters": [{"id": 42, "rows": [{"e": 1}]}, {"id": "000000000043", "rows": [{"e": 2}]}],
    }
    batch = said(nested, message, topic="all")
    shown = {row["usage_point_id"]: row["t0000"] for row in filled(batch.points)}
    assert shown == {"P1": 10_000, "P2": 20_000}


def test_quality_is_translated_and_a_missing_value_is_none():
    words = 'quality = "q"\n[qualities]\n0 = "A"\n1 = "E"\n9 = "N"\n'
    marked = profile(HEAD, words.split("[", maxsplit=1)[0], "[" + words.split("[")[1], IMPORT)
    data = [
        {"t": f"2026-01-01 00:{minute:02}", "e": 1, "q": quality}
        for minute, quality in ((0, 0), (15, 1), (30, 9))
    ]
    [row] = filled(said(marked, {"data": data}).points)
    assert row["quality"] == "AE" + "N" * 94
    assert "t0030" not in row
    [(field, reason)] = reasons(said(marked, {"data": [{**data[0], "q": 7}]}))
    assert field == "data[0].q"
    assert "0, 1, 9" in reason


def test_of_two_values_for_one_slot_the_actual_wins_whichever_comes_first():
    marked = profile(HEAD, 'quality = "q"', IMPORT)
    estimated = {"data": [{"t": "2026-01-01 00:00", "e": 9, "q": "E"}]}
    actual = {"data": [{"t": "2026-01-01 00:00", "e": 5, "q": "A"}]}
    for order in ((estimated, actual), (actual, estimated)):
        [row] = filled(said(marked, *order).points)
        assert row["t0000"] == 50_000
        assert "quality" not in row


def test_the_source_s_own_time_of_issue_is_kept_apart():
    issued = profile(HEAD, 'issued_at = "i"', IMPORT)
    rows = [
        {"t": "2026-01-01 00:00", "e": 5, "i": "2026-01-01 01:00"},
        {"t": "2026-01-01 00:00", "e": 4, "i": "2026-01-01 02:00"},
    ]
    batch = said(issued, {"data": rows})
    assert batch.points.select("t0000", "issued_at").rows() == [
        (50_000, datetime(2025, 12, 31, 17, tzinfo=UTC)),
        (40_000, datetime(2025, 12, 31, 18, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("message", "field", "expected"),
    [
        (b"{", None, "no JSON"),
        (b"\xff\xfe\x00", None, "no JSON"),
        (b'{"data": [{"t": "2026-01-01 00:00", "e": NaN}]}', None, "NaN is no number"),
        (b'{"data": [], "data": []}', None, "'data' comes twice"),
        (b'{"data": [{"t": "2026-01-01 00:00", "e": 1e999999999999999999999}]}', None, "no JSON"),
        (b"[" * 100_000, None, "no JSON"),
        ([], "data", "an array of readings"),
        ({"date": []}, "data", "an array of readings"),
        ({"data": [7]}, "data[0]", "an object"),
        (one("2026-13-01 00:00", 1), "data[0].t", "expected a time such as"),
        (one(1_767_226_500, 1), "data[0].t", "as a text"),
        (one(None, 1), "data[0].t", "expected a time such as"),
        (one("0001-01-01 00:00", 1), "data[0].t", "between 1980 and 2100"),
        (one("9999-12-31 24:00", 1), "data[0].t", "expected a time such as"),
        (one("2026-01-01 00:00", "many"), "data[0].e", "not a number"),
        ({"data": [{"t": "2026-01-01 00:00", "e": True}]}, "data[0].e", "not a number"),
        (one("2026-01-01 00:00", {"v": 1}), "data[0].e", "not a number"),
        (one("2026-01-01 00:00", -1), "data[0].e", "below 0"),
        (one("2026-01-01 00:00", 1e15), "data[0].e", "more than 10,000,000,000"),
        (one("2026-01-01 00:00", 10**400), "data[0].e", "larger than any meter counts"),
        (one("2026-01-01 00:00", [0] * 40_000), "data[0].e", "at most a year"),
        ({"data": [{"t": "2026-01-01 00:00"}]}, "data[0]", "expected 'e'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(message, field, expected):
    batch = said(REGISTER, message)
    assert batch.points.is_empty()
    assert batch.registers.is_empty()
    [(where, reason)] = reasons(batch)
    assert where == field
    assert expected in reason
    assert TOPIC in reason
    assert batch.rejects["line"].to_list() == [1]


def test_one_bad_reading_does_not_take_the_others_with_it():
    data = [
        {"t": "2026-01-01 00:00", "e": 1},
        {"t": "yesterday", "e": 2},
        {"t": "2026-01-01 00:30", "e": 3},
    ]
    batch = said(REGISTER, {"data": data})
    [row] = filled(batch.points)
    assert (row["t0000"], row["t0030"]) == (10_000, 30_000)
    assert [field for field, _ in reasons(batch)] == ["data[1].t"]


def test_a_meter_that_is_nobody_s_is_refused_by_its_number():
    batch = said(REGISTER, one("2026-01-01 00:00", 1), topic="meters/99/readings")
    assert "no meter of this collector" in reasons(batch)[0][1]
    assert batch.rejects["excerpt"].to_list() == ["99"]


def test_a_topic_without_profile_is_refused():
    batch = said(REGISTER, one("2026-01-01 00:00", 1), topic="meters/42/state")
    assert "'meters/+meter/readings'" in reasons(batch)[0][1]


def test_a_reading_from_the_future_is_refused_by_the_time_of_its_arrival():
    message = one("2026-01-03 00:00", 1)
    assert said(REGISTER, message, at=datetime(2026, 1, 2, tzinfo=UTC)).rejects.is_empty()
    batch = said(REGISTER, message, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert batch.points.is_empty()
    assert "more than a day after it arrived" in reasons(batch)[0][1]


def test_energy_in_no_quarter_of_an_hour_is_refused_with_its_place():
    batch = said(ENERGY, one("2026-01-01 00:07", 1))
    assert batch.profiles.is_empty()
    assert reasons(batch)[0][0] == "data[0].e"
    assert "cannot start at" in reasons(batch)[0][1]


def test_more_energy_than_a_slot_holds_is_refused_and_spares_the_rest():
    batch = said(ENERGY, one("2026-01-01 00:00", [3e6, 1]))
    assert filled(batch.profiles)[0]["t0015"] == 1000
    assert "check unit" in reasons(batch)[0][1]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(payload):
    batch = decode_message(REGISTER, TOPIC, payload, SHANGHAI, METERS)
    assert batch.points.is_empty() or batch.rejects.is_empty()


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-01-01 00:00", "24:00", "1e5", "\ud800", 10**30, "000000000042"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "t", "e", "q", "i", "n"]), inner, max_size=4)
    ),
    max_leaves=12,
)
_EVERYTHING = profile(
    'interval = "n"\nissued_at = "i"\nquality = "q"',
    HEAD.replace('"+meter"\nt', '"e"\nt'),
    IMPORT,
    IMPORT.replace("register", "energy"),
    IMPORT.replace("register", "freeze"),
    '[[values]]\npath = "e"\nmeasurement = "power_factor"\nunit = "%"',
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys("teqin", _JSON)), max_size=3) | _JSON)
def test_no_json_raises(content):
    said(_EVERYTHING, {"data": content}, content)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(0, 95), st.integers(0, 10**8), min_size=1),
    st.randoms(use_true_random=False),
)
def test_the_order_of_messages_changes_nothing(counts, random):
    messages = [
        one(f"2026-01-01 {slot // 4:02}:{slot % 4 * 15:02}", value / 10_000)
        for slot, value in counts.items()
    ]
    batch = said(REGISTER, *messages)
    random.shuffle(messages)
    assert said(REGISTER, *messages, messages[0]).points.equals(batch.points)
    [row] = filled(batch.points)
    found = [row.get(f"t{slot // 4:02}{slot % 4 * 15:02}") for slot in range(96)]
    assert found == [counts.get(slot) for slot in range(96)]


def test_the_shipped_profiles_read_what_their_heads_show():
    readings = load_mqtt_profile(SHIPPED / "readings_json.toml")
    message = {
        "readings": [{"time": "2026-01-01T00:15:00+08:00", "import": 1234.56, "voltage_a": 230.1}]
    }
    batch = said(readings, message)
    assert filled(batch.points)[0]["t0015"] == 12_345_600
    assert filled(batch.measurements)[0]["t0015"] == pytest.approx(230.1, abs=1e-4)  # float32
    curve = load_mqtt_profile(SHIPPED / "curve_json.toml")
    message = {
        "meter": "000000000042",
        "start": "2026-01-01 00:00",
        "interval": 15,
        "import_kwh": [0.12, 0.11, None],
    }
    [row] = filled(said(curve, message, topic="curves/2026/1").profiles)
    assert (row["t0000"], row["t0015"]) == (120, 110)
    for shipped in SHIPPED.glob("*.toml"):
        assert load_mqtt_profile(shipped).name == shipped.stem


def test_a_kept_exchange_is_the_message_it_was():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    payload = json.dumps(one("2026-01-01 00:00", 1)).encode()
    exchange = Exchange(at, f"east/{TOPIC}", "mqtt", "000000000042", None, payload)
    assert arrived(exchange, 3) == Arrived(TOPIC, payload, at, 3)
    batch = decode_messages([REGISTER], [arrived(exchange, 3)], SHANGHAI, METERS)
    assert filled(batch.points)[0]["t0000"] == 10_000
