"""Exercises of chapter 13: a score, distances, blocks, states of a layer, erasing, a divergence."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import (
    Hint,
    array,
    ask,
    check_function,
    close,
    either,
    first_wrong,
    function,
    in_turn,
    number,
)

# 13.2: how long ago


def since(text, characters):
    found, ago = [], 0
    for char in text:
        ago = 0 if char in characters else ago + 1
        found.append(ago)
    return found


def since_but_before(before):
    """`since` that gives other numbers before the first hit: `before(how many places)`."""

    def version(text, characters):
        first = next((t for t, char in enumerate(text) if char in characters), len(text))
        return [*before(first), *since(text[first:], characters)]

    return version


def since_before_reading(text, characters):
    return [0, *since(text, characters)][: len(text)]


def by_last_place(choose):
    """The distances from choose(where each of the characters stood last), at every place."""
    return lambda text, characters: [
        t - choose(text.rfind(char, 0, t + 1) for char in characters) for t in range(len(text))
    ]


SINCE_CASES = [
    ("to be, or not.", ",."),
    ("a\nbc\n\ndef", "\n"),
    ("hear me speak", "aeiou"),
    ("xyz", "q"),
    ("is it an OAK", "aeiou"),  # begins with a hit, and ends with capitals
    ("\n once upon a time \n ", "o"),  # begins and ends with what `strip` would take away
    ("a" + "b" * 120 + "a" + "b" * 30, "a"),
]
SINCE_MISTAKES = {
    "at a hit the distance should be 0, not 1.": (
        lambda text, characters: [ago + 1 for ago in since(text, characters)]
    ),
    "the answer is for the position after the character was read, so a hit itself gives 0.": (
        since_before_reading
    ),
    "a hit itself gives 0; you set the count back only after it.": (
        lambda text, characters: [ago + 1 for ago in since_before_reading(text, characters)]
    ),
    "only the first of the characters counts; all of them should.": (
        lambda text, characters: since(text, characters[:1])
    ),
    "you count to the next hit, not from the last one.": (
        lambda text, characters: since(text[::-1], characters)[::-1]
    ),
    "before the first hit, count from the beginning of the text, 1 after its first character.": (
        since_but_before(lambda places: [0] * places)
    ),
    "before the first hit the beginning of the text counts as one; no -1 there.": (
        since_but_before(lambda places: [-1] * places)
    ),
    "before the first hit, the first character of the text gets 1 and not 0.": (
        since_but_before(range)
    ),
    "each of the characters is a hit by itself; you look for all in a row.": (
        lambda text, characters: by_last_place(max)(text, [characters])
    ),
    "of several characters, the nearest of them counts, not the farthest.": by_last_place(min),
    "a capital is a character of its own: 'A' is not among 'aeiou'.": (
        lambda text, characters: since(text.lower(), characters)
    ),
    "that is the position of the last hit; how far back it lies was wanted.": (
        lambda text, characters: [t - ago for t, ago in enumerate(since(text, characters))]
    ),
}


def ask_since(function, text, characters):
    found = array(ask(function, text, characters), "the list")
    if found.ndim != 1:
        raise Hint("a list of numbers was expected, one for each position of the text.")
    if len(found) != len(text):
        raise Hint(f"{len(text)} numbers were expected for {text!r}, not {len(found)}.")
    return found


def explain_since(found, text, characters):
    right = since(text, characters)
    t = first_wrong(found, right)
    place = f"position {t}, which is {text[t]!r}"
    return f"in {text!r}, with {characters!r}, {place}, should get {right[t]}, not {found[t]:g}."


def judge_empty_text(answer):
    found = ask(answer, "", "aeiou")
    return "an empty text has no positions: return an empty list." if len(array(found)) else None


# 13.3: whole blocks


def draw_blocks(N, block, share, seed):
    blocks = np.arange(N) // block
    count = blocks[-1] + 1
    order = np.random.default_rng(seed).permutation(count)
    return np.isin(blocks, order[: round(share * count)])


BLOCK_CASES = ((60, 10, 0.5), (105, 10, 0.4), (105, 10, 0.6), (46, 4, 0.3))  # (N, block, share)
SEEDS = range(60)  # so many that no block of a fair draw is left out by chance


def judge_blocks(answer):
    check_function(answer)
    for N, block, share in BLOCK_CASES:
        once, again = (ask_blocks(answer, N, block, share, 0) for _ in range(2))
        if once != again:
            return "the same seed should draw the same blocks again: give it to the generator."
        drawn = np.array([ask_blocks(answer, N, block, share, seed) for seed in SEEDS])
        choices = len(np.unique(drawn, axis=0))
        if choices == 1:
            return "every seed draws the same blocks; draw them with a generator of that seed."
        never = np.flatnonzero(~drawn.any(axis=0))
        if never.size:
            name = "the last block" if never[-1] == drawn.shape[1] - 1 else f"block {never[-1]}"
            return f"{name} of N = {N} is drawn with none of {len(SEEDS)} seeds; it counts as well."
        if choices <= 2 * drawn.shape[1]:
            return (
                f"{len(SEEDS)} seeds made only {choices} different choices of blocks: draw each "
                "block by itself, and not a row of them."
            )
    return None


def ask_blocks(answer, N, block, share, seed):
    """Which blocks an answer draws, (count,); a Hint unless they are whole and enough."""
    mask = array(ask(answer, N, block, share, seed), "the mask")
    if mask.shape != (N,) or not np.isin(mask, [0, 1]).all():
        raise Hint(f"for N = {N} the answer should be a mask of {N} booleans.")
    mask = mask.astype(bool)
    pieces = [mask[at : at + block] for at in range(0, N, block)]
    if any(piece.min() != piece.max() for piece in pieces):
        raise Hint(f"a block of {block} characters is cut: some of it is drawn and some is not.")
    wanted, chosen = round(share * len(pieces)), [bool(piece[0]) for piece in pieces]
    if sum(chosen) != wanted:
        raise Hint(
            f"for a share of {share} of {len(pieces)} blocks, {wanted} should be drawn, "
            f"not {sum(chosen)}."
        )
    return chosen


# 13.4: h and c at every step


def cell_states_keras(layer, x):
    from keras import ops

    state, found = [ops.zeros((len(x), layer.units))] * 2, []
    for t in range(x.shape[1]):
        _, state = layer.cell(x[:, t], state)
        found.append(ops.concatenate(state, axis=-1))
    return ops.stack(found, axis=1)


def cell_states_torch(layer, x):
    import torch

    state, found = None, []
    for t in range(x.shape[1]):
        _, state = layer(x[:, t : t + 1], state)
        found.append(torch.cat(state, dim=-1)[0])
    return torch.stack(found, dim=1)


def lstm_by_hand(W, U, b, x):
    """h and c at every step, (B, T, 2H), in NumPy; the gates stand in the order i, f, g, o."""
    H = U.shape[0]
    h = c = np.zeros((len(x), H))
    found = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ W + h @ U + b, 4, axis=-1)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        found.append(np.concatenate([h, c], axis=-1))
    return np.stack(found, axis=1)


CELL_CASES = ((2, 5, 3, 4), (1, 3, 2, 6))  # (B, T, E, H)


def judge_cell_states(make):
    def judge(answer):
        for B, T, E, H in CELL_CASES:
            layer, x, expected = make(B, T, E, H)
            found = array(ask(answer, layer, x), "the states")
            if hint := compare_states(found, expected, H):
                return hint
        return None

    return judge


def compare_states(found, expected, H):
    """None, or what is wrong with states (B, T, 2H)."""
    B, T, _ = expected.shape
    hs, cs = expected[..., :H], expected[..., H:]
    if found.shape == (B, 2 * H):
        return "these are the states after the last step alone; one row for each step was expected."
    if found.shape == (2, B, T, H):
        return "put h and c side by side in one array (B, T, 2H), joined along the last axis."
    if found.shape == (T, B, 2 * H):
        return "time stands first; the batch should, (B, T, 2H)."
    if found.shape != expected.shape:
        return f"the shape should be (B, T, 2H) = {expected.shape}, not {found.shape}."
    if close(found, expected, rtol=1e-3):
        return None
    if close(found, np.concatenate([cs, hs], axis=-1), rtol=1e-3):
        return "the order is c and then h; put h first."
    if close(found, np.concatenate([hs, hs], axis=-1), rtol=1e-3):
        return "both halves are h; the second should be c."
    if close(found[..., H:], np.repeat(cs[:, -1:], T, axis=1), rtol=1e-3):
        return "everywhere, c is that of the last step; it should be that of each step."
    if close(found, np.stack([hs, cs], axis=-1).reshape(B, T, 2 * H), rtol=1e-3):
        return "the units of h and c take turns; all of h should stand before all of c."
    if close(found[:, 1:], expected[:, :-1], rtol=1e-3):
        return "these are the states before each step; those after it were wanted."
    if B > 1 and close(found, np.repeat(expected[:1], B, axis=0), rtol=1e-3):
        return "every row has the states of the first; each row of x has its own."
    right = [close(row[0, :H], true, rtol=1e-3) for row, true in zip(found, hs[:, 0], strict=True)]
    if right[0] and not any(right[1:]) and B > 1:
        return (
            "only the first row begins right: the rows were read as steps of time, as `nn.LSTM` "
            "reads an array with two axes."
        )
    if close(found[:, 0], expected[:, 0], rtol=1e-3):
        return "the first step is right and a later one is not: hand the state on, step by step."
    return (
        "the numbers are not the layer's h and c: begin with zeros, read x in order, and leave "
        "none of its weights out."
    )


def make_keras(B, T, E, H):
    """An LSTM of Keras, what it reads, and its states by hand."""
    from keras import layers

    rng = np.random.default_rng(H)
    layer, x = layers.LSTM(H, return_sequences=True, return_state=True), rng.normal(size=(B, T, E))
    layer.build((None, None, E))
    layer.set_weights([rng.normal(0, 0.5, w.shape) for w in layer.get_weights()])
    W, U, b = layer.get_weights()
    x = x.astype("float32")
    return layer, x, lstm_by_hand(W, U, b, x)


def make_torch(B, T, E, H):
    """An LSTM of PyTorch with batch_first, what it reads, and its states by hand."""
    import torch

    torch.manual_seed(H)
    layer, x = torch.nn.LSTM(E, H, batch_first=True), torch.randn(B, T, E)
    W, U = (w.detach().numpy().T for w in (layer.weight_ih_l0, layer.weight_hh_l0))
    b = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy()
    return layer, x, lstm_by_hand(W, U, b, x.numpy())


judge_states_of_layer = either(
    {"on a Keras layer": judge_cell_states(make_keras), "on nn.LSTM": judge_cell_states(make_torch)}
)


# 13.5: take a property out


def erase(states, y):
    S, y = states - states.mean(axis=0), y - y.mean()
    u = S.T @ y / len(y)
    r = np.linalg.solve(S.T @ S / len(y), u)
    return states - np.outer(S @ r, u) / (u @ r)


def erase_with(choose):
    """`erase` by `choose(states, S, u, C)`: what is read, the weights r of it, what goes along."""

    def version(states, y):
        S, y = states - states.mean(axis=0), y - y.mean()
        read, r, along = choose(states, S, S.T @ y / len(y), S.T @ S / len(y))
        return states - np.outer(read @ r, along) / (along @ r)

    return version


def with_penalty(states, S, u, C):
    return S, np.linalg.solve(C + 1e-3 * np.diag(np.diag(C)), u), u


def with_second_moment(states, S, u, C):
    return S, np.linalg.solve(states.T @ states / len(S), u), u


def along_the_probe(states, S, u, C):
    w = np.linalg.solve(C, u)
    return S, w, w


def erase_by_regression(states, y):
    """The states without what the property itself explains of each unit."""
    S, y = states - states.mean(axis=0), y - y.mean()
    return states - np.outer(y, S.T @ y / (y @ y))


def erase_undivided(states, y):
    S, y = states - states.mean(axis=0), y - y.mean()
    u = S.T @ y / len(y)
    return states - np.outer(S @ np.linalg.solve(S.T @ S / len(y), u), u)


def erase_uncentred(states, y):
    u = states.T @ y
    r = np.linalg.solve(states.T @ states, u)
    return states - np.outer(states @ r, u) / (u @ r)


def erase_cases():
    for seed, (N, D) in enumerate([(200, 3), (300, 5), (150, 2)]):
        rng = np.random.default_rng(seed)
        states = rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + rng.normal(size=D)
        yield states, states @ rng.normal(size=D) + rng.normal(size=N)


ERASE_MISTAKES = {
    "you took out the part along the probe's weights w; the states are still correlated with y "
    "along other directions. Take it out along the covariance u.": erase_with(along_the_probe),
    "you removed all that lies along u; only as much as r reads should go.": (
        erase_with(lambda states, S, u, C: (S, u, u))
    ),
    "you used y itself; erase with what the states hold, since y is not known later.": (
        erase_by_regression
    ),
    "r reads the deviation from the mean state: subtract the mean before the product.": (
        erase_with(lambda states, S, u, C: (states, np.linalg.solve(C, u), u))
    ),
    "the mean state is gone as well; only the property should be.": (
        lambda states, y: erase(states, y) - states.mean(axis=0)
    ),
    "divide r by u times C^-1 u, so that r times u becomes 1.": erase_undivided,
    "that is with the penalty of the chapter, a thousandth of each variance: leave it out.": (
        erase_with(with_penalty)
    ),
    "what r reads was added, which makes it twice the covariance; take it away.": (
        lambda states, y: 2 * states - erase(states, y)
    ),
    "that is what goes; return what is left of the states without it.": (
        lambda states, y: states - erase(states, y)
    ),
    "no mean was subtracted: take that of the states and that of y away first.": erase_uncentred,
    "C is the covariance of the states: subtract their mean before the product.": (
        erase_with(with_second_moment)
    ),
}


def explain_erase(found, states, y):
    if np.isnan(found).any():
        return "some of the states have become nan."
    before, left = (
        np.abs((s - s.mean(axis=0)).T @ (y - y.mean())) / len(y) for s in (states, found)
    )
    if left.max() > 1e-5 * before.max():
        return f"a unit still has a covariance of {left.max():.2g} with y."
    return "no probe can read y any more, but the states were moved farther than needed."


# 13.6: what a change is worth


def divergence(p, q):
    p, q = np.asarray(p), np.asarray(q)
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / q), 0).sum(axis=-1)


def divergence_cases():
    rng = np.random.default_rng(0)
    for shape in ((4, 3), (2, 5), (12, 4)):
        p, q = rng.dirichlet(np.ones(shape[1]), size=(2, shape[0]))
        p[0] = np.eye(shape[1])[0]  # a distribution with zeros
        yield p, q


def own_entropy(p):
    return -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(axis=-1)


DIVERGENCE_MISTAKES = {
    "the two are exchanged: p holds the true probabilities, q the predicted ones.": (
        lambda p, q: (q * np.log(q / p)).sum(axis=-1)
    ),
    "the two are exchanged, and the infinite terms were left out.": (
        lambda p, q: np.nan_to_num(q * np.log(q / p), posinf=0).sum(axis=-1)
    ),
    "that is in bits; use the natural logarithm.": lambda p, q: divergence(p, q) / np.log(2),
    "that is to the base ten; use the natural logarithm.": (
        lambda p, q: divergence(p, q) / np.log(10)
    ),
    "that is the mean over the characters; the divergence is a sum.": (
        lambda p, q: divergence(p, q) / p.shape[-1]
    ),
    "that is the entropy of p alone; take it away from the cross-entropy of p and q.": (
        lambda p, q: own_entropy(p)
    ),
    "that is the cross-entropy; the entropy of p has to go off.": (
        lambda p, q: -(p * np.log(q)).sum(axis=-1)
    ),
    "that is the difference of two entropies; the logarithms of q have to be weighed by p.": (
        lambda p, q: own_entropy(q) - own_entropy(p)
    ),
    "the sign is turned: a divergence is never negative.": lambda p, q: -divergence(p, q),
    "weigh each logarithm by p before you add them up.": (
        lambda p, q: np.where(p > 0, np.log(np.where(p > 0, p, 1) / q), 0).sum(axis=-1)
    ),
    "a probability of 0 adds 0 to the sum, not nan.": (
        lambda p, q: (p * np.log(p / q)).sum(axis=-1)
    ),
    "the sum runs over the rows; it should run over the characters, the last axis.": (
        lambda p, q: np.nan_to_num(p * np.log(p / q)).sum(axis=0)
    ),
}


def explain_divergence(found, p, q):
    right = divergence(p, q)
    n = first_wrong(found, right)
    rows = f"p = {np.round(p[n], 3).tolist()} and q = {np.round(q[n], 3).tolist()}"
    return f"for {rows} it should be {right[n]:.4f}, not {found[n]:.4g}."


EXERCISES = {
    "13.1": Exercise(
        judge=number(
            0.2,
            wrong={
                0.8: "that is the fraction that is *not* explained, or a mean that was divided by "
                "a sum.",
                4.0: "that is the sum of the squared errors; divide and subtract.",
                1.0: "that is the mean squared error; compare it with the variance.",
                1
                - 1
                / (
                    5 / 3
                ): "the variance divides by 4, as the mean squared error does, not by 3; and "
                "above it stands the mean of the squared errors, not their variance.",
                -3.0: "divide by what the mean leaves, 5, before you subtract from 1.",
                1 - 4 / 1.25: "a sum was divided by a mean; divide sum by sum, or mean by mean.",
                1
                - 1
                / 3.5: "divide by the variance of the true values, not of what the probe reads.",
                np.corrcoef([1, 2, 3, 4], [1, 2, 3, 6])[
                    0, 1
                ]: "that is the correlation, which remains as it was if readings are doubled.",
                np.corrcoef([1, 2, 3, 4], [1, 2, 3, 6])[0, 1]
                ** 2: "that is the square of the correlation, which remains as it was if "
                "readings are doubled; take the errors.",
                1
                - 0.5
                / 1: "square the errors, and the distances from the mean, before you add them up.",
                20.0: "give it as a fraction of 1, not in per cent.",
            },
            question=(
                "what is the sum of the squared errors, and what would it be if every estimate "
                "were the mean?"
            ),
        ),
        solutions={"": Value("1 - 4 / 5")},
    ),
    "13.2": Exercise(
        judge=in_turn(
            function(lambda: SINCE_CASES, since, explain_since, SINCE_MISTAKES, ask_since),
            judge_empty_text,
        ),
        solutions={"": since},
    ),
    "13.3": Exercise(judge=judge_blocks, solutions={"": draw_blocks}),
    "13.4": Exercise(
        judge=judge_states_of_layer,
        solutions={"keras": cell_states_keras, "torch": cell_states_torch},
    ),
    "13.5": Exercise(
        judge=function(erase_cases, erase, explain_erase, ERASE_MISTAKES, wanted="an array"),
        solutions={"": erase},
    ),
    "13.6": Exercise(
        judge=function(
            divergence_cases,
            divergence,
            explain_divergence,
            DIVERGENCE_MISTAKES,
            wanted="one number for each row, an array",
        ),
        solutions={"": divergence},
    ),
}
