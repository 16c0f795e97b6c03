"""``make bench``: what Fenggu costs, beside the limit or a peer measured in the same run.

``python -m tests.benchmarks [--usage-points 10000] [--only PART]``
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from tests.benchmarks import (
    bench_billing,
    bench_collection,
    bench_demand,
    bench_dlt645,
    bench_dlt698,
    bench_events,
    bench_fleet_forecast,
    bench_forecast,
    bench_formats,
    bench_lake,
    bench_load_statistics,
    bench_offers,
    bench_optimal_prices,
    bench_outlook,
    bench_pages,
    bench_portrait_money,
    bench_portraits,
    bench_ranked_offers,
    bench_segments,
    bench_simulated,
    bench_vee,
    bench_what_if,
    urdb_census,
)

_PARTS = (
    "lake",
    "billing",
    "formats",
    "protocols",
    "collection",
    "simulated",
    "vee",
    "statistics",
    "outlook",
    "demand",
    "pages",
    "forecast",
    "fleet",
    "offers",
    "segments",
    "portraits",
    "money",
    "what_if",
    "prices",
    "events",
)


def main() -> None:
    """Run the benchmarks one after another; every figure is a line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--usage-points", type=int, default=10_000)
    parser.add_argument("--only", choices=_PARTS)
    given = parser.parse_args()
    parts = [given.only] if given.only else _PARTS
    if {"lake", "billing"} & set(parts):
        with bench_lake.made_lake(given.usage_points) as (settings, lines):
            _print("A lake", lines)
            if "billing" in parts:
                _print("Billing", bench_billing.run(settings))
                _print("URDB records", urdb_census.run())
            if "lake" in parts:
                _print("Lake", bench_lake.run(settings))
    _of_their_own(parts, given.usage_points)


def _of_their_own(parts: Sequence[str], usage_points: int) -> None:
    """The parts that need no common lake."""
    runs: dict[str, list[tuple[str, Callable[[], list[tuple[str, str]]]]]] = {
        "formats": [("Formats", bench_formats.run)],
        "protocols": [("DL/T 645", bench_dlt645.run), ("DL/T 698.45", bench_dlt698.run)],
        "collection": [("Collection", bench_collection.run)],
        "simulated": [("Simulated district", lambda: bench_simulated.run(customers=usage_points))],
        "vee": [("Validation and estimation", lambda: bench_vee.run(customers=usage_points))],
        "statistics": [
            ("Load statistics", lambda: bench_load_statistics.run(customers=usage_points))
        ],
        "outlook": [("Outlook", bench_outlook.run)],
        "demand": [("Demand side", bench_demand.run)],
        "pages": [("Pages in a browser", bench_pages.run)],
        "forecast": [("Forecast of real systems", bench_forecast.run)],
        "fleet": [
            ("Forecast of every meter", lambda: bench_fleet_forecast.run(customers=usage_points))
        ],
        "offers": [
            ("Offers", bench_offers.run),
            ("Offers, ranked lists", bench_ranked_offers.run),
        ],
        "segments": [("Segments", bench_segments.run)],
        "portraits": [("Portraits", lambda: bench_portraits.run(customers=usage_points))],
        "events": [("Events of demand response", bench_events.run)],
        "what_if": [("Scenarios", lambda: bench_what_if.run(customers=usage_points))],
        "prices": [("Best prices", lambda: bench_optimal_prices.run(customers=usage_points))],
        "money": [("Money of portraits", lambda: bench_portrait_money.run(customers=usage_points))],
    }
    for part, own in runs.items():
        if part in parts:
            for title, run in own:
                _print(title, run())


def _print(title: str, lines: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in lines)
    sys.stdout.write(f"\n{title}\n")
    for name, figure in lines:
        sys.stdout.write(f"  {name:<{width}}  {figure}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
