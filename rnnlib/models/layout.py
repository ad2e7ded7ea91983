"""Where every weight stands: its name and shape in this book, in Keras and in PyTorch.

The canonical layout is that of the equations, as in `x @ W`, shapes (inputs, outputs). G is the
number of blocks side by side: 1 in the plain cell, 3 in the GRU, 4 in the LSTM.

    name   shape    Keras                             PyTorch
    embed  (V, E)   Embedding.embeddings              Embedding.weight
    W_xh   (E, GH)  kernel                            weight_ih_l0, transposed
    W_hh   (H, GH)  recurrent_kernel                  weight_hh_l0, transposed
    b_x    (GH,)    GRU only: row 0 of bias (2, GH)   GRU only: bias_ih_l0
    b_h    (GH,)    bias; in the GRU row 1 of it      bias_ih_l0 (bias_hh_l0 stays zero);
                                                      in the GRU bias_hh_l0
    W_hy   (H, V)   Dense kernel                      Linear.weight, transposed
    b_y    (V,)     Dense bias                        Linear.bias

    blocks          this book and Keras               PyTorch
    GRU             z update, r reset, g candidate    r, z, g
    LSTM            i input, f forget, g candidate,   i, f, g, o
                    o output

The names of a second layer end in _l1, of a third in _l2, as PyTorch counts; their W_xh reads the
H numbers of the layer below. What other models are made of stands in parts.py. Every function takes
the configuration of any model: it has `parts()`, in canonical order.
"""

import numpy as np

BLOCKS = {"rnn": "g", "gru": "zrg", "lstm": "ifgo"}
TORCH_BLOCKS = BLOCKS | {"gru": "rzg"}
TORCH_NAMES = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_h": "bias_ih"}
TORCH_GRU_NAMES = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_x": "bias_ih", "b_h": "bias_hh"}


def layer_names(config, layer):
    """{name in the equations: name in the model} of one layer of a CharRNN, counted from 0."""
    return config.layers()[layer].names()


def layer_weights(params, config, layer):
    """The weights of one layer as a step of numpy_cells.py takes them: {"W_xh": ..., ...}."""
    return config.layers()[layer].weights(params)


def shapes(config):
    """{name: shape} of every parameter, in canonical order; ValueError where two share a name."""
    found = {}
    for part in config.parts():
        twice = found.keys() & part.shapes().keys()
        if twice:
            raise ValueError(f"two parts share the name {min(twice)}. Give one another ending.")
        found |= part.shapes()
    return found


def to_keras(params, config):
    """Canonical parameters as the list that `keras.Model.set_weights` takes."""
    return [value for part in config.parts() for value in part.to_keras(params)]


def from_keras(values, config):
    """The list of Keras weights (or of their gradients) as {canonical name: array}: copies."""
    counts = [part.keras_arrays for part in config.parts()]
    if len(values) != sum(counts):
        raise ValueError(
            f"this model has {sum(counts)} arrays in Keras, not {len(values)}. Give those of a "
            "model of the same configuration."
        )
    values, found = iter(values), {}
    for part, count in zip(config.parts(), counts, strict=True):
        mine = part.from_keras([next(values) for _ in range(count)])
        found |= {name: np.array(value, order="C") for name, value in mine.items()}
    return found


def torch_names(config):
    """The PyTorch name of every parameter that is trained, in canonical order."""
    return [f"{part.module}.{name}" for part in config.parts() for name in part.torch_names]


def to_torch(params, config):
    """Canonical parameters as {PyTorch name: array}: blocks in its order, matrices transposed."""
    return {
        f"{part.module}.{name}": value
        for part in config.parts()
        for name, value in part.to_torch(params).items()
    }


def from_torch(named, config):
    """{PyTorch name: array} (weights or their gradients) as {canonical name: array}: copies."""
    found = {}
    for part in config.parts():
        inside = {name: named[f"{part.module}.{name}"] for name in part.torch_names}
        mine = part.from_torch(inside)
        found |= {name: np.array(value, order="C") for name, value in mine.items()}
    return found


def reorder(value, have, want):
    """The blocks of the last axis, one for each letter of `have`, in the order of `want`."""
    blocks = dict(zip(have, np.split(value, len(have), axis=-1), strict=True))
    return np.concatenate([blocks[letter] for letter in want], axis=-1)
