"""Other right and wrong answers to the exercises of chapter 10."""

import copy

import numpy as np
import torch

from exercises import Value
from exercises.chapter_10 import (
    first_row_zero,
    next_pass,
    peek_keras,
    peek_torch,
    reset_ended,
    reset_where,
    write,
    write_otherwise,
)

# 10.3: from the end of a pass to the next


def pass_with_zeros_for_one_layer(state):
    state = np.roll(state, 1, axis=1)
    state[0, 0] = 0
    return state


# 10.4: rows whose document has ended


def reset_or_hand_back(state, ids, mark):
    return reset_ended(state, ids, mark) if mark in ids[:, -1] else state


def reset_or_hand_back_a_view(state, ids, mark):
    return reset_ended(state, ids, mark) if mark in ids[:, -1] else state[:]


# 10.5: writing


def write_from_the_beginning(model, ids, count):
    text = list(ids)
    for _ in range(count):
        logits, _ = model.forward(np.array([text]), model.init_state(1))
        text.append(logits[0, -1].argmax())
    return text[len(ids) :]


def write_char_by_char(model, ids, count):
    state = model.init_state(1)
    for char in ids:
        logits, state = model.forward(np.array([[char]]), state)
    written = np.zeros(count, int)
    for place in range(count):
        written[place] = np.argsort(logits[0, 0])[-1]
        logits, state = model.forward(written[None, place : place + 1], state)
    return written


# 10.6: a look that leaves no trace


def peek_at_a_copy(layer, x):
    layer = copy.deepcopy(layer)
    layer.state = None
    return layer(x)


def peek_with_the_switch_off(layer, x):
    layer.stateful = False
    hs = layer(x)
    layer.stateful = True
    return hs


def peek_leaving_the_switch_off(layer, x):
    layer.stateful = False
    return layer(x)


def peek_in_keras_from_zeros(layer, x):
    kept = [state.numpy() for state in layer.states]
    hs = layer(x, initial_state=[0 * state for state in kept])
    for state, value in zip(layer.states, kept, strict=True):
        state.assign(value)
    return hs


def peek_one_kind(layer, x):
    """For a StatefulLSTM alone; of any other layer it says nothing."""
    return peek_torch(layer, x) if hasattr(layer, "batch_first") else None


def keras_peek(put_back, begin=lambda layer: layer.reset_state()):
    """`peek_keras` that begins otherwise, or puts back other parts than were there."""

    def version(layer, x):
        kept = [state.numpy() for state in layer.states]
        begin(layer)
        hs = layer(x)
        for state, value in zip(layer.states, put_back(kept), strict=False):
            state.assign(value)
        return hs

    return version


def peek_going_on(layer, x):
    kept = layer.state
    hs = layer(x)
    layer.state = kept
    return hs


def peek_zeroing_what_it_kept(layer, x):
    for part in layer.state or ():
        part.zero_()
    return peek_torch(layer, x)


def peek_at_a_used_layer(layer, x):
    _, _ = layer.state
    return peek_torch(layer, x)


def peek_that_clears_x(layer, x):
    hs = peek_torch(layer, x)
    x.zero_()
    return hs


def peek_with_new_weights(layer, x):
    hs = peek_torch(layer, x)
    layer.bias_hh_l0.data += 1
    return hs


OWN_CLASS = """
import torch

class StatefulLSTM(torch.nn.LSTM):
    state = None

    def forward(self, x):
        hs, state = super().forward(x, self.state)
        self.state = tuple(part.detach() for part in state)
        return hs

def peek(layer, x):
    hs, _ = super(StatefulLSTM, layer).forward(x)
    return hs

answer = peek
"""

RIGHT = {
    "10.1": {"found in an array": Value("np.arange(100_000).reshape(10, 200, 50)[3, 7, 0]")},
    "10.2": {"rounded down from something near": 1.7175},
    "10.3": {"a matrix that moves rows": lambda state: np.eye(state.shape[1], k=-1) @ state},
    "10.4": {
        "a factor": lambda state, ids, mark: state * (ids[:, -1] != mark)[:, None],
        "loops, a list": lambda state, ids, mark: [
            [0 * row if last == mark else row for row, last in zip(layer, ids[:, -1], strict=True)]
            for layer in state
        ],
    },
    "10.5": {
        "everything read again from zeros": write_from_the_beginning,
        "the prompt char by char": write_char_by_char,
    },
    "10.6": {
        "PyTorch, a deep copy": peek_at_a_copy,
        "PyTorch, the forward of nn.LSTM": lambda layer, x: torch.nn.LSTM.forward(layer, x)[0],
        "PyTorch, nothing said of other layers": peek_one_kind,
        "PyTorch, by the reader's own class": Value(OWN_CLASS),
        "Keras, stateful off and on": peek_with_the_switch_off,
        "Keras, initial_state": peek_in_keras_from_zeros,
    },
}

WRONG = {
    "10.1": {"one character too far": (30_351, "too large")},
    "10.2": {
        "one unit of the last digit more": (1.719, "is close"),
        "one unit of the last digit less": (1.717, "is close"),
        "a factor": (1.70 * 1.018, "is close"),
    },
    "10.3": {
        "three rows always": (
            lambda state: np.stack([0 * state[:, 0], state[:, 0], state[:, 1]], axis=1),
            "IndexError",
        ),
        "zeros in the first layer only": (pass_with_zeros_for_one_layer, "layer 1, row 0"),
        "zeros at the wrong end": (
            lambda state: np.roll(first_row_zero(np.roll(state, 2, axis=1)), -1, axis=1),
            "row 0",
        ),
        "clipped": (lambda state: np.maximum(next_pass(state), 0), "not those expected"),
        "a row lost": (lambda state: state[:, :-1], "(2, 3, 6) was expected"),
        "3 layers": (lambda s: np.concatenate([next_pass(s[:3]), s[3:]]), "layer 3, row"),
        "5 rows": (
            lambda s: np.concatenate([next_pass(s)[:, :5], s[:, 5:]], axis=1),
            "layer 0, row 5",
        ),
    },
    "10.4": {
        "the same array where no row ended": (reset_or_hand_back, "one of its own"),
        "a view of it": (reset_or_hand_back_a_view, "one of its own"),
        "the mark is 7": (lambda state, ids, mark: reset_ended(state, ids, 7), "(1, 1, 3)"),
        "a row lost": (lambda state, ids, mark: state[:, 1:], "not an array of shape (2, 3, 6)"),
        "the last row, not the last column": (
            reset_where(lambda marked: np.resize(marked[-1], len(marked))),
            "not those expected",
        ),
        "half of each state": (
            lambda state, ids, mark: np.append(
                reset_ended(state[..., :1], ids, mark), state[..., 1:], axis=2
            ),
            "not those expected",
        ),
        "a row too far": (
            reset_where(lambda marked: np.roll(marked[:, -1], 1)),
            "not those expected",
        ),
        "greater than the mark": (
            lambda state, ids, mark: reset_ended(state, np.minimum(ids, mark), mark),
            "not those expected",
        ),
        "the fourth character": (
            reset_where(lambda marked: marked[:, min(3, marked.shape[1] - 1)]),
            "layer 0, row 0",
        ),
        "5 rows": (
            reset_where(lambda marked: marked[:, -1] & (np.arange(len(marked)) < 5)),
            "layer 0, row 6",
        ),
    },
    "10.5": {
        "half the state": (write_otherwise(memory=0.5), "is not the likeliest"),
        "only the prompt's last character": (
            lambda model, ids, count: write(model, ids[-1:], count),
            "is not the likeliest",
        ),
        "at random": (
            lambda model, ids, count: np.random.default_rng(0).integers(7, size=count),
            "is not the likeliest",
        ),
        "with the prompt": (lambda *case: [*case[1], *write(*case)], "without the prompt"),
        "one too many": (
            lambda model, ids, count: write(model, ids, count + 1),
            "as many ids as `count` says",
        ),
    },
    "10.6": {
        "no such method": (lambda layer, x: layer.peek(x), "on a Keras layer with AttributeError"),
        "Keras, nothing put back": (keras_peek(lambda kept: []), "put the old one back"),
        "Keras, the switch left off": (peek_leaving_the_switch_off, "no longer goes on"),
        "Keras, h alone": (keras_peek(lambda kept: kept[:1]), "only one of the two"),
        "Keras, reset after": (keras_peek(lambda kept: [0 * part for part in kept]), "is lost"),
        "Keras, h and c exchanged": (keras_peek(lambda kept: kept[::-1]), "not what it was"),
        "Keras, going on": (
            keras_peek(lambda kept: kept, begin=lambda layer: None),
            "not from zeros",
        ),
        "Keras, the last step": (lambda *case: peek_keras(*case)[:, -1], "after a reset"),
        "PyTorch, what was kept zeroed": (peek_zeroing_what_it_kept, "is lost"),
        "PyTorch, a layer that was used": (peek_at_a_used_layer, "has read nothing yet"),
        "PyTorch, going on": (peek_going_on, "not from zeros"),
        "PyTorch, one row for all": (
            lambda layer, x: peek_torch(layer, x)[:1].expand(len(x), -1, -1),
            "after a reset",
        ),
        "PyTorch, x emptied": (peek_that_clears_x, "not what they were"),
        "PyTorch, other weights": (peek_with_new_weights, "not what they were"),
        "PyTorch, nothing returned": (lambda layer, x: None, "should hold numbers"),
    },
}
