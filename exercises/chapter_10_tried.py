"""Other right and wrong answers to the exercises of chapter 10."""

import copy
from fractions import Fraction

import numpy as np

from exercises import Value
from exercises import chapter_10 as exercises
from exercises.chapter_10 import next_pass, peek_keras, peek_torch, reset_ended, write

# 10.3: from the end of a pass to the next


def pass_by_slices(state):
    found = np.zeros_like(state)
    found[:, 1:] = state[:, :-1]
    return found


def pass_by_concatenating(state):
    return np.concatenate([0 * state[:, :1], state[:, :-1]], axis=1)


def pass_as_a_list(state):
    return [[[0.0] * state.shape[2], *layer.tolist()[:-1]] for layer in state]


def pass_by_a_matrix(state):
    return np.einsum("ab,lbs->las", np.eye(state.shape[1], k=-1), state)


def pass_in_place_on_a_copy(state):
    state = state.copy()
    for row in range(state.shape[1] - 1, 0, -1):
        state[:, row] = state[:, row - 1]
    state[:, 0] = 0
    return state


def pass_in_torch(state):
    import torch

    return torch.nn.functional.pad(torch.from_numpy(state)[:, :-1], (0, 0, 1, 0))


def pass_in_torch_with_a_gradient(state):
    return pass_in_torch(state).detach().requires_grad_()


def pass_in_keras(state):
    from keras import ops

    return ops.pad(state[:, :-1], [(0, 0), (1, 0), (0, 0)])


def pass_row_by_row(state):
    yield from (np.vstack([0 * layer[:1], layer[:-1]]) for layer in state)


def pass_of_three_rows(state):
    return np.stack([0 * state[:, 0], state[:, 0], state[:, 1]], axis=1)


def pass_with_zeros_for_one_layer(state):
    state = np.roll(state, 1, axis=1)
    state[0, 0] = 0
    return state


def pass_onto_the_argument(state):
    state[:, 1:] = state[:, :-1].copy()
    state[:, 0] = 0
    return state


def pass_that_spoils_the_argument(state):
    found = next_pass(state)
    state[:] = 0
    return found


def pass_with_zeros_at_the_end(state):
    state = np.roll(state, 1, axis=1)
    state[:, -1] = 0
    return state


def pass_without_negatives(state):
    return np.maximum(next_pass(state), 0)


def pass_without_row_0(state):
    return state[:, :-1]


# 10.4: rows whose document has ended


def reset_by_a_factor(state, ids, mark):
    return state * (ids[:, -1] != mark)[:, None]


def reset_on_a_copy(state, ids, mark):
    state = state.copy()
    state[:, ids[:, -1] == mark] = 0
    return state


def reset_by_loops(state, ids, mark):
    found = np.zeros(state.shape)
    for row, last in enumerate(np.asarray(ids)[:, -1].tolist()):
        if last != mark:
            for layer in range(len(state)):
                found[layer, row] = state[layer, row]
    return found.tolist()


def reset_in_torch(state, ids, mark):
    import torch

    over = torch.tensor(ids[:, -1] == mark)
    return torch.tensor(state).masked_fill(over[None, :, None], 0)


def reset_in_keras(state, ids, mark):
    from keras import ops

    return ops.where(ops.equal(ids[:, -1:], mark), 0.0, state)


def reset_in_double_precision(state, ids, mark):
    return np.stack([np.float64(0 if row[-1] == mark else 1) * state[:, b]
                     for b, row in enumerate(ids)], axis=1)  # fmt: skip


def reset_in_place(state, ids, mark):
    state[:, ids[:, -1] == mark] = 0
    return state


def reset_or_hand_back(state, ids, mark):
    if (ids[:, -1] != mark).all():
        return state
    return reset_ended(state, ids, mark)


def reset_or_hand_back_a_view(state, ids, mark):
    return reset_ended(state, ids, mark) if mark in ids[:, -1] else state[:]


def reset_for_one_mark(state, ids, mark):
    return reset_ended(state, ids, 7)


def reset_by_the_last_row(state, ids, mark):
    ended = np.resize(ids[-1] == mark, len(ids))
    return np.where(ended[None, :, None], 0, state)


def reset_h_only(state, ids, mark):
    state = state.copy()
    state[:, ids[:, -1] == mark, : state.shape[2] // 2] = 0
    return state


def reset_the_next_row(state, ids, mark):
    return np.where(np.roll(ids[:, -1] == mark, 1)[None, :, None], 0, state)


def reset_from_the_mark_on(state, ids, mark):
    return reset_by_a_factor(state, np.where(ids >= mark, mark, ids), mark)


# 10.5: writing


def write_from_the_beginning(model, ids, count):
    text = list(ids)
    for _ in range(count):
        logits, _ = model.forward(np.array([text]), model.init_state(1))
        text.append(logits[0, -1].argmax())
    return text[len(ids) :]


def write_by_generator(model, ids, count):
    state, read = model.init_state(1), np.asarray(ids)
    for _ in range(count):
        logits, state = model.forward(read[None], state)
        read = logits[0, -1:].argmax(axis=-1)
        yield int(read[0])


def write_char_by_char(model, ids, count):
    state = model.init_state(1)
    for char in ids:
        logits, state = model.forward(np.array([[char]]), state)
    written = np.zeros(count, int)
    for place in range(count):
        written[place] = np.argsort(logits[0, 0])[-1]
        logits, state = model.forward(written[None, place : place + 1], state)
    return written


def write_by_recursion(model, ids, count):
    def go_on(read, state, left):
        logits, state = model.forward(np.array([read]), state)
        char = int(np.argmax(logits[0, -1]))
        return [char] if left == 1 else [char, *go_on([char], state, left - 1)]

    return go_on(list(ids), model.init_state(1), count)


def write_as_a_tensor(model, ids, count):
    import torch

    return torch.tensor(write(model, ids, count))


def write_from_a_bigram(model, ids, count):
    return write_from_the_beginning(ForgetfulModel(model), ids, count)


class ForgetfulModel:
    """A model that reads only the last character."""

    def __init__(self, model):
        self.model, self.init_state = model, model.init_state

    def forward(self, ids, state):
        return self.model.forward(ids[:, -1:], state)


def write_with_half_a_state(model, ids, count):
    logits, state = model.forward(ids[None], model.init_state(1))
    written = []
    while len(written) < count:
        written.append(int(logits[0, -1].argmax()))
        logits, state = model.forward(np.array([written[-1:]]), state / 2)
    return written


def write_with_the_prompt(model, ids, count):
    return [*ids, *write(model, ids, count)]


def write_one_too_many(model, ids, count):
    return write(model, ids, count + 1)


def write_without_the_prompt(model, ids, count):
    return write(model, ids[-1:], count)


def write_at_random(model, ids, count):
    rng = np.random.default_rng(0)
    return rng.integers(model.config.vocab_size, size=count)


def write_onto_the_prompt(model, ids, count):
    written = write(model, ids, count)
    ids[-1] = written[-1] + 1
    return written


# 10.6: a look that leaves no trace


def peek_at_a_copy(layer, x):
    layer = copy.deepcopy(layer)
    layer.state = None
    return layer(x)


def peek_past_the_class(layer, x):
    import torch

    return torch.nn.LSTM.forward(layer, x)[0]


def peek_without_gradients(layer, x):
    import torch

    with torch.no_grad():
        return peek_torch(layer, x).numpy()


def peek_from_a_state_of_zeros(layer, x):
    import torch

    kept = None if layer.state is None else tuple(part.clone() for part in layer.state)
    zeros = torch.zeros(1, len(x), layer.hidden_size)
    layer.state = zeros, zeros
    try:
        return layer(x).tolist()
    finally:
        layer.state = kept


def peek_with_the_switch_off(layer, x):
    layer.stateful = False
    hs = layer(x)
    layer.stateful = True
    return hs


def peek_in_keras_with_ops(layer, x):
    from keras import ops

    kept = [ops.copy(state) for state in layer.states]
    layer.reset_states()
    hs = ops.convert_to_numpy(layer(x))
    layer.states[0].assign(kept[0])
    layer.states[1].assign(kept[1])
    return hs


def peek_in_keras_from_zeros(layer, x):
    import tensorflow as tf

    kept = [state.numpy() for state in layer.states]
    hs = layer(x, initial_state=[tf.zeros_like(state) for state in kept])
    for state, value in zip(layer.states, kept, strict=True):
        state.assign(value)
    return hs


def peek_one_kind(layer, x):
    """For a StatefulLSTM alone; of any other layer it says nothing."""
    return peek_torch(layer, x) if hasattr(layer, "batch_first") else None


def peek_in_keras_leaving_it_off(layer, x):
    layer.stateful = False
    return layer(x)


def peek_in_keras_without_copies(layer, x):
    kept = list(layer.states)
    layer.reset_state()
    hs = layer(x)
    for state, value in zip(layer.states, kept, strict=True):
        state.assign(value)
    return hs


def peek_in_keras_giving_back_h(layer, x):
    kept = layer.states[0].numpy()
    layer.reset_state()
    hs = layer(x)
    layer.states[0].assign(kept)
    return hs


def peek_in_keras_and_reset(layer, x):
    layer.reset_state()
    hs = layer(x)
    layer.reset_state()
    return hs


def peek_in_keras_going_on(layer, x):
    kept = [state.numpy() for state in layer.states]
    hs = layer(x)
    for state, value in zip(layer.states, kept, strict=True):
        state.assign(value)
    return hs


def peek_in_keras_swapped(layer, x):
    h, c = (state.numpy() for state in layer.states)
    layer.reset_state()
    hs = layer(x)
    layer.states[0].assign(c)
    layer.states[1].assign(h)
    return hs


def peek_in_keras_that_fails(layer, x):
    layer.reset_every_state()
    return peek_keras(layer, x)


def peek_zeroing_what_it_kept(layer, x):
    kept = layer.state
    for part in layer.state or ():
        part.zero_()
    hs = layer(x)
    layer.state = kept
    return hs


def peek_at_a_used_layer(layer, x):
    h, c = layer.state
    layer.state = None
    hs = layer(x)
    layer.state = h, c
    return hs


def peek_going_on(layer, x):
    kept = layer.state
    hs = layer(x)
    layer.state = kept
    return hs


def peek_at_the_last_step(layer, x):
    return peek_torch(layer, x)[:, -1]


def peek_at_the_first_row(layer, x):
    hs = peek_torch(layer, x).detach().clone()
    hs[1:] = hs[:1]
    return hs


def peek_that_clears_x(layer, x):
    hs = peek_torch(layer, x)
    x.zero_()
    return hs


def peek_with_new_weights(layer, x):
    import torch

    hs = peek_torch(layer, x)
    with torch.no_grad():
        layer.bias_hh_l0 += 1
    return hs


def peek_at_nothing(layer, x):
    peek_torch(layer, x)


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
    "10.1": {
        "a float": 30_350.0,
        "NumPy's int": np.int32(30_350),
        "found in an array": Value("np.arange(100_000).reshape(10, 200, 50)[3, 7, 0]"),
        "a fraction": Fraction(60_700, 2),
    },
    "10.2": {
        "float32": np.float32(1.718),
        "more digits": 1.718000001,
        "rounded down from something near": 1.7175,
        "an array without axes": np.array(1.718),
        "summed up": Value("(500 * 1.70 + 9) / 500"),
    },
    "10.3": {
        "slices": pass_by_slices,
        "concatenated": pass_by_concatenating,
        "a list": pass_as_a_list,
        "a matrix that moves rows, float64": pass_by_a_matrix,
        "in place on a copy": pass_in_place_on_a_copy,
        "PyTorch": pass_in_torch,
        "PyTorch with a gradient": pass_in_torch_with_a_gradient,
        "Keras": pass_in_keras,
        "a generator": pass_row_by_row,
    },
    "10.4": {
        "a factor": reset_by_a_factor,
        "in place on a copy": reset_on_a_copy,
        "loops to a list": reset_by_loops,
        "PyTorch": reset_in_torch,
        "Keras": reset_in_keras,
        "float64": reset_in_double_precision,
    },
    "10.5": {
        "everything read again from zeros": write_from_the_beginning,
        "a generator": write_by_generator,
        "the prompt char by char, an array": write_char_by_char,
        "recursion": write_by_recursion,
        "a tensor": write_as_a_tensor,
    },
    "10.6": {
        "PyTorch, a deep copy": peek_at_a_copy,
        "PyTorch, the forward of nn.LSTM": peek_past_the_class,
        "PyTorch, no gradients, NumPy": peek_without_gradients,
        "PyTorch, zeros as a state, a list": peek_from_a_state_of_zeros,
        "PyTorch, nothing said of other layers": peek_one_kind,
        "PyTorch, by the reader's own class": Value(OWN_CLASS),
        "Keras, stateful off and on": peek_with_the_switch_off,
        "Keras, with ops": peek_in_keras_with_ops,
        "Keras, initial_state": peek_in_keras_from_zeros,
    },
}

WRONG = {
    "10.1": {
        "one character too far": (30_351, "too large"),
        "in words": ("30350", "a single number was expected, not str"),
        "two numbers": ((30_000, 350), "a single number was expected"),
    },
    "10.2": {
        "one unit of the last digit more": (1.719, "too large"),
        "one unit of the last digit less": (1.717, "too small"),
        "a factor": (1.70 * 1.018, "too large"),
    },
    "10.3": {
        "three rows always": (pass_of_three_rows, "IndexError"),
        "zeros in the first layer only": (pass_with_zeros_for_one_layer, "layer 1, row 0"),
        "in place": (pass_onto_the_argument, "changes what it was given"),
        "right, and the argument emptied": (pass_that_spoils_the_argument, "changes what"),
        "zeros at the wrong end": (pass_with_zeros_at_the_end, "row 0"),
        "clipped": (pass_without_negatives, "not those expected"),
        "a row lost": (pass_without_row_0, "an array of (2, 2, 6)"),
        "in words": (lambda state: "zeros", "should hold numbers"),
        "no function": (np.zeros((2, 3, 6)), "a function was expected, not ndarray"),
    },
    "10.4": {
        "in place": (reset_in_place, "changes what it was given"),
        "the same array where no row ended": (reset_or_hand_back, "one of its own"),
        "a view of it": (reset_or_hand_back_a_view, "one of its own"),
        "the mark is 7": (reset_for_one_mark, "(1, 1, 3)"),
        "the last row, not the last column": (reset_by_the_last_row, "not those expected"),
        "half of each state": (reset_h_only, "not those expected"),
        "a row too far": (reset_the_next_row, "not those expected"),
        "greater than the mark": (reset_from_the_mark_on, "not those expected"),
    },
    "10.5": {
        "a bigram": (write_from_a_bigram, "is not the likeliest"),
        "half the state": (write_with_half_a_state, "is not the likeliest"),
        "with the prompt": (write_with_the_prompt, "without the prompt"),
        "one too many": (write_one_too_many, "as many ids as were asked for"),
        "only the prompt's last character": (write_without_the_prompt, "is not the likeliest"),
        "at random": (write_at_random, "is not the likeliest"),
        "the prompt changed": (write_onto_the_prompt, "changes what it was given"),
        "in words": (lambda model, ids, count: "the", "should hold numbers"),
    },
    "10.6": {
        "Keras, nothing copied": (peek_in_keras_without_copies, "put the old one back"),
        "Keras, the switch left off": (peek_in_keras_leaving_it_off, "no longer goes on"),
        "Keras, h alone": (peek_in_keras_giving_back_h, "only one of the two"),
        "Keras, reset after": (peek_in_keras_and_reset, "is lost"),
        "Keras, going on": (peek_in_keras_going_on, "not from zeros"),
        "Keras, h and c exchanged": (peek_in_keras_swapped, "not what it was"),
        "Keras, no such method": (peek_in_keras_that_fails, "on a Keras layer with AttributeError"),
        "PyTorch, what was kept zeroed": (peek_zeroing_what_it_kept, "is lost"),
        "PyTorch, a layer that was used": (peek_at_a_used_layer, "has read nothing yet"),
        "PyTorch, going on": (peek_going_on, "not from zeros"),
        "PyTorch, the last step": (peek_at_the_last_step, "after a reset"),
        "PyTorch, one row for all": (peek_at_the_first_row, "after a reset"),
        "PyTorch, x emptied": (peek_that_clears_x, "not what they were"),
        "PyTorch, other weights": (peek_with_new_weights, "not what they were"),
        "PyTorch, nothing returned": (peek_at_nothing, "should hold numbers"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["10.3"] |= {
    "3 layers": (lambda s: np.concatenate([exercises.next_pass(s[:3]), s[3:]]), "layer 3, row"),
    "5 rows": (
        lambda s: np.concatenate([exercises.next_pass(s)[:, :5], s[:, 5:]], axis=1),
        "layer 0, row 5",
    ),
}
WRONG["10.4"] |= {
    "the fourth character": (
        exercises.reset_where(lambda marked: marked[:, min(3, marked.shape[1] - 1)]),
        "layer 0, row 0",
    ),
    "5 rows": (
        lambda s, i, mark: np.concatenate(
            [exercises.reset_ended(s, i, mark)[:, :5], s[:, 5:]], axis=1
        ),
        "layer 0, row 6",
    ),
}
