"""Twelve homes with readings, agreements and payments, for the pages of service and customers."""

from collections.abc import Callable
from datetime import date

import polars as pl

from queries.settings import Settings
from tests.billing.small_lakes import HOME, agreement, point, profiles
from tests.customers.payment_lake import paid, put_payments

DAYS = date(2025, 3, 1), date(2025, 5, 20)
HOMES = tuple(f"H{n:02d}" for n in range(12))


def service_street(
    settings: Settings, register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """H00 to H11 use 3 to 14 kWh a day at noon and again in the evening; H01 owes two bills."""
    home = {"customer_class": "residential", "voltage_kv": 0.22}
    register(
        settings,
        regions=[{"region_id": "town", "name": "镇", "name_en": "Town"}],
        feeders=[{"feeder_id": "F1"}],
        transformers=[{"transformer_id": "T1", "feeder_id": "F1"}],
        customers=[{"customer_id": f"C-{p}", "name": f"Resident {p}"} for p in HOMES],
        usage_points=[point(p, 8.0, **home, transformer_id="T1") for p in HOMES],
        agreements=[agreement(p, HOME) for p in HOMES],
    )
    load = [profiles(day_row, p, DAYS, {12: 2.0 + n, 20: 1.0}, 0.1) for n, p in enumerate(HOMES)]
    take(settings, pl.concat(load))
    first = date(2024, 4, 1)
    rows = [row for p in HOMES if p != "H01" for row in paid(f"C-{p}", [4] * 12, first=first)]
    put_payments(settings, [*rows, *paid("C-H01", [4] * 10 + [None] * 2, first=first)])
    return settings
