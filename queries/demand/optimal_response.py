"""How the class's load answers to prices by period: at points, and the least and most in boxes.

The model is that of a scenario (``what_if_answer``), of the class as one: dear slots are those
above the mean of their day; they change as the model says of the ratio of mean dear to mean cheap
price, over the signal that customers have now; what a month loses or gains comes back in its cheap
slots, so that its energy stays. Prices may be given in any unit: only their ratios count.

**Boxes.** Of every price only its least and most are known. Which periods are dear is then open,
but they are always the dearest ones: for each place of the border between cheap and dear the answer
lies between bounds, since Arcturus falls with the ratio, and a ratio is least with the least dear
and the most cheap prices. Below the ratios that were tried nobody answers: that is a border of its
own, the last. Bounds are kept apart by border (the axis ``borders``), and whoever takes the least
over the possible borders has a valid bound of every point of the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queries.demand.optimal_frame import Frame
from queries.demand.response_models import ResponseModel, response_models

_ROUNDING = 1e-9
_ANY = 1e6


@dataclass(frozen=True, slots=True)
class Answering:
    """A model as this search uses it.

    Attributes:
        form: ``arcturus``, ``constant_elasticity`` or ``none``.
        constant, slope: Of the change of dear load by ln of the price ratio.
        lowest_ratio: Below it nobody answers.
    """

    form: str
    constant: float
    slope: float
    lowest_ratio: float

    def change(self, ratio: np.ndarray) -> np.ndarray:
        """Change of the load in dear slots; 0 where the ratio was never tried."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.constant + self.slope * np.log(ratio)
        return np.where(ratio >= max(self.lowest_ratio, 1 + _ROUNDING), found, 0.0)


def answering(code: str, *, has_technology: bool) -> Answering:
    """The model of this code; one of constant elasticity is fitted to Arcturus, as in scenarios."""
    model = response_models()[code]
    if model.form == "none":
        return Answering("none", 0.0, 0.0, np.inf)
    used = model if model.form == "arcturus" else response_models()["arcturus"]
    constant, slope = _arcturus(used, has_technology=has_technology)
    return Answering(model.form, constant, slope, used.lowest_ratio)


def _arcturus(model: ResponseModel, *, has_technology: bool) -> tuple[float, float]:
    by_name = model.coefficients
    device = by_name["log_ratio_technology"] if has_technology else 0.0
    return by_name["constant"] + by_name.get("opt_out", 0.0), by_name["log_ratio"] + device


def strength(prices: np.ndarray, slots: np.ndarray, model: Answering) -> np.ndarray:
    """Load under these prices over load under one price, before anything is put back.

    Args:
        prices: By period, or slot, the last axis.
        slots: How many slots each stands for; 0: the kind of day has none.
        model: How customers answer.
    """
    is_there = slots > 0
    mean = (prices * slots).sum(axis=-1, keepdims=True) / slots.sum(axis=-1, keepdims=True)
    is_dear = dear(prices, slots)
    dear_slots, cheap_slots = _counts(is_dear, slots)
    dear_price = _mean(prices * slots * is_dear, dear_slots)
    ratio = _over(dear_price, _mean(prices * slots * ~is_dear, cheap_slots))
    change = np.where(dear_slots * cheap_slots > 0, model.change(ratio), 0.0)
    if model.form != "constant_elasticity":
        return np.where(is_dear, 1 + change, 1.0)
    elasticity = _elasticity(change, dear_price, mean)
    return np.where(is_there, (prices / mean) ** elasticity, 1.0)


def dear(prices: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """Periods, or slots, dearer than the mean of their day."""
    mean = (prices * slots).sum(axis=-1, keepdims=True) / slots.sum(axis=-1, keepdims=True)
    return (prices > mean * (1 + _ROUNDING)) & (slots > 0)


def _elasticity(change: np.ndarray, dear_price: np.ndarray, mean: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log1p(change) / np.log(dear_price / mean)
    return np.where(change == 0, 0.0, found)


def _counts(is_dear: np.ndarray, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (
        (slots * is_dear).sum(axis=-1, keepdims=True),
        (slots * ~is_dear).sum(axis=-1, keepdims=True),
    )


def _mean(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return _over(total.sum(axis=-1, keepdims=True), count)


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.ones(shape), where=np.broadcast_to(whole, shape) > 0)


def _back(wanted: np.ndarray, cheap: np.ndarray, otherwise: np.ndarray | float) -> np.ndarray:
    is_there = np.isfinite(cheap) & (cheap > 0)
    used = np.where(is_there, cheap, 1.0)
    return np.where(is_there, np.where(np.isfinite(wanted), wanted, 0.0) / used, otherwise)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most of the factor of the load, (borders, tries, groups, kinds, periods).

    A border that is not possible has ∞ as least and −∞ as most.
    """

    least: np.ndarray
    most: np.ndarray


@dataclass(frozen=True, slots=True)
class _Border:
    """Bounds where certain periods are the dear ones.

    Attributes:
        is_possible: Whether they can be, (tries, kinds).
        is_reached, is_missed: Whether the price ratio can be one that was tried, or below.
        is_dear: Which, (periods,).
        least, most: Of the strength where it was tried, (tries, kinds, periods).
    """

    is_possible: np.ndarray
    is_reached: np.ndarray
    is_missed: np.ndarray
    is_dear: np.ndarray
    least: np.ndarray
    most: np.ndarray


@dataclass(frozen=True, slots=True)
class Response:
    """A class that answers on given hours.

    Attributes:
        frame: The hours.
        model: How it answers.
        energy_kwh: Of the class by group as measured, (groups, kinds, periods).
        moved_kwh: The same without the signal of the prices there are now.
    """

    frame: Frame
    model: Answering
    energy_kwh: np.ndarray
    moved_kwh: np.ndarray

    def factors(self, prices: np.ndarray) -> np.ndarray:
        """Of the load without any signal, (tries, groups, kinds, periods).

        Args:
            prices: Of every period and kind of day, (tries, kinds, periods).
        """
        frame = self.frame
        moved = strength(prices, frame.slots, self.model)
        is_dear = dear(prices, frame.slots)[:, None]
        if self.model.form == "none":
            return np.ones((len(prices), *self.energy_kwh.shape))
        after = moved[:, None] * self.moved_kwh
        cheap = self._by_month((after * ~is_dear).sum(axis=3))
        wanted = self._by_month(self.energy_kwh.sum(axis=2)) - self._by_month(
            (after * is_dear).sum(axis=3)
        )
        back = np.maximum(_over(wanted, cheap), 0)[:, :, frame.month, None]
        return moved[:, None] * np.where(is_dear, 1.0, back)

    def _by_month(self, values: np.ndarray) -> np.ndarray:
        """Sums of the kinds of each month, the last axis."""
        return values @ np.eye(self.frame.months)[self.frame.month]

    def bounds(self, least: np.ndarray, most: np.ndarray) -> Bounds:
        """Bounds of ``factors`` in boxes of prices, each (tries, kinds, periods)."""
        if self.model.form == "none":
            ones = np.ones((1, len(least), *self.energy_kwh.shape))
            return Bounds(ones, ones)
        borders = [self._border(at, least, most) for at in range(1, len(self.frame.periods))]
        borders.append(self._no_answer(borders, least))
        possible = np.stack([one.is_possible & one.is_reached for one in borders])
        dears = np.stack([one.is_dear for one in borders])
        low, high = (
            np.stack([one.least for one in borders]),
            np.stack([one.most for one in borders]),
        )
        is_dear = dears[:, None, None, None, :]
        moved = low[:, :, None] * self.moved_kwh, high[:, :, None] * self.moved_kwh
        open_ = possible[:, :, None, :]
        cheap = [self._others((one * ~is_dear).sum(axis=4), open_) for one in moved]
        dear_ = [self._others((one * is_dear).sum(axis=4), open_) for one in moved]
        energy = self._by_month(self.energy_kwh.sum(axis=2))[:, self.frame.month]
        back_low = _back(np.maximum(energy - dear_[1][1], 0), cheap[1][1], 1.0)
        # a group without load in cheap hours keeps its load there: none
        none = np.where(cheap[1][1] > 0, _ANY, 1.0)
        back_high = _back(np.maximum(energy - dear_[0][0], 0), cheap[0][0], none)
        times = [np.where(is_dear, 1.0, one[..., None]) for one in (back_low, back_high)]
        closed = ~open_[..., None]
        return Bounds(
            np.where(closed, np.inf, low[:, :, None] * times[0]),
            np.where(closed, -np.inf, high[:, :, None] * times[1]),
        )

    def _others(self, energy: np.ndarray, is_open: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Least and most of a month's energy, each kind's own border given, those of others not."""
        found = []
        for choose, closed in ((np.min, np.inf), (np.max, -np.inf)):
            any_border = choose(np.where(is_open, energy, closed), axis=0)
            whole = self._by_month(any_border)[..., self.frame.month]
            found.append(whole - any_border + energy)
        return found[0], found[1]

    def _border(self, at: int, least: np.ndarray, most: np.ndarray) -> "_Border":
        """The answer where the periods from ``at`` on are the dear ones."""
        slots, lowest = self.frame.slots, self.model.lowest_ratio
        is_dear = np.arange(slots.shape[1]) >= at
        possible = self._is_possible(is_dear, least, most)
        dear_slots, cheap_slots = _counts(is_dear, slots)
        dear_prices = [_mean(one * slots * is_dear, dear_slots) for one in (least, most)]
        cheap_prices = [_mean(one * slots * ~is_dear, cheap_slots) for one in (least, most)]
        low = _over(dear_prices[0], cheap_prices[1])
        high = _over(dear_prices[1], cheap_prices[0])
        reached = (high >= lowest * (1 - _ROUNDING))[..., 0]
        missed = (low < lowest * (1 + _ROUNDING))[..., 0]
        known = np.maximum(low, lowest), np.maximum(high, lowest)
        changes = self.model.change(known[1]), self.model.change(known[0])
        if self.model.form != "constant_elasticity":
            found = [np.where(is_dear, 1 + one, 1.0) for one in changes]
            return _Border(possible, reached, missed, is_dear, found[0], found[1])
        # dear price over the mean of the day, which the ratio alone decides
        of_mean = [(dear_slots + cheap_slots) / (dear_slots + cheap_slots / one) for one in known]
        steep = np.log1p(changes[0]) / np.log(of_mean[0])
        gentle = np.log1p(changes[1]) / np.log(of_mean[1])
        products = np.stack(
            [
                elasticity * np.log(one)
                for elasticity in (steep, gentle)
                for one in _over_mean(least, most, slots)
            ]
        )
        is_there = slots > 0
        bounds = (
            np.where(is_there, np.exp(one(products, axis=0)), 1.0) for one in (np.min, np.max)
        )
        return _Border(possible, reached, missed, is_dear, *bounds)

    def _no_answer(self, borders: Sequence["_Border"], least: np.ndarray) -> "_Border":
        """The days of one price, and where a border may be possible below the ratios tried."""
        slots = self.frame.slots
        is_flat = np.broadcast_to((slots > 0).sum(axis=1) < 2, least.shape[:2])
        possible = is_flat.copy()
        for one in borders:
            possible |= one.is_possible & one.is_missed
        ones, nothing = np.ones_like(least), np.zeros(slots.shape[1], bool)
        return _Border(possible, possible, possible, nothing, ones, ones)

    def _is_possible(self, is_dear: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray:
        """Whether a point of each box may have these periods dear and the others not."""
        slots = self.frame.slots
        is_there = slots > 0
        # price less mean of the day: a sum over the other periods, the period's own is known
        above = (most * slots.sum(axis=1, keepdims=True)) - (
            (least * slots).sum(axis=2, keepdims=True) + (most - least) * slots
        )
        below = (least * slots.sum(axis=1, keepdims=True)) - (
            (most * slots).sum(axis=2, keepdims=True) - (most - least) * slots
        )
        slack = 4 * _ROUNDING * most * slots.sum(axis=1, keepdims=True)
        fits = np.where(is_dear, above > -slack, below < slack) | ~is_there
        has_both = (is_there & is_dear).any(axis=1) & (is_there & ~is_dear).any(axis=1)
        return fits.all(axis=2) & has_both


def _over_mean(
    least: np.ndarray, most: np.ndarray, slots: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Least and most of a price over the mean of its day."""
    count = slots.sum(axis=1, keepdims=True)
    found = []
    for own, other in ((least, most), (most, least)):
        others = (other * slots).sum(axis=2, keepdims=True) - other * slots
        found.append(own * count / (others + own * slots))
    return found[0], found[1]
