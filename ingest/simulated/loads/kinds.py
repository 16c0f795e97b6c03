"""The table of kinds of customers: what each is called, what it pays, how it is supplied."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.simulated.loads import (
    dairy,
    data_room,
    hospital,
    hotels,
    household,
    irrigation,
    offices,
    plants,
    restaurants,
    schools,
    shops,
    street_lights,
)
from ingest.simulated.loads.demand import Demand
from ingest.simulated.surroundings.setting import Setting


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of customer.

    Attributes:
        name: Its name in ``KINDS``.
        zh, en: What such a customer is called. Traits of all but households have a ``trade`` with
            names, industry and economy group of their own.
        customer_class: As in the usage points of the lake.
        price_code: residential 居民生活一户一表, residential_shared 居民合表 (schools pay it),
            agricultural 农业生产, industrial_commercial 工商业单一制,
            industrial_commercial_two_part 工商业两部制 (its capacity permitting).
        industry_code: GB/T 4754-2017; None: households.
        economy_group: Whose orders it follows; None: nobody's.
        draw: Draws the traits of one customer from a stream and the kind of its area; traits have
            ``connected_kw``, the sum of what could run at once.
        demand: Power by traits, setting and stream.
        phases: single, three, or either: single for the share below.
        single_phase_share: Of the small customers of the kind.
        is_medium_voltage: Supplied at 10 kV.
    """

    name: str
    zh: str
    en: str
    customer_class: str
    price_code: str
    industry_code: str | None
    economy_group: str | None
    draw: Callable[[np.random.Generator, str], Any]
    demand: Callable[[Any, Setting, np.random.Generator], Demand]
    phases: str = "three"
    single_phase_share: float = 0.0
    is_medium_voltage: bool = False


_TRADE, _TWO_PART = "industrial_commercial", "industrial_commercial_two_part"
_SHARED, _FARM = "residential_shared", "agricultural"

_LOW_VOLTAGE = (
    Kind(
        *("household", "居民户", "Household", "residential", "residential", None, None),
        *(household.draw, household.demand, "either", 0.96),
    ),
    Kind(
        *("shop", "商店", "Shop", "commercial", _TRADE, "52", "retail"),
        *(shops.draw, shops.demand, "either", 0.7),
    ),
    Kind(
        *("restaurant", "餐馆", "Restaurant", "commercial", _TRADE, "62", "catering"),
        *(restaurants.draw, restaurants.demand),
    ),
    Kind(
        *("office", "办公", "Office", "commercial", _TRADE, "72", "offices"),
        *(offices.draw, offices.demand),
    ),
    Kind(
        *("hotel", "旅馆", "Hotel", "commercial", _TRADE, "61", "catering"),
        *(hotels.draw, hotels.demand),
    ),
    Kind(
        *("school", "学校", "School", "public", _SHARED, "83", None),
        *(schools.draw, schools.demand),
    ),
    Kind(
        *("workshop", "加工厂", "Workshop", "industrial", _TRADE, "34", "manufacturing"),
        *(plants.draw_workshop, plants.demand),
    ),
    Kind(
        *("irrigation", "灌溉", "Irrigation", "agricultural", _FARM, "0513", None),
        *(irrigation.draw, irrigation.demand),
    ),
    Kind(
        *("dairy_farm", "奶牛场", "Dairy farm", "agricultural", _FARM, "0311", "food"),
        *(dairy.draw, dairy.demand),
    ),
    Kind(
        *("street_lighting", "路灯", "Street lighting", "public", _TRADE, "7810", None),
        *(street_lights.draw, street_lights.demand, "either", 0.3),
    ),
)
_MEDIUM_VOLTAGE = (
    Kind(
        *("plant_one_shift", "一班制工厂", "One-shift plant", "industrial", _TWO_PART),
        *("34", "machinery", plants.draw_one_shift, plants.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("plant_two_shift", "两班制工厂", "Two-shift plant", "industrial", _TWO_PART),
        *("29", "manufacturing", plants.draw_two_shift, plants.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("plant_three_shift", "三班制工厂", "Three-shift plant", "industrial", _TWO_PART),
        *("26", "chemicals", plants.draw_three_shift, plants.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("hospital", "医院", "Hospital", "public", _TRADE, "8411", None),
        *(hospital.draw, hospital.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("data_room", "数据机房", "Data room", "commercial", _TWO_PART, "6450", None),
        *(data_room.draw, data_room.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("large_hotel", "大酒店", "Grand hotel", "commercial", _TRADE, "6110", "catering"),
        *(hotels.draw_large, hotels.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("campus", "中学", "Secondary school", "public", _SHARED, "833", None),
        *(schools.draw_campus, schools.demand),
        is_medium_voltage=True,
    ),
    Kind(
        *("office_tower", "写字楼", "Office tower", "commercial", _TRADE, "7020", "offices"),
        *(offices.draw_tower, offices.demand),
        is_medium_voltage=True,
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in (*_LOW_VOLTAGE, *_MEDIUM_VOLTAGE)}
"""Every kind by its name."""

# fmt: off
_MIXES: dict[str, dict[str, float]] = {
    "urban": {
        "household": 0.900, "shop": 0.050, "restaurant": 0.012, "office": 0.012,
        "street_lighting": 0.016, "school": 0.006, "hotel": 0.004,
    },
    "suburban": {
        "household": 0.820, "shop": 0.070, "restaurant": 0.020, "office": 0.015,
        "street_lighting": 0.020, "school": 0.010, "hotel": 0.005, "workshop": 0.030,
        "irrigation": 0.010,
    },
    "rural": {
        "household": 0.780, "irrigation": 0.100, "dairy_farm": 0.030, "shop": 0.045,
        "street_lighting": 0.020, "workshop": 0.015, "school": 0.010,
    },
    "street": {
        "household": 0.350, "shop": 0.330, "restaurant": 0.170, "office": 0.100,
        "hotel": 0.025, "street_lighting": 0.025,
    },
    "industrial": {
        "workshop": 0.500, "office": 0.200, "shop": 0.100, "household": 0.080,
        "restaurant": 0.050, "street_lighting": 0.040, "hotel": 0.030,
    },
}
_MEDIUM_VOLTAGE_MIX = {
    "plant_one_shift": 0.26, "plant_two_shift": 0.20, "plant_three_shift": 0.17,
    "hospital": 0.07, "data_room": 0.07, "large_hotel": 0.07, "campus": 0.08,
    "office_tower": 0.08,
}
# fmt: on


def mix_of_area(area_kind: str) -> dict[str, float]:
    """Shares of the kinds among the low-voltage customers of an area, summing to 1."""
    if area_kind not in _MIXES:
        raise ValueError(
            f"no mix of customers for an area of kind '{area_kind}': expected one of "
            f"{', '.join(_MIXES)}. Add it to ingest/simulated/kinds.py or choose one of these."
        )
    return dict(_MIXES[area_kind])


def medium_voltage_mix() -> dict[str, float]:
    """Shares of the kinds among the customers at 10 kV, summing to 1.

    Apportioned to fifteen or more customers, each kind is there at least once.
    """
    return dict(_MEDIUM_VOLTAGE_MIX)
