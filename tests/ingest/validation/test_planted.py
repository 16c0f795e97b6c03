"""What is planted in a simulated district is found, and little else."""

from datetime import date

import polars as pl
import pytest

from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from ingest.validation.rules import read_rules
from ingest.vee import find
from queries.settings import Settings
from tests.empty_lake import empty_lake
from tests.ingest.validation.truth_scores import offline_scores, read_truth, scores

PLAN = Plan(60, date(2024, 1, 1), date(2024, 2, 29), seed=202, faults=10.0)
"""A seed that no threshold was chosen on; the benchmark scores larger districts."""


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """SCORES of one small district in which much goes wrong."""
    settings = Settings(data=tmp_path_factory.mktemp("planted"), lake="", database="")
    empty_lake(settings)
    load_district(settings, PLAN, tell=lambda _: None, workers=1)
    found = find(settings, PLAN.first_day, PLAN.last_day, rules=read_rules(settings))
    return pl.concat(
        [scores(found, read_truth(settings.data), PLAN.last_day), offline_scores(found, PLAN)]
    )


def test_planted_faults_are_recalled(scored):
    total = scored.select(pl.col("planted", "recalled").sum()).row(0)
    assert total[0] > 100
    assert total[1] / total[0] >= 0.95
    for kind, planted, recalled in scored.select("kind", "planted", "recalled").rows():
        assert planted - recalled <= max(1, 0.05 * planted), kind


def test_findings_are_rarely_wrong(scored):
    for kind, findings, right in scored.select("kind", "findings", "right").rows():
        assert findings - right <= max(1, 0.1 * findings), kind


def test_every_kind_that_the_issue_names_is_planted_here(scored):
    planted = dict(scored.select("kind", "planted").rows())
    assert all(planted[kind] for kind in ("clock drift", "area offline", "meter offline"))
    assert sum(planted[k] for k in ("frozen", "stopped", "reversed", "phase lost")) >= 3
