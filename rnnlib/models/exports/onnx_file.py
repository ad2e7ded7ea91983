"""An ONNX file, written by hand: a few messages of protocol buffers, and no library for them.

Inputs: ids (B, T), int64, and h (layers, B, H), in an LSTM c as well, float32. Outputs: logits
(B, T, V), and h_last (and c_last). The characters are the entry "vocab" of the file's metadata.
The field numbers are those of onnx.proto; the operators those of operator set 14.
"""

import json
from typing import Any

import numpy as np

from rnnlib.models.parts import BLOCKS, reorder
from rnnlib.text.vocab import Vocab

OPERATORS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
ONNX_BLOCKS = {"rnn": "g", "gru": "zrg", "lstm": "iofg"}  # the order of the blocks there
FLOAT, INT64 = 1, 7
ONE_INT, MANY_INTS = 2, 7  # kinds of an attribute


def to_bytes(model: Any, vocab: Vocab) -> bytes:
    """The bytes of the file."""
    graph = _Graph(model.get_params(), model.config)
    metadata = {"config": json.dumps(model.config.to_dict()), "vocab": json.dumps(vocab.chars)}
    entries = [_field(14, _field(1, key) + _field(2, value)) for key, value in metadata.items()]
    operator_set = _field(8, _field(1, "") + _field(2, 14))
    head = _field(1, 8) + _field(2, "rnnlib") + _field(7, graph.message())
    return b"".join([head, operator_set, *entries])


class _Graph:
    """The model as a list of operators, values named by what they are."""

    def __init__(self, params, config):
        self.params, self.config, self.nodes, self.arrays = params, config, [], []
        self.states = ("h", "c")[: config.state_size // config.hidden_size]
        self._read()

    def message(self):
        """The graph as bytes."""
        V, H, L = self.config.vocab_size, self.config.hidden_size, self.config.num_layers
        shape = (L, "batch", H)
        inputs = [_value("ids", INT64, ("batch", "time"))]
        inputs += [_value(name, FLOAT, shape) for name in self.states]
        outputs = [_value("logits", FLOAT, ("batch", "time", V))]
        outputs += [_value(f"{name}_last", FLOAT, shape) for name in self.states]
        parts = [_field(1, node) for node in self.nodes] + [_field(2, "char_rnn")]
        parts += [_field(5, array) for array in self.arrays]
        parts += [_field(11, value) for value in inputs]
        return b"".join(parts + [_field(12, value) for value in outputs])

    def _read(self):
        """From ids to logits."""
        self._put("embed", self.params["embed"])
        self._put("axis", np.array([1]))
        self._node("Transpose", ["ids"], ["ids_by_time"], perm=[1, 0])
        self._node("Gather", ["embed", "ids_by_time"], ["hs"])  # (T, B, E)
        layers = range(self.config.num_layers)
        for name in self.states:
            self._node("Split", [name], [f"{name}_{layer}" for layer in layers], axis=0)
        for layer in layers:
            self._layer(layer, "hs" if layer == 0 else f"hs_{layer - 1}")
        for name in self.states:
            ends = [f"{name}_{layer}_last" for layer in layers]
            self._node("Concat", ends, [f"{name}_last"], axis=0)
        self._put("W_hy", self.params["W_hy"])
        self._put("b_y", self.params["b_y"])
        self._node("MatMul", [f"hs_{layers[-1]}", "W_hy"], ["products"])
        self._node("Add", ["products", "b_y"], ["logits_by_time"])
        self._node("Transpose", ["logits_by_time"], ["logits"], perm=[1, 0, 2])

    def _layer(self, layer, below):
        """One recurrent layer: W (1, GH, E), R (1, GH, H), B (1, 2GH) as the operator has them."""
        cell, weights = self.config.cell, self.config.layers()[layer].weights(self.params)
        arrays = [self._order(weights[name]).T[None] for name in ("W_xh", "W_hh")]
        b_h = self._order(weights["b_h"])
        b_x, b_h = (self._order(weights["b_x"]), b_h) if cell == "gru" else (b_h, 0 * b_h)
        names = [f"{name}_{layer}" for name in ("W", "R", "B")]
        for name, array in zip(names, [*arrays, np.concatenate([b_x, b_h])[None]], strict=True):
            self._put(name, array)
        before = [f"{name}_{layer}" for name in self.states]
        after = [f"{name}_{layer}_last" for name in self.states]
        more = {"linear_before_reset": 1} if cell == "gru" else {}
        self._node(
            OPERATORS[cell],
            [below, *names, "", *before],
            [f"ys_{layer}", *after],
            hidden_size=self.config.hidden_size,
            **more,
        )
        self._node("Squeeze", [f"ys_{layer}", "axis"], [f"hs_{layer}"])  # (T, B, H)

    def _order(self, array):
        """The blocks of the last axis in the order of ONNX."""
        return reorder(array, BLOCKS[self.config.cell], ONNX_BLOCKS[self.config.cell])

    def _put(self, name, array):
        """An array that the file holds."""
        kind = INT64 if array.dtype.kind == "i" else FLOAT
        array = np.ascontiguousarray(array, np.int64 if kind == INT64 else np.float32)
        dims = b"".join(_field(1, size) for size in array.shape)
        self.arrays.append(dims + _field(2, kind) + _field(8, name) + _field(9, array.tobytes()))

    def _node(self, operator, inputs, outputs, **attributes):
        """An operator, from values to values."""
        parts = [_field(1, name) for name in inputs] + [_field(2, name) for name in outputs]
        parts.append(_field(4, operator))
        parts += [_field(5, _attribute(*item)) for item in attributes.items()]
        self.nodes.append(b"".join(parts))


def _attribute(name, value):
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, ONE_INT)
    many = b"".join(_field(8, number) for number in value)
    return _field(1, name) + many + _field(20, MANY_INTS)


def _value(name, kind, shape):
    """The name, type and shape of an input or an output; a string is a size that may be any."""
    dims = b"".join(_field(1, _field(2 if isinstance(d, str) else 1, d)) for d in shape)
    tensor = _field(1, kind) + _field(2, dims)
    return _field(1, name) + _field(2, _field(1, tensor))


def _field(number, value):
    """One field of a message: a whole number as it is, text, bytes and messages by their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number):
    """A whole number, seven bits a byte, the last byte below 128."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])
