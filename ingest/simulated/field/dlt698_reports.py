"""Reports (主动上报) of a 698 terminal: what it has read, sent unasked until it has arrived."""

from datetime import datetime

from ingest.protocols.dlt698.answers import report_record_list
from ingest.protocols.dlt698.messages import Oads, Record
from ingest.simulated.field.dlt698_collected import COLLECTED, COLLECTED_COLUMNS, collected_row
from ingest.simulated.field.meters import QUARTER
from ingest.simulated.field.terminals import Site


class Reports:
    """One report after another, each a quarter of an hour of all meters.

    What is acknowledged the terminal forgets, though it may ask its meters again.

    Attributes:
        acknowledged: Address and instant of each reading of which it was told that it had arrived.
    """

    def __init__(self, site: Site, since: datetime) -> None:
        """Report readings of instants later than ``since`` [UTC]."""
        self._site, self._until, self._piid = site, since, 0
        self._waiting: tuple[bytes, list[tuple[str, datetime]]] | None = None
        self._is_sent = False
        self.acknowledged: list[tuple[str, datetime]] = []

    def due(self, *, again: bool) -> bytes | None:
        """The APDU of the report that waits; None: none does, or not ``again``: it was sent."""
        if self._waiting is None:
            self._waiting, self._is_sent = self._next(), False
        if self._waiting is None or (self._is_sent and not again):
            return None
        self._is_sent = True
        return self._waiting[0]

    def acknowledge(self, piid: int, oads: Oads) -> None:
        """Take the master's word that a report has arrived, if it is of the one that waits."""
        if self._waiting is None or piid & 0x3F != self._piid or oads.oads != (COLLECTED,):
            return
        readings = self._waiting[1]
        self.acknowledged += readings
        self._site.store.forget(readings)
        self._waiting = None

    def _next(self) -> tuple[bytes, list[tuple[str, datetime]]] | None:
        """The next quarter of an hour of which the terminal has read something."""
        site, now = self._site, self._site.clock()
        while site.store.read_at(self._until + QUARTER) <= now:
            self._until += QUARTER
            end = self._until + QUARTER
            readings = [
                (meter, at)
                for meter in site.meters.values()
                for at in site.store.held(meter, self._until, end, now)
            ]
            if not readings:
                continue
            rows = [
                collected_row(meter, at, COLLECTED_COLUMNS, site.store) for meter, at in readings
            ]
            self._piid = self._piid % 0x3F + 1
            record = Record(COLLECTED, COLLECTED_COLUMNS, tuple(rows))
            apdu = report_record_list([record], self._piid)
            return apdu, [(meter.address, at) for meter, at in readings]
        return None
