"""Forecasts of the sample, so that their page shows something from the first view on."""

from collections.abc import Callable

from ingest.forecast_meters import forecast_meters
from ingest.forecasts import Wanted, forecast, has_forecasts
from ingest.simulated.grid.place_tables import ROOT_REGION_ID
from queries.settings import Settings

_HISTORY_DAYS = 430
"""A year and what a forecast looks back to from its first day; all of it takes twice as long."""
_KINDS = ("system", "region", "customer_class")


def forecast_sample(
    settings: Settings, *, tell: Callable[[str], None], progress: Callable[[int, int], None]
) -> None:
    """Forecast the simulated district, its regions, classes and meters, if nothing is stored.

    Without boosted trees, which would take three times as long.
    """
    if has_forecasts(settings):
        return
    wanted = Wanted(
        districts=(ROOT_REGION_ID,),
        kinds=_KINDS,
        fits_trees=False,
        history_days=_HISTORY_DAYS,
    )
    stored = forecast(settings, wanted, progress=progress)
    meters = forecast_meters(settings, only=(ROOT_REGION_ID,))
    tell(
        f"Forecasts of {stored.series} of its loads and of {meters.meters} meters are stored for a "
        "week ahead, and of the weeks before. `python -m ingest forecast` makes the next ones."
    )
