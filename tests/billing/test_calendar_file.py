"""Calendars as planners write them, and what they are told when something is wrong."""

import re
from contextlib import suppress
from decimal import Decimal

import pytest

from queries.billing.calendar_file import calendars_in, read_calendars
from queries.billing.errors import TariffError

GOOD = """
[[calendar]]
code = "test"
name_zh = "试"
name_en = "Test"
notice = "试〔2024〕1号"
certainty = "made up"
effective = 2024-01-01
remainder = "flat"

[[calendar.window]]
period = "peak"
hours = ["08:00-12:00", "17:00-21:00"]

[[calendar.window]]
period = "valley"
hours = ["23:00-07:00"]

[[calendar.ratio]]
category = "two-part"
factors = { peak = "1.6", valley = "0.4" }
printed = "peak +60 %, valley -60 % on flat"
"""
COMPLETE = GOOD.replace('remainder = "flat"\n', "").replace(
    "[[calendar.ratio]]",
    '[[calendar.window]]\nperiod = "flat"\n'
    'hours = ["07:00-08:00", "12:00-17:00", "21:00-23:00"]\n\n[[calendar.ratio]]',
)


@pytest.fixture
def write(tmp_path):
    def to_file(text: str, name: str = "test.toml"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return to_file


def test_hours_months_and_ratios_are_read(write):
    [calendar] = read_calendars(write(GOOD))
    assert [(w.from_minute, w.until_minute) for w in calendar.windows] == [
        (480, 720),
        (1020, 1260),
        (1380, 420),
    ]
    assert calendar.periods == ("peak", "flat", "valley")
    assert calendar.ratios[0].factors == (("peak", Decimal("1.6")), ("valley", Decimal("0.4")))


def test_what_is_listed_in_full_needs_no_remainder(write):
    assert read_calendars(write(COMPLETE))[0].remainder is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"07:00-08:00", ', "", r"covers 23 h on every day: 07:00–08:00 is missing"),
        (
            '"07:00-08:00", ',
            '"07:30-08:00", ',
            r"covers 23.5 h on every day: 07:00–07:30 is missing",
        ),
        ("12:00-17:00", "11:30-17:00", r"flat and peak both claim 11:30–12:00 on every day"),
        ('period = "peak"', 'period = "peak"\nmonths = [7]', r"08:00–12:00, 17:00–21:00 is missi"),
    ],
)
def test_hours_missing_or_claimed_twice_are_named(write, old, new, told):
    with pytest.raises(TariffError, match=f"test.toml: calendar 'test': .*{told}"):
        read_calendars(write(COMPLETE.replace(old, new)))


def _half_hour(months: str, days: str) -> str:
    window = f'period = "flat"\nhours = ["07:30-08:00"]\nmonths = {months}\ndays = {days}\n'
    return f"\n[[calendar.window]]\n{window}"


def test_the_kind_of_day_and_the_month_are_named(write):
    every, but_july = str([*range(1, 13)]), str([*range(1, 7), *range(8, 13)])
    text = COMPLETE.replace("07:00-08:00", "07:00-07:30") + _half_hour(every, '["rest_day"]')
    told = r"covers 23\.5 h on workdays in July: 07:30–08:00 is missing"
    with pytest.raises(TariffError, match=told):
        read_calendars(write(text + _half_hour(but_july, '["workday"]')))
    assert read_calendars(write(text + _half_hour(every, '["workday"]')))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("08:00-12:00", "07:10-12:00", "hours '07:10-12:00': 07:10 is no quarter of an hour"),
        ("08:00-12:00", "08:00-24:15", "24:15 is no quarter"),
        ("08:00-12:00", "24:00-12:00", "24:00 is no quarter"),
        ("08:00-12:00", "8-12", "hours '8-12' are not from–to"),
        ("08:00-12:00", "08:00-08:00", "none or all"),
        ('period = "peak"', 'period = "Peak hours"', "period = 'Peak hours' is no name"),
        ('period = "peak"', 'period = "peak"\nmonths = [13]', "month 13 is unknown"),
        ('period = "peak"', 'period = "peak"\nmonths = "July"', "is not a list of months"),
        ('period = "peak"', 'period = "peak"\npriority = "high"', "is not a whole number"),
        ('period = "peak"', 'period = "peak"\ndays = ["sunday"]', "'sunday' is no day tag"),
        ('period = "peak"', 'period = "peak"\ndays = ["break:christmas"]', "no holiday 'christma"),
        ('period = "peak"', 'period = "peak"\ndays = ["weekday:8"]', "'weekday:8' is no day tag"),
        ('period = "peak"', 'period = "peak"\ncolour = "red"', "window 1 .peak.: key 'colour' is"),
        ('notice = "试〔2024〕1号"\n', "", "key 'notice' is missing"),
        ("name_en", "name", "key 'name' is unknown; there are code"),
        ("2024-01-01", '"soon"', "effective = 'soon' is not a date"),
        ('peak = "1.6"', "peak = 1.6", "peak = 1.6 is no multiple of the flat price"),
        ('peak = "1.6"', 'sharp = "1.6"', "no window has the period 'sharp'"),
        ("[[calendar.window]]", "[[calendar.hours]]", r"holds no \[\[calendar.window\]\]"),
        ("[[calendar]]", "title = 1\n[[calendar]]", "key 'title' is unknown"),
        ('"made up"', "7", "certainty = 7 is not text"),
        ('"made up"', "made up", "not TOML"),
        ('remainder = "flat"', 'country = "XX"', "no holiday calendar|is missing"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(write, old, new, told):
    with pytest.raises(TariffError, match=told) as caught:
        read_calendars(write(GOOD.replace(old, new)))
    assert all("test.toml: " in line for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    "value", ["7", "true", "[]", "[[1]]", "{ a = 1 }", '""', "0.5", "07:30:00"]
)
@pytest.mark.parametrize(
    "key",
    re.findall(r"^(?:\[\[calendar\.\w+\]\]\n)?\w+ = .*$", GOOD, re.MULTILINE)
    + [f'period = "peak"\n{key} = 1' for key in ("months", "days", "priority")]
    + ['code = "test"\ncountry = 1', 'code = "test"\ndoubts = 1'],
)
def test_a_value_of_another_kind_is_told_and_never_a_crash(write, key, value):
    old = key.splitlines()[0] if key.endswith("= 1") else key
    text = GOOD.replace(old, re.sub(r"= .*\Z", f"= {value}", key), 1)
    with suppress(TariffError):
        read_calendars(write(text))


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path):
    (tmp_path / "test.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_calendars(tmp_path / "test.toml")


def test_everything_wrong_is_told_at_once(write):
    wrong = GOOD.replace("08:00-12:00", "07:10-12:00").replace('"1.6"', "1.6")
    with pytest.raises(TariffError) as caught:
        read_calendars(write(wrong))
    assert len(str(caught.value).splitlines()) == 2


def test_an_empty_file_and_one_that_is_no_text_are_refused(write, tmp_path):
    with pytest.raises(TariffError, match=r"holds no \[\[calendar\]\]"):
        read_calendars(write(""))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TariffError, match="not TOML in UTF-8"):
        read_calendars(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    "text",
    ["calendar = 1", "[calendar]", "calendar = [1]", "[[calendar]]\nwindow = 1", "[[calendar]]"],
)
def test_a_file_of_another_shape_is_refused(write, text):
    with pytest.raises(TariffError, match=r"holds no \[\[calendar"):
        read_calendars(write(text))


def test_a_code_stands_once_in_a_file_and_in_a_folder(write, tmp_path):
    with pytest.raises(TariffError, match="code stands twice"):
        read_calendars(write(GOOD + GOOD))
    write(GOOD)
    write(GOOD, "again.toml")
    with pytest.raises(TariffError, match="another file"):
        calendars_in(tmp_path)
