"""Profiles: what they refuse, what is detected, and that they survive saving."""

import polars as pl
import pytest

from ingest.batch import CollectorError
from ingest.collectors.table.detect import detect
from ingest.collectors.table.file import open_table
from ingest.collectors.table.points import find_points
from ingest.collectors.table.profile import (
    SHIPPED,
    load_profile,
    profile_from,
    shipped_profile,
    to_toml,
)
from ingest.collectors.table.rows import lay_over

LONG = {"columns": {"meter": "m", "time": "t", "value": "v"}}


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_every_shipped_profile_loads_and_survives_saving(name, tmp_path):
    profile = shipped_profile(name)
    assert profile.name == name
    saved = tmp_path / f"{name}.toml"
    saved.write_text(to_toml(profile), "utf-8")
    assert load_profile(saved) == profile


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"colums": {}}, "mine.toml: unknown key 'colums'; did you mean 'columns'?"),
        ({"columns": {"metre": "m"}}, r"\[columns\]: unknown key 'metre'; did you mean 'meter'?"),
        (LONG | {"kind": "enregy"}, "'kind' is 'enregy'; did you mean 'energy'?"),
        (LONG | {"kind": "power"}, "'unit' is kWh, which measures energy, but 'kind' is power"),
        (LONG | {"interval_minutes": 7}, "'interval_minutes' is 7"),
        (LONG | {"interval_minutes": "15"}, "'interval_minutes' is '15'"),
        (LONG | {"multiplier": 0}, "'multiplier' is 0"),
        (LONG | {"multiplier": "2"}, "'multiplier' is '2'"),
        (LONG | {"delimiter": "ab"}, "'delimiter' is 'ab'"),
        (LONG | {"channels": {"x": "imprt"}}, "names the channel 'imprt'"),
        (LONG | {"qualities": {"x": "Z"}}, "'qualities.x' is 'Z'"),
        ({"columns": {"time": "t", "value": "v"}}, "'columns.meter' is missing"),
        ({"columns": {"meter": "m", "value": "v"}}, "'columns.time' is missing"),
        ({"columns": {"meter": "m", "time": "t"}}, "name the values"),
        ({"layout": "wide", "columns": {"meter": "m"}}, "'columns.date' is missing"),
        ({"columns": "m"}, "expected a table"),
        (LONG | {"missing": [1]}, "'missing' is"),
    ],
)
def test_a_wrong_profile_is_refused_by_file_and_key(entries, message):
    with pytest.raises(CollectorError, match=message):
        profile_from(entries, "mine.toml")


def test_a_profile_that_is_no_toml_says_so(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("name = ", "utf-8")
    with pytest.raises(CollectorError, match=r"broken\.toml: cannot be read"):
        load_profile(path)
    with pytest.raises(CollectorError, match="did you mean 'sgsc'"):
        shipped_profile("sgcs")


def _csv(tmp_path, header, row):
    path = tmp_path / "dump.csv"
    path.write_text(f"{header}\n{row}\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "kind", "unit", "layout"),
    [
        ("户号,数据时间,电量(kWh)", "energy", "kWh", "long"),
        ("电能表编号,数据时间,总有功功率（kw）", "power", "kW", "long"),
        ("usage_point_id,timestamp,kwh", "energy", "kWh", "long"),
        ("meter,timestamp,energy_wh", "energy", "Wh", "long"),
        ("计量点编号,数据日期,时刻,正向有功总示值", "cumulative", "kWh", "long"),
        ("户号,数据日期," + ",".join(f"p{i}" for i in range(1, 97)), "energy", "kWh", "wide"),
        ("户号,数据日期," + ",".join(f"功率{i}" for i in range(1, 25)), "power", "kW", "wide"),
    ],
)
def test_common_headings_are_recognised(header, kind, unit, layout, tmp_path):
    profile = detect(_csv(tmp_path, header, "1,2024-01-01,3"))
    assert (profile.kind, profile.unit, profile.layout) == (kind, unit, layout)
    assert profile.assumed
    saved = tmp_path / "saved.toml"
    saved.write_text(to_toml(profile), "utf-8")
    again = load_profile(saved)
    assert (again.columns, again.values, again.label) == (
        profile.columns,
        profile.values,
        profile.label,
    )


def test_points_named_by_interval_ends_are_recognised_by_their_24_00(tmp_path):
    names = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(15, 1441, 15)]
    profile = detect(_csv(tmp_path, "户号,数据日期," + ",".join(names), ""))
    assert profile.label == "end"


def test_an_unknown_layout_lists_its_columns_and_the_way_on(tmp_path):
    with pytest.raises(CollectorError, match=r"The columns are: foo, bar\. Write a profile"):
        detect(_csv(tmp_path, "foo,bar", "1,2"))


def test_points_are_found_whatever_their_order():
    points = find_points(["p3", "x", "p1", "p2", *(f"p{i}" for i in range(4, 25))])
    assert points is not None
    assert points.names[:3] == ("p1", "p2", "p3")
    assert (points.interval_minutes, points.minutes[-1]) == (60, 23 * 60)


def test_points_that_do_not_divide_the_day_are_refused():
    with pytest.raises(CollectorError, match="97 point columns do not divide the day"):
        find_points([f"p{i}" for i in range(1, 98)])


def test_a_hidden_choice_between_two_columns_of_one_point_is_refused():
    with pytest.raises(CollectorError, match="name the same point"):
        find_points([*(f"p{i}" for i in range(1, 25)), "p01"])


def test_every_column_a_profile_names_must_be_there(tmp_path):
    path = tmp_path / "x.parquet"
    pl.DataFrame({"m": ["a"], "t": ["2024-01-01"]}).write_parquet(path)
    with pytest.raises(
        CollectorError, match=r"the column 'v' .* is not there; the columns are m, t"
    ):
        lay_over(profile_from(LONG, "p.toml"), open_table(path))
