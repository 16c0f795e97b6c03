"""Physical values as people read them: scaled, with separators, a unit and few digits."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pages.text import language, t

_MEGA, _GIGA = 1_000.0, 1_000_000.0
_WAN, _YI = 10_000.0, 100_000_000.0
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and how many kW, kWh, kvar or kvarh it holds."""

    symbol: str
    size: float = 1.0

    @property
    def number_format(self) -> str:
        """d3 format of values in this unit: tenths of a kilowatt, finer where it is larger."""
        return ",.1f" if self.size == 1 else ",.3f"


def power_unit(largest_kw: float | None, channel: str = "import") -> Unit:
    """The unit in which ``largest_kw`` [kW, or kvar on a reactive channel] reads well."""
    watt = "var" if is_reactive(channel) else "W"
    size, prefix = _step_up(largest_kw, {_GIGA: "G", _MEGA: "M"})
    return Unit(prefix + watt, size)


def energy_unit(largest_kwh: float | None, channel: str = "import") -> Unit:
    """The unit in which ``largest_kwh`` [kWh, or kvarh] reads well.

    Chinese counts energy in ten thousands (万) and hundred millions (亿) of kilowatt-hours.
    """
    hour = "varh" if is_reactive(channel) else "Wh"
    if language() == "zh":
        size, prefix = _step_up(largest_kwh, {_YI: "亿k", _WAN: "万k"})
    else:
        size, prefix = _step_up(largest_kwh, {_GIGA: "G", _MEGA: "M"})
    return Unit(prefix + hour, size)


def is_reactive(channel: str) -> bool:
    """Whether a channel counts kvarh."""
    return channel.startswith("reactive")


def _step_up(largest: float | None, sizes: dict[float, str]) -> tuple[float, str]:
    for size, prefix in sizes.items():
        if largest is not None and abs(largest) >= size:
            return size, prefix
    return 1.0, "k"


def power(load_kw: float | None, channel: str = "import") -> str:
    """``3.087 MW``; a dash where there is nothing."""
    return _with_unit(load_kw, power_unit(load_kw, channel))


def energy(energy_kwh: float | None, channel: str = "import") -> str:
    """``5.451 万kWh`` or ``54.51 MWh``; a dash where there is nothing."""
    return _with_unit(energy_kwh, energy_unit(energy_kwh, channel))


def _with_unit(value: float | None, unit: Unit) -> str:
    return "–" if value is None else f"{number(value / unit.size)} {unit.symbol}"


def money_unit(largest_cny: float | Decimal | None) -> Unit:
    """The unit in which ``largest_cny`` [CNY] reads well: 元, 万元, 亿元; CNY, M CNY."""
    steps = {_YI: "unit.cny_yi", _WAN: "unit.cny_wan"}
    if language() != "zh":
        steps = {_GIGA * 1000: "unit.cny_billion", _GIGA: "unit.cny_million"}
    for size, key in steps.items():
        if largest_cny is not None and abs(largest_cny) >= size:
            return Unit(t(key), size)
    return Unit(t("unit.cny"))


def money(amount_cny: float | Decimal | None, *, with_sign: bool = False) -> str:
    """``1,762.0 万元`` or ``17.62 M CNY``, to the fen below ten thousand; a dash for none."""
    if amount_cny is None:
        return "–"
    unit = money_unit(amount_cny)
    sign = "+" if with_sign and amount_cny > 0 else ""
    return f"{sign}{money_in(unit, amount_cny)} {unit.symbol}"


def money_in(unit: Unit, amount_cny: float | Decimal) -> str:
    """The number alone, where its unit stands beside it: ``3.329``; to the fen in CNY."""
    value = float(amount_cny) / unit.size
    if unit.size == 1:
        return f"{value:,.{2 if abs(value) < _WAN else 0}f}"
    return number(value)


def bare_price(price_cny_per_kwh: float | Decimal | None) -> str:
    """``0.7947`` where the unit stands beside it; a dash where there is none."""
    return "–" if price_cny_per_kwh is None else f"{price_cny_per_kwh:.4f}"


def number(value: float) -> str:
    """Four significant digits, whole numbers from a thousand on, separators every three.

    >>> number(54513.5), number(3.08667), number(0.0)
    ('54,514', '3.087', '0')
    """
    if value == 0:
        return "0"
    digits = min(3, max(0, 3 - math.floor(math.log10(abs(value)))))
    return f"{value:,.{digits}f}"


def share(value: float | None) -> str:
    """A ratio in per cent; what is not quite all never reads 100 %, what is not nothing never 0 %.

    >>> share(0.99996), share(0.7358), share(1.0)
    ('99.9%', '73.6%', '100%')
    """
    if value is None:
        return "–"
    if value in {0.0, 1.0}:
        return f"{value:.0%}"
    per_cent = round(value * 100, 1)
    if 0 < value < 1:
        per_cent = min(max(per_cent, 0.1), 99.9)
    return f"{per_cent:.1f}%"


def change(value: float | None) -> str | None:
    """A relative change with its sign, for a metric's delta; None where there is nothing to say.

    >>> change(0.0912), change(-0.03), change(0.0004)
    ('+9.1%', '-3.0%', '0.0%')
    """
    return None if value is None else f"{value:+.1%}" if is_change(value) else f"{0:.1%}"


def is_change(value: float) -> bool:
    """Whether it is one in the digits that are shown."""
    return round(abs(value), 3) > 0


def day(value: date | None, *, with_year: bool = True, with_weekday: bool = False) -> str:
    """``2016年12月31日 周六`` or ``Sat 31 Dec 2016``."""
    if value is None:
        return "–"
    text = t(
        "date.day_with_year" if with_year else "date.day",
        year=value.year,
        month=value.month if language() == "zh" else t(f"month.m{value.month}"),
        day=value.day,
    )
    if not with_weekday:
        return text
    return t("date.with_weekday", weekday=t(f"weekday.{_WEEKDAYS[value.weekday()]}"), day=text)


def days(first_day: date, last_day: date) -> str:
    """A period; one day only once."""
    if first_day == last_day:
        return day(first_day, with_weekday=True)
    same_year = first_day.year == last_day.year
    begin = day(first_day, with_year=language() == "zh" or not same_year)
    return f"{begin} – {day(last_day, with_year=language() != 'zh' or not same_year)}"


def day_count(first_day: date, last_day: date) -> str:
    """``31 天``, both days included."""
    return in_days((last_day - first_day).days + 1)


def in_days(count: int) -> str:
    """``31 天``, ``1 day``."""
    return t("date.count_one") if count == 1 else t("date.count", count=f"{count:,}")


def moment(value: datetime | None, *, with_year: bool = False) -> str:
    """``12月31日 09:15`` or ``31 Dec 09:15``."""
    if value is None:
        return "–"
    return f"{day(value.date(), with_year=with_year)} {value:%H:%M}"


def clock(value: datetime | None) -> str:
    """``09:15``."""
    return "–" if value is None else f"{value:%H:%M}"


def hours(value: float) -> str:
    """``2.5 小时`` or ``2.5 h``; whole minutes below one hour."""
    if value < 1:
        return t("unit.in_minutes", minutes=f"{value * 60:.0f}")
    return t("unit.in_hours", hours=f"{value:,.4g}" if value < 10 else f"{value:,.0f}")


def month(value: date) -> str:
    """``12月`` or ``Dec``."""
    return t(f"month.m{value.month}")
