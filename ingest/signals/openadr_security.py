"""Certificates of our OpenADR side, and who may be served without."""

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
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(self.authorities)
            context.load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ValueError) as error:
            raise SignalError(
                f"the VTN's certificates cannot be used ({error}). FENGGU_OPENADR_CERTIFICATE, "
                "_KEY and _CA name PEM files, the key without password."
            ) from error
        context.verify_mode = ssl.CERT_REQUIRED
        return context


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
