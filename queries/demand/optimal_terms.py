"""What is asked of the optimiser of prices: whose tariff, what to lower, and what must hold."""

import json
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from queries.demand.response_models import response_models
from queries.run import QuestionError

Aim = Literal["peak", "cost"]
"""Lower the system's highest quarter of an hour, or what the energy costs to buy."""
HOURS = 24
USUAL_PURCHASE_CNY_PER_KWH = (
    *(0.28,) * 6,
    *(0.36,) * 3,
    *(0.34,) * 2,
    *(0.22,) * 4,
    *(0.34,) * 2,
    *(0.58,) * 4,
    *(0.42,) * 2,
    0.30,
)
"""Purchase price by hour of the day: an assumption of nobody's, shaped like a spot market with sun
at midday and an evening peak; to be replaced by the utility's own."""
UNIT_PER_CNY = 10_000
"""Prices are whole steps of 0.0001 CNY/kWh, multiples of the flat price steps of 0.0001."""


class OptimalError(QuestionError):
    """No prices can be found; the message says which condition stands in the way."""


class NoPricesError(OptimalError):
    """No prices keep the conditions.

    Attributes:
        nearest_share: The least rise that 5 % of bills exceeded, of all that was tried.
    """

    def __init__(self, message: str, nearest_share: float) -> None:
        """Say what cannot be kept, and how far the cap is off."""
        super().__init__(message)
        self.nearest_share = nearest_share


class Problem(BaseModel):
    """One search for prices.

    Attributes:
        first_day: First day of the readings it is worked out on, included.
        last_day: Last day, included; whole months are billed.
        region_id: Only this region; None: all in the user's scope.
        price_class: Whose prices; all its customers are billed by the hour then.
        periods: ``today``: the hours there are; ``blocks_2`` … ``blocks_6``: hours found from the
            load by season; ``best``: the best of all these.
        aim: What is to be least.
        purchase_cny_per_kwh: What a kWh costs to buy by hour of the day [CNY/kWh, 24].
        model: Code of a response model; those whose answer depends on a day's own load (CES) are
            not offered here.
        uptake_share: Of the class's customers that answer [0–1]; loads are expected values.
        has_technology: Whether devices answer for them.
        least_ratio: Of peak to valley price; None: what policy demands of the system.
        most_ratio: Of the same.
        least_step_times: Flat to valley and peak to flat price are at least so far apart.
        least_sharp_times, most_sharp_times: Of sharp to peak price.
        least_deep_share: Of deep-valley to valley price, at most 1.
        bill_rise_share: More than so much may the bills of 5 % of the customers rise at most,
            before and after they answer; None: no such condition.
        low_use_kwh: Who uses less in a year is a low user [kWh].
        low_rise_share: No low user's bill rises by more; None: no such condition.
        revenue_tolerance_share: By so much may revenue after the answer differ from now.
        gap_share: The search ends where nothing can be better by more than this share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    first_day: date
    last_day: date
    region_id: str | None = None
    price_class: str
    periods: str = Field(default="today", pattern=r"^(today|best|blocks_[2-6])$")
    aim: Aim = "peak"
    purchase_cny_per_kwh: tuple[float, ...] = USUAL_PURCHASE_CNY_PER_KWH
    model: str = "arcturus"
    uptake_share: float = Field(default=0.3, ge=0, le=1)
    has_technology: bool = False
    least_ratio: float | None = Field(default=None, ge=1, le=20)
    most_ratio: float = Field(default=6.0, ge=1, le=20)
    least_step_times: float = Field(default=1.1, ge=1, le=3)
    least_sharp_times: float = Field(default=1.2, ge=1, le=5)
    most_sharp_times: float = Field(default=1.5, ge=1, le=5)
    least_deep_share: float = Field(default=0.5, gt=0, le=1)
    bill_rise_share: float | None = Field(default=0.1, ge=0, le=5)
    low_use_kwh: float = Field(default=1200.0, ge=0)
    low_rise_share: float | None = Field(default=None, ge=0, le=5)
    revenue_tolerance_share: float = Field(default=0.001, gt=0, le=0.05)
    gap_share: float = Field(default=0.001, gt=0, le=0.1)

    @model_validator(mode="after")
    def _agrees(self) -> "Problem":
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        if len(self.purchase_cny_per_kwh) != HOURS or min(self.purchase_cny_per_kwh) < 0:
            raise ValueError("purchase_cny_per_kwh must be 24 prices, none below 0")
        known = [code for code, one in response_models().items() if one.form != "ces"]
        if self.model not in known:
            raise ValueError(f"model '{self.model}' is none of {', '.join(known)}")
        if self.most_sharp_times < self.least_sharp_times:
            raise ValueError("most_sharp_times is below least_sharp_times")
        if self.most_ratio < self.least_step_times**2:
            raise ValueError("most_ratio leaves no room for a flat price between peak and valley")
        if self.least_ratio is not None and self.most_ratio < self.least_ratio:
            raise ValueError("most_ratio is below least_ratio")
        return self


def problem_of(text: str) -> Problem:
    """A problem from its JSON: ``Problem.model_dump_json()`` and back.

    Raises:
        OptimalError: it is no JSON, or a field is missing, unknown or out of its bounds.
    """
    try:
        return Problem.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise OptimalError(f"the problem is no JSON: {error}") from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'the problem'}: {one['msg']}"
            for one in error.errors()
        )
        raise OptimalError(f"the problem cannot be read: {told}") from error
