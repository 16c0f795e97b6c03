"""When an enrolled customer can be called (可调用时段): hours of workdays and of rest days."""

import json
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from queries.demand.response_programme import ProgrammeError

DAY_MINUTES = 1440
WHOLE_DAY = ((0, DAY_MINUTES),)


class Availability(BaseModel):
    """Hours in which a customer may be called.

    Attributes:
        workday: (from, until) [min after local midnight] of workdays, make-up workdays among them.
        rest_day: The same of weekends and public holidays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workday: tuple[tuple[int, int], ...] = WHOLE_DAY
    rest_day: tuple[tuple[int, int], ...] = WHOLE_DAY

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


def hours_text(hours: Sequence[tuple[int, int]]) -> str:
    """Hours of availability as a list has them.

    >>> hours_text(((480, 720), (840, 1440))), hours_text(((0, 1440),)), hours_text(())
    ('08:00-12:00 14:00-24:00', '', '-')
    """
    if tuple(hours) == WHOLE_DAY:
        return ""
    spans = (f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in hours)
    return " ".join(spans) or "-"
