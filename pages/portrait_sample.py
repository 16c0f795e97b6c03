"""Portraits of the sample, so that their page shows something from the first view on."""

from collections.abc import Callable

from ingest.portraits import has_portraits, make_portraits
from queries.settings import Settings


def portray_sample(
    settings: Settings, *, tell: Callable[[str], None], progress: Callable[[int, int], None]
) -> None:
    """Portray every customer of every district, if nobody is portrayed yet."""
    if has_portraits(settings):
        return
    made = make_portraits(settings, progress=progress)
    tell(
        f"Portraits of {made.usage_points:,} usage points are stored. "
        "`python -m ingest portraits` brings them up to date."
    )
