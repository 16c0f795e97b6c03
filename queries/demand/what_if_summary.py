"""What a scenario comes to, beside what is: energy, peak, money, who wins and loses."""

from datetime import datetime, time, timedelta
from typing import get_args

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY, cny
from queries.demand.what_if_answer import Doubt
from queries.demand.what_if_changes import days_of
from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import net_kwh, outcome
from queries.demand.what_if_supplied import carbon_kg, purchase_fen
from queries.demand.what_if_terms import scenario_of
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "state": pl.String(),
        "energy_kwh": pl.Float64(),
        "fed_in_kwh": pl.Float64(),
        "peak_kw": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "load_factor_share": pl.Float64(),
        "peak_valley_kw": pl.Float64(),
        "peak_valley_share": pl.Float64(),
        "owed_cny": MONEY,
        "price_cny_per_kwh": pl.Float64(),
        "purchase_cny": MONEY,
        "margin_cny": MONEY,
        "carbon_kg": pl.Float64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
        "outside_evidence": pl.Int64(),
        "other_class": pl.Int64(),
        "no_off_peak": pl.Int64(),
        "storage_gap_share": pl.Float64(),
        "responding": pl.Int64(),
        "heats_already": pl.Int64(),
    }
)
READS = OUTCOME_READS

STATES = ("before", "after")
_HOURS_PER_SLOT = SLOT_MINUTES / 60


def what_if_summary(lake: DuckDBPyConnection, *, scenario: str) -> pl.DataFrame:
    """Energy, peak and money of everyone together, as measured and as supposed.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.

    Returns:
        Two rows, ``state`` before and after. ``energy_kwh`` taken from the grid, ``fed_in_kwh`` by
        the plants and batteries of the scenario, ``peak_kw`` the highest quarter of an hour of all
        customers together less what these feed in, ``peak_at`` its begin in standard time,
        ``load_factor_share`` mean over peak, ``peak_valley_kw`` the largest difference within a day
        and ``peak_valley_share`` that over the highest of its day. ``owed_cny`` by all,
        ``price_cny_per_kwh`` that over the energy. ``purchase_cny`` for what the utility buys,
        ``margin_cny`` what is owed less that, ``carbon_kg`` of CO₂: by the scenario's ``supply``.
        ``winners`` owe less than before, ``losers``
        more. How many answer in a way that was never tried: ``outside_evidence`` (the price ratio;
        they are taken not to answer), ``other_class`` (the evidence is of other customers),
        ``no_off_peak`` (no load in cheap hours; they are taken not to answer).
        ``storage_gap_share``: by how much the schedules of batteries may be worse than the best
        ones, of what these save or leave (null: no batteries). ``responding`` customers have a
        measured response to temperature, which another weather rests on (null: it is the same);
        ``heats_already``: so many were drawn for electric heating and left out.
    """
    what_if = scenario_of(scenario)
    found = outcome(what_if, lake)
    change = found.then.total_fen - found.now.total_fen
    doubts = {str(one): found.doubts.get(one, 0) for one in get_args(Doubt)}
    rows = []
    for state, owed in zip(STATES, (found.now, found.then), strict=True):
        is_after = state == "after"
        net = net_kwh(found, is_after=is_after)
        energy = found.after.ledger.after_kwh if is_after else found.after.ledger.before_kwh
        peak = int(net.argmax())
        peak_kw = float(net.flat[peak]) / _HOURS_PER_SLOT
        first_day = datetime.combine(days_of(found.before.lab)[0], time())
        rows.append(
            {
                "state": state,
                "energy_kwh": energy,
                "fed_in_kwh": found.after.ledger.fed_in_kwh if is_after else 0.0,
                "peak_kw": peak_kw,
                "peak_at": first_day + timedelta(minutes=peak * SLOT_MINUTES),
                "load_factor_share": net.mean() / net.max() if peak_kw > 0 else None,
                **_peak_valley(net),
                "storage_gap_share": found.after.gap_share if is_after else None,
                "responding": found.responding if is_after else None,
                "heats_already": found.heats_already if is_after else 0,
                "owed_fen": int(owed.total_fen.sum()),
                "purchase_fen": purchase_fen(net, what_if.supply),
                "carbon_kg": carbon_kg(net, what_if.supply),
                "price_cny_per_kwh": owed.sold_fen.sum() / 100 / energy if energy > 0 else None,
                "winners": int((change < 0).sum()) if is_after else 0,
                "losers": int((change > 0).sum()) if is_after else 0,
                **(doubts if is_after else dict.fromkeys(doubts, 0)),
            }
        )
    frame = pl.DataFrame(rows, infer_schema_length=None)
    margin = frame["owed_fen"] - frame["purchase_fen"]
    return frame.with_columns(
        cny(frame["owed_fen"]).alias("owed_cny"),
        cny(frame["purchase_fen"]).alias("purchase_cny"),
        cny(margin).alias("margin_cny"),
    ).select(pl.col(name).cast(kind) for name, kind in RETURNS.items())


def _peak_valley(net: np.ndarray) -> dict[str, float | None]:
    """Of the day on which the difference of highest and lowest is largest."""
    highest, lowest = net.max(axis=1), net.min(axis=1)
    day = int((highest - lowest).argmax())
    difference = float(highest[day] - lowest[day])
    return {
        "peak_valley_kw": difference / _HOURS_PER_SLOT,
        "peak_valley_share": difference / float(highest[day]) if highest[day] > 0 else None,
    }
