"""Portraits of the sample, so that their page shows something from the first view on."""

from collections.abc import Callable

from ingest.portrait_money import has_money, make_money
from ingest.portraits import has_portraits, make_portraits
from queries.settings import Settings


def portray_sample(
    settings: Settings, *, tell: Callable[[str], None], progress: Callable[[int, int], None]
) -> None:
    """Portray every customer of every district, with what each pays, if nobody is yet."""
    if not has_portraits(settings):
        made = make_portraits(settings, progress=progress)
        tell(
            f"Portraits of {made.usage_points:,} usage points are stored. "
            "`python -m ingest portraits` brings them up to date."
        )
    if not has_money(settings):
        money = make_money(settings, progress=progress)
        tell(f"Bills, best choices and expected revenue of {money.accounts:,} accounts are stored.")
