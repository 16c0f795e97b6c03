"""What advice rests on: a customer's curve, contract, weather, and how its peers do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Agreement
from queries.billing.as_in_force import as_in_force
from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.day_rows import day_rows
from queries.billing.exact_arrays import Exacts
from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import Lab, laboratory, with_use_before
from queries.billing.measured import DayRows
from queries.billing.segments import Span
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.billing.tariffs import known_tariffs
from queries.customers.advice_peers import READS as PEER_READS
from queries.customers.advice_peers import usual_night_shares
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import DailyEnergy, daily_energy
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.schema import SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*LAB_READS, *PEER_READS, *ENERGY_READS)))
DEAR, CHEAP = ("sharp", "peak"), ("valley", "deep_valley")
HOURS_PER_SLOT = 24 / SLOTS_PER_DAY


@dataclass(frozen=True, slots=True)
class Basis:
    """One usage point over the months billed.

    Attributes:
        usage_point_id, customer_id, customer_class: Of the register.
        tariff: As if in force on these days.
        agreement: Its terms.
        load: Its readings, one account.
        bills: The calendar months.
        used_before: What its tiers count as used before the first of them.
        is_known: Days of which enough was read, (days,).
        readings_share: Of what was due [0–1].
        temperature_c: Daily means, (days,); NaN where not observed.
        irradiance_w_per_m2: Of every slot, horizontal, (days, slots); NaN likewise.
        calendar_terms: Rest days and festival, (days, terms).
        usual_night_share: What three quarters of its peers do not exceed; None: too few alike.
        has_assumed_tariff: There is no agreement: the tariff usual for its class.
        has_other_terms: Its bill takes more than the metered energy, which is not in here.
    """

    usage_point_id: str
    customer_id: str | None
    customer_class: str | None
    tariff: Tariff
    agreement: Agreement
    load: DayRows
    bills: tuple[Span, ...]
    used_before: Mapping[tuple[date, frozenset[int]], Exacts]
    is_known: np.ndarray
    readings_share: float
    temperature_c: np.ndarray
    irradiance_w_per_m2: np.ndarray
    calendar_terms: np.ndarray
    usual_night_share: float | None
    has_assumed_tariff: bool
    has_other_terms: bool

    @property
    def energy_kwh(self) -> np.ndarray:
        """Taken from the grid, (days, slots)."""
        return self.load.energy_units["import"][0] / self.load.per

    @property
    def calendar(self) -> Calendar | None:
        """Of its time of use; None: it pays the same at every hour."""
        if not self.agreement.has_time_of_use:
            return None
        version = self.tariff.version_on(self.bills[-1][0]) or self.tariff.versions[-1]
        charges = [one for one in version.charges if isinstance(one, EnergyCharge)]
        return next((one.calendar for one in charges if one.calendar is not None), None)

    def is_in(self, periods: Sequence[str]) -> np.ndarray:
        """Which slots lie in periods of these names, (days, slots)."""
        calendar = self.calendar
        if calendar is None:
            return np.zeros(self.energy_kwh.shape, bool)
        places = [n for n, name in enumerate(calendar.periods) if name in periods]
        return np.isin(periods_of_days(calendar, self.load.days, self.load.country, ()), places)


def bases(
    first_day: date,
    last_day: date,
    lake: DuckDBPyConnection,
    *,
    region_id: str | None = None,
    usage_point_ids: Sequence[str] | None = None,
) -> list[Basis]:
    """The bases of usage points that have a tariff and readings; None: of all in the scope."""
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    days = daily_energy(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    usual = usual_night_shares(first_day, last_day, lake, region_id=region_id)
    rows = lab.points.with_row_index("row").filter(pl.col("tariff_code").is_not_null())
    if usage_point_ids is not None:
        rows = rows.filter(pl.col("usage_point_id").is_in(list(usage_point_ids)))
    if rows.is_empty():
        return []
    points = rows["usage_point_id"].to_list()
    load = day_rows(points, lake, first_day=first_day, last_day=last_day)
    made = _Making(lab, days, _irradiance(days, lake), usual, lake)
    return [made.basis(row, load, place) for place, row in enumerate(rows.iter_rows(named=True))]


@dataclass(frozen=True, slots=True)
class _Making:
    """What the bases of one call share."""

    lab: Lab
    days: DailyEnergy
    irradiance: Mapping[str, np.ndarray]
    usual: Mapping[str, float]
    lake: DuckDBPyConnection

    def basis(self, row: Mapping, load: DayRows, place: int) -> Basis:
        """That of one row of the laboratory, whose readings stand at ``place`` of ``load``."""
        lab, point = self.lab, row["usage_point_id"]
        tariff = as_in_force(known_tariffs()[row["tariff_code"]], lab.bills[0][0], lab.bills[-1][1])
        everyone, _ = with_use_before(lab, tariff, self.lake)
        number = row["row"]
        used = {
            counter: Exacts(kwh.units[number : number + 1], kwh.per)
            for counter, kwh in everyone.used_before.items()
        }
        count = len(load.days)
        at = self.days.points["usage_point_id"].index_of(point)
        region = None if at is None else self.days.points["weather_region_id"][at]
        nothing = np.full(count, np.nan)
        own = {
            name: units[place : place + 1]
            for name, units in load.energy_units.items()
            if name == "import" or units[place].any()
        }
        return Basis(
            usage_point_id=point,
            customer_id=row["customer_id"],
            customer_class=row["customer_class"],
            tariff=tariff,
            agreement=lab.accounts.agreements[lab.accounts.index[number]],
            load=DayRows(load.days, own, load.per, load.country),
            bills=lab.bills,
            used_before=used,
            is_known=np.zeros(count, bool) if at is None else ~np.isnan(self.days.energy_kwh[at]),
            readings_share=row["readings_share"],
            temperature_c=self.days.temperature_c.get(region or "", nothing),
            irradiance_w_per_m2=self.irradiance.get(region or "", nothing[:, None]),
            calendar_terms=self.days.calendar,
            usual_night_share=self.usual.get(point),
            has_assumed_tariff=row["is_assumed"],
            has_other_terms=row["has_other_terms"],
        )


def _irradiance(days: DailyEnergy, lake: DuckDBPyConnection) -> dict[str, np.ndarray]:
    """Observed irradiance by weather region, of every slot of the days [W/m²]."""
    first_day, count = days.dates[0], len(days.dates)
    offset = standard_offset(ZoneInfo(lake_state(lake).zone_name), first_day.year)
    rows = lake.sql(
        """
        select
            region_id,
            epoch(valid_at)::bigint + $offset as local_second,
            irradiance_w_per_m2
        from weather
        where issued_at is null and irradiance_w_per_m2 is not null
        order by region_id, valid_at
        """,
        params={"offset": int(offset.total_seconds())},
    ).pl()
    begin = (first_day - date(1970, 1, 1)) // timedelta(seconds=1)
    found = {}
    for (region,), own in rows.group_by("region_id"):
        hour = (own["local_second"].to_numpy() - begin) // 3600
        inside = (hour >= 0) & (hour < 24 * count)
        hourly = np.full(24 * count, np.nan)
        hourly[hour[inside]] = own["irradiance_w_per_m2"].to_numpy()[inside]
        found[str(region)] = np.repeat(hourly, SLOTS_PER_DAY // 24).reshape(count, SLOTS_PER_DAY)
    return found
