"""The tariff laboratory: everyone's load in memory, and what they would owe under any tariff."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, partial
from threading import Lock

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.billing import calendars
from queries.billing.account_terms import READS as TERMS_READS
from queries.billing.account_terms import account_terms, agreements_of
from queries.billing.accounts import Accounts, Agreement
from queries.billing.as_in_force import as_in_force
from queries.billing.cube_limits import CubeLimit
from queries.billing.cube_source import READS as CUBE_READS
from queries.billing.cube_source import fleet_cube
from queries.billing.day_rows import Routed
from queries.billing.lines import Priced
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import Span, months
from queries.billing.slot_cube import SlotCube
from queries.billing.tariff_file import tariffs_of_text
from queries.billing.tariff_model import Tariff
from queries.billing.tariffs import known_tariffs
from queries.billing.tier_use import counters_before, tier_use
from queries.lake import lake_state
from queries.run import QuestionError
from queries.toml_files import FileState, toml_states

READS = tuple(
    dict.fromkeys(
        (*CUBE_READS, *TERMS_READS, "transformers", "feeders", "substations", "regions", "tariffs")
    )
)

SIZES_MWH = (2, 5, 20, 100, 1000)
"""Borders of the classes of size [MWh a year]."""
_USUAL_CLASS = {
    "residential": "residential",
    "commercial": "industrial_commercial",
    "industrial": "industrial_commercial",
    "agricultural": "agricultural",
    "public": "residential_shared",
}
"""What a customer without an agreement is taken to pay by its class."""
OWN_CONTRACT = ("direct", "retail")
"""Ways of buying at prices that the lake does not have."""
MOST_DAYS = 3 * 366
"""From the first day to the last, at most."""
BLOCK = 250
"""So many accounts' day rows are in memory at a time."""
_KEPT_LABS, _KEPT_OWED = 2, 12
_MOST_SHARE = 0.25
_labs: OrderedDict[tuple, "Lab"] = OrderedDict()
_making: dict[tuple, Lock] = {}
_labs_lock = Lock()

Part = tuple[str, str, str | None, int | None]
"""(kind, component, period, tier) of what lines have in common."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What every account owes over the whole span under one tariff.

    Attributes:
        total_fen: [fen, (accounts,)].
        parts: By kind, component, period and tier the quantity [unit of the kind, floats for
            figures] and the amount [fen] of every account.
        warnings: What is not in it, or doubtful.
        by_rows: Why charges were billed from the day rows, as codes of ``cube_limits.REASONS``.
    """

    total_fen: np.ndarray
    parts: dict[Part, tuple[np.ndarray, np.ndarray]]
    warnings: tuple[str, ...]
    by_rows: tuple[str, ...]

    @property
    def sold_fen(self) -> np.ndarray:
        """What is owed for energy taken, without what is paid for energy fed in."""
        sold = self.total_fen.copy()
        for (_, component, _, _), (_, amount) in self.parts.items():
            if component == "generation":
                sold -= amount
        return sold


@dataclass(frozen=True, slots=True)
class Lab:
    """A district's accounts over some months.

    Attributes:
        points: A row an account, in the cube's order: ``usage_point_id``, ``customer_id``,
            ``customer_class``, ``region_id``, ``industry_code``, ``price_class``, ``tariff_code``,
            ``is_assumed`` (there is no agreement: the tariff usual for its class),
            ``has_other_terms`` (a bill takes more than the metered energy: losses, a deduction, a
            split; here it does not), ``has_own_contract`` (a retail or direct customer, whose
            prices the lake does not have: the agency's are taken), ``energy_kwh``, ``size_class``
            (place among ``SIZES_MWH``), ``readings_share``.
        accounts: Their terms, the latest of the span.
        cube: Their loads.
        bills: The calendar months.
        remembered: What was owed under the tariffs asked about last: by tariff, and under what
            holds now by those that hold.
        with_maxima: The same loads with the maxima of every slot, made when first a demand by
            period is asked for; empty until then.
        change: What becomes of the day rows of the accounts at some places, where ``cube`` holds
            loads that are only supposed; None: they are as they were read.
        lock: Guards ``remembered`` and ``with_maxima``.
    """

    points: pl.DataFrame
    accounts: Accounts
    cube: SlotCube
    bills: tuple[Span, ...]
    remembered: OrderedDict[Tariff | tuple[Tariff, ...], Owed] = field(
        default_factory=OrderedDict, repr=False
    )
    with_maxima: list[SlotCube] = field(default_factory=list, repr=False)
    change: Callable[..., DayRows] | None = field(default=None, repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)


def laboratory(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> Lab:
    """The laboratory of a district; made once for each state of the lake, and remembered.

    Accounts are usage points that settle something and have readings. Whole months are billed.

    Raises:
        QuestionError: the days are in the wrong order or more than three years.
    """
    if last_day < first_day or (last_day - first_day).days > MOST_DAYS:
        raise QuestionError(
            f"{first_day} to {last_day} is no span to bill; give at most three years in order."
        )
    classes = tuple((one.code, one.region, one.price_class) for one in known_tariffs().values())
    key = lake_state(lake), first_day, last_day, region_id, classes
    with _labs_lock:
        making = _making.setdefault(key, Lock())
    # Whoever asks for the same district waits for the one that makes it, nobody else does.
    with making:
        try:
            with _labs_lock:
                if key in _labs:
                    _labs.move_to_end(key)
                    return _labs[key]
            made = _made(lake, first_day, last_day, region_id)
            with _labs_lock:
                _labs[key] = made
                while len(_labs) > _KEPT_LABS:
                    _labs.popitem(last=False)
            return made
        finally:
            with _labs_lock:
                _making.pop(key, None)


def _made(lake: DuckDBPyConnection, first_day: date, last_day: date, region_id: str | None) -> Lab:
    known = known_points(first_day, last_day, lake, region_id=region_id)
    fleet = fleet_cube(
        known["usage_point_id"].to_list(),
        lake,
        first_day=first_day,
        last_day=last_day,
        with_maxima=False,
    )
    bills = months(first_day, last_day)
    points = pl.DataFrame(
        {"usage_point_id": fleet.usage_point_ids}, {"usage_point_id": pl.String}
    ).join(known, on="usage_point_id", how="left", maintain_order="left")
    terms = account_terms(
        lake,
        first_day=first_day,
        last_day=last_day,
        tariff_area=lake_state(lake).tariff_area,
    )
    latest = terms.unique("usage_point_id", keep="last", maintain_order=True)
    agreements = dict(zip(latest["usage_point_id"], agreements_of(latest), strict=True))
    energy_kwh = fleet.cube.running["import"][:, -1].sum(axis=0) / fleet.cube.per
    years = ((last_day - first_day).days + 1) / 365.25
    size = np.searchsorted(np.array(SIZES_MWH) * 1000.0, energy_kwh / years, side="right")
    usual = {
        kind: _tariff_of_class(code, lake_state(lake).tariff_area)
        for kind, code in _USUAL_CLASS.items()
    }
    known_terms = latest.select(
        "usage_point_id", "industry_code", "price_class", "tariff_code", "purchase_type"
    )
    points = (
        points.join(known_terms, on="usage_point_id", how="left", maintain_order="left")
        .with_columns(
            pl.Series("energy_kwh", energy_kwh),
            pl.Series("size_class", size, dtype=pl.Int8),
            pl.Series("readings_share", fleet.readings_share),
            is_assumed=pl.col("tariff_code").is_null(),
            has_other_terms=pl.col("usage_point_id").is_in(_with_other_terms(terms).implode()),
            has_own_contract=pl.col("purchase_type").is_in(OWN_CONTRACT).fill_null(value=False),
        )
        .drop("purchase_type")
    )
    by_class = pl.col("customer_class").replace_strict(
        _USUAL_CLASS, default=None, return_dtype=pl.String
    )
    usual_code = pl.col("customer_class").replace_strict(
        usual, default=None, return_dtype=pl.String
    )
    points = points.with_columns(
        pl.col("price_class").fill_null(by_class), pl.col("tariff_code").fill_null(usual_code)
    )
    accounts = Accounts.of([agreements.get(p, Agreement()) for p in fleet.usage_point_ids])
    return Lab(points, accounts, fleet.cube, bills)


def _with_other_terms(terms: pl.DataFrame) -> pl.Series:
    """Usage points that are billed something beside their metered energy, at any time.

    A sub-meter is billed what it measures; it is the meter above that has it deducted.
    """
    own = terms.filter(
        pl.col("is_metered_low_side")
        | (pl.col("line_loss_share") > 0)
        | pl.col("split_tariff_code").is_not_null()
    )
    above = terms["deducted_from_usage_point_id"].drop_nulls()
    return pl.concat([own["usage_point_id"], above]).unique()


def known_points(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """Usage points that settle something and have readings, in ascending order.

    Returns:
        ``usage_point_id``, ``customer_id``, ``customer_class``, ``region_id``.
    """
    choose_region(lake, region_id)
    return lake.sql(
        """
        select
            region_places.usage_point_id,
            region_places.customer_id,
            region_places.customer_class,
            region_places.region_id
        from region_places
        where not region_places.is_check
            and region_places.usage_point_id in (
                select daily_totals.usage_point_id
                from daily_totals
                where (
                        daily_totals.channel = 'import'
                        or starts_with(daily_totals.channel, 'import.')
                    )
                    and daily_totals.service_date between $first_day and $last_day
            )
        order by region_places.usage_point_id
        """,
        params={"first_day": first_day, "last_day": last_day},
    ).pl()


def _tariff_of_class(price_class: str, area: str) -> str | None:
    known = known_tariffs().values()
    return next(
        (one.code for one in known if (one.region, one.price_class) == (area, price_class)), None
    )


def tariff_of(text: str) -> Tariff:
    """A tariff by its code, or written out as TOML.

    Raises:
        QuestionError: there is none of this code, or the text holds not exactly one.
        TariffError: the text is not as it should be.
    """
    if "\n" not in text:
        known = known_tariffs()
        if text not in known:
            raise QuestionError(f"tariff '{text}' is none of {', '.join(sorted(known))}.")
        return known[text]
    return _written(text, toml_states(calendars.FOLDER))


@lru_cache(maxsize=64)
def _written(text: str, _calendars: tuple[FileState, ...]) -> Tariff:
    """A page asks several questions about the same text."""
    found = tariffs_of_text(text, calendars.known_calendars(), "the tariff")
    if len(found) != 1:
        raise QuestionError(f"the text holds {len(found)} tariffs; give one at a time.")
    return found[0]


def owed(lab: Lab, tariff: Tariff, lake: DuckDBPyConnection) -> Owed:
    """What every account of ``lab`` would owe under ``tariff``, whatever it pays now."""
    span = lab.bills[0][0], lab.bills[-1][1]
    held = as_in_force(tariff, *span)
    return _remembered(lab, held, lambda: _priced(lake, lab, held))


def _remembered(lab: Lab, key: Tariff | tuple[Tariff, ...], work_out: Callable[[], Owed]) -> Owed:
    with lab.lock:
        if key in lab.remembered:
            lab.remembered.move_to_end(key)
            return lab.remembered[key]
    found = work_out()
    with lab.lock:
        lab.remembered[key] = found
        while len(lab.remembered) > _KEPT_OWED:
            lab.remembered.popitem(last=False)
    return found


def _priced(lake: DuckDBPyConnection, lab: Lab, tariff: Tariff) -> Owed:
    accounts, warnings = with_use_before(lab, tariff, lake)
    found = _billed(lake, lab, tariff, accounts)
    return replace(found, warnings=(*found.warnings, *warnings))


def with_use_before(
    lab: Lab, tariff: Tariff, lake: DuckDBPyConnection
) -> tuple[Accounts, tuple[str, ...]]:
    """The accounts with what they used in tiers' periods that began before the span."""
    first_day = lab.bills[0][0]
    counters = counters_before(tariff, first_day)
    if not counters:
        return lab.accounts, ()
    points = lab.points["usage_point_id"].to_list()
    used, is_known = tier_use(points, counters, first_day, lake)
    began = min(start for start, _ in counters)
    text = (
        f"Tiers count since {began}, but readings begin later: what was used until {first_day} "
        "is known in part, so the first tiers are too large."
    )
    return replace(lab.accounts, used_before=used), () if is_known else (text,)


def _billed(lake: DuckDBPyConnection, lab: Lab, tariff: Tariff, accounts: Accounts) -> Owed:
    cube = lab.cube
    try:
        return _together([price(tariff, cube, lab.bills, accounts=accounts)], ())
    except CubeLimit as limit:
        if limit.reason == "no_maxima":
            cube = with_maxima(lab, lake)
    try:
        return _together([price(tariff, cube, lab.bills, accounts=accounts)], ())
    except CubeLimit:
        pass
    points = lab.points["usage_point_id"].to_list()
    parts, reasons = [], []
    for first in range(0, len(points), BLOCK):
        after = min(first + BLOCK, len(points))
        places = np.arange(first, after)
        change = None if lab.change is None else partial(lab.change, places=places)
        routed = Routed(cube.part(first, after), lake, points[first:after], change)
        of_block = accounts.part(first, after)
        parts.append(price(tariff, routed, lab.bills, accounts=of_block))
        reasons += routed.reasons
    return _together(parts, tuple(dict.fromkeys(reasons)))


def with_maxima(lab: Lab, lake: DuckDBPyConnection) -> SlotCube:
    """The loads of ``lab`` with the maxima of every slot, made once."""
    with lab.lock:
        if not lab.with_maxima:
            first_day, last_day = lab.bills[0][0], lab.bills[-1][1]
            points = lab.points["usage_point_id"].to_list()
            fleet = fleet_cube(points, lake, first_day=first_day, last_day=last_day)
            lab.with_maxima.append(fleet.cube)
        return lab.with_maxima[0]


def _together(priced: Sequence[Priced], reasons: tuple[str, ...]) -> Owed:
    """Bills of one block after another as one, the months added up."""
    count = sum(one.count for one in priced)
    parts: dict[Part, tuple[np.ndarray, np.ndarray]] = {}
    first = 0
    for one in priced:
        for line in one.lines:
            key = line.kind, line.component, line.period, line.tier
            if key not in parts:
                parts[key] = np.zeros(count), np.zeros(count, np.int64)
            quantity, amount = parts[key]
            at = slice(first, first + one.count) if line.accounts is None else first + line.accounts
            quantity[at] += line.quantity.floats()
            amount[at] += line.amount.over(10**one.decimals).astype(np.int64)
        first += one.count
    total = np.zeros(count, np.int64)
    for _, amount in parts.values():
        total += amount
    warnings = dict.fromkeys(text for one in priced for text in one.warnings)
    return Owed(total, parts, tuple(warnings), reasons)


def owed_now(lab: Lab, lake: DuckDBPyConnection) -> Owed:
    """What every account owes under the tariff it has now; nothing where there is none."""
    codes = lab.points["tariff_code"].drop_nulls().unique().sort()
    known = known_tariffs()
    tariffs = tuple(known[code] for code in codes)
    of_code = lab.points["tariff_code"]
    own = [(one, (of_code == one.code).fill_null(value=False).to_numpy()) for one in tariffs]
    return _remembered(lab, tariffs, lambda: owed_each(lab, own, lake))


def owed_each(
    lab: Lab, tariffs: Sequence[tuple[Tariff, np.ndarray]], lake: DuckDBPyConnection
) -> Owed:
    """What every account owes under its own one of ``tariffs``, each with whose it is; others 0."""
    total = np.zeros(lab.points.height, np.int64)
    parts: dict[Part, tuple[np.ndarray, np.ndarray]] = {}
    warnings: dict[str, None] = {}
    reasons: dict[str, None] = {}
    for tariff, is_own in tariffs:
        rows = np.flatnonzero(is_own)
        if not rows.size:
            continue
        # To bill all costs less than to copy the loads of most.
        is_most = rows.size > _MOST_SHARE * len(total)
        found = owed(lab if is_most else those(lab, rows), tariff, lake)
        at = rows if is_most else slice(None)
        total[rows] = found.total_fen[at]
        for key, (quantity, amount) in found.parts.items():
            if key not in parts:
                parts[key] = np.zeros(len(total)), np.zeros(len(total), np.int64)
            parts[key][0][rows], parts[key][1][rows] = quantity[at], amount[at]
        warnings |= dict.fromkeys(found.warnings)
        reasons |= dict.fromkeys(found.by_rows)
    return Owed(total, parts, tuple(warnings), tuple(reasons))


def those(lab: Lab, rows: np.ndarray, cube: SlotCube | None = None) -> Lab:
    """The accounts at the places ``rows``, in their order.

    Args:
        lab: The laboratory.
        rows: Places of the accounts.
        cube: Other loads of them; None: those they have.
    """
    change = lab.change
    maxima = [cube] if cube is not None else [one.those(rows) for one in lab.with_maxima]
    return replace(
        lab,
        points=lab.points[rows],
        accounts=lab.accounts.those(rows),
        cube=lab.cube.those(rows) if cube is None else cube,
        remembered=OrderedDict(),
        with_maxima=maxima,
        change=None if change is None else lambda days, places: change(days, rows[places]),
        lock=Lock(),
    )
