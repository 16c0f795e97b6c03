"""Advice for everybody in the sample, so that its list shows something from the first view on."""

from collections.abc import Callable

from ingest.advices import has_advices, make_advices
from queries.settings import Settings


def advise_sample(
    settings: Settings, *, tell: Callable[[str], None], progress: Callable[[int, int], None]
) -> None:
    """Work out the advice of every customer of every district, if there is none yet."""
    if has_advices(settings):
        return
    made = make_advices(settings, progress=progress)
    tell(
        f"Saving advice for {made.usage_points:,} usage points is stored. "
        "`python -m ingest advice` brings it up to date."
    )
