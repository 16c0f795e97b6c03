"""Planned outages as the dispatching system announced them."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from ingest.simulated.grid.place import Place
from ingest.simulated.planted.outages import Outage
from ingest.simulated.surroundings.span import Span
from queries.schema import PLANNED_OUTAGES

_ANNOUNCED_DAYS = 7
_STAMPED = ("batch_id", "received_at")
ANNOUNCED = pl.Schema({n: d for n, d in PLANNED_OUTAGES.schema.items() if n not in _STAMPED})


def announced(outages: Sequence[Outage], place: Place, span: Span) -> pl.DataFrame:
    """A row an outage and area, as the lake's ``planned_outages`` without what ingest stamps.

    An outage of a whole feeder is announced for the feeder, any other for its areas, a week ahead.
    """
    names = {area.number: area.transformer_id for area in place.areas}
    feeders = {feeder.number: feeder.feeder_id for feeder in place.feeders}
    rows = []
    for number, outage in enumerate((one for one in outages if one.is_planned), 1):
        starts, ends = (span.instant(slot) for slot in (outage.first_slot, outage.last_slot))
        whole = [("feeder", feeders[outage.feeder])] if outage.is_whole else []
        areas = whole or [("transformer", names[one]) for one in sorted(outage.areas)]
        announced_on = span.first_day + timedelta(days=outage.first_slot // 96 - _ANNOUNCED_DAYS)
        rows += [
            (f"FC-JH-{number:04d}", kind, area, starts, ends, announced_on, outage.cause)
            for kind, area in areas
        ]
    return pl.DataFrame(rows, schema=ANNOUNCED, orient="row")
