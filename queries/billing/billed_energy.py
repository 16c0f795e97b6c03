"""From metered to billed energy (计费电量): every term by itself, and their sum exactly.

Billed = metered (抄见) + transformer loss (变损) + line loss (线损) − deducted sub-meters
(套减分表) ± corrections (退补), and what is split off to another price class (定比定量) is billed
there. Terms of a whole bill are divided over its segments by metered energy, and within a segment
over the periods likewise, the largest remainders first: what no meter says by period has no other
measure (a choice).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from queries.billing.calendar_model import Calendar
from queries.billing.exact_arrays import Exacts
from queries.billing.measured import Measured
from queries.billing.money import apportioned, rounded
from queries.billing.passes import months_in
from queries.billing.power_factor import counted_reactive_kvarh
from queries.billing.registers_used import RegisterError
from queries.billing.segments import Segment, Span
from queries.billing.tariff_model import DemandCharge, Netting
from queries.billing.transformer_loss import (
    LossBand,
    TransformerLoss,
    TransformerRating,
    loss_by_rating,
    loss_by_table,
)

Side = Literal["main", "split"]
_HOURS_A_DAY = 24
_DECIMALS = 2
"""Of a term that is computed, not metered [kWh, kvarh] (a choice, as for losses)."""
_DEDUCTED_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Split:
    """What of the energy of one meter is billed in another price class.

    Attributes:
        share: Of all energy (定比) [0–1]; None: by quantity.
        kwh_per_month: So much a month, of a shorter bill its part of the month, never more than
            there is (定量).
    """

    share: Decimal | None = None
    kwh_per_month: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Correction:
    """Energy billed too little, or below zero too much, before (退补).

    Attributes:
        bill: Place of the bill it is settled with.
        energy_kwh: To bill besides.
        period: Whose; None: divided as the bill's energy is.
        reason: In words, e.g. the number of the order.
    """

    bill: int
    energy_kwh: Decimal
    period: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EnergyTerm:
    """One term of the billed energy.

    Attributes:
        bill: Place of the bill.
        segment: Place of the segment.
        channel: ``import``, ``reactive_import`` …
        period: Of the calendar asked about; None without one.
        term: metered, transformer_no_load, transformer_load, line_loss, deducted, split_off,
            correction.
        energy_kwh: kWh or kvarh; what is taken off is below zero.
        explanation: Figures behind it.
    """

    bill: int
    segment: int
    channel: str
    period: str | None
    term: str
    energy_kwh: Fraction
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class SubMeter:
    """A meter behind the main one whose energy is billed by itself (分表).

    Attributes:
        metered: Of one account.
        first_day: From this day on it is billed by itself.
        last_day: Until this day.
    """

    metered: Measured
    first_day: date = date.min
    last_day: date = date.max

    def within(self, segments: Sequence[Segment]) -> list[tuple[int, Segment]]:
        """The segments with their places, cut to the days on which it is billed by itself."""
        return [
            (
                place,
                replace(
                    one,
                    first_day=max(one.first_day, self.first_day),
                    last_day=min(one.last_day, self.last_day),
                ),
            )
            for place, one in enumerate(segments)
            if one.first_day <= self.last_day and one.last_day >= self.first_day
        ]

    def energy(
        self, calendar: Calendar | None, segments: Sequence[Segment], channel: str
    ) -> list[list[Fraction]]:
        """Energy on those days by segment and period [kWh]."""
        width, inside = len(_periods(calendar)), self.within(segments)
        found = [[Fraction(0)] * width for _ in segments]
        if inside:
            energy = self.metered.energy(calendar, [one for _, one in inside], channel)
            for number, (place, _) in enumerate(inside):
                found[place] = [energy.fraction(0, number, period) for period in range(width)]
        return found


@dataclass(frozen=True, slots=True)
class BilledEnergy:
    """One account's metered load with the terms that make it billed, as ``Measured``.

    Attributes:
        metered: Of one account: registers or intervals.
        bills: First and last day of every bill.
        loss: Name plate or loss table of the transformer before the meter (高供低计); None: there
            is none.
        idle_days: Days of every bill on which the transformer was off; none: 0 each.
        line_loss_share: Of metered energy and transformer loss [0–1].
        deducted: Sub-meters whose energy is billed by itself (主分表套减).
        split: What is billed in another price class; None: nothing.
        side: Which part this is.
        corrections: Of the main part.
    """

    metered: Measured
    bills: tuple[Span, ...]
    loss: TransformerRating | tuple[LossBand, ...] | None = None
    idle_days: tuple[int, ...] = ()
    line_loss_share: Decimal = Decimal(0)
    deducted: tuple[SubMeter, ...] = ()
    split: Split | None = None
    side: Side = "main"
    corrections: tuple[Correction, ...] = ()
    _known: dict[tuple, tuple[EnergyTerm, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.metered.count != 1:
            raise ValueError(f"{self.metered.count} accounts; expected one at a time.")

    @property
    def count(self) -> int:
        """One."""
        return 1

    @property
    def channels(self) -> frozenset[str]:
        """What is billed; a transformer's own reactive energy is only added to what is read."""
        return self.metered.channels

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As ``Measured.energy``, billed."""
        if netting == "interval" or channel == "export":
            found = self.metered.energy(calendar, segments, channel, netting)
            return found if self.side == "main" else Exacts.zeros(found.units.shape)
        periods = _periods(calendar)
        cells = [[Fraction(0)] * len(periods) for _ in segments]
        for one in self.terms(calendar, segments, channel):
            cells[one.segment][periods.index(one.period)] += one.energy_kwh
        flat = Exacts.of([value for row in cells for value in row])
        return Exacts(flat.units.reshape(1, len(segments), len(periods)), flat.per)

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """As metered: loss raises no demand (a choice), and the part split off has none."""
        found = self.metered.maximum(calendar, segments, charge)
        return found if self.side == "main" else Exacts.zeros(found.units.shape)

    def by_tier(  # noqa: PLR0913 - as the protocol has it
        self,
        calendar: Calendar | None,
        segment: Segment,
        limits: Sequence[Sequence[Exacts]],
        used_before: Exacts,
        *,
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As metered; refused where terms change the energy, whose moments nobody knows."""
        if self.loss or self.line_loss_share or self.deducted or self.split or self.corrections:
            raise RegisterError(
                "tiers by the moment cannot be billed with losses, sub-meters or splits. "
                "Choose a tariff whose tiers are additive or pro rata."
            )
        return self.metered.by_tier(
            calendar, segment, limits, used_before, channel=channel, netting=netting
        )

    def terms(
        self, calendar: Calendar | None, segments: Sequence[Segment], channel: str = "import"
    ) -> tuple[EnergyTerm, ...]:
        """Every term by segment and period; those of zero are left out but for the metered."""
        key = calendar, tuple(segments), channel
        if key not in self._known:
            places = {
                bill: [n for n, segment in enumerate(segments) if segment.bill == bill]
                for bill in dict.fromkeys(segment.bill for segment in segments)
            }
            self._known[key] = tuple(
                term
                for bill, of_bill in places.items()
                for term in self._of_bill(bill, of_bill, calendar, segments, channel)
                if term.energy_kwh or term.term == "metered"
            )
        return self._known[key]

    def _of_bill(
        self,
        bill: int,
        places: Sequence[int],
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str,
    ) -> Iterator[EnergyTerm]:
        """The terms of one bill: each is laid over the metered energy, then added to it."""
        periods = _periods(calendar)
        found = self.metered.energy(calendar, segments, channel)
        metered = [
            [found.fraction(0, place, number) for number in range(len(periods))] for place in places
        ]
        sheet = _Sheet(bill, tuple(places), periods, channel, metered)
        yield from sheet.terms("metered", metered)
        sums = [row[:] for row in metered]
        for name, amount, said in self._losses(bill, segments, channel):
            yield from sheet.added(sums, name, sheet.divided(amount, metered), said)
        if self.line_loss_share and channel == "import":
            loss = rounded(sheet.total(sums) * Fraction(self.line_loss_share), _DECIMALS)
            said = f"{self.line_loss_share} of {_text(sheet.total(sums))} kWh"
            yield from sheet.added(sums, "line_loss", sheet.divided(loss, metered), said)
        for number, meter in enumerate(self.deducted):
            taken = self._deducted(meter, sheet, calendar, segments, metered)
            yield from sheet.added(sums, "deducted", taken, f"sub-meter {number + 1}")
        yield from self._split_off(sheet, sums, segments)
        if channel == "import" and self.side == "main":
            for one in self.corrections:
                if one.bill == bill:
                    amounts = sheet.corrected(one, sums)
                    yield from sheet.added(sums, "correction", amounts, one.reason)

    def _losses(
        self, bill: int, segments: Sequence[Segment], channel: str
    ) -> list[tuple[str, Decimal, str]]:
        """Loss of the bill's transformer, term by term, with the figures behind it."""
        if not self.loss or channel not in {"import", "reactive_import"}:
            return []
        of_bill = [segment for segment in segments if segment.bill == bill]
        active = _sum(self.metered, of_bill, "import")
        reactive = sum(
            (
                abs(_sum(self.metered, of_bill, name))
                for name in ("reactive_import", "reactive_export")
                if name in self.metered.channels
            ),
            Fraction(0),
        )
        days = sum(segment.days for segment in of_bill)
        days -= self.idle_days[bill] if self.idle_days else 0
        hours = days * _HOURS_A_DAY
        if not hours and (active or reactive):
            raise RegisterError(
                f"{_text(active)} kWh and {_text(reactive)} kvarh from {of_bill[0].first_day} to "
                f"{of_bill[-1].last_day}, when the transformer was off. Correct the status or "
                "operating_capacity_kva of the usage point, or the readings."
            )
        lost, said = _loss(self.loss, active, reactive, hours)
        if channel == "import":
            both = lost.no_load_kwh, lost.load_kwh
        else:
            both = lost.no_load_kvarh, lost.load_kvarh
        names = "transformer_no_load", "transformer_load"
        return [(name, kwh, said) for name, kwh in zip(names, both, strict=True)]

    def _deducted(
        self,
        meter: SubMeter,
        sheet: "_Sheet",
        calendar: Calendar | None,
        segments: Sequence[Segment],
        metered: Sequence[Sequence[Fraction]],
    ) -> list[list[Fraction]]:
        """What a sub-meter takes off, below zero; by its own periods, else by the main meter's."""
        if sheet.channel not in meter.metered.channels:
            return [[Fraction(0)] * len(sheet.periods) for _ in sheet.places]
        try:
            found = meter.energy(calendar, segments, sheet.channel)
            by_period = _negated([found[place] for place in sheet.places])
        except RegisterError:  # a total register only
            totals = meter.energy(None, segments, sheet.channel)
            by_period = [
                [-part for part in _parts(totals[place][0], row, _DEDUCTED_DECIMALS)]
                for place, row in zip(sheet.places, metered, strict=True)
            ]
        taken, there = -sheet.total(by_period), sheet.total(metered)
        if taken > there:
            raise RegisterError(
                f"sub-meters counted {_text(taken)} kWh, more than the main meter's "
                f"{_text(there)}. Correct deducted_from_usage_point_id or the readings."
            )
        return by_period

    def _split_off(
        self, sheet: "_Sheet", sums: list[list[Fraction]], segments: Sequence[Segment]
    ) -> Iterator[EnergyTerm]:
        """What is billed in the other price class; on that side everything else is taken off.

        Reactive energy is divided as active energy is, so both sides have the meter's power factor.
        """
        if self.split is None:
            return
        amount, said = self._amount_split_off(sheet, sums, segments)
        amounts = sheet.divided(amount, sums)
        if self.side == "main":
            yield from sheet.added(sums, "split_off", _negated(amounts), said)
            return
        rest = [
            [part - value for part, value in zip(parts, row, strict=True)]
            for parts, row in zip(amounts, sums, strict=True)
        ]
        yield from sheet.added(sums, "split_off", rest, f"all but {said}")

    def _amount_split_off(
        self, sheet: "_Sheet", sums: Sequence[Sequence[Fraction]], segments: Sequence[Segment]
    ) -> tuple[Decimal, str]:
        """How much, and the figures behind it; a quantity a month counts by the bill's months."""
        split, total = self.split, sheet.total(sums)
        if split is None or not total:
            return Decimal(0), "nothing"
        if split.share is not None:
            return rounded(total * Fraction(split.share), _DECIMALS), f"share {split.share}"
        months = months_in(*self.bills[sheet.bill])
        quantity = Fraction(split.kwh_per_month) * months
        if sheet.channel != "import":
            active = self.metered.energy(None, segments)
            used = sum((active.fraction(0, place, 0) for place in sheet.places), Fraction(0))
            share = min(quantity / used, Fraction(1)) if used else Fraction(0)
            return rounded(total * share, _DECIMALS), "share of the active energy"
        said = f"{split.kwh_per_month} kWh a month"
        if months != 1:
            said += f", {months} months"
        return rounded(min(quantity, total), _DEDUCTED_DECIMALS), said


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The segments of one bill by period: terms are divided over it and added up on it."""

    bill: int
    places: tuple[int, ...]
    periods: tuple[str | None, ...]
    channel: str
    metered: list[list[Fraction]]

    def terms(
        self, name: str, amounts: Sequence[Sequence[Fraction]], said: str = ""
    ) -> Iterator[EnergyTerm]:
        """One term a segment and period."""
        for place, row in zip(self.places, amounts, strict=True):
            for period, amount in zip(self.periods, row, strict=True):
                yield EnergyTerm(self.bill, place, self.channel, period, name, amount, said)

    def added(
        self,
        sums: list[list[Fraction]],
        name: str,
        amounts: Sequence[Sequence[Fraction]],
        said: str,
    ) -> Iterator[EnergyTerm]:
        """The terms, added to ``sums``."""
        for row, more in zip(sums, amounts, strict=True):
            row[:] = [a + b for a, b in zip(row, more, strict=True)]
        yield from self.terms(name, amounts, said)

    def total(self, amounts: Sequence[Sequence[Fraction]]) -> Fraction:
        """Sum over segments and periods."""
        return sum((value for row in amounts for value in row), Fraction(0))

    def divided(self, amount: Decimal, by: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
        """``amount`` over the segments, then over the periods of each, as ``by`` is."""
        decimals = _DEDUCTED_DECIMALS
        parts = _parts(Fraction(amount), [sum(row, Fraction(0)) for row in by], decimals)
        return [_parts(part, row, decimals) for part, row in zip(parts, by, strict=True)]

    def corrected(self, one: Correction, by: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
        """A correction of one period, or divided as the energy is."""
        if one.period is None or self.periods == (None,):
            return self.divided(one.energy_kwh, by)
        if one.period not in self.periods:
            raise RegisterError(
                f"correction of {one.energy_kwh} kWh in period {one.period}; expected one of "
                f"{', '.join(map(str, self.periods))}."
            )
        number = self.periods.index(one.period)
        zero = [Fraction(0)] * len(self.periods)
        rows = [zero[:] for _ in self.places]
        rows[-1][number] = Fraction(one.energy_kwh)
        return rows


def _parts(amount: Fraction, weights: Sequence[Fraction], decimals: int) -> list[Fraction]:
    """``amount`` divided as the weights are, exactly; all in the first where none weighs."""
    if not amount:
        return [Fraction(0)] * len(weights)
    shares = [max(weight, Fraction(0)) for weight in weights]
    if not any(shares):
        return [amount, *([Fraction(0)] * (len(weights) - 1))]
    cut = rounded(amount, decimals)
    parts = [Fraction(part) for part in apportioned(cut, shares, decimals)]
    largest = max(range(len(parts)), key=lambda n: shares[n])
    parts[largest] += amount - Fraction(cut)
    return parts


def _loss(
    loss: TransformerRating | tuple[LossBand, ...],
    active: Fraction,
    reactive: Fraction,
    hours: int,
) -> tuple[TransformerLoss, str]:
    if isinstance(loss, TransformerRating):
        counted = counted_reactive_kvarh(rounded(reactive, _DEDUCTED_DECIMALS), Decimal(0))
        lost = loss_by_rating(
            loss, active_kwh=active, reactive_kvarh=counted, energised_hours=hours
        )
        return lost, (
            f"{loss.rated_kva} kVA, {loss.no_load_loss_kw} kW no-load, {loss.load_loss_kw} kW "
            f"load, {hours} h, {_text(active)} kWh, {_text(reactive)} kvarh"
        )
    lost = loss_by_table(rounded(active, _DEDUCTED_DECIMALS), loss)
    return lost, f"by table, {_text(active)} kWh"


def _sum(measured: Measured, segments: Sequence[Segment], channel: str) -> Fraction:
    found = measured.energy(None, segments, channel)
    return sum((found.fraction(0, n, 0) for n in range(len(segments))), Fraction(0))


def _periods(calendar: Calendar | None) -> tuple[str | None, ...]:
    return (None,) if calendar is None else calendar.periods


def _negated(amounts: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    return [[-value for value in row] for row in amounts]


def _text(value: Fraction) -> str:
    return f"{rounded(value, _DECIMALS):f}"


def billed_terms(terms: Sequence[EnergyTerm]) -> Mapping[tuple[int, str | None, str], Fraction]:
    """Sums of terms by bill, period and name."""
    found: dict[tuple[int, str | None, str], Fraction] = {}
    for one in terms:
        key = one.bill, one.period, one.term
        found[key] = found.get(key, Fraction(0)) + one.energy_kwh
    return found
