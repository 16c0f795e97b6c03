"""What a value in an MQTT message means: the ``[[values]]`` of a profile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ingest.batch import CollectorError
from ingest.collection.entries import choice, known_keys, optional, required
from ingest.collection.mqtt.path import Path, TopicPattern, read_path
from queries.schema import CHANNELS

REGISTERS = ("total", "sharp", "peak", "flat", "valley", "deep_valley")
_ENERGY_UNITS = {
    **{unit: Decimal(factor) for unit, factor in (("Wh", "0.001"), ("kWh", 1), ("MWh", 1000))},
    **{
        unit: Decimal(factor) for unit, factor in (("varh", "0.001"), ("kvarh", 1), ("Mvarh", 1000))
    },
}
_MEASURED_UNITS: Mapping[str, Mapping[str, Decimal]] = {
    "_v": {"mV": Decimal("0.001"), "V": Decimal(1), "kV": Decimal(1000)},
    "_a": {"mA": Decimal("0.001"), "A": Decimal(1), "kA": Decimal(1000)},
    "_kw": {"W": Decimal("0.001"), "kW": Decimal(1), "MW": Decimal(1000)},
    "_kvar": {"var": Decimal("0.001"), "kvar": Decimal(1), "Mvar": Decimal(1000)},
    "_kva": {"VA": Decimal("0.001"), "kVA": Decimal(1), "MVA": Decimal(1000)},
    "_hz": {"Hz": Decimal(1)},
    "_c": {"°C": Decimal(1)},
    "_factor": {"1": Decimal(1), "%": Decimal("0.01")},
    "_share": {"1": Decimal(1), "%": Decimal("0.01")},
}
_MEASUREMENT = re.compile(r"[a-z][a-z0-9_]*")
_VALUE_KEYS = ("path", "name", "channel", "measurement", "kind", "register", "unit", "multiplier")


@dataclass(frozen=True, slots=True)
class ValueRule:
    """What one value of a reading means.

    Attributes:
        path: Where it stands.
        name: What ``value_name`` says where it is meant; None: it is always there.
        channel: Of CHANNELS; None: it is a measurement.
        kind: ``energy`` of an interval, ``register`` (a point of its curve), ``freeze`` (a register
            at the end of a day or month) or ``measurement``.
        register: Of a freeze: ``total`` or a tariff's.
        measurement: Quantity of ``measurement_profiles``, its unit at the end.
        factor: Every value times this is in kWh (kvarh), or in the measurement's unit.
    """

    path: Path
    name: str | None
    channel: str | None
    kind: str
    register: str
    measurement: str | None
    factor: Decimal


def value_rules(
    table: Mapping[str, object], where: str, topic: TopicPattern, depth: int
) -> tuple[ValueRule, ...]:
    """The rules of a profile.

    Raises:
        CollectorError: naming ``where`` and the key that is wrong.
    """
    rules = table.get("values")
    if not isinstance(rules, list) or not rules or not all(isinstance(r, dict) for r in rules):
        raise CollectorError(
            f"{where}: 'values' is missing; expected one [[values]] for each value"
        )
    found = []
    for number, rule in enumerate(rules, start=1):
        here = f"{where}: [[values]] {number}"
        known_keys(rule, _VALUE_KEYS, here)
        if ("name" in rule) != ("value_name" in table):
            raise CollectorError(
                f"{here}: 'name' and the profile's 'value_name' need each other: "
                "where a reading names its quantity, and which name this is for"
            )
        path = read_path(required(rule, "path", here, "a path"), f"{here} 'path'", topic, depth)
        found.append(_value_rule(rule, here, path))
    return tuple(found)


def _value_rule(rule: Mapping[str, object], where: str, path: Path) -> ValueRule:
    channel = optional(rule, "channel", where, "a channel")
    measurement = optional(rule, "measurement", where, "a measured quantity")
    if (channel is None) == (measurement is None):
        raise CollectorError(f"{where}: expected either 'channel' or 'measurement'")
    if channel is not None:
        kind = choice(rule, "kind", where, ("energy", "register", "freeze"), "")
        units: Mapping[str, Decimal] = _ENERGY_UNITS
        if channel.partition(".")[0] not in CHANNELS:
            raise CollectorError(
                f"{where}: 'channel' is '{channel}'; expected one of {', '.join(CHANNELS)}, "
                "with .2, .3 … if repeated"
            )
    else:
        kind, units = "measurement", _units_of(measurement or "", where)
    if kind != "freeze" and "register" in rule:
        raise CollectorError(f"{where}: 'register' is of freezes only; expected kind = \"freeze\"")
    if kind == "measurement" and "kind" in rule:
        raise CollectorError(f"{where}: 'kind' is of channels only; a measurement has none")
    unit = choice(rule, "unit", where, tuple(units), "")
    return ValueRule(
        path=path,
        name=optional(rule, "name", where, "what value_name says"),
        channel=channel,
        kind=kind,
        register=choice(rule, "register", where, REGISTERS, "total"),
        measurement=measurement,
        factor=units[unit] * _multiplier(rule, where),
    )


def _units_of(measurement: str, where: str) -> Mapping[str, Decimal]:
    ending = "_" + measurement.rpartition("_")[2]
    if not _MEASUREMENT.fullmatch(measurement) or ending not in _MEASURED_UNITS:
        raise CollectorError(
            f"{where}: 'measurement' is '{measurement}'; expected a name that ends in its unit, "
            f"such as voltage_a_v, current_a_a, power_kw, power_factor"
        )
    return _MEASURED_UNITS[ending]


def _multiplier(rule: Mapping[str, object], where: str) -> Decimal:
    value = rule.get("multiplier", 1)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e9:
        raise CollectorError(f"{where}: 'multiplier' is {value!r}; expected a number above 0")
    return Decimal(str(value))
