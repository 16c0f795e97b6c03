"""SECURITY of DL/T 698.45 without a crypto machine.

What we ask goes plain with a random number; the code that comes back is kept with the answer, and
nobody claims that it was checked.
"""

import secrets

from ingest.protocols.dlt698.requests import acknowledge_report, in_kind, with_random
from ingest.protocols.dlt698.secured import Opened
from ingest.protocols.dlt698.session_messages import SecurityRequest, SecurityResponse

RANDOM_OCTETS = 16
"""Length of a random number by custom [M]."""


def protected(apdu: bytes) -> bytes:
    """A question with a random number of its own, so that no old answer can be passed off."""
    return with_random(apdu, secrets.token_bytes(RANDOM_OCTETS))


def acknowledgement(report: Opened) -> bytes | None:
    """The acknowledgement of a report, wrapped as the report was; None: it is no report.

    A report in a SECURITY-Request (plain with a random number and a code, the usual way of a
    terminal) is acknowledged in a SECURITY-Response, which lacks the code that only the crypto
    machine could make; one in a SECURITY-Response in a request with a random number [M].
    """
    message, wrapper = report
    if message is None or not message.service.startswith("REPORT-Notification"):
        return None
    apdu = acknowledge_report(message)
    match wrapper:
        case SecurityRequest():
            return in_kind(apdu)
        case SecurityResponse():
            return protected(apdu)
    return apdu
