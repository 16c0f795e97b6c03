"""What a programme of demand response (需求响应) promises and asks: its terms.

Numbers of validity and confirmation are kept as terms, since GB/T 32127 leaves them to the province
and the contract; the defaults are those usual in Chinese provinces, recalled.
"""

import json
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from queries.demand.baseline_rules import baseline_rules
from queries.run import QuestionError


class ProgrammeError(QuestionError):
    """A programme cannot be read; the message names the field and what is expected."""


class Terms(BaseModel):
    """Of a programme, or of an event as it was called.

    Attributes:
        price_cny_per_kw: For a confirmed kilowatt of an event [CNY/kW].
        price_cny_per_kwh: For a confirmed kilowatt-hour [CNY/kWh], on top.
        time_factors: (from, until, factor): minutes after local midnight and what the price is
            multiplied with for the part of the event in them (时段系数); 1 elsewhere.
        baseline_rule: Code of ``data/baselines.toml``.
        least_share: Of the agreed reduction that the mean reduction must reach to count [0–1].
        most_share: Of the reply, up to which a reduction is confirmed [1 or more].
        must_stay_below_baseline: Whether the highest load must not exceed the baseline's highest.
        most_estimated_share: Of the event's quarters of an hour that may rest on estimated or
            substituted readings before settlement waits [0–1]. A missing one always makes it wait.
        notice_minutes: From the call to the begin, at least [min].
        most_events_per_year: Calls of one customer in a calendar year, at most.
        least_rest_days: Days between two calls of one customer, at least.
        most_event_minutes: Length of an event, at most [min].
        rebound_share: Of the energy reduced that comes back in the two hours after it [0–1].
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    price_cny_per_kw: Decimal = Field(default=Decimal(0), ge=0)
    price_cny_per_kwh: Decimal = Field(default=Decimal(3), ge=0)
    time_factors: tuple[tuple[int, int, Decimal], ...] = ()
    baseline_rule: str = "china_2"
    least_share: float = Field(default=0.8, ge=0, le=1)
    most_share: float = Field(default=1.2, ge=1)
    must_stay_below_baseline: bool = True
    most_estimated_share: float = Field(default=0.1, ge=0, le=1)
    notice_minutes: int = Field(default=120, ge=0)
    most_events_per_year: int = Field(default=20, ge=1)
    least_rest_days: int = Field(default=0, ge=0)
    most_event_minutes: int = Field(default=240, ge=15)
    rebound_share: float = Field(default=0.0, ge=0, le=1)


def read_terms(content: str) -> Terms:
    """Terms from their JSON, as records keep it.

    Raises:
        ProgrammeError: no JSON, a field missing, unknown or out of bounds, or a baseline rule
            there is not.
    """
    try:
        terms = Terms.model_validate(json.loads(content))
    except (json.JSONDecodeError, ValidationError) as error:
        raise ProgrammeError(f"the terms of a programme cannot be read: {error}") from error
    if terms.baseline_rule not in baseline_rules():
        raise ProgrammeError(
            f"baseline_rule '{terms.baseline_rule}' is none of {', '.join(baseline_rules())}"
        )
    return terms
