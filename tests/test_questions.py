"""Questions by name, their inputs, and the key under which an answer is remembered."""

from datetime import UTC, date, datetime

import pytest

from queries.lake import lake_version
from queries.questions import answer, find_question, fingerprint, questions, read_inputs
from queries.run import QuestionError
from queries.schema import TABLES
from queries.scope import EVERYTHING, Scope

DAY = date(2024, 6, 3)
INPUTS = {"first_day": DAY, "last_day": DAY}
CURVE = find_question("load/curve")
NORTH = Scope("a", "planner", regions=frozenset({"north"}))


def _key(settings, scope=EVERYTHING, inputs=INPUTS, **more):
    return fingerprint(CURVE, inputs, scope, settings, lake_version(settings), **more)


def test_every_question_reads_tables_that_there_are():
    beside = {"records", "tariffs", "calendars"}
    for question in questions().values():
        assert set(question.reads) <= set(TABLES) | beside, question.name
        assert question.summary.endswith("."), question.name


def test_the_key_changes_with_whatever_could_change_the_answer(empty_settings, take, day_row):
    keys = [
        _key(empty_settings),
        _key(empty_settings, inputs=INPUTS | {"step": "1d"}),
        _key(empty_settings, scope=NORTH),
        _key(empty_settings, scope=Scope("a", "planner", regions=frozenset({"south"}))),
        _key(empty_settings, scope=Scope("a", "planner", regions=frozenset())),
        _key(empty_settings, scope=Scope("a", "customer", customer_ids=frozenset({"north"}))),
        _key(empty_settings, scope=Scope("a", "planner", NORTH.regions, sees_identity=True)),
        _key(empty_settings, known_at=datetime(2024, 7, 1, tzinfo=UTC)),
    ]
    take(empty_settings, day_row({0: 5}))
    keys.append(_key(empty_settings))
    assert len(set(keys)) == len(keys)


def test_the_key_stays_while_nothing_relevant_changes(empty_settings, take, day_row):
    take(empty_settings, day_row({0: 5}))
    before = _key(empty_settings)
    take(empty_settings, day_row({0: 5}))
    assert _key(empty_settings) == before
    assert _key(empty_settings, inputs=dict(reversed(INPUTS.items()))) == before
    assert _key(empty_settings, records_version=7) == before, "the load curve reads no records"
    same_rights = Scope("someone else", "administrator", sees_identity=True)
    assert _key(empty_settings, scope=same_rights) == before


def test_master_data_that_moves_a_scope_changes_its_key(empty_settings, register):
    before = _key(empty_settings, scope=NORTH)
    register(empty_settings, regions=[{"region_id": "inner", "parent_region_id": "north"}])
    assert _key(empty_settings, scope=NORTH) != before


def test_inputs_from_text_get_their_types():
    given = {"first_day": "2024-06-03", "last_day": "2024-06-04", "step": "1d", "most_points": "9"}
    assert read_inputs(CURVE, given) == {
        "first_day": DAY,
        "last_day": date(2024, 6, 4),
        "step": "1d",
        "most_points": 9,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"first_day": "2024-06-03"}, "'last_day' is missing"),
        ({"first_day": "x", "last_day": "2024-06-03"}, "first_day = 'x'"),
        ({"first_day": "2024-06-03", "last_day": "2024-06-03", "step": "2h"}, "step = '2h'"),
        (
            {"first_day": "2024-06-03", "last_day": "2024-06-03", "day": "1"},
            "'day' is not an input",
        ),
    ],
)
def test_wrong_inputs_are_named(given, message):
    with pytest.raises(QuestionError, match=message):
        read_inputs(CURVE, given)


def test_an_unknown_question_lists_those_there_are():
    with pytest.raises(QuestionError, match="load/curve"):
        find_question("load/nothing")


def test_a_question_is_answered_as_of_an_instant(empty_settings, take, day_row):
    first = datetime(2024, 7, 1, tzinfo=UTC)
    take(empty_settings, day_row({0: 1000}), at=first)
    take(empty_settings, day_row({1: 500}), at=datetime(2024, 7, 2, tzinfo=UTC))
    inputs = INPUTS | {"step": "1d"}
    now = answer(CURVE, empty_settings, EVERYTHING, **inputs)
    then = answer(CURVE, empty_settings, EVERYTHING, known_at=first, **inputs)
    assert (now["energy_kwh"][0], then["energy_kwh"][0]) == (1.5, 1.0)
