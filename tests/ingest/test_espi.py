import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from greenbutton_objects import parse as peer
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch import CollectorError
from ingest.collectors import espi
from ingest.collectors.green_button import feed as feed_module

UTC_ZONE = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
NEW_YEAR = 1704067200  # 2024-01-01T00:00Z
BASE = "https://utility.example/espi/1_1/resource/RetailCustomer/9/UsagePoint/1"
TYPE = {
    "accumulationBehaviour": 4,
    "commodity": 1,
    "flowDirection": 1,
    "intervalLength": 3600,
    "powerOfTenMultiplier": 0,
    "uom": 72,
}


def reading(start, value, duration=3600, quality=None):
    said = (
        "" if quality is None else f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>"
    )
    return (
        f"<IntervalReading>{said}<timePeriod><duration>{duration}</duration><start>{start}</start>"
        f"</timePeriod><value>{value}</value></IntervalReading>"
    )


def entry(own, content, *related, up="", name="urn:uuid:0", updated="2024-02-01T00:00:00Z"):
    links = "".join(f'<link rel="related" href="{BASE}{link}"/>' for link in related)
    return (
        f'<entry><id>{name}</id><link rel="self" href="{BASE}{own}"/>'
        f'<link rel="up" href="{BASE}{up or own.rpartition("/")[0]}"/>{links}<title>x</title>'
        f"<content>{content.replace('>', ESPI, 1)}</content><updated>{updated}</updated></entry>"
    )


ESPI = ' xmlns="http://naesb.org/espi">'


def meaning(**changes):
    """The entries of one usage point, its meter reading and its reading type."""
    kind = "".join(f"<{name}>{value}</{name}>" for name, value in (TYPE | changes).items())
    return [
        entry(
            "",
            "<UsagePoint><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>",
            "/MeterReading",
            name="urn:uuid:ABC-1",
        ),
        entry(
            "/MeterReading/1",
            "<MeterReading></MeterReading>",
            "/MeterReading/1/IntervalBlock",
            "/T/1",
        ),
        entry("/T/1", f"<ReadingType>{kind}</ReadingType>"),
    ]


def block(*readings, number=1, updated="2024-02-01T00:00:00Z"):
    content = f"<IntervalBlock>{''.join(readings)}</IntervalBlock>"
    return entry(f"/MeterReading/1/IntervalBlock/{number}", content, updated=updated)


def feed(*entries):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        + "\n".join(entries)
        + "\n</feed>"
    )


@pytest.fixture
def read(tmp_path):
    def read_text(text, zone=UTC_ZONE):
        path = tmp_path / "green button.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return _read(path, zone)

    return read_text


def _read(path, zone):
    batches = list(espi.read(path, zone))
    return tuple(
        pl.concat([getattr(batch, name) for batch in batches]) for name in ("profiles", "rejects")
    )


def total_wh(profiles):
    return int(profiles.select(pl.sum_horizontal(pl.col(r"^t\d{4}$")).sum()).item() or 0)


def only_reason(outcome):
    profiles, rejects = outcome
    assert profiles.is_empty()
    assert rejects.height == 1
    return rejects["reason"][0]


SAMPLES = {
    "Coastal_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_5": "America/Los_Angeles",
    "TestGBDataHourlyNineDaysBinnedDaily": "America/New_York",
    "TestGBDataOneYearDailyBinnedMonthly": "America/New_York",
    "electric_containerized": "America/Los_Angeles",
}


@pytest.mark.parametrize(("name", "zone"), SAMPLES.items())
def test_every_sample_adds_up_to_its_values_and_to_greenbutton_objects(shared_data, name, zone):
    path = shared_data / "formats" / "espi" / f"{name}.xml"
    profiles, rejects = _read(path, ZoneInfo(zone))
    by_hand = sum(
        int(value.text or "")
        for value in ET.parse(path).iterfind(".//{*}IntervalReading/{*}value")  # noqa: S314
    )
    by_peer = sum(
        one.value
        for point in peer.parse_feed(str(path))
        for meter in point.meterReadings
        for one in meter.intervalReadings
    )
    assert rejects.is_empty()
    assert total_wh(profiles) == by_hand == by_peer


def test_days_of_23_and_25_hours_are_one_day_each(shared_data):
    path = shared_data / "formats" / "espi" / "TestGBDataOneYearDailyBinnedMonthly.xml"
    profiles, _ = _read(path, NEW_YORK)
    days = profiles["service_date"].sort()
    assert days.to_list() == pl.date_range(days[0], days[-1], "1d", eager=True).to_list()
    assert profiles["t0000"].null_count() == 0


def test_instants_become_standard_time_of_the_zone(read):
    july = int(datetime(2024, 7, 1, 12, tzinfo=UTC).timestamp())  # 08:00 EDT is 07:00 EST
    profiles, _ = read(feed(*meaning(), block(reading(july, 5))), NEW_YORK)
    row = profiles.row(0, named=True)
    assert (row["service_date"], row["t0700"]) == (date(2024, 7, 1), 5)
    assert (row["usage_point_id"], row["channel"]) == ("abc-1", "import")
    assert row["issued_at"] == datetime(2024, 2, 1, tzinfo=UTC)
    assert row["interval_minutes"] == 60


@pytest.mark.parametrize(
    ("changes", "value", "channel", "wh"),
    [
        ({"powerOfTenMultiplier": 3}, 2, "import", 2000),
        ({"powerOfTenMultiplier": -3}, 2000, "import", 2),
        ({"flowDirection": 19}, 7, "export", 7),
        ({"uom": 73}, 7, "reactive_import", 7),
        ({"uom": 73, "flowDirection": 19}, 7, "reactive_export", 7),
        ({"uom": 38}, 4000, "import", 1000),  # 4 kW for a quarter of an hour
    ],
)
def test_the_reading_type_says_what_a_value_is(read, changes, value, channel, wh):
    profiles, rejects = read(
        feed(*meaning(**changes), block(reading(NEW_YEAR, value, duration=900)))
    )
    assert rejects.is_empty()
    assert profiles["channel"].to_list() == [channel]
    assert profiles["t0000"].to_list() == [wh]


def test_readings_may_come_before_their_reading_type(read):
    blocks = [block(reading(NEW_YEAR, 5))]
    assert total_wh(read(feed(*blocks, *reversed(meaning())))[0]) == 5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uom": 119}, "unit of measure '119'"),
        ({"commodity": 7}, "not of electricity"),
        ({"accumulationBehaviour": 1}, "readings of a register"),
        ({"dataQualifier": 8}, "maxima or minima"),
        ({"flowDirection": 4}, "flow direction '4'"),
        ({"powerOfTenMultiplier": "9" * 30}, "power of ten"),
    ],
)
def test_what_is_no_interval_energy_is_rejected_with_its_reason(read, changes, reason):
    assert reason in only_reason(read(feed(*meaning(**changes), block(reading(NEW_YEAR, 5)))))


@pytest.mark.parametrize(
    ("missing", "reason"),
    [(0, "no UsagePoint"), (1, "no MeterReading"), (2, "no ReadingType")],
)
def test_a_reading_whose_links_lead_nowhere_is_rejected(read, missing, reason):
    entries = meaning()
    del entries[missing]
    assert reason in only_reason(read(feed(*entries, block(reading(NEW_YEAR, 5)))))


@pytest.mark.parametrize(
    ("codes", "letter"),
    [((0,), None), ((14, 17), None), ((7,), "S"), ((8,), "E"), ((0, 9), "E"), ((99,), "E")],
)
def test_reading_qualities_are_actual_substituted_or_estimated(read, codes, letter):
    said = "".join(f"<ReadingQuality><quality>{c}</quality></ReadingQuality>" for c in codes)
    text = reading(NEW_YEAR, 5).replace("<timePeriod>", f"{said}<timePeriod>")
    quality = read(feed(*meaning(), block(text)))[0]["quality"][0]
    assert (quality and quality[0]) == letter


BAD = {
    "NaN": (reading(NEW_YEAR, "NaN"), "not one number"),
    "text": (reading(NEW_YEAR, "many"), "not one number"),
    "empty": (reading(NEW_YEAR, ""), "not one number"),
    "two values": (
        reading(NEW_YEAR, 5).replace("</value>", "</value><value>6</value>"),
        "not one number",
    ),
    "no value": (reading(NEW_YEAR, 5).replace("<value>5</value>", ""), "no value"),
    "negative": (reading(NEW_YEAR, -5), "negative"),
    "too large": (reading(NEW_YEAR, 3_000_000_000), "more energy"),
    "no start": (reading("", 5), "start"),
    "start out of time": (reading(10**11 * 9, 5), "start"),
    "no duration": (reading(NEW_YEAR, 5, duration=0), "duration"),
    "a month": (reading(NEW_YEAR, 5, duration=2_678_400), "one day at most"),
    "seconds": (reading(NEW_YEAR, 5, duration=90), "whole minutes"),
    "does not divide the day": (reading(NEW_YEAR, 5, duration=420), "does not divide the day"),
    "off its grid": (reading(NEW_YEAR + 7, 5), "cannot start"),
    "23 hours that are no day": (
        reading(NEW_YEAR + 15 * 3600, 5, duration=82_800),
        "does not divide the day",
    ),
    "overlap": (reading(NEW_YEAR + 10 * 3600 + 1800, 5), "reaches into"),
    "contradiction": (reading(NEW_YEAR + 10 * 3600, 5), "says otherwise"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_reading_is_rejected_with_its_line_and_the_good_one_kept(read, case):
    bad, reason = BAD[case]
    good = reading(NEW_YEAR + 10 * 3600, 7)
    profiles, rejects = read(feed(*meaning(), block(good, "\n", bad)))
    assert total_wh(profiles) == 7
    assert rejects["line"].to_list() == [7]
    assert reason in rejects["reason"][0]


def test_a_missing_duration_is_the_interval_length_of_the_type(read):
    text = reading(NEW_YEAR, 5).replace("<duration>3600</duration>", "")
    assert read(feed(*meaning(), block(text)))[0]["interval_minutes"].to_list() == [60]


def test_the_same_reading_twice_counts_once_and_a_later_entry_corrects(read):
    twice = [block(reading(NEW_YEAR, 5), reading(NEW_YEAR, 5))]
    profiles, rejects = read(feed(*meaning(), *twice))
    assert (total_wh(profiles), rejects.height) == (5, 0)
    later = block(reading(NEW_YEAR, 4), number=2, updated="2024-03-01T00:00:00Z")
    profiles, rejects = read(feed(*meaning(), *twice, later))
    assert (total_wh(profiles), rejects.height) == (4, 0)


def test_two_meters_side_by_side_do_not_overlap(read):
    second = [
        text.replace("/UsagePoint/1", "/UsagePoint/2").replace("ABC-1", "ABC-2")
        for text in [*meaning(), block(reading(NEW_YEAR, 8))]
    ]
    first = [*meaning(), block(reading(NEW_YEAR + 36000, 5))]
    profiles, rejects = read(feed(*first, *second))
    assert rejects.is_empty()
    assert sorted(profiles["usage_point_id"]) == ["abc-1", "abc-2"]


def test_the_usual_form_and_any_other_form_of_a_reading_are_the_same(read):
    """The reader has a short cut for readings of the usual form; a comment takes them off it."""
    readings = [reading(NEW_YEAR + 3600 * i, i, quality=8) for i in range(24)]
    usual = read(feed(*meaning(), block(*readings)))
    other = read(
        feed(*meaning(), block(*(r.replace("<value>", "<!-- --><value>") for r in readings)))
    )
    prefixed = feed(*meaning(), block(*readings))
    for name in ("IntervalReading", "timePeriod", "duration", "start", "value", "quality"):
        prefixed = prefixed.replace(f"<{name}>", f"<e:{name}>").replace(
            f"</{name}>", f"</e:{name}>"
        )
    prefixed = prefixed.replace("ReadingQuality>", "ReadingQuality>").replace(
        "<feed", "<feed xmlns:e='http://naesb.org/espi'"
    )
    assert usual[0].equals(other[0])
    assert usual[0].equals(read(prefixed)[0])
    assert total_wh(usual[0]) == sum(range(24))


def test_a_commented_or_foreign_reading_is_none(read):
    hidden = f"<!-- {reading(NEW_YEAR + 7200, 5)} -->"
    foreign = reading(NEW_YEAR + 7200, 5).replace(
        "<IntervalReading>", "<IntervalReading xmlns='x'>"
    )
    cdata = f"<![CDATA[{reading(NEW_YEAR + 7200, 5)}]]>"
    profiles, rejects = read(feed(*meaning(), block(reading(NEW_YEAR, 1), hidden, foreign, cdata)))
    assert (total_wh(profiles), rejects.height) == (1, 0)
    atom = f'<x xmlns="y">{reading(NEW_YEAR + 7200, 5)}</x>'
    assert total_wh(read(feed(*meaning(), block(reading(NEW_YEAR, 1), atom)))[0]) == 1


def test_summaries_are_not_readings(read):
    summary = entry(
        "/UsageSummary/1",
        "<UsageSummary><x><duration>3600</duration><start>1</start><value>9</value></x></UsageSummary>",
    )
    profiles, rejects = read(feed(*meaning(), block(reading(NEW_YEAR, 1)), summary))
    assert (total_wh(profiles), rejects.height) == (1, 0)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{i} "{f"&lol{i - 1 or str()};" * 10}">' for i in range(1, 10))
    + ']><feed xmlns="http://www.w3.org/2005/Atom">&lol9;</feed>'
)
EXTERNAL = (
    '<!DOCTYPE feed [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>&secret;</title></feed>'
)


@pytest.mark.parametrize("text", [LAUGHS, EXTERNAL])
def test_entities_are_refused_before_they_expand(read, text):
    _, rejects = read(text)
    assert "declares a document type" in rejects["reason"][0]
    assert rejects["line"].to_list() == [1]


def test_a_file_cut_after_any_line_keeps_whole_readings_and_says_where_it_broke(read):
    lines = feed(
        *meaning(), block(*(f"\n{reading(NEW_YEAR + 3600 * i, 10)}\n" for i in range(24)))
    ).split("\n")
    for kept in range(len(lines)):
        profiles, rejects = read("\n".join(lines[:kept]))
        assert total_wh(profiles) % 10 == 0
        assert total_wh(profiles) <= 10 * "\n".join(lines[:kept]).count("</IntervalReading>")
        assert not rejects.is_empty()
        assert "XML is broken" in rejects["reason"].to_list()[-1]
    assert total_wh(read("\n".join(lines))[0]) == 240


@pytest.mark.parametrize(
    "text", ["", "100,NEM12", "<feed>", "<feed/>", "<?xml version='1.0' encoding='no'?><a/>"]
)
def test_what_is_no_feed_is_rejected(read, text):
    assert only_reason(read(text))


def test_a_line_of_ten_megabytes_is_read_or_rejected_like_any_other(read):
    spaces = " " * 10_000_000
    good = feed(*meaning(), block(reading(NEW_YEAR, 5), spaces, reading(NEW_YEAR + 3600, 6)))
    assert total_wh(read(good)[0]) == 11
    digits = feed(*meaning(), block(reading(NEW_YEAR, "9" * 10_000_000)))
    profiles, rejects = read(digits)
    assert profiles.is_empty()
    assert not rejects.is_empty()
    assert all(len(text or "") <= 120 for text in rejects["excerpt"])


def test_a_long_feed_is_handed_over_in_parts_that_tear_no_quarter_apart(read, monkeypatch):
    monkeypatch.setattr(espi, "_HELD_READINGS", 1)
    monkeypatch.setattr(feed_module, "_READINGS_AT_ONCE", 500)
    monkeypatch.setattr(feed_module, "_CHUNK", 5_000)
    readings = [reading(NEW_YEAR + 300 * i, 1, duration=300) for i in range(288 * 12)]
    profiles, rejects = read(feed(*meaning(), block(*readings)))
    assert rejects.is_empty()
    assert profiles.height > 0
    assert total_wh(profiles) == 288 * 12


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_flipped_byte_raises_nothing(at, value, tmp_path_factory):
    raw = bytearray(
        feed(*meaning(), block(reading(NEW_YEAR, 5), "\n", reading(NEW_YEAR + 3600, 6))).encode()
    )
    raw[at % len(raw)] = value
    path = tmp_path_factory.mktemp("flipped") / "flipped.xml"
    path.write_bytes(raw)
    profiles, rejects = _read(path, UTC_ZONE)
    assert profiles.height <= 2
    assert total_wh(profiles) == 11 or not rejects.is_empty() or raw.count(b"5") != 5


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_energy_in_is_energy_out(values, tmp_path_factory):
    path = tmp_path_factory.mktemp("law") / "law.xml"
    readings = (reading(NEW_YEAR + 900 * i, v, duration=900) for i, v in enumerate(values))
    path.write_text(feed(*meaning(), block(*readings)))
    assert total_wh(_read(path, NEW_YORK)[0]) == sum(values)


def test_a_file_that_cannot_be_opened_says_so(tmp_path):
    with pytest.raises(CollectorError, match=r"missing\.xml"):
        list(espi.read(tmp_path / "missing.xml", UTC_ZONE))
