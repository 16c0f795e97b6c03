import re
import tomllib

import pytest

from ingest.batch import CollectorError
from ingest.collection.mqtt.path import topic_pattern
from ingest.collection.mqtt.profile import load_mqtt_profile, mqtt_profile
from tests.ingest.collection.mqtt_messages import HEAD, IMPORT


def test_a_broker_is_asked_for_the_topic_without_the_names_of_its_parts():
    pattern = topic_pattern("a/+meter/+/b/#rest", "p.toml")
    assert pattern.topic_filter == "a/+/+/b/#"
    assert pattern.match("a/42/x/b/c/d") == {"meter": "42", "rest": "c/d"}
    assert pattern.match("a/42/x/c") is None
    assert topic_pattern("a/+meter", "p.toml").match("a/42/x") is None
    assert topic_pattern("a/b", "p.toml").match("a") is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("tpoic = 1", HEAD, IMPORT), "unknown key 'tpoic'; did you mean 'topic'?"),
        ((HEAD.replace("topic", "name"), IMPORT), "'topic' is missing"),
        ((HEAD.replace("/readings", "/#/x"), IMPORT), "the level '#'"),
        ((HEAD.replace("+meter/", "a+b/"), IMPORT), "the level 'a+b'"),
        ((HEAD.replace('"+meter"', '"+moter"'), IMPORT), "'meter' is '+moter'"),
        ((HEAD.replace('"t"', '"^^.t"'), IMPORT), "'time' is '^^.t'; expected at most 1 ^"),
        ((HEAD.replace('"t"', '"a..b"'), IMPORT), "'time' is 'a..b'"),
        ((HEAD.replace('"t"', '"a[]"'), IMPORT), "expected a number in []"),
        (("time_format = 'seconds'", HEAD, IMPORT), "'time_format' is 'seconds'"),
        (("clock = 'summer'", HEAD, IMPORT), "'clock' is 'summer'; expected one of standard"),
        (("interval_minutes = 7", HEAD, IMPORT), "divide the day"),
        (("interval_minutes = true", HEAD, IMPORT), "'interval_minutes' is True"),
        (
            ("interval_minutes = 5", HEAD, IMPORT.replace("register", "energy")),
            "no message holds together",
        ),
        (("interval_minutes = 15\ninterval = 'i'", HEAD, IMPORT), "contradict"),
        ((HEAD, "[qualities]\na = 'A'", IMPORT), "'quality' is missing"),
        ((HEAD, "quality = 'q'\n[qualities]\na = 'Good'", IMPORT), "'qualities.a' is 'Good'"),
        ((HEAD,), "'values' is missing"),
        ((HEAD, IMPORT.replace("import", "active")), "[[values]] 1: 'channel' is 'active'"),
        ((HEAD, IMPORT.replace("kWh", "kW")), "[[values]] 1: 'unit' is 'kW'"),
        ((HEAD, IMPORT.replace('unit = "kWh"', "")), "[[values]] 1: 'unit' is ''"),
        ((HEAD, IMPORT.replace("register", "power")), "'kind' is 'power'"),
        ((HEAD, IMPORT + 'register = "peak"'), "of freezes only"),
        ((HEAD, IMPORT + 'measurement = "power_kw"'), "either 'channel' or 'measurement'"),
        ((HEAD, IMPORT + "multiplier = -1"), "'multiplier' is -1"),
        ((HEAD, IMPORT + 'name = "1.8.0"'), "'value_name' need each other"),
        (("value_name = 'n'", HEAD, IMPORT), "'value_name' need each other"),
        (
            (HEAD, '[[values]]\npath = "v"\nmeasurement = "voltage"\nunit = "V"'),
            "ends in its unit",
        ),
        (
            (HEAD, '[[values]]\npath = "v"\nmeasurement = "voltage_a_v"\nunit = "A"'),
            "expected one of mV, V, kV",
        ),
    ],
)
def test_a_profile_that_cannot_be_meant_names_the_file_and_the_key(parts, expected):
    with pytest.raises(CollectorError, match=re.escape(expected)) as told:
        mqtt_profile({"name": "p", **tomllib.loads("\n".join(parts))}, "p.toml")
    assert str(told.value).startswith("p.toml")


def test_a_file_that_is_no_toml_is_named(tmp_path):
    (tmp_path / "p.toml").write_text("topic = ")
    with pytest.raises(CollectorError, match=r"p\.toml: cannot be read"):
        load_mqtt_profile(tmp_path / "p.toml")
    with pytest.raises(CollectorError, match=r"q\.toml: cannot be read"):
        load_mqtt_profile(tmp_path / "q.toml")
