"""Exercises of chapter 1: vocabulary, vectors, windows, the split."""

import unicodedata

import numpy as np

from rnnlib.exercises import Exercise, Value, number, shape
from rnnlib.text import make_windows

COUNTING = np.arange(20)  # ids that are their own positions, so that a shift shows at once


def every_target(ids, length):
    inputs, last = make_windows(ids, length)
    return inputs, np.column_stack([inputs[:, 1:], last])


def judge_every_target(function):
    answer = function(COUNTING[:7], 3)
    if answer is None:
        return "the function returns nothing: return inputs and targets."
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return "two arrays were expected, inputs and targets."
    inputs, targets = map(np.asarray, answer)
    if targets.ndim == 1:
        return "there is one target a window; every position of the window needs its own."
    if targets.shape == inputs.shape and np.array_equal(inputs, targets):
        return "the targets are the inputs themselves; they must be one character later."
    if targets.shape == inputs.shape == (5, 3):
        return "there is one window too many: 7 characters leave 4 windows of 3 with a target."
    if (inputs.shape, targets.shape) != ((4, 3), (4, 3)):
        return f"7 ids and length 3 should give (4, 3) twice, not {inputs.shape}, {targets.shape}."
    if not np.array_equal(inputs, make_windows(COUNTING[:7], 3)[0]):
        return "the inputs are not the windows that `make_windows` gives."
    if not np.array_equal(targets, inputs + 1):
        return "with the ids 0, 1, 2, ... each target must be its input plus 1."
    return None


def judge_identity_embedding(layer):
    ids = np.array([2, 0, 4])
    if isinstance(layer, type):
        return "that is the class; make a layer of it."
    if not callable(layer):
        return "that is a matrix; put it into an embedding layer and hand over the layer."
    if type(layer).__module__.startswith("torch"):
        import torch

        rows = layer(torch.from_numpy(ids)).detach().numpy()
    else:
        rows = np.asarray(layer(ids))
    if rows.shape != (3, 5):
        return f"three ids should give the shape (3, 5), not {rows.shape}."
    if not np.array_equal(rows, np.eye(5)[ids]):
        return "the shape is right, but the rows are not one-hot: the weights are not yet set."
    return None


def split_windows(ids, length, fraction):
    cut = int(len(ids) * fraction)
    return *make_windows(ids[:cut], length), *make_windows(ids[cut:], length)


def cut_windows_first(ids, length, fraction):
    inputs, targets = make_windows(ids, length)
    cut = int(len(inputs) * fraction)
    return inputs[:cut], targets[:cut], inputs[cut:], targets[cut:]


def shuffle_windows_first(ids, length, fraction):
    inputs, targets = make_windows(ids, length)
    order = np.random.default_rng(0).permutation(len(inputs))
    return cut_windows_first_of(inputs[order], targets[order], fraction)


def cut_windows_first_of(inputs, targets, fraction):
    cut = int(len(inputs) * fraction)
    return inputs[:cut], targets[:cut], inputs[cut:], targets[cut:]


def judge_split_windows(function):
    answer = function(COUNTING, 3, 0.6)
    if answer is None:
        return "the function returns nothing: return four arrays."
    if len(answer) != 4:
        return f"four arrays were expected, not {len(answer)}."
    inputs, targets, held_inputs, held_targets = map(np.asarray, answer)
    if targets.ndim != 1:
        return "one target a window was asked for, as `make_windows` gives."
    shared = {*inputs.ravel(), *targets} & {*held_inputs.ravel(), *held_targets}
    if shared and (np.diff(held_targets) != 1).any():
        return f"the parts are mixed: {len(shared)} positions of the text lie in both."
    if shared:
        return (
            f"{len(shared)} positions of the text lie in both parts, at the border. "
            "Cut the text, then the windows."
        )
    expected = split_windows(COUNTING, 3, 0.6)
    for name, found, right in zip(
        ("inputs", "targets", "held-out inputs", "held-out targets"), answer, expected, strict=True
    ):
        if not np.array_equal(found, right):
            return f"nothing is shared, but the {name} are not those of a cut at 60 %."
    return None


def tidy(text):
    text = unicodedata.normalize("NFC", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def judge_tidy(function):
    answer = function("Cafe\u0301 ½\r\nolé\r")
    if answer is None:
        return "the function returns nothing: end it with `return`."
    if "\u0301" in answer:
        return "an accent still stands as a character of its own."
    if "\r" in answer:
        return "a carriage return is left in the text."
    if "\n\n" in answer:
        return "one line end became two; replace the pair first, the single sign after it."
    if "é" not in answer:
        return "the accents are gone; keep them, as one character with the letter."
    if answer == "Café 1⁄2\nolé\n":
        return "the ½ became three characters; use NFC, which changes accents alone."
    return None if answer == "Café ½\nolé\n" else f"{answer!r} has lost something of the text."


EXERCISES = {
    "1.1": Exercise(
        judge=number(
            15,
            wrong={
                16: "the last window has no character after it, so it has no target.",
                19: "that is the number of characters.",
            },
        ),
        solutions={"": Value('len("to be, or not to be") - 4')},
        wrong={"has no target": 16, "number of characters": 19, "too small": 4},
    ),
    "1.2": Exercise(
        judge=shape(
            (2, 5, 8),
            wrong={
                (4, 2, 5, 8): "that is the whole stream; the layer receives one batch of it.",
                (2, 5, 29): "that is what one-hot vectors give; the embedding has rows of 8.",
                (2, 5): "that is the shape of the ids, before the look-up.",
                (2, 8): "every one of the 5 positions gets a vector, not only the last.",
                (5, 2, 8): "the batch comes first, then the time step.",
            },
        ),
        solutions={"": Value("(2, 5, 8)")},
        wrong={
            "whole stream": (4, 2, 5, 8),
            "one-hot vectors": (2, 5, 29),
            "before the look-up": (2, 5),
            "5 positions": (2, 8),
            "batch comes first": (5, 2, 8),
        },
    ),
    "1.3": Exercise(
        judge=judge_every_target,
        solutions={"": every_target},
        wrong={
            "one target a window": make_windows,
            "themselves": lambda ids, length: (make_windows(ids, length)[0],) * 2,
            "one window too many": lambda ids, length: (
                np.lib.stride_tricks.sliding_window_view(ids, length),
                np.lib.stride_tricks.sliding_window_view(np.append(ids[1:], 0), length),
            ),
        },
        stub=lambda ids, length: None,
    ),
    "1.4": Exercise(
        judge=judge_identity_embedding,
        solutions={
            "keras": Value("""
                import keras

                answer = keras.layers.Embedding(5, 5)
                answer.build((None,))
                answer.set_weights([np.eye(5)])
                """),
            "torch": Value("""
                import torch

                answer = torch.nn.Embedding.from_pretrained(torch.eye(5))
                """),
        },
        wrong={
            "hand over the layer": np.eye(5),
            "not one-hot": lambda ids: np.ones((len(ids), 5)),
            "should give the shape": lambda ids: np.eye(6)[ids],
        },
    ),
    "1.5": Exercise(
        judge=judge_split_windows,
        solutions={"": split_windows},
        wrong={
            "at the border": cut_windows_first,
            "mixed": shuffle_windows_first,
            "arrays were expected": lambda ids, length, fraction: make_windows(ids, length),
        },
        stub=lambda ids, length, fraction: None,
    ),
    "1.6": Exercise(
        judge=judge_tidy,
        solutions={"": tidy},
        wrong={
            "accent": lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
            "carriage return": lambda text: unicodedata.normalize("NFC", text),
            "use NFC": lambda text: unicodedata.normalize("NFKC", tidy(text)),
            "became two": lambda text: unicodedata.normalize("NFC", text).replace("\r", "\n"),
            "accents are gone": lambda text: (
                text.encode("ascii", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
            ),
        },
        stub=lambda text: None,
    ),
}
