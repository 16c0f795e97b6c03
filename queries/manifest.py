"""The manifest: which version of every table readers may see. Written last, read first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from deltalake import DeltaTable
from pyarrow import fs

from queries.schema import TABLES

FILE_NAME = "manifest.json"
_BEFORE_ALL = datetime.fromtimestamp(0, UTC)


class LakeError(OSError):
    """The lake is missing, half made or of a kind this version cannot read."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Delta version of every table, as one consistent state of the lake.

    Attributes:
        sequence: Grows by one with every publication.
        versions: Table name to Delta version.
        published_at: When ingest made this state visible [UTC].
    """

    sequence: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)
    published_at: datetime = _BEFORE_ALL

    def to_json(self) -> str:
        """The text stored in the lake."""
        return json.dumps(
            {
                "sequence": self.sequence,
                "published_at": self.published_at.isoformat(),
                "versions": dict(self.versions),
            },
            indent=1,
            sort_keys=True,
        )


def filesystem(uri: str) -> tuple[fs.FileSystem, str]:
    """File system and path behind a lake folder or object-store URL."""
    if "://" in uri:
        return fs.FileSystem.from_uri(uri)
    return fs.LocalFileSystem(), str(Path(uri).absolute())


def read_manifest(lake_uri: str) -> Manifest:
    """The current manifest; LakeError with what to do when there is none or it is damaged."""
    store, path = filesystem(lake_uri)
    try:
        with store.open_input_stream(f"{path}/{FILE_NAME}") as stream:
            text = stream.read()
    except FileNotFoundError as error:
        raise LakeError(
            f"no lake at '{lake_uri}': {FILE_NAME} is missing. Run `fenggu init` to make one, "
            "or set FENGGU_LAKE to where it is."
        ) from error
    try:
        raw = json.loads(text)
        return Manifest(
            int(raw["sequence"]),
            {name: int(version) for name, version in raw["versions"].items()},
            datetime.fromisoformat(raw["published_at"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"'{lake_uri}/{FILE_NAME}' is not a manifest ({error}). It is only ever written whole; "
            "restore it from a backup."
        ) from error


@lru_cache(maxsize=256)
def table_files(lake_uri: str, table: str, version: int) -> tuple[str, ...]:
    """The Parquet files of one version of one table, sorted.

    Raises:
        LakeError: the table needs a reader newer than version 1 (deletion vectors would make
            plain reads wrong).
    """
    return files_in(DeltaTable(f"{lake_uri}/{table}", version=version), lake_uri, table)


def files_in(delta: DeltaTable, lake_uri: str, table: str) -> tuple[str, ...]:
    """The Parquet files of an opened table, as ``table_files``."""
    if (needed := delta.protocol().min_reader_version) > 1:
        raise LakeError(
            f"table '{table}' needs Delta reader version {needed}; Fenggu reads version 1. "
            "Something else wrote to this lake with newer features."
        )
    # A local URI is percent-encoded, the folder on disk is not; what partitions are called is, on
    # disk as well.
    root = urlsplit(delta.table_uri).path
    is_local = "://" not in lake_uri
    local = Path(lake_uri).absolute() / table
    return tuple(
        sorted(
            str(local / uri.removeprefix(root)) if is_local else uri for uri in delta.file_uris()
        )
    )


def files_of(lake_uri: str, manifest: Manifest, table: str) -> tuple[str, ...]:
    """The Parquet files of ``table`` in the state that ``manifest`` names."""
    if table not in manifest.versions:
        known = ", ".join(sorted(set(TABLES) & set(manifest.versions)))
        raise LakeError(f"the lake has no table '{table}'; it has {known}. Run `fenggu init`.")
    return table_files(lake_uri, table, manifest.versions[table])
