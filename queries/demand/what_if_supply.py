"""What lies beside the loads of a scenario: what energy costs and emits, how far all may be off."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from queries.demand.what_if_kinds import Supposed


def _in_order(factors: tuple[float, float]) -> tuple[float, float]:
    if factors[0] > factors[1]:
        raise ValueError("the lower factor comes first")
    return factors


Factors = Annotated[
    tuple[Annotated[float, Field(ge=0, le=5)], Annotated[float, Field(ge=0, le=5)]],
    AfterValidator(_in_order),
]
"""The lowest and the highest."""


class Supply(Supposed):
    """What the energy costs that the utility buys, and what it emits: assumptions, all of them.

    Attributes:
        purchase_cny_per_kwh: Of energy bought; usually Liaoning's benchmark price of coal power, as
            the shipped tariffs pay for energy fed in [CNY/kWh].
        dear_times: Price of the dear hours over that.
        dear_hours: First hour and the one after the last, of every day [0–24].
        loss_share: Of energy bought, lost before it is sold [0–1).
        carbon_kg_per_kwh: Of energy taken by customers; usually China's mean of 2022 (Ministry of
            Ecology and Environment and National Bureau of Statistics, December 2024) [kg CO₂/kWh].
    """

    purchase_cny_per_kwh: float = Field(default=0.3749, ge=0, le=10)
    dear_times: float = Field(default=1.0, ge=0, le=20)
    dear_hours: tuple[int, int] = (17, 22)
    loss_share: float = Field(default=0.05, ge=0, lt=1)
    carbon_kg_per_kwh: float = Field(default=0.5366, ge=0, le=2)

    @model_validator(mode="after")
    def _in_a_day(self) -> "Supply":
        if not 0 <= self.dear_hours[0] < self.dear_hours[1] <= 24:
            raise ValueError("dear_hours must be two hours of a day in order, 0–24")
        return self


class Uncertain(Supposed):
    """Between which factors what a scenario supposes may lie; drawn evenly, each for itself.

    Attributes:
        strength: Of the answer to prices.
        uptake: Of every share of customers that take part.
        vehicle_energy: Of a vehicle's energy a day.
        heating: Of the energy of heating.
    """

    strength: Factors = (0.5, 1.5)
    uptake: Factors = (0.7, 1.3)
    vehicle_energy: Factors = (0.8, 1.2)
    heating: Factors = (0.8, 1.2)
