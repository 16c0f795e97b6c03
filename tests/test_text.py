"""Every word exists in both languages."""

from string import Formatter

import pytest

from pages.menu import AREAS, PAGES
from pages.text import LANGUAGES, TextError, best_language, catalogue, speak, t, t_in
from queries.scope import ROLES


def test_chinese_and_english_say_the_same_things_with_the_same_values():
    chinese, english = catalogue("zh"), catalogue("en")
    assert sorted(chinese) == sorted(english)
    for key in chinese:
        assert _values(chinese[key]) == _values(english[key]), key


def _values(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_area_and_role_has_a_name(language: str):
    for role in ROLES:
        assert t_in(language, f"role.{role}")
        for page in PAGES:
            assert t_in(language, page.key)
            assert t_in(language, page.question_key(role))
    for area in AREAS[1:]:
        assert t_in(language, f"area.{area}")


def test_a_missing_text_is_an_error_that_names_it():
    with pytest.raises(TextError, match=r"no\.such\.text"):
        t("no.such.text")


def test_a_missing_value_is_an_error_that_names_it():
    with pytest.raises(TextError, match="seconds"):
        t("door.wait")


def test_an_unknown_language_is_refused():
    with pytest.raises(TextError, match="fr"):
        speak("fr")


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ((None, "en-GB,en;q=0.9"), "en"),
        (("fr, zh-TW;q=0.8, en;q=0.7",), "zh"),
        (("en", "zh"), "en"),
        ((None, "", "fr"), "zh"),
    ],
)
def test_the_first_wish_that_can_be_met_counts(wishes: tuple, expected: str):
    assert best_language(*wishes) == expected
