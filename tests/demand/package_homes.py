"""Three homes that may choose prices by the hours: two win by it as they live, one loses."""

import json
from datetime import date

from ingest.records.engine import upgrade
from tests.billing.small_lakes import HOME, agreement, point, profiles, street

DAYS = date(2025, 1, 1), date(2025, 6, 30)
PERIOD = {"first_day": DAYS[0], "last_day": DAYS[1]}
BY_HOURS = json.dumps({"choice": {"policy": "time_of_use"}})
USE_KWH = {"night": {2: 3.0}, "evening": {19: 3.0}, "away": {2: 2.0}}
"""By hour, every day; ``away`` lies in another region."""


def homes(settings, register, take, day_row):
    """Zhejiang's homes: about 0.54 CNY/kWh flat; by the hours 0.57 by day and 0.29 by night."""
    rows = {
        name: (
            point(
                name,
                customer_class="residential",
                region_id="village" if name == "away" else "town",
            ),
            agreement(name, HOME, tariff_code="zhejiang_residential"),
            profiles(day_row, name, DAYS, hours),
        )
        for name, hours in USE_KWH.items()
    }
    made = street(settings, register, take, rows)
    upgrade(made)
    return made
