"""Tell texts of your own apart: names, titles, messages, whatever a CSV file holds with its labels.

    python examples/name_a_class.py my.csv                  # columns "text" and "label"
    python examples/name_a_class.py my.csv --engine keras --text name --label country

Trains the SequenceModel of chapter 15 on 70 % of the texts, keeps the rest, and prints how it does
on them beside naive Bayes. No text stands on both sides. Then it names what you type.
"""

import argparse
import sys

import numpy as np

from rnnlib.data.csv_tables import read_rows
from rnnlib.data.names import split_names
from rnnlib.evaluation.classification import macro_f1, share_right
from rnnlib.evaluation.letter_counts import NaiveBayes
from rnnlib.functional import softmax
from rnnlib.models import Update
from rnnlib.models.classifier import SequenceConfig, build
from rnnlib.text import Vocab
from rnnlib.training.sequences import ask, fit_sequences

LEAST = 4  # texts of a class, so that some can be kept


def read_table(path, text, label):
    """{label: its texts, each once} of a CSV file; ValueError says what is wrong with it."""
    (_, head), *rows = read_rows(path) or [(0, [])]
    for column in (text, label):
        if head.count(column) != 1:
            known = ", ".join(head) or "none"
            raise ValueError(
                f"{path} has {'two columns' if column in head else 'no column'} {column!r} in its "
                f"first line; it has: {known}. Name yours with --text and --label."
            )
    found = {}
    for number, row in rows:
        cells = dict(zip(head, row, strict=False))  # a line may be short
        if not cells.get(text, "").strip() or not cells.get(label, "").strip():
            raise ValueError(f"line {number} of {path} has an empty text or label.")
        found.setdefault(cells[label].strip(), set()).add(cells[text].strip())
    if len(found) < 2:
        raise ValueError(f"{path} holds {len(found)} classes; at least 2 are needed.")
    for name, texts in found.items():
        if len(texts) < LEAST:
            raise ValueError(
                f"the class {name!r} has {len(texts)} texts; at least {LEAST} are needed."
            )
    return {name: sorted(texts) for name, texts in found.items()}


def typed():
    """A line that is typed, without spaces around it; nothing where there is nobody to type."""
    try:
        asked = sys.stdin is not None and sys.stdin.isatty()
        return input("text, or nothing to end: " if asked else "").strip()
    except (EOFError, RuntimeError):  # the input has ended, or was closed
        return ""


def main(arguments=None):
    """Read, train, compare; then name what is typed until an empty line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", help="a CSV file with a line for each text")
    parser.add_argument("--text", default="text", help='the column of texts (default "text")')
    parser.add_argument("--label", default="label", help='that of labels (default "label")')
    parser.add_argument("--engine", default="torch", choices=("torch", "keras", "numpy"))
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args(arguments)
    try:
        table = read_table(options.file, options.text, options.label)
        train, test = split_names(table, (0.7, 0.3))
    except ValueError as error:
        sys.exit(f"name_a_class: {error}")
    labels = sorted(table)
    vocab = Vocab("".join(text for texts in table.values() for text in texts))
    (texts, y), (kept, truth) = (
        ([text for text, _ in part], np.array([labels.index(label) for _, label in part]))
        for part in (train, test)
    )
    config = SequenceConfig(len(labels), 64, len(vocab), 32, bidirectional=True, pooling="max")
    model = build(config, options.engine)
    update = Update(0.02, clip_norm=1.0, weight_decay=0.05, dropout=0.1)
    rows = [vocab.encode(text) for text in texts]
    fit_sequences(model, rows, y, update, options.epochs, min(128, max(1, len(rows) // 10)))
    counted = NaiveBayes(texts, y, len(labels)).log_probs(kept).argmax(axis=1)
    guessed = ask(model, [vocab.encode(text) for text in kept]).argmax(axis=1)
    for name, guesses in (("naive Bayes", counted), ("the network", guessed)):
        right, macro = share_right(truth, guesses), macro_f1(truth, guesses, len(labels))
        print(f"{name:12} right {right:.3f}, macro F1 {macro:.3f} on {len(kept)} texts kept")
    while text := typed():
        strange = sorted(set(text) - set(vocab.chars))
        if strange:
            print(f"the texts that it learnt from hold no {strange[0]!r}; try another.")
            continue
        probs = softmax(ask(model, [vocab.encode(text)])[0])
        print(f"{labels[probs.argmax()]} ({probs.max():.2f})")


if __name__ == "__main__":
    main()
