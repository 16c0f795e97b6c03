"""A battery against prices: the dearest energy is not bought, the exact optimum of a day.

The value of what is stored is concave in how much is stored, and its slope takes few values: the
price of some step over the charging loss, or times the discharging one. So the value before a step
is that after it with two stretches put in (what may be charged, what may be discharged) and both
ends cut off (sup-convolution of concave functions; Rockafellar 1970, § 16). That is the dual of the
linear programme, worked out for all rows at once; a schedule is read off it forwards, and what it
gains beside the value says how far from the optimum it is.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery, and what it can do in a step.

    Attributes:
        capacity: What it holds [energy].
        power: What it takes or gives at its terminals in a quarter of an hour [energy].
        efficiency_share: Of what was taken, what is given back; half of the loss each way [0–1].
    """

    capacity: float
    power: float
    efficiency_share: float

    @property
    def one_way(self) -> float:
        """Efficiency of charging, and of discharging."""
        return self.efficiency_share**0.5


@dataclass(frozen=True, slots=True)
class Schedule:
    """What batteries do.

    Attributes:
        charged, discharged: At the terminals, (rows, steps) [energy].
        gained: What that saves, (rows,) [money].
        bound: What no schedule can save more than, (rows,).
    """

    charged: np.ndarray
    discharged: np.ndarray
    gained: np.ndarray
    bound: np.ndarray


@dataclass(frozen=True, slots=True)
class Steps:
    """What batteries may do in each step, (rows, steps).

    Attributes:
        from_grid: Charge at most, at the price [energy at the terminals].
        from_surplus: Charge at most of what would be fed in, at the feed-in price; before that.
        discharge: Discharge at most.
    """

    from_grid: np.ndarray
    from_surplus: np.ndarray
    discharge: np.ndarray


def arbitrage(
    steps: Steps, kind: np.ndarray, prices: np.ndarray, feed_in: np.ndarray, battery: Battery
) -> Schedule:
    """The schedule that saves most on each row; the battery begins and ends it empty.

    Args:
        steps: What may be done.
        kind: Place of each row's prices, (rows,).
        prices: Of energy, none negative, (kinds, steps) [money per energy].
        feed_in: What is paid for what is fed in, at most the price, (kinds, steps).
        battery: Each row's.
    """
    one_way = battery.one_way
    slopes, at = _levels(prices, np.minimum(feed_in, prices), one_way)
    rows, count = steps.discharge.shape
    kinds = np.arange(rows)
    widths = np.zeros((slopes.shape[1] + 1, rows))  # the first stays empty: sums from nothing
    of_row = np.zeros_like(widths)
    of_row[1:] = slopes[kind].T
    widths[_at(at.nothing[:, None], kind, 0), kinds] = battery.capacity
    bound = np.zeros(rows)
    until = np.empty((3, count, rows))
    for step in range(count - 1, -1, -1):
        grid, surplus, out = (_at(one, kind, step) for one in (at.grid, at.surplus, at.discharge))
        reached = np.cumsum(widths, axis=0)
        until[0, step] = reached[grid - 1, kinds]
        until[1, step] = reached[surplus - 1, kinds]
        until[2, step] = reached[out, kinds]
        in_grid = steps.from_grid[:, step] * one_way
        in_surplus = steps.from_surplus[:, step] * one_way
        widths[grid, kinds] += in_grid
        widths[surplus, kinds] += in_surplus
        widths[out, kinds] += steps.discharge[:, step] / one_way
        bound -= of_row[grid, kinds] * in_grid + of_row[surplus, kinds] * in_surplus
        begin = in_grid + in_surplus
        reached = np.cumsum(widths, axis=0)
        cut = np.minimum(reached, begin)
        bound += np.einsum("lr,lr->r", of_row[1:], np.diff(cut, axis=0))
        widths[1:] = np.diff(np.clip(reached, begin, begin + battery.capacity), axis=0)
    charged, discharged, gained = _forwards(steps, until, kind, prices, feed_in, one_way)
    return Schedule(charged, discharged, gained, bound)


def _forwards(  # noqa: PLR0913, PLR0917 - what may be done, how far it pays, at which prices
    steps: Steps,
    until: np.ndarray,
    kind: np.ndarray,
    prices: np.ndarray,
    feed_in: np.ndarray,
    one_way: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Charge as long as it pays, else discharge as long as that does."""
    rows, count = steps.discharge.shape
    stored = np.zeros(rows)
    of_surplus, of_grid, given = (np.zeros((rows, count)) for _ in range(3))
    for step in range(count):
        surplus_pays, grid_pays = until[1, step] - stored, until[0, step] - stored
        most = steps.from_surplus[:, step] * one_way
        first = np.clip(surplus_pays, 0, most)
        second = np.clip(grid_pays - first, 0, steps.from_grid[:, step] * one_way)
        out = np.clip(stored - until[2, step], 0, steps.discharge[:, step] / one_way)
        of_surplus[:, step], of_grid[:, step] = first / one_way, second / one_way
        given[:, step] = out * one_way
        stored += first + second - out
    gained = (given - of_grid) * prices[kind] - of_surplus * np.minimum(feed_in, prices)[kind]
    return of_surplus + of_grid, given, gained.sum(axis=1)


@dataclass(frozen=True, slots=True)
class _Places:
    """Which slope each step's stretches have, (kinds, steps), and nothing has, (kinds,)."""

    grid: np.ndarray
    surplus: np.ndarray
    discharge: np.ndarray
    nothing: np.ndarray


def _at(places: np.ndarray, kind: np.ndarray, step: int) -> np.ndarray:
    return places[kind, step] + 1


def _levels(prices: np.ndarray, feed_in: np.ndarray, one_way: float) -> tuple[np.ndarray, _Places]:
    """The slopes there can be, the highest first, (kinds, slopes)."""
    of_steps = np.stack([prices / one_way, feed_in / one_way, prices * one_way])
    kinds, count = prices.shape
    found = [np.unique(np.append(of_steps[:, one], 0.0))[::-1] for one in range(kinds)]
    slopes = np.zeros((kinds, max(map(len, found))))
    places = np.zeros((3, kinds, count), np.int64)
    nothing = np.zeros(kinds, np.int64)
    for one, own in enumerate(found):
        slopes[one, : len(own)] = own
        places[:, one] = len(own) - 1 - np.searchsorted(own[::-1], of_steps[:, one])
        nothing[one] = len(own) - 1
    return slopes, _Places(places[0], places[1], places[2], nothing)


def stored_against_prices(
    net: np.ndarray, kind: np.ndarray, prices: np.ndarray, feed_in: np.ndarray, battery: Battery
) -> Schedule:
    """Schedules of days whose battery never feeds in; ``net`` below 0 would be fed in.

    Where nothing is, steps of one price are one step: their energy is bought at that price
    whichever of them it is bought in, and nobody charges and discharges at the same price.

    Args:
        net: What is taken from the grid without the battery, (rows, slots) [energy].
        kind: Place of each row's prices, (rows,).
        prices: Of energy, none negative, (kinds, slots) [money per energy].
        feed_in: What is paid for what is fed in; the price at most is counted.
        battery: Each row's.
    """
    found = Schedule(*(np.zeros(net.shape) for _ in range(2)), *np.zeros((2, len(net))))
    feeds = (net < 0).any(axis=1)
    begins = _begins(prices)
    for rows, starts in ((~feeds, begins), (feeds, np.arange(net.shape[1]))):
        own = np.flatnonzero(rows)
        if not own.size:
            continue
        caps = _caps(net[own], battery)
        together = Steps(*(np.add.reduceat(one, starts, axis=1) for one in _parts(caps)))
        made = arbitrage(together, kind[own], prices[:, starts], feed_in[:, starts], battery)
        widths = np.diff(np.append(starts, net.shape[1]))
        most = (together.from_grid + together.from_surplus, together.discharge)
        of_slots = caps.from_grid + caps.from_surplus, caps.discharge
        for into, total, cap, slots in zip(
            (found.charged, found.discharged),
            (made.charged, made.discharged),
            most,
            of_slots,
            strict=True,
        ):
            share = np.divide(total, cap, out=np.zeros_like(total), where=cap > 0)
            into[own] = np.repeat(share, widths, axis=1) * slots
        found.gained[own], found.bound[own] = made.gained, made.bound
    return found


def _begins(prices: np.ndarray) -> np.ndarray:
    """Where any of the prices changes."""
    is_new = (np.diff(prices, axis=1) != 0).any(axis=0)
    return np.flatnonzero(np.append(True, is_new))


def _caps(net: np.ndarray, battery: Battery) -> Steps:
    from_surplus = np.clip(-net, 0, battery.power)
    return Steps(battery.power - from_surplus, from_surplus, np.clip(net, 0, battery.power))


def _parts(steps: Steps) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return steps.from_grid, steps.from_surplus, steps.discharge
