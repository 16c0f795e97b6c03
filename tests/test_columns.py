"""Columns of tables: headings with units, and how wide names are."""

import polars as pl

from pages.columns import columns


def test_a_column_of_names_is_as_wide_as_its_longest_name():
    def width(*names: str) -> int:
        return columns(pl.DataFrame({"name": names}))["name"]["width"]

    assert width("居民", "水利、环境和公共设施") == width("水利、环境和公共设施") > width("居民")
    assert width("居民", None) == width("居民")  # type: ignore[arg-type]
    # Two letters stand in the room of one Chinese character.
    assert width("Agricultural") < width("农林牧渔业与渔业用电用户")
    assert width("a" * 500) < 400


def test_only_names_have_a_width():
    assert columns(pl.DataFrame({"note": ["…"], "energy_kwh": [1.0]}))["note"]["width"] is None
