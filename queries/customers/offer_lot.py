"""Who is left out of an offer by lot, so that what it brought can be told."""

import numpy as np
import polars as pl

OFFERED, CONTROL = "offered", "control"
_BANDS = 3
LEAST_IN_STRATUM = 6


def strata(customers: pl.DataFrame) -> pl.Series:
    """Of every customer its class and third of annual energy, within which lots are drawn.

    Strata of fewer than six become one of their class, and what is left over one of all: in a
    stratum of one there is nobody to compare with.
    """
    rank = pl.col("annual_kwh").rank("ordinal").over("customer_class") - 1
    size = (rank * _BANDS) // pl.len().over("customer_class")
    named = customers.select(
        one=pl.concat_str("customer_class", size.cast(pl.String), separator=" "),
        other=pl.col("customer_class"),
    )
    few = pl.len().over("one") < LEAST_IN_STRATUM
    named = named.with_columns(one=pl.when(few).then("other").otherwise("one"))
    few = pl.len().over("one") < LEAST_IN_STRATUM
    return named.select(pl.when(few).then(pl.lit("rest")).otherwise("one")).to_series()


def draw_arms(stratum: pl.Series, control_share: float, seed: int) -> pl.Series:
    """OFFERED or CONTROL of every customer: in each stratum the share, rounded by lot too.

    Args:
        stratum: Of every customer, in an order that is always the same.
        control_share: Of those looked at, that are left out [0–1].
        seed: The same seed and the same customers give the same arms.
    """
    if not 0 < control_share < 1:
        raise ValueError(f"a control group of {control_share} is none; give more than 0, below 1.")
    random = np.random.default_rng(seed)
    names = stratum.to_numpy()
    is_control = np.zeros(len(names), bool)
    for name in np.unique(names.astype(str)):
        own = np.flatnonzero(names == name)
        wanted = len(own) * control_share
        count = int(np.floor(wanted + random.random()))
        is_control[random.permutation(own)[:count]] = True
    return pl.Series("arm", np.where(is_control, CONTROL, OFFERED))
