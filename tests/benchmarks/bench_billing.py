"""Bills of everyone, and everyone under other tariffs, beside NREL PySAM on the same machine.

The tariff has periods with tiers and a demand charge; its borders are on the hour, as PySAM knows
no others. Every figure is taken in processes of their own, one part after the other.
"""

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from queries.billing.calendar_model import Calendar, Window
from queries.billing.calendars import known_calendars
from queries.billing.cube_source import READS, fleet_cube
from queries.billing.period_sums import period_sums
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import (
    DemandCharge,
    EnergyCharge,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.memory import peak_mb

Line = tuple[str, str]

_FIRST_DAY, _LAST_DAY = date(2016, 1, 1), date(2016, 12, 31)
_PRICES = {"peak": ("0.9", "1.1"), "flat": ("0.6", "0.75"), "valley": ("0.3", "0.4")}
_TIER_KWH = Decimal(250)
_DEMAND_PRICE = Decimal(30)
_TARIFFS = 20
_PYSAM_SECONDS = 6.0
_STEPS = 35_040
_PYSAM = "PySAM"


def run(settings: Settings) -> list[Line]:
    """All figures on a lake of ``bench_lake.made_lake``."""
    cold, warm = _measured(settings, "cold"), _measured(settings, "warm")
    peer = _pysam()
    accounts = cold["accounts"]
    rate = accounts / cold["seconds"]
    beside = (
        "PySAM is not installed"
        if peer is None
        else (f"{rate / peer:,.0f} × PySAM in two processes, {peer:,.0f}/s (≥ 20)")
    )
    return [
        (
            "bills of everyone, cold from the lake (periods × tiers, demand)",
            f"{rate:,.0f} customer-years/s; {beside}; peak {cold['peak_mb']:,.0f} MB",
        ),
        ("the laboratory's cube", f"made in {warm['making']:.1f} s, {warm['cube_mb']:,.0f} MB"),
        (
            "another price, everyone",
            (
                f"{warm['price'] * 1000:,.0f} ms, {accounts / warm['price']:,.0f} customer-years/s "
                "(≥ 200,000)"
            ),
        ),
        (
            "another calendar, everyone",
            (
                f"{warm['calendar'] * 1000:,.0f} ms, {accounts / warm['calendar']:,.0f} "
                "customer-years/s"
            ),
        ),
        (
            f"{_TARIFFS} tariffs with calendars of their own, everyone",
            f"{warm['tariffs']:.2f} s (≤ 5); peak {warm['peak_mb']:,.0f} MB (≤ 2,048)",
        ),
    ]


def _calendar() -> Calendar:
    peak = Window("peak", 8 * 60, 12 * 60, priority=1)
    evening = Window("peak", 17 * 60, 21 * 60, priority=1)
    valley = Window("valley", 23 * 60, 7 * 60, priority=1)
    return Calendar("bench", "", "", "", "", (peak, evening, valley), remainder="flat")


def _tariff(step: int = 0) -> Tariff:
    more = Decimal(step) / 1000
    rates = tuple(
        Rate(tuple(Decimal(one) + more for one in prices), period, (_TIER_KWH,))
        for period, prices in _PRICES.items()
    )
    energy = EnergyCharge(
        "energy", "retail", rates, _calendar(), tiers=TierRule(TierReset("month"), "pro_rata")
    )
    demand = DemandCharge("demand", "basic", (Rate((_DEMAND_PRICE + step,)),))
    return Tariff("bench", "", "", (Version((energy, demand)),))


def _measured(settings: Settings, what: str) -> dict[str, float]:
    text = json.dumps({"data": str(settings.data), "what": what})
    command = [sys.executable, "-m", "tests.benchmarks.bench_billing", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout)


def _child(text: str) -> None:
    given = json.loads(text)
    settings = Settings(data=Path(given["data"]))
    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
        found = lake.sql("select distinct usage_point_id from daily_totals").fetchall()
        points = [point for (point,) in found]
        bills = months(_FIRST_DAY, _LAST_DAY)
        start = time.perf_counter()
        if given["what"] == "cold":
            priced = price(_tariff(), period_sums(points, _tariff(), bills, lake), bills)
            priced.totals()
            figures = {"seconds": time.perf_counter() - start}
        else:
            span = {"first_day": _FIRST_DAY, "last_day": _LAST_DAY}
            fleet = fleet_cube(points, lake, **span, with_maxima=False)
            cube = fleet.cube
            made = time.perf_counter()
            held = cube.running["import"].nbytes
            first = _seconds(lambda: price(_tariff(), cube, bills).totals())
            again = [
                _seconds(lambda step=step: price(_tariff(step), cube, bills).totals())
                for step in range(1, 8)
            ]
            figures = {
                "making": made - start,
                "cube_mb": held / (1 << 20),
                "calendar": first,
                "price": float(np.median(again)),
                "tariffs": _seconds(lambda: [price(t, cube, bills).totals() for t in _others()]),
            }
    sys.stdout.write(json.dumps({**figures, "accounts": len(points), "peak_mb": peak_mb()}))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _others() -> list[Tariff]:
    """Tariffs whose periods are those of twenty Chinese areas."""
    prices = {"sharp": "1.2", "peak": "1", "flat": "0.7", "valley": "0.4", "deep_valley": "0.2"}
    found = []
    for code in sorted(known_calendars()):
        calendar = known_calendars()[code]
        rates = tuple(
            Rate((Decimal(prices[period]), Decimal(prices[period]) * 2), period, (_TIER_KWH,))
            for period in calendar.periods
        )
        charge = EnergyCharge(
            "energy", "retail", rates, calendar, tiers=TierRule(TierReset("month"), "pro_rata")
        )
        demand = _tariff().versions[0].charges[1]
        found.append(replace(_tariff(), code=code, versions=(Version((charge, demand)),)))
    return found[:_TARIFFS]


def _pysam() -> float | None:
    """Customer-years a second of PySAM's utilityrate5 in two processes; None: not installed."""
    if importlib.util.find_spec(_PYSAM) is None:
        return None
    with ProcessPoolExecutor(2) as pool:
        return sum(pool.map(_pysam_rate, (1, 2)))


def _pysam_rate(seed: int) -> float:
    rate5 = importlib.import_module("PySAM.Utilityrate5").new()
    schedule = [[_period_of_hour(hour) for hour in range(24)] for _ in range(12)]
    numbers = {period: number for number, period in enumerate(_PRICES, 1)}
    matrix = [
        [numbers[period], tier, limit, 0, float(prices[tier - 1]), 0]
        for period, prices in _PRICES.items()
        for tier, limit in ((1, float(_TIER_KWH)), (2, 1e38))
    ]
    flat = [[month, 1, 1e38, float(_DEMAND_PRICE)] for month in range(12)]
    load = np.random.default_rng(seed).gamma(2.0, 1.0, _STEPS)
    values = {
        "en_electricity_rates": 1,
        "system_use_lifetime_output": 0,
        "analysis_period": 1,
        "inflation_rate": 0,
        "degradation": [0],
        "rate_escalation": [0],
        "ur_metering_option": 0,
        "ur_ec_sched_weekday": schedule,
        "ur_ec_sched_weekend": schedule,
        "ur_ec_tou_mat": matrix,
        "ur_dc_enable": 1,
        "ur_dc_flat_mat": flat,
        "ur_dc_sched_weekday": [[1] * 24] * 12,
        "ur_dc_sched_weekend": [[1] * 24] * 12,
        "ur_dc_tou_mat": [[1, 1, 1e38, 0]],
        "gen": [0.0] * _STEPS,
        "load": load.tolist(),
    }
    for name, value in values.items():
        rate5.value(name, value)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < _PYSAM_SECONDS:
        rate5.value("load", load.tolist())  # another customer's: the load is handed over each time
        rate5.execute()
        count += 1
    return count / (time.perf_counter() - start)


def _period_of_hour(hour: int) -> int:
    numbers = {period: number for number, period in enumerate(_PRICES, 1)}
    is_peak = 8 <= hour < 12 or 17 <= hour < 21
    return numbers["peak" if is_peak else "valley" if hour >= 23 or hour < 7 else "flat"]


if __name__ == "__main__":
    _child(sys.argv[1])
