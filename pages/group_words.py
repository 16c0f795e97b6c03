"""Groups of usage points in words: what they are called, and what to say where nothing is known."""

from typing import get_args

import polars as pl

from pages.districts import District
from pages.inputs import Area, in_words, kept_select
from pages.session import ask
from pages.text import language, t
from queries.load.areas import areas
from queries.load.group_series import GroupBy

_GROUPS = [group for group in get_args(GroupBy) if group != "all"]


def pick_group_by(area: Area) -> GroupBy:
    """By what to put usage points together; what the area is itself is not offered."""
    offered = [group for group in _GROUPS if group != area.kind] or _GROUPS
    return kept_select("group", t("groups.by"), offered, lambda g: t(f"area_kind.{g}"))  # type: ignore[return-value]


def group_names(here: District, group_by: GroupBy, ids: pl.Series) -> pl.Series:
    """The name of each group in the reader's language, else its number."""
    if group_by == "all":
        return pl.Series("name", [t("groups.all")] * len(ids), dtype=pl.String)
    if group_by == "industry":
        shown = [in_words("industry_section", "-" if one is None else one) for one in ids]
        return pl.Series("name", shown, dtype=pl.String)
    known = ask(areas, area_kind=group_by, **here.inputs)
    first, second = ("name_en", "name") if language() == "en" else ("name", "name_en")
    names = {
        row["area_id"]: row[first] or row[second] or in_words("customer_class", row["area_id"])
        for row in known.iter_rows(named=True)
    }
    counts = pl.Series(list(names.values()), dtype=pl.String).value_counts()
    alike = set(counts.filter(pl.col("count") > 1)[counts.columns[0]])
    nowhere = t("groups.none_transformer" if group_by == "transformer" else "groups.none")
    shown = [
        nowhere
        if group is None
        else f"{names[group]} ({group})"
        if names.get(group) in alike
        else names.get(group, group)
        for group in ids
    ]
    return pl.Series("name", shown, dtype=pl.String)


def named_groups(here: District, group_by: GroupBy, frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with its groups in words as ``name``."""
    return frame.with_columns(group_names(here, group_by, frame["group_id"]))


def in_status_words(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with ``status`` in words."""
    words = {code: t(f"fit_status.{code}") for code in frame["status"].drop_nulls().unique()}
    return frame.with_columns(pl.col("status").replace(words))
