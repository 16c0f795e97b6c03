"""Prices by period as a shape and a level: the shape is searched, the level follows from revenue.

A shape is up to four ratios, each between its bounds: peak to valley, valley to flat, sharp to
peak, deep valley to valley. The level is the one at which the class pays after its answer what it
pays now: bills are linear in prices, so that for a shape it is a quotient.
"""

from dataclasses import dataclass

import numpy as np

from queries.demand.optimal_frame import Frame
from queries.demand.optimal_response import Response
from queries.demand.optimal_terms import OptimalError, Problem

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Shapes:
    """The ratios that are searched.

    Attributes:
        names: ``peak``, ``flat`` (valley to flat), ``sharp``, ``deep``, those that the hours have.
        least, most: Bounds of each.
        periods: Of the frame, from cheap to dear.
        step: Flat to valley and peak to flat price, at least.
    """

    names: tuple[str, ...]
    least: np.ndarray
    most: np.ndarray
    periods: tuple[str, ...]
    step: float

    def prices(self, ratios: np.ndarray) -> np.ndarray:
        """Prices as multiples of the flat one, of the valley's where there is none, (…, periods).

        Every price rises with the first two ratios and with its own.
        """
        by_name = dict(zip(self.names, np.moveaxis(ratios, -1, 0), strict=True))
        valley = by_name.get("flat", np.ones(ratios.shape[:-1]))
        peak = by_name["peak"] * valley
        if "flat" in by_name:
            peak = np.maximum(peak, self.step)
        every = {
            "valley": valley,
            "flat": np.ones_like(valley),
            "peak": peak,
            "sharp": peak * by_name.get("sharp", 1.0),
            "deep_valley": valley * by_name.get("deep", 1.0),
        }
        return np.stack([every[one] for one in self.periods], axis=-1)

    def narrowed(self, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes less what has the peak too near the flat price; empty ones have least > most."""
        least = least.copy()
        if "flat" in self.names:
            peak, flat = self.names.index("peak"), self.names.index("flat")
            least[:, flat] = np.maximum(least[:, flat], self.step / most[:, peak])
            least[:, peak] = np.maximum(least[:, peak], self.step / most[:, flat])
        return least, most

    def inside(self, ratios: np.ndarray) -> np.ndarray:
        """Ratios moved so that the peak is far enough from the flat price."""
        if "flat" not in self.names:
            return ratios
        peak, flat = self.names.index("peak"), self.names.index("flat")
        moved = ratios.copy()
        moved[:, flat] = np.maximum(moved[:, flat], self.step / moved[:, peak])
        return moved


def shapes_of(problem: Problem, frame: Frame, least_ratio: float) -> Shapes:
    """The shapes that a problem allows.

    Raises:
        OptimalError: the least ratio is above the most.
    """
    if problem.most_ratio < least_ratio:
        raise OptimalError(
            f"peak to valley must be at least {least_ratio:g} : 1 by policy, but at most "
            f"{problem.most_ratio:g} : 1 is asked for. Raise the upper bound."
        )
    bounds = {"peak": (least_ratio, problem.most_ratio)}
    if "flat" in frame.periods:
        bounds["flat"] = (
            problem.least_step_times / problem.most_ratio,
            1 / problem.least_step_times,
        )
        bounds["peak"] = (max(least_ratio, problem.least_step_times**2), problem.most_ratio)
    if "sharp" in frame.periods:
        bounds["sharp"] = (problem.least_sharp_times, problem.most_sharp_times)
    if "deep_valley" in frame.periods:
        bounds["deep"] = (problem.least_deep_share, 1.0)
    least, most = (np.array(side) for side in zip(*bounds.values(), strict=True))
    return Shapes(tuple(bounds), least, most, frame.periods, problem.least_step_times)


@dataclass(frozen=True, slots=True)
class Money:
    """The class's revenue on given hours.

    Attributes:
        response: How the class answers.
        uptake_share: How much of it.
        target_cny: What it pays now.
        constant_cny: Of its bills.
        slope: Of its bills by period, as measured, (periods,).
        rate: Slope over energy by kind and period, (kinds, periods).
    """

    response: Response
    uptake_share: float
    target_cny: float
    constant_cny: float
    slope: np.ndarray
    rate: np.ndarray

    def slot_prices(self, prices: np.ndarray, per_level: np.ndarray | float) -> np.ndarray:
        """Prices a kWh over the level, of every kind of day, (tries, kinds, periods)."""
        frame = self.response.frame
        rest = np.broadcast_to(np.asarray(per_level, float), (len(prices),))
        return prices[:, None, :] * frame.base[:, None] + (rest[:, None] * frame.rest)[..., None]

    def slope_after(self, factors: np.ndarray) -> np.ndarray:
        """Slope of revenue by period after the answer, (tries, periods)."""
        moved = np.einsum("nhpk,hpk,pk->nk", factors, self.response.moved_kwh, self.rate)
        return (1 - self.uptake_share) * self.slope + self.uptake_share * moved

    def kind_slopes(self, factors: np.ndarray) -> np.ndarray:
        """The same by kind of day, (borders, tries, kinds, periods)."""
        moved = np.einsum("bnhpk,hpk->bnpk", factors, self.response.moved_kwh)
        still = (1 - self.uptake_share) * self.response.energy_kwh.sum(axis=0)
        return (still + self.uptake_share * moved) * self.rate

    def total_slopes(self) -> tuple[float, float]:
        """Least and most of the slope of revenue where every price is the same, whoever answers.

        The energy of a month stays; it can only go to the hours with the least or most of a rate.
        """
        energy = self.response.energy_kwh.sum(axis=(0, 2))
        paid = np.where(self.rate > 0, self.rate, np.nan)
        with np.errstate(invalid="ignore"):
            low = np.where(energy > 0, np.nanmin(paid, axis=1, initial=np.inf), 0)
            high = np.where(energy > 0, np.nanmax(paid, axis=1, initial=0), 0)
        return float(energy @ low), float(energy @ high)

    def revenue(self, prices: np.ndarray) -> np.ndarray:
        """Revenue after the answer at whole prices (tries, periods) [CNY]."""
        factors = self.response.factors(self.slot_prices(prices, 1.0))
        return self.constant_cny + (prices * self.slope_after(factors)).sum(axis=1)

    def level(self, prices: np.ndarray) -> np.ndarray:
        """The level at which a shape (tries, periods) brings in the target after the answer."""
        level = (self.target_cny - self.constant_cny) / (prices @ self.slope)
        for _ in range(_ROUNDS if self.response.frame.rest.any() else 1):
            factors = self.response.factors(self.slot_prices(prices, 1 / level))
            slope = (prices * self.slope_after(factors)).sum(axis=1)
            level = (self.target_cny - self.constant_cny) / slope
        return level


def money_of(problem: Problem, response: Response, now_cny: np.ndarray) -> Money:
    """The revenue of a problem.

    Raises:
        OptimalError: the class pays nothing by the hour.
    """
    frame = response.frame
    slope = frame.slope.sum(axis=0)
    by_cell = response.energy_kwh.sum(axis=0) * frame.base[:, None]
    of_period = by_cell.sum(axis=0)
    rate = frame.base[:, None] * np.divide(
        slope, of_period, out=np.zeros_like(slope), where=of_period > 0
    )
    target, constant = float(now_cny.sum()), float(frame.constant_cny.sum())
    if target <= constant or slope.sum() <= 0:
        raise OptimalError(
            f"class '{problem.price_class}' pays {target:,.0f} CNY now, of which nothing follows "
            "the hours. Choose another class."
        )
    return Money(response, problem.uptake_share, target, constant, slope, rate)
