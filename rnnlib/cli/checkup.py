"""The command checkup: a trained model examined as any model of a reader's would be."""

import numpy as np

from checkup import checkup
from rnnlib.checks import count_characters
from rnnlib.cli import input_text
from rnnlib.cli.model_file import check_known, find_file, make_model, read_file
from rnnlib.cli.options import CheckupOptions
from rnnlib.cli.shared import emit
from rnnlib.writing.sampling import generate

ROWS, LENGTH = 6, 24  # of the batch that is read


def command(options: CheckupOptions) -> None:
    """Print the report of a checkup, on a piece of a text or of the model's own writing."""
    _, params, config, vocab, about = read_file(find_file(options.file))
    engine, needed = options.engine or "numpy", ROWS * LENGTH + 1
    text = None if options.text is None else input_text.read(options.text, about.get("normalize"))
    if text is not None:  # before a framework is loaded
        if len(text) < needed:
            raise ValueError(
                f"the text has {count_characters(text)}, and a checkup reads {needed}. Give a "
                "longer one."
            )
        check_known(text[:needed], vocab, "the text")
    model = make_model(params, config, engine, options.device)
    if text is None:
        start = "\n" if "\n" in vocab.chars else vocab.chars[0]
        text = generate(model, vocab, start, needed, rng=np.random.default_rng(0))
    ids = vocab.encode(text[:needed])
    batch = tuple(part.reshape(ROWS, LENGTH) for part in (ids[:-1], ids[1:]))
    report = checkup(model, batch)
    report.model = f"{options.file} ({config.cell}, {engine})"
    emit(options, report.to_dict(), str(report))
