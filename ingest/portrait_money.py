"""What accounts pay, could save and will pay, kept in the lake beside their portraits.

Worked out for everyone at once, and only where what it rests on has changed: bills where readings
of whole months, registers, terms or tariffs did, arrears where payments did or a day has passed.
"""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import publish, replace_all_of, writing
from ingest.portraits import Wanted
from queries.area import choose_region
from queries.billing import calendars, tariffs
from queries.customers.portrait_money_bills import YEAR, last_months
from queries.customers.portrait_money_readings import month_end
from queries.customers.portrait_money_rows import BILLS, PAYMENTS, READS, bill_rows, payment_rows
from queries.home.districts import READS as DISTRICTS_READ
from queries.home.districts import districts
from queries.lake import lake_version, open_lake
from queries.manifest import Manifest, files_of
from queries.schema import PORTRAIT_MONEY
from queries.scope import EVERYTHING
from queries.settings import Settings
from queries.toml_files import toml_states

_TERMS = (
    "agreements",
    "customers",
    "usage_points",
    "meters",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
"""Tables whose every change works bills out again: who is billed, and on which terms."""

Told = Callable[[int, int], None]


@dataclass(slots=True)
class MoneyMade:
    """What a run made.

    Attributes:
        accounts: Of how many rows were written.
        billed: Of how many accounts bills, choices and revenue were worked out again.
    """

    accounts: int = 0
    billed: int = 0


def make_money(
    settings: Settings, wanted: Wanted | None = None, *, progress: Told | None = None
) -> MoneyMade:
    """Bring the money of every account up to date; after the portraits, whose growth it takes.

    Args:
        settings: Where the lake is.
        wanted: Which districts, up to which day; None: all, as of the last day read in each.
        progress: Told how many districts are done, and of how many.
    """
    wanted = wanted or Wanted()
    manifest = lake_version(settings)
    made = MoneyMade()
    reads = tuple(dict.fromkeys((*READS, *DISTRICTS_READ, PORTRAIT_MONEY.name)))
    rows = [PORTRAIT_MONEY.schema.to_frame()]
    with closing(open_lake(settings, EVERYTHING, reads=reads, manifest=manifest)) as lake:
        asked = _asked(lake, wanted)
        for number, (district_id, last_day) in enumerate(asked, 1):
            basis = _Basis(settings, manifest, district_id, last_day)
            rows.append(_of_district(lake, basis, made))
            if progress:
                progress(number, len(asked))
    # An account with points in two districts stands where it is billed most.
    found = pl.concat(rows).sort("bill_cny", descending=True, nulls_last=True)
    found = found.unique(["customer_id", "month"], keep="first", maintain_order=True)
    made.accounts = found.height
    if not found.is_empty():
        with writing(settings) as writer:
            subjects = found.select("month", "district_id").unique()
            replace_all_of(writer, PORTRAIT_MONEY, found, subjects)
            publish(writer)
    return made


def has_money(settings: Settings) -> bool:
    """Whether the lake holds the money of any account."""
    return bool(files_of(settings.lake_uri, lake_version(settings), PORTRAIT_MONEY.name))


def _asked(lake: DuckDBPyConnection, wanted: Wanted) -> list[tuple[str, date]]:
    """Districts with the day as of which their accounts are looked at."""
    return [
        (row["district_id"], min(wanted.last_day or row["last_day"], row["last_day"]))
        for row in districts(lake).iter_rows(named=True)
        if (wanted.districts is None or row["district_id"] in wanted.districts)
        and (wanted.last_day is None or wanted.last_day >= row["first_day"])
    ]


@dataclass(frozen=True, slots=True)
class _Basis:
    """What the rows of a district rest on."""

    settings: Settings
    manifest: Manifest
    district_id: str
    last_day: date

    def of_bills(self, lake: DuckDBPyConnection) -> str:
        """Hash of the readings of the whole months, the terms, the tariffs and the growth."""
        months = last_months(self.last_day, 2 * YEAR)
        span = {"first_day": months[0], "last_day": month_end(months[-1])}
        choose_region(lake, self.district_id)
        readings = lake.sql(
            "select max(profile_version), count(*) from daily_totals "
            "semi join region_places using (usage_point_id) "
            "where service_date between $first_day and $last_day",
            params=span,
        ).fetchall()
        registers = lake.sql(
            "select count(*), max(received_at) from register_readings "
            "semi join region_places using (usage_point_id) "
            "where service_date between $first_day::date - 1 and $last_day "
            "and service_date = last_day(service_date) and register = 'total'",
            params=span,
        ).fetchall()
        growth = lake.sql(
            "select count(*), max(fitted_on) from portraits "
            "semi join region_places using (usage_point_id)"
        ).fetchall()
        files = toml_states(tariffs.FOLDER, calendars.FOLDER)
        texts = [sha256(Path(path).read_bytes()).hexdigest() for path, _, _ in files]
        area = self.settings.tariff_area
        return self._hash([months, readings, registers, growth, area, texts], *_TERMS)

    def of_payments(self) -> str:
        """Hash of the payments and of the day as of which they are judged."""
        return self._hash([self.last_day], "payments", *_TERMS)

    def _hash(self, parts: list, *tables: str) -> str:
        versions = [self.manifest.versions[name] for name in tables]
        text = json.dumps([self.district_id, parts, versions], default=str)
        return sha256(text.encode()).hexdigest()


def _of_district(lake: DuckDBPyConnection, basis: _Basis, made: MoneyMade) -> pl.DataFrame:
    """The rows of a district that are to be written; none where nothing has changed."""
    district_id, last_day = basis.district_id, basis.last_day
    month = f"{last_day:%Y-%m}"
    held = lake.table(PORTRAIT_MONEY.name).pl()
    held = held.filter((pl.col("district_id") == district_id) & (pl.col("month") == month))
    by_bills, by_payments = basis.of_bills(lake), basis.of_payments()
    has_bills = _is_all(held["bills_basis"], by_bills)
    if has_bills and _is_all(held["payments_basis"], by_payments):
        return held.clear()
    bills = held.select(BILLS) if has_bills else bill_rows(last_day, lake, region_id=district_id)
    made.billed += 0 if has_bills else bills.height
    payments = payment_rows(last_day, lake, region_id=district_id)
    stamps = {
        "district_id": district_id,
        "month": month,
        "last_day": last_day,
        "bills_basis": by_bills,
        "payments_basis": by_payments,
        "received_at": datetime.now(UTC),
    }
    return (
        bills.join(payments.select("customer_id", *PAYMENTS), on="customer_id", how="left")
        .with_columns(
            pl.lit(value).cast(PORTRAIT_MONEY.schema[name]).alias(name)
            for name, value in stamps.items()
        )
        .select(PORTRAIT_MONEY.names)
    )


def _is_all(basis: pl.Series, wanted: str) -> bool:
    return not basis.is_empty() and bool((basis == wanted).all())
