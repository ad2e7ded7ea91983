"""Exercises of chapter 15: padding, masks, pooling, the two ends, and what a score says."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask, close, function, number

# 15.2: a mask


def mask_of(lengths, T):
    return np.arange(T) < np.asarray(lengths)[:, None]


def lengths_and_steps():
    """Lengths, one of them 0, and a T that is at times longer than the longest of them."""
    for lengths, T in (
        ([3, 1, 2], 3),
        ([1], 3),
        ([2, 5, 5, 1], 7),
        ([4, 4], 4),
        ([2, 0, 3], 4),
        ([12, 9], 12),
        ([5, 200, 0, 150] * 3, 200),
    ):
        yield np.array(lengths), T


def ask_mask(function, lengths, T):
    found = array(ask(function, lengths, T), "what it returns")
    if found.dtype.kind != "b":
        raise Hint("a mask holds True and False, not numbers: `hs[mask]` would pick rows by them.")
    return found


def explain_mask(found, lengths, T):
    counts = found.sum(axis=1)
    row = int((found != mask_of(lengths, T)).any(axis=1).argmax())
    return (
        f"with lengths {lengths.tolist()} and T = {T}, row {row} has {counts[row]} positions "
        f"that are True, in a sequence of {lengths[row]}."
    )


MASK_MISTAKES = {
    "the step after the last letter has the number of the length: it is padding.": lambda L, T: (
        np.arange(T) <= np.asarray(L)[:, None]
    ),
    "that is True where there is padding: swap True and False.": lambda L, T: ~mask_of(L, T),
    "the padding comes after a sequence, not before it.": lambda L, T: mask_of(L, T)[:, ::-1],
    "rows are sequences, columns are steps: transpose it.": lambda L, T: mask_of(L, T).T,
    "a sequence of length 0 has no step, so no position of its row is True.": lambda L, T: mask_of(
        np.maximum(L, 1), T
    ),
}


# 15.3: the mean of what is there


def masked_mean(hs, lengths):
    lengths = np.asarray(lengths)[:, None]
    mask = np.arange(hs.shape[1]) < lengths
    return np.where(mask[..., None], hs, 0).sum(axis=1) / lengths


def states_and_lengths():
    """Hidden states (B, T, D) with any numbers in the padding; a real state of zeros is there."""
    rng = np.random.default_rng(15)
    for lengths, T in (([3, 1, 2], 3), ([4], 6), ([2, 5, 5], 5)):
        hs = rng.normal(size=(len(lengths), T, 2))
        hs[-1, lengths[-1] - 1] = 0
        yield hs, np.array(lengths)
    hs[0, 2:] = np.nan  # as a logarithm or a quotient of padding leaves it
    yield hs, np.array(lengths)


def explain_mean(found, hs, lengths):
    right = masked_mean(hs, lengths)
    if np.abs(found - right).max() < 2e-3:
        return "the means are right to about three digits: return them unrounded, not in float16."
    row = int((~np.isclose(found, right)).any(axis=1).argmax())
    if np.isnan(found[row]).any():
        return "padding may hold anything, nan too, and 0 times nan is nan: choose with np.where."
    return (
        f"the sequence of length {lengths[row]} has the mean {right[row].round(3)}, and yours is "
        f"{found[row].round(3)}."
    )


def without_padding(hs, L):
    return np.where(mask_of(L, hs.shape[1])[..., None], hs, 0)


MEAN_MISTAKES = {
    "the padding counts in it: leave those steps out of the sum.": lambda hs, L: hs.mean(axis=1),
    "the sum is right, but it is divided by the padded length.": lambda hs, L: without_padding(
        hs, L
    ).mean(axis=1),
    "that divides by the length, but the padding is still in the sum.": lambda hs, L: (
        hs.sum(axis=1) / L[:, None]
    ),
    "that is a sum: divide it by the length.": lambda hs, L: without_padding(hs, L).sum(axis=1),
    """you count the states that are not zero, but a real state may be all zeros: divide by the
    length.""": lambda hs, L: (
        without_padding(hs, L).sum(axis=1)
        / np.maximum(without_padding(hs, L).any(axis=2).sum(axis=1, keepdims=True), 1)
    ),
}


# 15.5: the last states of both directions


def both_ends(hs, lengths):
    H = hs.shape[2] // 2
    forward = hs[np.arange(len(hs)), np.asarray(lengths) - 1, :H]
    return np.concatenate([forward, hs[:, 0, H:]], axis=1)


def last_step(hs, lengths):
    return hs[np.arange(len(hs)), np.asarray(lengths) - 1]


def wide_states():
    """States of both directions (B, T, 2H), with anything in the padding."""
    rng = np.random.default_rng(16)
    for lengths, T, H in (
        ([3, 1, 2], 3, 2),
        ([4, 6], 7, 1),
        ([5], 5, 3),
        ([2, 3], 4, 40),
        (range(1, 13), 15, 2),
    ):
        yield rng.normal(size=(len(lengths), T, 2 * H)), np.array(lengths)


def cut_at(width):
    """The two ends where the width of a half is written in."""

    def ends(hs, L):
        return np.concatenate([last_step(hs, L)[:, :width], hs[:, 0, width:]], axis=1)

    return ends


def explain_ends(found, hs, lengths):
    H, right = hs.shape[2] // 2, both_ends(hs, lengths)
    half = "forward" if not close(found[:, :H], right[:, :H]) else "backward"
    return f"the {half} half is not the state after its last letter."


ENDS_MISTAKES = {
    **{
        f"a half is not always {width} wide: its width is hs.shape[2] // 2.": cut_at(width)
        for width in (1, 2, 3, 4, 8, 16, 32)
    },
    "the last column is padding in the shorter rows: use the lengths.": lambda hs, L: hs[:, -1],
    """the forward half is right. But at the last letter the backward half has read only that
    letter: at which letter has it read all?""": last_step,
    "the backward half is right; the forward half ends at the length, not in the last column.": (
        lambda hs, L: np.concatenate(
            [hs[:, -1, : hs.shape[2] // 2], hs[:, 0, hs.shape[2] // 2 :]], axis=1
        )
    ),
    "at the first letter the forward half has read only that letter.": lambda hs, L: hs[:, 0],
    "the two halves have changed places.": lambda hs, L: np.roll(
        both_ends(hs, L), hs.shape[2] // 2, axis=1
    ),
}


# what the notebook uses

EXERCISES = {
    "15.1": Exercise(
        judge=number(
            15 / 36,
            digits=2,
            wrong={
                21 / 36: "that is the proportion of letters; the padding is the rest.",
                15 / 21: "that is padding per letter; divide by all positions of the batch.",
                15: "that is the number of positions; divide by all positions of the batch.",
                41.67: "that is in per cent; a proportion lies between 0 and 1.",
            },
            question=(
                "how many positions has the table, if every row is as long as the longest name?"
            ),
        ),
        solutions={
            "": Value("""
                letters = 3 + 5 + 9 + 4
                positions = 4 * 9  # every row is as wide as the longest name
                answer = 1 - letters / positions
                """)
        },
    ),
    "15.2": Exercise(
        judge=function(
            lengths_and_steps, mask_of, explain_mask, MASK_MISTAKES, ask_mask, wanted="a mask"
        ),
        solutions={"": mask_of},
    ),
    "15.3": Exercise(
        judge=function(
            states_and_lengths,
            masked_mean,
            explain_mean,
            MEAN_MISTAKES,
            wanted="one vector for each sequence, an array",
        ),
        solutions={"": masked_mean},
    ),
    "15.4": Exercise(
        judge=number(
            (18 / 22 + 6 / 12 + 4 / 6) / 3,
            digits=3,
            wrong={
                14 / 20: "that is the accuracy, in which large classes count more.",
                (9 / 12 + 3 / 5 + 2 / 3) / 3: "that is the mean recall: it looks only at the rows.",
                (9 / 10 + 3 / 7 + 2 / 3) / 3: "that is the mean precision (only columns), or the "
                "mean of square roots of precision times recall; F1 is their harmonic mean.",
                18 / 22: "that is the F1 of the first class: take the mean of all three.",
                (12 * 18 / 22 + 5 * 6 / 12 + 3 * 4 / 6) / 20: "that weighs the classes by their "
                "size: in the macro F1 each counts as much as the others.",
            },
            question="what are the precision and the recall of each of the three classes?",
        ),
        solutions={
            "": Value("""
                counts = np.array([[9, 3, 0], [1, 3, 1], [0, 1, 2]])
                right = np.diag(counts)
                true, guessed = counts.sum(axis=1), counts.sum(axis=0)  # rows, columns
                answer = np.mean(2 * right / (true + guessed))
                """)
        },
    ),
    "15.5": Exercise(
        judge=function(
            wide_states,
            both_ends,
            explain_ends,
            ENDS_MISTAKES,
            wanted="both halves side by side, an array",
        ),
        solutions={"": both_ends},
    ),
    "15.6": Exercise(
        judge=number(
            1 / (1 + np.exp(-1)),
            tolerance=0.0021,
            wrong={
                1 / (1 + np.exp(-2)): "that is the probability at temperature 1.",
                1 / (1 + np.exp(-4)): "you multiplied by the temperature: divide by it.",
                0.5 / (1 + np.exp(-2)): "the outputs are divided, before the softmax.",
                1 / (1 + np.exp(1)): "that is the probability of the other class.",
                73.11: "that is in per cent; a probability lies between 0 and 1.",
            },
            question=(
                "what are the two outputs after the division, and what does the softmax make "
                "of them?"
            ),
        ),
        solutions={
            "": Value("""
                outputs = np.array([2, 0]) / 2  # divided before the softmax
                answer = np.exp(outputs[0]) / np.exp(outputs).sum()
                """)
        },
    ),
}
