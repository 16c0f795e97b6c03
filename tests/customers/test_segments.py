"""Segments: cuts that are the best there are, found again, and named by what is true of all."""

import itertools
import json
from contextlib import closing

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from ingest.lake import append, publish, writing
from pages.segment_words import segment_name, segment_rule
from pages.text import LANGUAGES, catalogue, speak
from queries.customers.natural_breaks import natural_breaks
from queries.customers.offer_rules import RuleError
from queries.customers.portrait_fields import FIELDS
from queries.customers.portrait_months_there import portrait_months_there
from queries.customers.segment_axes import AXES, axes_of
from queries.customers.segment_by_rule import segment_by_rule
from queries.customers.segment_candidates import segment_candidates
from queries.customers.segment_choice import (
    STABLE,
    Candidate,
    SegmentChoice,
    adjusted_rand,
    chosen,
)
from queries.customers.segment_model import (
    UNPLACED,
    SegmentModel,
    SegmentModelError,
    grown,
    read_model,
)
from queries.customers.segment_moves import segment_moves
from queries.customers.segment_profiles import segment_profiles
from queries.customers.segments import segments
from queries.lake import open_lake
from queries.schema import PORTRAIT_MONTHS, PORTRAITS
from queries.scope import EVERYTHING
from tests.customers.portrait_row import portrait_row

_NIGHT = SegmentModel(
    {"night_ratio": (1.0,)}, ((("night_ratio", 0),), (("night_ratio", 1),)), {"night_ratio": 0.4}
)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=9).map(lambda v: np.array(v, float)),
    st.sampled_from([2, 3]),
)
def test_no_other_cuts_leave_less_spread_within_the_groups(values, levels):
    cuts = natural_breaks(values, levels)
    assert _within(values, cuts) == pytest.approx(
        min(
            _within(values, tried)
            for tried in itertools.combinations(np.unique(values) - 0.5, len(cuts))
        )
    )


def _within(values: np.ndarray, cuts: tuple[float, ...]) -> float:
    group = np.searchsorted(np.array(cuts), values, side="left")
    return sum(
        ((values[group == one] - values[group == one].mean()) ** 2).sum() for one in {*group}
    )


def test_of_ten_thousand_values_the_cut_lies_in_the_gap():
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(0, 1, 7000), rng.normal(8, 1, 3000)])
    assert 3.5 < natural_breaks(values, 2)[0] < 4.5


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=40))
def test_the_rand_index_is_the_usual_one(pairs):
    one, other = (np.array(labels) for labels in zip(*pairs, strict=True))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))


@settings(deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12))
def test_segments_part_everybody_and_none_is_too_small(seed, least):
    rng = np.random.default_rng(seed)
    levels = [
        (axis, rng.integers(0, count, 60), count)
        for axis, count in zip("abc", (2, 3, 2), strict=True)
    ]
    leaves = grown(levels, least)
    of_axis = {axis: level for axis, level, _ in levels}
    inside = np.array(
        [np.all([of_axis[axis] == level for axis, level in leaf], axis=0) * np.ones(60, bool)
         for leaf in leaves]
    )  # fmt: skip
    assert (inside.sum(axis=0) == 1).all()
    assert len(leaves) == 1 or inside.sum(axis=1).min() >= least


def _kinds(count: int = 120, seed: int = 3) -> pl.DataFrame:
    """Night workers, evening homes, and homes that are empty on rest days."""
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % 3
    planted = {
        "night_ratio": np.where(kind == 0, 3.0, 0.6),
        "evening_ratio": np.full(count, 2.0),
        "rest_day_ratio": np.where(kind == 2, 0.4, 1.1),
    }
    axes = {
        name: planted.get(name, np.ones(count)) * np.exp(rng.normal(0, 0.12, count))
        for name in AXES
    }
    return pl.DataFrame({"kind": kind, **axes})


@pytest.fixture(scope="module")
def found() -> list[Candidate]:
    return SegmentChoice(_kinds()).candidates()


def test_planted_kinds_are_found_whoever_is_asked(found):
    axes = _kinds()
    best = chosen(found)
    assert best is not None
    assert best.stability >= STABLE
    assert (best.model.assign(axes) >= 0).all()
    three = next(one for one in found if one.segments == 3)
    assert adjusted_rand_score(axes["kind"], three.model.assign(axes)) > 0.95
    # Others of the same kinds are placed without anything being fitted again.
    others = _kinds(seed=8)
    assert adjusted_rand_score(others["kind"], three.model.assign(others)) > 0.95


def test_too_few_customers_are_not_parted():
    assert SegmentChoice(_kinds(29)).candidates() == []
    assert SegmentChoice(_kinds(0)).candidates() == []


def test_what_a_name_says_is_true_of_every_member(found):
    axes = _kinds()
    for one in found:
        placed = one.model.assign(axes)
        for number, leaf in enumerate(one.model.leaves):
            members = axes.filter(placed == number)
            for axis, level in leaf:
                middle, values = axes[axis].median(), members[axis]
                match one.model.stands(axis, level):
                    case "low" | "lowest":
                        assert (values <= middle).all()
                    case "high" | "highest":
                        assert (values >= middle).all()
                    case "not_high":
                        assert (values <= one.model.cuts[axis][0]).all()
                    case "not_low":
                        assert (values >= one.model.cuts[axis][-1]).all()


def test_segments_of_one_model_have_different_names_in_both_languages():
    every = {(axis, levels) for axis in AXES for levels in (2, 3)}
    for language in LANGUAGES:
        speak(language)
        for axis, levels in every:
            for middle in (0.5, 1.5, 2.5):
                cuts = tuple(float(n) for n in range(1, levels))
                leaves = tuple(((axis, level),) for level in range(levels))
                model = SegmentModel({axis: cuts}, leaves, {axis: middle})
                assert len({segment_name(model, leaf) for leaf in leaves}) == levels
                assert len({segment_rule(model, leaf) for leaf in leaves}) == levels


def test_a_model_is_kept_as_text_and_one_that_is_none_is_refused():
    assert read_model(_NIGHT.as_text()) == _NIGHT
    for text in ("", "{}", '{"cuts":{"size":[1]},"leaves":[],"middles":{"size":1}}'):
        with pytest.raises(SegmentModelError, match="segment model"):
            read_model(text)


def test_who_has_no_ratio_that_decides_is_not_placed():
    frame = pl.DataFrame({"night_ratio": [0.5, None, 2.0]})
    assert _NIGHT.assign(frame).tolist() == [0, UNPLACED, 1]


def _month(point: str, hours: list[float]) -> dict:
    return dict.fromkeys(PORTRAIT_MONTHS.names) | {
        "usage_point_id": point,
        "month": "2025-12",
        "customer_id": f"C{point}",
        "known_days": 30,
        "energy_kwh": 300.0,
        "workdays": 20,
        "rest_days": 10,
        "workday_kwh": [20 * hour for hour in hours],
        "rest_day_kwh": [10.0] * 24,
        "workday_shape": [0.0] * 24,
        "rest_day_shape": [0.0] * 24,
        "shaped_workdays": 0,
        "shaped_rest_days": 0,
        "shape_codes": [],
    }


@pytest.fixture(scope="module")
def town(new_lake):
    settings = new_lake()
    night = {"night_share": 0.6, "morning_share": 0.1, "midday_share": 0.12, "evening_share": 0.18}
    rows = [
        portrait_row("A"),
        portrait_row("B", **night, annual_kwh=36_500.0, coincidence_share=0.25),
        portrait_row("C", "2025-12", night_share=None),
        portrait_row("D", known_days=100),
        portrait_row("S", customer_class="commercial"),
        portrait_row("A", "2024-12", **night),
        portrait_row("B", "2024-12", customer_id="before"),
    ]
    months = [_month("A", [1.0] * 24), _month("B", [2.0] * 12 + [0.0] * 12)]
    with writing(settings) as writer:
        append(writer, PORTRAITS, pl.DataFrame(rows, schema=PORTRAITS.schema))
        append(writer, PORTRAIT_MONTHS, pl.DataFrame(months, schema=PORTRAIT_MONTHS.schema))
        publish(writer)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        yield lake


def test_ratios_are_mean_loads_over_mean_loads(town):
    placed = segments(town, model=_NIGHT.as_text(), month="2025-12")
    first = placed.row(0, named=True)
    daytime = (0.2 + 0.24) / 11
    assert first["night_ratio"] == pytest.approx(0.2 / 8 / daytime)
    assert first["evening_ratio"] == pytest.approx(0.36 / 5 / daytime)
    assert first["rest_day_ratio"] == pytest.approx(1.0)
    assert first["summer_winter_ratio"] == pytest.approx(1.5)
    assert first["base_ratio"] == pytest.approx(0.24)


def test_homes_with_a_year_are_placed_and_shops_are_others(town):
    placed = segments(town, model=_NIGHT.as_text(), month="2025-12")
    assert dict(placed.select("usage_point_id", "segment").iter_rows()) == {
        "A": 0,
        "B": 1,
        "C": None,
    }
    business = segments(town, model=_NIGHT.as_text(), month="2025-12", population="business")
    assert business["usage_point_id"].to_list() == ["S"]


def test_a_segment_tells_its_share_of_energy_and_of_the_peak_and_its_day(town):
    day, night = segment_profiles(town, model=_NIGHT.as_text(), month="2025-12").iter_rows(
        named=True
    )
    assert (day["usage_points"], night["usage_points"]) == (1, 1)
    assert night["energy_share"] == pytest.approx(10 / 11)
    assert night["peak_load_share"] == pytest.approx(0.5 / 1.5)
    assert day["workday_hours"] == pytest.approx([1.0] * 24)
    mean = (20 * 24 + 10 * 24) / (24 * 30)
    assert night["workday_hours"] == pytest.approx([2 / mean] * 12 + [0.0] * 12)


def test_only_the_same_customer_moves_between_segments(town):
    moved = segment_moves(town, model=_NIGHT.as_text(), from_month="2024-12", to_month="2025-12")
    pairs = {(one, other): many for one, other, many in moved.iter_rows()}
    # A from night to day; B is another customer now, so nobody has gone from one to the other.
    assert pairs == {(1, 0): 1, (0, None): 1, (None, 1): 1, (None, None): 1}
    there = portrait_months_there(town)
    assert there["month"].to_list() == ["2024-12", "2025-12"]


def test_nobody_belongs_to_a_drawn_segment_by_what_was_never_measured(town):
    rules = [
        {"column": "night_share", "test": "at_least", "value": 0.3},
        {"column": "customer_class", "test": "one_of", "value": ["residential"]},
    ]
    found = segment_by_rule(town, rules=json.dumps(rules), month="2025-12")
    assert dict(found.select("usage_point_id", "is_member").iter_rows()) == {
        "A": False,
        "B": True,
        "C": None,
        "D": False,
        "S": False,
    }


@pytest.mark.parametrize(
    ("rules", "what"),
    [("{", "JSON"), ("{}", "list"), ('[{"column":"size","test":"is","value":true}]', "size")],
)
def test_a_rule_that_cannot_be_read_is_refused_and_named(town, rules, what):
    with pytest.raises(RuleError, match=what):
        segment_by_rule(town, rules=rules)


def test_a_town_of_five_is_not_parted(town):
    assert segment_candidates(town).is_empty()


def test_every_number_a_rule_compares_is_of_aportrait_row():
    assert {"night_share", "annual_kwh", "solar_likelihood"} <= set(FIELDS)
    assert set(AXES) <= set(
        axes_of(pl.DataFrame([portrait_row("A")], schema=PORTRAITS.schema)).columns
    )
    for language in LANGUAGES:
        assert all(f"segment_axis.{axis}" in catalogue(language) for axis in AXES)
