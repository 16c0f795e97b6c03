"""``make bench``: what Fenggu costs, beside the limit or a peer measured in the same run.

``python -m tests.benchmarks [--usage-points 10000] [--only PART]``
"""

import argparse
import sys
from collections.abc import Sequence

from tests.benchmarks import (
    bench_billing,
    bench_collection,
    bench_dlt645,
    bench_dlt698,
    bench_fleet_forecast,
    bench_forecast,
    bench_formats,
    bench_lake,
    bench_load_statistics,
    bench_outlook,
    bench_simulated,
    bench_vee,
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
    "forecast",
    "fleet",
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
    if "formats" in parts:
        _print("Formats", bench_formats.run())
    if "protocols" in parts:
        _print("DL/T 645", bench_dlt645.run())
        _print("DL/T 698.45", bench_dlt698.run())
    if "collection" in parts:
        _print("Collection", bench_collection.run())
    if "simulated" in parts:
        _print("Simulated district", bench_simulated.run(customers=usage_points))
    if "vee" in parts:
        _print("Validation and estimation", bench_vee.run(customers=usage_points))
    if "statistics" in parts:
        _print("Load statistics", bench_load_statistics.run(customers=usage_points))
    if "outlook" in parts:
        _print("Outlook", bench_outlook.run())
    if "forecast" in parts:
        _print("Forecast of real systems", bench_forecast.run())
    if "fleet" in parts:
        _print("Forecast of every meter", bench_fleet_forecast.run(customers=usage_points))


def _print(title: str, lines: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in lines)
    sys.stdout.write(f"\n{title}\n")
    for name, figure in lines:
        sys.stdout.write(f"  {name:<{width}}  {figure}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
