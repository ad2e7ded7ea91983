"""Exercises of chapter 8: sizes, half-lives, biases, weights moved and made by hand."""

import copy
import inspect

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, check_function, close, either, number
from rnnlib.functional import sigmoid
from rnnlib.models.char_rnn.numpy_cells import lstm_step

# 8.3: the forget bias of a layer

SIZES = ((3, 4), (5, 2), (4, 4))  # (E, H) of the layers on which functions are tried
VALUES = (2.5, -1.25, 0.5)  # the bias that is asked for, one a size


def set_forget_keras(layer, value):
    kernel, recurrent, bias = layer.get_weights()
    H = layer.units
    bias[H : 2 * H] = value
    layer.set_weights([kernel, recurrent, bias])


def set_forget_torch(layer, value):
    import torch

    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = value
        layer.bias_hh_l0[H : 2 * H] = 0  # the two are added


UNCHANGED = "no weight has changed: write into the layer's own weights."


def judge_layers(make):
    """A judge: whether the forget bias of some layers, and nothing else, is as asked for."""

    def judge(function):
        for (E, H), value in zip(SIZES, VALUES, strict=True):
            layer, read = make(E, H)
            before = read(layer)
            function(layer, value)
            if hint := compare_lstm(before, read(layer), value):
                return hint
        return None

    return judge


def compare_lstm(before, after, value):
    """None, or what is wrong with the weights after the call: matrices, and one or two biases."""
    H = len(before["biases"][0]) // 4
    f = slice(H, 2 * H)
    old, new = sum(before["biases"]), sum(after["biases"])
    if all(map(np.array_equal, before["matrices"], after["matrices"])):
        if np.array_equal(before["biases"], after["biases"]):
            return UNCHANGED
    elif not all(map(close, after["matrices"], before["matrices"])):
        return "the matrices have changed; only the bias should."
    if not close(np.delete(new, f), np.delete(old, f)):
        return "another gate has changed; the forget gate is the second of the four blocks."
    if close(new[f], np.full(H, value)):
        return None
    if len(before["biases"]) == 2 and close(new[f], np.full(H, 2 * value)):
        return "the two biases are added, so their sum is now twice the value."
    if len(before["biases"]) == 2 and any(close(b[f], np.full(H, value)) for b in after["biases"]):
        return "one bias holds the value, the other still its random start: only the sum counts."
    if close(new[f], old[f] + value):
        return "the value was added to the bias; the bias should become the value."
    return f"the forget bias should be {value} in every unit, but it runs from " + (
        f"{new[f].min():.2f} to {new[f].max():.2f}."
    )


def make_keras(E, H):
    """A built LSTM of Keras with random weights and biases, and how to read them."""
    from keras import layers

    rng = np.random.default_rng(H)
    layer = layers.LSTM(H)
    layer.build((None, None, E))
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])

    def read(layer):
        *matrices, bias = (w.astype(float) for w in layer.get_weights())
        return {"matrices": matrices, "biases": [bias]}

    return layer, read


def make_torch(E, H):
    """An LSTM of PyTorch with random weights and biases, and how to read them."""
    import torch

    torch.manual_seed(H)
    layer = torch.nn.LSTM(E, H)

    def read(layer):
        weights = [getattr(layer, name) for name in ("weight_ih_l0", "weight_hh_l0")]
        biases = [getattr(layer, name) for name in ("bias_ih_l0", "bias_hh_l0")]
        numbers = [w.detach().numpy().astype(float) for w in weights + biases]
        return {"matrices": numbers[:2], "biases": numbers[2:]}

    return layer, read


def what_it_did(hints):
    """All that it did to the layers; that it left one alone counts only where it did nothing."""
    did = [f"{where}: {hint}" for where, hint in hints.items() if hint != UNCHANGED]
    return "; ".join(did) or UNCHANGED


def where_it_stopped(errors):
    said = [f"{where} it stopped with {type(error).__name__}" for where, error in errors.items()]
    return " and ".join(said) + "."


judge_forget = either(
    {
        "for a layer of Keras": judge_layers(make_keras),
        "for a layer of PyTorch": judge_layers(make_torch),
    },
    choose=what_it_did,
    stopped=where_it_stopped,
)


# 8.4: a GRU of PyTorch for Keras


def to_keras_gru(layer):
    def ordered(w):
        r, z, n = np.split(w.detach().numpy().T, 3, axis=-1)
        return np.concatenate([z, r, n], axis=-1)

    biases = ordered(layer.bias_ih_l0), ordered(layer.bias_hh_l0)
    return [ordered(layer.weight_ih_l0), ordered(layer.weight_hh_l0), np.stack(biases)]


def unordered(layer):
    weights = [w.detach().numpy().T for w in layer.parameters()]
    return [*weights[:2], np.stack(weights[2:])]


def judge_convert(function):
    import torch

    check_function(function)
    for number_of, (E, H) in enumerate(SIZES):
        torch.manual_seed(H)
        layer = torch.nn.GRU(E, H, batch_first=number_of % 2 == 0)
        before = copy.deepcopy(layer)
        found = function(layer)
        pairs = zip(layer.parameters(), before.parameters(), strict=True)
        if not all(torch.equal(after, kept) for after, kept in pairs):
            return "the function changes the layer; work on copies of its weights."
        if hint := compare_gru(three_arrays(found), before):
            return hint
    return None


def three_arrays(found):
    """The three arrays that Keras takes, as floats; a Hint for anything else."""
    if inspect.isgenerator(found):
        found = list(found)
    if not isinstance(found, list | tuple) or len(found) != 3:
        raise Hint("Keras wants a list of three arrays: kernel, recurrent kernel, bias.")
    if any(hasattr(w, "detach") for w in found):
        raise Hint("the list still holds tensors of PyTorch; Keras wants arrays of NumPy.")
    return [array(w, "each of the three arrays").astype(float) for w in found]


def compare_gru(found, layer):
    """None when the arrays make the same GRU as this layer: of z and r only the sum of the two
    biases counts, the candidate needs both.
    """
    expected = [w.astype(float) for w in to_keras_gru(layer)]
    shapes = [w.shape for w in found], [w.shape for w in expected]
    if shapes[0] != shapes[1]:
        return f"the shapes should be {shapes[1]}, not {shapes[0]}."
    rzn = unordered(layer)
    if all(map(close, found, rzn)):
        return "the blocks are still in PyTorch's order, r, z, n."
    for which, name in enumerate(("kernel", "recurrent kernel")):
        if not close(found[which], expected[which]):
            if close(found[which], rzn[which]):
                return f"the blocks of the {name} are still in PyTorch's order, r, z, n."
            return f"the {name} has wrong numbers."
    H = expected[2].shape[1] // 3
    (x_bias, h_bias), right = found[2], expected[2]
    if not close((x_bias + h_bias)[: 2 * H], right.sum(axis=0)[: 2 * H]):
        return "the biases of z and r do not sum to those of the layer; keep their order as well."
    candidate = np.stack([x_bias[2 * H :], h_bias[2 * H :]])
    if close(candidate, right[:, 2 * H :]):
        return None
    if close(candidate[::-1], right[:, 2 * H :]):
        return "the rows of the bias have changed places: that of the input comes first."
    if close(candidate.sum(axis=0), right[:, 2 * H :].sum(axis=0)):
        return "the two biases of the candidate may not be added up: one stands inside the reset."
    return "the bias of the candidate has wrong numbers."


# 8.5 and 8.6: an LSTM by hand


def read_weights(answer, inputs, units):
    """W_xh, W_hh and b_h of an LSTM, as floats; a Hint unless they are three arrays that fit."""
    if inspect.isgenerator(answer):
        answer = list(answer)
    if not (isinstance(answer, tuple | list) and len(answer) == 3):
        raise Hint("give three arrays: W_xh, W_hh and b_h.")
    shapes = [(inputs, 4 * units), (units, 4 * units), (4 * units,)]
    weights = []
    for name, given, shape in zip(("W_xh", "W_hh", "b_h"), answer, shapes, strict=True):
        w = array(given, f"the array {name}")
        if w.dtype.kind == "c":
            raise Hint(f"the array {name} should hold real numbers.")
        if w.shape != shape:
            raise Hint(f"the array {name} should have the shape {shape}, not {w.shape}.")
        if not np.isfinite(w).all():
            raise Hint(f"the array {name} holds a number that is not finite.")
        weights.append(w.astype(float))
    return weights


def run_by_hand(weights, xs):
    """h and c, each (T, units), while xs (T, E) are read from a state of zeros."""
    units = len(weights[1])
    state, states = np.zeros((1, 2 * units)), []
    for x in xs:
        state = lstm_step(x[None], state, *weights)
        states.append(state[0])
    return np.split(np.array(states), [units], axis=1)


DEEPEST, LONGEST = 50, 300  # brackets open, characters in a text


def bracket_texts():
    """Texts of "(", ")" and "a", the shortest first, with at most fifty brackets open."""
    yield from ("(", "a", "(a", "()", "(a()", "((a))(", "aa(")
    rng = np.random.default_rng(7)
    for length, up in ((20, 0.5), (60, 0.9), (LONGEST, 0.6), (LONGEST, 0.95)):
        text, depth = "", 0
        for key, letter in rng.random((length, 2)):
            opens = depth == 0 or (key < up and depth < DEEPEST)
            text += "a" if letter < 0.3 else "(" if opens else ")"
            depth += {"(": 1, ")": -1, "a": 0}[text[-1]]
        yield text
    full, rest = "(" * DEEPEST, LONGEST - DEEPEST
    yield from ("a" * LONGEST, "()" * (LONGEST // 2), full + "a" * rest, full + "()" * (rest // 2))
    yield full + ")(" * (rest // 2)


def judge_depth(answer):
    weights = read_weights(answer, 3, 1)
    for text in bracket_texts():
        xs = np.eye(3)[["()a".index(char) for char in text]]
        depth = np.cumsum(xs[:, 0] - xs[:, 1])
        c = run_by_hand(weights, xs)[1][:, 0]
        off = np.abs(c - depth) > 0.1
        if off.any():
            t = int(off.argmax())
            where = f"after `{text[: t + 1]}`" if t < 10 else f"after {t + 1} characters"
            return f"{where} the count should be {depth[t]:.0f}, but c is {c[t]:.2f}."
    return None


def marked_numbers():
    """Rows of numbers (T,) from -1 to 1 and marks (T,): one step to sixty, no mark to many."""
    rng = np.random.default_rng(7)
    yield np.array([0.3, -0.8, 0.6, 0.9]), np.array([0, 0, 1.0, 0])
    yield np.array([-0.5]), np.array([1.0])
    for T in (2, 5, 12, 30, 60):
        for share in (0, 0.1, 0.5, 1):
            yield rng.uniform(-1, 1, T), (rng.random(T) < share).astype(float)
    for first in (0.05, -0.05, 1, -1):  # small and large numbers first, and late marks
        for place, later in ((0, [1]), (0, [59]), (1, [3, 4]), (30, [31, 50])):
            numbers, marks = rng.uniform(0.3, 1, 60) * rng.choice([-1, 1], 60), np.zeros(60)
            numbers[place] = first
            marks[[place, *later]] = 1
            yield numbers, marks
    for sign in (-1, 1):  # the largest numbers, before a mark, behind one, and at marks
        for places in ([], [0], [59], range(60)):
            numbers, marks = np.full(60, float(sign)), np.zeros(60)
            marks[list(places)] = 1
            numbers[0] = -sign
            yield numbers, marks


def judge_first(answer):
    weights = read_weights(answer, 2, 2)
    for numbers, marks in marked_numbers():
        xs = np.column_stack([numbers, marks])
        hs, cs = run_by_hand(weights, xs)
        c = cs[:, 0]
        first = int(marks.argmax()) if marks.any() else len(marks)
        wanted = np.where(np.arange(len(marks)) < first, 0, np.tanh(numbers[[first % len(marks)]]))
        off = np.abs(c - wanted) > 0.05
        if off.any():
            t = int(off.argmax())
            why = what_gates_did(weights, xs[t], hs[t - 1]) if t > first else ""
            return explain_first(t, first, numbers, marks, c, wanted) + why
    return None


def what_gates_did(weights, x, h):
    """The gates of the first unit at a step, and the h they saw: the end of a hint."""
    W_xh, W_hh, b_h = weights
    i, f = sigmoid(x @ W_xh + h @ W_hh + b_h)[[0, 2]]
    return (
        f" Before that step h of the two units was {h[0]:.2f} and {h[1]:.2f}; at the step the "
        f"first unit's input gate is {i:.2f}, and its forget gate {f:.2f}."
    )


def explain_first(t, first, numbers, marks, c, wanted):
    """What went wrong at step t, the first that is off, in words that are true of it."""
    if t < first:
        return f"before any mark c of the first unit should be 0, but it is {c[t]:.2f}."
    if t == first:
        return (
            f"at the first mark stood {numbers[t]:.2f}, so c should become {wanted[t]:.2f}, "
            f"not {c[t]:.2f}."
        )
    steps = f"{t - first} step{'s' * (t - first > 1)} after the first mark"
    if marks[t]:
        return f"at a later mark, {steps}, c should still be {wanted[t]:.2f}, not {c[t]:.2f}."
    return f"{steps}, at a step without a mark, c should still be {wanted[t]:.2f}, not {c[t]:.2f}."


DEPTH_BY_HAND = Value("""
    # columns i, f, g, o: both gates always open, and g is 1, -1 or 0
    W_xh = np.array([[0, 0, 20, 0], [0, 0, -20, 0], [0, 0, 0, 0]])
    answer = W_xh, np.zeros((1, 4)), np.array([20, 20, 0, 20])
    """)
FIRST_BY_HAND = Value("""
    # columns i1 i2, f1 f2, g1 g2, o1 o2; unit 2 turns on at a mark, and shuts i1 from then on
    W_xh = np.zeros((2, 8))
    W_xh[0, 4] = 1  # the number, into g1
    W_xh[1, [0, 1, 5]] = 20  # a mark opens i1 and i2, and makes g2 1
    W_hh = np.zeros((2, 8))
    W_hh[1, 0] = -40
    answer = W_xh, W_hh, np.array([-10, -10, 10, 10, 0, 0, 10, 10])
    """)


EXERCISES = {
    "8.1": Exercise(
        judge=number(
            49800,
            wrong={
                49500: "Keras' GRU has two biases, and both count.",
                49200: "that is the matrices alone, without the biases.",
                16500: "that is the plain cell: one block.",
                66000: "that is an LSTM: four blocks, and one bias for each.",
                31872: "inputs and units have changed places.",
            },
            question="how many numbers has one block, with two matrices and two biases?",
        ),
        solutions={"": Value("3 * (64 * 100 + 100 * 100 + 2 * 100)")},
    ),
    "8.2": Exercise(
        judge=number(
            4.9681,
            tolerance=0.005,
            wrong={
                0.9931: "that is f itself; which bias gives it?",
                -4.9681: "the sign is wrong: a negative bias shuts the gate.",
                4.5951: "with that, the time constant is 100 steps, and a third is left.",
                4.6052: "that is ln 100; it leaves about a third after 100 steps.",
                143.77: "that is f / (1 - f); its logarithm is the bias.",
            },
            question=(
                "which f has one half as its hundredth power, and which number does the sigmoid "
                "turn into it?"
            ),
        ),
        solutions={
            "": Value("""
                f = 0.5 ** (1 / 100)
                answer = np.log(f / (1 - f))  # sigmoid(answer) = f
                """)
        },
    ),
    "8.3": Exercise(
        judge=judge_forget, solutions={"keras": set_forget_keras, "torch": set_forget_torch}
    ),
    "8.4": Exercise(judge=judge_convert, solutions={"": to_keras_gru}),
    "8.5": Exercise(judge=judge_depth, solutions={"": DEPTH_BY_HAND}),
    "8.6": Exercise(judge=judge_first, solutions={"": FIRST_BY_HAND}),
}
