"""The collection in words: names of places, reasons, instants in local time."""

from datetime import UTC, datetime

import polars as pl

from pages import units
from pages.inputs import in_words
from pages.session import settings
from pages.text import language, t


def change_in_points(value: float | None) -> str | None:
    """``+0.3 个百分点`` against the day before; None where there was none."""
    if value is None:
        return None
    return t("collection.change_points", points=f"{100 * value:+.1f}")


def place_names(frame: pl.DataFrame, kind: str, id_column: str = "group_id") -> pl.Series:
    """The name of each row's place, in the reader's language, else its number."""
    first, second = ("name_en", "name") if language() == "en" else ("name", "name_en")
    words = {
        code: in_words(f"collection_{kind}", code)
        for code in frame[id_column].drop_nulls().unique()
    }
    # Two areas may be called alike: the number tells them apart.
    number = pl.format(" ({})", pl.col(id_column)) if kind != "region" else pl.lit("")
    name = pl.when(pl.col(first).is_not_null()).then(pl.col(first)).otherwise(pl.col(second))
    return frame.select(
        pl.coalesce(
            name + number,
            pl.col(id_column).replace(words),
            pl.lit(t(f"collection_nowhere.{kind}")),
        ).alias("name")
    )["name"]


def named(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """``frame`` with its groups in words as ``name``."""
    return frame.with_columns(place_names(frame, kind))


def in_local_time(frame: pl.DataFrame) -> pl.DataFrame:
    """Instants as local clocks showed them; tables have no room for a zone."""
    instants = [name for name, dtype in frame.schema.items() if dtype == pl.Datetime("us", "UTC")]
    zone = settings().zone_name
    local = pl.col(instants).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return frame.with_columns(local)


def moment(instant: datetime | None) -> str:
    """An instant by local clocks."""
    if instant is None:
        return "–"
    return units.moment(instant.astimezone(UTC).astimezone(settings().zone), with_year=True)
