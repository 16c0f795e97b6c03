"""Premises, flows and circumstances built by hand."""

from datetime import date
from functools import cache

import numpy as np

from ingest.simulated.customers.premise import Premise, Tenancy
from ingest.simulated.meters.flows import Flows
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted

KINDS = ("household",) * 16 + ("shop", "restaurant", "workshop", "office")
YEAR = Span.between(date(2024, 1, 1), date(2024, 12, 31))


@cache
def setting(span=YEAR, seed=1):
    """Nothing but seed and calendar: meters ask for no more."""
    return Setting(seed, span, days(span), None, None)


def premise(number=0, span=YEAR, **given):
    """A three-phase restaurant with current transformers, or what is ``given``."""
    usual = {
        "number": number,
        "serial": number + 1,
        "usage_point_id": f"FC-P{number + 1:06d}",
        "kind": "restaurant",
        "feeder": number // 75,
        "area": number // 15,
        "node": 0,
        "phases": "ABC",
        "phase_shares": (0.4, 0.3, 0.3),
        "capacity_kva": 100.0,
        "current_ratio": 40.0,
        "voltage_ratio": 1.0,
        "register_digits": 6,
        "tenancies": (Tenancy(f"FC-C{number + 1:06d}A", 0, span.days, None),),
        "vehicle": None,
        "solar": None,
    }
    return Premise(**(usual | given))


def premises(count, span=YEAR):
    """Every fifth one is no household; those have three phases and current transformers."""
    home = {"phases": "B", "phase_shares": (0.0, 1.0, 0.0), "capacity_kva": 8.0}
    home |= {"current_ratio": 1.0}
    return [
        premise(n, span, kind=kind, **(home if kind == "household" else {}))
        for n, kind in ((n, KINDS[n % len(KINDS)]) for n in range(count))
    ]


def flows(import_wh, export_wh=None):
    """Flows of one array, int32 (slots,), a fifth of it reactive."""
    given = np.zeros_like(import_wh) if export_wh is None else export_wh
    return Flows(import_wh, given, import_wh // 5, np.zeros_like(import_wh))


def evenly(wh, span=YEAR):
    """The same energy in every slot."""
    return flows(np.full(span.slots, wh, dtype=np.int32))


def planted(kind, first_slot, last_slot, amount, **detail):
    """One theft, fault or wrong clock."""
    groups = {"drift": "clock"} | dict.fromkeys(FACTOR_FAULTS, "meter_fault")
    groups |= dict.fromkeys(("frozen", "decreasing"), "meter_fault")
    unit = "factor" if kind in FACTOR_FAULTS else "share"
    return Planted(groups.get(kind, "theft"), kind, first_slot, last_slot, amount, unit, detail)


FACTOR_FAULTS = (
    "stopped",
    "fast",
    "slow",
    "reversed_ct",
    "lost_voltage",
    "lost_phase",
    "wrong_multiplier",
)
