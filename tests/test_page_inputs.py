"""The benchmark of pages turns every page's inputs, by the words that stand there."""

import pytest

from pages.menu import PAGES
from tests.benchmarks.page_inputs import visits

VISITS = visits(days=["20251230"], customers=["C1"])


MEASURED = {"load", "customers", "demand", "market"}


def test_every_page_of_these_areas_is_measured():
    measured = {page.url_path for page in PAGES if page.area in MEASURED}
    # The laboratory of models works for minutes, when it is told to.
    assert {visit.address for visit in VISITS} == measured - {"load-model-lab"}


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.address)
def test_a_page_is_opened_by_somebody_who_finds_it_and_changed_at_least_once(visit):
    [page] = [page for page in PAGES if page.url_path == visit.address]
    assert visit.role in page.roles
    assert all(change.actions for change in visit.changes)
