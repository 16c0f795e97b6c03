"""Change points by OpenDSM's daily model, an oracle run once beside Fenggu; its figures are kept.

OpenDSM 1.2.7 does not import with what pip takes with it today; it does with older pins. Its
environment is its own, and neither it nor its pins are among Fenggu's requirements:

    python -m tests.load.opendsm_oracle days tests/load/opendsm_days.parquet
    python3.11 -m venv oracle
    oracle/bin/pip install opendsm==1.2.7 "multimethod<2" "pydantic<2.12" "numpy<2.3"
    oracle/bin/python tests/load/opendsm_oracle.py fit \
        tests/load/opendsm_days.parquet tests/load/opendsm_daily.csv

Two answers are kept of every series. ``one`` is the daily model without the parts that make it
several models: no seasons or weekdays of their own, no rounded corners, least squares. That is the
question ``queries.load.temperature_response`` answers, too. ``shipped`` is the model as it comes:
robust, and split where its criterion says so; its change points are kept where it did not split.
"""

import argparse
import csv
import sys
import warnings
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HOMES_OF_A_KIND = 10
"""With electric heating by thermostat, and with air conditioners but no electric heating."""
_SEED, _CUSTOMERS, _FIRST, _DAYS = 21, 800, date(2024, 1, 1), 366
_VICTORIA_YEARS = (2012, 2013, 2014)
_VICTORIA = Path(__file__).parents[3] / "shared/data/vic_elec/vic_electricity.csv"
_ONE = {
    "developer_mode": True,
    "silent_developer_mode": True,
    "allow_smooth_model": False,
    "alpha_final": 2.0,
    "regularization_alpha": 0.0,
    "split_selection": {
        "allow_separate_summer": False,
        "allow_separate_shoulder": False,
        "allow_separate_winter": False,
        "allow_separate_weekday_weekend": False,
    },
}
_COLUMNS = (
    "series",
    "settings",
    "model",
    "base",
    "heating_below_c",
    "heating_per_k",
    "cooling_above_c",
    "cooling_per_k",
)


def main() -> None:
    """Write the days, or fit them."""
    given = argparse.ArgumentParser(description=__doc__)
    steps = given.add_subparsers(dest="step", required=True)
    steps.add_parser("days").add_argument("out", type=Path)
    fit = steps.add_parser("fit")
    fit.add_argument("days", type=Path)
    fit.add_argument("out", type=Path)
    asked = given.parse_args()
    if asked.step == "days":
        _write_days(asked.out)
    else:
        _fit_all(asked.days, asked.out)


def _write_days(out: Path) -> None:
    """A year of daily energy [10 Wh of homes, MWh of Victoria] and temperatures [0.01 °C]."""
    import polars as pl  # noqa: PLC0415 - OpenDSM's environment has none of this

    days = pl.concat([*_homes(), *_victoria()])
    days.write_parquet(out, compression="zstd", compression_level=19)
    sys.stdout.write(f"{days['series'].n_unique()} series, {out.stat().st_size:,} bytes\n")


def _homes() -> list:
    import numpy as np  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    from ingest.simulated.customers.consumption import true_flows  # noqa: PLC0415
    from ingest.simulated.district import district  # noqa: PLC0415
    from ingest.simulated.plan import Plan  # noqa: PLC0415
    from queries.schema import SLOTS_PER_DAY  # noqa: PLC0415

    last_day = _FIRST + timedelta(days=_DAYS - 1)
    whole = district(Plan(_CUSTOMERS, seed=_SEED, first_day=_FIRST, last_day=last_day, faults=0))
    outdoor_c = whole.setting.weather.temperature_c.reshape(_DAYS, SLOTS_PER_DAY).mean(axis=1)
    chosen: dict[str, list] = {"heated": [], "cooled": []}
    for premise in whole.premises:
        if premise.kind != "household" or len(premise.tenancies) != 1 or premise.solar:
            continue
        tenancy = premise.tenancies[0]
        traits, is_whole = tenancy.traits, (tenancy.first_day, tenancy.last_day) == (0, _DAYS)
        if not is_whole or traits.is_cut_off or traits.occupancy.kind == "vacant":
            continue
        if traits.heating is not None and not traits.heating.is_storage:
            chosen["heated"].append(premise)
        elif traits.heating is None and traits.air_conditioner is not None:
            chosen["cooled"].append(premise)
    frames = []
    for kind, premises in chosen.items():
        for number, premise in enumerate(premises[:HOMES_OF_A_KIND]):
            flows, _ = true_flows(
                premise,
                whole.behaviour.get(premise.number, ()),
                whole.outages_of(premise),
                whole.setting,
            )
            energy = flows.import_wh.reshape(_DAYS, SLOTS_PER_DAY).sum(axis=1) / 10
            frames.append(
                pl.DataFrame(
                    {
                        "series": [f"{kind} home {number + 1}"] * _DAYS,
                        "service_date": [_FIRST + timedelta(days=day) for day in range(_DAYS)],
                        "energy": np.rint(energy).astype(np.int32),
                        "temperature": np.rint(100 * outdoor_c).astype(np.int16),
                    }
                )
            )
    return frames


def _victoria() -> list:
    import polars as pl  # noqa: PLC0415

    half_hours = pl.read_csv(_VICTORIA, try_parse_dates=True)
    days = half_hours.group_by("Date").agg(
        pl.col("Demand").mean() * 24, pl.col("Temperature").mean(), pl.len()
    )
    days = days.filter(pl.col("len") == 48).sort("Date")
    return [
        days.filter(pl.col("Date").dt.year() == year).select(
            pl.lit(f"Victoria {year}").alias("series"),
            pl.col("Date").alias("service_date"),
            pl.col("Demand").round().cast(pl.Int32).alias("energy"),
            (100 * pl.col("Temperature")).round().cast(pl.Int16).alias("temperature"),
        )
        for year in _VICTORIA_YEARS
    ]


def _fit_all(days: Path, out: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - of OpenDSM's environment, like OpenDSM

    warnings.simplefilter("ignore")
    with out.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        rows.writeheader()
        for series, own in pd.read_parquet(days).groupby("series", sort=True, observed=True):
            for settings, changed in (("one", _ONE), ("shipped", None)):
                rows.writerow({"series": series, "settings": settings, **_fitted(own, changed)})
                file.flush()


def _fitted(own: Any, settings: dict | None) -> dict:
    """Change points [°C] and slopes [unit/day/K] of one series; empty where it was split."""
    import pandas as pd  # noqa: PLC0415
    from opendsm.eemeter import (  # pyright: ignore[reportMissingImports]  # noqa: PLC0415
        DailyBaselineData,
        DailyModel,
    )

    index = pd.DatetimeIndex(own["service_date"], tz="UTC")
    fahrenheit = own["temperature"].to_numpy() / 100 * 1.8 + 32
    frame = pd.DataFrame(
        {"observed": own["energy"].to_numpy(float), "temperature": fahrenheit},
        index=index,
    )
    data = DailyBaselineData(frame, is_electricity_data=True)
    model = DailyModel(settings=settings).fit(data, ignore_disqualification=True)
    parts = model.to_dict()["submodels"]
    if len(parts) > 1:
        return {"model": f"{len(parts)} models"}
    [found] = [part["coefficients"] for part in parts.values()]
    celsius = {
        name: None if found[key] is None else round((found[key] - 32) / 1.8, 3)
        for name, key in (("heating_below_c", "hdd_bp"), ("cooling_above_c", "cdd_bp"))
    }
    slopes = {
        name: None if found[key] is None else round(abs(found[key]) * 1.8, 4)
        for name, key in (("heating_per_k", "hdd_beta"), ("cooling_per_k", "cdd_beta"))
    }
    kind = getattr(found["model_type"], "value", found["model_type"])
    return {"model": kind, "base": round(found["intercept"], 3), **celsius, **slopes}


if __name__ == "__main__":
    main()
