"""Exercises of chapter 8: updates and places in a stream, a schedule, spared biases, patience."""

import numpy as np

from rnnlib.exercises import Exercise, Value, number
from rnnlib.text import make_streams

CASES = [(2, 3, 4), (3, 2, 5), (1, 4, 2)]  # batch_size, steps, length on which places are tried


def not_written(*arguments):
    raise NotImplementedError


# 8.2: where a character of a batch stands


def find_place(s, b, t, batch_size, steps, length):
    return (b * steps + s) * length + t


PLACE_MISTAKES = {
    "a row of the batch is not a piece of one long row there; see the figure of the streams.": (
        lambda s, b, t, batch_size, steps, length: (s * batch_size + b) * length + t
    ),
    "b counts long rows, and a long row has steps * length characters.": (
        lambda s, b, t, batch_size, steps, length: b * length + s * length + t
    ),
}


def find_places(function):
    """What the function says for every place of every case, one array (S, B, T) a case."""
    found = []
    for B, S, T in CASES:
        places = np.ndindex(S, B, T)
        answers = [int(function(s, b, t, B, S, T)) for s, b, t in places]
        found.append(np.reshape(answers, (S, B, T)))
    return found


def judge_place(function):
    found = find_places(function)
    for hint, mistake in PLACE_MISTAKES.items():
        if all(map(np.array_equal, found, find_places(mistake))):
            return hint
    for (B, S, T), answers in zip(CASES, found, strict=True):
        right, _ = make_streams(np.arange(B * S * T + 1), B, T)
        wrong = np.argwhere(answers != right)
        if len(wrong):
            s, b, t = map(int, wrong[0])
            where = f"batch {s}, row {b}, step {t} of {S} batches of {B} rows of {T}"
            return f"{where} is not at {answers[s, b, t]}."
    return None


# 8.3: up on a line, down on a line


def find_rate(step, steps, rising, peak):
    if step < rising:
        return peak * (step + 1) / rising
    return peak * (steps - step) / (steps - rising)


def fall_otherwise(fall):
    """The right rate on its way up, and fall(share of the way down that is left) of the peak."""

    def rate(step, steps, rising, peak):
        left = (steps - step) / (steps - rising)
        return find_rate(step, steps, rising, peak) if step < rising else peak * fall(left)

    return rate


RATE_MISTAKES = {
    "the first update has the rate 0, so it changes nothing: count from step + 1.": (
        lambda step, *plan: find_rate(step - (step < plan[1]), *plan)
    ),
    "the rate never changes.": lambda step, steps, rising, peak: peak,
    "it does not stop rising at its peak.": (
        lambda step, steps, rising, peak: peak * (step + 1) / rising
    ),
    "the last update has the rate 0: zero is reached after it, at step == steps.": (
        fall_otherwise(lambda left: (40 * left - 1) / 40)
    ),
}


def judge_rate(function):
    def ask(function):
        return [float(function(step, 50, 10, 0.1)) for step in range(50)]

    found, right = ask(function), ask(find_rate)
    for hint, mistake in RATE_MISTAKES.items():
        if np.allclose(found, ask(mistake), rtol=0, atol=1e-9):
            return hint
    for step in (0, 9, 10, *range(50)):
        if not abs(found[step] - right[step]) < 1e-9:
            where = f"with 50 steps, 10 of them rising to 0.1, update {step}"
            return f"{where} should have the rate {right[step]:.4g}, not {found[step]:.4g}."
    return None


# 8.4: weight decay for matrices alone


def spare_keras(net):
    import keras

    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    vectors = [v for v in net.trainable_variables if len(v.shape) == 1]
    optimizer.exclude_from_weight_decay(var_list=vectors)
    return optimizer


def spare_torch(net):
    import torch

    trained = [p for p in net.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim == 2]},
        {"params": [p for p in trained if p.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, 0.01, weight_decay=0.1)


def spare_none(optimiser="AdamW", decay=0.1, axes=(1, 2)):
    """An answer that hands PyTorch's optimiser all parameters with so many axes in one group."""

    def answer(net):
        import torch

        params = [p for p in net.parameters() if p.ndim in axes]
        return getattr(torch.optim, optimiser)(params, 0.01, weight_decay=decay)

    return answer


def judge_spared(function):
    from rnnlib import engines
    from rnnlib.config import ModelConfig

    config = ModelConfig(5, 3, 4, dtype="float64")
    steps = {"keras": step_keras, "torch": step_torch}
    hints = [judge_shrinking(function, engines.build(config, e).net, steps[e]) for e in steps]
    return None if None in hints else next((h for h in hints if "stopped" not in h), hints[0])


def judge_shrinking(function, net, step):
    try:
        optimizer = function(net)
        if optimizer is None:
            return "the function returns nothing: return the optimiser."
        arrays = step(optimizer, net)
    except NotImplementedError:
        raise
    except Exception as error:
        return f"your answer stopped with {type(error).__name__}, in both frameworks."
    if arrays is None:
        return "the optimiser has not been given the biases, so they would never be trained."
    matrices, vectors = (np.hstack([a.ravel() for a in arrays if a.ndim == n]) for n in (2, 1))
    if abs(matrices.mean() - 0.98) < 0.002:
        return "the decay went into the gradient, and Adam made a whole step of it: take AdamW."
    if np.allclose(matrices, 1):
        return "the matrices do not shrink: give the optimiser its weight_decay."
    if not np.allclose(vectors, 1):
        return "the biases shrink as well as the matrices."
    if not np.allclose(matrices, 0.999**2, rtol=0, atol=1e-6):
        return f"two steps should leave 0.998 of a matrix, and yours leave {matrices.mean():.3f}."
    return None


def step_keras(optimizer, net):
    """What two steps without a gradient leave of parameters that were 1."""
    import tensorflow as tf

    variables = net.trainable_variables
    for variable in variables:
        variable.assign(tf.ones(variable.shape, "float64"))
    for _ in range(2):
        optimizer.apply([tf.zeros(v.shape, "float64") for v in variables], variables)
    return [variable.numpy() for variable in variables]


def step_torch(optimizer, net):
    """The same; None when the optimiser lacks a parameter."""
    import torch

    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    trained = [p for p in net.parameters() if p.requires_grad]
    for p in trained:
        torch.nn.init.ones_(p)
        p.grad = torch.zeros_like(p)
    for _ in range(2):
        optimizer.step()
    return [p.detach().numpy() for p in trained] if known >= set(map(id, trained)) else None


# 8.5: early stopping


def count_scores(losses, patience):
    for count in range(1, len(losses) + 1):
        if count - 1 - np.argmin(losses[:count]) >= patience:
            return count
    return len(losses)


def stop_at_rises(losses, patience):
    rises = 0
    for i in range(1, len(losses)):
        rises = rises + 1 if losses[i] > losses[i - 1] else 0
        if rises == patience:
            return i + 1
    return len(losses)


def count_equal_as_better(losses, patience):
    return count_scores([loss - 1e-9 * i for i, loss in enumerate(losses)], patience)


STOP_CASES = [
    ([3.0, 2.5, 2.4, 2.6, 2.5, 2.7, 2.8], 3),
    ([3.0, 2.0, 2.1, 1.9, 2.0, 1.8, 1.7], 2),
    ([2.0, 2.1, 2.05, 2.07, 1.5], 3),
    ([2.0, 2.0, 2.0, 1.9], 2),
    ([2.0, 1.9, 1.95, 1.97, 1.96], 2),
]
STOP_MISTAKES = {
    "that is where the best score stands; training ends later.": (
        lambda losses, patience: np.argmin(losses) + 1
    ),
    "after the best score any score that is not better counts, also one that falls.": stop_at_rises,
    "a score that equals the best is not better than it.": count_equal_as_better,
    "you stop one score too late.": (
        lambda losses, patience: min(count_scores(losses, patience) + 1, len(losses))
    ),
}


def judge_stop(function):
    def ask(function):
        return [int(function(list(losses), patience)) for losses, patience in STOP_CASES]

    found = ask(function)
    for hint, mistake in STOP_MISTAKES.items():
        if found == ask(mistake):
            return hint
    for (losses, patience), answer in zip(STOP_CASES, found, strict=True):
        if answer != count_scores(losses, patience):
            return f"for {losses} and a patience of {patience} you say {answer}."
    return None


EXERCISES = {
    "8.1": Exercise(
        judge=number(
            490,
            tolerance=0.01,
            wrong={
                491: "the last batch would not be full, and is left out.",
                490.16: "only whole batches count.",
                31370: "that is the length of a long row; a batch takes 64 characters of it.",
                15685: "that many pieces of 64 there are, and 32 of them are read at a time.",
            },
        ),
        solutions={"": Value("(1_003_854 - 1) // (32 * 64)")},
        wrong={"be full": 491, "whole": 1_003_853 / 2048, "long row": 31370, "at a time": 15685},
    ),
    "8.2": Exercise(
        judge=judge_place,
        solutions={"": find_place},
        wrong=PLACE_MISTAKES | {"is not at": lambda s, b, t, *sizes: s + b + t},
        stub=not_written,
    ),
    "8.3": Exercise(
        judge=judge_rate,
        solutions={"": find_rate},
        wrong=RATE_MISTAKES | {"should have the rate": fall_otherwise(lambda left: left**2)},
        stub=not_written,
    ),
    "8.4": Exercise(
        judge=judge_spared,
        solutions={"keras": spare_keras, "torch": spare_torch},
        wrong={
            "shrink as well": spare_none(),
            "never be trained": spare_none(axes=(2,)),
            "take AdamW": spare_none("Adam"),
            "its weight_decay": spare_none(decay=0.0),
        },
        stub=not_written,
    ),
    "8.5": Exercise(
        judge=judge_stop,
        solutions={"": count_scores},
        wrong=STOP_MISTAKES | {"you say": lambda losses, patience: 1},
        stub=not_written,
    ),
}
