"""What runs on mild nights: neither heating nor cooling nor people hide what is left on."""

import numpy as np
import polars as pl

from queries.kind_days import KindDays

NIGHT_HOURS = slice(0, 6)
MILD = ("spring", "autumn")
LEAST_MILD_DAYS = 60


def mild_nights(days: KindDays) -> pl.DataFrame:
    """Mean load, and lowest mean hour of mild nights, of every point with enough of them.

    Args:
        days: Mean days by season and kind.

    Returns:
        ``usage_point_id``, ``mean_kw`` over all days, ``night_kw``: the lowest of NIGHT_HOURS on
        the mean day of the MILD seasons. Points with fewer than LEAST_MILD_DAYS of these are left
        out.
    """
    ids = days.rows["usage_point_id"].unique(maintain_order=True)
    own = days.rows["usage_point_id"].rle_id().to_numpy()
    weight = days.rows["days"].to_numpy()
    mild = weight * days.rows["season"].is_in(MILD).to_numpy()
    mild_days = np.bincount(own, mild, len(ids))
    nights = days.load_kw[:, NIGHT_HOURS] * mild[:, None]
    hours = np.stack([np.bincount(own, hour, len(ids)) for hour in nights.T])
    energy = np.bincount(own, days.load_kw.mean(axis=1) * weight, len(ids))
    frame = pl.DataFrame(
        {
            "usage_point_id": ids,
            "mean_kw": energy / np.maximum(np.bincount(own, weight, len(ids)), 1),
            "night_kw": hours.min(axis=0) / np.maximum(mild_days, 1),
        }
    )
    return frame.filter(pl.Series(mild_days >= LEAST_MILD_DAYS))
