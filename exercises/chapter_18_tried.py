"""Other right and wrong answers to the exercises of chapter 18."""

from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise, product

import numpy as np
import torch

from exercises import Value
from exercises import chapter_18 as exercises
from exercises.chapter_18 import from_mel
from rnnlib.models.ctc.numpy_ctc import collapse, count_frames_needed, ctc_loss

# 18.5


def over_all_paths(probs, labels):
    if len(probs) > 9:
        raise AssertionError("the hint must come before a table with more paths than time")
    found = 0.0
    for path in product(range(probs.shape[1]), repeat=len(probs)):
        if [c for c, _ in groupby(path) if c] == list(labels):
            found += np.prod([row[c] for row, c in zip(probs, path, strict=True)])
    return found


def by_memory(probs, labels):
    places = [0]
    for label in labels:
        places += [label, 0]

    @cache
    def count(t, s):
        if s < 0 or t < 0:
            return 0.0
        if t == 0:
            return probs[0, places[s]] if s < 2 else 0.0
        ways = count(t - 1, s) + count(t - 1, s - 1)
        if s > 1 and places[s] and places[s] != places[s - 2]:
            ways += count(t - 1, s - 2)
        return ways * probs[t, places[s]]

    last = len(places) - 1
    return count(len(probs) - 1, last) + count(len(probs) - 1, last - 1)


def by_pytorch(probs, labels):
    loss = torch.nn.functional.ctc_loss(
        torch.tensor(probs).log()[:, None],
        torch.tensor(labels)[None],
        torch.tensor([len(probs)]),
        torch.tensor([len(labels)]),
        reduction="none",
    )
    return torch.exp(-loss)[0]


def in_place(probs, labels):
    probs *= 1.0001
    return by_memory(probs, labels)


# 18.7


def by_columns(probs, labels):
    """In logarithms, with whole paths in place of notes."""
    places = np.zeros(2 * len(labels) + 1, int)
    places[1::2] = labels
    ways = {s: (np.log(probs[0, places[s]]), [s]) for s in (0, 1)}
    for row in np.log(probs[1:]):
        onto = {}
        for s, (score, path) in ways.items():
            jump = s + 2 < len(places) and places[s + 2] not in (0, places[s])
            for new in [s, s + 1, s + 2][: 3 if jump else 2]:
                if new < len(places):
                    found = (score + row[places[new]], [*path, new])
                    onto[new] = max(onto.get(new, (-np.inf, [])), found)
        ways = onto
    last = len(places) - 1
    return places[max(ways[s] for s in (last - 1, last) if s in ways)[1]]


def greedily(probs, labels):
    """Each label where it is loudest after the one before."""
    path, t = [0] * len(probs), 0
    for left, label in zip(range(len(labels), 0, -1), labels, strict=True):
        t += int(np.argmax(probs[t : len(probs) - 2 * left + 2, label]))
        path[t] = label
        t += 2
    return path


RIGHT = {
    "18.1": {
        "a float": 41.0,
        "a fraction": Fraction(164, 4),
        "an array": np.array(41),
        "by counting starts": Value("""
            starts = range(0, round(1.96 * 22_050) - 511, 256)
            answer = len(starts) // 4
            """),
    },
    "18.2": {
        "a float": 5.0,
        "a list": Value("""answer = len(["a-a-", "a-aa", "aa-a", "-a-a", "a--a"])"""),
        "an array": np.array(5),
    },
    "18.3": {
        "the library's": collapse,
        "groupby": lambda path: [c for c, _ in groupby(path) if c],
        "shifted": lambda path: [
            b for a, b in zip([0, *path], path, strict=False) if b not in (0, a)
        ],
        "an array": lambda path: np.array([c for c, _ in groupby(path) if c], int),
    },
    "18.4": {
        "the library's": count_frames_needed,
        "a loop": lambda labels: (
            len(labels) + len([i for i in range(1, len(labels)) if labels[i] == labels[i - 1]])
        ),
        "groupby": lambda labels: 2 * len(labels) - len(list(groupby(labels))),
    },
    "18.5": {
        "a memory": by_memory,
        "PyTorch": by_pytorch,
        "the library's": lambda probs, labels: np.exp(-ctc_loss(np.log(probs), labels)[0]),
    },
    "18.7": {
        "columns": by_columns,
        "an array": lambda probs, labels: np.array(by_columns(probs, labels), float),
        "a tuple": lambda probs, labels: tuple(by_columns(probs, labels)),
    },
    "18.6": {
        "exp": lambda mels: 700 * np.expm1(np.log(10) * mels / 2595),
        "a list": lambda mels: [700 * (10 ** (m / 2595) - 1) for m in mels],
        "power": lambda mels: 700 * np.power(10, mels / 2595) - 700,
    },
}

WRONG = {
    "18.1": {
        "a string": ("41", "a single number"),
        "none": (float("nan"), "not a number"),
    },
    "18.2": {
        "three": (3, "too small"),
        "one a": (10, "too large"),
        "a list": ([5], "a single number"),
    },
    "18.3": {
        "as it is": (lambda path: path, "not"),
        "a set": (lambda path: sorted(set(path) - {0}), "spells"),
        "a string": (lambda path: "335", "should hold numbers"),
        "nothing": (lambda path: None, "returns nothing"),
        "four labels": (lambda path: [k for k, _ in groupby(path) if k in (1, 2, 3, 5)], "spells"),
        "pops": (lambda path: [path.pop() for _ in path], "changes what it was given"),
    },
    "18.4": {
        "pairs": (lambda labels: sum(a == b for a, b in pairwise(labels)), "not"),
        "the labels": (lambda labels: labels, "one number"),
        "nothing": (lambda labels: None, "returns nothing"),
    },
    "18.5": {
        "the best path": (lambda probs, labels: probs.max(axis=1).prod(), "with the probability"),
        "in place": (in_place, "changes what it was given"),
        "every path": (over_all_paths, "list none of them"),
        "the whole table": (lambda probs, labels: probs, "one number"),
        "one": (lambda probs, labels: 1.0, "with the probability"),
    },
    "18.7": {
        "greedily": (greedily, "times as much"),
        "the labels": (lambda probs, labels: labels, "a class for each"),
        "nothing": (lambda probs, labels: None, "returns nothing"),
        "blanks": (lambda probs, labels: [0] * len(probs), "spells []"),
        "the table": (lambda probs, labels: probs, "one list"),
    },
    "18.6": {
        "whole Hz": (lambda mels: np.round(from_mel(mels)), "mel are"),
        "one number": (lambda mels: 700 * (10 ** (mels[0] / 2595) - 1), "as many frequencies"),
        "times 700": (lambda mels: 700 * mels, "mel are"),
        "in place": (lambda mels: np.subtract(mels, 1, out=mels), "changes what it was given"),
        "nothing": (lambda mels: None, "returns nothing"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["18.4"] |= {
    "20 labels": (lambda labels: exercises.fewest_frames(labels[:20]), "needs 40 frames, not 25"),
}
WRONG["18.5"] |= {
    "5 labels": (lambda p, labels: exercises.total_probability(p, labels[:5]), "40 frames spell"),
}
WRONG["18.7"] |= {
    "20 frames": (
        lambda p, labels: exercises.align(p[:20], labels),
        "each of the 40 frames, not 20",
    ),
    "5 labels": (lambda p, labels: exercises.align(p, labels[:5]), "spells [1, 2, 3, 4, 5], not"),
}
