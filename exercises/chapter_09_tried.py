"""Other right and wrong answers to the exercises of chapter 9."""

from decimal import Decimal

import keras
import numpy as np
import torch

from exercises.chapter_09 import (
    count_scores,
    fall_otherwise,
    find_place,
    find_rate,
    spare_keras,
    spare_torch,
)

# 9.4


def torch_groups(decays=lambda p: 0.1 * (p.ndim == 2), kind="AdamW", **options):
    """An optimiser of PyTorch with a group for each parameter, which decays by `decays`."""

    def version(net):
        groups = [{"params": [p], "weight_decay": decays(p)} for p in net.parameters()]
        return getattr(torch.optim, kind)(groups, **{"lr": 0.01} | options)

    return version


def keras_excluding(spared=lambda net: {"var_names": ["bias"]}, kind="AdamW", **options):
    """An optimiser of Keras, which spares these variables."""

    def version(net):
        optimizer = getattr(keras.optimizers, kind)(
            **{"learning_rate": 0.01, "weight_decay": 0.1} | options
        )
        optimizer.exclude_from_weight_decay(**spared(net))
        return optimizer

    return version


def by_name_torch(net):
    named = [(n, p) for n, p in net.named_parameters() if p.requires_grad]
    biases = [p for n, p in named if "bias" in n]
    others = [p for n, p in named if "bias" not in n]
    groups = [{"params": biases}, {"params": others, "weight_decay": 0.1}]
    return torch.optim.AdamW(groups, lr=0.01, weight_decay=0)


def adam_keras(net):
    optimizer = keras.optimizers.Adam(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay([w for w in net.weights if w.shape.ndims == 1])
    optimizer.build(net.trainable_variables)
    return optimizer


def frozen(net):
    for p in net.parameters():
        if p.ndim == 1:
            p.requires_grad_(False)
    return torch_groups(lambda p: 0.1)(net)


def shrink_now(net):
    for p in net.parameters():
        p.data.mul_(0.9)
    return spare_torch(net)


def name_error(net):
    return adamw(net)  # noqa: F821


# 9.5


def best_starts_at(value):
    def count(losses, patience):
        kept = count_scores([value, *losses], patience) - 1
        return kept or len(losses)

    return count


def held(place):
    """The rate of an update that is not at the edge; `place` gives rising and falling updates."""

    def version(step, steps, rising, peak):
        up, down = place(rising, steps - rising)
        return peak * ((step + 1) / up if step < rising else (steps - step) / down)

    return version


RIGHT = {
    "9.3": {
        "decimal": (lambda step, steps, rising, peak: find_rate(step, steps, rising, Decimal(peak)))
    },
    "9.4": {
        "by name, PyTorch": by_name_torch,
        "a group for each, the frozen one too": torch_groups(),
        "Adam that decays apart, PyTorch": torch_groups(kind="Adam", decoupled_weight_decay=True),
        "by name, Keras": keras_excluding(),
        "Adam, which is AdamW in Keras, and built": adam_keras,
        "either framework": lambda net: (
            spare_torch if hasattr(net, "parameters") else spare_keras
        )(net),
    },
}
WRONG = {
    "9.1": {
        "a string": ("490", "a single number was expected, not str"),
        "a little too much": (490.1, "whole number"),
        "half a batch": (490.5, "whole number"),
        "not cut at all": (1_003_854 / 64 / 32, "whole number"),
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
            "the position is",
        ),
        "s and b exchanged": (
            lambda s, b, t, batch_size, steps, length: (s * steps + b) * length + t,
            "the position is",
        ),
        "one size": (lambda s, b, t, *sizes: (b * 3 + s) * 4 + t, "the position is"),
        "the sum": (lambda s, b, t, *sizes: s + b + t, "the position is"),
        "a byte": (lambda *place: find_place(*place) % 256, "the position is"),
        "half precision": (lambda *p: float(np.float16(find_place(*p))), "the position is"),
    },
    "9.3": {
        "one plan": (lambda step, *plan: find_rate(step, 50, 10, 0.1), "should have the rate"),
        "falls from the start": (
            lambda step, steps, rising, peak: (
                peak * (step + 1) / rising if step < rising else peak * (1 - step / steps)
            ),
            "should have the rate",
        ),
        "falls as fast as it rose": (
            lambda step, steps, rising, peak: min(
                peak * (step + 1) / rising, 2 * peak - peak * step / rising
            ),
            "should have the rate",
        ),
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
            fall_otherwise(lambda left, of: (left / of) ** 2),
            "should have the rate",
        ),
        "two rise": (held(lambda up, down: (max(up, 2), down)), "should have the rate"),
        "two fall": (held(lambda up, down: (up, max(down, 2))), "should have the rate"),
        "at most 10": (lambda *a: min(find_rate(*a), 10.0), "should have the rate 20"),
        "at least 0.0001": (lambda *a: max(find_rate(*a), 1e-4), "should have the rate"),
    },
    "9.4": {
        "swapped": (
            torch_groups(lambda p: 0.1 * (p.ndim == 1)),
            "the matrices do not shrink, and the biases do",
        ),
        "biases frozen": (frozen, "never be trained"),
        "usual rate": (torch_groups(lr=0.001), "moves one by 0.001"),
        "usual rate, Keras": (keras_excluding(learning_rate=0.001), "moves one by 0.001"),
        "usual decay": (torch_groups(lambda p: 0.01 * (p.ndim == 2)), "as a decay of 0.01 does"),
        "usual decay, Keras": (keras_excluding(weight_decay=0.004), "as a decay of 0.004 does"),
        "a decay ten times as strong": (
            torch_groups(lambda p: 1.0 * (p.ndim == 2)),
            "as a decay of 1 does",
        ),
        "plain descent": (torch_groups(kind="SGD"), "moves each weight by its rate"),
        "one matrix only": (
            torch_groups(lambda p: 0.1 * (p.ndim == 2 and p.shape[0] == p.shape[1])),
            "has two axes",
        ),
        "weights shrunk at once": (shrink_now, "changes the weights"),
        "none spared, Keras": (
            keras_excluding(lambda net: {"var_names": ["no such name"]}),
            "the biases shrink too",
        ),
        "fixed places, Keras": (
            keras_excluding(lambda net: {"var_list": [net.trainable_variables[i] for i in (3, 5)]}),
            "two steps without a gradient",
        ),
        "Lion, Keras": (keras_excluding(kind="Lion"), "second step is not that of AdamW"),
        "a name that is not there": (name_error, "fits neither framework"),
        "two optimisers": (lambda net: [spare_torch(net)] * 2, "none of its optimisers"),
        "no function": (0.1, "a function was expected, not float"),
        "Adam": (torch_groups(lambda p: 0.1, kind="Adam"), "Adam made a whole step"),
        "no decay": (torch_groups(lambda p: 0.0), "the matrices do not shrink"),
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
        "the best score counted": (
            lambda losses, patience: count_scores(losses, patience - 1),
            "and a patience of",
        ),
        "always all": (lambda losses, patience: len(losses), "and a patience of"),
        "the best score itself": (lambda losses, patience: min(losses), "a whole number"),
        "always 1": (lambda losses, patience: 1, "and a patience of"),
        "30 losses": (lambda found, n: count_scores(found[:30], n), "it is 60, not 30"),
        "patience of 10": (lambda found, n: count_scores(found, min(n, 10)), "it is 60"),
        "two digits": (lambda found, n: count_scores(np.round(found, 2), n), "it is 8"),
    },
}
