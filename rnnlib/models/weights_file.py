"""The weights file: arrays in the names and shapes of parts.py, with all that they mean."""

import hashlib
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from rnnlib.checks import MISFIT, parse_json
from rnnlib.files import StrPath, write_atomically
from rnnlib.interface import Params
from rnnlib.models import eight_bits
from rnnlib.models.config import ModelConfig
from rnnlib.models.parts import Shapes, check_arrays, check_params, shapes
from rnnlib.text.vocab import Vocab

LAST, BEST = "last.safetensors", "best.safetensors"  # the checkpoints in the folder of a run
FORMATS = {"weights": "rnnlib-1", "checkpoint": "rnnlib-checkpoint-1", "family": "rnnlib-family-1"}

ENTRIES = {  # of the metadata, beside the format
    "weights": {"config", "vocab", "training"},
    "checkpoint": {"config", "vocab", "recipe", "run"},
    "family": {"family", "config", "about"},
}
ABOUT = {"weights": "training", "checkpoint": "run", "family": "about"}  # the entry that tells it
TYPES = ("F32", "F64", "I8")  # safetensors' names of what the arrays hold
WRITERS = {
    "weights": "models.weights_file",
    "checkpoint": "training.checkpoint",
    "family": "models",
}
HINTS = {
    "weights": "It holds a finished model; begin a new run from its recipe.",
    "checkpoint": "Make one of it with rnnlib export.",
    "family": "It holds a model of chapters 15 to 18; read it with rnnlib.models.load.",
}
FAMILIES = {  # of a family file: its folder, its configuration, its model
    "sequence": ("classifier", "SequenceConfig", "SequenceModel"),
    "seq2seq": ("seq2seq", "Seq2SeqConfig", "Seq2Seq"),
    "listener": ("ctc", "ListenerConfig", "Listener"),
}


class WeightsError(ValueError):
    """A weights file that cannot be used; the message says why and what to do."""


def save(
    path: StrPath,
    params: Params,
    config: Any,
    vocab: Vocab | None,
    training: dict[str, Any] | None = None,
    bits: int | None = None,
) -> None:
    """Write a weights file: the arrays, and the config, vocabulary and training as metadata.

    `training` is any dictionary that JSON can hold: how the weights were made, or, of a model of
    another family than the CharRNN, which has no vocab, all that its user needs. With bits=8 the
    matrices are rounded as eight_bits.py says, to a quarter of the bytes. The file appears whole or
    not at all. Raises ValueError when the parts do not fit together or a weight is not finite,
    OSError when the file cannot be written.
    """
    if bits not in (None, 8):
        raise ValueError(f"bits must be 8, or None for the weights as they are, not {bits!r}.")
    told = as_json(training or {})
    if config.family != "char_rnn":
        kind, belongs = "family", {"family": config.family, "about": told}
    elif vocab is None:
        raise ValueError("a CharRNN is saved with its vocabulary. Give vocab.")
    else:
        check_vocab(vocab, config)
        kind, belongs = "weights", {"vocab": json.dumps(vocab.chars), "training": told}
    params = check_finite(check_params(params, config))
    metadata = {"format": FORMATS[kind], "config": json.dumps(config.to_dict())} | belongs
    if bits:
        params, metadata["bits"] = eight_bits.pack(params), "8"
    write_arrays(path, params, metadata)


def load(path: StrPath) -> tuple[Params, ModelConfig, Vocab, dict[str, Any]]:
    """Read a weights file, rounded or not: returns (params, config, vocab, training).

    Raises FileNotFoundError, or WeightsError for a file that is not safetensors, not of this book,
    cut short, changed since it was written, or with weights that are not finite.
    """
    return _load(path, "weights")


def load_model(path: StrPath) -> tuple[Params, Any, Any]:
    """(params, config, vocab) of a weights file, of a checkpoint, or of the folder of a run; of the
    file of another family (params, config, about).

    Raises as `load` does, and ValueError for a checkpoint without a vocabulary.
    """
    path = find_file(path)
    kind = next((kind for kind in ("family", "checkpoint") if says(path, kind)), "weights")
    params, config, vocab, about = _load(path, kind)
    if kind == "family":
        return params, config, about
    if vocab is None:
        raise ValueError(f"{path} holds no vocabulary. Begin its run by Run(model, recipe, vocab).")
    return params, config, vocab


def _load(path, kind):
    """The parameters, the configuration, the vocabulary or None, and what a file tells beside."""
    arrays, metadata = read_arrays(path, kind)
    try:
        if kind == "family":
            folder, name, _ = FAMILIES[metadata["family"]]
            module = importlib.import_module(f"rnnlib.models.{folder}.config")
            config, vocab = getattr(module, name)(**parse_json(metadata["config"])), None
        else:
            config, vocab = unpack(metadata)
        if kind == "weights" and vocab is None:
            raise ValueError("a weights file has a vocabulary.")
        if kind == "checkpoint":  # Adam's memory lies beside the parameters
            arrays = {name: arrays[name] for name in shapes(config)}
        params = unpack_params(arrays, metadata, shapes(config), config.dtype)
        return params, config, vocab, parse_about(metadata[ABOUT[kind]])
    except MISFIT:
        raise WeightsError(explain_parts(path, kind)) from None


def find_file(path: StrPath) -> Path:
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


def is_checkpoint(path: StrPath) -> bool:
    """Whether a file says that it is a checkpoint of this book, of any version."""
    return says(path, "checkpoint")


def says(path: StrPath, kind: str) -> bool:
    """Whether a file says that it is of a kind, one of FORMATS, of any version."""
    try:
        with safe_open(path, framework="numpy") as file:
            found = str((file.metadata() or {}).get("format"))
    except (SafetensorError, OSError):  # said better by whoever reads the file in earnest
        return False
    return found.startswith(FORMATS[kind].rstrip("0123456789"))


def unpack(metadata: dict[str, str]) -> tuple[ModelConfig, Vocab | None]:
    """The ModelConfig and the Vocab (None where a checkpoint has none) of a file's metadata.

    Raises one of MISFIT when the parts do not fit together.
    """
    config, chars = (parse_json(metadata[name]) for name in ("config", "vocab"))
    config = ModelConfig(**config)
    if chars is None:
        return config, None
    vocab = Vocab("".join(chars))
    if sorted(chars) != list(vocab.chars) or not isinstance(chars, list):
        raise ValueError("the vocabulary must be a list of characters, each of them once.")
    check_vocab(vocab, config)
    return config, vocab


def parse_about(text: str) -> dict[str, Any]:
    """The dictionary that tells how a model was made. Raises ValueError for any other JSON."""
    found = parse_json(text)
    if not isinstance(found, dict):
        raise ValueError("what a file tells of its model must be a dictionary.")
    return found


def unpack_params(arrays: Params, metadata: dict[str, str], expected: Shapes, dtype: str) -> Params:
    """{name: array of dtype} of the arrays of a file, as `expected`, {name: shape}, has them.

    Raises ValueError unless they are these and no others, in `dtype`, or where the metadata says
    so in 8 bits; and for numbers that are not finite.
    """
    bits = metadata.get("bits")
    small = {name for name, shape in expected.items() if bits == "8" and len(shape) > 1}
    types = {name: "int8" if name in small else dtype for name in expected}
    types |= {name + eight_bits.END: "float32" for name in small}
    if bits not in (None, "8") or types != {name: v.dtype.name for name, v in arrays.items()}:
        raise ValueError("the arrays are not of the names and types of this model.")
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
        params = eight_bits.unpack(arrays)
    return check_finite(check_arrays(params, expected, dtype))


def check_finite(params: Params) -> Params:
    """Return params; raise ValueError where a number of them is not finite."""
    broken = [name for name, value in params.items() if not np.isfinite(value).all()]
    if broken:
        raise ValueError(
            f"the weights {', '.join(broken)} hold numbers that are not finite. Train the model "
            "again with a smaller learning rate."
        )
    return params


def write_arrays(path: StrPath, arrays: Params, metadata: dict[str, str]) -> None:
    """Write a safetensors file with a checksum over all it holds: whole, or not at all.

    Raises OSError when it cannot be written; then a file that stood there is as it was.
    """
    metadata = metadata | {"sha256": _digest(arrays, metadata)}
    try:
        write_atomically(path, to_safetensors(arrays, metadata))
    except OSError as error:
        raise OSError(f"{path} cannot be written ({error.strerror}). Choose another.") from None


def read_arrays(path: StrPath, kind: str) -> tuple[Params, dict[str, str]]:
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
    if metadata.keys() - {"bits"} != ENTRIES[kind] | {"format"}:
        raise WeightsError(explain_parts(path, kind))
    return arrays, metadata


def _read(path, kind="weights"):
    """The arrays and the metadata of a safetensors file of our format."""
    try:
        metadata, types = _read_header(path)
        with safe_open(path, framework="numpy") as file:
            if metadata.get("format") != FORMATS[kind]:
                raise WeightsError(_explain_format(path, kind, metadata.get("format")))
            if other := types - {*TYPES}:
                raise WeightsError(
                    f"{path} holds numbers of the type {min(other)}, and a file of this book has "
                    f"{', '.join(TYPES)} alone. Take a fresh copy."
                )
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118
    except WeightsError:
        raise
    except (SafetensorError, *MISFIT):
        raise WeightsError(
            f"{path} is not a complete safetensors file. Save or download it again."
        ) from None


def _read_header(path):
    """The metadata of a safetensors file, and the types of its arrays.

    Stricter than safetensors, so that every program reads the same: raises one of MISFIT for a key
    that comes twice, and for an array of which more is said than its type, shape and place.
    """
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise ValueError("the header is longer than the file.")
        header = parse_json(file.read(length).decode())
    metadata, known = header.pop("__metadata__", {}), {"dtype", "shape", "data_offsets"}
    texts = all(isinstance(value, str) for value in metadata.values())
    if not texts or any(about.keys() != known for about in header.values()):
        raise ValueError("the header is not that of safetensors.")
    return metadata, {str(about["dtype"]) for about in header.values()}


def explain_parts(path: StrPath, kind: str) -> str:
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


def check_vocab(vocab: Vocab, config: Any) -> None:
    """Raise ValueError unless this vocabulary is as large as the model's, of whole characters."""
    if any("\ud800" <= char <= "\udfff" for char in vocab.chars):  # as JSON can write them
        raise ValueError("the vocabulary holds half of a character. Read the text as UTF-8.")
    if len(vocab) != config.vocab_size:
        raise ValueError(
            f"the vocabulary has {len(vocab)} characters, the model {config.vocab_size}. "
            "Save the model with the vocabulary it was trained with."
        )


def as_json(training: dict[str, Any]) -> str:
    """A dictionary as JSON; ValueError for what JSON cannot hold, and what is not read back."""
    try:
        text = json.dumps(training, allow_nan=False)
        parse_about(text)
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error).rstrip(".")
        raise ValueError(f"training must be plain numbers, text and lists ({reason}).") from None
    return text


def _digest(params, metadata):
    """A checksum over every array and every metadata entry, independent of their order."""
    digest = hashlib.sha256()
    for name, value in sorted(params.items()):
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    digest.update(json.dumps(sorted(metadata.items())).encode())
    return digest.hexdigest()
