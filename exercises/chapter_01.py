"""Exercises of chapter 1: vocabulary, vectors, windows, the split."""

import sys
import unicodedata

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask, number, shape
from rnnlib.text import make_windows


def parts(answer, count, names):
    """The arrays of an answer that holds `count` of them: a tuple, a list, or one stacked array."""
    try:
        found = list(answer)
    except TypeError:
        found = []
    if isinstance(answer, str | dict | set) or len(found) != count:
        raise Hint(f"{names} were expected.")
    return [array(part, "each part") for part in found]


def every_target(ids, length):
    inputs, last = make_windows(ids, length)
    return inputs, np.column_stack([inputs[:, 1:], last])


def judge_every_target(function):
    rng = np.random.default_rng(1)
    cases = [(np.arange(7), 3), (np.arange(4), 1), (np.arange(9), 8)]
    cases += [(rng.integers(0, 60, n), length) for n, length in ((12, 5), (30, 2))]
    cases += [(rng.integers(0, 70_000, 150), 12)]  # many windows, and ids beyond a byte or two
    for ids, length in cases:
        answer = ask(function, ids, length, wanted="return inputs and targets")
        inputs, targets = parts(answer, 2, "two arrays, inputs and targets,")
        right, right_targets = every_target(ids, length)
        shown = f"{ids[:30].tolist()}{' and so on' * (len(ids) > 30)}"
        more = " and so on" * (len(right) > 8)
        windows = f"{len(ids)} characters leave {len(right)} windows of {length} with a target"
        if targets.ndim == 1 and length > 1:
            return "there is one target per window; every position of the window needs its own."
        if inputs.shape == right.shape and np.array_equal(inputs, targets):
            return "the targets are the inputs themselves; they must be one character later."
        if inputs.shape == targets.shape == (len(right) + 1, length):
            return f"there is one window too many: {windows}."
        if (inputs.shape, targets.shape) != (right.shape, right.shape):
            return f"{windows}: that is {right.shape} twice, not {inputs.shape}, {targets.shape}."
        if not np.array_equal(inputs, right):
            return f"for the ids {shown} the inputs should be {right[:8].tolist()}{more}."
        if not np.array_equal(targets, right_targets):
            return (
                f"for the ids {shown} and length {length} the targets of the first window "
                f"should be {right_targets[0].tolist()}, of the last {right_targets[-1].tolist()}."
            )
    return None


def look_up(layer, ids):
    """The rows that a layer of Keras or PyTorch gives for ids; a Hint where its weights do not fit.

    Keras makes the weights at the first call, and a look-up in too few rows may stop that call.
    """
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if torch and isinstance(layer, torch.nn.Module):
        check_weights(layer.parameters())
        rows = layer(torch.from_numpy(ids.copy()))
        rows = rows.double() if isinstance(rows, torch.Tensor) else rows
        return array(rows, "each row")
    if keras and isinstance(layer, keras.layers.Layer):
        layer(np.zeros_like(ids))
        check_weights(layer.weights)
        return keras.ops.convert_to_numpy(layer(ids.copy()))
    if callable(layer):
        raise Hint("that is a function; make an embedding layer of Keras or PyTorch.")
    raise Hint("that is no layer; put the matrix into an embedding layer and hand over the layer.")


def check_weights(weights):
    """Raise a Hint unless one of these weights has a row and a column for each of 5 characters."""
    held = [tuple(w.shape) for w in weights]
    if (5, 5) not in held:
        held = ", ".join(map(str, held)) or "none"
        raise Hint(
            f"an embedding of 5 characters holds weights of the shape (5, 5); yours: {held}."
        )


def judge_identity_embedding(layer):
    if isinstance(layer, type):
        return "that is the class; make a layer of it."
    for ids in (np.array([[2, 0, 4]]), np.array([[4, 3, 2], [1, 1, 0]]), np.array([[1]])):
        rows = look_up(layer, ids)
        if rows.shape != (*ids.shape, 5):
            return f"ids of shape {ids.shape} should give {(*ids.shape, 5)}, not {rows.shape}."
        expected = np.eye(5)[ids]
        if np.array_equal(rows, expected):
            continue
        if np.array_equal(np.sort(rows, axis=-1), np.sort(expected, axis=-1)):
            return "each row holds a single 1, but not at the position of the id."
        return "the shape is right, but the rows are not one-hot; which weights make them so?"
    return None


def split_windows(ids, length, fraction):
    # Windows overlap: in one list cut in two, the parts would share `length` positions of the text.
    cut = int(len(ids) * fraction)
    return *make_windows(ids[:cut], length), *make_windows(ids[cut:], length)


def judge_split_windows(function):
    rng = np.random.default_rng(1)
    cases = [(np.arange(20), 3, 0.6), (np.arange(40), 1, 0.75), (np.arange(16), 5, 0.5)]
    cases += [(rng.integers(0, 60, 60), 4, 0.8), (rng.integers(0, 70_000, 150), 6, 0.7)]
    for ids, length, fraction in cases:
        answer = ask(function, ids, length, fraction, wanted="return four arrays")
        found, asked = parts(answer, 4, "four arrays"), split_windows(ids, length, fraction)
        inputs, targets, held_inputs, held_targets = found
        in_order = all(map(np.array_equal, found, asked))
        if not in_order and all(any(np.array_equal(a, b) for b in found) for a in asked):
            return (
                "these are the four arrays, but in another order: the training inputs and targets "
                "come first, then the held-out inputs and targets."
            )
        if targets.ndim != 1 or held_targets.ndim != 1:
            return "one target per window is wanted, as `make_windows` gives."
        shared = {*inputs.ravel(), *targets} & {*held_inputs.ravel(), *held_targets}
        if shared and len(set(ids)) == len(ids):
            if (np.diff(held_targets) != 1).any():
                return f"the parts are mixed: {len(shared)} positions of the text lie in both."
            return (
                f"the parts share {len(shared)} position{'s' * (len(shared) > 1)} of the text, at "
                "the border. Cut the text, then the windows."
            )
        names = ("training inputs", "training targets", "held-out inputs", "held-out targets")
        for name, ours, right in zip(names, found, asked, strict=True):
            if not np.array_equal(ours, right):
                return (
                    f"with {len(ids)} ids, length {length} and fraction {fraction} the {name} "
                    f"should have the shape {right.shape} and end with {right[-1].tolist()}."
                )
    return None


def tidy(text):
    text = unicodedata.normalize("NFC", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


ACCENTED = (
    "Cafe\u0301 \u00bd\r\nol\u00e9\rfin",
    "na\u0131ve No\u0308l, sen\u0303or, A\u030a, e\u0302\u0301: q\u0303\r\n",
)
LINES = ("\r\n\r\n one\t\r\r two \n\n\r\nthree  \n", "\n", "\r", "no line end", " \x0c\u2028 ", "")
KEPT = (  # other letters, other signs, line ends in other orders, and a long text
    "\u0418\u0306 \u03b1\u0301 \u00ea\u0301",
    "\ufeff\u00bd\u00e9a\x85b\x0bc\u2029d\xa0e\u200bf\xadg\x00h\x1ci",
    "\u2018x\u2019 \u2014 &amp; \\r \ufb01 \u2190 \U0001f600",
    "a\n\rb\r\r\nc" + 9 * "\n" + "d",
    300 * "ab ",
)


def judge_tidy(function):
    for text in (*ACCENTED, *LINES, *KEPT):
        answer, right = ask(function, text), tidy(text)
        if not isinstance(answer, str):
            return f"a string was expected, not {type(answer).__name__}."
        if answer == right:
            continue
        if "\r" in answer:
            return "a carriage return is left in the text."
        if answer == unicodedata.normalize("NFC", text).replace("\r", "\n"):
            return "one line end became two; replace the pair first and the single `\\r` after it."
        if answer == unicodedata.normalize("NFC", text).replace("\r", ""):
            return "a carriage return without a line feed is a line end too; your text lost it."
        if answer == unicodedata.normalize("NFKC", right):
            return "some sign, such as the ½, became others; use NFC, which leaves them alone."
        if unicodedata.normalize("NFC", answer) == right:
            return "an accent is still a character of its own; join it to its letter."
        if answer.strip() == right.strip():
            return "white space, such as a line end, has changed at the start or the end; keep it."
        if answer.split() == right.split():
            return "blank lines, spaces, tabs or the like have changed inside the text; keep them."
        if answer.isascii() and not right.isascii():
            return "the accents are gone; keep them, as one character with the letter."
        if len(answer) != len(right) > 60:
            return f"{len(text)} characters should become {len(right)}, not {len(answer)}."
        return f"{text!r} should become {right!r}, not {answer!r}."
    return None


EXERCISES = {
    "1.1": Exercise(
        judge=number(
            15,
            wrong={
                16: "the last window has no character after it, so it has no target.",
                19: "that is the number of characters.",
                14: "that is one too few: the last window ends just before the last character.",
            },
            question="where does the last window begin that still has a character after it?",
        ),
        solutions={"": Value('len("to be, or not to be") - 4  # 19 characters, so 15 windows')},
    ),
    "1.2": Exercise(
        judge=shape(
            (2, 5, 8),
            wrong={
                (2, 8, 5): "the vector of a character is the last axis, after the position.",
                (2, 5, 29): "that is what one-hot vectors give; the embedding has rows of 8.",
                (2, 5): "that is the shape of the ids, before the look-up.",
                (80,): "that is how many numbers there are; a shape says how many along each axis.",
                (2, 8): "every one of the 5 positions gets a vector, not only the last.",
                (5, 2, 8): "the windows of the batch come first, then the positions.",
            },
        ),
        solutions={"": Value("(2, 5, 8)")},
    ),
    "1.3": Exercise(judge=judge_every_target, solutions={"": every_target}),
    "1.4": Exercise(
        judge=judge_identity_embedding,
        solutions={
            "keras": Value("""
                import keras

                answer = keras.layers.Embedding(5, 5, weights=[np.eye(5)])
                """),
            "torch": Value("""
                import torch

                answer = torch.nn.Embedding.from_pretrained(torch.eye(5))
                """),
        },
    ),
    "1.5": Exercise(judge=judge_split_windows, solutions={"": split_windows}),
    "1.6": Exercise(judge=judge_tidy, solutions={"": tidy}),
}
