"""A scenario whose assumptions are off by chance: one of the draws that make its bands."""

from typing import TypeVar

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY, cny
from queries.demand.what_if_kinds import Supposed
from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import net_kwh, worked_out
from queries.demand.what_if_supplied import carbon_kg, purchase_fen
from queries.demand.what_if_terms import WhatIf, scenario_of
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "number": pl.Int64(),
        "strength_factor": pl.Float64(),
        "uptake_factor": pl.Float64(),
        "vehicle_factor": pl.Float64(),
        "heating_factor": pl.Float64(),
        "peak_kw": pl.Float64(),
        "energy_kwh": pl.Float64(),
        "owed_cny": MONEY,
        "purchase_cny": MONEY,
        "carbon_kg": pl.Float64(),
    }
)
READS = OUTCOME_READS

USUAL_DRAWS = 20
FIGURES = ("peak_kw", "energy_kwh", "owed_cny", "purchase_cny", "carbon_kg")
BANDS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_HOURS_PER_SLOT = SLOT_MINUTES / 60
_Kind = TypeVar("_Kind", bound=Supposed)


def what_if_draw(lake: DuckDBPyConnection, *, scenario: str, number: int) -> pl.DataFrame:
    """What a scenario comes to if its assumptions are off as the draw of this number says.

    Factors are drawn evenly between the bounds of ``uncertain``; who takes part is drawn anew. The
    same scenario, seed and number give the same figures.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.
        number: Of the draw, from 0 on.

    Returns:
        One row: the factors, and the figures as ``what_if_summary`` has them afterwards.
    """
    what_if = scenario_of(scenario)
    drawn, factors = drawn_scenario(what_if, number)
    found = worked_out(drawn, lake)
    net = net_kwh(found, is_after=True)
    money = {
        "owed_cny": int(found.then.total_fen.sum()),
        "purchase_cny": purchase_fen(net, what_if.supply),
    }
    row = {
        "number": number,
        **factors,
        "peak_kw": float(net.max()) / _HOURS_PER_SLOT,
        "energy_kwh": found.after.ledger.after_kwh,
        "carbon_kg": carbon_kg(net, what_if.supply),
        **money,
    }
    return (
        pl.DataFrame([row])
        .with_columns(cny(pl.Series(name, [fen])).alias(name) for name, fen in money.items())
        .select(pl.col(name).cast(kind) for name, kind in RETURNS.items())
    )


def drawn_scenario(what_if: WhatIf, number: int) -> tuple[WhatIf, dict[str, float]]:
    """A scenario with the factors of one draw, and these factors."""
    random = np.random.default_rng([what_if.seed, number])
    bounds = what_if.uncertain
    strength, uptake, vehicle, heating = (
        float(random.uniform(*one))
        for one in (bounds.strength, bounds.uptake, bounds.vehicle_energy, bounds.heating)
    )

    def taken_up(kinds: tuple[_Kind, ...], **also: float) -> tuple[_Kind, ...]:
        return tuple(_times(one, uptake_share=uptake, **also) for one in kinds)

    drawn = what_if.model_copy(
        update={
            "answers": taken_up(what_if.answers, strength=strength),
            "vehicles": taken_up(what_if.vehicles, energy_kwh=vehicle),
            "roofs": taken_up(what_if.roofs),
            "storages": taken_up(what_if.storages),
            "heatings": taken_up(what_if.heatings, kwh_per_degree_hour=heating),
            "seed": int(random.integers(2**31)),
        }
    )
    return drawn, {
        "strength_factor": strength,
        "uptake_factor": uptake,
        "vehicle_factor": vehicle,
        "heating_factor": heating,
    }


def _times(one: _Kind, **factors: float) -> _Kind:
    """Fields times factors; a share stays one, a vehicle takes no more than its charger gives."""
    changed = {name: getattr(one, name) * factor for name, factor in factors.items()}
    if "uptake_share" in changed:
        changed["uptake_share"] = min(changed["uptake_share"], 1.0)
    if "energy_kwh" in changed:
        changed["energy_kwh"] = min(changed["energy_kwh"], one.model_dump()["power_kw"] * 24)
    return one.model_copy(update=changed)


def bands(draws: pl.DataFrame) -> pl.DataFrame:
    """Quantiles of every figure over the draws: ``figure``, ``p10``, ``p50``, ``p90``."""
    return pl.DataFrame(
        [
            {
                "figure": name,
                **{
                    band: draws[name].cast(pl.Float64).quantile(share, "linear")
                    for band, share in BANDS.items()
                },
            }
            for name in FIGURES
        ]
    )
