"""An operational database of one's own for every test."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.records.engine import upgrade
from queries.settings import Settings


@pytest.fixture
def records(tmp_path: Path) -> Engine:
    return upgrade(Settings(data=tmp_path, database=""))
