"""The one editor of conditions: for segments drawn by hand and for who may get an offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import streamlit as st

from pages.field_words import field_meaning, field_unit, typed_per_unit, with_unit, word_of
from pages.inputs import in_words
from pages.text import t

MOST = 8
_CLASS = "customer_class"
_TESTS = {
    "number": ("at_least", "at_most"),
    "words": ("one_of", "none_of"),
    "yes_no": ("is",),
}


@dataclass(frozen=True, slots=True)
class Fields:
    """What may be asked.

    Attributes:
        key: Of the editor's place on the page: its widgets begin with it.
        schema: Types by name; in the order in which they are offered.
        words: Of fields of words, the values there are.
        begins_with: How many conditions stand there at first.
        called: Fields that are called otherwise here than everywhere.
    """

    key: str
    schema: pl.Schema
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    begins_with: int = 1
    called: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """What a field is called, with its unit."""
        return with_unit(name, self.called.get(name))

    @property
    def names(self) -> list[str]:
        """Fields that a condition can be made of: words only where they are listed."""
        return [
            name
            for name, dtype in self.schema.items()
            if name != _CLASS and (dtype != pl.String or name in self.words)
        ]

    def kind(self, name: str) -> str:
        """``number``, ``words`` or ``yes_no``."""
        dtype = self.schema[name]
        return "words" if dtype == pl.String else "yes_no" if dtype == pl.Boolean else "number"

    def count(self) -> int:
        """How many conditions stand there now."""
        return int(st.session_state.setdefault(f"{self.key}_conditions", self.begins_with))


def take_conditions(fields: Fields, rules: Sequence[Mapping[str, Any]]) -> None:
    """Set the editor to rules, before its widgets are drawn."""
    state, key = st.session_state, fields.key
    rest = list(rules)
    first = next((r for r in rest if r["column"] == _CLASS and r["test"] == "one_of"), None)
    state[f"{key}_classes"] = list(first["value"]) if first else []
    rest = [rule for rule in rest if rule is not first and rule["column"] in fields.names][:MOST]
    state[f"{key}_conditions"] = len(rest)
    for number, rule in enumerate(rest):
        name, value = rule["column"], rule["value"]
        state[f"{key}_column_{number}"] = name
        state[f"{key}_test_{number}"] = rule["test"]
        kind = fields.kind(name)
        if kind == "number":
            state[f"{key}_value_{number}"] = float(value) * typed_per_unit(name)
        else:
            state[f"{key}_choice_{number}"] = list(value) if kind == "words" else value


def edit_conditions(fields: Fields) -> list[dict[str, Any]]:
    """The conditions as they stand on the page, as ``offer_rules.read_rules`` takes them."""
    rules: list[dict[str, Any]] = []
    chosen = st.multiselect(
        t("condition.classes"),
        fields.words[_CLASS],
        format_func=lambda name: in_words(_CLASS, name),
        key=f"{fields.key}_classes",
        placeholder=t("condition.all_classes"),
    )
    if chosen:
        rules.append({"column": _CLASS, "test": "one_of", "value": list(chosen)})
    rules += [_condition(fields, number) for number in range(fields.count())]
    if fields.count() < MOST:
        st.button(
            t("condition.add"),
            icon=":material/add:",
            key=f"{fields.key}_add",
            on_click=_set_count,
            args=(fields, fields.count() + 1),
        )
    return rules


def _condition(fields: Fields, number: int) -> dict[str, Any]:
    key = fields.key
    column, test, value, remove = st.columns([4, 2, 2.6, 0.5], vertical_alignment="bottom")
    names = fields.names
    with column:
        name = st.selectbox(
            t("condition.column", number=number + 1),
            names,
            index=min(number, len(names) - 1),
            format_func=fields.label,
            key=f"{key}_column_{number}",
        )
    kind = fields.kind(name)
    test_key = f"{key}_test_{number}"
    if st.session_state.get(test_key) not in (None, *_TESTS[kind]):
        # Another field was chosen: what it was compared by does not fit it.
        st.session_state[test_key] = _TESTS[kind][0]
    with test:
        how = st.selectbox(
            t("condition.test"),
            _TESTS[kind],
            format_func=lambda one: t(f"condition.{one}"),
            key=test_key,
        )
    with value:
        given = _value(fields, name, kind, number)
    with remove:
        st.button(
            "",
            icon=":material/close:",
            help=t("condition.remove"),
            key=f"{key}_remove_{number}",
            on_click=_remove,
            args=(fields, number),
            type="tertiary",
        )
    return {"column": name, "test": how, "value": given}


def _value(fields: Fields, name: str, kind: str, number: int) -> float | bool | list[str]:
    key = f"{fields.key}_choice_{number}"
    if kind == "number":
        per = typed_per_unit(name)
        typed = st.number_input(
            t("condition.value", unit=field_unit(name)),
            value=30.0 if per > 1 else 1.0,
            key=f"{fields.key}_value_{number}",
            help=None if name in fields.called else field_meaning(name),
        )
        return typed / per
    if kind == "yes_no":
        if not isinstance(st.session_state.get(key, True), bool):
            del st.session_state[key]
        return st.selectbox(
            t("condition.words"),
            [True, False],
            format_func=lambda one: t("offer.yes" if one else "offer.no"),
            key=key,
        )
    options = list(fields.words[name])
    held = st.session_state.get(key)
    if held is not None and (not isinstance(held, list) or set(held) - set(options)):
        del st.session_state[key]
    return st.multiselect(
        t("condition.words"),
        options,
        default=None if key in st.session_state else options[:1],
        format_func=lambda one: word_of(name, one),
        key=key,
    )


def _set_count(fields: Fields, count: int) -> None:
    st.session_state[f"{fields.key}_conditions"] = count


def _remove(fields: Fields, number: int) -> None:
    """Take one away: those below it move up."""
    state, count = st.session_state, fields.count()
    for part in ("column", "test", "value", "choice"):
        names = [f"{fields.key}_{part}_{place}" for place in range(number, count)]
        held = [state.get(name) for name in names]
        for name, below in zip(names, [*held[1:], None], strict=True):
            if below is None:
                state.pop(name, None)
            else:
                state[name] = below
    _set_count(fields, count - 1)
