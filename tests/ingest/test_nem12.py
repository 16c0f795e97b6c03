from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nemreader import NEMFile

from ingest.batch import PROFILES_READ, CollectorError
from ingest.collectors import nem12

HEADER = "100,NEM12,202401020304,MDP1,RETAIL1"
MAIN = "200,6001000001,E1,1,E1,N1,METER1,kWh,30,"
UPDATED = "20240102030405"


def day(values, *, of="20240101", quality="A", updated=UPDATED):
    return ",".join(["300", of, *map(str, values), quality, "", "", updated, ""])


WHOLE = [HEADER, MAIN, day([0.5] * 48), "900"]


@pytest.fixture
def read(tmp_path):
    def read_lines(lines):
        path = tmp_path / "readings.csv"
        path.write_bytes(lines if isinstance(lines, bytes) else "\n".join(lines).encode())
        return _read(path)

    return read_lines


def _read(path: Path):
    batches = list(nem12.read(path))
    return tuple(
        pl.concat([getattr(batch, name) for batch in batches])
        for name in ("profiles", "registers", "rejects")
    )


def total_wh(profiles):
    return int(profiles.select(pl.sum_horizontal(pl.col(r"^t\d{4}$")).sum()).item() or 0)


def refused(outcome):
    """The single reason for which a whole file was refused."""
    profiles, registers, rejects = outcome
    assert profiles.is_empty()
    assert registers.is_empty()
    assert rejects.height == 1
    return rejects.row(0, named=True)


def split_on_commas(path: Path):
    """Wh by NMI and suffix, as a reader with a pencil would add them up."""
    units = {"WH": 1, "KWH": 1000, "VARH": 1, "KVARH": 1000}
    totals, nulls, key, factor, count, values = {}, set(), None, 1, "30", []

    def settle():
        for i, value in enumerate(values):
            if i + 1 not in nulls:
                totals[key] = totals.get(key, 0) + Decimal(value) * factor

    for line in path.read_text().splitlines():
        fields = line.split(",")
        if fields[0] in {"200", "300", "900"}:
            settle()
            values, nulls = [], set()
        if fields[0] == "200":
            key, factor, count = (fields[1], fields[4]), units.get(fields[7].upper(), 0), fields[8]
        if fields[0] == "300":
            values = fields[2 : 2 + 1440 // int(count)]
            nulls = set(range(1, 289)) if fields[2 + len(values)] == "N" else set()
        if fields[0] == "400" and fields[3] == "N":
            nulls |= set(range(int(fields[1]), int(fields[2]) + 1))
    return {key: total for key, total in totals.items() if key[1][0] in "EBQK"}


def samples(shared_data, tmp_path, start):
    for path in sorted((shared_data / "formats" / "nem12").glob(f"{start}__*")):
        if is_zipfile(path):
            with ZipFile(path) as archive:
                inner = tmp_path / f"{path.name}.csv"
                inner.write_bytes(archive.read(archive.namelist()[0]))
                yield inner
        else:
            yield path


CHANNEL_LETTERS = {
    "import": "E",
    "export": "B",
    "reactive_import": "Q",
    "reactive_export": "K",
}


@pytest.mark.parametrize("kind", ["unzipped", "aemo"])
def test_every_sample_adds_up_to_the_sum_of_its_values(shared_data, tmp_path, kind):
    seen = 0
    for path in samples(shared_data, tmp_path, kind):
        if "NEM13" in path.name:
            continue
        profiles, _, rejects = _read(path)
        found = {}
        for row in profiles.iter_rows(named=True):
            base, _, number = row["channel"].partition(".")
            key = (row["usage_point_id"], CHANNEL_LETTERS[base] + (number or "1"))
            found[key] = found.get(key, 0) + total_wh(pl.DataFrame([row], schema=PROFILES_READ))
        days = profiles.height
        expected = split_on_commas(path)
        assert found.keys() == expected.keys(), path.name
        for key, wh in expected.items():
            # each day's running total is rounded to a whole watt-hour
            assert abs(found[key] - wh) <= Decimal("0.5") * days, path.name
        assert rejects["reason"].str.contains("V1").all()
        seen += 1
    assert seen > 9


def by_nemreader(path):
    """nemreader's readings, by usage point and suffix."""
    peer = NEMFile(str(path)).parse_nem_file(path.read_text().splitlines())
    return {
        (nmi, suffix): readings
        for nmi, suffixes in peer.readings.items()
        for suffix, readings in suffixes.items()
    }


def test_samples_agree_with_nemreader(shared_data, tmp_path):
    for kind in ("unzipped", "aemo"):
        for path in samples(shared_data, tmp_path, kind):
            if "NEM13" in path.name:
                continue
            peer_wh = sum(
                reading.read_value * (1000 if reading.uom.upper().startswith("K") else 1)
                for (_, suffix), readings in by_nemreader(path).items()
                for reading in readings
                if suffix[0] in "EBQK" and reading.quality_method != "N"
            )
            profiles, _, _ = _read(path)
            assert total_wh(profiles) == pytest.approx(peer_wh, abs=0.5 * profiles.height), path


INVALID = {
    "15min_200_30min_300": "expected 96",
    "15min_200_30min_400": "expected 96",
    "30min_200_15min_300": "holds 96 values",
    "30min_200_15min_400": "cannot have quality V",
    "NEM12_empty": "no reading",
    "incomplete_interval": "holds 0 values",
    "missing_header": "expected a 100 record",
    "powercor": "expected a 100 record",
    "powercor_missing_fields": "expected a 100 record",
    "empty_file": "file is empty",
}


@pytest.mark.parametrize(("name", "reason"), INVALID.items())
def test_every_invalid_sample_is_refused_with_a_fitting_reason(shared_data, name, reason):
    (path,) = (shared_data / "formats" / "nem12").glob(f"invalid__Example_*{name}.csv")
    assert reason in refused(_read(path))["reason"]


def test_a_day_keeps_its_date_and_slots_in_eastern_standard_time(read):
    profiles, _, rejects = read([HEADER, MAIN, day(range(48)), "900"])
    row = profiles.row(0, named=True)
    assert rejects.is_empty()
    assert row["service_date"] == date(2024, 1, 1)
    assert (row["usage_point_id"], row["channel"]) == ("6001000001", "import")
    assert (row["t0000"], row["t0015"], row["t0030"], row["t2330"]) == (0, None, 1000, 47000)
    assert (row["interval_minutes"], row["quality"]) == (30, None)
    assert row["issued_at"] == datetime(2024, 1, 1, 17, 4, 5, tzinfo=UTC)


def test_without_update_time_the_msats_load_time_orders_versions(read):
    line = day([1] * 48, updated="") + "20240103000000"
    profiles, _, _ = read([HEADER, MAIN, line, "900"])
    assert profiles["issued_at"].to_list() == [datetime(2024, 1, 2, 14, tzinfo=UTC)]
    profiles, _, _ = read([HEADER, MAIN, day([1] * 48, updated=""), "900"])
    assert profiles["issued_at"].to_list() == [None]


def test_five_minute_values_are_summed_to_quarters(read):
    profiles, _, _ = read([HEADER, MAIN[:-4] + ",5,", day([0.001] * 288), "900"])
    assert profiles["interval_minutes"].to_list() == [15]
    assert profiles["t0000"].to_list() == [3]
    assert total_wh(profiles) == 288


def test_final_substitutes_are_substitutes_and_null_quality_is_missing(read):
    lines = [day(range(1, 49), quality="V"), "400,1,2,F14,76,", "400,3,3,N,,", "400,4,48,E52,,"]
    profiles, _, _ = read([HEADER, MAIN, *lines, "900"])
    row = profiles.row(0, named=True)
    assert row["quality"][0:10:2] == "SSNEE"
    assert row["t0100"] is None
    assert total_wh(profiles) == (sum(range(1, 49)) - 3) * 1000


def test_a_day_of_null_quality_or_without_values_is_missing_not_zero(read):
    outcome = read([HEADER, MAIN, day([0] * 48, quality="N"), day([""] * 48, of="20240102"), "900"])
    assert outcome[0].is_empty()
    assert outcome[2].is_empty()


def test_one_empty_value_is_missing(read):
    profiles, _, _ = read([HEADER, MAIN, day([1, "", *[1] * 46]), "900"])
    assert profiles["t0030"].to_list() == [None]
    assert total_wh(profiles) == 47_000


@pytest.mark.parametrize(
    ("suffix", "unit", "channel", "wh"),
    [
        ("E1", "kWh", "import", 48_000),
        ("E2", "Wh", "import.2", 48),
        ("B1", "MWH", "export", 48_000_000),
        ("Q1", "KVARH", "reactive_import", 48_000),
        ("K3", "varh", "reactive_export.3", 48),
        ("EA", "kwh", "import.10", 48_000),
    ],
)
def test_the_suffix_names_the_channel_and_the_unit_scales_it(read, suffix, unit, channel, wh):
    stream = f"200,6001000001,X,1,{suffix},N1,METER1,{unit},30,"
    profiles, _, _ = read([HEADER, stream, day([1] * 48), "900"])
    assert profiles["channel"].to_list() == [channel]
    assert total_wh(profiles) == wh


@pytest.mark.parametrize(
    ("suffix", "unit"), [("V1", "V"), ("F1", "kWh"), ("D1", "kWh"), ("E1", "kvarh"), ("Q1", "kVA")]
)
def test_what_is_no_energy_of_a_main_meter_is_rejected_alone(read, suffix, unit):
    other = f"200,6001000002,X,1,{suffix},N1,METER1,{unit},30,"
    profiles, _, rejects = read([*WHOLE[:3], other, day([-240.5] * 48), "900"])
    assert total_wh(profiles) == 24_000
    assert rejects["line"].to_list() == [4]
    assert suffix in rejects["reason"][0]


BROKEN = {
    "no header": (WHOLE[1:], "100 record", 1),
    "no end": (WHOLE[:3], "without a 900", None),
    "unknown version": (["100,NEM99,202401020304,A,B", *WHOLE[1:]], "NEM12 or NEM13", 1),
    "a value short": ([HEADER, MAIN, day([1] * 47), "900"], "holds 47 values", 3),
    "a value too many": ([HEADER, MAIN, day([1] * 49), "900"], "holds 49 values", 3),
    "tail missing": ([HEADER, MAIN, day([1] * 48)[:-20], "900"], "update time", 3),
    "no 200": ([HEADER, day([1] * 48), "900"], "without a 200", 2),
    "NaN": ([HEADER, MAIN, day([1, "NaN", *[1] * 46]), "900"], "'NaN' is not a number", 3),
    "infinite": ([HEADER, MAIN, day(["inf", *[1] * 47]), "900"], "not a number", 3),
    "text": ([HEADER, MAIN, day([*[1] * 47, "1O"]), "900"], "'1O' is not a number", 3),
    "negative": ([HEADER, MAIN, day([1, -1, *[1] * 46]), "900"], "-1 is not the energy", 3),
    "too large": ([HEADER, MAIN, day([3e9, *[1] * 47]), "900"], "not the energy", 3),
    "no date": ([HEADER, MAIN, day([1] * 48, of="20230229"), "900"], "'20230229' is not a date", 3),
    "short date": ([HEADER, MAIN, day([1] * 48, of="2023022"), "900"], "not a date", 3),
    "month 13": ([HEADER, MAIN, day([1] * 48, of="20231301"), "900"], "not a date", 3),
    "day 0": ([HEADER, MAIN, day([1] * 48, of="20231200"), "900"], "not a date", 3),
    "quality": ([HEADER, MAIN, day([1] * 48, quality="Z"), "900"], "not a quality", 3),
    "update time": (
        [HEADER, MAIN, day([1] * 48, updated="20249902000000"), "900"],
        "not a time",
        3,
    ),
    "V alone": ([HEADER, MAIN, day([1] * 48, quality="V"), "900"], "needs 400 records", 3),
    "400 alone": ([HEADER, MAIN, "400,1,48,A,,", "900"], "without a 300", 3),
    "400 of another 200": ([*WHOLE[:3], MAIN, "400,1,48,A,,", "900"], "without a 300", 5),
    "400 gap": (
        [HEADER, MAIN, day([1] * 48, quality="V"), "400,1,2,A,,", "400,4,48,A,,", "900"],
        "from 3 on",
        5,
    ),
    "400 overlap": (
        [HEADER, MAIN, day([1] * 48, quality="V"), "400,1,2,A,,", "400,2,48,A,,", "900"],
        "from 3 on",
        5,
    ),
    "400 backwards": (
        [HEADER, MAIN, day([1] * 48, quality="V"), "400,9,1,A,,", "900"],
        "from 1 on",
        4,
    ),
    "400 text": ([HEADER, MAIN, day([1] * 48, quality="V"), "400,a,1,A,,", "900"], "400", 4),
    "interval length": ([HEADER, MAIN[:-4] + ",7,", day([1] * 48), "900"], "not an interval", 2),
    "short 200": ([HEADER, "200,6001000001", day([1] * 48), "900"], "fields", 2),
    "no NMI": ([HEADER, MAIN.replace("6001000001", ""), day([1] * 48), "900"], "NMI", 2),
    "unknown record": ([HEADER, MAIN, "301,20240101", "900"], "starts no record", 3),
    "after the end": ([*WHOLE, MAIN], "nothing after the 900", 5),
    "lost line end after 200": (
        [HEADER, MAIN + day([1] * 48), day([1] * 48, of="20240102"), "900"],
        "line end missing",
        2,
    ),
    "lost line end after 300": (
        [HEADER, MAIN, day([1] * 48) + day([1] * 48, of="20240102"), "900"],
        "",
        3,
    ),
    "lost line end after 500": (
        [*WHOLE[:3], "500,N,,,1," + day([1] * 48, of="20240102"), "900"],
        "line end missing",
        4,
    ),
    "two headers": ([HEADER, *WHOLE], "second 100", 2),
    "register in NEM12": ([HEADER, "250,1", "900"], "starts no record of NEM12", 2),
    "same day, other values": (
        [*WHOLE[:3], day([0.6] * 48), "900"],
        "2024-01-01 stands twice with different values",
        4,
    ),
    "last of many lines": (
        [
            HEADER,
            MAIN,
            *[day([1] * 48, of=f"2024{m:02d}{d:02d}") for m in (1, 3) for d in range(1, 29)],
            "90",
        ],
        "starts no record",
        59,
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_record_refuses_the_whole_file_with_its_line(read, case):
    lines, reason, line = BROKEN[case]
    row = refused(read(lines))
    assert reason in row["reason"]
    assert line is None or row["line"] == line
    starts = [0]
    for text in lines:
        starts.append(starts[-1] + len(text.encode()) + 1)
    assert line is None or row["byte"] == starts[line - 1]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_cut_after_any_byte_of_its_last_lines_is_refused(read, newline):
    lines = [HEADER, MAIN, day([1.25] * 48, quality="V"), "400,1,20,A,,", "400,21,48,S14,1,", "900"]
    whole = newline.join(lines).encode()
    assert total_wh(read(whole)[0]) == 60_000
    cuts = {0, 1, 50, 90, *range(len(whole) - 75, len(whole))}
    for cut in sorted(cuts):
        assert refused(read(whole[:cut]))["reason"]


def test_the_same_day_twice_with_the_same_values_counts_once(read):
    profiles, _, rejects = read([*WHOLE[:3], MAIN, day([0.5] * 48), "900"])
    assert total_wh(profiles) == 24_000
    assert rejects.is_empty()


def test_a_corrected_day_comes_in_both_versions_with_their_issue_times(read):
    later = day([0.6] * 48, updated="20240105000000")
    profiles, _, _ = read([*WHOLE[:3], later, "900"])
    assert profiles.height == profiles["issued_at"].n_unique() == 2


def test_tolerated_oddities_lose_nothing(read):
    padded = [line + ",,," for line in WHOLE[:3]]
    whole = b"\xef\xbb\xbf" + "\r\n".join(["", *padded, "", "500,N,,,", "900,,", ""]).encode()
    assert total_wh(read(whole.replace(b"\xef\xbb\xbf\r\n", b"\xef\xbb\xbf"))[0]) == 24_000
    assert total_wh(read([*WHOLE, HEADER, MAIN, day([1] * 48, of="20240102"), "900"])[0]) == 72_000


def test_a_date_far_in_the_future_is_left_for_validation_to_judge(read):
    profiles, _, _ = read([HEADER, MAIN, day([1] * 48, of="29990101"), "900"])
    assert profiles["service_date"].to_list() == [date(2999, 1, 1)]


def test_a_line_of_ten_megabytes_is_refused(read):
    whole = "\n".join([HEADER, MAIN, day([1] * 48) + "," * 10_000_000, "900"]).encode()
    assert "longer than" in refused(read(whole))["reason"]
    assert refused(read(b"1" * 20_000_000))["line"] == 1


def test_records_stay_together_where_the_file_is_read_in_blocks(read, monkeypatch):
    monkeypatch.setattr(nem12, "_BLOCK", 700)
    lines = [HEADER, MAIN]
    for d in range(1, 29):
        lines += [day([d] * 48, of=f"202401{d:02d}", quality="V"), "400,1,9,A,,", "400,10,48,S14,,"]
    profiles, _, rejects = read([*lines, "900"])
    assert rejects.is_empty()
    assert total_wh(profiles) == sum(range(1, 29)) * 48_000
    row = refused(read([*lines, day([1] * 47, of="20240201"), "900"]))
    assert row["line"] == len(lines) + 1


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(max_size=300))
def test_noise_is_refused_and_nothing_else_is_raised(noise, tmp_path_factory):
    path = tmp_path_factory.mktemp("noise") / "noise.csv"
    path.write_bytes(noise)
    refused(_read(path))


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 700), value=st.integers(0, 255).filter(lambda value: value != ord("N")))
def test_a_flipped_byte_never_yields_a_part_of_a_file(at, value, tmp_path_factory):
    # an N for a quality would make a whole day missing, which a file may well say
    lines = [HEADER, MAIN, day([1.5] * 48), day([2.5] * 48, of="20240102", quality="F14"), "900"]
    whole = bytearray("\n".join(lines).encode())
    whole[at % len(whole)] = value
    path = tmp_path_factory.mktemp("flipped") / "flipped.csv"
    path.write_bytes(whole)
    profiles, _, rejects = _read(path)
    assert profiles.height in {0, 2}
    assert rejects.is_empty() == (profiles.height == 2)


values = st.decimals(0, 9999, places=3, allow_nan=False, allow_infinity=False)


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.lists(values, min_size=48, max_size=48), min_size=1, max_size=5))
def test_energy_in_is_energy_out(days, tmp_path_factory):
    lines = [day(given_day, of=f"202401{i:02d}") for i, given_day in enumerate(days, start=1)]
    path = tmp_path_factory.mktemp("law") / "law.csv"
    path.write_text("\n".join([HEADER, MAIN, *lines, "900"]))
    profiles, _, _ = _read(path)
    expected = sum(sum(given_day) for given_day in days) * 1000
    assert total_wh(profiles) == expected


NEM13_HEADER = "100,NEM13,202401020304,MDP1,RETAIL1"


def register(**changes):
    fields = {
        "nmi": "6001000001",
        "suffix": "11",
        "direction": "E",
        "previous": "000888.5",
        "previous_at": "20231001093055",
        "previous_quality": "A",
        "current": "000999.75",
        "current_at": "20240101000000",
        "current_quality": "E64",
        "unit": "kWh",
        "updated": UPDATED,
    } | changes
    return (
        "250,{nmi},11,1,{suffix},11,METER1,{direction},{previous},{previous_at},{previous_quality},"
        ",,{current},{current_at},{current_quality},,,111.25,{unit},20240408, {updated},"
    ).format(**fields)


def test_a_register_record_is_two_readings_and_midnight_closes_the_day_before(read):
    _, registers, rejects = read([NEM13_HEADER, register(), "550,N,,E,", "900"])
    assert rejects.is_empty()
    assert registers["reading_kwh"].to_list() == [Decimal("888.5"), Decimal("999.75")]
    assert registers["service_date"].to_list() == [date(2023, 10, 1), date(2023, 12, 31)]
    assert registers["read_at"][1] == datetime(2023, 12, 31, 14, tzinfo=UTC)
    assert registers["quality"].to_list() == ["A", "E"]
    assert set(registers["channel"]) == {"import"}
    assert set(registers["meter_id"]) == {"METER1"}


def test_registers_agree_with_nemreader(shared_data):
    for path in sorted((shared_data / "formats" / "nem12").glob("unzipped__*NEM13*")):
        peer = [
            value
            for readings in by_nemreader(path).values()
            for reading in readings
            for value in (reading.val_start, reading.val_end)
            if value is not None
        ]
        _, registers, rejects = _read(path)
        assert rejects.is_empty()
        assert sorted(map(float, registers["reading_kwh"])) == sorted(peer)


def test_the_direction_and_suffix_of_a_register_name_its_channel(read):
    lines = [register(direction="I"), register(suffix="41"), register(unit="kvarh")]
    _, registers, _ = read([NEM13_HEADER, *lines, "900"])
    assert set(registers["channel"]) == {"export", "import.41", "reactive_import"}


def test_a_new_meter_has_no_previous_reading_and_a_null_reading_is_null(read):
    line = register(previous="", previous_at="", previous_quality="", current_quality="N")
    _, registers, _ = read([NEM13_HEADER, line, "900"])
    assert registers["reading_kwh"].to_list() == [None]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"current": "-1"}, "not a register reading"),
        ({"current": "NaN"}, "not a register reading"),
        ({"current": ""}, "not a register reading"),
        ({"current": "1" * 5000}, "not a register reading"),
        ({"current_at": ""}, "no time"),
        ({"current": "", "current_at": ""}, "current reading is missing"),
        ({"current_at": "20240132000000"}, "not a time"),
        ({"current_at": "20230101000000"}, "previous reading is later"),
        ({"current_quality": "V"}, "cannot have quality V"),
        ({"current_quality": "?"}, "not a quality"),
        ({"current": "999999999999", "unit": "MWh"}, "more than a register can show"),
    ],
)
def test_a_broken_register_record_refuses_the_whole_file(read, changes, reason):
    lines = [NEM13_HEADER, register(nmi="6001000009"), register(**changes), "900"]
    row = refused(read(lines))
    assert reason in row["reason"]
    assert row["line"] == 3


def test_a_register_in_another_unit_is_rejected_alone(read):
    _, registers, rejects = read([NEM13_HEADER, register(unit="m3"), register(), "900"])
    assert registers.height == 2
    assert rejects["line"].to_list() == [2]


def test_a_file_that_cannot_be_opened_says_so(tmp_path):
    with pytest.raises(CollectorError, match=r"missing\.csv"):
        list(nem12.read(tmp_path / "missing.csv"))
