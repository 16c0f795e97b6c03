"""Certificates of our ports, and who may be served without."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from ingest.collection.access import is_this_machine
from queries.settings import Settings


class SignalError(ValueError):
    """Signals cannot be sent as they are set up; the message names the setting."""


@dataclass(frozen=True, slots=True)
class Security:
    """Certificates of the VTN.

    Attributes:
        certificate: PEM; it also signs what we send.
        key: PEM, without password.
        authorities: PEM of those that sign VENs' certificates.
    """

    certificate: Path
    key: Path
    authorities: Path

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer that asks every VEN for its certificate.

        Raises:
            SignalError: a file cannot be used.
        """
        return _context(self.certificate, self.key, self.authorities)


def security_of(settings: Settings) -> Security | None:
    """The certificates of the settings; None: there are none, and only this machine is served.

    Raises:
        SignalError: some are missing, or there are none and VENs of elsewhere are awaited.
    """
    files = settings.openadr_certificate, settings.openadr_key, settings.openadr_ca
    certificate, key, authorities = files
    if certificate and key and authorities:
        return Security(certificate, key, authorities)
    if any(files):
        raise SignalError(
            "FENGGU_OPENADR_CERTIFICATE, FENGGU_OPENADR_KEY and FENGGU_OPENADR_CA go together; "
            "set all three, or none to serve this machine alone."
        )
    if not is_this_machine(settings.signals_host):
        raise SignalError(
            f"FENGGU_SIGNALS_HOST '{settings.signals_host}' is reached from elsewhere: set "
            "FENGGU_OPENADR_CERTIFICATE, FENGGU_OPENADR_KEY and FENGGU_OPENADR_CA."
        )
    return None


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS for those who prove who they are by a signature; None: there is no certificate.

    Raises:
        SignalError: there is none and those of elsewhere are awaited, or it cannot be used.
    """
    if settings.openadr_certificate and settings.openadr_key:
        return _context(settings.openadr_certificate, settings.openadr_key, None)
    if not is_this_machine(settings.signals_host):
        raise SignalError(
            f"FENGGU_SIGNALS_HOST '{settings.signals_host}' is reached from elsewhere: set "
            "FENGGU_OPENADR_CERTIFICATE and FENGGU_OPENADR_KEY, or listen on this machine and let "
            "a proxy speak TLS."
        )
    return None


def _context(certificate: Path, key: Path, authorities: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # An empty password: a key that has one is refused, not asked for at a terminal.
        context.load_cert_chain(certificate, key, password="")
        if authorities is not None:
            context.load_verify_locations(authorities)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:
        raise SignalError(
            f"the certificates cannot be used ({error}). FENGGU_OPENADR_CERTIFICATE, "
            "FENGGU_OPENADR_KEY and FENGGU_OPENADR_CA name PEM files, the key without password."
        ) from error
    return context
