"""Exercises of chapter 9: places in a stream, resets, states that move, stay, or get lost."""

import numpy as np

from rnnlib import engines
from rnnlib.config import ModelConfig
from rnnlib.exercises import Exercise, Value, number

L, B, T, E, H = 2, 3, 4, 5, 6  # sizes on which the functions are tried
MARK = 7  # the id that ends a document


def not_written(*arguments):
    raise NotImplementedError


def draw(*shape, seed=0):
    """Numbers of a normal distribution."""
    return np.random.default_rng(seed).normal(0, 0.8, shape).astype(np.float32)


# 9.3: from the end of a pass to the next


def next_pass(state):
    state = np.roll(state, 1, axis=1)  # the end of row b is where row b + 1 begins
    state[:, 0] = 0  # nothing comes before row 0
    return state


PASS_MISTAKES = {
    "row 0 got the end of the whole text.": lambda state: np.roll(state, 1, axis=1),
    "the states moved up a row, not down.": lambda state: next_pass(state[:, ::-1])[:, ::-1],
    "the layers have changed places.": lambda state: np.roll(state, 1, axis=0),
    "every row goes back to its own beginning, which is another place.": lambda state: state,
    "all rows start from zeros, but only row 0 has nothing before it.": lambda state: 0 * state,
}


def judge_pass(function):
    return judge_state(function, next_pass, PASS_MISTAKES)


def judge_state(function, right, mistakes, *more, rows=B):
    """None where function(state, *more) is right and leaves its argument alone, else a hint."""
    before = draw(L, rows, H)
    given = before.copy()
    found = function(given, *more)
    if not isinstance(found, np.ndarray) or found.shape != before.shape:
        return f"return an array of the state's shape, {before.shape}."
    for hint, mistake in mistakes.items():
        if np.array_equal(found, mistake(before.copy(), *more)):
            return hint
    if not np.array_equal(found, right(before.copy(), *more)):
        return "some states are not those expected."
    if not np.array_equal(given, before):
        return "the array that was passed in has changed; work on a copy."
    return None


def in_place(function):
    """`function` that writes its result into the array it was given."""
    return lambda state, *more: np.copyto(state, function(state, *more)) or state


NO_ARRAY = {"return an array of": lambda state, *more: state[:, :1]}


# 9.4: rows whose document has ended


def reset_ended(state, ids, mark):
    ended = ids[:, -1] == mark  # (B,)
    return np.where(ended[None, :, None], 0, state)


ENDED_IDS = np.array([[1, 2, 3, MARK], [1, MARK, 2, 3], [MARK, 4, 5, 6], [1, 2, 3, 4]])


def reset_where(which):
    """`reset_ended` with another choice of rows: (ids == mark) (B, T) to (B,)."""
    return lambda state, ids, mark: np.where(which(ids == mark)[None, :, None], 0, state)


ENDED_MISTAKES = {
    "a mark inside a piece is not at its end.": reset_where(lambda marked: marked.any(axis=1)),
    "the last character of a piece counts, not the first.": reset_where(
        lambda marked: marked[:, 0]
    ),
    "the rows that ended were kept, the others reset.": reset_where(lambda marked: ~marked[:, -1]),
    "all rows were reset, because one of them had ended.": lambda state, ids, mark: 0 * state,
    "no row was reset.": lambda state, ids, mark: state,
}


def judge_ended(function):
    return judge_state(function, reset_ended, ENDED_MISTAKES, ENDED_IDS.copy(), MARK, rows=4)


# 9.5: writing


def write(model, ids, count):
    logits, state = model.forward(ids[None], model.init_state(1))
    written = []
    while len(written) < count:
        written.append(int(logits[0, -1].argmax()))
        logits, state = model.forward(np.array([written[-1:]]), state)
    return written


def write_otherwise(again=False, forget=False, stay=False):
    """`write` that reads everything again, from zeros, or from the state after the prompt."""

    def version(model, ids, count):
        logits, state = model.forward(ids[None], model.init_state(1))
        written = []
        while len(written) < count:
            written.append(int(logits[0, -1].argmax()))
            fed = [*ids, *written] if again else written[-1:]
            logits, new = model.forward(np.array([fed]), 0 * state if forget else state)
            state = state if stay else new
        return written

    return version


WRITE_MISTAKES = {
    "after each character the state is thrown away.": write_otherwise(forget=True),
    "every character is read from the state after the prompt.": write_otherwise(stay=True),
    "the prompt is read again, on top of a state that has read it.": write_otherwise(again=True),
}


def judge_write(function):
    model = engines.build(ModelConfig(9, E, H, cell="gru"), "numpy")
    model.set_params({name: 3 * draw(*p.shape, seed=5) for name, p in model.get_params().items()})
    prompt = np.array([1, 2, 3, 4, 1, 2])
    found = function(model, prompt.copy(), 12)
    if not isinstance(found, list | np.ndarray) or len(found) != 12:
        return "return a list of as many ids as were asked for."
    for hint, mistake in WRITE_MISTAKES.items():
        if np.array_equal(found, mistake(model, prompt, 12)):
            return hint
    return None if np.array_equal(found, write(model, prompt, 12)) else "the ids are not right."


# 9.6: a look that leaves no trace


def peek_keras(layer, x):
    kept = [state.numpy() for state in layer.states]
    layer.reset_state()
    hs = layer(x)
    for state, value in zip(layer.states, kept, strict=True):
        state.assign(value)
    return hs


def peek_torch(layer, x):
    kept, layer.state = layer.state, None
    hs = layer(x)
    layer.state = kept
    return hs


PEEK_HINTS = (  # the first that can go wrong comes first
    "your answer stopped in both frameworks.",
    "it should return what the layer says to x after a reset.",
    "it went on from the state that was there, and not from zeros.",
    "afterwards the state is zero: what was there before is lost.",
    "afterwards the state is that of the new text: put the old one back.",
)


def judge_peek(function):
    reached = [try_layer(function, *made) for made in (keras_layer(), torch_layer())]
    return None if None in reached else PEEK_HINTS[max(reached)]


def try_layer(function, layer, tensor, numbers, forget):
    """None when the function reads from zeros and leaves the layer's state, else a hint's place."""
    first, x = (tensor(draw(B, T, E, seed=seed)) for seed in (1, 2))
    afresh = numbers(layer(x))
    forget(layer)
    layer(first)
    going_on = numbers(layer(x))
    forget(layer)
    layer(first)
    try:
        found = numbers(function(layer, x))
        after = numbers(layer(x))
    except NotImplementedError:
        raise
    except Exception:
        return 0
    said = (found, going_on), (found, afresh), (after, afresh), (after, going_on)
    continued, fresh, emptied, kept = (a.shape == b.shape and np.allclose(a, b) for a, b in said)
    if continued or not fresh:
        return 2 if continued else 1
    return 3 if emptied else None if kept else 4


def keras_layer():
    """A stateful layer, and functions: to a tensor, to numbers, and to set its state to zero."""
    import tensorflow as tf
    from keras import layers

    layer = layers.LSTM(H, return_sequences=True, stateful=True)
    layer.build((B, None, E))
    return layer, tf.constant, np.array, lambda layer: layer.reset_state()


def torch_layer():
    """As `keras_layer`, for the class of the chapter."""
    import torch

    class StatefulLSTM(torch.nn.LSTM):
        state = None  # zeros

        def forward(self, x):
            hs, state = super().forward(x, self.state)
            self.state = tuple(part.detach() for part in state)
            return hs

    torch.manual_seed(0)
    layer = StatefulLSTM(E, H, batch_first=True)
    return layer, torch.tensor, lambda hs: hs.detach().numpy(), forget_torch


def forget_torch(layer):
    layer.state = None


def careless_peek(forget_after):
    """`peek_torch` that does not put the old state back."""

    def version(layer, x):
        layer.state = None
        hs = layer(x)
        layer.state = None if forget_after else layer.state
        return hs

    return version


PLACES = {
    3650: "pieces that follow each other stand in one row, not in one batch.",
    30300: "batches are counted from 0, so seven pieces of the row came before.",
    20350: "rows are counted from 0, so three whole rows came before.",
}
COSTS = {
    1.745: "that is for pieces of 200; here a reset comes every 500 characters.",
    1.682: "a reset costs something, so the loss is higher.",
    10.7: "the 9 nats are a sum; share them out among 500 characters.",
    0.018: "that is what the resets add; the loss without them comes on top.",
}

EXERCISES = {
    "9.1": Exercise(
        judge=number(30350, wrong=PLACES),
        solutions={"": Value("3 * 10_000 + 7 * 50  # a row holds 200 pieces of 50")},
        wrong={hint: value for value, hint in PLACES.items()},
    ),
    "9.2": Exercise(
        judge=number(1.718, tolerance=6e-4, wrong=COSTS),
        solutions={"": Value("1.70 + 9 / 500")},
        wrong={hint: value for value, hint in COSTS.items()},
    ),
    "9.3": Exercise(
        judge=judge_pass,
        solutions={"": next_pass},
        wrong=PASS_MISTAKES | {"has changed": in_place(next_pass), **NO_ARRAY},
        stub=not_written,
    ),
    "9.4": Exercise(
        judge=judge_ended,
        solutions={"": reset_ended},
        wrong=ENDED_MISTAKES | {"has changed": in_place(reset_ended), **NO_ARRAY},
        stub=not_written,
    ),
    "9.5": Exercise(
        judge=judge_write,
        solutions={"": write},
        wrong=WRITE_MISTAKES | {"a list of as many": lambda model, ids, count: [0]},
        stub=write_otherwise(forget=True),
    ),
    "9.6": Exercise(
        judge=judge_peek,
        solutions={"keras": peek_keras, "torch": peek_torch},
        wrong={
            "not from zeros": lambda layer, x: layer(x),
            "is lost": careless_peek(True),
            "put the old one back": careless_peek(False),
            "after a reset": lambda layer, x: 2 * peek_torch(layer, x),
            "in both frameworks": lambda layer, x: layer.peek(x),
        },
        stub=not_written,
    ),
}
