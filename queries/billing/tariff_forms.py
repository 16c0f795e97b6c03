"""The keys of each kind of charge in a tariff file, and the charges made of them.

Keys are named after the fields of ``tariff_model``. Prices have a short form: ``price``, or
``prices`` with ``limits``, is the rate without a period; ``periods = { peak = "0.9" }`` are rates
of one price by period. ``rates`` is the long form, for tiers by period.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from queries.billing.calendar_model import Calendar
from queries.billing.demand_charge import DayRule
from queries.billing.power_factor import STANDARDS
from queries.billing.tariff_keys import (
    MONTH,
    NAME,
    Form,
    Reader,
    WrongValueError,
    day,
    flag,
    list_of,
    months,
    name,
    number,
    one_of,
    pairs_of,
    pattern,
    share,
    shown,
    table_of,
    text,
    whole,
)
from queries.billing.tariff_model import (
    COMPONENTS,
    Basis,
    CapacityCharge,
    CapacityChoice,
    Charge,
    ContractRule,
    CreditCharge,
    DemandCharge,
    DemandOption,
    EnergyCharge,
    EveryTime,
    Factors,
    FixedCharge,
    LoadRateDiscount,
    Meeting,
    MinimumCharge,
    Netting,
    PercentageCharge,
    PowerFactorCharge,
    Ratchet,
    Rate,
    TierRule,
    TierUnit,
)
from queries.billing.tier_resets import TierReset

FOR_ALL = "all"
"""``choice`` of a capacity charge that everyone pays."""
_EVERY = ("day", "month", "bill_cycle", "quarter", "year")
_DECIMALS = whole(0, 12)
_PERIODS = pairs_of(NAME, '{ peak = "0.9000", valley = "0.3000" }')


@dataclass(frozen=True, slots=True)
class ChargeForm:
    """One kind of charge.

    Attributes:
        form: Its keys.
        required: Those that must be there.
        make: The class of the charge.
        shape: Makes its fields of the values of the keys.
    """

    form: Form
    required: tuple[str, ...]
    make: Callable[..., Charge]
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict


def charge_forms(calendars: Mapping[str, Calendar]) -> dict[str, ChargeForm]:
    """The form of each kind of charge; ``calendars`` are those that one may name."""
    calendar = _calendar_of(calendars)
    bare: Form = {
        "kind": text,
        "code": name,
        "component": one_of(COMPONENTS),
    }
    common = bare | {"months": months}
    priced = common | _RATE_KEYS | {"calendar": calendar}
    both = ("code", "component")
    return {
        "energy": ChargeForm(priced | _ENERGY, both, EnergyCharge, _with_rates),
        "demand": ChargeForm(priced | _DEMAND, both, DemandCharge, _with_rates),
        "capacity": ChargeForm(common | _CAPACITY, (*both, "price"), CapacityCharge, _with_choice),
        "fixed": ChargeForm(common | _FIXED, (*both, "amount"), FixedCharge),
        "power_factor": ChargeForm(bare | _POWER_FACTOR, ("code",), PowerFactorCharge),
        "percentage": ChargeForm(common | _PERCENTAGE, (*both, "share"), PercentageCharge),
        "minimum": ChargeForm(bare | _MINIMUM, (*both, "amount"), MinimumCharge),
        "credit": ChargeForm(bare | _CREDIT, both, CreditCharge),
    }


def _calendar_of(calendars: Mapping[str, Calendar]) -> Reader:
    def read(value: object) -> Calendar:
        code = name(value)
        if code not in calendars:
            near = get_close_matches(code, calendars, 3)
            raise WrongValueError(
                f" = {shown(code)} is no calendar{'; near are ' if near else ''}{', '.join(near)}. "
                "Name one of data/tariffs/calendars, or write its [[calendar]] in this file"
            )
        return calendars[code]

    return read


def _with_prices(values: dict[str, Any]) -> dict[str, Any]:
    """``price`` as the only one of ``prices``."""
    if ("price" in values) == bool(values.get("prices")):
        raise ValueError('expected either price = "…" or prices = ["…", "…"] with limits.')
    rest = {key: own for key, own in values.items() if key != "price"}
    return {"prices": (values.get("price"),)} | rest


def _with_rates(values: dict[str, Any]) -> dict[str, Any]:
    """The rate without a period if any, then those of ``periods``, then those of ``rates``."""
    base = {key: values[key] for key in _PRICES if key in values}
    rates = (
        *((Rate(**_with_prices(base)),) if base else ()),
        *(Rate((price,), period) for period, price in values.get("periods", ())),
        *values.get("rates", ()),
    )
    return {key: own for key, own in values.items() if key not in _RATE_KEYS} | {"rates": rates}


def _with_choice(values: dict[str, Any]) -> dict[str, Any]:
    return values | ({"choice": None} if values.get("choice") == FOR_ALL else {})


def _with_reset(values: dict[str, Any]) -> dict[str, Any]:
    reset = {key: values[key] for key in _RESET if key in values}
    rest = {key: own for key, own in values.items() if key not in _RESET}
    return rest | {"reset": TierReset(**reset)}


_NUMBERS = list_of(number, '["0.50", "0.55", "0.80"]')
_PRICES: Form = {
    "price": number,
    "prices": _NUMBERS,
    "limits": _NUMBERS,
    "units": list_of(one_of(get_args(TierUnit)), '["kwh", "kwh_per_kw"]'),
}
_RATE_KEYS: Form = _PRICES | {
    "periods": _PERIODS,
    "rates": list_of(
        table_of(
            {"period": name} | _PRICES,
            Rate,
            '{ period = "peak", price = "0.9000" }',
            shape=_with_prices,
        ),
        '[{ period = "peak", prices = ["0.9", "1.0"], limits = ["500"] }]',
    ),
}
_RESET: Form = {
    "every": one_of(_EVERY),
    "start_month": whole(1, 12),
    "start_day": whole(1, 31),
    "cycle_starts": list_of(day, "[2024-01-05, 2024-02-06]"),
}
_ENERGY: Form = {
    "factors": list_of(
        table_of(
            {"by_period": _PERIODS, "months": months},
            Factors,
            '{ by_period = { peak = "1.5" } }',
            ("by_period",),
        ),
        '[{ by_period = { peak = "1.5", flat = "1", valley = "0.5" } }]',
    ),
    "price_decimals": _DECIMALS,
    "series": pairs_of(MONTH, '{ 2024-01 = "0.4000" }'),
    "tiers": table_of(
        _RESET
        | {
            "meeting": one_of(get_args(Meeting)),
            "unit": one_of(get_args(TierUnit)),
            "limit_decimals": _DECIMALS,
        },
        TierRule,
        '{ every = "year" }',
        ("every",),
        _with_reset,
    ),
    "channel": one_of(("import", "export")),
    "is_credit": flag,
    "netting": one_of(get_args(Netting)),
    "for_time_of_use": flag,
}
_CHOICE = one_of(get_args(CapacityChoice))
_DAY_RULE = one_of(get_args(DayRule))
_DEMAND: Form = {
    "option": one_of(get_args(DemandOption)),
    "choice": _CHOICE,
    "contract": table_of(
        {"tolerated_share": number, "excess_times": number, "floor_share": share},
        ContractRule,
        '{ tolerated_share = "1.05", excess_times = "2", floor_share = "0.40" }',
    ),
    "discount": table_of(
        {"least_kwh_per_kva": number, "share": share},
        LoadRateDiscount,
        '{ least_kwh_per_kva = "260", share = "0.9" }',
    ),
    "window_minutes": whole(1, 24 * 60),
    "highest_days": whole(1, 366),
    "in_kva": flag,
    "ratchet": table_of(
        {
            "share": share,
            "looked_at": months,
            "last_months": whole(1, 120),
            "holds_in": months,
        },
        Ratchet,
        '{ share = "0.8", last_months = 11 }',
        ("share",),
    ),
    "is_coincident": flag,
    "day_rule": _DAY_RULE,
    "quantity_decimals": _DECIMALS,
}
_CAPACITY: Form = {
    "price": number,
    "choice": one_of((*get_args(CapacityChoice), FOR_ALL)),
    "day_rule": _DAY_RULE,
}
_FIXED: Form = {"amount": number, "every": one_of(get_args(EveryTime))}
_POWER_FACTOR: Form = {
    "standard_hundredths": one_of(STANDARDS),
    "left_out": list_of(one_of(COMPONENTS), '["funds"]', frozenset),
}
_PERCENTAGE: Form = {"share": number, "of": list_of(name, '["purchase"]', frozenset)}
_MINIMUM: Form = {"amount": number, "every": one_of(get_args(EveryTime))}
_CREDIT: Form = {"amount_per_month": number, "price": number}
VERSION: Form = {"valid_from": day, "notice": text}
TARIFF: Form = {
    "code": name,
    "name_zh": text,
    "name_en": text,
    "source": text,
    "certainty": text,
    "doubts": list_of(text, '["…", "…"]'),
    "region": text,
    "price_class": text,
    "currency": pattern(re.compile(r"[A-Z]{3}"), "CNY"),
    "country": pattern(re.compile(r"[A-Z]{2}"), "CN"),
    "basis": one_of(get_args(Basis)),
    "rules": text,
    "chooses_time_of_use": flag,
}
