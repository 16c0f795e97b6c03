import asyncio
import hashlib
import ssl

import httpx
import pytest

from ingest.collection.http import fetch as http_fetch
from ingest.collection.http.fetch import Fetched, FetchError, Limits, fetch
from ingest.collection.http.state import Known
from tests.ingest.collection.http_server import cut_after, endless, serving, status

CONTENT = bytes(range(256)) * 4096  # 1 MiB
IN_CLEAR = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is made at once
LIMITS = Limits(size_bytes=2 << 20, attempts=4, total_seconds=20)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(http_fetch, "back_off", lambda _failures, _longest: 0.0)
    with serving() as files:
        files.content["/a.csv"] = CONTENT
        yield files


def got(server, target, path="/a.csv", known=None, limits=LIMITS):
    async def main():
        async with httpx.AsyncClient(trust_env=False, timeout=5, verify=IN_CLEAR) as client:
            return await fetch(client, server.url + path, target, known, limits)

    return asyncio.run(main())


def test_a_file_arrives_byte_for_byte_with_its_version(server, tmp_path):
    fetched = got(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert isinstance(fetched, Fetched)
    assert fetched.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert fetched.etag


def test_a_version_that_we_have_is_not_sent_again(server, tmp_path, moment):
    fetched = got(server, tmp_path / "a")
    assert isinstance(fetched, Fetched)
    known = Known(fetched.etag, fetched.last_modified, fetched.sha256, moment)
    assert got(server, tmp_path / "b", known=known) == "unchanged"
    assert not (tmp_path / "b").exists()


def test_a_transfer_that_was_cut_off_goes_on_where_it_was(server, tmp_path):
    server.faults = [cut_after(300_000), cut_after(700_000)]
    got(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    ranges = [headers.get("Range") for _, headers in server.asked]
    assert ranges == [None, "bytes=300000-", "bytes=700000-"]


def test_a_file_that_changed_while_it_was_cut_off_is_fetched_anew(server, tmp_path):
    def cut_and_change(answering):
        cut_after(300_000)(answering)
        server.content["/a.csv"] = b"new"
        return True

    server.faults = [cut_and_change]
    got(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_without_a_version_a_cut_off_transfer_begins_again(server, tmp_path):
    server.with_etag = False

    def cut(answering):
        answering.send_response(200)
        answering.send_header("Content-Length", str(len(CONTENT)))
        answering.end_headers()
        answering.wfile.write(CONTENT[:1000])
        answering.close_connection = True
        return True

    server.faults = [cut]
    got(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert [headers.get("Range") for _, headers in server.asked] == [None, None]


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(server, tmp_path, code):
    server.faults = [status(code), status(code)]
    assert isinstance(got(server, tmp_path / "a"), Fetched)
    assert len(server.asked) == 3


def test_attempts_come_to_an_end(server, tmp_path):
    server.faults = [status(503)] * 10
    with pytest.raises(FetchError, match="503"):
        got(server, tmp_path / "a")
    assert len(server.asked) == LIMITS.attempts


@pytest.mark.parametrize("code", [400, 401, 403])
def test_what_is_refused_is_not_asked_again(server, tmp_path, code):
    server.faults = [status(code)] * 2
    with pytest.raises(FetchError, match=str(code)):
        got(server, tmp_path / "a")
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [404, 410])
def test_a_file_that_is_not_there_is_no_error(server, tmp_path, code):
    server.faults = [status(code)]
    assert got(server, tmp_path / "a") == "absent"


def test_a_file_that_announces_too_much_is_refused_before_it_comes(server, tmp_path):
    limits = Limits(size_bytes=len(CONTENT) - 1)
    with pytest.raises(FetchError, match=r"1,048,576 bytes; expected at most 1,048,575"):
        got(server, tmp_path / "a", limits=limits)
    assert len(server.asked) == 1


def test_a_file_without_end_is_refused_at_its_limit(server, tmp_path):
    server.faults = [endless]
    with pytest.raises(FetchError, match="expected at most"):
        got(server, tmp_path / "a")
    assert (tmp_path / "a").stat().st_size <= LIMITS.size_bytes


def test_a_redirect_on_the_same_server_is_followed(server, tmp_path):
    server.faults = [status(302, Location="/a.csv")]
    got(server, tmp_path / "a", path="/latest")
    assert (tmp_path / "a").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/a.csv",
        "//elsewhere.example/a.csv",
        "ftp://127.0.0.1/a.csv",
        "http://127.0.0.1:1/a.csv",
        "http://[bad/",
    ],
)
def test_a_redirect_to_another_server_is_not_followed(server, tmp_path, location):
    server.faults = [status(302, Location=location)]
    with pytest.raises(FetchError, match="redirected to"):
        got(server, tmp_path / "a")
    assert len(server.asked) == 1


def test_redirects_in_a_circle_come_to_an_end(server, tmp_path):
    server.faults = [status(302, Location="/a.csv")] * 20
    with pytest.raises(FetchError, match="more than 5 redirects"):
        got(server, tmp_path / "a")


def test_a_body_in_an_encoding_nobody_asked_for_is_refused(server, tmp_path):
    server.faults = [status(200, Content_Encoding="br")]
    with pytest.raises(FetchError, match="br"):
        got(server, tmp_path / "a")


def test_a_server_that_is_not_there_is_told_from_one_that_refuses(tmp_path):
    with serving() as gone:
        pass
    with pytest.raises(FetchError) as told:
        got(gone, tmp_path / "a", limits=Limits(size_bytes=1, attempts=1))
    assert told.value.is_unreachable
