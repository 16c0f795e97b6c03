"""Every finding that a rule can make reads as a sentence in both languages."""

import json
import re
from contextlib import closing
from datetime import timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from ingest.batch import PROFILES_READ, Batch
from ingest.validation.rules import read_rules
from ingest.vee import validate
from pages.finding_words import evidence_of, expected, says, seen, unsaid, variant_of, why
from pages.text import LANGUAGES, catalogue, speak
from queries.governance.findings import findings
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.ingest.validation.conftest import (
    ARRIVED,
    FIRST,
    LAST,
    Meter,
    at,
    curves,
    events,
    fill,
    on,
    usual,
)
from tests.ingest.validation.test_clocks_stored import reading
from tests.ingest.validation.test_validate import BAD, METERS, VOLTS, changed

ZONE = ZoneInfo("Asia/Shanghai")
HAN = re.compile(r"[㐀-鿿]")
UNITS = r"kWh|kvarh|kW|kVA|VAh|DL/T|645|2007|698\.45"
AROUND = {"worst", "first", "channel", "unit", "source"}
MADE = {
    "drift": "drift_seconds",
    "rate": "rate_seconds_per_day",
    "change": "change_seconds",
    "ahead": "ahead_seconds",
    "covered": "first_day",
    "through": "behind",
    "others_v": "others_low_v",
}


def unnumbered():
    """A meter exchanged by day, whose readings do not say which meter they are of."""
    counts = [500.0 + d for d in range(31)] + [5.0 + d for d in range(19)]
    return Meter(usual(60), readings=[("?", at(d + 1), on(d), kwh) for d, kwh in enumerate(counts)])


MORE = {
    "unnumbered": unnumbered(),
    "late by itself": Meter(usual(61), late_days={30: 4, 31: 3}),
    "never used": Meter(changed(usual(62), slice(12, 36), 0.0)),
    "sagging": Meter(
        usual(63),
        quantities={
            **METERS["no voltage"].quantities,
            "voltage_a_v": VOLTS + 11,
            "voltage_c_v": VOLTS + 16,
        },
    ),
} | {
    f"dark {n}": Meter(changed(usual(70 + n), slice(31, 33), np.nan), area="T2", unread=(31, 32))
    for n in range(4)
}


@pytest.fixture(autouse=True)
def _in_chinese_afterwards():
    yield
    speak("zh")


@pytest.fixture(scope="module")
def found(new_lake, enrol):
    """What is found about METERS and MORE, as the page asks for it."""
    settings, meters = new_lake(), METERS | MORE
    new = {"current_ratio": 1.0, "voltage_ratio": 1.0, "register_digits": 6, "valid_from": on(30)}
    numbers = {"changed-N": "changed", "unnumbered-N": "unnumbered"}
    enrol(
        settings,
        meters,
        more_meters=[new | {"meter_id": m, "usage_point_id": p} for m, p in numbers.items()],
    )
    second = curves("doubled", METERS["doubled"])[0]
    second = second.filter(pl.col("service_date") == on(30)).with_columns(
        pl.col("t0800") + 7, issued_at=pl.lit(at(33)).cast(PROFILES_READ["issued_at"])
    )
    told = events(
        ("ahead", "3011", ARRIVED + timedelta(days=3), None),
        ("ahead", "3105", at(30), at(31)),
        ("never used", "310E", at(27), None),
    )
    terminal = reading("T9", -90.0, day=30)
    more = (Batch(profiles=second), Batch(events=told), Batch(clocks=terminal))
    fill(settings, meters, *more)
    validate(settings, on(20), LAST)
    arrived = (ARRIVED + timedelta(hours=8)).date()
    validate(settings, arrived, arrived)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return findings(lake, first_day=FIRST, last_day=arrived).rows(named=True)


def variants(found):
    """A finding of each of the rules' sentences."""
    return {(row["rule"], variant_of(row, evidence_of(row))): row for row in found}


def test_every_rule_and_every_sentence_is_seen_here(found, settings_of_rules):
    rules = set(settings_of_rules.rules)
    shown = variants(found)
    assert {rule for rule, _ in shown} == rules
    written = {"_".join(filter(None, key)) for key in shown}
    for kind in ("finding_seen", "finding_expected", "finding_why"):
        keys = {key.partition(".")[2] for key in catalogue("zh") if key.startswith(f"{kind}.")}
        assert keys <= written | rules, kind
        assert rules <= keys, kind
    in_words = {k.partition(".")[2] for k in catalogue("zh") if k.startswith("finding_seen.")}
    assert written <= in_words


@pytest.fixture
def settings_of_rules(empty_settings):
    return read_rules(empty_settings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_in_the_evidence_is_said_or_left_out_on_purpose(found, language):
    speak(language)
    for row in found:
        evidence = evidence_of(row)
        there = {name for name, value in evidence.items() if value is not None}
        silent = there - says(row["rule"], variant_of(row, evidence)) - unsaid(row["rule"])
        assert not silent, (row["rule"], silent)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_asks_for_what_its_evidence_does_not_hold(found, language):
    for (rule, variant), row in variants(found).items():
        evidence = evidence_of(row)
        for kind in ("finding_seen", "finding_expected"):
            text = catalogue(language).get(f"{kind}.{rule}_{variant}")
            text = text or catalogue(language)[f"{kind}.{rule}"]
            for _, name, _, _ in Formatter().parse(text):
                if name and name not in AROUND:
                    held = MADE.get(name, name)
                    held = held if held in evidence else held.replace("_kwh", "_wh")
                    assert held in evidence, (kind, rule, variant, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_reads_in_the_language_of_its_reader(found, language):
    speak(language)
    for row in found:
        evidence = evidence_of(row)
        names = [evidence.get(n) for n in ("device_id", "meter_id", "behind", "protocol")]
        for text in (seen(row, ZONE), expected(row, ZONE), why(row["rule"])):
            assert text
            for name in filter(None, names):
                text = text.replace(name, "")  # noqa: PLW2901 - numbers are of no language
            if language == "en":
                assert not HAN.search(text), text
            else:
                assert not re.search(r"[A-Za-z]{2,}", re.sub(UNITS, "", text)), text


def test_a_lost_phase_is_told_in_volts_beside_the_other_two(found):
    [row] = [row for row in found if row["subject_id"] == "sagging"]
    speak("zh")
    assert "B 相电压 30 V" in seen(row, ZONE)
    assert "其余两相 231–236 V" in seen(row, ZONE)
    assert "共 24 小时" in seen(row, ZONE)
    speak("en")
    assert "phase B 30 V" in seen(row, ZONE)
    assert "the other two 231–236 V" in seen(row, ZONE)
    assert "24 h in all" in seen(row, ZONE)


def test_two_ends_that_are_one_are_said_once(found):
    [row] = [row for row in found if row["subject_id"] == "no phase"]
    speak("zh")
    assert expected(row, ZONE) == "与其余两相相近，220 V"


def test_the_worst_day_of_several_is_said_to_be_one(found):
    days = {row["subject_id"]: row for row in found if row["rule"] == "reverse_energy"}
    speak("zh")
    assert days["by night"]["days"] == BAD.stop - BAD.start
    assert seen(days["by night"], ZONE) == "最重一日：夜间（4 时前、21 时后）反向送电 0.4 kWh"
    alone = days["by night"] | {"first_day": on(30), "last_day": on(30)}
    assert seen(alone, ZONE) == "夜间（4 时前、21 时后）反向送电 0.4 kWh"


def test_a_finding_with_less_evidence_than_its_rule_gives_today_is_still_told(found):
    for row in found:
        evidence = evidence_of(row)
        less = [{n: v for n, v in evidence.items() if n != gone} for gone in evidence]
        for held in (*map(json.dumps, [*less, {}]), None):
            assert seen(row | {"evidence": held}, ZONE)
            assert expected(row | {"evidence": held}, ZONE)


def test_a_rule_of_another_version_is_told_as_it_was_written(found):
    row = found[0] | {"rule": "of_long_ago", "value": "7 apples", "expected": "8 apples"}
    assert (seen(row, ZONE), expected(row, ZONE), why("of_long_ago")) == (
        "7 apples",
        "8 apples",
        "",
    )
