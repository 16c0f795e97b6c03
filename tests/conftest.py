"""Fixtures that many tests share."""

from pathlib import Path

import pytest

from queries.settings import PROJECT

SHARED_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data kept outside the repository; its SOURCES.md says what is there."""
    if not SHARED_DATA.exists():
        pytest.skip("real data is not here: expected the folder ../shared/data")
    return SHARED_DATA
