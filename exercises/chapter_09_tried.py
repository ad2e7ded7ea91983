"""Other right and wrong answers to the exercises of chapter 9."""

from decimal import Decimal

import numpy as np

from exercises import chapter_09 as exercises
from exercises.chapter_09 import count_scores, find_place, find_rate, spare_keras, spare_torch

# 9.2


# 9.3


def fixed_plan(step, steps, rising, peak):
    return find_rate(step, 50, 10, 0.1)


def falls_over_all(step, steps, rising, peak):
    return peak * (step + 1) / rising if step < rising else peak * (1 - step / steps)


def falls_below_zero(step, steps, rising, peak):
    return min(peak * (step + 1) / rising, 2 * peak - peak * step / rising)


# 9.4


def by_name_torch(net):
    import torch

    named = [(n, p) for n, p in net.named_parameters() if p.requires_grad]
    biases = [p for n, p in named if "bias" in n]
    others = [p for n, p in named if "bias" not in n]
    groups = [{"params": biases}, {"params": others, "weight_decay": 0.1}]
    return torch.optim.AdamW(groups, lr=0.01, weight_decay=0)


def all_parameters_torch(net):
    import torch

    groups = [{"params": [p], "weight_decay": 0.1 if p.dim() > 1 else 0} for p in net.parameters()]
    return torch.optim.AdamW(groups, lr=1e-2)


def adam_decoupled_torch(net):
    import torch

    groups = spare_torch(net).param_groups
    groups = [{k: g[k] for k in ("params", "weight_decay")} for g in groups]
    return torch.optim.Adam(groups, lr=0.01, decoupled_weight_decay=True)


def by_name_keras(net):
    import keras

    optimizer = keras.optimizers.AdamW(learning_rate=0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def adam_keras(net):
    import keras

    optimizer = keras.optimizers.Adam(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay([w for w in net.weights if w.shape.ndims == 1])
    optimizer.build(net.trainable_variables)
    return optimizer


def for_either(net):
    return (spare_torch if hasattr(net, "parameters") else spare_keras)(net)


def swapped(net):
    optimizer = spare_torch(net)
    matrices, vectors = optimizer.param_groups
    matrices["weight_decay"], vectors["weight_decay"] = 0.0, 0.1
    return optimizer


def frozen(net):
    for p in net.parameters():
        if p.ndim == 1:
            p.requires_grad_(False)
    return spare_none_of_them(net)


def spare_none_of_them(net):
    import torch

    return torch.optim.AdamW(net.parameters(), 0.01, weight_decay=0.1)


def usual_rate(net):
    import torch

    groups = spare_torch(net).param_groups
    return torch.optim.AdamW([{k: g[k] for k in ("params", "weight_decay")} for g in groups])


def usual_rate_keras(net):
    import keras

    optimizer = keras.optimizers.AdamW(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def usual_decay(net):
    import torch

    matrices, vectors = (g["params"] for g in spare_torch(net).param_groups)
    groups = [{"params": matrices}, {"params": vectors, "weight_decay": 0}]
    return torch.optim.AdamW(groups, 0.01)


def usual_decay_keras(net):
    import keras

    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def strong_decay(net):
    optimizer = spare_torch(net)
    optimizer.param_groups[0]["weight_decay"] = 1.0
    return optimizer


def gradient_descent(net):
    import torch

    groups = [{k: g[k] for k in ("params", "weight_decay")} for g in spare_torch(net).param_groups]
    return torch.optim.SGD(groups, 0.01)


def only_the_square_ones(net):
    import torch

    squares = {p: p.ndim == 2 and p.shape[0] == p.shape[1] for p in net.parameters()}
    groups = [{"params": [p], "weight_decay": 0.1 * square} for p, square in squares.items()]
    return torch.optim.AdamW(groups, 0.01)


def shrink_now(net):
    for p in net.parameters():
        p.data.mul_(0.9)
    return spare_torch(net)


def none_spared_keras(net):
    import keras

    return keras.optimizers.AdamW(0.01, weight_decay=0.1)


def fixed_places_keras(net):
    import keras

    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay([net.trainable_variables[i] for i in (3, 5)])
    return optimizer


def sign_descent(net):
    import keras

    optimizer = keras.optimizers.Lion(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def name_error(net):
    return adamw(net)  # noqa: F821


# 9.5


def best_starts_at(value):
    def count(losses, patience):
        kept = count_scores([value, *losses], patience) - 1
        return kept or len(losses)

    return count


def sort_first(losses, patience):
    losses.sort()
    return len(losses)


def patience_too_small(losses, patience):
    return count_scores(losses, patience - 1)


RIGHT = {
    "9.3": {
        "decimal": (lambda step, steps, rising, peak: find_rate(step, steps, rising, Decimal(peak)))
    },
    "9.4": {
        "by name, PyTorch": by_name_torch,
        "a group for each, the frozen one too": all_parameters_torch,
        "Adam that decays apart, PyTorch": adam_decoupled_torch,
        "by name, Keras": by_name_keras,
        "Adam, which is AdamW in Keras, and built": adam_keras,
        "either framework": for_either,
    },
}
WRONG = {
    "9.1": {
        "a string": ("490", "a single number was expected, not str"),
        "a little too much": (490.1, "whole number"),
        "half a batch": (490.5, "whole number"),
        "not cut at all": (1_003_854 / 64 / 32, "whole number"),
        "the sizes of the page": (1307, "too large"),
        "windows": (1_003_854 - 64, "too large"),
        "the rows multiplied": (31370 * 64, "too large"),
        "what one update reads": (2048, "one update reads"),
    },
    "9.2": {
        "half a place too far": (lambda *place: find_place(*place) + 0.5, "a whole number"),
        "a string": (lambda *place: str(find_place(*place)), "a single number, not str"),
        "a sentence": (lambda *place: "far away", "a single number, not str"),
        "a list": (lambda *place: [find_place(*place)], "a single number, not list"),
        "nothing": (lambda *place: None, "returns nothing"),
        "rounded down by chance": (lambda *place: find_place(*place) - 1e-3, "a whole number"),
        "batch_size for steps": (
            lambda s, b, t, batch_size, steps, length: (b * batch_size + s) * length + t,
            "the place is",
        ),
        "s and b exchanged": (
            lambda s, b, t, batch_size, steps, length: (s * steps + b) * length + t,
            "the place is",
        ),
        "one size": (lambda s, b, t, *sizes: (b * 3 + s) * 4 + t, "the place is"),
        "the sum": (lambda s, b, t, *sizes: s + b + t, "the place is"),
    },
    "9.3": {
        "one plan": (fixed_plan, "should have the rate"),
        "falls from the start": (falls_over_all, "should have the rate"),
        "falls as fast as it rose": (falls_below_zero, "should have the rate"),
        "whole numbers": (
            lambda step, steps, rising, peak: find_rate(step, steps, rising, peak) // 1,
            "should have the rate",
        ),
        "minus": (lambda *plan: -find_rate(*plan), "should have the rate"),
        "a string": (lambda *plan: f"{find_rate(*plan)}", "a single number, not str"),
        "all rates": (
            lambda step, *plan: [find_rate(k, *plan) for k in range(plan[0])],
            "a single number, not list",
        ),
        "rounded": (lambda *plan: round(find_rate(*plan), 2), "should have the rate"),
        "an exponential": (
            exercises.fall_otherwise(lambda left, of: (left / of) ** 2),
            "should have the rate",
        ),
    },
    "9.4": {
        "swapped": (swapped, "the matrices do not shrink, and the biases do"),
        "biases frozen": (frozen, "never be trained"),
        "usual rate": (usual_rate, "moves one by 0.001"),
        "usual rate, Keras": (usual_rate_keras, "moves one by 0.001"),
        "usual decay": (usual_decay, "as a decay of 0.01 does"),
        "usual decay, Keras": (usual_decay_keras, "as a decay of 0.004 does"),
        "a decay ten times as strong": (strong_decay, "as a decay of 1 does"),
        "plain descent": (gradient_descent, "moves each weight by its rate"),
        "one matrix only": (only_the_square_ones, "has two axes"),
        "weights shrunk at once": (shrink_now, "changes the weights"),
        "none spared, Keras": (none_spared_keras, "shrink as well"),
        "fixed places, Keras": (fixed_places_keras, "two steps without a gradient"),
        "Lion, Keras": (sign_descent, "second step is not that of AdamW"),
        "a name that is not there": (name_error, "fits neither framework"),
        "two optimisers": (lambda net: [spare_torch(net)] * 2, "none of its optimisers"),
        "no function": (0.1, "a function was expected, not float"),
        "Adam": (exercises.spare_none("Adam"), "Adam made a whole step"),
        "no decay": (exercises.spare_none(decay=0.0), "the matrices do not shrink"),
    },
    "9.5": {
        "a string": (lambda *given: str(count_scores(*given)), "a single number, not str"),
        "half": (lambda *given: count_scores(*given) + 0.5, "a whole number"),
        "None where it is not lost": (
            lambda losses, patience: (
                count_scores([*losses, 9e9], patience) % (len(losses) + 1) or None
            ),
            "returns nothing",
        ),
        "small losses only": (best_starts_at(100), "and a patience of"),
        "positive losses only": (best_starts_at(0), "and a patience of"),
        "the best score counted": (patience_too_small, "and a patience of"),
        "changes the list": (sort_first, "changes what it was given"),
        "always all": (lambda losses, patience: len(losses), "and a patience of"),
        "the best score itself": (lambda losses, patience: min(losses), "a whole number"),
        "always 1": (lambda losses, patience: 1, "and a patience of"),
    },
}

# narrow ones, right for small sizes or for most values


def held(place):
    """The rate of an update that is not at the edge; `place` gives rising and falling updates."""

    def version(step, steps, rising, peak):
        up, down = place(rising, steps - rising)
        return peak * ((step + 1) / up if step < rising else (steps - step) / down)

    return version


WRONG["9.2"] |= {
    "a byte": (lambda *place: exercises.find_place(*place) % 256, "the place is"),
    "half precision": (lambda *p: float(np.float16(exercises.find_place(*p))), "the place is"),
}
WRONG["9.3"] |= {
    "two rise": (held(lambda up, down: (max(up, 2), down)), "should have the rate"),
    "two fall": (held(lambda up, down: (up, max(down, 2))), "should have the rate"),
    "at most 10": (lambda *a: min(exercises.find_rate(*a), 10.0), "should have the rate 20"),
    "at least 0.0001": (lambda *a: max(exercises.find_rate(*a), 1e-4), "should have the rate"),
}
WRONG["9.5"] |= {
    "30 losses": (lambda found, n: exercises.count_scores(found[:30], n), "it is 60, not 30"),
    "patience of 10": (lambda found, n: exercises.count_scores(found, min(n, 10)), "it is 60"),
    "two digits": (lambda found, n: exercises.count_scores(np.round(found, 2), n), "it is 8"),
}
