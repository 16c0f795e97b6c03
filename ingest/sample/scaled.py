"""Lakes of any size for benchmarks: the sample multiplied and perturbed, the same for every seed.

Customer ``i`` stands where the sample's consuming point ``i mod n`` stands, in copy ``i div n`` of
the area. Its curve is that of a random sample point of the same class and voltage level, scaled
(log-normal), shifted by 0-4 slots and with noise in every slot. Each customer has its own random
stream: neither the number of customers nor the size of a block changes what it consumes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ingest.profiles import QUALITY_RANK, from_slots
from ingest.sample.master import FIRST_DAY
from ingest.sample.tables import PROFILES_FILE, REFERENCE_READ, read_reference, reference_frame
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY, UTC_INSTANT

BLOCK_ROWS = 100_000
_SCALE_SIGMA = 0.5
_NOISE_SHARE = 0.1
_LATEST_SHIFT = 4
_WHOLE_WEEKS = 364
_COPIES_PER_REGION = 5
_COPIES_EASTWARD = 40
_COPY_STEP_DEGREES = 0.1
_ROOT_REGION = "scaled"


@dataclass(frozen=True, slots=True)
class _Customer:
    usage_point_id: str
    base: int  # which sample point's curve
    scale: float
    shift: int  # slots later
    stream: np.random.Generator


def scaled_profiles(  # noqa: PLR0913 -- the two shares are options of one thing
    sample: Path,
    *,
    usage_points: int,
    days: int | None = None,
    seed: int = 0,
    missing_share: float = 0.0,
    estimated_share: float = 0.0,
) -> Iterator[pl.DataFrame]:
    """Import day profiles of ``usage_points`` customers, in blocks sorted by usage point and day.

    Args:
        sample: The folder data/sample.
        usage_points: How many customers.
        days: From 2016-01-01 on; None: the sample's year. Later years repeat the sample's days
            with the weekday kept.
        seed: Same seed, same customers.
        missing_share: Probability that a slot is null (0-1); a day without any value is left out.
        estimated_share: Probability that a slot is marked estimated (0-1).

    Yields:
        PROFILES_READ, about BLOCK_ROWS rows each.
    """
    points = _consuming_points(sample)
    curves = _curves(sample, points)
    every = np.arange(curves.shape[1] if days is None else days)
    source = np.where(every < curves.shape[1], every, every % _WHOLE_WEEKS)
    dates = pl.DataFrame({"service_date": [FIRST_DAY + timedelta(days=int(d)) for d in every]})
    size = max(1, BLOCK_ROWS // max(1, len(every)))
    for first in range(0, usage_points, size):
        numbers = range(first, min(first + size, usage_points))
        customers = list(_customers(points, numbers, seed))
        energy = np.empty((len(customers), len(every), SLOTS_PER_DAY))
        ranks = None
        if missing_share or estimated_share:
            ranks = np.zeros(energy.shape, dtype=np.uint8)
        for row, customer in enumerate(customers):
            energy[row] = _perturbed(curves[customer.base][source], customer)
            if ranks is not None:
                drawn = customer.stream.random(energy[row].shape, dtype=np.float32)
                ranks[row][drawn >= 1 - estimated_share] = QUALITY_RANK["E"]
                energy[row][drawn < missing_share] = np.nan
        names = pl.DataFrame({"usage_point_id": [c.usage_point_id for c in customers]})
        keys = names.join(dates, how="cross", maintain_order="left_right").with_columns(
            channel=pl.lit("import"), issued_at=pl.lit(None, UTC_INSTANT)
        )
        yield from_slots(
            keys,
            energy.reshape(-1, SLOTS_PER_DAY),
            interval_minutes=SLOT_MINUTES,
            quality_ranks=None if ranks is None else ranks.reshape(-1, SLOTS_PER_DAY),
        )


def scaled_master(sample: Path, *, usage_points: int, seed: int = 0) -> dict[str, pl.DataFrame]:
    """The reference tables (REFERENCE_READ) that belong to ``scaled_profiles``.

    Every copy of the area has its own substation, feeders and transformers, and lies 0.1° from the
    next; five copies make a region, all regions stand below one. Capacities follow the scale.
    """
    points = _consuming_points(sample)
    reference = read_reference(sample)
    copies = -(-usage_points // points.height)
    copied = {
        name: pl.concat(
            [_copy(reference[name], k) for k in range(copies)] or [reference[name].clear()]
        )
        for name in (
            "substations",
            "feeders",
            "transformers",
            "network_nodes",
            "customers",
            "usage_points",
            "meters",
        )
    }
    customers = list(_customers(points, range(usage_points), seed))
    drawn = pl.DataFrame(
        {
            "usage_point_id": [c.usage_point_id for c in customers],
            "capacity": [
                _capacity(points["contracted_capacity_kva"][c.base] * c.scale) for c in customers
            ],
        },
        schema={"usage_point_id": pl.String, "capacity": pl.Float64},
    )
    copied["usage_points"] = (
        copied["usage_points"]
        .join(drawn, on="usage_point_id", maintain_order="left")
        .with_columns(contracted_capacity_kva="capacity", operating_capacity_kva="capacity")
    )
    for name, key in (("customers", "customer_id"), ("meters", "usage_point_id")):
        copied[name] = copied[name].join(
            copied["usage_points"], on=key, how="semi", maintain_order="left"
        )
    copied["regions"] = _regions(copies)
    copied["agreements"] = reference["agreements"]
    return {name: reference_frame(name, copied[name]) for name in REFERENCE_READ}


def _consuming_points(sample: Path) -> pl.DataFrame:
    """The sample's usage points with an import channel, and their ``peers``: rows of their kind."""
    consuming = (
        pl.scan_parquet(sample / PROFILES_FILE)
        .filter(pl.col("channel") == "import")
        .select(pl.col("usage_point_id").unique())
        .collect()
    )
    points = read_reference(sample)["usage_points"].join(consuming, on="usage_point_id", how="semi")
    return (
        points.sort("usage_point_id")
        .with_row_index("row")
        .with_columns(
            peers=pl.col("row")
            .implode()
            .over("customer_class", "voltage_kv", mapping_strategy="join")
        )
    )


def _curves(sample: Path, points: pl.DataFrame) -> np.ndarray:
    """Energy [Wh] of every consuming point: (points, days, slots)."""
    profiles = (
        pl.scan_parquet(sample / PROFILES_FILE)
        .filter(pl.col("channel") == "import")
        .sort("usage_point_id", "service_date")
        .select(SLOTS)
        .collect()
    )
    return profiles.to_numpy().astype(np.float32).reshape(points.height, -1, SLOTS_PER_DAY)


def _customers(points: pl.DataFrame, numbers: range, seed: int) -> Iterator[_Customer]:
    names = points["usage_point_id"].to_list()
    peers = points["peers"].to_list()
    for number in numbers:
        copy, place = divmod(number, len(names))
        stream = np.random.default_rng((seed, number))
        yield _Customer(
            usage_point_id=_name(copy, names[place]),
            base=int(stream.choice(peers[place])),
            scale=float(stream.lognormal(0.0, _SCALE_SIGMA)),
            shift=int(stream.integers(0, _LATEST_SHIFT, endpoint=True)),
            stream=stream,
        )


def _perturbed(days: np.ndarray, customer: _Customer) -> np.ndarray:
    """``days`` [Wh] scaled, shifted around the whole period and noisy; never below zero."""
    noise = customer.stream.standard_normal(days.size, dtype=np.float32)
    factor = np.maximum(1 + _NOISE_SHARE * noise, 0)
    shifted = np.roll(days.ravel(), customer.shift)
    return (shifted * factor * np.float32(customer.scale)).reshape(days.shape)


def _capacity(kva: float) -> float:
    """``kva`` rounded up to whole kVA."""
    return float(np.ceil(kva))


def _name(copy: int, identifier: str) -> str:
    """Sorts by copy first, so that blocks are in the order of usage points."""
    return f"K{copy:05d}-{identifier}"


def _copy(table: pl.DataFrame, copy: int) -> pl.DataFrame:
    """``table`` with the identifiers, names and coordinates of one copy of the area."""
    identifiers = [c for c in table.columns if c.endswith("_id") and c != "region_id"]
    step = pl.lit(_COPY_STEP_DEGREES)
    south, east = divmod(copy, _COPIES_EASTWARD)
    changes: dict[str, pl.Expr] = {
        "region_id": pl.lit(_region_id(copy)),
        "name": pl.format("{} · {}", "name", pl.lit(copy)),
        "name_en": pl.format("{} · {}", "name_en", pl.lit(copy)),
        "longitude": pl.col("longitude") + east * step,
        "latitude": pl.col("latitude") - south * step,
    } | {c: pl.format(_name(copy, "{}"), c) for c in identifiers}
    return table.with_columns(**{c: e for c, e in changes.items() if c in table.columns})


def _region_id(copy: int) -> str:
    return f"{_ROOT_REGION}-{copy // _COPIES_PER_REGION:04d}"


def _regions(copies: int) -> pl.DataFrame:
    numbers = range(-(-copies // _COPIES_PER_REGION))
    return pl.DataFrame(
        {
            "region_id": [_ROOT_REGION, *(f"{_ROOT_REGION}-{n:04d}" for n in numbers)],
            "name": ["仿真区", *(f"仿真 {n} 区" for n in numbers)],
            "name_en": ["Simulated area", *(f"Simulated region {n}" for n in numbers)],
            "parent_region_id": [None, *(_ROOT_REGION for _ in numbers)],
        }
    ).with_columns(is_simulated=pl.lit(value=True), valid_from=pl.lit(FIRST_DAY))
