"""Signatures of webhooks: HMAC-SHA256 by a key of each address's own.

A customer learns the key of its address alone, and so can neither read another's calls for its own
nor answer for another.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from ingest.signals.certificates import SignalError

SIGNATURE, TIMESTAMP = "X-Fenggu-Signature", "X-Fenggu-Timestamp"
SHORTEST_SECRET = 32
LONGEST_AWAY = timedelta(minutes=5)
"""How far a message's clock may be from ours: what is older could be one that is sent again."""


def key_of(secret: str, address: str) -> str:
    """The key that the owner of an address is given.

    Raises:
        SignalError: the secret it is made from is too short.
    """
    if len(secret) < SHORTEST_SECRET:
        raise SignalError(
            f"FENGGU_SIGNALS_SECRET has {len(secret)} characters; webhooks need at least "
            f"{SHORTEST_SECRET}."
        )
    return hmac.new(secret.encode(), f"webhook:{address}".encode(), hashlib.sha256).hexdigest()


def signed(key: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that sign a body.

    >>> from datetime import UTC
    >>> headers = signed("key", b"{}", datetime(2026, 1, 1, tzinfo=UTC))
    >>> is_signed("key", b"{}", headers, datetime(2026, 1, 1, 0, 4, tzinfo=UTC))
    True
    >>> is_signed("key", b"[]", headers, datetime(2026, 1, 1, 0, 4, tzinfo=UTC))
    False
    """
    timestamp = str(int(at.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: f"sha256={_digest(key, timestamp, body)}"}


def is_signed(key: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Whether the headers sign the body by this key, not long ago."""
    timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (timestamp.isascii() and timestamp.isdigit()) or not signature.isascii():
        return False
    is_near = abs(int(timestamp) - now.timestamp()) <= LONGEST_AWAY.total_seconds()
    expected = f"sha256={_digest(key, timestamp, body)}"
    return is_near and hmac.compare_digest(signature, expected)


def _digest(key: str, timestamp: str, body: bytes) -> str:
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
