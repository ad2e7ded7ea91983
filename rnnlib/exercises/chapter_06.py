"""Exercises of chapter 6: factors a step, angles, a floor, a rate, a rotation, a clipped step."""

import numpy as np

from rnnlib.exercises import Exercise, Value, number

# 6.5: the rate of an influence curve


def decay_rate(norms):
    slope, _ = np.polyfit(np.arange(len(norms)), np.log(norms), 1)
    return np.exp(slope)


def straight_line(norms):
    return np.polyfit(np.arange(len(norms)), norms, 1)[0]


def judge_rate(function):
    steps = np.arange(12)
    norms = 0.5 * 0.8**steps * np.exp(0.1 * np.cos(2.0 * steps))  # a straight line, and ripples
    found = function(norms.copy())
    if found is None:
        return "the function returns nothing: return the factor a step."
    found, right = float(found), decay_rate(norms)
    hints = {
        np.log(right): "that is the slope; exp makes a factor of it.",
        np.log10(right): "that is the slope for logarithms to base 10; a factor a step was asked.",
        straight_line(norms): "that line was fitted to the norms; fit it to their logarithms.",
        1 / right: "that is the inverse; norms that fall have a factor below 1.",
        np.exp(np.log10(right)): "exp undoes `np.log`, not `np.log10`.",
        (norms[-1] / norms[0]) ** (1 / 12): "12 norms are 11 steps apart; and fit all, not two.",
        (norms[-1] / norms[0]) ** (1 / 11): "that uses the two ends alone; fit a line through all.",
        (norms[1:] / norms[:-1]).mean(): "that is a mean of ratios; fit a line through all logs.",
    }
    for wrong, hint in hints.items():
        if abs(found - wrong) < 1e-6:
            return hint
    if not abs(found - right) < 1e-6:
        return f"norms with a factor of about 0.8 a step: you give {found:.4g}, not {right:.4g}."
    return None


# 6.6: an orthogonal matrix


def orthogonal(size, seed):
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    return Q


def rows_of_length_one(size, seed):
    drawn = np.random.default_rng(seed).normal(size=(size, size))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def judge_orthogonal(function):
    found = function(5, 0)
    if found is None:
        return "the function returns nothing: return the matrix."
    if isinstance(found, tuple):
        return "that is a tuple; of the two that `qr` returns, only the first is orthogonal."
    found = np.asarray(found, dtype=float)
    if found.shape != (5, 5):
        return f"for size 5 the shape should be (5, 5), not {found.shape}."
    if not np.allclose(np.linalg.norm(found, axis=1), 1):
        return "its rows do not have length 1, so it stretches some vectors."
    if not np.allclose(found @ found.T, np.eye(5)):
        return "its rows have length 1, but they are not at right angles to each other."
    if np.allclose(found, function(5, 1)):
        return "another seed gives the same matrix."
    if not np.allclose(found, function(5, 0)):
        return "the same seed should give the same matrix: `np.random.default_rng(seed)`."
    return None


# 6.7: one step of SGD with clipping


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


VALUES = [np.array([1.0, 2.0]), np.array([[3.0]])]
LONG = [np.array([3.0, -4.0]), np.array([[12.0]])]  # norms 5 and 12, together 13
SHORT = [np.array([0.3, -0.4]), np.array([[0.0]])]  # together 0.5


def move(grads, change):
    """New values after a step of 0.1 along grads that `change` has treated one by one."""
    return [value - 0.1 * change(grad) for value, grad in zip(VALUES, grads, strict=True)]


def each_alone(grad):
    return grad * min(1, 1 / np.linalg.norm(grad))


STEP_MISTAKES = {
    "each array is clipped by itself; `clipnorm` does so, `global_clipnorm` does not.": (
        lambda values, grads: move(grads, each_alone)
    ),
    "each number is clipped by itself, so the direction has changed.": (
        lambda values, grads: move(grads, lambda grad: np.clip(grad, -1, 1))
    ),
    "the gradient was not clipped; in PyTorch, clip before `step()`.": (
        lambda values, grads: move(grads, lambda grad: grad)
    ),
    "the step goes uphill; it must go against the gradient.": (
        lambda values, grads: move(grads, lambda grad: -grad / 13)
    ),
    "the learning rate is 0.1, not 1.": lambda values, grads: move(grads, lambda g: g / 1.3),
}


def judge_step(function):
    found = function([value.copy() for value in VALUES], [grad.copy() for grad in LONG])
    if found is None:
        return "the function returns nothing: return the list of new values."
    for hint, mistake in STEP_MISTAKES.items():
        if agree(found, mistake(VALUES, LONG)):
            return hint
    if not agree(found, move(LONG, lambda grad: grad / 13)):
        return "a gradient of length 13 should move the weights by 0.1 in all; yours does not."
    found = function([value.copy() for value in VALUES], [grad.copy() for grad in SHORT])
    if not agree(found, move(SHORT, lambda grad: grad)):
        return "a gradient of length 0.5 is shorter than the limit, and must stay as it is."
    return None


def agree(found, expected):
    """Whether two lists of arrays hold the same numbers, to six digits."""
    if len(found) != len(expected):
        return False
    found = [np.asarray(value) for value in found]
    same = zip(found, expected, strict=True)
    return all(a.shape == b.shape and np.allclose(a, b, atol=1e-6) for a, b in same)


def always_length_one(values, grads):
    norm = np.sqrt(sum((grad**2).sum() for grad in grads))
    return move(grads, lambda grad: grad / norm)


EXERCISES = {
    "6.1": Exercise(
        judge=number(
            0.675**20,
            tolerance=1e-5,
            wrong={
                0.9**20: "that is the weight alone; each step also has the slope of tanh.",
                0.75**20: "that is the slope alone; each step also has the weight.",
                0.675: "that is one step; 20 of them multiply.",
                0.675 / 20: "the factors of 20 steps are multiplied, not divided by 20.",
                0.45**20: "near 0: keep two digits; and the slope is 1 - h^2, which is not 0.5.",
                (0.9 * (1 - np.tanh(0.5) ** 2)) ** 20: "0.5 is already the state, after the tanh.",
            },
        ),
        solutions={"": Value("(0.9 * (1 - 0.5**2)) ** 20")},
        wrong={
            "weight alone": 0.9**20,
            "slope alone": 0.75**20,
            "that is one step": 0.675,
            "not divided by 20": 0.675 / 20,
            "which is not 0.5": 0.45**20,
            "after the tanh": (0.9 * (1 - np.tanh(0.5) ** 2)) ** 20,
            "too large": 0.5,
        },
    ),
    "6.2": Exercise(
        judge=number(
            0.001 ** (1 / 20),
            wrong={
                0.001 / 20: "the factors multiply; look for the number whose 20th power is 1/1000.",
                0.999: "with 0.999 almost everything is left after 20 steps.",
                0.001 ** (1 / 10): "with this one it takes 10 steps, not 20.",
                0.001 ** (1 / 19): "20 steps are 20 factors, not 19.",
            },
        ),
        solutions={"": Value("0.001 ** (1 / 20)")},
        wrong={
            "20th power is": 0.001 / 20,
            "almost everything": 0.999,
            "takes 10 steps": 0.001 ** (1 / 10),
            "not 19": 0.001 ** (1 / 19),
            "too small": 0.6,
        },
    ),
    "6.3": Exercise(
        judge=number(
            float(np.degrees(np.arctan(0.5) - np.arctan(0.5 / 12))),
            tolerance=0.1,
            wrong={
                0: "the 12 becomes 1, but the 0.5 stays, so the direction changes.",
                float(np.degrees(np.arctan(0.5))): "it had an angle before, too: subtract.",
                float(np.arctan(0.5) - np.arctan(0.5 / 12)): "that is in radians; give degrees.",
                float(np.degrees(np.pi / 4 - np.arctan(0.5 / 12))): (
                    "0.5 is below the limit and stays; only the 12 is cut."
                ),
                float(np.degrees(np.arctan(0.5 / 12))): "that is the angle before clipping.",
            },
        ),
        solutions={"": Value("float(np.degrees(np.arctan(0.5 / 1) - np.arctan(0.5 / 12)))")},
        wrong={
            "the direction changes": 0,
            "subtract": 26.565,
            "radians": 0.422,
            "only the 12": 42.614,
            "before clipping": 2.386,
            "too large": 90,
        },
    ),
    "6.4": Exercise(
        judge=number(
            1.0,
            wrong={
                1 / 6: "that is the floor of the chapter: two numbers from 0 to 1.",
                1 / 4: "the range is twice as wide, so each variance is larger.",
                1 / 3: "that is the variance of one number; three are added.",
                2 / 3: "that is for two numbers; here three are marked.",
                0.0: "0 is the best constant answer; its error was asked.",
                1 / 2: "twice as wide is not twice the variance: it grows with the square.",
                9.0: "variances of independent numbers add; the sum is not three times one number.",
                3.0: "variances of independent numbers add; the sum is not three times one number.",
            },
        ),
        solutions={
            "": Value("""
                # one number: the mean of u^2 over -1 .. 1 is 1/3, and three of them add up
                variance = (1**3 - (-1) ** 3) / 3 / 2
                answer = 3 * variance
                """)
        },
        wrong={
            "floor of the chapter": 1 / 6,
            "twice as wide, so": 1 / 4,
            "variance of one": 1 / 3,
            "three are marked": 2 / 3,
            "its error": 0.0,
            "with the square": 0.5,
            "not three times": 3.0,
            "too large": 2.0,
        },
    ),
    "6.5": Exercise(
        judge=judge_rate,
        solutions={"": decay_rate},
        wrong={
            "that is the slope; exp": lambda norms: np.log(decay_rate(norms)),
            "to base 10": lambda norms: np.log10(decay_rate(norms)),
            "fitted to the norms": straight_line,
            "the inverse;": lambda norms: decay_rate(norms[::-1]),
            "not `np.log10`": lambda norms: np.exp(np.log10(decay_rate(norms))),
            "11 steps apart": lambda norms: (norms[-1] / norms[0]) ** (1 / len(norms)),
            "two ends": lambda norms: (norms[-1] / norms[0]) ** (1 / (len(norms) - 1)),
            "mean of ratios": lambda norms: (norms[1:] / norms[:-1]).mean(),
            "you give": lambda norms: 0.8,
        },
        stub=lambda norms: None,
    ),
    "6.6": Exercise(
        judge=judge_orthogonal,
        solutions={"": orthogonal},
        wrong={
            "the first is orthogonal": lambda size, seed: (orthogonal(size, seed), 0),
            "should be (5, 5)": lambda size, seed: orthogonal(size + 1, seed),
            "stretches": lambda size, seed: 2 * orthogonal(size, seed),
            "right angles": rows_of_length_one,
            "another seed": lambda size, seed: np.eye(size),
            "same seed": lambda size, seed: orthogonal(size, None),
        },
        stub=lambda size, seed: None,
    ),
    "6.7": Exercise(
        judge=judge_step,
        solutions={"keras": keras_clipped_step, "torch": torch_clipped_step},
        wrong={hint[:30]: mistake for hint, mistake in STEP_MISTAKES.items()}
        | {
            "shorter than the limit": always_length_one,
            "0.1 in all": lambda values, grads: values,
        },
        stub=lambda values, grads: None,
    ),
}
