"""What the common objects are: name, unit, scaler and the meaning of their indices.

Scalers of energy, voltage, current and frequency were seen in frames; those of demand, power and
power factor are [M]: read attribute 3 once for each type of meter and pass it as ``Scalers``.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from ingest.protocols.dlt698.messages import Result
from ingest.protocols.dlt698.values import ScalerUnit, Tag

Scalers: TypeAlias = Mapping[str, ScalerUnit]
"""Scaler and unit that a meter itself states, by the OAD of the whole value (``00100200``)."""


class Object(NamedTuple):
    """What an object is, by its OI.

    Attributes:
        tag: Type of attribute 2, or of its parts; None: a structure, table or unknown.
        scaler: Value = number × 10 ^ scaler; None: as sent.
        parts: What index 1, 2 … is: ``tariffs``, ``phases``, ``total and phases``; empty: none.
    """

    name: str
    tag: Tag | None = None
    unit: str = ""
    scaler: int | None = None
    parts: str = ""


class Meaning(NamedTuple):
    """What the value of an OAD is."""

    name: str
    unit: str = ""
    scaler: int | None = None


def _energies() -> dict[str, Object]:
    found = {"0000": Object("combined active energy", Tag.INT32, "kWh", -2, "tariffs")}  # 组合有功
    for first, name, unit in (
        (0x0010, "forward active energy", "kWh"),  # 正向有功
        (0x0020, "reverse active energy", "kWh"),  # 反向有功
        (0x0030, "combined reactive energy 1", "kvarh"),
        (0x0040, "combined reactive energy 2", "kvarh"),
        (0x0050, "reactive energy, quadrant 1", "kvarh"),
        (0x0060, "reactive energy, quadrant 2", "kvarh"),
        (0x0070, "reactive energy, quadrant 3", "kvarh"),
        (0x0080, "reactive energy, quadrant 4", "kvarh"),
        (0x0090, "forward apparent energy", "kVAh"),
        (0x00A0, "reverse apparent energy", "kVAh"),
    ):
        for offset, phase in enumerate(("", ", phase A", ", phase B", ", phase C")):
            tag = Tag.INT32 if "combined" in name else Tag.UINT32
            found[f"{first + offset:04X}"] = Object(name + phase, tag, unit, -2, "tariffs")
    return found


def _demands() -> dict[str, Object]:
    return {
        f"{first + offset:04X}": Object(name + phase, Tag.UINT32, "kW", -4, "tariffs")
        for first, name in (
            (0x1010, "maximum forward active demand"),  # 正向有功最大需量
            (0x1020, "maximum reverse active demand"),
        )
        for offset, phase in enumerate(("", ", phase A", ", phase B", ", phase C"))
    }


OBJECTS: Mapping[str, Object] = {
    **_energies(),
    **_demands(),
    "2000": Object("voltage", Tag.UINT16, "V", -1, "phases"),
    "2001": Object("current", Tag.INT32, "A", -3, "phases"),
    "2004": Object("active power", Tag.INT32, "W", -1, "total and phases"),
    "2005": Object("reactive power", Tag.INT32, "var", -1, "total and phases"),
    "2006": Object("apparent power", Tag.INT32, "VA", -1, "total and phases"),
    "200A": Object("power factor", Tag.INT16, "", -3, "total and phases"),
    "200F": Object("frequency", Tag.UINT16, "Hz", -2),
    "201E": Object("event began", Tag.DATE_TIME_S),
    "2020": Object("event ended", Tag.DATE_TIME_S),
    "2021": Object("freeze time", Tag.DATE_TIME_S),  # 数据冻结时间
    "2022": Object("event number", Tag.UINT32),
    "2023": Object("freeze number", Tag.UINT32),
    "202A": Object("meter", Tag.TSA),  # 目标服务器地址
    "4000": Object("clock", Tag.DATE_TIME_S),
    "4001": Object("address", Tag.OCTETS),
    "4002": Object("meter number", Tag.OCTETS),
    "4003": Object("customer number", Tag.OCTETS),
    "401C": Object("current transformer ratio"),
    "401D": Object("voltage transformer ratio"),
    "4104": Object("rated voltage", Tag.VISIBLE),
    "5000": Object("instant freeze"),
    "5001": Object("freeze by the second"),
    "5002": Object("freeze by the minute"),  # 分钟冻结, the load curve
    "5003": Object("hourly freeze"),
    "5004": Object("daily freeze"),  # 日冻结
    "5005": Object("settlement day freeze"),
    "5006": Object("monthly freeze"),
    "6000": Object("meters on file"),
    "6012": Object("collection tasks"),
    "6014": Object("collection scheme"),
    "6034": Object("collection tasks as they ran"),  # 采集任务监控集
    "6040": Object("collection began", Tag.DATE_TIME_S),
    "6041": Object("collection succeeded", Tag.DATE_TIME_S),
    "6042": Object("collection stored", Tag.DATE_TIME_S),
    "F100": Object("security module"),
    "F201": Object("RS-485 port"),
    "F209": Object("power line carrier port"),
}

UNITS: Mapping[int, str] = {
    27: "W", 28: "kW", 29: "VA", 30: "kVA", 31: "var", 32: "kvar", 33: "kWh", 34: "kVAh",
    35: "kvarh", 36: "A", 38: "V", 47: "Hz",
}  # fmt: skip
"""Numbers of units in Scaler_Unit, as PyPI dlt698 names them."""

_PHASES = ("A", "B", "C")
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "60120200": (
        "number", "runs every", "kind of scheme (1 ordinary, 2 events, 3 forwarding, 4 reports)",
        "scheme", "first run", "last run", "delay", "priority", "state (1 in use, 2 not)",
        "script before", "script after", "times of day",
    ),
    "60340200": (
        "number", "state (0 waiting, 1 running, 2 done)", "run began", "run ended", "meters due",
        "meters read", "messages sent", "messages received",
    ),
}  # fmt: skip
"""What the parts of the structures in an array are, by its OAD."""


def meaning(oad: str, scalers: Scalers | None = None) -> Meaning:
    """Name, unit and scaler of the value of ``oad``; what a meter states goes before the table."""
    known = OBJECTS.get(oad[:4])
    attribute, index = int(oad[4:6], 16) & 0x1F, int(oad[6:], 16)
    if known is None:
        name, unit, scaler = f"object {oad[:4]}, attribute {attribute}", "", None
    elif attribute == 2 or (oad.startswith("601203")):
        name, unit, scaler = known.name, known.unit, known.scaler
    elif attribute == 4 and oad[:2] == "00":
        # Attribute 4 of an energy is the same register with two more digits.
        name, unit, scaler = known.name, known.unit, -4
    else:
        return Meaning(f"{known.name}, attribute {attribute}" + (f".{index}" if index else ""))
    if index:
        name = f"{name}, {part_name(oad, index) or index}"
    if scalers and (stated := scalers.get(f"{oad[:6]}00")):
        unit, scaler = UNITS.get(stated.unit, unit), stated.scaler
    return Meaning(name, unit, scaler)


def part_name(oad: str, index: int) -> str:
    """What part ``index`` (from 1) is: ``total``, ``T1``, ``A`` …; empty: it has no name."""
    known = OBJECTS.get(oad[:4])
    parts = known.parts if known else ""
    if parts == "tariffs":
        return "total" if index == 1 else f"T{index - 1}"
    names = {"phases": _PHASES, "total and phases": ("total", *_PHASES)}.get(parts, ())
    return names[index - 1] if 0 < index <= len(names) else ""


def member_name(oad: str, index: int) -> str:
    """What part ``index`` (from 1) of each structure in an array is; empty: it has no name."""
    members = _MEMBERS.get(oad, ())
    return members[index - 1] if 0 < index <= len(members) else ""


def scaler_oad(oad: str) -> str:
    """Where a meter states scaler and unit of the value of ``oad``: attribute 3, or 5 for 4 [M]."""
    attribute = int(oad[4:6], 16)
    return f"{oad[:4]}{attribute + 1:02X}00"


def stated_scalers(results: Iterable[Result]) -> dict[str, ScalerUnit]:
    """Scalers among ``results``, by the OAD of the value that they belong to."""
    return {
        f"{result.oad[:4]}{int(result.oad[4:6], 16) - 1:02X}00": result.data.value
        for result in results
        if result.data is not None
        and result.data.tag == Tag.SCALER_UNIT
        and isinstance(result.data.value, ScalerUnit)
    }
