"""Assumptions under which nothing happens, to which a test adds the one thing it is about."""

from typing import Any

from queries.market.assumptions import Assumptions, checked, read_assumptions

_NOTHING: dict[str, dict[str, Any]] = {
    "economy": dict.fromkeys(
        (
            "primary_growth_share",
            "secondary_growth_share",
            "tertiary_growth_share",
            "income_growth_share",
            "population_growth_share",
            "price_growth_share",
            "growth_spread_share",
            "yearly_spread_share",
            "customer_spread_share",
            "month_spread_share",
        ),
        0.0,
    ),
    "elasticity": {"spread": 0.0, "price_spread": 0.0},
    "efficiency": dict.fromkeys(
        (
            "primary_share",
            "secondary_share",
            "tertiary_share",
            "households_share",
            "spread_share",
        ),
        0.0,
    ),
    "vehicles": {"present_share": 0.0, "final_share": 0.0, "spread_share": 0.0},
    "heat_pumps": {"present_share": 0.0, "final_share": 0.0, "spread_share": 0.0},
    "solar": {"final_kw_per_household": 0.0, "final_kw_per_business": 0.0, "spread_share": 0.0},
    "weather": {
        "warming_k_per_decade": 0.0,
        "energy_spread_share": 0.0,
        "peak_spread_share": 0.0,
    },
    "grid": {"own_growth_spread_share": 0.0},
}


def calm(**parts: dict[str, Any] | int) -> Assumptions:
    """No growth, no chance, nothing new; ``calm(vehicles={"final_share": 0.5})`` adds to it."""
    tables = read_assumptions("draws = 100").model_dump()
    for name, values in (*_NOTHING.items(), *parts.items()):
        tables[name] = {**tables[name], **values} if isinstance(values, dict) else values
    return checked(tables)
