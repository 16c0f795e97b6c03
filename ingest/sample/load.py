"""Load the committed sample through the ordinary ingest path."""

from collections.abc import Callable

from ingest.files import Options, ingest_file
from ingest.sample.tables import PROFILES_FILE, REFERENCE_READ
from queries.manifest import files_of, read_manifest
from queries.settings import PROJECT, Settings

SAMPLE = PROJECT / "data" / "sample"


def load_sample(settings: Settings, *, tell: Callable[[str], None]) -> bool:
    """Load ``data/sample`` if the lake holds no day profile yet; return whether it did.

    ``tell`` is called with a line for every file.
    """
    manifest = read_manifest(settings.lake_uri)
    if files_of(settings.lake_uri, manifest, "energy_profiles"):
        return False
    for name in REFERENCE_READ:
        outcome = ingest_file(settings, SAMPLE / f"{name}.csv", Options(master=True))
        tell(f"  {outcome.source}: {outcome.reference_rows:,} rows")
    outcome = ingest_file(settings, SAMPLE / PROFILES_FILE)
    tell(f"  {outcome.source}: {outcome.new:,} readings")
    return True
