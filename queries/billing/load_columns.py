"""What the columns of a load profile mean, by their names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queries.billing.load_numbers import LoadFileError

KILO = 1000

_STARTS = (
    "timestamp", "datetime", "date_time", "time", "local_time", "local_start", "interval_start",
    "interval_begin", "start", "start_time", "begin", "period_start", "date", "ts",
    "时间", "日期时间", "数据时间", "采集时间", "时刻", "开始时间", "起始时间", "日期",
)  # fmt: skip
_ENDS = ("interval_end", "end", "end_time", "period_end", "结束时间", "截止时间")
_USED_KWH = (
    "kwh", "energy_kwh", "import_kwh", "usage_kwh", "use_kwh", "consumption_kwh", "load_kwh",
    "grid_import_kwh", "delivered_kwh", "value_kwh", "energy_import_kwh",
    "电量", "用电量", "电量_kwh", "用电量_kwh", "有功电量", "有功电量_kwh", "正向有功电量",
    "正向有功电量_kwh", "下网电量", "下网电量_kwh", "电量_千瓦时", "用电量_千瓦时", "千瓦时",
)  # fmt: skip
_USED_WH = ("wh", "energy_wh", "import_wh", "usage_wh", "consumption_wh", "电量_wh", "用电量_wh")
_USED_KW = (
    "kw", "load_kw", "power_kw", "demand_kw", "import_kw", "average_kw", "mean_kw",
    "负荷", "负荷_kw", "功率", "功率_kw", "有功功率", "有功功率_kw", "用电负荷", "用电负荷_kw",
    "负荷_千瓦", "功率_千瓦", "千瓦",
)  # fmt: skip
_FED_IN_KWH = (
    "export_kwh", "energy_export_kwh", "generation_kwh", "fed_in_kwh", "feed_in_kwh", "pv_kwh",
    "solar_kwh", "received_kwh", "grid_export_kwh",
    "上网电量", "上网电量_kwh", "反向有功电量", "反向有功电量_kwh", "发电量", "发电量_kwh",
)  # fmt: skip
_FED_IN_WH = ("export_wh", "generation_wh", "fed_in_wh")
_FED_IN_KW = (
    "export_kw", "generation_kw", "fed_in_kw", "feed_in_kw", "pv_kw", "solar_kw",
    "上网功率", "上网功率_kw", "发电功率", "发电功率_kw", "反向有功功率",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column that counts.

    Attributes:
        name: As the file has it.
        place: From 0.
        is_energy: Energy of the interval; else average power.
        exponent_thousands: 0 where values are kWh or kW, 1 where they are Wh.
    """

    name: str
    place: int
    is_energy: bool = True
    exponent_thousands: int = 0

    @property
    def exponent(self) -> int:
        """Decimals that the unit itself has more than a kWh."""
        return 3 * self.exponent_thousands


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file that count.

    Attributes:
        time: When an interval begins, or ends.
        time_is_end: It says when one ends.
        used: Energy or power taken from the grid.
        fed_in: The same fed into it; None: there is none.
    """

    time: Column
    time_is_end: bool
    used: Column
    fed_in: Column | None

    def by_role(self) -> Iterator[tuple[str, Column]]:
        """``time``, ``import`` and, where there is one, ``export``."""
        yield "time", self.time
        yield "import", self.used
        if self.fed_in is not None:
            yield "export", self.fed_in


def columns_of(header: Sequence[str]) -> Columns:
    """Which columns are which; one of time and one of use are needed.

    Energy goes before power where a file has both.
    """
    plain = [_plain(name) for name in header]
    start = _one(header, plain, _STARTS, "the time")
    end = _one(header, plain, _ENDS, "the end of an interval")
    time = start or end
    used = _measured(header, plain, (_USED_KWH, _USED_WH, _USED_KW), "use")
    fed_in = _measured(header, plain, (_FED_IN_KWH, _FED_IN_WH, _FED_IN_KW), "what was fed in")
    if time is None or used is None:
        shown = ", ".join(repr(name[:40]) for name in header[:12]) or "none"
        wanted = (
            "of time, such as timestamp, interval_start, interval_end or 时间"
            if time is None
            else "of use, such as kwh, kw, wh, load_kw, 用电量 or 负荷"
        )
        raise LoadFileError(f"no column {wanted}; there are {shown}. Rename one.")
    return Columns(time, start is None, used, fed_in)


def _plain(name: str) -> str:
    """A name in small letters, with one underscore for brackets, spaces and signs."""
    return re.sub(r"[\s()（）\[\]【】/·:：_-]+", "_", str(name).strip().lower()).strip("_")


def _one(
    header: Sequence[str], plain: Sequence[str], names: Sequence[str], what: str
) -> Column | None:
    """The column with the first of ``names`` that any has; refused where two have one name."""
    for name in names:
        places = [place for place, own in enumerate(plain) if own == name]
        if len(places) > 1:
            shown = ", ".join(repr(header[place]) for place in places)
            raise LoadFileError(f"columns {shown} all say {what}; expected one. Remove the others.")
        if places:
            return Column(header[places[0]], places[0])
    return None


def _measured(
    header: Sequence[str], plain: Sequence[str], kinds: Sequence[Sequence[str]], what: str
) -> Column | None:
    in_kwh, in_wh, in_kw = kinds
    for names, is_energy, thousands in ((in_kwh, True, 0), (in_wh, True, 1), (in_kw, False, 0)):
        found = [one for name in names if (one := _one(header, plain, (name,), what))]
        if len(found) > 1:
            shown = ", ".join(repr(one.name) for one in found)
            raise LoadFileError(f"columns {shown} all say {what}; expected one. Remove the others.")
        if found:
            return Column(found[0].name, found[0].place, is_energy, thousands)
    return None
