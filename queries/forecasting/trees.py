"""Gradient-boosted regression trees (LightGBM) over all slots together."""

from dataclasses import dataclass

import lightgbm
import numpy as np

ROUNDS = 250
PARAMETERS = {
    "learning_rate": 0.07,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 3.0,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    # More threads than idle cores make it wait for itself; two forecasts run side by side instead.
    "num_threads": 1,
    "verbosity": -1,
}
"""One set for every series; chosen on years before those that are reported."""
OBJECTIVES = {"usual": "l2", "yesterday": "l1"}
"""By base: errors from one day to the next have the longer tails."""
_LEAST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Trees:
    """A fitted model of what to add to a base forecast; None where there was too little to fit."""

    booster: lightgbm.Booster | None

    def predict(self, features: np.ndarray) -> np.ndarray:
        """What to add to the base, (days, slots); NaN where nothing was fitted."""
        days, slots, columns = features.shape
        if self.booster is None:
            return np.full((days, slots), np.nan)
        flat = self.booster.predict(features.reshape(-1, columns))
        return np.asarray(flat).reshape(days, slots)


def grown(features: np.ndarray, target: np.ndarray, base: str) -> Trees:
    """Trees fitted to ``target`` (days, slots), NaN left out, by ``features`` (days, slots, k).

    ``base`` names the forecast they correct, one of OBJECTIVES.
    """
    flat, aim = features.reshape(-1, features.shape[-1]), target.ravel()
    known = np.isfinite(aim)
    if known.sum() < _LEAST_ROWS:
        return Trees(None)
    data = lightgbm.Dataset(flat[known], aim[known])
    return Trees(lightgbm.train(PARAMETERS | {"objective": OBJECTIVES[base]}, data, ROUNDS))
