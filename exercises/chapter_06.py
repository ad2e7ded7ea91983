"""Exercises of chapter 6: a path by hand, momentum, backward passes to mend and write, a cut."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask_numbers, call, close, either, function, number
from rnnlib import models
from rnnlib.models import ModelConfig


def draw(rng, *sizes, scale=0.8):
    """Arrays of these sizes, normally distributed."""
    return [rng.normal(0, scale, size) for size in sizes]


# 6.3: the deltas of one sequence


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


def slope_twice_on_the_answer(dhs, hs, W_hh):
    return deltas(dhs * (1 - hs[1:] ** 2), hs, W_hh)


def slope_twice_on_the_way(dhs, hs, W_hh):
    found = np.zeros_like(dhs)
    from_later = np.zeros(dhs.shape[1])
    for t in reversed(range(len(dhs))):
        slope = 1 - hs[t + 1] ** 2
        found[t] = (dhs[t] + from_later) * slope
        from_later = (found[t] * slope) @ W_hh.T
    return found


DELTA_MISTAKES = {
    "these are the deltas of the function as it stood: the wrong word is still in it.": (
        deltas_with_a_mistake
    ),
    "the slope of tanh is applied twice to what each prediction sends back; once is enough.": (
        slope_twice_on_the_answer
    ),
    "each delta already holds the slope of its tanh; on the way to the step before you apply it "
    "again.": slope_twice_on_the_way,
    "each delta has only what its own prediction sends back.": lambda dhs, hs, W_hh: deltas(
        dhs, hs, 0 * W_hh
    ),
    "on the way back W_hh must be transposed.": lambda dhs, hs, W_hh: deltas(dhs, hs, W_hh.T),
    "the derivative of tanh is missing.": lambda dhs, hs, W_hh: deltas(dhs, 0 * hs, W_hh),
    "the tanh of step t made `hs[t + 1]`.": lambda dhs, hs, W_hh: deltas(
        dhs, hs[[0, *range(len(dhs))]], W_hh
    ),
    "the sign is reversed.": lambda dhs, hs, W_hh: -deltas(dhs, hs, W_hh),
}


def sequences():
    rng = np.random.default_rng(53)
    for T, H, scale in ((5, 4, 0.8), (1, 3, 0.8), (30, 2, 20.0), (3, 6, 0.8)):
        (dhs,), (hs, W_hh) = draw(rng, (T, H), scale=scale), draw(rng, (T + 1, H), (H, H))
        yield dhs, np.tanh(hs), W_hh


def explain_deltas(found, *case):
    T, right = len(found), deltas(*case)
    step = max((t + 1 for t in range(T) if not close(found[t:], right[t:])), default=1)
    return f"in a sequence of {T} steps, the delta of step {step} is wrong."


# 6.4: another cell


def relu_step_backward(dh, x, h_prev, h, W_xh, W_hh, b_h):
    da = dh * (h > 0)  # the slope is 1 where the sum was positive, else 0
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return da @ W_xh.T, da @ W_hh.T, grads


def with_slope(slope):
    """`relu_step_backward` with another slope in place of its own."""

    def version(dh, x, h_prev, h, *weights):
        return relu_step_backward(dh * slope(h_prev, h), x, h_prev, np.ones_like(h), *weights)

    return version


def mean_over_the_batch(dh, *rest):
    dx, dh_prev, grads = relu_step_backward(dh, *rest)
    return dx, dh_prev, {name: grad / len(dh) for name, grad in grads.items()}


RELU_MISTAKES = {
    "that is the slope of tanh; ReLU has another.": with_slope(lambda h_prev, h: 1 - h**2),
    "where h is 0, nothing passes.": with_slope(lambda h_prev, h: np.ones_like(h)),
    "ask whether the new state is positive, not the old.": with_slope(lambda h_prev, h: h_prev > 0),
    "the slope is 1 where h is positive, not h itself.": with_slope(lambda h_prev, h: h),
    "the gradients of the rows of a batch add up; you take their mean.": mean_over_the_batch,
}


def relu_steps():
    rng = np.random.default_rng(54)
    for B, E, H, scale, size in ((2, 3, 4, 0.8, 1), (1, 2, 6, 0.8, 1e-4), (5, 4, 3, 20.0, 30)):
        (dh,) = draw(rng, (B, H), scale=scale)
        x, h_prev, *weights = draw(rng, (B, E), (B, H), (E, H), (H, H), (H,))
        x, h_prev, weights[2] = size * x, size * h_prev, size * weights[2]  # states of that size
        h = np.maximum(0, x @ weights[0] + h_prev @ weights[1] + weights[2])
        yield dh, x, h_prev, h, *weights


def ask_parts(function, *case):
    return parts(call(function, *case))


def same_parts(found, expected):
    return all(close(found[name], value) for name, value in expected.items())


def explain_relu(found, *case):
    expected = parts(relu_step_backward(*case))
    name = next(name for name, value in expected.items() if not close(found[name], value))
    return explain(name, found[name], expected[name])


def parts(found):
    """{name: array} of the three results of a backward step; a Hint when they are not three."""
    if not (isinstance(found, tuple | list) and len(found) == 3 and isinstance(found[2], dict)):
        raise Hint("return three things: dx, dh_prev, and a dictionary of gradients.")
    if set(found[2]) != {"W_xh", "W_hh", "b_h"}:
        raise Hint('the dictionary should have the names "W_xh", "W_hh" and "b_h".')
    named = {"dx": found[0], "dh_prev": found[1]}
    named |= {name: found[2][name] for name in ("W_xh", "W_hh", "b_h")}
    return {name: array(value, f"`{name}`") for name, value in named.items()}


def explain(name, found, expected):
    """What is wrong with one of the arrays."""
    if found.shape != expected.shape:
        return f"`{name}` should have the shape {expected.shape}, not {found.shape}."
    return f"`{name}` has the right shape, but wrong numbers."


# 6.5: the gradient of the last prediction, cut after k steps


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


def one_step_more(model, ids, target, k):
    return (
        last_steps(model, ids, target, k + 1)
        if k + 1 < len(ids)
        else from_zeros(model, ids, target, k)
    )


def one_step_less(model, ids, target, k):
    W_hh = model.get_params()["W_hh"]  # what comes out for k - 1 = 0 depends on how it was written
    return last_steps(model, ids, target, k - 1) if k > 1 else np.full_like(W_hh, np.nan)


def first_steps(model, ids, target, k):
    _, grads, _ = model.loss_and_grads(ids[None, :k], np.array([[target]]), model.init_state(1))
    return grads["W_hh"]


LAST_MISTAKES = {
    "the gradient goes back through the whole text; cut it before the last k steps.": from_zeros,
    "the last k steps start from zeros; carry the state of what was read before.": lambda *a: (
        from_zeros(a[0], a[1][-a[3] :], *a[2:])
    ),
    "there is one target, for the last step alone.": at_each_step,
    "the gradient goes back k steps, not k + 1.": one_step_more,
    "the gradient goes back k steps, not k - 1.": one_step_less,
    "those are the first k characters; all are read, and the last k are the ones that count.": (
        first_steps
    ),
    "the sign is reversed.": lambda *a: -last_steps(*a),
    "there is one target, so the mean is over one; you divide by k.": lambda *a: (
        last_steps(*a) / a[3]
    ),
}


def texts_with_a_target():
    rng = np.random.default_rng(55)
    sizes = (7, 3, 4, 9, 4), (5, 2, 6, 6, 1), (4, 5, 3, 8, 6), (6, 4, 2, 5, 2), (4, 5, 3, 14, 10)
    for V, E, H, T, k in sizes:
        model = models.build(ModelConfig(V, E, H, dtype="float64"), "numpy")
        params = model.get_params()
        drawn = draw(rng, *[value.shape for value in params.values()])
        model.set_params(dict(zip(params, drawn, strict=True)))
        yield model, rng.integers(V, size=T), int(rng.integers(V)), k


def ask_gradient(function, model, *case):
    found, H = call(function, model, *case), model.config.hidden_size
    if found is None or isinstance(found, dict):
        raise Hint("return one array, the gradient of W_hh.")
    found = array(found, "the gradient")
    if found.shape != (H, H):
        raise Hint(f"the gradient has the shape of W_hh, {(H, H)}, not {found.shape}.")
    return found


def same_gradient(found, expected):
    return np.isnan(expected).all() or close(found, expected)


def explain_gradient(found, model, ids, target, k):
    return f"with {len(ids)} characters and k = {k} the shape is right, the numbers are not."


# 6.6: a state without its past


def keras_read_chunk(layer, x, state):
    import tensorflow as tf

    hs, state = layer(x, initial_state=state)
    return hs, tf.stop_gradient(state)


def torch_read_chunk(layer, x, state):
    hs, state = layer(x, state)
    return hs, state.detach()


def try_layer(attempt):
    """A judge of what the function does with a layer, of several sizes."""

    def judge(function):
        if isinstance(function, type):
            raise Hint("a function was expected, not a class.")
        rng = np.random.default_rng(56)
        for B, T, E, H in ((2, 5, 3, 4), (1, 3, 4, 2), (3, 1, 2, 5)):
            attempt(function, *[a.astype("float32") for a in draw(rng, (B, T, E), (B, H))])

    return judge


def two(found):
    """The two results of the function; a Hint when there are not two."""
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Hint("return two things: all states of the chunk, and the state to carry on.")
    return found


def try_torch(function, x, h):
    """Raise a Hint unless the function reads a chunk with an nn.RNN, and cuts its state."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.RNN(x.shape[2], h.shape[1], batch_first=True)
    before = [p.detach().clone() for p in layer.parameters()]
    x, h = torch.tensor(x, requires_grad=True), torch.tensor(h)[None]
    given = x.detach().clone(), h.clone()
    hs, state = two(function(layer, x, h))
    kept = [torch.equal(a, b) for a, b in zip(given, (x, h), strict=True)]
    kept += [torch.equal(a, b) for a, b in zip(before, layer.parameters(), strict=True)]
    require_unchanged(all(kept))
    expected = layer(x, h)
    require_numbers((hs, state), [array(part) for part in expected])
    require_next(layer, x, state)
    sources = [x, *layer.parameters()]
    weights = torch.linspace(-1, 2, expected[0].numel()).reshape(expected[0].shape)

    def gradients(result):
        if not (hasattr(result, "requires_grad") and result.requires_grad):
            return [None] * len(sources)
        total = (result * weights).sum() if result.shape == weights.shape else result.sum()
        return torch.autograd.grad(total, sources, retain_graph=True, allow_unused=True)

    require_cut(gradients(state))
    require_flow(gradients(hs), gradients(expected[0]))


def try_keras(function, x, h):
    """As `try_torch`, for a SimpleRNN."""
    import tensorflow as tf
    from keras import layers

    layer = layers.SimpleRNN(h.shape[1], return_sequences=True, return_state=True)
    layer.build(x.shape)
    before = layer.get_weights()
    x, h = tf.Variable(x), tf.constant(h)
    given, sources = x.numpy(), [x, *layer.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        hs, state = two(function(layer, tf.identity(x), h))
        if isinstance(state, tuple | list) and len(state) == 1:  # Keras takes such a list as well
            (state,) = state
        expected = layer(x, initial_state=h)
        weights = tf.reshape(tf.linspace(-1.0, 2.0, tf.size(expected[0])), expected[0].shape)
        require_numbers((hs, state), [array(part) for part in expected])
        totals = [tf.reduce_sum(part * weights) for part in (hs, expected[0])]
        last = tf.reduce_sum(state)
    kept = [np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True)]
    require_unchanged(all(kept) and np.array_equal(given, x.numpy()))
    require_next(layer, given, state)
    require_cut(tape.gradient(last, sources))
    require_flow(*[tape.gradient(total, sources) for total in totals])


def require_unchanged(kept):
    if not kept:
        raise Hint("the function changes the layer or what it was given; only read with it.")


def require_numbers(found, expected):
    for name, ours, theirs in zip(("states of the chunk", "state"), found, expected, strict=True):
        ours = array(ours, f"the {name}")
        if ours.shape != theirs.shape:
            raise Hint(f"the {name} should have the shape {theirs.shape}, not {ours.shape}.")
        if not close(ours, theirs, rtol=1e-3):
            raise Hint(f"the {name} should hold the numbers that the layer gives for x and state.")


def require_next(layer, x, state):
    """Read on from the state, as the next chunk would."""
    try:
        layer(x, state)
    except Exception:
        kind = type(state).__name__
        raise Hint(f"the layer cannot read on from the state that you return, a {kind}.") from None


def require_cut(gradients):
    if any(gradient is not None for gradient in gradients):
        raise Hint(
            "the state still knows how it was computed, so the gradient would go on through it."
        )


def require_flow(found, expected):
    if all(gradient is None for gradient in found):
        raise Hint("the states of the chunk lost their gradient too, so nothing could be learned.")
    for ours, theirs in zip(found, expected, strict=True):
        if ours is None or not close(ours, theirs, rtol=1e-3):
            raise Hint(
                "the states of the chunk lost a part of their gradient: it should go back "
                "through all steps of the chunk, to x and to every weight."
            )


PATHS = {
    -0.2918: "that is one delta alone, or the derivative for w_h; multiply each by its input.",
    -0.2925: "that is the derivative for w_h, or one delta alone; multiply each by its input.",
    -0.7722: "the second input is -1, so its share changes its sign.",
    -0.3667: "that is the last step alone, and there are three.",
    0.1886: "the sign is wrong: with a larger w_x the loss falls.",
    -0.0628: "that is the mean of the three shares; the derivative is their sum.",
}
WAYS = {
    0.3: "that is plain gradient descent; the velocity is missing.",
    0.271: "that is the third step alone; add up all three.",
    2.71: "that is the velocity in the third step, not the way.",
    -0.561: "say how far it has moved, without a sign.",
    5.61: "multiply by the learning rate.",
}

EXERCISES = {
    "6.1": Exercise(
        judge=number(
            -0.18852, wrong=PATHS, question="by which input is each of the three deltas multiplied?"
        ),
        solutions={"": Value("-0.1136 * 1 + -0.2917 * -1 + -0.3666 * 1")},
    ),
    "6.2": Exercise(
        judge=number(
            0.561,
            wrong=WAYS,
            question="what is the velocity in the first, in the second, and in the third step?",
        ),
        solutions={"": Value("0.1 * (1 + 1.9 + 2.71)")},
    ),
    "6.3": Exercise(
        judge=function(
            sequences, deltas, explain_deltas, DELTA_MISTAKES, ask_numbers, wanted="an array"
        ),
        solutions={"": deltas},
    ),
    "6.4": Exercise(
        judge=function(
            relu_steps, relu_step_backward, explain_relu, RELU_MISTAKES, ask_parts, same_parts
        ),
        solutions={"": relu_step_backward},
    ),
    "6.5": Exercise(
        judge=function(
            texts_with_a_target,
            last_steps,
            explain_gradient,
            LAST_MISTAKES,
            ask_gradient,
            same_gradient,
        ),
        solutions={"": last_steps},
    ),
    "6.6": Exercise(
        judge=either(
            {"on an nn.RNN": try_layer(try_torch), "on a SimpleRNN": try_layer(try_keras)}
        ),
        solutions={"keras": keras_read_chunk, "torch": torch_read_chunk},
    ),
}
