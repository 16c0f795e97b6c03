"""Nobody sees a row of another region or customer in any table."""

from contextlib import closing
from datetime import UTC, date, datetime

import duckdb
import polars as pl
import pytest

from ingest.batch import REGISTERS_READ, Batch
from ingest.lake import append, publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.lake import open_lake
from queries.load.curve import load_curve
from queries.schema import SLOTS, TABLES
from queries.scope import EVERYTHING, Scope

AT = datetime(2024, 7, 1, tzinfo=UTC)
NORTH = Scope("n", "planner", regions=frozenset({"north"}))
SOUTH = Scope("s", "planner", regions=frozenset({"south"}))
COUNTRY = Scope("c", "planner", regions=frozenset({"country"}))
ANNA = Scope("anna", "customer", customer_ids=frozenset({"anna"}))
NOBODY = Scope("x", "planner", regions=frozenset())
# Each row of the lake below carries a word of the region it belongs to in some column.
OWNED = ("north", "south", "anna", "bert", "stray")


@pytest.fixture(scope="module")
def country(new_lake, take, register, day_row):
    """Two regions in one country, ``inner`` inside ``empty`` inside north; one stray meter."""
    settings = new_lake()
    ids = {"north": "anna", "south": "bert"}
    register(
        settings,
        regions=[
            {"region_id": "country"},
            {"region_id": "north", "parent_region_id": "country"},
            {"region_id": "south", "parent_region_id": "country"},
            {"region_id": "north empty", "parent_region_id": "north"},
            {"region_id": "north inner", "parent_region_id": "north empty"},
        ],
        substations=[{"substation_id": f"{r} S", "region_id": r} for r in ids],
        feeders=[{"feeder_id": f"{r} F", "substation_id": f"{r} S"} for r in ids],
        transformers=[{"transformer_id": f"{r} T", "feeder_id": f"{r} F"} for r in ids],
        network_nodes=[{"network_node_id": f"{r} N", "transformer_id": f"{r} T"} for r in ids],
        customers=[{"customer_id": c, "name": c.title(), "phone": "123"} for c in ids.values()],
        usage_points=[
            *(
                {"usage_point_id": f"{r} P", "customer_id": c, "transformer_id": f"{r} T"}
                for r, c in ids.items()
            ),
            {"usage_point_id": "north inner P", "customer_id": "anna", "region_id": "north inner"},
        ],
        meters=[{"meter_id": f"{r} M", "usage_point_id": f"{r} P"} for r in ids],
        agreements=[{"agreement_id": f"{r} A", "usage_point_id": f"{r} P"} for r in ids],
    )
    points = ["north P", "south P", "north inner P", "stray P"]
    rows = pl.concat(day_row({0: 5}, point=point) for point in points)
    finer = pl.concat(day_row({0: 1}, point=point, interval=15) for point in points)
    take(settings, rows, at=AT)
    take(settings, rows.with_columns(t0000=6), finer, at=AT.replace(hour=1))
    _others(settings, points, rows)
    return settings


def _others(settings, points, rows):
    stamp = {"batch_id": "b", "received_at": AT}
    registers = pl.DataFrame(
        [
            dict.fromkeys(REGISTERS_READ)
            | {
                "usage_point_id": point,
                "meter_id": "M",
                "channel": "import",
                "register": "total",
                "service_date": date(2024, 6, 3),
                "read_at": AT,
            }
            for point in points
        ],
        schema=REGISTERS_READ,
    )
    measurements = rows.rename({"channel": "quantity"}).cast(dict.fromkeys(SLOTS, pl.Float32))
    single = {
        "meter_events": [{"usage_point_id": p, "occurred_at": AT} for p in points],
        "register_profiles": [
            {"usage_point_id": p, "channel": "import", "service_date": date(2024, 6, 3)}
            for p in points
        ],
        "device_clocks": [
            {
                "usage_point_id": p if kind == "meter" else None,
                "device_id": f"{p} {kind}",
                "kind": kind,
                "terminal_id": f"{p} terminal",
                "service_date": date(2024, 6, 3),
            }
            for p in points
            for kind in ("meter", "terminal")
        ]
        + [
            {
                "usage_point_id": p,
                "device_id": f"{p} second meter",
                "kind": "meter",
                "terminal_id": "shared",
                "service_date": date(2024, 6, 3),
            }
            for p in points
        ],
        "terminal_counts": [
            {"terminal_id": terminal, "service_date": date(2024, 6, 3)}
            for terminal in (*(f"{p} terminal" for p in points), "shared")
        ],
        "estimations": [{"usage_point_id": p, "service_date": date(2024, 6, 3)} for p in points],
        "payments": [
            {"customer_id": c, "bill_month": "2024-06", "channel": f"{r} counter"}
            for r, c in (("north", "anna"), ("south", "bert"))
        ],
        "planned_outages": [
            {"outage_id": f"{r} {kind}", "area_kind": kind, "area_id": f"{r} {letter}"}
            for r in ("north", "south")
            for kind, letter in (("feeder", "F"), ("transformer", "T"))
        ],
        "contract_applications": [
            *({"application_id": f"{r} 1", "region_id": r} for r in ("north", "south")),
            *(
                {"application_id": f"{r} 2", "customer_id": c, "usage_point_id": f"{r} P"}
                for r, c in (("north", "anna"), ("south", "bert"))
            ),
            *({"application_id": f"{r} 3", "transformer_id": f"{r} T"} for r in ("north", "south")),
        ],
        **dict.fromkeys(("portrait_months", "portraits", "advices"), _of_customers(points)),
        "portrait_peers": [{"region_id": r, "month": "2024-06"} for r in ("north", "south")],
        "portrait_money": [
            {"customer_id": c, "month": "2024-06", "district_id": r, "bill_months": 12}
            | {"next_year_cny": 100.0, "late_probability_share": 0.1, "bills_before": 12}
            for r, c in (("north", "anna"), ("south", "bert"))
        ],
        "weather": [{"region_id": r, "valid_at": AT} for r in ("north", "south")],
        "economy": [{"region_id": r, "series": "s"} for r in ("north", "south")],
        **dict.fromkeys(("forecasts", "forecast_drivers", "forecast_scores"), _series()),
        "meter_forecasts": [
            {"usage_point_id": p, "horizon": "day", "issue_date": "2024-06-03"}
            | {"service_date": date(2024, 6, 3), "issued_at": AT}
            for p in points
        ],
        "raw": [{"source": "north and south", "content": b"x"}],
        "batches": [{"source": "north and south"}],
        "quarantine": [{"source": "north and south"}],
        "findings": [
            {"subject_id": "north and south"},
            *({"what": "usage_point", "subject_id": p} for p in points),
            *({"what": "meter", "subject_id": f"{r} M"} for r in ("north", "south")),
            *({"what": "transformer", "subject_id": f"{r} T"} for r in ("north", "south")),
        ],
    }
    with writing(settings) as writer:
        batch = Batch(registers=registers, measurements=measurements)
        store(writer, batch, Arrival("b", AT), Stored())
        for name, held in single.items():
            schema = TABLES[name].schema
            append(writer, TABLES[name], pl.DataFrame([stamp | r for r in held], schema=schema))
        publish(writer)


def _of_customers(points):
    """What is said of those who have a usage point now, and of carl, who had it before them."""
    now = {"north P": "anna", "north inner P": "anna", "south P": "bert"}
    return [
        {"usage_point_id": point, "month": month, "customer_id": customer}
        for point in points
        for month, customer in (("2024-05", "carl"), ("2024-06", now.get(point)))
    ]


def _series():
    """Forecast series of both regions, and of the country, which is more than either sees."""
    whole = {"kind": "system", "region_id": "country", "area_id": "country"}
    classes = {"kind": "customer_class", "region_id": "country", "area_id": "north south anna"}
    parts = [
        {"kind": kind, "region_id": "country", "area_id": area}
        for region, customer in (("north", "anna"), ("south", "bert"))
        for kind, area in (("region", region), ("feeder", f"{region} F"), ("customer", customer))
    ]
    return [{**series, "series_id": series["area_id"]} for series in (whole, classes, *parts)]


def _owners(lake, name):
    """The words of OWNED that stand anywhere in the rows of one view."""
    frame = lake.table(name).pl()
    text = frame.select(pl.concat_str(pl.col(pl.String), separator=" ", ignore_nulls=True))
    said = " ".join(text.to_series().to_list()) if frame.width and frame.height else ""
    return {word for word in OWNED if word in said}


MOMENTS = pytest.mark.parametrize("known_at", [None, AT.replace(hour=2)])
EVERY_VIEW = (*TABLES, "readings", "places")


@MOMENTS
def test_the_whole_scope_sees_every_table_filled(country, known_at):
    with closing(open_lake(country, EVERYTHING, known_at=known_at, reads=tuple(TABLES))) as lake:
        for name in EVERY_VIEW:
            assert lake.table(name).pl().height, (
                f"{name} is empty: the tests below would say nothing"
            )
        assert "stray" in _owners(lake, "energy_profiles")


@MOMENTS
@pytest.mark.parametrize(("scope", "own"), [(NORTH, {"north", "anna"}), (SOUTH, {"south", "bert"})])
def test_a_region_sees_its_own_rows_in_every_table_and_no_others(country, scope, own, known_at):
    with closing(open_lake(country, scope, known_at=known_at, reads=tuple(TABLES))) as lake:
        for name in EVERY_VIEW:
            assert _owners(lake, name) <= own, name
        for name in ("energy_profiles", "daily_totals", "completeness", "usage_points", "readings"):
            assert _owners(lake, name), f"{name} hides what belongs to the region"


@MOMENTS
def test_a_region_sees_what_is_doubtful_in_it_and_the_clocks_of_its_terminals(country, known_at):
    with closing(open_lake(country, NORTH, known_at=known_at, reads=tuple(TABLES))) as lake:
        found = lake.table("findings").pl()
        clocks = lake.table("device_clocks").pl()
    assert sorted(found["subject_id"]) == ["north M", "north P", "north T", "north inner P"]
    assert sorted(clocks.filter(pl.col("kind") == "terminal")["terminal_id"]) == [
        "north P terminal",
        "north inner P terminal",
    ]


@MOMENTS
def test_a_terminal_that_reads_meters_elsewhere_too_counts_in_no_region(country, known_at):
    """What it counts would tell of meters that are not in sight."""
    with closing(open_lake(country, NORTH, known_at=known_at, reads=tuple(TABLES))) as lake:
        seen = lake.table("terminal_counts").pl()["terminal_id"]
    assert sorted(seen) == ["north P terminal", "north inner P terminal"]
    with closing(open_lake(country, EVERYTHING, known_at=known_at, reads=tuple(TABLES))) as lake:
        assert "shared" in lake.table("terminal_counts").pl()["terminal_id"].to_list()


@MOMENTS
def test_a_customer_sees_the_own_account_only(country, known_at):
    with closing(open_lake(country, ANNA, known_at=known_at, reads=tuple(TABLES))) as lake:
        for name in EVERY_VIEW:
            assert _owners(lake, name) <= {"north", "anna"}, name
        assert lake.table("customers").pl()["customer_id"].to_list() == ["anna"]
        assert lake.table("completeness").pl().is_empty()


@MOMENTS
def test_who_came_later_is_told_nothing_of_who_was_there_before(country, known_at):
    with closing(open_lake(country, ANNA, known_at=known_at, reads=tuple(TABLES))) as lake:
        for name in ("portraits", "portrait_months", "advices"):
            assert lake.table(name).pl()["month"].to_list() == ["2024-06", "2024-06"], name
    with closing(open_lake(country, NORTH, known_at=known_at, reads=tuple(TABLES))) as lake:
        assert set(lake.table("portraits").pl()["month"]) == {"2024-05", "2024-06"}


@MOMENTS
def test_a_customer_sees_what_it_paid_but_not_what_is_expected_of_it(country, known_at):
    expected = ["next_year_cny", "late_probability_share", "bills_before"]
    with closing(open_lake(country, ANNA, known_at=known_at, reads=tuple(TABLES))) as lake:
        own = lake.table("portrait_money").pl()
    assert own.select("customer_id", "bill_months").rows() == [("anna", 12)]
    assert own.select(expected).row(0) == (None, None, None)
    with closing(open_lake(country, NORTH, known_at=known_at, reads=tuple(TABLES))) as lake:
        seen = lake.table("portrait_money").pl()
    assert seen.select("customer_id", *expected).rows() == [("anna", 100.0, 0.1, 12)]


@MOMENTS
def test_a_scope_without_regions_sees_nothing_at_all(country, known_at):
    with closing(open_lake(country, NOBODY, known_at=known_at, reads=tuple(TABLES))) as lake:
        for name in EVERY_VIEW:
            assert lake.table(name).pl().is_empty(), name


def test_regions_inside_a_region_are_seen_with_it_though_one_between_them_is_empty(country):
    with closing(open_lake(country, NORTH)) as lake:
        seen = lake.sql("select region_id from regions order by all").fetchall()
        assert seen == [("north",), ("north empty",), ("north inner",)]
        day = date(2024, 6, 3)
        north = {"first_day": day, "last_day": day, "step": "1d"}
        curve = load_curve(lake, area_kind="region", area_id="north", **north)
        assert curve["energy_kwh"].to_list() == [0.012]


def test_usage_points_that_no_register_knows_are_seen_with_everything_only(country):
    with closing(open_lake(country, COUNTRY)) as lake:
        assert "stray" not in _owners(lake, "energy_profiles")
    with closing(open_lake(country, EVERYTHING)) as lake:
        assert "stray" in _owners(lake, "energy_profiles")


def test_names_addresses_and_telephones_are_masked_unless_granted(country):
    masked = open_lake(country, COUNTRY).table("customers").pl().sort("customer_id")
    assert masked.select("name", "address", "phone").row(0) == ("A**", None, "1**")
    granted = Scope("c", "service_desk", regions=COUNTRY.regions, sees_identity=True)
    plain = open_lake(country, granted).table("customers").pl().sort("customer_id")
    assert plain.select("name", "phone").row(0) == ("Anna", "123")


def test_an_account_that_moved_out_no_longer_sees_the_usage_point(
    new_lake, take, register, day_row
):
    settings = new_lake()
    register(settings, usage_points=[{"usage_point_id": "P1", "customer_id": "anna"}])
    take(settings, day_row({0: 5}))
    moved_out = {"usage_point_id": "P1", "customer_id": None, "valid_from": date(2024, 7, 1)}
    register(settings, usage_points=[moved_out])
    assert open_lake(settings, ANNA).table("energy_profiles").pl().is_empty()


def test_cursors_of_different_scopes_do_not_mix(country):
    cursors = [open_lake(country, scope) for scope in (NORTH, SOUTH, NORTH)]
    assert [_owners(lake, "places") for lake in cursors] == [
        {"north", "anna"},
        {"south", "bert"},
        {"north", "anna"},
    ]


@pytest.mark.parametrize("scope", [EVERYTHING, NORTH, ANNA])
def test_a_question_finds_the_tables_it_reads_and_no_other(country, scope):
    """Whatever others with the same rights have read before it."""
    tables = ("daily_totals", "customers", "meters")
    with closing(open_lake(country, scope)) as every:
        seen = {name: every.table(name).pl().height for name in tables}
    assert min(seen.values()) > 0
    for name in tables:
        with closing(open_lake(country, scope, reads=(name,))) as opened:
            assert opened.table(name).pl().height == seen[name]
            for other in {*tables} - {name}:
                with pytest.raises(duckdb.CatalogException):
                    opened.table(other)


def test_a_colleague_who_sees_names_shows_them_to_nobody_else(country):
    """What is made for one cursor serves others, as far as their rights are the same."""
    granted = Scope("li", "planner", regions=NORTH.regions, sees_identity=True)
    names = [
        open_lake(country, scope).table("customers").pl()["name"].to_list()
        for scope in (granted, NORTH, Scope("wang", "service_desk", regions=NORTH.regions), granted)
    ]
    assert names == [["Anna"], ["A**"], ["A**"], ["Anna"]]


@pytest.mark.parametrize("known_at", [None, AT.replace(hour=3)])
def test_who_moved_in_does_not_see_how_those_before_lived(
    new_lake, take, register, day_row, known_at
):
    settings = new_lake()
    moved_in = date(2024, 6, 4)
    register(
        settings,
        usage_points=[
            {
                "usage_point_id": "P",
                "customer_id": "bert",
                "valid_from": date(2020, 1, 1),
                "valid_to": moved_in,
            },
            {"usage_point_id": "P", "customer_id": "anna", "valid_from": moved_in},
        ],
    )
    days = [date(2024, 5, 31), date(2024, 6, 3), moved_in, date(2024, 7, 1)]
    take(settings, *(day_row({0: 5}, point="P", day=day) for day in days), at=AT)
    with closing(open_lake(settings, ANNA, known_at=known_at, reads=tuple(TABLES))) as lake:
        for name in ("energy_profiles", "daily_totals", "readings"):
            seen = lake.table(name).pl()["service_date"].unique().sort().to_list()
            assert seen == days[2:], name
        # Sums of June hold days of somebody else; only as of an instant are they made again.
        june = lake.table("load_cubes").pl().filter(pl.col("month") == "2024-06")
        assert june["days"].to_list() == ([1, 1] if known_at else [])
        assert lake.table("usage_points").pl()["customer_id"].to_list() == ["anna"]
    with closing(open_lake(settings, EVERYTHING)) as lake:
        assert lake.table("daily_totals").pl().height == len(days)
