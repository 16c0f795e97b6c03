"""A small district whose bills are worked out by hand, for the tests of the page."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.settings import Settings

_ZONE = ZoneInfo("Asia/Shanghai")
_MAY, _JUNE, _JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)
_SHARES = {"total": "1", "sharp": "0", "peak": "0.5", "flat": "0.3", "valley": "0.2"}


def make_bill_district(
    settings: Settings, register: Callable, take: Callable, day_row: Callable
) -> None:
    """May and June 2025 of a home, an estimated home, a plant, and one without an agreement.

    ``home`` used 2,100 kWh of 2025 before June and 300 in it: 60 at 0.50 and 240 at 0.55 are 162.00
    CNY. ``guess`` used 100 kWh in June, the last reading is an estimate.
    ``lost`` was read once, on 1 May. ``plant`` used 100,000 kWh
    in June by a meter with a ratio of 100; it contracted 300 kW and took 350: 370 are billed.
    """
    since = {"valid_from": date(2020, 1, 1)}
    points = {
        "home": "residential",
        "guess": "residential",
        "lost": "residential",
        "plant": "industrial",
        "none": "public",
    }
    plant = {
        "voltage_kv": 10.0,
        "contracted_capacity_kva": 400.0,
        "operating_capacity_kva": 400.0,
        "contracted_demand_kw": 300.0,
    }
    two_part = {
        "tariff_code": "industrial_commercial_two_part",
        "purchase_type": "agency",
        "has_time_of_use": True,
        "basic_charge": "contract",
        "power_factor_hundredths": 90,
    }
    household = {"tariff_code": "residential", "has_time_of_use": False}
    register(
        settings,
        regions=[{"region_id": "town", "name": "小镇", "name_en": "Town", "is_simulated": True}],
        customers=[{"customer_id": f"C-{name}", "name": "王小明", **since} for name in points],
        usage_points=[
            {"usage_point_id": name, "customer_id": f"C-{name}", "customer_class": kind}
            | {"region_id": "town", "status": "operating", "voltage_kv": 0.22}
            | (plant if name == "plant" else {})
            | since
            for name, kind in points.items()
        ],
        meters=[
            {"meter_id": f"M-{name}", "usage_point_id": name, "voltage_ratio": 1.0}
            | {"current_ratio": 100.0 if name == "plant" else 1.0, "register_digits": 6}
            | since
            for name in points
        ],
        agreements=[
            {"agreement_id": f"A-{name}", "usage_point_id": name}
            | (two_part if name == "plant" else household)
            | since
            for name in ("home", "guess", "lost", "plant")
        ],
    )
    for name, wh in (("home", 400), ("guess", 140), ("plant", 135_000), ("none", 100)):
        day = day_row([wh] * 24, point=name)
        days = pl.date_range(_MAY, date(2025, 6, 30), eager=True)
        take(settings, pl.concat(day.with_columns(service_date=pl.lit(one)) for one in days))
    year = date(2025, 1, 1)
    rows = [
        _reading("home", day, kwh)
        for day, kwh in ((year, "0"), (_MAY, "1900"), (_JUNE, "2100"), (_JULY, "2400"))
    ]
    rows += [_reading("guess", day, kwh) for day, kwh in ((year, "0"), (_MAY, "1"), (_JUNE, "2"))]
    rows += [_reading("guess", _JULY, "102", quality="E"), _reading("lost", _MAY, "7")]
    for day, hundreds in ((_MAY, 0), (_JUNE, 900), (_JULY, 1900)):
        rows += [
            _reading("plant", day, str(hundreds * Decimal(share)), register=name)
            for name, share in _SHARES.items()
        ]
        rows.append(_reading("plant", day, str(hundreds // 5), channel="reactive_import"))
    at = datetime(2025, 6, 12, 2, 7, tzinfo=UTC)
    demand = {"demand_kw": Decimal("3.5"), "demand_at": at}
    rows = [
        row | demand
        if (row["usage_point_id"], row["register"], row["channel"]) == ("plant", "total", "import")
        and row["service_date"] == date(2025, 6, 30)
        else row
        for row in rows
    ]
    _store(settings, rows)


def _reading(
    name: str,
    day: date,
    kwh: str,
    *,
    register: str = "total",
    channel: str = "import",
    quality: str = "A",
) -> dict:
    return dict.fromkeys(REGISTERS_READ) | {
        "usage_point_id": name,
        "meter_id": f"M-{name}",
        "channel": channel,
        "register": register,
        "service_date": day - timedelta(days=1),
        "read_at": datetime.combine(day, time(), _ZONE).astimezone(UTC),
        "reading_kwh": Decimal(kwh),
        "quality": quality,
    }


def _store(settings: Settings, rows: Sequence[dict]) -> None:
    with writing(settings) as writer:
        arrival = Arrival("registers", datetime(2025, 8, 1, tzinfo=UTC))
        frame = pl.DataFrame(rows, schema=REGISTERS_READ)
        store(writer, Batch(registers=frame), arrival, Stored())
        publish(writer)
