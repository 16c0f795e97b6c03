"""One row of the table portraits: a home of 10 kWh a day that does nothing unusual."""

from datetime import UTC, date, datetime

from queries.schema import PORTRAITS

_NOW = datetime(2026, 1, 5, tzinfo=UTC)


def portrait_row(point: str, month: str = "2025-12", **values: object) -> dict:
    """With ``values`` instead of the usual ones."""
    usual = {
        "usage_point_id": point,
        "month": month,
        "customer_id": f"C{point}",
        "customer_class": "residential",
        "first_day": date(2025, 1, 1),
        "last_day": date(2025, 12, 31),
        "known_days": 365,
        "annual_kwh": 3650.0,
        "daily_kwh": 10.0,
        "base_kw": 0.1,
        "peak_kw": 2.0,
        "coincidence_share": 0.5,
        "night_share": 0.2,
        "morning_share": 0.2,
        "midday_share": 0.24,
        "evening_share": 0.36,
        "weekend_share": 2 / 7,
        "summer_ratio": 1.2,
        "winter_ratio": 0.8,
        "received_at": _NOW,
    }
    return dict.fromkeys(PORTRAITS.names) | usual | values
