"""One file over HTTP: if it changed, completely, within its limit, and from nobody else."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.collection.back_off import back_off
from ingest.collection.http.state import Known

_MOST_REDIRECTS = 5
_LONGEST_PAUSE_SECONDS = 30
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_ABSENT = {404, 410}
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_LENGTH = 18
_PARTIAL, _UNCHANGED, _BEYOND_ITS_END = 206, 304, 416
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_ENCODINGS = ("", "identity", "gzip", "x-gzip")
"""Of the body as it is kept; archives of gzip are read like any other file."""


class FetchError(Exception):
    """A file that could not be fetched.

    Attributes:
        is_unreachable: The server does not answer: asking it for other files is useless.
    """

    def __init__(
        self, message: str, *, may_retry: bool = False, is_unreachable: bool = False
    ) -> None:
        """Say what was expected and what came."""
        super().__init__(message)
        self.may_retry = may_retry
        self.is_unreachable = is_unreachable


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a fetch goes.

    Attributes:
        size_bytes: A larger file is refused.
        attempts: At it, each going on where the last was cut off.
        total_seconds: For one attempt, however slowly the bytes drip.
    """

    size_bytes: int
    attempts: int = 4
    total_seconds: float = 3600


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched.

    Attributes:
        etag: As the server named this version.
        last_modified: As the server wrote it.
        sha256: Of its bytes.
    """

    etag: str | None
    last_modified: str | None
    sha256: str


@dataclass(slots=True)
class _Part:
    """What is there of a file so far, and of which version it is."""

    path: Path
    size: int = 0
    validator: str | None = None


async def fetch(
    client: httpx.AsyncClient, url: str, target: Path, known: Known | None, limits: Limits
) -> Fetched | str:
    """Fetch a file to ``target``.

    Args:
        client: Which does not follow redirects by itself.
        url: Of the file.
        target: Is overwritten.
        known: The version that we have; None: none.
        limits: How far to go.

    Returns:
        What was fetched; or ``unchanged``, or ``absent`` (404, 410), and then nothing is there.

    Raises:
        FetchError: Neither; the message says why.
    """
    part = _Part(target)
    failures = 0
    while True:
        try:
            async with asyncio.timeout(limits.total_seconds):
                return await _attempt(client, url, part, known, limits)
        except httpx.TransportError as error:
            failed = FetchError(
                f"{type(error).__name__}: {error or 'no answer'}",
                may_retry=not _is_distrust(error),
                is_unreachable=isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)),
            )
        except TimeoutError:
            failed = FetchError(f"not complete after {limits.total_seconds:.0f} s", may_retry=True)
        except FetchError as error:
            failed = error
        failures += 1
        if not failed.may_retry or failures >= limits.attempts:
            raise failed
        await asyncio.sleep(back_off(failures, _LONGEST_PAUSE_SECONDS))


def _is_distrust(error: Exception) -> bool:
    """Whether a certificate was not accepted, which trying again does not change."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


async def _attempt(
    client: httpx.AsyncClient, url: str, part: _Part, known: Known | None, limits: Limits
) -> Fetched | str:
    asked = url
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            request = client.build_request("GET", asked, headers=_conditions(part, known))
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError(f"'{asked}' is no address: {error}") from error
        response = await client.send(request, stream=True)
        try:
            if response.status_code not in _REDIRECTS:
                return await _answer(response, part, limits)
            asked = _redirected(asked, response)
        finally:
            await response.aclose()
    raise FetchError(f"more than {_MOST_REDIRECTS} redirects")


def _conditions(part: _Part, known: Known | None) -> dict[str, str]:
    if part.size and part.validator:
        return {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    part.size = 0
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _redirected(asked: str, response: httpx.Response) -> str:
    try:
        target = urljoin(asked, response.headers.get("Location", ""))
        origin, other = _origin(asked), _origin(target)
    except ValueError as error:
        raise FetchError(f"redirected to what is no address ({error})") from error
    if origin != other:
        raise FetchError(
            f"redirected to {other[0]}://{other[1]}; expected the same server. Write its own "
            "address into the sources if it is meant"
        )
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def same_server(url: str, other: str) -> bool:
    """Whether two addresses are of one server, by one scheme."""
    try:
        return _origin(url) == _origin(other)
    except ValueError:
        return False


async def _answer(response: httpx.Response, part: _Part, limits: Limits) -> Fetched | str:
    status = response.status_code
    if status == _UNCHANGED:
        return "unchanged"
    if status in _ABSENT:
        return "absent"
    if status == _BEYOND_ITS_END:
        part.size = 0
        raise FetchError("the file is shorter than what was had of it", may_retry=True)
    if not response.is_success:
        reason = f"the server answers {status} {response.reason_phrase}"
        raise FetchError(reason, may_retry=status in _TRY_AGAIN)
    await _receive(response, part, limits)
    with part.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    headers = response.headers
    return Fetched(headers.get("ETag"), headers.get("Last-Modified"), digest)


async def _receive(response: httpx.Response, part: _Part, limits: Limits) -> None:
    """The body, behind what is there if the server goes on from there."""
    headers = response.headers
    encoding = headers.get("Content-Encoding", "").lower()
    if encoding not in _ENCODINGS:
        raise FetchError(f"Content-Encoding is {encoding}, which was not asked for")
    start, whole = 0, _length(headers.get("Content-Length"))
    if response.status_code == _PARTIAL:
        match = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        if match is None or int(match[1]) != part.size:
            part.size = 0
            raise FetchError("the server went on elsewhere than it was asked to", may_retry=True)
        start, whole = part.size, _length(match[2])
    if whole is not None and whole > limits.size_bytes:
        raise _too_large(whole, limits)
    part.size, part.validator = start, _strong(response)
    with part.path.open("r+b" if start else "wb") as file:
        file.seek(start)
        async for chunk in response.aiter_raw():
            if part.size + len(chunk) > limits.size_bytes:
                raise _too_large(part.size + len(chunk), limits)
            file.write(chunk)
            part.size += len(chunk)
        file.truncate()
    if whole is not None and part.size != whole:
        raise FetchError(f"{part.size} of {whole} bytes came", may_retry=True)


def _length(text: str | None) -> int | None:
    is_length = text is not None and text.isdecimal() and len(text) <= _LONGEST_LENGTH
    return int(text) if text is not None and is_length else None


def _strong(response: httpx.Response) -> str | None:
    """By what the same version is asked for again; a weak ETag cannot tell bytes apart."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _too_large(size: int, limits: Limits) -> FetchError:
    return FetchError(
        f"at least {size:,} bytes; expected at most {limits.size_bytes:,} (size_limit_mib)"
    )
