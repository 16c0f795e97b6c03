"""When an enrolled customer can be called (可调用时段): hours of workdays and of rest days."""

import json

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from queries.demand.response_programme import ProgrammeError

DAY_MINUTES = 1440
_WHOLE_DAY = ((0, DAY_MINUTES),)


class Availability(BaseModel):
    """Hours in which a customer may be called.

    Attributes:
        workday: (from, until) [min after local midnight] of workdays, make-up workdays among them.
        rest_day: The same of weekends and public holidays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workday: tuple[tuple[int, int], ...] = _WHOLE_DAY
    rest_day: tuple[tuple[int, int], ...] = _WHOLE_DAY

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Availability":
        for first, until in (*self.workday, *self.rest_day):
            if not 0 <= first < until <= DAY_MINUTES:
                raise ValueError(
                    f"hours from {first} to {until} min: 0 ≤ from < until ≤ {DAY_MINUTES}"
                )
        return self

    def covers(self, day_kind: str, from_minute: int, until_minute: int) -> bool:
        """Whether all of these minutes of a ``workday`` or ``rest_day`` are available."""
        windows = self.workday if day_kind == "workday" else self.rest_day
        reached = from_minute
        for first, until in sorted(windows):
            if first <= reached < until:
                reached = until
        return reached >= until_minute


def read_availability(content: str) -> Availability:
    """From its JSON, as records keep it; ``{}`` is always.

    Raises:
        ProgrammeError: no JSON, or hours that are none.
    """
    try:
        return Availability.model_validate(json.loads(content))
    except (json.JSONDecodeError, ValidationError) as error:
        raise ProgrammeError(f"the hours of availability cannot be read: {error}") from error
