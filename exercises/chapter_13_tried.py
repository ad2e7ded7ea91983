"""Other right and wrong answers to the exercises of chapter 13."""

import random
from decimal import Decimal
from fractions import Fraction

import numpy as np

from exercises import Value
from exercises.chapter_13 import (
    break_in_depth,
    break_it,
    break_too_long,
    break_too_short,
    break_without_the_empty,
    cell_states_keras,
    cell_states_torch,
    divergence,
    draw_blocks,
    erase,
    since,
    twice_h,
)

# 13.7


def break_by_product(one, other, alphabet, longest):
    from itertools import product

    for length in range(longest + 1):
        for chars in product(alphabet, repeat=length):
            string = "".join(chars)
            if one(string) is not other(string):
                return string


def strings_of(alphabet, length):
    if length == 0:
        return [""]
    return [char + string for char in alphabet for string in strings_of(alphabet, length - 1)]


def break_by_recursion_of_lengths(one, other, alphabet, longest):
    every = (string for n in range(longest + 1) for string in strings_of(alphabet, n))
    return next((string for string in every if one(string) ^ other(string)), None)


def break_by_queue(one, other, alphabet, longest):
    waiting = [""]
    while waiting:
        string = waiting.pop(0)
        if one(string) != other(string):
            return string
        if len(string) < longest:
            waiting += [string + char for char in alphabet]
    return None


def break_at_the_last(one, other, alphabet, longest):
    return break_it(one, other, alphabet[::-1], longest)


def breaks_all(one, other, alphabet, longest):
    every = (string for n in range(longest + 1) for string in strings_of(alphabet, n))
    return [string for string in every if one(string) != other(string)]


def break_by_sorting(one, other, alphabet, longest):
    return min(breaks_all(one, other, alphabet, longest), key=len, default=None)


def break_the_longest(one, other, alphabet, longest):
    return max(breaks_all(one, other, alphabet, longest), key=len, default=None)


def break_of_01(one, other, alphabet, longest):
    return break_it(one, other, "01", longest) if alphabet == "01" else None


def break_where_both_accept(one, other, alphabet, longest):
    return break_it(lambda s: not (one(s) and other(s)), lambda s: True, alphabet, longest)


def break_with_one_character(one, other, alphabet, longest):
    return break_it(one, other, alphabet[-1], longest)


def break_one_way(one, other, alphabet, longest):
    return break_it(lambda s: one(s) and not other(s), lambda s: False, alphabet, longest)


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


def since_by_rfind(text, characters):
    return [t - max(text.rfind(c, 0, t + 1) for c in characters) for t in range(len(text))]


def since_in_pytorch(text, characters):
    import torch

    hits = torch.tensor([char in characters for char in text], dtype=torch.bool)
    last = torch.where(hits, torch.arange(len(text)), -1).cummax(0).values
    return torch.arange(len(text)) - last


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


def since_without_the_last(text, characters):
    return since(text, characters)[:-1]


def since_at_the_end(text, characters):
    return since(text, characters)[-1]


def since_the_first(text, characters):
    first = next((t for t, char in enumerate(text) if char in characters), -1)
    return [t - first if t >= first else t + 1 for t in range(len(text))]


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


def blocks_of_python(N, block, share, seed):
    count = (N + block - 1) // block
    drawn = set(random.Random(seed).sample(range(count), round(share * count)))
    return [place // block in drawn for place in range(N)]


def blocks_of_pytorch(N, block, share, seed):
    import torch

    count = len(range(0, N, block))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    mask = torch.zeros(N, dtype=torch.bool)
    for b in order[: round(share * count)].tolist():
        mask[b * block : (b + 1) * block] = True
    return mask


def blocks_of_smallest_numbers(N, block, share, seed):
    count = -(-N // block)
    numbers = np.random.RandomState(seed).uniform(size=count)
    return (numbers.argsort().argsort() < round(share * count))[np.arange(N) // block]


def last_block_never_drawn(N, block, share, seed):
    whole, count = N // block, -(-N // block)
    drawn = np.random.default_rng(seed).permutation(whole)[: round(share * count)]
    return np.isin(np.arange(N) // block, drawn)


def blocks_without_the_seed(N, block, share, seed):
    return draw_blocks(N, block, share, None)


def blocks_drawn_twice(N, block, share, seed):
    count = -(-N // block)
    drawn = np.random.default_rng(seed).integers(count, size=round(share * count))
    return np.isin(np.arange(N) // block, drawn)


def blocks_side_by_side(N, block, share, seed):
    count = -(-N // block)
    wanted = round(share * count)
    first = np.random.default_rng(seed).integers(count - wanted + 1)
    blocks = np.arange(N) // block
    return (first <= blocks) & (blocks < first + wanted)


def blocks_in_a_ring(N, block, share, seed):
    count = -(-N // block)
    first = np.random.default_rng(seed).integers(count)
    return (np.arange(N) // block - first) % count < round(share * count)


def blocks_cut_down(N, block, share, seed):
    """`int` in place of `round`."""
    count = -(-N // block)
    drawn = np.random.default_rng(seed).permutation(count)[: int(share * count)]
    return np.isin(np.arange(N) // block, drawn)


def blocks_rounded_up(N, block, share, seed):
    count = -(-N // block)
    drawn = np.random.default_rng(seed).permutation(count)[: int(np.ceil(share * count))]
    return np.isin(np.arange(N) // block, drawn)


def blocks_left_over(N, block, share, seed):
    return ~draw_blocks(N, block, share, seed)


def blocks_of_a_wrong_size(N, block, share, seed):
    """`block` taken for the number of blocks."""
    return draw_blocks(N, -(-N // block), share, seed)


def blocks_of_ten(N, block, share, seed):
    return draw_blocks(N, 10, share, seed)


def shuffled_places(N, block, share, seed):
    return np.random.default_rng(seed).permutation(draw_blocks(N, block, share, seed))


def one_more_for_the_rest(N, block, share, seed):
    """One block too many where N is a multiple of the block."""
    count = N // block + 1
    drawn = np.random.default_rng(seed).permutation(count)[: round(share * count)]
    return np.isin(np.arange(N) // block, drawn)


def share_of_the_places(N, block, share, seed):
    count = -(-N // block)
    drawn = np.random.default_rng(seed).permutation(count)[: round(share * N) // block]
    return np.isin(np.arange(N) // block, drawn)


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


def by_hand(layer, x):
    """The equations in NumPy, on the weights of a Keras layer."""
    H, (W, U, b) = layer.units, layer.get_weights()
    h = c = np.zeros((len(x), H))
    found = np.zeros((*x.shape[:2], 2 * H))
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ W + h @ U + b, 4, axis=1)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        found[:, t] = np.hstack([h, c])
    return found


def prefixes_keras(layer, x):
    ends = [layer(x[:, : t + 1])[1:] for t in range(x.shape[1])]
    return np.stack([np.concatenate(end, axis=-1) for end in ends], axis=1)


def cell_of_pytorch(layer, x):
    """The weights in an `nn.LSTMCell`."""
    import torch

    step = torch.nn.LSTMCell(layer.input_size, layer.hidden_size)
    step.load_state_dict({n.removesuffix("_l0"): w for n, w in layer.state_dict().items()})
    h = c = torch.zeros(len(x), layer.hidden_size)
    found = []
    for x_t in x.unbind(1):
        h, c = step(x_t, (h, c))
        found.append(torch.hstack([h, c]))
    return torch.stack(found, 1)


def rows_alone(layer, x):
    """Row by row, as lists of lists of tensors."""
    import torch

    found = []
    for row in x:
        state, steps = None, []
        for x_t in row:
            _, state = layer(x_t[None], state)
            steps.append(torch.cat(state, dim=-1)[0])
        found.append(steps)
    return found


def h_of_all_c_by_steps(layer, x):
    """h from one call, c from the steps, without a gradient."""
    import torch

    with torch.no_grad():
        hs, _ = layer(x)
        state, cs = None, []
        for t in range(x.shape[1]):
            state = layer(x[:, [t]], state)[1]
            cs.append(state[1].squeeze(0))
        return torch.cat([hs, torch.stack(cs, 1)], 2).numpy()


def by_hand_without_bias(layer, x):
    copy = type(layer)(layer.units)
    copy.build(x.shape)
    W, U, b = layer.get_weights()
    copy.set_weights([W, U, 0 * b])
    return by_hand(copy, x)


def by_hand_without_u(layer, x):
    """What h adds is forgotten."""
    copy = type(layer)(layer.units)
    copy.build(x.shape)
    W, U, b = layer.get_weights()
    copy.set_weights([W, 0 * U, b])
    return by_hand(copy, x)


def batch_as_time(layer, x):
    """x[:, t] has two axes, which nn.LSTM takes for one sequence."""
    import torch

    state, found = None, []
    for t in range(x.shape[1]):
        hs, state = layer(x[:, t], state)
        found.append(torch.cat([hs, state[1].expand_as(hs)], dim=-1))
    return torch.stack(found, dim=1)


def read_backwards(layer, x):
    return cell_states_torch(layer, x.flip(1)).flip(1)


def from_ones(layer, x):
    import torch

    state, found = (torch.ones(1, len(x), layer.hidden_size),) * 2, []
    for t in range(x.shape[1]):
        _, state = layer(x[:, t : t + 1], state)
        found.append(torch.cat(state, dim=-1)[0])
    return torch.stack(found, dim=1)


def interleaved(layer, x):
    import torch

    h, c = cell_states_torch(layer, x).chunk(2, dim=-1)
    return torch.stack([h, c], dim=-1).flatten(-2)


def time_first(layer, x):
    return cell_states_torch(layer, x).transpose(0, 1)


def first_row_alone(layer, x):
    return cell_states_torch(layer, x[:1])


def c_begins_anew(layer, x):
    """Only h is handed on."""
    import torch

    h, found = torch.zeros(1, len(x), layer.hidden_size), []
    for t in range(x.shape[1]):
        _, (h, c) = layer(x[:, t : t + 1], (h, torch.zeros_like(h)))
        found.append(torch.cat([h, c], dim=-1)[0])
    return torch.stack(found, dim=1)


def state_after_before(layer, x):
    """The states before each step."""
    import torch

    found = cell_states_torch(layer, x)
    return torch.cat([torch.zeros_like(found[:, :1]), found[:, :-1]], dim=1)


def cell_fed_c_first(layer, x):
    from keras import ops

    h = c = ops.zeros((len(x), layer.units))
    found = []
    for t in range(x.shape[1]):
        _, (h, c) = layer.cell(x[:, t], [c, h])
        found.append(ops.concatenate([h, c], axis=-1))
    return ops.stack(found, axis=1)


def last_c_everywhere_keras(layer, x):
    hs, _, c = (np.array(part) for part in layer(x))
    return np.concatenate([hs, np.broadcast_to(c[:, None], hs.shape)], axis=-1)


def output_for_state_keras(layer, x):
    """The output of the cell twice."""
    from keras import ops

    state, found = [ops.zeros((len(x), layer.units))] * 2, []
    for t in range(x.shape[1]):
        out, state = layer.cell(x[:, t], state)
        found.append(ops.concatenate([out, out], axis=-1))
    return ops.stack(found, axis=1)


def two_arrays(layer, x):
    return cell_states_torch(layer, x).chunk(2, dim=-1)


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


def erase_in_float32(states, y):
    return erase(states.astype("float32"), y.astype("float32"))


def erase_in_pytorch(states, y):
    import torch

    states, y = torch.tensor(states), torch.tensor(y)
    mean = states.mean(0)
    u = torch.cov(torch.column_stack([states, y]).T)[:-1, -1]
    r = torch.linalg.inv(torch.cov(states.T)) @ u
    return states - ((states - mean) @ r)[:, None] * u / torch.dot(u, r)


def erase_by_cholesky(states, y):
    S = states - np.mean(states, axis=0)
    L = np.linalg.cholesky(np.cov(S.T))
    Z = np.linalg.solve(L, S.T)  # whitened, (D, N)
    d = Z @ (y - np.mean(y))
    return states - (L @ np.outer(d, d @ Z) / (d @ d)).T


def erase_what_is_fitted(states, y):
    """A regression of each unit on what a probe reads, with a column of ones."""
    X = np.column_stack([states, np.ones(len(states))])
    fitted = X @ np.linalg.lstsq(X, y, rcond=None)[0]
    fitted = fitted - fitted.mean()
    return [
        row - f * (fitted @ states) / (fitted @ fitted)
        for row, f in zip(states, fitted, strict=True)
    ]


def erase_row_by_row(states, y):
    mean, found = states.mean(axis=0), np.empty_like(states)
    u = sum((s - mean) * v for s, v in zip(states, y, strict=True))
    r = np.linalg.pinv((states - mean).T @ (states - mean)) @ u
    for n, s in enumerate(states):
        found[n] = s - ((s - mean) @ r) / (u @ r) * u
    return found


def erase_twice_as_much(states, y):
    return 2 * erase(states, y) - states


def erase_best_unit(states, y):
    found = states.copy()
    best = np.abs(np.corrcoef(states.T, y)[-1, :-1]).argmax()
    found[:, best] = states[:, best].mean()
    return found


def erase_reading_from_each(states, y):
    S = states - states.mean(axis=0)
    return states - (S @ np.linalg.lstsq(S, y - y.mean(), rcond=None)[0])[:, None]


def erase_along_u_and_mean(states, y):
    """As far along u as the mean over the rows says: one shift for all."""
    u = (states - states.mean(axis=0)).T @ (y - y.mean()) / len(y)
    return states - u


def erase_within_the_line(states, y):
    return erase(states, y) + 1e-2


def erase_by_probe_uncentred(states, y):
    w = np.linalg.lstsq(states, y, rcond=None)[0]
    return states - np.outer(states @ w, w) / (w @ w)


def erase_to_nan(states, y):
    return np.full_like(states, np.nan)


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


def divergence_with_a_grain(p, q):
    return np.einsum("bv,bv->b", p, np.log((p + 1e-12) / q))


def divergence_nan_to_num(p, q):
    return np.nan_to_num(p * (np.log(p) - np.log(q))).sum(axis=1)


def divergence_of_pytorch(p, q):
    import torch
    from torch.nn import functional as F

    return F.kl_div(torch.tensor(q).log(), torch.tensor(p), reduction="none").sum(dim=1)


def divergence_of_keras(p, q):
    import keras

    return keras.losses.kl_divergence(p.astype("float32"), q.astype("float32"))


def divergence_by_where(p, q):
    terms = np.zeros_like(p)
    np.log(p / q, out=terms, where=p > 0)
    return list((terms * p).sum(-1))


def divergence_nansum(p, q):
    return np.nansum(p * np.log(p / q), axis=1)


def divergence_turned_nan_away(p, q):
    return np.nan_to_num(q * np.log(q / p), posinf=0).sum(axis=-1)


def divergence_over_rows(p, q):
    return np.nan_to_num(p * np.log(p / q)).sum(axis=0)


def divergence_kept_axis(p, q):
    return divergence(p, q)[:, None]


def divergence_in_all(p, q):
    return np.nan_to_num(p * np.log(p / q)).sum()


def divergence_coarse(p, q):
    """So much is added against zeros that it shows."""
    return (p * np.log((p + 1e-2) / (q + 1e-2))).sum(axis=-1)


def divergence_both_ways(p, q):
    return (divergence(p, q) + divergence_turned_nan_away(p, q)) / 2


def divergence_terms(p, q):
    return np.nan_to_num(p * np.log(p / q))


def divergence_of_first(p, q):
    return divergence(p[:1], q[:1])


def divergence_by_batchmean(p, q):
    import torch
    from torch.nn import functional as F

    return F.kl_div(torch.tensor(q).log(), torch.tensor(p), reduction="batchmean")


def first_places_alone(text, characters):
    return since(text[:50], characters) + [0] * len(text[50:])


def since_looking_back(text, characters, most):
    return [min(ago, most) for ago in since(text, characters)]


def no_empty_text(text, characters):
    text[0]  # IndexError for an empty one
    return since(text, characters)


def first_eight_rows(p, q):
    found = divergence(p, q)
    found[8:] = 0
    return found


def first_row_for_all(layer, x):
    import torch

    solve = cell_states_torch if isinstance(layer, torch.nn.Module) else cell_states_keras
    found = solve(layer, x)
    found = np.array(found.detach() if hasattr(found, "detach") else found)
    return np.repeat(found[:1], len(found), axis=0)


RIGHT = {
    "13.1": {
        "fraction": Fraction(1, 5),
        "32 bits": np.float32(0.2),
        "decimal": Decimal("0.2"),
        "16 bits": np.float16(0.2),
        "PyTorch": Value("""
            import torch
            y, reading = torch.tensor([1.0, 2, 3, 4]), torch.tensor([1.0, 2, 3, 6])
            answer = 1 - ((y - reading) ** 2).sum() / ((y - y.mean()) ** 2).sum()
            """),
        "both divided by 3": Value("answer = 1 - (4 / 3) / np.var([1, 2, 3, 4], ddof=1)"),
        "NumPy": Value("""
            y, reading = np.array([1, 2, 3, 4]), np.array([1, 2, 3, 6])
            answer = 1 - ((y - reading) ** 2).mean() / y.var()
            """),
    },
    "13.2": {
        "by search": since_by_search,
        "NumPy": since_in_numpy,
        "one by one": lambda text, characters: iter_since(text, characters),
        "rfind": since_by_rfind,
        "PyTorch": since_in_pytorch,
        "floats": lambda text, characters: np.array(since(text, characters), dtype="float32"),
        "a tuple": lambda text, characters: tuple(since(text, list(characters))),
    },
    "13.3": {
        "by choice, a list": blocks_by_choice,
        "0 and 1": as_numbers,
        "shuffled marks": marks_shuffled,
        "Python's own generator": blocks_of_python,
        "PyTorch's generator": blocks_of_pytorch,
        "the smallest of random numbers": blocks_of_smallest_numbers,
        "floats": lambda *given: draw_blocks(*given).astype("float32").tolist(),
    },
    "13.4": {
        "Keras, the layer itself": from_sequences_keras,
        "PyTorch, every beginning": prefixes_torch,
        "for either": either_layer,
        "Keras, by hand": by_hand,
        "Keras, every beginning": prefixes_keras,
        "PyTorch, its cell": cell_of_pytorch,
        "PyTorch, lists of lists": rows_alone,
        "PyTorch, h in one call": h_of_all_c_by_steps,
    },
    "13.5": {
        "by what a probe reads": erase_by_lstsq,
        "whitened": erase_whitened,
        "lists": lambda states, y: erase(states, y).tolist(),
        "32 bits": erase_in_float32,
        "PyTorch": erase_in_pytorch,
        "Cholesky": erase_by_cholesky,
        "a regression on what is fitted": erase_what_is_fitted,
        "row by row": erase_row_by_row,
    },
    "13.6": {
        "row by row": divergence_by_rows,
        "PyTorch": divergence_in_torch,
        "cross-entropy less entropy": cross_less_own,
        "a grain against zeros": divergence_with_a_grain,
        "nan made 0": divergence_nan_to_num,
        "PyTorch's own": divergence_of_pytorch,
        "Keras's own": divergence_of_keras,
        "where": divergence_by_where,
        "nan left out": divergence_nansum,
    },
    "13.7": {
        "product": break_by_product,
        "by recursion": break_by_recursion_of_lengths,
        "a queue": break_by_queue,
        "the last of its length": break_at_the_last,
        "found by any means": break_by_sorting,
        "of NumPy": lambda *given: None if break_it(*given) is None else np.str_(break_it(*given)),
    },
}

WRONG = {
    "13.1": {
        "in words": ("0.2", "a single number"),
        "share of hits": (Value("answer = 3 / 4"), "too large"),
    },
    "13.2": {
        "capped at 99": (lambda t, c: np.minimum(since(t, c), 99), "should get 100"),
        "the first 50 places": (first_places_alone, "should get"),
        "the last 20 places": (lambda t, c: since_looking_back(t, c, 20), "should get"),
        "stripped": (lambda t, c: since(t.strip(), c), "numbers were expected"),
        "no empty text": (no_empty_text, "stopped with IndexError"),
        "only 0 and 1": (since_of_lower_case, "place 1, which is 'o', should get 2"),
        "a number": (3, "a function was expected"),
        "nothing": (lambda text, characters: None, "returns nothing"),
        "a hit at place 0": (since_falsy, "place 0, which is 'i', should get 0, not 1"),
        "two hits in a row": (since_stays_at_one, "should get 0, not 1"),
        "one too few": (since_without_the_last, "numbers were expected"),
        "since the first": (since_the_first, "should get"),
        "only the end": (since_at_the_end, "a list of numbers"),
    },
    "13.3": {
        "the first ones": (first_blocks, "every seed draws"),
        "a coin a block": (each_block_by_a_coin, "should be drawn"),
        "the short block lost": (whole_blocks_only, "a mask of 105"),
        "the blocks": (lambda N, block, share, seed: [0, 2, 5], "a mask of 60"),
        "the last block never": (
            last_block_never_drawn,
            "the last block of N = 105 is drawn with none",
        ),
        "no seed": (blocks_without_the_seed, "the same blocks again"),
        "the same block twice": (blocks_drawn_twice, "should be drawn"),
        "side by side": (blocks_side_by_side, "different choices"),
        "in a ring": (blocks_in_a_ring, "different choices"),
        "int": (blocks_cut_down, "should be drawn"),
        "rounded up": (blocks_rounded_up, "should be drawn"),
        "those left over": (blocks_left_over, "should be drawn"),
        "another size": (blocks_of_a_wrong_size, "is cut"),
        "blocks of ten": (blocks_of_ten, "is cut"),
        "the share of N": (share_of_the_places, "7 should be drawn, not 6"),
        "single places": (shuffled_places, "is cut"),
        "one block too many": (one_more_for_the_rest, "should be drawn"),
    },
    "13.4": {
        "row 0 repeated": (first_row_for_all, "states of the first"),
        "the last step": (last_states, "after the last step alone"),
        "c of the last step": (last_c_everywhere, "c is that of the last step"),
        "c first": (c_first, "put h first"),
        "state lost": (state_lost, "hand the state on"),
        "h alone": (hidden_alone, "the shape should be"),
        "h twice": (twice_h, "both halves are h"),
        "the batch as time": (batch_as_time, "read as steps of time"),
        "no bias": (by_hand_without_bias, "leave none of its weights out"),
        "no recurrent weights": (by_hand_without_u, "hand the state on"),
        "backwards": (read_backwards, "in order"),
        "from ones": (from_ones, "begin with zeros"),
        "h and c in turn": (interleaved, "all of h"),
        "time first": (time_first, "time stands first"),
        "one row": (first_row_alone, "the shape should be"),
        "h alone handed on": (c_begins_anew, "hand the state on"),
        "before each step": (state_after_before, "before each step"),
        "Keras, c handed over as h": (cell_fed_c_first, "hand the state on"),
        "Keras, c of the last step": (last_c_everywhere_keras, "c is that of the last step"),
        "Keras, the output twice": (output_for_state_keras, "both halves are h"),
        "two arrays": (two_arrays, "side by side"),
    },
    "13.5": {
        "nothing left": (erase_everything, "moved farther than needed"),
        "nothing done": (lambda states, y: states, "still has a covariance"),
        "in place": (erase_in_place, "changes what it was given"),
        "a unit lost": (lambda states, y: states[:, :-1], "keep their shape"),
        "twice as much": (erase_twice_as_much, "still has a covariance"),
        "the best unit": (erase_best_unit, "still has a covariance"),
        "the reading from each unit": (erase_reading_from_each, "still has a covariance"),
        "one shift for all": (erase_along_u_and_mean, "still has a covariance"),
        "a hundredth beside": (erase_within_the_line, "moved farther than needed"),
        "along a probe with no mean": (erase_by_probe_uncentred, "still has a covariance"),
        "nan": (erase_to_nan, "nan"),
    },
    "13.6": {
        "eight rows": (first_eight_rows, "should be"),
        "squares": (divergence_squared, "it should be 0.4076, not"),
        "all rows": (lambda p, q: divergence(p, q).mean(), "one number for each row"),
        "over the rows": (divergence_over_rows, "over the rows"),
        "an axis kept": (divergence_kept_axis, "of shape (4,)"),
        "in all": (divergence_in_all, "a single number"),
        "a hundredth against zeros": (divergence_coarse, "it should be"),
        "both ways": (divergence_both_ways, "it should be"),
        "not summed": (divergence_terms, "of shape (4,)"),
        "the first row": (divergence_of_first, "of shape (4,)"),
        "the mean of PyTorch": (divergence_by_batchmean, "one number for each row"),
    },
    "13.7": {
        "two letters": (lambda a, b, letters, most: break_it(a, b, letters[:2], most), "disagree"),
        "a string": ("000", "a function was expected"),
        "no empty string": (break_without_the_empty, "the empty string; ask it first"),
        "one too short": (break_too_short, "strings of all 6 characters count"),
        "too far": (break_too_long, "more than the 5"),
        "in depth": (break_in_depth, "not the fewest"),
        "all of them": (breaks_all, "not list"),
        "yes or no": (lambda *given: break_it(*given) is not None, "not bool"),
        "the length": (lambda *given: len(break_it(*given) or ""), "not int"),
        "an empty string for none": (lambda *given: break_it(*given) or "", "both agree"),
        "one alphabet": (break_of_01, "disagree on 4 characters"),
        "where both accept": (break_where_both_accept, "both agree: they accept"),
        "the longest": (break_the_longest, "not the fewest"),
        "a single character": (break_with_one_character, "it returns None"),
        "only what one refuses": (break_one_way, "it returns None"),
        "characters apart": (lambda *given: " ".join(break_it(*given) or "") or None, "lacks"),
        "pairs": (lambda *given: tuple(break_it(*given) or ""), "not tuple"),
    },
}
