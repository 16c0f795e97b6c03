"""Standard time and wall time of the service territory."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def standard_offset(zone: ZoneInfo, year: int) -> timedelta:
    """The zone's offset from UTC in ``year``, without daylight saving.

    >>> standard_offset(ZoneInfo("Australia/Sydney"), 2013)
    datetime.timedelta(seconds=36000)
    """
    new_year = datetime(year, 1, 1, tzinfo=zone)
    return (new_year.utcoffset() or timedelta()) - (new_year.dst() or timedelta())
