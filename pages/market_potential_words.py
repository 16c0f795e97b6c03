"""The lines of a potential's arithmetic in words: what each is, its unit, how it comes about."""

from collections.abc import Mapping

import polars as pl

from pages import units
from pages.text import catalogue, language, t

_UNITS = {
    "_cny_per_kwh": "/kWh",
    "_cny_per_kw": "/kW",
    "_cny": "",
}
_FINE = {
    "vehicles_per_home",
    "wanted_vehicles",
    "vehicles",
    "new_vehicles",
    "counted_vehicles",
}
"""Counts that stand in hundredths: who multiplies on with them gets the lines below."""
_PHYSICAL = {"_kwh": "kWh", "_kw": "kW", "_kva": "kVA"}


def step_word(business: str, step: str) -> str:
    """What a line, or an assumption, is called."""
    own = f"potential_step_of.{business}_{step}"
    return t(own if own in catalogue(language()) else f"potential_step.{step}")


def step_unit(step: str) -> str:
    """The unit of a line; empty where it is a count."""
    for suffix, after in _UNITS.items():
        if step.endswith(suffix):
            return f"{t('unit.cny')}{after}"
    if step == "full_load_hours":
        return "h"
    return next((unit for suffix, unit in _PHYSICAL.items() if step.endswith(suffix)), "")


def in_unit(step: str, value: float | None) -> str:
    """A value as people read it, with its unit: ``15.0%``, ``2,400 kWh``, a dash for none."""
    if value is None:
        return "–"
    if step.endswith("_share"):
        return units.share(value) if value >= 0 else f"{value:.1%}"
    unit = step_unit(step)
    # A count is whole, or a likelihood's sum.
    digits = 2 if step in _FINE else 1
    return f"{units.number(value)} {unit}" if unit else _count(value, digits)


def _count(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".removesuffix(f".{'0' * digits}")


def _bare(step: str, value: float) -> str:
    """The value alone, where its unit stands beside it."""
    return in_unit(step, value).removesuffix(step_unit(step)).strip()


def step_table(business: str, steps: pl.DataFrame, tariff_names: Mapping[str, str]) -> pl.DataFrame:
    """``potential_steps`` to be read: line, what, how much, range, where from."""
    # Nothing beyond the open capacity is no line of its own.
    shown = steps.filter((pl.col("step") != "beyond_kwh") | (pl.col("figure") != 0))
    rows = [
        {
            "line": line,
            "step": step_word(business, row["step"]),
            "figure": in_unit(row["step"], row["figure"]),
            "range": ""
            if row["low"] is None or row["low"] == row["high"]
            else f"{_bare(row['step'], row['low'])} – {_bare(row['step'], row['high'])}",
            "source": _where_from(business, row, tariff_names),
        }
        for line, row in enumerate(shown.iter_rows(named=True), start=1)
    ]
    texts = dict.fromkeys(("step", "figure", "range", "source"), pl.String)
    return pl.DataFrame(rows, schema={"line": pl.Int64, **texts})


def _where_from(business: str, row: dict, tariff_names: Mapping[str, str]) -> str:
    if row["source"] == "computed":
        return t(f"potential_formula.{business}_{row['step']}")
    if row["source"] == "assumption":
        return t("potential.assumed", source=t(f"potential_source.{row['detail']}"))
    if row["source"] == "tariff":
        if row["detail"] is None:
            return t("potential.no_tariff")
        return t("potential.tariff", code=tariff_names.get(row["detail"], row["detail"]))
    return t(f"potential_source.{row['source']}")
