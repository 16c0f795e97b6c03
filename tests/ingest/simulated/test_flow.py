"""Voltages, currents and losses: laws of the physics and numbers worked out by hand."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulated.grid.flow import currents_a, low_voltage, medium_voltage, sending_kv
from ingest.simulated.grid.network import common_path, service_lines
from ingest.simulated.grid.place import Area, areas_of, place
from ingest.simulated.grid.transformers import low_side_v, standard_rating_kva, transformer
from ingest.simulated.surroundings.span import Span

PHASE_A = np.array([[1.0, 0.0, 0.0]])
SPAN = Span(date(2024, 1, 1), 60)
LOW_V, HIGH_V = 198.0, 235.4  # 220 V −10 %, +7 %: GB/T 12325


def test_two_customers_on_one_line_by_hand():
    # busbar 230 V ── 0.1 + j0.05 Ω ── 2300 W ── 0.2 + j0.1 Ω ── 1000 W + j500 var
    resistance = np.array([[0.1, 0.1], [0.1, 0.3]])
    found = low_voltage(
        resistance,
        resistance / 2,
        np.array([[2300.0], [1000.0]]),
        np.array([[0.0], [500.0]]),
        np.repeat(PHASE_A, 2, axis=0),
        np.array([230.0]),
    )
    # √(52900 − 2 (0.1·3300 + 0.05·500)) and √(52190 − 2 (0.2·1000 + 0.1·500)); float32: 1e-5 V
    np.testing.assert_allclose(found.voltage_v[:, 0, 0], [228.45131, 227.35435], atol=1e-4)
    assert np.isnan(found.voltage_v[:, 1:]).all()
    # (0.1 (3300² + 500²) + 0.2 (1000² + 500²)) / 52900
    assert found.loss_w[0] == pytest.approx(25.78450, rel=1e-5)


def test_at_a_drop_of_5_percent_the_linear_voltage_is_0_14_percent_too_high():
    # Exactly, V⁴ + V² (2RP − V0²) + R²P² = 0; V = 0.95 V0 where RP = 0.0475 V0².
    one, none, load = np.ones((1, 1)), np.zeros((1, 1)), np.full((1, 1), 0.0475 * 230.0**2)
    found = low_voltage(one, none, load, none, PHASE_A, np.full(1, 230.0))
    assert found.voltage_v[0, 0, 0] / (0.95 * 230.0) == pytest.approx(1.0014, abs=1e-4)


@pytest.fixture(scope="module")
def rural_area() -> Area:
    return next(area for area in place(1, 600).areas if area.kind == "rural")


def _matrices(area: Area, customers: int) -> tuple[np.ndarray, np.ndarray]:
    nodes = np.arange(customers) * area.network.parent.size // customers
    is_single = np.arange(customers) % 4 < 3
    service = service_lines(np.random.default_rng(area.number), area.kind, is_single)
    return common_path(area.network, nodes, service)


def _shares(customers: int) -> np.ndarray:
    shares = np.full((customers, 3), 1 / 3)
    for customer in range(customers):
        if customer % 4 < 3:
            shares[customer] = np.eye(3)[customer % 4]
    return shares


def _loads(customers: int, slots: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    active = np.random.default_rng(seed).gamma(1.0, 800.0, (customers, slots))
    return active.astype(np.float32), (0.2 * active).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_losses_are_never_negative_and_four_times_as_large_at_twice_the_load(seed):
    area = place(1, 60).areas[seed % 4]
    resistance, reactance = _matrices(area, 12)
    active, reactive = _loads(12, 20, seed)
    active -= np.float32(1500) * (np.arange(12) % 5 == 0)[:, None]
    source = np.full(20, 228.0)
    shares = _shares(12)
    once = low_voltage(resistance, reactance, active, reactive, shares, source).loss_w
    twice = low_voltage(resistance, reactance, 2 * active, 2 * reactive, shares, source).loss_w
    assert (once >= 0).all()
    assert (twice == 4 * once).all()  # powers of two are exact


def test_voltages_and_loss_agree_with_the_full_power_flow_of_an_evening(rural_area):
    customers = rural_area.customers
    resistance, reactance = _matrices(rural_area, customers)
    shares = np.repeat(PHASE_A, customers, axis=0)
    active, reactive = np.full((2, customers, 1), 3000.0)  # all on one phase: a heavy one
    reactive /= 5
    source = np.full(1, 228.0)
    found = low_voltage(resistance, reactance, active, reactive, shares, source)
    current = np.zeros((customers, 1), dtype=complex)
    for _ in range(50):  # Kirchhoff's laws by repeated substitution
        voltage = source - (resistance + 1j * reactance) @ current
        current = np.conj((active + 1j * reactive) / voltage)
    voltage = source - (resistance + 1j * reactance) @ current
    lost = (np.conj(current) * (resistance @ current)).sum().real
    np.testing.assert_allclose(found.voltage_v[:, 0], np.abs(voltage), atol=0.2)
    assert found.loss_w[0] == pytest.approx(lost, rel=0.08)
    assert found.loss_w[0] < lost  # the current is taken at the busbar's higher voltage


def test_without_load_nothing_is_lost_and_all_have_the_voltage_of_the_busbar(rural_area):
    resistance, reactance = _matrices(rural_area, 8)
    none, source = np.zeros((8, 5)), np.full(5, 231.0)
    found = low_voltage(resistance, reactance, none, none, _shares(8), source)
    assert (found.loss_w == 0).all()
    present = np.broadcast_to(_shares(8)[:, :, None] > 0, found.voltage_v.shape)
    assert (found.voltage_v[present] == 231.0).all()
    assert np.isnan(found.voltage_v[~present]).all()


def test_the_voltage_falls_with_the_load_and_along_the_line(rural_area):
    network = rural_area.network
    leaf = int(np.argmax(network.parent >= 0)) if (network.parent >= 0).any() else 0
    ways = [leaf]
    while network.parent[ways[-1]] >= 0:
        ways.append(int(network.parent[ways[-1]]))
    nodes = np.array(ways[::-1])
    resistance, reactance = common_path(network, nodes)
    active = np.tile(np.array([0.0, 1000.0, 2000.0, 4000.0], dtype=np.float32), (nodes.size, 1))
    found = low_voltage(
        resistance,
        reactance,
        active,
        0 * active,
        np.repeat(PHASE_A, nodes.size, axis=0),
        np.full(4, 228.0),
    ).voltage_v[:, 0]
    assert nodes.size > 1
    assert (np.diff(found, axis=1) < 0).all()
    assert (np.diff(found[:, 1:], axis=0) < 0).all()


def test_a_roof_that_feeds_back_raises_the_voltage_of_its_phase_only(rural_area):
    resistance, reactance = _matrices(rural_area, 8)
    active, reactive = _loads(8, 10)
    source = np.full(10, 228.0)
    fed = active.copy()
    fed[4] -= 10_000  # customer 4 is on phase A
    before = low_voltage(resistance, reactance, active, reactive, _shares(8), source).voltage_v
    after = low_voltage(resistance, reactance, fed, reactive, _shares(8), source).voltage_v
    assert (after[4, 0] > 228.0).all()
    on_its_way = [customer for customer in (0, 3, 7) if resistance[4, customer] > 0]
    assert on_its_way
    assert (after[on_its_way, 0] > before[on_its_way, 0]).all()
    np.testing.assert_array_equal(after[:, 1:], before[:, 1:])


def test_an_area_comes_out_the_same_alone_in_parts_and_after_others(rural_area):
    resistance, reactance = _matrices(rural_area, 13)
    active, reactive = _loads(13, 9000)
    source = np.linspace(220.0, 232.0, 9000)
    inputs = (resistance, reactance, active, reactive, _shares(13))
    whole = low_voltage(*inputs, source)
    low_voltage(*inputs, source + 3)
    part = slice(1234, 8765)
    again = low_voltage(
        resistance, reactance, active[:, part], reactive[:, part], _shares(13), source[part]
    )
    np.testing.assert_array_equal(whole.voltage_v[:, :, part], again.voltage_v)
    np.testing.assert_array_equal(whole.loss_w[part], again.loss_w)


def test_phase_currents_times_voltages_add_up_to_the_apparent_power():
    active, reactive = np.array([3000.0, -1200.0]), np.array([400.0, 0.0])
    voltage = np.array([[220.0, 231.0], [225.0, 230.0], [218.0, 229.0]])
    found = currents_a(active, reactive, np.array([0.5, 0.3, 0.2]), voltage)
    apparent = np.sqrt(active**2 + reactive**2)
    np.testing.assert_allclose((found * voltage).sum(axis=0), apparent, rtol=1e-6)


def test_a_phase_without_voltage_has_no_current():
    voltage = np.array([[220.0], [np.nan], [np.nan]])
    found = currents_a(np.array([2200.0]), np.zeros(1), PHASE_A[0], voltage)
    np.testing.assert_allclose(found, [[10.0], [np.nan], [np.nan]])


def test_two_taps_of_a_feeder_by_hand():
    # 10 kV ── 2 km of 0.25 Ω/km ── 1 MW ── 2 km ── 1 MW; the far tap comes first.
    feeder = replace(
        place(1, 20).feeders[0],
        taps_km=(4.0, 2.0),
        resistance_ohm_per_km=0.25,
        reactance_ohm_per_km=0.3,
    )
    load = np.full((2, 1), 1e6)
    voltage, loss = medium_voltage(feeder, load, 0 * load, np.array([10.0]))
    # √(10⁸ − 2·0.5·2·10⁶) and √(9.8·10⁷ − 2·0.5·10⁶) V; 0.5 (4 + 1)·10¹² / 10⁸ W
    np.testing.assert_allclose(voltage[:, 0], [9.848858, 9.899495], rtol=1e-6)
    assert loss[0] == pytest.approx(25_000, rel=1e-6)


def test_the_busbar_stays_between_10_2_and_10_5_kv_and_moves_slowly():
    found = sending_kv(1, 0, SPAN)
    assert found.shape == (SPAN.slots,)
    assert found.min() >= np.float32(10.2)
    assert found.max() <= np.float32(10.5)
    steps = np.abs(np.diff(found))
    assert np.median(steps) < 0.03
    assert 1 < (steps > 0.09).sum() / SPAN.days < 15  # a tap changer may not work all day
    np.testing.assert_array_equal(found, sending_kv(1, 0, SPAN))
    assert not np.array_equal(found, sending_kv(1, 1, SPAN))
    assert not np.array_equal(found, sending_kv(2, 0, SPAN))


def test_a_transformer_without_load_only_warms_its_iron():
    secondary, loss = transformer(100.0, np.zeros(1), np.zeros(1), np.full(1, 400 / 3**0.5))
    assert secondary[0] == pytest.approx(230.9401, abs=1e-4)
    assert loss[0] == pytest.approx(200.0)  # S11-100


def test_a_transformer_at_rated_load_by_hand():
    rated_v = np.full(1, 400 / 3**0.5)
    secondary, loss = transformer(100.0, np.full(1, 1e5), np.zeros(1), rated_v)
    assert loss[0] == pytest.approx(200.0 + 1580.0)
    assert secondary[0] == pytest.approx(rated_v[0] * (1 - 2 * 0.0158) ** 0.5)
    # All reactive: √(4 %² − 1.58 %²) = 3.6747 %.
    secondary, _ = transformer(100.0, np.zeros(1), np.full(1, 1e5), rated_v)
    assert secondary[0] == pytest.approx(rated_v[0] * (1 - 2 * 0.036747) ** 0.5, rel=1e-6)


def test_two_transformers_side_by_side_lose_twice_as_much_at_twice_the_load():
    rated_v = np.full(1, 400 / 3**0.5)
    one = transformer(1250.0, np.full(1, 6e5), np.full(1, 1e5), rated_v)
    two = transformer(2500.0, np.full(1, 12e5), np.full(1, 2e5), rated_v)
    assert two[0][0] == pytest.approx(one[0][0])
    assert two[1][0] == pytest.approx(2 * one[1][0])


@given(st.floats(0.1, 20_000))
def test_a_standard_transformer_carries_what_is_asked_and_is_no_larger_than_needed(kva):
    rating = standard_rating_kva(kva)
    assert rating >= kva
    assert standard_rating_kva(rating) == rating
    assert rating <= max(30.0, 1.7 * kva) or rating - kva < 1250


def test_the_voltage_of_a_healthy_district_keeps_to_the_standard():
    # An evening with 2 kW a household everywhere, plants at 300 kW, roofs asleep.
    district = place(1, 600)
    voltages = []
    for feeder in district.feeders:
        areas = areas_of(district, feeder.number)
        loads = [2000.0 * area.customers for area in areas] + [3e5] * feeder.medium_voltage
        active = np.repeat(np.array(loads)[:, None], SPAN.slots, axis=1)
        sent = sending_kv(1, feeder.substation, SPAN)
        at_taps, loss = medium_voltage(feeder, active, 0.2 * active, sent)
        assert (loss < 0.03 * active.sum(axis=0)).all()
        for area, voltage_kv, power in zip(areas, at_taps, active, strict=False):
            resistance, reactance = _matrices(area, area.customers)
            source, _ = transformer(
                standard_rating_kva(3.0 * area.customers),
                power,
                0.2 * power,
                low_side_v(voltage_kv, area.tap_kv),
            )
            own = np.full((area.customers, SPAN.slots), 2000.0, dtype=np.float32)
            shares = _shares(area.customers)
            found = low_voltage(resistance, reactance, own, own / 5, shares, source)
            assert (found.loss_w < 0.06 * power).all()
            voltages.append(found.voltage_v[np.isfinite(found.voltage_v)])
    together = np.concatenate(voltages)
    assert ((together >= LOW_V) & (together <= HIGH_V)).mean() > 0.995
