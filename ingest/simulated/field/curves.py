"""Curves of simulated meters: plausible ones from a seed, or those of day profiles."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ingest.register_energy import COUNTS_PER_KWH
from ingest.simulated.field.meters import CHINA, FieldMeter
from ingest.simulated.streams import stream
from queries.local_time import standard_offset
from queries.schema import SLOTS, SLOTS_PER_DAY

_COUNTS_PER_WH = COUNTS_PER_KWH // 1000
_SHOP_EVERY, _SOLAR_EVERY = 5, 7
_SHOP_RATIO = 20
_HOURS = np.arange(SLOTS_PER_DAY) / 4


def register_counts(energy_wh: np.ndarray, *, start_counts: int, ratio: int = 1) -> np.ndarray:
    """A register at the beginning of every slot, and at the end of the last.

    Args:
        energy_wh: What flowed in each quarter of an hour [Wh], behind the ratio, integers.
        start_counts: Where the register stood before the first [0.0001 kWh].
        ratio: Of the instrument transformers: the register moves by as much less.

    Returns:
        int64 (slots + 1,), not rolled over; each rounded down on the running total.
    """
    flowed = np.concatenate([[0], np.cumsum(energy_wh, dtype=np.int64)])
    return start_counts + flowed * _COUNTS_PER_WH // ratio


def _bump(centre: float, width: float) -> np.ndarray:
    return np.exp(-(((_HOURS - centre) / width) ** 2))


_HOUSEHOLD_W = 90 + 350 * _bump(7.5, 1.2) + 300 * _bump(12, 1.3) + 900 * _bump(20, 2.2)
_SHOP_W = 1500 + 14_000 * _bump(14.5, 4.5)
_SUN_W = 3000 * np.clip(np.cos((_HOURS - 12.5) / 6.5 * np.pi / 2), 0, None)
_SUN_W[(_HOURS < 6) | (_HOURS > 19)] = 0


def household_wh(seed: int, number: int, days: int) -> np.ndarray:
    """A household's energy [Wh] in every quarter of an hour of some days, int64 (days * 96,)."""
    return _around(_HOUSEHOLD_W, stream(seed, "field household", number), days)


def shop_wh(seed: int, number: int, days: int) -> np.ndarray:
    """A shop's energy, as of :func:`household_wh`; behind current transformers."""
    return _around(_SHOP_W, stream(seed, "field shop", number), days)


def solar_wh(seed: int, number: int, days: int) -> np.ndarray:
    """What a roof feeds back, as of :func:`household_wh`."""
    return _around(_SUN_W, stream(seed, "field solar", number), days)


def _around(shape_w: np.ndarray, random: np.random.Generator, days: int) -> np.ndarray:
    size = random.lognormal(0, 0.4) * random.lognormal(0, 0.15, (days, 1))
    noise = random.lognormal(-0.08, 0.4, (days, SLOTS_PER_DAY))
    return np.floor(shape_w / 4 * size * noise).astype(np.int64).ravel()


def plausible_meters(  # noqa: PLR0913 - each says something else about them
    count: int,
    *,
    begin: datetime,
    days: int,
    seed: int = 0,
    first_number: int = 1,
    protocol: str = "dlt698",
    is_measuring: bool = False,
    zone: ZoneInfo = CHINA,
) -> list[FieldMeter]:
    """Households, every fifth a shop with three phases behind 20:1, every seventh with a roof.

    Args:
        count: How many.
        begin: A local midnight [UTC].
        days: How long their curves are.
        seed: The same gives the same.
        first_number: Meters are numbered from here; number, address and names belong together.
        protocol: What they speak.
        is_measuring: Whether they record voltages, currents and powers.
        zone: Whose standard time they keep.
    """
    made = []
    for number in range(first_number, first_number + count):
        is_shop = number % _SHOP_EVERY == 0
        ratio = _SHOP_RATIO if is_shop else 1
        energy = (shop_wh if is_shop else household_wh)(seed, number, days)
        start = int(stream(seed, "field start", number).integers(0, 50_000 * COUNTS_PER_KWH))
        counts = {"import": register_counts(energy, start_counts=start, ratio=ratio)}
        if number % _SOLAR_EVERY == 0:
            sun = solar_wh(seed, number, days)
            counts["export"] = register_counts(sun, start_counts=start // 9, ratio=ratio)
        made.append(
            FieldMeter(
                address=f"{number:012d}",
                usage_point_id=f"F{number:06d}",
                meter_id=f"FM{number:06d}",
                begin=begin,
                counts=counts,
                protocol=protocol,
                phases=3 if is_shop else 1,
                ratio=ratio,
                is_measuring=is_measuring,
                zone=zone,
            )
        )
    return made


def meters_of_profiles(
    profiles: pl.DataFrame,
    meters: pl.DataFrame,
    addresses: Mapping[str, str],
    *,
    start_counts: int = 0,
    zone: ZoneInfo = CHINA,
) -> list[FieldMeter]:
    """Meters whose registers move as day profiles say.

    Args:
        profiles: Rows of ``energy_profiles``, channels ``import`` and ``export``. A day or slot
            that is missing lets the register stand still.
        meters: Rows of ``meters``: of each usage point the first that is named in ``addresses``.
        addresses: Communication address by ``meter_id``.
        start_counts: Where every register stands on the first midnight [0.0001 kWh].
        zone: Of ``service_date``.

    Raises:
        ValueError: There are no profiles.
    """
    if profiles.is_empty():
        raise ValueError("no day profiles; expected rows of energy_profiles")
    first_day, last_day = profiles["service_date"].min(), profiles["service_date"].max()
    days = (last_day - first_day).days + 1  # type: ignore[operator]
    midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC)  # type: ignore[union-attr]
    begin = midnight - standard_offset(zone, midnight.year)
    rows = meters.filter(pl.col("meter_id").is_in(list(addresses))).unique(
        "usage_point_id", keep="first", maintain_order=True
    )
    made = []
    for meter in rows.iter_rows(named=True):
        mine = profiles.filter(pl.col("usage_point_id") == meter["usage_point_id"])
        ratio = round((meter["current_ratio"] or 1) * (meter["voltage_ratio"] or 1))
        counts = {
            channel: register_counts(
                _energy_wh(mine.filter(pl.col("channel") == channel), midnight, days),
                start_counts=start_counts,
                ratio=ratio,
            )
            for channel in ("import", "export")
            if channel == "import" or channel in mine["channel"]
        }
        made.append(
            FieldMeter(
                address=addresses[meter["meter_id"]],
                usage_point_id=meter["usage_point_id"],
                meter_id=meter["meter_id"],
                begin=begin,
                counts=counts,
                ratio=ratio,
                digits=meter["register_digits"] or 6,
                interval_minutes=meter["interval_minutes"],
                zone=zone,
            )
        )
    return made


def _energy_wh(rows: pl.DataFrame, midnight: datetime, days: int) -> np.ndarray:
    energy = np.zeros((days, SLOTS_PER_DAY), np.int64)
    places = (rows["service_date"] - midnight.date()).dt.total_days().to_numpy()
    energy[places] = rows.select(SLOTS).fill_null(0).to_numpy()
    return energy.ravel()
