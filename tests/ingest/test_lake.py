"""Publishing: whole or not at all, one writer, readers undisturbed."""

import os
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from ingest.batch import Batch
from ingest.lake import create_lake, publish, replace_all_of, scan_table, writing
from ingest.merge import Arrival
from ingest.store import Stored, derive, store
from queries.lake import lake_version, open_lake
from queries.manifest import FILE_NAME, LakeError, Manifest, files_of, read_manifest
from queries.schema import COMPLETENESS, TABLES
from queries.scope import EVERYTHING, Scope
from queries.settings import PROJECT, Settings

ARRIVAL = Arrival("b", datetime(2024, 7, 1, tzinfo=UTC))


def _energy(lake):
    return lake.sql("select coalesce(sum(energy_wh), 0)::bigint from daily_totals").fetchall()[0][0]


def _shown(settings):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return _energy(lake)


class _BreakError(Exception):
    pass


def _break_off(settings, rows):
    """Store and derive ``rows``, then fail before publishing."""
    with pytest.raises(_BreakError), writing(settings) as writer:  # noqa: PT012
        stored = Stored()
        store(writer, Batch(profiles=rows), ARRIVAL, stored)
        derive(writer, settings, stored)
        raise _BreakError


def test_a_lake_is_made_once(tmp_path):
    settings = Settings(data=tmp_path)
    assert create_lake(settings)
    assert not create_lake(settings)
    assert set(lake_version(settings).versions) == set(TABLES)


def test_a_lake_half_made_is_made_whole(tmp_path):
    settings = Settings(data=tmp_path)
    create_lake(settings)
    # as if killed after the third table, in the middle of the fourth
    (tmp_path / "lake" / "manifest.json").unlink()
    for name in list(TABLES)[3:]:
        for file in sorted((tmp_path / "lake" / name).rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
    assert create_lake(settings)
    assert _shown(settings) == 0


def test_two_processes_may_make_the_lake_at_once(tmp_path):
    code = (
        "from ingest.lake import create_lake; from queries.settings import Settings; "
        f"from pathlib import Path; create_lake(Settings(data=Path({str(tmp_path)!r})))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT) for _ in range(2)]  # noqa: S603
    assert [process.wait() for process in both] == [0, 0]
    assert read_manifest(str(tmp_path / "lake")).sequence == 1


def test_where_there_is_no_lake_the_error_says_how_to_make_one(tmp_path):
    with pytest.raises(LakeError, match="fenggu init"):
        open_lake(Settings(data=tmp_path), EVERYTHING)


def test_a_damaged_manifest_is_named(empty_settings):
    (empty_settings.data / "lake" / "manifest.json").write_text("{")
    with pytest.raises(LakeError, match=r"manifest\.json' is not a manifest"):
        lake_version(empty_settings)


def test_a_reader_keeps_the_state_it_opened(empty_settings, take, day_row):
    take(empty_settings, day_row({0: 5}))
    with closing(open_lake(empty_settings, EVERYTHING)) as lake:
        take(empty_settings, day_row({1: 6}))
        assert _energy(lake) == 5
    assert _shown(empty_settings) == 11


def test_what_a_manifest_promises_is_forced_to_the_medium_before_it(
    empty_settings, take, day_row, monkeypatch
):
    forced: list[str] = []

    def note(descriptor: int) -> None:
        forced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    monkeypatch.setattr(os, "fsync", note)
    take(empty_settings, day_row({0: 5}))
    uri, manifest = empty_settings.lake_uri, lake_version(empty_settings)
    files = {file for name in TABLES for file in files_of(uri, manifest, name)}
    commits = {
        f"{uri}/{name}/_delta_log/{version:020d}.json"
        for name, last in manifest.versions.items()
        for version in range(1, last + 1)
    }
    [at] = [n for n, path in enumerate(forced) if Path(path).name.startswith(FILE_NAME)]
    assert files
    assert commits
    assert files | commits <= set(forced[:at])
    assert forced[at + 1 :] == [uri]


def test_a_writer_that_fails_publishes_nothing(empty_settings, take, day_row):
    take(empty_settings, day_row({0: 5}))
    before = lake_version(empty_settings)
    _break_off(empty_settings, day_row({0: 9, 1: 9}))
    assert lake_version(empty_settings) == before
    assert _shown(empty_settings) == 5
    take(empty_settings, day_row({1: 6}))
    assert _shown(empty_settings) == 11


def test_what_a_dead_writer_left_is_rolled_back(empty_settings, take, day_row, monkeypatch):
    take(empty_settings, day_row({0: 5}))
    with monkeypatch.context() as dead:
        dead.setattr("ingest.lake._roll_back", lambda _: None)  # the dead clean up nothing
        _break_off(empty_settings, day_row({0: 9, 1: 9}))
    assert _shown(empty_settings) == 5
    with writing(empty_settings) as writer:
        held = scan_table(writer, TABLES["energy_profiles"]).collect()
        assert held.select("t0000", "t0100").rows() == [(5, None)]
    take(empty_settings, day_row({1: 6}))
    assert _shown(empty_settings) == 11


def test_publishing_without_news_makes_no_new_state(empty_settings):
    before = lake_version(empty_settings)
    with writing(empty_settings) as writer:
        publish(writer)
    assert lake_version(empty_settings) == before


def test_of_the_subjects_only_the_new_rows_stay(empty_settings):
    def counted(days, points):
        row = dict.fromkeys(COMPLETENESS.names)
        row |= {"service_month": "2024-06", "channel": "import", "due_points": points}
        row |= dict.fromkeys(("region_id", "feeder_id", "transformer_id"), "")
        return pl.DataFrame([row | {"service_date": d} for d in days], schema=COMPLETENESS.schema)

    first, second, third = (date(2024, 6, day) for day in (1, 2, 3))
    with writing(empty_settings) as writer:
        for days, points, subjects in (
            ([first, second, third], 1, [first, second, third]),
            ([second], 2, [second]),
            ([], 0, [third]),
        ):
            rows = counted(days, points)
            due = counted(subjects, 0).select("service_month", "service_date")
            replace_all_of(writer, COMPLETENESS, rows, due)
        held = scan_table(writer, COMPLETENESS).select("service_date", "due_points").collect()
        assert held.sort("service_date").rows() == [(first, 1), (second, 2)]
        subjects = counted([first, second], 0).select("service_month", "service_date")
        replace_all_of(writer, COMPLETENESS, counted([], 0), subjects)
        assert scan_table(writer, COMPLETENESS).collect().is_empty()


def test_many_threads_may_open_changing_states(empty_settings, take, day_row):
    seen, failed = [], []

    def read():
        try:
            seen.extend(_shown(empty_settings) for _ in range(6))
        except Exception as error:  # noqa: BLE001 (a thread's error would be lost)
            failed.append(error)

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(6):  # more states than are kept open
        take(empty_settings, day_row({number: 1}))
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(seen) <= set(range(7))


def test_memory_and_threads_are_what_the_settings_say(new_lake):
    settings = new_lake(memory_limit="300MB", threads=1)
    with closing(open_lake(settings, Scope("a", "planner"))) as lake:
        assert lake.sql("select current_setting('threads')::integer").fetchall() == [(1,)]


def _as_an_older_version_made_it(settings):
    """The lake as a version leaves it that knows neither low-voltage nodes nor some columns."""
    unknown = {
        "usage_points": ["network_node_id", "metering_purpose"],
        "energy_profiles": ["slot_history"],
        "energy_profiles_alternate": ["slot_history"],  # it has no rows
    }
    uri, manifest = settings.lake_uri, read_manifest(settings.lake_uri)
    versions = dict(manifest.versions)
    for name, columns in unknown.items():
        with writing(settings) as writer:
            rows = scan_table(writer, TABLES[name]).collect().drop(columns)
        layout = list(TABLES[name].partition_by) or None
        write_deltalake(
            f"{uri}/{name}", rows, mode="overwrite", schema_mode="overwrite", partition_by=layout
        )
        versions[name] = DeltaTable(f"{uri}/{name}").version()
    shutil.rmtree(f"{uri}/network_nodes")
    del versions["network_nodes"]
    older = Manifest(manifest.sequence + 1, versions, manifest.published_at)
    (Path(uri) / "manifest.json").write_text(older.to_json())


@pytest.fixture
def older(empty_settings, register, take, day_row):
    """A lake of an older version, with a usage point, two months of readings and a correction."""
    point = {"usage_point_id": "P1", "customer_class": "residential"}
    register(empty_settings, usage_points=[point])
    take(empty_settings, day_row({0: 5}), day_row({0: 7}, day=date(2024, 7, 1)))
    take(empty_settings, day_row({0: 6}))
    _as_an_older_version_made_it(empty_settings)
    return empty_settings


def _seen(settings):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        points = lake.table("usage_points").pl().select("usage_point_id", "customer_class")
        days = lake.table("energy_profiles").pl().sort("service_date")
        return points.rows(), days["t0000"].to_list(), _energy(lake)


def test_a_lake_of_an_older_version_says_what_to_do(older):
    with pytest.raises(LakeError, match="fenggu init"):
        open_lake(older, EVERYTHING)


def test_a_lake_of_an_older_version_gets_the_new_columns_and_keeps_its_rows(older, take, day_row):
    assert create_lake(older)
    assert not create_lake(older)
    assert _seen(older) == ([("P1", "residential")], [6, 7], 13)
    with closing(open_lake(older, EVERYTHING)) as lake:
        new = "select network_node_id, metering_purpose from usage_points"
        assert lake.sql(new).fetchall() == [(None, None)]
        assert lake.table("network_nodes").pl().is_empty()
    take(older, day_row({1: 1}), day_row({0: 1, 1: 1}, interval=30))
    assert _seen(older)[2] == 14


def test_an_upgrade_that_is_killed_is_done_again(older, monkeypatch):
    before = read_manifest(older.lake_uri)
    with monkeypatch.context() as dying:
        dying.setattr("ingest.lake.publish", lambda _: (_ for _ in ()).throw(_BreakError))
        with pytest.raises(_BreakError):
            create_lake(older)
    assert read_manifest(older.lake_uri) == before, "readers see nothing of it"
    assert create_lake(older)
    assert _seen(older) == ([("P1", "residential")], [6, 7], 13)
