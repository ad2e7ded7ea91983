"""Exercises of chapter 17: edits, sources reversed, attention there and back, and a search."""

from functools import partial

import numpy as np

from exercises import Exercise, Value
from exercises.judges import ask_numbers, close, first_wrong, function, in_turn, number

# 17.2: sources reversed


def reverse(ids, lengths):
    found = ids.copy()
    for row, length in enumerate(lengths):
        found[row, :length] = ids[row, :length][::-1]
    return found


def turn_to_the_right(ids, lengths):
    found = np.zeros_like(ids)
    for row, length in enumerate(lengths):
        found[row, len(ids[row]) - length :] = ids[row, :length]
    return found


def turn_and_empty(ids, lengths):
    found = np.zeros_like(ids)
    for row, length in enumerate(lengths):
        found[row, :length] = ids[row, :length][::-1]
    return found


TURN_MISTAKES = {
    """the id 0 is a symbol like any other, so counting what is not 0 is no length: use
    `lengths`.""": lambda ids, lengths: reverse(ids, (ids != 0).sum(axis=1)),
    "leave the padding as it is, whatever stands there.": turn_and_empty,
    "the padding now stands in front of the source, where the encoder begins.": (
        lambda ids, lengths: ids[:, ::-1]
    ),
    "nothing has been reversed.": lambda ids, lengths: ids,
    "the rows change places; the symbols inside each row should.": lambda ids, lengths: ids[::-1],
    "the sources moved to the right, but each still runs forwards.": turn_to_the_right,
}


def padded_sources():
    """(ids, lengths) of several sizes, with zeros inside, padded with 0 or with another id."""
    rng = np.random.default_rng(17)
    few = ([4, 2, 3], 0, 9), ([1, 6], 0, 9), ([5, 5, 4, 1], 0, 9), ([3, 1], 9, 9)
    for lengths, padding, most in (*few, (list(range(15, 3, -1)), 0, 70_000)):
        ids = rng.integers(1, most, (len(lengths), max(lengths)))
        ids[0, 0] = 0
        ids[np.arange(max(lengths)) >= np.array(lengths)[:, None]] = padding
        yield ids, np.array(lengths)


def explain_turn(found, ids, lengths):
    expected = reverse(ids, lengths)
    row = int(np.argmin((found == expected).all(axis=1)))
    return f"""the row {ids[row].tolist()} of length {lengths[row]} should become
    {expected[row].tolist()}, not {found[row].tolist()}."""


# 17.3: attention for one query


def look(query, keys, values, length):
    scores = keys[:length] @ query / np.sqrt(len(query))
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    return weights @ values[:length]


def look_with(scale=None, masked="real", power=True):
    """Attention with one thing done differently."""

    def found(query, keys, values, length):
        scores = keys @ query * (len(query) ** -0.5 if scale is None else scale(query, keys))
        weights = np.exp(scores - scores.max()) if power else scores
        if masked == "real":
            weights[length:] = 0
        weights = weights / weights.sum()
        if masked == "late":
            weights[length:] = 0
        return weights @ values

    return found


def look_with_a_low_score(query, keys, values, length, below=10.0):
    scores = keys @ query / np.sqrt(len(query))
    scores[length:] = -below
    weights = np.exp(scores - scores.max())
    return weights / weights.sum() @ values


LOOK_MISTAKES = {
    "padding gets a weight: only the first `length` keys are there.": look_with(masked="none"),
    """the weights no longer have the sum 1: leave padding out before the softmax, not after
    it.""": look_with(masked="late"),
    "a score of 0 is no mask, for exp(0) is 1: padding must get no weight.": (
        partial(look_with_a_low_score, below=0)
    ),
    """a finite score is no mask, for padding keeps a weight, small as it is: use minus infinity, or
    leave padding out.""": look_with_a_low_score,
    "the scores are not divided by the square root of the query's size.": look_with(
        scale=lambda query, keys: 1.0
    ),
    "divide by the square root of the query's size, not by the size.": look_with(
        scale=lambda query, keys: 1 / len(query)
    ),
    "the root is of the query's size, not of the number of keys.": look_with(
        scale=lambda query, keys: len(keys) ** -0.5
    ),
    "scores become weights by a softmax: take their exponentials first.": look_with(power=False),
}


def questions():
    """(query, keys, values, length) of several sizes."""
    rng = np.random.default_rng(3)
    for H, T, D, length in ((4, 5, 3, 3), (9, 7, 2, 7), (16, 3, 5, 1), (2, 8, 4, 6)):
        values = rng.normal(size=(T, D))
        values[length:] = 1e30  # a weight that is not 0 shows
        yield rng.normal(size=H), rng.normal(size=(T, H)), values, length


def explain_look(found, query, keys, values, length):
    expected = look(query, keys, values, length)
    low = "" if np.abs(found).max() < 1e3 else " Padding has a weight, small or not."
    return f"""with {length} of {len(keys)} keys real, the answer should begin with
    {expected[0]:.4f}, not {found[0]:.4g}.{low}"""


def judge_large_scores(answer):
    """Scores of thousands are weighed as well."""
    query, keys, values, length = next(questions())
    case = 5000 * query, keys, values, length
    found = ask_numbers(answer, *case)
    if np.isnan(found).any():
        return """with scores of thousands the answer is nan: take the largest score off before the
        exponential, which overflows otherwise."""
    return None if close(found, look(*case)) else explain_look(found, *case)


# 17.4: back through the softmax


def scores_gradient(weights, d_weights):
    average = (weights * d_weights).sum(axis=-1, keepdims=True)
    return weights * (d_weights - average)


GRADIENT_MISTAKES = {
    "the average is missing: a score gains only what its weight gained beyond it.": (
        lambda weights, d_weights: weights * d_weights
    ),
    "a softmax is no sigmoid: raising one score lowers every other weight.": (
        lambda weights, d_weights: weights * (1 - weights) * d_weights
    ),
    "the average is weighted: gradients count by their weights.": lambda weights, d_weights: (
        weights * (d_weights - d_weights.mean(axis=-1, keepdims=True))
    ),
    "each query has an average of its own: do not mix the rows.": lambda weights, d_weights: (
        weights * (d_weights - (weights * d_weights).sum() / len(weights))
    ),
    "multiply by the weight: with a weight of 0 nothing moves.": lambda weights, d_weights: (
        d_weights - (weights * d_weights).sum(axis=-1, keepdims=True)
    ),
    "the sign is wrong: it is the opposite.": lambda weights, d_weights: (
        -scores_gradient(weights, d_weights)
    ),
}


def weighted():
    """(weights, their gradients), of several sizes."""
    rng = np.random.default_rng(4)
    for shape in ((2, 3), (4, 5), (3, 2), (5, 8), (9, 12)):
        weights = rng.random(shape)
        yield weights / weights.sum(axis=-1, keepdims=True), len(weights) * rng.normal(size=shape)


def explain_gradient(found, weights, d_weights):
    expected = scores_gradient(weights, d_weights)
    row = first_wrong(found, expected)
    place = first_wrong(found[row], expected[row])
    return f"""for row {row} of the weights, {weights[row].round(2).tolist()}, and its gradients
    {d_weights[row].round(2).tolist()}, the gradient of score {place} is
    {expected[row, place]:.4f}, not {found[row, place]:.4f}, counted from 0."""


# 17.5: the best of a search


def pick(log_probs, lengths, power):
    scores = np.asarray(log_probs) / np.asarray(lengths, dtype=float) ** power
    return int(scores.argmax())


def pick_by(score):
    """The place of the largest score of (log probabilities, lengths, power)."""
    return lambda log_probs, lengths, power: int(np.argmax(score(log_probs, lengths, power)))


PICK_MISTAKES = {
    "the number of symbols already includes the mark: subtract nothing from it.": pick_by(
        lambda log_probs, lengths, power: log_probs / (lengths - 1) ** power
    ),
    """divide the log probability itself: multiplying it, or dividing its exponential, makes short
    texts win.""": pick_by(lambda log_probs, lengths, power: np.exp(log_probs) / lengths**power),
    """that is the divisor that Wu et al. end with, ((5 + length) / 6) to the power; here it is the
    length itself.""": pick_by(
        lambda log_probs, lengths, power: log_probs / ((5 + lengths) / 6) ** power
    ),
    "that is the most likely text, whatever its length: divide first.": pick_by(
        lambda log_probs, lengths, power: log_probs
    ),
    "the power is always 1 in your function.": pick_by(
        lambda log_probs, lengths, power: log_probs / lengths
    ),
    "log probabilities are negative: the best is the largest, nearest to 0.": pick_by(
        lambda log_probs, lengths, power: -log_probs / lengths**power
    ),
    "return the position of the best text, not its score.": lambda log_probs, lengths, power: (
        np.max(log_probs / lengths**power)
    ),
}


def searches():
    """(log probabilities, lengths, power), in which the powers 0, 0.5 and 1 choose differently."""
    log_probs, lengths = np.array([-1.0, -1.5, -2.6, -1.2, -4]), np.array([2, 5, 9, 1, 3])
    for power in (0.0, 0.5, 1.0, 0.2):
        yield log_probs, lengths, power
        yield log_probs[::-1].copy(), lengths[::-1].copy(), power
    for power in (0.5, 1.0):
        yield np.array([-1.0, -2.2, -1.9]), np.array([2, 4, 3]), power
        yield np.array([-3.0, -3.4, -6.5]), np.array([6, 8, 20]), power
        yield np.array([-0.5, -2.9]), np.array([2, 12]), power
        yield np.array([-9.0, -8, -7, -9, -6, -5, -1.9, -5]), np.full(8, 3), power


def explain_pick(found, log_probs, lengths, power):
    best = pick(log_probs, lengths, power)
    return f"""of {log_probs.tolist()} with lengths {lengths.tolist()} and the power {power:g},
    number {best} is best."""


EXERCISES = {
    "17.1": Exercise(
        judge=number(
            3,
            tolerance=0,
            wrong={
                5: "you compared position by position; a dropped symbol moves all behind it.",
                7: "that changes every symbol of the longer word; some can stay.",
                1: "that is the difference of the lengths, which is too small here.",
            },
            question="which letters of the two words can stay as they are?",
        ),
        solutions={
            "": Value("""
                said, truth = "sonntag", "zondag"
                row = list(range(len(truth) + 1))
                for i, symbol in enumerate(said, 1):
                    above, row = row, [i]
                    for j, wanted in enumerate(truth, 1):
                        replaced = above[j - 1] + (symbol != wanted)
                        row.append(min(replaced, above[j] + 1, row[j - 1] + 1))
                answer = row[-1]
                """)
        },
    ),
    "17.2": Exercise(
        judge=function(padded_sources, reverse, explain_turn, TURN_MISTAKES, wanted="an array"),
        solutions={"": reverse},
    ),
    "17.3": Exercise(
        judge=in_turn(
            function(questions, look, explain_look, LOOK_MISTAKES, wanted="an array"),
            judge_large_scores,
        ),
        solutions={"": look},
    ),
    "17.4": Exercise(
        judge=function(
            weighted, scores_gradient, explain_gradient, GRADIENT_MISTAKES, wanted="an array"
        ),
        solutions={"": scores_gradient},
    ),
    "17.5": Exercise(
        judge=function(searches, pick, explain_pick, PICK_MISTAKES, wanted="a number"),
        solutions={"": pick},
    ),
}
