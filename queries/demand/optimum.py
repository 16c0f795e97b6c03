"""The best prices of a problem, checked with the laboratory's own bills."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.tariff_model import Tariff
from queries.demand.optimal_aim import Moments, moments_of, response_of
from queries.demand.optimal_calendars import calendars_to_try
from queries.demand.optimal_conditions import Conditions
from queries.demand.optimal_district import READS as DISTRICT_READS
from queries.demand.optimal_district import District, optimal_district
from queries.demand.optimal_frame import Frame, bills_of, flat_of, frame_of, tariff_at
from queries.demand.optimal_response import Response, dear, strength
from queries.demand.optimal_rounding import rounded_prices
from queries.demand.optimal_search import Found, Search
from queries.demand.optimal_shape import money_of, shapes_of
from queries.demand.optimal_terms import UNIT_PER_CNY, NoPricesError, Problem
from queries.demand.period_policy import demanded
from queries.held import Held

READS = DISTRICT_READS
_FEN = 100
_TRIED_EXACTLY = 20


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best prices, in whole steps.

    Attributes:
        problem: What was asked.
        district: Of whom.
        frame: The hours chosen.
        search: The search on them.
        found: What it came to before prices were rounded.
        bound: Nothing on any of the hours tried, that keeps the conditions, is below this.
        least_ratio: Of peak to valley, asked or by policy.
        steps: Prices in steps of 0.0001, (periods,).
        tariff: The class's tariff at these prices.
        aim: Peak [kW] or cost [CNY] at these prices.
        unanswered_fen: Exact bills of the class's customers who do nothing, (customers,).
        answered_cny: Their bills if they answer, (customers,).
        hours: Aim of each of the hours tried; infinite where none keeps the conditions, or none is
            better than the best.
        boxes: Looked at altogether.
    """

    problem: Problem
    district: District
    frame: Frame
    search: Search
    found: Found
    bound: float
    least_ratio: float
    steps: np.ndarray
    tariff: Tariff
    aim: float
    unanswered_fen: np.ndarray
    answered_cny: np.ndarray
    hours: dict[str, float]
    boxes: int

    @property
    def prices(self) -> np.ndarray:
        """As floats, (periods,)."""
        return self.steps / UNIT_PER_CNY

    @property
    def gap_share(self) -> float:
        """How much better than these prices any others could be at most."""
        return max(self.aim - self.bound, 0.0) / self.aim if self.aim > 0 else 0.0

    @property
    def factors(self) -> np.ndarray:
        """Of the load, (groups, kinds, periods)."""
        money = self.search.money
        return money.response.factors(money.slot_prices(self.prices[None], 1.0))[0]


_held: Held[Optimum] = Held(24)
_frames: Held[dict[str, Frame]] = Held(6)


def optimum(problem: Problem, lake: DuckDBPyConnection) -> Optimum:
    """The best prices of a problem, remembered for the questions that ask about the same.

    Raises:
        NoPricesError: no prices keep the conditions.
        OptimalError: the class cannot be optimised.
    """
    return _held.of(lake, problem.model_dump_json(), lambda: _solved(problem, lake))


def searches(problem: Problem, lake: DuckDBPyConnection) -> dict[str, Search]:
    """A search on each of the hours that a problem allows."""
    district = optimal_district(problem, lake)
    key = (
        problem.first_day,
        problem.last_day,
        problem.region_id,
        problem.price_class,
        problem.periods,
    )
    frames = _frames.of(lake, key, lambda: _framed(problem, district, lake))
    ratio = least_ratio(problem, district)
    return {name: search_of(problem, district, one, ratio) for name, one in frames.items()}


def _framed(problem: Problem, district: District, lake: DuckDBPyConnection) -> dict[str, Frame]:
    calendars = calendars_to_try(problem, district)
    flat = flat_of(district, next(iter(calendars.values())), lake)
    return {name: frame_of(name, one, district, flat) for name, one in calendars.items()}


def least_ratio(problem: Problem, district: District) -> float:
    """The least ratio of peak to valley price: asked for, or what policy demands of the system."""
    if problem.least_ratio is not None:
        return problem.least_ratio
    found = demanded(district.days, district.system_kw)
    return found.least_price_ratio if found else 1.0


def search_of(problem: Problem, district: District, frame: Frame, ratio: float) -> Search:
    """The search on one frame."""
    response = response_of(problem, frame, district)
    counted = district.is_counted
    now_cny = district.now_fen / _FEN
    conditions = Conditions(
        now_cny=now_cny[counted],
        constant_cny=frame.constant_cny[counted],
        slope=frame.slope[counted],
        is_low=district.energy_kwh[counted] < problem.low_use_kwh,
        rise_share=problem.bill_rise_share,
        low_rise_share=problem.low_rise_share,
    )
    shapes = shapes_of(problem, frame, ratio)
    money = money_of(problem, response, now_cny)
    blank = Search(problem, shapes, money, _NOTHING, conditions, np.inf)
    bounds, *_ = blank.bounds(*shapes.narrowed(shapes.least[None], shapes.most[None]))
    moments = moments_of(problem, frame, district, response, bounds)
    return Search(problem, shapes, money, moments, conditions, aim_now(problem, district))


_NOTHING = Moments(np.zeros(0), np.zeros((0, 0)), np.zeros(0, int), np.zeros(0, int), is_sum=True)


def aim_now(problem: Problem, district: District) -> float:
    """The peak [kW] or cost [CNY] as it is now."""
    if problem.aim == "peak":
        return float(district.system_kw.max())
    per_slot = np.repeat(np.array(problem.purchase_cny_per_kwh), 4) / 4
    return float((district.system_kw @ per_slot).sum())


def _solved(problem: Problem, lake: DuckDBPyConnection) -> Optimum:
    district = optimal_district(problem, lake)
    made = searches(problem, lake)
    found: dict[str, Found] = {}
    known = np.inf
    for name, search in made.items():
        found[name] = search.run(known)
        known = min(known, found[name].aim)
    order = sorted(
        (name for name, one in found.items() if one.prices is not None),
        key=lambda name: found[name].aim,
    )
    for name in order:
        best = _checked(made[name], found[name], district, lake)
        if best is not None:
            steps, tariff, aim, fen, answered = best
            return Optimum(
                problem=problem,
                district=district,
                frame=made[name].money.response.frame,
                search=made[name],
                found=found[name],
                bound=min(one.bound for one in found.values()),
                least_ratio=least_ratio(problem, district),
                steps=steps,
                tariff=tariff,
                aim=aim,
                unanswered_fen=fen,
                answered_cny=answered,
                hours={each: one.aim for each, one in found.items()},
                boxes=sum(one.boxes for one in found.values()),
            )
    raise _impossible(problem, found)


def _impossible(problem: Problem, found: dict[str, Found]) -> NoPricesError:
    nearest = min(one.nearest for one in found.values())
    told = [f"peak to valley up to {problem.most_ratio:g} : 1"]
    if problem.bill_rise_share is not None:
        told.append(
            f"no more than 5 % of bills rising by more than {problem.bill_rise_share:.1%} "
            f"(the least found is {nearest:.1%})"
        )
    if problem.low_rise_share is not None:
        told.append(
            f"no bill below {problem.low_use_kwh:,.0f} kWh a year rising by more than "
            f"{problem.low_rise_share:.1%}"
        )
    text = f"no prices were found with {', '.join(told)}. Loosen one of these."
    return NoPricesError(text, nearest)


def _checked(
    search: Search, found: Found, district: District, lake: DuckDBPyConnection
) -> tuple[np.ndarray, Tariff, float, np.ndarray, np.ndarray] | None:
    """The best rounded prices whose exact bills keep the conditions, and those after the answer."""
    if found.prices is None:
        return None
    frame = search.money.response.frame
    ratio = float(search.shapes.least[search.shapes.names.index("peak")])
    for steps in rounded_prices(search, frame, found.prices, ratio)[:_TRIED_EXACTLY]:
        prices = steps / UNIT_PER_CNY
        decimals = [Decimal(int(one)) / UNIT_PER_CNY for one in steps]
        tariff = tariff_at(district, frame, decimals)
        fen = bills_of(district, tariff, lake)
        answered = answered_bills(search.money.response, district, prices, fen / _FEN)
        if keeps(search.conditions, district, fen / _FEN) and keeps(
            search.conditions, district, answered
        ):
            factors = search.money.response.factors(search.money.slot_prices(prices[None], 1.0))
            return steps, tariff, float(search.moments.at(factors)[0]), fen, answered
    return None


def keeps(conditions: Conditions, district: District, bills_cny: np.ndarray) -> bool:
    """Whether bills (customers,) keep the conditions."""
    own = bills_cny[district.is_counted]
    rise = conditions.rise(own)
    slack = 1e-6
    if conditions.rise_share is not None and conditions.worst(own) > conditions.rise_share + slack:
        return False
    low = rise[conditions.is_low]
    limit = conditions.low_rise_share
    return limit is None or not len(low) or float(low.max()) <= limit + slack


def answered_bills(
    response: Response, district: District, prices: np.ndarray, bills_cny: np.ndarray
) -> np.ndarray:
    """Bills of customers if each answers, its own energy of a month kept [CNY, (customers,)].

    A customer without load in cheap hours does not answer.
    """
    frame = response.frame
    if response.model.form == "none":
        return bills_cny
    by_slot = prices[None, None] * frame.base[:, None] + frame.rest[:, None]
    moved = strength(by_slot[0], frame.slots, response.model)
    is_dear = dear(by_slot[0], frame.slots)
    energy = frame.energy_kwh
    own_old = _mean_old(response)[district.group].transpose(1, 2, 0)
    after = energy * moved[..., None] / own_old
    months = np.eye(frame.months)[frame.month].T
    whole = months @ energy.sum(axis=1)
    dear_after = months @ (after * is_dear[..., None]).sum(axis=1)
    cheap_after = months @ (after * ~is_dear[..., None]).sum(axis=1)
    wanted = whole - dear_after
    cannot = ((wanted < 0) | ((cheap_after == 0) & (wanted > 1e-9))).any(axis=0)
    back = np.divide(wanted, cheap_after, out=np.ones_like(wanted), where=cheap_after > 0)
    after *= np.where(is_dear[..., None], 1.0, back[frame.month][:, None])
    weight = np.einsum("p,pkc->ck", frame.base, energy)
    per_kwh = np.divide(frame.slope, weight, out=np.zeros_like(weight), where=weight > 0)
    # a period in which a customer uses nothing takes the rate of its others
    mean = frame.slope.sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12)
    per_kwh = np.where(weight > 0, per_kwh, mean[:, None])
    added = np.einsum("p,pkc,ck,k->c", frame.base, after - energy, per_kwh, prices)
    return bills_cny + np.where(cannot, 0.0, added)


def _mean_old(response: Response) -> np.ndarray:
    """The signal of today's prices, by the class's load, (groups, kinds, periods)."""
    energy, moved = response.energy_kwh, response.moved_kwh
    return np.divide(energy, moved, out=np.ones_like(energy), where=moved > 0)
