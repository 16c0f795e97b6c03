"""What a scenario supposes: prices, answers to them, vehicles, roofs, savings, growth.

A scenario is data: it is saved, shared and worked out again to the same figures. Who takes part is
decided by a lot that depends on the customer and the seed alone (``what_if_lots``).
"""

import json
from datetime import date
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from queries.customers.offer_rules import Test
from queries.demand.response_models import response_models
from queries.demand.what_if_kinds import Heating, Roofs, Storage, Supposed, Vehicles
from queries.demand.what_if_supply import Supply, Uncertain
from queries.run import QuestionError


class WhatIfError(QuestionError):
    """A scenario cannot be worked out; the message names the field and what is expected."""


class NewTariff(Supposed):
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


class Condition(Supposed):
    """What a customer's portrait must say, as ``queries.customers.offer_rules.Rule``.

    Attributes:
        column: Of ``portrait_fields.FIELDS``.
        test: How it is compared.
        value: With what.
    """

    column: str
    test: Test
    value: float | bool | tuple[str, ...]


class Answer(Supposed):
    """Customers who answer to a change of prices.

    Attributes:
        customer_classes: Who.
        segment: Of these, only who meets all conditions; who lacks what they ask for does not.
        model: Code of a response model.
        uptake_share: Of these customers, that answer at all [0–1].
        technology_share: Of those that answer, that have a device that does it for them [0–1].
        strength: Of the answer, over that of the model.
        substitution: Elasticity of substitution that a pilot of one's own told: CES with the day's
            energy kept takes the place of ``model``. None: the model.
    """

    customer_classes: tuple[str, ...] = ("residential",)
    segment: tuple[Condition, ...] = ()
    model: str = "arcturus"
    uptake_share: float = Field(default=0.3, ge=0, le=1)
    technology_share: float = Field(default=0.0, ge=0, le=1)
    strength: float = Field(default=1.0, ge=0, le=5)
    substitution: float | None = Field(default=None, ge=-2, le=0)


class WeatherShift(Supposed):
    """Months that are warmer or colder than they were.

    Attributes:
        kelvin: Warmer by so much, negative: colder [K].
        months: Calendar months, 1–12.
    """

    kelvin: float = Field(ge=-15, le=15)
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...]


class Saving(Supposed):
    """Customers who use less in every hour.

    Attributes:
        customer_classes: Who.
        uptake_share: Of these customers [0–1].
        saving_share: Of their energy [0–1].
    """

    customer_classes: tuple[str, ...] = ("residential",)
    uptake_share: float = Field(default=1.0, ge=0, le=1)
    saving_share: float = Field(default=0.05, ge=0, le=1)


class Growth(Supposed):
    """More or less of a class in every hour.

    Attributes:
        customer_class: Whose.
        growth_share: Of its energy; negative is less.
    """

    customer_class: str
    growth_share: float = Field(gt=-1, le=10)


class WhatIf(Supposed):
    """A scenario; what it does not name stays as it is.

    Changes come in this order: answer to prices, weather, saving, growth, heating, vehicles,
    roofs, storage. So what answers is what was measured, a vehicle charges when it says, and a
    battery sees all of it.

    Attributes:
        first_day: First day of the readings it is worked out on, included.
        last_day: Last day, included.
        region_id: Only this region; None: all in the user's scope.
        tariffs: At most one a price class.
        answers: Of each class at most one without a segment. A customer belongs to the first whose
            classes and segment it meets, whether it answers or not.
        vehicles: Kinds of vehicles.
        roofs: Kinds of plants.
        storages: Kinds of batteries.
        heatings: Kinds of heating.
        shifts: Warmer or colder months.
        savings: Kinds of savings.
        growth: At most one a class.
        supply: What the energy costs and emits.
        uncertain: How far all of it may be off.
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
    heatings: tuple[Heating, ...] = ()
    shifts: tuple[WeatherShift, ...] = ()
    savings: tuple[Saving, ...] = ()
    growth: tuple[Growth, ...] = ()
    supply: Supply = Supply()
    uncertain: Uncertain = Uncertain()
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _agrees(self) -> "WhatIf":
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        for what, names in (
            ("price class", [one.price_class for one in self.tariffs]),
            ("class", [one.customer_class for one in self.growth]),
            (
                "class",
                [n for one in self.answers if not one.segment for n in one.customer_classes],
            ),
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
                self.heatings,
                self.shifts,
                self.savings,
                self.growth,
            )
        )

    @property
    def of_loads(self) -> "WhatIf":
        """Only what loads and bills depend on, so that other assumptions change nothing of them."""
        return self.model_copy(update={"supply": Supply(), "uncertain": Uncertain()})


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
