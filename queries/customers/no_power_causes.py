"""What keeps a customer without power, judged from evidence; pure, for cases made by hand.

The order of the checks is that of a service desk: what is announced, what the grid shows around the
customer, what the meter itself says, the account, and last what nobody can see from outside.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

CAUSES = (
    "planned",
    "feeder",
    "transformer",
    "service_line",
    "arrears",
    "terminal_offline",
    "meter_offline",
    "behind_meter",
    "power_is_there",
)
VERDICTS = ("sure", "likely", "possible", "unknown", "excluded")
"""How sure, best first; ``unknown``: the data say nothing of it."""
MOST_OFF_SHARE = 0.5
"""From this share of neighbours without voltage on, the outage is not the customer's own."""
SURE_SHARE = 0.8
DEAD_VOLTAGE_SHARE = 0.1
LIVE_VOLTAGE_SHARE = 0.8
NO_CURRENT_A = 0.05
LONG_OVERDUE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Area:
    """Neighbours at the moment asked about, the customer itself not among them.

    Attributes:
        area_id: Transformer or feeder.
        points: How many are known there.
        off: How many reported that power went and has not come back.
        heard: How many have a reading of that moment.
        drawing: How many of those drew energy.
    """

    area_id: str
    points: int = 0
    off: int = 0
    heard: int = 0
    drawing: int = 0

    @property
    def off_share(self) -> float:
        """Of the neighbours that are known."""
        return self.off / self.points if self.points else 0.0


@dataclass(frozen=True, slots=True)
class Planned:
    """An announced outage that was under way."""

    outage_id: str
    area_kind: str
    area_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one usage point at one moment; what was not measured is None.

    Attributes:
        transformer, feeder: Neighbours there; None: it hangs on none.
        areas_off: Transformer areas of the feeder, of ``areas``, most of which reported power off.
        off_since, off_until: The meter's own report that power went; None: none.
        is_heard: Whether the meter has a reading of that moment.
        energy_wh: Of the interval.
        usual_wh: Median of the same interval over the days before.
        voltage_share: Of the nominal one, the highest phase.
        current_a: The highest phase.
        transformer_voltage_share: At the transformer's own meter.
        is_suspended: The register says that supply is suspended.
        overdue_cny, overdue_days: What is past its day, and since when.
    """

    transformer: Area | None = None
    feeder: Area | None = None
    areas: int = 0
    areas_off: int = 0
    planned: Planned | None = None
    off_since: datetime | None = None
    off_until: datetime | None = None
    is_heard: bool = False
    energy_wh: int | None = None
    usual_wh: float | None = None
    voltage_share: float | None = None
    current_a: float | None = None
    transformer_voltage_share: float | None = None
    is_suspended: bool = False
    overdue_cny: Decimal = Decimal(0)
    overdue_days: int = 0


def judged(seen: Evidence) -> list[tuple[str, str]]:
    """Every cause with its verdict, the most certain first; of equal ones the order of CAUSES."""
    verdicts = {
        "planned": _planned(seen),
        "feeder": _feeder(seen),
        "transformer": _transformer(seen),
        "service_line": _service_line(seen),
        "arrears": _arrears(seen),
        "terminal_offline": _terminal(seen),
        "meter_offline": _meter(seen),
        "behind_meter": _behind(seen),
        "power_is_there": _there(seen),
    }
    order = sorted(
        verdicts, key=lambda cause: (VERDICTS.index(verdicts[cause]), CAUSES.index(cause))
    )
    return [(cause, verdicts[cause]) for cause in order]


def _is_off_around(seen: Evidence) -> bool:
    near = seen.transformer or seen.feeder
    return near is not None and near.off >= 1 and near.off_share >= MOST_OFF_SHARE


def _has_power(seen: Evidence) -> bool:
    """The meter itself shows voltage or energy."""
    is_live = seen.voltage_share is not None and seen.voltage_share >= LIVE_VOLTAGE_SHARE
    return seen.off_since is None and (is_live or bool(seen.energy_wh))


def _planned(seen: Evidence) -> str:
    if seen.planned is None:
        return "excluded"
    if seen.off_since is not None or _is_off_around(seen):
        return "sure"
    return "possible" if _has_power(seen) else "likely"


def _is_whole_feeder(seen: Evidence) -> bool:
    several = seen.areas_off >= 2  # more than the own one
    near = seen.transformer
    is_direct = near is None and _is_off_around(seen)
    return is_direct or (several and (near is None or _is_off_around(seen)))


def _feeder(seen: Evidence) -> str:
    if seen.feeder is None or not seen.feeder.points:
        return "unknown"
    if _has_power(seen) or not _is_whole_feeder(seen):
        return "excluded"
    return "likely" if seen.planned else "sure" if seen.off_since else "likely"


def _transformer(seen: Evidence) -> str:
    near, voltage = seen.transformer, seen.transformer_voltage_share
    if near is None:
        return "excluded"
    is_dead = voltage is not None and voltage < DEAD_VOLTAGE_SHARE
    if not near.points and voltage is None:
        return "unknown"
    if _has_power(seen) or _is_whole_feeder(seen) or not (_is_off_around(seen) or is_dead):
        return "excluded"
    if seen.planned:
        return "likely"
    is_sure = is_dead or near.off_share >= SURE_SHARE
    return "sure" if is_sure and seen.off_since else "likely"


def _service_line(seen: Evidence) -> str:
    """Its own meter alone says that power went."""
    near = seen.transformer or seen.feeder
    if seen.off_since is None:
        return "excluded" if seen.is_heard else "unknown"
    if _is_off_around(seen):
        return "excluded"
    return "likely" if near is not None and near.points else "possible"


def _arrears(seen: Evidence) -> str:
    """A customer in arrears may be cut off; only the register says that it was."""
    if seen.overdue_cny <= 0:
        return "excluded"
    if seen.is_suspended:
        return "sure"
    is_long = seen.overdue_days > LONG_OVERDUE_DAYS and not _has_power(seen)
    return "possible" if is_long and not seen.off_since else "excluded"


def _terminal(seen: Evidence) -> str:
    """Nobody of the area is heard: that says nothing about power, but why nothing is known."""
    near = seen.transformer or seen.feeder
    if seen.is_heard or near is None or seen.off_since:
        return "excluded"
    if not near.points:
        return "unknown"
    return "likely" if near.heard == 0 and near.off == 0 else "excluded"


def _meter(seen: Evidence) -> str:
    near = seen.transformer or seen.feeder
    if seen.is_heard or seen.off_since:
        return "excluded"
    if near is None or not near.points:
        return "unknown"
    return "likely" if near.heard > 0 and not _is_off_around(seen) else "excluded"


def _behind(seen: Evidence) -> str:
    """There is voltage at the meter, yet nothing is drawn that usually is."""
    if seen.off_since or _is_off_around(seen) or not seen.is_heard:
        return "excluded"
    if seen.energy_wh is None and seen.current_a is None:
        return "unknown"
    is_idle = not seen.energy_wh and (seen.current_a or 0.0) <= NO_CURRENT_A
    if not is_idle:
        return "excluded"
    if seen.voltage_share is not None:
        is_live = seen.voltage_share >= LIVE_VOLTAGE_SHARE
        return ("likely" if seen.usual_wh else "possible") if is_live else "excluded"
    near = seen.transformer or seen.feeder
    # Nothing drawn where nothing usually is says nothing.
    is_lit = near is not None and near.drawing > 0 and seen.usual_wh != 0
    return "possible" if is_lit else "unknown"


def _there(seen: Evidence) -> str:
    if seen.off_since or not seen.is_heard:
        return "excluded" if seen.off_since else "unknown"
    if seen.energy_wh:
        return "likely"
    return "excluded"
