"""Street lights: from after sunset to before sunrise, dimmed in the small hours."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS, open_share
from ingest.simulated.loads.reactive_power import lagging_share
from ingest.simulated.loads.switching import autoregressive
from ingest.simulated.loads.trades import Trade, size_kw
from ingest.simulated.surroundings.setting import Setting

_LIGHTS = Trade("路灯", "Street lighting", "7810")
_HALF_NIGHT_H = (23.0, 5.0)


@dataclass(frozen=True, slots=True)
class StreetLights:
    """What was drawn for one circuit of street lights.

    Attributes:
        connected_kw: All lamps.
        trade: What it is.
        after_sunset_h, before_sunrise_h: When they are switched on and off.
        half_night_share: What is left from 23 to 5 o'clock.
        out_share: Lamps that are out, on average.
        power_factor: Of the lamps.
    """

    connected_kw: float
    trade: Trade
    after_sunset_h: float
    before_sunrise_h: float
    half_night_share: float
    out_share: float
    power_factor: float


def draw(stream: np.random.Generator, area_kind: str) -> StreetLights:
    """A circuit of street lights; short ones in villages."""
    return StreetLights(
        connected_kw=size_kw(stream, 2.0, 5.0 if area_kind == "rural" else 15.0),
        trade=_LIGHTS,
        after_sunset_h=stream.uniform(0.1, 0.45),
        before_sunrise_h=stream.uniform(0.1, 0.5),
        half_night_share=1.0 if stream.random() < 0.5 else stream.uniform(0.6, 0.85),
        out_share=stream.uniform(0.0, 0.08),
        power_factor=stream.uniform(0.88, 0.96),
    )


def demand(lights: StreetLights, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of street lights: from after sunset to before sunrise, dimmed in the small hours."""
    count = setting.span.days
    on_h = setting.days.sunset_h + lights.after_sunset_h
    off_h = setting.days.sunrise_h - lights.before_sunrise_h
    # A ramp of one slot gives the exact share of a slot that is lit.
    lit = 1 - open_share(off_h, on_h, 0.25, count)
    dimmed = np.where((_HALF_NIGHT_H[0] <= HOURS) | (_HALF_NIGHT_H[1] > HOURS), 1.0, 0.0)
    curve = 1 - (1 - lights.half_night_share) * dimmed
    lamps = 1 - lights.out_share * (1 + 0.5 * autoregressive(stream, count, 0.97))
    watts = lit.reshape(count, -1) * curve.astype(np.float32)
    watts *= (np.clip(lamps, 0.5, 1) * lights.connected_kw * 1e3).astype(np.float32)[:, None]
    return Demand(watts.ravel(), watts.ravel() * lagging_share(lights.power_factor))
