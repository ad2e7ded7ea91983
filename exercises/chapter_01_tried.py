"""Other right and wrong answers to the exercises of chapter 1."""

import re
import unicodedata

import numpy as np

from exercises import Value
from exercises.chapter_01 import every_target, split_windows, tidy
from rnnlib.text import make_windows

# 1.4: layers

KERAS_MODEL = Value("""
    import keras

    layer = keras.layers.Embedding(5, 5)
    layer.build((None,))
    layer.set_weights([np.eye(5)])
    answer = keras.Sequential([layer])
    """)
TORCH_FILLED = Value("""
    import torch

    answer = torch.nn.Embedding(5, 5)
    with torch.no_grad():
        answer.weight.copy_(torch.eye(5))
    """)


def torch_rows(rows, kind="float()"):
    """An embedding of PyTorch that holds these rows, in numbers of this kind."""
    return Value(f"""
        import torch

        rows = torch.tensor({rows}).{kind}
        answer = torch.nn.Embedding.from_pretrained(rows, freeze=False)
        """)


EYE = np.eye(5).tolist()
KERAS_FOUR_ROWS = Value("import keras\nanswer = keras.layers.Embedding(4, 5)")
NO_WEIGHTS = Value("""
    import keras

    answer = keras.layers.Lambda(lambda ids: keras.ops.one_hot(ids, 5))
    """)
OWN_MODULE = Value("""
    import torch

    answer = torch.nn.Module()
    answer.W = torch.nn.Parameter(torch.eye(5))
    answer.forward = lambda ids: answer.W[ids]
    """)
KERAS_INITIALISED = Value("""
    import keras

    answer = keras.layers.Embedding(5, 5, embeddings_initializer="identity")
    """)


def in_order(*order, split=split_windows, fraction=None):
    """The four arrays of a split in another order, or split at another fraction."""

    def version(ids, length, asked):
        found = split(ids, length, asked if fraction is None else fraction(asked))
        return [found[i] for i in order]

    return version


def cut_at(held, first=make_windows, second=make_windows):
    """The text cut in two, of which the second part begins `held` places from the first's end."""

    def version(ids, length, fraction):
        cut = int(len(ids) * fraction)
        return *first(ids[:cut], length), *second(ids[cut + held(length) :], length)

    return version


def windows_first(order=np.arange):
    """Windows of the whole text, in this order, cut in two."""

    def version(ids, length, fraction):
        inputs, targets = make_windows(ids, length)
        at = order(len(inputs))
        cut = int(len(inputs) * fraction)
        return inputs[at[:cut]], targets[at[:cut]], inputs[at[cut:]], targets[at[cut:]]

    return version


# 1.5: split before you cut


def after_tidy(change):
    return lambda text: change(tidy(text))


def joined(letters):
    """Only accents behind one of these letters are joined."""

    def version(text):
        text = re.sub(
            f"[{letters}][\u0300-\u036f]+", lambda m: unicodedata.normalize("NFC", m[0]), text
        )
        return re.sub("\r\n?", "\n", text)

    return version


RIGHT = {
    "1.3": {"a stacked pair": lambda ids, length: np.stack(every_target(ids, length))},
    "1.4": {
        "a module with its own weight": OWN_MODULE,
        "Keras, by its initialiser": KERAS_INITIALISED,
        "a model of Keras": KERAS_MODEL,
        "PyTorch, filled": TORCH_FILLED,
        "PyTorch in float64": torch_rows(EYE, "double()"),
        "PyTorch in bfloat16": torch_rows(EYE, "bfloat16()"),
    },
}

WRONG = {
    "1.2": {
        "flat": ((10, 8), "2 axes"),
        "the text": ("(2, 5, 8)", "a shape was expected"),
        "the longer row": ((2, 20, 8), "wrong sizes"),
    },
    "1.3": {
        "the input plus 1": (
            lambda ids, n: (every_target(ids, n)[0], every_target(ids, n)[0] + 1),
            "for the ids",
        ),
        "pieces that do not overlap": (
            lambda ids, n: [x[::n] for x in every_target(ids, n)],
            "leave 4 windows of 3",
        ),
        "rolled within the window": (
            lambda ids, n: (every_target(ids, n)[0], np.roll(every_target(ids, n)[0], -1, axis=1)),
            "the targets",
        ),
        "a fixed length": (lambda ids, n: every_target(ids, 3), "leave 3 windows of 1"),
        "swapped": (lambda ids, n: every_target(ids, n)[::-1], "the inputs should be"),
        "only the last": (make_windows, "one target per window"),
        "transposed": (lambda ids, n: [x.T for x in every_target(ids, n)], "that is (4, 3) twice"),
        "three arrays": (lambda ids, n: (*every_target(ids, n), ids), "two arrays"),
        "the inputs themselves": (
            lambda ids, length: (make_windows(ids, length)[0],) * 2,
            "themselves",
        ),
        "a window without a target": (
            lambda ids, length: (
                np.lib.stride_tricks.sliding_window_view(ids, length),
                np.lib.stride_tricks.sliding_window_view(np.append(ids[1:], 0), length),
            ),
            "one window too many",
        ),
        "bytes": (
            lambda i, n: [x.astype("uint8") for x in every_target(i, n)],
            "the inputs should be",
        ),
        "clipped": (lambda i, n: [x % 999 for x in every_target(i, n)], "the inputs should be"),
        "first 100": (lambda i, n: [x[:100] for x in every_target(i, n)], "leave 138 windows"),
        "short windows": (lambda i, n: every_target(i, min(n, 8)), "leave 138 windows"),
        "squeezed": (lambda i, n: [x.squeeze() for x in every_target(i, n)], "leave 3 windows"),
    },
    "1.4": {
        "a function": (lambda ids: np.eye(5)[ids], "that is a function"),
        "a matrix": (np.eye(5), "put the matrix into an embedding layer"),
        "a flipped eye": (torch_rows(np.eye(5)[::-1].tolist()), "not at the position of the id"),
        "ones": (torch_rows(np.ones((5, 5)).tolist()), "not one-hot"),
        "twice the eye": (torch_rows((2 * np.eye(5)).tolist()), "not one-hot"),
        "right for three ids": (torch_rows(np.diag([1, 0, 1, 0, 1]).tolist()), "not one-hot"),
        "six characters": (torch_rows(np.eye(6).tolist()), "holds weights of the shape (5, 5)"),
        "four characters": (torch_rows(np.eye(4).tolist()), "yours: (4, 4)"),
        "four rows": (torch_rows(np.eye(5)[:4].tolist()), "yours: (4, 5)"),
        "four rows in Keras": (KERAS_FOUR_ROWS, "yours: (4, 5)"),
        "a layer without weights": (NO_WEIGHTS, "yours: none"),
        "the class": (Value("import torch\nanswer = torch.nn.Embedding"), "that is the class"),
    },
    "1.5": {
        "a gap too wide": (cut_at(lambda length: length), "the held-out inputs should"),
        "one fraction": (in_order(0, 1, 2, 3, fraction=lambda asked: 0.6), "fraction 0.75"),
        "the end to train": (
            in_order(2, 3, 0, 1, fraction=lambda asked: 1 - asked),
            "training inputs",
        ),
        "held out first": (in_order(2, 3, 0, 1), "in another order"),
        "inputs first": (in_order(0, 2, 1, 3), "in another order"),
        "every target, held out": (
            cut_at(lambda length: 0, second=every_target),
            "one target per window",
        ),
        "every target": (
            cut_at(lambda length: 0, every_target, every_target),
            "one target per window",
        ),
        "a border of one": (cut_at(lambda length: -1), "at the border"),
        "a fixed length": (lambda ids, n, f: split_windows(ids, 3, f), "length 1"),
        "windows first": (windows_first(), "at the border"),
        "windows shuffled": (windows_first(np.random.default_rng(0).permutation), "mixed"),
        "not split": (
            lambda ids, length, fraction: make_windows(ids, length),
            "arrays were expected",
        ),
        "bytes": (lambda *a: [x.astype("uint8") for x in split_windows(*a)], "should have"),
        "first 60": (lambda i, *a: split_windows(i[:60], *a), "should have the shape"),
    },
    "1.6": {
        "no blank lines": (lambda text: re.sub("\n+", "\n", tidy(text)), "inside the text"),
        "blank lines left out": (
            lambda text: (
                "\n".join(line for line in tidy(text).split("\n") if line)
                + "\n" * (tidy(text)[-1:] == "\n")
            ),
            "blank lines",
        ),
        "stripped": (lambda text: tidy(text).strip(), "start or the end"),
        "single spaces": (lambda text: re.sub(" +", " ", tidy(text)), "start or the end"),
        "stripped lines": (
            lambda text: "\n".join(line.rstrip() for line in tidy(text).split("\n")),
            "inside the text",
        ),
        "a lone return dropped": (
            lambda text: unicodedata.normalize("NFC", text).replace("\r", ""),
            "without a line feed",
        ),
        "NFD": (lambda text: unicodedata.normalize("NFD", tidy(text)), "accent"),
        "one letter only": (
            lambda text: (
                text.replace("e\u0301", "\u00e9").replace("\r\n", "\n").replace("\r", "\n")
            ),
            "accent",
        ),
        "lower case": (lambda text: tidy(text).lower(), "should become"),
        "lines": (lambda text: tidy(text).split("\n"), "a string was expected"),
        "line ends as they are": (
            lambda text: unicodedata.normalize("NFC", text),
            "carriage return",
        ),
        "NFKC": (lambda text: unicodedata.normalize("NFKC", tidy(text)), "use NFC"),
        "each sign a line end": (
            lambda text: unicodedata.normalize("NFC", text).replace("\r", "\n"),
            "became two",
        ),
        "ASCII alone": (
            lambda text: (
                text.encode("ascii", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
            ),
            "accents are gone",
        ),
        "accents of ASCII": (joined("a-zA-Z"), "accent is still a character"),
        "accents of Latin": (joined("a-zA-Z\u00c0-\u024f"), "accent is still a character"),
        "NEL": (after_tidy(lambda text: text.replace("\x85", "\n")), "have changed inside"),
        "vertical tab": (after_tidy(lambda text: text.replace("\v", "\n")), "have changed inside"),
        "hard spaces": (after_tidy(lambda text: text.replace("\xa0", " ")), "have changed inside"),
        "byte order mark": (after_tidy(lambda text: text.lstrip("\ufeff")), "should become"),
        "quotes": (after_tidy(lambda text: text.replace("\u2019", "'")), "should become"),
        "printable": (
            after_tidy(lambda t: "".join(c for c in t if c.isprintable() or c in "\n\t\f\u2028")),
            "should become",
        ),
        "200 characters": (after_tidy(lambda text: text[:200]), "should become"),
        "the other pair": (
            lambda t: re.sub("\r\n|\n\r|\r", "\n", unicodedata.normalize("NFC", t)),
            "have changed inside",
        ),
    },
}
