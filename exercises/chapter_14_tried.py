"""Other right and wrong answers to the exercises of chapter 14."""

import math
from functools import reduce
from itertools import chain

import numpy as np
import torch

from exercises import chapter_14 as exercises
from exercises.chapter_14 import by_length

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


def last_along_axis(hs, lengths):
    ends = np.array(lengths).reshape(-1, 1, 1) - 1
    return np.take_along_axis(hs, ends, axis=1).squeeze(1)


def last_by_one_hot(hs, lengths):
    return np.einsum("bth,bt->bh", hs, np.eye(hs.shape[1])[np.asarray(lengths) - 1])


def last_from_lists(hs, lengths):
    return [row[: int(n)][-1] for row, n in zip(hs.tolist(), lengths, strict=True)]


def last_in_float32(hs, lengths):
    return torch.tensor(hs, dtype=torch.float32)[range(len(hs)), lengths - 1].requires_grad_()


def every_end_of_every_row(hs, lengths):
    return hs[:, lengths - 1]


def lengths_in_order(hs, lengths):
    return hs[np.arange(len(hs)), np.sort(lengths)[::-1] - 1]


def sum_of_real(hs, lengths):
    mask = np.arange(hs.shape[1]) < lengths[:, None]
    return (hs * mask[..., None]).sum(axis=1)


def lengths_changed(hs, lengths):
    lengths -= 1
    return hs[np.arange(len(hs)), lengths]


def only_one_row(hs, lengths):
    return hs[0, lengths[0] - 1]


def last_by_keras(hs, lengths):
    from keras import ops

    return ops.squeeze(ops.take_along_axis(hs, lengths[:, None, None] - 1, axis=1), 1)


def time_for_rows(hs, lengths):
    return hs[lengths - 1, np.arange(len(hs))]


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


def loss_by_slices(losses, lengths):
    real = [row[:n] for row, n in zip(losses.tolist(), lengths, strict=True)]
    return float(np.hstack(real).mean())


def loss_weighted_by_lengths(losses, lengths):
    means = [row[:n].mean() for row, n in zip(losses, lengths, strict=True)]
    return np.average(means, weights=lengths)


def loss_masked(losses, lengths):
    padding = np.arange(losses.shape[1])[None] >= np.array(lengths)[:, None]
    return np.ma.array(losses, mask=padding).mean()


def loss_in_float32(losses, lengths):
    mask = np.arange(losses.shape[1]) + 1 <= np.asarray(lengths)[:, None]
    return np.sum(losses.astype("float32"), where=mask) / np.float32(mask.sum())


def loss_of_the_first_row(losses, lengths):
    return losses[0, : lengths[0]].mean()


def loss_wrong_axis(losses, lengths):
    mask = np.arange(len(losses))[:, None] < lengths[:, None]
    return (losses * mask).sum() / (mask.sum() * losses.shape[1])


def loss_of_nothing(losses, lengths):
    return np.nan


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


def back_by_where(network, rows, lengths):
    order = np.argsort(lengths, kind="stable")[::-1]
    results = network(rows[order])
    return [results[np.flatnonzero(order == row)[0]] for row in range(len(rows))]


def back_by_sorting_pairs(network, rows, lengths):
    order = sorted(range(len(rows)), key=lengths.__getitem__, reverse=True)
    pairs = zip(order, network(np.array([rows[row] for row in order])), strict=True)
    return np.array([result for _, result in sorted(pairs, key=lambda pair: pair[0])])


def back_by_permutation_matrix(network, rows, lengths):
    P = np.eye(len(rows))[np.argsort(-lengths)]
    return P.T @ network(P @ rows)


def back_in_pytorch(network, rows, lengths):
    order = torch.argsort(torch.tensor(lengths), descending=True)
    results = torch.as_tensor(network(torch.tensor(rows)[order].numpy()))
    found = torch.empty_like(results)
    return found.index_copy_(0, order, results)


def back_by_length(network, rows, lengths):
    """Found again by the length, which two rows may share."""
    order = np.argsort(-lengths)
    found = dict(zip(lengths[order].tolist(), network(rows[order]), strict=True))
    return np.stack([found[n] for n in lengths.tolist()])


def back_by_index_of_length(network, rows, lengths):
    longest_first = sorted(lengths.tolist(), reverse=True)
    results = network(rows[np.argsort(-lengths)])
    return results[[longest_first.index(n) for n in lengths]]


def back_ranked_apart(network, rows, lengths):
    """The place of each row from a sort of its own, which breaks ties another way."""
    results = network(rows[np.argsort(-lengths, kind="stable")])
    return results[len(rows) - 1 - np.argsort(np.argsort(lengths, kind="stable"))]


def not_sorted_at_all(network, rows, lengths):
    return network(rows)


def rows_sorted_results_of_each(network, rows, lengths):
    order = np.argsort(lengths)[::-1]
    return network(rows[order]), order


def sorted_by_length_only(network, rows, lengths):
    """Only the lengths are sorted; every row is as long, zeros included."""
    return network(np.array(sorted(rows, key=len, reverse=True)))


def cut_to_the_shortest(network, rows, lengths):
    return by_length(network, rows[:, : lengths.min()], lengths)


def sorted_rows_returned(network, rows, lengths):
    order = np.argsort(lengths)[::-1]
    network(rows[order])
    return rows[order][np.argsort(order)]


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


def read_with_reduce(step, pieces, state):
    def one_more(so_far, piece):
        outputs, state = so_far
        output, state = step(piece, state)
        return [*outputs, *output], state

    return reduce(one_more, pieces, ([], state))


def read_into_place(step, pieces, state):
    ends = np.cumsum([len(piece) for piece in pieces])
    found = np.zeros(ends[-1])
    for end, piece in zip(ends, pieces, strict=True):
        found[end - len(piece) : end], state = step(piece, state)
    return found, state


def read_in_pytorch(step, pieces, state):
    outputs = []
    for piece in pieces:
        output, state = step(piece, state)
        outputs.append(torch.tensor(output))
    return torch.cat(outputs), torch.tensor(state)


def read_character_by_character(step, pieces, state):
    found = []
    for character in np.concatenate(pieces):
        output, state = step(np.array([character]), state)
        found.append(output)
    return np.concatenate(found), state


def read_zero_for_none(step, pieces, state):
    """Each piece goes on from the state after the first one."""
    output, state = step(pieces[0], state)
    outputs, last = [output], state
    for piece in pieces[1:]:
        output, last = step(piece, state)
        outputs.append(output)
    return np.concatenate(outputs), last


def read_one_behind(step, pieces, state):
    """Handed on one piece too late."""
    outputs, new = [], state
    for piece in pieces:
        before, state = state, new
        output, new = step(piece, state if before is state else before)
        outputs.append(output)
    return np.concatenate(outputs), new


def read_first_state_back(step, pieces, state):
    outputs, states = [], []
    for piece in pieces:
        output, state = step(piece, state)
        outputs.append(output)
        states.append(state)
    return np.concatenate(outputs), states[0]


def read_all_states(step, pieces, state):
    outputs, states = [], []
    for piece in pieces:
        output, state = step(piece, state)
        outputs.append(output)
        states.append(state)
    return np.concatenate(outputs), states


def read_last_output_alone(step, pieces, state):
    for piece in pieces:
        output, state = step(piece, state)
    return output, state


def read_list_of_pieces(step, pieces, state):
    outputs = []
    for piece in pieces:
        output, state = step(piece, state)
        outputs.append(output)
    return outputs, state


def read_turned(step, pieces, state):
    outputs, state = read_recursively(step, pieces, state)
    return state, outputs


def read_to_nan(step, pieces, state):
    outputs, state = read_recursively(step, pieces, state)
    return outputs * np.nan, state


def read_turned_pieces(step, pieces, state):
    outputs = []
    for piece in pieces:
        output, state = step(piece, state)
        outputs.insert(0, output)
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


def perplexity_in_pytorch(batches):
    return torch.cat([torch.tensor(batch) for batch in batches]).mean().exp()


def perplexity_by_power(batches):
    losses = [loss for batch in batches for loss in batch]
    return np.prod(np.exp(losses)) ** (1 / len(losses))


def perplexity_in_float32(batches):
    return np.exp(np.hstack(batches).astype("float32").mean(), dtype="float32")


def perplexity_one_by_one(batches):
    total = count = 0
    for batch in batches:
        for loss in batch.tolist():
            total, count = total + loss, count + 1
    return [math.exp(total / count)][0]


def perplexity_mean_first(batches):
    return np.exp(np.mean(np.mean(batch) for batch in batches))


def perplexity_running(batches):
    """A mean of the mean so far and of the next batch."""
    mean = batches[0].mean()
    for batch in batches[1:]:
        mean = (mean + batch.mean()) / 2
    return np.exp(mean)


def perplexity_of_full_batches(batches):
    full = [batch for batch in batches if len(batch) == len(batches[0])]
    return np.exp(np.concatenate(full).mean())


def perplexity_rounded(batches):
    return round(float(np.exp(np.concatenate(batches).mean())), 1)


def perplexity_of_last(batches):
    return np.exp(batches[-1].mean())


def perplexity_weighted_perplexities(batches):
    return np.average([np.exp(b.mean()) for b in batches], weights=[len(b) for b in batches])


def perplexity_to_nan(batches):
    return np.nan


def perplexity_by_keras(batches):
    from keras import ops

    return ops.exp(ops.mean(ops.concatenate(batches)))


def perplexity_of_equal_batches(batches):
    return np.exp(np.array(batches).mean())


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


def leaks_by_scaling(read, x):
    before = [np.array(row) for row in read(x)]
    for row in range(len(x)):
        other = np.where(np.arange(len(x))[:, None, None] == row, 5 * x + 1, x)
        for kept, (now, then) in enumerate(zip(read(other), before, strict=True)):
            if kept != row and not np.array_equal(now, then):
                return True
    return False


def leaks_by_zeros(read, x):
    for row in range(len(x)):
        alone = np.zeros_like(x)
        alone[row] = x[row]
        if np.linalg.norm(read(alone)[row] - read(x)[row]) > 1e-9:
            return True
    return False


def leaks_any_of_numpy(read, x):
    """The answer is a boolean of NumPy."""
    moved = np.zeros((len(x), len(x)))
    for row in range(len(x)):
        other = x.copy()
        other[row] -= 2
        moved[row] = np.abs(read(other) - read(x)).reshape(len(x), -1).sum(axis=1)
    np.fill_diagonal(moved, 0)
    return moved.max() > 1e-8


def leaks_other_rows_rolled(read, x):
    for row in range(len(x)):
        others = np.roll(np.delete(x, row, axis=0), 1, axis=1) + 0.5
        mixed = np.insert(others, row, x[row], axis=0)
        if abs(read(mixed)[row] - read(x)[row]).max() > 1e-7:
            return True
    return False


def moved_by(read, x, change):
    """Whether other rows move when change(copy, row) has changed one of them."""
    for row in range(len(x)):
        other = x.copy()
        change(other, row)
        moved = np.abs(read(other) - read(x)).reshape(len(x), -1).max(axis=1)
        if np.delete(moved, row).max(initial=0) > 1e-6:
            return True
    return False


def leaks_by_dye(read, x):
    """nan is a dye: whatever hears of it turns nan."""
    for row in range(len(x)):
        other = x.copy()
        other[row] = np.nan
        if np.isnan(np.delete(read(other), row, axis=0)).any():
            return True
    return False


def leaks_said_by_pytorch(read, x):
    """The answer is a tensor of no axis."""
    before, found = torch.tensor(read(x)), torch.tensor(False)
    for row in range(len(x)):
        other = torch.tensor(x)
        other[row] += 1
        moved = (torch.tensor(read(other.numpy())) - before).abs() > 1e-6
        found = found | moved[torch.arange(len(x)) != row].any()
    return found


def leaks_largest_of_others(read, x):
    """Right, but for a batch of one row."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        if np.delete(np.abs(read(other) - read(x)), row, axis=0).max() > 1e-6:
            return True
    return False


def leaks_counted_rows(read, x):
    """How many rows move is counted, not which."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        moved = np.abs(read(other) - read(x)).reshape(len(x), -1).max(axis=1)
        if (moved > 1e-6).sum() > 1:
            return True
    return False


def leaks_faintly(read, x):
    """With a tolerance of half a hundredth."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        moved = np.abs(read(other) - read(x)).reshape(len(x), -1).max(axis=1)
        if np.delete(moved, row).max(initial=0) > 5e-3:
            return True
    return False


def leaks_by_first_step(read, x):
    def change(other, row):
        other[row, 0] += 1

    return moved_by(read, x, change)


def leaks_by_first_input(read, x):
    def change(other, row):
        other[row, :, 0] += 1

    return moved_by(read, x, change)


def leaks_seen_at_the_end(read, x):
    """Only the last outputs are compared."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        moved = np.abs(read(other)[:, -1] - read(x)[:, -1]).reshape(len(x), -1).max(axis=1)
        if np.delete(moved, row).max(initial=0) > 1e-6:
            return True
    return False


def leaks_seen_in_sums(read, x):
    """Sums of rows are compared, in which two movements may cancel."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        sums = [found.reshape(len(x), -1).sum(axis=1) for found in (read(other), read(x))]
        if np.delete(np.abs(sums[0] - sums[1]), row).max(initial=0) > 1e-6:
            return True
    return False


def leaks_last_row_changed(read, x):
    other = x.copy()
    other[-1] += 1
    return not np.allclose(read(other)[:-1], read(x)[:-1])


def leaks_neighbours(read, x):
    """Only the rows beside the changed one are looked at."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        for beside in (row - 1, row + 1):
            if 0 <= beside < len(x) and not np.allclose(read(other)[beside], read(x)[beside]):
                return True
    return False


def leaks_by_order(read, x):
    """Rows turned round: what treats all rows alike passes."""
    return not np.allclose(read(x[::-1])[::-1], read(x))


def leaks_own_row_too(read, x):
    other = x + np.arange(len(x))[:, None, None]
    return not np.allclose(read(other), read(x))


def leaks_forgot_to_change(read, x):
    return any(not np.allclose(read(x.copy())[row], read(x)[row]) for row in range(len(x)))


def leaks_coarsely(read, x):
    """With a tolerance of a hundredth."""
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        close = np.isclose(read(other), read(x), atol=1e-2).reshape(len(x), -1).all(axis=1)
        if not np.delete(close, row).all():
            return True
    return False


def leaks_turned(read, x):
    return not leaks_by_noise(read, x)


def leaks_counted(read, x):
    return int(leaks_by_noise(read, x))


def leaks_all_rows_changed(read, x):
    """All rows but the first are changed, and the first alone is looked at."""
    other = x + 1
    other[0] = x[0]
    return not np.allclose(read(other)[0], read(x)[0])


def leaks_needs_three_axes(read, x):
    other = x.copy()
    other[0] += 1
    return bool(np.abs(read(other) - read(x)).max(axis=(1, 2))[1:].any())


RIGHT = {
    "14.1": {
        "a loop": last_by_loop,
        "a mask": last_by_mask,
        "gather in PyTorch": last_in_pytorch,
        "along an axis": last_along_axis,
        "one-hot": last_by_one_hot,
        "lists": last_from_lists,
        "Keras": last_by_keras,
        "PyTorch, 32 bits": last_in_float32,
    },
    "14.2": {
        "two loops": loss_by_loop,
        "nan for padding": loss_by_nan,
        "PyTorch": loss_in_pytorch,
        "slices": loss_by_slices,
        "weighted by the lengths": loss_weighted_by_lengths,
        "a masked array": loss_masked,
        "32 bits": loss_in_float32,
        "a list of one axis less": lambda losses, n: np.array(loss_by_loop(losses, n)),
    },
    "14.3": {
        "results filled in": back_by_filling,
        "a dictionary": back_by_dictionary,
        "found again": back_by_where,
        "sorted pairs": back_by_sorting_pairs,
        "a matrix that changes places": back_by_permutation_matrix,
        "PyTorch": back_in_pytorch,
    },
    "14.4": {
        "recursive": read_recursively,
        "all at once": read_at_once,
        "a list of two": read_into_list,
        "reduce": read_with_reduce,
        "into its place": read_into_place,
        "PyTorch": read_in_pytorch,
        "one by one": read_character_by_character,
    },
    "14.5": {
        "weighted": perplexity_weighted,
        "sums": perplexity_by_sums,
        "in bits": perplexity_in_bits,
        "PyTorch": perplexity_in_pytorch,
        "Keras": perplexity_by_keras,
        "a root of the product": perplexity_by_power,
        "32 bits": perplexity_in_float32,
        "one by one": perplexity_one_by_one,
    },
    "14.6": {
        "each row alone": leaks_by_alone,
        "all pairs": leaks_by_all_pairs,
        "noise in the others": leaks_by_noise,
        "scaled": leaks_by_scaling,
        "nan for a dye": leaks_by_dye,
        "a tensor": leaks_said_by_pytorch,
        "zeros in the others": leaks_by_zeros,
        "a matrix of who moves whom": leaks_any_of_numpy,
        "the others shifted": leaks_other_rows_rolled,
    },
}
WRONG = {
    "14.1": {
        "one axis too many": (last_kept_axis, "an array of shape (4, 3) was expected"),
        "the first step": (first_states, "is not at its last real step"),
        "the mean of the real steps": (mean_of_real, "is not at its last real step"),
        "one row for all": (last_of_all_rows, "is not at its last real step"),
        "lengths as places": (lambda hs, n: hs[np.arange(len(hs)), n], "stopped with IndexError"),
        "every end of every row": (every_end_of_every_row, "takes every end from every row"),
        "time for rows": (time_for_rows, "stopped with IndexError"),
        "lengths in order": (lengths_in_order, "is not at its last real step"),
        "the sum": (sum_of_real, "is not at its last real step"),
        "lengths changed": (lengths_changed, "changes what it was given"),
        "one row": (only_one_row, "it returns one of (3,)"),
        "nan": (lambda hs, n: hs[:, 0] * np.nan, "row 0 is not at its last real step"),
    },
    "14.2": {
        "only the longest rows": (loss_of_full_rows, "it is too"),
        "cut to the longest": (loss_cut_to_longest, "it is too"),
        "the last places": (loss_of_last_places, "it is too"),
        "in bits": (loss_in_bits, "it is too high"),
        "a mean for each row": (
            lambda losses, n: [row[:m].mean() for row, m in zip(losses, n, strict=True)],
            "a single number was expected",
        ),
        "the first row": (loss_of_the_first_row, "it is too"),
        "rows for places": (loss_wrong_axis, "it is too"),
        "nan": (loss_of_nothing, "nan"),
    },
    "14.3": {
        "row by row": (one_at_a_time, "all rows in one call"),
        "shortest first": (shortest_first, "the longest row first"),
        "sorted another way": (sorted_twice, "is not its own"),
        "in place": (zeros_in_place, "changes what it was given"),
        "one row": (only_the_longest, "returns one of (1, 2)"),
        "by length": (back_by_length, "two rows may be equally long"),
        "by the index of a length": (back_by_index_of_length, "two rows may be equally long"),
        "two sorts": (back_ranked_apart, "equally long"),
        "not sorted": (not_sorted_at_all, "the longest row first"),
        "two things": (rows_sorted_results_of_each, "should hold numbers"),
        "sorted by `len`": (sorted_by_length_only, "the longest row first"),
        "cut": (cut_to_the_shortest, "is not its own"),
        "rows": (sorted_rows_returned, "an array of shape (5, 2) was expected"),
        "nan": (lambda network, rows, n: by_length(network, rows, n) * np.nan, "row 0 gets"),
    },
    "14.4": {
        "the last piece left out": (read_without_last, "outputs were expected"),
        "an output as state": (read_outputs_as_state, "is the first that is wrong"),
        "every piece twice": (read_every_piece_twice, "is the first that is wrong"),
        "states added up": (read_states_added, "is the first that is wrong"),
        "outputs alone": (lambda step, p, s: step(np.concatenate(p), s)[0], "return two things"),
        "the first state for all others": (read_zero_for_none, "output 8 is the first"),
        "one behind": (read_one_behind, "is the first that is wrong"),
        "the first new state": (read_first_state_back, "the last state is not"),
        "all states": (read_all_states, "return the last state alone"),
        "the last outputs": (read_last_output_alone, "12 outputs were expected"),
        "a list of pieces": (read_list_of_pieces, "12 outputs were expected"),
        "turned": (read_turned, "the outputs first"),
        "pieces turned": (read_turned_pieces, "is the first that is wrong"),
        "nan": (read_to_nan, "output 0 is the first that is wrong"),
    },
    "14.5": {
        "the median": (perplexity_of_median, "it is too"),
        "the largest batch": (perplexity_of_largest, "it is too"),
        "one too many": (perplexity_one_too_many, "it is too low"),
        "one for each batch": (
            lambda batches: [np.exp(batch.mean()) for batch in batches],
            "a single number was expected",
        ),
        "a running mean": (perplexity_running, "it is too"),
        "for equal batches": (perplexity_of_equal_batches, "stopped with ValueError"),
        "full batches": (perplexity_of_full_batches, "it is too"),
        "rounded": (perplexity_rounded, "do not round"),
        "the last batch": (perplexity_of_last, "it is too"),
        "perplexities weighed": (perplexity_weighted_perplexities, "it is too high"),
        "a mean of a generator": (perplexity_mean_first, "stopped with TypeError"),
        "nan": (perplexity_to_nan, "nan"),
    },
    "14.6": {
        "the first step only": (leaks_by_first_step, "`late_and_early` is called healthy"),
        "the first input only": (leaks_by_first_input, "`late_and_early` is called healthy"),
        "seen at the end only": (leaks_seen_at_the_end, "`late_and_early` is called healthy"),
        "sums": (leaks_seen_in_sums, "`late_and_early` is called healthy"),
        "the last row changed": (leaks_last_row_changed, "is called healthy"),
        "neighbours": (leaks_neighbours, "is called healthy"),
        "rows turned round": (leaks_by_order, "`centred` is called healthy"),
        "its own row": (leaks_own_row_too, "`healthy` is called leaking"),
        "nothing changed": (leaks_forgot_to_change, "`centred` is called healthy"),
        "a hundredth": (leaks_coarsely, "is called healthy"),
        "rows counted": (leaks_counted_rows, "`wrong_owner` is called healthy"),
        "half a hundredth": (leaks_faintly, "`last_to_first` is called healthy"),
        "one row": (leaks_largest_of_others, "with a batch of one row"),
        "the other way": (leaks_turned, "`healthy` is called leaking"),
        "0 and 1": (leaks_counted, "True or False was expected"),
        "the first row heard": (leaks_all_rows_changed, "`batch_as_time` is called healthy"),
        "three axes": (leaks_needs_three_axes, "AxisError"),
        "the next row only": (leaks_next_row_only, "`upwards` is called healthy"),
        "the last step only": (leaks_by_last_step, "`at_the_end` is called healthy"),
        "by the shape": (leaks_by_shape, "is called"),
        "a threshold too high": (leaks_only_far, "is called healthy"),
        "always": (lambda read, x: True, "`healthy` is called leaking"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["14.1"] |= {
    "8 rows": (
        lambda hs, n: np.vstack([exercises.last_states(hs, n)[:8], hs[8:, -1]]),
        "row 8 is not at its last",
    ),
    "8 steps": (
        lambda hs, n: exercises.last_states(hs, np.minimum(n, 8)),
        "row 1 is not at its last",
    ),
}
WRONG["14.4"] |= {
    "10 pieces": (lambda step, found, s: exercises.read_text(step, found[:10], s), "24"),
}
