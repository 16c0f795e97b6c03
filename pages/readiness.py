"""Whether there is anything to show, and what to do if not."""

from datetime import UTC, date, datetime

import polars as pl
import streamlit as st

from pages.session import ask, settings
from pages.text import language, t
from pages.units import moment
from queries.home.data_sets import data_sets
from queries.lake import lake_version
from queries.manifest import LakeError


def readings_or_stop() -> pl.DataFrame:
    """Which data there is, one row at least; where there is none, say what to do and stop."""
    try:
        found = ask(data_sets)
    except LakeError as error:
        st.info(t("empty.no_lake"), icon=":material/database_off:")
        st.code("fenggu init --sample\nfenggu ingest FILE", language="bash")
        with st.expander(t("empty.details")):
            st.write(str(error))
        st.stop()
        raise
    if found.is_empty():
        st.info(t("empty.no_readings"), icon=":material/inbox:")
        st.code("fenggu ingest FILE\nfenggu init --sample", language="bash")
        st.stop()
    return found


def data_range(data: pl.DataFrame) -> tuple[date, date]:
    """The first and the last day of any data."""
    return data.select(pl.col("first_day").min(), pl.col("last_day").max()).row(0)


def named_data_sets(data: pl.DataFrame) -> pl.DataFrame:
    """The table of ``data_sets`` with one name, in the reader's language."""
    name = pl.coalesce("name_en", "name") if language() == "en" else pl.col("name")
    named = data.with_columns(
        pl.coalesce(name, "region_id", pl.lit(t("home.unregistered"))).alias("name"),
        pl.when("is_simulated")
        .then(pl.lit(t("word.is_so")))
        .otherwise(pl.lit(t("word.is_not")))
        .alias("is_simulated"),
    )
    return named.select(
        "name",
        "first_day",
        "last_day",
        "usage_points",
        "readings",
        "actual_share",
        "estimated_share",
        "is_simulated",
    )


def received_at() -> str:
    """When the readings shown were taken in, in the service territory's local time."""
    published: datetime = lake_version(settings()).published_at
    local = published.astimezone(UTC).astimezone(settings().zone)
    return t("home.local_time", moment=moment(local, with_year=True), zone=settings().zone_name)
