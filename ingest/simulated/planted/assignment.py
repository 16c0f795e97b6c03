"""Usage points that the records hang on another transformer area than the wires do."""

from collections.abc import Mapping, Sequence

from ingest.simulated.customers.premise import Premise
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted


def feeders_of_areas(premises: Sequence[Premise]) -> dict[int, int]:
    """The feeder of every area that has a customer, by area number, ascending."""
    found = {one.area: one.feeder for one in premises if one.area is not None}
    return dict(sorted(found.items()))


def draw_wrong_transformer(
    premise: Premise, feeder_of_area: Mapping[int, int], setting: Setting
) -> Planted:
    """A low-voltage premise recorded on a neighbouring area, of its own feeder or the next one.

    ``feeder_of_area`` names two areas at least, in ascending order.
    """
    own = stream(setting.seed, "wrong transformer", premise.number)
    areas = list(feeder_of_area)
    at = next(n for n, area in enumerate(areas) if area == premise.area)
    near = [areas[n] for n in (at - 1, at + 1) if 0 <= n < len(areas)]
    recorded = near[int(own.integers(len(near)))]
    detail = {
        "true_area": premise.area,
        "recorded_area": recorded,
        "recorded_feeder": feeder_of_area[recorded],
    }
    slots = setting.span.slots
    return Planted("assignment", "wrong_transformer", 0, slots, 1.0, "usage_point", detail)
