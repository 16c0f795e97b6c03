"""``fenggu price``: totals, lines and components of a load profile under a tariff in a file."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pages.cli import app
from queries.billing.load_file import read_load
from queries.billing.load_price import COMPONENTS, load_cost, tariff_in

TOML = """
[[tariff]]
code = "shop"
name_zh = "商店"
name_en = "Shop"
currency = "CNY"

[[tariff.version]]

[[tariff.version.charge]]
kind = "energy"
code = "energy"
component = "retail"
calendar = "halves"
periods = { first = "0.6", second = "0.5" }

[[tariff.version.charge]]
kind = "demand"
code = "demand"
component = "basic"
price = "30"

[[tariff.version.charge]]
kind = "fixed"
code = "meter"
component = "other"
amount = "5"

[[tariff.version.charge]]
kind = "percentage"
code = "discount"
component = "other"
share = "-0.1"

[[calendar]]
code = "halves"
name_zh = "半日"
name_en = "Halves of the day"
notice = "none"
certainty = "made up"
remainder = "second"

[[calendar.window]]
period = "first"
hours = ["00:00-12:00"]
"""
RECORD = {
    "label": "5b0dab845457a3880c733307",
    "name": "General",
    "utility": "Cooperative",
    "energyratestructure": [[{"max": 500, "rate": 0.1}, {"rate": 0.08, "adj": 0.005}]],
    "energyweekdayschedule": [[0] * 24] * 12,
    "energyweekendschedule": [[0] * 24] * 12,
    "flatdemandstructure": [[{"rate": 7.5}]],
    "flatdemandmonths": [0] * 12,
    "fixedchargefirstmeter": 20,
    "fixedchargeunits": "$/month",
    "mincharge": 200,
    "minchargeunits": "$/month",
    "demandreactivepowercharge": 0.3,
}
FIELDS = (
    *RECORD,
    *("dgrules", "fixedattrs", "demandattrs", "energyattrs", "demandwindow", "demandunits"),
    *("lookbackpercent", "lookbackrange", "lookbackmonths", "fueladjustmentsmonthly"),
    *("demandratestructure", "coincidentratestructure", "startdate", "flatdemandunit"),
)
HOURS_IN_TWO_MONTHS = (31 + 28) * 24


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text(TOML, "utf-8")
    return path


@pytest.fixture
def urdb(tmp_path):
    path = tmp_path / "rate.json"
    path.write_text(json.dumps({"items": [RECORD]}), "utf-8")
    return path


@pytest.fixture
def load(tmp_path):
    """January and February 2018: 1 kW, but 3 kW from 18 to 19 o'clock on 10 January."""
    return _load(tmp_path / "load.csv", {9 * 24 + 18: "3"})


def _load(path: Path, other, hours=HOURS_IN_TWO_MONTHS):
    first = datetime(2018, 1, 1)  # noqa: DTZ001 - local clock time
    rows = [f"{first + timedelta(hours=n):%Y-%m-%d %H:%M},{other.get(n, 1)}" for n in range(hours)]
    path.write_text("timestamp,kwh\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["price", *map(str, arguments)])


def answer(*arguments):
    told = run(*arguments, "--json")
    assert told.exit_code == 0, told.stderr
    return json.loads(told.stdout)


def test_a_bill_worked_out_by_hand(toml, load):
    found = answer("--tariff", toml, "--readings", load)
    january = found["months"][0]
    assert {key: january[key] for key in ("month", "kwh", "peak_kw", "energy", "demand_flat")} == {
        "month": "2018-01",
        "kwh": "746",
        "peak_kw": "3",
        "energy": "410.20",  # 31 × 12 × 0.6 + (31 × 12 + 2) × 0.5
        "demand_flat": "90.00",
    }
    assert january["adjustments"] == "-50.52"  # a tenth of 505.20
    assert january["total"] == "454.68"
    assert found["months"][1]["total"] == "364.14"  # (336 × 1.1 + 30 + 5) × 0.9
    assert found["total"] == "818.82"
    assert found["warnings"] == []


DAMAGED = (5, -1, 2e9, True, None, "", "NaN", [], {}, [1], {"a": 1}, [{}], [[{}]], [[-1] * 24] * 12)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(FIELDS), st.sampled_from(DAMAGED))
def test_a_damaged_record_is_billed_or_refused_in_one_line(tmp_path, load, field, value):
    path = tmp_path / "damaged.json"
    path.write_text(json.dumps(RECORD | {field: value}), "utf-8")
    told = run("--tariff", path, "--readings", load)
    assert isinstance(told.exception, SystemExit | None)
    assert told.exit_code == 0 or (told.exit_code == 2 and told.stderr.count("\n") == 1)


def test_the_answer_has_exactly_the_keys_that_are_promised(toml, load):
    found = answer("--tariff", toml, "--readings", load)
    assert list(found) == ["total", "months", "warnings"]
    for month in found["months"]:
        assert list(month) == ["month", "kwh", "peak_kw", *COMPONENTS, "total", "lines"]
        for line in month["lines"]:
            assert list(line) == [
                "charge",
                "component",
                "period",
                "tier",
                "quantity",
                "unit",
                "unit_price",
                "amount",
            ]
            assert all(isinstance(line[key], str) for key in ("quantity", "unit_price", "amount"))


def test_a_urdb_record_is_a_tariff_too_and_says_what_it_leaves_out(urdb, load):
    found = answer("--tariff", urdb, "--readings", load)
    january, february = found["months"]
    assert january["energy"] == "70.91"  # 50 + 246 × 0.085
    assert january["demand_flat"] == "22.50"
    assert january["fixed"] == "20.00"
    assert january["minimum"] == "86.59"
    assert february["total"] == "200.00"
    assert [line["tier"] for line in january["lines"] if line["charge"] == "energy"] == [1, 2]
    assert found["warnings"][0].startswith("reactive_power: 0.3 a kVAr")


def test_a_record_alone_and_in_a_list_are_the_same(tmp_path, load):
    totals = set()
    for name, content in (("one", RECORD), ("list", [RECORD]), ("items", {"items": [RECORD]})):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content), "utf-8")
        totals.add(answer("--tariff", path, "--readings", load)["total"])
    assert len(totals) == 1


def test_unrounded_lines_add_up_without_rounding(urdb, load):
    found = answer("--tariff", urdb, "--readings", load, "--unrounded")
    energy = [line for line in found["months"][0]["lines"] if line["charge"] == "energy"]
    assert [Decimal(line["amount"]) for line in energy] == [50, Decimal("20.91")]


def test_days_are_chosen_and_a_month_in_part_is_said_to_be(toml, load):
    found = answer(
        "--tariff", toml, "--readings", load, "--from", "2018-01-11", "--to", "2018-02-28"
    )
    assert found["months"][0]["peak_kw"] == "1"
    assert found["months"][0]["kwh"] == str(21 * 24)
    assert found["warnings"] == ["2018-01 is not whole: its bill is for 2018-01-11 to 2018-01-31."]


def test_the_table_shows_months_components_and_totals(toml, load):
    told = run("--tariff", toml, "--readings", load)
    assert told.exit_code == 0
    for text in ("2018-01", "2018-02", "746.0", "454.68", "818.82", "demand_flat", "CNY"):
        assert text in told.stdout
    assert "minimum" not in told.stdout, "a component nobody pays is no column"
    assert "…" not in told.stdout


def test_energy_fed_in_that_no_charge_counts_is_said(toml, tmp_path):
    path = _load(tmp_path / "load.csv", {})
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0] + ",export_kwh", *(f"{one},0.5" for one in lines[1:])]))
    found = answer("--tariff", toml, "--readings", path)
    assert found["warnings"] == [
        "tariff 'shop' has no price for energy fed in: it is not credited."
    ]


def test_a_tariff_of_several_needs_a_code(tmp_path, load):
    second = RECORD | {"label": "second", "fixedchargefirstmeter": 30}
    path = tmp_path / "rates.json"
    path.write_text(json.dumps({"items": [RECORD, second]}), "utf-8")
    told = run("--tariff", path, "--readings", load)
    assert told.exit_code == 2
    assert "holds 2 tariffs: 5b0dab845457a3880c733307, second. Choose one by --code." in told.stderr
    assert answer("--tariff", path, "--readings", load, "--code", "second")["months"][0][
        "fixed"
    ] == ("30.00")
    assert (
        "holds no tariff 'third'"
        in run("--tariff", path, "--readings", load, "--code", "third").stderr
    )


def test_what_a_load_does_not_say_is_asked_for(tmp_path, load):
    path = tmp_path / "two_part.toml"
    charges = """
[[tariff.version.charge]]
kind = "capacity"
code = "by_capacity"
component = "basic"
price = "20"

[[tariff.version.charge]]
kind = "demand"
code = "by_demand"
component = "basic"
price = "30"
choice = "maximum"
"""
    path.write_text(TOML.partition("[[tariff.version.charge]]")[0] + charges, "utf-8")
    without = answer("--tariff", path, "--readings", load)
    assert without["total"] == "0.00"
    assert without["warnings"] == [
        "charge 'by_capacity' is by operating capacity; give --capacity-kva."
    ]
    neither = answer("--tariff", path, "--readings", load, "--choice", "contract")
    assert "there are capacity, maximum. Choose by --choice." in neither["warnings"][0]
    found = answer("--tariff", path, "--readings", load, "--capacity-kva", "100")
    assert found["months"][0]["fixed"] == "2000.00"
    found = answer("--tariff", path, "--readings", load, "--choice", "maximum")
    assert [month["demand_flat"] for month in found["months"]] == ["90.00", "30.00"]


def test_use_before_the_first_day_is_said_to_be_unknown_where_tiers_count_it(urdb, load):
    found = answer("--tariff", urdb, "--readings", load, "--from", "2018-01-11")
    assert (
        "charge 'energy': tiers count from 2018-01-01; what was used before 2018-01-11 is not "
        "known and not counted."
    ) in found["warnings"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--readings", "absent.csv"), "absent.csv"),
        (("--tariff", "absent.toml"), "absent.toml"),
        (("--capacity-kva", "many"), "--capacity-kva 'many' is no number"),
        (("--zone", "Mars/Olympus"), "--zone 'Mars/Olympus' is unknown"),
        (("--zone", "Asia/Shanghai"), "have no offset from UTC"),
        (("--from", "2018-03-01", "--to", "2018-03-31"), "expected whole days from 2018-03-01"),
    ],
)
def test_errors_are_one_line_on_stderr(toml, load, arguments, told):
    own = dict(zip(arguments[::2], arguments[1::2], strict=True))
    given_all = {"--tariff": toml, "--readings": load} | own
    result = run(*(text for pair in given_all.items() for text in pair))
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("rate.json", "{", "not JSON in UTF-8"),
        ("rate.json", "[1, 2]", "no URDB record"),
        ("rate.json", "{}", "no_energy_prices"),
        ("rate.json", "[" * 100_000, "not JSON in UTF-8"),
        ("rate.toml", "[[tariff]]\ncode = 1\n", "rate.toml"),
        ("rate.toml", "a = ", "not TOML in UTF-8"),
    ],
)
def test_a_tariff_that_cannot_be_read_is_one_line_too(tmp_path, load, name, text, told):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    result = run("--tariff", path, "--readings", load)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_command_that_is_installed_prices_a_year_of_quarters(tmp_path, urdb):
    path = tmp_path / "load.csv"
    first = datetime(2018, 1, 1)  # noqa: DTZ001 - local clock time
    rows = [
        f"{first + timedelta(minutes=15 * n):%Y-%m-%dT%H:%M:00},{n % 97 / 10}" for n in range(35040)
    ]
    path.write_text("时间,负荷(kW)\n" + "\n".join(rows) + "\n", "utf-8")
    command = Path(sys.executable).with_name("fenggu")
    done = subprocess.run(  # noqa: S603
        [command, "price", "--tariff", urdb, "--readings", path, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["months"]) == 12
    kwh = sum(Decimal(month["kwh"]) for month in found["months"])
    assert kwh == sum(Decimal(n % 97) / 10 for n in range(35040)) / 4
    failed = subprocess.run(  # noqa: S603
        [command, "price", "--tariff", urdb, "--readings", tmp_path / "absent.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.count("\n") == 1


@settings(deadline=None, max_examples=15)
@given(
    st.dictionaries(
        st.integers(0, HOURS_IN_TWO_MONTHS - 1),
        st.decimals(0, 1000, places=3).map(str),
        max_size=50,
    ),
    st.booleans(),
)
def test_lines_add_up_to_components_and_components_to_totals(tmp_path_factory, other, is_rounded):
    folder = tmp_path_factory.mktemp("law")
    (folder / "shop.toml").write_text(TOML, "utf-8")
    load = read_load(_load(folder / "load.csv", other))
    cost = load_cost(tariff_in(folder / "shop.toml"), load, is_rounded=is_rounded)
    assert cost.total == sum(month.total for month in cost.months)
    for month in cost.months:
        assert month.total == sum(month.components.values())
        assert month.total == sum(line.amount for line in month.lines)
        billed = sum(line.quantity for line in month.lines if line.charge == "energy")
        assert billed == month.energy_kwh
