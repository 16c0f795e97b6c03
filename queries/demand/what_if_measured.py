"""A district as it was measured, in the sums that scenarios are told in; held between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from scipy import sparse

from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import Lab, laboratory
from queries.demand.what_if_rows import READS as ROWS_READS
from queries.demand.what_if_rows import Rows, rows_of
from queries.demand.what_if_terms import WhatIf, WhatIfError
from queries.held import Held
from queries.schema import SLOTS_PER_DAY

READS = (*LAB_READS, *ROWS_READS)

_MOST_HELD = 400_000
"""Customer days whose quarters of an hour are held: 150 MB, a thousand customers' year."""
_UNKNOWN = ""
_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Sides:
    """To what customers belong.

    Attributes:
        class_of, transformer_of: Numbers, −1 for none, (customers,).
        classes, transformers: How many there are.
        days: Of the laboratory.
    """

    class_of: np.ndarray
    classes: int
    transformer_of: np.ndarray
    transformers: int
    days: int

    def nothing(self) -> tuple[np.ndarray, np.ndarray]:
        """Zeros by class and by transformer, (…, days, 96)."""
        shape = self.days, SLOTS_PER_DAY
        return np.zeros((self.classes, *shape)), np.zeros((self.transformers, *shape), np.float32)

    def class_days(self, rows: Rows) -> np.ndarray:
        """Class and day of each row as one number, a place among the sums by class."""
        return self.class_of[rows.customer] * self.days + rows.day

    def transformer_days(self, rows: Rows) -> np.ndarray:
        """Transformer and day of each row likewise, below 0 for none."""
        transformer = self.transformer_of[rows.customer]
        return np.where(transformer < 0, _NOWHERE, transformer * self.days + rows.day)


@dataclass(frozen=True, slots=True)
class PlaceSums:
    """Rows of 96 added up by place: ``places`` ascending, and their ``sums``, (places, 96)."""

    places: np.ndarray
    sums: np.ndarray

    def add_to(self, total: np.ndarray) -> None:
        """Add them to ``total``, (…, days, 96)."""
        total.reshape(-1, SLOTS_PER_DAY)[self.places] += self.sums


@dataclass(frozen=True, slots=True)
class Measured:
    """A district as it was measured.

    Attributes:
        lab: Its customers, their loads and agreements.
        sides: To what its customers belong.
        classes, transformers: Their names, in the order of the numbers of ``sides``; the class of
            customers in no register is an empty text.
        by_class: Energy taken, (classes, days, 96) [kWh].
        by_transformer: Likewise, (transformers, days, 96) [kWh].
        rows: All day rows, where they are few enough to be held; None: they are read again.
    """

    lab: Lab
    sides: Sides
    classes: tuple[str, ...]
    transformers: tuple[str, ...]
    by_class: np.ndarray
    by_transformer: np.ndarray
    rows: tuple[Rows, ...] | None = field(default=None, repr=False)

    def rows_of(self, places: np.ndarray, lake: DuckDBPyConnection) -> Iterator[Rows]:
        """The rows of the customers at ``places``."""
        if self.rows is None:
            yield from rows_of(self.lab, places, lake)
            return
        is_asked = np.zeros(self.lab.points.height, bool)
        is_asked[places] = True
        for rows in self.rows:
            own = np.flatnonzero(is_asked[rows.customer])
            if own.size:
                yield Rows(rows.customer[own], rows.day[own], rows.units[own])

    @property
    def net_kwh(self) -> np.ndarray:
        """What all customers take, (days, 96) [kWh]."""
        return self.by_class.sum(axis=0)


_measured: Held[Measured] = Held(2)


def measured(what_if: WhatIf, lake: DuckDBPyConnection) -> Measured:
    """The district a scenario is about, as it was measured.

    Raises:
        WhatIfError: nobody in it has readings on these days.
    """
    asked = what_if.first_day, what_if.last_day, what_if.region_id
    return _measured.of(lake, asked, lambda: _added_up(what_if, lake))


def _added_up(what_if: WhatIf, lake: DuckDBPyConnection) -> Measured:
    lab = laboratory(what_if.first_day, what_if.last_day, lake, region_id=what_if.region_id)
    if lab.points.is_empty():
        raise WhatIfError(
            f"nobody here has readings from {what_if.first_day} to {what_if.last_day}. "
            "Choose other days or another region."
        )
    places = lake.sql("select usage_point_id, transformer_id from places").pl()
    of_points = lab.points.join(places, on="usage_point_id", how="left", maintain_order="left")
    class_of, classes = _numbered(of_points["customer_class"].fill_null(_UNKNOWN))
    transformer_of, transformers = _numbered(of_points["transformer_id"])
    days = (lab.bills[-1][1] - lab.bills[0][0]).days + 1
    sides = Sides(class_of, len(classes), transformer_of, len(transformers), days)
    of_classes, of_transformers = sides.nothing()
    held = [] if lab.points.height * days <= _MOST_HELD else None
    for rows in rows_of(lab, np.arange(lab.points.height), lake):
        if held is not None:
            held.append(rows)
        summed_by_place(sides.class_days(rows), rows.units).add_to(of_classes)
        summed_by_place(sides.transformer_days(rows), rows.units).add_to(of_transformers)
    per = lab.cube.per
    return Measured(
        lab,
        sides,
        classes,
        transformers,
        of_classes / per,
        of_transformers / per,
        None if held is None else tuple(held),
    )


def _numbered(names: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """The number of each name, −1 for none, and the names in that order."""
    known = names.drop_nulls().unique().sort().to_list()
    numbers = names.replace_strict(known, range(len(known)), default=-1, return_dtype=pl.Int64)
    return numbers.to_numpy(), tuple(known)


def together(at: np.ndarray, size: int, values: np.ndarray) -> np.ndarray:
    """Sums of the rows of ``values`` by place, (size, 96); of whole numbers, whole numbers."""
    rows = len(at)
    kind = np.int64 if np.issubdtype(values.dtype, np.integer) else values.dtype
    of_place = sparse.csr_array((np.ones(rows, kind), (at, np.arange(rows))), shape=(size, rows))
    return of_place @ values.astype(kind, copy=False)


def summed_by_place(at: np.ndarray, values: np.ndarray) -> PlaceSums:
    """Sums of the rows of ``values`` by place; what is nowhere counts nowhere."""
    known = at >= 0
    if not known.all():
        at, values = at[known], values[known]
    places, number = np.unique(at, return_inverse=True)
    return PlaceSums(places, together(number, len(places), values))
