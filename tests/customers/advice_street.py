"""A plant and a shop of a year, each wasteful in its way, and their bills had they changed."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from ingest.lake import append, publish, writing
from queries.billing.account_bills import READS, account_bills
from queries.customers.advice_assessed import Advice
from queries.lake import open_lake
from queries.schema import SLOTS, TABLES
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.billing.small_lakes import SHOP, TWO_PART, agreement, point, street

YEAR = date(2025, 1, 1), date(2025, 12, 31)
DAYS = 365
_HOURS = np.arange(96) / 4
_DATES = [YEAR[0] + timedelta(days=n) for n in range(DAYS)]
TEMPERATURE_C = 10 - 16 * np.cos(2 * np.pi * (np.arange(DAYS) - 15) / 365)
QUIET_EVERY = 5
"""One night in so many the shop does switch off."""

Curves = Mapping[str, Mapping[str, np.ndarray]]
"""By usage point and channel, watt-hours (days, slots)."""


def curves() -> dict[str, dict[str, np.ndarray]]:
    """By usage point and channel [Wh, (days, slots)]."""
    random = np.random.default_rng(5)
    is_open = (_HOURS >= 9) & (_HOURS < 21)
    noise = random.normal(1, 0.05, (DAYS, 96))
    shop_kw = np.where(is_open, 30.0, 8.0) * noise
    quiet = np.arange(DAYS) % QUIET_EVERY == 0
    shop_kw[quiet] -= np.where(is_open, 0.0, 5.0)
    shop_kw += np.where(is_open, 2.0, 0.0) * np.maximum(TEMPERATURE_C - 20, 0)[:, None]
    shop_kw += np.where(is_open, 1.0, 0.0) * np.maximum(8 - TEMPERATURE_C, 0)[:, None]
    # Some evenings the shop closes early: what it could move it has shown.
    early = random.random(DAYS) < 0.3
    shop_kw[early] -= np.where((_HOURS >= 17) & (_HOURS < 20), 8.0, 0.0)
    is_day = (_HOURS >= 7) & (_HOURS < 23)
    plant_kw = np.where(is_day, 400.0, 150.0) * random.normal(1, 0.04, (DAYS, 96))
    return {
        "shop": {"import": _wh(shop_kw), "reactive_import": _wh(0.6 * shop_kw)},
        "plant": {"import": _wh(plant_kw), "reactive_import": _wh(0.7 * plant_kw)},
    }


def _wh(load_kw: np.ndarray) -> np.ndarray:
    return np.maximum(np.rint(load_kw * 250), 0).astype(np.int64)


TERMS = {
    "shop": SHOP | {"power_factor_hundredths": 85, "settlement_basis": "interval"},
    "plant": TWO_PART
    | {
        "has_time_of_use": True,
        "basic_charge": "capacity",
        "power_factor_hundredths": 90,
        "settlement_basis": "interval",
    },
}
KVA = {"shop": 160.0, "plant": 1600.0}
PLACE: dict[str, dict] = {
    "shop": {},
    "plant": {"customer_class": "industrial", "voltage_kv": 10.0},
}


def rows_of(
    day_row: Callable[..., pl.DataFrame], name: str, channel: str, wh: np.ndarray
) -> pl.DataFrame:
    """Day profiles of one channel, by quarters of an hour."""
    row = day_row([0] * 96, point=name, channel=channel, interval=15)
    return pl.concat([row] * len(wh)).with_columns(
        pl.Series("service_date", _DATES),
        *(pl.Series(slot, wh[:, n].astype(np.int32)) for n, slot in enumerate(SLOTS)),
    )


def as_they_are(
    settings: Settings, register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """The shop and the plant, with weather that everything can be told from."""
    points = {}
    for name, channels in curves().items():
        load = pl.concat(rows_of(day_row, name, channel, wh) for channel, wh in channels.items())
        points[name] = (
            point(name, KVA[name], **PLACE[name]),
            agreement(name, TERMS[name]),
            load,
        )
    street(settings, register, take, points)
    _add_weather(settings)
    return settings


def _add_weather(settings: Settings) -> None:
    midnight = datetime(2024, 12, 31, 16, tzinfo=UTC)
    hours = np.arange(24)
    sun = 600 * np.maximum(np.sin(np.pi * (hours - 6) / 12), 0)
    rows = [
        {
            "region_id": "town",
            "valid_at": midnight + timedelta(days=day, hours=int(hour)),
            "temperature_c": float(TEMPERATURE_C[day]),
            "irradiance_w_per_m2": float(sun[hour]),
        }
        for day in range(DAYS)
        for hour in hours
    ]
    stamp = {"batch_id": "w", "received_at": datetime(2025, 1, 1, tzinfo=UTC)}
    frame = pl.DataFrame([stamp | row for row in rows], schema=TABLES["weather"].schema)
    with writing(settings) as writer:
        append(writer, TABLES["weather"], frame)
        publish(writer)


def as_advised(
    settings: Settings,
    register: Callable,
    take: Callable,
    day_row: Callable,
    followed: list[Advice],
) -> Settings:
    """A lake in which every piece of advice was followed, each by a customer of its own."""
    points = {}
    for one in followed:
        name = named(one)
        change, basis = one.change, one.basis
        load = change.load or basis.load
        terms = change.agreement or basis.agreement
        tariff = change.tariff or basis.tariff
        own = TERMS[basis.usage_point_id] | {
            "tariff_code": tariff.code,
            "has_time_of_use": terms.has_time_of_use,
            "basic_charge": terms.choice,
            "purchase_type": "agency",
        }
        rows = pl.concat(
            rows_of(day_row, name, channel, units[0] * 1000 // load.per)
            for channel, units in load.energy_units.items()
        )
        demand = {"contracted_demand_kw": float(terms.contract_kw)}
        place = point(name, float(terms.capacity_kva), **PLACE[basis.usage_point_id], **demand)
        points[name] = place, agreement(name, own), rows
    return street(settings, register, take, points)


def named(one: Advice) -> str:
    """The usage point of the customer that followed a piece of advice."""
    return f"{one.basis.usage_point_id} {one.change.kind}"


def year_owed_fen(settings: Settings, usage_point_id: str) -> int:
    """What the bills of 2025 add up to, made as bills are: from the lake, by the agreement."""
    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
        bills = account_bills(
            lake,
            first_month=YEAR[0],
            last_month=YEAR[1],
            usage_point_id=usage_point_id,
        )
    return sum(int(one.priced.totals()[0, list(one.shown)].sum()) for one in bills)
