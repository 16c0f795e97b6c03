"""The file of rules: what it must say, and what is refused by name."""

import tomllib

import pytest

from ingest.validation.rules import FILE_NAME, RulesError, read_rules
from queries.settings import PROJECT, Settings

SHIPPED = PROJECT / "data" / FILE_NAME


@pytest.fixture
def folder(tmp_path):
    """A data folder of its own."""
    return tmp_path


def test_every_rule_is_named_in_both_languages_and_says_where_its_thresholds_come_from():
    for rule in read_rules(Settings()).rules.values():
        assert any("一" <= letter <= "鿿" for letter in rule.zh), rule.name
        assert rule.en
        assert len(rule.source) > 20, rule.name


def test_a_file_of_the_data_folder_changes_one_threshold_and_leaves_the_rest(folder):
    (folder / FILE_NAME).write_text("[rules.clock_drift]\nmeter_limit_seconds = 120\n")
    changed, shipped = read_rules(Settings(data=folder)), read_rules(Settings())
    assert changed["clock_drift"]["meter_limit_seconds"] == 120
    assert changed["clock_drift"]["terminal_limit_seconds"] == 30
    assert changed["spike"] == shipped["spike"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[rules.clock_drfit]\nmin_days = 1", "no key 'rules.clock_drfit'"),
        ("[rules.spike]\nexces_share = 2.0", "no key 'rules.spike.exces_share'"),
        ("[rules.spike]\nexcess_share = 'much'", "'rules.spike.excess_share' is 'much'; a number"),
        ("[rules.spike]\nexcess_share = -1.0", "'rules.spike.excess_share' is -1.0"),
        ("[rules.spike]\nexcess_share = inf", "'rules.spike.excess_share' is inf"),
        ("[rules.stopped]\nmin_days = 1.5", "'rules.stopped.min_days' is 1.5; a whole number"),
        ("[rules.stopped]\nzh = 3", "'rules.stopped.zh' is 3; a text"),
        ("[rules]\nspike = 3", "'rules.spike' is 3; a table [rules.spike]"),
        ("[rules.spike", "not a TOML file"),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_file_and_place(folder, text, complaint):
    (folder / FILE_NAME).write_text(text)
    with pytest.raises(RulesError) as error:
        read_rules(Settings(data=folder))
    assert complaint in str(error.value)
    assert FILE_NAME in str(error.value)


def test_every_threshold_of_the_file_is_used_by_some_rule():
    code = "".join(p.read_text("utf-8") for p in (PROJECT / "ingest" / "validation").glob("*.py"))
    code += (PROJECT / "ingest" / "vee.py").read_text("utf-8")
    tables = tomllib.loads(SHIPPED.read_text("utf-8"))
    keys = {key for rule in tables["rules"].values() for key in rule} | set(tables["estimation"])
    assert [key for key in sorted(keys) if f'"{key}"' not in code] == []
