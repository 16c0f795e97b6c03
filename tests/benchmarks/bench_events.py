"""Events of the simulated district: what settlement says of them beside what was planted.

It reads the lake that ``make app`` has made (FENGGU_DATA) and writes nothing. The rule is chosen on
placebo days alone; the planted truth only judges it.
"""

import time
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from ingest.simulated.arrival import BESIDE
from ingest.simulated.planted_reductions import planted_reductions
from queries.demand.baseline_rules import baseline_rules
from queries.demand.baseline_tribunal import SURE, recommended
from queries.demand.event_called import called_event
from queries.demand.event_gaming import event_gaming
from queries.demand.event_loads import event_loads
from queries.demand.event_placebos import Tried, days_like, standard_error_kw, tried_on
from queries.demand.event_rules import judged_rules
from queries.demand.event_settlement import READS, event_settlement, settlement_rows
from queries.demand.response_records import events
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import current_settings
from tests.benchmarks.bench_lake import Line

_LIMIT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Judged:
    """One event.

    Attributes:
        hours: Its length [h].
        true_kwh: Planted reduction of all called with a baseline by every rule [kWh].
        measured_kwh: By rule [kWh].
        confirmed_kwh: By rule [kWh].
        standard_error_kwh: By rule, from the placebo days [kWh].
        tried: Its placebo days.
    """

    event_id: str
    hours: float
    true_kwh: float
    measured_kwh: dict[str, float]
    confirmed_kwh: dict[str, float]
    standard_error_kwh: dict[str, float]
    tried: Tried


def run() -> list[Line]:
    """Every event of the district by every rule."""
    settings = current_settings()
    truth = settings.data / BESIDE / "truth.parquet"
    if not truth.exists():
        return [("events", "skipped: there is no simulated district in FENGGU_DATA; `make app`")]
    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
        planted = planted_reductions(settings.data)
        known = events(lake).filter(pl.col("event_id").is_in(planted["event_id"].implode()))
        if known.is_empty():
            return [("events", "skipped: its programme is not in the records; `fenggu init`")]
        found = [judged_event(lake, one, planted) for one in known["event_id"].sort()]
        asked = [one.event_id for one in found]
        return [
            *_in_all(found),
            *_by_event(found),
            *_false_alarms(lake, asked),
            *_speed(lake, asked[-1]),
        ]


def judged_event(lake: DuckDBPyConnection, event_id: str, planted: pl.DataFrame) -> Judged:
    """One event by every rule, over those for whom all rules but bounds answer."""
    asked = called_event(lake, event_id)
    loads = event_loads(lake, asked, with_controls=True)
    rules = {code: one for code, one in baseline_rules().items() if not one.is_bound}
    tried = tried_on(loads.history, days_like(loads.history, loads.event), rules, loads.called)
    hours = (asked.until_minute - asked.from_minute) / 60
    unknown = np.full(loads.called, np.nan)
    lines = {
        code: pl.DataFrame(
            settlement_rows(asked, loads, rule, unknown),
            schema_overrides={"reduction_kw": pl.Float64(), "confirmed_kw": pl.Float64()},
        )
        for code, rule in rules.items()
    }
    counted = {code: one for code, one in lines.items() if one["reduction_kw"].count()}
    together = set(asked.points)
    for one in counted.values():
        together &= set(one.drop_nulls("reduction_kw")["usage_point_id"])
    of_event = planted.filter(
        (pl.col("event_id") == event_id) & pl.col("usage_point_id").is_in(list(together))
    )
    kept = {
        code: one.filter(pl.col("usage_point_id").is_in(list(together)))
        for code, one in counted.items()
    }
    return Judged(
        event_id,
        hours,
        float(of_event["reduced_kwh"].sum()),
        {code: float(one["reduction_kw"].sum()) * hours for code, one in kept.items()},
        {code: float(one["confirmed_kw"].sum()) * hours for code, one in kept.items()},
        {code: (standard_error_kw(one) or np.nan) * hours for code, one in tried.error_kw.items()},
        tried,
    )


def _in_all(found: list[Judged]) -> list[Line]:
    """Every rule over all events together, the recommended one first."""
    judged = {one.rule: one for one in judged_rules(*(one.tried for one in found))}
    best = recommended(list(judged.values()), baseline_rules()) or ""
    held = "best or tied" if not judged[best].p_value < SURE else "beaten"
    placebos = sum(len(one.tried.days) for one in found)
    lines = [
        ("planted events", f"{len(found)}; {sum(one.true_kwh for one in found):,.0f} kWh reduced"),
        (f"recommended on {placebos} placebo days", f"{best}; on those held back {held}"),
    ]
    for rule in sorted(judged, key=lambda one: (one != best, judged[one].error_share)):
        own = [one for one in found if rule in one.measured_kwh]
        true = sum(one.true_kwh for one in own)
        measured = sum(one.measured_kwh[rule] for one in own)
        confirmed = sum(one.confirmed_kwh[rule] for one in own)
        error = float(np.sqrt(np.nansum([one.standard_error_kwh[rule] ** 2 for one in own])))
        limit = f" (limit ±{_LIMIT_SHARE:.0%})" if rule == best else ""
        told = (
            f"{measured:,.0f} of {true:,.0f} kWh, {measured / true - 1:+.1%}{limit}",
            f"one standard error by the placebos {error / true:.0%}",
            f"confirmed {confirmed:,.0f} kWh",
            f"placebo bias {judged[rule].bias_share:+.1%}, error {judged[rule].error_share:.1%}",
            f"{len(own)} events",
        )
        lines.append((f"  {rule}", "; ".join(told)))
    return lines


def _by_event(found: list[Judged]) -> list[Line]:
    best = {one.rule: one for one in judged_rules(*(one.tried for one in found))}
    rule = recommended(list(best.values()), baseline_rules()) or ""
    return [(f"  {one.event_id}", _told(one, rule)) for one in found if rule in one.measured_kwh]


def _told(one: Judged, rule: str) -> str:
    parts = [f"true {one.true_kwh:.0f} kWh"]
    for code in dict.fromkeys((rule, "china_2")):
        error = one.standard_error_kwh[code]
        measured, confirmed = one.measured_kwh[code], one.confirmed_kwh[code]
        parts.append(f"{code} {measured:.0f} ± {error:.0f}, confirmed {confirmed:.0f}")
    return "; ".join(parts)


def _false_alarms(lake: DuckDBPyConnection, asked: list[str]) -> list[Line]:
    """Indicators of gaming raised in a district where nobody games."""
    found = pl.concat([event_gaming(lake, event_id=one) for one in asked])
    counted = found.drop_nulls("value").group_by("indicator", maintain_order=True)
    return [
        (f"  raised where nobody games: {code}", f"{raised} of {known}, {raised / known:.1%}")
        for code, known, raised in counted.agg(
            pl.len().alias("known"), pl.col("is_raised").sum()
        ).iter_rows()
    ]


def _speed(lake: DuckDBPyConnection, event_id: str) -> list[Line]:
    begin = time.perf_counter()
    event_settlement(lake, event_id=event_id)
    return [("settling one event again", f"{time.perf_counter() - begin:.2f} s")]


def _print() -> None:
    for name, value in run():
        print(f"{name:45} {value}")  # noqa: T201


if __name__ == "__main__":
    _print()
