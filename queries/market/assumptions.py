"""What an outlook assumes, as one frozen value that can be written down, checked and read again.

The scenarios ``low``, ``base`` and ``high`` come with ``data/outlook.toml``, which says where every
value is from.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from queries.run import QuestionError
from queries.settings import PROJECT, Settings

FILE_NAME = "outlook.toml"
SCENARIOS = ("low", "base", "high")
HOUSEHOLDS = "households"
SECTORS = ("primary", "secondary", "tertiary", HOUSEHOLDS)
"""Sectors by which China counts its electricity: 第一、二、三产业, 城乡居民生活."""
HORIZON_YEARS = 10
"""Adoption is said for so many years ahead, and no outlook goes further."""

_SHIPPED = PROJECT / "data" / FILE_NAME


class AssumptionError(QuestionError):
    """An assumption cannot be used; the message names its field, the value and what is expected."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Economy(_Part):
    """Real growth a year [1/a]: value added by sector, income a head, people, price."""

    primary_growth_share: float = Field(ge=-0.2, le=0.3)
    secondary_growth_share: float = Field(ge=-0.2, le=0.3)
    tertiary_growth_share: float = Field(ge=-0.2, le=0.3)
    income_growth_share: float = Field(ge=-0.2, le=0.3)
    population_growth_share: float = Field(ge=-0.1, le=0.1)
    price_growth_share: float = Field(ge=-0.2, le=0.2)
    growth_spread_share: float = Field(ge=0, le=0.1)
    yearly_spread_share: float = Field(ge=0, le=0.1)
    customer_spread_share: float = Field(ge=0, le=1)
    month_spread_share: float = Field(ge=0, le=0.2)


class Elasticity(_Part):
    """Relative change of energy for a relative change of its driver [1]."""

    primary: float = Field(ge=-1, le=3)
    secondary: float = Field(ge=-1, le=3)
    tertiary: float = Field(ge=-1, le=3)
    households: float = Field(ge=-1, le=3)
    spread: float = Field(ge=0, le=1)
    population: float = Field(ge=0, le=2)
    price_business: float = Field(ge=-2, le=0)
    price_households: float = Field(ge=-2, le=0)
    price_spread: float = Field(ge=0, le=1)


class Efficiency(_Part):
    """Energy saved a year for the same service [1/a]."""

    primary_share: float = Field(ge=-0.05, le=0.1)
    secondary_share: float = Field(ge=-0.05, le=0.1)
    tertiary_share: float = Field(ge=-0.05, le=0.1)
    households_share: float = Field(ge=-0.05, le=0.1)
    spread_share: float = Field(ge=0, le=0.05)


class Vehicles(_Part):
    """Electric vehicles a household, now and in ten years; energy of one a year [kWh]."""

    present_share: float = Field(ge=0, le=3)
    final_share: float = Field(ge=0, le=3)
    spread_share: float = Field(ge=0, le=1)
    energy_kwh: float = Field(ge=0, le=20_000)
    home_share: float = Field(ge=0, le=1)


class HeatPumps(_Part):
    """Share of households with one, now and in ten years; energy of a heating season [kWh]."""

    present_share: float = Field(ge=0, le=1)
    final_share: float = Field(ge=0, le=1)
    spread_share: float = Field(ge=0, le=1)
    energy_kwh: float = Field(ge=0, le=50_000)


class Solar(_Part):
    """Rooftop photovoltaics added in ten years [kW a point], and what becomes of their energy."""

    final_kw_per_household: float = Field(ge=0, le=50)
    final_kw_per_business: float = Field(ge=0, le=1000)
    spread_share: float = Field(ge=0, le=1)
    full_load_hours: float = Field(ge=0, le=2500)
    self_used_share: float = Field(ge=0, le=1)
    firm_share: float = Field(ge=0, le=1)
    latitude_deg: float = Field(ge=-65, le=65)


class Policy(_Part):
    """Switches, and what each does when it is on [0–1]."""

    efficiency_standards: bool
    efficiency_standards_share: float = Field(ge=0, le=0.05)
    clean_heating: bool
    clean_heating_share: float = Field(ge=0, le=1)
    managed_charging: bool
    managed_charging_share: float = Field(ge=0, le=1)
    demand_response: bool
    demand_response_share: float = Field(ge=0, le=0.2)


class Weather(_Part):
    """How weather years are drawn."""

    warming_k_per_decade: float = Field(ge=-2, le=3)
    shift_days: int = Field(ge=0, le=15)
    energy_spread_share: float = Field(ge=0, le=0.3)
    peak_spread_share: float = Field(ge=0, le=0.3)


class Grid(_Part):
    """How transformers and feeders are judged."""

    load_limit_share: float = Field(gt=0, le=1.5)
    solar_margin_share: float = Field(gt=0, le=1)
    own_growth_halving_years: float = Field(gt=0, le=100)
    own_growth_spread_share: float = Field(ge=0, le=0.2)


class Assumptions(_Part):
    """Everything an outlook assumes.

    Attributes:
        years: How far it looks ahead.
        draws: Of the simulation.
        seed: Of its random numbers.
    """

    years: int = Field(ge=1, le=HORIZON_YEARS)
    draws: int = Field(ge=100, le=5000)
    seed: int = Field(ge=0, le=2**32 - 1)
    economy: Economy
    elasticity: Elasticity
    efficiency: Efficiency
    vehicles: Vehicles
    heat_pumps: HeatPumps
    solar: Solar
    policy: Policy
    weather: Weather
    grid: Grid

    def growth(self, sector: str) -> float:
        """Growth a year of what drives a sector [1/a]."""
        driver = "income" if sector == HOUSEHOLDS else sector
        return getattr(self.economy, f"{driver}_growth_share")


def bounds(part: str, name: str) -> tuple[float | None, float | None]:
    """Smallest and largest value of a field, where it has such; for the inputs of a form."""
    model = Assumptions if part == "" else Assumptions.model_fields[part].annotation
    limits: dict[str, float] = {}
    for limit in model.model_fields[name].metadata:  # type: ignore[union-attr]
        limits |= {k: getattr(limit, k) for k in ("ge", "gt", "le", "lt") if hasattr(limit, k)}
    return limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))


def read_assumptions(text: str) -> Assumptions:
    """The assumptions written in ``text`` (TOML); a field that is missing is as in ``base``.

    Raises:
        AssumptionError: it is no TOML, or a field is unknown or out of its bounds.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AssumptionError(
            f"the assumptions are no TOML: {error}. Correct that line."
        ) from error
    return checked(_laid_over(_tables(_SHIPPED, 0)["base"], given))


def checked(given: dict[str, Any]) -> Assumptions:
    """The assumptions in these tables, every field checked.

    Raises:
        AssumptionError: names the first field that cannot be used.
    """
    try:
        return Assumptions.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(place) for place in first["loc"])
        raise AssumptionError(
            f"assumption '{field}' is {first['input']!r}: {first['msg']}. Change it."
        ) from error


def as_text(assumptions: Assumptions) -> str:
    """The assumptions as TOML, the way ``read_assumptions`` reads them."""
    single, tables = [], []
    for name, value in assumptions.model_dump().items():
        if isinstance(value, dict):
            tables += ["", f"[{name}]", *(f"{key} = {_literal(one)}" for key, one in value.items())]
        else:
            single.append(f"{name} = {_literal(value)}")
    return "\n".join([*single, *tables]) + "\n"


def shipped_text(scenario: str = "base", settings: Settings | None = None) -> str:
    """One of SCENARIOS as TOML: that of the data folder's ``outlook.toml``, else the shipped one.

    Raises:
        AssumptionError: there is no such scenario, or the file cannot be used.
    """
    own = settings.data / FILE_NAME if settings is not None else _SHIPPED
    path = own if own.is_file() else _SHIPPED
    tables = _tables(path, path.stat().st_mtime_ns)
    if scenario not in SCENARIOS:
        raise AssumptionError(
            f"no scenario '{scenario}'; there are {', '.join(SCENARIOS)}. Name one of them."
        )
    base = _laid_over(_tables(_SHIPPED, 0)["base"], tables.get("base", {}))
    return as_text(checked(_laid_over(base, tables.get(scenario, {}))))


@lru_cache(maxsize=8)
def _tables(path: Path, _changed: int) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssumptionError(
            f"{path}: not a TOML file in UTF-8: {error}. Correct that line."
        ) from error


def _laid_over(known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    merged = dict(known)
    for key, value in given.items():
        is_table = isinstance(value, dict) and isinstance(known.get(key), dict)
        merged[key] = _laid_over(known[key], value) if is_table else value
    return merged


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
