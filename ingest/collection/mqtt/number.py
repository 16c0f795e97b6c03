"""Numbers as JSON holds them: exact, and never larger than can be counted with."""

import re
from decimal import Decimal

from ingest.collectors.table.profile import MISSING

_WRITTEN = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?")
_MOST = Decimal(10**15)


def number(value: object) -> Decimal | str | None:
    """The number; None where there is none (null, ``""``, ``--`` …); or what was expected.

    >>> number(Decimal("12.5")), number("12.50"), number(None)
    (Decimal('12.5'), Decimal('12.50'), None)
    """
    if value is None or (isinstance(value, str) and value.strip().upper() in MISSING):
        return None
    found = None
    if isinstance(value, str) and _WRITTEN.fullmatch(value.strip()):
        found = Decimal(value.strip())
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        found = Decimal(value)
    if found is None:
        return "not a number; expected one such as 1.25, or null where it is missing"
    if not found.is_finite() or abs(found) > _MOST:
        return "larger than any meter counts; expected a number below 10^15"
    return found
