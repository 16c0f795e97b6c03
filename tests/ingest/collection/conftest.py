import shutil
from datetime import UTC, datetime

import pytest

from tests.ingest.collection.certificates import Certificates, make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    """Of an authority, servers and a client."""
    if shutil.which("openssl") is None:
        pytest.skip("no certificates: expected the program openssl (Debian's package openssl)")
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def moment() -> datetime:
    """8:00 on 5 January 2026 in Shanghai."""
    return datetime(2026, 1, 5, tzinfo=UTC)
