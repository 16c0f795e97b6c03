"""Who uses electricity like another class than the one in the register."""

import polars as pl
import streamlit as st

from pages import units
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.customers.class_by_use import LEAST_OF_CLASS, class_by_use

_LIKELY = 0.9


def show_classes(here: District) -> None:
    """A list to look into, the likeliest first."""
    found = ask(class_by_use, **here.inputs)
    if found.is_empty():
        st.info(t("segment.few_of_class", least=LEAST_OF_CLASS), icon=":material/inbox:")
        return
    unlike = found.filter(
        pl.col("likely_class") != pl.col("customer_class"), pl.col("likelihood") >= _LIKELY
    ).sort("likelihood", descending=True)
    with figures("classes"):
        figure(
            t("segment.unlike_register"),
            f"{unlike.height:,}",
            beside=t("segment.of", number=f"{found.height:,}"),
            help_text=t("segment.unlike_note", likely=units.share(_LIKELY)),
        )
        figure(t("segment.annual_energy"), units.energy(float(unlike["annual_kwh"].sum())))
    if unlike.is_empty():
        st.info(t("segment.all_alike"), icon=":material/task_alt:")
        return
    table = unlike.with_columns(
        pl.col(name).replace_strict(_words(unlike[name]), return_dtype=pl.String)
        for name in ("customer_class", "likely_class")
    ).rename({"likelihood": "likelihood_share", "annual_kwh": "energy_kwh"})
    table = table.drop("registered_likelihood")
    show_table(table)
    st.caption(t("segment.unlike_note", likely=units.share(_LIKELY)))
    with st.container(horizontal=True):
        offer_tables(
            file_name("customers/class_by_use", here.file_name), later(class_by_use, **here.inputs)
        )
        offer_reproduction(class_by_use, **here.inputs)


def _words(classes: pl.Series) -> dict[str, str]:
    return {name: in_words("customer_class", name) for name in classes.unique()}
