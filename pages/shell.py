"""Runs before every page: who is asking, in which language, and what the menu offers."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ingest.records.accounts import set_language
from pages.districts import pick_district
from pages.menu import PAGES, Page, pages_for
from pages.session import actor, be_ready_to_leave, leave, records, settings, who
from pages.text import LANGUAGES, best_language, language, speak, t
from queries.records import Account
from queries.scope import ROLES

BRAND = Path(__file__).parent / "brand"


def main() -> None:
    """Open the page that the address names."""
    # A local image: with a font symbol alone, the browser would fetch the icon from outside.
    st.set_page_config(page_title="峰谷 Fenggu", page_icon=str(BRAND / "mark.svg"), layout="wide")
    account = who()
    _forget_another_user(account)
    # Not every browser says on a websocket which language it was set to.
    browser = best_language(st.context.locale, st.context.headers.get("Accept-Language"))
    speak(account.language or browser)
    page = st.navigation(_menu(account.role), expanded=True)
    logo = "logo-dark.svg" if st.context.theme.type == "dark" else "logo-light.svg"
    st.logo(str(BRAND / logo), size="large", icon_image=str(BRAND / "mark.svg"))
    with st.sidebar:
        here = pick_district()
        _account_box(account)
        be_ready_to_leave()
    shown = next(one for one in PAGES if one.url_path == page.url_path)
    if here is not None and here.is_simulated and shown.shows_readings:
        st.caption(t("shell.simulated"))
    page.run()


def _forget_another_user(account: Account) -> None:
    """Keep nothing of whoever used this browser tab before."""
    if st.session_state.setdefault("fenggu_user", account.user_name) != account.user_name:
        st.session_state.clear()
        st.session_state["fenggu_user"] = account.user_name


def _remember_language() -> None:
    account = who()
    set_language(records(), actor(), account.user_name, st.session_state["language_switch"])


def _account_box(account: Account) -> None:
    # The account decides, not this tab: the language may have been switched in another one.
    st.session_state["language_switch"] = language()
    st.segmented_control(
        t("shell.language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language_switch",
        on_change=_remember_language,
        label_visibility="collapsed",
        required=True,
    )
    if settings().demo:
        role = st.selectbox(
            t("shell.demo_role"),
            list(ROLES),
            index=list(ROLES).index(account.role),
            format_func=lambda role: t(f"role.{role}"),
            help=t("shell.demo_note"),
        )
        if role != account.role:
            leave("/demo-role", role=role, next="/")
    else:
        st.caption(t("shell.signed_in_as", role=t(f"role.{account.role}"), user=account.user_name))
        if st.button(t("shell.sign_out"), icon=":material/logout:", type="tertiary"):
            leave("/sign-out", next="/")


def _menu(role: str) -> dict[str, list[StreamlitPage]]:
    return {
        # The first page stands above the areas, without a heading.
        "" if area == "home" else t(f"area.{area}"): [_entry(page) for page in pages]
        for area, pages in pages_for(role).items()
    }


def _entry(page: Page) -> StreamlitPage:
    return st.Page(
        page.file,
        title=t(page.key),
        icon=f":material/{page.icon}:",
        url_path=page.url_path,
        default=page == PAGES[0],
    )


main()
