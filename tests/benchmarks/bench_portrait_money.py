"""Money of portraits: what a fleet's costs, and how often a held-back year lies in its interval.

The fleet is the sample, scaled and perturbed, with two years of payments; each step runs in a
process of its own, so that its peak memory is its own. The interval is checked on simulated
districts of three years, of which the third is held back.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl

from ingest.batch import Batch
from ingest.lake import append, create_lake, publish, writing
from ingest.master.reading import MasterBatch
from ingest.master.store import store_reference
from ingest.merge import Arrival
from ingest.portrait_money import make_money
from ingest.portraits import Wanted, make_portraits
from ingest.sample.load import SAMPLE
from ingest.sample.scaled import scaled_master, scaled_profiles
from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from ingest.store import Stored, derive_completeness, store
from queries.customers.portrait_money import portrait_money
from queries.customers.portrait_money_bills import YEAR, month_bills
from queries.derived.daily_totals import daily_totals
from queries.lake import open_lake
from queries.schema import DAILY_TOTALS, PAYMENTS
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import ARRIVED, Line
from tests.benchmarks.memory import peak_mb

_SEED, _DISTRICT_SEEDS, _CUSTOMERS = 1, (11, 23), 400
_YEARS = 2024, 2026
_BILLS = 24


def run(*, customers: int = 10_000) -> list[Line]:
    """Cold, nothing new, new payments; then the coverage of the intervals."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for step in ("fleet", "cold", "nothing-new", "payments"):
            command = [sys.executable, "-m", "tests.benchmarks.bench_portrait_money", folder, step]
            arguments = [*command, str(customers)]
            done = subprocess.run(arguments, capture_output=True, text=True, check=True)  # noqa: S603
            lines += [tuple(line) for line in json.loads(done.stdout)]
    for seed in _DISTRICT_SEEDS:
        with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
            lines += _coverage(Settings(data=Path(folder), lake="", database=""), seed)
    return lines


def _fleet(settings: Settings, customers: int) -> list[Line]:
    """A year of readings with the register, and two years of bills."""
    create_lake(settings)
    arrival = Arrival("bench", ARRIVED)
    with writing(settings) as writer:
        master = scaled_master(SAMPLE, usage_points=customers, seed=_SEED)
        store_reference(writer, MasterBatch(tables=master), arrival, settings.zone)
        for block in scaled_profiles(SAMPLE, usage_points=customers, seed=_SEED):
            store(writer, Batch(profiles=block), arrival, Stored())
            month = pl.col("service_date").dt.strftime("%Y-%m").alias("service_month")
            append(
                writer,
                DAILY_TOTALS,
                daily_totals(block.with_columns(month), profile_version=1),
            )
        append(writer, PAYMENTS, _payments(master["customers"]["customer_id"]))
        publish(writer)
    with writing(settings) as writer:
        derive_completeness(writer, settings)
        publish(writer)
    return []


def _payments(customers: pl.Series) -> pl.DataFrame:
    """A bill a month of everyone; some pay late as a habit."""
    random = np.random.default_rng(_SEED)
    habit = random.choice([0.01, 0.1, 0.5], len(customers), p=[0.7, 0.2, 0.1])
    frames = []
    for number in range(_BILLS):
        month = date(2015 + number // YEAR, number % YEAR + 1, 1)
        issued = (month + timedelta(days=31)).replace(day=3)
        late = random.random(len(customers)) < habit
        delay = np.where(late, random.integers(16, 60, len(customers)), 4)
        billed = pl.lit(Decimal(100), PAYMENTS.schema["billed_cny"])
        frames.append(
            pl.DataFrame({"customer_id": customers, "delay": delay}).with_columns(
                bill_month=pl.lit(f"{month:%Y-%m}"),
                payment_number=pl.lit(1),
                billed_cny=billed,
                issued_on=pl.lit(issued),
                due_on=pl.lit(issued + timedelta(days=15)),
                paid_cny=billed,
                paid_on=pl.lit(issued) + pl.duration(days="delay"),
                channel=pl.lit("wechat"),
                batch_id=pl.lit("bench"),
                received_at=pl.lit(ARRIVED),
            )
        )
    rows = pl.concat(frames)
    return rows.select(pl.col(name).cast(dtype) for name, dtype in PAYMENTS.schema.items())


def _more_payments(settings: Settings) -> list[Line]:
    """Everyone's bill once more, and the money after it."""
    with closing(open_lake(settings, EVERYTHING)) as lake:
        held = lake.table(PAYMENTS.name).pl()
    latest = held.filter(pl.col("bill_month") == held["bill_month"].max())
    again = latest.with_columns(payment_number=pl.lit(2, PAYMENTS.schema["payment_number"]))
    with writing(settings) as writer:
        append(writer, PAYMENTS, again)
        publish(writer)
    return _made("new payments", settings)


def _made(name: str, settings: Settings) -> list[Line]:
    start, spent = time.perf_counter(), time.process_time()
    made = make_money(settings)
    seconds, spent = time.perf_counter() - start, time.process_time() - spent
    figure = (
        f"{seconds:.1f} s, {spent:.1f} s of processors, {peak_mb():,.0f} MB: "
        f"{made.accounts:,} rows, {made.billed:,} billed"
    )
    return [(name, figure)]


def _coverage(settings: Settings, seed: int) -> list[Line]:
    """How many accounts' bills of the third year lie in the interval told after the second."""
    create_lake(settings)
    first, last = (date(year, 1, 1) for year in _YEARS)
    end = date(last.year, 12, 31)
    plan = Plan(_CUSTOMERS, first, end, seed=seed, energy_only=True)
    load_district(settings, plan, tell=lambda _: None, workers=1)
    told_on = Wanted(last_day=last - timedelta(days=1))
    make_portraits(settings, told_on)
    make_money(settings, told_on)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        told = portrait_money(lake).filter(pl.col("next_year_low_cny").is_not_null())
        bills = month_bills(end, lake)
    known = bills.is_known[:, YEAR:].all(axis=1)
    came = bills.points.select("customer_id").with_columns(
        came_cny=pl.Series(bills.level_fen[:, YEAR:].sum(axis=1) / 100)
    )
    both = told.join(came.filter(pl.Series(known)), on="customer_id")
    low, high = pl.col("next_year_low_cny"), pl.col("next_year_high_cny")
    held = both.select(pl.col("came_cny").is_between(low, high).mean()).item()
    width = both.select(((high - low) / 2 / pl.col("next_year_cny")).median()).item()
    missed = both.select(((pl.col("came_cny") / pl.col("next_year_cny")) - 1).abs().median()).item()
    figure = (
        f"{held:.1%} of {both.height} accounts (80 % told); half-width {width:.0%}, "
        f"median miss {missed:.0%}"
    )
    return [(f"a year held back, district of seed {seed}", figure)]


def main() -> None:
    """One step, in a process of its own."""
    folder, step, customers = sys.argv[1:]
    settings = Settings(data=Path(folder) / "fleet", lake="", database="")
    steps = {
        "fleet": lambda: _fleet(settings, int(customers)),
        "cold": lambda: _made("bills, choices, revenue, arrears of everyone, cold", settings),
        "nothing-new": lambda: _made("nothing new", settings),
        "payments": lambda: _more_payments(settings),
    }
    settings.data.mkdir(exist_ok=True)
    sys.stdout.write(json.dumps(steps[step]()))


if __name__ == "__main__":
    main()
