"""The price that leaves revenue as it is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import tariff_of
from queries.billing.money import rounded
from queries.billing.simulate import MONEY, Selection, cny, simulate
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.billing.tariff_text import write_tariff
from queries.run import QuestionError

PRICE = pl.Decimal(18, 6)
RETURNS = pl.Schema(
    {
        "charge": pl.String(),
        "period": pl.String(),
        "price_cny_per_kwh": PRICE,
        "before_cny_per_kwh": PRICE,
        "revenue_cny": MONEY,
        "now_cny": MONEY,
        "difference_cny": MONEY,
        "tariff_text": pl.String(),
    }
)
READS = LAB_READS

_DECIMALS = 6
_STEPS = 8


def neutral_price(  # noqa: PLR0913 - a tariff, which of its prices, days, a selection
    lake: DuckDBPyConnection,
    *,
    tariff: str,
    charge: str,
    period: str | None = None,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
) -> pl.DataFrame:
    """The price of one charge and period at which a tariff brings in what is owed now.

    Revenue is billed exactly at every try; between tries it is taken to be linear in the price,
    which it is but for rounding and minimums. Nobody changes the load (response is not asked here).

    Args:
        lake: From ``queries.lake.open_lake``.
        tariff: Code or TOML text.
        charge: Code of the energy charge whose price gives way.
        period: Which of its prices; None: the one without a period, by which all float.
        first_day: First day, included.
        last_day: Last day, included.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.

    Returns:
        One row: the price found, rounded to six decimals, the one before, revenue with it, what is
        owed now, and their ``difference_cny``, which is what the last decimal of the price and the
        rounding of lines leave. ``tariff_text`` is the tariff with the price in it.

    Raises:
        QuestionError: there is no such price, it does not move revenue, or it would be below zero.
    """
    chosen = Selection(first_day, last_day, region_id, price_classes, customer_class)
    tried = tariff_of(tariff)
    before = _price_of(tried, charge, period)

    def revenue(price: Decimal) -> tuple[int, int]:
        text = write_tariff(_with_price(tried, charge, period, price))
        found = simulate((text,), chosen, lake)
        [owed] = found.under.values()
        return int(owed.total_fen.sum()), int(found.now.total_fen.sum())

    low, high = before, before + Decimal("0.1")
    (at_low, now), (at_high, _) = revenue(low), revenue(high)
    if at_high == at_low:
        raise QuestionError(
            f"charge '{charge}' of period {period} does not move revenue: nobody of the "
            "selection pays it. Choose another price."
        )
    found = {low: at_low, high: at_high}
    for _ in range(_STEPS):
        step = (high - low) * (now - at_high) / (at_high - at_low)
        low, at_low = high, at_high
        high = rounded(high + step, _DECIMALS)
        if high in found:
            break
        at_high, _ = revenue(high)
        found[high] = at_high
        if at_high == at_low:  # so near that rounding hides the step
            break
    high = min(found, key=lambda price: abs(found[price] - now))
    at_high = found[high]
    if high < 0:
        raise QuestionError(
            f"charge '{charge}' would have to be {high} CNY/kWh, below zero. Choose another price."
        )
    row = {"charge": charge, "period": period, "price_cny_per_kwh": high}
    text = write_tariff(_with_price(tried, charge, period, high))
    return pl.DataFrame(
        {
            **{name: [value] for name, value in row.items()},
            "before_cny_per_kwh": [before],
            "revenue_cny": cny(pl.Series([at_high])),
            "now_cny": cny(pl.Series([now])),
            "difference_cny": cny(pl.Series([at_high - now])),
            "tariff_text": [text],
        }
    ).cast(RETURNS)


def _price_of(tariff: Tariff, code: str, period: str | None) -> Decimal:
    for charge in tariff.versions[-1].charges:
        if isinstance(charge, EnergyCharge) and charge.code == code:
            for rate in charge.rates:
                if rate.period == period:
                    return rate.prices[0]
            if period is None and charge.series:
                return charge.series[-1][1]
    raise QuestionError(
        f"tariff '{tariff.code}' has no price of charge '{code}' for period {period}; its energy "
        f"charges are {', '.join(_named(tariff))}."
    )


def _named(tariff: Tariff) -> list[str]:
    return [
        f"{charge.code} ({', '.join(str(rate.period or 'all') for rate in charge.rates) or 'all'})"
        for charge in tariff.versions[-1].charges
        if isinstance(charge, EnergyCharge)
    ]


def _with_price(tariff: Tariff, code: str, period: str | None, price: Decimal) -> Tariff:
    """The tariff with one price replaced; tiers and posted months move by the same amount."""
    versions = []
    for version in tariff.versions:
        charges = [
            _moved(charge, period, price)
            if isinstance(charge, EnergyCharge) and charge.code == code
            else charge
            for charge in version.charges
        ]
        versions.append(replace(version, charges=tuple(charges)))
    return replace(tariff, versions=tuple(versions))


def _moved(charge: EnergyCharge, period: str | None, price: Decimal) -> EnergyCharge:
    if period is None and charge.series:
        step = price - charge.series[-1][1]
        return replace(charge, series=tuple((m, posted + step) for m, posted in charge.series))
    return replace(
        charge,
        rates=tuple(
            replace(rate, prices=tuple(one + price - rate.prices[0] for one in rate.prices))
            if rate.period == period
            else rate
            for rate in charge.rates
        ),
    )
