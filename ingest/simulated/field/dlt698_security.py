"""How a 698 terminal protects what it says, and what it takes from whom (SECURITY)."""

from enum import StrEnum
from zlib import crc32

from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.messages import Apdu
from ingest.protocols.dlt698.secured import open_message
from ingest.protocols.dlt698.session_messages import Rn, SecurityRequest

_CHECK_FAILED = 20
"""DAR: the security module would not have it."""
_RANDOM_OCTETS = 16


class Security(StrEnum):
    """What a terminal does about it."""

    ANSWERS = "answers"  # what comes protected it answers so
    INSISTS = "insists"  # nothing bare, no random number twice; its reports are protected too
    ENCIPHERS = "enciphers"  # the same, and nobody without keys can read what it says


class Protection:
    """One terminal's security module; its codes are a stand-in that nobody can check."""

    def __init__(self, security: Security = Security.ANSWERS) -> None:
        """No random number has been heard."""
        self._security = security
        self._heard: set[bytes] = set()

    def opened(self, octets: bytes) -> tuple[Apdu, bytes | None] | int:
        """What a master station says, and its random number; or the DAR why that is not taken.

        Raises:
            FrameError: It is no message.
        """
        message, wrapper = open_message(octets)
        if message is None:
            return _CHECK_FAILED  # enciphered: only a true module could tell
        is_bare, random = wrapper is None, _random(wrapper)
        if self._security is not Security.ANSWERS:
            is_stale = random is not None and (
                random in self._heard or len(random) != _RANDOM_OCTETS
            )
            if is_bare or is_stale:
                return _CHECK_FAILED
        if random is not None:
            self._heard.add(random)
        return message, random

    def answer(self, apdu: bytes, random: bytes | None) -> bytes:
        """An answer, protected as its question was."""
        if random is None:
            return apdu
        code = crc32(random + apdu).to_bytes(4)
        if self._security is Security.ENCIPHERS:
            return answers.enciphered(_hidden(apdu), code)
        return answers.secured(apdu, code)

    def report(self, apdu: bytes) -> bytes:
        """A report, protected if the terminal insists on it."""
        if self._security is Security.ANSWERS:
            return apdu
        random = crc32(apdu).to_bytes(4) * 4
        code = crc32(random + apdu).to_bytes(4)
        if self._security is Security.ENCIPHERS:
            return answers.enciphered(_hidden(apdu), code)
        return answers.secured_report(apdu, random, code)


def _random(wrapper: object) -> bytes | None:
    if isinstance(wrapper, SecurityRequest) and isinstance(wrapper.verification, Rn):
        return wrapper.verification.random
    return None


def _hidden(apdu: bytes) -> bytes:
    """Octets that are no message: a stand-in for a cipher."""
    return bytes(octet ^ 0xA5 for octet in apdu)
