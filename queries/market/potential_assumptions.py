"""What new business is reckoned with: every assumption with its low, base and high value.

They come with ``data/potential.toml``, which says where every value is from.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from queries.run import QuestionError
from queries.settings import PROJECT, Settings

FILE_NAME = "potential.toml"
FIELDS: dict[str, tuple[str, ...]] = {
    "charging": (
        "vehicles_per_home",
        "parking_share",
        "vehicle_kwh",
        "home_share",
        "charger_kw",
        "coincidence_share",
        "margin_cny_per_kwh",
    ),
    "solar": (
        "home_share",
        "home_kw",
        "business_share",
        "business_kw",
        "full_load_hours",
        "self_used_share",
        "saved_price_cny_per_kwh",
        "feed_in_cny_per_kwh",
        "yearly_cost_cny_per_kw",
    ),
    "storage": (
        "uptake_share",
        "cycles_per_day",
        "depth_share",
        "efficiency_share",
        "days_per_year",
        "spread_change_share",
        "dear_price_cny_per_kwh",
        "cheap_price_cny_per_kwh",
        "yearly_cost_cny_per_kwh",
    ),
    "heating": (
        "convertible_share",
        "heating_kwh",
        "peak_kw",
        "coincidence_share",
        "margin_cny_per_kwh",
    ),
    "service": (
        "reachable_share",
        "saving_share",
        "price_cny_per_kwh",
        "fee_share",
        "margin_cny_per_kwh",
    ),
}
"""The assumptions of every business, in the order of its arithmetic."""
BUSINESSES = tuple(FIELDS)
SOURCES = ("published", "rule", "outlook", "memory", "own")
"""Where a value may be from; ``memory``: not looked up, ``own``: the reader's."""

_SHIPPED = PROJECT / "data" / FILE_NAME
_MAY_BE_NEGATIVE = {"spread_change_share"}
_MAY_NOT_BE_NOTHING = {"charger_kw", "peak_kw", "cycles_per_day", "depth_share",
                       "efficiency_share", "coincidence_share"}  # fmt: skip


class PotentialError(QuestionError):
    """An assumption cannot be used; the message names it, the value and what is expected."""


class Range(BaseModel):
    """One assumption: its base value, and how far it may be off either way."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: float
    base: float
    high: float
    source: str = "own"

    @model_validator(mode="after")
    def _in_order(self) -> "Range":
        if not self.low <= self.base <= self.high:
            raise ValueError(
                f"low {self.low:g}, base {self.base:g} and high {self.high:g} are not in order"
            )
        return self


Assumed = Mapping[str, Mapping[str, Range]]
"""Every assumption, by business and name."""


def read_potential(text: str) -> Assumed:
    """The assumptions written in ``text`` (TOML); one that is missing is as shipped.

    Raises:
        PotentialError: it is no TOML, or an assumption is unknown or out of its bounds.
    """
    return _checked(_laid_over(_tables(_SHIPPED), _parsed(text, "the assumptions")))


def shipped_potential(settings: Settings | None = None) -> str:
    """The text of the data folder's ``potential.toml``, else of the shipped one."""
    own = settings.data / FILE_NAME if settings is not None else _SHIPPED
    return (own if own.is_file() else _SHIPPED).read_text("utf-8")


def potential_text(assumed: Assumed) -> str:
    """The assumptions as TOML, the way ``read_potential`` reads them."""
    lines = []
    for business, fields in assumed.items():
        lines += ["", f"[{business}]"]
        lines += [
            f"{name} = {{ low = {one.low!r}, base = {one.base!r}, high = {one.high!r}, "
            f'source = "{one.source}" }}'
            for name, one in fields.items()
        ]
    return "\n".join(lines[1:]) + "\n"


def with_values(
    assumed: Assumed, business: str, values: Mapping[str, tuple[float, float, float]]
) -> Assumed:
    """The assumptions with these (low, base, high) of one business; what changed is ``own``.

    Raises:
        PotentialError: one of them cannot be used.
    """
    tables: dict[str, Any] = {
        name: {field: one.model_dump() for field, one in fields.items()}
        for name, fields in assumed.items()
    }
    for field, (low, base, high) in values.items():
        known = assumed[business][field]
        if (low, base, high) != (known.low, known.base, known.high):
            tables[business][field] = {"low": low, "base": base, "high": high, "source": "own"}
    return _checked(tables)


def differences(first: Assumed, second: Assumed) -> list[tuple[str, str, Range, Range]]:
    """Business and name of every assumption in which two scenarios differ, with both values.

    Where a value is from makes no difference.
    """
    return [
        (business, name, first[business][name], second[business][name])
        for business, names in FIELDS.items()
        for name in names
        if _values(first[business][name]) != _values(second[business][name])
    ]


def _values(one: Range) -> tuple[float, float, float]:
    return one.low, one.base, one.high


def _tables(path: Path) -> dict[str, Any]:
    return _parsed(path.read_text("utf-8"), str(path))


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PotentialError(f"{where}: no TOML: {error}. Correct that line.") from error


def _laid_over(known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    merged = {name: dict(fields) for name, fields in known.items()}
    for business, fields in given.items():
        if business not in FIELDS or not isinstance(fields, dict):
            raise PotentialError(
                f"no business '{business}'; there are {', '.join(BUSINESSES)}. Name one of them."
            )
        merged[business].update(fields)
    return merged


def _checked(tables: dict[str, Any]) -> Assumed:
    found: dict[str, dict[str, Range]] = {}
    for business, names in FIELDS.items():
        fields = tables[business]
        if unknown := fields.keys() - set(names):
            raise PotentialError(
                f"[{business}] has no assumption '{min(unknown)}'; "
                f"there are {', '.join(names)}. Remove or rename it."
            )
        found[business] = {name: _range(business, name, fields[name]) for name in names}
    return found


def _range(business: str, name: str, given: object) -> Range:
    try:
        one = Range.model_validate(given)
    except ValidationError as error:
        raise PotentialError(
            f"assumption '{business}.{name}' is {given!r}: {error.errors()[0]['msg']}. "
            "Give it low ≤ base ≤ high."
        ) from error
    least, most = _bounds(name)
    if one.low < least or one.high > most or (name in _MAY_NOT_BE_NOTHING and one.low == 0):
        raise PotentialError(
            f"assumption '{business}.{name}' lies from {one.low:g} to {one.high:g}; expected "
            f"{least:g} to {most:g}, and not 0 where something is divided by it. Change it."
        )
    return one


def _bounds(name: str) -> tuple[float, float]:
    if name in _MAY_BE_NEGATIVE:
        return -1.0, 5.0
    if name.endswith("_share"):
        return 0.0, 1.0
    limits = {"full_load_hours": 8760.0, "days_per_year": 366.0}
    return 0.0, limits.get(name, 1e6)
