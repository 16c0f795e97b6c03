"""Every rule over one window."""

from collections.abc import Iterator

import polars as pl

from ingest.validation import clocks, frozen, levels, phases, registers, silence, stopped
from ingest.validation.rules import Rules
from ingest.validation.window import Window

STOPPED = "stopped"
"""The rule that goes by what it found before: a meter that stands has no history of its own."""


def judged(
    window: Window, rules: Rules, standing: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame]]:
    """FLAGS of every rule by its name.

    Args:
        window: The days.
        rules: Thresholds.
        standing: ``rule``, ``subject_id`` and ``last_day`` of findings before the window.
    """
    yield "clock_drift", clocks.clock_drift(window, rules["clock_drift"])
    yield "clock_rate", clocks.clock_rate(window, rules["clock_rate"])
    yield "future_time", clocks.future_time(window, rules["future_time"])
    yield from _of_registers(window, rules)
    yield "spike", levels.spike(window, rules["spike"])
    yield "above_limit", levels.above_limit(window, rules["above_limit"])
    yield "reverse_energy", levels.reverse_energy(window, rules["reverse_energy"])
    yield "frozen_curve", frozen.frozen_curve(window, rules["frozen_curve"])
    still = standing.filter(pl.col("rule") == STOPPED).select("subject_id", "last_day")
    yield STOPPED, stopped.stopped(window, rules[STOPPED], still)
    yield from _of_phases(window, rules)
    silent = silence.silent_days(window, rules["offline"]["cut_off_hours"])
    dark = silence.areas(silent, rules["area_offline"])
    yield "area_offline", silence.area_offline(dark)
    yield "offline", silence.offline(silent, dark)


def _of_registers(window: Window, rules: Rules) -> Iterator[tuple[str, pl.DataFrame]]:
    for name in ("register_decrease", "register_rollover", "register_exchange"):
        yield name, registers.register_outcome(window, rules[name])
    mismatch = rules["register_mismatch"]
    yield "register_mismatch", registers.register_mismatch(window, mismatch)
    yield (
        "zero_for_missing",
        registers.zero_for_missing(window, rules["zero_for_missing"], mismatch),
    )
    yield (
        "frozen_register",
        registers.frozen_register(window, rules["frozen_register"], mismatch),
    )
    yield "duplicate_differs", registers.duplicate_differs(window, rules["duplicate_differs"])


def _of_phases(window: Window, rules: Rules) -> Iterator[tuple[str, pl.DataFrame]]:
    seen = phases.phases(window)
    yield "voltage_loss", phases.voltage_loss(seen, rules["voltage_loss"])
    yield "phase_loss", phases.phase_loss(seen, rules["phase_loss"])
    yield "current_loss", phases.current_loss(seen, rules["current_loss"])
    yield "reverse_current", phases.reverse_current(seen, rules["reverse_current"])
