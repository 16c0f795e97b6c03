"""What the energy of a scenario costs the utility, and what it emits, beside what it does now."""

import numpy as np

from queries.demand.what_if_supply import Supply
from queries.schema import SLOTS_PER_DAY

_SLOTS_PER_HOUR = 4
_FEN_PER_CNY = 100


def purchase_fen(net_kwh: np.ndarray, supply: Supply) -> int:
    """What the utility buys for customers who take ``net_kwh`` (days, 96) [fen].

    Price of each hour, times what they take over (1 − losses). Rounded once, to the fen: it rests
    on assumed prices.
    """
    hour = np.arange(SLOTS_PER_DAY) // _SLOTS_PER_HOUR
    begin, end = supply.dear_hours
    times = np.where((hour >= begin) & (hour < end), supply.dear_times, 1.0)
    bought_kwh = net_kwh.sum(axis=0) / (1 - supply.loss_share)
    return round(float(bought_kwh @ times) * supply.purchase_cny_per_kwh * _FEN_PER_CNY)


def carbon_kg(net_kwh: np.ndarray, supply: Supply) -> float:
    """Of the energy customers take, less what is fed in, at one factor for all hours [kg CO₂]."""
    return float(net_kwh.sum()) * supply.carbon_kg_per_kwh
