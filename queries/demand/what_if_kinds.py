"""What customers may get in a scenario: vehicles, roofs, batteries, heating."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Purpose = Literal["arbitrage", "own_peak", "system_peak"]
"""What a battery is for: buying when it is cheap; holding down the customer's own highest load of
the day, or that of all customers together."""
Charging = Literal["unmanaged", "valley", "smart"]
"""When vehicles charge: on coming home; by a timer at the begin of the valley; spread over it."""


class Supposed(BaseModel):
    """A part of a scenario: data that never changes, and knows no other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Vehicles(Supposed):
    """Electric vehicles that come on top of what is there.

    Attributes:
        customer_classes: Who gets them.
        uptake_share: Of these customers, one vehicle each [0–1].
        energy_kwh: Of a vehicle on a day [kWh]; 2,000 kWh a year is 12,000 km.
        power_kw: Of the charger [kW].
        charging: When.
        valley: First and last quarter of an hour of the valley, counted from midnight, the last not
            included; it may go over midnight.
    """

    customer_classes: tuple[str, ...] = ("residential",)
    uptake_share: float = Field(default=0.1, ge=0, le=1)
    energy_kwh: float = Field(default=5.5, ge=0, le=150)
    power_kw: float = Field(default=7.0, gt=0, le=100)
    charging: Charging = "unmanaged"
    valley: tuple[int, int] = (92, 28)

    @model_validator(mode="after")
    def _fits(self) -> "Vehicles":
        begin, end = self.valley
        if not (0 <= begin < 96 and 0 < end <= 96 and begin != end):
            raise ValueError("valley must be two different quarters of an hour, 0–95 and 1–96")
        if self.energy_kwh > self.power_kw * 24:
            raise ValueError("energy_kwh is more than power_kw gives in a day")
        return self


class Roofs(Supposed):
    """Roof plants that come on top of what is there.

    Attributes:
        customer_classes: Who gets them.
        uptake_share: Of these customers [0–1].
        capacity_kw: Of a plant [kW peak].
        performance_share: Of what the sun on the level would give at 1 kW for 1 kW/m² [0–1].
    """

    customer_classes: tuple[str, ...] = ("residential",)
    uptake_share: float = Field(default=0.1, ge=0, le=1)
    capacity_kw: float = Field(default=5.0, gt=0, le=10_000)
    performance_share: float = Field(default=0.8, gt=0, le=1)


class Storage(Supposed):
    """Batteries behind the meter; each begins and ends every day empty.

    For the first two purposes a battery never feeds into the grid. For the highest load of all
    every battery does the same, and what its customer does not take is fed in.

    Attributes:
        customer_classes: Who gets them.
        uptake_share: Of these customers [0–1].
        capacity_kwh: That can be used, of a battery [kWh].
        power_kw: Of a battery, charging and discharging [kW].
        efficiency_share: Of what was charged, what comes back [0–1].
        purpose: What it is for.
    """

    customer_classes: tuple[str, ...] = ("residential",)
    uptake_share: float = Field(default=0.1, ge=0, le=1)
    capacity_kwh: float = Field(default=10.0, gt=0, le=100_000)
    power_kw: float = Field(default=5.0, gt=0, le=100_000)
    efficiency_share: float = Field(default=0.9, gt=0, le=1)
    purpose: Purpose = "arbitrage"


class Heating(Supposed):
    """Homes that begin to heat with electricity; who does already (by its portrait) is left out.

    Attributes:
        customer_classes: Who.
        uptake_share: Of these customers [0–1].
        kwh_per_degree_hour: Electricity an hour and kelvin below ``balance_c`` [kWh/(h·K)]. The
            usual value, an assumption: a home that loses 180 W/K, by a heat pump with a
            coefficient of performance of 3.
        balance_c: Outside temperature below which it heats [°C].
    """

    customer_classes: tuple[str, ...] = ("residential",)
    uptake_share: float = Field(default=0.1, ge=0, le=1)
    kwh_per_degree_hour: float = Field(default=0.06, ge=0, le=10)
    balance_c: float = Field(default=16.0, ge=-20, le=30)
