"""What sums and maxima of slots cannot bill, and why."""

from queries.billing.calendar_model import Calendar
from queries.billing.tariff_model import Charge, DemandCharge, EnergyCharge
from queries.schema import SLOT_MINUTES

REASONS = {
    "daily_tiers": "tiers that start again every day need every day's energy",
    "bill_cycle_tiers": "tiers that start again on reading days need the days",
    "chronological_tiers": "which tier a moment has reached is lost in a month's sums",
    "interval_netting": "import less export of every interval is lost in a month's sums",
    "longer_window": "a demand window longer than the slot is no maximum of single slots",
    "highest_days": "the mean of several days' maxima needs every day's maximum",
    "coincident_demand": "the demand at the system's peak needs that very interval",
    "apparent_demand": "kVA of an interval need its active and reactive energy together",
    "break_days": "the calendar tells days of a break from like days outside it, the cube does not",
    "event_days": "declared event days are in the cube among the days like them",
    "days_told_apart": "the calendar tells days apart that the cube has added up",
    "cut_within_cell": "a bill, tariff or tier counter changes within a month",
    "totals_only": "of this channel the cube holds totals of months, no slots",
    "no_maxima": "the cube holds no maxima of slots",
}
"""Why a charge is billed from the day rows instead."""


class CubeLimit(ValueError):  # noqa: N818 - a reason, not a fault
    """A charge that this cube cannot bill; ``reason`` is one of ``REASONS``."""

    def __init__(self, reason: str) -> None:
        """Say the reason in words as well."""
        super().__init__(f"{reason}: {REASONS[reason]}")
        self.reason = reason


def cube_limits(charge: Charge) -> tuple[str, ...]:
    """Why the stored cubes (month × class of day × slot) cannot bill ``charge``; empty: they can.

    The codes are those of ``REASONS``. A change of tariff within a month is not the charge's own
    and is found by the cube itself.
    """
    if isinstance(charge, EnergyCharge):
        return (*_energy_limits(charge), *calendar_limits(charge.calendar))
    if isinstance(charge, DemandCharge):
        return (*demand_limits(charge), *calendar_limits(charge.calendar))
    return ()


def _energy_limits(charge: EnergyCharge) -> tuple[str, ...]:
    found = []
    if charge.netting == "interval":
        found.append("interval_netting")
    if charge.tiers is not None:
        if charge.tiers.reset.every == "day":
            found.append("daily_tiers")
        if charge.tiers.reset.every == "bill_cycle":
            found.append("bill_cycle_tiers")
        if charge.tiers.meeting == "chronological" and charge.calendar is not None:
            found.append("chronological_tiers")
    return tuple(found)


def demand_limits(charge: DemandCharge) -> tuple[str, ...]:
    """Why a maximum of slots is not the demand that ``charge`` asks for."""
    found = []
    if charge.window_minutes is not None and charge.window_minutes > SLOT_MINUTES:
        found.append("longer_window")
    if charge.highest_days > 1:
        found.append("highest_days")
    if charge.is_coincident:
        found.append("coincident_demand")
    if charge.in_kva:
        found.append("apparent_demand")
    return tuple(found)


def calendar_limits(calendar: Calendar | None) -> tuple[str, ...]:
    """Why classes of days are too coarse for a calendar.

    A class knows the weekday and a holiday's own days, not the other days of its break, and
    nothing of declared events.
    """
    if calendar is None:
        return ()
    heads = {tag.partition(":")[0] for tag in calendar.tags}
    found = []
    if heads & {"break", "break_of_3_days_or_more"}:
        found.append("break_days")
    if "event" in heads:
        found.append("event_days")
    return tuple(found)
