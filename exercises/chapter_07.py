"""Exercises of chapter 7: factors per step, angles, a baseline, a matrix, a clipped step."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask, close, function, number, one_number

# 7.5: the rate of an influence curve


def decay_rate(norms):
    slope, _ = np.polyfit(np.arange(len(norms)), np.log(norms), 1)
    return np.exp(slope)


def straight_line(norms):
    return np.polyfit(np.arange(len(norms)), norms, 1)[0]


def ends(norms):
    return (norms[-1] / norms[0]) ** (1 / (len(norms) - 1))


def draw_norms():
    """Norms with ripples on a straight line: long and short, falling and growing."""
    rng = np.random.default_rng(6)
    for steps, rate, first in (
        (70, 0.8, 0.5),
        (12, 0.8, 3.0),
        (5, 1.3, 0.02),
        (3, 0.6, 40.0),
        (30, 0.35, 1e-6),
        (25, 0.999, 1.0),
        (100, 1.9, 1e-9),
        (12, 0.05, 1.0),
    ):
        yield (first * rate ** np.arange(steps) * np.exp(rng.normal(scale=0.1, size=steps)),)


RATE_MISTAKES = {
    "that is the slope; exp makes a factor of it.": lambda norms: np.log(decay_rate(norms)),
    "that is the slope for logarithms to base 10; a factor per step is wanted.": (
        lambda norms: np.log10(decay_rate(norms))
    ),
    "that line was fitted to the norms; fit it to their logarithms.": straight_line,
    "that is the inverse; norms that fall have a factor below 1.": (
        lambda norms: 1 / decay_rate(norms)
    ),
    "that is the line's height at the first norm; the factor of the line at each step is wanted.": (
        lambda norms: np.exp(np.polyfit(np.arange(len(norms)), np.log(norms), 1)[1])
    ),
    "that is the logarithm of the line's height at the first norm; its slope is wanted.": (
        lambda norms: np.polyfit(np.arange(len(norms)), np.log(norms), 1)[1]
    ),
    "exp undoes `np.log`, not `np.log10`.": lambda norms: np.exp(np.log10(decay_rate(norms))),
    "N norms are N - 1 steps apart; and fit a line through all, not through two.": (
        lambda norms: (norms[-1] / norms[0]) ** (1 / len(norms))
    ),
    "that uses only the two ends; fit a line through all.": ends,
    "that is a mean of ratios; fit a line through all logarithms.": (
        lambda norms: (norms[1:] / norms[:-1]).mean()
    ),
    "that is the middle one of the ratios; fit a line through all logarithms.": (
        lambda norms: np.median(norms[1:] / norms[:-1])
    ),
    "norms that grow have a factor above 1, and yours is never above 1.": (
        lambda norms: min(decay_rate(norms), 1.0)
    ),
    "norms that grow have a factor above 1, and yours is never above 0.999.": (
        lambda norms: min(decay_rate(norms), 0.999)
    ),
    "the line does not have to go through 0: fit where it starts as well.": (
        lambda norms: np.exp(
            np.dot(np.arange(len(norms)), np.log(norms)) / (np.arange(len(norms)) ** 2).sum()
        )
    ),
}


def ask_rate(function, norms):
    return one_number(ask(function, norms, wanted="return the factor per step"))


def explain_rate(rate, norms):
    return (
        f"{len(norms)} norms from {norms[0]:.3g} to {norms[-1]:.3g}: "
        f"you give {rate:.4g}, not {decay_rate(norms):.4g}."
    )


# 7.6: an orthogonal matrix


def orthogonal(size, seed):
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    return Q


def read_matrix(function, size, seed):
    """What `function` returns, checked for its shape."""
    found = ask(function, size, seed, wanted="return the matrix")
    if isinstance(found, tuple) and len(found) == 2 and np.ndim(found[0]) == 2:
        raise Hint("that is a tuple; of the two that `qr` returns, only the first is orthogonal.")
    found = array(found, "the matrix")
    if found.shape != (size, size):
        raise Hint(f"for size {size} the shape should be {(size, size)}, not {found.shape}.")
    if found.dtype.kind == "c":
        raise Hint("its numbers are complex; they should be real.")
    return found.astype(float)


def judge_orthogonal(function):
    for size, seed in ((5, 0), (2, 3), (3, 1), (12, 123)):
        found = read_matrix(function, size, seed)
        if not np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5):
            return f"of {size} rows not all have length 1, so it stretches or shrinks some vectors."
        if not np.allclose(found @ found.T, np.eye(size), atol=1e-5):
            return "its rows have length 1, but they are not at right angles to each other."
        if not np.array_equal(found, read_matrix(function, size, seed)):
            return "the same seed should give the same matrix: `np.random.default_rng(seed)`."
        if size > 3 and np.allclose(found, read_matrix(function, size, seed + 1)):
            return "another seed gives the same matrix."
    return judge_directions(np.stack([read_matrix(function, 3, seed) for seed in range(400)]))


def judge_directions(drawn):
    """Whether the columns of many matrices (N, 3, 3) point in any direction alike.

    For such columns q the mean of q_i q_j is 1/3 where i = j and else 0, and that of q_i^4 is 1/5.
    Where they lean to the corners of a cube, as those drawn evenly between two bounds do, the sum
    of the three q_i^4 is in the mean below 3/5.
    """
    if (np.isclose(drawn, 0) | np.isclose(np.abs(drawn), 1)).all():
        return "it only swaps the axes or reverses them; its columns should point anywhere."
    moments = np.einsum("nij,nkj->jik", drawn, drawn) / len(drawn)  # one (3, 3) for each column
    gaps = np.abs(moments - np.eye(3) / 3)
    if gaps.max() > 0.1 and gaps.argmax() % 9 % 4:  # off the diagonal
        return (
            "over many seeds a column leans towards one side; numbers drawn from a normal "
            "distribution around 0 have no such side."
        )
    if gaps.max() > 0.1 or np.abs((drawn**4).mean(axis=0) - 1 / 5).max() > 0.06:
        return "over many seeds its columns favour some directions; they should point anywhere."
    if (drawn**4).sum(axis=1).mean(axis=0).min() < 3 / 5 - 0.035:
        return (
            "over many seeds a column points more often to the corners of a cube than along its "
            "axes; numbers drawn from a normal distribution favour neither."
        )
    return None


# 7.7: one step of SGD with clipping


def keras_clipped_step(values, grads):
    import keras

    weights = [keras.Variable(value, dtype="float64") for value in values]
    optimizer = keras.optimizers.SGD(0.1, global_clipnorm=1.0)
    optimizer.apply([keras.ops.convert_to_tensor(grad) for grad in grads], weights)
    return [weight.numpy() for weight in weights]


def torch_clipped_step(values, grads):
    import torch

    weights = [torch.tensor(value, requires_grad=True) for value in values]
    for weight, grad in zip(weights, grads, strict=True):
        weight.grad = torch.tensor(grad)
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    torch.optim.SGD(weights, 0.1).step()
    return [weight.detach().numpy() for weight in weights]


def length(arrays):
    """The length of all numbers of these arrays, laid end to end."""
    return np.sqrt(sum((part**2).sum() for part in arrays))


def draw_gradients():
    """Cases (values, grads) of 1 to 5 arrays; their lengths are 13, 1.2, 0.5, 40, 0, 1.7 and 3."""
    rng = np.random.default_rng(67)
    yield ([np.array([1.0, 2.0]), np.array([[3.0]])], [np.array([3.0, -4.0]), np.array([[12.0]])])
    for shapes, norm in (
        ([(3,), (2, 4)], 1.2),  # too long together, though neither is by itself
        ([(2, 3), (3,), (1,)], 0.5),
        ([(5, 2)], 40.0),
        ([(2,), (2, 2)], 0.0),
        ([(4, 3), (3,)], 1.7),
        ([(2,), (3, 2), (4,), (1, 5), (6,)], 3.0),
    ):
        grads = [rng.normal(size=shape) for shape in shapes]
        grads = [grad / np.sqrt(len(grads)) / np.linalg.norm(grad) * norm for grad in grads]
        yield [rng.normal(size=shape) for shape in shapes], grads


def step_with(change):
    """The step of 0.1 along what `change` makes of the list of gradients."""

    def step(values, grads):
        return [value - 0.1 * new for value, new in zip(values, change(grads), strict=True)]

    return step


def shrink(by):
    """A change that divides every array by the number `by(grads)`, where it is above 1."""
    return lambda grads: [grad / max(1, by(grads)) for grad in grads]


def each_alone(grads):
    return [grad / max(1, np.linalg.norm(grad)) for grad in grads]


def always_length_one(grads):
    return [grad / max(length(grads), 1e-12) for grad in grads]


def clip_the_step(values, grads):
    return step_with(lambda grads: [grad / max(1, 0.1 * length(grads)) for grad in grads])(
        values, grads
    )


STEP_MISTAKES = {
    "each array is clipped by itself; all of them together should have a norm of 1 at most.": (
        step_with(each_alone)
    ),
    "each number is clipped by itself, so the direction has changed.": (
        step_with(lambda grads: [np.clip(grad, -1, 1) for grad in grads])
    ),
    "the gradient was not clipped: clip it before the step.": step_with(lambda grads: grads),
    "the step goes uphill; it must go against the gradient.": (
        step_with(lambda grads: [-grad for grad in shrink(length)(grads)])
    ),
    "the learning rate is 0.1, not 1.": (
        step_with(lambda grads: [10 * grad for grad in shrink(length)(grads)])
    ),
    "a gradient that is shorter than the limit must stay as it is.": step_with(always_length_one),
    "the step was clipped, after the learning rate; clip the gradient before it.": clip_the_step,
    "the norm is the root of the sum of all squares, not the sum of the arrays' norms.": (
        step_with(shrink(lambda grads: sum(np.linalg.norm(grad) for grad in grads)))
    ),
    "that divides by the largest number; the norm is the root of the sum of all squares.": (
        step_with(shrink(lambda grads: max(np.abs(grad).max() for grad in grads)))
    ),
    "that divides by the squared norm: the root is missing.": (
        step_with(shrink(lambda grads: length(grads) ** 2))
    ),
    "the values have not moved.": lambda values, grads: values,
    "those are the gradients, clipped; return the new values.": (
        lambda values, grads: shrink(length)(grads)
    ),
    "those are the steps; return the new values.": (
        lambda values, grads: [-0.1 * grad for grad in shrink(length)(grads)]
    ),
    "only the signs of the gradient count, as in the first step of Adam; take SGD.": (
        step_with(lambda grads: [np.sign(grad) for grad in grads])
    ),
}
right_step = step_with(shrink(length))


def same_arrays(found, expected):
    """Whether two lists of arrays hold the same numbers, to what float32 can hold."""
    return all(close(a, b, rtol=1e-5) for a, b in zip(found, expected, strict=True))


def ask_values(function, values, grads):
    result = ask(function, values, grads, wanted="return the list of new values")
    if not isinstance(result, list | tuple) or len(result) != len(values):
        raise Hint(f"a list of {len(values)} arrays was expected, as many as there are values.")
    found = [array(part, "every array of the list") for part in result]
    if [part.shape for part in found] != [value.shape for value in values]:
        raise Hint("the new values should have the shapes of the old ones, in their order.")
    return found


def explain_step(new, values, grads):
    moved, wanted = length(map(np.subtract, values, new)), 0.1 * min(1, length(grads))
    return (
        f"a gradient of length {length(grads):.3g} should move the values by "
        f"{wanted:.3g} in all, against it; yours moves them by {moved:.3g}"
        + (", in another direction." if close(moved, wanted) else ".")
    )


EXERCISES = {
    "7.1": Exercise(
        judge=number(
            0.675**20,
            digits=2,
            wrong={
                0: "little is left, but not nothing; give two significant digits.",
                0.9**20: "that is only the weight; each step also has the slope of tanh.",
                0.75**20: "that is only the slope; each step also has the weight.",
                0.675: "that is one step; 20 of them multiply.",
                20 * 0.675: "the factors of 20 steps are multiplied, not added.",
                0.675 / 20: "the factors of 20 steps are multiplied, not divided by 20.",
                0.675**19: "that is what 19 steps leave.",
                0.675**21: "that is what 21 steps leave.",
                100 * 0.675**20: "that is in per cent; give the fraction itself.",
                0.45**20: "the slope is 1 - h^2, which is not 0.5.",
                0.225**20: "the slope is 1 - h^2, not h^2.",
                (0.9 * (1 - np.tanh(0.5) ** 2)) ** 20: "0.5 is already the state, after the tanh.",
            },
            question=(
                "by what is a gradient multiplied in one step, if the weight is 0.9 and the slope "
                "1 - h^2?"
            ),
        ),
        solutions={"": Value("(0.9 * (1 - 0.5**2)) ** 20")},
    ),
    "7.2": Exercise(
        judge=number(
            0.001 ** (1 / 20),
            wrong={
                0.001 / 20: "the factors multiply; look for the number whose 20th power is 1/1000.",
                0.999: "with 0.999 almost everything is left after 20 steps.",
                0.001 ** (1 / 10): "with this one it takes 10 steps, not 20.",
                0.001 ** (1 / 19): "20 steps are 20 factors, not 19.",
                0.001 ** (1 / 21): "20 steps are 20 factors, not 21.",
                1000 ** (1 / 20): "with this one it grows to a thousand times in 20 steps.",
                -(0.001 ** (1 / 20)): "the number must be above 0.",
                np.log(0.001) / 20: "that is the logarithm of it; exp is missing.",
            },
            question="if one step multiplies the influence by r, by what do 20 steps multiply it?",
        ),
        solutions={"": Value("0.001 ** (1 / 20)")},
    ),
    "7.3": Exercise(
        judge=number(
            float(np.degrees(np.arctan(0.5) - np.arctan(0.5 / 12))),
            tolerance=0.05,
            wrong={
                0: "the 12 becomes 1, but the 0.5 stays, so the direction changes.",
                float(np.degrees(np.arctan(0.5))): "it had an angle before, too: subtract.",
                float(np.arctan(0.5) - np.arctan(0.5 / 12)): (
                    "that is about the angle in radians, and its sine; give degrees."
                ),
                float(np.degrees(np.pi / 4 - np.arctan(0.5 / 12))): (
                    "0.5 is below the limit and stays; only the 12 is cut."
                ),
                float(np.degrees(np.arctan(0.5 / 12))): "that is the angle before clipping.",
                float(np.degrees(np.arctan(0.5) + np.arctan(0.5 / 12))): (
                    "both angles are on the same side of the axis: subtract, do not add."
                ),
                float(np.degrees(np.arctan(0.5 / 12) - np.arctan(0.5))): (
                    "that is the right size; give the angle without a sign."
                ),
                float(np.cos(np.arctan(0.5) - np.arctan(0.5 / 12))): (
                    "that is the cosine of the angle."
                ),
            },
            question=(
                "which angle has the gradient with the axis of the 12 before it is clipped, and "
                "which one after?"
            ),
        ),
        solutions={"": Value("float(np.degrees(np.arctan(0.5 / 1) - np.arctan(0.5 / 12)))")},
    ),
    "7.4": Exercise(
        judge=number(
            1.0,
            wrong={
                1 / 6: "that is the baseline of the chapter: two numbers from 0 to 1.",
                1 / 4: "the range is twice as wide, so each variance is larger.",
                1 / 3: "that is the variance of one number; three are added.",
                2 / 3: "that is for two numbers; here three are marked.",
                0.0: "0 is the best constant answer; its error is wanted.",
                0.5: "a variance grows with the square of the range; from 0 to 1 it is 1/12.",
                9.0: "variances of independent numbers add; the sum is not three times one number.",
                3.0: "variances of independent numbers add; the sum is not three times one number.",
                1.5: "that is the mean distance of the three, added; the error is a square.",
                2.0: "that is the error of always saying 1; the sum is 0 on average here.",
                1 / 9: "that is the variance of the mean of the three, not of their sum.",
            },
            question="what is the variance of one number that is uniform between -1 and 1?",
        ),
        solutions={
            "": Value("""
                # one number: the mean of u^2 over -1 .. 1 is 1/3, and three of them add up
                variance = (1**3 - (-1) ** 3) / 3 / 2
                answer = 3 * variance
                """)
        },
    ),
    "7.5": Exercise(
        judge=function(draw_norms, decay_rate, explain_rate, RATE_MISTAKES, ask_rate),
        solutions={"": decay_rate},
    ),
    "7.6": Exercise(judge=judge_orthogonal, solutions={"": orthogonal}),
    "7.7": Exercise(
        judge=function(
            draw_gradients, right_step, explain_step, STEP_MISTAKES, ask_values, same_arrays
        ),
        solutions={"keras": keras_clipped_step, "torch": torch_clipped_step},
    ),
}
