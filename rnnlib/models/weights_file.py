"""The weights file: arrays in the names and shapes of layout.py, with all that they mean."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from rnnlib.files import write_atomically
from rnnlib.models import eight_bits
from rnnlib.models.config import ModelConfig
from rnnlib.models.initial import check_params
from rnnlib.models.layout import shapes
from rnnlib.text.vocab import Vocab

LAST, BEST = "last.safetensors", "best.safetensors"  # the checkpoints in the folder of a run
FORMATS = {
    "weights": "rnnlib-1",
    "checkpoint": "rnnlib-checkpoint-1",
    "family": "rnnlib-family-1",
}

WRITERS = {
    "weights": "models.weights_file",
    "checkpoint": "training.checkpoint",
    "family": "models.families",
}
HINTS = {
    "weights": "It holds a finished model; begin a new run from its recipe.",
    "checkpoint": "Make one of it with rnnlib export.",
    "family": "It holds a model of chapters 15 to 18; read it with rnnlib.models.families.load.",
}


class WeightsError(ValueError):
    """A weights file that cannot be used; the message says why and what to do."""


def save(path, params, config, vocab, training=None, bits=None):
    """Write a weights file: the arrays, and the config, vocabulary and training as metadata.

    `training` is any dictionary that JSON can hold: how the weights were made. With bits=8 the
    matrices are rounded as eight_bits.py says, to a quarter of the bytes. The file appears whole
    or not at all. Raises ValueError when the parts do not fit together, OSError when the file
    cannot be written.
    """
    if bits not in (None, 8):
        raise ValueError(f"bits must be 8, or None for the weights as they are, not {bits!r}.")
    params = check_params(params, config)
    check_vocab(vocab, config)
    metadata = {
        "format": FORMATS["weights"],
        "config": json.dumps(config.to_dict()),
        "vocab": json.dumps(vocab.chars),
        "training": as_json(training or {}),
    }
    if bits:
        params, metadata["bits"] = eight_bits.pack(params), "8"
    write_arrays(path, params, metadata)


def load(path):
    """Read a weights file, rounded or not: returns (params, config, vocab, training).

    Raises FileNotFoundError, or WeightsError for a file that is not safetensors, not of this book,
    cut short, or changed since it was written.
    """
    arrays, metadata = read_arrays(path, "weights")
    try:
        config, vocab = unpack(metadata)
        check_vocab(vocab, config)
        params = check_params(eight_bits.unpack(arrays), config)
        return params, config, vocab, json.loads(metadata["training"])
    except (KeyError, TypeError, ValueError):
        raise WeightsError(explain_parts(path, "weights")) from None


def load_model(path):
    """(params, config, vocab) of a weights file, of a checkpoint, or of the folder of a run.

    Raises as `load` does, and ValueError for a checkpoint without a vocabulary.
    """
    path = find_file(path)
    if not is_checkpoint(path):
        return load(path)[:3]
    arrays, metadata = read_arrays(path, "checkpoint")
    try:
        config, vocab = unpack(metadata)
        params = check_params({name: arrays[name] for name in shapes(config)}, config)
    except (KeyError, TypeError, ValueError):
        raise WeightsError(explain_parts(path, "checkpoint")) from None
    if vocab is None:
        raise ValueError(
            f"{path} holds no vocabulary. Begin its run with Run(model, recipe, vocab)."
        )
    return params, config, vocab


def find_file(path):
    """The file itself, or of the folder of a run its best checkpoint; the last where none is best.

    Raises FileNotFoundError for a folder that holds no run.
    """
    path = Path(path)
    if not path.is_dir():
        return path
    for name in (BEST, LAST):
        if (path / name).is_file():
            return path / name
    raise FileNotFoundError(
        f"the folder {path} holds no {BEST} and no {LAST}. "
        "Give the folder that train was told to keep its run in."
    )


def is_checkpoint(path):
    """Whether a file says that it is a checkpoint of this book, of any version."""
    try:
        with safe_open(path, framework="numpy") as file:
            found = str((file.metadata() or {}).get("format"))
    except (SafetensorError, OSError):  # said better by whoever reads the file in earnest
        return False
    return found.startswith(FORMATS["checkpoint"].rstrip("0123456789"))


def unpack(metadata):
    """The ModelConfig and the Vocab (None where a checkpoint has none) of a file's metadata.

    Raises KeyError, TypeError or ValueError when the parts do not fit together.
    """
    config, chars = ModelConfig(**json.loads(metadata["config"])), json.loads(metadata["vocab"])
    vocab = Vocab("".join(chars)) if chars else None
    if vocab is not None:
        check_vocab(vocab, config)
    return config, vocab


def write_arrays(path, arrays, metadata):
    """Write a safetensors file with a checksum over all it holds: whole, or not at all.

    Raises OSError when it cannot be written; then a file that stood there is as it was.
    """
    metadata = metadata | {"sha256": _digest(arrays, metadata)}
    try:
        write_atomically(path, to_safetensors(arrays, metadata))
    except OSError as error:
        raise OSError(f"{path} cannot be written ({error.strerror}). Choose another.") from None


def read_arrays(path, kind):
    """The arrays and the metadata of a file of this book; `kind` is one of FORMATS.

    Raises FileNotFoundError, or WeightsError as `load` does.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no {kind} file {path}. Check the path.")
    arrays, metadata = _read(path, kind)
    if metadata.pop("sha256", None) != _digest(arrays, metadata):
        raise WeightsError(
            f"{path} was changed after it was written: its checksum does not match. "
            "Take a fresh copy."
        )
    return arrays, metadata


def _read(path, kind="weights"):
    """The arrays and the metadata of a safetensors file of our format."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            ours = metadata.get("format") == FORMATS[kind]
            params = {name: file.get_tensor(name) for name in file.keys() if ours}  # noqa: SIM118
    except SafetensorError:
        raise WeightsError(
            f"{path} is not a complete safetensors file. Save or download it again."
        ) from None
    if not ours:
        raise WeightsError(_explain_format(path, kind, metadata.get("format")))
    return params, metadata


def explain_parts(path, kind):
    """The sentence for a file whose parts contradict one another."""
    return f"the parts of {path} do not fit together. Write it with rnnlib.{WRITERS[kind]}.save."


def _explain_format(path, kind, found):
    """The sentence for a safetensors file of another format than the kind that was asked for."""
    wanted = FORMATS[kind]
    others = {other: name for name, other in FORMATS.items() if name != kind}
    if found in others:
        return (
            f"{path} is a {others[found]} file, and a {kind} file is needed here. "
            + HINTS[others[found]]
        )
    stem, _, version = str(found).rpartition("-")
    if stem == wanted.rpartition("-")[0] and version.isdecimal() and int(version) > 1:
        return f"{path} was written by a newer version of this book ({found}). Update rnnlib."
    return (
        f"{path} is a safetensors file, but not one of this book: its format is {found!r}, not "
        f"{wanted!r}. Write it with rnnlib.{WRITERS[kind]}.save."
    )


def check_vocab(vocab, config):
    """Raise ValueError unless this vocabulary is as large as the model's."""
    if len(vocab) != config.vocab_size:
        raise ValueError(
            f"the vocabulary has {len(vocab)} characters, the model {config.vocab_size}. "
            "Save the model with the vocabulary it was trained with."
        )


def as_json(training):
    """A dictionary as JSON; ValueError for what JSON cannot hold."""
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
