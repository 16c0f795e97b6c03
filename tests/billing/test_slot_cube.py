"""Two paths, one bill: sums of slots and the intervals themselves."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import HealthCheck, given, settings

from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendar_model import Calendar, Window
from queries.billing.cube_limits import REASONS, CubeLimit, cube_limits
from queries.billing.cube_source import READS, FleetCube, fleet_cube
from queries.billing.day_rows import Routed, day_rows
from queries.billing.day_tags import DeclaredEvent
from queries.billing.errors import TariffError
from queries.billing.measured import DayRows
from queries.billing.period_sums import period_sums
from queries.billing.pricing import price
from queries.billing.segments import Span, months
from queries.billing.tariff_model import DemandCharge, EnergyCharge, Rate, Tariff, TierRule, Version
from queries.billing.tier_resets import TierReset
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.billing.drawn_tariffs import said, tariffs

# Spring Festival 2025 with its break and make-up workdays lies within.
FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 3, 20)
BILLS = months(FIRST_DAY, LAST_DAY)
POINTS = ("P15", "P30", "P60", "P2")
HOT = DeclaredEvent("hot_day", date(2025, 3, 4), "test", datetime(2025, 3, 3, 12, tzinfo=UTC))
_SOON = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def loads(
    new_lake: Callable[..., Settings], take: Callable, day_row: Callable
) -> Iterator[DuckDBPyConnection]:
    """Four points of three intervals; P2 has two registers, exports, and days without readings."""
    made = new_lake()
    rng = np.random.default_rng(4)
    rows = []
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        for point, interval, channel in (
            ("P15", 15, "import"),
            ("P15", 15, "reactive_import"),
            ("P30", 30, "import"),
            ("P60", 60, "import"),
            ("P2", 15, "import"),
            ("P2", 15, "import.2"),
            ("P2", 15, "export"),
        ):
            if point == "P2" and number in {3, 40}:
                continue
            values = rng.integers(0, 2000, 1440 // interval)
            values[rng.random(len(values)) < 0.2] = 0
            read = [None if rng.random() < 0.02 else int(value) for value in values]
            rows.append(day_row(read, point=point, channel=channel, day=day, interval=interval))
    take(made, pl.concat(rows))
    lake = open_lake(made, EVERYTHING, reads=READS)
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def fleet(loads: DuckDBPyConnection) -> FleetCube:
    return fleet_cube(POINTS, loads, first_day=FIRST_DAY, last_day=LAST_DAY, events=[HOT])


@pytest.fixture(scope="module")
def rows(loads: DuckDBPyConnection, fleet: FleetCube) -> DayRows:
    """The same points in the cube's order."""
    points = fleet.usage_point_ids
    return day_rows(points, loads, first_day=FIRST_DAY, last_day=LAST_DAY, events=[HOT])


ACCOUNTS = Accounts.of(
    [
        Agreement(capacity_kva=Decimal(20), contract_kw=Decimal(6)),
        Agreement(has_time_of_use=False, contract_kw=Decimal(3)),
        Agreement(capacity_kva=Decimal(10), used_before_kwh=Decimal(1500)),
        Agreement(purchase_times=Decimal("1.5")),
    ]
)


@given(tariffs())
@_SOON
def test_cube_and_intervals_make_the_same_bill_to_the_fen(
    fleet: FleetCube, rows: DayRows, tariff: Tariff
) -> None:
    by_cube = price(tariff, fleet.cube, BILLS, accounts=ACCOUNTS)
    by_rows = price(tariff, rows, BILLS, accounts=ACCOUNTS)
    assert said(by_cube) == said(by_rows)


@given(tariffs())
@settings(_SOON, max_examples=25)
def test_sums_straight_from_the_day_rows_make_that_bill_too(
    loads: DuckDBPyConnection, rows: DayRows, tariff: Tariff
) -> None:
    sums = period_sums(POINTS, tariff, BILLS, loads, events=[HOT])
    by_sums = price(tariff, sums, BILLS, accounts=ACCOUNTS)
    assert said(by_sums) == said(price(tariff, rows, BILLS, accounts=ACCOUNTS))


def test_a_day_of_more_than_two_gigawatt_hours_is_summed_exactly(
    new_lake: Callable[..., Settings], take: Callable, day_row: Callable
) -> None:
    made = new_lake()
    take(made, day_row([30_000_001] * 96, day=FIRST_DAY, interval=15))
    lake = open_lake(made, EVERYTHING, reads=READS)
    tariff = Tariff("t", "", "", (Version((_flat(),)),))
    sums = period_sums(["P1"], tariff, [(FIRST_DAY, FIRST_DAY)], lake)
    [line] = price(tariff, sums, [(FIRST_DAY, FIRST_DAY)]).lines
    assert line.quantity.fraction(0) * 1000 == 96 * 30_000_001
    lake.close()


@given(tariffs())
@_SOON
def test_lines_add_up_and_every_kwh_is_billed_once_by_each_energy_charge(
    fleet: FleetCube, tariff: Tariff
) -> None:
    priced = price(tariff, fleet.cube, BILLS, accounts=ACCOUNTS)
    totals = priced.totals()
    added = np.zeros_like(totals)
    billed: dict[str, float] = {}
    for line in priced.lines:
        places = slice(None) if line.accounts is None else line.accounts
        added[places, line.bill] += line.amount.over(100)
        if line.kind == "energy" and line.rule != ("additive",):
            kwh = sum(line.quantity.fraction(n) for n in range(len(line.quantity.units)))
            billed[line.charge] = billed.get(line.charge, 0) + kwh
    assert (added == totals).all()
    metered = fleet.cube.running["import"][:, -1].sum()
    assert all(kwh * fleet.cube.per == metered for kwh in billed.values())


def test_the_cube_holds_exactly_what_was_read(loads: DuckDBPyConnection, fleet: FleetCube) -> None:
    [(read,)] = loads.sql(
        "select sum(energy_wh) from daily_totals where channel like 'import%'"
    ).fetchall()
    assert fleet.cube.running["import"][:, -1].sum() == read * fleet.cube.per // 1000


def test_a_point_with_days_without_readings_is_incomplete(fleet: FleetCube) -> None:
    shares = dict(zip(fleet.usage_point_ids, fleet.readings_share.tolist(), strict=True))
    assert 0.97 < shares["P15"] < 1
    # two of 79 days, and 2 % of the rest
    assert shares["P2"] == pytest.approx(shares["P15"] * 77 / 79, abs=0.01)


def _flat(**more: object) -> EnergyCharge:
    return EnergyCharge("energy", "retail", (Rate((Decimal("0.5"),)),), **more)  # type: ignore[arg-type]


def _by_hour(days: frozenset[str] = frozenset({"all"})) -> Calendar:
    """Peak from 8 to 20 on some days, else flat."""
    window = Window("peak", 480, 1200, days=days, priority=1)
    return Calendar("own", "", "", "", "", (window,), remainder="flat")


_TWO = (Rate((Decimal("0.8"),), "peak"), Rate((Decimal("0.5"),), "flat"))
_TIERED = tuple(
    Rate((rate.prices[0], rate.prices[0] * 2), rate.period, (Decimal(20),)) for rate in _TWO
)
_DEMAND = DemandCharge("demand", "basic", (Rate((Decimal(30),)),))

LIMITED = {
    "daily_tiers": EnergyCharge(
        "energy",
        "retail",
        (Rate((Decimal("0.5"), Decimal(1)), None, (Decimal(20),)),),
        tiers=TierRule(TierReset("day")),
    ),
    "bill_cycle_tiers": EnergyCharge(
        "energy",
        "retail",
        (Rate((Decimal("0.5"), Decimal(1)), None, (Decimal(500),)),),
        tiers=TierRule(
            TierReset(
                "bill_cycle",
                cycle_starts=(date(2025, 1, 1), date(2025, 2, 11), date(2025, 3, 21)),
            )
        ),
    ),
    "chronological_tiers": EnergyCharge(
        "energy", "retail", _TIERED, _by_hour(), tiers=TierRule(TierReset("month"), "chronological")
    ),
    "interval_netting": _flat(netting="interval"),
    "longer_window": replace(_DEMAND, window_minutes=60),
    "highest_days": replace(_DEMAND, highest_days=5),
    "break_days": EnergyCharge("energy", "retail", _TWO, _by_hour(frozenset({"break"}))),
    "event_days": EnergyCharge("energy", "retail", _TWO, _by_hour(frozenset({"event:hot_day"}))),
}
"""A charge for every reason that it can have by itself, but two that need more than a lake has."""


@pytest.mark.parametrize("reason", LIMITED)
def test_what_the_stored_cube_cannot_bill_is_billed_from_the_intervals(
    loads: DuckDBPyConnection, fleet: FleetCube, rows: DayRows, reason: str
) -> None:
    charge = LIMITED[reason]
    assert cube_limits(charge) == (reason,)
    tariff = Tariff("limited", "", "", (Version((charge,)),))
    bills: tuple[Span, ...] = BILLS
    if reason == "bill_cycle_tiers":
        bills = ((date(2025, 1, 1), date(2025, 2, 10)), (date(2025, 2, 11), LAST_DAY))
    routed = Routed(fleet.cube, loads, fleet.usage_point_ids)
    by_rows = price(tariff, rows, bills)
    assert said(price(tariff, routed, bills)) == said(by_rows)
    assert by_rows.totals().sum() > 0
    # The cube made here knows breaks and events: its groups of days are finer than the stored ones.
    is_known = reason in {"break_days", "event_days"}
    assert bool(routed.reasons) != is_known


def test_demand_at_the_system_peak_or_in_kva_is_refused_with_its_reason(fleet: FleetCube) -> None:
    for charge, reason in (
        (replace(_DEMAND, is_coincident=True), "coincident_demand"),
        (replace(_DEMAND, in_kva=True), "apparent_demand"),
    ):
        assert cube_limits(charge) == (reason,)
        with pytest.raises(CubeLimit, match=reason):
            price(Tariff("t", "", "", (Version((charge,)),)), fleet.cube, BILLS)


def test_days_that_differ_by_weekday_alone_are_told_apart_by_the_intervals_only(
    loads: DuckDBPyConnection, fleet: FleetCube, rows: DayRows
) -> None:
    fridays = EnergyCharge("energy", "retail", _TWO, _by_hour(frozenset({"weekday:5"})))
    tariff = Tariff("fridays", "", "", (Version((fridays,)),))
    routed = Routed(fleet.cube, loads, fleet.usage_point_ids)
    assert said(price(tariff, routed, BILLS)) == said(price(tariff, rows, BILLS))
    assert routed.reasons == ["days_told_apart"]


def test_a_tariff_that_changes_within_a_month_is_billed_from_the_intervals(
    loads: DuckDBPyConnection, fleet: FleetCube, rows: DayRows
) -> None:
    dearer = Version((replace(_flat(), rates=(Rate((Decimal("0.6"),)),)),), date(2025, 2, 12))
    tariff = Tariff("changing", "", "", (Version((_flat(),)), dearer))
    routed = Routed(fleet.cube, loads, fleet.usage_point_ids)
    priced = price(tariff, routed, BILLS)
    assert routed.reasons == ["cut_within_cell"]
    assert said(priced) == said(price(tariff, rows, BILLS))
    february = [line.unit_price for line in priced.lines if line.bill == 1]
    assert february == [Decimal("0.5"), Decimal("0.6")]


def test_exported_energy_is_there_by_month_but_not_by_hour(
    loads: DuckDBPyConnection, fleet: FleetCube, rows: DayRows
) -> None:
    paid = replace(_flat(channel="export"), is_credit=True)
    by_hour = EnergyCharge("energy", "generation", _TWO, _by_hour(), channel="export")
    for charge, reasons in ((paid, []), (by_hour, ["totals_only"])):
        tariff = Tariff("sold", "", "", (Version((charge,)),))
        routed = Routed(fleet.cube, loads, fleet.usage_point_ids)
        assert said(price(tariff, routed, BILLS)) == said(price(tariff, rows, BILLS))
        assert routed.reasons == reasons


def test_every_reason_has_words_and_a_case_here() -> None:
    met = {
        *LIMITED,
        "coincident_demand",
        "apparent_demand",
        "days_told_apart",
        "cut_within_cell",
        "totals_only",
        "no_maxima",
    }
    assert met == set(REASONS)


def test_without_maxima_of_slots_only_a_demand_by_period_is_refused(
    loads: DuckDBPyConnection, rows: DayRows
) -> None:
    span = {"first_day": FIRST_DAY, "last_day": LAST_DAY}
    sums = fleet_cube(["P15", "P30", "P60"], loads, **span, with_maxima=False).cube
    assert sums.highest is None
    whole = Tariff("t", "", "", (Version((_DEMAND,)),))
    of_three = replace(
        rows, energy_units={name: units[[0, 2, 3]] for name, units in rows.energy_units.items()}
    )
    assert said(price(whole, sums, BILLS)) == said(price(whole, of_three, BILLS))
    by_period = replace(_DEMAND, calendar=_by_hour(), rates=_TWO)
    with pytest.raises(CubeLimit, match="no_maxima"):
        price(Tariff("t", "", "", (Version((by_period,)),)), sums, BILLS)


def test_where_a_point_has_two_registers_the_maxima_are_made_all_the_same(
    loads: DuckDBPyConnection,
) -> None:
    # The largest quarter of an hour of their sum is in neither register's daily totals.
    span = {"first_day": FIRST_DAY, "last_day": LAST_DAY}
    assert fleet_cube(["P2"], loads, **span, with_maxima=False).cube.highest is not None


def test_where_the_clock_changes_the_cube_is_in_wall_time(
    new_lake: Callable[..., Settings], take: Callable, day_row: Callable
) -> None:
    made = new_lake(zone_name="Europe/Berlin", holiday_country="DE")
    # From 31 March 2024 on standard time 17:00 is 18:00 on the wall.
    rows = [
        day_row({17: 700, 18: 900}, day=date(2024, 3, 1) + timedelta(days=n)) for n in range(61)
    ]
    take(made, pl.concat(rows))
    lake = open_lake(made, EVERYTHING, reads=READS)
    span = {"first_day": date(2024, 3, 1), "last_day": date(2024, 4, 30)}
    cube = fleet_cube(["P1"], lake, **span).cube
    evening = Window("peak", 18 * 60, 19 * 60, priority=1)
    calendar = Calendar("evening", "", "", "", "", (evening,), remainder="flat", country="DE")
    tariff = Tariff(
        "t", "", "", (Version((EnergyCharge("energy", "retail", _TWO, calendar),)),), country="DE"
    )
    priced = price(tariff, cube, months(span["first_day"], span["last_day"]))
    peak = [line.quantity.fraction(0) for line in priced.lines if line.period == "peak"]
    # March: 900 Wh on 30 days, 700 Wh on the 31st; April: 700 Wh.
    assert peak == [Decimal("27.7"), Decimal(21)]
    with pytest.raises(TariffError, match="the clock changes with the season"):
        period_sums(["P1"], tariff, months(span["first_day"], span["last_day"]), lake)
    with pytest.raises(TariffError, match="the clock changes with the season"):
        day_rows(["P1"], lake, **span)
    lake.close()
