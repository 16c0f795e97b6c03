"""What agreements say of the accounts: who pays which tariff, since when and on which terms."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Agreement
from queries.billing.demand_charge import InForce
from queries.billing.errors import TariffError
from queries.billing.tariff_model import CapacityChoice, Tariff
from queries.billing.tariffs import known_tariffs
from queries.billing.tiers import Allowance
from queries.lake import lake_state
from queries.run import run_sql

_STRETCH = {
    "usage_point_id": pl.String(),
    "customer_id": pl.String(),
    "agreement_id": pl.String(),
    "customer_class": pl.String(),
    "region_id": pl.String(),
    "industry_code": pl.String(),
    "price_class": pl.String(),
    "purchase_type": pl.String(),
    "has_time_of_use": pl.Boolean(),
    "basic_charge": pl.String(),
    "settlement_basis": pl.String(),
    "power_factor_hundredths": pl.Int16(),
    "agency_price_times": pl.Float64(),
    "household_persons": pl.Int16(),
    "free_kwh_per_month": pl.Float64(),
    "is_metered_low_side": pl.Boolean(),
    "line_loss_share": pl.Float64(),
    "deducted_from_usage_point_id": pl.String(),
    "split_tariff_code": pl.String(),
    "split_share": pl.Float64(),
    "split_kwh_per_month": pl.Float64(),
    "voltage_kv": pl.Float64(),
    "contracted_capacity_kva": pl.Float64(),
    "operating_capacity_kva": pl.Float64(),
    "contracted_demand_kw": pl.Float64(),
    "opened_on": pl.Date(),
    "closed_on": pl.Date(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
}
_CAPACITY_PARTS = pl.List(
    pl.Struct({"valid_from": pl.Date, "valid_to": pl.Date, "operating_capacity_kva": pl.Float64})
)
RETURNS = pl.Schema(
    {**_STRETCH, "tariff_code": pl.String(), "capacity_parts": _CAPACITY_PARTS},
)
READS = ("agreements", "customers", "usage_points", "tariffs")

LARGE_FAMILY_PERSONS = 5
LARGE_FAMILY_KWH_PER_MONTH = Decimal(100)
"""What a registered family of so many persons has more in every tier (recalled; differs by
province)."""
_LONG_AGO_DAYS = 2 * 366
_FIGURES = ("operating_capacity_kva", "valid_from", "valid_to")
"""What may change within one set of terms."""


def account_terms(  # noqa: PLR0913 - days, and whose
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
) -> pl.DataFrame:
    """Terms of every account by usage point, cut where they change: a move, another contract.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included.
        customer_id: Only this account; None: every one in the user's scope.
        usage_point_id: Only this usage point.
        tariff_area: Whose tariffs the price classes mean; None: those of FENGGU_TARIFF_AREA.

    Returns:
        A row a usage point and stretch of days: ``valid_from`` and ``valid_to`` (the day after)
        lie within the days asked about; ``opened_on`` and ``closed_on`` [first and last day] are
        the customer's at the usage point. ``price_class`` is what the agreement names,
        ``tariff_code`` the tariff of ``data/tariffs`` it means there: the tariff of that code,
        else of that class in the area, at medium voltage the one with its voltage in the name of
        its class (``…_10kv``); null where there is none. A change of the operating capacity alone
        cuts no row: ``capacity_parts`` hold it, 0 while suspended (暂停).
    """
    stretches = run_sql(
        lake,
        "billing/account_terms",
        pl.Schema(_STRETCH),
        first_day=first_day,
        last_day=last_day,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
    )
    area = tariff_area or lake_state(lake).tariff_area
    pairs = stretches.select("price_class", "voltage_kv").unique()
    tariffs = known_tariffs()
    codes = pairs.with_columns(
        pl.Series(
            "tariff_code",
            [tariff_code_of(name, kv, area, tariffs) for name, kv in pairs.rows()],
            dtype=pl.String,
        )
    )
    return (
        _without_changes_of_capacity(stretches)
        .join(codes, on=["price_class", "voltage_kv"], how="left", nulls_equal=True)
        .select(RETURNS.names())
        .sort("usage_point_id", "valid_from", "agreement_id")
    )


def _without_changes_of_capacity(stretches: pl.DataFrame) -> pl.DataFrame:
    """Stretches that follow one another and differ by capacity only, put together."""
    same = [name for name in _STRETCH if name not in _FIGURES]
    begins = (pl.struct(same).rle_id().diff() != 0) | (
        pl.col("valid_to").shift() != pl.col("valid_from")
    )
    return (
        stretches.with_columns(run=begins.fill_null(value=True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            *(pl.first(name) for name in same),
            pl.last("operating_capacity_kva"),
            pl.first("valid_from"),
            pl.last("valid_to"),
            pl.struct("valid_from", "valid_to", "operating_capacity_kva").alias("capacity_parts"),
        )
    )


def tariff_code_of(
    price_class: str | None, voltage_kv: float | None, area: str, tariffs: Mapping[str, Tariff]
) -> str | None:
    """Which tariff a price class means in an area, at a voltage; None: there is none."""
    if price_class is None or price_class in tariffs:
        return price_class
    of_class = {one.price_class: one.code for one in tariffs.values() if one.region == area}
    if voltage_kv is not None and voltage_kv >= 1:
        of_voltage = of_class.get(f"{price_class}_{voltage_kv:g}kv")
        return of_voltage or of_class.get(price_class)
    return of_class.get(price_class)


def tariff_named(code: str | None, terms: Mapping[str, object]) -> Tariff:
    """The tariff of a row of terms; TariffError where nothing answers to it."""
    if code is None:
        raise TariffError(
            f"usage point {terms['usage_point_id']}: no tariff for price class "
            f"'{terms['price_class']}'. Add one to data/tariffs with this price_class and the "
            "region of FENGGU_TARIFF_AREA, or correct the agreement's tariff_code."
        )
    return known_tariffs()[code]


def agreements_of(terms: pl.DataFrame) -> list[Agreement]:
    """The agreement of every row of ``account_terms``, in order.

    Direct traders and retail customers have no prices of their own in the lake: they get the
    tariff's, and whoever bills them says so.
    """
    return [agreement_of(row) for row in terms.iter_rows(named=True)]


def agreement_of(row: Mapping[str, object]) -> Agreement:
    """The agreement of one row of ``account_terms``."""
    persons = row["household_persons"]
    is_large = isinstance(persons, int) and persons >= LARGE_FAMILY_PERSONS
    hundredths = row["power_factor_hundredths"]
    return Agreement(
        has_time_of_use=bool(row["has_time_of_use"]),
        choice=_choice(row["basic_charge"]),
        capacity_kva=decimal_of(row["operating_capacity_kva"]),
        contracted_capacity_kva=decimal_of(row["contracted_capacity_kva"])
        if row["contracted_capacity_kva"] is not None
        else None,
        contract_kw=decimal_of(row["contracted_demand_kw"]),
        power_factor_hundredths=int(str(hundredths)) if hundredths is not None else None,
        allowance=Allowance(
            _opened(row),
            _day(row["closed_on"]),
            LARGE_FAMILY_KWH_PER_MONTH if is_large else Decimal(0),
        ),
        free_kwh_per_month=decimal_of(row["free_kwh_per_month"]),
        purchase_times=decimal_of(row["agency_price_times"], Decimal(1)),
        capacity_parts=_parts(row["capacity_parts"]),
    )


def _opened(row: Mapping[str, object]) -> date | None:
    """First day in use; None where it is too long ago to cut any tier, so that terms are alike."""
    opened, since = _day(row["opened_on"]), _day(row["valid_from"])
    is_old = opened is not None and since is not None and (since - opened).days > _LONG_AGO_DAYS
    return None if is_old else opened


def _choice(said: object) -> CapacityChoice:
    return cast("CapacityChoice", said or "capacity")


def decimal_of(value: object, otherwise: Decimal = Decimal(0)) -> Decimal:
    """A number of the register as it was written; ``otherwise`` where there is none.

    >>> decimal_of(0.1), decimal_of(None)
    (Decimal('0.1'), Decimal('0'))
    """
    return otherwise if value is None else Decimal(str(value)).normalize() + 0


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _parts(said: object) -> tuple[InForce, ...]:
    """The operating capacity by days; nothing where it never changes."""
    parts = list(said) if isinstance(said, Iterable) else []
    if len({part["operating_capacity_kva"] for part in parts}) < 2:
        return ()
    return tuple(
        InForce(
            part["valid_from"],
            part["valid_to"] - timedelta(days=1),
            decimal_of(part["operating_capacity_kva"]),
        )
        for part in parts
    )
