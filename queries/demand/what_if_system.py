"""What a scenario changes, batteries for the highest load of all customers included.

These see what everybody takes after everything else: the district is worked out without them first.
"""

from dataclasses import replace

import numpy as np
from duckdb import DuckDBPyConnection

from queries.demand.what_if_changes import Changes, changes_of
from queries.demand.what_if_load import changed_load
from queries.demand.what_if_measured import Measured
from queries.demand.what_if_storage import together_against_peak
from queries.demand.what_if_terms import WhatIf
from queries.held import Held

_WH_PER_KWH = 1000
_loads: Held[np.ndarray] = Held(2)


def supposed_changes(
    what_if: WhatIf, before: Measured, lake: DuckDBPyConnection
) -> tuple[Changes, float | None]:
    """What changes, and by how much batteries for all may do worse than the optimum.

    Args:
        what_if: The scenario.
        before: The district.
        lake: Where the day rows are.

    Raises:
        WhatIfError: something the scenario supposes cannot be worked out here.
    """
    changes = changes_of(what_if, before.lab, lake)
    own = [one for one in changes.stores if one.kind.purpose != "system_peak"]
    if len(own) == len(changes.stores):
        return changes, None
    others = tuple(one for one in what_if.storages if one.purpose != "system_peak")
    without = what_if.of_loads.model_copy(update={"storages": others})

    def load_without() -> np.ndarray:
        found, _ = changed_load(replace(changes, stores=own), before, lake)
        return before.net_kwh + found.added.sum(axis=0) - found.fed_in

    net_kwh = _loads.of(lake, without.model_dump_json(), load_without)
    stores, reached, bound = together_against_peak(changes.stores, net_kwh * _WH_PER_KWH)
    gap = (reached - bound) / reached if reached > 0 else 0.0
    return replace(changes, stores=stores), gap
