"""Other right and wrong answers to the exercises of chapter 1."""

import re
import unicodedata

import numpy as np

from exercises import Value
from exercises import chapter_01 as exercises
from exercises.chapter_01 import every_target, split_windows, tidy
from rnnlib.text import make_windows, split_text

# 1.3: a target at every position


def targets_in_place(ids, length):
    inputs, targets = every_target(ids, length)
    ids[:] = 0
    return inputs, targets


def inputs_plus_one(ids, length):
    inputs, _ = make_windows(ids, length)
    return inputs, inputs + 1


def targets_in_pieces(ids, length):
    count = (len(ids) - 1) // length
    return [part[: count * length].reshape(count, length) for part in (ids, ids[1:])]


def rolled(ids, length):
    inputs, _ = make_windows(ids, length)
    return inputs, np.roll(inputs, -1, axis=1)


def length_three(ids, length):
    return every_target(ids, 3)


# 1.4: layers

OWN_MODULE = Value("""
    import torch

    class Mine(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.W = torch.nn.Parameter(torch.eye(5))

        def forward(self, ids):
            return self.W[ids]

    answer = Mine()
    """)
KERAS_INITIALISED = Value("""
    import keras

    answer = keras.layers.Embedding(5, 5, embeddings_initializer="identity")
    """)
KERAS_FOUR_ROWS = Value("""
    import keras

    answer = keras.layers.Embedding(4, 5)
    """)
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
TORCH_BFLOAT16 = Value("""
    import torch

    answer = torch.nn.Embedding.from_pretrained(torch.eye(5).bfloat16())
    """)
TORCH_FLOAT64 = Value("""
    import torch

    answer = torch.nn.Embedding.from_pretrained(torch.eye(5).double(), freeze=False)
    """)


def torch_rows(rows):
    return Value(f"""
        import torch

        answer = torch.nn.Embedding.from_pretrained(torch.tensor({rows}).float())
        """)


NO_WEIGHTS = Value("""
    import keras

    answer = keras.layers.Lambda(lambda ids: keras.ops.one_hot(ids, 5))
    """)

# 1.5: split before you cut


def gap_too_wide(ids, length, fraction):
    a, b, c, d = split_windows(ids, length, fraction)
    return a, b, c[length:], d[length:]


def one_fraction(ids, length, fraction):
    return split_windows(ids, length, 0.6)


def end_to_train(ids, length, fraction):
    a, b, c, d = split_windows(ids, length, 1 - fraction)
    return c, d, a, b


def held_out_first(ids, length, fraction):
    a, b, c, d = split_windows(ids, length, fraction)
    return c, d, a, b


def inputs_first(ids, length, fraction):
    a, b, c, d = split_windows(ids, length, fraction)
    return a, c, b, d


def every_held_target(ids, length, fraction):
    first, second = split_text(ids, fraction)
    return *make_windows(first, length), *every_target(second, length)


def split_every_target(ids, length, fraction):
    first, second = split_text(ids, fraction)
    return *every_target(first, length), *every_target(second, length)


def border_of_one(ids, length, fraction):
    cut = int(len(ids) * fraction)
    return *make_windows(ids[:cut], length), *make_windows(ids[cut - 1 :], length)


# 1.6: tidy


RIGHT = {
    "1.3": {"a stacked pair": lambda ids, length: np.stack(every_target(ids, length))},
    "1.4": {
        "a module with its own weight": OWN_MODULE,
        "Keras, by its initialiser": KERAS_INITIALISED,
        "a model of Keras": KERAS_MODEL,
        "PyTorch, filled": TORCH_FILLED,
        "PyTorch in float64": TORCH_FLOAT64,
        "PyTorch in bfloat16": TORCH_BFLOAT16,
    },
}

WRONG = {
    "1.1": {
        "a string": ("15", "a single number"),
        "a list": ([15], "a single number"),
        "the sign": (-15, "too small"),
        "windows that do not overlap": (5, "too small"),
    },
    "1.2": {
        "flat": ((10, 8), "2 axes"),
        "the text": ("(2, 5, 8)", "a shape was expected"),
        "the longer row": ((2, 20, 8), "wrong sizes"),
    },
    "1.3": {
        "the input plus 1": (inputs_plus_one, "for the ids"),
        "the caller's ids": (targets_in_place, "changes what it was given"),
        "pieces that do not overlap": (targets_in_pieces, "leave 4 windows of 3"),
        "rolled within the window": (rolled, "the targets"),
        "a fixed length": (length_three, "leave 3 windows of 1"),
        "swapped": (lambda ids, n: every_target(ids, n)[::-1], "the inputs should be"),
        "only the last": (make_windows, "one target a window"),
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
    },
    "1.4": {
        "a function": (lambda ids: np.eye(5)[ids], "that is a function"),
        "a matrix": (np.eye(5), "put the matrix into an embedding layer"),
        "a flipped eye": (torch_rows(np.eye(5)[::-1].tolist()), "not at the place of the id"),
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
        "a gap too wide": (gap_too_wide, "the held-out inputs should"),
        "one fraction": (one_fraction, "fraction 0.75"),
        "the end to train": (end_to_train, "training inputs"),
        "held out first": (held_out_first, "in another order"),
        "inputs first": (inputs_first, "in another order"),
        "every target, held out": (every_held_target, "one target a window"),
        "every target": (split_every_target, "one target a window"),
        "a border of one": (border_of_one, "at the border"),
        "a fixed length": (lambda ids, n, f: split_windows(ids, 3, f), "length 1"),
        "windows first": (exercises.cut_windows_first, "at the border"),
        "windows shuffled": (exercises.shuffle_windows_first, "mixed"),
        "not split": (
            lambda ids, length, fraction: make_windows(ids, length),
            "arrays were expected",
        ),
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
            "stands alone",
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
        "NFKC": (lambda text: unicodedata.normalize("NFKC", exercises.tidy(text)), "use NFC"),
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
    },
}

# narrow ones, right for small sizes or for most values

every_window = exercises.every_target
WRONG["1.3"] |= {
    "bytes": (lambda i, n: [x.astype("uint8") for x in every_window(i, n)], "the inputs should be"),
    "clipped": (lambda i, n: [x % 999 for x in every_window(i, n)], "the inputs should be"),
    "first 100": (lambda i, n: [x[:100] for x in every_window(i, n)], "leave 138 windows"),
    "short windows": (lambda i, n: every_window(i, min(n, 8)), "leave 138 windows"),
    "squeezed": (lambda i, n: [x.squeeze() for x in every_window(i, n)], "leave 3 windows"),
}
WRONG["1.5"] |= {
    "bytes": (lambda *a: [x.astype("uint8") for x in exercises.split_windows(*a)], "should have"),
    "first 60": (lambda i, *a: exercises.split_windows(i[:60], *a), "should have the shape"),
}


def after_tidy(change):
    return lambda text: change(exercises.tidy(text))


def joined(letters):
    """Only accents behind one of these letters are joined."""

    def version(text):
        text = re.sub(
            f"[{letters}][\u0300-\u036f]+", lambda m: unicodedata.normalize("NFC", m[0]), text
        )
        return re.sub("\r\n?", "\n", text)

    return version


WRONG["1.6"] |= {
    "accents of ASCII": (joined("a-zA-Z"), "accent still stands"),
    "accents of Latin": (joined("a-zA-Z\u00c0-\u024f"), "accent still stands"),
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
}
