"""The figures of a scenario in words: tiles, a table of several, a table of bands."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from pages import units
from pages.figures import figure, figures
from pages.text import t

_KG_PER_T = 1000.0


def mass(kg: float | None) -> str:
    """``1,234 t`` of CO₂; a dash where there is nothing."""
    return "–" if kg is None else f"{units.number(kg / _KG_PER_T)} t"


def _count(number: int) -> str:
    return f"{number:,}"


FIGURES: Mapping[str, Callable[[Any], str]] = {
    "peak_kw": units.power,
    "peak_at": units.moment,
    "load_factor_share": units.share,
    "peak_valley_kw": units.power,
    "energy_kwh": units.energy,
    "owed_cny": units.money,
    "purchase_cny": units.money,
    "margin_cny": units.money,
    "carbon_kg": mass,
    "winners": _count,
    "losers": _count,
}
"""What a scenario comes to, by column of ``what_if_summary``, and how it is told."""
_TILES = tuple(name for name in FIGURES if name != "winners")


def figure_word(name: str) -> str:
    """What a figure is called; what energy is bought at has the name of what it costs."""
    return t("what_if.purchase_cny_figure" if name == "purchase_cny" else f"what_if.{name}")


def show_tiles(before: dict[str, Any], after: dict[str, Any]) -> None:
    """What it comes to, and what it was: a row of loads, a row of money and what it rests on."""
    for row, names in (("", _TILES[:5]), ("_money", _TILES[5:])):
        with figures(row):
            for name in names:
                _tile(name, before, after)


def _tile(name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    label, told = figure_word(name), FIGURES[name]
    value, was = told(after[name]), told(before[name])
    if name == "losers":
        others = t("what_if.winners_beside", winners=f"{after['winners']:,}")
        figure(label, value, beside=others)
    elif isinstance(after[name], float | Decimal) and not name.endswith("_share"):
        change = float(after[name]) / float(before[name]) - 1 if before[name] else None
        figure(label, value, change=change, compared=t("what_if.against", value=was))
    else:
        figure(label, value, beside=t("what_if.before_was", value=was))


def figures_side_by_side(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> pl.DataFrame:
    """A row a figure, a column a scenario; all in words."""
    table: dict[str, list[str]] = {t("what_if.figure"): [figure_word(one) for one in FIGURES]}
    for name, row in zip(names, rows, strict=True):
        table[name] = [told(row[one]) for one, told in FIGURES.items()]
    return pl.DataFrame(table)


def bands_in_words(bands: pl.DataFrame, after: dict[str, Any]) -> pl.DataFrame:
    """Every figure as supposed, and its quantiles over the draws."""
    rows = [
        {
            t("what_if.figure"): figure_word(row["figure"]),
            t("what_if.as_supposed_column"): FIGURES[row["figure"]](after[row["figure"]]),
            **{band.upper(): FIGURES[row["figure"]](row[band]) for band in ("p10", "p50", "p90")},
        }
        for row in bands.iter_rows(named=True)
    ]
    return pl.DataFrame(rows)
