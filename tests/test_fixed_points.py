"""Fixed points: of maps that can be solved by hand, of cells against differences and iteration."""

import numpy as np
import pytest

from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.engines import build
from rnnlib.probing import fixed_points
from rnnlib.probing.fixed_points import StateMap, find_points, hold_input
from tests.helpers import every_engine, raises_sentence, random_params, shared_model, small_config

EDGE = 0.9575040240772687  # tanh(2 h) = h


def by_differences(step, width=1e-6):
    """The map of any function of states (n, S), its derivatives by central differences."""

    def jacobians(states):
        moves = width * np.eye(states.shape[1])
        columns = [(step(states + move) - step(states - move)) / (2 * width) for move in moves]
        return np.stack(columns, axis=-1)

    return StateMap(step, jacobians)


def one_unit(weight, bias=0.0):
    """A plain cell of one unit that sees nothing but itself: h = tanh(weight h + bias)."""
    model = build(ModelConfig(2, 1, 1, dtype="float64"), "numpy")
    params = {name: np.zeros_like(value) for name, value in model.get_params().items()}
    model.set_params(params | {"W_hh": np.array([[weight]]), "b_h": np.array([bias])})
    return model


def test_a_unit_that_holds_itself_has_two_places_to_rest_and_a_watershed():
    found = find_points(hold_input(one_unit(2.0), 0), np.linspace(-1, 1, 9)[:, None])
    order = np.argsort(found.states[:, 0])
    np.testing.assert_allclose(found.states[order, 0], [-EDGE, 0, EDGE], atol=1e-12)
    np.testing.assert_array_equal(found.unstable[order], [0, 1, 0])
    slope = 2 * (1 - EDGE**2)
    np.testing.assert_allclose(found.eigenvalues[order, 0], [slope, 2, slope], atol=1e-12)
    assert (found.speeds < 1e-28).all()


def test_a_unit_that_forgets_has_one():
    found = find_points(hold_input(one_unit(0.5), 1), np.linspace(-1, 1, 9)[:, None])
    np.testing.assert_allclose(found.states, [[0]], atol=1e-12)
    assert found.unstable.tolist() == [0]


def test_where_two_points_have_just_met_it_is_slow_but_does_not_rest():
    """tanh(2 h) - b touches h where its slope is 1; a little further there is a slow point left."""
    touch = np.arctanh(np.sqrt(0.5)) / 2
    bias = touch * 2 - np.arctanh(touch)  # tanh(2 h + b) = h would need this
    held = hold_input(one_unit(2.0, -(np.tanh(2 * touch) - touch) - 1e-3 + 0 * bias), 0)
    starts = np.linspace(0, 1, 30)[:, None]
    near = [p for p in find_points(held, starts, fastest=1e-3).states[:, 0] if p > 0.1]
    at_rest = [p for p in find_points(held, starts).states[:, 0] if p > 0.1]
    assert len(near) >= len(at_rest)
    assert held.speeds(np.array([[near[0]]]))[0] <= held.speeds(starts).max()


def test_a_map_of_any_kind_is_searched_by_differences():
    """A rotation with a push outwards within the unit circle: the centre is left, in a spiral."""

    def step(h):
        turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
        return 1.2 * h @ turn / (1 + 0.2 * (h**2).sum(axis=1, keepdims=True))

    starts = np.random.default_rng(0).normal(size=(20, 2))
    found = find_points(by_differences(step), starts)
    np.testing.assert_allclose(found.states, [[0, 0]], atol=1e-9)
    np.testing.assert_allclose(np.sort_complex(found.eigenvalues[0]), [-1.2j, 1.2j], atol=1e-6)
    assert found.unstable.tolist() == [2]


def test_eigenvalues_come_the_largest_first():
    found = find_points(by_differences(lambda h: h * [0.5, -3.0, 2.0]), np.zeros((1, 3)))
    np.testing.assert_allclose(found.eigenvalues, [[-3, 2, 0.5]], atol=1e-6)


@every_engine
@pytest.mark.parametrize("cell", CELLS)
def test_the_map_is_the_step_of_the_model(engine, cell):
    config = small_config("float64", cell)
    model = shared_model(engine, "float64", cell)
    model.set_params(random_params(config))
    states = np.random.default_rng(0).normal(size=(4, config.state_size))
    held = hold_input(model, 3)
    _, wanted = model.forward(np.full((4, 1), 3), states[None])
    np.testing.assert_allclose(held.step(states), wanted[0], atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_jacobians_are_those_of_finite_differences(cell):
    model = shared_model("numpy", "float64", cell)
    model.set_params(random_params(small_config("float64", cell)))
    held = hold_input(model, 2)
    states = np.random.default_rng(0).normal(size=(3, model.config.state_size))
    found = held.jacobians(states)
    np.testing.assert_allclose(found, by_differences(held.step).jacobians(states), atol=1e-8)
    for i, state in enumerate(states):
        np.testing.assert_allclose(held.jacobians(state[None])[0], found[i], atol=1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_found_stays_and_every_long_read_ends_at_a_stable_one(cell):
    model = shared_model("numpy", "float64", cell)
    model.set_params(random_params(small_config("float64", cell), seed=2))
    held = hold_input(model, 1)
    starts = np.random.default_rng(0).normal(size=(30, model.config.state_size))
    found = find_points(held, starts)
    np.testing.assert_allclose(held.step(found.states), found.states, atol=1e-12)
    ends = starts
    for _ in range(20_000):
        ends = held.step(ends)
    at_rest = found.states[found.unstable == 0]
    distances = np.linalg.norm(ends[:, None] - at_rest[None], axis=-1).min(axis=1)
    assert (distances < 1e-6).all()


def test_points_that_are_found_twice_are_one():
    held = hold_input(one_unit(2.0), 0)
    starts = np.array([[0.9], [0.95], [0.951]])
    assert len(find_points(held, starts).states) == 1
    assert len(find_points(held, starts, fastest=-1).states) == 0


def test_a_search_never_ends_faster_than_it_began():
    held = by_differences(lambda h: h + 1 + h**2)  # it never rests: slowest at 0
    starts = np.linspace(-2, 2, 9)[:, None]
    ends = fixed_points.descend(held, starts.copy())
    assert (held.speeds(ends) <= held.speeds(starts)).all()
    np.testing.assert_allclose(ends, 0, atol=1e-3)
    assert find_points(held, starts).unstable.size == 0
    assert len(find_points(held, starts, fastest=0.6, apart=0.01).states) == 1


def test_starts_lie_between_visited_states():
    states = np.random.default_rng(0).normal(size=(2, 6))
    found = fixed_points.draw_starts(states, 50, seed=1)
    share = (found - states[0]) @ (states[1] - states[0]) / ((states[1] - states[0]) ** 2).sum()
    assert found.shape == (50, 6)
    assert (share > -1e-12).all()
    assert (share < 1 + 1e-12).all()
    np.testing.assert_allclose(found, states[0] + share[:, None] * (states[1] - states[0]))
    assert len(np.unique(share.round(9))) > 10


def test_two_layers_and_strange_characters_are_refused():
    with raises_sentence(ValueError, "one layer", "2"):
        hold_input(shared_model("numpy", "float64", "gru", 2), 0)
    with raises_sentence(ValueError, "id 7"):
        hold_input(shared_model("numpy", "float64", "gru"), 7)
