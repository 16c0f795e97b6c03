"""What was planted: the answers by which detectors are scored. No query may read them."""

from dataclasses import dataclass, field

import polars as pl

from queries.schema import UTC_INSTANT

TRUTH = pl.Schema(
    {
        "group": pl.String(),  # theft, decoy, meter_fault, collection, programme …
        "kind": pl.String(),  # such as bypass_share
        "subject": pl.String(),  # usage_point, transformer, feeder, region
        "subject_id": pl.String(),
        "starts_at": UTC_INSTANT,
        "ends_at": UTC_INSTANT,  # null: lasts to the end of the span
        "amount": pl.Float64(),  # how much, in ``unit``
        "unit": pl.String(),
        "energy_wh": pl.Int64(),  # what it did to the energy over the span; null: nothing
        "detail": pl.String(),  # what else defines it, JSON
    }
)
"""One row a planted thing."""

TRUTH_ENERGY = pl.Schema(
    {
        "subject": pl.String(),  # usage_point, transformer, feeder
        "subject_id": pl.String(),
        "transformer_id": pl.String(),  # the area it truly hangs on; null: medium voltage
        "feeder_id": pl.String(),
        "service_date": pl.Date(),
        "used_wh": pl.Int64(),  # truly drawn through the service line
        "given_wh": pl.Int64(),  # truly fed back
        "stolen_wh": pl.Int64(),  # drawn and not registered by intent
        "mis_metered_import_wh": pl.Int64(),  # used − stolen − what readings say, signed
        "mis_metered_export_wh": pl.Int64(),  # given − what readings say, signed
        "unread_import_wh": pl.Int64(),  # metered, but no actual reading of it in the lake
        "unread_export_wh": pl.Int64(),
        "technical_loss_wh": pl.Int64(),  # below a transformer or feeder meter
    }
)
"""Where every watt-hour of every day went. For a usage point, with the actual readings of the lake:

used = import read + unread_import + stolen + mis_metered_import
given = export read + unread_export + mis_metered_export

For a transformer: used − given of its own row = the sum of used − given of the usage points that
truly hang on it + technical_loss."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One thing planted on one subject.

    Attributes:
        group: theft, decoy, meter_fault, clock, assignment, collection, outage, programme,
            adoption, growth.
        kind: What exactly.
        first_slot, last_slot: Slots of the span; ``last_slot`` is the first slot after.
        amount, unit: How much.
        detail: Whatever else is needed to reproduce it.
    """

    group: str
    kind: str
    first_slot: int
    last_slot: int
    amount: float
    unit: str
    detail: dict = field(default_factory=dict)
