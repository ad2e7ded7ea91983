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
H numbers of the layer below. This file alone knows these tables.
"""

import numpy as np

BLOCKS = {"rnn": "g", "gru": "zrg", "lstm": "ifgo"}
TORCH_BLOCKS = BLOCKS | {"gru": "rzg"}
TORCH_NAMES = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_h": "bias_ih"}
TORCH_GRU_NAMES = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_x": "bias_ih", "b_h": "bias_hh"}
TORCH_ENDS = {"embed": "embed.weight", "W_hy": "out.weight", "b_y": "out.bias"}


def layer_names(config, layer):
    """{name in the equations: name in the model} of one layer, counted from 0."""
    biases = ("b_x", "b_h") if config.cell == "gru" else ("b_h",)
    return {name: name + (f"_l{layer}" if layer else "") for name in ("W_xh", "W_hh", *biases)}


def layer_weights(params, config, layer):
    """The weights of one layer as a step of numpy_cells.py takes them: {"W_xh": ..., ...}."""
    return {name: params[ours] for name, ours in layer_names(config, layer).items()}


def shapes(config):
    """{name: shape} of every parameter, in canonical order."""
    V, E, H = config.vocab_size, config.embed_size, config.hidden_size
    wide = len(BLOCKS[config.cell]) * H
    found = {"embed": (V, E)}
    for layer in range(config.num_layers):
        cell = {
            "W_xh": (H if layer else E, wide),
            "W_hh": (H, wide),
            "b_x": (wide,),
            "b_h": (wide,),
        }
        found |= {ours: cell[name] for name, ours in layer_names(config, layer).items()}
    return found | {"W_hy": (H, V), "b_y": (V,)}


def to_keras(params, config):
    """Canonical parameters as the list that `keras.Model.set_weights` takes."""
    values = [params["embed"]]
    for layer in range(config.num_layers):
        W_xh, W_hh, *biases = layer_weights(params, config, layer).values()
        values += [W_xh, W_hh, np.stack(biases) if config.cell == "gru" else biases[0]]
    return [*values, params["W_hy"], params["b_y"]]


def from_keras(values, config):
    """The list of Keras weights (or of their gradients) as {canonical name: array}."""
    embed, *cells, W_hy, b_y = values
    flat = [embed]
    for start in range(0, len(cells), 3):
        W_xh, W_hh, bias = cells[start : start + 3]
        flat += [W_xh, W_hh, *(bias if config.cell == "gru" else [bias])]
    return dict(zip(shapes(config), [*flat, W_hy, b_y], strict=True))


def torch_names(config):
    """{canonical name: PyTorch name} of every parameter that is trained, in canonical order."""
    table = TORCH_GRU_NAMES if config.cell == "gru" else TORCH_NAMES
    found = {"embed": TORCH_ENDS["embed"]}
    for layer in range(config.num_layers):
        names = layer_names(config, layer)
        found |= {ours: f"rnn.{table[name]}_l{layer}" for name, ours in names.items()}
    return found | {name: TORCH_ENDS[name] for name in ("W_hy", "b_y")}


def to_torch(params, config):
    """Canonical parameters as {PyTorch name: array}: blocks in its order, matrices transposed."""
    found = {}
    for name, theirs in torch_names(config).items():
        value = params[name]
        if name not in TORCH_ENDS:
            value = reorder(value, BLOCKS[config.cell], TORCH_BLOCKS[config.cell])
        found[theirs] = value.T if _is_transposed(name, value) else value
    return found


def from_torch(named, config):
    """{PyTorch name: array} (weights or their gradients) as {canonical name: array}."""
    found = {}
    for name, theirs in torch_names(config).items():
        value = named[theirs]
        value = value.T if _is_transposed(name, value) else value
        if name not in TORCH_ENDS:
            value = reorder(value, TORCH_BLOCKS[config.cell], BLOCKS[config.cell])
        found[name] = np.array(value, order="C")
    return found


def _is_transposed(name, value):
    return value.ndim == 2 and name != "embed"


def reorder(value, have, want):
    """The blocks of the last axis, one for each letter of `have`, in the order of `want`."""
    blocks = dict(zip(have, np.split(value, len(have), axis=-1), strict=True))
    return np.concatenate([blocks[letter] for letter in want], axis=-1)
