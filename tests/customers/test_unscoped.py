"""Who may count on the whole lake for somebody who sees a part of it."""

import re

from queries.settings import PROJECT

ALLOWED = {
    "queries/customers/no_power_evidence.py",  # how many neighbours are without voltage
    "queries/customers/neighbours.py",  # quartiles of groups of ten and more
    "queries/customers/advice_peers.py",  # a quantile of groups of ten and more
}


def test_only_counts_of_groups_are_taken_from_beyond_the_scope():
    users = {
        str(path.relative_to(PROJECT))
        for folder in ("queries", "pages", "ingest")
        for path in (PROJECT / folder).rglob("*.py")
        if re.search(r"\bunscoped\b", path.read_text("utf-8"))
    }
    assert users - {"queries/lake.py"} <= ALLOWED
