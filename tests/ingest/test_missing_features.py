"""A lake of an earlier version gets the daily features of the days it has."""

from datetime import date

import polars as pl

from ingest.files import resume
from ingest.lake import publish, rewrite, scan_table, writing
from ingest.missing_features import fill_features
from queries.lake import lake_version, open_lake
from queries.schema import DAILY_FEATURES
from queries.scope import EVERYTHING


def _features(settings):
    return (
        open_lake(settings, EVERYTHING)
        .table("daily_features")
        .pl()
        .drop("profile_version")
        .sort("channel", "service_date")
    )


def _lose(settings, *months):
    with writing(settings) as writer:
        held = scan_table(writer, DAILY_FEATURES).collect()
        rewrite(writer, DAILY_FEATURES, held.filter(~held["service_month"].is_in(months)))
        publish(writer)


def _two_months(settings, take, day_row):
    for day in (date(2024, 6, 3), date(2024, 6, 4), date(2024, 7, 1)):
        for channel in ("import", "export", "reactive_import"):
            take(settings, day_row({0: 5, 1: 7}, day=day, channel=channel))


def test_days_read_before_there_were_features_get_them_at_the_next_start(
    empty_settings, take, day_row
):
    _two_months(empty_settings, take, day_row)
    before = _features(empty_settings)
    _lose(empty_settings, "2024-06", "2024-07")
    assert list(resume(empty_settings)) == []
    assert _features(empty_settings).equals(before)
    assert set(before["channel"]) == {"import", "export"}


def test_a_derivation_that_was_cut_off_goes_on_where_it_ended(empty_settings, take, day_row):
    _two_months(empty_settings, take, day_row)
    before = _features(empty_settings)
    _lose(empty_settings, "2024-07")
    assert fill_features(empty_settings) == 2
    assert _features(empty_settings).equals(before)


def test_where_nothing_is_missing_nothing_is_written(empty_settings, take, day_row):
    _two_months(empty_settings, take, day_row)
    version = lake_version(empty_settings)
    assert fill_features(empty_settings) == 0
    assert lake_version(empty_settings) == version


def test_features_of_an_earlier_version_are_derived_again(empty_settings, take, day_row):
    take(empty_settings, day_row({0: 5, 1: 7}, day=date(2024, 6, 3), interval=15))
    before = _features(empty_settings)
    assert before["partial_wh"].list.sum().to_list() == [12]
    with writing(empty_settings) as writer:
        held = scan_table(writer, DAILY_FEATURES).collect()
        nothing = pl.lit(None, DAILY_FEATURES.schema["partial_wh"]).alias("partial_wh")
        rewrite(writer, DAILY_FEATURES, held.with_columns(nothing))
        publish(writer)
    assert fill_features(empty_settings) == 1
    assert _features(empty_settings).equals(before)
