"""Exercises of chapter 5: sliding a window, what a loss can tell, every step, a carried state."""

import sys
from contextlib import contextmanager
from functools import partial

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask, function, knows, number

V, E, H = 29, 8, 16  # characters of the pangram, embedding, hidden units
PROMPTS = [  # seed, ids, length
    (0, [3, 1, 4, 1], 8),
    (1, [5], 1),
    (21, [2, 7, 1, 8, 2, 8, 11, 28, 0, 4], 20),
]
SHAPES = sorted([(E, V), (E, H), (H, H), (H,), (H, V), (V,)])  # each with the smaller size first


# 5.2


def slide(windows, next_ids):
    return np.column_stack([windows[:, 1:], next_ids])


def replace_last(windows, next_ids):
    return np.column_stack([windows[:, :-1], next_ids])


USUAL_SLIDES = {
    "the new character stands at every position; it belongs only at the last.": (
        lambda windows, next_ids: np.repeat(next_ids[:, None], windows.shape[1], axis=1)
    ),
    "the last character was replaced, but the others did not move to the left.": replace_last,
    "the texts have changed places: move along axis 1, the time, not along axis 0.": (
        lambda windows, next_ids: replace_last(np.roll(windows, -1, axis=0), next_ids)
    ),
    "the oldest character came round to the end: move first, then write.": (
        lambda windows, next_ids: np.roll(replace_last(windows, next_ids), -1, axis=1)
    ),
    "without an axis `np.roll` takes the characters of one text into the next.": (
        lambda windows, next_ids: np.roll(windows, -1)
    ),
    "without an axis `np.roll` moves characters between texts; move first.": (
        lambda windows, next_ids: np.roll(replace_last(windows, next_ids), -1)
    ),
    "the new character stands at the first position; it belongs at the last.": (
        lambda windows, next_ids: np.column_stack([next_ids, windows[:, 1:]])
    ),
    "the window has moved to the right; drop the oldest, which is the first.": (
        lambda windows, next_ids: np.column_stack([next_ids, windows[:, :-1]])
    ),
}


def drawn_windows():
    rng = np.random.default_rng(4)
    for shape in ((3, 5), (2, 7), (4, 2), (1, 10), (5, 1)):
        yield rng.integers(1000, size=shape), rng.integers(1000, size=shape[0])
    yield rng.integers(70_000, size=(9, 15)), rng.integers(70_000, size=9)


def explain_slide(found, windows, next_ids):
    right = slide(windows, next_ids)
    return (
        f"among {len(windows)} texts, {windows[-1].tolist()} and then {next_ids[-1]} should "
        f"give {right[-1].tolist()}, and each other text likewise; yours gives "
        f"{found[-1].tolist()}."
    )


# 5.5


def judge_every_step(model):
    """Right for any axis order and any engine, with the layers of the chapter where they show."""
    if isinstance(model, type):
        return "that is the class; make a model of it, and hand that over."
    if not callable(model) and not hasattr(model, "init_state"):
        return f"a model was expected, not {type(model).__name__}."
    rng = np.random.default_rng(0)
    ids = rng.integers(V, size=(3, 5))
    first = scores_of(model, ids)
    axes = find_axes(first.shape, ids)
    for sizes in ((2, 40), (1, 3), (4, 1), (1, 1)):
        found = scores_of(model, rng.integers(V, size=sizes)).shape
        expected = tuple(np.array([*sizes, V])[axes].tolist())
        if found != expected:
            return f"ids of shape {sizes} should give {expected}, not {found}."

    def read(ids):
        return scores_of(model, ids).transpose(np.argsort(axes))  # (B, T, V)

    first = first.transpose(np.argsort(axes))
    return (
        judge_reading(read, ids, first)
        or judge_scores(model, read, ids, first)
        or judge_layers(model, read, ids)
    )


def find_axes(found, ids):
    """Where batch, time and scores stand in what the model gives; a Hint when one is missing."""
    rows, steps = ids.shape
    if found in ((rows, V), (V, rows)):
        raise Hint("only one step answers; keep the states of all steps.")
    if len(found) == 3 and found[:2] == ids.shape and found[2] != V:
        raise Hint(
            f"each step gives {found[2]} numbers, but {V} scores were asked for; a last layer "
            "makes them of the state."
        )
    if sorted(found) != sorted((rows, steps, V)):
        raise Hint(f"ids of shape {ids.shape} should give {(rows, steps, V)}, not {found}.")
    return [(rows, steps, V).index(size) for size in found]


def judge_reading(read, ids, both):
    """None when each row is read alone, forwards and with a memory, else the hint."""
    late, early = ids.copy(), ids.copy()
    late[:, -1] = (late[:, -1] + 1) % V
    early[:, 0] = (early[:, 0] + 1) % V
    if not np.isfinite(both).all():
        return "some scores are not finite numbers."
    if np.ptp(both, axis=-1).max() < 1e-7:
        return f"the {V} scores of a step are all the same."
    if not np.allclose(both, read(ids), atol=1e-5):
        return "the same ids get other scores at the second call: something is kept, or drawn anew."
    if not np.allclose(both[1:], read(ids[1:]), atol=1e-5):
        return "a text gets other scores beside another text: are batch and time swapped?"
    if not np.allclose(both[:, :-1], read(late)[:, :-1], atol=1e-5):
        return "a step knows what comes after it; it may look back only."
    moved = abs(both - read(early)).max(axis=(0, 2))  # (T,)
    if moved[1] < 1e-7:
        return "a step does not depend on the one before it; a recurrent layer is missing."
    if (moved[2:5] == 0).any():
        return "a step forgets what came more than a few steps before; a recurrent layer does not."
    return None


def judge_scores(model, read, ids, scores):
    """None for scores or probabilities over the characters, else the hint.

    With the weights made 30 times as large, a layer for the scores leaves every bound behind.
    """
    if scores.min() >= 0 and not sum_to_one(scores):
        if (scores == 0).mean() > 0.1:
            return "the scores below 0 are cut off: leave them as they are, or use softmax."
        return (
            f"the {V} numbers of a step are never negative, but do not sum to 1: use softmax, not "
            "sigmoid, or leave the scores as they are."
        )
    with larger_weights(model, 30) as found:
        if not found:
            return None
        scores = read(ids)
    if scores.min() >= 0 and sum_to_one(scores):
        scores = np.log(np.maximum(scores, 1e-30))
    if np.ptp(scores, axis=-1).max() <= 2 + 1e-4:
        return (
            "however large the weights, the scores of a step lie within 2 of each other, as "
            "behind a tanh; end in a layer that has none."
        )
    return None


def judge_layers(model, read, ids):
    """None when the weights, where they can be had, are those of the chapter, else the hint."""
    with larger_weights(model, 2) as found:
        if not found:
            return None
        shapes = sorted(tuple(sorted(value.shape)) for value in found)
        if shapes not in (SHAPES, sorted([*SHAPES, (H,)])):
            return (
                f"your layers hold {sum(value.size for value in found):,} numbers; those of this "
                "chapter, with an embedding of 8 and a simple cell of 16, hold 1,125, or 1,141 in "
                "PyTorch."
            )
        given = log_softmax(read(ids))
        for turned in (False, True):  # W_hh alone has a shape that does not tell its layout
            if np.allclose(given, log_softmax(chapter_scores(found, ids, turned)), atol=1e-2):
                return None
    return (
        "the sizes are right, but the network of this chapter, with a tanh in its cell, would give "
        "other scores from your weights."
    )


def chapter_scores(found, ids, turned):
    """Scores (B, T, V) of the chapter's network, from arrays that are known by their shapes."""
    by_shape = {tuple(sorted(value.shape)): value.astype("float64") for value in found}
    embed, W_xh, W_hy = (
        by_shape[key] if by_shape[key].shape == shape else by_shape[key].T
        for key, shape in (((E, V), (V, E)), ((E, H), (E, H)), ((H, V), (H, V)))
    )
    W_hh = by_shape[H, H].T if turned else by_shape[H, H]
    b_h = sum(value for value in found if value.shape == (H,))
    h, scores = 0, []
    for t in range(ids.shape[1]):
        before = h @ W_hh if t else 0
        h = np.tanh(embed[ids[:, t]] @ W_xh + before + b_h)
        scores.append(h @ W_hy + by_shape[V,])
    return np.stack(scores, axis=1)


def log_softmax(scores):
    """Logarithms of the probabilities, from them or from scores; none below -60."""
    if scores.min() >= 0 and sum_to_one(scores):
        return np.log(np.maximum(scores, np.exp(-60)))
    scores = scores - scores.max(axis=-1, keepdims=True)
    return np.maximum(scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True)), -60)


def sum_to_one(scores):
    return np.allclose(scores.sum(axis=-1), 1, atol=1e-4)


def is_torch(model):
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


@contextmanager
def larger_weights(model, factor):
    """The model with all its weights times `factor`, for a while, and these arrays, if any."""
    if hasattr(model, "get_params"):
        before, put = model.get_params(), model.set_params
    elif is_torch(model):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        put = model.load_state_dict
    elif hasattr(model, "get_weights"):
        before = dict(enumerate(model.get_weights()))

        def put(weights):
            model.set_weights(list(weights.values()))
    else:
        yield []
        return
    try:
        larger = {name: factor * value for name, value in before.items()}
        put(larger)
        yield [np.asarray(value) for value in larger.values()]
    finally:
        put(before)


def scores_of(model, ids):
    """What the model gives for an array of ids, in any engine, as an array."""
    if hasattr(model, "init_state"):  # the library's CharRNN
        return np.asarray(model.forward(ids, model.init_state(len(ids)))[0])
    if not is_torch(model):
        return read_scores(model(ids.copy()))
    import torch

    training = model.training
    try:
        with torch.no_grad():
            return read_scores(model.eval()(torch.from_numpy(ids.copy())))
    finally:
        model.train(training)


def read_scores(scores):
    if isinstance(scores, tuple):
        raise Hint("the model returns several things; return the scores alone.")
    return array(scores, "what the model gives")


# 5.6


def continue_text(model, ids, length):
    state, written = model.init_state(1), []
    for _ in range(length):
        logits, state = model.forward(np.array([ids]), state)
        ids = [int(logits[0, -1].argmax())]
        written += ids
    return written


class Counting:
    """A small model with a state that counts what it reads, and refuses what has another shape."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.embed, self.W_hh, self.W_hy = (
            rng.normal(size=shape) for shape in ((V, H), (H, H), (H, V))
        )
        self.read = 0

    def __deepcopy__(self, memo):
        return self  # so that what an answer reads is counted here

    def init_state(self, batch_size):
        return np.zeros((1, batch_size, H))

    def forward(self, ids, state):
        ids, state = np.asarray(ids), np.asarray(state)
        if ids.ndim != 2 or ids.dtype.kind not in "iu":
            raise Hint(
                f"the method `forward` takes ids of shape (1, T), not {ids.dtype} of {ids.shape}."
            )
        if len(ids) != 1 or state.shape != (1, 1, H):
            raise Hint("read one text: ids of shape (1, T), and the state of init_state(1).")
        if (outside := ids[(ids < 0) | (ids >= V)]).size:
            raise Hint(
                f"`forward` was given the id {outside[0]}, but the ids go from 0 to {V - 1}. An "
                "argmax over all scores counts on past the last id; take `logits[0, -1].argmax()`."
            )
        h, logits = state[0], np.zeros((*ids.shape, V))
        for t in range(ids.shape[1]):
            self.read += 1
            h = np.tanh(self.embed[ids[:, t]] + h @ self.W_hh / 4)
            logits[:, t] = h @ self.W_hy
        return logits, h[None]


def continue_with(
    read=lambda ids, new: [new],
    choose=lambda logits: logits[0, -1].argmax(),
    carry=lambda step, before, after: after,
):
    """A loop like `continue_text` with another part: what is read next, chosen, or carried on."""

    def version(model, ids, length):
        state, written = model.init_state(1), []
        for step in range(length):
            logits, after = model.forward(np.array([ids]), state)
            written.append(int(choose(logits)))
            ids = read(ids, written[-1])
            state = carry(step, state, after)
        return written

    return version


def last_read_twice(model, ids, length):
    _, state = model.forward(np.array([ids]), model.init_state(1))
    ids, written = ids[-1:], []
    for _ in range(length):
        logits, state = model.forward(np.array([ids]), state)
        ids = [int(logits[0, -1].argmax())]
        written += ids
    return written


USUAL_LOOPS = {
    "the state begins anew at each step; hand on the one that `forward` returned.": (
        continue_with(carry=lambda step, before, after: before)
    ),
    "the last character of the prompt is read twice, and the state takes it for two.": (
        last_read_twice
    ),
    "take the scores after the last character read, `logits[0, -1]`.": (
        continue_with(choose=lambda logits: logits[0, 0].argmax())
    ),
    "the prompt is forgotten: keep the state that `forward` returned for it.": (
        continue_with(carry=lambda step, before, after: after if step else before)
    ),
    "the same character is read for ever; read the one that was chosen.": (
        continue_with(read=lambda ids, new: ids[-1:])
    ),
    "the whole text is read again, by a state that has read it already.": (
        continue_with(read=lambda ids, new: [*ids, new])
    ),
    "the state stays that of the prompt; hand on what each `forward` returns.": (
        continue_with(carry=lambda step, before, after: before if step else after)
    ),
    "the whole window is read again, by a state that has read it; read the new id alone.": (
        continue_with(read=lambda ids, new: [*ids[1:], new])
    ),
}


@knows(USUAL_LOOPS)
def judge_continue(function):
    """The right ids for several prompts, with each character read once; else the hint."""
    found, read = [], []
    for seed, prompt, length in PROMPTS:
        model = Counting(seed)
        ids = ask(function, model, prompt, length, wanted="return the new ids")
        ids = array(ids, "what the function returns")
        if ids.size == len(prompt) + length and np.array_equal(ids.ravel()[: len(prompt)], prompt):
            return "the prompt stands in front of the new ids; return those alone."
        if ids.size != length:
            return f"{length} new ids were asked for, and {ids.size} came back."
        found.append(ids.ravel())
        read.append(model.read)
    if not same_ids(found, continue_text):
        for hint, usual in USUAL_LOOPS.items():
            if same_ids(found, usual):
                return hint
        for ids, (seed, prompt, length) in zip(found, PROMPTS, strict=True):
            right = continue_text(Counting(seed), prompt, length)
            if not np.array_equal(ids, right):
                return f"after {prompt} should come {right}, not {ids.tolist()}."
    for times, (_, prompt, length) in zip(read, PROMPTS, strict=True):
        if times > len(prompt) + length:
            return (
                f"the ids are right, but {times} characters were read for a prompt of "
                f"{len(prompt)} and {length} new ones: read each once, and carry the state."
            )
        if times < len(prompt) + length - 1:
            return (
                f"only {times} characters were read for a prompt of {len(prompt)} and {length} new "
                "ones: the prompt is to be read from its beginning."
            )
    return None


def same_ids(found, function):
    """Whether the function writes these ids after every prompt."""
    return all(
        np.array_equal(ids, function(Counting(seed), prompt, length))
        for ids, (seed, prompt, length) in zip(found, PROMPTS, strict=True)
    )


EXERCISES = {
    "5.1": Exercise(
        judge=number(
            31073,
            wrong={
                31201: "that counts two biases in the cell, as PyTorch has them.",
                30945: "the cell has a bias too.",
                31008: "the output layer has a bias too.",
                30880: "both the cell and the output layer have a bias.",
                14689: "the recurrent matrix, state to state, is missing.",
            },
            question=(
                "how many numbers has each part: the embedding, the cell with its two matrices "
                "and a bias, the output layer with a matrix and a bias?"
            ),
        ),
        solutions={
            "": Value("""
                V, E, H = 65, 32, 128
                answer = V * E + (E * H + H * H + H) + (H * V + V)
                """)
        },
    ),
    "5.2": Exercise(
        judge=function(
            drawn_windows,
            slide,
            explain_slide,
            USUAL_SLIDES,
            partial(ask, wanted="return the new windows"),
            np.array_equal,
            wanted="an array",
        ),
        solutions={"": slide},
    ),
    "5.3": Exercise(
        judge=number(
            2,
            wrong={
                1: "after an `o` of the windows comes `w`, `x`, `v` or `g`.",
                3: "that is enough, but not the least.",
                4: "`he ` is followed by `q` as well, but that `q` is not among the 34 targets.",
                10: "that is the whole window; far less is needed.",
            },
            question=(
                "which character of the sentence is followed by several others, and what stands "
                "before it each time?"
            ),
        ),
        solutions={
            "": Value("""
                text = "The quick brown fox jumps over the lazy dog."
                for k in range(10, 0, -1):
                    nexts = {}
                    for i in range(10, len(text)):
                        nexts.setdefault(text[i - k : i], set()).add(text[i])
                    if all(len(found) == 1 for found in nexts.values()):
                        answer = k
                answer = answer
                """)
        },
    ),
    "5.4": Exercise(
        judge=number(
            float(np.log(np.e + 28) - 1),
            tolerance=0.005,
            wrong={
                0.0: "that is the lowest with one softmax; the second one flattens a 1.",
                2.4: "that may be right to one digit; give two digits after the point.",
                float(np.log(29)): "that is the loss of a model that knows nothing.",
                float(np.e / (np.e + 28)): "that is the probability of the target, not its loss.",
                float((np.log(np.e + 28) - 1) / np.log(2)): "that is right in bits, not in nats.",
                float(1 - np.log(np.e + 28)): "a loss is minus the logarithm, so not negative.",
                float(np.log(np.e + 29) - 1): "with the 1 come 28 zeros, not 29.",
            },
            question="what does a softmax make of one score of 1 and 28 scores of 0?",
        ),
        solutions={"": Value("float(np.log(np.e + 28) - 1)")},
    ),
    "5.5": Exercise(
        judge=judge_every_step,
        solutions={
            "keras": Value("""
                import keras
                from keras import layers

                answer = keras.Sequential([
                    keras.Input((None,)),
                    layers.Embedding(29, 8),
                    layers.SimpleRNN(16, return_sequences=True),
                    layers.Dense(29, activation="softmax"),
                ])
                """),
            "torch": Value("""
                import torch
                from torch import nn


                class EveryStep(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.embed = nn.Embedding(29, 8)
                        self.rnn = nn.RNN(8, 16, batch_first=True)
                        self.out = nn.Linear(16, 29)

                    def forward(self, ids):
                        hs, _ = self.rnn(self.embed(ids))
                        return self.out(hs)


                answer = EveryStep()
                """),
        },
    ),
    "5.6": Exercise(judge=judge_continue, solutions={"": continue_text}),
}
