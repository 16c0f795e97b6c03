"""Files out of .zip and .gz archives, within limits, one bad member at a time."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from ingest.batch import CollectorError

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK_MEMBER = "[Content_Types].xml"
_CHUNK = 1 << 20
_GRACE = 100 << 20
_ENCRYPTED = 0x1
_BROKEN = (
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: ``name`` for people, ``path`` for collectors."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Refused:
    """A member of an archive that cannot be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an archive may grow."""

    total_bytes: int = 4 << 30
    """All members together, extracted [bytes]."""
    ratio: int = 1000
    """Extracted to compressed size of one member, once it is beyond 100 MiB."""
    members: int = 10_000


@contextmanager
def opened(path: Path, limits: Limits | None = None) -> Iterator[Iterator[Source | Refused]]:
    """The files in ``path``: itself, or the members of the archive that its first bytes say it is.

    Members are extracted one by one, as they are asked for, under names of our own into a folder
    that is removed with the context. A workbook (.xlsx) counts as a plain file. A member that is
    encrypted, damaged, itself an archive or beyond ``limits`` is ``Refused``; the next one comes.

    Raises:
        CollectorError: The file cannot be opened, or its list of members is damaged or too long.
    """
    limits = limits or Limits()
    try:
        with path.open("rb") as file:
            kind = _kind(file)
    except OSError as error:
        raise CollectorError(f"{path.name}: cannot be opened: {error}") from error
    if kind is None:
        yield iter([Source(path.name, path)])
        return
    with TemporaryDirectory(prefix="fenggu-archive-") as folder:
        if kind == "gzip":
            yield _from_gzip(path, Path(folder), limits)
        else:
            with _zip(path, limits) as archive:
                yield _from_zip(path.name, archive, Path(folder), limits)


def _kind(file: IO[bytes]) -> str | None:
    """``gzip`` or ``zip`` by the first bytes; null for a plain file or a workbook."""
    start = file.read(4)
    if start.startswith(_GZIP):
        return "gzip"
    if start not in _ZIP:
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            return None if _WORKBOOK_MEMBER in archive.namelist() else "zip"
    except _BROKEN:
        return "zip"


def _zip(path: Path, limits: Limits) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise CollectorError(
            f"{path.name}: the archive's list of members cannot be read ({error}); "
            "it may have been cut off: ask for it again"
        ) from error
    if len(archive.infolist()) > limits.members:
        archive.close()
        raise CollectorError(
            f"{path.name}: the archive has {len(archive.infolist()):,} members; expected "
            f"{limits.members:,} at most. Split it"
        )
    return archive


def _from_zip(
    name: str, archive: zipfile.ZipFile, folder: Path, limits: Limits
) -> Iterator[Source | Refused]:
    extracted = 0
    for number, member in enumerate(archive.infolist()):
        if member.filename.endswith("/"):  # is_dir() fails where there is no name at all
            continue
        shown = f"{name}/{member.filename}"
        if member.flag_bits & _ENCRYPTED:
            yield Refused(shown, "it is encrypted; expected a member without a password")
            continue
        target = folder / f"{number}{_suffix(member.filename)}"
        try:
            with archive.open(member) as packed:
                size = _extract(packed, target, member.compress_size, extracted, limits)
        except _BROKEN as error:
            target.unlink(missing_ok=True)
            yield Refused(shown, _why(error))
            continue
        extracted += size
        yield _unless_nested(shown, target)


def _from_gzip(path: Path, folder: Path, limits: Limits) -> Iterator[Source | Refused]:
    inner = path.stem if path.suffix.lower() == ".gz" else path.name
    shown, target = f"{path.name}/{inner}", folder / f"0{_suffix(inner)}"
    try:
        with gzip.open(path) as packed:
            _extract(packed, target, path.stat().st_size, 0, limits)
    except _BROKEN as error:
        yield Refused(shown, _why(error))
    else:
        yield _unless_nested(shown, target)


def _extract(
    packed: IO[bytes] | gzip.GzipFile,
    target: Path,
    packed_bytes: int,
    extracted: int,
    limits: Limits,
) -> int:
    """Copy ``packed`` to ``target`` [bytes]; ValueError beyond the limits."""
    size = 0
    with target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size + extracted > limits.total_bytes:
                raise ValueError(
                    f"the archive holds more than {limits.total_bytes:,} bytes; split it"
                )
            if size > _GRACE and size > limits.ratio * max(packed_bytes, 1):
                raise ValueError(
                    f"it grows to more than {limits.ratio:,} times its packed size, which no "
                    "readings do"
                )
            file.write(chunk)
    return size


def _unless_nested(shown: str, target: Path) -> Source | Refused:
    with target.open("rb") as file:
        kind = _kind(file)
    if kind is None:
        return Source(shown, target)
    target.unlink()
    return Refused(shown, f"it is itself an archive ({kind}); unpack it and offer its files")


def _suffix(name: str) -> str:
    """The ending of a member's name, if it is harmless in a name of ours."""
    suffix = PurePosixPath(name).suffix
    is_plain = suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 9
    return suffix.lower() if is_plain else ""


def _why(error: Exception) -> str:
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
        return str(error)
    return f"it is damaged ({error}); ask for it again"
