"""The command checkup: a trained model examined as any model of a reader's would be."""

import numpy as np

from rnnlib.cli import material
from rnnlib.cli.shared import check_known, emit, open_model
from rnnlib.probing.checkup import checkup
from rnnlib.writing.sampling import generate

ROWS, LENGTH = 6, 24  # of the batch that is read


def examine(args):
    """Print the report of a checkup, on a piece of a text or of the model's own writing."""
    model, vocab, about = open_model(args.file, args.engine or "numpy", args.device)
    needed = ROWS * LENGTH + 1
    if args.text is None:
        start = "\n" if "\n" in vocab.chars else vocab.chars[0]
        text = generate(model, vocab, start, needed, rng=np.random.default_rng(0))
    else:
        text = material.read(args.text, about.get("normalize"))
    if len(text) < needed:
        raise ValueError(
            f"the text has {len(text)} characters, and a checkup reads {needed}. Give a longer one."
        )
    check_known(text[:needed], vocab, "the text")
    ids = vocab.encode(text[:needed])
    batch = tuple(part.reshape(ROWS, LENGTH) for part in (ids[:-1], ids[1:]))
    report = checkup(model, batch)
    report.model = f"{args.file} ({model.config.cell}, {args.engine or 'numpy'})"
    emit(args, report.to_dict(), str(report))
