"""Small loads and tariffs for bills that are worked by hand."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from queries.billing.frozen_registers import MeterUse, PointRegisters, RegisterReading
from queries.billing.lines import Priced
from queries.billing.measured import DayRows
from queries.billing.money import rounded
from queries.billing.register_measured import RegisterMeasured
from queries.billing.tariff_model import Charge, EnergyCharge, Rate, Tariff, Version

ZONE = ZoneInfo("Asia/Shanghai")
JUNE = (date(2024, 6, 1), date(2024, 6, 30))


def tariff(*charges: Charge, **given: object) -> Tariff:
    """A tariff of one version."""
    return Tariff("t", "", "", (Version(tuple(charges)),), **given)  # type: ignore[arg-type]


def flat(price: str = "0.5", **given: object) -> EnergyCharge:
    """One price for every kWh."""
    return EnergyCharge("energy", "retail", (Rate((Decimal(price),)),), **given)  # type: ignore[arg-type]


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def readings(
    register: str, by_day: Mapping[date, str], *, meter: str = "M1", channel: str = "import"
) -> list[RegisterReading]:
    """Readings at 00:00 of some days."""
    return [
        RegisterReading(meter, channel, register, midnight(day), Decimal(text))
        for day, text in by_day.items()
    ]


def point(
    *rows: list[RegisterReading], ratio: str = "1", digits: int = 6, **given: object
) -> PointRegisters:
    """A usage point with one meter."""
    meters = given.pop("meters", [MeterUse("M1", Decimal(ratio), digits)])
    return PointRegisters.of("P1", meters, [one for row in rows for one in row], ZONE, **given)  # type: ignore[arg-type]


def metered(*points: PointRegisters, **given: object) -> RegisterMeasured:
    """One account."""
    return RegisterMeasured((points,), **given)  # type: ignore[arg-type]


def month(register: str, used: str, *, since: str = "0", channel: str = "import") -> list:
    """Readings at both ends of June."""
    end = str(Decimal(since) + Decimal(used))
    return readings(register, {JUNE[0]: since, date(2024, 7, 1): end}, channel=channel)


def every_day(
    first_day: date, last_day: date, wh: np.ndarray | int, **channels: np.ndarray | int
) -> DayRows:
    """A curve: the same day over and over, or one number of Wh in every slot."""
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    shape = 1, len(days), 96
    units = {
        name: np.broadcast_to(np.asarray(value, np.int64), shape).copy()
        for name, value in {"import": wh, **channels}.items()
    }
    return DayRows.of(days, units, 1000)


def amounts(priced: Priced) -> dict[tuple, Decimal]:
    """Amount of every line by charge, period, tier and bill."""
    return {
        (line.charge, line.period, line.tier, line.bill): rounded(line.amount.fraction(0), 2)
        for line in priced.lines
        if line.accounts is None or len(line.accounts)
    }


def quantities(priced: Priced) -> dict[tuple, Decimal]:
    """Quantity likewise, to six decimals."""
    return {
        (line.charge, line.period, line.tier, line.bill): rounded(line.quantity.fraction(0), 6)
        for line in priced.lines
        if line.accounts is None or len(line.accounts)
    }


def total(priced: Priced) -> Decimal:
    """What is owed over all bills."""
    return rounded(sum(int(fen) for fen in priced.totals()[0]), 0) / 100
