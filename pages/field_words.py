"""What conditions may ask of customers, in words: names, units and values."""

from pages import units
from pages.inputs import in_words
from pages.portrait_words import value_in_words
from pages.text import catalogue, language, t
from queries.billing.choices import BASIC_CHARGES
from queries.customers.portrait_fields import FIELDS
from queries.customers.segment_axes import POPULATIONS

_NAMED = {
    "customer_class": "customer_class",
    "price_class": "price_class",
    "basic_charge": "basic_charge",
    "choice_basic_charge": "basic_charge",
    "choice_policy": "policy",
    "festival_status": "festival_status",
}
"""Fields whose values have names of their own, and where those stand."""
_UNITS = {"_share": "0–1", "_kwh": "kWh", "_kva": "kVA", "_cny": "CNY"}
"""Of what the bill alone knows, by the end of the name."""


def field_name(name: str) -> str:
    """What a field is called: as the portrait calls it, else as tables do."""
    key = f"portrait_feature.{name}"
    return t(key if key in catalogue(language()) else f"column.{name}")


def field_meaning(name: str) -> str | None:
    """How a field is worked out, as the portrait says it; None: it speaks for itself."""
    return catalogue(language()).get(f"portrait_definition.{name}")


def field_unit(name: str) -> str:
    """The unit a value is typed in; empty: none."""
    known = FIELDS.get(name)
    found = known.unit if known else next((u for e, u in _UNITS.items() if name.endswith(e)), "")
    return {"0–1": "%", "CNY": t("unit.cny"), "CNY/kWh": t("unit.cny") + "/kWh"}.get(found, found)


def words_of() -> dict[str, list[str]]:
    """The values of fields of words, by name."""
    listed = {name: list(one.words) for name, one in FIELDS.items() if one.words}
    classes = [name for names in POPULATIONS.values() if names for name in names]
    prefix = "price_class."
    prices = [key.removeprefix(prefix) for key in catalogue(language()) if key.startswith(prefix)]
    own = {"customer_class": classes, "price_class": prices, "basic_charge": list(BASIC_CHARGES)}
    return listed | own


def typed_per_unit(name: str) -> float:
    """How many of what is typed make one of the field: percents of shares."""
    return 100.0 if field_unit(name) == "%" else 1.0


def with_unit(name: str, called: str | None = None) -> str:
    """``夜间用电占比 (%)``."""
    unit, shown = field_unit(name), called or field_name(name)
    return f"{shown} ({unit})" if unit else shown


def word_of(name: str, value: str) -> str:
    """What a word among a field's values is called."""
    return in_words(_NAMED[name], value) if name in _NAMED else value


def value_of(name: str, value: object) -> str:
    """A rule's value with its unit: ``30%``, ``居民、商业``, ``是``."""
    if isinstance(value, bool):
        return t("offer.yes" if value else "offer.no")
    if isinstance(value, list | tuple):
        return t("offer.or").join(word_of(name, one) for one in value)
    number = float(value)  # type: ignore[arg-type]
    if name.endswith("_cny"):
        return units.money(number)
    if name.endswith("_cny_per_kwh"):
        return f"{units.bare_price(number)} {field_unit(name)}"
    return value_in_words(name, number)
