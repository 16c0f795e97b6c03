"""Iron, windings, and what they do to the power factor."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.power_factor import power_factor_hundredths
from queries.billing.transformer_loss import (
    LossBand,
    TransformerLoss,
    TransformerRating,
    loss_by_rating,
    loss_by_table,
)

S11_1000 = TransformerRating(
    rated_kva=Decimal(1000),
    no_load_loss_kw=Decimal("1.15"),
    load_loss_kw=Decimal("10.3"),
    no_load_current_share=Decimal("0.007"),
    impedance_share=Decimal("0.045"),
)
MONTH = {"energised_hours": 720}
ENERGY = st.decimals(0, 500_000, places=2)


def test_a_transformer_at_half_load_loses_a_quarter_of_its_load_loss():
    # √(288,000² + 216,000²) = 360,000 kVAh in 720 h: β = 0.5
    loss = loss_by_rating(S11_1000, active_kwh=288_000, reactive_kvarh=216_000, **MONTH)
    assert loss.no_load_kwh == 828  # 1.15 × 720
    assert loss.load_kwh == 1854  # 10.3 × 0.25 × 720
    assert loss.no_load_kvarh == 5040  # 7 kvar × 720
    assert loss.load_kvarh == 8100  # 45 kvar × 0.25 × 720
    assert (loss.active_kwh, loss.reactive_kvarh) == (2682, 13_140)


def test_the_loss_worsens_the_power_factor():
    # 290,682 / √(290,682² + 229,140²) = 0.7853
    loss = loss_by_rating(S11_1000, active_kwh=288_000, reactive_kvarh=216_000, **MONTH)
    assert power_factor_hundredths(288_000, 216_000) == 80
    billed = (288_000 + loss.active_kwh, 216_000 + loss.reactive_kvarh)
    assert power_factor_hundredths(*billed) == 79


def test_without_load_only_the_iron_loses():
    loss = loss_by_rating(S11_1000, active_kwh=0, reactive_kvarh=0, **MONTH)
    assert loss == TransformerLoss(Decimal(828), Decimal(0), Decimal(5040), Decimal(0))
    off = loss_by_rating(S11_1000, active_kwh=0, reactive_kvarh=0, energised_hours=0)
    assert (off.active_kwh, off.reactive_kvarh) == (0, 0)


def test_the_same_energy_in_one_shift_loses_three_times_as_much_in_the_windings():
    use = {"active_kwh": 96_000, "reactive_kvarh": 72_000}  # 120,000 kVAh
    three = loss_by_rating(S11_1000, **use, **MONTH)
    one = loss_by_rating(S11_1000, **use, **MONTH, loaded_hours=240)
    assert (three.load_kwh, one.load_kwh) == (206, 618)  # 10.3 × (120/720)² × 720; β = 0.5, 240 h
    assert one.no_load_kwh == three.no_load_kwh


def test_an_uneven_load_loses_with_the_square_of_its_shape():
    use = {"active_kwh": 288_000, "reactive_kvarh": 216_000}
    uneven = loss_by_rating(S11_1000, **use, **MONTH, shape_factor=Decimal("1.1"))
    assert uneven.load_kwh == Decimal("2243.34")  # 1,854 × 1.21


def test_a_table_gives_a_share_of_the_metered_energy():
    bands = [
        LossBand(Decimal(20_000), Decimal("0.035"), Decimal("0.10")),
        LossBand(None, Decimal("0.02"), Decimal("0.08")),
    ]
    at_limit = loss_by_table(Decimal(20_000), bands)
    assert (at_limit.active_kwh, at_limit.reactive_kvarh) == (700, 2000)
    above = loss_by_table(Decimal("43456.50"), bands)
    assert above.active_kwh == Decimal("869.13")
    assert above.reactive_kvarh == Decimal("3476.52")


@pytest.mark.parametrize("limits", [[], [100], [None, None], [200, 100, None], [100, 100, None]])
def test_a_table_with_a_hole_is_refused(limits):
    bands = [LossBand(n if n is None else Decimal(n), Decimal(0), Decimal(0)) for n in limits]
    with pytest.raises(ValueError, match="a last band without one"):
        loss_by_table(Decimal(50), bands)


def test_hours_that_cannot_be_are_refused():
    use = {"active_kwh": 1, "reactive_kvarh": 0}
    for wrong in (
        {"energised_hours": 10, "loaded_hours": 11},
        {"energised_hours": -1},
        {"energised_hours": 10, "shape_factor": Decimal("0.9")},
    ):
        with pytest.raises(ValueError, match="Correct the agreement's figures"):
            loss_by_rating(S11_1000, **use, **wrong)
    with pytest.raises(ValueError, match="in 0 loaded hours"):
        loss_by_rating(S11_1000, **use, energised_hours=10, loaded_hours=0)


@given(ENERGY, ENERGY, ENERGY, st.integers(1, 744))
def test_more_use_never_loses_less(active, reactive, more, hours):
    less_loss, more_loss = (
        loss_by_rating(S11_1000, active_kwh=kwh, reactive_kvarh=reactive, energised_hours=hours)
        for kwh in (active, active + more)
    )
    assert more_loss.active_kwh >= less_loss.active_kwh
    assert more_loss.reactive_kvarh >= less_loss.reactive_kvarh


@given(ENERGY, ENERGY, st.integers(1, 372))
def test_twice_the_energy_in_twice_the_time_loses_twice_as_much(active, reactive, hours):
    once = loss_by_rating(
        S11_1000, active_kwh=active, reactive_kvarh=reactive, energised_hours=hours, decimals=12
    )
    twice = loss_by_rating(
        S11_1000,
        active_kwh=2 * active,
        reactive_kvarh=2 * reactive,
        energised_hours=2 * hours,
        decimals=12,
    )
    assert abs(twice.active_kwh - 2 * once.active_kwh) <= Decimal("4e-12"), "roundings of terms"
