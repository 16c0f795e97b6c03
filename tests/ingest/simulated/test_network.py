"""Low-voltage networks: trees, and what of the way two customers share."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulated.grid.layout import AREA_KINDS
from ingest.simulated.grid.network import (
    LowVoltageNetwork,
    common_path,
    distance_m,
    low_voltage_network,
    service_lines,
)

NETWORKS = st.builds(
    lambda seed, kind, customers: low_voltage_network(
        np.random.default_rng(seed), kind, customers, 120.0, 39.0
    ),
    st.integers(0, 2**32),
    st.sampled_from(AREA_KINDS),
    st.integers(1, 30),
)


@settings(max_examples=60, deadline=None)
@given(NETWORKS)
def test_a_network_is_a_tree_rooted_at_the_busbar(network):
    # A parent always has the smaller number, so every way ends at the busbar and none is a circle.
    assert (network.parent < np.arange(network.parent.size)).all()
    assert (network.parent >= -1).all()
    assert network.parent[0] == -1
    assert (network.length_m > 0).all()
    assert (network.resistance_ohm > 0).all()


@settings(max_examples=60, deadline=None)
@given(NETWORKS)
def test_what_two_customers_share_is_no_more_than_either_way(network):
    nodes = np.arange(network.parent.size)
    for shared in common_path(network, nodes):
        assert (shared == shared.T).all()
        own = np.diag(shared)
        assert (shared <= own[:, None]).all()
        assert (shared >= 0).all()
        assert np.linalg.eigvalsh(shared).min() > -1e-12 * own.max()


def test_a_fork_by_hand():
    #  busbar ── 0 ─┬─ 1
    #               └─ 2
    metres = np.array([100.0, 50.0, 30.0])
    network = LowVoltageNetwork(
        np.array([-1, 0, 0]), metres, metres / 1000, metres / 2000, metres, metres
    )
    resistance, reactance = common_path(network, np.array([1, 2, 2]))
    expected = [[0.15, 0.10, 0.10], [0.10, 0.13, 0.13], [0.10, 0.13, 0.13]]
    np.testing.assert_allclose(resistance, expected, rtol=1e-12)
    np.testing.assert_allclose(reactance, np.array(expected) / 2, rtol=1e-12)


def test_a_service_line_is_shared_with_nobody():
    own = np.random.default_rng(1)
    network = low_voltage_network(own, "rural", 12, 120.0, 39.0)
    service = service_lines(own, "rural", np.array([True, False, True]))
    nodes = np.array([0, 0, 1])
    bare, whole = (common_path(network, nodes, lines)[0] for lines in (None, service))
    np.testing.assert_allclose(whole - bare, np.diag(service.resistance_ohm), atol=1e-15)


def test_the_wire_of_a_single_phase_service_counts_out_and_back():
    service = service_lines(np.random.default_rng(1), "urban", np.array([True, False]))
    per_km = 1000 * service.resistance_ohm / service.length_m
    np.testing.assert_allclose(per_km, [2 * 1.91, 0.868], rtol=1e-12)


def test_a_farm_is_farther_from_its_transformer_than_a_flat():
    reach = {
        kind: np.mean(
            [
                distance_m(network.parent, network.length_m).mean()
                for seed in range(40)
                for network in [
                    low_voltage_network(np.random.default_rng(seed), kind, 15, 120.0, 39.0)
                ]
            ]
        )
        for kind in ("urban", "rural")
    }
    assert reach["rural"] > 1.5 * reach["urban"]
