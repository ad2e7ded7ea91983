"""Exercises of chapter 4: the cell by hand, shapes, the state carried and kept."""

import contextlib

import numpy as np

from exercises import Exercise, Value
from exercises.judges import (
    ALTERED,
    Hint,
    array,
    ask,
    either,
    first_reason,
    function,
    in_turn,
    number,
    shape,
)
from rnnlib.models.char_rnn.numpy_cells import rnn_step

# 4.2


def not_the_state(answer):
    """A hint where the state itself is given, or all that the layer returns; else None."""
    for item in answer if isinstance(answer, list | tuple) else [answer]:
        if len(getattr(item, "shape", ())) > 1:
            return "that is what the layer returns; give the shape of `h`, three whole numbers."
    return None


# 4.3


def last_states(hs, lengths):
    return hs[np.arange(len(hs)), np.asarray(lengths) - 1]


def states_at(place):
    """The states at place(lengths, T) of each row."""
    return lambda hs, lengths: hs[np.arange(len(hs)), place(lengths, hs.shape[1])]


USUAL_STATES = {
    "these are the states after the padding, not after each row's last character.": (
        lambda hs, lengths: hs[:, -1]
    ),
    "you are one step late: the state after n characters has the index n - 1.": (
        states_at(lambda lengths, T: np.minimum(lengths, T - 1))
    ),
    "you are one step early: the state after n characters has the index n - 1.": (
        states_at(lambda lengths, T: np.maximum(lengths, 2) - 2)
    ),
    "these are the states after the first character of each row.": lambda hs, lengths: hs[:, 0],
    "you took the length of row 0 for every row.": lambda hs, lengths: hs[:, lengths[0] - 1],
    "these are means over each row; return the last state of each row.": lambda hs, lengths: (
        np.stack([rows[:n].mean(axis=0) for rows, n in zip(hs, lengths, strict=True)])
    ),
}


def padded_rows():
    rng = np.random.default_rng(3)
    few = ([4, 2, 5], 5, 7), ([1, 6], 6, 3), ([3], 8, 5), ([1, 1, 1, 1], 1, 2)
    for lengths, T, H in (*few, ([3, 9, 1, 4, 9, 2, 8, 5, 7, 6], 9, 20)):
        yield rng.normal(size=(len(lengths), T, H)), np.array(lengths)


def ask_states(function, hs, lengths):
    found = array(
        ask(function, hs, lengths, wanted="return the states"), "what the function returns"
    )
    B, _, H = hs.shape
    if found.shape == (B, B, H) != (B, H):
        raise Hint(
            "`hs[:, lengths - 1]` picks every length for every row; pair rows with lengths, as "
            "`hs[[0, 1], [3, 5]]` picks step 3 of row 0 and step 5 of row 1."
        )
    if found.shape != (B, H):
        raise Hint(f"for hs of shape {hs.shape} the answer should be {(B, H)}, not {found.shape}.")
    return found


def explain_states(found, hs, lengths):
    return (
        f"for lengths {lengths.tolist()} the shape is right, but these are not the states "
        "after each row's last character."
    )


# 4.5


def read_twice_keras(layer, first, second):
    _, h = layer(first)
    _, h = layer(second, initial_state=h)
    return h


def read_twice_torch(layer, first, second):
    _, h = layer(first)
    _, h = layer(second, h)
    return h


def make_weights(rng, E, H):
    """W_xh, W_hh and b_h, small enough for no state to reach 1."""
    return [rng.normal(size=size).astype(np.float32) / 2 for size in ((E, H), (H, H), (H,))]


def make_keras_layer(W_xh, W_hh, b_h):
    """A SimpleRNN with these weights, and what turns an array into its input."""
    from keras import layers, ops

    layer = layers.SimpleRNN(len(W_hh), return_sequences=True, return_state=True)
    layer.build((None, None, len(W_xh)))
    layer.set_weights([W_xh, W_hh, b_h])
    return layer, ops.convert_to_tensor


def make_torch_layer(W_xh, W_hh, b_h):
    """An nn.RNN with these weights, and what turns an array into its input."""
    import torch

    layer = torch.nn.RNN(*W_xh.shape, batch_first=True).requires_grad_(False)
    values = {"weight_ih_l0": W_xh.T, "weight_hh_l0": W_hh.T, "bias_ih_l0": b_h, "bias_hh_l0": b_h}
    for name, value in values.items():
        getattr(layer, name).copy_(torch.tensor(value) * (name != "bias_hh_l0"))
    return layer, torch.tensor


LAYERS = {"nn.RNN": make_torch_layer, "SimpleRNN": make_keras_layer}


def run(xs, h, weights):
    """The last state of the NumPy cell after reading xs (B, T, E)."""
    for t in range(xs.shape[1]):
        h = rnn_step(xs[:, t], h, *weights)
    return h


def try_on(make):
    """A judge of what the function does with the layer that `make` gives."""

    def attempt(function):
        try:
            return try_layer(function, make)
        except (NotImplementedError, Hint):
            raise
        except Exception:
            if hands_over_all(function, make):
                return (
                    "the layer is handed its states after every character; hand it only the last "
                    "state, which is the second result."
                )
            raise

    return attempt


def fits_neither(errors):
    """The hint where the function stops on either layer; an odd call was meant for the other."""
    said = {name: f"{name}: {first_reason(error)}" for name, error in errors.items()}
    own = [n for n, error in errors.items() if not isinstance(error, TypeError | AttributeError)]
    if len(own) == 1:  # written for this layer: what the other says is beside the point
        return f"it stops with an error ({said[own[0]]})."
    return f"it fits neither layer ({'; '.join(said.values())})."


judge_read_twice = either(
    {name: try_on(make) for name, make in LAYERS.items()}, stopped=fits_neither
)


def hands_over_all(function, make):
    """Whether the function gives the layer, as a state, the states after every character."""
    B, T, U, E, H = 2, 3, 4, 5, 6
    layer, tensor = make(*make_weights(np.random.default_rng(3), E, H))
    states = []

    def watched(xs, *state, **options):
        states.extend((*state, *options.values()))
        return layer(xs, *state, **options)

    with contextlib.suppress(Exception):
        function(watched, *(tensor(np.zeros((B, n, E), np.float32)) for n in (T, U)))
    return any(getattr(state, "shape", None) == (B, T, H) for state in states)


def try_layer(function, make):
    """None when the function is right for texts of several sizes, else the hint."""
    rng = np.random.default_rng(3)
    for B, T, U, E, H in ((2, 3, 3, 4, 6), (2, 5, 3, 4, 6), (1, 2, 7, 3, 5), (4, 1, 1, 2, 3)):
        weights = make_weights(rng, E, H)
        first, second = (rng.normal(size=(B, n, E)).astype(np.float32) for n in (T, U))
        layer, tensor = make(*weights)
        given = tensor(first), tensor(second)
        found = function(layer, *given)
        if not all(map(np.array_equal, map(np.asarray, given), (first, second))):
            return ALTERED
        if hint := compare_read(found, weights, first, second):
            return hint
    return None


def compare_read(found, weights, first, second):
    """None when `found` is the state after both parts, else what it is instead."""
    if found is None:
        return "the function returns nothing: return the last state."
    if isinstance(found, tuple) or (isinstance(found, list) and np.ndim(found[0]) >= 2):
        return "return one array, the last state."
    found, (B, T, _), H = array(found, "the last state"), second.shape, len(weights[1])
    if found.shape == (B, T, H) != (1, B, H):
        return "these are the states after every character; return only the last state."
    if found.shape in ((2 * B, H), (1, 2 * B, H)):
        return (
            "the two parts were joined along the batch, as separate texts; "
            "the second should follow the first along the time axis."
        )
    if found.shape not in ((B, H), (1, B, H)):
        return f"the last state has the shape {(B, H)}, in PyTorch {(1, B, H)}, not {found.shape}."
    zeros = np.zeros((B, H), np.float32)
    after_first = run(first, zeros, weights)
    states = {
        "it started again from zeros at the second part: hand the first state over.": run(
            second, zeros, weights
        ),
        "that is the state after the first part; the second was not read.": after_first,
        "the second part was read first.": run(first, run(second, zeros, weights), weights),
        "the second part was read twice.": run(second, run(second, zeros, weights), weights),
        "the two parts were read apart and added.": after_first + run(second, zeros, weights),
    }
    if np.allclose(found, run(second, after_first, weights), atol=1e-5):
        return None
    for hint, state in states.items():
        if np.allclose(found, state, atol=1e-5):
            return hint
    return "this is not the state after both parts."


# 4.6


def judge_latch(answer):
    """Three numbers w_x, w_h, b for which the one unit turns positive at a 1, and stays so.

    Tried over 10,000 steps, then settled by the points where the state rests: h = tanh(w_h h + b).
    For good means that the push of a 1 lifts the state, from wherever zeros have taken it, to the
    upper side of the point that divides those falling below zero from those that stay above.
    """
    answer = array(answer, "the answer")
    if answer.shape != (3,) or answer.dtype.kind not in "iuf":
        return "three numbers were expected, as in (1.0, 1.0, 0.0)."
    if not (abs(answer.astype(float)) < 1e6).all():
        return "each of the three numbers should be finite, and smaller than a million."
    w_x, w_h, b = answer.tolist()
    return try_latch(w_x, w_h, b) or settle_latch(w_x, w_h, b)


def try_latch(w_x, w_h, b, steps=10_000):
    """The hint for what goes wrong within so many steps, if anything does."""
    places = np.array([0, 1, 5, 30, 1000])
    one = (np.arange(steps) == places[:, None]).astype(float)
    often = np.random.default_rng(0).random(one.shape) < 0.3
    ever = np.arange(steps) >= places[:, None]
    texts = {
        "": one,
        "further ones": one + ever * (one == 0),
        "zeros and ones": np.maximum(one, often & ever),
    }
    nothing = np.zeros((1, steps))
    states = latch_states(np.concatenate([nothing, *texts.values()]), w_x, w_h, b)
    quiet = states[0]
    if not (quiet < 0).all():
        step = int(np.argmax(quiet >= 0)) + 1
        return (
            "the unit is not negative while only zeros are read: after "
            f"{step} of them it is {quiet[step - 1]:.3g}; which weight can see to that?"
        )
    for more, after in zip(texts, np.split(states[1:], len(texts)), strict=True):
        for row, place in zip(after, places.tolist(), strict=True):
            if row[place] <= 0:
                zeros = f"{place} zero" + "s" * (place != 1)
                return f"the 1 goes unnoticed after {zeros}: the state does not become positive."
            if (row[place:] <= 0).any():
                late = int(np.argmax(row[place:] <= 0))
                s = "s" * (late > 1)
                by = f", when {more} follow" if more else ""
                return f"the 1 is noticed, but forgotten {late} step{s} later{by}."
    return None


def settle_latch(w_x, w_h, b):
    """The hint when the state cannot stay above zero for good, by its resting points."""
    low, edge = resting_points(w_h, b)
    if edge is None:
        return (
            "the 1 is still remembered after 10,000 steps, but the state goes on falling: "
            "above zero there is no h with h = tanh(w_h h + b) where it could rest."
        )
    if w_x < w_h * (np.tanh(edge) - np.tanh(low)) * (1 - 1e-9):
        return "a 1 that comes after very many zeros does not lift the state far enough to stay."
    return None


def resting_points(w_h, b):
    """The sums a = w_h tanh(a) + b at rest: the lowest, and the least above 0 or None; b < 0."""
    if w_h <= 1:
        return None, None
    top = np.arccosh(np.sqrt(w_h))  # where w_h tanh(a) - a is greatest
    if w_h * np.tanh(top) + b < top:
        return None, None
    return bisect(b - w_h, -top, w_h, b), bisect(0.0, top, w_h, b)


def bisect(left, right, w_h, b):
    """Where a - w_h tanh(a) - b changes its sign between left and right."""

    def gap(a):
        return a - w_h * np.tanh(a) - b

    rising = gap(left) < 0
    for _ in range(200):
        middle = (left + right) / 2
        left, right = (middle, right) if (gap(middle) < 0) == rising else (left, middle)
    return (left + right) / 2


def latch_states(inputs, w_x, w_h, b):
    """The states (N, T) of a cell of one unit, from zero, for inputs (N, T)."""
    h, states = np.zeros(len(inputs)), np.empty(inputs.shape)
    for t, x in enumerate(inputs.T):
        states[:, t] = h = np.tanh(w_x * x + w_h * h + b)
    return states


EXERCISES = {
    "4.1": Exercise(
        judge=number(
            0.45037,
            wrong={
                -0.4621: "the first state is missing: you read `o` as if it came first.",
                0.4852: "that is the sum; the tanh is missing.",
                -0.3981: "you took a row of W_hh where a column belongs: the product is h @ W_hh.",
                0.8623: "that is the number of the second unit; give the first number.",
                0.9221: "you read `og`; the `g` comes first.",
                0.7616: "that is the first number after `g`; the `o` is still to be read.",
                0.6309: "you went on from the slate after `dog`; start from zeros.",
                0.3301: "the bias of the second unit, 0.2, is missing when `g` is read.",
            },
            question=(
                "what are the two numbers on the slate after `g`, and with which column of W_hh "
                "are they multiplied when `o` is read?"
            ),
        ),
        solutions={
            "": Value("""
                h = np.tanh([1.0 + 0.0, 0.5 + 0.2])  # after g: 0.7616, 0.6044
                answer = np.tanh(-0.5 + h[0] * 0.5 + h[1] * 1.0 + 0.0)
                """)
        },
    ),
    "4.2": Exercise(
        judge=in_turn(
            not_the_state,
            shape(
                (1, 32, 16),
                wrong={
                    (32, 16): "that is what Keras returns; PyTorch adds an axis for its layers.",
                    (32, 1, 16): "`batch_first` moves axes of the output, not of the state.",
                    (32, 10, 16): "that is the shape of `out`, one state per character.",
                },
            ),
        ),
        solutions={"": Value("(1, 32, 16)  # layers, batch, hidden units; in Keras (32, 16)")},
    ),
    "4.3": Exercise(
        judge=function(padded_rows, last_states, explain_states, USUAL_STATES, ask_states),
        solutions={"": last_states},
    ),
    "4.4": Exercise(
        judge=number(
            0.6068,
            wrong={
                0.8755: "that is right in bits; the answer is wanted in nats.",
                0.5517: "eleven characters hold only ten pairs.",
                0.5057: "weigh each character by how often it is read.",
                0.6931: "the last `i` is followed by nothing, so count only the three before it.",
                1.0549: "that is the loss of guessing without reading; use the current character.",
                1.2637: "that guesses without reading; use the current character, over ten pairs.",
            },
            question="which characters follow an `i`, an `s` and a `p`, and how often each?",
        ),
        solutions={
            "": Value("""
                from collections import Counter

                word = "mississippi"
                pairs, read = Counter(zip(word, word[1:])), Counter(word[:-1])
                nats = [-n * np.log(n / read[a]) for (a, _), n in pairs.items()]
                answer = sum(nats) / len(word[1:])
                """)
        },
    ),
    "4.5": Exercise(
        judge=judge_read_twice, solutions={"keras": read_twice_keras, "torch": read_twice_torch}
    ),
    "4.6": Exercise(
        judge=judge_latch,
        solutions={
            "": Value("""
                # While only zeros come, b < 0 pushes the state down, until it stays near -1.
                # It can also stay near 0.95, because tanh(3 * 0.95 - 1) is 0.95 again. The edge
                # lies at 0.53: from above it the state climbs to 0.95, from below it falls to -1.
                # A 1 that meets the state -1 must lift it over the edge: tanh(w_x + 3 * (-1) - 1)
                # is above 0.53 if w_x is above 4.6.
                answer = (6.0, 3.0, -1.0)
                """)
        },
    ),
}
