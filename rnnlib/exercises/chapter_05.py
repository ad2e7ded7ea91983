"""Exercises of chapter 5: a path by hand, momentum, backward passes to mend and write, a cut."""

import numpy as np

from rnnlib import engines
from rnnlib.config import ModelConfig
from rnnlib.exercises import Exercise, Value, number

B, T, E, H = 2, 5, 3, 4  # sizes on which the functions are tried


def draw(*sizes):
    """Arrays of these sizes, normally distributed."""
    rng = np.random.default_rng(0)
    return [rng.normal(0, 0.8, size) for size in sizes]


# 5.3: the deltas of one sequence


def deltas(dhs, hs, W_hh):
    found = np.zeros_like(dhs)
    from_later = np.zeros(dhs.shape[1])
    for t in reversed(range(len(dhs))):
        found[t] = (dhs[t] + from_later) * (1 - hs[t + 1] ** 2)
        from_later = found[t] @ W_hh.T
    return found


def deltas_with_a_mistake(dhs, hs, W_hh):
    found = np.zeros_like(dhs)
    from_later = np.zeros(dhs.shape[1])
    for t in reversed(range(len(dhs))):
        own = dhs[t] * (1 - hs[t + 1] ** 2)
        found[t] = own + from_later * (1 - hs[t + 1] ** 2)
        from_later = own @ W_hh.T
    return found


DELTA_MISTAKES = {
    "only one later step is heard, not those after it.": deltas_with_a_mistake,
    "each delta holds only its own answer.": lambda dhs, hs, W_hh: deltas(dhs, hs, 0 * W_hh),
    "on the way back W_hh must be transposed.": lambda dhs, hs, W_hh: deltas(dhs, hs, W_hh.T),
    "the derivative of tanh is missing.": lambda dhs, hs, W_hh: deltas(dhs, 0 * hs, W_hh),
    "the tanh of step t made `hs[t + 1]`.": lambda dhs, hs, W_hh: deltas(
        dhs, hs[[0, *range(len(dhs))]], W_hh
    ),
}


def judge_deltas(function):
    dhs, hs, W_hh = draw((T, H), (T + 1, H), (H, H))
    arguments = dhs, np.tanh(hs), W_hh
    found = np.asarray(function(*[value.copy() for value in arguments]))
    if found.shape != (T, H):
        return f"there is one delta for each step, (T, H) = {(T, H)}, not {found.shape}."
    for hint, mistake in DELTA_MISTAKES.items():
        if np.allclose(found, mistake(*arguments)):
            return hint
    fits = np.isclose(found, deltas(*arguments)).all(axis=1)
    return None if fits.all() else f"the delta of step {T - fits[::-1].argmin()} is wrong."


# 5.4: another cell


def relu_step_backward(dh, x, h_prev, h, W_xh, W_hh, b_h):
    da = dh * (h > 0)  # the slope is 1 where the sum was positive, else 0
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return da @ W_xh.T, da @ W_hh.T, grads


def with_slope(slope):
    """`relu_step_backward` with another slope in place of its own."""

    def version(dh, x, h_prev, h, *weights):
        return relu_step_backward(dh * slope(h_prev, h), x, h_prev, np.ones_like(h), *weights)

    return version


RELU_MISTAKES = {
    "that is the slope of tanh; ReLU has another.": with_slope(lambda h_prev, h: 1 - h**2),
    "where h is 0, nothing passes.": with_slope(lambda h_prev, h: np.ones_like(h)),
    "ask whether the new state is positive, not the old.": with_slope(lambda h_prev, h: h_prev > 0),
}


def judge_relu(function):
    x, h_prev, dh, *weights = draw((B, E), (B, H), (B, H), (E, H), (H, H), (H,))
    h = np.maximum(0, x @ weights[0] + h_prev @ weights[1] + weights[2])
    arguments = dh, x, h_prev, h, *weights
    found = function(*[value.copy() for value in arguments])
    if not (isinstance(found, tuple | list) and len(found) == 3 and isinstance(found[2], dict)):
        return "return three things: dx, dh_prev, and a dictionary of gradients."
    if set(found[2]) != {"W_xh", "W_hh", "b_h"}:
        return 'the dictionary should have the names "W_xh", "W_hh" and "b_h".'
    for hint, mistake in RELU_MISTAKES.items():
        if all(fits for _, fits in compare(found, mistake(*arguments))):
            return hint
    wrong = [name for name, fits in compare(found, relu_step_backward(*arguments)) if not fits]
    return f"`{wrong[0]}` is wrong, in its shape or its numbers." if wrong else None


def compare(found, expected):
    """Pairs (name, whether it fits) for dx, dh_prev and the three gradients."""
    theirs = {"dx": expected[0], "dh_prev": expected[1]} | expected[2]
    ours = {"dx": found[0], "dh_prev": found[1]} | found[2]
    for name, value in theirs.items():
        mine = np.asarray(ours[name])
        yield name, mine.shape == value.shape and bool(np.allclose(mine, value))


# 5.5: the gradient of the last answer, cut after k steps


def last_steps(model, ids, target, k):
    _, state = model.forward(ids[None, :-k], model.init_state(1))
    _, grads, _ = model.loss_and_grads(ids[None, -k:], np.array([[target]]), state)
    return grads["W_hh"]


def from_zeros(model, ids, target, k):
    _, grads, _ = model.loss_and_grads(ids[None], np.array([[target]]), model.init_state(1))
    return grads["W_hh"]


def at_each_step(model, ids, target, k):
    _, state = model.forward(ids[None, :-k], model.init_state(1))
    _, grads, _ = model.loss_and_grads(ids[None, -k:], np.full((1, k), target), state)
    return grads["W_hh"]


LAST_MISTAKES = {
    "the gradient goes back through the whole text; cut it before the last k steps.": from_zeros,
    "the last k steps start from zeros; carry the state of what was read before.": lambda *a: (
        from_zeros(a[0], a[1][-a[3] :], *a[2:])
    ),
    "there is one target, for the last step alone.": at_each_step,
    "the gradient goes back k steps, not k + 1.": lambda *a: last_steps(*a[:3], a[3] + 1),
}


def judge_last_steps(function):
    model = engines.build(ModelConfig(7, E, H, dtype="float64"), "numpy")
    params = model.get_params()
    params = dict(zip(params, draw(*[v.shape for v in params.values()]), strict=True))
    model.set_params(params)
    arguments = model, np.array([1, 6, 2, 2, 0, 5, 3, 4, 6]), 3, 4
    found = function(*arguments)
    if found is None or isinstance(found, dict | tuple):
        return 'return one array: `grads["W_hh"]`.'
    found = np.asarray(found)
    if found.shape != (H, H):
        return f"the gradient has the shape of W_hh, {(H, H)}, not {found.shape}."
    model.set_params(params)  # in case the function has trained it
    for hint, mistake in LAST_MISTAKES.items():
        if np.allclose(found, mistake(*arguments), rtol=1e-8):
            return hint
    fits = np.allclose(found, last_steps(*arguments), rtol=1e-8)
    return None if fits else "the shape is right, the numbers are not."


# 5.6: a state without its past


def keras_read_piece(layer, x, state):
    import tensorflow as tf

    hs, state = layer(x, initial_state=state)
    return hs, tf.stop_gradient(state)


def torch_read_piece(layer, x, state):
    hs, state = layer(x, state)
    return hs, state.detach()


def judge_read_piece(function):
    """Try the function on a PyTorch layer, then on a Keras layer; the first that runs counts."""
    errors = []
    for name, attempt in (("nn.RNN", try_torch), ("SimpleRNN", try_keras)):
        try:
            found, *rest = attempt(
                function, *[a.astype("float32") for a in draw((B, T, E), (B, H))]
            )
        except Exception as error:
            errors.append(f"{name}: {f'{error}.'.splitlines()[0].strip('. ')}")
        else:
            return judge_piece(found, *rest)
    return f"it fits neither layer ({'; '.join(errors)})."


def two(found):
    """The two results of the function; ValueError when there are not two."""
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise ValueError("two results were expected, all states and the state to carry on.")
    return found


def try_torch(function, x, h):
    """What the function gives, what the layer gives, and whether each result has a gradient."""
    import torch

    layer = torch.nn.RNN(E, H, batch_first=True)
    x, h = torch.tensor(x, requires_grad=True), torch.tensor(h)[None]
    hs, state = two(function(layer, x, h))
    layer(x, state)  # as the next piece would
    flows = [part.requires_grad for part in (hs, state)]
    with torch.no_grad():
        return [part.detach().numpy() for part in (hs, state)], layer(x, h), flows


def try_keras(function, x, h):
    """As `try_torch`, for a SimpleRNN."""
    import tensorflow as tf
    from keras import layers

    layer = layers.SimpleRNN(H, return_sequences=True, return_state=True)
    x = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        hs, state = two(function(layer, tf.identity(x), tf.constant(h)))
        sums = [tf.reduce_sum(part) for part in (hs, state)]
    flows = [tape.gradient(total, x) is not None for total in sums]
    return [np.asarray(part) for part in (hs, state)], layer(x, initial_state=h), flows


def judge_piece(found, expected, flows):
    """None when both results have their numbers, and only the first its gradient, else a hint."""
    for ours, theirs in zip(found, map(np.asarray, expected), strict=True):
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, atol=1e-5):
            return "the results should hold the numbers that the layer gives for x and the state."
    if flows[1]:
        return "the state still knows how it was computed, so the gradient would go on through it."
    if not flows[0]:
        return "the states of the piece lost their gradient too, so nothing could be learned."
    return None


PATHS = {
    -0.2925: "that is the derivative for w_h; w_x multiplies the input.",
    -0.7722: "the second input is -1, so its share changes its sign.",
    -0.3667: "that is the last step alone, and there are three.",
    0.1886: "the sign is wrong: with a larger w_x the loss falls.",
}
WAYS = {
    0.3: "that is plain gradient descent; the velocity is missing.",
    0.271: "that is the third step alone; add up all three.",
    2.71: "that is the velocity in the third step, not the way.",
    -0.561: "say how far it has moved, without a sign.",
    5.61: "multiply by the learning rate.",
}

EXERCISES = {
    "5.1": Exercise(
        judge=number(-0.1886, wrong=PATHS),
        solutions={"": Value("-0.1137 * 1 + -0.2918 * -1 + -0.3667 * 1")},
        wrong={hint: value for value, hint in PATHS.items()},
    ),
    "5.2": Exercise(
        judge=number(0.561, tolerance=2e-3, wrong=WAYS),
        solutions={"": Value("0.1 * (1 + 1.9 + 2.71)")},
        wrong={hint: value for value, hint in WAYS.items()},
    ),
    "5.3": Exercise(
        judge=judge_deltas,
        solutions={"": deltas},
        wrong=DELTA_MISTAKES | {"step 5 is wrong": lambda dhs, hs, W_hh: 2 * deltas(dhs, hs, W_hh)},
        stub=deltas_with_a_mistake,
    ),
    "5.4": Exercise(
        judge=judge_relu,
        solutions={"": relu_step_backward},
        wrong=RELU_MISTAKES
        | {
            "`dh_prev` is wrong": lambda *a: relu_step_backward(*a[:5], a[5].T, a[6]),
            "three things": lambda *arguments: relu_step_backward(*arguments)[:2],
        },
        stub=lambda *arguments: None,
    ),
    "5.5": Exercise(
        judge=judge_last_steps,
        solutions={"": last_steps},
        wrong=LAST_MISTAKES
        | {"return one array": lambda *arguments: {"W_hh": last_steps(*arguments)}},
        stub=lambda *arguments: None,
    ),
    "5.6": Exercise(
        judge=judge_read_piece,
        solutions={"keras": keras_read_piece, "torch": torch_read_piece},
        wrong={
            "still knows": lambda layer, x, state: layer(x, state),
            "lost their gradient": lambda *a: [part.detach() for part in torch_read_piece(*a)],
            "the numbers": lambda layer, x, state: torch_read_piece(layer, x, 0 * state),
            "two results": lambda layer, x, state: layer(x, state)[0],
        },
        stub=lambda *arguments: None,
    ),
}
