"""What a simulated terminal counts itself: the meters it was to read in a run, and those it read.

It counts what it has read, whether it still holds it or forgot it since it was reported. A terminal
that overcounts has meters on its list that hang elsewhere by now, and says that it read them too.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.tasks import DONE, RUNNING, TaskRun
from ingest.protocols.dlt698.values import Ti
from ingest.simulated.field.meters import DAY, QUARTER, Kept
from ingest.simulated.field.terminals import Site

DAILY, CURVES = 1, 2
"""Tasks of a DL/T 698.45 terminal: daily freezes, and curves."""

PLANS = {DAILY: Ti(3, 1), CURVES: Ti(1, 15)}
PORT = 31
"""Of a Q/GDW 376.1 terminal, behind which all its meters are: the carrier."""

_IN_PROGRESS, _COMPLETE = "00000001", "00000010"
_TAKES = timedelta(seconds=5)


class Count(NamedTuple):
    """One run.

    Attributes:
        began: By standard time.
        ended: None: it is under way.
        due: Meters that it was to read.
        read: Those that it says it read.
    """

    began: datetime
    ended: datetime | None
    due: int
    read: int


def count(site: Site, *, daily: bool) -> Count | None:
    """The last run for daily freezes, or else for a quarter of an hour of curves.

    None: it has not begun yet, as no meter has seen a whole day or a quarter of an hour.
    """
    now, one = site.clock(), next(iter(site.meters.values()), None)
    if one is None:
        return None
    every = DAY if daily else QUARTER
    of = one.begin + (now - site.store.after - one.begin) // every * every
    if of <= one.begin:
        return None
    began, ended = site.store.read_at(of), site.store.read_at(of) + _TAKES
    due = [
        meter
        for meter in site.meters.values()
        if daily or not (of - meter.begin) % timedelta(minutes=meter.interval_minutes)
    ]
    read = sum(
        bool(meter.recorded(of, of + QUARTER, now, daily=daily))
        and meter.kept(of) is Kept.WHOLE
        and site.store.has_read(meter, of, now)
        for meter in due
    )
    return Count(
        one.local(began),
        one.local(ended) if ended <= now else None,
        len(due) + site.overcount,
        read + site.overcount,
    )


def task_runs(site: Site) -> tuple[TaskRun, ...]:
    """The last runs of a DL/T 698.45 terminal's tasks; each meter is sent one message a run."""
    found = ((task, count(site, daily=task == DAILY)) for task in PLANS)
    return tuple(
        TaskRun(
            task,
            RUNNING if run.ended is None else DONE,
            DateTimeS.of(run.began),
            DateTimeS.of(run.ended) if run.ended else None,
            run.due,
            run.read,
            run.due,
            run.read,
        )
        for task, run in found
        if run is not None
    )


def port_values(site: Site) -> tuple[int | str | datetime | None, ...]:
    """The one block of a Q/GDW 376.1 terminal's state of reading; nothing before its first day."""
    run = count(site, daily=True)
    if run is None:
        return ()
    state = _IN_PROGRESS if run.ended is None else _COMPLETE
    return PORT, run.due, state, run.read, 0, run.began, run.ended
