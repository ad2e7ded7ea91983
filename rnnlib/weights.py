"""One layout of the weights for all engines: names, first values, translation, the weights file.

The canonical layout is that of the equations, as in `x @ W`, shapes (inputs, outputs):

    name   shape   Keras                      PyTorch
    embed  (V, E)  Embedding.embeddings       Embedding.weight
    W_xh   (E, H)  SimpleRNN kernel           RNN.weight_ih_l0, transposed
    W_hh   (H, H)  SimpleRNN recurrent_kernel RNN.weight_hh_l0, transposed
    b_h    (H,)    SimpleRNN bias             RNN.bias_ih_l0 (bias_hh_l0 stays zero)
    W_hy   (H, V)  Dense kernel               Linear.weight, transposed
    b_y    (V,)    Dense bias                 Linear.bias

This file alone knows that table.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from rnnlib.config import ModelConfig
from rnnlib.files import write_atomically
from rnnlib.text import Vocab

FORMAT = "rnnlib-1"
TRANSPOSED_IN_TORCH = {"W_xh", "W_hh", "W_hy"}
TORCH_NAMES = {
    "embed": "embed.weight",
    "W_xh": "rnn.weight_ih_l0",
    "W_hh": "rnn.weight_hh_l0",
    "b_h": "rnn.bias_ih_l0",
    "W_hy": "out.weight",
    "b_y": "out.bias",
}


class WeightsError(ValueError):
    """A weights file that cannot be used; the message says why and what to do."""


def shapes(config):
    """{name: shape} of every parameter, in canonical order."""
    V, E, H = config.vocab_size, config.embed_size, config.hidden_size
    cell = {"W_xh": (E, H), "W_hh": (H, H), "b_h": (H,)}
    return {"embed": (V, E)} | cell | {"W_hy": (H, V), "b_y": (V,)}


def initialise(config, seed=0):
    """First values, the same for every engine: {name: array of config.dtype}.

    Embedding uniform in +-0.05, W_xh and W_hy uniform after Glorot and Bengio (2010), W_hh
    orthogonal after Saxe et al. (2014), biases zero: what Keras does by default. Chapter 4.
    """
    rng = np.random.default_rng(seed)
    drawn = {
        name: _draw(name, shape, rng) if len(shape) == 2 else np.zeros(shape)
        for name, shape in shapes(config).items()
    }
    return {name: value.astype(config.dtype) for name, value in drawn.items()}


def _draw(name, shape, rng):
    if name == "embed":
        return rng.uniform(-0.05, 0.05, shape)
    if name == "W_hh":
        Q, R = np.linalg.qr(rng.normal(size=shape))
        return Q * np.sign(np.diag(R))  # without the signs, Q is not uniformly distributed
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def check_params(params, config):
    """Return {name: array of config.dtype} in canonical order; ValueError if any does not fit."""
    expected = shapes(config)
    missing, unknown = expected.keys() - params.keys(), params.keys() - expected.keys()
    if missing or unknown:
        raise ValueError(
            f"a {config.cell} model has the parameters {', '.join(expected)}; "
            f"missing: {', '.join(sorted(missing)) or 'none'}, "
            f"unknown: {', '.join(sorted(unknown)) or 'none'}."
        )
    checked = {name: np.array(params[name], config.dtype) for name in expected}
    for name, value in checked.items():
        if value.shape != expected[name]:
            raise ValueError(
                f"parameter {name} has the shape {value.shape}, but this model needs "
                f"{expected[name]}. Build the model with the configuration of the weights."
            )
    return checked


def to_keras(params):
    """Canonical parameters as the list that `keras.Model.set_weights` takes."""
    return [params[name] for name in TORCH_NAMES]


def from_keras(values):
    """The list of Keras weights (or of their gradients) as {canonical name: array}."""
    return dict(zip(TORCH_NAMES, values, strict=True))


def to_torch(params):
    """Canonical parameters as {PyTorch name: array}, transposed where PyTorch transposes."""
    return {
        TORCH_NAMES[name]: value.T if name in TRANSPOSED_IN_TORCH else value
        for name, value in params.items()
    }


def from_torch(named):
    """{PyTorch name: array} (weights or their gradients) as {canonical name: array}."""
    return {
        name: np.array(named[theirs].T if name in TRANSPOSED_IN_TORCH else named[theirs], order="C")
        for name, theirs in TORCH_NAMES.items()
    }


def save(path, params, config, vocab, training=None):
    """Write a weights file: the arrays, and the config, vocabulary and training as metadata.

    `training` is any dictionary that JSON can hold: how the weights were made. The file appears
    whole or not at all. Raises ValueError when the parts do not fit together, OSError when the
    file cannot be written.
    """
    params = check_params(params, config)
    _check_vocab(vocab, config)
    metadata = {
        "format": FORMAT,
        "config": json.dumps(config.to_dict()),
        "vocab": json.dumps(vocab.chars),
        "training": _as_json(training or {}),
    }
    metadata["sha256"] = _digest(params, metadata)
    try:
        write_atomically(path, to_safetensors(params, metadata))
    except OSError as error:
        raise OSError(f"{path} cannot be written ({error.strerror}). Choose another.") from None


def load(path):
    """Read a weights file: returns (params, config, vocab, training).

    Raises FileNotFoundError, or WeightsError for a file that is not safetensors, not of this book,
    cut short, or changed since it was written.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no weights file {path}. Check the path.")
    params, metadata = _read(path)
    if metadata.pop("sha256", None) != _digest(params, metadata):
        raise WeightsError(
            f"{path} was changed after it was written: its checksum does not match. "
            "Take a fresh copy."
        )
    try:
        config = ModelConfig(**json.loads(metadata["config"]))
        vocab = Vocab("".join(json.loads(metadata["vocab"])))
        _check_vocab(vocab, config)
        return check_params(params, config), config, vocab, json.loads(metadata["training"])
    except (KeyError, TypeError, ValueError):
        raise WeightsError(
            f"the parts of {path} do not fit together. Write it with rnnlib.weights.save."
        ) from None


def _read(path):
    """The arrays and the metadata of a safetensors file of our format."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            ours = metadata.get("format") == FORMAT
            params = {name: file.get_tensor(name) for name in file.keys() if ours}  # noqa: SIM118
    except SafetensorError:
        raise WeightsError(
            f"{path} is not a complete safetensors file. Save or download it again."
        ) from None
    if not ours:
        raise WeightsError(
            f"{path} is a safetensors file, but not one of this book: its format is "
            f"{metadata.get('format')!r}, not {FORMAT!r}. Write it with rnnlib.weights.save."
        )
    return params, metadata


def _check_vocab(vocab, config):
    if len(vocab) != config.vocab_size:
        raise ValueError(
            f"the vocabulary has {len(vocab)} characters, the model {config.vocab_size}. "
            "Save the model with the vocabulary it was trained with."
        )


def _as_json(training):
    try:
        return json.dumps(training, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"training must be plain numbers, text and lists ({error}).") from None


def _digest(params, metadata):
    """A checksum over every array and every metadata entry, independent of their order."""
    digest = hashlib.sha256()
    for name, value in sorted(params.items()):
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    digest.update(json.dumps(sorted(metadata.items())).encode())
    return digest.hexdigest()
