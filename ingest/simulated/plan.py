"""What is to be simulated."""

from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from json import dumps

from ingest.simulated.surroundings.span import Span

SMALLEST = 20
"""Customers below which there is no district: a feeder with its areas."""
_CALENDAR_YEARS = (1951, 2099)
"""First and last year whose Spring Festival, and those next to it, the calendar knows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A district: equal plans give equal rows.

    Attributes:
        customers: How many usage points, transformer and feeder meters not counted.
        first_day, last_day: Both included.
        seed: Everything random follows from it; 0 or more.
        faults: Scales how much goes wrong with meters, people and terminals; 0: nothing does.
        energy_only: Leave out voltages, currents, registers and events.
    """

    customers: int = 600
    first_day: date = date(2024, 1, 1)
    last_day: date = date(2025, 12, 31)
    seed: int = 1
    faults: float = 1.0
    energy_only: bool = False

    def __post_init__(self) -> None:
        if self.customers < SMALLEST:
            raise ValueError(
                f"{self.customers} customers are too few for a district; ask for {SMALLEST} or more"
            )
        if self.seed < 0:
            raise ValueError(f"seed {self.seed} is negative; give 0 or more")
        if not 0 <= self.faults <= 10:
            raise ValueError(f"faults {self.faults} is not from 0 to 10; 1 is a usual district")
        if self.last_day < self.first_day:
            raise ValueError(f"the last day {self.last_day} is before the first, {self.first_day}")
        first_year, last_year = _CALENDAR_YEARS
        for day in (self.first_day, self.last_day):
            if not first_year <= day.year <= last_year:
                raise ValueError(
                    f"the calendar does not know {day}; give days from {first_year} to {last_year}"
                )

    @property
    def span(self) -> Span:
        """The simulated days."""
        return Span.between(self.first_day, self.last_day)

    @property
    def command(self) -> str:
        """The command that makes the same district."""
        return (
            f"fenggu simulate --customers {self.customers} --from {self.first_day} "
            f"--to {self.last_day} --seed {self.seed} --faults {_shortest(self.faults)}"
            + (" --energy-only" if self.energy_only else "")
        )

    @property
    def digest(self) -> str:
        """SHA-256 that tells plans apart."""
        return sha256(dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()


def _shortest(number: float) -> str:
    """The shortest text that reads as the same number: 1, 0.1, 1.2345678."""
    return repr(float(number)).removesuffix(".0")
