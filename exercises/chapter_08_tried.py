"""Other right and wrong answers to the exercises of chapter 8."""

from functools import partial

import numpy as np
import torch

from exercises import Value
from exercises.chapter_08 import (
    DEPTH_BY_HAND,
    FIRST_BY_HAND,
    set_forget_keras,
    set_forget_torch,
    to_keras_gru,
    unordered,
)

# 8.3


def keras_bias(change):
    """change(bias, H, value) writes into a copy of the bias, which the layer then takes."""

    def version(layer, value):
        kernel, recurrent, bias = layer.get_weights()
        change(bias, layer.units, value)
        layer.set_weights([kernel, recurrent, bias])

    return version


def torch_biases(change):
    """change(input's bias, state's bias, the forget gate's slice, value) writes into the layer."""

    def version(layer, value):
        f = slice(layer.hidden_size, 2 * layer.hidden_size)
        change(layer.bias_ih_l0.data, layer.bias_hh_l0.data, f, value)

    return version


def assign_in_keras(layer, value):
    from keras import ops

    bias, H = layer.weights[2], layer.units
    bias.assign(ops.concatenate([bias[:H], ops.full((H,), value), bias[2 * H :]]))


def new_parameter(layer, value):
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


# 8.4


def merged(layer):
    """z and r with one bias, the sum, and zeros; the candidate with two."""
    kernel, recurrent, bias = to_keras_gru(layer)
    H = layer.hidden_size
    bias[0, : 2 * H] += bias[1, : 2 * H]
    bias[1, : 2 * H] = 0
    return [kernel, recurrent, bias]


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


def rows_in_place_of_columns(layer):
    H, E = layer.hidden_size, layer.input_size
    kernel, recurrent, bias = to_keras_gru(layer)
    return [kernel.T.reshape(E, 3 * H), recurrent.T.reshape(H, 3 * H), bias]


def with_bias(change):
    """The right matrices, and a bias (2, 3H) that went through `change`."""
    return lambda layer: [*to_keras_gru(layer)[:2], change(to_keras_gru(layer)[2])]


# 8.5 and 8.6


def changed(solution, *changes):
    """The solution's three arrays after several changes (which, place, value)."""
    weights = [np.array(w, dtype=float) for w in solution.run()]
    for which, place, value in changes:
        weights[which][place] = value
    return tuple(weights)


depth, first = partial(changed, DEPTH_BY_HAND), partial(changed, FIRST_BY_HAND)


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
        "PyTorch, through NumPy's view": torch_biases(
            lambda a, b, f, value: [np.copyto(a.numpy()[f], value), np.copyto(b.numpy()[f], 0)]
        ),
        "PyTorch, one bias set to what is missing": torch_biases(
            lambda a, b, f, value: a[f].copy_(value - b[f])
        ),
        "PyTorch, half in each bias": torch_biases(
            lambda a, b, f, value: [bias[f].fill_(value / 2) for bias in (a, b)]
        ),
        "PyTorch, new parameters, all in the first": new_parameter,
        "PyTorch, by its state": state_of_the_layer,
        "for either framework": for_either,
    },
    "8.4": {"z and r with merged biases": merged},
    "8.5": {
        "output gate shut": depth((2, 3, -20)),
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
        "the second unit turns negative": first((0, (1, 5), -20), (1, (1, 0), 40)),
        "the second unit needs no input gate": first((0, (1, 1), 0), (2, 1, 10)),
        "the second unit feeds itself": first((1, (1, 5), 20)),
    },
}

WRONG = {
    "8.1": {"one more": (49801, "too large"), "inputs alone": (19200, "too small")},
    "8.2": {"rounded up": (4.975, "is close"), "cut": (4.96, "is close")},
    "8.3": {
        "every weight zero, Keras": (zero_every_weight_keras, "the matrices have changed"),
        "every weight zero, PyTorch": (zero_every_weight_torch, "the matrices have changed"),
        "the other biases zero": (
            keras_bias(lambda b, H, value: np.copyto(b, np.repeat([0, value, 0, 0], H))),
            "another gate has changed",
        ),
        "every bias": (
            torch_biases(lambda a, b, f, value: [a.fill_(value), b.zero_()]),
            "another gate has changed",
        ),
        "a copy": (
            lambda layer, value: layer.get_weights()[2].fill(value),
            "no weight has changed",
        ),
        "always 1": (
            lambda layer, value: set_forget_keras(layer, 1.0),
            "for a layer of Keras: the forget bias should be 2.5",
        ),
        "four units": (keras_bias(lambda b, H, value: b[4:8].fill(value)), "for a layer of Keras"),
        "added to the bias": (
            torch_biases(lambda a, b, f, value: a[f].add_(value)),
            "was added to the bias",
        ),
        "one unit": (keras_bias(lambda b, H, value: b[H : H + 1].fill(value)), "in every unit"),
        "the candidate": (
            keras_bias(lambda b, H, value: b[2 * H : 3 * H].fill(value)),
            "another gate has changed",
        ),
        "its size": (lambda layer, value: set_forget_keras(layer, abs(value)), "should be -1.25"),
        "inside a gradient": (
            lambda layer, value: layer.bias_ih_l0[:2].fill_(value),
            "for a layer of PyTorch it stopped with Runtime",
        ),
        "a method that neither has": (
            lambda layer, value: layer.set_forget_bias(value),
            "for a layer of Keras it stopped with AttributeError and for a layer of PyTorch",
        ),
        "a number": (1.0, "a function was expected"),
        "both biases of PyTorch": (
            torch_biases(lambda a, b, f, value: [bias[f].fill_(value) for bias in (a, b)]),
            "twice the value",
        ),
        "one bias of PyTorch": (
            torch_biases(lambda a, b, f, value: a[f].fill_(value)),
            "its random start",
        ),
        "the first block": (
            torch_biases(lambda a, b, f, value: a[: f.start].fill_(value)),
            "another gate has changed",
        ),
        "nothing": (lambda layer, value: None, "no weight has changed"),
    },
    "8.4": {
        "recurrent kernel unordered": (
            lambda layer: [to_keras_gru(layer)[0], *unordered(layer)[1:2], to_keras_gru(layer)[2]],
            "of the recurrent kernel are still",
        ),
        "bias unordered": (
            lambda layer: [*to_keras_gru(layer)[:2], unordered(layer)[2]],
            "biases of z and r",
        ),
        "blocks of four": (blocks_of_four, "kernel has wrong numbers"),
        "the layer itself": (in_the_layer, "changes the layer"),
        "tensors": (
            lambda layer: list(map(torch.tensor, to_keras_gru(layer))),
            "tensors of PyTorch",
        ),
        "one bias": (
            lambda layer: [*to_keras_gru(layer)[:2], to_keras_gru(layer)[2].sum(axis=0)],
            "the shapes should be",
        ),
        "candidate first": (
            lambda layer: [
                np.concatenate(np.split(w, 3, axis=-1)[::-1], axis=-1) for w in to_keras_gru(layer)
            ],
            "kernel has wrong numbers",
        ),
        "reshaped in place of transposed": (rows_in_place_of_columns, "kernel has wrong numbers"),
        "zeros": (lambda layer: [0 * w for w in to_keras_gru(layer)], "kernel has wrong numbers"),
        "transposed": (lambda layer: [w.T for w in to_keras_gru(layer)], "the shapes should be"),
        "the parameters": (lambda layer: list(layer.parameters()), "three arrays"),
        "not ordered": (unordered, "the blocks are still in PyTorch's order, r, z, n."),
        "biases turned round": (with_bias(np.flipud), "rows of the bias have changed places"),
        "biases added": (
            with_bias(lambda bias: np.stack([bias.sum(axis=0), 0 * bias[0]])),
            "may not be added up",
        ),
    },
    "8.5": {
        "g of tanh(3)": (depth((0, (0, 2), 3)), "characters"),
        "f of 0.9999": (depth((2, 1, 9)), "characters"),
        "input gate half open": (depth((2, 0, 0)), "after `(` the count should be 1"),
        "closing ones only": (depth((0, (0, 2), 0)), "after `(` the count should be 1"),
        "never below zero, nor above one": (
            depth((1, (0, 0), -200), (2, 3, 20)),
            "the count should be",
        ),
        "feedback that breaks deep counts": (depth((1, (0, 2), 15)), "the count should be"),
        "blocks i, o, f, g": (
            tuple(np.asarray(w)[..., [0, 3, 1, 2]] for w in DEPTH_BY_HAND.run()),
            "after `a` the count should be 0",
        ),
        "letters count down": (depth((0, (2, 2), -20)), "after `a` the count should be 0"),
        "not finite": (depth((2, 1, np.inf)), "not finite"),
        "transposed": (
            [np.transpose(w) for w in DEPTH_BY_HAND.run()],
            "W_xh should have the shape",
        ),
        "words": (("a", "b", "c"), "W_xh should hold numbers"),
        "a dictionary": ({"W_xh": 1, "W_hh": 2, "b_h": 3}, "three arrays"),
        "a weak bracket": (depth((0, (0, 2), 1)), "after `(` the count should be 1"),
        "a letter counts a little": (depth((0, (2, 2), 1e-3)), "characters the count"),
        "a closed one a little less": (depth((0, (1, 2), -4)), "the count should be"),
        "letters let it leak": (depth((0, (2, 1), -9)), "the count should be 50"),
        "h counts": (depth((1, (0, 2), 1e-3)), "the count should be 50"),
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
        "the last mark": (first((1, (1, 0), 0)), "a later mark"),
        "shut by the first unit": (first((1, (1, 0), 0), (1, (0, 0), -40)), "after the first mark"),
        "the mark's unit shuts itself": (
            first((1, (1, 0), 0), (1, (1, 1), -40)),
            "input gate is 1.00, and its forget gate 1.00",
        ),
        "only the next mark is refused": (first((2, 3, -10)), "a later mark"),
        "forgets in twenty steps": (first((2, 3, 2)), "a later mark"),
        "the number itself, not its tanh": (first((0, (0, 4), 1.5)), "stood"),
        "the mark in place of the number": (first((0, (0, 4), 0), (0, (1, 4), 0.69)), "stood"),
        "units exchanged": (
            tuple(np.asarray(w)[..., [1, 0, 3, 2, 5, 4, 7, 6]] for w in FIRST_BY_HAND.run()),
            "stood",
        ),
        "an open gate": (first((2, 0, 10)), "before any mark"),
        "a shut gate": (first((0, (1, 0), 0)), "stood 0.6"),
        "a leak": (first((2, 2, 1)), "without a mark"),
        "the counter": (DEPTH_BY_HAND.run(), "W_xh should have the shape"),
        "a gate ajar": (first((2, 0, -6)), "before any mark"),
        "numbers open a gate": (first((0, (0, 0), 4)), "before any mark"),
    },
}
