"""Invented Chinese addresses, one for every customer of a place."""

from ingest.simulated.grid.place import Area, Feeder


def address(area: Area, number: int) -> str:
    """The address of an area's customer, counted from 0.

    Such as 峰川区柳湾路杏林里1号楼2单元301室 in town, 峰川区柳湾路松坡村12号 in the country.
    """
    if area.kind == "urban":
        block, flat = divmod(number, 12)
        entrance, flat = divmod(flat, 6)
        return f"{area.settlement}{block + 1}号楼{entrance + 1}单元{_door(flat)}室"
    if area.kind == "suburban":
        block, flat = divmod(number, 6)
        return f"{area.settlement}{block + 1}栋{_door(flat)}室"
    return f"{area.settlement}{number + 1}号"


def _door(flat: int) -> int:
    """Two doors a floor."""
    floor, door = divmod(flat, 2)
    return 100 * (floor + 1) + door + 1


def medium_voltage_address(feeder: Feeder, number: int) -> str:
    """The address of a feeder's medium-voltage customer, counted from 0: 峰川区柳湾路1号."""
    return f"{feeder.road}{number + 1}号"
