"""Areas that grow and areas that shrink, evenly over the years."""

from collections.abc import Iterable

import numpy as np

from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.change import scale
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

_LEAST, _USUAL, _MOST = -0.03, 0.015, 0.08


def growth(seed: int, area_numbers: Iterable[int]) -> dict[int, float]:
    """Yearly rate of every area by its number, from −3 to +8 %: demand is × exp(rate × years)."""
    return {
        number: round(float(stream(seed, "growth", number).triangular(_LEAST, _USUAL, _MOST)), 4)
        for number in area_numbers
    }


def planted_growth(rate: float, area: int, span: Span) -> Planted:
    """An area's growth, as planted on its transformer and on each of its premises."""
    return Planted(
        "growth", "area_growth", 0, span.slots, rate, "share_per_year", {"area_number": area}
    )


def grow(demand: Demand, planted: Planted, setting: Setting) -> float:
    """Let a demand grow in place; what that adds over the span [Wh]."""
    factor = np.exp(np.float32(planted.amount) * setting.days.year_share)
    return scale(demand, 0, setting.span.slots, np.repeat(factor, SLOTS_PER_DAY))
