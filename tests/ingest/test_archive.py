import gzip
import io
import zipfile
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest import archive
from ingest.archive import Limits, Refused, Source, opened
from ingest.batch import CollectorError

MIB = 1 << 20


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def contents(path, limits=None) -> list[tuple[str, Any]]:
    """What comes out of ``path``: content of each source, reason of each refusal."""
    with opened(path, limits) as members:
        return [
            (m.name, m.path.read_bytes() if isinstance(m, Source) else m.reason) for m in members
        ]


def test_a_plain_file_is_its_own_only_source(tmp_path):
    path = tmp_path / "readings.zip"  # the name does not make it an archive
    path.write_bytes(b"100,NEM12")
    with opened(path) as members:
        assert list(members) == [Source("readings.zip", path)]
    assert path.exists()


def test_members_of_a_zip_come_in_order_and_leave_no_trace(tmp_path):
    path = zipped(tmp_path / "many.dat", [("a.csv", b"1"), ("in/", b""), ("in/b.csv", b"2")])
    with opened(path) as members:
        found = [member for member in members if isinstance(member, Source)]
        assert [source.name for source in found] == ["many.dat/a.csv", "many.dat/in/b.csv"]
        assert [source.path.read_bytes() for source in found] == [b"1", b"2"]
        assert {source.path.suffix for source in found} == {".csv"}
    assert not any(source.path.parent.exists() for source in found)


def test_the_folder_is_removed_when_the_reader_fails(tmp_path):
    path = zipped(tmp_path / "a.zip", [("a.csv", b"1")])
    seen = []

    def fail():
        with opened(path) as members:
            seen.extend(members)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not seen[0].path.exists()


def test_a_gzip_file_holds_one_source(tmp_path):
    path = tmp_path / "readings.csv.gz"
    path.write_bytes(gzip.compress(b"100,NEM12"))
    assert contents(path) == [("readings.csv.gz/readings.csv", b"100,NEM12")]


def test_a_workbook_is_no_archive(tmp_path):
    path = zipped(tmp_path / "customers.xlsx", [("[Content_Types].xml", b"<x/>")])
    with opened(path) as members:
        assert list(members) == [Source("customers.xlsx", path)]
    outer = zipped(tmp_path / "outer.zip", [("customers.xlsx", path.read_bytes())])
    assert contents(outer) == [("outer.zip/customers.xlsx", path.read_bytes())]


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "..", "a/../b"]
)
def test_a_member_cannot_choose_where_it_is_written(tmp_path, name):
    path = zipped(tmp_path / "a.zip", [(name, b"1")])
    with opened(path) as members:
        source = next(members)
        assert isinstance(source, Source)
        assert source.path.parent.name.startswith("fenggu-archive-")
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_a_damaged_member_does_not_lose_the_others(tmp_path):
    path = zipped(tmp_path / "a.zip", [("1.csv", b"x" * 999), ("2.csv", b"y"), ("3.csv", b"z")])
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"2.csv") + 5] ^= 0xFF  # the first byte of its data
    path.write_bytes(raw)
    first, second, third = contents(path)
    assert (first[1], third[1]) == (b"x" * 999, b"z")
    assert second[0] == "a.zip/2.csv"
    assert "damaged" in second[1]


def test_an_encrypted_member_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", [("1.csv", b"x")], zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert contents(path) == [
        ("a.zip/1.csv", "it is encrypted; expected a member without a password")
    ]


@pytest.mark.parametrize("nested", ["zip", "gzip"])
def test_an_archive_in_an_archive_is_refused(tmp_path, nested):
    inner = io.BytesIO()
    zipped(inner, [("deep.csv", b"1")])
    content = inner.getvalue() if nested == "zip" else gzip.compress(b"1")
    (member,) = contents(zipped(tmp_path / "a.zip", [("inner.csv", content)]))
    assert f"itself an archive ({nested})" in member[1]
    path = tmp_path / "twice.gz"
    path.write_bytes(gzip.compress(content))
    assert "itself an archive" in contents(path)[0][1]


def test_a_zip_bomb_is_stopped_at_its_ratio(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_GRACE", MIB)
    path = zipped(tmp_path / "bomb.zip", [("bomb.csv", bytes(8 * MIB)), ("good.csv", b"1")])
    bomb, good = contents(path, Limits(ratio=100))
    assert "100 times its packed size" in bomb[1]
    assert good[1] == b"1"
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(8 * MIB)))
    assert "100 times its packed size" in contents(path, Limits(ratio=100))[0][1]


def test_all_members_together_are_bounded(tmp_path):
    members = [(f"{i}.csv", bytes(MIB)) for i in range(4)]
    path = zipped(tmp_path / "a.zip", members)
    kinds = [isinstance(c, bytes) for _, c in contents(path, Limits(total_bytes=2 * MIB))]
    assert kinds == [True, True, False, False]


def test_an_archive_of_too_many_members_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", [(f"{i}.csv", b"1") for i in range(5)])
    with (
        pytest.raises(CollectorError, match=r"a\.zip: the archive has 5 members"),
        opened(path, Limits(members=4)),
    ):
        pass


@pytest.mark.parametrize(
    "make",
    [
        lambda p: zipped(p, [("a.csv", b"12345" * 99)]).read_bytes(),
        lambda _: gzip.compress(b"12345" * 99),
    ],
)
def test_an_archive_cut_anywhere_gives_an_error_or_a_refusal(tmp_path, make):
    whole = make(tmp_path / "whole.zip")
    path = tmp_path / "cut.bin"
    for cut in range(4, len(whole)):
        path.write_bytes(whole[:cut])
        try:
            with opened(path) as members:
                assert all(isinstance(member, Refused) for member in members)
        except CollectorError as error:
            assert "cut.bin" in str(error)  # noqa: PT017 - either outcome is right


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CollectorError, match="gone"), opened(tmp_path / "gone.zip"):
        pass


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 500), value=st.integers(0, 255))
@example(at=135, value=0)  # a member without a name
def test_a_flipped_byte_never_yields_other_content(at, value, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flipped")
    members = [("a.csv", b"12345" * 30), ("b.csv", b"6789" * 30)]
    path = zipped(folder / "a.zip", members)
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] = value
    path.write_bytes(raw)
    allowed = {content for _, content in members} | {bytes(raw)}
    try:
        found = contents(path)
    except CollectorError:
        return
    assert {content for _, content in found if isinstance(content, bytes)} <= allowed
