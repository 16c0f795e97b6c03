"""The limits by which the grid is judged, read from ``grid_limits.toml``."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from queries.settings import PROJECT, Settings

FILE_NAME = "grid_limits.toml"
_SHIPPED = PROJECT / "data" / FILE_NAME


class LimitsError(ValueError):
    """The limits cannot be used; the message names file and key, and what is expected there."""


@dataclass(frozen=True, slots=True)
class GridLimits:
    """Limits of loading, phases and voltages. Their sources stand in the file.

    Attributes:
        heavy_share: Loading (负载率) from which a transformer is heavily loaded (重载).
        overload_share: Loading above which it is overloaded (过载).
        least_hours: How long either has to last [h].
        assumed_power_factor: Where no reactive energy is metered.
        least_read_share: Of the customers that stand for a transformer without a meter.
        imbalance_share: Largest imbalance of the phase currents (三相不平衡度).
        imbalance_from_share: Loading above which imbalance is judged.
        nominal_v: Phase to neutral [V].
        low_v, high_v: Outside of them the voltage is not qualified [V].
        lost_v: Below it a phase is lost [V].
        qualified_share: Of a customer's time, within ``low_v`` and ``high_v``.
        loss_share: Largest loss of a transformer area (台区线损率).
        gain_share: How far below 0 the loss may be.
        current_share: Largest phase current, of the rated one.
        stale_minutes: Age from which data are not the present.
    """

    heavy_share: float
    overload_share: float
    least_hours: float
    assumed_power_factor: float
    least_read_share: float
    imbalance_share: float
    imbalance_from_share: float
    nominal_v: float
    low_v: float
    high_v: float
    lost_v: float
    qualified_share: float
    loss_share: float
    gain_share: float
    current_share: float
    stale_minutes: float

    @property
    def least_slots(self) -> int:
        """``least_hours`` in quarters of an hour."""
        return max(1, round(self.least_hours * 4))


def grid_limits(settings: Settings) -> GridLimits:
    """The limits in force: the shipped ones, and what the data folder's own file changes.

    Raises:
        LimitsError: a key is unknown, or its value is not a number above 0.
    """
    own = settings.data / FILE_NAME
    changed = own.stat().st_mtime_ns if own.is_file() else 0
    return _limits(own, changed)


def shipped_limits() -> GridLimits:
    """The limits that come with Fenggu."""
    return _limits(_SHIPPED, 0)


@lru_cache(maxsize=8)
def _limits(own: Path, _changed: int) -> GridLimits:
    tables = _read(_SHIPPED)
    if own.is_file() and own.resolve() != _SHIPPED.resolve():
        tables = _laid_over(tables, _read(own), own)
    loading, imbalance, voltage = tables["loading"], tables["imbalance"], tables["voltage"]
    nominal_v = voltage["nominal_v"]
    return GridLimits(
        **loading,
        imbalance_share=imbalance["limit_share"],
        imbalance_from_share=imbalance["least_loading_share"],
        nominal_v=nominal_v,
        low_v=nominal_v * (1 - voltage["below_share"]),
        high_v=nominal_v * (1 + voltage["above_share"]),
        lost_v=nominal_v * voltage["lost_share"],
        qualified_share=voltage["least_qualified_share"],
        loss_share=tables["loss"]["limit_share"],
        gain_share=tables["loss"]["below_share"],
        current_share=tables["current"]["limit_share"],
        **tables["data"],
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LimitsError(
            f"{path}: not a TOML file in UTF-8: {error}. Correct that line."
        ) from error


def _laid_over(
    known: Mapping[str, Mapping[str, float]], given: Mapping[str, Any], path: Path
) -> dict[str, dict[str, float]]:
    merged = {name: dict(table) for name, table in known.items()}
    for name, table in given.items():
        if name not in known or not isinstance(table, dict):
            raise LimitsError(f"{path}: no table [{name}]; known are {', '.join(known)}.")
        for key, value in table.items():
            if key not in known[name]:
                raise LimitsError(
                    f"{path}: no key '{key}' in [{name}]; known are {', '.join(known[name])}."
                )
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or value <= 0:
                raise LimitsError(
                    f"{path}: '{name}.{key}' is {value!r}; a number above 0 is expected."
                )
            merged[name][key] = float(value)
    return merged
