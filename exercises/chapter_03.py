"""Exercises of chapter 3: steps, slopes, the training loop, Adam, and stopping in time."""

import math
import operator

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask, close, function, in_turn, number, one_number

# 3.3


def measure_slope(loss, w):
    h = 1e-5  # from both sides of w, which is more exact than from one
    return (loss(w + h) - loss(w - h)) / (2 * h)


CURVES = {  # name: the loss, and the points at which its slope is asked
    "the loss of the bag": (lambda w: float(np.logaddexp(0, -w) + 0.25 * w), (0.0, 3.0)),
    "w squared": (lambda w: w**2, (1.5, -2.0, 12.0, 0.0)),
    "the sine of 3 w": (lambda w: math.sin(3 * w), (0.4, -4.0)),
    "2 - 5 w": (lambda w: 2.0 - 5.0 * w, (7.0, -1.0)),
    "e to the w": (math.exp, (2.0, -1.0, 4.0)),
    "1000 plus w squared": (lambda w: 1000.0 + w**2, (1.5,)),
}


def curves_and_points():
    return [(loss, w) for loss, points in CURVES.values() for w in points]


USUAL_SLOPES = {
    "that is how much the loss changes; divide it by how far you moved `w`.": (
        lambda loss, w: loss(w + 1e-3) - loss(w)
    ),
    "the sign is wrong: take the loss before from the loss after.": (
        lambda loss, w: -measure_slope(loss, w)
    ),
    "from `w - h` to `w + h` is a way of 2 h; you divided by h.": (
        lambda loss, w: 2 * measure_slope(loss, w)
    ),
    "from `w` to `w + h` is a way of h; you divided by 2 h.": (
        lambda loss, w: measure_slope(loss, w) / 2
    ),
    "that is the loss at `w`, not its slope.": lambda loss, w: loss(w),
    "that is the loss divided by `w`; a slope compares two losses.": lambda loss, w: (
        loss(w) / (w or 1)
    ),
    "you move `w` by 1; that is too far to tell the slope at one point.": (
        lambda loss, w: loss(w + 1) - loss(w)
    ),
    "you measure at 0, whatever `w` is.": lambda loss, w: measure_slope(loss, 0.0),
}


def ask_slope(function, loss, w):
    return one_number(ask(function, loss, w), "the slope")


def same_slope(found, expected):
    return abs(found - expected) <= 2e-3 * max(1, abs(expected))


def explain_slope(found, loss, w):
    right = measure_slope(loss, w)
    name = next(name for name, (curve, _) in CURVES.items() if curve is loss)
    if 0 < abs(found) < abs(right) / 50:
        return (
            f"the slope of {name} at {w} is {right:.4f}, not {found:.2g}: divide the "
            "change of the loss by the distance between the two points."
        )
    return (
        f"the slope of {name} at {w} is {right:.4f}, not {found:.4f}. Compare "
        "the values of `loss` at two points that are about a hundred-thousandth apart."
    )


# 3.4


def slopes_of_scores(z, y):
    e = np.exp(z - z.max())  # the largest becomes 1: the probabilities stay the same
    slopes = e / e.sum()
    slopes[y] -= 1
    return slopes


def shares_of(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def onehot(z, y):
    return np.eye(len(z))[y]


USUAL_GRADIENTS = {
    "the signs are reversed: it is what was predicted, minus what came.": (
        lambda z, y: -slopes_of_scores(z, y)
    ),
    "those are the probabilities; subtract the 1 of the character that came.": (
        lambda z, y: shares_of(z)
    ),
    "you subtracted the 1 from the scores; make probabilities of them first.": (
        lambda z, y: z - onehot(z, y)
    ),
    "you subtracted the 1 at all positions; subtract it only at `y`.": (
        lambda z, y: shares_of(z) - 1
    ),
    "that is the loss, one number; return its slope for each score.": (
        lambda z, y: np.float64(-np.log(shares_of(z)[y]))
    ),
    "only the slope at `y` is right; the other scores have slopes, too.": (
        lambda z, y: slopes_of_scores(z, y) * onehot(z, y)
    ),
    "divide by the sum of all powers of e, so that the probabilities sum to 1.": (
        lambda z, y: np.exp(z) - onehot(z, y)
    ),
    "for one pair there is nothing to average: do not divide by the number of scores.": (
        lambda z, y: slopes_of_scores(z, y) / len(z)
    ),
    "you took the sigmoid of each score; softmax divides by the sum of all.": (
        lambda z, y: 1 / (1 + np.exp(-z)) - onehot(z, y)
    ),
}


def rows_of_scores():
    rng = np.random.default_rng(3)
    drawn = [(np.round(rng.normal(size=n), 2), int(rng.integers(n))) for n in (3, 2, 5, 29)]
    drawn += [(rng.normal(size=65), 64), (np.array([0.5]), 0)]
    return [*drawn, (np.array([5.0, 0.0, -0.5]), 0)]


def explain_gradient(found, z, y):
    right = slopes_of_scores(z, y)
    if found.shape != z.shape:
        return f"{len(z)} scores should give {len(z)} slopes, not an array of shape {found.shape}."
    shown = np.array2string(right[:5], precision=5, separator=", ")
    given = np.array2string(found[:5], precision=5, separator=", ")
    return f"the scores {z[:5].tolist()} and y = {y} should give {shown}, not {given}."


def ask_gradient(function, z, y):
    return array(ask(function, z, y), "what the function returns")


def judge_large_scores(function):
    rows = [1000.0, 999.0, -1000.0], [-1000.0, -1001.0], [-1000.0, 2.0, 1000.0, 0.0, 5.0]
    for z in map(np.array, rows):
        found = ask_gradient(function, z, 1)
        if not np.isfinite(found).all():
            return (
                f"right for small scores, but {z.tolist()} gives nan: take the largest score away "
                "from all of them first, which changes no probability."
            )
        if not close(found, slopes_of_scores(z, 1)):
            return f"right for small scores, wrong for {z.tolist()}."
    return None


# 3.5


def numpy_train_table(first, second, size, steps, rate):
    W = np.zeros((size, size))
    X, Y = np.eye(size)[first], np.eye(size)[second]
    for _ in range(steps):
        e = np.exp(X @ W)
        probs = e / e.sum(axis=1, keepdims=True)
        W -= rate * X.T @ (probs - Y) / len(X)
    return W


def keras_train_table(first, second, size, steps, rate):
    import keras
    import tensorflow as tf

    table = keras.layers.Dense(size, use_bias=False, kernel_initializer="zeros")
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(rate)
    X = np.eye(size, dtype="float32")[first]
    table.build(X.shape)  # makes the weights, which the first call would do otherwise
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = loss_fn(second, table(X))
        grads = tape.gradient(loss, table.weights)
        optimizer.apply(grads, table.weights)
    return table.weights[0].numpy()


def torch_train_table(first, second, size, steps, rate):
    import torch

    table = torch.nn.Linear(size, size, bias=False)
    torch.nn.init.zeros_(table.weight)
    loss_fn = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(table.parameters(), lr=rate)
    X, y = torch.eye(size)[torch.tensor(first)], torch.tensor(second)
    for _ in range(steps):
        loss = loss_fn(table(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table.weight.detach().numpy().T  # Linear keeps (outputs, inputs)


def descend(first, second, size, steps, rate, mean=True, keep=0.0, rows=slice(None), slopes=None):
    """The table. keep: what stays of old gradients; slopes(table, X, Y): those of another loss."""
    W, total = np.zeros((size, size)), 0.0
    X, Y = np.eye(size)[first[rows]], np.eye(size)[second[rows]]
    for _ in range(steps):
        e = np.exp(X @ W)  # too large a rate overflows, as in the solution
        gradient = slopes(W, X, Y) if slopes else X.T @ (e / e.sum(axis=1, keepdims=True) - Y)
        total = keep * total + gradient / (len(X) if mean else 1)
        W = W - rate * total
    return W


def shares_in(scores):
    """The shares of each row of scores."""
    return np.array([shares_of(row) for row in scores])


def with_bias(first, second, size, steps, rate, added=False):
    """A bias for each score learns beside the table; `added` to its rows, or left behind."""
    b = np.zeros(size)

    def slopes(W, X, Y):
        nonlocal b
        errors = shares_in(X @ W + b) - Y
        b = b - rate * errors.mean(axis=0)
        return X.T @ errors

    W = descend(first, second, size, steps, rate, slopes=slopes)
    return W + b if added else W


def softmax_twice(W, X, Y):
    """The slopes where the shares are taken for scores, and made shares again."""
    shares = shares_in(X @ W)
    slopes = shares_in(shares) - Y
    return X.T @ (shares * (slopes - (shares * slopes).sum(axis=1, keepdims=True)))


def by_pairs(first, second, size, steps, rate):
    """Each step for one pair after the other."""
    W = np.zeros((size, size))
    for _ in range(steps):
        for row, came in zip(first, second, strict=True):
            W[row] -= rate * slopes_of_scores(W[row], came)
    return W


def last_of_a_row(W, X, Y):
    """The slopes by `G[first] += ...`, which keeps only the last of the pairs that share a row."""
    gradient = np.zeros_like(W)
    gradient[X.argmax(axis=1)] += shares_in(X @ W) - Y
    return gradient


USUAL_TABLES = {
    "you went up the slope: take the gradient away from the table.": (
        lambda a, b, size, steps, rate: numpy_train_table(a, b, size, steps, -rate)
    ),
    "the slopes of all pairs are added up; take their mean, as the loss is a mean.": (
        lambda *case: descend(*case, mean=False)
    ),
    "the old gradients are still there at the next step; `zero_grad` is missing.": (
        lambda *case: descend(*case, keep=1.0)
    ),
    "that is momentum; use plain gradient descent.": (lambda *case: descend(*case, keep=0.9)),
    "rows and columns are swapped; `Linear` keeps its matrix that way, so transpose it.": (
        lambda *case: numpy_train_table(*case).T
    ),
    "first and second are swapped: the row is the character that was read.": (
        lambda a, b, *rest: numpy_train_table(b, a, *rest)
    ),
    "you make one step too few.": (
        lambda a, b, size, steps, rate: numpy_train_table(a, b, size, max(steps - 1, 0), rate)
    ),
    "you make one step too many.": (
        lambda a, b, size, steps, rate: numpy_train_table(a, b, size, steps + 1, rate)
    ),
    "the table has not moved. The step is missing; or Keras was not told `from_logits=True`, "
    "and then the gradient of a table of zeros is 0.": (
        lambda a, b, size, steps, rate: np.zeros((size, size))
    ),
    "there are two softmaxes: the loss of PyTorch makes probabilities of what it is given.": (
        lambda *case: descend(*case, slopes=softmax_twice)
    ),
    "a bias learns beside the table; leave it out, by `use_bias=False` or `bias=False`.": with_bias,
    "a bias learns beside the table, and you add it to the rows; leave it out.": (
        lambda *case: with_bias(*case, added=True)
    ),
    "those are the probabilities; return the table of scores.": (
        lambda *case: shares_in(numpy_train_table(*case))
    ),
    "you step after each pair; make one step for all pairs together.": by_pairs,
    "you move the table after each pair; all pairs of a step should meet the same table.": (
        lambda a, b, size, steps, rate: by_pairs(a, b, size, steps, rate / len(a))
    ),
    "NumPy's `G[first] += ...` keeps only the last of the pairs that share a row; `np.add.at`, or "
    "a product with `X.T`, adds up all of them.": (
        lambda *case: descend(*case, slopes=last_of_a_row)
    ),
    "NumPy's `G[first] += ...` keeps only the last of the pairs that share a row; add up all of "
    "them with `np.add.at` or `X.T`, and divide by the number of pairs.": (
        lambda *case: descend(*case, slopes=last_of_a_row, mean=False)
    ),
    "the last pair is left out.": lambda *case: descend(*case, rows=slice(None, -1)),
    "the mean is over the numbers of the table; take it over the pairs.": (
        lambda a, b, size, steps, rate: numpy_train_table(a, b, size, steps, rate / size)
    ),
}


def tables_to_train():
    rng = np.random.default_rng(5)
    sizes = ((4, 30, 5, 2.0), (3, 7, 1, 0.5), (6, 90, 30, 8.0))
    drawn = [
        (rng.integers(size, size=n), rng.integers(size, size=n), size, steps, rate)
        for size, n, steps, rate in sizes
    ]
    first, second, _, steps, rate = drawn[0]
    return [*drawn, (first, second, 6, steps, rate)]  # characters that never come


def ask_table(function, first, second, size, steps, rate):
    found = array(ask(function, first, second, size, steps, rate), "the table")
    if found.shape != (size, size):
        raise Hint(f"a table of shape {(size, size)} was expected, not {found.shape}.")
    return found


def same_table(found, expected):
    return close(found, expected, rtol=1e-3)


def explain_table(found, first, second, size, steps, rate):
    if not np.isfinite(found).all():
        return "some numbers of the table are not finite."
    if size == 6 and len(first) == 30:
        return "a character that never comes has a row and a column of zeros, by `size`."
    right = numpy_train_table(first, second, size, steps, rate)
    at = row, column = np.unravel_index(np.abs(found - right).argmax(), right.shape)
    where = f"row {row}, column {column}" if row or column else "the first corner"
    return (
        f"for {len(first)} pairs of {size} characters, {steps} steps with a rate of {rate} should "
        f"leave {right[at]:.4f} in {where}, not {found[at]:.4f}.{ask_again(found)}"
    )


def ask_again(found):
    """What the sum of a row tells: from zeros it stays at zero, since the slopes sum to zero."""
    if np.allclose(found.sum(axis=1), 0, atol=1e-4):
        return ""
    return " Rows that begin with zeros keep a sum of 0 in plain steps, and yours have another."


FOUR_PAIRS = np.array([0, 1, 2, 1]), np.array([1, 2, 0, 0])


def judge_rule(function):
    """Whether the first step has the length of Adam's for every number, whatever its slope."""
    if close(np.abs(ask_table(function, *FOUR_PAIRS, 3, 1, 0.5)), np.full((3, 3), 0.5), rtol=1e-3):
        return (
            "the first step moves every number by the whole rate, as Adam does; use plain "
            "gradient descent."
        )
    return None


def judge_start(function):
    """No step leaves the zeros; and the result is the same twice."""
    found = ask_table(function, *FOUR_PAIRS, 3, 0, 1.0)
    if not close(found, np.zeros((3, 3))):
        return "with 0 steps the table should be all zeros."
    return None


# 3.6


def adam_moves(slopes, rate):
    m = v = 0.0
    moves = []
    for t, g in enumerate(slopes, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        moves.append(-rate * m_hat / (v_hat**0.5 + 1e-8))
    return moves


def adam_with(
    correct=(True, True),
    keep=(False, False),
    root=0.5,
    betas=(0.9, 0.999),
    square=2,
    epsilon=1e-8,
    count=lambda t: t,
):
    """Adam with one of its parts changed.

    correct, keep: whether m and v are corrected, and whether the running means go on from there;
    count: what it takes for the number of a step.
    """

    def version(slopes, rate):
        m = v = 0.0
        moves = []
        for t, g in enumerate(slopes, start=1):
            m = betas[0] * m + (1 - betas[0]) * g
            v = betas[1] * v + (1 - betas[1]) * abs(g) ** square
            m_hat = m / (1 - betas[0] ** count(t)) if correct[0] else m
            v_hat = v / (1 - betas[1] ** count(t)) if correct[1] else v
            moves.append(-rate * m_hat / (v_hat**root + epsilon))
            m = m_hat if keep[0] else m
            v = v_hat if keep[1] else v
        return moves

    return version


USUAL_MOVES = {
    "a weight moves against its slope: put a minus in front.": (
        lambda slopes, rate: [-move for move in adam_moves(slopes, rate)]
    ),
    "the bias correction is missing: divide by 1 - 0.9**t and 1 - 0.999**t.": adam_with(
        correct=(False, False)
    ),
    "the mean of the squares is not corrected; divide it by 1 - 0.999**t.": adam_with(
        correct=(True, False)
    ),
    "the mean of the slopes is not corrected; divide it by 1 - 0.9**t.": adam_with(
        correct=(False, True)
    ),
    "divide by the root of the mean square.": adam_with(root=1),
    "the two constants are swapped: 0.9 belongs to the slopes, 0.999 to the squares.": adam_with(
        betas=(0.999, 0.9)
    ),
    "`v` is the running mean of the squares; square the slope.": adam_with(square=1),
    "that corrects every step as if it were the first. Count the steps in a `t`, from 1; if you "
    "have no correction at all, what comes new into the means lacks its factors 0.1 and 0.001.": (
        adam_with(count=lambda t: 1)
    ),
    "what comes new into the means lacks its factors: 0.1 for the slope, 0.001 for its square.": (
        lambda slopes, rate: adam_moves(slopes, rate * 10 / 1000**0.5)
    ),
    "the square that comes new into its mean lacks its factor, 0.001.": (
        lambda slopes, rate: adam_moves(slopes, rate / 1000**0.5)
    ),
    "the slope that comes new into its mean lacks its factor, 0.1.": (
        lambda slopes, rate: adam_moves(slopes, rate * 10)
    ),
    "you keep the corrected `m` and `v`; the running means go on from the uncorrected ones.": (
        adam_with(keep=(True, True))
    ),
    "you keep the corrected `m`; the running mean goes on from the uncorrected one.": (
        adam_with(keep=(True, False))
    ),
    "you keep the corrected `v`; the running mean goes on from the uncorrected one.": (
        adam_with(keep=(False, True))
    ),
    "count `t` from 1: you count from 2.": adam_with(count=lambda t: t + 1),
    "that is plain gradient descent.": lambda slopes, rate: [-rate * g for g in slopes],
    "the learning rate is missing.": lambda slopes, rate: adam_moves(slopes, 1.0),
    "that is the weight itself; return how far it moved at each step.": (
        lambda slopes, rate: np.cumsum(adam_moves(slopes, rate))
    ),
    "that keeps no running means: only the sign of each slope is left.": (
        lambda slopes, rate: [-rate * np.sign(g) for g in slopes]
    ),
}


def lists_of_slopes():
    rng = np.random.default_rng(6)
    drawn = [np.round(rng.normal(size=n), 2).tolist() for n in (2, 40)]
    usual = [([0.5], 0.1), ([2.0, -1.0, 0.25], 0.01), *((found, 0.5) for found in drawn)]
    small = [0.0213, -0.0127, 0.0104]  # where an epsilon of 1e-3 shows
    return [*usual, (small, 0.1), ([30.0, -400.0, 12.0], 0.1)]


def ask_moves(function, slopes, rate):
    found = array(ask(function, slopes, rate), "what the function returns")
    if found.shape != (len(slopes),) and found.size == len(slopes):
        found = found.reshape(-1)
    return found


def explain_moves(found, slopes, rate):
    right = np.array(adam_moves(slopes, rate))
    if found.shape != right.shape:
        return f"{len(slopes)} slopes should give as many moves, not {found.size}."
    wrong = int(np.argmax(~np.isclose(found, right, rtol=1e-3, atol=1e-6)))
    return (
        f"for the slopes {slopes[: wrong + 1]} and a rate of {rate} the last move should be "
        f"{right[wrong]:.5f}, not {found[wrong]:.5f}."
    )


def same_moves(found, expected):
    return close(found, expected, rtol=1e-3)


def judge_no_slope(answer):
    """Nothing is divided by zero where no slope has been met yet."""
    hint = "a slope of 0 at the first step gives 0 / 0: add epsilon, 1e-8, to the root below."
    try:
        found = ask_moves(answer, [0.0, 0.0, 0.5], 0.1)
    except ZeroDivisionError:
        return hint
    if np.isnan(found).any():
        return hint
    slopes = [0.5, 0.0, 0.5]
    if not same_moves(ask_moves(answer, slopes, 0.1), adam_moves(slopes, 0.1)):
        return "at a slope of 0 the running means move on, and the weight with them."
    return None


# 3.7


def best_step(losses, patience):
    best = 0
    for step, loss in enumerate(losses):
        if loss < losses[best]:
            best = step
        if step - best >= patience:
            break
    return best


def stop_with(is_good, reset=True, place=None):
    """Stops as `best_step` does, with another rule for what is good, and for what is given back.

    is_good(losses before, loss); reset: whether a good one starts the count of bad ones anew;
    place(where it stops, the last good one), else the lowest loss until then.
    """

    def version(losses, patience):
        step = good = bad = 0
        for step in range(1, len(losses)):
            if is_good(losses[:step], losses[step]):
                good = step
                bad = 0 if reset else bad
            else:
                bad += 1
            if bad >= patience:
                break
        return place(step, good) if place else int(np.argmin(losses[: step + 1]))

    return version


def is_lowest(before, loss):
    return loss < min(before)


def falls(before, loss):
    return loss < before[-1]


USUAL_STOPS = {
    "that is the lowest of all losses; training has stopped before it comes.": (
        lambda losses, patience: int(np.argmin(losses))
    ),
    "that is where training stops; return where its loss was lowest.": (
        stop_with(is_lowest, place=lambda step, good: step)
    ),
    "you count from 1; the first loss has the index 0.": (
        lambda losses, patience: best_step(losses, patience) + 1
    ),
    "that is the loss itself; return its index.": (
        lambda losses, patience: losses[best_step(losses, patience)]
    ),
    "a loss counts as bad if it brings no new lowest one, even where it falls.": (
        stop_with(lambda before, loss: loss <= before[-1])
    ),
    "compare with the lowest loss so far, not with the one before.": stop_with(falls),
    "compare with the lowest loss so far, not with the one before, and return where it was.": (
        stop_with(falls, place=lambda step, good: good)
    ),
    "compare with the lowest loss so far, not with the one before; and a new lowest starts the "
    "count of bad ones anew.": stop_with(falls, reset=False),
    "a new lowest loss starts the count of bad ones anew.": stop_with(is_lowest, reset=False),
    "of equal losses the first counts.": (
        stop_with(lambda before, loss: loss <= min(before), place=lambda step, good: good)
    ),
    "you wait one loss too long.": lambda losses, patience: best_step(losses, patience + 1),
    "you stop one loss too early.": (
        lambda losses, patience: best_step(losses, patience - 1) if patience > 1 else 0
    ),
    "that stops at the first loss that does not fall; be patient.": (
        lambda losses, patience: best_step(losses, 1)
    ),
}


def runs_to_stop():
    drawn = np.random.default_rng(7)
    runs = [
        ([3.0, 2.5, 2.6, 2.4, 2.5, 2.6, 2.7, 2.3], 3),
        ([3.0, 2.0, 2.5, 2.4, 2.3, 1.0], 3),
        ([3.0, 2.9, 3.0, 2.8, 2.9, 2.7, 2.8, 2.6], 2),
        ([2.0, 1.5, 1.5, 1.5, 1.2], 3),
        ([2.0, 1.5, 1.5, 1.6, 1.2], 2),
        ([2.0, 2.1, 1.9, 1.8], 1),
        ([1.0, 2.0, 3.0], 5),
        ([5.0], 2),
        ([3.0, 2.5, 2.6, 2.7, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 2.0], 2),
        ([2.0, 3.0, 1.5, 3.1, 1.4], 2),
        ([2000.0, 1800.0, 1900.0, 1700.0, 1850.0, 1900.0], 2),
        ([2.5, 2.40004, 2.40002, 2.40003, 2.40001, 2.41, 2.42, 2.43], 3),
        ([round(3 - 0.01 * i + 0.3 * (i % 12 > 0), 2) for i in range(60)], 15),
    ]
    return runs + [(np.round(drawn.uniform(2, 3, 30), 1).tolist(), n) for n in (2, 3, 5)]


def ask_step(function, losses, patience):
    return one_number(ask(function, losses, patience), "the index")


def explain_stop(found, losses, patience):
    right = best_step(losses, patience)
    more = f" and {len(losses) - 10} more" if len(losses) > 10 else ""
    return (
        f"for the losses {losses[:10]}{more} and a patience of {patience} the index should be "
        f"{right}, not {found:g}."
    )


EXERCISES = {
    "3.1": Exercise(
        judge=number(
            -0.8,
            wrong={
                0.8: "that goes uphill: a step goes against the slope.",
                -0.4: "the slope is right, but a step is the rate times the slope.",
                0.4: "that is the slope; the new weight is 0 minus the rate times the slope.",
                0.5: "that is the step of the page's bag, or the probability at the start; here "
                "the right probability is another: one `a` in ten letters.",
                0.25: "that is the first step of the page; here the right probability and the rate "
                "are others.",
                -7 / 9: "one `a` for every nine `b` is one letter in ten, not one in nine.",
                0.1: "that is the right probability, not the weight after the step.",
                round(-math.log(9), 4): "that is the lowest point; one step does not get there.",
                round(1 / (1 + math.exp(0.8)), 4): "that is the new probability; give the weight.",
                -0.2: "you divided the slope by the rate; multiply.",
            },
            question=(
                "what is the slope at the weight 0, the probability there minus the right one?"
            ),
        ),
        solutions={"": Value("0 - 2 * (0.5 - 0.1)")},
    ),
    "3.2": Exercise(
        judge=number(
            47058,
            wrong={
                15686: "that is one epoch; count three.",
                15685: "that is one epoch, without its last, smaller batch.",
                47055: "the last, smaller batch of each epoch makes a step too.",
                47056: "each epoch ends with its own smaller batch; round up before you multiply.",
                47055.609375: "there is no part of a step; round each epoch up.",
                3011559: "that is the number of pairs read; a step reads 64 of them.",
                192744: "divide by the batch and multiply by the epochs, not with both at once.",
            },
            question="how many batches has one epoch, if the last one may be smaller?",
        ),
        solutions={"": Value("3 * (15_685 + 1)  # whole batches, and a smaller one")},
    ),
    "3.3": Exercise(
        judge=function(
            curves_and_points, measure_slope, explain_slope, USUAL_SLOPES, ask_slope, same_slope
        ),
        solutions={"": measure_slope},
    ),
    "3.4": Exercise(
        judge=in_turn(
            function(
                rows_of_scores, slopes_of_scores, explain_gradient, USUAL_GRADIENTS, ask_gradient
            ),
            judge_large_scores,
        ),
        solutions={"": slopes_of_scores},
    ),
    "3.5": Exercise(
        judge=in_turn(
            judge_rule,
            function(
                tables_to_train,
                numpy_train_table,
                explain_table,
                USUAL_TABLES,
                ask_table,
                same_table,
            ),
            judge_start,
        ),
        solutions={
            "numpy": numpy_train_table,
            "keras": keras_train_table,
            "torch": torch_train_table,
        },
    ),
    "3.6": Exercise(
        judge=in_turn(
            function(
                lists_of_slopes, adam_moves, explain_moves, USUAL_MOVES, ask_moves, same_moves
            ),
            judge_no_slope,
        ),
        solutions={"": adam_moves},
    ),
    "3.7": Exercise(
        judge=function(runs_to_stop, best_step, explain_stop, USUAL_STOPS, ask_step, operator.eq),
        solutions={"": best_step},
    ),
}
