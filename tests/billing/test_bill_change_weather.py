"""What the weather did to a bill: told of who follows the temperature, and of nobody else."""

import numpy as np
import polars as pl
import pytest

from queries.billing.bill_change import per_degree_kwh

COLD = np.clip(18 - (10 - 15 * np.cos(2 * np.pi * np.arange(365) / 365)), 0, None)


def days(energy_kwh):
    return pl.DataFrame({"energy_kwh": energy_kwh, "heating": COLD, "cooling": np.zeros(365)})


def test_who_heats_by_electricity_is_told_what_a_degree_costs():
    noise = np.random.default_rng(1).normal(0, 2, 365)
    found = per_degree_kwh(days(8 + 0.5 * COLD + noise))
    assert found == {"heating": pytest.approx(0.5, abs=0.05)}


def test_a_customer_that_does_not_follow_the_temperature_is_not_told_that_the_weather_did_it():
    """Of 200 at least 19 of 20; one in forty lies two standard errors above zero by chance."""
    random = np.random.default_rng(1)
    told = [bool(per_degree_kwh(days(random.normal(10, 6, 365)))) for _ in range(200)]
    assert np.mean(told) < 0.05
