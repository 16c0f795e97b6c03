"""A portrait in words: figures with their units, what a customer is, what sets it apart."""

import math
from collections.abc import Callable
from decimal import Decimal

import polars as pl

from pages import units
from pages.text import t
from queries.customers.portrait_traits import Compared, Trait, level, part_of_day, traits


def value_in_words(feature: str, value: float | Decimal | None) -> str:
    """A feature's figure with its unit; a dash where it is not known."""
    if value is None:
        return "–"
    return next(show for suffix, show in _SHOWN.items() if feature.endswith(suffix))(float(value))


def _per_day(value: float) -> str:
    return t("portrait.per_day", energy=units.energy(value))


def _per_year(value: float) -> str:
    return t("portrait.per_year", change=units.change(value) or "–")


def about(*amounts_cny: float | None) -> str:
    """An estimate of money in three digits, ``1,860 元``, or a range; a dash for none."""
    known = [one for one in amounts_cny if one is not None]
    if not known:
        return "–"
    unit = units.money_unit(max(known, key=abs))
    return f"{'–'.join(_three_digits(one / unit.size) for one in known)} {unit.symbol}"


def _three_digits(value: float) -> str:
    places = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, places):,.{max(places, 0)}f}"


# The first end that fits decides.
_SHOWN: dict[str, Callable[[float], str]] = {
    "_cny_per_kwh": lambda value: t("portrait_money.per_kwh", price=units.bare_price(value)),
    "next_year_cny": about,
    "expected_late_cny": about,
    "_cny": units.money,
    "_months": lambda value: f"{value:.0f}",
    "growth_share": lambda value: units.change(value) or "–",
    "_kwh_per_k": lambda value: f"{units.number(value)} kWh/(d·K)",
    "_kwh_per_day": _per_day,
    "_share_per_year": _per_year,
    "_likelihood": units.share,
    "_share": units.share,
    "_kwh": units.energy,
    "_kw": units.power,
    "_kva": lambda value: f"{value:,.4g} kVA",
    "_bits": lambda value: f"{value:.1f} bit",
    "_error_c": lambda value: f"{value:.1f} K",
    "_c": lambda value: f"{value:.1f} °C",
    "": lambda value: f"{value:.2f}",
}


def quartiles(compared: pl.DataFrame) -> Compared:
    """Value and quartiles by feature, as the rules take them."""
    return {
        row["feature"]: (row["value"], row["low_quartile"], row["high_quartile"])
        for row in compared.iter_rows(named=True)
    }


def in_a_sentence(row: dict, compared: pl.DataFrame) -> str:
    """What kind of customer it is, how much it uses and when, and what sets it apart."""
    beside = quartiles(compared)
    kind = t(f"portrait_kind.{row['customer_class'] or 'unknown'}")
    text = t(f"portrait_level.{level(beside)}", kind=kind, energy=units.energy(row["annual_kwh"]))
    part = part_of_day(row)
    if part:
        text += t("portrait.mostly", part=t(f"portrait_part.{part}"))
    text += t("portrait.full_stop")
    found = traits(row, beside)
    if found:
        said = t("portrait.and").join(_trait(one) for one in found)
        text += t("portrait.apart", traits=said)
    return text


_BARE = ("low_power_factor", "regular", "irregular")
"""Traits whose figure is no share."""


def _trait(trait: Trait) -> str:
    value = abs(trait.value or 0.0)
    said = f"{value:.2f}" if trait.code in _BARE else units.share(value)
    return t(f"portrait_trait.{trait.code}", value=said)


def definitions(features: list[str]) -> str:
    """What each feature means, how it is worked out, and when it is not known."""
    return "\n".join(
        f"- **{t(f'portrait_feature.{name}')}**{t('portrait.colon')}"
        f"{t(f'portrait_definition.{name}')}"
        for name in features
    )
