"""A street short of power from 17 to 20, with loads that quotas can be worked out from by hand."""

from datetime import date, timedelta

import polars as pl

FIRST, DAYS = date(2025, 7, 1), 10
PERIOD = {"first_day": FIRST, "last_day": FIRST + timedelta(days=DAYS - 1)}
REGULAR = {"shop": 50, "hospital": 200, "home": 30, "kiosk": 5}
"""Load from 17 to 20 [kW], every day."""
BASE = {"factory": 20, "shop": 10, "hospital": 100, "home": 1, "kiosk": 1}
"""Load at all other hours [kW]."""
FACTORY_KW = (100, 60)
"""From 17 to 20, on one day and the next: 40 kW move on every other day, 20 kW in the mean."""


def street(settings, register, take, day_row):
    """``factory`` and ``shop`` may be called; the others are spared or too small."""
    classes = {
        "factory": ("industrial", "3011", "north"),
        "shop": ("commercial", "5223", "north"),
        "hospital": ("public", "8411", "north"),
        "home": ("residential", None, "south"),
        "kiosk": ("commercial", "5223", "south"),
    }
    register(
        settings,
        regions=[{"region_id": "town"}]
        + [{"region_id": one, "parent_region_id": "town"} for one in ("north", "south")],
        customers=[
            {
                "customer_id": f"C-{name}",
                "name": f"峰川{name}",
                "phone": "13800000000",
                "industry_code": industry,
            }
            for name, (_, industry, _) in classes.items()
        ],
        usage_points=[
            {
                "usage_point_id": name,
                "customer_id": f"C-{name}",
                "region_id": region,
                "customer_class": kind,
            }
            for name, (kind, _, region) in classes.items()
        ],
    )
    rows = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        evening = {**REGULAR, "factory": FACTORY_KW[number % 2]}
        for name, base in BASE.items():
            hours = [base] * 17 + [evening[name]] * 3 + [base] * 4
            rows.append(day_row([kw * 1000 for kw in hours], point=name, day=day))
    take(settings, pl.concat(rows))
    return settings
