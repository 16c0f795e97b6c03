"""What a scenario supposes: prices, answers to them, vehicles, roofs, savings, growth.

A scenario is data: it is saved, shared and worked out again to the same figures. Who takes part is
decided by a lot that depends on the customer and the seed alone (``what_if_lots``).
"""

import json
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from queries.demand.response_models import response_models
from queries.run import QuestionError

Purpose = Literal["arbitrage", "own_peak", "system_peak"]
"""What a battery is for: buying when it is cheap; holding down the customer's own highest load of
the day, or that of all customers together."""
Charging = Literal["unmanaged", "valley", "smart"]
"""When vehicles charge: on coming home; by a timer at the begin of the valley; spread over it."""


class WhatIfError(QuestionError):
    """A scenario cannot be worked out; the message names the field and what is expected."""


class _Supposed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NewTariff(_Supposed):
    """Another tariff for a price class.

    Attributes:
        price_class: Who gets it, such as ``residential``.
        tariff: Its code, or the whole tariff as TOML.
        for_everybody: Whether prices follow the hours for those too whose agreement is without
            time of use.
    """

    price_class: str
    tariff: str
    for_everybody: bool = True


class Answer(_Supposed):
    """Customers who answer to a change of prices.

    Attributes:
        customer_classes: Who.
        model: Code of a response model.
        uptake_share: Of these customers, that answer at all [0–1].
        technology_share: Of those that answer, that have a device that does it for them [0–1].
    """

    customer_classes: tuple[str, ...] = ("residential",)
    model: str = "arcturus"
    uptake_share: float = Field(default=0.3, ge=0, le=1)
    technology_share: float = Field(default=0.0, ge=0, le=1)


class Vehicles(_Supposed):
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


class Roofs(_Supposed):
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


class Storage(_Supposed):
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


class Saving(_Supposed):
    """Customers who use less in every hour.

    Attributes:
        customer_classes: Who.
        uptake_share: Of these customers [0–1].
        saving_share: Of their energy [0–1].
    """

    customer_classes: tuple[str, ...] = ("residential",)
    uptake_share: float = Field(default=1.0, ge=0, le=1)
    saving_share: float = Field(default=0.05, ge=0, le=1)


class Growth(_Supposed):
    """More or less of a class in every hour.

    Attributes:
        customer_class: Whose.
        growth_share: Of its energy; negative is less.
    """

    customer_class: str
    growth_share: float = Field(gt=-1, le=10)


class WhatIf(_Supposed):
    """A scenario; what it does not name stays as it is.

    Changes come in this order: answer to prices, saving, growth, vehicles, roofs, storage. So what
    answers is what was measured, a vehicle charges when it says, and a battery sees all of it.

    Attributes:
        first_day: First day of the readings it is worked out on, included.
        last_day: Last day, included.
        region_id: Only this region; None: all in the user's scope.
        tariffs: At most one a price class.
        answers: At most one a customer class.
        vehicles: Kinds of vehicles.
        roofs: Kinds of plants.
        storages: Kinds of batteries.
        savings: Kinds of savings.
        growth: At most one a class.
        seed: Of the lots.
    """

    first_day: date
    last_day: date
    region_id: str | None = None
    tariffs: tuple[NewTariff, ...] = ()
    answers: tuple[Answer, ...] = ()
    vehicles: tuple[Vehicles, ...] = ()
    roofs: tuple[Roofs, ...] = ()
    storages: tuple[Storage, ...] = ()
    savings: tuple[Saving, ...] = ()
    growth: tuple[Growth, ...] = ()
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _agrees(self) -> "WhatIf":
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        for what, names in (
            ("price class", [one.price_class for one in self.tariffs]),
            ("class", [one.customer_class for one in self.growth]),
            ("class", [name for one in self.answers for name in one.customer_classes]),
        ):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what} {', '.join(twice)} is named twice; name each once")
        known = response_models()
        for answer in self.answers:
            if answer.model not in known:
                raise ValueError(f"response model '{answer.model}' is none of {', '.join(known)}")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is supposed."""
        return not any(
            (
                self.tariffs,
                self.answers,
                self.vehicles,
                self.roofs,
                self.storages,
                self.savings,
                self.growth,
            )
        )


def read_what_if(content: object) -> WhatIf:
    """A scenario from what was saved of it: ``WhatIf.model_dump(mode="json")`` and back.

    Raises:
        WhatIfError: a field is missing, unknown or out of its bounds; the message names it.
    """
    try:
        return WhatIf.model_validate(content)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'the scenario'}: {one['msg']}"
            for one in error.errors()
        )
        raise WhatIfError(f"the scenario cannot be read: {told}") from error


def scenario_of(text: str) -> WhatIf:
    """A scenario from its JSON.

    Raises:
        WhatIfError: it is no JSON, or says what no scenario can.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise WhatIfError(f"the scenario is no JSON: {error}") from error
    return read_what_if(content)
