"""A lake with a fortnight of winter and one of summer, whose hours were laid down."""

from datetime import date, timedelta

import polars as pl

WINTER, SUMMER = date(2025, 1, 6), date(2025, 7, 7)
DAYS = 14
WINTER_WH = [1000] * 7 + [3000] * 9 + [6000] * 4 + [3000] * 3 + [1000]
"""Valley from 23 to 7, flat, peak from 16 to 20."""
SUMMER_WH = [1000] * 8 + [3000] * 4 + [6000] * 5 + [3000] * 6 + [1000]
"""Valley from 23 to 8, flat, peak from 12 to 17."""
SUN_WH = [0] * 10 + [2500] * 5 + [0] * 9
"""Fed in by the roofs of ``sunny`` from 10 to 15, in winter."""


def two_seasons(settings, register, take, day_row):
    """``plain`` uses this, ``sunny`` the same and feeds in at midday."""
    register(
        settings,
        regions=[{"region_id": "plain"}, {"region_id": "sunny"}],
        usage_points=[
            {"usage_point_id": "P", "region_id": "plain", "customer_id": "c"},
            {"usage_point_id": "S", "region_id": "sunny", "customer_id": "d"},
        ],
    )
    rows = []
    for first, energy_wh in ((WINTER, WINTER_WH), (SUMMER, SUMMER_WH)):
        for number in range(DAYS):
            day = first + timedelta(days=number)
            rows += [day_row(energy_wh, point=point, day=day) for point in ("P", "S")]
    sunny = [WINTER + timedelta(days=number) for number in range(DAYS)]
    rows += [day_row(SUN_WH, point="S", day=day, channel="export") for day in sunny]
    # half a day, which would bend the mean
    rows.append(day_row(WINTER_WH[:12], point="P", day=WINTER + timedelta(days=DAYS)))
    take(settings, pl.concat(rows))
    return settings
