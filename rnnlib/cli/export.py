"""The command export: a model in a file that others can read, without anything of this book."""

import os
from pathlib import Path

from rnnlib.cli.model_file import find_file, read_file
from rnnlib.cli.options import ENDINGS, ExportOptions
from rnnlib.cli.quiet import loading
from rnnlib.cli.shared import emit
from rnnlib.files import write_atomically
from rnnlib.models import exports, weights_file
from rnnlib.training.defaults import count_parameters


def command(options: ExportOptions) -> None:
    """Make a file of a model in the format asked for, whole or not at all.

    Raises ValueError where the ending of the file names another format, or the file exists, and
    for rounded weights in a format that is not this book's.
    """
    path, out = find_file(options.file), Path(options.out)
    kind = choose_format(out, options.to)
    if os.path.lexists(out):
        raise ValueError(f"{out} exists, and nothing is overwritten. Give another name.")
    if options.bits and kind != "safetensors":
        raise ValueError(
            f"only a safetensors file holds weights of {options.bits} bits, and {out} is for "
            f"{kind}. Leave --bits out, or give OUT the ending .safetensors."
        )
    _, params, config, vocab, about = read_file(path)
    if kind == "safetensors":
        weights_file.save(out, params, config, vocab, about, options.bits)
    else:
        with loading(kind):
            data = exports.to_bytes(kind, params, config, vocab)
        try:
            write_atomically(out, data)
        except OSError as error:
            raise OSError(f"{out} cannot be written ({error.strerror}). Choose another.") from None
    size = f"{count_parameters(config):,} parameters, {out.stat().st_size:,} bytes"
    record = {"file": str(out), "from": str(path), "format": kind, "training": about}
    after = f" after step {about['step']:,}" if "step" in about else ""
    emit(options, record, f"{out}: the model of {path}{after}, for {kind}, {size}")


def choose_format(out: Path, wanted: str | None = None) -> str:
    """The format of a file by its ending, which must be that of the one that is wanted."""
    found = next((kind for kind, ends in ENDINGS.items() if out.suffix.lower() in ends), None)
    if wanted is not None and found != wanted:
        raise ValueError(
            f"{out} does not end in {' or '.join(ENDINGS[wanted])}, as a {wanted} file does. "
            "Give it that ending, or another --to."
        )
    if found is None:
        known = ", ".join(end for ends in ENDINGS.values() for end in ends)
        raise ValueError(f"the ending of {out} names no format. Give it one of {known}.")
    return found
