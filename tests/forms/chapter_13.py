"""Other right and wrong answers to the exercises of chapter 13."""

from fractions import Fraction

import numpy as np

from rnnlib.exercises import Value
from rnnlib.exercises.chapter_13 import (
    cell_states_keras,
    cell_states_torch,
    divergence,
    draw_blocks,
    erase,
    since,
    twice_h,
)

# 13.2


def since_by_search(text, characters):
    places = (max([-1] + [i for i in range(t + 1) if text[i] in characters]) for t in range(1000))
    return [t - place for t, place in zip(range(len(text)), places, strict=False)]


def since_in_numpy(text, characters):
    hits, places = np.isin(list(text), list(characters)), np.arange(len(text))
    return places - np.maximum.accumulate(np.where(hits, places, -1))


def since_of_lower_case(text, characters):
    return [0 if char in characters else 1 for char in text]


def iter_since(text, characters):
    ago = 0
    for char in text:
        ago = (ago + 1) * (char not in characters)
        yield ago


# 13.3


def marks_shuffled(N, block, share, seed):
    count = -(-N // block)
    marks = np.arange(count) < round(share * count)
    return np.random.default_rng(seed).permutation(marks).repeat(block)[:N]


def blocks_by_choice(N, block, share, seed):
    count = -(-N // block)
    drawn = np.random.default_rng(seed).choice(count, round(share * count), replace=False)
    return [n // block in drawn for n in range(N)]


def as_numbers(N, block, share, seed):
    return draw_blocks(N, block, share, seed).astype(int)


def first_blocks(N, block, share, seed):
    count = -(-N // block)
    return np.arange(N) // block < round(share * count)


def each_block_by_a_coin(N, block, share, seed):
    coins = np.random.default_rng(seed).random(-(-N // block)) < share
    return np.repeat(coins, block)[:N]


def whole_blocks_only(N, block, share, seed):
    return draw_blocks(N // block * block, block, share, seed)


# 13.4


def from_sequences_keras(layer, x):
    """One call of the whole layer a step, its state handed on."""
    from keras import ops

    state, found = [ops.zeros((len(x), layer.units))] * 2, []
    for t in range(x.shape[1]):
        _, *state = layer(x[:, t : t + 1], initial_state=state)
        found.append(ops.concatenate(state, axis=-1)[:, None])
    return ops.concatenate(found, axis=1)


def prefixes_torch(layer, x):
    """Every beginning read anew."""
    import torch

    states = [layer(x[:, : t + 1])[1] for t in range(x.shape[1])]
    return torch.stack([torch.cat(state, dim=-1)[0] for state in states], dim=1).detach()


def last_states(layer, x):
    import torch

    return torch.cat(layer(x)[1], dim=-1)[0]


def last_c_everywhere(layer, x):
    import torch

    hs, (_, c) = layer(x)
    return torch.cat([hs, c[0][:, None].expand_as(hs)], dim=-1)


def c_first(layer, x):
    import torch

    return torch.cat(cell_states_torch(layer, x).chunk(2, dim=-1)[::-1], dim=-1)


def state_lost(layer, x):
    import torch

    steps = [layer(x[:, t : t + 1])[1] for t in range(x.shape[1])]
    return torch.stack([torch.cat(step, dim=-1)[0] for step in steps], dim=1)


def hidden_alone(layer, x):
    return layer(x)[0]


def either_layer(layer, x):
    return (cell_states_keras if hasattr(layer, "units") else cell_states_torch)(layer, x)


# 13.5


def erase_by_lstsq(states, y):
    S, y = states - states.mean(axis=0), y - y.mean()
    u = S.T @ y
    fitted = S @ np.linalg.lstsq(S, y, rcond=None)[0]
    return states - np.outer(fitted, u) / (y @ fitted)


def erase_whitened(states, y):
    mean = states.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(states.T))
    whiten, back = axes / np.sqrt(values) @ axes.T, axes * np.sqrt(values) @ axes.T
    Z = (states - mean) @ whiten
    d = Z.T @ (y - y.mean())
    d /= np.linalg.norm(d)
    return mean + (Z - np.outer(Z @ d, d)) @ back


def erase_everything(states, y):
    return np.repeat(states.mean(axis=0)[None], len(states), axis=0)


def erase_in_place(states, y):
    states[:] = erase(states.copy(), y)
    return states


# 13.6


def divergence_by_rows(p, q):
    rows = zip(np.asarray(p).tolist(), np.asarray(q).tolist(), strict=True)
    return [sum(a * np.log(a / b) for a, b in zip(*row, strict=True) if a) for row in rows]


def divergence_in_torch(p, q):
    import torch

    p, q = torch.tensor(p), torch.tensor(q)
    return (torch.special.xlogy(p, p) - torch.special.xlogy(p, q)).sum(-1)


def cross_less_own(p, q):
    own = -np.sum(p * np.log(np.where(p == 0, 1, p)), axis=1)
    return -np.sum(p * np.log(q), axis=1) - own


def divergence_squared(p, q):
    return ((p - q) ** 2).sum(axis=-1)


RIGHT = {
    "13.1": {
        "fraction": Fraction(1, 5),
        "32 bits": np.float32(0.2),
        "NumPy": Value("""
            y, reading = np.array([1, 2, 3, 4]), np.array([1, 2, 3, 6])
            answer = 1 - ((y - reading) ** 2).mean() / y.var()
            """),
    },
    "13.2": {
        "by search": since_by_search,
        "NumPy": since_in_numpy,
        "one by one": lambda text, characters: iter_since(text, characters),
    },
    "13.3": {
        "by choice, a list": blocks_by_choice,
        "0 and 1": as_numbers,
        "shuffled marks": marks_shuffled,
    },
    "13.4": {
        "Keras, the layer itself": from_sequences_keras,
        "PyTorch, every beginning": prefixes_torch,
        "for either": either_layer,
    },
    "13.5": {
        "by what a probe reads": erase_by_lstsq,
        "whitened": erase_whitened,
        "lists": lambda states, y: erase(states, y).tolist(),
    },
    "13.6": {
        "row by row": divergence_by_rows,
        "PyTorch": divergence_in_torch,
        "cross-entropy less entropy": cross_less_own,
    },
    "13.7": {
        "repeated": Value("answer = '0' * 3"),
        "of NumPy": Value("answer = np.str_('000')"),
        "found by search": Value("""
            from rnnlib.exercises.chapter_13 import GUESS
            from rnnlib.tasks.automata import shortest_difference, tomita
            answer = shortest_difference(GUESS, tomita(4))
            """),
    },
}

WRONG = {
    "13.1": {
        "not subtracted": (0.8, "*not* explained"),
        "mean squared error": (1.0, "compare it with the variance"),
        "unbiased variance": (0.4, "not by 3"),
        "not divided": (-3, "before you subtract"),
        "correlation squared": (0.914, "too large"),
        "in words": ("0.2", "a single number"),
    },
    "13.2": {
        "only 0 and 1": (since_of_lower_case, "should begin"),
        "one character": (lambda text, characters: since(text, characters[0]), "the first of the"),
        "a number": (3, "a function was expected"),
        "nothing": (lambda text, characters: None, "returns nothing"),
    },
    "13.3": {
        "the first ones": (first_blocks, "every seed"),
        "a coin a block": (each_block_by_a_coin, "should be drawn"),
        "the short block lost": (whole_blocks_only, "a mask of 105"),
        "the blocks": (lambda N, block, share, seed: [0, 2, 5], "a mask of 60"),
    },
    "13.4": {
        "the last step": (last_states, "after the last step alone"),
        "c of the last step": (last_c_everywhere, "c is that of the last step"),
        "c first": (c_first, "put h first"),
        "state lost": (state_lost, "hand the state on"),
        "h alone": (hidden_alone, "the shape should be"),
        "h twice": (twice_h, "both halves are h"),
    },
    "13.5": {
        "nothing left": (erase_everything, "moved farther than needed"),
        "nothing done": (lambda states, y: states, "still has a covariance"),
        "in place": (erase_in_place, "changes what it was given"),
        "a unit lost": (lambda states, y: states[:, :-1], "keep their shape"),
    },
    "13.6": {
        "squares": (divergence_squared, "the first number should be"),
        "negative": (lambda p, q: -divergence(p, q), "the first number should be"),
        "in bits": (lambda p, q: divergence(p, q) / np.log(2), "in bits"),
        "all rows": (lambda p, q: divergence(p, q).mean(), "one number for each row"),
    },
    "13.7": {
        "four zeros": ("0000", "both agree"),
        "the empty string": ("", "both agree"),
        "longer": ("1000", "not the fewest"),
        "letters": ("aaa", "only the characters"),
        "a number": (0, "a string of 0 and 1"),
    },
}
