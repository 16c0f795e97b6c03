"""Small districts, made once."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from ingest.simulated.plan import Plan
from ingest.simulated.run import simulate

SMALL = Plan(
    customers=90, first_day=date(2024, 6, 20), last_day=date(2024, 8, 20), seed=3, faults=3.0
)
"""Six areas on two feeders, two summer months with the time-of-use programme's sharp hours; three
times as much goes wrong as usual."""


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The folder of a simulated district; each plan and number of workers is simulated once."""
    made: dict[tuple[Plan, int], Path] = {}

    def of(plan: Plan = SMALL, *, workers: int = 1) -> Path:
        if (plan, workers) not in made:
            out = tmp_path_factory.mktemp("district") / "out"
            simulate(plan, out, workers=workers)
            made[plan, workers] = out
        return made[plan, workers]

    return of


def table(folder: Path, name: str, part: str = "readings") -> pl.DataFrame:
    """All feeders' rows of one table."""
    return pl.concat(pl.read_parquet(file) for file in sorted((folder / part).glob(f"{name}-*")))


def digest(rows: pl.DataFrame, key: list[str]) -> str:
    """A hash of the rows in the order of their key."""
    return sha256(rows.sort(key).write_csv().encode()).hexdigest()
