"""What several usage points draw together, exactly: sums of whole watt-hours."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.meters.flows import Flows


@dataclass(frozen=True, slots=True)
class Net:
    """Energy drawn less energy fed back, int64 (slots,) [Wh, varh]."""

    active_wh: np.ndarray
    reactive_varh: np.ndarray

    @classmethod
    def through(cls, flows: Flows) -> "Net":
        """Of one usage point."""
        return cls(
            flows.import_wh.astype(np.int64) - flows.export_wh,
            flows.reactive_import_varh.astype(np.int64) - flows.reactive_export_varh,
        )

    @classmethod
    def of(cls, parts: Sequence["Net"], loss_wh: np.ndarray) -> "Net":
        """Of several, and of what is lost on the way to them."""
        active = loss_wh.astype(np.int64)
        reactive = np.zeros_like(active)
        for part in parts:
            active += part.active_wh
            reactive += part.reactive_varh
        return cls(active, reactive)

    def flows(self) -> Flows:
        """As a meter at the head registers it, every slot netted."""
        return Flows(
            np.maximum(self.active_wh, 0).astype(np.int32),
            np.maximum(-self.active_wh, 0).astype(np.int32),
            np.maximum(self.reactive_varh, 0).astype(np.int32),
            np.maximum(-self.reactive_varh, 0).astype(np.int32),
        )
