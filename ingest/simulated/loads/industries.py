"""What workshops and plants make, by the number of shifts that suits it."""

from dataclasses import dataclass

from ingest.simulated.loads.trades import Trade


@dataclass(frozen=True, slots=True)
class Industry:
    """A trade and how its connected power divides, in any unit.

    Attributes:
        trade: What it makes.
        machines: Switched for each job.
        process: On while people work: fans, pumps, conveyors, light.
        furnace: Run batch by batch.
        cold: Refrigeration.
    """

    trade: Trade
    machines: float
    process: float
    furnace: float
    cold: float


def _industry(zh: str, en: str, code: str, group: str, *parts: float) -> Industry:
    return Industry(Trade(zh, en, code, group), *parts)


_BUILDING = "construction_materials"

# Weight, names, GB/T 4754, orders; then machines, process, furnace, cold.
WORKSHOPS = (
    (22, _industry("机械加工厂", "Machine shop", "3484", "machinery", 7, 1.5, 0, 0)),
    (12, _industry("模具厂", "Toolmaker", "3525", "machinery", 7, 1.5, 1, 0)),
    (12, _industry("钢结构加工厂", "Steel fabricator", "3311", _BUILDING, 8, 1, 0, 0)),
    (10, _industry("家具厂", "Furniture maker", "2110", "manufacturing", 6, 3, 0, 0)),
    (10, _industry("印刷厂", "Printer", "2319", "manufacturing", 6, 2, 0.5, 0)),
    (10, _industry("服装厂", "Garment maker", "1819", "manufacturing", 6, 2, 0, 0)),
    (12, _industry("食品加工厂", "Food processor", "1439", "food", 4, 2, 2, 2)),
    (12, _industry("塑料制品厂", "Plastics maker", "2927", "manufacturing", 5, 3, 1, 0)),
)
ONE_SHIFT = (
    (30, _industry("机床厂", "Machine-tool plant", "3421", "machinery", 7, 2, 0.5, 0)),
    (25, _industry("汽车零部件厂", "Car parts plant", "3670", "machinery", 7, 2.5, 1, 0)),
    (25, _industry("水泥制品厂", "Concrete products plant", "3021", _BUILDING, 7, 3, 0, 0)),
    (20, _industry("门窗厂", "Window plant", "3312", _BUILDING, 7, 2, 0, 0)),
)
TWO_SHIFTS = (
    (25, _industry("泵业制造厂", "Pump plant", "3441", "machinery", 6, 3, 1, 0)),
    (25, _industry("塑料包装厂", "Packaging plant", "2926", "manufacturing", 5, 4, 1, 0)),
    (25, _industry("肉类加工厂", "Meat plant", "1353", "food", 4, 3, 0, 2)),
    (25, _industry("热处理厂", "Heat-treatment plant", "3360", "machinery", 3, 2, 4, 0)),
)
THREE_SHIFTS = (
    (30, _industry("化工厂", "Chemical plant", "2614", "chemicals", 3, 7, 0, 0.6)),
    (20, _industry("水泥粉磨站", "Cement grinding plant", "3011", _BUILDING, 3, 7, 0, 0)),
    (20, _industry("铸造厂", "Foundry", "3391", "machinery", 3, 4, 3, 0)),
    (15, _industry("乳品厂", "Dairy plant", "1441", "food", 3, 4, 0, 2)),
    (15, _industry("玻璃纤维厂", "Glass-fibre plant", "3061", _BUILDING, 2, 7, 0.8, 0)),
)
