"""Tariffs from records of the Utility Rate Database (URDB), and what of them can be billed.

Periods of month × hour × weekday or weekend become calendars; energy tiers, time-of-use and flat
demand, ratchets, fixed and minimum charges become charges. A record is billed whole or refused
with a reason (``urdb_record.REFUSALS``); what its bill leaves out is in the tariff's ``doubts``,
each beginning with a code of ``urdb_record.WARNINGS``.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from queries.billing.errors import TariffError
from queries.billing.tariff_model import (
    Charge,
    EveryTime,
    FixedCharge,
    MinimumCharge,
    Tariff,
    Version,
)
from queries.billing.urdb_demand import demand_charges
from queries.billing.urdb_energy import energy_charges, export_rule
from queries.billing.urdb_record import RecordRefusedError, UrdbRecord

_EVERY: dict[str, EveryTime] = {"$/month": "month", "$/day": "day", "$/year": "year"}
_WORDS = ("fixedattrs", "demandattrs", "energyattrs")
_WORDS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Census:
    """How many records can be billed.

    Attributes:
        billed: Records billed with nothing left out.
        billed_with_warnings: Records billed with at least one warning.
        warnings: Records by the code of a warning; one may have several.
        refused: Records by the reason they were refused for.
    """

    billed: int
    billed_with_warnings: int
    warnings: Mapping[str, int]
    refused: Mapping[str, int]

    @property
    def records(self) -> int:
        """All records counted."""
        return self.billed + self.billed_with_warnings + sum(self.refused.values())


def tariff_from_urdb(
    record: Mapping[str, Any], *, dgrules: str | None = None, coincident: bool = False
) -> Tariff:
    """The tariff of one record.

    Args:
        record: As the API gives it with ``detail=full``. Read JSON with ``parse_float=Decimal``;
            a float is read as its shortest decimal.
        dgrules: How export is treated instead of what the record says, in URDB's words, such as
            ``Net Metering``.
        coincident: The time of the system's peak is known, so demand at it is billed.

    Raises:
        RecordRefusedError: the record cannot be billed; a ``TariffError`` with its ``reason``.
    """
    own = UrdbRecord(record)
    charges: list[Charge] = [
        *_fixed(own),
        *energy_charges(own, export_rule(own, dgrules)),
        *demand_charges(own, coincident=coincident),
        *_minimum(own),
    ]
    _say_words(own)
    name = str(record.get("name") or own.label)
    return Tariff(
        own.label,
        name,
        name,
        (Version(tuple(charges), notice=_in_force(own)),),
        source=str(record.get("uri") or record.get("source") or "URDB"),
        certainty="as recorded in URDB",
        doubts=tuple(own.doubts),
        region=str(record.get("utility") or ""),
        price_class=str(record.get("sector") or "").lower(),
        currency="USD",
        country="US",
        basis="interval",
    )


def records_in(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON file: one, a list of them, or OpenEI's ``{"items": […]}``.

    Raises:
        TariffError: the file is none of these.
        OSError: it cannot be read.
    """
    try:
        found = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise TariffError(f"{path}: not JSON in UTF-8: {error}. Mend that place.") from error
    if isinstance(found, dict):
        found = found.get("items", [found])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise TariffError(
            f"{path}: no URDB record; expected one object, a list of them, or OpenEI's "
            '{"items": […]}.'
        )
    return found


def census(records: Iterable[Mapping[str, Any]]) -> Census:
    """How many of ``records`` can be billed, and why not the others."""
    whole = doubtful = 0
    warnings, refused = Counter[str](), Counter[str]()
    for record in records:
        try:
            doubts = tariff_from_urdb(record).doubts
        except RecordRefusedError as error:
            refused[error.reason] += 1
            continue
        warnings.update({doubt.partition(":")[0] for doubt in doubts})
        whole += not doubts
        doubtful += bool(doubts)
    return Census(whole, doubtful, dict(warnings.most_common()), dict(refused.most_common()))


def _fixed(record: UrdbRecord) -> Iterator[FixedCharge]:
    amount = record.amount("fixedchargefirstmeter")
    if amount:
        yield FixedCharge("fixed", "other", amount, _every(record, "fixedchargeunits"))
    if further := record.amount("fixedchargeeaaddl"):
        record.doubt("additional_meters", f"{further} each")


def _minimum(record: UrdbRecord) -> Iterator[MinimumCharge]:
    amount = record.amount("mincharge")
    if amount:
        yield MinimumCharge("minimum", "other", amount, _every(record, "minchargeunits"))


def _every(record: UrdbRecord, name: str) -> EveryTime:
    unit = record.words(name)
    if not unit:
        record.doubt("charge_unit_missing", name)
        return "month"
    if unit not in _EVERY:
        raise record.refused("money_unit", f"{name} is {unit[:40]!r}")
    return _EVERY[unit]


def _say_words(record: UrdbRecord) -> None:
    """Warn of charges that stand in lists of words and amounts."""
    for name in _WORDS:
        words = [
            f"{key} {value}".strip()
            for entry in record.entries(name)
            for key, value in entry.items()
            if f"{key}{value}".strip()
        ]
        if words:
            record.doubt("words", f"{name}: {', '.join(words)}"[:_WORDS_SHOWN])


def _in_force(record: UrdbRecord) -> str:
    """When the record was in force, in words: URDB's dates are too unsure to refuse a bill by."""
    days = [
        datetime.fromtimestamp(int(seconds), UTC).date().isoformat()
        for name in ("startdate", "enddate")
        if (seconds := record.amount(name)) is not None and 0 <= seconds < 1 << 33
    ]
    return "URDB: " + " to ".join(days) if days else "URDB"
