"""Tariffs as files: TOML that a planner can read and write.

A file holds one or more ``[[tariff]]``, under each its ``[[tariff.version]]`` in the order of time,
and under each of those its ``[[tariff.version.charge]]`` in the order of the bill. Keys are named
after the fields of ``tariff_model``; numbers of money stand in quotes, so that they are exact. A
charge names its calendar by code: one of ``data/tariffs/calendars``, or a ``[[calendar]]`` in the
same file, written as ``calendar_file`` says, which goes before one of the same code elsewhere.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from queries.billing.calendar_check import faults
from queries.billing.calendar_file import calendar_of_table, calendar_problems
from queries.billing.calendar_model import Calendar
from queries.billing.errors import TariffError
from queries.billing.tariff_check import charge_faults, version_faults
from queries.billing.tariff_forms import TARIFF, VERSION, ChargeForm, charge_forms
from queries.billing.tariff_keys import NAME, WrongValueError, fields, one_of, shown
from queries.billing.tariff_model import Charge, Tariff, Version

_KEYS = ("tariff", "calendar")


def holds_tariffs(path: Path) -> bool:
    """Whether the file is one of tariffs, not of calendars alone.

    Raises:
        TariffError: it is not TOML.
        OSError: it cannot be read.
    """
    return "tariff" in _document(path)


def read_tariffs(path: Path, calendars: Mapping[str, Calendar]) -> tuple[Tariff, ...]:
    """The tariffs of one file.

    Args:
        path: The file.
        calendars: Those that charges may name, by code.

    Raises:
        TariffError: the file is not as it should be; a line for everything that is wrong, with
            file, tariff, version, charge, key and value, what was expected and what to do.
        OSError: it cannot be read.
    """
    return _tariffs(_document(path), str(path), calendars)


def tariffs_of_text(
    text: str, calendars: Mapping[str, Calendar], name: str = "the text"
) -> tuple[Tariff, ...]:
    """The same of a text that has not come from a file; ``name`` stands in errors for the file."""
    return _tariffs(_read(text, name), name, calendars)


def _tariffs(
    document: Mapping[str, Any], name: str, calendars: Mapping[str, Calendar]
) -> tuple[Tariff, ...]:
    told = [
        f"key {shown(key)} is unknown; expected [[tariff]] and [[calendar]]. Remove it"
        for key in document
        if key not in _KEYS
    ]
    own = _Told(told, "")
    known = {**calendars, **_own_calendars(document.get("calendar", []), own)}
    reader = _Reader(charge_forms(known))
    tariffs: list[Tariff] = []
    for place, table in enumerate(_tables(document, "tariff", "tariff", own), 1):
        where = own.within("tariff", table.get("code"), place)
        tariff = reader.tariff(table, where)
        if tariff and tariff.code in (other.code for other in tariffs):
            where.tell("the code stands twice. Give each tariff its own")
        tariffs += [tariff] if tariff else []
    if told:
        raise TariffError("\n".join(f"{name}: {text}." for text in told))
    return tuple(tariffs)


def tariffs_in(folder: Path, calendars: Mapping[str, Calendar]) -> dict[str, Tariff]:
    """The tariffs of every ``.toml`` in ``folder``, not below it, by code.

    Raises:
        TariffError: a file is not as it should be, or two tariffs have one code.
    """
    found: dict[str, Tariff] = {}
    for path in sorted(folder.glob("*.toml")):
        for tariff in read_tariffs(path, calendars):
            if tariff.code in found:
                raise TariffError(
                    f"{path}: tariff '{tariff.code}': another file in {folder} has this code. "
                    "Give each tariff its own."
                )
            found[tariff.code] = tariff
    return found


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TariffError(f"{path}: not TOML in UTF-8: {error}. Mend that place.") from error
    return _read(text, str(path))


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TariffError(f"{name}: lists in lists without end. Write none in another.") from error
    except ValueError as error:  # of TOML, or a number of thousands of digits
        raise TariffError(f"{name}: not TOML in UTF-8: {error}. Mend that place.") from error


@dataclass(frozen=True, slots=True)
class _Told:
    """Where in a file reading is, and all that was told so far."""

    told: list[str]
    where: str

    def tell(self, *texts: str) -> None:
        self.told.extend(self.where + text for text in texts)

    def within(self, kind: str, code: object, place: int) -> "_Told":
        """One place further in: by its code where it has one, else by its number."""
        named = f"'{code}'" if isinstance(code, str) and NAME.fullmatch(code) else place
        return _Told(self.told, f"{self.where}{kind} {named}: ")


def _tables(table: Mapping[str, Any], key: str, line: str, where: _Told) -> list[dict[str, Any]]:
    found = table.get(key, [])
    if not (isinstance(found, list) and found and all(isinstance(one, dict) for one in found)):
        where.tell(f"holds no [[{line}]]. Begin each {key} with that line")
        return []
    return found


def _own_calendars(tables: object, where: _Told) -> dict[str, Calendar]:
    found: dict[str, Calendar] = {}
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        where.tell("calendar is no table. Begin each calendar with the line [[calendar]]")
        return found
    for place, table in enumerate(tables, 1):
        within = where.within("calendar", table.get("code"), place)
        try:
            wrong = list(calendar_problems(table))
        except (ValueError, RecursionError):  # from showing it
            wrong = ["holds a value too large to show. Mend it"]
        calendar = None if wrong else calendar_of_table(table)
        within.tell(*wrong, *(faults(calendar) if calendar else []))
        if calendar and calendar.code in found:
            within.tell("the code stands twice. Give each calendar its own")
        if calendar:
            found[calendar.code] = calendar
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads tables into the model; None where something was wrong and told."""

    forms: Mapping[str, ChargeForm]

    def tariff(self, table: Mapping[str, Any], where: _Told) -> Tariff | None:
        rest = {key: table[key] for key in table if key != "version"}
        values, told = fields(rest, TARIFF, ("code", "name_zh", "name_en"))
        where.tell(*told)
        versions = [
            self.version(own, where.within("version", None, place))
            for place, own in enumerate(_tables(table, "version", "tariff.version", where), 1)
        ]
        sound = tuple(version for version in versions if version)
        if told or not sound or len(sound) < len(versions):
            return None
        try:
            return Tariff(versions=sound, **values)
        except ValueError as error:
            where.tell(str(error).partition(": ")[2].rstrip(".") + ". Mend valid_from")
            return None

    def version(self, table: Mapping[str, Any], where: _Told) -> Version | None:
        rest = {key: table[key] for key in table if key != "charge"}
        values, told = fields(rest, VERSION)
        where.tell(*told)
        charges = [
            self.charge(own, where.within("charge", own.get("code"), place))
            for place, own in enumerate(_tables(table, "charge", "tariff.version.charge", where), 1)
        ]
        sound = tuple(charge for charge in charges if charge)
        if told or not sound or len(sound) < len(charges):
            return None
        told = list(version_faults(sound))
        where.tell(*told)
        return None if told else Version(sound, **values)

    def charge(self, table: Mapping[str, Any], where: _Told) -> Charge | None:
        kind = table.get("kind", "energy")
        try:
            form = self.forms[one_of(self.forms)(kind)]
        except WrongValueError as error:
            where.tell(*(f"kind{text}" for text in error.told))
            return None
        values, told = fields(table, form.form, form.required)
        charge = None
        if not told:
            values.pop("kind", None)
            try:
                charge = form.make(**form.shape(values))
            except ValueError as error:
                told = [str(error).rstrip(".")]
        told += list(charge_faults(charge)) if charge else []
        where.tell(*told)
        return None if told else charge
