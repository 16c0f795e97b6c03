"""The lines of an account's bills with the readings behind each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from queries.billing.account_bills import AccountBills
from queries.billing.frozen_registers import ACTUAL, TOTAL, PointRegisters, UsedSpan
from queries.billing.lines import Line
from queries.billing.money import rounded
from queries.billing.power_factor import power_factor_hundredths
from queries.billing.segments import Segment

QUANTITY_DECIMALS = 6
_PRICE_DECIMALS = 10
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Behind:
    """The readings behind a line; None where there is no single pair of them.

    Attributes:
        count: Pairs of readings.
        previous_at: When the last reading was taken.
        current_at: When this one was; of a demand: when its window ended.
        previous: Last reading [kWh, kvarh; meter side].
        current: This reading [likewise; of a demand: kW].
        ratio: Current × voltage ratio.
        quality: The worst of all.
        used_kwh: What they make; None: it is no energy.
    """

    count: int = 0
    previous_at: datetime | None = None
    current_at: datetime | None = None
    previous: Decimal | None = None
    current: Decimal | None = None
    ratio: Decimal | None = None
    quality: str | None = None
    used_kwh: Decimal | None = None


def bill_rows(bills: AccountBills) -> Iterator[dict]:
    """Every line of the bills that were asked for, as a row of ``billing/bill``."""
    segments = bills.segments
    for line in shown_lines(bills):
        quantity, amount = line.quantity.fraction(0), line.amount.fraction(0)
        first_day, last_day = bills.bills[line.bill]
        of_bill = [one for one in segments if one.bill == line.bill]
        behind = readings_behind(bills, line, of_bill)
        yield {
            "first_day": first_day,
            "last_day": last_day,
            "charge": line.charge,
            "kind": line.kind,
            "component": line.component,
            "period": line.period,
            "tier": line.tier,
            "quantity": rounded(quantity, QUANTITY_DECIMALS),
            "unit": line.unit,
            "unit_price": rounded(line.unit_price, _PRICE_DECIMALS),
            "amount_cny": rounded(amount, 2),
            "rule": ", ".join(
                [*line.rule, *_made_of(bills, line, behind, quantity), *_figures(bills, line)]
            ),
            "basis": basis_of(bills, line),
            "is_estimated": behind.quality not in {None, ACTUAL},
            "is_provisional": bills.is_provisional[line.bill],
            "reading_pairs": behind.count,
            "previous_read_at": behind.previous_at,
            "current_read_at": behind.current_at,
            "previous_reading": behind.previous,
            "current_reading": behind.current,
            "ratio": behind.ratio,
            "reading_quality": behind.quality,
        }


def _made_of(bills: AccountBills, line: Line, behind: Behind, quantity: Fraction) -> Iterator[str]:
    """Why a quantity is not what its readings make: other terms, or a total unlike its periods."""
    if line.kind != "energy" or line.tier is not None or behind.used_kwh is None:
        return
    if quantity == Fraction(behind.used_kwh):
        return
    billed = bills.billed
    has_terms = billed.loss or billed.line_loss_share or billed.deducted or billed.split
    if has_terms or billed.corrections:
        yield "billed_terms"
    elif bills.registers is not None:
        yield bills.registers.rule


def _figures(bills: AccountBills, line: Line) -> list[str]:
    """What a rule was applied to, where the line does not show it."""
    if line.kind == "demand" and line.charge in bills.priced.demand:
        measured = bills.priced.demand[line.charge][0].fraction(0, line.bill)
        return [f"measured {rounded(measured, 4).normalize():f} kW"]
    if line.kind != "power_factor":
        return []
    places = [n for n, one in enumerate(bills.segments) if one.bill == line.bill]
    active, reactive = (
        sum(
            (
                bills.billed.energy(None, bills.segments, channel).fraction(0, n, 0)
                for channel in channels
                if channel in bills.billed.channels
                for n in places
            ),
            Fraction(0),
        )
        for channels in (("import",), ("reactive_import", "reactive_export"))
    )
    factor = power_factor_hundredths(active, reactive)
    counted = f"{rounded(active, 2)} kWh and {rounded(reactive, 2)} kvarh"
    return [] if factor is None else [f"factor {factor / 100:.2f}", counted]


def shown_lines(bills: AccountBills) -> Iterator[Line]:
    """The lines of the bills that were asked for, without those of nothing."""
    for line in bills.priced.lines:
        is_here = line.accounts is None or len(line.accounts)
        if line.bill not in bills.shown or not is_here:
            continue
        if line.quantity.fraction(0) or line.amount.fraction(0):
            yield line


def basis_of(bills: AccountBills, line: Line) -> str | None:
    """What settled a line: ``register``, ``demand_register``, ``interval``, ``lower_bound``.

    None: nothing that is measured.
    """
    if line.kind == "demand":
        if "contract" in line.rule:
            return None
        if bills.registers is None:
            return "interval"
        is_bound = line.charge in bills.registers.lower_bounds
        return "lower_bound" if is_bound else "demand_register"
    return bills.basis if line.unit == "kWh" or line.kind == "power_factor" else None


def readings_behind(bills: AccountBills, line: Line, segments: Sequence[Segment]) -> Behind:
    """The pair of readings behind a line of one bill, or how many there are."""
    if bills.registers is None:
        return Behind()
    points = bills.registers.accounts[0]
    if line.kind == "demand" and basis_of(bills, line) == "demand_register":
        return _demand_behind(points, segments)
    if line.unit != "kWh":
        return Behind()
    channel = "export" if line.component == "generation" else "import"
    spans = joined(
        [
            span
            for segment in segments
            for span in bills.registers.spans_of(0, segment, channel, line.period)
        ]
    )
    if not spans and line.period is not None:
        spans = joined(
            [s for segment in segments for s in bills.registers.spans_of(0, segment, channel, None)]
        )
    return _one_of(spans)


def joined(spans: Sequence[UsedSpan]) -> list[UsedSpan]:
    """Spans that follow one another on one register of one meter as one."""
    found: dict[tuple, list[UsedSpan]] = {}
    for one in spans:
        key = one.usage_point_id, one.span.meter_id, one.channel, one.register, one.span.ratio
        row = found.setdefault(key, [])
        ended = (row[-1].current_at, row[-1].span.current_kwh) if row else None
        if ended == (one.previous_at, one.span.previous_kwh):
            row[-1] = _with(row[-1], one)
        else:
            row.append(one)
    return [one for row in found.values() for one in row]


def _with(first: UsedSpan, second: UsedSpan) -> UsedSpan:
    return replace(
        first,
        span=replace(first.span, current_kwh=second.span.current_kwh),
        current_at=second.current_at,
        quality=min(first.quality, second.quality, key="NESA".index),
        is_exchanged=second.is_exchanged,
        energy_kwh=first.energy_kwh + second.energy_kwh,
    )


def _one_of(spans: Sequence[UsedSpan]) -> Behind:
    if not spans:
        return Behind()
    worst = min((one.quality for one in spans), key="NESA".index)
    used_kwh = sum((one.energy_kwh for one in spans), Decimal(0))
    if len(spans) > 1:
        return Behind(len(spans), quality=worst, used_kwh=used_kwh)
    [one] = spans
    return Behind(
        1,
        one.previous_at,
        one.current_at,
        one.span.previous_kwh,
        one.span.current_kwh,
        Decimal(one.span.ratio),
        worst,
        used_kwh,
    )


def _demand_behind(points: Sequence[PointRegisters], segments: Sequence[Segment]) -> Behind:
    """The demand register's reading that is the maximum of the bill."""
    first_day, end_day = segments[0].first_day, segments[-1].last_day + _DAY
    found = [behind for one in points if (behind := _demand_of(one, first_day, end_day))]
    if len(found) == 1:
        return found[0]
    return Behind(len(found)) if found else Behind()


def _demand_of(point: PointRegisters, first_day: date, end_day: date) -> Behind | None:
    after, until = point.midnight(first_day), point.midnight(end_day)
    best: Behind | None = None
    for meter in point.meters:
        for one in point.readings.get((meter.meter_id, "import", TOTAL), ()):
            at = one.demand_at or one.read_at
            if one.demand_kw is None or not after < at <= until:
                continue
            day = (at - timedelta(microseconds=1)).astimezone(point.zone).date()
            if day < meter.first_day or (meter.end_day is not None and day > meter.end_day):
                continue
            kw = one.demand_kw * meter.ratio
            if best is None or kw > (best.current or Decimal(0)) * (best.ratio or Decimal(1)):
                best = Behind(1, None, at, None, one.demand_kw, meter.ratio, one.quality)
    return best
