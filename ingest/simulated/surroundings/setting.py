"""What all customers of the district share: time, calendar, weather, economy."""

from dataclasses import dataclass

from ingest.simulated.surroundings.days import Days
from ingest.simulated.surroundings.economy import Economy
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import Weather


@dataclass(frozen=True, slots=True)
class Setting:
    """The circumstances under which everybody lives."""

    seed: int
    span: Span
    days: Days
    weather: Weather
    economy: Economy
