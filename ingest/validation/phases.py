"""Voltages and currents of the phases against each other: lost voltage, phase, current, direction.

Three-phase meters only: what a single phase has lost, its neighbours cannot tell.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from ingest.validation.flags import FLAGS, flags
from ingest.validation.levels import capacities
from ingest.validation.rules import Rule
from ingest.validation.window import Window
from queries.schema import SLOTS, SLOTS_PER_DAY

PHASES = "abc"
_NOMINAL_V = (220.0, 57.7, 100.0)
"""Phase voltages that meters are made for: direct, and behind voltage transformers."""
_USUAL_KVA = 10.0
_DAY = ["usage_point_id", "service_date"]
_MEANS = (
    "voltage_share",
    "current_share",
    "voltage_v",
    "current_a",
    "others_low_v",
    "others_high_v",
    "others_a",
)
"""Evidence of a phase: its own means, per unit and absolute, and what the other two had then."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Judged days of meters with three phases.

    Attributes:
        keys: ``usage_point_id`` and ``day``, a row a day.
        voltage: Of the nominal voltage (days, 3, 96); NaN: not measured.
        current: Of the rated current (days, 3, 96), backwards negative.
        nominal_v, rated_a: What the shares are of (days,).
        hours: Length of a slot (days,).
        is_check: Of a transformer's or feeder's meter (days,).
    """

    keys: pl.DataFrame
    voltage: np.ndarray
    current: np.ndarray
    nominal_v: np.ndarray
    rated_a: np.ndarray
    hours: np.ndarray
    is_check: np.ndarray


_Sign = Callable[[Phases, Rule], np.ndarray]
"""Where a day shows a sign, bool (days, 3, 96)."""


def apparent_energy(window: Window, points: pl.DataFrame) -> pl.DataFrame:
    """What flowed by voltage and current, whatever was counted.

    Returns:
        ``usage_point_id``, ``day``, ``apparent_vah`` [VAh, all phases] and ``current_slots``: how
        many slots carried any current.
    """
    rows = window.measured().join(points, on="usage_point_id", how="semi")
    stacked = _stacked(rows)
    if stacked is None:
        schema = {"usage_point_id": pl.String(), "day": pl.Date()}
        return pl.DataFrame(
            schema=schema | {"apparent_vah": pl.Float64(), "current_slots": pl.Int64()}
        )
    keys, voltage_v, current_a, hours = stacked
    power_va = np.nansum(voltage_v * np.abs(current_a), axis=1)
    return keys.with_columns(
        pl.Series("apparent_vah", (power_va * hours[:, None]).sum(axis=1)),
        pl.Series("current_slots", (power_va > 0).sum(axis=1)),
    )


def phases(window: Window) -> Phases | None:
    """Voltages and currents of the judged days, per unit; None: nobody measured three phases."""
    stacked = _stacked(window.measured())
    if stacked is None:
        return None
    keys, voltage_v, current_a, hours = stacked
    has_three = (~np.isnan(voltage_v)).any(axis=2).sum(axis=1) == len(PHASES)
    if not has_three.any():
        return None
    keys = keys.filter(pl.Series(has_three)).join(
        capacities(window), on="usage_point_id", how="left", maintain_order="left"
    )
    voltage_v, current_a = voltage_v[has_three], current_a[has_three]
    nominal_v = _nominal(window, keys, voltage_v)
    kva = keys["capacity_kva"].fill_null(_USUAL_KVA).to_numpy()
    rated_a = np.maximum(kva, 1.0) * 1000 / (len(PHASES) * nominal_v)
    return Phases(
        keys.select("usage_point_id", "day"),
        voltage_v / nominal_v[:, None, None],
        current_a / rated_a[:, None, None],
        nominal_v,
        rated_a,
        hours[has_three],
        keys["is_check"].fill_null(value=False).to_numpy(),
    )


def _stacked(
    rows: pl.DataFrame,
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray, np.ndarray] | None:
    """A row a usage point and day: keys, voltages and currents (days, 3, 96), hours of a slot."""
    if rows.is_empty():
        return None
    ordered = rows.sort(_DAY)
    number = ordered.select(pl.struct(_DAY).rle_id()).to_series().to_numpy()
    keys = ordered.select(_DAY).unique(maintain_order=True)
    values = ordered.select(SLOTS).to_numpy()
    found = np.full((2, keys.height, len(PHASES), SLOTS_PER_DAY), np.nan, dtype=np.float32)
    for at, kind in enumerate(("voltage_{}_v", "current_{}_a")):
        for phase, letter in enumerate(PHASES):
            is_it = (ordered["quantity"] == kind.format(letter)).to_numpy()
            found[at, number[is_it], phase] = values[is_it]
    minutes = ordered.unique(_DAY, keep="first", maintain_order=True)["interval_minutes"]
    hours = minutes.to_numpy().astype(np.float32) / 60
    return keys.rename({"service_date": "day"}), found[0], found[1], hours


def _nominal(window: Window, keys: pl.DataFrame, voltage_v: np.ndarray) -> np.ndarray:
    """The nominal phase voltage of every row: of those possible the one next to the measured."""
    recorded = (
        window.points.sort("valid_from")
        .unique("usage_point_id", keep="last")
        .select("usage_point_id", pl.col("voltage_kv").fill_null(0.38) * 1000 / math.sqrt(3))
    )
    primary = keys.select("usage_point_id").join(
        recorded, on="usage_point_id", how="left", maintain_order="left"
    )["voltage_kv"]
    possible = np.array([*(np.full(keys.height, v) for v in _NOMINAL_V), primary.fill_null(220.0)])
    with np.errstate(all="ignore"):
        highest = np.nanmax(np.nanmedian(voltage_v, axis=2), axis=1)
    highest = np.where(np.isfinite(highest) & (highest > 0), highest, 220.0)
    return possible[np.abs(np.log(possible / highest)).argmin(axis=0), np.arange(keys.height)]


def voltage_loss(seen: Phases | None, rule: Rule) -> pl.DataFrame:
    """FLAGS of days on which a phase had current and too little voltage [share of its slots]."""
    return _signs(seen, rule, "voltage_{}_v", _has_lost_voltage)


def _has_lost_voltage(seen: Phases, rule: Rule) -> np.ndarray:
    low = seen.voltage < rule["voltage_share"]
    is_sound = (seen.voltage >= rule["voltage_share"]).any(axis=1, keepdims=True)
    return low & is_sound & (np.abs(seen.current) > rule["least_current_share"])


def phase_loss(seen: Phases | None, rule: Rule) -> pl.DataFrame:
    """FLAGS of days on which a phase had neither voltage nor current [share of its slots].

    A phase that carries current at other hours of the day without voltage is a case of
    ``voltage_loss``: there its customer merely draws nothing.
    """
    return _signs(seen, rule, "voltage_{}_v", _has_lost_phase)


def _has_lost_phase(seen: Phases, rule: Rule) -> np.ndarray:
    is_sound = (seen.voltage >= rule["sound_share"]).any(axis=1, keepdims=True)
    lost = (seen.voltage < rule["voltage_share"]) & is_sound
    flows = np.abs(seen.current) > rule["least_current_share"]
    carries = (lost & flows).sum(axis=2, keepdims=True) >= rule["least_slots"]
    return lost & ~flows & ~carries


def current_loss(seen: Phases | None, rule: Rule) -> pl.DataFrame:
    """FLAGS of days on which one phase alone had no current, with voltage [share of its slots].

    Customers only: what hangs on an area's phases need not balance.
    """
    return _signs(seen, rule, "current_{}_a", _has_lost_current)


def _has_lost_current(seen: Phases, rule: Rule) -> np.ndarray:
    size = np.abs(seen.current)
    others = (np.nansum(size, axis=1, keepdims=True) - np.nan_to_num(size)) / (len(PHASES) - 1)
    loaded = np.stack([np.delete(size, p, axis=1).min(axis=1) for p in range(len(PHASES))], axis=1)
    return (
        ~seen.is_check[:, None, None]
        & (seen.voltage >= rule["voltage_share"])
        & (size <= rule["lost_share"] * others)
        & (loaded > rule["others_share"])
    )


def reverse_current(seen: Phases | None, rule: Rule) -> pl.DataFrame:
    """FLAGS of days on which the current of one phase ran against the others [share of slots]."""
    return _signs(seen, rule, "current_{}_a", _runs_backwards)


def _runs_backwards(seen: Phases, rule: Rule) -> np.ndarray:
    forward = (seen.current > rule["least_current_share"]).any(axis=1, keepdims=True)
    return (seen.current < -rule["least_current_share"]) & forward


def _signs(seen: Phases | None, rule: Rule, quantity: str, sign: _Sign) -> pl.DataFrame:
    if seen is None:
        return FLAGS.to_frame()
    with np.errstate(invalid="ignore"):
        there = sign(seen, rule)
    counts = there.sum(axis=2)
    row, phase = np.nonzero(counts >= rule["least_slots"])
    measured = (~np.isnan(seen.voltage[row, phase])).sum(axis=1)
    found = seen.keys[row].with_columns(
        pl.col("usage_point_id").alias("subject_id"),
        pl.Series("phase", [PHASES[p] for p in phase.tolist()], dtype=pl.String),
        pl.Series("slots", counts[row, phase]),
        pl.Series("hours", counts[row, phase] * seen.hours[row]),
        pl.Series("magnitude", counts[row, phase] / np.maximum(measured, 1)),
        *(
            pl.Series(name, np.round(of, 4)).fill_nan(None)
            for name, of in _means(seen, there, row, phase).items()
        ),
    )
    return flags(
        found.with_columns(
            pl.format("{} of Un, {} of In", "voltage_share", "current_share").alias("value"),
            pl.lit("like the other phases").alias("expected"),
        ),
        what="usage_point",
        found_in=pl.format(f"measurement_profiles.{quantity}", "phase"),
        evidence=["phase", "slots", "hours", *_MEANS],
    )


def _means(
    seen: Phases, there: np.ndarray, row: np.ndarray, phase: np.ndarray
) -> dict[str, np.ndarray]:
    """Of _MEANS, over the slots that show the sign: float64 (flagged phases,); NaN: unmeasured."""
    if not row.size:
        return {name: np.zeros(0) for name in _MEANS}
    inside = there[row, phase]
    other = (phase[:, None] + np.array([1, 2])) % len(PHASES)
    with warnings.catch_warnings():
        # What is not measured at all in these slots is to stay NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        voltage, current = (
            np.nanmean(np.where(inside, array[row, phase], np.nan), axis=1, dtype=np.float64)
            for array in (seen.voltage, seen.current)
        )
        voltages, currents = (
            np.where(inside[:, None, :], array[row[:, None], other], np.nan)
            for array in (seen.voltage, np.abs(seen.current))
        )
        low, high = np.nanmin(voltages, axis=(1, 2)), np.nanmax(voltages, axis=(1, 2))
        of_others = np.nanmean(currents, axis=(1, 2), dtype=np.float64)
    nominal_v, rated_a = seen.nominal_v[row], seen.rated_a[row]
    found = (
        voltage,
        current,
        voltage * nominal_v,
        current * rated_a,
        low * nominal_v,
        high * nominal_v,
        of_others * rated_a,
    )
    return {name: np.asarray(of) for name, of in zip(_MEANS, found, strict=True)}
