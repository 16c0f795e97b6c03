import asyncio
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.batch import CollectorError
from ingest.collection.http import fetch as http_fetch
from ingest.collection.http import pull as http_pull
from ingest.collection.http.index import NoIndexError, listed
from ingest.collection.http.pull import Result, http_config, pull
from ingest.collection.http.sources import HttpSource
from ingest.collection.http.state import Known, State, load_state, save_state
from ingest.lake import scan_table, writing
from queries.schema import BATCHES, ENERGY_PROFILES
from tests.ingest.collection.http_server import cut_after, serving, status


def day_file(day: str, *kwh: float) -> bytes:
    rows = [f"P1,{day} {hour:02}:00,{value}" for hour, value in enumerate(kwh)]
    return ("计量点编号,数据时间,电量\n" + "\n".join(rows) + "\n").encode()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(http_fetch, "back_off", lambda _failures, _longest: 0.0)
    with serving() as files:
        yield files


def config_of(server, *sources, folder, **entries):
    named = [
        {
            key: server.url + value if key in {"url", "index"} else value
            for key, value in one.items()
        }
        for one in sources
    ]
    table = {"sources": named, **entries}
    return http_config(table, "c.toml: 'dumps'", name="dumps", folder=folder)


def pulled(config, settings, now):
    return asyncio.run(pull(config, settings, now))


def results(found):
    return {one.url.rpartition("/")[2]: one.result for one in found}


def energies(settings) -> dict[date, list[int]]:
    with writing(settings) as writer:
        rows = scan_table(writer, ENERGY_PROFILES).collect()
    return {
        row["service_date"]: [row[f"t{hour:02}00"] for hour in range(3)]
        for row in rows.iter_rows(named=True)
    }


def test_a_file_a_day_is_fetched_once_it_is_there(server, empty_settings, moment, tmp_path):
    source = {"url": "/{day:%Y%m%d}.csv", "first_day": date(2026, 1, 2)}
    config = config_of(server, source, folder=tmp_path)
    server.content["/20260102.csv"] = day_file("2026-01-02", 1, 2, 3)
    server.content["/20260104.csv"] = day_file("2026-01-04", 4, 5, 6)
    found = pulled(config, empty_settings, moment)
    assert results(found) == {
        "20260104.csv": Result.TAKEN,
        "20260103.csv": Result.NOT_YET,
        "20260102.csv": Result.TAKEN,
    }
    assert {one.day for one in found} == {date(2026, 1, day) for day in (2, 3, 4)}
    assert energies(empty_settings) == {
        date(2026, 1, 2): [1000, 2000, 3000],
        date(2026, 1, 4): [4000, 5000, 6000],
    }

    server.content["/20260103.csv"] = day_file("2026-01-03", 7, 8, 9)
    found = pulled(config, empty_settings, moment + timedelta(hours=1))
    assert results(found) == {
        "20260104.csv": Result.UNCHANGED,
        "20260103.csv": Result.TAKEN,
        "20260102.csv": Result.UNCHANGED,
    }
    assert energies(empty_settings)[date(2026, 1, 3)] == [7000, 8000, 9000]


def test_a_day_that_is_missing_stays_wanted_and_tells_since_when(
    server, empty_settings, moment, tmp_path
):
    source = {"url": "/{day:%Y%m%d}.csv", "first_day": date(2026, 1, 4)}
    config = config_of(server, source, folder=tmp_path)
    pulled(config, empty_settings, moment)
    later = moment + timedelta(days=20)
    found = {one.day: one for one in pulled(config, empty_settings, later)}
    assert len(found) == 21
    oldest = found[date(2026, 1, 4)]
    assert oldest.result is Result.NOT_YET
    assert oldest.missing_since == moment
    assert "since 2026-01-05" in oldest.reason
    assert found[date(2026, 1, 24)].missing_since == later


def test_without_a_first_day_a_week_is_fetched_and_the_beginning_is_remembered(
    server, empty_settings, moment, tmp_path
):
    config = config_of(server, {"url": "/{day:%Y%m%d}.csv"}, folder=tmp_path)
    assert min(one.day for one in pulled(config, empty_settings, moment)) == date(2025, 12, 28)
    later = pulled(config, empty_settings, moment + timedelta(days=30))
    assert min(one.day for one in later) == date(2025, 12, 28)


def test_a_day_begins_and_ends_by_the_clock_of_the_zone(server, empty_settings, tmp_path):
    """At 23:00 UTC it is the next day in Shanghai."""
    source = {"url": "/{day:%Y%m%d}.csv", "first_day": date(2026, 1, 4)}
    config = config_of(server, source, folder=tmp_path)
    evening = datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert len(pulled(config, empty_settings, evening)) == 2
    assert len(pulled(config, empty_settings, evening - timedelta(hours=8))) == 1


def test_a_corrected_file_corrects_the_lake_while_it_is_young(
    server, empty_settings, moment, tmp_path
):
    source = {"url": "/{day:%Y%m%d}.csv", "first_day": date(2026, 1, 4), "recheck_days": 3}
    config = config_of(server, source, folder=tmp_path)
    server.content["/20260104.csv"] = day_file("2026-01-04", 1, 2, 3)
    pulled(config, empty_settings, moment)
    server.content["/20260104.csv"] = day_file("2026-01-04", 1, 2, 9)
    found = pulled(config, empty_settings, moment + timedelta(days=2))
    assert results(found)["20260104.csv"] is Result.TAKEN
    assert energies(empty_settings)[date(2026, 1, 4)] == [1000, 2000, 9000]
    found = pulled(config, empty_settings, moment + timedelta(days=4))
    assert "20260104.csv" not in results(found)


def test_pulling_again_changes_nothing(server, empty_settings, moment, tmp_path):
    server.content["/a.csv"] = day_file("2026-01-04", 1, 2, 3)
    config = config_of(server, {"url": "/a.csv"}, folder=tmp_path)
    first = pulled(config, empty_settings, moment)
    assert first[0].fields["new"] == 3
    again = pulled(config, empty_settings, moment)
    assert results(again) == {"a.csv": Result.UNCHANGED}
    # Even where all memory of it is lost, and the server knows no versions.
    (empty_settings.data / "fetched" / "dumps.json").unlink()
    server.with_etag = False
    [third] = pulled(config, empty_settings, moment)
    assert (third.fields["new"], third.fields["corrected"]) == (0, 0)
    with writing(empty_settings) as writer:
        assert scan_table(writer, BATCHES).collect().height == 2


def test_killed_before_the_lake_has_it_a_file_is_fetched_again(
    server, empty_settings, moment, tmp_path, monkeypatch
):
    server.content["/a.csv"] = day_file("2026-01-04", 1, 2, 3)
    config = config_of(server, {"url": "/a.csv"}, folder=tmp_path)

    def killed(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(http_pull, "ingest_file", killed)
        with pytest.raises(KeyboardInterrupt):
            pulled(config, empty_settings, moment)
    assert results(pulled(config, empty_settings, moment)) == {"a.csv": Result.TAKEN}
    assert energies(empty_settings)[date(2026, 1, 4)] == [1000, 2000, 3000]


def test_a_list_of_files_gives_those_that_match_and_are_of_its_server(
    server, empty_settings, moment, tmp_path
):
    server.content["/files/"] = (
        b'<a href="a%20b.csv">one</a> <A HREF="/files/c.csv#top">two</A> <a href="d.pdf">no</a>'
        b'<a href="https://elsewhere.example/e.csv">theirs</a><a href="http://[bad/x.csv">?</a>'
    )
    server.content["/files/a%20b.csv"] = day_file("2026-01-03", 1, 2, 3)
    config = config_of(server, {"index": "/files/", "match": "*.csv"}, folder=tmp_path)
    found = pulled(config, empty_settings, moment)
    assert results(found) == {
        "a%20b.csv": Result.TAKEN,
        "c.csv": Result.FAILED,
        "e.csv": Result.FAILED,
    }
    assert "no such file" in found[1].reason
    assert "another server" in found[-1].reason
    assert energies(empty_settings) == {date(2026, 1, 3): [1000, 2000, 3000]}


@pytest.mark.parametrize(
    "content",
    [
        '["a.csv", "/x/a.csv", "b.txt"]',
        '{"files": [{"name": "a.csv"}, {"size": 3}, 7]}',
        '[{"href": "a.csv"}, {"url": "https://h/x/a.csv"}]',
    ],
)
def test_json_lists_files_by_name_or_address(content):
    assert listed("https://h/x/list.json", content.encode(), "*.csv") == ["https://h/x/a.csv"]


@pytest.mark.parametrize("content", ["", "nothing here", "[", '{"error": "no"}', "[" * 100_000])
def test_what_lists_no_files_is_said_to(content):
    with pytest.raises(NoIndexError):
        listed("https://h/", content.encode(), "*")


def test_one_failure_is_told_and_the_others_are_taken(server, empty_settings, moment, tmp_path):
    server.content["/a.csv"] = day_file("2026-01-04", 1, 2, 3)
    sources = ({"url": "/secret.csv"}, {"url": "/gone.csv"}, {"url": "/a.csv"})
    server.faults = [status(403)]
    found = pulled(config_of(server, *sources, folder=tmp_path), empty_settings, moment)
    assert results(found) == {
        "secret.csv": Result.FAILED,
        "gone.csv": Result.FAILED,
        "a.csv": Result.TAKEN,
    }
    assert "403" in found[0].reason
    assert found[0].missing_since == moment


def test_a_file_that_cannot_be_read_is_kept_and_told_once(server, empty_settings, moment, tmp_path):
    server.content["/a.csv"] = b"\x00\x01\x02 no table"
    config = config_of(server, {"url": "/a.csv"}, folder=tmp_path)
    [first] = pulled(config, empty_settings, moment)
    assert first.outcome is not None
    assert first.fields["quarantined"]
    assert results(pulled(config, empty_settings, moment)) == {"a.csv": Result.UNCHANGED}


def test_a_server_that_does_not_answer_is_not_asked_for_every_day(
    empty_settings, moment, tmp_path, monkeypatch
):
    monkeypatch.setattr(http_fetch, "back_off", lambda _failures, _longest: 0.0)
    with serving() as gone:
        pass
    config = config_of(gone, {"url": "/{day:%Y%m%d}.csv"}, folder=tmp_path)
    found = pulled(config, empty_settings, moment)
    assert [one.result for one in found] == [Result.FAILED] + [Result.LEFT] * 7
    assert "does not answer" in found[-1].reason


def test_more_files_than_one_pull_may_ask_for_are_left_to_the_next(
    server, empty_settings, moment, tmp_path
):
    config = config_of(server, {"url": "/{day:%Y%m%d}.csv"}, folder=tmp_path, files_at_most=2)
    found = pulled(config, empty_settings, moment)
    assert [one.result for one in found[:3]] == [Result.NOT_YET, Result.NOT_YET, Result.LEFT]
    assert len(server.asked) == 2


def test_a_zip_that_is_cut_off_on_its_way_arrives_whole(
    server, empty_settings, moment, tmp_path, zipped
):
    content = zipped("a.csv", day_file("2026-01-04", 1, 2, 3))
    server.content["/a.zip"] = content
    server.faults = [cut_after(len(content) // 2)]
    [one] = pulled(config_of(server, {"url": "/a.zip"}, folder=tmp_path), empty_settings, moment)
    assert one.result is Result.TAKEN
    assert energies(empty_settings)[date(2026, 1, 4)] == [1000, 2000, 3000]
    assert not list((empty_settings.data / "fetched").glob("fetching-*"))


def test_password_and_token_come_from_where_the_entries_say(
    server, empty_settings, moment, tmp_path, monkeypatch
):
    server.content["/a.csv"] = day_file("2026-01-04", 1, 2, 3)
    (tmp_path / "password").write_text("open sesame\nsecond line\n")
    server.authorization = "Basic ZWFzdDpvcGVuIHNlc2FtZQ=="  # east:open sesame
    ours = {"username": "east", "password_file": "password"}
    config = config_of(server, {"url": "/a.csv"}, folder=tmp_path, **ours)
    assert results(pulled(config, empty_settings, moment)) == {"a.csv": Result.TAKEN}
    server.authorization = "Bearer t0ken"
    [one] = pulled(config, empty_settings, moment)
    assert "401" in one.reason
    monkeypatch.setenv("EAST_TOKEN", "t0ken")
    ours = {"token_env": "EAST_TOKEN"}
    config = config_of(server, {"url": "/a.csv"}, folder=tmp_path, **ours)
    assert results(pulled(config, empty_settings, moment)) == {"a.csv": Result.UNCHANGED}
    monkeypatch.delenv("EAST_TOKEN")
    with pytest.raises(CollectorError, match="EAST_TOKEN is not set"):
        pulled(config, empty_settings, moment)


def test_certificates_are_verified_names_included(
    empty_settings, moment, tmp_path, certificates, monkeypatch
):
    monkeypatch.setattr(http_fetch, "back_off", lambda _failures, _longest: 0.0)

    def result(name: str, ca: str | None):
        pair = certificates.file(f"{name}.pem"), certificates.file(f"{name}.key")
        with serving(pair) as server:
            server.content["/a.csv"] = day_file("2026-01-04", 1, 2, 3)
            trusted = {"ca_file": certificates.file(ca)} if ca else {}
            config = config_of(server, {"url": "/a.csv"}, folder=tmp_path, **trusted)
            [one] = pulled(config, empty_settings, moment)
            return one.result, one.reason, len(server.asked)

    assert result("server", "ca.pem") == (Result.TAKEN, "", 1)
    for name, ca in (("server", "stranger.pem"), ("server", None), ("elsewhere", "ca.pem")):
        outcome, reason, asked = result(name, ca)
        assert outcome is Result.FAILED
        assert "CERTIFICATE_VERIFY_FAILED" in reason
        assert asked == 0


def test_what_is_remembered_comes_back_as_it_was(tmp_path, moment):
    state = State(
        files={"https://h/峰": Known('"1"', None, "ab", moment)},
        first_days={"https://h/{day:%d}": date(2026, 1, 1)},
        missing_since={"https://h/x": moment},
    )
    save_state(tmp_path / "new" / "s.json", state)
    assert load_state(tmp_path / "new" / "s.json") == state
    assert load_state(tmp_path / "none.json") == State()


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2}', '{"version": 1}', "\xff"])
def test_a_record_that_is_none_is_named_with_what_to_do(tmp_path, content):
    (tmp_path / "s.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(CollectorError, match=r"s\.json.*Remove it"):
        load_state(tmp_path / "s.json")


def test_a_day_stands_in_the_address_as_the_template_says():
    source = HttpSource("https://h/{day:%Y}/{day:%m-%d}.csv", None, None, 1, 3, None, master=False)
    assert source.is_daily
    assert source.url_of(date(2026, 1, 5)) == "https://h/2026/01-05.csv"


FILE = {"url": "https://h/a.csv"}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({}, "'sources' is missing"),
        ({"sources": []}, "'sources' is missing"),
        ({"sources": [{}]}, "source 1: expected 'url'"),
        ({"sources": [{"url": "https://h", "index": "https://h"}]}, "expected 'url' of a file, or"),
        ({"sources": [{"url": "http://h/a"}]}, "in clear"),
        ({"sources": [{"url": "file:///etc/passwd"}]}, "'url' is no address"),
        ({"sources": [{"url": "https://me:secret@h/a"}]}, "by their own entries"),
        ({"sources": [{"url": "https://h/{date}"}]}, "{day:%Y%m%d}"),
        ({"sources": [{"url": "https://h/{day:}"}]}, "{day:%Y%m%d}"),
        ({"sources": [{"url": "https://h/{day:x}"}]}, "{day:%Y%m%d}"),
        ({"sources": [{"index": "https://h/"}]}, "'match' need each other"),
        ({"sources": [{**FILE, "match": "*"}]}, "'match' need each other"),
        ({"sources": [{**FILE, "first_day": date(2026, 1, 1)}]}, "'first_day' is"),
        ({"sources": [{"url": "https://h/{day:%d}", "first_day": "1 May"}]}, "'first_day' is"),
        ({"sources": [FILE, FILE]}, "names one url twice"),
        ({"sources": [FILE], "username": "me"}, "need each other"),
        ({"sources": [FILE], "token": "secret"}, "'token' stands in the file"),
        ({"sources": [FILE], "token_env": "A", "token_file": "b"}, "contradict"),
        ({"sources": [FILE, {"url": "https://i/b"}], "token_env": "A"}, "each would be told"),
        ({"sources": [FILE], "verify": False}, "unknown key 'verify'"),
        ({"sources": [FILE], "size_limit_mib": 0}, "'size_limit_mib' is 0"),
    ],
)
def test_entries_that_cannot_be_meant_name_the_file_and_the_key(entries, expected, tmp_path):
    with pytest.raises(CollectorError, match=re.escape(expected)) as told:
        http_config(entries, "c.toml: 'dumps'", name="dumps", folder=tmp_path)
    assert str(told.value).startswith("c.toml: 'dumps'")
    assert "secret" not in str(told.value)
