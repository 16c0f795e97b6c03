"""Passwords: hashed with argon2id, never kept or logged in the clear."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST_PASSWORD = 10
"""Long enough with throttled sign-in (NIST SP 800-63B asks for 8); length beats odd characters."""
LONGEST_PASSWORD = 256
"""Hashing a megabyte would let anybody keep the server busy."""

_HASHER = PasswordHasher()  # argon2-cffi's defaults follow RFC 9106 (64 MiB, 3 passes)


class PasswordError(ValueError):
    """A new password is too weak; the message says what is expected."""


def hash_password(password: str, *, user_name: str) -> str:
    """The argon2id hash of a new password that is fit for use.

    Raises:
        PasswordError: It is too short, too long, or the user's own name.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordError(
            f"the password has {len(password)} characters. "
            f"Choose one of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}."
        )
    if password.casefold() == user_name.casefold() or len(set(password)) < 4:
        raise PasswordError(
            "the password is the user name or repeats very few characters. Choose another one."
        )
    return _HASHER.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether the password belongs to the hash; takes as long when there is no hash."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _HASHER.verify(hashed or _nobodys_hash(), password) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("no account has this password")


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


def rehash(password: str) -> str:
    """The hash of a password already accepted, with today's parameters."""
    return _HASHER.hash(password)
