"""The committed figures are those of the real data."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ingest.sample.reference import QUESTIONS, make_figures
from queries.load.reference import reference_figures
from queries.run import QuestionError


def test_the_committed_figures_are_what_the_questions_say_of_the_real_data(shared_data, tmp_path):
    readings = shared_data / "sgsc" / "sgsc_50_households.parquet"
    for name, figures in make_figures(readings, tmp_path).items():
        # Five digits are kept; sums of Float32 differ in the last ones between machines.
        committed = reference_figures(name)
        assert_frame_equal(committed, figures, rel_tol=2e-4, abs_tol=1e-6)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_figure_comes_with_the_columns_of_its_question(name):
    figures = reference_figures(name)
    assert not figures.is_empty()
    assert figures.select(pl.sum_horizontal(pl.all().null_count())).item() == 0


def test_a_shape_has_its_mean_at_one():
    means = (
        reference_figures("load/daily_shapes")
        .group_by("season", "day_kind")
        .agg(pl.len(), pl.col("daily_mean_share").mean())
    )
    assert means["len"].to_list() == [48] * 8
    assert means["daily_mean_share"].to_list() == pytest.approx([1.0] * 8, abs=1e-5)


def test_figures_that_do_not_exist_are_named_with_those_that_do():
    with pytest.raises(QuestionError, match="sgsc: coincidence"):
        reference_figures("load/curve")
