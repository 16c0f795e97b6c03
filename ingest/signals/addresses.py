"""Where an enrolment is called: the address its channel expects."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.collection.access import is_this_machine

_VEN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:){9}[0-9A-F]{2}")
_LONGEST = 1000
ANSWER_TOPIC = "/answer"
"""What follows a topic: where the answers to its calls are published."""


class AddressError(ValueError):
    """An enrolment's address is not one of its channel; the message says what is expected."""


class NoAddressError(AddressError):
    """An enrolment has none."""


@dataclass(frozen=True, slots=True)
class Ven:
    """A virtual end node of OpenADR.

    Attributes:
        ven_id: By which it is known.
        fingerprint: Of its certificate, as OpenADR has it: the last ten bytes of its SHA-256;
            None: it is let in without TLS only.
    """

    ven_id: str
    fingerprint: str | None


def ven_of(address: str) -> Ven:
    """``VEN-7``, or with its certificate ``VEN-7 7F:…`` (ten bytes).

    >>> ven_of("VEN-7").ven_id
    'VEN-7'

    Raises:
        AddressError: it is neither.
    """
    ven_id, _, fingerprint = address.strip().partition(" ")
    fingerprint = fingerprint.strip().upper()
    if not _VEN_ID.fullmatch(ven_id) or (fingerprint and not _FINGERPRINT.fullmatch(fingerprint)):
        raise AddressError(
            f"'{address}' is no VEN; expected its id of letters, digits and . _ : -, and for TLS a "
            "blank and the fingerprint of its certificate, ten bytes such as 7F:…:0A."
        )
    return Ven(ven_id, fingerprint or None)


def url_of(address: str) -> str:
    """The address of a webhook: ``https://``; in clear on this machine only.

    Raises:
        AddressError: it is no such address.
    """
    expected = f"'{address}' is no webhook; expected https://host/path without a password."
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError as error:
        raise AddressError(expected) from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))
    if not is_safe or not host or "@" in parts.netloc or parts.fragment:
        raise AddressError(expected)
    return address.strip()


def topic_of(address: str) -> str:
    """The topic of MQTT on which it is called.

    Raises:
        AddressError: it is empty or too long, or has wildcards.
    """
    topic = address.strip()
    if not topic or len(topic.encode()) > _LONGEST or re.search(r"[+#\x00]|^\$|^/|/$", topic):
        raise AddressError(
            f"'{address}' is no topic; expected one such as dr/site-7, without + # and $."
        )
    return topic


def check_address(channel: str, address: str | None) -> None:
    """Refuse what the channel cannot reach.

    Raises:
        AddressError: saying what is expected instead.
    """
    if not (address or "").strip():
        raise NoAddressError("the enrolment has no address. Add it, or call by telephone.")
    checks = {"openadr": ven_of, "webhook": url_of, "mqtt": topic_of}
    if channel in checks:
        checks[channel](address or "")
