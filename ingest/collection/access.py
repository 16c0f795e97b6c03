"""Whom a collector trusts, and how it proves who it is.

Certificates are always verified, names included, and nothing switches that off. Without TLS only
this machine itself is spoken to.
"""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.batch import CollectorError
from ingest.collection.entries import optional
from queries.settings import secret_from_environment


@dataclass(frozen=True, slots=True)
class Secret:
    """A password or token, by where it is kept; it is read when it is used.

    Attributes:
        key: What it is for: ``password``, ``token``.
        where: The file and the collector, for messages.
        file: Whose first line it is; None: see ``variable``.
        variable: Name of an environment variable.
    """

    key: str
    where: str
    file: Path | None
    variable: str | None

    def read(self) -> str:
        """The secret itself.

        Raises:
            CollectorError: It is not there; the message never holds it.
        """
        if self.file is None:
            text = secret_from_environment(self.variable or "")
            if not text:
                raise CollectorError(
                    f"{self.where}: the environment variable {self.variable} is not set; "
                    f"{self.key}_env names it"
                )
            return text
        try:
            text = self.file.read_text("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise CollectorError(
                f"{self.where}: {self.key}_file '{self.file}' cannot be read; expected a UTF-8 "
                "file whose first line it is"
            ) from error
        if not text:
            raise CollectorError(f"{self.where}: {self.key}_file '{self.file}' is empty")
        return text


def secret(table: Mapping[str, object], key: str, where: str, folder: Path) -> Secret | None:
    """The secret that ``<key>_file`` or ``<key>_env`` names; None: neither does.

    Raises:
        CollectorError: Both do, or the secret itself stands in the text.
    """
    if key in table:
        raise CollectorError(
            f"{where}: '{key}' stands in the file for everybody to read; write {key}_file or "
            f"{key}_env, and let them name where it is"
        )
    file = optional(table, f"{key}_file", where, "a path")
    variable = optional(table, f"{key}_env", where, "the name of an environment variable")
    if file and variable:
        raise CollectorError(f"{where}: '{key}_file' and '{key}_env' contradict; keep one")
    if not file and not variable:
        return None
    return Secret(key, where, folder / file if file else None, variable)


class _HandshakeSocket(ssl.SSLSocket):
    """Closed when the other side is not trusted; paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as ssl has it
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


TRUST_KEYS = ("ca_file", "client_certificate", "client_key")


@dataclass(frozen=True, slots=True)
class Trust:
    """Certificates of a connection.

    Attributes:
        ca_file: Of the authorities that are trusted; None: those of this machine.
        client_certificate: Ours; None: we have none.
        client_key: Its key; None: it is in the same file.
        where: The file and the collector, for messages.
    """

    ca_file: Path | None
    client_certificate: Path | None
    client_key: Path | None
    where: str

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, with every certificate and every name verified.

        Raises:
            CollectorError: A file cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.sslsocket_class = _HandshakeSocket
            if self.client_certificate is not None:
                # An empty password: a key that has one is refused, not asked for at a terminal.
                context.load_cert_chain(self.client_certificate, self.client_key, password="")
        except (OSError, ValueError) as error:
            files = self.ca_file, self.client_certificate, self.client_key
            named = ", ".join(f"'{file}'" for file in files if file is not None)
            raise CollectorError(
                f"{self.where}: the certificates cannot be used ({error}). Expected PEM files "
                f"without password in {named or 'the trust store of this machine'}"
            ) from error
        return context


def trust(table: Mapping[str, object], where: str, folder: Path) -> Trust:
    """The entries TRUST_KEYS; files are named from ``folder``."""
    names = {key: optional(table, key, where, "a path to a PEM file") for key in TRUST_KEYS}
    files = {key: folder / name if name else None for key, name in names.items()}
    if files["client_key"] is not None and files["client_certificate"] is None:
        raise CollectorError(f"{where}: 'client_certificate' is missing; 'client_key' is its key")
    return Trust(**files, where=where)


def is_this_machine(host: str) -> bool:
    """Whether a host is the loopback, which nobody can listen in on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
