"""The list of a pilot's two arms, as a file that is uploaded says it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ingest.records.answer_list import Problem, text_of

TREATED, CONTROL = "treated", "control"
_POINT = ("usage_point_id", "计量点", "计量点编号")
_ARM = ("arm", "组别", "分组")
_BEGIN = ("first_day", "开始日期", "起始日期")
_KIND = "programme_kind"
_PILOT = "tou_pilot"
_ARMS = {
    **dict.fromkeys(("treated", "t", "1", "试验", "试验组", "处理组"), TREATED),
    **dict.fromkeys(("control", "c", "0", "对照", "对照组"), CONTROL),
}


@dataclass(frozen=True, slots=True)
class PilotList:
    """Who got the price and who did not.

    Attributes:
        treated, control: Usage points.
        starts_on: First day of the price, where the list says one and the same for all.
        problems: Lines that cannot be used: ``columns`` (no column of usage points or arms),
            ``point`` (empty), ``arm`` (neither treated nor control), ``twice``.
    """

    treated: tuple[str, ...]
    control: tuple[str, ...]
    starts_on: date | None
    problems: tuple[Problem, ...]


def read_pilot(content: bytes) -> PilotList:
    """The arms of a CSV with a heading: usage point, arm, and perhaps the first day.

    Where it also says kinds of programmes (``programme_kind``), only pilots of prices are read.
    """
    rows = csv.DictReader(io.StringIO(text_of(content)))
    names = {name.strip(): name for name in rows.fieldnames or ()}
    point_name = _named(names, _POINT)
    arm_name = _named(names, _ARM)
    if point_name is None or arm_name is None:
        return PilotList((), (), None, (Problem(1, "columns", ", ".join(names)),))
    begin_name, kind_name = _named(names, _BEGIN), names.get(_KIND)
    arms: dict[str, str] = {}
    begins: set[date | None] = set()
    problems = []
    for number, row in enumerate(rows, 2):
        if kind_name is not None and row[kind_name] != _PILOT:
            continue
        point, said = (row[point_name] or "").strip(), (row[arm_name] or "").strip()
        arm = _ARMS.get(said.lower())
        if arm is None or not point or point in arms:
            wrong = "point" if not point else "twice" if point in arms else "arm"
            problems.append(Problem(number, wrong, said if wrong == "arm" else point))
            continue
        arms[point] = arm
        begins.add(_day(row[begin_name]) if begin_name else None)
    treated, control = (
        tuple(sorted(point for point, one in arms.items() if one == arm))
        for arm in (TREATED, CONTROL)
    )
    [starts_on] = begins if len(begins) == 1 else [None]
    return PilotList(treated, control, starts_on, tuple(problems))


def _named(names: Mapping[str, str], known: tuple[str, ...]) -> str | None:
    return next((names[name] for name in known if name in names), None)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None
