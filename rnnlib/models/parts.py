"""The layers that models are made of: their shapes, first values, and names in the frameworks.

A family of models lists its parts once, in canonical order; where a weight stands follows here, and
nowhere else. Canonical weights are those of the equations, as in `x @ W`, shapes (inputs, outputs).
G is the number of blocks side by side: 1 in the plain cell, 3 in the GRU, 4 in the LSTM.

    part         weights       Keras                             PyTorch
    Table        embed (V, E)  Embedding.embeddings              Embedding.weight
    Recurrent    W_xh (E, GH)  kernel                            weight_ih_l0, transposed
                 W_hh (H, GH)  recurrent_kernel                  weight_hh_l0, transposed
                 b_x  (GH,)    GRU only: row 0 of bias (2, GH)   GRU only: bias_ih_l0
                 b_h  (GH,)    bias; in the GRU row 1 of it      bias_ih_l0 (bias_hh_l0 stays
                                                                 zero); in the GRU bias_hh_l0
    Dense        W (I, O)      Dense kernel                      Linear.weight, transposed
                 b (O,)        Dense bias, or none               Linear.bias, or none
    Convolution  W (K, I, O)   Conv1D kernel                     Conv1d.weight, transposed
                 b (O,)        Conv1D bias                       Conv1d.bias
    Vector       v (I,)        AdditiveAttention                 Linear.weight (1, I)

    blocks       this book and Keras                             PyTorch
    GRU          z update, r reset, g candidate                  r, z, g
    LSTM         i input, f forget, g candidate, o output        i, f, g, o

The names of a second layer end in _l1, of a third in _l2, as PyTorch counts; their W_xh reads the
H numbers of the layer below.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array, ArrayLike, Params

BLOCKS = {"rnn": "g", "gru": "zrg", "lstm": "ifgo"}
TORCH_BLOCKS = BLOCKS | {"gru": "rzg"}
TORCH_NAMES = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_h": "bias_ih"}
TORCH_GRU_NAMES = TORCH_NAMES | {"b_x": "bias_ih", "b_h": "bias_hh"}

Shapes = dict[str, tuple[int, ...]]


class Part:
    """A layer with weights: what follows from its `shapes`, in canonical order, for most layers.

    `module` is the name of the Keras layer and the path of the PyTorch module; `keras_arrays` is
    the number of arrays in the one, `torch_names` are their names inside the other. Values may be
    weights or gradients.
    """

    module: str

    def shapes(self) -> Shapes:
        """{canonical name: shape}."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator) -> Params:
        """First values, {canonical name: float64 array}."""
        raise NotImplementedError

    @property
    def keras_arrays(self) -> int:
        """How many arrays the Keras layer has."""
        return len(self.shapes())

    @property
    def torch_names(self) -> tuple[str, ...]:
        """Its names inside the PyTorch module, in canonical order."""
        return ("weight", "bias")[: len(self.shapes())]

    def to_keras(self, params: Params) -> list[Array]:
        """The list that the layer's set_weights takes."""
        return [params[name] for name in self.shapes()]

    def from_keras(self, values: Sequence[Array]) -> Params:
        """That list as {canonical name: array}."""
        return dict(zip(self.shapes(), values, strict=True))

    def to_torch(self, params: Params) -> Params:
        """{name inside the PyTorch module: array}."""
        names = zip(self.shapes(), self.torch_names, strict=True)
        return {theirs: self._to_torch(params[ours]) for ours, theirs in names}

    def from_torch(self, named: Params) -> Params:
        """{name inside the PyTorch module: array} as {canonical name: array}."""
        names = zip(self.shapes(), self.torch_names, strict=True)
        return {ours: self._from_torch(named[theirs]) for ours, theirs in names}

    def _to_torch(self, value):
        return value.T

    def _from_torch(self, value):
        return value.T


@dataclass(frozen=True)
class Table(Part):
    """A row of E numbers for each of V ids; first values uniform in +-0.05, as Keras."""

    module: str
    rows: int
    columns: int
    name: str = "embed"

    def shapes(self) -> Shapes:
        return {self.name: (self.rows, self.columns)}

    def draw(self, rng: np.random.Generator) -> Params:
        return {self.name: rng.uniform(-0.05, 0.05, (self.rows, self.columns))}

    def _to_torch(self, value):
        return value

    def _from_torch(self, value):
        return value


@dataclass(frozen=True)
class Recurrent(Part):
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
    def torch_names(self) -> tuple[str, ...]:
        table = TORCH_GRU_NAMES if self.cell == "gru" else TORCH_NAMES
        return tuple(table[name] + self.torch_end for name in self.names())

    def names(self) -> dict[str, str]:
        """{name in the equations: name in the model}."""
        biases = ("b_x", "b_h") if self.cell == "gru" else ("b_h",)
        return {name: name + self.end for name in ("W_xh", "W_hh", *biases)}

    def weights(self, params: Params) -> Params:
        """The weights as a step of numpy_cells.py takes them: {"W_xh": ..., ...}."""
        return {name: params[ours] for name, ours in self.names().items()}

    def shapes(self) -> Shapes:
        wide = len(BLOCKS[self.cell]) * self.hidden
        rows = {"W_xh": (self.inputs, wide), "W_hh": (self.hidden, wide)}
        return {ours: rows.get(name, (wide,)) for name, ours in self.names().items()}

    def draw(self, rng: np.random.Generator) -> Params:
        """W_xh after Glorot, W_hh orthogonal, biases zero, but 1 for an LSTM's forget gate."""
        found = {ours: np.zeros(shape) for ours, shape in self.shapes().items()}
        W_xh, W_hh = "W_xh" + self.end, "W_hh" + self.end
        found[W_xh] = draw_glorot(rng, found[W_xh].shape, *found[W_xh].shape)
        found[W_hh] = draw_orthogonal(rng, found[W_hh].shape)
        if self.cell == "lstm":
            found["b_h" + self.end][self.hidden : 2 * self.hidden] = 1
        return found

    def to_keras(self, params: Params) -> list[Array]:
        W_xh, W_hh, *biases = self.weights(params).values()
        return [W_xh, W_hh, np.stack(biases) if self.cell == "gru" else biases[0]]

    def from_keras(self, values: Sequence[Array]) -> Params:
        W_xh, W_hh, bias = values
        biases = bias if self.cell == "gru" else [bias]
        return dict(zip(self.names().values(), [W_xh, W_hh, *biases], strict=True))

    def _to_torch(self, value):
        return reorder(value, BLOCKS[self.cell], TORCH_BLOCKS[self.cell]).T

    def _from_torch(self, value):
        return reorder(value.T, TORCH_BLOCKS[self.cell], BLOCKS[self.cell])


@dataclass(frozen=True)
class Dense(Part):
    """y = x W + b, without a bias where `b` is empty; first W after Glorot and Bengio, b zero."""

    module: str
    inputs: int
    outputs: int
    W: str
    b: str = ""

    def shapes(self) -> Shapes:
        bias: Shapes = {self.b: (self.outputs,)} if self.b else {}
        return {self.W: (self.inputs, self.outputs)} | bias

    def draw(self, rng: np.random.Generator) -> Params:
        found = {name: np.zeros(shape) for name, shape in self.shapes().items()}
        shape = found[self.W].shape
        steps = math.prod(shape[:-2])  # of a Convolution
        return found | {self.W: draw_glorot(rng, shape, steps * self.inputs, steps * self.outputs)}


@dataclass(frozen=True)
class Convolution(Dense):
    """A Dense layer over `width` neighbouring steps: W (width, inputs, outputs)."""

    width: int = 1

    def shapes(self) -> Shapes:
        return super().shapes() | {self.W: (self.width, self.inputs, self.outputs)}


@dataclass(frozen=True)
class Vector(Part):
    """One number for each of `size`: what additive attention multiplies its tanh by.

    Keras keeps it in AdditiveAttention, PyTorch as a Linear to one number without a bias.
    """

    module: str
    size: int
    name: str

    def shapes(self) -> Shapes:
        return {self.name: (self.size,)}

    def draw(self, rng: np.random.Generator) -> Params:
        return {self.name: draw_glorot(rng, self.size, self.size, 1)}

    def _to_torch(self, value):
        return value[None]

    def _from_torch(self, value):
        return value[0]


@dataclass(frozen=True)
class Config:
    """What the configurations of all families of models have in common."""

    family: ClassVar[str]  # what the weights file calls it

    def parts(self) -> list[Part]:
        """Everything that has weights, in canonical order."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The fields as a plain dictionary, for the weights file."""
        return asdict(self)

    def _check_sizes(self, *names):
        """Make fields whole numbers; ValueError unless each is one of at least 1."""
        for name in names:
            object.__setattr__(self, name, check_whole(name, getattr(self, name)))


def shapes(config: Config) -> Shapes:
    """{name: shape} of every parameter, in canonical order; ValueError where two share a name."""
    found: Shapes = {}
    for part in config.parts():
        twice = found.keys() & part.shapes().keys()
        if twice:
            raise ValueError(f"two parts share the name {min(twice)}. Give one another ending.")
        found |= part.shapes()
    return found


def initialise(config: Any, seed: int = 0) -> Params:
    """First values, the same for every engine: {name: array of config.dtype}.

    Embedding uniform in +-0.05, W_xh and W_hy uniform after Glorot and Bengio (2010), W_hh
    orthogonal after Saxe et al. (2014), biases zero, but 1 for an LSTM's forget gate: as in Keras.
    """
    rng = np.random.default_rng(seed)
    drawn = [part.draw(rng) for part in config.parts()]
    return {name: value.astype(config.dtype) for part in drawn for name, value in part.items()}


def initialise_as_pytorch(config: Any, seed: int = 0) -> Params:
    """First values as PyTorch's layers draw them: {name: array of config.dtype}.

    Embedding normal with deviation 1, everything else uniform in +-1/sqrt(H); the two biases of a
    plain cell or an LSTM are added into the one of the canonical layout.
    """
    rng, limit = np.random.default_rng(seed), config.hidden_size**-0.5
    drawn = {}
    for name, shape in shapes(config).items():
        draw = rng.normal(size=shape) if name == "embed" else rng.uniform(-limit, limit, shape)
        if name.startswith("b_h") and config.cell != "gru":
            draw += rng.uniform(-limit, limit, shape)
        drawn[name] = draw.astype(config.dtype)
    return drawn


def draw_glorot(
    rng: np.random.Generator, shape: int | tuple[int, ...], inputs: int, outputs: int
) -> Array:
    """Uniform in +-sqrt(6 / (inputs + outputs)), of this shape."""
    limit = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit, shape)


def draw_orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """(H, GH) whose rows are orthogonal and of length 1."""
    Q, R = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    Q = Q * np.sign(np.diag(R))  # without the signs, Q is not uniformly distributed
    return Q if Q.shape == shape else Q.T


def to_keras(params: Params, config: Config) -> list[Array]:
    """Canonical parameters as the list that `keras.Model.set_weights` takes."""
    return [value for part in config.parts() for value in part.to_keras(params)]


def from_keras(values: Sequence[Array], config: Config) -> Params:
    """The list of Keras weights (or of their gradients) as {canonical name: array}: copies."""
    count = sum(part.keras_arrays for part in config.parts())
    if len(values) != count:
        raise ValueError(
            f"this model has {count} arrays in Keras, not {len(values)}. Give those of a model of "
            "the same configuration."
        )
    found: Params = {}
    start = 0
    for part in config.parts():
        stop = start + part.keras_arrays
        found |= part.from_keras(values[start:stop])
        start = stop
    return _copies(found)


def torch_names(config: Config) -> list[str]:
    """The PyTorch name of every parameter that is trained, in canonical order."""
    return [f"{part.module}.{name}" for part in config.parts() for name in part.torch_names]


def to_torch(params: Params, config: Config) -> Params:
    """Canonical parameters as {PyTorch name: array}: blocks in its order, matrices transposed."""
    return {
        f"{part.module}.{name}": value
        for part in config.parts()
        for name, value in part.to_torch(params).items()
    }


def from_torch(named: Params, config: Config) -> Params:
    """{PyTorch name: array} (weights or their gradients) as {canonical name: array}: copies."""
    found: Params = {}
    for part in config.parts():
        inside = {name: named[f"{part.module}.{name}"] for name in part.torch_names}
        found |= part.from_torch(inside)
    return _copies(found)


def reorder(value: Array, have: str, want: str) -> Array:
    """The blocks of the last axis, one for each letter of `have`, in the order of `want`."""
    blocks = dict(zip(have, np.split(value, len(have), axis=-1), strict=True))
    return np.concatenate([blocks[letter] for letter in want], axis=-1)


def check_params(params: Mapping[str, ArrayLike], config: Any) -> Params:
    """Return {name: array of config.dtype} in canonical order; ValueError if any does not fit."""
    return check_arrays(params, shapes(config), config.dtype)


def check_arrays(params: Mapping[str, ArrayLike], expected: Shapes, dtype: str) -> Params:
    """Return {name: array of dtype} in the order of `expected`, {name: shape}, or ValueError."""
    missing, unknown = expected.keys() - params.keys(), params.keys() - expected.keys()
    if missing or unknown:
        raise ValueError(
            f"this model has the parameters {', '.join(expected)}; "
            f"missing: {', '.join(sorted(missing)) or 'none'}, "
            f"unknown: {', '.join(sorted(unknown)) or 'none'}."
        )
    checked = {name: np.array(params[name], dtype, order="C") for name in expected}
    for name, value in checked.items():
        if value.shape != expected[name]:
            raise ValueError(
                f"parameter {name} has the shape {value.shape}, but this model needs "
                f"{expected[name]}. Build the model with the configuration of the weights."
            )
    return checked


def _copies(params):
    return {name: np.array(value, order="C") for name, value in params.items()}
