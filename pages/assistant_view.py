"""The assistant: the questions customers ask most at a touch, or in one's own words."""

import streamlit as st

from pages.assistant_answers import answer
from pages.self_service_place import Own
from pages.service_tickets import hand_over
from pages.text import t
from queries.customers.assistant_match import match
from queries.customers.assistant_phrases import INTENTS

_LINKS = {
    "which_tariff": ("billing-best-choice", "billing.best_choice"),
    "bill_higher": ("billing-bill", "billing.bill"),
    "saving": ("customers-advice", "customers.advice"),
}


def show_assistant(own: Own) -> None:
    """Buttons for the eight questions, a line for any other, and the answer."""
    st.caption(t("assistant.intro"))
    touched = None
    with st.container(horizontal=True):
        for intent in INTENTS:
            if st.button(t(f"assistant.ask_{intent}"), key=f"ask_{intent}"):
                touched = intent
    with st.form("assistant_form", clear_on_submit=False, border=False):
        text = st.text_input(
            t("assistant.own_words"),
            key="assistant_text",
            placeholder=t("assistant.placeholder"),
            max_chars=300,
        )
        is_sent = st.form_submit_button(t("assistant.ask"), icon=":material/chat:")
    if touched:
        _say(touched, t(f"assistant.ask_{touched}"), own)
    elif is_sent and text.strip():
        _understand(text, own)
    _hand_over_button(own)


def _understand(text: str, own: Own) -> None:
    found = match(text)
    if found.intent:
        st.session_state.pop("assistant_unknown", None)
        _say(found.intent, text, own)
        return
    st.session_state["assistant_unknown"] = text
    near = [t("assistant.quoted", question=t(f"assistant.ask_{one}")) for one in found.candidates]
    said = t("assistant.unknown")
    st.warning(
        f"{said} {t('assistant.perhaps', questions=t('word.comma').join(near))}" if near else said,
        icon=":material/help:",
    )


def _say(intent: str, question: str, own: Own) -> None:
    with st.chat_message("user"):
        st.text(question)
    with st.chat_message("assistant"), st.spinner(t("shell.asking")):
        st.markdown(answer(intent, own))
        if intent in _LINKS:
            path, key = _LINKS[intent]
            st.markdown(f"[{t('assistant.more', page=t(key))}]({own.link(path)})")


def _hand_over_button(own: Own) -> None:
    """What was not understood goes to a person, word for word."""
    text = st.session_state.get("assistant_unknown")
    if text and st.button(t("assistant.hand_over"), icon=":material/support_agent:"):
        hand_over(own.customer_id, own.points[0] if own.points else None, text)
        del st.session_state["assistant_unknown"]
