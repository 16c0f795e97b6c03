"""Which cuts make segments that would be found again among other customers of the same kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.metrics import davies_bouldin_score, silhouette_score
from threadpoolctl import threadpool_limits

from queries.customers.natural_breaks import natural_breaks
from queries.customers.segment_axes import AXES
from queries.customers.segment_model import SegmentModel, grown

STABLE = 0.85
"""Adjusted Rand index from which segments count as found again."""
FAIRLY_STABLE = 0.7
LEAST_SHARE, LEAST_MEMBERS, LEAST_CUSTOMERS = 0.03, 5, 30
MOST_SEGMENTS, MOST_AXES, LEVELS = 9, 3, (2, 3)

_KNOWN_SHARE = 0.9  # of the customers, or an axis is not used
_FAR = 2.5  # robust standard deviations: what lies farther counts as if it lay there
_GLANCES, _TRIES, _PROOFS = 5, 20, 100  # bootstrap samples, to look, to choose and to be sure
_DOUBT = 0.1  # what a mean of a few samples may be off by
_MOST_DRAWN = 3000
_MOST_COMPARED = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best cuts into so many segments, and how good they are.

    Attributes:
        stability: Mean adjusted Rand index (Hubert & Arabie 1985) between these segments and those
            of bootstrap samples of the customers, each assigning all of them.
        low_stability: Its 10 % quantile.
        explained_share: Of the spread of all axes, how much lies between the segments [0–1].
        silhouette: Rousseeuw 1987, −1 to 1, on all axes.
        davies_bouldin: Davies & Bouldin 1979, the lower the better.
        free_stability, free_explained_share: The same of k-means on all axes with as many
            clusters, which may lie anywhere.
    """

    model: SegmentModel
    segments: int
    stability: float
    low_stability: float
    explained_share: float
    silhouette: float
    davies_bouldin: float
    free_stability: float
    free_explained_share: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """Axes and their numbers of levels, tried together."""

    axes: tuple[int, ...]
    levels: tuple[int, ...]


class SegmentChoice:
    """All that is known of the customers, and the search for their segments."""

    def __init__(self, axes: pl.DataFrame, seed: int = 0) -> None:
        """Take the customers of whom every usable axis is known.

        Args:
            axes: From ``axes_of``.
            seed: Of the samples.
        """
        rows = max(axes.height, 1)
        self.names = [
            name for name in AXES if axes[name].is_not_null().sum() >= _KNOWN_SHARE * rows
        ]
        whole = axes.select(self.names).drop_nulls() if self.names else pl.DataFrame()
        self.values = whole.to_numpy().astype(np.float64).reshape(whole.height, len(self.names))
        self._middles = np.median(self.values, axis=0).tolist() if len(self.values) else []
        self.least = max(LEAST_MEMBERS, int(LEAST_SHARE * len(self.values)))
        self._seed = seed
        self._scaled = _scaled(np.log(self.values)) if len(self.values) else self.values
        self._cuts: dict[tuple[int, int, int], tuple[float, ...]] = {}
        self._samples: dict[int, np.ndarray] = {}

    @property
    def is_enough(self) -> bool:
        """Whether there are customers and axes to tell apart."""
        return len(self.values) >= LEAST_CUSTOMERS and len(self.names) > 0

    def candidates(self) -> list[Candidate]:
        """The best stable cuts into 2, 3 … segments; of each number the most telling ones."""
        if not self.is_enough:
            return []
        found = []
        # Hundreds of small clusterings: threads of OpenMP would wait for each other, not work.
        with threadpool_limits(1, user_api="openmp"):
            for segments, plans in sorted(self._by_number().items()):
                plan = self._first_stable(plans)
                found.append(self._judged(plan, segments))
        return found

    def _by_number(self) -> dict[int, list[tuple[float, _Plan]]]:
        """Plans by the number of segments that they make, the most telling first."""
        plans: dict[int, dict[tuple, tuple[float, _Plan]]] = {}
        for plan in self._plans():
            model = self._model(plan)
            segments = len(model.leaves)
            if 2 <= segments <= MOST_SEGMENTS:
                labels = self._assign(model)
                told = self._explained(labels)
                kept = plans.setdefault(segments, {})
                # Axes that parted nothing make the same segments as without them.
                key = tuple(sorted(model.leaves))
                if key not in kept or told > kept[key][0]:
                    kept[key] = told, plan
        return {
            segments: sorted(kept.values(), key=lambda one: -one[0])
            for segments, kept in plans.items()
        }

    def _plans(self) -> Iterator[_Plan]:
        for many in range(1, MOST_AXES + 1):
            for axes in combinations(range(len(self.names)), many):
                alone = sorted(axes, key=lambda axis: -self._tells(axis))
                for levels in product(LEVELS, repeat=many):
                    yield _Plan(tuple(alone), levels)

    def _tells(self, axis: int) -> float:
        return self._explained(self._assign(self._model(_Plan((axis,), (2,)))))

    def _first_stable(self, plans: list[tuple[float, _Plan]]) -> _Plan:
        """The most telling plan that is stable; else the most stable of the most telling."""
        best = (-1.0, plans[0][1])
        for _, plan in plans:
            if np.mean(self._found_again(plan, _GLANCES)) < max(best[0], FAIRLY_STABLE) - _DOUBT:
                continue
            stability = float(np.mean(self._found_again(plan, _TRIES)))
            if stability >= STABLE:
                return plan
            best = max(best, (stability, plan), key=lambda one: one[0])
        return best[1]

    def _judged(self, plan: _Plan, segments: int) -> Candidate:
        model = self._model(plan)
        labels = self._assign(model)
        again = self._found_again(plan, _PROOFS, first=_TRIES + 1)
        free = _k_means(segments, self._seed)(self._scaled)
        anywhere = np.asarray(free.labels_)
        rng = np.random.default_rng(self._seed)
        some = rng.permutation(len(labels))[:_MOST_COMPARED]
        return Candidate(
            model,
            segments,
            float(np.mean(again)),
            float(np.quantile(again, 0.1)),
            self._explained(labels),
            float(silhouette_score(self._scaled[some], labels[some])),
            float(davies_bouldin_score(self._scaled, labels)),
            self._free_stability(anywhere, segments),
            self._explained(anywhere),
        )

    def _model(self, plan: _Plan, sample: int = 0) -> SegmentModel:
        """The segments of a plan among the customers of a sample; sample 0 is all of them."""
        members = self._drawn(sample)
        cuts = {
            self.names[axis]: self._cut(axis, levels, sample)
            for axis, levels in zip(plan.axes, plan.levels, strict=True)
        }
        levels = [
            (name, np.searchsorted(cut, self.values[members, axis], side="left"), len(cut) + 1)
            for (name, cut), axis in zip(cuts.items(), plan.axes, strict=True)
        ]
        least = int(self.least * len(members) / len(self.values))
        middles = {name: self._middles[self.names.index(name)] for name in cuts}
        return SegmentModel(cuts, grown(levels, least), middles)

    def _cut(self, axis: int, levels: int, sample: int) -> tuple[float, ...]:
        key = (axis, levels, sample)
        if key not in self._cuts:
            values = np.log(self.values[self._drawn(sample), axis])
            low, high = _reach(values)
            breaks = natural_breaks(np.clip(values, low, high), levels)
            self._cuts[key] = tuple(np.exp(breaks).tolist())
        return self._cuts[key]

    def _drawn(self, sample: int) -> np.ndarray:
        """Customers of a sample, drawn with replacement."""
        count = len(self.values)
        if sample == 0:
            return np.arange(count)
        if sample not in self._samples:
            rng = np.random.default_rng([self._seed, sample])
            self._samples[sample] = rng.integers(0, count, min(count, _MOST_DRAWN))
        return self._samples[sample]

    def _assign(self, model: SegmentModel) -> np.ndarray:
        return model.assign_values(
            {name: self.values[:, self.names.index(name)] for name in model.cuts}
        )

    def _found_again(self, plan: _Plan, samples: int, first: int = 1) -> np.ndarray:
        labels = self._assign(self._model(plan))
        return np.array(
            [
                adjusted_rand(labels, self._assign(self._model(plan, sample)))
                for sample in range(first, first + samples)
            ]
        )

    def _free_stability(self, labels: np.ndarray, segments: int) -> float:
        fit = _k_means(segments, self._seed)
        again = [
            adjusted_rand(
                labels, np.asarray(fit(self._scaled[self._drawn(sample)]).predict(self._scaled))
            )
            for sample in range(1, _TRIES + 1)
        ]
        return float(np.mean(again))

    def _explained(self, labels: np.ndarray) -> float:
        count = np.bincount(labels)
        sums = np.stack([np.bincount(labels, column) for column in self._scaled.T])
        mean = self._scaled.mean(axis=0)
        total = float(((self._scaled - mean) ** 2).sum())
        with np.errstate(invalid="ignore", divide="ignore"):
            between = np.nansum(sums**2 / count) - len(labels) * float((mean**2).sum())
        return float(between) / total


def chosen(candidates: list[Candidate]) -> Candidate | None:
    """Of the stable candidates the most telling; else the most stable that is fairly so."""
    stable = [one for one in candidates if one.stability >= STABLE]
    if stable:
        return max(stable, key=lambda one: one.explained_share)
    fair = [one for one in candidates if one.stability >= FAIRLY_STABLE]
    return max(fair, key=lambda one: one.stability, default=None)


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """How far two partitions agree beyond chance: 1 the same, 0 as by lot (Hubert & Arabie 1985).

    Args:
        one: Label of every customer, 0, 1, 2 … (n,).
        other: Likewise.
    """
    width = int(other.max()) + 1
    table = np.bincount(one * width + other, minlength=width * (int(one.max()) + 1))
    table = table.reshape(-1, width).astype(np.float64)
    rows, columns = table.sum(axis=1), table.sum(axis=0)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1)).sum()) / 2

    in_rows, in_columns = pairs(rows), pairs(columns)
    by_chance = in_rows * in_columns / max(len(one) * (len(one) - 1) / 2, 1.0)
    most = (in_rows + in_columns) / 2
    return 1.0 if most == by_chance else (pairs(table) - by_chance) / (most - by_chance)


def _scaled(logarithms: np.ndarray) -> np.ndarray:
    """From −1 to 1 within the reach of each axis."""
    low, high = _reach(logarithms)
    return 2 * (np.clip(logarithms, low, high) - low) / (high - low) - 1


def _reach(logarithms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Beyond these bounds lie a few strange customers, who shall not make the segments."""
    low, middle, high = np.quantile(logarithms, [0.25, 0.5, 0.75], axis=0)
    far = _FAR * np.maximum((high - low) / 1.349, 1e-6)
    return middle - far, middle + far


def _k_means(segments: int, seed: int) -> Callable[[np.ndarray], KMeans]:
    return KMeans(segments, n_init=3, random_state=seed).fit  # type: ignore[arg-type]
