"""What a simulation of tariffs rests on, and what is not in it."""

from collections.abc import Iterator
from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import Owed, tariff_of
from queries.billing.simulate import LEAST_READINGS_SHARE, NOW, Selection, simulate
from queries.billing.tariffs import known_tariffs

RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "note": pl.String(),
        "detail": pl.String(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
    }
)
READS = LAB_READS

_Note = tuple[str, str, str | None, int | None, float | None]
"""A row of ``RETURNS``."""


def simulation_notes(  # noqa: PLR0913 - tariffs, days, a selection
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
) -> pl.DataFrame:
    """Doubts about what everyone would owe: missing agreements and readings, prices not certain.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.

    Returns:
        A row a note; ``tariff`` is ``now`` for what holds today. ``note`` is ``assumed`` (so many
        accounts have no agreement: their tariff now is the usual one of their class),
        ``no_tariff`` (have none at all: they owe nothing now), ``incomplete`` (less than nine
        tenths of it was read: billed too little), ``other_terms`` (are billed by metered energy
        alone, without the losses, deductions and splits of their agreements), ``own_contract``
        (retail and direct customers, whose bill now is at the agency's price), ``by_rows`` (not
        from the cube, ``detail`` as ``cube_limits.REASONS``), ``warning`` (``detail`` from the
        billing, in English), ``certainty`` (``detail`` is how sure the tariff's prices are) and
        ``doubt``.
        ``energy_kwh`` is that of the ``accounts`` over the span.
    """
    chosen = Selection(first_day, last_day, region_id, price_classes, customer_class)
    found = simulate(tariffs, chosen, lake)
    points = found.points
    counted = {
        "assumed": points["is_assumed"] & points["tariff_code"].is_not_null(),
        "no_tariff": points["tariff_code"].is_null(),
        "incomplete": points["readings_share"] < LEAST_READINGS_SHARE,
        "other_terms": points["has_other_terms"],
        "own_contract": points["has_own_contract"],
    }
    rows: list[_Note] = [
        (NOW, note, None, int(those.sum()), float(points["energy_kwh"].filter(those).sum()))
        for note, those in counted.items()
        if those.any()
    ]
    held = list(points["tariff_code"].drop_nulls().unique().sort())
    for code in held:
        tariff = known_tariffs()[code]
        rows += [(NOW, "certainty", f"{code}: {tariff.certainty}", None, None)]
    rows += _of_billing(NOW, found.now)
    for text, (name, owed) in zip(tariffs, found.under.items(), strict=True):
        tariff = tariff_of(text)
        rows += [(name, "certainty", tariff.certainty, None, None)] if tariff.certainty else []
        rows += [(name, "doubt", doubt, None, None) for doubt in tariff.doubts]
        rows += _of_billing(name, owed)
    return pl.DataFrame(rows, schema=RETURNS, orient="row")


def _of_billing(name: str, owed: Owed) -> Iterator[_Note]:
    for reason in owed.by_rows:
        yield name, "by_rows", reason, None, None
    for text in owed.warnings:
        yield name, "warning", text, None, None
