"""The assistant understands what customers ask most, and says when it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.customers.assistant_match import match
from queries.customers.assistant_phrases import INTENTS, PHRASES

# None of these stands among the phrases it is compared with.
ASKED = {
    "bill_higher": (
        "为啥7月的电费比6月贵这么多？",
        "这期账单怎么多了一百多块",
        "Why's my bill so much more than last month's?",
        "My electricity charge has increased a lot, why?",
    ),
    "this_month": (
        "这个月到今天用了几度电，多少钱",
        "本月大概要交多少电费",
        "How much will I have to pay for this month?",
        "what is my usage so far this month",
    ),
    "when_most": ("我家几点钟用电最多呀", "At what time do I use most power?"),
    "which_tariff": ("我家用峰谷电价划算吗", "Which plan is cheapest for me?"),
    "no_power": (
        "家里突然没电了怎么回事",
        "The power is out at my place, what happened?",
        "I have no electricity",
        "there's no electricity at home",
        "we lost power an hour ago",
        "We have been without electricity since noon",
    ),
    "payments": ("我上周交的钱到账没有", "Do I owe anything?", "我现在欠费吗"),
    "neighbours": ("跟邻居比我家用电算多吗", "Am I using more than my neighbors?"),
    "saving": ("有没有省电的办法", "How could I reduce my consumption?"),
}
NOT_OURS = (
    "今天天气怎么样",
    "给我讲个笑话",
    "你好",
    "我要投诉你们的工作人员态度不好",
    "Who won the match yesterday?",
    "I want to move house, how do I change the name on the contract?",
    "",
    "？？？",
    "DROP TABLE customers",
    "Can you paint my meter green?",
    "我想把电表移到院子里",
)


@pytest.mark.parametrize(
    ("intent", "text"), [(intent, text) for intent, texts in ASKED.items() for text in texts]
)
def test_other_words_for_the_eight_questions_are_understood(intent, text):
    assert match(text).intent == intent


@pytest.mark.parametrize("text", NOT_OURS)
def test_what_is_none_of_them_is_not_guessed(text):
    assert match(text).intent is None


def test_every_known_way_to_ask_is_understood_as_itself():
    assert set(PHRASES) == set(INTENTS)
    for intent, phrases in PHRASES.items():
        for phrase in phrases:
            assert match(phrase).intent == intent, phrase


@given(st.text(max_size=400))
def test_any_text_gets_an_answer_or_a_clear_no(text):
    found = match(text)
    assert found.intent is None or found.intent in INTENTS
    assert 0 <= found.likeness <= 1
    assert len(found.candidates) <= 3
