"""A collector's entries for an MQTT broker: where it is, who we are to it, what is read there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ingest.batch import CollectorError
from ingest.collection.access import TRUST_KEYS, Secret, Trust, is_this_machine, secret, trust
from ingest.collection.entries import known_keys, optional, required, texts, whole_number
from ingest.collection.mqtt.profile import MqttProfile, load_mqtt_profile
from queries.settings import PROJECT

SHIPPED = PROJECT / "data" / "collection" / "mqtt_profiles"
"""The folder of the profiles that come with Fenggu."""
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LONGEST_CLIENT_ID = 64


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """A broker and what is to be had from it.

    Attributes:
        name: Of the collector.
        host: Of the broker.
        port: Of the broker.
        trust: Certificates; None: no TLS, the broker is on this machine.
        client_id: By which the broker knows the session; it keeps what we have not acknowledged.
        username: None: none.
        password: None: none.
        profiles: Which topics, and how to read them.
        keepalive_seconds: So often we say that we are there.
        retry_seconds: The longest pause before the broker is tried again.
    """

    name: str
    host: str
    port: int
    trust: Trust | None
    client_id: str
    username: str | None
    password: Secret | None
    profiles: tuple[MqttProfile, ...]
    keepalive_seconds: int
    retry_seconds: int


_KEYS = (
    "url",
    "client_id",
    "username",
    "password",
    "password_file",
    "password_env",
    *TRUST_KEYS,
    "profiles",
    "keepalive_seconds",
    "retry_seconds",
)


def mqtt_config(table: Mapping[str, object], where: str, *, name: str, folder: Path) -> MqttConfig:
    """A collector's entries.

    Args:
        table: ``url`` (``mqtts://host:8883``), ``profiles`` (files, or names of those in
            ``data/collection/mqtt_profiles``), perhaps ``client_id``, ``username``,
            ``password_file`` or ``password_env``, ``ca_file``, ``client_certificate``,
            ``client_key``, ``keepalive_seconds``, ``retry_seconds``.
        where: The file and the collector, for messages.
        name: Of the collector.
        folder: From which files are named.

    Raises:
        CollectorError: naming ``where`` and the key that is wrong.
    """
    known_keys(table, _KEYS, where)
    if "/" in name:
        raise CollectorError(
            f"{where}: 'name' is '{name}'; expected one without /, which stands before the topic"
        )
    scheme, host, port = _broker(required(table, "url", where, "mqtts://host:8883"), where)
    username = optional(table, "username", where, "a name")
    password = secret(table, "password", where, folder)
    if password is not None and username is None:
        raise CollectorError(f"{where}: 'username' is missing; MQTT has no password without it")
    client_id = optional(table, "client_id", where, "a name of our own") or f"fenggu-{name}"
    if len(client_id.encode()) > _LONGEST_CLIENT_ID:
        raise CollectorError(
            f"{where}: 'client_id' is '{client_id}'; expected at most {_LONGEST_CLIENT_ID} bytes"
        )
    return MqttConfig(
        name=name,
        host=host,
        port=port,
        trust=trust(table, where, folder) if scheme == "mqtts" else None,
        client_id=client_id,
        username=username,
        password=password,
        profiles=_profiles(table, where, folder),
        keepalive_seconds=whole_number(table, "keepalive_seconds", where, (5, 3600), 60),
        retry_seconds=whole_number(table, "retry_seconds", where, (1, 3600), 60),
    )


def _broker(url: str, where: str) -> tuple[str, str, int]:
    expected = "expected mqtts://host:port, and name and password by their own entries"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise CollectorError(f"{where}: 'url' is no address ({error}); {expected}") from error
    extra = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in _PORTS or not parts.hostname or extra:
        raise CollectorError(f"{where}: 'url' is no address of a broker; {expected}")
    if parts.scheme == "mqtt" and not is_this_machine(parts.hostname):
        raise CollectorError(
            f"{where}: 'url' is '{url}': readings and password would go in clear through the "
            "network; expected mqtts:// (plain mqtt:// is for a broker on this machine)"
        )
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def _profiles(table: Mapping[str, object], where: str, folder: Path) -> tuple[MqttProfile, ...]:
    names = texts(table, "profiles", where, "files of profiles, or names of shipped ones")
    if not names:
        raise CollectorError(f"{where}: 'profiles' is missing; expected which messages to read")
    return tuple(
        load_mqtt_profile(folder / name if name.endswith(".toml") else SHIPPED / f"{name}.toml")
        for name in names
    )
