"""A tariff as if it were in force at another time: what a what-if bills a load of any year by."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from queries.billing.segments import months
from queries.billing.tariff_model import EnergyCharge, Tariff


def as_in_force(tariff: Tariff, first_day: date, last_day: date) -> Tariff:
    """``tariff`` where it is in force from ``first_day`` to ``last_day``, else its latest version.

    Prices posted for a month that are not known for a month of the load are those of the same month
    of the latest year that has it, else the latest posted.
    """
    is_there = tariff.version_on(first_day) is not None
    versions = tariff.versions
    if not is_there:
        versions = (replace(tariff.versions[-1], valid_from=None),)
    wanted = [f"{start:%Y-%m}" for start, _ in months(first_day, last_day)]
    return replace(
        tariff,
        versions=tuple(
            replace(
                version,
                charges=tuple(
                    replace(charge, series=_series(charge.series, wanted))
                    if isinstance(charge, EnergyCharge) and charge.series
                    else charge
                    for charge in version.charges
                ),
            )
            for version in versions
        ),
    )


def _series(
    posted: tuple[tuple[str, Decimal], ...], wanted: list[str]
) -> tuple[tuple[str, Decimal], ...]:
    known = dict(posted)
    for month in wanted:
        if month not in known:
            alike = sorted(other for other, _ in posted if other[5:] == month[5:])
            known[month] = dict(posted)[alike[-1] if alike else max(dict(posted))]
    return tuple(sorted(known.items()))
