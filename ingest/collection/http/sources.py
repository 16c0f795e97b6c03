"""A collector's entries for files that are fetched: where they are, who we are to their server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from ingest.batch import CollectorError
from ingest.collection.access import TRUST_KEYS, Secret, Trust, is_this_machine, secret, trust
from ingest.collection.entries import known_keys, optional, required, whole_number

_DAY = re.compile(r"\{day:([^{}]+)\}")
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class HttpSource:
    """Files of one kind on one server.

    Attributes:
        url: Of a file; of a page or JSON that lists files, where ``match`` is given; with
            ``{day:%Y%m%d}`` in it, of one file a day.
        match: Which of the files listed: ``*.csv``; None: ``url`` is no list.
        first_day: The first that is wanted; None: a week before it was first asked for.
        days_late: So many days after a day its file is due.
        recheck_days: So long after it was fetched a file is asked for changes.
        profile: Column profile of the files; None: recognised.
        master: They hold master data.
    """

    url: str
    match: str | None
    first_day: date | None
    days_late: int
    recheck_days: int
    profile: str | None
    master: bool

    @property
    def is_daily(self) -> bool:
        """Whether there is a file a day."""
        return _DAY.search(self.url) is not None

    def url_of(self, day: date) -> str:
        """The file of a day."""
        return _DAY.sub(lambda found: day.strftime(found[1]), self.url)


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """A server and the files that are fetched from it.

    Attributes:
        name: Of the collector.
        sources: In the order in which they are asked for.
        trust: Certificates.
        username: For basic authentication; None: none.
        password: Its password.
        token: For bearer authentication; None: none.
        size_limit_bytes: A larger file is refused.
        files_at_most: In one pull; the others wait for the next.
        attempts: At one file in one pull.
        timeout_seconds: Without a byte.
    """

    name: str
    sources: tuple[HttpSource, ...]
    trust: Trust
    username: str | None
    password: Secret | None
    token: Secret | None
    size_limit_bytes: int
    files_at_most: int
    attempts: int
    timeout_seconds: int


_KEYS = (
    "sources",
    "username",
    *("password", "password_file", "password_env"),
    *("token", "token_file", "token_env"),
    *TRUST_KEYS,
    "size_limit_mib",
    "files_at_most",
    "attempts",
    "timeout_seconds",
)
_SOURCE_KEYS = (
    *("url", "index", "match", "first_day", "days_late", "recheck_days"),
    *("profile", "master"),
)


def http_config(table: Mapping[str, object], where: str, *, name: str, folder: Path) -> HttpConfig:
    """A collector's entries.

    Args:
        table: ``sources``, a table each with ``url`` or ``index`` and ``match``, perhaps
            ``first_day``, ``days_late``, ``recheck_days``, ``profile``, ``master``; perhaps
            ``username`` with ``password_file`` or ``password_env``, or ``token_file`` or
            ``token_env``; ``ca_file``, ``client_certificate``, ``client_key``,
            ``size_limit_mib``, ``files_at_most``, ``attempts``, ``timeout_seconds``.
        where: The file and the collector, for messages.
        name: Of the collector.
        folder: From which files are named.

    Raises:
        CollectorError: naming ``where`` and the key that is wrong.
    """
    known_keys(table, _KEYS, where)
    listed = table.get("sources")
    if not isinstance(listed, list) or not listed or not all(isinstance(s, dict) for s in listed):
        raise CollectorError(f"{where}: 'sources' is missing; expected a table for each url")
    sources = tuple(
        _source(source, f"{where}: source {number}", folder)
        for number, source in enumerate(listed, start=1)
    )
    if len({source.url for source in sources}) < len(sources):
        raise CollectorError(f"{where}: 'sources' names one url twice; keep one")
    username = optional(table, "username", where, "a name")
    password = secret(table, "password", where, folder)
    token = secret(table, "token", where, folder)
    if (username is None) != (password is None):
        raise CollectorError(f"{where}: 'username' and password_file (or _env) need each other")
    if username is not None and token is not None:
        raise CollectorError(f"{where}: 'username' and 'token' contradict; keep one")
    servers = {urlsplit(source.url).netloc for source in sources}
    if len(servers) > 1 and (username is not None or token is not None):
        raise CollectorError(
            f"{where}: 'sources' are on {', '.join(sorted(servers))}, and each would be told the "
            "password; expected a collector for each server"
        )
    return HttpConfig(
        name=name,
        sources=sources,
        trust=trust(table, where, folder),
        username=username,
        password=password,
        token=token,
        size_limit_bytes=whole_number(table, "size_limit_mib", where, (1, 1 << 20), 1024)
        * _MEBIBYTE,
        files_at_most=whole_number(table, "files_at_most", where, (1, 100_000), 500),
        attempts=whole_number(table, "attempts", where, (1, 20), 4),
        timeout_seconds=whole_number(table, "timeout_seconds", where, (1, 3600), 60),
    )


def _source(table: Mapping[str, object], where: str, folder: Path) -> HttpSource:
    known_keys(table, _SOURCE_KEYS, where)
    if ("url" in table) == ("index" in table):
        raise CollectorError(f"{where}: expected 'url' of a file, or 'index' of a list of files")
    key = "url" if "url" in table else "index"
    url = required(table, key, where, "https://host/path")
    match = optional(table, "match", where, "a pattern of file names such as *.csv")
    if (key == "index") != (match is not None):
        raise CollectorError(f"{where}: 'index' and 'match' need each other: which files of it")
    _checked_url(url, key, where)
    first_day = table.get("first_day")
    is_daily = _DAY.search(url) is not None
    if first_day is not None and (type(first_day) is not date or not is_daily):
        raise CollectorError(
            f"{where}: 'first_day' is {first_day!r}; expected a date such as 2026-01-31, of a url "
            "with {day:%Y%m%d}"
        )
    master = table.get("master", False)
    if not isinstance(master, bool):
        raise CollectorError(f"{where}: 'master' is {master!r}; expected true or false")
    profile = optional(table, "profile", where, "a path")
    return HttpSource(
        url=url,
        match=match,
        first_day=first_day if type(first_day) is date else None,
        days_late=whole_number(table, "days_late", where, (0, 366), 1),
        recheck_days=whole_number(table, "recheck_days", where, (0, 366), 3),
        profile=str(folder / profile) if profile else None,
        master=master,
    )


def _checked_url(url: str, key: str, where: str) -> None:
    plain = _DAY.sub("", url)
    for form in _DAY.findall(url):
        if "%" not in form:
            raise CollectorError(f"{where}: '{key}' is '{url}'; expected {{day:%Y%m%d}} or alike")
    try:
        parts = urlsplit(plain)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CollectorError(f"{where}: '{key}' is no address: {error}") from error
    if "{" in plain or "}" in plain or "@" in parts.netloc or not host:
        raise CollectorError(
            f"{where}: '{key}' is no address; expected https://host/path, perhaps with "
            "{day:%Y%m%d}, and name and password by their own entries"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_this_machine(host)):
        raise CollectorError(
            f"{where}: '{key}' is '{url}': it would go in clear through the network; expected "
            "https:// (plain http:// is for a server on this machine)"
        )
