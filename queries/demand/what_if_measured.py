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

    def places(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Transformer, class and day that some rows have as one number, and each row's place."""
        side = (self.transformer_of[rows.customer] + 1) * self.classes
        side = (side + self.class_of[rows.customer]) * self.days + rows.day
        return np.unique(side, return_inverse=True)

    def add(
        self,
        side: np.ndarray,
        values: np.ndarray,
        by_class: np.ndarray | None = None,
        by_transformer: np.ndarray | None = None,
    ) -> None:
        """Add rows of 96 at their side to sums by class and by transformer."""
        of_both, day = np.divmod(side, self.days)
        transformer, of_class = np.divmod(of_both, self.classes)
        if by_class is not None:
            add_days(by_class, of_class, day, values)
        if by_transformer is not None:
            add_days(by_transformer, transformer - 1, day, values)


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
        side, place = sides.places(rows)
        sides.add(side, together(place, len(side), rows.units), of_classes, of_transformers)
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


def add_days(total: np.ndarray, what: np.ndarray, day: np.ndarray, values: np.ndarray) -> None:
    """Add rows of 96 to ``total`` (things, days, 96) at their thing and day; −1 is nothing."""
    known = np.flatnonzero(what >= 0)
    at = what[known] * total.shape[1] + day[known]
    places, number = np.unique(at, return_inverse=True)
    sums = together(number, len(places), values[known])
    total[np.divmod(places, total.shape[1])] += sums
