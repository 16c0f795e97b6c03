"""The bills of an account made from an open lake: terms, readings, billed energy, prices.

What the questions of a bill share; each of them shows one side of it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_load import READS as LOAD_READS
from queries.billing.account_load import (
    AccountLoad,
    ReadingSource,
    account_load,
    calendars_of,
)
from queries.billing.account_terms import READS as TERMS_READS
from queries.billing.account_terms import (
    account_terms,
    agreement_of,
    decimal_of,
    tariff_code_of,
    tariff_named,
)
from queries.billing.accounts import Accounts, Agreement
from queries.billing.billed_energy import BilledEnergy, Side, Split, SubMeter
from queries.billing.calendar_model import EVERY_MONTH, Calendar
from queries.billing.calendar_text import calendar_text
from queries.billing.errors import TariffError
from queries.billing.lines import Priced
from queries.billing.pricing import price
from queries.billing.register_measured import RegisterMeasured
from queries.billing.registers_used import RegisterError
from queries.billing.segments import Segment, Span, cut, cuts_of, months
from queries.billing.tariff_model import (
    EnergyCharge,
    Tariff,
)
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.billing.tier_resets import reset_period
from queries.billing.transformer_loss import TransformerRating
from queries.billing.transformer_ratings import SOURCE, usual_rating
from queries.lake import lake_state
from queries.run import QuestionError, run_sql

READS = tuple(dict.fromkeys((*TERMS_READS, *LOAD_READS, "calendars")))
_SUBS = pl.Schema({"usage_point_id": pl.String(), "sub_usage_point_id": pl.String()})
_LONGEST_RESET_DAYS = 400
_DAY = timedelta(days=1)
_OF_A_POINT = (
    "usage_point_id",
    "agreement_id",
    "region_id",
    "customer_class",
    "industry_code",
    "opened_on",
    "closed_on",
    "contracted_capacity_kva",
    "operating_capacity_kva",
    "contracted_demand_kw",
    "capacity_parts",
)
"""What may differ between usage points of one account that are billed together."""


class BillError(QuestionError):
    """A bill that cannot be made; ``reason`` is no_agreement, no_tariff, no_price or no_reading.

    no_reading is also a capacity without which no loss can be told.
    """

    def __init__(self, reason: str, message: str) -> None:
        """Keep the reason beside the words."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AccountBills:
    """Bills of one account under one set of terms.

    Attributes:
        customer_id: The account.
        points: Its usage points, billed together.
        terms: Of the first of them, as ``account_terms`` has it.
        tariff: By which it pays.
        agreement: Its terms as they were priced, with what its tiers count as used before.
        side: ``split`` is the part billed in another price class.
        bills: First and last day of every bill priced, the shown ones last.
        shown: Places of the bills asked for.
        billed: Its billed energy.
        registers: Its frozen registers; None: settled by intervals.
        priced: The lines.
        basis: ``register`` or ``interval``.
        is_provisional: Of every bill, whether it rests on an estimate, so that it does not issue.
        warnings: What is doubtful.
    """

    customer_id: str
    points: tuple[str, ...]
    terms: Mapping[str, object]
    tariff: Tariff
    agreement: Agreement
    side: Side
    bills: tuple[Span, ...]
    shown: tuple[int, ...]
    billed: BilledEnergy
    registers: RegisterMeasured | None
    priced: Priced
    basis: str
    is_provisional: tuple[bool, ...]
    warnings: tuple[str, ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The days of the bills, cut where something changes."""
        return cut(self.bills, cuts_of(self.tariff, self.bills))

    @property
    def calendar(self) -> Calendar | None:
        """That of the last version's first energy charge with one; None without time of use."""
        if not self.terms["has_time_of_use"]:
            return None
        version = self.tariff.version_on(self.bills[-1][0])
        charges = version.charges if version else ()
        found = [one.calendar for one in charges if isinstance(one, EnergyCharge) and one.calendar]
        return found[0] if found else None


def account_bills(  # noqa: PLR0913 - whose, when, under which area's tariffs
    cursor: DuckDBPyConnection,
    *,
    first_month: date,
    last_month: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
    may_estimate: bool = True,
    source: ReadingSource | None = None,
    until: date | None = None,
) -> list[AccountBills]:
    """The bills of one account or usage point for whole months, one for each set of terms.

    Args:
        cursor: An open lake.
        first_month: Any day of the first month.
        last_month: Any day of the last.
        customer_id: The account.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.
        may_estimate: Whether a missing reading is estimated by the curve.
        source: Readings to bill instead of those of the lake; None: those.
        until: The last day to be billed, in the last month; None: all of it.

    Raises:
        QuestionError: nobody is named.
        BillError: there is no agreement then, or a reading or price is missing; the message names
            it.
    """
    if customer_id is None and usage_point_id is None:
        raise QuestionError("name the account (customer_id) or the usage point to bill.")
    first_day = first_month.replace(day=1)
    last_day = (last_month.replace(day=1) + timedelta(days=31)).replace(day=1) - _DAY
    last_day = min(last_day, until or last_day)
    terms = account_terms(
        cursor,
        first_day=first_day - timedelta(days=_LONGEST_RESET_DAYS),
        last_day=last_day,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        tariff_area=tariff_area,
    )
    current = terms.filter(pl.col("valid_to") > first_day)
    if current.is_empty():
        raise BillError(
            "no_agreement",
            f"no agreement of {customer_id or usage_point_id} between {first_day} and {last_day}. "
            "Choose other months, or enter the agreement.",
        )
    source = source or ReadingSource(cursor, may_estimate=may_estimate)
    made = _Making(cursor, (first_day, last_day), source, tariff_area)
    try:
        return [one for group in _groups(current) for one in made.bills(group)]
    except (TariffError, RegisterError) as error:
        has_tariff = current["tariff_code"].null_count() == 0
        priced = "no_price" if has_tariff else "no_tariff"
        reason = priced if isinstance(error, TariffError) else "no_reading"
        raise BillError(reason, str(error)) from error


def _groups(terms: pl.DataFrame) -> list[list[dict]]:
    """Rows billed together: usage points of one account on equal terms.

    A usage point is billed by itself whose capacity changes, that is metered on the low side, is a
    sub-meter or has a split.
    """
    found: dict[tuple, list[dict]] = {}
    for row in terms.iter_rows(named=True):
        key = tuple(value for name, value in row.items() if name not in _OF_A_POINT)
        is_alone = (
            len(row["capacity_parts"]) > 1
            or row["split_tariff_code"] is not None
            or row["is_metered_low_side"]
        )
        own = row["usage_point_id"] if is_alone else None
        found.setdefault((key, own, row["deducted_from_usage_point_id"]), []).append(row)
    return list(found.values())


@dataclass(slots=True)
class _Making:
    """What all bills of one question share."""

    cursor: DuckDBPyConnection
    asked: Span
    source: ReadingSource
    tariff_area: str | None

    def bills(self, group: list[dict]) -> list[AccountBills]:
        """The bills of a group: the main part, and what is split off."""
        row = group[0]
        tariff = tariff_named(row["tariff_code"], row)
        split = _split_of(row)
        if split is None:
            return [self._bills(group, tariff, None, "main")]
        area = self.tariff_area or lake_state(self.cursor).tariff_area
        code = tariff_code_of(row["split_tariff_code"], row["voltage_kv"], area, known_tariffs())
        other = tariff_named(code, row | {"price_class": row["split_tariff_code"]})
        return [
            self._bills(group, tariff, split, "main"),
            self._bills(group, other, split, "split"),
        ]

    def _bills(
        self, group: list[dict], tariff: Tariff, split: Split | None, side: Side
    ) -> AccountBills:
        row = group[0]
        points = tuple(one["usage_point_id"] for one in group)
        last_day = min(self.asked[1], row["valid_to"] - _DAY)
        shown_from = max(self.asked[0], row["valid_from"])
        first_day, before = _counted_from(tariff, row, shown_from)
        bills = months(first_day, last_day)
        shown = tuple(n for n, (start, _) in enumerate(bills) if start >= shown_from)
        agreement = _together(group)
        load_from = min(first_day, before[0]) if before else first_day
        days = load_from, last_day
        load = account_load(self.source, points, days, tariff, row)
        metered, registers = load.metered, load.registers
        warnings = [*load.warnings]
        if before:
            used = metered.energy(None, [Segment(*before, 0)]).fraction(0, 0, 0)
            used_kwh = Decimal(used.numerator) / Decimal(used.denominator)
            agreement = replace(agreement, used_before_kwh=used_kwh)
        subs = self._subs(points, (bills[0][0], bills[-1][1]), tariff, warnings)
        billed = BilledEnergy(
            metered,
            bills,
            loss=_rating_of(row, (bills[0][0], bills[-1][1]), warnings),
            idle_days=tuple(_idle_days(row, bill) for bill in bills),
            line_loss_share=decimal_of(row["line_loss_share"]),
            deducted=tuple(sub for sub, _ in subs),
            split=split,
            side=side,
        )
        if side == "split":
            agreement = Agreement(has_time_of_use=agreement.has_time_of_use)
        priced = price(tariff, billed, bills, accounts=Accounts.of([agreement]))
        segments = cut(bills, cuts_of(tariff, bills))
        doubtful = tuple(
            _is_doubtful(load, subs, [one for one in segments if one.bill == bill])
            for bill in range(len(bills))
        )
        warnings += [*priced.warnings, *(registers.warnings if registers else ())]
        return AccountBills(
            customer_id=str(row["customer_id"]),
            points=points,
            terms=row,
            tariff=tariff,
            agreement=agreement,
            side=side,
            bills=bills,
            shown=shown,
            billed=billed,
            registers=registers,
            priced=priced,
            basis="interval" if registers is None else "register",
            is_provisional=doubtful,
            warnings=tuple(dict.fromkeys(warnings)),
        )

    def _subs(
        self, points: Sequence[str], days: Span, tariff: Tariff, warnings: list[str]
    ) -> list[tuple[SubMeter, AccountLoad]]:
        """The sub-meters behind usage points, each settled as its own bill settles it.

        They are deducted on the days on which they are billed by themselves, and no others.
        """
        found = run_sql(
            self.cursor,
            "billing/account_bills",
            _SUBS,
            points=list(points),
            first_day=days[0],
            last_day=days[1],
        )
        subs = []
        for point_id in found["sub_usage_point_id"].unique(maintain_order=True):
            terms = account_terms(
                self.cursor,
                first_day=days[0],
                last_day=days[1],
                usage_point_id=point_id,
                tariff_area=self.tariff_area,
            ).filter(pl.col("deducted_from_usage_point_id").is_in(list(points)))
            if terms.is_empty():
                warnings.append(
                    f"sub-meter {point_id} is not billed by itself: nothing is deducted."
                )
            for row in terms.iter_rows(named=True):
                first_day, last_day = row["valid_from"], row["valid_to"] - _DAY
                own = tariff_named(row["tariff_code"], row) if row["tariff_code"] else tariff
                said = row | {"has_time_of_use": True, "purchase_type": None}
                load = account_load(self.source, (point_id,), (first_day, last_day), own, said)
                warnings += [f"sub-meter {point_id}: {text}" for text in load.warnings]
                subs.append((SubMeter(load.metered, first_day, last_day), load))
        return subs


def _is_doubtful(
    load: AccountLoad, subs: Sequence[tuple[SubMeter, AccountLoad]], segments: Sequence[Segment]
) -> bool:
    """Whether a bill rests on an estimate, of its own load or of a sub-meter's."""
    return load.is_doubtful(segments) or any(
        of_sub.is_doubtful([one for _, one in sub.within(segments)]) for sub, of_sub in subs
    )


def _rating_of(row: Mapping[str, Any], days: Span, warnings: list[str]) -> TransformerRating | None:
    """The usual name plate of a customer metered on the low side; None: on the high side.

    Of the largest capacity in force on the days; where all of it was suspended, by contract.
    """
    if not row["is_metered_low_side"]:
        return None
    in_force = [
        decimal_of(part["operating_capacity_kva"])
        for part in row["capacity_parts"]
        if part["valid_from"] <= days[1] and part["valid_to"] > days[0]
    ]
    capacity = max(in_force, default=Decimal(0)) or decimal_of(row["contracted_capacity_kva"])
    if capacity <= 0:
        raise BillError(
            "no_reading",
            f"usage point {row['usage_point_id']} is metered on the low side, but neither its "
            f"operating nor its contracted capacity is known from {days[0]} to {days[1]}: the loss "
            "of its transformer cannot be told. Enter operating_capacity_kva or "
            "contracted_capacity_kva of the usage point.",
        )
    loss = usual_rating(capacity)
    warnings.append(
        f"transformer loss by the usual name plate of {loss.rated_kva} kVA ({SOURCE}): "
        "the agreement names none."
    )
    return loss


def _counted_from(tariff: Tariff, row: Mapping[str, object], day: date) -> tuple[date, Span | None]:
    """From which day bills are priced, and the days before it that its tiers count as used.

    Tiers count from the start of their reset period: by the two readings at its ends, whatever the
    account's terms were in it. Where not every month counts, or terms beside the metered energy
    do, the bills of the months before are made as well.
    """
    tiered = [
        one
        for version in tariff.versions
        for one in version.charges
        if isinstance(one, EnergyCharge) and one.tiers and one.tiers.reset.every != "bill_cycle"
    ]
    start = min((reset_period(day, o.tiers.reset)[0] for o in tiered if o.tiers), default=day)
    opened, since = row["opened_on"], row["valid_from"]
    if isinstance(opened, date):
        start = min(max(start, opened), day)
    has_terms = row["is_metered_low_side"] or row["line_loss_share"] or row["split_tariff_code"]
    first_day = day
    if isinstance(since, date) and (has_terms or any(o.months != EVERY_MONTH for o in tiered)):
        first_day = max(start, since)
    return first_day, (start, first_day - _DAY) if start < first_day else None


def _split_of(row: Mapping[str, object]) -> Split | None:
    if row["split_tariff_code"] is None:
        return None
    if row["split_share"] is not None:
        return Split(decimal_of(row["split_share"]))
    return Split(None, decimal_of(row["split_kwh_per_month"]))


def _together(group: Sequence[Mapping[str, object]]) -> Agreement:
    """The agreement of usage points billed together: capacities and contracts add up."""
    first, *others = [agreement_of(row) for row in group]
    for other in others:
        both = first.contracted_capacity_kva, other.contracted_capacity_kva
        first = replace(
            first,
            capacity_kva=first.capacity_kva + other.capacity_kva,
            contracted_capacity_kva=None if None in both else sum(filter(None, both), Decimal(0)),
            contract_kw=first.contract_kw + other.contract_kw,
        )
    return first


def _idle_days(row: Mapping[str, Any], bill: Span) -> int:
    """Days of a bill on which all capacity was suspended (暂停)."""
    return sum(
        (min(part["valid_to"] - _DAY, bill[1]) - max(part["valid_from"], bill[0])).days + 1
        for part in row["capacity_parts"]
        if part["operating_capacity_kva"] == 0
        and part["valid_from"] <= bill[1]
        and part["valid_to"] > bill[0]
    )


@lru_cache(maxsize=64)
def tariff_sha256(tariff: Tariff) -> str:
    """Hash of a tariff's text with its calendars': the same bill years later rests on the same."""
    texts = [write_tariff(tariff), *(calendar_text(one) for one in calendars_of(tariff))]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
