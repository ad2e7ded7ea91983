"""Learn to turn one text into another from pairs of your own (chapter 17).

    python examples/translate_pairs.py pairs.csv --ask "7 mars 2005"
    python examples/translate_pairs.py pairs.csv --engine keras --steps 2000

The file is CSV in UTF-8 without a head: in each row a text, and the text that it should become.
A tenth of the texts is held out, each with all its copies, and the share that comes out exactly is
printed.
"""

import argparse
import sys

import numpy as np

from rnnlib.data.csv_tables import read_rows
from rnnlib.evaluation.error_rates import error_rate, exact_share
from rnnlib.models.seq2seq import ENGINES, Seq2SeqConfig, build
from rnnlib.text import Vocab, pad
from rnnlib.training.pairs import fit_pairs
from rnnlib.writing.seq2seq_decoding import greedy_decode

FEWEST = 20  # rows, below which there is nothing to hold out


def read_pairs(path):
    """The rows of a CSV file as [(text, text)]; ValueError, naming the row that is no pair."""
    pairs = []
    for number, row in read_rows(path):
        if len(row) != 2:
            raise ValueError(
                f"row {number} has {len(row)} cells; give each row two, the text and what it "
                "becomes, in quotes where a comma stands in it."
            )
        if not row[0] or not row[1]:
            raise ValueError(f"row {number} has an empty cell. Fill it, or drop the row.")
        pairs.append((row[0], row[1]))
    if (count := len({source for source, _ in pairs})) < FEWEST:
        raise ValueError(f"{path} holds pairs of {count} texts; give {FEWEST} texts at the least.")
    for side, name in enumerate(("text", "translation")):
        if not set(pairs[0][side]) & {char for pair in pairs[1:] for char in pair[side]}:
            raise ValueError(
                f"the {name} of row 1, {pairs[0][side]!r}, has no character in common with any "
                "other. If it is a header, leave it out."
            )
    return pairs


def split_pairs(pairs, seed):
    """(train, held out): a tenth of the texts is held out, each with all its translations."""
    texts = sorted({source for source, _ in pairs})
    order = np.random.default_rng(seed).permutation(len(texts))
    held = {texts[i] for i in order[: len(texts) // 10]}
    return [p for p in pairs if p[0] not in held], [p for p in pairs if p[0] in held]


def translate(model, read, write, texts, most):
    """What the model writes for these texts."""
    batch = pad([read.encode(text) for text in texts])
    written = greedy_decode(model, *batch, most)
    return [write.decode(one.ids) if one.ids else "" for one in written]


def main(arguments=None):
    """Read the pairs, train, and say how good it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="a CSV file of pairs")
    parser.add_argument("--engine", choices=ENGINES, default="torch")
    parser.add_argument("--steps", type=int, default=1000, help="batches of 32 pairs")
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ask", metavar="TEXT", help="a text to translate at the end")
    options = parser.parse_args(arguments)
    try:
        pairs = read_pairs(options.file)
        read = Vocab("".join(source for source, _ in pairs))
        write = Vocab("".join(target for _, target in pairs))
        asked = [] if options.ask is None else [read.encode(options.ask)]
    except ValueError as error:
        sys.exit(f"translate_pairs: {error}")
    train, held = split_pairs(pairs, options.seed)
    print(f"{len(pairs)} pairs, the first of them {pairs[0][0]} -> {pairs[0][1]}")
    config = Seq2SeqConfig(len(read), len(write), 32, options.units)
    model = build(config, options.engine, options.seed)
    sources, targets = zip(*train, strict=True)
    losses = fit_pairs(
        model,
        [read.encode(text) for text in sources],
        [write.encode(text) for text in targets],
        options.steps,
        batch_size=min(32, len(train)),
        seed=options.seed,
    )
    most = 2 * max(len(target) for _, target in pairs) + 1
    texts = translate(model, read, write, [source for source, _ in held], most)
    truths = [[target] for _, target in held]
    print(f"loss {np.mean(losses[:10]):.2f} -> {np.mean(losses[-10:]):.2f} nats a symbol")
    print(f"held out: {len(held)} pairs, exact {exact_share(texts, truths):.2f}", end=", ")
    print(f"characters wrong {error_rate(texts, truths):.2f}")
    for (source, target), text in list(zip(held, texts, strict=True))[:5]:
        print(f"  {source} -> {text}" + ("" if text == target else f"   (right: {target})"))
    for ids in asked:
        print(f"{options.ask} -> {translate(model, read, write, [read.decode(ids)], most)[0]}")


if __name__ == "__main__":
    main()
