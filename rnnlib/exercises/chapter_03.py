"""Exercises of chapter 3: the cell by hand, shapes, the state carried and kept."""

import numpy as np

from rnnlib.exercises import Exercise, Value, number, shape
from rnnlib.numpy_cells import rnn_step

B, T, E, H = 2, 5, 3, 4  # sizes on which the functions are tried


def not_written(*arguments):
    raise NotImplementedError


def last_states(hs, lengths):
    return hs[np.arange(len(hs)), np.asarray(lengths) - 1]


def judge_last_states(function):
    hs = np.arange(B * T * H, dtype=float).reshape(B, T, H)
    lengths = np.array([T, 2])
    found = np.asarray(function(hs, lengths))
    if found.shape == (B, B, H):
        return "`hs[:, lengths - 1]` picks every length for every row; pair rows with lengths."
    if found.shape != (B, H):
        return f"the shape should be (B, H) = {(B, H)}, not {found.shape}."
    if np.array_equal(found, hs[:, -1]):
        return "row 1 ends after 2 characters, but you took its state after the padding."
    if np.array_equal(found, hs[np.arange(B), np.array([T, 3]) - 1]):
        return "you are one step late: the state after 2 characters stands at place 1."
    if not np.array_equal(found, last_states(hs, lengths)):
        return "the shape is right, but these are not the states after each row's last character."
    return None


def read_twice_keras(layer, first, second):
    _, h = layer(first)
    _, h = layer(second, initial_state=h)
    return h


def read_twice_torch(layer, first, second):
    _, h = layer(first)
    _, h = layer(second, h)
    return h


def forgetful(layer, first, second):
    layer(first)
    return layer(second)[1]


def every_state(layer, first, second):
    _, h = layer(first)
    return layer(second, h)[0]


def only_the_first(layer, first, second):
    return layer(first)[1]


def make_weights():
    """W_xh, W_hh, b_h, and two texts (B, T, E) to read with them."""
    rng = np.random.default_rng(3)
    sizes = (E, H), (H, H), (H,), (B, T, E), (B, T, E)
    return [rng.normal(size=size).astype(np.float32) for size in sizes]


def make_keras_layer(W_xh, W_hh, b_h):
    """A SimpleRNN with these weights, and what turns an array into its input."""
    from keras import layers, ops

    layer = layers.SimpleRNN(H, return_sequences=True, return_state=True)
    layer.build((None, None, E))
    layer.set_weights([W_xh, W_hh, b_h])
    return layer, ops.convert_to_tensor


def make_torch_layer(W_xh, W_hh, b_h):
    """An nn.RNN with these weights, and what turns an array into its input."""
    import torch

    layer = torch.nn.RNN(E, H, batch_first=True).requires_grad_(False)
    values = {"weight_ih_l0": W_xh.T, "weight_hh_l0": W_hh.T, "bias_ih_l0": b_h, "bias_hh_l0": b_h}
    for name, value in values.items():
        getattr(layer, name).copy_(torch.tensor(value) * (name != "bias_hh_l0"))
    return layer, torch.tensor


def run(xs, h, weights):
    """The last state of the NumPy cell after reading xs (B, T, E)."""
    for t in range(xs.shape[1]):
        h = rnn_step(xs[:, t], h, *weights)
    return h


def judge_read_twice(function):
    """Try the function on a PyTorch layer, then on a Keras layer; the first that runs counts."""
    *weights, first, second = make_weights()
    errors = []
    for name, make in (("nn.RNN", make_torch_layer), ("SimpleRNN", make_keras_layer)):
        layer, tensor = make(*weights)
        try:
            found = function(layer, tensor(first), tensor(second))
        except NotImplementedError:
            raise
        except Exception as error:
            errors.append(f"{name}: {str(error).strip().splitlines()[0]}")
        else:
            return compare_read(found, weights, first, second)
    return f"it fits neither layer ({'; '.join(errors)})."


def compare_read(found, weights, first, second):
    """None when `found` is the state after both parts, else what it is instead."""
    if found is None or isinstance(found, tuple | list):
        return "return one array, the last state."
    found = np.asarray(found)
    if found.shape == (B, T, H):
        return "these are the states after every character; only the last state is asked for."
    if found.shape not in ((B, H), (1, B, H)):
        return f"the last state has the shape {(B, H)}, in PyTorch {(1, B, H)}, not {found.shape}."
    zeros = np.zeros((B, H), np.float32)
    hints = {
        "it started again from zeros at the second part: hand the first state over.": run(
            second, zeros, weights
        ),
        "that is the state after the first part; the second was not read.": run(
            first, zeros, weights
        ),
    }
    for hint, state in hints.items():
        if np.allclose(found, state, atol=1e-5):
            return hint
    expected = run(second, run(first, zeros, weights), weights)
    return None if np.allclose(found, expected, atol=1e-5) else "the state is not that after both."


def judge_latch(answer):
    """Three numbers w_x, w_h, b for which the one unit turns positive at a 1, and stays so."""
    if np.shape(answer) != (3,):
        return "three numbers were expected, as in (1.0, 1.0, 0.0)."
    w_x, w_h, b = map(float, answer)
    quiet = latch_states(np.zeros(60), w_x, w_h, b)
    if not (quiet < 0).all():
        return "the unit is not negative while only zeros are read; which weight can see to that?"
    for place in (0, 5, 30):
        inputs = (np.arange(60) == place).astype(float)
        after = latch_states(inputs, w_x, w_h, b)[place:]
        if after[0] <= 0:
            return "the 1 goes unnoticed: the state stays negative when it is read."
        if (after <= 0).any():
            steps = int(np.argmax(after <= 0))
            return f"the 1 is noticed, but forgotten {steps} step{'s' * (steps > 1)} later."
    return None


def latch_states(inputs, w_x, w_h, b):
    """The states of a cell of one unit, from zero."""
    h, states = 0.0, []
    for x in inputs:
        h = np.tanh(w_x * x + w_h * h + b)
        states.append(h)
    return np.array(states)


EXERCISES = {
    "3.1": Exercise(
        judge=number(
            0.4505,
            wrong={
                -0.4621: "the first state is missing: you read `o` as if it came first.",
                0.4852: "that is the sum; the tanh is missing.",
                -0.3981: "you took a row of W_hh where a column belongs: the product is h @ W_hh.",
                0.8623: "that is the second unit; the first was asked for.",
            },
        ),
        solutions={
            "": Value("""
                h = np.tanh([1.0 + 0.0, 0.5 + 0.2])  # after g: 0.7616, 0.6044
                answer = np.tanh(-0.5 + h[0] * 0.5 + h[1] * 1.0 + 0.0)
                """)
        },
        wrong={
            "first state is missing": -0.4621,
            "tanh is missing": 0.4852,
            "column belongs": -0.3981,
            "second unit": 0.8623,
            "too large": 3.0,
        },
    ),
    "3.2": Exercise(
        judge=shape(
            (1, 32, 16),
            wrong={
                (32, 16): "that is what Keras returns; PyTorch adds an axis for its layers.",
                (32, 1, 16): "`batch_first` moves axes of the output, not of the state.",
                (32, 10, 16): "that is the output, one state a character; only the last is asked.",
            },
        ),
        solutions={"": Value("(1, 32, 16)  # layers, batch, hidden units")},
        wrong={
            "what Keras returns": (32, 16),
            "not of the state": (32, 1, 16),
            "one state a character": (32, 10, 16),
        },
    ),
    "3.3": Exercise(
        judge=judge_last_states,
        solutions={"": last_states},
        wrong={
            "pair rows with lengths": lambda hs, lengths: hs[:, lengths - 1],
            "after the padding": lambda hs, lengths: hs[:, -1],
            "one step late": lambda hs, lengths: hs[
                np.arange(len(hs)), np.minimum(lengths, hs.shape[1] - 1)
            ],
            "should be (B, H)": lambda hs, lengths: hs,
        },
        stub=not_written,
    ),
    "3.4": Exercise(
        judge=number(
            0.6068,
            wrong={
                0.8755: "that is right in bits; the answer is wanted in nats.",
                0.5517: "eleven characters hold only ten pairs.",
                0.5057: "weigh each character by how often it is read.",
                1.0549: "that is the loss of guessing without reading; use the current character.",
            },
        ),
        solutions={
            "": Value("""
                from collections import Counter

                word = "mississippi"
                pairs, read = Counter(zip(word, word[1:])), Counter(word[:-1])
                nats = [-n * np.log(n / read[a]) for (a, _), n in pairs.items()]
                answer = sum(nats) / len(word[1:])
                """)
        },
        wrong={
            "in bits": 0.60684 / np.log(2),
            "ten pairs": 0.60684 * 10 / 11,
            "how often it is read": 0.5057,
            "guessing without reading": 1.0549,
        },
    ),
    "3.5": Exercise(
        judge=judge_read_twice,
        solutions={"keras": read_twice_keras, "torch": read_twice_torch},
        wrong={
            "started again from zeros": forgetful,
            "only the last state": every_state,
            "second was not read": only_the_first,
            "array, the last state": lambda layer, first, second: layer(first),
            "fits neither": lambda layer, first, second: layer.read(first),
        },
        stub=not_written,
    ),
    "3.6": Exercise(
        judge=judge_latch,
        solutions={
            "": Value("""
                # b < 0 pushes down while nothing comes; w_x lifts the unit over the edge;
                # w_h > 1 then holds it there, since 3 * 0.95 - 1 is still well above 0.
                answer = (6.0, 3.0, -1.0)
                """)
        },
        wrong={
            "not negative while": (1.0, 1.0, 0.0),
            "goes unnoticed": (1.0, 3.0, -1.0),
            "forgotten": (6.0, 0.5, -1.0),
            "numbers were expected": 6.0,
        },
    ),
}
