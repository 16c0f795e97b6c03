"""The advice for one usage point, worked out once for all that is asked of it."""

from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection

from queries.billing.tariffs import known_tariffs
from queries.customers.advice_assessed import Advice, assess
from queries.customers.advice_basis import bases
from queries.customers.advice_equipment import Lighting
from queries.held import Held


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose advice, of which days.

    Attributes:
        usage_point_id: Whose.
        first_day, last_day: Both included.
        region_id: Where its peers are looked for.
        sheet: Its lighting sheet.
    """

    usage_point_id: str
    first_day: date
    last_day: date
    region_id: str | None
    sheet: Lighting


_held: Held[list[Advice]] = Held(12)


def advice_of_one(asked: Asked, lake: DuckDBPyConnection) -> list[Advice]:
    """Every kind of advice for one usage point; none where there is no tariff or no reading."""
    known = known_tariffs()
    codes = tuple(sorted((code, hash(tariff)) for code, tariff in known.items()))
    return _held.of(lake, (asked, codes), lambda: _made(asked, lake))


def _made(asked: Asked, lake: DuckDBPyConnection) -> list[Advice]:
    found = bases(
        asked.first_day,
        asked.last_day,
        lake,
        region_id=asked.region_id,
        usage_point_ids=[asked.usage_point_id],
    )
    return assess(found, known_tariffs(), sheet=asked.sheet)
