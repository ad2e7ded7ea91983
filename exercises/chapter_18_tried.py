"""Other right and wrong answers to the exercises of chapter 18."""

from itertools import groupby, pairwise, product

import numpy as np
import torch

from exercises import Value
from exercises.chapter_18 import (
    align,
    fewest_frames,
    from_mel,
    part_of,
    rightly,
    spell_path,
    total_probability,
    walk,
)
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


def by_pytorch(probs, labels):
    loss = torch.nn.functional.ctc_loss(
        torch.tensor(probs).log()[:, None],
        torch.tensor(labels)[None],
        torch.tensor([len(probs)]),
        torch.tensor([len(labels)]),
        reduction="none",
    )
    return torch.exp(-loss)[0]


# 18.7


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
        "by counting starts": Value("""
            starts = range(0, round(1.96 * 22_050) - 511, 256)
            answer = len(starts) // 4
            """)
    },
    "18.3": {"the library's": collapse, "groupby": lambda path: [c for c, _ in groupby(path) if c]},
    "18.4": {
        "the library's": count_frames_needed,
        "groupby": lambda labels: 2 * len(labels) - len(list(groupby(labels))),
    },
    "18.5": {
        "PyTorch": by_pytorch,
        "the library's": lambda probs, labels: np.exp(-ctc_loss(np.log(probs), labels)[0]),
    },
    "18.6": {"exp": lambda mels: 700 * np.expm1(np.log(10) * mels / 2595)},
    "18.7": {"whole paths in place of notes": part_of(walk(rightly), 1)},
}

WRONG = {
    "18.1": {"far": (99, "too large")},
    "18.2": {"three": (3, "too small"), "one a": (10, "too large")},
    "18.3": {
        "as it is": (lambda path: path, "not"),
        "backwards": (lambda path: spell_path(path)[::-1], "spells [3, 3, 5], not [5, 3, 3]"),
        "a set": (lambda path: sorted(set(path) - {0}), "spells"),
        "four labels": (lambda path: [c for c in spell_path(path) if c in (1, 2, 3, 5)], "spells"),
        "a string": (lambda path: "335", "should hold numbers"),
        "nothing": (lambda path: None, "return the list of labels"),
    },
    "18.4": {
        "each label once": (lambda labels: len(set(labels)), "needs 5 frames, not 3"),
        "pairs": (lambda labels: sum(a == b for a, b in pairwise(labels)), "not 1"),
        "20 labels": (lambda labels: fewest_frames(labels[:20]), "needs 40 frames, not 25"),
        "the labels": (lambda labels: labels, "one number"),
        "nothing": (lambda labels: None, "return a number of frames"),
    },
    "18.5": {
        "the best path": (lambda probs, labels: probs.max(axis=1).prod(), "with the probability"),
        "one": (lambda probs, labels: 1.0, "with the probability"),
        "5 labels": (lambda probs, labels: total_probability(probs, labels[:5]), "40 frames spell"),
        "every path": (over_all_paths, "list none of them"),
        "the whole table": (lambda probs, labels: probs, "one number"),
    },
    "18.6": {
        "whole Hz": (lambda mels: np.round(from_mel(mels)), "0.4 mel are"),
        "times 700": (lambda mels: 700 * mels, "500 mel are"),
        "one number": (lambda mels: from_mel(mels)[0], "a frequency for each mel"),
    },
    "18.7": {
        "greedily": (greedily, "times as probable"),
        "the labels": (lambda probs, labels: labels, "a class for each of the 3 frames, not 2"),
        "20 frames": (lambda probs, labels: align(probs[:20], labels), "40 frames, not 20"),
        "5 labels": (lambda probs, labels: align(probs, labels[:5]), "spells [1, 2, 3, 4, 5], not"),
        "blanks": (lambda probs, labels: [0] * len(probs), "spells []"),
        "nothing": (lambda probs, labels: None, "return the path"),
        "the table": (lambda probs, labels: probs, "one list"),
    },
}
