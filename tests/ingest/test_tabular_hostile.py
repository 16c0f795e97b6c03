"""Damaged, odd and hostile tables: a clear reason with its line, and nothing good is lost."""

# ruff: noqa: DTZ001 - wall clocks have no zone

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.batch import REJECTS, CollectorError
from ingest.collectors.table import text as text_module
from ingest.collectors.table.meters import Readings, whole_meters
from ingest.collectors.table.profile import profile_from
from ingest.collectors.tabular import read
from queries.schema import SLOTS

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
PROFILE = profile_from(
    {"interval_minutes": 15, "columns": {"meter": "户号", "time": "时间", "value": "电量"}},
    "p.toml",
)
HEADER = "户号,时间,电量\n"


def collect(path, profile=PROFILE):
    batches = list(read(path, profile, SHANGHAI, now=NOW))
    profiles = pl.concat([batch.profiles for batch in batches])
    values = [v for v in profiles.select(SLOTS).row(0) if v is not None] if len(profiles) else []
    return values, pl.concat([batch.rejects for batch in batches])


def rows(count, meter="表1"):
    start = datetime(2024, 1, 1)
    return [f"{meter},{start + timedelta(minutes=15 * i)},{i + 1}" for i in range(count)]


@pytest.fixture
def dump(tmp_path):
    def write(content):
        path = tmp_path / "dump.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_cut_at_any_byte_keeps_every_whole_line(encoding, dump):
    whole = (HEADER + "\n".join(rows(2)) + "\n").encode(encoding)
    header_ends = whole.index(b"\n") + 1
    for cut in range(len(whole)):
        path = dump(whole[:cut])
        lines = max(0, whole[:cut].count(b"\n") - 1)
        if cut < header_ends - 1:
            with pytest.raises(CollectorError, match=r"dump\.csv"):
                collect(path)
            continue
        values, rejects = collect(path)
        expected = [1000 * (i + 1) for i in range(lines)]
        assert values[: len(expected)] == expected
        assert len(rejects) <= 1
        assert rejects["line"].to_list() in ([], [lines + 2])


def test_ragged_lines_are_refused_with_their_number_and_width(dump):
    good = rows(4)
    lines = [good[0], "表1,2024-01-01 12:00:00", good[1], good[2] + ",9,9", "", good[3]]
    values, rejects = collect(dump(HEADER + "\n".join(lines) + "\n"))
    assert values == [1000, 2000, 4000]
    assert rejects["line"].to_list() == [3, 5]
    assert "has 2 fields; expected 3" in rejects["reason"][0]


def test_a_line_with_one_field_more_beside_one_with_one_less_is_not_shifted(dump):
    good = rows(2)
    lines = [good[0], "表1,2024-01-01 12:00:00", "表1,2024-01-01 13:00:00,5,6", good[1]]
    values, rejects = collect(dump(HEADER + "\n".join(lines)))
    assert values == [1000, 2000]
    assert rejects["line"].to_list() == [3, 4]


def test_a_damaged_gb18030_line_is_refused_and_the_rest_kept(dump):
    content = (HEADER + "\n".join(rows(4)) + "\n").encode("gb18030").split(b"\n")
    content[2] = b"\xff\xff" + content[2][2:]
    values, rejects = collect(dump(b"\n".join(content)))
    assert values == [1000, 3000, 4000]
    assert rejects["line"].to_list() == [3]
    assert "gb18030" in rejects["reason"][0]


def test_a_line_in_another_encoding_is_refused_and_the_rest_kept(dump):
    lines = [line.encode() for line in [HEADER.strip(), *rows(5)]]
    lines[3] = rows(5)[2].encode("gb18030")
    values, rejects = collect(dump(b"\n".join(lines)))
    assert values == [1000, 2000, 4000, 5000]
    assert rejects["line"].to_list() == [4]


def test_chinese_text_far_down_an_ascii_file_is_read_in_its_encoding(dump, monkeypatch):
    monkeypatch.setattr(text_module, "_SAMPLE_BYTES", 64)
    profile = profile_from(
        {"interval_minutes": 15, "columns": {"meter": "m", "time": "t", "value": "v"}}, "p"
    )
    for encoding in ("utf-8", "gb18030"):
        text = "m,t,v\n" + "\n".join(rows(3, "a") + rows(2, "表"))
        batches = list(read(dump(text.encode(encoding)), profile, SHANGHAI, now=NOW))
        assert pl.concat([b.profiles for b in batches])["usage_point_id"].sort().to_list() == [
            "a",
            "表",
        ]


def test_a_nul_byte_costs_its_line_only(dump):
    content = (HEADER + "\n".join(rows(3))).encode().replace(b",2\n", b",\x002\n")
    values, rejects = collect(dump(content))
    assert values == [1000, 3000]
    assert rejects["line"].to_list() == [3]


def test_a_reading_of_a_broken_clock_does_not_spoil_its_meter(dump):
    profile = replace(PROFILE, interval_minutes=None)
    lines = [*rows(2), "表1,9999-12-31 23:45,7", "表1,1900-01-01,9", *rows(4)[2:]]
    values, rejects = collect(dump(HEADER + "\n".join(lines)), profile)
    assert values == [1000, 2000, 3000, 4000]
    assert rejects["line"].sort().to_list() == [4, 5]


def test_a_value_that_is_no_number_still_tells_the_interval(dump):
    profile = replace(PROFILE, interval_minutes=None)
    lines = [rows(1)[0], "表1,2024-01-01 00:15,?"]
    values, rejects = collect(dump(HEADER + "\n".join(lines)), profile)
    assert values == [1000]
    assert rejects["line"].to_list() == [3]


def test_utf_16_is_named(dump):
    for encoding in ("utf-16", "utf-16-le"):
        with pytest.raises(CollectorError, match=r"UTF-8"):
            collect(dump((HEADER + "\n".join(rows(2))).encode(encoding)))


def test_an_empty_file_and_one_without_columns_are_named(dump):
    for content in (b"", b"\n\n", b"\xef\xbb\xbf", b"nothing here\n"):
        with pytest.raises(CollectorError, match=r"dump\.csv"):
            collect(dump(content))


def test_a_header_alone_is_a_valid_file_without_readings(dump):
    for content in (HEADER, HEADER.strip(), HEADER + "\n\n"):
        assert collect(dump(content))[0] == []


def test_a_line_of_ten_megabytes_is_refused_and_its_neighbours_kept(dump):
    good = rows(2)
    for endless in ("9" * 10_000_000, "9," * 5_000_000):
        content = HEADER + good[0] + "\n" + endless + "\n" + good[1] + "\n"
        values, rejects = collect(dump(content))
        assert values == [1000, 2000]
        assert rejects["line"].to_list() == [3]
        assert "longer than" in rejects["reason"][0]


def test_a_line_longer_than_several_blocks_counts_as_one(dump, monkeypatch):
    monkeypatch.setattr(text_module, "_BLOCK_BYTES", 1 << 16)
    good = rows(40)
    content = HEADER + "\n".join([*good[:20], "x" * 1_000_000, *good[20:], "y" * 1_000_000])
    values, rejects = collect(dump(content))
    assert values == [1000 * (i + 1) for i in range(40)]
    assert rejects["line"].to_list() == [22, 43]


def test_quoted_fields_may_hold_delimiters_newlines_and_quotes(dump):
    profile = profile_from(
        {"interval_minutes": 15, "columns": {"meter": "m", "time": "t", "value": "v"}}, "p"
    )
    content = (
        'm,note,t,v\n"a","x, ""y""\nz",2024-01-01 00:00,1\r\n'
        'a,"plain",2024-01-01 00:15,"2"\na,bad,2024-01-01 00:30,"x"\n'
    )
    values, rejects = collect(dump(content), profile)
    assert values == [1000, 2000]
    # The line of the third record, counting the newline inside the first.
    assert rejects["line"].to_list() == [5]


def test_a_quote_that_never_closes_costs_its_own_line_only(dump):
    good = rows(300)
    lines = [*good[:10], '"表1,2024-01-01 12:00:00,5', *good[10:96]]
    values, rejects = collect(dump(HEADER + "\n".join(lines) + "\n"))
    assert values == [1000 * (i + 1) for i in range(96)]
    assert rejects["line"].to_list() == [12]
    lines = [good[0], '"表1,x,5', good[1], '"表1,y,5', good[2]]
    values, rejects = collect(dump(HEADER + "\n".join(lines) + "\n"))
    assert values == [1000, 2000, 3000]
    assert rejects["line"].to_list() == [3, 5]


def test_nothing_depends_on_where_a_block_ends(dump, monkeypatch):
    quoted = [
        line.replace("表1", '"表\n1"') if i % 5 == 0 else line for i, line in enumerate(rows(60))
    ]
    content = HEADER + "\n".join(quoted) + "\n"
    profile = PROFILE
    whole = list(read(dump(content), profile, SHANGHAI, now=NOW))
    expected = pl.concat([b.profiles for b in whole]).sort("usage_point_id")
    assert pl.concat([b.rejects for b in whole]).is_empty()
    for size in (64, 100, 333):
        monkeypatch.setattr(text_module, "_BLOCK_BYTES", size)
        found = list(read(dump(content), profile, SHANGHAI, now=NOW))
        assert pl.concat([b.profiles for b in found]).sort("usage_point_id").equals(expected)
        assert pl.concat([b.rejects for b in found]).is_empty()


def test_a_missing_usage_point_or_time_is_refused_by_line(dump):
    lines = [",2024-01-01 00:00,1", "表1,,1", "表1,soon,1", ",,", *rows(1)]
    values, rejects = collect(dump(HEADER + "\n".join(lines)))
    assert values == [1000]
    assert rejects["line"].sort().to_list() == [2, 3, 4]


def test_truncated_and_hostile_workbooks_are_named(tmp_path):
    path = tmp_path / "dump.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(CollectorError, match=r"dump\.xlsx: not a readable workbook"):
        collect(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (120 << 20))
    with pytest.raises(CollectorError, match=r"unpacks to 125,829,120 bytes"):
        collect(path)


def test_truncated_parquet_is_named_and_a_damaged_group_costs_itself_only(tmp_path):
    path = tmp_path / "dump.parquet"
    start = datetime(2024, 1, 1)
    frame = pl.DataFrame(
        {
            "户号": ["a"] * 96,
            "时间": [start + timedelta(minutes=15 * i) for i in range(96)],
            "电量": [float(i) for i in range(96)],
        }
    )
    frame.write_parquet(path, row_group_size=24, compression="zstd", statistics=False)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CollectorError, match="not a readable Parquet file"):
        collect(path)
    # Destroy the first bytes of the file's data: the first row group.
    path.write_bytes(whole[:4] + b"\xff" * 40 + whole[44:])
    values, rejects = collect(path)
    assert values == [1000 * i for i in range(24, 96)]
    assert len(rejects) == 1
    assert "damaged" in rejects["reason"][0]


def test_long_files_by_meter_are_cut_between_meters():
    none = pl.DataFrame(schema=REJECTS)
    parts = [
        Readings(
            pl.DataFrame({"usage_point_id": list(text), "value": range(len(text))}), none, i + 1
        )
        for i, text in enumerate(["aaab", "bbcc", "cccc", "dd", "ea"])
    ]
    chunks = [c.frame for c in whole_meters(parts, lambda _: True, 5, chunk_rows=4)]
    told = ["".join(dict.fromkeys(c["usage_point_id"])) for c in chunks if len(c)]
    assert sum(len(c) for c in chunks) == 16
    # No meter is torn but a, which came back at the end of the file.
    assert "".join(told).replace("a", "") == "bcde"


def test_long_files_in_another_order_bring_every_meter_together():
    none = pl.DataFrame(schema=REJECTS)
    parts = [
        Readings(pl.DataFrame({"usage_point_id": list("abcd"), "value": [i] * 4}), none, i + 1)
        for i in range(10)
    ]
    chunks = [c.frame for c in whole_meters(parts, lambda _: True, 10, chunk_rows=8)]
    seen = [set(c["usage_point_id"]) for c in chunks if len(c)]
    assert sorted(meter for meters in seen for meter in meters) == list("abcd")
    assert pl.concat([c for c in chunks if len(c)])["value"].sum() == 4 * 45
