"""Exercises of chapter 7: sizes, half-lives, biases, weights moved and made by hand."""

import numpy as np

from rnnlib.exercises import Exercise, Value, number
from rnnlib.numpy_cells import lstm_step

B, E, H = 2, 3, 4  # sizes on which the functions are tried


# 7.3: the forget bias of a layer


def not_written(*arguments):
    raise NotImplementedError


def set_forget_keras(layer, value):
    kernel, recurrent, bias = layer.get_weights()
    H = layer.units
    bias[H : 2 * H] = value
    layer.set_weights([kernel, recurrent, bias])


def set_forget_torch(layer, value):
    import torch

    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = value
        layer.bias_hh_l0[H : 2 * H] = 0  # the two are added


def judge_forget(function):
    hints = [judge_bias(function, *made) for made in small_lstms()]
    return None if None in hints else next((h for h in hints if "stopped" not in h), hints[0])


def judge_bias(function, layer, read):
    """None when this layer's forget bias, and nothing else, is 2.5 after the call."""
    before = read(layer)
    try:
        function(layer, 2.5)
    except NotImplementedError:
        raise
    except Exception as error:
        return f"your answer stopped with {type(error).__name__}, in both frameworks."
    after = read(layer)
    blocks = {name: after[n * H : n * H + H] for n, name in enumerate("ifgo")}
    if np.array_equal(before, after):
        return "no bias has changed: write into the layer's own weights."
    if np.allclose(blocks["f"], 5):
        return "PyTorch adds its two biases, so the sum is now twice the value."
    if not np.allclose(np.delete(after, range(H, 2 * H)), np.delete(before, range(H, 2 * H))):
        return "another gate has changed; the forget gate is the second of the four blocks."
    if not np.allclose(blocks["f"], 2.5):
        return "the other bias of PyTorch still holds its random start: only the sum counts."
    return None


def small_lstms():
    """A layer of each framework, each with a function that reads its bias, or the sum of two."""
    import torch
    from keras import layers

    layer = layers.LSTM(H)
    layer.build((None, None, E))
    yield layer, lambda layer: layer.get_weights()[2]
    torch.manual_seed(0)
    yield torch.nn.LSTM(E, H), lambda layer: (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy()


# 7.4: a GRU of PyTorch for Keras


def to_keras_gru(layer):
    def ordered(w):
        r, z, n = np.split(w.detach().numpy().T, 3, axis=-1)
        return np.concatenate([z, r, n], axis=-1)

    biases = ordered(layer.bias_ih_l0), ordered(layer.bias_hh_l0)
    return [ordered(layer.weight_ih_l0), ordered(layer.weight_hh_l0), np.stack(biases)]


def unordered(layer):
    weights = [w.detach().numpy().T for w in layer.parameters()]
    return [*weights[:2], np.stack(weights[2:])]


def with_bias(change):
    """The right matrices, and a bias (2, 3H) that went through `change`."""

    def wrong(layer):
        *matrices, bias = to_keras_gru(layer)
        return [*matrices, change(bias)]

    return wrong


CONVERT_MISTAKES = {
    "the blocks are still in PyTorch's order, r, z, n.": unordered,
    "the rows of the bias have changed places: that of the input comes first.": with_bias(
        np.flipud
    ),
    "the two biases of a GRU may not be added up: one stands inside the reset.": with_bias(
        lambda bias: np.stack([bias.sum(axis=0), 0 * bias[0]])
    ),
}


def judge_convert(function):
    import torch

    torch.manual_seed(0)
    layer = torch.nn.GRU(E, H, batch_first=True)
    found, expected = function(layer), to_keras_gru(layer)
    if not isinstance(found, list | tuple) or len(found) != 3:
        return "Keras wants a list of three arrays: kernel, recurrent kernel, bias."
    shapes = [np.shape(w) for w in found], [w.shape for w in expected]
    if shapes[0] != shapes[1]:
        return f"the shapes should be {shapes[1]}, not {shapes[0]}."
    for hint, mistake in CONVERT_MISTAKES.items():
        if all(map(np.allclose, found, mistake(layer))):
            return hint
    fits = list(map(np.allclose, found, expected))
    return None if all(fits) else f"array {fits.index(False)} of the list has wrong numbers."


# 7.5 and 7.6: an LSTM by hand

BRACKETS = np.eye(3)[[0, 2, 0, 1, 2, 2, 0, 0, 1, 1, 2, 1] + [0] * 40 + [2] * 10 + [1] * 30]
DEPTH = np.cumsum(BRACKETS[:, 0] - BRACKETS[:, 1])  # "(" is input 0, ")" 1, a letter 2
NUMBERS = np.array([0.3, -0.8, 0.6, 0.9, -0.5, 0.2, -0.9, 0.7] * 5)
MARKS = np.isin(np.arange(40), [2, 5, 6, 30]).astype(float)


def run_by_hand(answer, xs, units):
    """The states h and c, (T, units) each, of an LSTM with these weights; or a hint."""
    if not (isinstance(answer, tuple | list) and len(answer) == 3):
        return "give three arrays: W_xh, W_hh and b_h."
    weights = [np.asarray(w, dtype=float) for w in answer]
    shapes = [(xs.shape[1], 4 * units), (units, 4 * units), (4 * units,)]
    for name, w, shape in zip(("W_xh", "W_hh", "b_h"), weights, shapes, strict=True):
        if w.shape != shape:
            return f"{name} should have the shape {shape}, not {w.shape}."
        if not np.isfinite(w).all():
            return f"{name} holds a number that is not finite."
    state, states = np.zeros((1, 2 * units)), []
    for x in xs:
        state = lstm_step(x[None], state, *weights)
        states.append(state[0])
    return np.split(np.array(states), 2, axis=-1)


def judge_depth(answer):
    found = run_by_hand(answer, BRACKETS, 1)
    if isinstance(found, str):
        return found
    c = found[1][:, 0]
    off = np.abs(c - DEPTH) > 0.1
    for place, text in ((0, "("), (1, "(a"), (3, "(a()")):
        if off[place]:
            return f"after `{text}` one bracket is open, but c is {c[place]:.2f}."
    if off.any():
        t = off.argmax()
        return f"with {DEPTH[t]:.0f} brackets open c is {c[t]:.2f}: something leaks."
    return None


FIRST_HINTS = {
    2: "before any mark c of the first unit should be 0.",
    3: "at the first mark stood 0.6, so c should become tanh(0.6) = 0.54.",
    5: "c should stay as it is through two steps without a mark.",
    40: "a later mark has changed c: let the input gate look at the second unit.",
}


def judge_first(answer):
    found = run_by_hand(answer, np.column_stack([NUMBERS, MARKS]), 2)
    if isinstance(found, str):
        return found
    c, start = found[1][:, 0], 0
    wanted = np.where(np.arange(40) < 2, 0, np.tanh(0.6))
    for end, hint in FIRST_HINTS.items():
        if np.abs(c - wanted)[start:end].max() > 0.05:
            return hint
        start = end
    return None


DEPTH_BY_HAND = Value("""
    # columns i, f, g, o: both gates always open, and g is 1, -1 or 0
    W_xh = np.array([[0, 0, 20, 0], [0, 0, -20, 0], [0, 0, 0, 0]])
    answer = W_xh, np.zeros((1, 4)), np.array([20, 20, 0, 20])
    """)
FIRST_BY_HAND = Value("""
    # columns i1 i2, f1 f2, g1 g2, o1 o2; unit 2 turns on at a mark, and shuts i1 from then on
    W_xh = np.zeros((2, 8))
    W_xh[0, 4] = 1  # the number, into g1
    W_xh[1, [0, 1, 5]] = 20  # a mark opens i1 and i2, and makes g2 1
    W_hh = np.zeros((2, 8))
    W_hh[1, 0] = -40
    answer = W_xh, W_hh, np.array([-10, -10, 10, 10, 0, 0, 10, 10])
    """)


def altered(solution, which, place, value):
    """The solution's three arrays, with another number in one place of one of them."""
    weights = [np.array(w, dtype=float) for w in solution.run()]
    weights[which][place] = value
    return tuple(weights)


EXERCISES = {
    "7.1": Exercise(
        judge=number(
            49800,
            wrong={
                49500: "Keras' GRU has two biases, and both count.",
                49200: "that is the matrices alone, without the biases.",
                16500: "that is the plain cell: one block.",
            },
        ),
        solutions={"": Value("3 * (64 * 100 + 100 * 100 + 2 * 100)")},
        wrong={
            "two biases": 49500,
            "matrices alone": 49200,
            "plain cell": 16500,
        },
    ),
    "7.2": Exercise(
        judge=number(
            4.968,
            tolerance=0.01,
            wrong={
                0.9931: "that is f itself; which bias gives it?",
                -4.968: "the sign is wrong: a negative bias shuts the gate.",
                4.595: "with that, the time constant is 100 steps, and a third is left.",
            },
        ),
        solutions={
            "": Value("""
                f = 0.5 ** (1 / 100)
                answer = np.log(f / (1 - f))  # sigmoid(answer) = f
                """)
        },
        wrong={
            "f itself": 0.5**0.01,
            "sign is wrong": -4.968,
            "a third is left": np.log(99),
        },
    ),
    "7.3": Exercise(
        judge=judge_forget,
        solutions={"keras": set_forget_keras, "torch": set_forget_torch},
        wrong={
            "adds its two biases": lambda layer, value: [
                bias.data[H : 2 * H].fill_(value) for bias in (layer.bias_ih_l0, layer.bias_hh_l0)
            ],
            "its random start": lambda layer, value: layer.bias_ih_l0.data[H : 2 * H].fill_(value),
            "another gate has changed": lambda layer, value: layer.bias_ih_l0.data[:H].fill_(value),
            "no bias has changed": lambda layer, value: None,
            "in both frameworks": lambda layer, value: layer.set(value),
        },
        stub=not_written,
    ),
    "7.4": Exercise(
        judge=judge_convert,
        solutions={"": to_keras_gru},
        wrong={
            "the shapes should be": lambda layer: [w.T for w in to_keras_gru(layer)],
            "wrong numbers": with_bias(np.negative),
            "three arrays": lambda layer: list(layer.parameters()),
        }
        | CONVERT_MISTAKES,
        stub=not_written,
    ),
    "7.5": Exercise(
        judge=judge_depth,
        solutions={"": DEPTH_BY_HAND},
        wrong={
            "after `(` one": altered(DEPTH_BY_HAND, 0, (0, 2), 1),
            "after `(a` one": altered(DEPTH_BY_HAND, 0, (2, 2), 20),
            "after `(a()` one": altered(DEPTH_BY_HAND, 0, (1, 2), 0),
            "something leaks": altered(DEPTH_BY_HAND, 2, 1, 4),
            "give three arrays": np.zeros((3, 4)),
        },
    ),
    "7.6": Exercise(
        judge=judge_first,
        solutions={"": FIRST_BY_HAND},
        wrong={
            "a later mark": altered(FIRST_BY_HAND, 1, (1, 0), 0),
            "before any mark": altered(FIRST_BY_HAND, 2, 0, 10),
            "stood 0.6": altered(FIRST_BY_HAND, 0, (1, 0), 0),
            "without a mark": altered(FIRST_BY_HAND, 2, 2, 1),
            "W_xh should have the shape": DEPTH_BY_HAND.run(),
        },
    ),
}
