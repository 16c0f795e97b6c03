"""Tariffs as planners write them, and what they are told when something is wrong."""

import re
from contextlib import suppress
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest

from queries.billing.calendars import known_calendars
from queries.billing.errors import TariffError
from queries.billing.tariff_file import holds_tariffs, read_tariffs, tariffs_in
from queries.billing.tariff_forms import TARIFF, VERSION, charge_forms
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    CreditCharge,
    DemandCharge,
    EnergyCharge,
    Factors,
    FixedCharge,
    LoadRateDiscount,
    MinimumCharge,
    PercentageCharge,
    PowerFactorCharge,
    Ratchet,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tariff_text import write_tariff
from queries.billing.tier_resets import TierReset

CALENDARS = known_calendars()
GOOD = """
[[calendar]]
code = "home"
name_zh = "家"
name_en = "Home"
notice = "试〔2024〕1号"
certainty = "made up"

[[calendar.window]]
period = "peak"
hours = ["08:00-22:00"]

[[calendar.window]]
period = "valley"
hours = ["22:00-08:00"]

[[tariff]]
code = "test"
name_zh = "试"
name_en = "Test"
source = "made up"
certainty = "none"
doubts = ["all of it"]
region = "liaoning"
price_class = "residential"
currency = "CNY"
country = "CN"
basis = "register"
rules = "by choice"

[[tariff.version]]
valid_from = 2023-01-01
notice = "试〔2023〕1号"

[[tariff.version.charge]]
code = "tiers"
component = "retail"
prices = ["0.50", "0.55", "0.80"]
limits = ["2160", "4200"]
tiers = { every = "year", start_month = 12, start_day = 1, meeting = "additive", unit = "kwh" }
calendar = "home"
periods = { peak = "0.03", valley = "-0.17" }
months = [6, 7, 8]
channel = "import"
is_credit = false
netting = "none"
for_time_of_use = true

[[tariff.version.charge]]
code = "floats"
component = "purchase"
calendar = "home"
factors = [{ by_period = { peak = "1.5", valley = "0.5" } }]
price_decimals = 6

[tariff.version.charge.series]
2023-11 = "0.4100"
2023-12 = "0.4200"

[[tariff.version.charge]]
code = "by_period"
component = "transmission"
calendar = "home"
rates = [
    { period = "peak", prices = ["0.10", "0.20"], limits = ["500"] },
    { period = "valley", price = "0.05" },
]
tiers = { every = "month", meeting = "pro_rata" }

[[tariff.version.charge]]
code = "demand"
kind = "demand"
component = "basic"
price = "36.0"
option = "contract_or_maximum"
choice = "contract"
contract = { tolerated_share = "1.05", excess_times = "2", floor_share = "0.40" }
discount = { least_kwh_per_kva = "260", share = "0.9" }
ratchet = { share = "0.8", last_months = 11, looked_at = [6, 7], holds_in = [1] }
window_minutes = 15
highest_days = 3
day_rule = "calendar"

[[tariff.version.charge]]
code = "capacity"
kind = "capacity"
component = "basic"
price = "22.6"
choice = "all"

[[tariff.version.charge]]
code = "meter"
kind = "fixed"
component = "other"
amount = "1.50"
every = "day"

[[tariff.version.charge]]
code = "factor"
kind = "power_factor"
standard_hundredths = 90
left_out = ["funds"]

[[tariff.version.charge]]
code = "rebate"
kind = "percentage"
component = "other"
share = "-0.05"
of = ["purchase", "tiers"]

[[tariff.version.charge]]
code = "least"
kind = "minimum"
component = "other"
amount = "10"

[[tariff.version.charge]]
code = "welfare"
kind = "credit"
component = "retail"
price = "0.50"
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text: str, name: str = "test.toml"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return to_file


def _told(path) -> list[str]:
    with pytest.raises(TariffError) as caught:
        read_tariffs(path, CALENDARS)
    return str(caught.value).splitlines()


def test_every_kind_of_charge_is_read(write):
    [tariff] = read_tariffs(write(GOOD), CALENDARS)
    assert tariff.doubts == ("all of it",)
    [version] = tariff.versions
    assert version.valid_from == date(2023, 1, 1)
    tiers, floats, by_period, demand, capacity, meter, factor, rebate, least, welfare = (
        version.charges
    )
    assert isinstance(tiers, EnergyCharge)
    assert tiers.rates == (
        Rate(
            (Decimal("0.50"), Decimal("0.55"), Decimal("0.80")),
            limits=(Decimal(2160), Decimal(4200)),
        ),
        Rate((Decimal("0.03"),), "peak"),
        Rate((Decimal("-0.17"),), "valley"),
    )
    assert tiers.tiers == TierRule(TierReset("year", start_month=12))
    assert tiers.calendar is not None
    assert tiers.calendar.periods == ("peak", "valley")
    assert tiers.months == {6, 7, 8}
    assert isinstance(floats, EnergyCharge)
    assert floats.series == (("2023-11", Decimal("0.41")), ("2023-12", Decimal("0.42")))
    assert floats.factors == (Factors((("peak", Decimal("1.5")), ("valley", Decimal("0.5")))),)
    assert isinstance(by_period, EnergyCharge)
    assert by_period.rates[0].limits == (Decimal(500),)
    assert isinstance(demand, DemandCharge)
    assert demand.discount == LoadRateDiscount()
    assert demand.ratchet == Ratchet(Decimal("0.8"), frozenset({6, 7}), 11, frozenset({1}))
    assert capacity == CapacityCharge("capacity", "basic", Decimal("22.6"), choice=None)
    assert meter == FixedCharge("meter", "other", Decimal("1.50"), "day")
    assert factor == PowerFactorCharge("factor", 90)
    assert rebate == PercentageCharge(
        "rebate", "other", Decimal("-0.05"), frozenset({"purchase", "tiers"})
    )
    assert least == MinimumCharge("least", "other", Decimal(10))
    assert welfare == CreditCharge("welfare", "retail", price=Decimal("0.50"))


def test_what_is_written_is_read_again_as_it_was(write):
    [tariff] = read_tariffs(write(GOOD), CALENDARS)
    assert read_tariffs(write(write_tariff(tariff), "again.toml"), {}) == (tariff,)


@pytest.mark.parametrize("model", get_args(Charge))
def test_every_field_of_a_charge_has_a_key(model):
    form = charge_forms({})[next(f.default for f in fields(model) if f.name == "kind")].form
    assert {field.name for field in fields(model)} <= form.keys()


def test_every_field_of_a_tariff_and_its_parts_has_a_key():
    assert {field.name for field in fields(Tariff)} == TARIFF.keys() | {"versions"}
    assert {field.name for field in fields(Version)} == VERSION.keys() | {"charges"}


def test_a_calendar_of_the_file_goes_before_one_that_comes_with_fenggu(write):
    text = GOOD.replace('"home"', '"liaoning"')
    [tariff] = read_tariffs(write(text), CALENDARS)
    first = tariff.versions[0].charges[0]
    assert isinstance(first, EnergyCharge)
    assert first.calendar != CALENDARS["liaoning"]
    assert read_tariffs(write(write_tariff(tariff)), CALENDARS) == (tariff,)


PLACE = "tariff 'test': version 1: charge '{}': "
NO_NUMBER = 'is no number in quotes. Write "0.5000", so that it is exact'


@pytest.mark.parametrize(
    ("old", "new", "charge", "told"),
    [
        ('"0.50", "0.55"', '0.50, "0.55"', "tiers", f"prices 1 = 0.5 {NO_NUMBER}"),
        ('price = "22.6"', "price = 22.6", "capacity", f"price = 22.6 {NO_NUMBER}"),
        ('price = "22.6"', 'price = "1e3"', "capacity", f"price = '1e3' {NO_NUMBER}"),
        ('price = "22.6"', 'price = "NaN"', "capacity", f"price = 'NaN' {NO_NUMBER}"),
        ('peak = "0.03"', "peak = 0.03", "tiers", f"periods: peak = 0.03 {NO_NUMBER}"),
        ('2023-12 = "0.4200"', "2023-12 = 1", "floats", f"series: 2023-12 = 1 {NO_NUMBER}"),
        (
            '2023-12 = "0.4200"',
            '2023-13 = "0.4200"',
            "floats",
            "series: '2023-13' is no such key. Write { 2024-01 = \"0.4000\" }",
        ),
        (
            '2023-12 = "0.4200"',
            '2024-02 = "0.4200"',
            "floats",
            "series lacks 2023-12, 2024-01. Add what was posted for each month",
        ),
        (
            'component = "retail"\nprices',
            'component = "energy"\nprices',
            "tiers",
            (
                "component = 'energy' is unknown; there are purchase, line_loss, transmission, "
                "system_operation, funds, retail, basic, power_factor, generation, other. Choose "
                "one"
            ),
        ),
        (
            'kind = "fixed"',
            'kind = "rent"',
            "meter",
            (
                "kind = 'rent' is unknown; there are energy, demand, capacity, fixed, "
                "power_factor, percentage, minimum, credit. Choose one"
            ),
        ),
        (
            'every = "day"',
            'each = "day"',
            "meter",
            (
                "key 'each' is unknown; there are kind, code, component, months, amount, every. "
                "Rename or remove it"
            ),
        ),
        ('amount = "1.50"\n', "", "meter", "key 'amount' is missing. Add it"),
        (
            'limits = ["2160", "4200"]',
            'limits = ["2160"]',
            "tiers",
            "3 prices and 1 limits; expected a limit for every tier but the last",
        ),
        (
            'limits = ["2160", "4200"]',
            'limits = ["4200", "2160"]',
            "tiers",
            "limits ['4200', '2160'] fall or are below zero; give cumulative upper limits",
        ),
        (
            'limits = ["500"]',
            'limits = ["-500"]',
            "by_period",
            "rates 1: limits ['-500'] fall or are below zero; give cumulative upper limits",
        ),
        (
            'limits = ["500"]',
            'limits = ["500"], units = ["kwh", "kwh_per_kw"]',
            "by_period",
            "rates 1: 1 limits and 2 units; expected one a limit",
        ),
        (
            'prices = ["0.10", "0.20"], limits',
            'price = "0.1", prices = ["0.10", "0.20"], limits',
            "by_period",
            'rates 1: expected either price = "…" or prices = ["…", "…"] with limits',
        ),
        (
            '    { period = "valley", price = "0.05" },\n',
            "",
            "by_period",
            (
                "no price for valley of calendar 'home'. Add it to periods, or say by factors how "
                "the price floats"
            ),
        ),
        (
            '{ period = "valley", price = "0.05" }',
            '{ period = "night", price = "0.05" }',
            "by_period",
            (
                "prices: calendar 'home' has no period 'night'; there are peak, valley. Rename or "
                "remove it"
            ),
        ),
        (
            '{ period = "valley", price = "0.05" }',
            '{ period = "peak", price = "0.05" }',
            "by_period",
            "a price of period 'peak' stands 2 times. Remove all but one",
        ),
        (
            ', valley = "0.5" } }]',
            " } }]",
            "floats",
            "factors 1: no multiple for valley of calendar 'home'. Add it to by_period",
        ),
        (
            ', valley = "0.5" } }]',
            ', valley = "0.5", flat = "1" } }]',
            "floats",
            (
                "factors 1: calendar 'home' has no period 'flat'; there are peak, valley. Rename "
                "or remove it"
            ),
        ),
        (
            '"0.5" } }]',
            '"0.5" }, months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }]',
            "floats",
            'factors leave out months 11, 12. Add them, with "1" where none floats',
        ),
        (
            '"0.5" } }]',
            '"0.5" } }, { by_period = { peak = "1", valley = "1" }, months = [7] }]',
            "floats",
            "factors give months 7 more than once. Give each to one of them",
        ),
        (
            '"0.5" } }]',
            '"0.5" }, months = [0] }]',
            "floats",
            "factors 1: months = [0] is no list of months 1 to 12. Write [7, 8]",
        ),
        (
            'code = "floats"\n',
            'code = "floats"\nperiods = { peak = "1" }\n',
            "floats",
            "prices by period and factors both say how it floats; expected one. Remove the other",
        ),
        (
            'code = "floats"\n',
            'code = "floats"\nprice = "1"\n',
            "floats",
            "price and series both say what it costs; expected one of them. Remove the other",
        ),
        (
            'tiers = { every = "month", meeting = "pro_rata" }\n',
            "",
            "by_period",
            'has limits, but does not say when they start again. Add tiers = { every = "year" }',
        ),
        (
            'meeting = "pro_rata"',
            'meeting = "additive"',
            "by_period",
            (
                "tiers and periods are additive, but nothing gives the prices of the tiers. Add "
                'prices and limits, or tiers = { …, meeting = "pro_rata" }'
            ),
        ),
        (
            'meeting = "pro_rata"',
            'meeting = "at_once"',
            "by_period",
            (
                "tiers: meeting = 'at_once' is unknown; there are additive, pro_rata, "
                "chronological. Choose one"
            ),
        ),
        (
            "start_month = 12",
            "start_month = 13",
            "tiers",
            "tiers: start_month = 13 is no whole number of 1 to 12. Write one, no quotes",
        ),
        (
            'every = "year", ',
            "",
            "tiers",
            "tiers: key 'every' is missing. Add it",
        ),
        (
            'calendar = "home"\nfactors',
            'calendar = "hime"\nfactors',
            "floats",
            (
                "calendar = 'hime' is no calendar; near are home. Name one of "
                "data/tariffs/calendars, or write its [[calendar]] in this file"
            ),
        ),
        (
            'calendar = "home"\nfactors',
            "factors",
            "floats",
            'has factors, but no calendar says which hours they hold in. Add calendar = "…"',
        ),
        (
            'calendar = "home"\nperiods',
            "periods",
            "tiers",
            (
                "prices name the periods peak, valley, but there is no calendar. Add calendar = "
                '"…", or give one price'
            ),
        ),
        (
            "months = [6, 7, 8]",
            'months = "summer"',
            "tiers",
            "months = 'summer' is no list of months 1 to 12. Write [7, 8]",
        ),
        (
            "is_credit = false",
            "is_credit = 0",
            "tiers",
            "is_credit = 0 is neither true nor false. Write one, no quotes",
        ),
        (
            'price = "36.0"\n',
            "",
            "demand",
            'has no price. Write price = "36.0", or periods',
        ),
        (
            'price = "36.0"\n',
            'price = "36.0"\ncalendar = "home"\n',
            "demand",
            (
                "a price without a period stands beside calendar 'home'; expected one for every "
                "period that is charged. Make two charges, or name its period"
            ),
        ),
        (
            'floor_share = "0.40"',
            'floor_share = "40"',
            "demand",
            'contract: floor_share = \'40\' is no share; expected "0" to "1". Mend it',
        ),
        (
            'floor_share = "0.40"',
            'floor = "0.40"',
            "demand",
            (
                "contract: key 'floor' is unknown; there are tolerated_share, excess_times, "
                "floor_share. Rename or remove it"
            ),
        ),
        (
            'discount = { least_kwh_per_kva = "260", share = "0.9" }',
            "discount = true",
            "demand",
            'discount = True is no table. Write { least_kwh_per_kva = "260", share = "0.9" }',
        ),
        (
            "standard_hundredths = 90",
            "standard_hundredths = 95",
            "factor",
            "standard_hundredths = 95 is unknown; there are 90, 85, 80. Choose one",
        ),
        (
            'left_out = ["funds"]',
            'left_out = "funds"',
            "factor",
            "left_out = 'funds' is no list. Write [\"funds\"]",
        ),
    ],
)
def test_what_is_wrong_with_a_charge_is_told_with_its_key(write, old, new, charge, told):
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    assert _told(path)[0] == f"{path}: {PLACE.format(charge)}{told}."


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "[[calendar]]",
            'title = "x"\n[[calendar]]',
            "key 'title' is unknown; expected [[tariff]] and [[calendar]]. Remove it",
        ),
        (
            'code = "test"\n',
            "",
            "tariff 1: key 'code' is missing. Add it",
        ),
        (
            'code = "test"',
            'code = "Test tariff"',
            "tariff 1: code = 'Test tariff' is no name. Use small letters, digits and _",
        ),
        (
            'currency = "CNY"',
            'currency = "yuan"',
            "tariff 'test': currency = 'yuan' is unknown. Write such as CNY",
        ),
        (
            'basis = "register"',
            'basis = "guess"',
            (
                "tariff 'test': basis = 'guess' is unknown; there are register, demand_register, "
                "interval. Choose one"
            ),
        ),
        (
            'doubts = ["all of it"]',
            'doubts = "all of it"',
            "tariff 'test': doubts = 'all of it' is no list. Write [\"…\", \"…\"]",
        ),
        (
            "valid_from = 2023-01-01",
            'valid_from = "2023-01-01"',
            (
                "tariff 'test': version 1: valid_from = '2023-01-01' is no date. Write 2024-01-31 "
                "without quotes"
            ),
        ),
        (
            "valid_from = 2023-01-01",
            "valid_from = 2023-01-01T00:00:00",
            (
                "tariff 'test': version 1: valid_from = datetime.datetime(2023, 1, 1, 0, 0) is no "
                "date. Write 2024-01-31 without quotes"
            ),
        ),
        (
            'code = "meter"',
            'code = "capacity"',
            "tariff 'test': version 1: charge 'capacity' stands 2 times. Give each its own code",
        ),
        (
            'of = ["purchase", "tiers"]',
            'of = ["tax"]',
            (
                "tariff 'test': version 1: charge 'rebate': of: no charge or component 'tax' "
                "stands before it; there are basic, by_period, capacity, demand, factor, floats, "
                "meter, other, power_factor, purchase, retail, tiers, transmission. Name one, or "
                "move it up"
            ),
        ),
        (
            "22:00-08:00",
            "22:00-07:00",
            (
                "calendar 'home': covers 23 h on every day: 07:00–08:00 is missing. Give it to a "
                'period, or name the period of all the rest: remainder = "flat"'
            ),
        ),
        (
            "22:00-08:00",
            "22:00-7",
            (
                "calendar 'home': window 2 (valley): hours '22:00-7' are not from–to; write "
                'quarters of an hour as "07:30-10:30", the end of the day as 24:00'
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_tariff_or_calendar_is_told_with_its_place(write, old, new, told):
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    assert _told(path)[0] == f"{path}: {told}."


def test_versions_stand_in_the_order_of_time(write):
    charge = GOOD[GOOD.index('[[tariff.version.charge]]\ncode = "meter"') :].partition("\n\n")[0]
    path = write(f"{GOOD}\n[[tariff.version]]\nvalid_from = 2022-01-01\n{charge}\n")
    assert _told(path) == [
        (
            f"{path}: tariff 'test': versions start on 2023-01-01, 2022-01-01; expected at least "
            "one, in the order of time, each on a day of its own. Mend valid_from."
        )
    ]


def test_everything_wrong_is_told_at_once(write):
    wrong = GOOD.replace('"22.6"', "22.6").replace('amount = "1.50"', "").replace('"CNY"', "1")
    assert len(_told(write(wrong))) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no [[tariff]]. Begin each tariff with that line"),
        ("tariff = 1", "holds no [[tariff]]. Begin each tariff with that line"),
        (
            '[[tariff]]\ncode = "a"\nname_zh = ""\nname_en = ""',
            "tariff 'a': holds no [[tariff.version]]. Begin each version with that line",
        ),
        (
            '[[tariff]]\ncode = "a"\nname_zh = ""\nname_en = ""\n[[tariff.version]]',
            (
                "tariff 'a': version 1: holds no [[tariff.version.charge]]. Begin each charge with "
                "that line"
            ),
        ),
        (
            "calendar = 1\n" + GOOD.partition("[[tariff]]")[1] + GOOD.partition("[[tariff]]")[2],
            "calendar is no table. Begin each calendar with the line [[calendar]]",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused(write, text, told):
    path = write(text)
    assert _told(path)[0] == f"{path}: {told}."


def test_a_code_stands_once_in_a_file_and_in_a_folder(write, tmp_path):
    tariff = GOOD[GOOD.index("[[tariff]]") :]
    path = write(GOOD + tariff)
    assert _told(path) == [
        f"{path}: tariff 'test': the code stands twice. Give each tariff its own."
    ]
    calendar = GOOD[: GOOD.index("[[tariff]]")]
    path = write(calendar + GOOD)
    assert _told(path) == [
        f"{path}: calendar 'home': the code stands twice. Give each calendar its own."
    ]
    write(GOOD)
    write(GOOD, "again.toml")
    with pytest.raises(TariffError, match="another file"):
        tariffs_in(tmp_path, CALENDARS)


@pytest.mark.parametrize(
    "text",
    [
        "tariff = [",
        "tariff = " + "[" * 5000,
        "tariff = " + "9" * 5000,
        "a" + ".a" * 5000 + " = 1",
    ],
)
def test_what_is_no_toml_or_endless_is_refused(write, text):
    with pytest.raises(TariffError, match=r"test\.toml: "):
        read_tariffs(write(text), CALENDARS)


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TariffError, match="not TOML in UTF-8"):
        holds_tariffs(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    "value",
    [
        *("7", "-1", "0", "true", "[]", "[[1]]", "[1.5]", "[{}]", "{}", "{ a = 1 }", '""', '"x"'),
        *("0.5", "inf", "nan", "07:30:00", "1979-05-27T07:32:00Z", '["all"]', "0x" + "f" * 5000),
        "{ by_period = { peak = [] } }",
        '[{ by_period = { peak = "1" } }]',
        '[{ period = "peak", prices = [] }]',
    ],
)
def test_a_value_of_another_kind_is_told_and_never_a_crash(write, value):
    keys = re.findall(r"^[a-z_0-9-]+ = (?!\[\n).*$", GOOD, re.MULTILINE)
    assert len(keys) > 60
    for line in dict.fromkeys(keys):
        key = line.partition(" = ")[0]
        with suppress(TariffError):
            read_tariffs(write(GOOD.replace(line, f"{key} = {value}", 1)), CALENDARS)


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path):
    path = tmp_path / "test.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_tariffs(path, CALENDARS)
