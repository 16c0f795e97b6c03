"""What a terminal says of its own collection tasks: how often each runs, and how the last run went.

The plan of a task (6013, in the array 6012 02 00) and its last run (6035, in the array 6034 02 00)
as four public implementations write them; the standard's text was not at hand.
"""

from typing import NamedTuple

from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.values import NULL, Data, Tag, Ti

TASK_PLANS, TASK_RUNS = "60120200", "60340200"
"""任务配置表, and 采集任务监控集."""

WAITING, RUNNING, DONE = 0, 1, 2
"""Whether a task was run: not yet, it is under way, it has ended."""

_RUN_PARTS = 8
_EVER = DateTimeS(2099, 9, 9, 9, 9, 9)
_LATE = Ti(1, 0)
_MINUTES = {0: 1 / 60, 1: 1, 2: 60, 3: 24 * 60}


class TaskRun(NamedTuple):
    """How the last run of a task went (采集任务监控单元).

    Attributes:
        task: Its number.
        state: WAITING, RUNNING or DONE.
        began: By the terminal's clock; None: it gives none.
        ended: Likewise.
        due: Meters that it is to read (采集总数量).
        read: Those that it read (采集成功数量); set to 0 when a run begins, as the two below.
        sent: Messages that it sent to them.
        received: Messages that it received from them.
    """

    task: int
    state: int
    began: DateTimeS | None
    ended: DateTimeS | None
    due: int
    read: int
    sent: int
    received: int


def read_task_runs(data: Data) -> tuple[TaskRun, ...]:
    """The runs that the value of 6034 02 00 tells of; a terminal without tasks has none.

    Raises:
        ValueError: It is no such array.
    """
    return tuple(_run(parts) for parts in _structures(data, _RUN_PARTS))


def _run(parts: tuple[Data, ...]) -> TaskRun:
    task, state, began, ended, *counts = parts
    numbers = [part.value for part in (task, state, *counts)]
    if not all(isinstance(number, int) for number in numbers):
        raise ValueError(f"the run of a task with numbers {numbers}; expected whole ones")
    first, second, *rest = numbers
    return TaskRun(first, second, _moment(began), _moment(ended), *rest)  # type: ignore[arg-type]


def _moment(data: Data) -> DateTimeS | None:
    return data.value if isinstance(data.value, DateTimeS) else None


def write_task_runs(runs: tuple[TaskRun, ...]) -> Data:
    """Runs as a terminal tells of them."""
    return Data(
        Tag.ARRAY,
        tuple(
            _structure(
                Data(Tag.UINT8, run.task),
                Data(Tag.ENUM, run.state),
                *(Data(Tag.DATE_TIME_S, at) if at else NULL for at in (run.began, run.ended)),
                *(Data(Tag.UINT16, n) for n in (run.due, run.read, run.sent, run.received)),
            )
            for run in runs
        ),
    )


def read_task_plans(data: Data) -> dict[int, Ti]:
    """How often each task that says so runs, by its number, of the value of 6012 02 00.

    Raises:
        ValueError: It is no such array.
    """
    plans: dict[int, Ti] = {}
    # What follows the first two differs between editions, and is not needed.
    for task, every, *_ in _structures(data, 2, is_exact=False):
        if isinstance(task.value, int) and isinstance(every.value, Ti):
            plans[task.value] = every.value
    return plans


def write_task_plans(plans: dict[int, Ti]) -> Data:
    """Plans of ordinary schemes, numbered as their tasks, that run all day and for ever."""
    nothing = Data(Tag.UINT16, 0)
    all_day = _structure(*(Data(Tag.UINT8, part) for part in (0, 0, 23, 59)))
    times = _structure(Data(Tag.ENUM, 0), Data(Tag.ARRAY, (all_day,)))
    return Data(
        Tag.ARRAY,
        tuple(
            _structure(
                Data(Tag.UINT8, task),
                Data(Tag.TI, every),
                Data(Tag.ENUM, 1),
                Data(Tag.UINT8, task),
                Data(Tag.DATE_TIME_S, DateTimeS(2020, 1, 1, 0, 0, 0)),
                Data(Tag.DATE_TIME_S, _EVER),
                Data(Tag.TI, _LATE),
                Data(Tag.UINT8, 2),
                Data(Tag.ENUM, 1),
                nothing,
                nothing,
                times,
            )
            for task, every in plans.items()
        ),
    )


def minutes_of(every: Ti) -> int | None:
    """How often, in whole minutes; None for months, years, parts of a minute, and never."""
    minutes = every.amount * _MINUTES.get(every.unit, 0)
    return int(minutes) if minutes and minutes == int(minutes) else None


def _structure(*parts: Data) -> Data:
    return Data(Tag.STRUCTURE, parts)


def _structures(data: Data, size: int, *, is_exact: bool = True) -> list[tuple[Data, ...]]:
    if data.tag != Tag.ARRAY:
        raise ValueError(f"a value with tag {data.tag}; expected an array of tasks")
    found = [_parts(one) for one in _parts(data)]
    for parts in found:
        if len(parts) < size or (is_exact and len(parts) > size):
            raise ValueError(f"a task of {len(parts)} parts; expected {size}")
    return found


def _parts(data: Data) -> tuple[Data, ...]:
    is_composed = data.tag in {Tag.ARRAY, Tag.STRUCTURE} and isinstance(data.value, tuple)
    return tuple(one for one in data.value if isinstance(one, Data)) if is_composed else ()  # type: ignore[union-attr]
