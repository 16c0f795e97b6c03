import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

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


@pytest.fixture
def zipped() -> Callable[[str, bytes], bytes]:
    """A zip archive of one file, by its name and content."""

    def archive(name: str, content: bytes) -> bytes:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr(name, content)
        return buffer.getvalue()

    return archive
