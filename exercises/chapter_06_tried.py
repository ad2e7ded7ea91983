"""Other right and wrong answers to the exercises of chapter 6."""

import keras
import numpy as np
import tensorflow as tf
import torch

from exercises.chapter_06 import (
    deltas,
    last_steps,
    relu_step_backward,
    torch_read_chunk,
    with_slope,
)
from rnnlib.models.update import Update

# 6.3


def deltas_from_later_alone(dhs, hs, W_hh):
    found, from_later = np.zeros_like(dhs), 0
    for t in reversed(range(len(dhs))):
        own = dhs[t] * (1 - hs[t + 1] ** 2)
        found[t] = own + from_later * (1 - hs[t + 1] ** 2)
        from_later = (found[t] - own if t + 1 < len(dhs) else own) @ W_hh.T
    return found


# 6.4


def relu_with(**change):
    """`relu_step_backward` with one of its three gradients, or dx and dh_prev, replaced."""

    def version(dh, x, h_prev, h, W_xh, W_hh, b_h):
        dx, dh_prev, grads = relu_step_backward(dh, x, h_prev, h, W_xh, W_hh, b_h)
        named = {"dx": dx, "dh_prev": dh_prev} | grads
        for name, make in change.items():
            named[name] = make(dh * (h > 0), x, h_prev, h)
        return named.pop("dx"), named.pop("dh_prev"), named

    return version


# 6.5


def train_too(model, ids, target, k):
    found = last_steps(model, ids, target, k)
    model.train_step(ids[None], np.array([[target]]), model.init_state(1), Update(1e-3))
    return found


def of_the_inputs(model, ids, target, k):
    _, state = model.forward(ids[None, :-k], model.init_state(1))
    return model.loss_and_grads(ids[None, -k:], np.array([[target]]), state)[1]["W_xh"]


def of_the_first_uses(model, ids, target, k):
    """All is read, and the gradient of the last prediction is taken from the first k uses."""
    whole = last_steps(model, ids, target, len(ids) - 1)
    return whole - last_steps(model, ids, target, len(ids) - k) if k < len(ids) - 1 else whole


def last_steps_in_torch(model, ids, target, k):
    p = {name: torch.tensor(value) for name, value in model.get_params().items()}
    W, h = p["W_hh"].clone().requires_grad_(), torch.zeros(model.config.hidden_size).double()
    for t, x in enumerate(p["embed"][torch.tensor(ids)]):
        if t == len(ids) - k:
            h = h.detach()
        h = torch.tanh(x @ p["W_xh"] + h @ W + p["b_h"])
    logits = (h @ p["W_hy"] + p["b_y"])[None]
    torch.nn.functional.cross_entropy(logits, torch.tensor([target])).backward()
    return W.grad


# 6.6, in PyTorch


def torch_read(change):
    """Reads a chunk with an nn.RNN, and gives what `change` makes of both results."""
    return lambda layer, x, state: change(*layer(x, state))


def keras_read(change):
    """The same for a SimpleRNN."""
    return lambda layer, x, state: change(*layer(x, initial_state=state))


def torch_step_by_step(cut, last=lambda state: state.detach()):
    """One step after the other; `cut` makes of each state the one that is handed on."""

    def version(layer, x, state):
        hs = []
        for t in range(x.shape[1]):
            h, state = layer(x[:, t : t + 1], cut(state))
            hs.append(h)
        return torch.cat(hs, dim=1), last(state)

    return version


def keras_step_by_step(cut):
    """The same for a SimpleRNN."""

    def version(layer, x, state):
        hs = []
        for t in range(x.shape[1]):
            h, state = layer(x[:, t : t + 1], initial_state=cut(state))
            hs.append(h)
        return tf.concat(hs, axis=1), tf.stop_gradient(state)

    return version


def torch_data(layer, x, state):
    hs, state = layer(x, hx=state)
    return hs, state.data


def torch_without_grad(layer, x, state):
    hs, _ = layer(x, state)
    with torch.no_grad():
        return hs, layer(x, state)[1]


def torch_for_lstms_too(layer, x, state):
    hs, state = layer(x, state)
    if isinstance(state, tuple):
        return hs, tuple(part.detach() for part in state)
    return hs, state.detach()


def torch_only(layer, x, state):
    assert isinstance(layer, torch.nn.RNN)
    return torch_data(layer, x, state)


def torch_trains(layer, x, state):
    hs, state = layer(x, state)
    hs, state = hs.clone(), state.detach().clone()
    layer.bias_hh_l0.data += 1
    return hs, state


# 6.6, in Keras


def keras_list_of_states(layer, x, state):
    hs, *states = layer(x, initial_state=state)
    return hs, [tf.stop_gradient(part) for part in states]


def keras_misspelt(layer, x, state):
    hs, state = layer(x, initial_states=state)
    return hs, tf.stop_gradient(state)


RIGHT = {
    "6.1": {"three digits": -0.189},
    "6.6": {
        "PyTorch, the state detached before and after": lambda *a: [
            *torch_read_chunk(*a[:2], a[2].detach())
        ],
        "PyTorch, ready for a gradient of its own": torch_read(
            lambda hs, state: (hs, state.detach().requires_grad_())
        ),
        "PyTorch, the data alone": torch_data,
        "PyTorch, read again without a record": torch_without_grad,
        "PyTorch, the last of all states": torch_read(
            lambda hs, state: (hs, hs[:, -1].detach()[None])
        ),
        "PyTorch, step by step": torch_step_by_step(
            lambda state: state, lambda state: torch.tensor(state.tolist())
        ),
        "PyTorch, for an LSTM's tuple too": torch_for_lstms_too,
        "PyTorch, raises on a Keras layer": torch_only,
        "Keras, keras.ops.stop_gradient": keras_read(
            lambda hs, state: (hs, keras.ops.stop_gradient(state))
        ),
        "Keras, the state by its place": torch_read(
            lambda hs, state: (hs, tf.stop_gradient(state))
        ),
        "Keras, identity of the stopped": lambda layer, x, state: keras_read(
            lambda hs, state: (hs, tf.identity(tf.stop_gradient(state)))
        )(layer, x, [state]),
        "Keras, a constant": keras_read(lambda hs, state: (hs, tf.constant(state.numpy()))),
        "Keras, a list of states": keras_list_of_states,
        "Keras, the last of all states": keras_read(
            lambda hs, state: (hs, tf.stop_gradient(hs[:, -1]))
        ),
        "Keras, step by step": keras_step_by_step(lambda state: state),
    },
}

WRONG = {
    "6.1": {"two digits": (-0.19, "so many digits"), "three digits, cut": (-0.188, "is close")},
    "6.2": {"two digits": (0.56, "so many digits"), "a unit more": (0.562, "is close")},
    "6.3": {
        "a fixed size": (
            lambda *a: deltas(*a) if len(a[0]) == 5 else np.zeros((5, 4)),
            "of shape (1, 3) was expected, not an array of shape (5, 4)",
        ),
        "the first left out": (
            lambda *a: deltas(*a) * (np.arange(len(a[0])) > 0)[:, None],
            "the delta of step 1 is wrong",
        ),
        "own left out of what goes back": (deltas_from_later_alone, "is wrong"),
        "clipped": (lambda *a: np.clip(deltas(*a), -5, 5), "sequence of 30 steps"),
        "positive only": (lambda *a: np.maximum(deltas(*a), 0), "is wrong"),
        "in the order of the loop": (lambda *a: deltas(*a)[::-1], "is wrong"),
        "H first": (
            lambda *a: deltas(*a).T,
            "of shape (5, 4) was expected, not an array of shape (4, 5)",
        ),
        "the mean over the steps": (lambda *a: deltas(*a) / len(a[0]), "is wrong"),
        "rows of different lengths": (lambda *a: [[1], [1, 2]], "should hold numbers"),
        "10 steps": (
            lambda d, h, W: np.vstack([0 * d[:-10], deltas(d[-10:], h[-11:], W)]),
            "sequence of 30 steps",
        ),
    },
    "6.4": {
        "clipped": (
            lambda *a: [
                *(np.clip(part, -5, 5) for part in relu_step_backward(*a)[:2]),
                relu_step_backward(*a)[2],
            ],
            "`dx` has the right shape, but wrong numbers",
        ),
        "the new state in W_hh": (
            relu_with(W_hh=lambda da, x, h_prev, h: h.T @ da),
            "`W_hh` has the right shape, but wrong numbers",
        ),
        "the bias of each row": (
            relu_with(b_h=lambda da, x, h_prev, h: da),
            "`b_h` should have the shape (4,), not (2, 4)",
        ),
        "dh_prev without the slope": (
            lambda dh, x, h_prev, h, W_xh, W_hh, b_h: (
                relu_step_backward(dh, x, h_prev, h, W_xh, W_hh, b_h)[0],
                dh @ W_hh.T,
                relu_step_backward(dh, x, h_prev, h, W_xh, W_hh, b_h)[2],
            ),
            "`dh_prev` has the right shape, but wrong numbers",
        ),
        "another name": (
            relu_with(b_x=lambda da, x, h_prev, h: da.sum(0)),
            'names "W_xh", "W_hh" and "b_h"',
        ),
        "the slope of the gradient": (
            lambda dh, x, h_prev, h, *w: relu_step_backward(dh, x, h_prev, dh, *w),
            "wrong numbers",
        ),
        "one row only": (
            lambda dh, x, h_prev, h, *w: (
                *relu_step_backward(dh, x, h_prev, h, *w)[:2],
                relu_step_backward(dh[:1], x[:1], h_prev[:1], h[:1], *w)[2],
            ),
            "`W_xh` has the right shape",
        ),
        "two things": (lambda *arguments: relu_step_backward(*arguments)[:2], "three things"),
        "above a thousandth": (with_slope(lambda h_prev, h: h > 1e-3), "wrong numbers"),
        "below 6": (with_slope(lambda h_prev, h: (h > 0) & (h < 6)), "wrong numbers"),
    },
    "6.5": {
        "trains the model": (train_too, "changes what it was given"),
        "changes the ids": (
            lambda model, ids, *rest: [last_steps(model, ids, *rest), ids.fill(0)][0],
            "changes what it was given",
        ),
        "the first uses": (of_the_first_uses, "the numbers are not"),
        "one step less, at least one": (
            lambda m, i, c, k: last_steps(m, i, c, max(k - 1, 1)),
            "not k - 1",
        ),
        "detached a step late": (
            lambda m, i, c, k: last_steps_in_torch(m, i, c, k - 1),
            "not k - 1",
        ),
        "one target for one row": (
            lambda m, i, c, k: m.loss_and_grads(i[None, -k:], np.array([c]), m.init_state(1)),
            "targets have the shape (1,)",
        ),
        "all gradients": (
            lambda m, i, c, k: m.loss_and_grads(i[None, -k:], np.array([[c]]), m.init_state(1))[1],
            "the gradient of W_hh",
        ),
        "k is always 4": (lambda m, ids, c, k: last_steps(m, ids, c, 4), "k = 1"),
        "another weight": (of_the_inputs, "the shape of W_hh, (4, 4), not (3, 4)"),
        "the transpose": (lambda *a: last_steps(*a).T, "the numbers are not"),
        "k times as much": (lambda *a: a[3] * last_steps(*a), "the numbers are not"),
        "always the first character": (lambda m, i, c, k: last_steps(m, i, 0, k), "not"),
        "clipped": (lambda *a: np.clip(last_steps(*a), -0.01, 0.01), "the numbers are not"),
        "6 steps": (lambda m, i, t, k: last_steps(m, i, t, min(k, 6)), "with 14 characters"),
        "9 characters": (lambda m, i, t, k: last_steps(m, i[-11:], t, k), "with 14 characters"),
    },
    "6.6": {
        "PyTorch, time first": (
            torch_read(lambda hs, state: (hs.transpose(0, 1), state.detach())),
            "states of the chunk should have the shape",
        ),
        "PyTorch, cut at each step": (
            torch_step_by_step(lambda state: state.detach()),
            "a part of their gradient",
        ),
        "PyTorch, nothing for x": (
            lambda layer, x, state: torch_data(layer, x.detach(), state),
            "a part of their gradient",
        ),
        "PyTorch, one row": (
            lambda layer, x, state: torch_data(layer, x[:1], state[:, :1]),
            "should have the shape",
        ),
        "PyTorch, a tuple": (
            torch_read(lambda hs, state: (hs, tuple(part.detach() for part in state))),
            "cannot read on from the state that you return, a tuple",
        ),
        "PyTorch, an array": (
            torch_read(lambda hs, state: (hs, state.detach().numpy())),
            "cannot read on from the state",
        ),
        "PyTorch, trains the layer": (torch_trains, "changes the layer"),
        "PyTorch, a copy with its past": (
            lambda layer, x, state: (layer(x, state)[0], layer(x, state)[1].clone()),
            "still knows",
        ),
        "Keras, identity alone": (
            keras_read(lambda hs, state: (hs, tf.identity(state))),
            "still knows",
        ),
        "Keras, both stopped": (
            keras_read(lambda hs, state: (tf.stop_gradient(hs), tf.stop_gradient(state))),
            "lost their gradient",
        ),
        "Keras, the wrong one stopped": (
            keras_read(lambda hs, state: (tf.stop_gradient(hs), state)),
            "still knows",
        ),
        "Keras, from zeros": (
            lambda layer, x, state: keras_read(lambda hs, state: (hs, tf.stop_gradient(state)))(
                layer, x, None
            ),
            "numbers that the layer gives",
        ),
        "Keras, the first state": (
            keras_read(lambda hs, state: (hs, tf.stop_gradient(hs[:, 0]))),
            "the state should hold",
        ),
        "Keras, reversed": (
            keras_read(lambda hs, state: (tf.stop_gradient(state), hs)),
            "should have the shape",
        ),
        "Keras, cut at each step": (
            keras_step_by_step(tf.stop_gradient),
            "a part of their gradient",
        ),
        "Keras, a misspelt name": (keras_misspelt, "initial_states"),
        "no state": (lambda layer, x, state: (layer(x, state)[0], None), "should hold numbers"),
        "three results": (lambda layer, x, state: (*layer(x, state), x), "return two things"),
        "a class": (dict, "a function was expected"),
        "as the layer gives it": (lambda layer, x, state: layer(x, state), "still knows"),
    },
}
