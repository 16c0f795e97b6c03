"""What was read of a whole district serves its parts: they are as if read by themselves."""

from contextlib import closing
from datetime import date

import numpy as np
import polars as pl
import pytest

from queries import cell_loads as cells_module
from queries import cells_of_points, hours_of_points
from queries import daily_energy as energy_module
from queries import hourly_groups as groups_module
from queries import kind_days as kinds_module
from queries.cell_loads import cell_loads
from queries.daily_energy import daily_energy
from queries.held import Held
from queries.hourly_groups import hourly_groups
from queries.kind_days import kind_days
from queries.lake import open_lake
from queries.scope import EVERYTHING

PERIOD = {"first_day": date(2024, 6, 28), "last_day": date(2024, 7, 2), "channel": "import"}
WHOLE = {"area_kind": "all", "area_id": None, "region_id": "R"}
PARTS = [
    ("all", None, None),
    ("transformer", "T1", "R"),
    ("transformer", "T2", None),
    ("customer_class", "residential", "R"),
    ("customer_id", "C1", "R"),
    ("usage_point_id", "P1", "R"),
    ("usage_point_id", "CHECK", "R"),
    ("region", "R", None),
    ("region", "-", None),
    ("region", "-", "R"),
]


@pytest.fixture(scope="module")
def lake(new_lake, register, take, day_row):
    """Two homes, one with two registers, a shop, a meter that checks, one in no register."""
    settings = new_lake()
    register(
        settings,
        regions=[{"region_id": "R"}],
        transformers=[{"transformer_id": name} for name in ("T1", "T2")],
        usage_points=[
            {
                "usage_point_id": point,
                "transformer_id": transformer,
                "region_id": "R",
                "customer_id": customer,
                "customer_class": kind,
                "metering_purpose": purpose,
            }
            for point, transformer, customer, kind, purpose in (
                ("P1", "T1", "C1", "residential", None),
                ("P2", "T2", "C2", "residential", None),
                ("P3", "T1", "C3", "commercial", None),
                ("CHECK", "T1", None, None, "check"),
            )
        ],
    )
    june, july = date(2024, 6, 30), date(2024, 7, 1)
    rows = [
        day_row([100] * 24, point="P1", channel="import.1", day=june),
        day_row([10] * 24, point="P1", channel="import.2", day=june),
        day_row([None, 7, *[5] * 94], point="P2", day=june, interval=15),
        day_row([None] * 4 + [20] * 92, point="P2", day=july, interval=15),
        day_row([300] * 24, point="P3", day=july),
        day_row([999] * 24, point="CHECK", day=july),
        day_row([50] * 24, point="UNKNOWN", day=july),
    ]
    take(settings, pl.concat(rows))
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch):
    """Nothing is held; with ``most``, that much of a whole may be."""

    def forget(most: int) -> None:
        for module in (cells_module, energy_module, groups_module, kinds_module):
            monkeypatch.setattr(module, "_held", Held(4))
        for module, limit in ((hours_of_points, "_MOST_HOURS"), (cells_of_points, "_MOST_ROWS")):
            monkeypatch.setattr(module, "_held", Held(4))
            monkeypatch.setattr(module, limit, most)

    return forget


def test_hours_are_added_up_over_registers_and_points_and_an_hour_nobody_read_is_not_zero(lake):
    found = hourly_groups(lake, **PERIOD, **WHOLE, group_by="customer_class")
    assert found.names == ("commercial", "residential")
    shop, homes = found.load_kw.reshape(2, 5, 24)
    assert np.isnan(homes[[0, 1, 4]]).all()
    # 110 Wh of both registers and 5 Wh a quarter; of the first hour three quarters, one of 7 Wh.
    assert homes[2, :2] == pytest.approx([0.110 + 0.017, 0.110 + 0.020])
    assert np.isnan(homes[3, 0])
    assert homes[3, 1] == pytest.approx(0.080)
    assert shop[3] == pytest.approx(0.300)


@pytest.mark.parametrize(("area_kind", "area_id", "region_id"), PARTS)
def test_a_part_of_the_whole_is_what_it_is_by_itself(lake, forget, area_kind, area_id, region_id):
    area = {"area_kind": area_kind, "area_id": area_id, "region_id": region_id}
    whole = {"area_kind": "all", "area_id": None, "region_id": region_id}
    forget(0)
    alone = _answers(lake, area)
    forget(1_000_000)
    _answers(lake, whole)
    for part, itself in zip(_answers(lake, area), alone, strict=True):
        if isinstance(part, pl.DataFrame):
            assert part.equals(itself)
        elif isinstance(part, np.ndarray):
            np.testing.assert_allclose(part, itself, rtol=1e-12)  # sums in another order
        else:
            assert part == itself


def _answers(lake, area: dict) -> list:
    answers = []
    for group_by in ("customer_class", "transformer"):
        groups = hourly_groups(lake, **PERIOD, **area, group_by=group_by)
        answers += [groups.names, groups.load_kw, groups.first_day]
    energy = daily_energy(lake, **PERIOD, **area)
    kinds = kind_days(lake, **PERIOD, **area)
    cells = cell_loads(lake, **PERIOD, **area)
    answers += [energy.points, energy.energy_kwh, energy.temperature_c.keys()]
    answers += [kinds.rows, kinds.load_kw, cells.cells, cells.load_kw, cells.days]
    return answers
