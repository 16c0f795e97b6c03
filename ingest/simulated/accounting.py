"""Where every watt-hour went, day by day: the rows of the truth about energy."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ingest.simulated.meters.tables import by_day
from ingest.simulated.planted.collection import Collection, is_read
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import TRUTH_ENERGY

_ENERGIES = tuple(name for name in TRUTH_ENERGY if name.endswith("_wh"))


@dataclass(slots=True)
class EnergyRows:
    """TRUTH_ENERGY, collected subject by subject."""

    parts: list[tuple[tuple[str, str, str | None, str], dict[str, np.ndarray]]] = field(
        default_factory=list
    )

    def add(
        self,
        subject: str,
        subject_id: str,
        transformer_id: str | None,
        feeder_id: str,
        **energies_wh: np.ndarray,
    ) -> None:
        """One subject's energies of every slot (slots,) or day (days,); those not given are 0."""
        unknown = energies_wh.keys() - set(_ENERGIES)
        if unknown:
            raise ValueError(f"{sorted(unknown)} are no columns of TRUTH_ENERGY")
        self.parts.append(((subject, subject_id, transformer_id, feeder_id), energies_wh))

    def frame(self, span: Span) -> pl.DataFrame:
        """Everything added; a subject's days follow each other."""
        nothing = np.zeros(span.days, dtype=np.int64)
        count = len(self.parts)
        rows = np.repeat(np.arange(count), span.days)
        names = ("subject", "subject_id", "transformer_id", "feeder_id")
        texts = {
            name: pl.Series([key[at] for key, _ in self.parts], dtype=pl.String).gather(rows)
            for at, name in enumerate(names)
        }
        energies = {
            name: np.concatenate(
                [_daily(given.get(name, nothing), span) for _, given in self.parts]
            )
            if count
            else nothing[:0]
            for name in _ENERGIES
        }
        dates = pl.Series(span.dates, dtype=pl.Date)
        columns = texts | {"service_date": pl.concat([dates] * count) if count else dates[:0]}
        return pl.DataFrame(columns | energies).select(TRUTH_ENERGY.names()).cast(TRUTH_ENERGY)


def unread_wh(metered_wh: np.ndarray, kept: Collection) -> np.ndarray:
    """What of the metered energy (slots,) the lake holds no actual reading of, by day (days,)."""
    unread = ~is_read(kept)
    some = np.flatnonzero(unread.any(axis=1))
    found = np.zeros(len(unread), dtype=np.int64)
    found[some] = np.where(unread[some], by_day(metered_wh)[some], 0).sum(axis=1)
    return found


def _daily(energy_wh: np.ndarray, span: Span) -> np.ndarray:
    if energy_wh.size == span.days:
        return energy_wh.astype(np.int64)
    return by_day(energy_wh).sum(axis=1, dtype=np.int64)
