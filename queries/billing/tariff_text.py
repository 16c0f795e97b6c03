"""Tariffs as the TOML that ``tariff_file`` reads."""

from dataclasses import Field, fields
from typing import Any

from queries.billing.calendar_model import EVERY_MONTH, Calendar
from queries.billing.calendar_text import calendar_text, key_lines
from queries.billing.calendars import known_calendars
from queries.billing.errors import TariffError
from queries.billing.tariff_forms import FOR_ALL
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    ContractRule,
    DemandCharge,
    EnergyCharge,
    Factors,
    LoadRateDiscount,
    Ratchet,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset


def write_tariff(tariff: Tariff) -> str:
    """The tariff as TOML, calendars that are not among the shipped ones written before it.

    Reading the text gives the tariff again, if it is one that a file may hold.

    Raises:
        TariffError: two different calendars of it have one code.
    """
    lines = [calendar_text(calendar) for calendar in _own_calendars(tariff)]
    lines += ["[[tariff]]", *key_lines(_given(tariff, leave="versions"))]
    for version in tariff.versions:
        lines += ["", "[[tariff.version]]", *key_lines(_given(version, leave="charges"))]
        for charge in version.charges:
            lines += ["", *_charge_lines(charge)]
    return "\n".join(lines) + "\n"


def _own_calendars(tariff: Tariff) -> list[Calendar]:
    own: dict[str, Calendar] = {}
    for version in tariff.versions:
        for charge in version.charges:
            calendar = charge.calendar if isinstance(charge, EnergyCharge | DemandCharge) else None
            if calendar is None or own.setdefault(calendar.code, calendar) == calendar:
                continue
            raise TariffError(
                f"tariff '{tariff.code}': charge '{charge.code}' has another calendar "
                f"'{calendar.code}' than a charge before it. Give each calendar its own code."
            )
    shipped = known_calendars()
    return [calendar for code, calendar in own.items() if shipped.get(code) != calendar]


def _given(model: Tariff | Version | Charge, *, leave: str = "") -> dict[str, Any]:
    """The fields of ``model`` that differ from their defaults."""
    return {
        field.name: getattr(model, field.name)
        for field in fields(model)
        if field.name != leave and getattr(model, field.name) != _default(field)
    }


def _default(field: Field[Any]) -> object:
    # What kind of charge it is must be said, except of the commonest.
    return "energy" if field.name == "kind" else field.default


def _charge_lines(charge: Charge) -> list[str]:
    given = _given(charge)
    keys = {key: given.pop(key) for key in ("code", "kind", "component") if key in given}
    if isinstance(charge, EnergyCharge | DemandCharge):
        given.pop("rates", None)
        keys |= {"calendar": given.pop("calendar").code} if charge.calendar else {}
        keys |= _rate_keys(charge.rates)
    if isinstance(charge, CapacityCharge) and charge.choice is None:
        given["choice"] = FOR_ALL
    series = given.pop("series", ())
    keys |= {key: _plain(value) for key, value in given.items()}
    lines = ["[[tariff.version.charge]]", *key_lines(keys)]
    if series:
        lines += ["", "[tariff.version.charge.series]", *key_lines(dict(series))]
    return lines


def _rate_keys(rates: tuple[Rate, ...]) -> dict[str, Any]:
    """The short form where it says all: a rate without a period, then one price a period."""
    if not rates:
        return {}
    base, by_period = (rates[0], rates[1:]) if rates[0].period is None else (None, rates)
    periods = [rate.period for rate in by_period]
    is_short = None not in periods and len(set(periods)) == len(periods)
    if not is_short or any(rate.limits for rate in by_period):
        return {"rates": [_price_keys(rate) for rate in rates]}
    keys = _price_keys(base) if base else {}
    return keys | {"periods": {r.period: r.prices[0] for r in by_period} if by_period else None}


def _price_keys(rate: Rate) -> dict[str, Any]:
    period = {} if rate.period is None else {"period": rate.period}
    if not rate.limits:
        return period | {"price": rate.prices[0]}
    units = {"units": rate.units} if rate.units else {}
    return period | {"prices": rate.prices, "limits": rate.limits} | units


def _plain(value: object) -> object:
    """A part of a charge as tables and lists."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Factors):
        months = {} if value.months == EVERY_MONTH else {"months": value.months}
        return {"by_period": dict(value.by_period)} | months
    if isinstance(value, TierRule):
        own = {"meeting": value.meeting, "unit": value.unit, "limit_decimals": value.limit_decimals}
        return _set_fields(value.reset) | own
    if isinstance(value, ContractRule | LoadRateDiscount | Ratchet):
        return _set_fields(value)
    return value


def _set_fields(part: TierReset | ContractRule | LoadRateDiscount | Ratchet) -> dict[str, Any]:
    """Every field that is set, defaults too: the numbers of a rule are to be seen."""
    found = {field.name: getattr(part, field.name) for field in fields(part)}
    return {key: own for key, own in found.items() if own not in {None, ()}}
