"""Files into the lake: kept byte for byte, taken in once, refused with a reason."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ingest import files
from ingest.batch import CollectorError
from ingest.files import ingest_file, resume
from queries.lake import lake_version, open_lake
from queries.scope import EVERYTHING

NOW = datetime(2024, 7, 1, tzinfo=UTC)


def _nem12(point="FENGGU0001", value="1.000", count=48):
    values = ",".join([value] * count)
    return (
        "100,NEM12,202407010000,FENGGU,FENGGU\r\n"
        f"200,{point},E1,E1,E1,N1,M1,KWH,30,\r\n"
        f"300,20240603,{values},A,,,20240701000000,20240701000000\r\n"
        "900\r\n"
    )


def _write(folder, text, name="batch.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def _rows(settings, query):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.sql(query).fetchall()


def _raw(settings):
    return _rows(settings, "select batch_id, part, parts, size_bytes, content from raw order by 2")


def test_a_file_taken_twice_is_kept_once_and_changes_nothing(empty_settings, tmp_path):
    path = _write(tmp_path, _nem12())
    first = ingest_file(empty_settings, path)
    again = ingest_file(empty_settings, path)
    assert (first.new, first.corrected, first.unchanged) == (48, 0, 0)
    assert (again.new, again.corrected, again.unchanged) == (0, 0, 48)
    assert len(_raw(empty_settings)) == 1
    assert _rows(empty_settings, "select sum(energy_wh)::int from daily_totals") == [(48_000,)]
    assert _rows(
        empty_settings,
        "select new_readings, unchanged_readings from batches order by received_at",
    ) == [(48, 0), (0, 48)]


def test_a_large_file_is_kept_byte_for_byte_in_parts(empty_settings, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_PART_BYTES", 100)
    monkeypatch.setattr(files, "_PARTS_AT_ONCE", 2)
    path = _write(tmp_path, _nem12())
    ingest_file(empty_settings, path)
    content = path.read_bytes()
    rows = _raw(empty_settings)
    assert [part for _, part, *_ in rows] == list(range(-(-len(content) // 100)))
    assert b"".join(row[4] for row in rows) == content
    assert {row[2:4] for row in rows} == {(len(rows), len(content))}


def test_a_refused_line_is_in_quarantine_with_its_number_and_reason(empty_settings, tmp_path):
    path = _write(tmp_path, _nem12(count=47))
    outcome = ingest_file(empty_settings, path)
    assert outcome.new == 0
    held = _rows(empty_settings, "select source, line, reason from quarantine")
    assert [row[:2] for row in held] == [("batch.csv", 3)]
    assert held[0][2]
    assert _rows(empty_settings, "select quarantined from batches") == [(1,)]


def test_a_path_that_is_no_file_is_refused_and_leaves_no_trace(empty_settings, tmp_path):
    before = lake_version(empty_settings)
    with pytest.raises(CollectorError, match="is not a file"):
        ingest_file(empty_settings, tmp_path)
    assert lake_version(empty_settings) == before


def _die(*_, **__):
    raise KeyboardInterrupt


def test_what_was_kept_but_not_taken_in_is_taken_up_again(empty_settings, tmp_path, monkeypatch):
    path = _write(tmp_path, _nem12())
    with monkeypatch.context() as dying:
        dying.setattr(files, "_take_in", _die)
        with pytest.raises(KeyboardInterrupt):
            ingest_file(empty_settings, path, now=NOW)
    assert _rows(empty_settings, "select count(*) from energy_profiles") == [(0,)]
    path.unlink()
    outcomes = list(resume(empty_settings))
    assert [(o.source, o.new) for o in outcomes] == [("batch.csv", 48)]
    assert _rows(empty_settings, "select sum(energy_wh)::int from daily_totals") == [(48_000,)]
    assert list(resume(empty_settings)) == []


def test_what_is_taken_up_again_is_known_from_then_on_and_not_before(
    empty_settings, tmp_path, monkeypatch
):
    early, late = _write(tmp_path, _nem12()), _write(tmp_path, _nem12(value="2.000"), "late.csv")
    with monkeypatch.context() as dying:
        dying.setattr(files, "_take_in", _die)
        with pytest.raises(KeyboardInterrupt):
            ingest_file(empty_settings, early, now=NOW)
    ingest_file(empty_settings, late, now=NOW + timedelta(hours=1))
    list(resume(empty_settings))
    received = _rows(empty_settings, "select source, received_at from batches order by 2")
    assert [source for source, _ in received] == ["late.csv", "batch.csv"]


def test_knowledge_never_goes_back_though_the_clock_does(empty_settings, tmp_path):
    ingest_file(empty_settings, _write(tmp_path, _nem12()), now=NOW)
    second = _write(tmp_path, _nem12(value="2.000"), "second.csv")
    ingest_file(empty_settings, second, now=NOW - timedelta(days=1))
    received = _rows(empty_settings, "select received_at from batches order by 1")
    assert [moment for (moment,) in received] == [NOW, NOW + timedelta(microseconds=1)]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        ("100,NEM12,", "nem12"),
        ('\ufeff"100,"', "table"),
        ("200,NMI", "nem12"),
        ("\ufeff  <?xml", "espi"),
        ("户号,时间", "table"),
    ],
)
def test_a_format_is_told_by_its_first_bytes(tmp_path, start, kind):
    assert files.format_of(_write(tmp_path, start)) == kind


def test_an_arrival_that_cannot_be_opened_is_said_once_and_blocks_nobody(empty_settings, tmp_path):
    path = tmp_path / "cut.zip"
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    outcome = ingest_file(empty_settings, path)
    assert outcome.format == "failed"
    assert "cut.zip" in outcome.rejects["reason"].item()
    assert list(resume(empty_settings)) == []
    assert ingest_file(empty_settings, _write(tmp_path, _nem12())).new == 48
    kept = _rows(empty_settings, "select source from raw order by source")
    assert kept == [("batch.csv",), ("cut.zip",)]
