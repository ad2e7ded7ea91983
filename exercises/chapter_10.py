"""Exercises of chapter 10: places in a stream, resets, states that move, stay, or get lost."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask_numbers, close, either, function, in_turn, number
from rnnlib import models
from rnnlib.models import ModelConfig


def draw(*shape, seed=0):
    """Numbers of a normal distribution, of both signs and none of them 0."""
    return np.random.default_rng(seed).normal(0, 0.8, shape).astype(np.float32)


def judge_states(cases, right, mistakes):
    """A judge for a function that gives a new state (layers, rows, numbers) for each case."""

    def explain(answer, *case):
        layer, row = map(int, np.argwhere(answer != right(*case))[0, :2])
        shape = "a state of (layers, rows, numbers) = " + str(answer.shape)
        return f"for {shape} the numbers in layer {layer}, row {row} are not those expected."

    return function(
        lambda: cases, right, explain, mistakes, ask_numbers, np.array_equal, wanted="a state"
    )


# 10.3: from the end of a pass to the next


def next_pass(state):
    state = np.roll(state, 1, axis=1)  # the end of row b is where row b + 1 begins
    state[:, 0] = 0  # nothing comes before row 0
    return state


def smear(state):
    """`next_pass` that copies row after row into the array that it reads from."""
    state = state.copy()
    for row in range(1, state.shape[1]):
        state[:, row] = state[:, row - 1]
    state[:, 0] = 0
    return state


def first_row_zero(state):
    """The state with zeros in row 0 of each layer, and the other rows as they are."""
    return np.concatenate([0 * state[:, :1], state[:, 1:]], axis=1)


def keep_first(state):
    """`next_pass` that forgets to set row 0 to zeros."""
    return np.concatenate([state[:, :1], state[:, :-1]], axis=1)


PASS_CASES = [
    (draw(*shape, seed=seed),)
    for seed, shape in enumerate([(2, 3, 6), (1, 1, 4), (3, 5, 2), (1, 2, 3), (2, 4, 4), (5, 9, 2)])
]
PASS_MISTAKES = {
    "row 0 got the end of the whole text.": lambda state: np.roll(state, 1, axis=1),
    "row 0 kept the end of its own text, but nothing comes before its beginning.": keep_first,
    "the states moved up a row, not down.": lambda state: next_pass(state[:, ::-1])[:, ::-1],
    "the layers have changed places.": lambda state: np.roll(state, 1, axis=0),
    "the layers have changed places: it is the rows, the second axis, that move.": (
        lambda state: first_row_zero(np.roll(state, 1, axis=0))
    ),
    "the numbers inside each state have changed places.": lambda state: np.roll(state, 1, axis=2),
    "the numbers in each state have changed places: the rows, the second axis, must move.": (
        lambda state: first_row_zero(np.roll(state, 1, axis=2))
    ),
    "row 0 starts from zeros, but each other row still has the end of its own text.": (
        first_row_zero
    ),
    "every row goes back to its own beginning, which is another position.": lambda state: state,
    "all rows start from zeros, but only row 0 has nothing before it.": lambda state: 0 * state,
    "a row was overwritten before the next one could read it.": smear,
}


# 10.4: rows whose document has ended


def reset_ended(state, ids, mark):
    ended = ids[:, -1] == mark  # (B,)
    return np.where(ended[None, :, None], 0, state)


def ended_case(L, H, ids, mark, seed):
    """A state (L, B, H), ids (B, T) in which -1 stands for the mark, and the mark."""
    ids = np.array(ids)
    return draw(L, len(ids), H, seed=seed), np.where(ids < 0, mark, ids), mark


ENDED_CASES = [
    ended_case(2, 6, [[1, 2, 3, -1], [1, -1, 2, 3], [-1, 4, 5, 6], [1, 2, 3, 4]], 7, seed=0),
    ended_case(1, 3, [[5, 2, -1]], 0, seed=1),
    ended_case(3, 2, [[4]], 9, seed=2),
    ended_case(1, 4, [[-1], [3], [-1]], 12, seed=3),
    ended_case(2, 5, [[-1, 6], [6, -1], [-1, -1], [3, 6], [6, 6]], 0, seed=4),
    ended_case(3, 4, [[2, 8, -1], [-1, 8, -1], [-1, 2, 8]], 5, seed=5),
    ended_case(4, 2, [[1, 2, 3, 4, 5, 6 - 7 * (b % 3 == 0)] for b in range(9)], 8, seed=6),
]


def reset_where(which):
    """`reset_ended` with another choice of rows: (ids == mark) (B, T) to (B,)."""
    return lambda state, ids, mark: np.where(which(ids == mark)[None, :, None], 0, state)


ENDED_MISTAKES = {
    "behind a mark inside a chunk the next document has begun, and the state is its own.": (
        reset_where(lambda marked: marked.any(axis=1))
    ),
    "the last character of a chunk counts, not the first.": reset_where(
        lambda marked: marked[:, 0]
    ),
    "the rows that ended were kept, the others reset.": reset_where(lambda marked: ~marked[:, -1]),
    "all rows were reset wherever one of them had ended.": reset_where(
        lambda marked: np.repeat(marked[:, -1].any(), len(marked))
    ),
    "all rows were reset, always.": lambda state, ids, mark: 0 * state,
    "no row was reset.": lambda state, ids, mark: state,
    "only the first layer was reset.": lambda state, ids, mark: np.concatenate(
        [reset_ended(state[:1], ids, mark), state[1:]]
    ),
}


def judge_memory(function):
    for state, ids, mark in ENDED_CASES:
        given = state.copy()
        if np.shares_memory(array(function(given, ids, mark)), given):
            return "at times it returns the array that it was given: return one of its own."
    return None


# 10.5: writing


def write(model, ids, count):
    logits, state = model.forward(ids[None], model.init_state(1))
    written = []
    while len(written) < count:
        written.append(int(logits[0, -1].argmax()))
        logits, state = model.forward(np.array([written[-1:]]), state)
    return written


def write_otherwise(memory=1, stay=False, again=False, times=1, place=-1, pick=np.argmax):
    """`write` with one thing done wrongly."""

    def version(model, ids, count):
        logits, state = model.forward(ids[None], model.init_state(1))
        logits, written = logits[:, place:], []
        while len(written) < count:
            written.append(int(pick(logits[0, 0 if place == 0 else -1])))
            fed = np.array([[*ids, *written] if again else written[-1:] * times])
            logits, new = model.forward(fed, memory * state)
            state = state if stay else new
        return written

    return version


def read_last_again(model, ids, count):
    """`write` whose loop begins with the last character of the prompt, which was read before."""
    _, state = model.forward(ids[None], model.init_state(1))
    written = [ids[-1]]
    while len(written) <= count:
        logits, state = model.forward(np.array([written[-1:]]), state)
        written.append(int(logits[0, -1].argmax()))
    return written[1:]


WRITE_MISTAKES = {
    "after each character the state is thrown away.": write_otherwise(memory=0),
    "every character is read from the state after the prompt.": write_otherwise(stay=True),
    "the prompt is read again, on top of a state that has read it.": write_otherwise(again=True),
    "every character that was written is read twice.": write_otherwise(times=2),
    "the last character of the prompt is read twice.": read_last_again,
    "the first character that the model says is missing.": lambda model, ids, count: write(
        model, ids, count + 1
    )[1:],
    "the first character must be the one after the whole prompt.": write_otherwise(place=0),
    "these are the least likely characters.": write_otherwise(pick=np.argmin),
}
WRITE_CASES = [  # cell, characters known, layers, seed, prompt, count
    ("gru", 9, 1, 266, [1, 2, 3, 4, 1, 2], 12),
    ("lstm", 11, 2, 9, [10], 15),
    ("rnn", 7, 1, 293, [6, 6, 0], 1),
    ("rnn", 13, 2, 114, [0, 12, 5, 5], 20),
    ("lstm", 8, 1, 131, [3, 7], 9),
]


def written_cases():
    """(model, prompt, count) of every case.

    The seeds give models whose texts vary, differ with every one of the mistakes, and whose
    likeliest character is clear at each step.
    """
    for cell, V, layers, seed, prompt, count in WRITE_CASES:
        model = models.build(ModelConfig(V, 4, 6, num_layers=layers, cell=cell), "numpy")
        shapes = {name: value.shape for name, value in model.get_params().items()}
        model.set_params({name: 3 * draw(*shape, seed=seed) for name, shape in shapes.items()})
        yield model, np.array(prompt), count


def ask_ids(function, model, prompt, count):
    answer = ask_numbers(function, model, prompt, count)
    if answer.shape == (len(prompt) + count,):
        raise Hint("return the new characters alone, without the prompt.")
    if answer.shape != (count,):
        raise Hint(f"return a list of as many ids as `count` says, {count} in one of the trials.")
    return answer


def explain_write(answer, model, prompt, count):
    wrong = np.flatnonzero(answer != write(model, prompt, count))
    return f"after a prompt of {len(prompt)}, character {wrong[0]} is not the likeliest."


# 10.6: a look that leaves no trace


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


PEEK_SIZES = [(3, 2, 5, 6, True), (3, 2, 5, 6, False), (1, 2, 3, 2, True), (4, 1, 2, 5, True)]
CONTINUED = "it went on from the state that was there, and not from zeros."
NOT_FRESH = "it should return what the layer says to x after a reset."
EMPTIED = "afterwards the state is zero: what was there before is lost."
REPLACED = "afterwards the state is that of the new text: put the old one back."
HALF = "afterwards only one of the two parts of the state, h and c, is what it was."
CHANGED = "afterwards the state is not what it was before."
UNREAD = "a layer that has read nothing yet is wanted too; its state is zeros (in PyTorch, None)."
SPOILT = "the layer's weights, or x, are not what they were before."
STUCK = "afterwards the layer no longer goes on from its state as it did."
NO_NUMBERS = "what peek returns should hold numbers"
RETURNED = (NO_NUMBERS, NOT_FRESH, CONTINUED)
STAGES = (*RETURNED, EMPTIED, REPLACED, HALF, CHANGED, SPOILT, STUCK, UNREAD)


def how_far(hint):
    """At which of the STAGES an answer failed; the farther one was meant for that framework."""
    return next(i for i, stage in enumerate(STAGES) if hint.startswith(stage))


def try_all(make):
    """A judge: the hint for the first layer on which the function fails, or None."""

    def judge(function):
        for *sizes, begun in PEEK_SIZES:
            try:
                hint = try_layer(function, *make(function, *sizes), *sizes[:3], begun)
            except (NotImplementedError, Hint):
                raise
            except Exception:
                if begun:
                    raise
                return UNREAD
            if hint:
                return hint
        return None

    return judge


def try_layer(function, layer, tensor, read, write_state, B, T, E, begun):
    """None when the function reads from zeros and leaves the layer as it was, else a hint.

    `read` gives the layer's state as two arrays (B, H), `write_state` sets it; None is zeros.
    """
    x, before = tensor(draw(B, T, E, seed=2)), tensor(draw(B, T, E, seed=1))
    write_state(layer, None)
    fresh, ended = array(layer(x)), read(layer)
    write_state(layer, None)
    if begun:
        layer(before)
    kept, going_on = read(layer), array(layer(x))
    write_state(layer, kept if begun else None)
    weights = read_weights(layer)
    found, after = array(function(layer, x), "what peek returns"), read(layer)
    if not close(found, fresh):
        return CONTINUED if close(found, going_on) else NOT_FRESH
    same = [close(now, then) for now, then in zip(after, kept, strict=True)]
    if any(same) and not all(same):
        return HALF
    if not all(same):
        zero = not any(part.any() for part in after)
        replaced = all(map(close, after, ended))
        return EMPTIED if zero else REPLACED if replaced else CHANGED
    if not close(x, draw(B, T, E, seed=2)) or read_weights(layer) != weights:
        return SPOILT
    return None if close(layer(x), going_on) else STUCK


def read_weights(layer):
    """The bytes of a layer's trainable weights."""
    weights = getattr(layer, "trainable_variables", None) or list(layer.parameters())
    return [array(weight).tobytes() for weight in weights]


def keras_layer(function, B, T, E, H):
    """A stateful layer, and functions: to a tensor, to read its state, and to set it."""
    import keras
    import tensorflow as tf

    def write_state(layer, parts):
        for state, part in zip(layer.states, parts or [0 * s for s in layer.states], strict=True):
            state.assign(part)

    layer = keras.layers.LSTM(H, return_sequences=True, stateful=True)
    layer.build((B, None, E))
    for weight in layer.trainable_variables:
        weight.assign(draw(*weight.shape))
    return layer, tf.constant, lambda layer: [array(s).copy() for s in layer.states], write_state


def torch_layer(function, B, T, E, H):
    """As `keras_layer`, for the class of the chapter; the reader's own where there is one."""
    import torch

    class StatefulLSTM(torch.nn.LSTM):
        state = None  # zeros

        def forward(self, x):
            hs, state = super().forward(x, self.state)
            self.state = tuple(part.detach() for part in state)
            return hs

    def read(layer):
        if layer.state is None:
            return [np.zeros((1, B, H), np.float32)] * 2
        return [array(part).copy() for part in layer.state]

    def write_state(layer, parts):
        layer.state = None if parts is None else tuple(map(torch.tensor, parts))

    theirs = getattr(function, "__globals__", {}).get("StatefulLSTM")
    ours = isinstance(theirs, type) and issubclass(theirs, torch.nn.LSTM)
    torch.manual_seed(0)
    layer = (theirs if ours else StatefulLSTM)(E, H, batch_first=True)
    return layer, torch.tensor, read, write_state


PLACES = {
    7 * 500 + 3 * 50: "chunks that follow each other stand in one row, not in one batch.",
    30300: "batches are counted from 0, so seven chunks of the row came before.",
    20350: "rows are counted from 0, so three whole rows came before.",
    30400: "batches are counted from 0, so only seven chunks of the row came before.",
    40350: "rows are counted from 0, so only three whole rows came before.",
    20300: "rows and batches are counted from 0.",
    3 * 10_000 + 7: "each batch goes on by a whole chunk of 50 characters, not by one.",
    7 * 10_000 + 3 * 50: "it is row 3 of batch 7, not row 7 of batch 3.",
}
COSTS = {
    1.70 + 9 / 200: "that is for chunks of 200; here a reset comes every 500 characters.",
    1.70 - 9 / 500: "a reset costs something, so the loss is higher.",
    1.70 + 9: "the 9 nats are a sum; share them out among 500 characters.",
    9 / 500: "that is what the resets add; the loss without them comes on top.",
    1.7: "that is the loss without a reset; its price comes on top.",
    1.72: "1.72 has two digits after the point; the question asks for three.",
    500 * 1.70 + 9: "that is the sum over 500 characters; the loss is for each.",
}

EXERCISES = {
    "10.1": Exercise(
        judge=number(
            30350,
            wrong=PLACES,
            question="how long is a row, and how much of row 3 stands in the batches before?",
        ),
        solutions={"": Value("3 * 10_000 + 7 * 50  # a row holds 200 chunks of 50")},
    ),
    "10.2": Exercise(
        judge=number(
            1.718,
            tolerance=5e-4,
            wrong=COSTS,
            question="how much of the 9 nats falls to each of the 500 characters?",
        ),
        solutions={"": Value("1.70 + 9 / 500")},
    ),
    "10.3": Exercise(
        judge=judge_states(PASS_CASES, next_pass, PASS_MISTAKES), solutions={"": next_pass}
    ),
    "10.4": Exercise(
        judge=in_turn(judge_states(ENDED_CASES, reset_ended, ENDED_MISTAKES), judge_memory),
        solutions={"": reset_ended},
    ),
    "10.5": Exercise(
        judge=function(
            written_cases, write, explain_write, WRITE_MISTAKES, ask_ids, np.array_equal
        ),
        solutions={"": write},
    ),
    "10.6": Exercise(
        judge=either(
            {"on a StatefulLSTM": try_all(torch_layer), "on a Keras layer": try_all(keras_layer)},
            choose=lambda hints: max(hints.values(), key=how_far),
        ),
        solutions={"keras": peek_keras, "torch": peek_torch},
    ),
}
