"""Days on which an event could have been called and was not."""

import numpy as np

from queries.demand.baseline_history import Event, History, day_types

LEAST_READ_SHARE = 0.5
"""Of the customers, below which a day says little."""
LEAST_HISTORY_DAYS = 35
"""Before a placebo event: five weeks for the rules to look back to."""


def placebo_events(
    history: History, first_step: int, end_step: int, count: int, *, is_rest_day: bool = False
) -> list[Event]:
    """The days of the highest load in these hours, as events are called, in order of the calendar.

    That they are the highest makes every look-back baseline a little low on them, as it is on the
    days of events themselves: the bias shown is that of days like these, not of any day.
    """
    steps = slice(first_step, end_step)
    found: list[tuple[float, int]] = []
    is_rest_days = day_types(history.dates, "workday", history.country) != 0
    for place, is_rest in enumerate(is_rest_days):
        is_called = np.asarray(history.is_event[..., place]).any()
        if place < LEAST_HISTORY_DAYS or is_called or is_rest != is_rest_day:
            continue
        of_day = history.load_kw[:, place, steps]
        is_read = ~np.isnan(of_day).any(axis=1)
        if is_read.mean() >= LEAST_READ_SHARE:
            found.append((float(of_day[is_read].mean()), place))
    highest = sorted(found, reverse=True)[:count]
    return [Event(place, first_step, end_step) for place in sorted(place for _, place in highest)]
