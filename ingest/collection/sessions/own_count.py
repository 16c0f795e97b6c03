"""What a terminal itself counts: how many of its meters it is to read, and how many it has read."""

from functools import partial

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.wire698 import Wire698
from ingest.collection.sessions.wire1376 import Question, Wire1376
from ingest.protocols.dlt698.requests import get_list
from ingest.protocols.dlt698.tasks import TASK_PLANS, TASK_RUNS
from ingest.protocols.gdw1376.application import CLASS_1
from ingest.protocols.gdw1376.payloads import OWN_COUNT
from ingest.protocols.gdw1376.requests import read_now
from ingest.protocols.gdw1376.units import DataUnit


async def count_of_tasks(wire: Wire698, terminal: str, limits: Limits) -> list[Exchange]:
    """Runs and plans of a DL/T 698.45 terminal's tasks (采集任务监控集, 任务配置表).

    Returns:
        The answer, which may say of either that there is none (DAR); nothing where the terminal
        does not understand the question. Neither is an error: no terminal must count.

    Raises:
        ExchangeError: No usable answer came.
    """
    try:
        return await wire.ask(
            lambda number: get_list((TASK_RUNS, TASK_PLANS), number),
            lambda told: told.exchanges,
            seconds=limits.answer_seconds,
            what=f"terminal {terminal}, its own count",
        )
    except ExchangeError as error:
        if error.reason == "refused":
            return []
        raise


async def count_at_ports(wire: Wire1376, terminal: str, limits: Limits) -> list[Exchange]:
    """How a Q/GDW 376.1 terminal's reading stands, port by port (F11, 终端集中抄表状态信息).

    Returns:
        The answer, which may deny to have such data.

    Raises:
        ExchangeError: No usable answer came.
    """
    question = Question(
        partial(read_now, units=[(0, OWN_COUNT)]),
        [(CLASS_1, DataUnit(0, OWN_COUNT))],
        f"terminal {terminal}, its own count",
        limits.answer_seconds,
    )
    return await wire.ask(question, lambda told: told.exchanges)
