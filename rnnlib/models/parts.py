"""The parts that networks are made of, and where each keeps its weights in the frameworks.

A family of models lists its parts once, in canonical order, and everything that depends on where a
weight stands follows: shapes, first values, Keras' order and PyTorch's names. Canonical weights are
those of the equations, as in `x @ W`, shapes (inputs, outputs).

    part         weights                          Keras layer          PyTorch module
    Table        embed (V, E)                     Embedding            Embedding
    Recurrent    W_xh, W_hh, b_x (GRU), b_h       SimpleRNN, GRU, LSTM RNN, GRU, LSTM
    Dense        W (I, O), b (O,) or none         Dense                Linear
    Convolution  W (K, I, O), b (O,)              Conv1D               Conv1d
    Vector       v (I,)                           AdditiveAttention    Linear

The order of gates is that of layout.py, which puts the parts together. `keras_arrays` is the number
of arrays in the Keras layer, `torch_names` are their names inside the PyTorch module.
"""

from dataclasses import dataclass

import numpy as np

from rnnlib.models.initial import draw_glorot, draw_orthogonal
from rnnlib.models.layout import BLOCKS, TORCH_BLOCKS, TORCH_GRU_NAMES, TORCH_NAMES, reorder


@dataclass(frozen=True)
class Table:
    """A row of E numbers for each of V ids."""

    module: str  # name of the Keras layer, path of the PyTorch module
    rows: int
    columns: int
    name: str = "embed"

    keras_arrays = 1
    torch_names = ("weight",)

    def shapes(self):
        """{canonical name: shape}."""
        return {self.name: (self.rows, self.columns)}

    def draw(self, rng):
        """First values: uniform in +-0.05, as Keras."""
        return {self.name: rng.uniform(-0.05, 0.05, (self.rows, self.columns))}

    def to_keras(self, params):
        """The list that the layer's set_weights takes."""
        return [params[self.name]]

    def from_keras(self, values):
        """That list, weights or gradients, as {canonical name: array}."""
        return {self.name: values[0]}

    def to_torch(self, params):
        """{name inside the PyTorch module: array}."""
        return {"weight": params[self.name]}

    def from_torch(self, named):
        """{name inside the PyTorch module: array} as {canonical name: array}."""
        return {self.name: named["weight"]}


@dataclass(frozen=True)
class Recurrent:
    """One layer of steps in one direction: "rnn", "gru" or "lstm".

    `end` ends its canonical names. `torch_end` says which layer and direction of the PyTorch
    module it is: "_l0", "_l1", "_l0_reverse". `layer` names the Keras layer where it is not
    `module`, as when one PyTorch module holds several layers.
    """

    module: str
    cell: str
    inputs: int
    hidden: int
    end: str = ""
    torch_end: str = "_l0"
    layer: str = ""

    keras_arrays = 3

    @property
    def torch_names(self):
        """Its names inside the PyTorch module, in canonical order."""
        return tuple(self._theirs(name) for name in self.names())

    def names(self):
        """{name in the equations: name in the model}."""
        biases = ("b_x", "b_h") if self.cell == "gru" else ("b_h",)
        return {name: name + self.end for name in ("W_xh", "W_hh", *biases)}

    def weights(self, params):
        """The weights as a step of numpy_cells.py takes them: {"W_xh": ..., ...}."""
        return {name: params[ours] for name, ours in self.names().items()}

    def shapes(self):
        """{canonical name: shape}."""
        wide = len(BLOCKS[self.cell]) * self.hidden
        rows = {"W_xh": (self.inputs, wide), "W_hh": (self.hidden, wide)}
        return {ours: rows.get(name, (wide,)) for name, ours in self.names().items()}

    def draw(self, rng):
        """First values as in initial.py: orthogonal W_hh, and 1 for an LSTM's forget gate."""
        found = {}
        for name, shape in self.shapes().items():
            if len(shape) == 1:
                found[name] = np.zeros(shape)
            elif name.startswith("W_hh"):
                found[name] = draw_orthogonal(shape, rng)
            else:
                found[name] = draw_glorot(rng, shape, *shape)
        if self.cell == "lstm":
            found["b_h" + self.end][self.hidden : 2 * self.hidden] = 1
        return found

    def to_keras(self, params):
        """The list that the layer's set_weights takes."""
        W_xh, W_hh, *biases = self.weights(params).values()
        return [W_xh, W_hh, np.stack(biases) if self.cell == "gru" else biases[0]]

    def from_keras(self, values):
        """That list, weights or gradients, as {canonical name: array}."""
        W_xh, W_hh, bias = values
        biases = bias if self.cell == "gru" else [bias]
        return dict(zip(self.names().values(), [W_xh, W_hh, *biases], strict=True))

    def to_torch(self, params):
        """{name inside the PyTorch module: array}: blocks in its order, matrices transposed."""
        found = {}
        for name, value in self.weights(params).items():
            moved = reorder(value, BLOCKS[self.cell], TORCH_BLOCKS[self.cell])
            found[self._theirs(name)] = moved.T
        return found

    def from_torch(self, named):
        """{name inside the PyTorch module: array} as {canonical name: array}."""
        found = {}
        for name, ours in self.names().items():
            value = named[self._theirs(name)].T
            value = reorder(value, TORCH_BLOCKS[self.cell], BLOCKS[self.cell])
            found[ours] = np.ascontiguousarray(value)
        return found

    def _theirs(self, name):
        table = TORCH_GRU_NAMES if self.cell == "gru" else TORCH_NAMES
        return table[name] + self.torch_end


@dataclass(frozen=True)
class Dense:
    """y = x W + b; without a bias where `b` is empty."""

    module: str
    inputs: int
    outputs: int
    W: str
    b: str = ""

    @property
    def keras_arrays(self):
        """1, or 2 with a bias."""
        return len(self.shapes())

    @property
    def torch_names(self):
        """Its names inside the PyTorch module."""
        return ("weight", "bias")[: self.keras_arrays]

    def shapes(self):
        """{canonical name: shape}."""
        bias = {self.b: (self.outputs,)} if self.b else {}
        return {self.W: (self.inputs, self.outputs)} | bias

    def draw(self, rng):
        """First values: uniform after Glorot and Bengio (2010), biases zero."""
        bias = {self.b: np.zeros(self.outputs)} if self.b else {}
        shape = self.inputs, self.outputs
        return {self.W: draw_glorot(rng, shape, *shape)} | bias

    def to_keras(self, params):
        """The list that the layer's set_weights takes."""
        return [params[name] for name in self.shapes()]

    def from_keras(self, values):
        """That list, weights or gradients, as {canonical name: array}."""
        return dict(zip(self.shapes(), values, strict=True))

    def to_torch(self, params):
        """{name inside the PyTorch module: array}."""
        bias = {"bias": params[self.b]} if self.b else {}
        return {"weight": params[self.W].T} | bias

    def from_torch(self, named):
        """{name inside the PyTorch module: array} as {canonical name: array}."""
        bias = {self.b: named["bias"]} if self.b else {}
        return {self.W: np.ascontiguousarray(named["weight"].T)} | bias


@dataclass(frozen=True)
class Convolution:
    """A Dense layer over `width` neighbouring steps: W (width, inputs, outputs)."""

    module: str
    width: int
    inputs: int
    outputs: int
    W: str
    b: str

    keras_arrays = 2
    torch_names = ("weight", "bias")

    def shapes(self):
        """{canonical name: shape}."""
        return {self.W: (self.width, self.inputs, self.outputs), self.b: (self.outputs,)}

    def draw(self, rng):
        """First values: uniform after Glorot and Bengio (2010), biases zero."""
        shape = self.shapes()[self.W]
        drawn = draw_glorot(rng, shape, self.width * self.inputs, self.width * self.outputs)
        return {self.W: drawn, self.b: np.zeros(self.outputs)}

    def to_keras(self, params):
        """The list that the layer's set_weights takes."""
        return [params[self.W], params[self.b]]

    def from_keras(self, values):
        """That list, weights or gradients, as {canonical name: array}."""
        return dict(zip(self.shapes(), values, strict=True))

    def to_torch(self, params):
        """{name inside the PyTorch module: array}, weights (outputs, inputs, width)."""
        return {"weight": params[self.W].T, "bias": params[self.b]}

    def from_torch(self, named):
        """{name inside the PyTorch module: array} as {canonical name: array}."""
        return {self.W: np.ascontiguousarray(named["weight"].T), self.b: named["bias"]}


@dataclass(frozen=True)
class Vector:
    """One number for each of `size`: what additive attention multiplies its tanh by.

    Keras keeps it in AdditiveAttention, PyTorch as a Linear to one number without a bias.
    """

    module: str
    size: int
    name: str

    keras_arrays = 1
    torch_names = ("weight",)

    def shapes(self):
        """{canonical name: shape}."""
        return {self.name: (self.size,)}

    def draw(self, rng):
        """First values: uniform after Glorot and Bengio (2010), from `size` inputs to one."""
        return {self.name: draw_glorot(rng, self.size, self.size, 1)}

    def to_keras(self, params):
        """The list that the layer's set_weights takes."""
        return [params[self.name]]

    def from_keras(self, values):
        """That list, weights or gradients, as {canonical name: array}."""
        return {self.name: values[0]}

    def to_torch(self, params):
        """{name inside the PyTorch module: array}."""
        return {"weight": params[self.name][None]}

    def from_torch(self, named):
        """{name inside the PyTorch module: array} as {canonical name: array}."""
        return {self.name: named["weight"][0]}
