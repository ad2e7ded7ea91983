"""Exercises of chapter 9: updates, positions in a stream, a schedule, spared biases, patience."""

import operator
from decimal import Decimal
from functools import cache
from numbers import Real

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, call, either, function, in_turn, number
from rnnlib.models import ModelConfig
from rnnlib.text import make_streams


def single(found):
    """The number that a function returned, as a float; a Hint for anything else."""
    if found is None:
        raise Hint("the function returns nothing: end it with return.")
    try:
        whatever = isinstance(found, Real | Decimal) and not isinstance(found, bool)
        value = np.array(float(found)) if whatever else array(found)
    except (Hint, OverflowError):
        value = np.array(None)
    if value.ndim or value.dtype.kind not in "iuf":
        raise Hint(f"the function should return a single number, not {type(found).__name__}.")
    return float(value)


def whole(found):
    """The whole number that a function returned, as an int; a Hint for anything else."""
    value = single(found)
    if not value.is_integer():
        raise Hint(f"a whole number was expected, and you return {value:.6g}.")
    return int(value)


# 9.1: the updates of a pass


judge_updates = number(
    490,
    tolerance=0,
    wrong={
        491: "the last batch would not be full, and is left out.",
        31370: "that is the length of a long row; a batch takes 64 characters of each row.",
        15685: "there are so many chunks of 64, and 32 of them are read at the same time.",
        2048: "that is what one update reads.",
    },
    question="how long is one of the 32 rows, and how many whole chunks of 64 does it hold?",
    whole="only whole batches count, so the number of updates is a whole number.",
)


# 9.2: where a character of a batch stands


def draw_sizes(seed=82, number=4):
    """batch_size, steps, length: all different, then one of each kind alone, then drawn ones."""
    drawn = np.random.default_rng(seed).integers(2, 7, (number, 3)).tolist()
    return [(2, 3, 4), (3, 2, 5), (1, 4, 2), (4, 1, 3), (3, 5, 1), *map(tuple, drawn), (3, 30, 25)]


def find_place(s, b, t, batch_size, steps, length):
    return (b * steps + s) * length + t


PLACE_MISTAKES = {
    "that is right if a text is cut batch by batch; here row b of a batch goes on in row b of the "
    "next batch, as in the figure of the streams.": (
        lambda s, b, t, batch_size, steps, length: (s * batch_size + b) * length + t
    ),
    "b counts long rows, and a long row has steps * length characters.": (
        lambda s, b, t, batch_size, steps, length: b * length + s * length + t
    ),
    "b * steps counts the chunks of the rows before, and each chunk has `length` characters.": (
        lambda s, b, t, batch_size, steps, length: b * steps + s * length + t
    ),
    "b * steps + s counts chunks, and each chunk has `length` characters.": (
        lambda s, b, t, batch_size, steps, length: b * steps + s + t
    ),
    "positions are counted from 0, and each of yours is one too large.": (
        lambda *place: find_place(*place) + 1
    ),
}


def ask_places(function, B, S, T):
    """What the function says for every place of a case, (S, B, T)."""
    answers = [whole(call(function, s, b, t, B, S, T)) for s, b, t in np.ndindex(S, B, T)]
    return np.reshape(answers, (S, B, T))


def explain_place(found, B, S, T):
    right, _ = make_streams(np.arange(B * S * T + 1), B, T)
    s, b, t = map(int, np.argwhere(found != right)[0])
    sizes = f"batch_size={B}, steps={S}, length={T}"
    expected = f"the position is {right[s, b, t]}, not {found[s, b, t]}"
    return f"for s={s}, b={b}, t={t} and {sizes} {expected}."


# 9.3: up on a line, down on a line


def find_rate(step, steps, rising, peak):
    if step < rising:
        return peak * (step + 1) / rising
    return peak * (steps - step) / (steps - rising)


def fall_otherwise(fall):
    """The right rate on its way up, then fall(updates left, how many there were) of the peak."""

    def rate(step, steps, rising, peak):
        if step < rising:
            return find_rate(step, steps, rising, peak)
        return peak * fall(steps - step, steps - rising)

    return rate


RATE_MISTAKES = {
    "the first update has the rate 0, so it moves no weight: count from step + 1.": (
        lambda step, *plan: find_rate(step - (step < plan[1]), *plan)
    ),
    "the rate never changes.": lambda step, steps, rising, peak: peak,
    "it does not stop rising at its peak.": (
        lambda step, steps, rising, peak: peak * (step + 1) / rising
    ),
    "the last update has the rate 0: zero is reached after it, at step == steps.": (
        fall_otherwise(lambda left, of: (left - 1) / max(of - 1, 1))
    ),
    "update `rising` is below the peak already: it still has the peak.": (
        fall_otherwise(lambda left, of: (left - 1) / of)
    ),
    "it falls along half a cosine, but it should fall on a straight line.": (
        fall_otherwise(lambda left, of: (1 - np.cos(np.pi * left / of)) / 2)
    ),
    "you return fractions of the peak: multiply them by the peak.": (
        lambda step, steps, rising, peak: find_rate(step, steps, rising, 1.0)
    ),
}


def draw_plans(seed=83, number=6):
    """steps, rising, peak: one in round numbers, then drawn ones."""
    rng, plans = np.random.default_rng(seed), [(50, 10, 0.1)]
    for _ in range(number):
        rising, falling = rng.integers(2, 20, 2).tolist()
        plans.append((rising + falling, rising, round(10 ** rng.uniform(-3, 1), 4)))
    return plans


def edge_plans():
    """One update that rises, or one that falls; a high peak and a low one."""
    return [(2, 1, 20.0), (9, 8, 3e-6), (9, 1, 0.5)]


def ask_rates(function, *plan):
    return np.array([single(call(function, step, *plan)) for step in range(plan[0])])


def same_rates(found, expected):
    return bool((np.abs(found - expected) < 1e-4 * expected.max()).all())


def explain_rates(found, *plan):
    right = ask_rates(find_rate, *plan)
    step = int((~(np.abs(found - right) < 1e-4 * plan[2])).argmax())
    where = "with {} steps, {} of them rising to {}, update {}".format(*plan, step)
    return f"{where} should have the rate {right[step]:.6g}, not {found[step]:.6g}."


# 9.4: weight decay for matrices alone


def spare_keras(net):
    import keras

    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    vectors = [v for v in net.trainable_variables if len(v.shape) == 1]
    optimizer.exclude_from_weight_decay(var_list=vectors)
    return optimizer


def spare_torch(net):
    import torch

    weights = list(net.parameters())
    groups = [
        {"params": [p for p in weights if p.ndim == 2]},
        {"params": [p for p in weights if p.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, 0.01, weight_decay=0.1)


def try_nets(kind):
    """A judge of the optimisers that a function makes for two nets of this kind."""

    def judge(function):
        judge_optimizer(function, kind, ModelConfig(5, 3, 4, dtype="float64"))
        judge_optimizer(function, kind, ModelConfig(6, 2, 3, num_layers=2, cell="lstm"))

    return judge


def judge_optimizer(function, kind, config):
    """Raise a Hint unless the function makes the right optimiser for a net of this kind."""
    weights = kind(config)
    start = weights.values()
    optimizer = function(weights.net)
    if optimizer is None:
        raise Hint("the function returns nothing: return the optimiser.")
    if not isinstance(optimizer, weights.optimizers()):
        raise TypeError(f"{type(optimizer).__name__}, which is none of its optimisers.")
    if not all(map(np.array_equal, start.values(), weights.values().values())):
        raise Hint("the function changes the weights; it should only make an optimiser.")
    if missing := weights.missing(optimizer):
        raise Hint(f"the optimiser has not been given {missing[0]}, so it would never be trained.")
    first, second = find_moves(weights, optimizer)
    if not np.allclose(first, 0.01, rtol=0.02):  # asked first, since a decay is a share of it
        raise Hint(
            "the first step of AdamW moves each weight by its rate of 0.01, and yours moves one "
            f"by {first[np.abs(first - 0.01).argmax()]:.3g}."
        )
    weights = kind(config)
    judge_decay(weights, function(weights.net))
    # Adam: 0.01 m / sqrt(v), of gradients 1 and 1/2
    m, v = (0.09 + 0.05) / 0.19, (0.000999 + 0.00025) / 0.001999
    if not np.allclose(second, 0.01 * m / v**0.5, rtol=0.02, atol=2e-5):
        raise Hint("its second step is not that of AdamW.")


def find_moves(weights, optimizer):
    """How far every number moves from 0 in a step with a gradient, and in one with half of it."""
    rng = np.random.default_rng(84)
    grads = {
        name: rng.uniform(0.01, 0.02, value.shape) * rng.choice([-1, 1], value.shape)
        for name, value in weights.values().items()
    }
    weights.assign({name: np.zeros_like(value) for name, value in grads.items()})
    reached = []
    for share in (1, 0.5):
        weights.step(optimizer, {name: share * value for name, value in grads.items()})
        reached.append(np.hstack([np.abs(v).ravel() for v in weights.values().values()]))
    return reached[0], reached[1] - reached[0]


def judge_decay(weights, optimizer):
    """Two steps without a gradient show what decays."""
    ones = {name: np.ones_like(value) for name, value in weights.values().items()}
    weights.assign(ones)
    for _ in range(2):
        weights.step(optimizer, {name: 0 * value for name, value in ones.items()})
    kept = {name: float(value.mean()) for name, value in weights.values().items()}
    matrices = [kept[name] for name in kept if ones[name].ndim == 2]
    shrinks = [kept[name] < 0.99999 for name in kept if ones[name].ndim == 1]
    if abs(np.mean(matrices) - 0.98) < 5e-5:  # a decay of 1 apart leaves 0.9801
        raise Hint("the decay went into the gradient, and Adam made a whole step of it.")
    if np.allclose(matrices, 1):
        also = ", and the biases do" if all(shrinks) else ""
        raise Hint(f"the matrices do not shrink{also}: weight_decay belongs to the matrices.")
    if all(shrinks):
        raise Hint("the biases shrink too, not only the matrices.")
    for name, share in kept.items():
        expected = 0.999**2 if ones[name].ndim == 2 else 1
        if not abs(share - expected) < 1e-5:
            axes = "two axes" if ones[name].ndim == 2 else "one axis"
            raise Hint(
                f"{name} has {axes}: two steps without a gradient should leave {expected:.3f} of "
                f"it, and yours leave {share:.4f}{as_a_decay(share)}."
            )


def as_a_decay(share):
    """The decay that leaves this share in two steps at the rate of 0.01, as a part of a hint."""
    return f", as a decay of {round((1 - share**0.5) / 0.01, 3):g} does" if share >= 0 else ""


@cache
def make_keras_net(config):
    """A net of Keras and its initial weights; made once: that takes longer than all trials."""
    from rnnlib.models.char_rnn.keras_model import build_net

    net = build_net(config)
    return net, net.get_weights()


class KerasWeights:
    """A net of Keras, its weights by name, and a step with given gradients."""

    def __init__(self, config):
        self.net, first = make_keras_net(config)
        self.net.trainable = True
        self.net.set_weights(first)
        self.variables = {v.path: v for v in self.net.trainable_variables}

    def optimizers(self):
        import keras

        return keras.optimizers.Optimizer

    def missing(self, optimizer):
        return []  # it is given the variables with the gradients

    def values(self):
        return {name: v.numpy() for name, v in self.variables.items()}

    def assign(self, values):
        for name, variable in self.variables.items():
            variable.assign(values[name].astype(variable.dtype))

    def step(self, optimizer, grads):
        import tensorflow as tf

        given = [tf.constant(grads[name], v.dtype) for name, v in self.variables.items()]
        optimizer.apply(given, list(self.variables.values()))


class TorchWeights:
    """The same for a net of PyTorch."""

    def __init__(self, config):
        from rnnlib import models

        self.net = models.build(config, "torch").net
        self.variables = {n: p for n, p in self.net.named_parameters() if p.requires_grad}

    def optimizers(self):
        import torch

        return torch.optim.Optimizer

    def missing(self, optimizer):
        known = {id(p) for group in optimizer.param_groups for p in group["params"]}
        return [n for n, p in self.variables.items() if id(p) not in known or not p.requires_grad]

    def values(self):
        return {name: p.detach().numpy().copy() for name, p in self.variables.items()}

    def assign(self, values):
        import torch

        for name, p in self.variables.items():
            p.data.copy_(torch.tensor(values[name]))

    def step(self, optimizer, grads):
        import torch

        for name, p in self.variables.items():
            p.grad = torch.tensor(grads[name], dtype=p.dtype)
        optimizer.step()


# 9.5: early stopping


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


def never_start_again(losses, patience):
    worse = [i for i in range(len(losses)) if i and losses[i] >= min(losses[:i])]
    return worse[patience - 1] + 1 if len(worse) >= patience else len(losses)


STOP_MISTAKES = {
    "that is where the best score stands; training ends later.": (
        lambda losses, patience: np.argmin(losses) + 1
    ),
    "after the best score any score that is not better counts, also one that falls.": stop_at_rises,
    "a score that equals the best is not better than it.": count_equal_as_better,
    "the counting starts again at each new best.": never_start_again,
    "you stop one score too late.": (
        lambda losses, patience: min(count_scores(losses, patience) + 1, len(losses))
    ),
    "you wait for one score more than the patience: it is lost when that many bring no new best.": (
        lambda losses, patience: count_scores(losses, patience + 1)
    ),
    "you stop one score too early: the question is after how many scores it ends.": (
        lambda losses, patience: count_scores([*losses, -np.inf], patience) - 1
    ),
}


def draw_losses(seed=85, number=20):
    """losses, patience: some to tell mistakes apart, then drawn ones of both signs and any size."""
    rng = np.random.default_rng(seed)
    cases = [
        ([2.0], 1),
        ([2.0, 2.0, 2.0, 1.9], 2),
        ([2.0, 1.9, 1.95, 1.97, 1.96], 2),
        ([2.0, 2.1, 2.05, 2.07, 1.5], 3),
        ([3.0, 2.5, 2.4, 2.6, 2.5, 2.7, 2.8], 3),
        ([3.0, 2.0, 2.1, 1.9, 2.0, 1.8, 1.7], 2),
        ([2.5, 2.40004, 2.40002, 2.40003, 2.40001, 2.41, 2.42, 2.43], 3),
        ([round(3 - 0.01 * i + 0.3 * (i % 12 > 0), 2) for i in range(60)], 15),
    ]
    for _ in range(number):
        middle, length = rng.choice([-3, 0, 2, 2000]), rng.integers(1, 10)
        losses = np.round(middle + np.sort(rng.normal(size=length))[::-1], 1)
        swapped = rng.permutation(length)[:4]
        losses[np.sort(swapped)] = losses[swapped]
        cases.append((losses.tolist(), int(rng.integers(1, 5))))
    return cases


def ask_count(function, losses, patience):
    return whole(call(function, losses, patience))


def explain_stop(found, losses, patience):
    right = count_scores(losses, patience)
    more = f" and {len(losses) - 10} more" if len(losses) > 10 else ""
    return f"for {losses[:10]}{more} and a patience of {patience} it is {right}, not {found}."


EXERCISES = {
    "9.1": Exercise(judge=judge_updates, solutions={"": Value("(1_003_854 - 1) // (32 * 64)")}),
    "9.2": Exercise(
        judge=function(
            draw_sizes, find_place, explain_place, PLACE_MISTAKES, ask_places, np.array_equal
        ),
        solutions={"": find_place},
    ),
    "9.3": Exercise(
        judge=in_turn(
            function(draw_plans, find_rate, explain_rates, RATE_MISTAKES, ask_rates, same_rates),
            function(edge_plans, find_rate, explain_rates, {}, ask_rates, same_rates),
        ),
        solutions={"": find_rate},
    ),
    "9.4": Exercise(
        judge=either(
            {
                "on the net of Keras": try_nets(KerasWeights),
                "on that of PyTorch": try_nets(TorchWeights),
            }
        ),
        solutions={"keras": spare_keras, "torch": spare_torch},
    ),
    "9.5": Exercise(
        judge=function(
            draw_losses, count_scores, explain_stop, STOP_MISTAKES, ask_count, operator.eq
        ),
        solutions={"": count_scores},
    ),
}
