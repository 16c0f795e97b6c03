"""The one tariff model: dated versions of charges, for bills and for every what-if.

A charge says what is counted (energy, a demand, a capacity, months), at which prices, and by which
rule. ``queries/billing/pricing.py`` bills it; ``queries/billing/tariff_file.py`` reads it from TOML
and ``queries/billing/urdb.py`` from URDB records. Prices are in the tariff's currency a unit.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from queries.billing.calendar_model import EVERY_MONTH, Calendar
from queries.billing.demand_charge import DayRule
from queries.billing.tier_resets import TierReset

COMPONENTS = {
    "purchase": "上网电价",  # agency price posted monthly, or a market or retail contract
    "line_loss": "上网环节线损费用",
    "transmission": "输配电价",
    "system_operation": "系统运行费用",
    "funds": "政府性基金及附加",
    "retail": "目录电价",  # one price for everything, as households and farms pay it
    "basic": "基本电费",  # by capacity or demand
    "power_factor": "力调电费",
    "generation": "上网电费",  # what a customer with a roof is paid
    "other": "其他",
}
"""What a price pays for. Tax is inside every price and only split on the invoice."""

TierUnit = Literal["kwh", "kwh_per_kw", "kwh_per_day", "kwh_per_kw_day"]
"""What limits of tiers are given in: energy of the reset period, energy a kW of billed demand
(hours of use), energy a day of the reset period, or both."""
Meeting = Literal["additive", "pro_rata", "chronological"]
"""How tiers meet periods. ``additive``: a line for every tier at its price over all energy, and one
for every period at its difference (households of Zhejiang, Anhui, Henan, Shandong). ``pro_rata``:
every tier's energy is divided among the periods as the total is. ``chronological``: each quantity,
in order of time, falls in the tier its moment has reached."""
Netting = Literal["none", "interval", "month"]
"""``none``: import and export each by itself, as in China. ``interval``: net billing, what is left
of each quarter of an hour. ``month``: net metering, export of a period against its import, what is
over credited in the months after."""
DemandOption = Literal["maximum", "contract", "contract_or_maximum"]
"""``maximum``: what was measured. ``contract``: what was agreed, whatever was measured.
``contract_or_maximum``: the contract with the 105 % rule and its floor."""
CapacityChoice = Literal["capacity", "contract", "maximum"]
"""Which basic charge of a two-part tariff the customer chose (容量, 合同最大需量, 实际最大需量)."""
Basis = Literal["register", "demand_register", "interval"]
"""What settles a charge: frozen registers, the demand register, or the interval readings."""
EveryTime = Literal["month", "day", "year"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices of one period, tier by tier.

    Attributes:
        prices: One a tier, the first tier first.
        period: Of the charge's calendar; None: whatever the hour.
        limits: Upper limit of every tier but the last, included in it, in the charge's tier unit
            (of a demand charge: kW). The tiers are those of the whole energy, not of the period's.
        units: Of each limit where they differ, as in "the first 3,000 kWh, then up to 200 hours of
            use"; empty: the charge's tier unit. Where a limit comes out below one before it, the
            one before is cut to it: hours of use end a tier whatever its kWh.
    """

    prices: tuple[Decimal, ...]
    period: str | None = None
    limits: tuple[Decimal, ...] = ()
    units: tuple[TierUnit, ...] = ()

    def __post_init__(self) -> None:
        if len(self.limits) != len(self.prices) - 1:
            raise ValueError(
                f"{len(self.prices)} prices and {len(self.limits)} limits; "
                "expected a limit for every tier but the last."
            )
        if self.units and len(self.units) != len(self.limits):
            raise ValueError(
                f"{len(self.limits)} limits and {len(self.units)} units; expected one a limit."
            )
        alike = [
            [limit for limit, own in zip(self.limits, self.units, strict=True) if own == unit]
            for unit in set(self.units)
        ] or [list(self.limits)]
        rises = all(limits == sorted(limits) for limits in alike)
        if not rises or any(limit < 0 for limit in self.limits):
            raise ValueError(
                f"limits {[str(limit) for limit in self.limits]} fall or are below zero; "
                "give cumulative upper limits."
            )


@dataclass(frozen=True, slots=True)
class TierRule:
    """How the tiers of an energy charge count.

    Attributes:
        reset: When cumulative use starts again.
        meeting: How tiers meet periods; says nothing where there is one period.
        unit: Of the limits.
        limit_decimals: Of a limit cut to the months in use [kWh].
    """

    reset: TierReset
    meeting: Meeting = "additive"
    unit: TierUnit = "kwh"
    limit_decimals: int = 0


@dataclass(frozen=True, slots=True)
class Factors:
    """Prices by period as multiples of a charge's base price, in some months.

    Attributes:
        by_period: Period and multiple.
        months: 1–12.
    """

    by_period: tuple[tuple[str, Decimal], ...]
    months: frozenset[int] = EVERY_MONTH


@dataclass(frozen=True, slots=True)
class EnergyCharge:
    """A price of energy.

    Without ``calendar`` there is one rate. With it there is a rate for every period, or one rate
    without a period and ``factors`` by which it floats. Under an additive tier rule the rate
    without a period has the tiers' prices and the rates with one are differences to it; a period
    without a difference has none.

    Attributes:
        code: Unique within a version.
        component: One of ``COMPONENTS``.
        rates: See above. Empty where ``series`` gives the price.
        calendar: When which period is; None: the price does not follow the time of use.
        factors: How the price floats (随分时浮动); empty: it does not.
        price_decimals: Unit prices by period are rounded half up to so many decimals before they
            meet a quantity; None: not rounded.
        series: Price by month ``YYYY-MM`` where it is posted monthly (代理购电价格).
        tiers: None: no tiers.
        months: Calendar months in which the charge holds.
        channel: ``import`` or ``export``.
        is_credit: The customer is paid.
        netting: How import and export meet.
        for_time_of_use: Who pays it: those with (True) or without (False) time of use; None: all.
    """

    code: str
    component: str
    rates: tuple[Rate, ...] = ()
    calendar: Calendar | None = None
    factors: tuple[Factors, ...] = ()
    price_decimals: int | None = None
    series: tuple[tuple[str, Decimal], ...] = ()
    tiers: TierRule | None = None
    months: frozenset[int] = EVERY_MONTH
    channel: str = "import"
    is_credit: bool = False
    netting: Netting = "none"
    for_time_of_use: bool | None = None
    kind: Literal["energy"] = field(default="energy", init=False)


@dataclass(frozen=True, slots=True)
class Ratchet:
    """A demand of earlier months that still counts (lookback).

    Attributes:
        share: Of the largest demand looked back at [0–1].
        looked_at: Calendar months looked at.
        last_months: Only so many months before; None: every month of ``looked_at``.
        holds_in: Calendar months it is applied in.
    """

    share: Decimal
    looked_at: frozenset[int] = EVERY_MONTH
    last_months: int | None = None
    holds_in: frozenset[int] = EVERY_MONTH


@dataclass(frozen=True, slots=True)
class ContractRule:
    """What is billed under a contracted maximum demand.

    Up to 105 % of the contract the contract is billed, whatever the maximum; what exceeds 105 %
    counts twice (国家电网财〔2016〕633号, read in quotation; bills in Shanghai show the excess at
    81.6 = 2 × 40.8 CNY/kW). A contract below 40 % of the capacity counts as 40 % (85 %), and the
    105 % are taken of what counts.

    Attributes:
        tolerated_share: Of the contract [1 and up].
        excess_times: How often the excess counts.
        floor_share: Of the operating capacity [0–1]; 0: no floor.
    """

    tolerated_share: Decimal = Decimal("1.05")
    excess_times: Decimal = Decimal(2)
    floor_share: Decimal = Decimal("0.40")


@dataclass(frozen=True, slots=True)
class LoadRateDiscount:
    """需量九折: from ``least_kwh_per_kva`` on only ``share`` of the demand price is charged.

    Energy of the month per kVA of contracted capacity; for both demand options, never for that by
    capacity (发改价格〔2023〕526号, 95 %).
    """

    least_kwh_per_kva: Decimal = Decimal(260)
    share: Decimal = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """A price of a month's demand; tiers are blocks, each at its own price.

    Attributes:
        code: Unique within a version.
        component: One of ``COMPONENTS``.
        rates: A kW and month. With a calendar one for every period that has a price: its own
            maximum counts.
        calendar: None: the maximum of all hours.
        months: Calendar months in which the charge holds.
        option: What is billed.
        choice: Only for customers who chose this basic charge; None: for all.
        contract: Numbers of the contract rule.
        discount: 需量九折; None: there is none.
        window_minutes: Length of the demand window; None: the meter's interval, the demand
            register's own 15 minutes.
        highest_days: Mean of the maxima of so many days, each counting once; 1: the maximum.
        in_kva: Apparent instead of active power.
        ratchet: None: only the month's own demand.
        is_coincident: The demand at the moment of the system's peak.
        day_rule: How a day of a month that is not billed whole counts.
        quantity_decimals: The billed kW are rounded half up to so many; None: not rounded.
    """

    code: str
    component: str
    rates: tuple[Rate, ...]
    calendar: Calendar | None = None
    months: frozenset[int] = EVERY_MONTH
    option: DemandOption = "maximum"
    choice: CapacityChoice | None = None
    contract: ContractRule = ContractRule()
    discount: LoadRateDiscount | None = None
    window_minutes: int | None = None
    highest_days: int = 1
    in_kva: bool = False
    ratchet: Ratchet | None = None
    is_coincident: bool = False
    day_rule: DayRule = "thirtieth"
    quantity_decimals: int | None = None
    kind: Literal["demand"] = field(default="demand", init=False)


@dataclass(frozen=True, slots=True)
class CapacityCharge:
    """A price a kVA and month of the operating capacity (运行容量), suspended days left out."""

    code: str
    component: str
    price: Decimal
    choice: CapacityChoice | None = "capacity"
    day_rule: DayRule = "thirtieth"
    months: frozenset[int] = EVERY_MONTH
    kind: Literal["capacity"] = field(default="capacity", init=False)


@dataclass(frozen=True, slots=True)
class FixedCharge:
    """An amount a month, a day or a year (a twelfth of it a month)."""

    code: str
    component: str
    amount: Decimal
    every: EveryTime = "month"
    months: frozenset[int] = EVERY_MONTH
    kind: Literal["fixed"] = field(default="fixed", init=False)


@dataclass(frozen=True, slots=True)
class PowerFactorCharge:
    """力调电费 by the tables of ``queries.billing.power_factor``.

    Attributes:
        code: Unique within a version.
        standard_hundredths: 90, 85 or 80; None: the agreement says.
        left_out: Components that are not in its base.
    """

    code: str
    standard_hundredths: int | None = None
    left_out: frozenset[str] = frozenset({"funds"})
    component: str = "power_factor"
    kind: Literal["power_factor"] = field(default="power_factor", init=False)


@dataclass(frozen=True, slots=True)
class PercentageCharge:
    """A share of other lines; below zero a discount.

    Attributes:
        code: Unique within a version.
        component: One of ``COMPONENTS``.
        share: Of the lines it is taken of.
        of: Codes of charges, or components; empty: all lines before it.
    """

    code: str
    component: str
    share: Decimal
    of: frozenset[str] = frozenset()
    months: frozenset[int] = EVERY_MONTH
    kind: Literal["percentage"] = field(default="percentage", init=False)


@dataclass(frozen=True, slots=True)
class MinimumCharge:
    """What a bill comes to at least: the lines before it are topped up to ``amount``.

    A year's minimum is topped up with its last month; a year that ends before it is not.
    """

    code: str
    component: str
    amount: Decimal
    every: EveryTime = "month"
    kind: Literal["minimum"] = field(default="minimum", init=False)


@dataclass(frozen=True, slots=True)
class CreditCharge:
    """What is taken off a bill.

    Attributes:
        code: Unique within a version.
        component: One of ``COMPONENTS``.
        amount_per_month: Money.
        price: Of the agreement's free energy (免费电量) [a kWh]; None: there is none.
    """

    code: str
    component: str
    amount_per_month: Decimal = Decimal(0)
    price: Decimal | None = None
    kind: Literal["credit"] = field(default="credit", init=False)


Charge = (
    EnergyCharge
    | DemandCharge
    | CapacityCharge
    | FixedCharge
    | PowerFactorCharge
    | PercentageCharge
    | MinimumCharge
    | CreditCharge
)


@dataclass(frozen=True, slots=True)
class Version:
    """The charges in force from a day on, until the next version.

    Attributes:
        charges: In the order of the bill: percentages, minimums and the power factor look at the
            lines of charges before them.
        valid_from: None: since ever.
        notice: What was published (文号).
    """

    charges: tuple[Charge, ...]
    valid_from: date | None = None
    notice: str = ""

    def __post_init__(self) -> None:
        codes = [charge.code for charge in self.charges]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"charges {', '.join(twice)} stand twice. Give each its own code.")


@dataclass(frozen=True, slots=True)
class Tariff:
    """What customers of one class pay.

    Attributes:
        code: Unique name, such as ``residential`` or ``liaoning_two_part``.
        name_zh: Name in Chinese.
        name_en: Name in English.
        versions: In the order of time.
        source: Where it was read.
        certainty: How sure that is.
        doubts: What the source leaves open or contradicts.
        region: The area it holds in; empty: any.
        price_class: As the lake's ``agreements.tariff_code`` names it, e.g. ``residential``.
        currency: ISO 4217.
        country: Whose holidays day tags mean (ISO code).
        basis: What settles its charges unless the agreement says otherwise.
        rules: Policy that allows a customer to choose it (for best choice); empty: unsaid.
        chooses_time_of_use: Whether its customers may choose to have time of use, or not to.
    """

    code: str
    name_zh: str
    name_en: str
    versions: tuple[Version, ...]
    source: str = ""
    certainty: str = ""
    doubts: tuple[str, ...] = ()
    region: str = ""
    price_class: str = ""
    currency: str = "CNY"
    country: str = "CN"
    basis: Basis = "register"
    rules: str = ""
    chooses_time_of_use: bool = False

    def __post_init__(self) -> None:
        starts = [version.valid_from or date.min for version in self.versions]
        if not starts or starts != sorted(set(starts)):
            raise ValueError(
                f"tariff '{self.code}': versions start on {', '.join(map(str, starts)) or 'no day'}"
                "; expected at least one, in the order of time, each on a day of its own."
            )

    def version_on(self, day: date) -> Version | None:
        """The version in force on ``day``; None before the first."""
        held = [one for one in self.versions if (one.valid_from or date.min) <= day]
        return held[-1] if held else None
