"""The TOML files of a folder and the state they are in: a changed file is read again."""

import os
from pathlib import Path

FileState = tuple[str, int, int]
"""(path, time of the last change [ns], bytes)."""


def toml_states(*folders: Path) -> tuple[FileState, ...]:
    """Every TOML file in ``folders``, not below them, by path; a folder may be missing."""
    found: list[FileState] = []
    for folder in dict.fromkeys(folders):
        if not folder.is_dir():
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".toml"):
                    state = entry.stat()
                    found.append((entry.path, state.st_mtime_ns, state.st_size))
    return tuple(sorted(found))
