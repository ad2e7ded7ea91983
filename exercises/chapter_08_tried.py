"""Other right and wrong answers to the exercises of chapter 8."""

import numpy as np

from exercises import Value
from exercises import chapter_08 as exercises
from exercises.chapter_08 import (
    DEPTH_BY_HAND,
    FIRST_BY_HAND,
    altered,
    set_forget_keras,
    set_forget_torch,
    to_keras_gru,
)

# 8.3


def assign_in_keras(layer, value):
    from keras import ops

    bias, H = layer.weights[2], layer.units
    bias.assign(ops.concatenate([bias[:H], ops.full((H,), value), bias[2 * H :]]))


def through_numpy_memory(layer, value):
    H = layer.hidden_size
    layer.bias_ih_l0.detach().numpy()[H : 2 * H] = value
    layer.bias_hh_l0.detach().numpy()[H : 2 * H] = 0


def what_is_missing(layer, value):
    import torch

    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = value - layer.bias_hh_l0[H : 2 * H]


def half_in_each(layer, value):
    H = layer.hidden_size
    for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
        bias.data[H : 2 * H] = value / 2


def new_parameter(layer, value):
    import torch

    H = layer.hidden_size
    both = (layer.bias_ih_l0 + layer.bias_hh_l0).detach()
    both[H : 2 * H] = value
    layer.bias_ih_l0 = torch.nn.Parameter(both)
    layer.bias_hh_l0 = torch.nn.Parameter(torch.zeros_like(both))


def state_of_the_layer(layer, value):
    H, state = layer.hidden_size, layer.state_dict()
    state["bias_ih_l0"][H : 2 * H] = value
    state["bias_hh_l0"][H : 2 * H] = 0
    layer.load_state_dict(state)
    return layer


def for_either(layer, value):
    (set_forget_torch if hasattr(layer, "hidden_size") else set_forget_keras)(layer, value)


def zero_every_weight_keras(layer, value):
    layer.set_weights([0 * w for w in layer.get_weights()])
    set_forget_keras(layer, value)


def zero_every_weight_torch(layer, value):
    for p in layer.parameters():
        p.data.zero_()
    set_forget_torch(layer, value)


def zero_the_other_biases(layer, value):
    kernel, recurrent, _ = layer.get_weights()
    layer.set_weights([kernel, recurrent, np.repeat([0, value, 0, 0], layer.units)])


def every_bias(layer, value):
    layer.bias_ih_l0.data.fill_(value)
    layer.bias_hh_l0.data.zero_()


def a_copy(layer, value):
    layer.get_weights()[2][layer.units : 2 * layer.units] = value


def ones(layer, value):
    set_forget_keras(layer, 1.0)


def four_units(layer, value):
    kernel, recurrent, bias = layer.get_weights()
    bias[4:8] = value
    layer.set_weights([kernel, recurrent, bias])


def added(layer, value):
    layer.bias_ih_l0.data[layer.hidden_size : 2 * layer.hidden_size] += value


def one_unit(layer, value):
    kernel, recurrent, bias = layer.get_weights()
    bias[layer.units] = value
    layer.set_weights([kernel, recurrent, bias])


def the_candidate(layer, value):
    kernel, recurrent, bias = layer.get_weights()
    bias[2 * layer.units : 3 * layer.units] = value
    layer.set_weights([kernel, recurrent, bias])


def size_of_the_gate(layer, value):
    set_forget_keras(layer, abs(value))


def with_a_gradient(layer, value):
    layer.bias_ih_l0[: layer.hidden_size] = value


# 8.4


def merged(layer):
    """z and r with one bias, the sum, and zeros; the candidate with two."""
    kernel, recurrent, bias = to_keras_gru(layer)
    H = layer.hidden_size
    bias[0, : 2 * H] += bias[1, : 2 * H]
    bias[1, : 2 * H] = 0
    return [kernel, recurrent, bias]


def recurrent_unordered(layer):
    kernel, _, bias = to_keras_gru(layer)
    return [kernel, layer.weight_hh_l0.detach().numpy().T, bias]


def bias_unordered(layer):
    biases = layer.bias_ih_l0.detach().numpy(), layer.bias_hh_l0.detach().numpy()
    return [*to_keras_gru(layer)[:2], np.stack(biases)]


def blocks_of_four(layer):
    def ordered(w):
        w = w.detach().numpy().T
        return np.concatenate([w[..., 4:8], w[..., :4], w[..., 8:]], axis=-1)

    biases = ordered(layer.bias_ih_l0), ordered(layer.bias_hh_l0)
    return [ordered(layer.weight_ih_l0), ordered(layer.weight_hh_l0), np.stack(biases)]


def in_the_layer(layer):
    H = layer.hidden_size
    for p in layer.parameters():
        p.data[: 2 * H] = p.data[: 2 * H].roll(H, 0)
    w = [p.detach().numpy().T for p in layer.parameters()]
    return [w[0], w[1], np.stack(w[2:])]


def tensors(layer):
    import torch

    return [torch.tensor(w) for w in to_keras_gru(layer)]


def one_bias(layer):
    *matrices, bias = to_keras_gru(layer)
    return [*matrices, bias.sum(axis=0)]


def candidate_first(layer):
    return [np.concatenate(np.split(w, 3, axis=-1)[::-1], axis=-1) for w in to_keras_gru(layer)]


def rows_in_place_of_columns(layer):
    H, E = layer.hidden_size, layer.input_size
    kernel, recurrent, bias = to_keras_gru(layer)
    return [kernel.T.reshape(E, 3 * H), recurrent.T.reshape(H, 3 * H), bias]


# 8.5 and 7.6


def changed(solution, *changes):
    """The solution's three arrays after several changes (which, place, value)."""
    weights = [np.array(w, dtype=float) for w in solution.run()]
    for which, place, value in changes:
        weights[which][place] = value
    return tuple(weights)


def like(solution, kind):
    return [kind(w) for w in solution.run()]


def first_marks(*entries, b=(-10, -10, 10, 10, 0, 0, 10, 10)):
    """Weights of two units, zero but for these entries (matrix, row, column, value)."""
    weights = np.zeros((2, 8)), np.zeros((2, 8)), np.array(b, dtype=float)
    for which, row, column, value in entries:
        weights[which][row, column] = value
    return weights


NUMBER_IN, MARK_OPENS = (0, 0, 4, 1), (0, 1, 0, 20)

RIGHT = {
    "8.2": {"two digits": 4.97},
    "8.3": {
        "Keras, assigned": assign_in_keras,
        "PyTorch, through NumPy's view": through_numpy_memory,
        "PyTorch, one bias set to what is missing": what_is_missing,
        "PyTorch, half in each bias": half_in_each,
        "PyTorch, new parameters, all in the first": new_parameter,
        "PyTorch, by its state": state_of_the_layer,
        "for either framework": for_either,
    },
    "8.4": {"z and r with merged biases": merged},
    "8.5": {
        "output gate shut": altered(DEPTH_BY_HAND, 2, 3, -20),
        "the input gate opens for brackets only": changed(
            DEPTH_BY_HAND, (2, 0, -20), (0, (0, 0), 40), (0, (1, 0), 40)
        ),
        "the forget gate held open by the inputs": changed(
            DEPTH_BY_HAND, (2, 1, 0), (0, (slice(None), 1), 20)
        ),
        "larger numbers": tuple(5 * np.asarray(w) for w in DEPTH_BY_HAND.run()),
        "every number a bias": Value("""
            # g = tanh(20 - 40 [closes] - 20 [letter])
            W_xh = np.array([[0, 0, 0, 0], [0, 0, -40, 0], [0, 0, -20, 0]])
            answer = W_xh, np.zeros((1, 4)), np.array([20, 20, 20, 0])
            """),
    },
    "8.6": {
        "the second unit turns negative": changed(FIRST_BY_HAND, (0, (1, 5), -20), (1, (1, 0), 40)),
        "the second unit needs no input gate": changed(FIRST_BY_HAND, (0, (1, 1), 0), (2, 1, 10)),
        "the second unit feeds itself": changed(FIRST_BY_HAND, (1, (1, 5), 20)),
    },
}

WRONG = {
    "8.1": {
        "an LSTM of PyTorch": (66400, "too large"),
        "inputs alone": (3 * 64 * 100, "too small"),
        "words": ("49800", "a single number"),
        "one more": (49801, "too large"),
    },
    "8.2": {
        "rounded to one digit": (5.0, "too large"),
        "sigmoid of f": (1 / (1 + np.exp(-(0.5**0.01))), "too small"),
        "half after fifty": (np.log(2**0.02 / (2**0.02 - 1)) - np.log(2) * 0.02, "too small"),
        "base ten": (np.log10(143.77), "too small"),
    },
    "8.3": {
        "every weight zero, Keras": (zero_every_weight_keras, "the matrices have changed"),
        "every weight zero, PyTorch": (zero_every_weight_torch, "the matrices have changed"),
        "the other biases zero": (zero_the_other_biases, "another gate has changed"),
        "every bias": (every_bias, "another gate has changed"),
        "a copy": (a_copy, "no weight has changed"),
        "always 1": (ones, "for a layer of Keras: the forget bias should be 2.5"),
        "four units": (four_units, "for a layer of Keras"),
        "added to the bias": (added, "was added to the bias"),
        "one unit": (one_unit, "in every unit"),
        "the candidate": (the_candidate, "another gate has changed"),
        "its size": (size_of_the_gate, "should be -1.25"),
        "inside a gradient": (with_a_gradient, "for a layer of PyTorch it stopped with Runtime"),
        "a method that neither has": (
            lambda layer, value: layer.set_forget_bias(value),
            "for a layer of Keras it stopped with AttributeError and for a layer of PyTorch",
        ),
        "a number": (1.0, "a function was expected"),
        "both biases of PyTorch": (
            lambda layer, value: [
                bias.data[layer.hidden_size : 2 * layer.hidden_size].fill_(value)
                for bias in (layer.bias_ih_l0, layer.bias_hh_l0)
            ],
            "twice the value",
        ),
        "one bias of PyTorch": (
            lambda layer, value: layer.bias_ih_l0.data[
                layer.hidden_size : 2 * layer.hidden_size
            ].fill_(value),
            "its random start",
        ),
        "the first block": (
            lambda layer, value: layer.bias_ih_l0.data[: layer.hidden_size].fill_(value),
            "another gate has changed",
        ),
        "nothing": (lambda layer, value: None, "no weight has changed"),
        "no such method": (
            lambda layer, value: layer.set(value),
            "for a layer of PyTorch it stopped with AttributeError",
        ),
    },
    "8.4": {
        "recurrent kernel unordered": (recurrent_unordered, "of the recurrent kernel are still"),
        "bias unordered": (bias_unordered, "biases of z and r"),
        "blocks of four": (blocks_of_four, "kernel has wrong numbers"),
        "the layer itself": (in_the_layer, "changes the layer"),
        "tensors": (tensors, "tensors of PyTorch"),
        "one bias": (one_bias, "the shapes should be"),
        "candidate first": (candidate_first, "kernel has wrong numbers"),
        "reshaped in place of transposed": (rows_in_place_of_columns, "kernel has wrong numbers"),
        "zeros": (lambda layer: [0 * w for w in to_keras_gru(layer)], "kernel has wrong numbers"),
        "transposed": (
            lambda layer: [w.T for w in exercises.to_keras_gru(layer)],
            "the shapes should be",
        ),
        "the parameters": (lambda layer: list(layer.parameters()), "three arrays"),
        "not ordered": (exercises.unordered, "the blocks are still in PyTorch's order, r, z, n."),
        "biases turned round": (
            exercises.with_bias(np.flipud),
            "rows of the bias have changed places",
        ),
        "biases added": (
            exercises.with_bias(lambda bias: np.stack([bias.sum(axis=0), 0 * bias[0]])),
            "may not be added up",
        ),
    },
    "8.5": {
        "g of tanh(3)": (changed(DEPTH_BY_HAND, (0, (0, 2), 3)), "characters"),
        "f of 0.9999": (altered(DEPTH_BY_HAND, 2, 1, 9), "characters"),
        "input gate half open": (
            altered(DEPTH_BY_HAND, 2, 0, 0),
            "after `(` the count should be 1",
        ),
        "closing ones only": (
            altered(DEPTH_BY_HAND, 0, (0, 2), 0),
            "after `(` the count should be 1",
        ),
        "never below zero, nor above one": (
            changed(DEPTH_BY_HAND, (1, (0, 0), -200), (2, 3, 20)),
            "the count should be",
        ),
        "feedback that breaks deep counts": (
            changed(DEPTH_BY_HAND, (1, (0, 2), 15)),
            "the count should be",
        ),
        "blocks i, o, f, g": (
            tuple(np.asarray(w)[..., [0, 3, 1, 2]] for w in DEPTH_BY_HAND.run()),
            "after `a` the count should be 0",
        ),
        "letters count down": (
            altered(DEPTH_BY_HAND, 0, (2, 2), -20),
            "after `a` the count should be 0",
        ),
        "not finite": (altered(DEPTH_BY_HAND, 2, 1, np.inf), "not finite"),
        "transposed": (like(DEPTH_BY_HAND, np.transpose), "W_xh should have the shape"),
        "words": (("a", "b", "c"), "W_xh should hold numbers"),
        "a dictionary": ({"W_xh": 1, "W_hh": 2, "b_h": 3}, "three arrays"),
        "a weak bracket": (
            exercises.altered(exercises.DEPTH_BY_HAND, 0, (0, 2), 1),
            "after `(` the count should be 1",
        ),
    },
    "8.6": {
        # three cells that fit one sequence, whose first marked number was 0.6 at step 2
        "shut by what it holds": (
            first_marks(NUMBER_IN, MARK_OPENS, (1, 0, 0, -80)),
            "after the first mark",
        ),
        "shut by a positive number": (
            first_marks(NUMBER_IN, MARK_OPENS, (0, 1, 1, 20), (0, 0, 5, 20), (1, 1, 0, -40)),
            "after the first mark",
        ),
        "shut by the time": (
            first_marks(
                NUMBER_IN, MARK_OPENS, (1, 1, 0, -35), b=(-10, 10, 10, 10, 0, 0.1003, 10, 10)
            ),
            "a later mark",
        ),
        "the last mark": (altered(FIRST_BY_HAND, 1, (1, 0), 0), "a later mark"),
        "shut by the first unit": (
            changed(FIRST_BY_HAND, (1, (1, 0), 0), (1, (0, 0), -40)),
            "after the first mark",
        ),
        "the mark's unit shuts itself": (
            changed(FIRST_BY_HAND, (1, (1, 0), 0), (1, (1, 1), -40)),
            "input gate is 1.00, and its forget gate 1.00",
        ),
        "only the next mark is refused": (altered(FIRST_BY_HAND, 2, 3, -10), "a later mark"),
        "forgets in twenty steps": (altered(FIRST_BY_HAND, 2, 3, 2), "a later mark"),
        "the number itself, not its tanh": (altered(FIRST_BY_HAND, 0, (0, 4), 1.5), "stood"),
        "the mark in place of the number": (
            changed(FIRST_BY_HAND, (0, (0, 4), 0), (0, (1, 4), 0.69)),
            "stood",
        ),
        "units exchanged": (
            tuple(np.asarray(w)[..., [1, 0, 3, 2, 5, 4, 7, 6]] for w in FIRST_BY_HAND.run()),
            "stood",
        ),
        "an open gate": (exercises.altered(exercises.FIRST_BY_HAND, 2, 0, 10), "before any mark"),
        "a shut gate": (exercises.altered(exercises.FIRST_BY_HAND, 0, (1, 0), 0), "stood 0.6"),
        "a leak": (exercises.altered(exercises.FIRST_BY_HAND, 2, 2, 1), "without a mark"),
        "the counter": (exercises.DEPTH_BY_HAND.run(), "W_xh should have the shape"),
    },
}

# narrow ones, right for small sizes or for most values

DEPTH, FIRST = exercises.DEPTH_BY_HAND, exercises.FIRST_BY_HAND
WRONG["8.2"] |= {"cut": (4.96, "too small"), "rounded up": (4.975, "too large")}
WRONG["8.5"] |= {
    "a letter counts a little": (exercises.altered(DEPTH, 0, (2, 2), 1e-3), "characters the count"),
    "a closed one a little less": (exercises.altered(DEPTH, 0, (1, 2), -4), "the count should be"),
    "letters let it leak": (exercises.altered(DEPTH, 0, (2, 1), -9), "the count should be 50"),
    "h counts": (exercises.altered(DEPTH, 1, (0, 2), 1e-3), "the count should be 50"),
}
WRONG["8.6"] |= {
    "a gate ajar": (exercises.altered(FIRST, 2, 0, -6), "before any mark"),
    "numbers open a gate": (exercises.altered(FIRST, 0, (0, 0), 4), "before any mark"),
}
