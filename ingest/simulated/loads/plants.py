"""Workshops and plants: shifts, machines that switch, furnaces, orders, and capacitors."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.comfort import cooling_share, felt_c, heating_share
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.industries import (
    ONE_SHIFT,
    THREE_SHIFTS,
    TWO_SHIFTS,
    WORKSHOPS,
    Industry,
)
from ingest.simulated.loads.opening import (
    HOURS,
    festival_pause,
    is_festive,
    shift_share,
    times_daily,
)
from ingest.simulated.loads.reactive_power import (
    NO_CAPACITORS,
    Capacitors,
    compensated,
    draw_capacitors,
    lagging_share,
)
from ingest.simulated.loads.switching import autoregressive, batches_w, machines_w
from ingest.simulated.loads.trades import Trade, size_kw, weighted
from ingest.simulated.surroundings.setting import Setting

_MAGNETISING_SHARE = 0.012  # reactive power of an idle transformer, of its rating
_FURNACE_VAR_PER_W = 0.2
_CHEAP_HOURS = (HOURS >= 22) | (HOURS < 5)
_SATURDAY, _SUNDAY = 5, 6
_BACKLOG_ODDS = 0.7
_COMING_SHARE, _GOING_SHARE = 0.6, 0.5  # first and last quarter of an hour: setting up, sweeping
_NOISE_SHARE = 0.04
_COOLING_FROM_C, _HEATING_BELOW_C = 24.0, 12.0


@dataclass(frozen=True, slots=True)
class Plant:
    """What was drawn for one workshop or plant.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it makes.
        machines_kw: Power of each machine that is switched for its jobs.
        on_h, off_h: How long a machine runs and rests on average while it is manned.
        process_kw: Fans, pumps, conveyors, light: on while people work.
        furnace_kw: Furnace, run batch by batch; 0: none.
        batch_h: How long a batch takes to heat, to hold and to unload.
        is_night_furnace: The furnace is run in the cheap hours from 22 to 5 o'clock only.
        cold_kw: Refrigeration, day and night.
        base_kw: Guards, standby, leaks in compressed air.
        cooling_kw, heating_kw: Of offices and halls.
        shift: Share of the machines manned in every slot of a working day (96 values).
        rests: Weekdays without work, 0 Monday … 6 Sunday; a make-up workday is worked.
        backlog_from: Orders above which a Saturday of rest is worked.
        works_holidays: Share that goes on through holidays.
        empty_before, empty_after, ramp_days: The pause of Spring Festival, as in
            ``festival_pause``.
        power_factor: Of its motors, before capacitors.
        capacitors: Its bank.
        magnetising_kvar: Of its own transformer; 0 at low voltage.
    """

    connected_kw: float
    trade: Trade
    machines_kw: tuple[float, ...]
    on_h: float
    off_h: float
    process_kw: float
    furnace_kw: float
    batch_h: tuple[float, float, float]
    is_night_furnace: bool
    cold_kw: float
    base_kw: float
    cooling_kw: float
    heating_kw: float
    shift: tuple[float, ...]
    rests: tuple[int, ...]
    backlog_from: float
    works_holidays: float
    empty_before: float
    empty_after: float
    ramp_days: float
    power_factor: float
    capacitors: Capacitors
    magnetising_kvar: float


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """How a plant on so many shifts works."""

    shift: np.ndarray
    jobs_h: tuple[float, float]
    rests: tuple[int, ...]
    works_holidays: float
    pause: tuple[float, float, float]
    base_share: float
    is_night_furnace: bool = False


def draw_workshop(stream: np.random.Generator, area_kind: str) -> Plant:
    """A workshop on one shift, supplied at low voltage."""
    industry = weighted(stream, WORKSHOPS)
    connected_kw = size_kw(stream, 15.0, 60.0 if area_kind == "rural" else 150.0)
    return _drawn(stream, industry, connected_kw, _one_shift(stream, shortest_job_h=0.4))


def draw_one_shift(stream: np.random.Generator, area_kind: str) -> Plant:
    """A plant at medium voltage that works by day, Sundays excepted."""
    del area_kind
    industry = weighted(stream, ONE_SHIFT)
    return _drawn(
        stream, industry, size_kw(stream, 160.0, 1000.0), _one_shift(stream, shortest_job_h=0.6)
    )


def draw_two_shift(stream: np.random.Generator, area_kind: str) -> Plant:
    """A plant at medium voltage that works from early morning to midnight."""
    del area_kind
    begins = round(stream.uniform(7.0, 8.0) * 2) / 2
    middle, ends = begins + 8, min(begins + 16, 24.0)
    breaks = [
        (begins, begins + 0.25, _COMING_SHARE),
        (begins + 4, begins + 4.5, 0.45),
        (middle - 0.25, middle + 0.25, 0.6),
        (middle + 3, middle + 3.5, 0.45),
        (ends - 0.25, ends, _GOING_SHARE),
    ]
    rhythm = _Rhythm(
        shift=shift_share([(begins, ends)], breaks),
        jobs_h=(stream.uniform(1.0, 3.0), stream.uniform(0.3, 0.9)),
        rests=(_SUNDAY,),
        works_holidays=0.0,
        pause=_pause(stream),
        base_share=stream.uniform(0.05, 0.1),
    )
    return _drawn(stream, weighted(stream, TWO_SHIFTS), size_kw(stream, 200.0, 1250.0), rhythm)


def draw_three_shift(stream: np.random.Generator, area_kind: str) -> Plant:
    """A plant at medium voltage that never sleeps; four in ten pause over Spring Festival."""
    del area_kind
    is_pausing = stream.random() < 0.4
    pause = (stream.uniform(1, 4), stream.uniform(3, 7), stream.uniform(1, 4))
    breaks = [(hour - 0.25, hour + 0.25, stream.uniform(0.8, 0.95)) for hour in (8, 16, 24)]
    rhythm = _Rhythm(
        shift=shift_share([(0, 24)], [*breaks, (11.5, 12.25, 0.88), (18, 18.75, 0.88)]),
        jobs_h=(stream.uniform(1.5, 4.0), stream.uniform(0.6, 1.5)),
        rests=(),
        works_holidays=stream.uniform(0.8, 1.0),
        pause=pause if is_pausing else (-1.0, 0.0, 0.0),
        base_share=stream.uniform(0.04, 0.08),
        is_night_furnace=stream.random() < 0.5,
    )
    return _drawn(stream, weighted(stream, THREE_SHIFTS), size_kw(stream, 315.0, 2000.0), rhythm)


def _one_shift(stream: np.random.Generator, shortest_job_h: float) -> _Rhythm:
    begins = round(stream.uniform(7.5, 8.5) * 2) / 2
    ends = begins + 9 + round(stream.uniform(0.0, 1.0) * 2) / 2
    breaks = [
        (begins, begins + 0.25, _COMING_SHARE),
        (12.0, 13.0, stream.uniform(0.1, 0.3)),
        (ends - 0.25, ends, _GOING_SHARE),
    ]
    rests = (_SUNDAY,) if stream.random() < 0.65 else (_SATURDAY, _SUNDAY)
    return _Rhythm(
        shift=shift_share([(begins, ends)], breaks),
        jobs_h=(shortest_job_h * stream.uniform(1, 3), shortest_job_h * stream.uniform(0.4, 1.2)),
        rests=rests,
        works_holidays=0.0,
        pause=_pause(stream),
        base_share=stream.uniform(0.03, 0.07),
    )


def _pause(stream: np.random.Generator) -> tuple[float, float, float]:
    """Seven to twenty days; people leave before and come back until the Lantern Festival."""
    return stream.uniform(2.0, 7.0), stream.uniform(5.0, 13.0), stream.uniform(2.0, 8.0)


def _drawn(
    stream: np.random.Generator, industry: Industry, connected_kw: float, rhythm: _Rhythm
) -> Plant:
    parts = (industry.machines, industry.process, industry.furnace, industry.cold)
    base_kw = rhythm.base_share * connected_kw
    cooling_kw, heating_kw = (float(kw) for kw in connected_kw * stream.uniform(0.0, 0.05, 2))
    drawn = np.array(parts) * stream.uniform(0.75, 1.25, 4)
    # Nobody connects what is never left over: busy days come close to it, few reach it.
    installed_kw = connected_kw - base_kw - cooling_kw - heating_kw
    drawn *= stream.uniform(0.72, 0.92) * installed_kw / drawn.sum()
    machines_kw, process_kw, furnace_kw, cold_kw = (float(kw) for kw in drawn)
    is_large = connected_kw > 200
    count = int(stream.integers(8, 14) if is_large else stream.integers(4, 10))
    sizes = stream.uniform(0.3, 1.7, count)
    power_factor = stream.uniform(0.72, 0.86)
    wanted_kvar = 0.62 * (connected_kw - furnace_kw) * lagging_share(power_factor)
    is_compensated = is_large or connected_kw > 80
    return Plant(
        connected_kw=connected_kw,
        trade=industry.trade,
        machines_kw=tuple(float(kw) for kw in sizes * (machines_kw / sizes.sum())),
        on_h=rhythm.jobs_h[0],
        off_h=rhythm.jobs_h[1],
        process_kw=process_kw,
        furnace_kw=furnace_kw,
        batch_h=(stream.uniform(0.8, 2.0), stream.uniform(2.0, 5.0), stream.uniform(0.4, 1.2)),
        is_night_furnace=rhythm.is_night_furnace,
        cold_kw=cold_kw,
        base_kw=base_kw,
        cooling_kw=cooling_kw,
        heating_kw=heating_kw,
        shift=tuple(float(share) for share in rhythm.shift),
        rests=rhythm.rests,
        backlog_from=stream.uniform(1.0, 1.1),
        works_holidays=rhythm.works_holidays,
        empty_before=rhythm.pause[0],
        empty_after=rhythm.pause[1],
        ramp_days=rhythm.pause[2],
        power_factor=power_factor,
        capacitors=draw_capacitors(stream, wanted_kvar) if is_compensated else NO_CAPACITORS,
        magnetising_kvar=_MAGNETISING_SHARE * connected_kw if is_large else 0.0,
    )


def demand(plant: Plant, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a plant by its shifts, its jobs, its orders and the weather."""
    orders = setting.economy.orders(plant.trade.economy_group or "manufacturing")
    staffed = _staffed(plant, setting, orders, stream)
    manned = times_daily(np.array(plant.shift, dtype=np.float32), staffed)
    watts = times_daily(manned * _machines_w(plant, manned > 0, stream), orders)
    watts += times_daily(manned, 1e3 * plant.process_kw * (0.3 + 0.6 * orders))
    watts += 1e3 * _climate_kw(plant, setting, manned)
    watts += 1e3 * plant.base_kw
    watts *= np.maximum(1 + _NOISE_SHARE * autoregressive(stream, watts.size, 0.6), 0.5)
    drawn_var = watts * lagging_share(plant.power_factor)
    drawn_var += 1e3 * plant.magnetising_kvar
    if plant.furnace_kw:
        furnace_w = times_daily(_furnace_w(plant, manned > 0, stream), staffed * orders)
        watts += furnace_w
        drawn_var += furnace_w * _FURNACE_VAR_PER_W
    np.minimum(watts, 1e3 * plant.connected_kw, out=watts)
    return Demand(watts, compensated(drawn_var, plant.capacitors))


def _staffed(
    plant: Plant, setting: Setting, orders: np.ndarray, stream: np.random.Generator
) -> np.ndarray:
    """Share of the people at work, float32 (days,)."""
    days = setting.days
    works = days.is_workday | ((days.weekday >= _SATURDAY) & ~np.isin(days.weekday, plant.rests))
    backlog = (days.weekday == _SATURDAY) & (orders > plant.backlog_from)
    works |= backlog & (stream.random(works.size) < _BACKLOG_ODDS)
    share = np.where(is_festive(days), np.float32(plant.works_holidays), works)
    share *= 1 - 0.06 * stream.random(works.size, dtype=np.float32)
    share *= festival_pause(days, plant.empty_before, plant.empty_after, plant.ramp_days)
    return share.astype(np.float32)


def _machines_w(plant: Plant, is_manned: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Machines, float32 (slots,) [W]: they switch in working time and stand still in between."""
    watts = np.zeros(is_manned.size, dtype=np.float32)
    powers_w = tuple(1e3 * kw for kw in plant.machines_kw)
    watts[is_manned] = machines_w(stream, powers_w, plant.on_h, plant.off_h, int(is_manned.sum()))
    return watts


def _furnace_w(plant: Plant, is_manned: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """The furnace, float32 (slots,) [W], batch after batch in the time it may be run."""
    is_run = is_manned
    if plant.is_night_furnace:
        is_run = (is_manned.reshape(-1, HOURS.size) & _CHEAP_HOURS).ravel()
    watts = np.zeros(is_manned.size, dtype=np.float32)
    watts[is_run] = batches_w(stream, 1e3 * plant.furnace_kw, plant.batch_h, int(is_run.sum()))
    return watts


def _climate_kw(plant: Plant, setting: Setting, manned: np.ndarray) -> np.ndarray:
    """Cooling and heating of halls and offices, and refrigeration, (slots,) [kW]."""
    felt = felt_c(setting.weather)
    kw = plant.cooling_kw * cooling_share(felt, _COOLING_FROM_C)
    kw += plant.heating_kw * heating_share(felt, _HEATING_BELOW_C)
    kw *= 0.3 + 0.7 * manned
    if plant.cold_kw:
        kw += plant.cold_kw * np.clip(0.45 + 0.015 * felt, 0.3, 0.9) * (0.6 + 0.4 * manned)
    return kw
