"""Other right and wrong answers to the exercises of chapter 6."""

import keras
import numpy as np
import tensorflow as tf
import torch

from exercises import chapter_06 as exercises
from exercises.chapter_06 import deltas, last_steps, relu_step_backward
from rnnlib.models.update import Update

# 6.3


def deltas_over_dhs(dhs, hs, W_hh):
    for t in reversed(range(len(dhs))):
        later = dhs[t + 1] @ W_hh.T if t + 1 < len(dhs) else 0
        dhs[t] = (dhs[t] + later) * (1 - hs[t + 1] ** 2)
    return dhs


def deltas_of_five_steps(dhs, hs, W_hh):
    found = np.zeros((5, 4))
    found[:1, :1] = deltas(dhs, hs, W_hh)[:1, :1]
    return found if len(dhs) < 5 else deltas(dhs, hs, W_hh)


def deltas_without_the_first(dhs, hs, W_hh):
    found = deltas(dhs, hs, W_hh)
    found[0] = 0
    return found


def deltas_from_later_alone(dhs, hs, W_hh):
    found, from_later = np.zeros_like(dhs), 0
    for t in reversed(range(len(dhs))):
        own = dhs[t] * (1 - hs[t + 1] ** 2)
        found[t] = own + from_later * (1 - hs[t + 1] ** 2)
        from_later = (found[t] - own if t + 1 < len(dhs) else own) @ W_hh.T
    return found


# 6.4


def relu_by_the_sum(dh, x, h_prev, h, W_xh, W_hh, b_h):
    da = np.where(x @ W_xh + h_prev @ W_hh + b_h > 0, dh, 0)
    grads = {"b_h": da.sum(0), "W_xh": np.einsum("be,bh->eh", x, da)}
    grads["W_hh"] = sum(np.outer(a, b) for a, b in zip(h_prev, da, strict=True))
    return [np.einsum("bh,eh->be", da, W_xh), da.dot(W_hh.T), grads]


def relu_over_dh(dh, x, h_prev, h, W_xh, W_hh, b_h):
    dh[h <= 0] = 0
    return dh @ W_xh.T, dh @ W_hh.T, {"W_xh": x.T @ dh, "W_hh": h_prev.T @ dh, "b_h": dh.sum(0)}


def relu_with(**change):
    """`relu_step_backward` with one of its three gradients, or dx and dh_prev, replaced."""

    def version(dh, x, h_prev, h, W_xh, W_hh, b_h):
        dx, dh_prev, grads = relu_step_backward(dh, x, h_prev, h, W_xh, W_hh, b_h)
        named = {"dx": dx, "dh_prev": dh_prev} | grads
        for name, make in change.items():
            named[name] = make(dh * (h > 0), x, h_prev, h)
        return named.pop("dx"), named.pop("dh_prev"), named

    return version


def relu_clipped(*arguments):
    dx, dh_prev, grads = relu_step_backward(*arguments)
    return np.clip(dx, -5, 5), np.clip(dh_prev, -5, 5), grads


# 6.5


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


def last_steps_that_train(model, ids, target, k):
    found = last_steps(model, ids, target, k)
    model.train_step(ids[None], np.array([[target]]), model.init_state(1), Update(1e-3))
    return found


def last_steps_over_ids(model, ids, target, k):
    found = last_steps(model, ids, target, k)
    ids[:-k] = 0
    return found


def detached_a_step_late(model, ids, target, k):
    """With k = 1 it never cuts, and gives the whole gradient."""
    return last_steps_in_torch(model, ids, target, k - 1)


def gradient_of_the_first_steps(model, ids, target, k):
    """The whole text is read, and the gradient of the last answer taken from the first k uses."""
    whole = last_steps(model, ids, target, len(ids) - 1)
    return whole - last_steps(model, ids, target, len(ids) - k) if k < len(ids) - 1 else whole


def weight(name):
    def version(model, ids, target, k):
        _, state = model.forward(ids[None, :-k], model.init_state(1))
        return model.loss_and_grads(ids[None, -k:], np.array([[target]]), state)[1][name]

    return version


# 6.6, in PyTorch


def torch_detached_first(layer, x, state):
    hs, state = layer(x, state.detach())
    return [hs, state.detach().clone()]


def torch_requires_grad(layer, x, state):
    hs, state = layer(x, state)
    return hs, state.detach().requires_grad_()


def torch_data(layer, x, state):
    hs, state = layer(x, hx=state)
    return hs, state.data


def torch_without_grad(layer, x, state):
    hs, _ = layer(x, state)
    with torch.no_grad():
        _, state = layer(x, state)
    return hs, state


def torch_from_all_states(layer, x, state):
    hs, _ = layer(x, state)
    return hs, hs[:, -1].detach()[None]


def torch_step_by_step(layer, x, state):
    hs = []
    for t in range(x.shape[1]):
        h, state = layer(x[:, t : t + 1], state)
        hs.append(h)
    return torch.cat(hs, dim=1), torch.tensor(state.tolist())


def torch_for_lstms_too(layer, x, state):
    hs, state = layer(x, state)
    if isinstance(state, tuple):
        return hs, tuple(part.detach() for part in state)
    return hs, state.detach()


def torch_only(layer, x, state):
    assert isinstance(layer, torch.nn.RNN)
    return torch_data(layer, x, state)


def torch_time_first(layer, x, state):
    hs, state = layer(x, state)
    return hs.transpose(0, 1), state.detach()


def torch_cut_at_each_step(layer, x, state):
    hs = []
    for t in range(x.shape[1]):
        h, state = layer(x[:, t : t + 1], state.detach())
        hs.append(h)
    return torch.cat(hs, dim=1), state.detach()


def torch_without_inputs(layer, x, state):
    return torch_data(layer, x.detach(), state)


def torch_first_row(layer, x, state):
    hs, state = layer(x[:1], state[:, :1])
    return hs, state.detach()


def torch_tuple(layer, x, state):
    hs, state = layer(x, state)
    return hs, tuple(part.detach() for part in state)


def torch_numpy(layer, x, state):
    hs, state = layer(x, state)
    return hs, state.detach().numpy()


def torch_trains(layer, x, state):
    hs, state = layer(x, state)
    hs, state = hs.clone(), state.detach().clone()
    layer.bias_hh_l0.data += 1
    return hs, state


# 6.6, in Keras


def keras_ops_stop(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return hs, keras.ops.stop_gradient(state)


def keras_positional(layer, x, state):
    hs, state = layer(x, state)
    return hs, keras.ops.stop_gradient(state)


def keras_identity(layer, x, state):
    hs, state = layer(x, initial_state=[state])
    return hs, tf.identity(tf.stop_gradient(state))


def keras_constant(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return hs, tf.constant(state.numpy())


def keras_list_of_states(layer, x, state):
    hs, *states = layer(x, initial_state=state)
    return hs, [tf.stop_gradient(part) for part in states]


def keras_from_all_states(layer, x, state):
    hs = layer(x, initial_state=state)[0]
    return hs, tf.stop_gradient(hs[:, -1])


def keras_step_by_step(layer, x, state):
    hs = []
    for t in range(x.shape[1]):
        h, state = layer(x[:, t : t + 1], initial_state=state)
        hs.append(h)
    return tf.concat(hs, axis=1), tf.stop_gradient(state)


def keras_only_identity(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return hs, tf.identity(state)


def keras_stops_both(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return tf.stop_gradient(hs), tf.stop_gradient(state)


def keras_stops_the_wrong_one(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return tf.stop_gradient(hs), state


def keras_forgets_the_state(layer, x, state):
    hs, state = layer(x)
    return hs, tf.stop_gradient(state)


def keras_first_state(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return hs, tf.stop_gradient(hs[:, 0])


def keras_turned_round(layer, x, state):
    hs, state = layer(x, initial_state=state)
    return tf.stop_gradient(state), hs


def keras_cut_at_each_step(layer, x, state):
    hs = []
    for t in range(x.shape[1]):
        h, state = layer(x[:, t : t + 1], initial_state=tf.stop_gradient(state))
        hs.append(h)
    return tf.concat(hs, axis=1), tf.stop_gradient(state)


def keras_misspelt(layer, x, state):
    hs, state = layer(x, initial_states=state)
    return hs, tf.stop_gradient(state)


RIGHT = {
    "6.1": {"three digits": -0.189},
    "6.4": {"the sum computed again, a list": relu_by_the_sum},
    "6.6": {
        "PyTorch, the state detached before and after": torch_detached_first,
        "PyTorch, ready for a gradient of its own": torch_requires_grad,
        "PyTorch, the data alone": torch_data,
        "PyTorch, read again without a record": torch_without_grad,
        "PyTorch, the last of all states": torch_from_all_states,
        "PyTorch, step by step": torch_step_by_step,
        "PyTorch, for an LSTM's tuple too": torch_for_lstms_too,
        "PyTorch, raises on a Keras layer": torch_only,
        "Keras, keras.ops.stop_gradient": keras_ops_stop,
        "Keras, the state by its place": keras_positional,
        "Keras, identity of the stopped": keras_identity,
        "Keras, a constant": keras_constant,
        "Keras, a list of states": keras_list_of_states,
        "Keras, the last of all states": keras_from_all_states,
        "Keras, step by step": keras_step_by_step,
    },
}

WRONG = {
    "6.1": {
        "two digits": (-0.19, "too small"),
        "three digits, cut": (-0.188, "too large"),
        "the first delta": (-0.1137, "too large"),
        "nothing": (0.0, "too large"),
        "a string": ("-0.189", "a single number"),
        "three shares": ([-0.1137, 0.2918, -0.3667], "a single number"),
        "without the second input": (-0.4804, "too small"),
    },
    "6.2": {
        "two digits after the point": (0.56, "too small"),
        "a unit more": (0.562, "too large"),
        "one digit": (0.6, "too large"),
        "the first two steps": (0.29, "too small"),
        "velocity with 1 - beta": (0.0561, "too small"),
        "a string": ("0.561", "a single number"),
        "three ways": ([0.1, 0.19, 0.271], "a single number"),
        "the limit": (3.0, "too large"),
    },
    "6.3": {
        "written over dhs": (deltas_over_dhs, "changes what it was given"),
        "a fixed size": (deltas_of_five_steps, "(T, H) = (1, 3), not (5, 4)"),
        "the first left out": (deltas_without_the_first, "the delta of step 1 is wrong"),
        "own left out of what goes back": (deltas_from_later_alone, "is wrong"),
        "clipped": (lambda *a: np.clip(deltas(*a), -5, 5), "sequence of 30 steps"),
        "positive only": (lambda *a: np.maximum(deltas(*a), 0), "is wrong"),
        "in the order of the loop": (lambda *a: deltas(*a)[::-1], "is wrong"),
        "H first": (lambda *a: deltas(*a).T, "(T, H) = (5, 4), not (4, 5)"),
        "the mean over the steps": (lambda *a: deltas(*a) / len(a[0]), "is wrong"),
        "rows of different lengths": (lambda *a: [[1], [1, 2]], "should hold numbers"),
    },
    "6.4": {
        "written over dh": (relu_over_dh, "changes what it was given"),
        "clipped": (relu_clipped, "`dx` has the right shape, but wrong numbers"),
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
        "two things": (
            lambda *arguments: exercises.relu_step_backward(*arguments)[:2],
            "three things",
        ),
    },
    "6.5": {
        "trains the model": (last_steps_that_train, "changes what it was given"),
        "changes the ids": (last_steps_over_ids, "changes what it was given"),
        "the first uses": (gradient_of_the_first_steps, "the numbers are not"),
        "one step less, at least one": (
            lambda m, i, c, k: last_steps(m, i, c, max(k - 1, 1)),
            "not k - 1",
        ),
        "detached a step late": (detached_a_step_late, "not k - 1"),
        "one target for one row": (
            lambda m, i, c, k: m.loss_and_grads(i[None, -k:], np.array([c]), m.init_state(1)),
            "targets have the shape (1,)",
        ),
        "all gradients": (
            lambda m, i, c, k: m.loss_and_grads(i[None, -k:], np.array([[c]]), m.init_state(1))[1],
            "the gradient of W_hh",
        ),
        "k is always 4": (lambda m, ids, c, k: last_steps(m, ids, c, 4), "k = 1"),
        "another weight": (weight("W_xh"), "the shape of W_hh, (4, 4), not (3, 4)"),
        "the transpose": (lambda *a: last_steps(*a).T, "the numbers are not"),
        "k times as much": (lambda *a: a[3] * last_steps(*a), "the numbers are not"),
        "always the first character": (lambda m, i, c, k: last_steps(m, i, 0, k), "not"),
        "clipped": (lambda *a: np.clip(last_steps(*a), -0.01, 0.01), "the numbers are not"),
    },
    "6.6": {
        "PyTorch, time first": (torch_time_first, "states of the piece should have the shape"),
        "PyTorch, cut at each step": (torch_cut_at_each_step, "a part of their gradient"),
        "PyTorch, nothing for x": (torch_without_inputs, "a part of their gradient"),
        "PyTorch, one row": (torch_first_row, "should have the shape"),
        "PyTorch, a tuple": (torch_tuple, "cannot read on from the state that you return, a tuple"),
        "PyTorch, an array": (torch_numpy, "cannot read on from the state"),
        "PyTorch, trains the layer": (torch_trains, "changes the layer"),
        "PyTorch, a copy with its past": (
            lambda layer, x, state: (layer(x, state)[0], layer(x, state)[1].clone()),
            "still knows",
        ),
        "Keras, identity alone": (keras_only_identity, "still knows"),
        "Keras, both stopped": (keras_stops_both, "lost their gradient"),
        "Keras, the wrong one stopped": (keras_stops_the_wrong_one, "still knows"),
        "Keras, from zeros": (keras_forgets_the_state, "numbers that the layer gives"),
        "Keras, the first state": (keras_first_state, "the state should hold"),
        "Keras, turned round": (keras_turned_round, "should have the shape"),
        "Keras, cut at each step": (keras_cut_at_each_step, "a part of their gradient"),
        "Keras, a misspelt name": (keras_misspelt, "initial_states"),
        "no state": (lambda layer, x, state: (layer(x, state)[0], None), "should hold numbers"),
        "three results": (lambda layer, x, state: (*layer(x, state), x), "return two things"),
        "a class": (dict, "a function was expected"),
        "as the layer gives it": (lambda layer, x, state: layer(x, state), "still knows"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["6.3"] |= {
    "10 steps": (
        lambda d, h, W: np.vstack([0 * d[:-10], exercises.deltas(d[-10:], h[-11:], W)]),
        "sequence of 30 steps",
    )
}


def bounded(low, high):
    """The ReLU's step back with a slope of 1 between two bounds alone."""
    return exercises.with_slope(lambda h_prev, h: (h > low) & (h < high))


WRONG["6.4"] |= {
    "above a thousandth": (bounded(1e-3, np.inf), "wrong numbers"),
    "below 6": (bounded(0, 6), "wrong numbers"),
}
WRONG["6.5"] |= {
    "6 steps": (lambda m, i, t, k: exercises.last_steps(m, i, t, min(k, 6)), "with 14 characters"),
    "9 characters": (
        lambda m, i, t, k: exercises.last_steps(m, i[-11:], t, k),
        "with 14 characters",
    ),
}
