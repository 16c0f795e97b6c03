"""Files over HTTP into the lake: dumps of a head-end, Green Button, whatever comes as a file.

What was fetched is remembered by address and version, so that a pull asks for what is missing or
may have changed. A day whose file is not there yet stays wanted until it is.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx

from ingest.batch import CollectorError
from ingest.collection.http.fetch import Fetched, FetchError, Limits, fetch, same_server
from ingest.collection.http.index import NoIndexError, file_name, listed
from ingest.collection.http.sources import HttpConfig, HttpSource, http_config
from ingest.collection.http.state import Known, State, load_state, save_state
from ingest.files import Options, Outcome, ingest_file
from queries.settings import Settings

__all__ = ["Pulled", "Result", "http_config", "pull"]

_CONNECT_SECONDS = 10
_LONGEST_INDEX_BYTES = 16 << 20
_FIRST_DAYS = timedelta(days=7)
_A_DAY = timedelta(days=1)
_STALE = timedelta(days=14)
_NAME_CHARACTERS = 100
_FAILED_FORMAT = "failed"


class Result(StrEnum):
    """What became of a file in one pull."""

    TAKEN = "taken"  # fetched and in the lake
    UNCHANGED = "unchanged"  # the server has the version that we have
    NOT_YET = "not_yet"  # the server has none; it stays wanted
    FAILED = "failed"  # for the reason given; it is tried again
    LEFT = "left"  # not asked for in this pull, for the reason given


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of a file.

    Attributes:
        url: Its address.
        result: What became of it.
        reason: Why, in words; empty where it was taken or is unchanged.
        day: The day it is of; None: of none in particular.
        missing_since: Since when it is wanted and not there [UTC].
        outcome: What the lake made of it.
    """

    url: str
    result: Result
    reason: str = ""
    day: date | None = None
    missing_since: datetime | None = None
    outcome: Outcome | None = None

    @property
    def fields(self) -> dict[str, str | int]:
        """For a log: what there is of it, as texts and counts."""
        told: dict[str, str | int] = {"url": self.url, "result": str(self.result)}
        if self.reason:
            told["reason"] = self.reason
        if self.day is not None:
            told["day"] = self.day.isoformat()
        if self.missing_since is not None:
            told["missing_since"] = self.missing_since.isoformat()
        if self.outcome is not None:
            told |= {
                "batch_id": self.outcome.batch_id,
                "new": self.outcome.new,
                "corrected": self.outcome.corrected,
                "unchanged": self.outcome.unchanged,
                "quarantined": self.outcome.rejects.height,
            }
        return told


@dataclass(frozen=True, slots=True)
class _Wanted:
    url: str
    source: HttpSource
    day: date | None = None


@dataclass(slots=True)
class _Pull:
    """One pull as it goes on."""

    config: HttpConfig
    settings: Settings
    now: datetime
    client: httpx.AsyncClient
    state: State
    folder: Path
    asked: int = 0
    unreachable: dict[str, str] = field(default_factory=dict)

    def failed(self, url: str, error: FetchError) -> None:
        """Ask a server no further that does not answer."""
        if error.is_unreachable:
            self.unreachable[urlsplit(url).netloc] = str(error)


async def pull(config: HttpConfig, settings: Settings, now: datetime) -> list[Pulled]:
    """Fetch what is missing or may have changed, and take it into the lake.

    Killed at any moment, it loses nothing: a file is remembered as fetched once the lake has it.
    One pull of a collector at a time.

    Args:
        config: Which files.
        settings: Of the lake; what was fetched is remembered in ``fetched`` beside it.
        now: By which days are due [UTC].

    Returns:
        What became of each file that is wanted.

    Raises:
        CollectorError: A certificate, a password or the record of what was fetched cannot be used.
    """
    folder = settings.data / "fetched"
    path = folder / f"{_file_part(config.name)}.json"
    state = load_state(path)
    found: list[Pulled] = []
    folder.mkdir(parents=True, exist_ok=True)
    async with _client(config) as client:
        with TemporaryDirectory(dir=folder, prefix="fetching-") as temporary:
            going = _Pull(config, settings, now, client, state, Path(temporary))
            try:
                for source in config.sources:
                    async for one in _of_source(going, source):
                        found.append(one)
                        if one.outcome is not None:
                            save_state(path, state)
            finally:
                save_state(path, state)
    return found


@asynccontextmanager
async def _client(config: HttpConfig) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Accept-Encoding": "identity", "User-Agent": "fenggu"}
    if config.token is not None:
        headers["Authorization"] = f"Bearer {config.token.read()}"
    auth = None
    if config.username is not None and config.password is not None:
        auth = httpx.BasicAuth(config.username, config.password.read())
    async with httpx.AsyncClient(
        verify=config.trust.context(),
        auth=auth,
        headers=headers,
        timeout=httpx.Timeout(config.timeout_seconds, connect=_CONNECT_SECONDS),
        follow_redirects=False,  # each is looked at first
        trust_env=False,  # no proxy, no .netrc: what is asked stands in the collectors' file
    ) as client:
        yield client


async def _of_source(going: _Pull, source: HttpSource) -> AsyncIterator[Pulled]:
    if source.match is not None:
        try:
            urls = await _listed(going, source)
        except FetchError as error:
            going.failed(source.url, error)
            yield Pulled(source.url, Result.FAILED, f"the list cannot be read: {error}")
            return
        for url in urls:
            if not same_server(url, source.url):
                reason = "it is of another server than its list; write it into the sources"
                yield Pulled(url, Result.FAILED, reason)
            elif _is_asked_for(going, url, source):
                yield await _one(going, _Wanted(url, source))
    elif source.is_daily:
        for day in _days(going, source):
            url = source.url_of(day)
            if _is_asked_for(going, url, source):
                yield await _one(going, _Wanted(url, source, day))
    else:
        yield await _one(going, _Wanted(source.url, source))


async def _listed(going: _Pull, source: HttpSource) -> list[str]:
    target = going.folder / "index"
    limits = Limits(_LONGEST_INDEX_BYTES, going.config.attempts)
    if await fetch(going.client, source.url, target, None, limits) == "absent":
        raise FetchError("the server has no such page")
    try:
        return listed(source.url, target.read_bytes(), source.match or "")
    except NoIndexError as error:
        raise FetchError(str(error)) from error


def _days(going: _Pull, source: HttpSource) -> Iterator[date]:
    """The days whose files are due, newest first: they are what people wait for."""
    today = going.now.astimezone(going.settings.zone).date()
    last = today - source.days_late * _A_DAY
    if source.first_day is not None:
        first = source.first_day
    else:
        first = going.state.first_days.setdefault(source.url, last - _FIRST_DAYS)
    for back in range((last - first).days + 1):
        yield last - back * _A_DAY


def _is_asked_for(going: _Pull, url: str, source: HttpSource) -> bool:
    """Whether a file is new to us, or so young that it may still be corrected."""
    known = going.state.files.get(url)
    if known is None:
        return True
    return going.now - known.first_fetched_at <= source.recheck_days * _A_DAY


async def _one(going: _Pull, wanted: _Wanted) -> Pulled:
    url, day = wanted.url, wanted.day
    since = going.state.missing_since.get(url)
    if why := going.unreachable.get(urlsplit(url).netloc):
        reason = f"the server does not answer ({why})"
        return Pulled(url, Result.LEFT, reason, day, since)
    if going.asked >= going.config.files_at_most:
        reason = f"{going.asked} files were asked for (files_at_most); it is left to the next pull"
        return Pulled(url, Result.LEFT, reason, day, since)
    going.asked += 1
    target = going.folder / _file_part(file_name(url) or "file")
    limits = Limits(going.config.size_limit_bytes, going.config.attempts)
    known = going.state.files.get(url)
    try:
        fetched = await fetch(going.client, url, target, known, limits)
        if isinstance(fetched, Fetched):
            return await _take(going, wanted, target, fetched)
    except FetchError as error:
        going.failed(url, error)
        since = going.state.missing_since.setdefault(url, going.now)
        return Pulled(url, Result.FAILED, str(error), day, since)
    finally:
        target.unlink(missing_ok=True)
    if fetched == "unchanged":
        going.state.missing_since.pop(url, None)
        return Pulled(url, Result.UNCHANGED, day=day)
    return _absent(going, wanted)


def _absent(going: _Pull, wanted: _Wanted) -> Pulled:
    """A day's file may still come; any other that is gone is somebody's mistake."""
    if wanted.url in going.state.files:
        reason = "the server no longer has it; the lake does"
        return Pulled(wanted.url, Result.UNCHANGED, reason, wanted.day)
    since = going.state.missing_since.setdefault(wanted.url, going.now)
    result = Result.NOT_YET if wanted.day is not None else Result.FAILED
    reason = "the server has no such file"
    if going.now - since > _STALE:
        reason += f"; it has been asked for since {since:%Y-%m-%d}"
    return Pulled(wanted.url, result, reason, wanted.day, since)


async def _take(going: _Pull, wanted: _Wanted, target: Path, fetched: Fetched) -> Pulled:
    known = going.state.files.get(wanted.url)
    first = known.first_fetched_at if known is not None else going.now
    now_known = Known(fetched.etag, fetched.last_modified, fetched.sha256, first)
    result, reason, outcome = Result.UNCHANGED, "", None
    if known is None or known.sha256 != fetched.sha256:
        options = Options(master=wanted.source.master, profile=wanted.source.profile)
        try:
            outcome = await asyncio.to_thread(ingest_file, going.settings, target, options)
        except (CollectorError, OSError) as error:
            since = going.state.missing_since.setdefault(wanted.url, going.now)
            reason = f"fetched, but the lake did not take it: {error}"
            return Pulled(wanted.url, Result.FAILED, reason, wanted.day, since)
        result = Result.TAKEN
        if outcome.format == _FAILED_FORMAT:
            # Its bytes are in the lake's ``raw``: to fetch them again would mend nothing.
            result = Result.FAILED
            reason = "; ".join(outcome.rejects["reason"].head(1).to_list())
    going.state.files[wanted.url] = now_known
    going.state.missing_since.pop(wanted.url, None)
    return Pulled(wanted.url, result, reason, wanted.day, outcome=outcome)


def _file_part(name: str) -> str:
    """A name that is one in any file system."""
    plain = re.sub(r"[^\w.-]", "_", name).lstrip(".")[-_NAME_CHARACTERS:]
    return plain or datetime.now(UTC).strftime("%Y%m%d")
