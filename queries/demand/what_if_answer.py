"""How the load of every customer answers to other prices: factors of slots, energy kept.

The signal of a tariff is a factor for every quarter of an hour of every group of days. A customer
answers with the signal of the new tariff over that of the old one: where both are the same, with 1
exactly. What that takes out of a month, or puts into it, comes back in the cheap hours of the new
prices, so that the energy of each customer and month stays what it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.lab import Lab, tariff_of
from queries.billing.prices import PriceTerms
from queries.billing.tariffs import known_tariffs
from queries.demand.arcturus import arcturus_change
from queries.demand.constant_elasticity import calibrated_elasticity
from queries.demand.response_models import ResponseModel, pilot_model, response_models
from queries.demand.substitution import substitution_load
from queries.demand.what_if_lots import lots, taking_part
from queries.demand.what_if_prices import group_prices, terms_of
from queries.demand.what_if_segments import in_segment
from queries.demand.what_if_terms import Answer, NewTariff, WhatIf

NO_ANSWER = -1
_ROUNDING = 1e-9
_MOST_LESS = 0.9  # of the load in dear hours, however strong the answer
Doubt = Literal["outside_evidence", "other_class", "no_off_peak"]
"""Why an answer is not to be trusted: the price ratio was never tried (no answer is taken); the
evidence is of another class; customers without load in cheap hours (no answer is taken)."""


_Alike = tuple[Answer, bool, str, NewTariff, PriceTerms]
"""What customers have in common who answer with one signal: the second is a device."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Prices of customers who answer alike, before and after.

    Attributes:
        model: How they answer.
        has_technology: Whether a device does it for them.
        strength: Of their answer, over that of the model.
        old_cny_per_kwh, new_cny_per_kwh: By group of days and slot, (groups, 96).
    """

    model: ResponseModel
    has_technology: bool
    strength: float
    old_cny_per_kwh: np.ndarray
    new_cny_per_kwh: np.ndarray

    @property
    def is_peak(self) -> np.ndarray:
        """Slots dearer than the mean of their day under the new prices, (groups, 96)."""
        return _dear(self.new_cny_per_kwh)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer of every customer.

    Attributes:
        signals: The different ones.
        signal: Place of each customer's, NO_ANSWER without one, (customers,).
        dear, cheap: Factor of the load by signal, group and slot, in hours that are dear and in
            the others, 0 in those of the other kind, (signals, groups, 96). The answer of a signal
            that depends on the day's own load is not in them.
        put_back: Factor of cheap slots by customer and cell, that keeps the energy, (customers,
            cells).
        doubts: Why it may be wrong, and for how many customers.
    """

    signals: tuple[Signal, ...]
    signal: np.ndarray
    dear: np.ndarray
    cheap: np.ndarray
    put_back: np.ndarray
    doubts: dict[Doubt, int]

    def of(
        self, energy_wh: np.ndarray, customer: np.ndarray, group: np.ndarray, cell: np.ndarray
    ) -> np.ndarray:
        """Rows of 96 quarters of an hour as they would be, (rows, 96).

        Args:
            energy_wh: As measured, (rows, 96).
            customer: Place of each row's customer, who answers.
            group: Of days, to which each row belongs.
            cell: Of the same.
        """
        signal = self.signal[customer]
        back = self.put_back[customer, cell][:, None]
        after = energy_wh * (self.dear[signal, group] + self.cheap[signal, group] * back)
        for place, one in enumerate(self.signals):
            if one.model.form == "ces" and (rows := np.flatnonzero(signal == place)).size:
                after[rows] = _substituted(one, energy_wh[rows], group[rows])
        return after


def answers(what_if: WhatIf, lab: Lab, source: DuckDBPyConnection) -> Answers:
    """Who answers, and how, in a district.

    Raises:
        WhatIfError: prices of days that are added up differ (a calendar that names weekdays), or a
            condition of a segment cannot be applied.
        TariffError: a tariff cannot be used as written.
    """
    points = lab.points
    size = points.height
    signals: list[Signal] = []
    places: dict[_Alike, int] = {}
    signal = np.full(size, NO_ANSWER)
    doubts: dict[Doubt, int] = {}
    new = {one.price_class: one for one in what_if.tariffs}
    ids = points["usage_point_id"].to_list()
    held = list(points.select("price_class", "tariff_code").iter_rows())
    is_free = np.ones(size, bool)
    for answer in what_if.answers:
        is_own = is_free & taking_part(points, answer.customer_classes, "answer", 1, what_if.seed)
        is_own &= in_segment(answer.segment, points, source)
        is_free &= ~is_own
        rows = np.flatnonzero(is_own & (lots(ids, "answer", what_if.seed) < answer.uptake_share))
        has_device = lots(ids, "technology", what_if.seed) < answer.technology_share
        for row in rows.tolist():
            price_class, code = held[row]
            if price_class not in new or code is None:
                continue
            terms = terms_of(lab, row)
            key = (answer, bool(has_device[row]), code, new[price_class], terms)
            if key not in places:
                places[key] = len(signals)
                signals.append(_signal(key, lab))
            signal[row] = places[key]
        _doubt_class(answer, signal, rows, doubts)
    factor = np.stack([_factor(one) for one in signals]) if signals else np.ones((0, 0, 0))
    _doubt_ratio(signals, signal, doubts)
    put_back = _put_back(signals, signal, factor, lab, doubts)
    is_dear = np.array([one.is_peak for one in signals]).reshape(factor.shape).astype(bool)
    dear, cheap = np.where(is_dear, factor, 0.0), np.where(is_dear, 0.0, factor)
    return Answers(tuple(signals), signal, dear, cheap, put_back, doubts)


def _model_of(answer: Answer) -> ResponseModel:
    if answer.substitution is None:
        return response_models()[answer.model]
    return pilot_model(answer.substitution, answer.customer_classes)


def _signal(key: _Alike, lab: Lab) -> Signal:
    answer, has_technology, code, new, terms = key
    old = group_prices(known_tariffs()[code], lab, terms)
    then = replace(terms, has_time_of_use=terms.has_time_of_use or new.for_everybody)
    return Signal(
        _model_of(answer),
        has_technology,
        answer.strength,
        old,
        group_prices(tariff_of(new.tariff), lab, then),
    )


def _dear(prices: np.ndarray) -> np.ndarray:
    """Slots dearer than the mean of their day."""
    return prices > prices.mean(axis=1, keepdims=True) * (1 + _ROUNDING)


def _factor(one: Signal) -> np.ndarray:
    """Of the load of every group and slot, new signal over old one."""
    if one.model.form in {"ces", "none"}:
        return np.ones_like(one.new_cny_per_kwh)
    return _strength(one, one.new_cny_per_kwh) / _strength(one, one.old_cny_per_kwh)


def _strength(one: Signal, prices: np.ndarray) -> np.ndarray:
    """Load under these prices over load under one price, before anything is put back."""
    found = np.ones_like(prices)
    is_dear = _dear(prices)
    for group, dear in enumerate(is_dear):
        change = _peak_change(one, prices[group], dear)
        if not change:
            continue
        if one.model.form == "arcturus":
            found[group, dear] = 1 + change
        else:
            mean = prices[group].mean()
            elasticity = calibrated_elasticity(change, prices[group, dear].mean() / mean)
            found[group] = (prices[group] / mean) ** elasticity
    return found


def _peak_change(one: Signal, prices: np.ndarray, is_dear: np.ndarray) -> float | None:
    """Change of the load in dear hours by Arcturus; None: outside its evidence; 0: no signal."""
    if not is_dear.any():
        return 0.0
    used = one.model if one.model.form == "arcturus" else response_models()["arcturus"]
    change = arcturus_change(
        _ratio(prices, is_dear),
        has_technology=one.has_technology,
        is_opt_out="opt_out" in used.coefficients,
        model=used,
    ).change_share
    return None if change is None else max(change * one.strength, -_MOST_LESS)


def _ratio(prices: np.ndarray, is_dear: np.ndarray) -> float:
    return float(prices[is_dear].mean() / prices[~is_dear].mean())


def _substituted(one: Signal, energy_wh: np.ndarray, group: np.ndarray) -> np.ndarray:
    by_name = one.model.coefficients
    return substitution_load(
        energy_wh,
        one.is_peak[group],
        one.old_cny_per_kwh[group],
        one.new_cny_per_kwh[group],
        substitution=by_name["substitution"] * one.strength,
        daily=by_name["daily"] * one.strength,
    )


def _put_back(
    signals: Sequence[Signal],
    signal: np.ndarray,
    factor: np.ndarray,
    lab: Lab,
    doubts: dict[Doubt, int],
) -> np.ndarray:
    """Factor of cheap slots that gives back what dear ones lost; who cannot, does not answer."""
    cube = lab.cube
    running = cube.running["import"]
    cell = np.array([group.cell for group in cube.groups])
    found = np.ones((len(signal), len(cube.cells)))
    for place, one in enumerate(signals):
        rows = np.flatnonzero(signal == place)
        if not len(rows) or (factor[place] == 1).all():
            continue
        sums = np.zeros((3, len(cube.cells), len(rows)))
        for group, of_slots in enumerate(factor[place]):
            energy = np.diff(running[group][:, rows], axis=0).astype(np.float64)
            cheap = np.where(one.is_peak[group], 0.0, of_slots)
            sums[:, cell[group]] += np.stack(
                [energy.sum(axis=0), of_slots @ energy, cheap @ energy]
            )
        whole, moved, cheap = sums
        wanted = cheap + whole - moved
        back = np.divide(wanted, cheap, out=np.ones_like(cheap), where=cheap > 0)
        cannot = ((wanted < 0) | ((cheap == 0) & (moved != whole))).any(axis=0)
        found[rows] = back.T
        signal[rows[cannot]] = NO_ANSWER
        if cannot.any():
            doubts["no_off_peak"] = doubts.get("no_off_peak", 0) + int(cannot.sum())
    return found


def _doubt_class(
    answer: Answer, signal: np.ndarray, rows: np.ndarray, doubts: dict[Doubt, int]
) -> None:
    model = _model_of(answer)
    if model.form != "none" and not set(answer.customer_classes) <= set(model.customer_classes):
        count = int((signal[rows] != NO_ANSWER).sum())
        if count:
            doubts["other_class"] = doubts.get("other_class", 0) + count


def _doubt_ratio(signals: Sequence[Signal], signal: np.ndarray, doubts: dict[Doubt, int]) -> None:
    for place, one in enumerate(signals):
        if one.model.form not in {"arcturus", "constant_elasticity"}:
            continue
        if any(
            _peak_change(one, prices, dear) is None
            for prices, dear in zip(one.new_cny_per_kwh, one.is_peak, strict=True)
        ):
            count = int((signal == place).sum())
            doubts["outside_evidence"] = doubts.get("outside_evidence", 0) + count
