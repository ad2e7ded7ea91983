"""Other right and wrong answers to the exercises of chapter 18."""

from fractions import Fraction
from itertools import groupby, pairwise, product

import numpy as np
import torch

from rnnlib.exercises import Value
from rnnlib.models.ctc.numpy_ctc import collapse, count_frames_needed, ctc_loss

# 18.5


def over_all_paths(probs, labels):
    if len(probs) * np.log(probs.shape[1]) > 13:
        return np.exp(-ctc_loss(np.log(probs), labels)[0])
    found = 0.0
    for path in product(range(probs.shape[1]), repeat=len(probs)):
        if [c for c, _ in groupby(path) if c] == list(labels):
            found += np.prod([row[c] for row, c in zip(probs, path, strict=True)])
    return found


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
    return over_all_paths(probs, labels)


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
        "every path": over_all_paths,
        "PyTorch": by_pytorch,
        "the library's": lambda probs, labels: np.exp(-ctc_loss(np.log(probs), labels)[0]),
    },
    "18.6": {
        "exp": lambda mels: 700 * np.expm1(np.log(10) * mels / 2595),
        "a list": lambda mels: [700 * (10 ** (m / 2595) - 1) for m in mels],
        "power": lambda mels: 700 * np.power(10, mels / 2595) - 700,
    },
}

WRONG = {
    "18.1": {
        "the frames": (167, "those are the frames"),
        "a string": ("41", "a single number"),
        "samples over 1024": (42, "a frame needs 512"),
        "none": (float("nan"), "not a number"),
        "rounded up": (42.0, "a frame needs 512"),
    },
    "18.2": {
        "three": (3, "too small"),
        "all": (16, "all paths"),
        "one a": (10, "too large"),
        "a list": ([5], "a single number"),
    },
    "18.3": {
        "as it is": (lambda path: path, "not"),
        "a set": (lambda path: sorted(set(path) - {0}), "spells"),
        "a string": (lambda path: "335", "should hold numbers"),
        "nothing": (lambda path: None, "returns nothing"),
        "pops": (lambda path: [path.pop() for _ in path], "changes what it was given"),
    },
    "18.4": {
        "the length of the path": (lambda labels: 2 * len(labels) + 1, "before the first label"),
        "pairs": (lambda labels: sum(a == b for a, b in pairwise(labels)), "not"),
        "the labels": (lambda labels: labels, "one number"),
        "nothing": (lambda labels: None, "returns nothing"),
    },
    "18.5": {
        "the best path": (lambda probs, labels: probs.max(axis=1).prod(), "with the probability"),
        "in place": (in_place, "changes what it was given"),
        "the whole table": (lambda probs, labels: probs, "one number"),
        "a logarithm": (
            lambda probs, labels: -ctc_loss(np.log(probs), labels)[0],
            "that is a logarithm",
        ),
        "one": (lambda probs, labels: 1.0, "with the probability"),
    },
    "18.6": {
        "one number": (lambda mels: 700 * (10 ** (mels[0] / 2595) - 1), "as many frequencies"),
        "times 700": (lambda mels: 700 * mels, "mel are"),
        "in place": (lambda mels: np.subtract(mels, 1, out=mels), "changes what it was given"),
        "nothing": (lambda mels: None, "returns nothing"),
    },
}
