"""Everything known of usage points and their accounts that offers and segments may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.choices import BASIC_CHARGES, POLICIES
from queries.customers.portrait_holidays import RETURNING, USUAL, VACANT
from queries.customers.portrait_money import READS as MONEY_READS
from queries.customers.portrait_money import portrait_money
from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.schema import PORTRAIT_MONEY, PORTRAITS

Kind = Literal["number", "words", "yes_no"]
Group = Literal["use", "weather", "equipment", "contract", "data", "money"]


@dataclass(frozen=True, slots=True)
class Field:
    """What may be asked of a usage point.

    Attributes:
        kind: How a rule may compare it: with a number, with a list of words, or yes and no.
        group: What it belongs to, for the order on a page.
        unit: Of a number; empty: a bare number. Shares are 0–1.
        words: Of ``words``: the codes there are; empty: open, such as codes of tariffs.
        zh: Its Chinese name.
        is_of_account: It is said of the whole account, alike at each of its usage points.
    """

    kind: Kind
    group: Group
    unit: str
    words: tuple[str, ...]
    zh: str
    is_of_account: bool


_OF_POINT: dict[Group, str] = {
    "use": """
        annual_kwh daily_kwh base_kw peak_kw load_factor_share coincidence_share night_share
        morning_share midday_share evening_share weekend_share valley_share peak_period_share
        flexible_kwh_per_day regularity shape_entropy_bits seasonality_share summer_ratio
        winter_ratio trend_share_per_year holiday_ratio festival_ratio festival_status
        """,
    "weather": """
        heating_below_c heating_kwh_per_k heating_share cooling_above_c cooling_kwh_per_k
        cooling_share response_r_squared
        """,
    "equipment": """
        heating_likelihood vehicle_likelihood charging_kw solar_likelihood exported_kwh
        """,
    "contract": "capacity_kva capacity_use_share demand_use_share power_factor",
    "data": "known_days actual_share estimated_share longest_gap_days",
}
_OF_ACCOUNT: dict[Group, str] = {
    "contract": "tariff_code has_own_contract has_other_terms",
    "money": """
        bill_months bill_cny price_cny_per_kwh basic_charge_cny power_factor_cny choice_policy
        choice_basic_charge choice_saving_cny package_saving_cny next_year_cny growth_share
        late_probability_share expected_late_cny on_time_share overdue_cny
        """,
}
_UNITS = {
    "_kwh_per_k": "kWh/(d·K)",
    "_kwh_per_day": "kWh/d",
    "_share_per_year": "0–1",
    "_cny_per_kwh": "CNY/kWh",
    "_share": "0–1",
    "_likelihood": "0–1",
    "_kwh": "kWh",
    "_kva": "kVA",
    "_kw": "kW",
    "_cny": "CNY",
    "_bits": "bit",
    "_days": "d",
    "_c": "°C",
}
"""By the end of a name; the first that fits decides."""
_WORDS: dict[str, tuple[str, ...]] = {
    "festival_status": (VACANT, RETURNING, USUAL),
    "choice_policy": tuple(POLICIES),
    "choice_basic_charge": (*BASIC_CHARGES, "by_quarter", "as_now"),
}


def _fields() -> dict[str, Field]:
    found = {}
    for table, groups in ((PORTRAITS, _OF_POINT), (PORTRAIT_MONEY, _OF_ACCOUNT)):
        columns = {column.name: column for column in table.columns}
        for group, names in groups.items():
            for name in names.split():
                column = columns[name]
                unit = next((u for end, u in _UNITS.items() if name.endswith(end)), "")
                kind = _kind(column.dtype)
                found[name] = Field(
                    kind,
                    group,
                    unit if kind == "number" else "",
                    _WORDS.get(name, ()),
                    column.zh,
                    table is PORTRAIT_MONEY,
                )
    return found


def _kind(dtype: pl.DataType) -> Kind:
    if dtype == pl.Boolean:
        return "yes_no"
    return "words" if dtype == pl.String else "number"


FIELDS: Mapping[str, Field] = MappingProxyType(_fields())
"""Every field by name. Their words stand under ``portrait_feature`` and ``portrait_definition``."""
_DTYPES: dict[Kind, pl.DataType] = {
    "number": pl.Float64(),
    "words": pl.String(),
    "yes_no": pl.Boolean(),
}
RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        **{name: _DTYPES[one.kind] for name, one in FIELDS.items()},
    }
)
READS = tuple(dict.fromkeys((*PORTRAITS_READ, *MONEY_READS)))


def portrait_fields(
    lake: DuckDBPyConnection, *, month: str | None = None, region_id: str | None = None
) -> pl.DataFrame:
    """A row a usage point with a portrait: use, contract and money, as ``FIELDS`` has them.

    Money is the account's, alike in every row of it; where several usage points are one account,
    it is not to be added up. Amounts are floats here: they select and rank, nobody is billed by
    them.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: ``YYYY-MM`` of portraits and money; None: the newest of each.
        region_id: Only what lies in this region; None: every region in the scope.

    Returns:
        What is not known of a usage point, or not seen in the scope, is null.
    """
    points = portraits(lake, month=month, region_id=region_id)
    money = portrait_money(lake, month=month, region_id=region_id)
    own = [name for name, one in FIELDS.items() if one.is_of_account]
    return points.join(
        money.select("customer_id", *own), on="customer_id", how="left", maintain_order="left"
    ).select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
