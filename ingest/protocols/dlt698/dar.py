"""Data access results (DAR 数据访问结果): what each means, and whether asking again can help."""

DAR_NAMES = {
    0: "success",
    1: "hardware failure",
    2: "temporarily failed",
    3: "access denied",
    4: "object undefined",
    5: "interface class does not match",
    6: "object does not exist",
    7: "type does not match",
    8: "out of range",
    9: "block unavailable",
    10: "fragmentation cancelled",
    11: "not in fragmentation",
    12: "block write cancelled",
    13: "no block write under way",
    14: "block number invalid",
    15: "password wrong or not authorised",
    **dict.fromkeys(range(16, 20), "DL/T 645: limit of the meter's tables or settings"),
    **dict.fromkeys(range(20, 31), "security check failed"),
    31: "meter suspended",
    32: "time tag invalid",
    33: "request timed out",
    34: "security module: request refused",
    35: "security module: failure",
    255: "other",
}
"""12-14, 16-30, 34 and 35 are known by their group only; the words for the single ones [M]."""

RETRY = frozenset({2, 9, 33})
"""Ask again, with a new PIID."""

FINDING = frozenset({3, 4, 5, 6, 15, *range(20, 31)})
"""Never ask again: the configuration or the keys are wrong, and someone must see it."""


def dar_name(dar: int) -> str:
    """The meaning of ``dar``; numbers that the standard leaves open keep their number."""
    return DAR_NAMES.get(dar, f"unknown result {dar}")


def may_retry(dar: int) -> bool:
    """Whether the same question may bring a value later; what is in neither set is not repeated."""
    return dar in RETRY


def is_finding(dar: int) -> bool:
    """Whether ``dar`` speaks of configuration or security."""
    return dar in FINDING
