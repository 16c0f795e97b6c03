"""A pilot of prices on the page of price response: its list, chart, and what is said without."""

from datetime import date

import polars as pl
import pytest

from pages.charts import DARK
from pages.demand_response_charts import pilot_intervals
from pages.downloads import png_bytes
from pages.pilot_list import read_pilot
from pages.text import LANGUAGES, speak, t_in
from queries.demand.pilot_response import RETURNS
from tests.page_visits import PLANNER, accounts_of, open_page


def test_a_list_names_both_arms_and_the_day_the_price_began():
    found = read_pilot(
        b"programme_kind,usage_point_id,arm,first_day\n"
        b"tou_pilot,P2,treated,2025-01-01\n"
        b"offer,P9,offered,2024-01-01\n"
        b"tou_pilot,P1,treated,2025-01-01\n"
        b"tou_pilot,P3,control,2025-01-01\n"
    )
    assert (found.treated, found.control) == (("P1", "P2"), ("P3",))
    assert found.starts_on == date(2025, 1, 1)
    assert found.problems == ()


def test_a_spreadsheet_in_the_chinese_encoding_is_read():
    found = read_pilot("计量点,组别\nP1,试验组\nP2,对照\n".encode("gb18030"))
    assert (found.treated, found.control, found.starts_on) == (("P1",), ("P2",), None)


def test_lines_that_cannot_be_used_are_named_and_the_others_kept():
    found = read_pilot(b"usage_point_id,arm\nP1,treated\n,control\nP2,perhaps\nP1,control\nP3,c\n")
    told = [(one.line, one.code, one.value) for one in found.problems]
    assert told == [(3, "point", ""), (4, "arm", "perhaps"), (5, "twice", "P1")]
    assert (found.treated, found.control) == (("P1",), ("P3",))


def test_a_list_without_arms_says_which_columns_it_has():
    [problem] = read_pilot(b"meter,group\nP1,treated\n").problems
    assert (problem.line, problem.code, problem.value) == (1, "columns", "meter, group")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_list_the_page_says_what_to_upload(monkeypatch, sample_settings, language):
    account = accounts_of(sample_settings, **{f"pilot_{language}": PLANNER})[f"pilot_{language}"]
    app = open_page(
        monkeypatch,
        sample_settings,
        account,
        "demand/price_response",
        language,
        in_session={"response_section": "pilot"},
    )
    assert t_in(language, "pilot.nothing") in [one.value for one in app.info]


@pytest.mark.parametrize("language", LANGUAGES)
def test_intervals_are_drawn_in_both_languages(language):
    speak(language)
    rows = pl.DataFrame(
        {
            "hours": ["peak", "other"],
            "change_share": [-0.1, 0.02],
            "low_share": [-0.15, -0.01],
            "high_share": [-0.05, 0.05],
        }
    )
    found = rows.select(
        pl.col(name) if name in rows.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in RETURNS.items()
    )
    assert png_bytes(pilot_intervals(found, look=DARK), "x")[:4] == b"\x89PNG"
