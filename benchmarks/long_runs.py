"""The losses of n-grams of any order: those of NgramModel, whose codes hold about ten characters.

Here a run is not a number in base V, but its place among all the different runs of its length.
"""

import numpy as np

from rnnlib.evaluation.ngrams import estimate_discounts


def losses(counted, scored, V, longest):
    """Mean loss in nats of the ids `scored`, for the orders 1 to `longest`, as `counted` says."""
    ids, N = np.concatenate([counted, scored]), len(counted)
    shorter, runs = np.zeros(len(ids) + 1, int), number(ids)
    probs, found = np.full(len(scored), 1 / V), []
    for n in range(1, longest + 1):
        longer = number(runs[:-1] * V + ids[n:])
        _, first = np.unique(longer[: N - n], return_index=True)
        context = np.zeros(runs.max() + 1, int)
        context[runs] = shorter[: len(runs)]
        occurs, follows = (
            np.bincount(seen, minlength=len(context))
            for seen in (runs[: N - n + 1], runs[first + 1])
        )
        ends = runs[N:]  # the runs whose last character is scored
        found.append(float(-np.log(mix(occurs, context, ends, probs)).mean()))
        probs = mix(follows, context, ends, probs)
        shorter, runs = runs, longer
    return found


def number(keys):
    """The place of each key among the different ones."""
    return np.unique(keys, return_inverse=True)[1]


def mix(counts, context, runs, lower):
    """The probabilities (N,) of the last characters, of which these runs end in the last ones."""
    discounts = np.array([0, *estimate_discounts(counts[counts > 0])])[np.minimum(counts, 3)]
    totals, rest = (np.bincount(context, values) for values in (counts, discounts))
    rest = np.where(totals > 0, rest / np.maximum(totals, 1), 1)
    shares = (counts - discounts) / np.maximum(totals, 1)[context]
    probs, late = lower.copy(), len(lower) - len(runs)
    probs[late:] = shares[runs] + rest[context[runs]] * lower[late:]
    return probs
