"""The exponents of random networks: known cases, and a run again."""

import json

import numpy as np
import pytest

from benchmarks import edge

STORED = json.loads(edge.RESULTS.read_text(encoding="utf-8"))


def exponents(size, scale, read):
    """The stored exponents of ten networks."""
    wanted = {"size": size, "scale": scale, "input": read}
    (row,) = [row for row in STORED["rows"] if wanted.items() <= row.items()]
    return np.array(row["exponents"])


def test_every_setting_is_stored_once_with_ten_networks():
    rows = [(row["size"], row["scale"], row["input"]) for row in STORED["rows"]]
    wanted = {(H, g, s) for H in edge.SIZES for g in edge.SCALES for s in edge.INPUTS}
    assert len(rows) == len(wanted)
    assert set(rows) == wanted
    assert all(len(row["exponents"]) == edge.NETWORKS for row in STORED["rows"])


@pytest.mark.parametrize(("scale", "near"), [(1.2, 1e-3), (2.5, 0.06)])
def test_an_exponent_is_the_growth_of_a_real_difference(scale, near):
    """Where it is chaotic, at 2.5, rounding leads to another path, and only the mean is alike."""
    (found,) = edge.exponents(40, 3, scales=[scale], inputs=[0.5], steps=400, skip=100)[0]
    rng = np.random.default_rng(3)
    W = rng.normal(size=(40, 40)) / np.sqrt(40)
    (one, away), grown = rng.normal(size=(2, 1, 40))[:, 0] / 2, []
    two = one + 1e-8 * away / np.linalg.norm(away)
    for _ in range(400):
        x = 0.5 * rng.normal(size=40)
        one, two = np.tanh(scale * one @ W + x), np.tanh(scale * two @ W + x)
        apart = np.linalg.norm(two - one)
        grown.append(np.log(apart / 1e-8))
        two = one + 1e-8 * (two - one) / apart
    assert found == pytest.approx(np.mean(grown[100:]), abs=near)
    assert (found > 0) == (scale > 2)


def test_a_state_that_dies_out_has_the_logarithm_of_the_radius():
    for size, scale in ((50, 0.5), (200, 0.7)):
        wanted = np.log(scale * np.array(STORED["radii"][str(size)]))
        np.testing.assert_allclose(exponents(size, scale, 0.0), wanted, atol=0.005)
    again = edge.exponents(50, 0, scales=[0.5], inputs=[0.0])
    assert again.item() == pytest.approx(exponents(50, 0.5, 0.0)[0], abs=1e-3)
