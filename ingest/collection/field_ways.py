"""Ways into the field: the port that terminals dial in to, and serial gateways."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from ingest.batch import CollectorError
from ingest.collection.config import Collector
from ingest.collection.entries import choice, known_keys, optional, required, subtable
from ingest.collection.scalers import ScalerBook
from ingest.collection.sessions.gateway645 import Gateway
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.listener import Finding, Listener
from ingest.collection.sessions.terminal698 import Terminal698
from ingest.collection.sessions.terminal_link import Keep
from ingest.collection.wants import Want
from ingest.collection.ways import Counting, Line

_LISTENER_KEYS = (
    "listen", "certificate", "key", "client_ca_file", "limits", "security", "terminal_security",
)  # fmt: skip
SECURITY = ("none", "rn")
"""How terminals of DL/T 698.45 are asked: bare, or plain with a random number (SECURITY, RN)."""
_GATEWAY_KEYS = ("connect", "tls", "ca_file", "limits")


class ListenerWay:
    """Terminals of DL/T 698.45 and Q/GDW 376.1 that dial in to one port."""

    def __init__(  # noqa: PLR0913 - what a listener needs from outside
        self,
        collector: Collector,
        folder: Path,
        *,
        zone: ZoneInfo,
        random: Random,
        keep: Keep,
        find: Callable[[Finding], None],
        now: Callable[[], datetime],
        limits: Limits | None = None,
        scalers: ScalerBook | None = None,
    ) -> None:
        """Read the collector's entries; ``start`` opens the port.

        Raises:
            CollectorError: An entry is not as it should be, or a meter has no terminal.
        """
        known_keys(collector.table, _LISTENER_KEYS, collector.where)
        self._host, self._port = _address(collector, "listen")
        self._tls = _server_tls(collector, folder)
        for meter in collector.meters.values():
            if meter.terminal is None:
                raise CollectorError(
                    f"{collector.where}: meter {meter.address} has no terminal; expected the "
                    "address of the one that reads it"
                )
        self._terminals = {m.terminal for m in collector.meters.values() if m.terminal}
        self.listener = Listener(
            self._terminals,
            source=collector.name,
            zone=zone,
            random=random,
            keep=keep,
            find=find,
            limits=limits or _limits(collector),
            now=now,
            secured=_secured(collector, self._terminals),
            scalers=scalers,
        )
        self._now = now
        self.port = 0

    async def start(self) -> None:
        """Open the port.

        Raises:
            OSError: It is taken.
        """
        self.port = await self.listener.start(self._host, self._port, self._tls)

    async def close(self) -> None:
        """Close the port and every connection."""
        await self.listener.close()

    def name_of(self, want: Want) -> str:
        """The terminal that reads the meter."""
        return want.meter.terminal or ""

    def line(self, name: str) -> Line | None:
        """The terminal's session, if it is connected."""
        return self.listener.sessions.get(name)

    def counting(self) -> Mapping[str, Counting]:
        """Every terminal that is connected."""
        return self.listener.sessions

    def heard(self) -> Mapping[str, tuple[str, bool, datetime | None]]:
        """Every terminal in the list."""
        sessions = self.listener.sessions
        return {
            terminal: _standing(sessions.get(terminal), self._now) for terminal in self._terminals
        }


def _standing(
    session: object | None, now: Callable[[], datetime]
) -> tuple[str, bool, datetime | None]:
    if session is None:
        return "", False, None
    return "dlt698" if isinstance(session, Terminal698) else "gdw1376", True, now()


class GatewayWay:
    """Meters of DL/T 645 on one line behind a serial gateway."""

    def __init__(  # noqa: PLR0913 - what a gateway needs from outside
        self,
        collector: Collector,
        folder: Path,
        *,
        zone: ZoneInfo,
        random: Random,
        now: Callable[[], datetime],
        limits: Limits | None = None,
    ) -> None:
        """Read the collector's entries; it connects when it is first asked.

        Raises:
            CollectorError: An entry is not as it should be.
        """
        known_keys(collector.table, _GATEWAY_KEYS, collector.where)
        host, port = _address(collector, "connect")
        self._name = collector.name
        self._gateway = Gateway(
            host,
            port,
            source=collector.name,
            zone=zone,
            random=random,
            limits=limits or _limits(collector),
            tls=_client_tls(collector, folder),
            now=now,
        )

    async def start(self) -> None:
        """Nothing to do before the first question."""

    async def close(self) -> None:
        """Close the connection."""
        await self._gateway.close()

    def name_of(self, _want: Want) -> str:
        """All meters are on the one line."""
        return self._name

    def line(self, _name: str) -> Line | None:
        """The gateway; it says itself where it cannot be reached."""
        return self._gateway

    def counting(self) -> Mapping[str, Counting]:
        """There are no terminals."""
        return {}

    def heard(self) -> Mapping[str, tuple[str, bool, datetime | None]]:
        """There are no terminals."""
        return {}


def _address(collector: Collector, key: str) -> tuple[str, int]:
    text = required(collector.table, key, collector.where, "host:port")
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise CollectorError(f"{collector.where}: '{key}' is '{text}'; expected host:port")
    return host.strip("[]"), int(port)


def _limits(collector: Collector) -> Limits:
    given = collector.table.get("limits", {})
    if not isinstance(given, dict):
        raise CollectorError(f"{collector.where}: 'limits' is {given!r}; expected a table")
    known_keys(given, tuple(Limits.__dataclass_fields__), f"{collector.where}: limits")
    try:
        return Limits(**given)
    except (TypeError, ValueError) as error:
        raise CollectorError(f"{collector.where}: limits: {error}") from error


def _secured(collector: Collector, terminals: set[str]) -> frozenset[str]:
    """Terminals that are asked through SECURITY: of all the collector's, unless one has its own."""
    where, own = collector.where, subtable(collector.table, "terminal_security", collector.where)
    known_keys(own, tuple(terminals), f"{where}: terminal_security")
    usual = choice(collector.table, "security", where, SECURITY, "none")
    return frozenset(
        one
        for one in terminals
        if choice(own, one, f"{where}: terminal_security", SECURITY, usual) == "rn"
    )


def _server_tls(collector: Collector, folder: Path) -> ssl.SSLContext | None:
    where, table = collector.where, collector.table
    certificate = optional(table, "certificate", where, "a PEM file")
    key = optional(table, "key", where, "a PEM file")
    if certificate is None or key is None:
        if certificate or key or "client_ca_file" in table:
            raise CollectorError(f"{where}: give both 'certificate' and 'key', or neither")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / certificate, folder / key)
        if trusted := optional(table, "client_ca_file", where, "a PEM file"):
            context.load_verify_locations(folder / trusted)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise CollectorError(f"{where}: a certificate cannot be used: {error}") from error
    return context


def _client_tls(collector: Collector, folder: Path) -> ssl.SSLContext | None:
    where, table = collector.where, collector.table
    trusted = optional(table, "ca_file", where, "a PEM file")
    if not table.get("tls", trusted is not None):
        return None
    try:
        return ssl.create_default_context(cafile=folder / trusted if trusted else None)
    except (OSError, ssl.SSLError) as error:
        raise CollectorError(f"{where}: 'ca_file' cannot be used: {error}") from error
