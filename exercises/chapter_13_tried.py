"""Other right and wrong answers to the exercises of chapter 13."""

import math
import random

import keras
import numpy as np
import torch
from keras import ops
from torch.nn import functional as F

from exercises import Value
from exercises.chapter_13 import (
    cell_states_keras,
    cell_states_torch,
    divergence,
    draw_blocks,
    erase,
    since,
)
from exercises.judges import array

# 13.2: how long ago


def since_in_numpy(text, characters):
    hits, places = np.isin(list(text), list(characters)), np.arange(len(text))
    return places - np.maximum.accumulate(np.where(hits, places, -1))


def since_falsy(text, characters):
    """A hit at place 0 is taken for none at all, as 0 is false."""
    found, last = [], None
    for t, char in enumerate(text):
        if char in characters:
            last = t
        found.append(t - last if last else t + 1)
    return found


def since_stays_at_one(text, characters):
    """Of two hits in a row the second is no new beginning."""
    found, ago = [], 0
    for t, char in enumerate(text):
        hit = char in characters and (t == 0 or text[t - 1] not in characters)
        ago = 0 if hit else ago + 1
        found.append(ago)
    return found


def since_the_first(text, characters):
    first = next((t for t, char in enumerate(text) if char in characters), -1)
    return [t - first if t >= first else t + 1 for t in range(len(text))]


def no_empty_text(text, characters):
    text[0]  # IndexError for an empty one
    return since(text, characters)


# 13.3: whole blocks


def count_blocks(N, block):
    return -(-N // block)


def blocks_with(
    wanted=lambda N, block, share: round(share * count_blocks(N, block)),
    count=count_blocks,
    choose=lambda rng, count, wanted: rng.permutation(count)[:wanted],
):
    """`draw_blocks` with another number of blocks, wanted or in all, or another choice of them."""

    def version(N, block, share, seed):
        rng = np.random.default_rng(seed)
        drawn = choose(rng, count(N, block), wanted(N, block, share))
        return np.isin(np.arange(N) // block, drawn)

    return version


def blocks_of_python(N, block, share, seed):
    count = (N + block - 1) // block
    drawn = set(random.Random(seed).sample(range(count), round(share * count)))
    return [place // block in drawn for place in range(N)]


# 13.4: h and c at every step


def from_sequences_keras(layer, x):
    """One call of the whole layer a step, its state handed on."""
    state, found = [ops.zeros((len(x), layer.units))] * 2, []
    for t in range(x.shape[1]):
        _, *state = layer(x[:, t : t + 1], initial_state=state)
        found.append(ops.concatenate(state, axis=-1)[:, None])
    return ops.concatenate(found, axis=1)


def prefixes_torch(layer, x):
    """Every beginning read anew."""
    states = [layer(x[:, : t + 1])[1] for t in range(x.shape[1])]
    return torch.stack([torch.cat(state, dim=-1)[0] for state in states], dim=1)


def either_layer(layer, x):
    return (cell_states_keras if hasattr(layer, "units") else cell_states_torch)(layer, x)


def states_with(hand_on, start=lambda layer, x: None):
    """`cell_states_torch` that begins with another state, or hands on another."""

    def version(layer, x):
        state, found = start(layer, x), []
        for t in range(x.shape[1]):
            _, (h, c) = layer(x[:, t : t + 1], state)
            found.append(torch.cat([h, c], dim=-1)[0])
            state = hand_on(h, c)
        return torch.stack(found, dim=1)

    return version


def batch_as_time(layer, x):
    """x[:, t] has two axes, which nn.LSTM takes for one sequence."""
    state, found = None, []
    for t in range(x.shape[1]):
        hs, state = layer(x[:, t], state)
        found.append(torch.cat([hs, state[1].expand_as(hs)], dim=-1))
    return torch.stack(found, dim=1)


def without_bias(layer, x):
    copy = torch.nn.LSTM(layer.input_size, layer.hidden_size, batch_first=True, bias=False)
    copy.load_state_dict(layer.state_dict(), strict=False)
    return cell_states_torch(copy, x)


def last_c_everywhere(layer, x):
    hs, (_, c) = layer(x)
    return torch.cat([hs, c[0][:, None].expand_as(hs)], dim=-1)


def interleaved(layer, x):
    h, c = cell_states_torch(layer, x).chunk(2, dim=-1)
    return torch.stack([h, c], dim=-1).flatten(-2)


def twice_h(layer, x):
    """The hidden states of either framework's layer, twice."""
    hs = array(layer(x)[0])
    return np.concatenate([hs, hs], axis=-1)


def state_before(layer, x):
    found = cell_states_torch(layer, x)
    return torch.cat([torch.zeros_like(found[:, :1]), found[:, :-1]], dim=1)


def first_row_for_all(layer, x):
    found = cell_states_torch(layer, x)
    return found[:1].expand_as(found)


# 13.5: take a property out


def erase_by_lstsq(states, y):
    S, y = states - states.mean(axis=0), y - y.mean()
    u = S.T @ y
    fitted = S @ np.linalg.lstsq(S, y, rcond=None)[0]
    return states - np.outer(fitted, u) / (y @ fitted)


def erase_best_unit(states, y):
    found = states.copy()
    best = np.abs(np.corrcoef(states.T, y)[-1, :-1]).argmax()
    found[:, best] = states[:, best].mean()
    return found


def erase_reading_from_each(states, y):
    S = states - states.mean(axis=0)
    return states - (S @ np.linalg.lstsq(S, y - y.mean(), rcond=None)[0])[:, None]


def erase_by_probe_uncentred(states, y):
    w = np.linalg.lstsq(states, y, rcond=None)[0]
    return states - np.outer(states @ w, w) / (w @ w)


# 13.6: what a change is worth


def divergence_by_rows(p, q):
    rows = zip(p.tolist(), q.tolist(), strict=True)
    return [sum(a * np.log(a / b) for a, b in zip(*row, strict=True) if a) for row in rows]


def terms(p, q):
    return np.nan_to_num(p * np.log(p / q))


def first_eight_rows(p, q):
    return np.append(divergence(p[:8], q[:8]), np.zeros(max(len(p) - 8, 0)))


RIGHT = {
    "13.1": {
        "NumPy": Value("""
            y, reading = np.array([1, 2, 3, 4]), np.array([1, 2, 3, 6])
            answer = 1 - ((y - reading) ** 2).mean() / y.var()
            """)
    },
    "13.2": {
        "NumPy": since_in_numpy,
        "rfind": lambda text, characters: [
            t - max(text.rfind(c, 0, t + 1) for c in characters) for t in range(len(text))
        ],
    },
    "13.3": {
        "shuffled marks": blocks_with(
            choose=lambda rng, count, wanted: np.flatnonzero(
                rng.permutation(np.arange(count) < wanted)
            )
        ),
        "Python's own generator": blocks_of_python,
        "0 and 1": lambda *case: draw_blocks(*case).astype(int),
    },
    "13.4": {
        "Keras, the layer itself": from_sequences_keras,
        "PyTorch, every beginning": prefixes_torch,
        "for either": either_layer,
    },
    "13.5": {"by what a probe reads": erase_by_lstsq},
    "13.6": {
        "row by row": divergence_by_rows,
        "a grain against zeros": lambda p, q: (p * np.log((p + 1e-12) / q)).sum(axis=-1),
        "PyTorch's own": lambda p, q: F.kl_div(
            torch.tensor(q).log(), torch.tensor(p), reduction="none"
        ).sum(dim=1),
        "Keras's own": lambda p, q: keras.losses.kl_divergence(np.float32(p), np.float32(q)),
    },
}

WRONG = {
    "13.1": {"share of hits": (3 / 4, "too large")},
    "13.2": {
        "capped at 99": (lambda t, c: np.minimum(since(t, c), 99), "should get 100"),
        "the first 50 places": (
            lambda text, c: since(text[:50], c) + [0] * len(text[50:]),
            "should get",
        ),
        "stripped": (lambda text, c: since(text.strip(), c), "21 numbers were expected"),
        "no empty text": (no_empty_text, "stopped with IndexError"),
        "only 0 and 1": (
            lambda text, characters: [int(char not in characters) for char in text],
            "position 1, which is 'o', should get 2",
        ),
        "nothing": (lambda text, characters: None, "returns nothing"),
        "a hit at place 0": (since_falsy, "position 0, which is 'i', should get 0, not 1"),
        "two hits in a row": (since_stays_at_one, "should get 0, not 1"),
        "since the first": (since_the_first, "should get"),
        "only the end": (lambda *case: since(*case)[-1], "a list of numbers"),
    },
    "13.3": {
        "a share of the places": (
            lambda N, block, share, seed: np.random.default_rng(seed).random(N) < share,
            "is cut",
        ),
        "the first ones": (
            blocks_with(choose=lambda rng, count, wanted: np.arange(wanted)),
            "every seed draws the same",
        ),
        "a coin a block": (
            blocks_with(choose=lambda rng, count, wanted: np.flatnonzero(rng.random(count) < 0.5)),
            "should be drawn",
        ),
        "the short block lost": (
            lambda N, block, *more: draw_blocks(N // block * block, block, *more),
            "a mask of 105",
        ),
        "the blocks": (lambda N, block, share, seed: [0, 2, 5], "a mask of 60"),
        "the last block never": (
            blocks_with(count=lambda N, block: N // block),
            "the last block of N = 105 is drawn with none",
        ),
        "no seed": (lambda *case: draw_blocks(*case[:-1], None), "the same blocks again"),
        "the same block twice": (
            blocks_with(choose=lambda rng, count, wanted: rng.integers(count, size=wanted)),
            "should be drawn",
        ),
        "side by side": (
            blocks_with(
                choose=lambda rng, count, wanted: (
                    rng.integers(count - wanted + 1) + np.arange(wanted)
                )
            ),
            "different choices",
        ),
        "in a ring": (
            blocks_with(
                choose=lambda rng, count, wanted: (rng.integers(count) + np.arange(wanted)) % count
            ),
            "different choices",
        ),
        "int": (
            blocks_with(wanted=lambda N, block, share: int(share * count_blocks(N, block))),
            "7 should be drawn, not 6",
        ),
        "rounded up": (
            blocks_with(wanted=lambda N, block, share: math.ceil(share * count_blocks(N, block))),
            "4 should be drawn, not 5",
        ),
        "the share of N": (
            blocks_with(wanted=lambda N, block, share: round(share * N) // block),
            "7 should be drawn, not 6",
        ),
        "one block too many": (
            blocks_with(wanted=lambda N, block, share: round(share * (N // block + 1))),
            "3 should be drawn, not 4",
        ),
        "those left over": (lambda *case: ~draw_blocks(*case), "should be drawn"),
        "another size": (
            lambda N, block, *more: draw_blocks(N, count_blocks(N, block), *more),
            "is cut",
        ),
        "blocks of ten": (lambda N, block, *more: draw_blocks(N, 10, *more), "of 4 characters is"),
        "single places": (
            lambda *case: np.random.default_rng(case[-1]).permutation(draw_blocks(*case)),
            "is cut",
        ),
    },
    "13.4": {
        "the last step": (lambda *case: cell_states_torch(*case)[:, -1], "last step alone"),
        "c of the last step": (last_c_everywhere, "c is that of the last step"),
        "c first": (
            lambda layer, x: cell_states_torch(layer, x).roll(layer.hidden_size, -1),
            "put h first",
        ),
        "Keras, c first": (
            lambda layer, x: ops.roll(cell_states_keras(layer, x), layer.units, -1),
            "put h first",
        ),
        "h alone": (lambda layer, x: layer(x)[0], "the shape should be"),
        "h twice": (twice_h, "both halves are h"),
        "two arrays": (lambda *case: cell_states_torch(*case).chunk(2, dim=-1), "side by side"),
        "h and c in turn": (interleaved, "all of h"),
        "time first": (lambda *case: cell_states_torch(*case).transpose(0, 1), "time stands first"),
        "one row": (lambda layer, x: cell_states_torch(layer, x[:1]), "not (1, 5, 8)"),
        "row 0 repeated": (first_row_for_all, "states of the first"),
        "the batch as time": (batch_as_time, "read as steps of time"),
        "backwards": (lambda layer, x: cell_states_torch(layer, x.flip(1)).flip(1), "in order"),
        "before each step": (state_before, "before each step"),
        "no bias": (without_bias, "leave none of its weights out"),
        "from ones": (
            states_with(
                lambda *state: state,
                lambda layer, x: (torch.ones(1, len(x), layer.hidden_size),) * 2,
            ),
            "begin with zeros",
        ),
        "state lost": (states_with(lambda h, c: None), "hand the state on"),
        "h alone handed on": (states_with(lambda h, c: (h, 0 * c)), "hand the state on"),
        "c alone handed on": (states_with(lambda h, c: (0 * h, c)), "hand the state on"),
        "c handed over as h": (states_with(lambda h, c: (c, h)), "hand the state on"),
    },
    "13.5": {
        "nothing left": (
            lambda states, y: np.zeros_like(states) + states.mean(axis=0),
            "moved farther than needed",
        ),
        "a hundredth beside": (lambda *case: erase(*case) + 1e-2, "moved farther than needed"),
        "nothing done": (lambda states, y: states, "still has a covariance"),
        "twice as much": (lambda states, y: 2 * erase(states, y) - states, "has a covariance"),
        "the best unit": (erase_best_unit, "still has a covariance"),
        "the reading from each unit": (erase_reading_from_each, "still has a covariance"),
        "one shift for all": (
            lambda states, y: states - (states - states.mean(axis=0)).T @ y / len(y),
            "still has a covariance",
        ),
        "along a probe with no mean": (erase_by_probe_uncentred, "still has a covariance"),
        "a unit lost": (lambda states, y: states[:, :-1], "not an array of shape (200, 2)"),
        "nan": (lambda states, y: states * np.nan, "nan"),
    },
    "13.6": {
        "eight rows": (first_eight_rows, "should be"),
        "squares": (lambda p, q: ((p - q) ** 2).sum(axis=-1), "it should be 0.4076, not"),
        "in all": (lambda p, q: terms(p, q).sum(), "one number for each row"),
        "not summed": (terms, "of shape (4,)"),
        "an axis kept": (lambda p, q: divergence(p, q)[:, None], "of shape (4,)"),
        "the first row": (lambda p, q: divergence(p[:1], q[:1]), "of shape (4,)"),
        "a hundredth against zeros": (
            lambda p, q: (p * np.log((p + 1e-2) / (q + 1e-2))).sum(axis=-1),
            "it should be",
        ),
        "both ways": (
            lambda p, q: (
                (terms(p, q) + np.nan_to_num(q * np.log(q / p), posinf=0)).sum(axis=-1) / 2
            ),
            "it should be",
        ),
    },
}
