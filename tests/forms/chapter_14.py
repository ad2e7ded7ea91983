"""Other right and wrong answers to the exercises of chapter 14."""

from itertools import chain

import numpy as np
import torch

# 14.1


def last_by_loop(hs, lengths):
    return [hs[b, n - 1] for b, n in enumerate(lengths)]


def last_by_mask(hs, lengths):
    at_end = np.arange(hs.shape[1]) == np.array(lengths)[:, None] - 1
    return (hs * at_end[..., None]).sum(axis=1)


def last_in_pytorch(hs, lengths):
    index = torch.tensor(lengths)[:, None, None] - 1
    return torch.tensor(hs).gather(1, index.expand(-1, 1, hs.shape[2]))[:, 0]


def last_kept_axis(hs, lengths):
    return np.take_along_axis(hs, lengths[:, None, None] - 1, axis=1)


def first_states(hs, lengths):
    return hs[:, 0]


def mean_of_real(hs, lengths):
    return np.stack([row[:n].mean(axis=0) for row, n in zip(hs, lengths, strict=True)])


def last_of_all_rows(hs, lengths):
    return hs[-1, lengths - 1]


# 14.2


def loss_by_loop(losses, lengths):
    total = sum(losses[b, t] for b, n in enumerate(lengths) for t in range(n))
    return total / sum(lengths)


def loss_by_nan(losses, lengths):
    beyond = np.arange(losses.shape[1]) >= lengths[:, None]
    return np.nanmean(np.where(beyond, np.nan, losses))


def loss_in_pytorch(losses, lengths):
    mask = torch.arange(losses.shape[1]) < torch.tensor(lengths)[:, None]
    return torch.tensor(losses)[mask].mean()


def loss_of_full_rows(losses, lengths):
    return losses[lengths == max(lengths)].mean()


def loss_cut_to_longest(losses, lengths):
    return losses[:, : max(lengths)].mean()


def loss_of_last_places(losses, lengths):
    return losses[np.arange(len(losses)), lengths - 1].mean()


def loss_in_bits(losses, lengths):
    return loss_by_loop(losses, lengths) / np.log(2)


# 14.3


def back_by_filling(network, rows, lengths):
    order = sorted(range(len(rows)), key=lambda row: -lengths[row])
    sorted_results = network(rows[order])
    results = np.empty_like(sorted_results)
    results[order] = sorted_results
    return results


def back_by_dictionary(network, rows, lengths):
    order = np.argsort(-np.asarray(lengths), kind="stable")
    found = dict(zip(order.tolist(), network(rows[order]), strict=True))
    return np.stack([found[row] for row in range(len(rows))])


def one_at_a_time(network, rows, lengths):
    return np.concatenate([network(row[None]) for row in rows])


def shortest_first(network, rows, lengths):
    order = np.argsort(lengths)
    return network(rows[order])[np.argsort(order)]


def sorted_twice(network, rows, lengths):
    order = np.argsort(lengths)[::-1]
    return network(rows[order])[np.argsort(lengths)]


def zeros_in_place(network, rows, lengths):
    rows[:] = rows[np.argsort(lengths)[::-1]]
    return network(rows)


def only_the_longest(network, rows, lengths):
    return network(rows[[lengths.argmax()]])


# 14.4


def read_recursively(step, pieces, state):
    output, state = step(pieces[0], state)
    if len(pieces) == 1:
        return output, state
    rest, last = read_recursively(step, pieces[1:], state)
    return np.append(output, rest), last


def read_at_once(step, pieces, state):
    return step(np.concatenate(pieces), state)


def read_into_list(step, pieces, state):
    outputs = []
    for i in range(len(pieces)):
        out, state = step(pieces[i], state)
        outputs.extend(out)
    return [outputs, state]


def read_without_last(step, pieces, state):
    outputs = []
    for piece in pieces[:-1]:
        out, state = step(piece, state)
        outputs.append(out)
    return np.concatenate(outputs or pieces), state


def read_outputs_as_state(step, pieces, state):
    outputs = []
    for piece in pieces:
        out, _ = step(piece, state)
        outputs.append(out)
        state = out[0]
    return np.concatenate(outputs), state


def read_every_piece_twice(step, pieces, state):
    outputs = []
    for piece in pieces:
        _, state = step(piece, state)
        out, state = step(piece, state)
        outputs.append(out)
    return np.concatenate(outputs), state


def read_states_added(step, pieces, state):
    outputs = []
    for piece in pieces:
        out, new = step(piece, state)
        outputs.append(out)
        state = state + new
    return np.concatenate(outputs), state


# 14.5


def perplexity_weighted(batches):
    sizes = [len(batch) for batch in batches]
    return np.exp(np.average([np.mean(batch) for batch in batches], weights=sizes))


def perplexity_by_sums(batches):
    return np.e ** (sum(map(np.sum, batches)) / sum(map(len, batches)))


def perplexity_in_bits(batches):
    losses = np.array(list(chain(*batches))) / np.log(2)
    return 2 ** losses.mean()


def perplexity_of_median(batches):
    return np.exp(np.median(np.concatenate(batches)))


def perplexity_of_largest(batches):
    return np.exp(max(batches, key=len).mean())


def perplexity_one_too_many(batches):
    losses = np.concatenate(batches)
    return np.exp(losses.sum() / (len(losses) + 1))


# 14.6


def leaks_by_alone(read, x):
    together = read(x)
    alone = np.concatenate([read(row[None]) for row in x]) if len(x) > 1 else together
    return not np.allclose(together, alone)


def leaks_by_all_pairs(read, x):
    for a in range(len(x)):
        for b in range(len(x)):
            other = np.array(x)
            other[b] = other[b][::-1] - 3
            if a != b and np.any(np.abs(read(other)[a] - read(x)[a]) > 1e-9):
                return True
    return False


def leaks_by_noise(read, x):
    rng = np.random.default_rng(0)
    for kept in range(len(x)):
        other = rng.normal(size=x.shape)
        other[kept] = x[kept]
        if not np.allclose(read(other)[kept], read(x)[kept]):
            return True
    return False


def leaks_next_row_only(read, x):
    for row in range(len(x) - 1):
        other = x.copy()
        other[row] += 1
        if not np.allclose(read(other)[row + 1], read(x)[row + 1]):
            return True
    return False


def leaks_by_last_step(read, x):
    for row in range(len(x)):
        other = x.copy()
        other[row, -1] += 1
        moved = np.abs(read(other) - read(x)).reshape(len(x), -1).max(axis=1)
        if np.delete(moved, row).max(initial=0) > 1e-6:
            return True
    return False


def leaks_by_shape(read, x):
    return read(x).shape != x.shape


def leaks_only_far(read, x):
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        moved = np.abs(read(other) - read(x)).reshape(len(x), -1).max(axis=1)
        if np.delete(moved, row).max(initial=0) > 0.1 + 1e-6:
            return True
    return False


RIGHT = {
    "14.1": {
        "a loop": last_by_loop,
        "a mask": last_by_mask,
        "gather in PyTorch": last_in_pytorch,
    },
    "14.2": {"two loops": loss_by_loop, "nan for padding": loss_by_nan, "PyTorch": loss_in_pytorch},
    "14.3": {
        "results filled in": back_by_filling,
        "a dictionary": back_by_dictionary,
        "row by row": one_at_a_time,
    },
    "14.4": {
        "recursive": read_recursively,
        "all at once": read_at_once,
        "a list of two": read_into_list,
    },
    "14.5": {
        "weighted": perplexity_weighted,
        "sums": perplexity_by_sums,
        "in bits": perplexity_in_bits,
    },
    "14.6": {
        "each row alone": leaks_by_alone,
        "all pairs": leaks_by_all_pairs,
        "noise in the others": leaks_by_noise,
    },
}
WRONG = {
    "14.1": {
        "one axis too many": (last_kept_axis, "an array of shape (4, 3) was expected"),
        "the first step": (first_states, "is not at its last real step"),
        "the mean of the real steps": (mean_of_real, "is not at its last real step"),
        "one row for all": (last_of_all_rows, "is not at its last real step"),
        "longest again": (lambda hs, n: hs[:, n.max() - 1], "last step of the longest row"),
        "lengths as places": (lambda hs, n: hs[np.arange(len(hs)), n], "stopped with IndexError"),
    },
    "14.2": {
        "only the longest rows": (loss_of_full_rows, "it is too"),
        "cut to the longest": (loss_cut_to_longest, "it is too"),
        "the last places": (loss_of_last_places, "it is too"),
        "in bits": (loss_in_bits, "it is too high"),
        "a mean for each row": (
            lambda losses, n: [row[:m].mean() for row, m in zip(losses, n, strict=True)],
            "returns one of (3,)",
        ),
    },
    "14.3": {
        "shortest first": (shortest_first, "the longest row first"),
        "sorted another way": (sorted_twice, "is not its own"),
        "in place": (zeros_in_place, "changes what it was given"),
        "one row": (only_the_longest, "returns one of (1, 2)"),
        "not sorted back": (
            lambda network, rows, n: network(rows[np.argsort(-n)]),
            "stand in the sorted order",
        ),
    },
    "14.4": {
        "the last piece left out": (read_without_last, "outputs were expected"),
        "an output as state": (read_outputs_as_state, "is the first that is wrong"),
        "every piece twice": (read_every_piece_twice, "is the first that is wrong"),
        "states added up": (read_states_added, "is the first that is wrong"),
        "outputs alone": (lambda step, p, s: step(np.concatenate(p), s)[0], "return two things"),
    },
    "14.5": {
        "the median": (perplexity_of_median, "it is too"),
        "the largest batch": (perplexity_of_largest, "it is too"),
        "one too many": (perplexity_one_too_many, "it is too low"),
        "one for each batch": (
            lambda batches: [np.exp(batch.mean()) for batch in batches],
            "an array of shape ()",
        ),
    },
    "14.6": {
        "the next row only": (leaks_next_row_only, "`upwards` is called healthy"),
        "the last step only": (leaks_by_last_step, "`at_the_end` is called healthy"),
        "by the shape": (leaks_by_shape, "is called"),
        "a threshold too high": (leaks_only_far, "is called healthy"),
        "always": (lambda read, x: True, "`healthy` is called leaking"),
    },
}
