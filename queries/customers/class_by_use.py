"""Who uses electricity like another class of customers than the register says."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.customers.segment_axes import AXES, axes_of

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "likely_class": pl.String(),
        "likelihood": pl.Float64(),
        "registered_likelihood": pl.Float64(),
        "annual_kwh": pl.Float64(),
    }
)
READS = PORTRAITS_READ

LEAST_OF_CLASS = 20
"""Customers of a class below which nobody is told to be like it."""

_PARTS = 5
_SIZE = "annual_kwh"
_USED = (*(axis for axis in AXES if axis != "summer_winter_ratio"), _SIZE)
_KNOWN_SHARE = 0.9


def class_by_use(
    lake: DuckDBPyConnection, *, month: str | None = None, region_id: str | None = None
) -> pl.DataFrame:
    """The class each usage point uses electricity like, and how sure that is.

    A multinomial logistic regression of the registered class on the logarithms of the axes of
    ``segment_axes`` and of the year's energy. Each customer is judged by a model that has not seen
    it (five-fold), so a wrong register is not taken for granted; classes count by how many there
    are.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: ``YYYY-MM`` of the portraits; None: the newest of each.
        region_id: Only customers of this region.

    Returns:
        ``likelihood`` [0–1] of ``likely_class`` and of the registered one. Nobody where fewer than
        two classes have LEAST_OF_CLASS customers with a year's portrait; customers of smaller
        classes, and those of whom a ratio is not known, are left out.
    """
    axes = axes_of(portraits(lake, month=month, region_id=region_id))
    used = [n for n in _USED if axes[n].is_not_null().sum() >= _KNOWN_SHARE * axes.height]
    known = axes.drop_nulls(["customer_class", *used]).filter(pl.col(_SIZE) > 0)
    many = known.group_by("customer_class").len().filter(pl.col("len") >= LEAST_OF_CLASS)
    judged = known.filter(pl.col("customer_class").is_in(many["customer_class"].implode()))
    if many.height < 2:
        return RETURNS.to_frame()
    classes = np.array(sorted(many["customer_class"]))
    told = _likelihoods(judged, used)
    registered = np.searchsorted(classes, judged["customer_class"].to_numpy())
    return judged.with_columns(
        pl.Series("likely_class", classes[told.argmax(axis=1)], pl.String),
        pl.Series("likelihood", told.max(axis=1)),
        pl.Series("registered_likelihood", told[np.arange(len(told)), registered]),
    ).select(RETURNS.names())


def _likelihoods(judged: pl.DataFrame, used: list[str]) -> np.ndarray:
    """Of every class in alphabetical order, (customers, classes)."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    parts = StratifiedKFold(_PARTS, shuffle=True, random_state=0)
    features = np.log(judged.select(used).to_numpy())
    classes = judged["customer_class"].to_numpy()
    return np.asarray(cross_val_predict(model, features, classes, cv=parts, method="predict_proba"))
