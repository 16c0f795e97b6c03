"""The data room: nearly flat, growing rack by rack, cooled a little more in summer."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.comfort import cooling_share, felt_c
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS
from ingest.simulated.loads.reactive_power import lagging_share
from ingest.simulated.loads.switched_on import mean_power_w
from ingest.simulated.loads.switching import autoregressive
from ingest.simulated.loads.trades import Trade
from ingest.simulated.surroundings.setting import Setting

_FREE_COOLING_BELOW_C = 14.0
_DATA_ROOM = Trade("数据机房", "Data room", "6450")
_TRAFFIC = np.sin((HOURS - 14) * (2 * np.pi / 24)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class DataRoom:
    """What was drawn for the data room.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it is.
        servers_kw: Servers at the span's beginning.
        added_share: How much the servers grow in a year, rack by rack.
        overhead_share: Of cooling, batteries and transformers over servers in winter.
        hot_share: How much more when it is hot.
        power_factor: Of the supply units.
    """

    connected_kw: float
    trade: Trade
    servers_kw: float
    added_share: float
    overhead_share: float
    hot_share: float
    power_factor: float


def draw(stream: np.random.Generator, area_kind: str) -> DataRoom:
    """A data room of about 400 kW, supplied at medium voltage."""
    del area_kind
    connected_kw = stream.uniform(340.0, 460.0)
    return DataRoom(
        connected_kw=connected_kw,
        trade=_DATA_ROOM,
        servers_kw=connected_kw * stream.uniform(0.42, 0.52),
        added_share=stream.uniform(0.0, 0.06),
        overhead_share=stream.uniform(0.22, 0.34),
        hot_share=stream.uniform(0.10, 0.18),
        power_factor=stream.uniform(0.95, 0.99),
    )


def demand(room: DataRoom, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a data room: nearly flat, with racks added and a little more to cool in summer."""
    slots = setting.span.slots
    racks = int(stream.integers(3, 9)) * -(-setting.span.days // 365)
    grown = room.added_share * setting.span.days / 365
    added_w = np.full(racks, 1e3 * room.servers_kw * grown / racks)
    since = stream.uniform(0, slots, racks)
    watts = mean_power_w(since, slots - since, added_w, slots).astype(np.float32)
    watts += 1e3 * room.servers_kw
    watts *= 1 + 0.012 * autoregressive(stream, slots, 0.93)
    watts *= 1 + 0.025 * setting.span.every_day(_TRAFFIC)
    hot = cooling_share(felt_c(setting.weather), _FREE_COOLING_BELOW_C)
    watts *= 1 + room.overhead_share + room.hot_share * hot
    np.clip(watts, 0, room.connected_kw * 1e3, out=watts)
    return Demand(watts, watts * lagging_share(room.power_factor))
