"""Exports of contract applications (业扩报装): words, days, revisions, what is refused where."""

from contextlib import closing
from datetime import date

import pytest

from ingest.files import Options, ingest_file
from queries.lake import open_lake
from queries.scope import EVERYTHING

APPLIED = """申请编号,业务类型,户号,计量点编号,台区编号,行业,容量,受理日期,答复日期,送电日期,状态
Y1,高压新装,0001,P1,,3311,630kVA,2025-03-01,2025-03-20,2025-05-02,已送电
Y2,增容,0002,P2,T7,5211,20,2025/03/05,2025-03-09,,
Y3,暂停,0003,P3,T7,3311,"1,250",20250310,,,
Y4,更名过户,0004,P4,T7,,,2025-03-11,,2025-03-12,归档
Y5,新装,,,T8,7810,10,2025-03-12,,,撤销
"""


@pytest.fixture
def settings(new_lake):
    return new_lake()


def held(settings):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.table("contract_applications").order("application_id").pl()


def given(settings, tmp_path, text, name="applications.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="gb18030")
    return ingest_file(settings, path, Options(master=True))


def test_applications_arrive_in_the_words_of_the_marketing_system(settings, tmp_path):
    outcome = given(settings, tmp_path, APPLIED)
    assert outcome.format == "contract_applications"
    assert outcome.rejects.is_empty()
    found = held(settings)
    assert found["kind"].to_list() == ["new", "increase", "suspension", "transfer", "new"]
    assert found["capacity_kva"].to_list() == [630.0, 20.0, 1250.0, None, 10.0]
    # where the file says nothing, the days do
    assert found["status"].to_list() == ["done", "approved", "applied", "done", "withdrawn"]
    assert found["applied_on"][2] == date(2025, 3, 10)
    assert found["energised_on"].to_list() == [
        date(2025, 5, 2),
        None,
        None,
        date(2025, 3, 12),
        None,
    ]


def test_the_same_file_again_changes_nothing_and_a_later_one_replaces_its_rows(settings, tmp_path):
    assert given(settings, tmp_path, APPLIED).reference_rows == 5
    assert given(settings, tmp_path, APPLIED, "again.csv").reference_rows == 0
    later = APPLIED.replace("2025-03-09,,", "2025-03-09,2025-04-01,已送电")
    assert given(settings, tmp_path, later, "later.csv").reference_rows == 1
    found = held(settings)
    assert found.height == 5
    assert found.row(1, named=True)["status"] == "done"
    assert found.row(1, named=True)["energised_on"] == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("change", "line", "field"),
    [
        (("高压新装", "改造"), 2, "业务类型"),
        (("630kVA", "六百"), 2, "容量"),
        (("630kVA", "-630"), 2, "容量"),
        (("630kVA", ""), 2, "容量"),
        (("2025-03-20", "2025-02-20"), 2, "答复日期"),
        (("2025-05-02", "2025-03-10"), 2, "送电日期"),
        (("2025-05-02", ""), 2, "送电日期"),
        (("2025/03/05", "2025/13/05"), 3, "受理日期"),
        (("Y3", ""), 4, "申请编号"),
        (("撤销", "睡着"), 6, "状态"),
    ],
)
def test_what_cannot_be_read_or_contradicts_itself_is_refused_with_line_and_column(
    settings, tmp_path, change, line, field
):
    good, bad = change
    outcome = given(settings, tmp_path, APPLIED.replace(good, bad, 1))
    assert outcome.rejects.select("line", "field").rows() == [(line, field)]
    assert held(settings).height == 4


def test_what_was_withdrawn_was_never_energised(settings, tmp_path):
    text = APPLIED.replace("2025-03-12,,,撤销", "2025-03-12,,2025-03-20,撤销")
    outcome = given(settings, tmp_path, text)
    assert outcome.rejects.select("line", "field").rows() == [(6, "状态")]
    assert "does not go with a day of energising" in outcome.rejects["reason"][0]
