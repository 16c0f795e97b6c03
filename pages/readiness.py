"""Whether there is anything to show, and what to do if not."""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from pages.session import ask, settings
from pages.text import t
from pages.units import moment
from queries.home.districts import districts
from queries.lake import lake_version
from queries.manifest import LakeError


def readings_or_stop() -> pl.DataFrame:
    """Which data there is, one row at least; where there is none, say what to do and stop."""
    try:
        found = ask(districts)
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


def received_at() -> str:
    """When the readings shown were taken in, in the service territory's local time."""
    published: datetime = lake_version(settings()).published_at
    local = published.astimezone(UTC).astimezone(settings().zone)
    return t("home.local_time", moment=moment(local, with_year=True), zone=settings().zone_name)
