"""Other right and wrong answers to the exercises of chapter 14."""

import numpy as np
import torch

from exercises.chapter_14 import (
    by_length,
    by_row,
    last_states,
    leaks,
    mean_loss,
    read_text,
    read_with,
    real,
)

# 14.3: sorted, and sorted back


def back_by_filling(network, rows, lengths):
    order = sorted(range(len(rows)), key=lambda row: -lengths[row])
    sorted_results = network(rows[order])
    results = np.empty_like(sorted_results)
    results[order] = sorted_results
    return results


def back_by_permutation_matrix(network, rows, lengths):
    P = np.eye(len(rows))[np.argsort(-lengths)]
    return P.T @ network(P @ rows)


def back_by_length(network, rows, lengths):
    """Found again by the length, which two rows may share."""
    order = np.argsort(-lengths)
    found = dict(zip(lengths[order].tolist(), network(rows[order]), strict=True))
    return np.stack([found[n] for n in lengths.tolist()])


def back_ranked_apart(network, rows, lengths):
    """The place of each row from a sort of its own, which breaks ties another way."""
    results = network(rows[np.argsort(-lengths, kind="stable")])
    return results[len(rows) - 1 - np.argsort(np.argsort(lengths, kind="stable"))]


def sorted_twice(network, rows, lengths):
    order = np.argsort(lengths)[::-1]
    return network(rows[order])[np.argsort(lengths)]


def sorted_rows_returned(network, rows, lengths):
    network(rows[np.argsort(lengths)[::-1]])
    return rows


# 14.4: a long text in chunks


def read_every_chunk_twice(step, chunks, state):
    return read_text(lambda chunk, state: step(chunk, step(chunk, state)[1]), chunks, state)


def read_from_the_first_state(step, chunks, state):
    """Each chunk goes on from the state after the first one."""
    output, state = step(chunks[0], state)
    read = [step(chunk, state) for chunk in chunks[1:]]
    return np.concatenate([output, *(o for o, _ in read)]), [state, *(s for _, s in read)][-1]


def read_character_by_character(step, chunks, state):
    return read_text(step, np.concatenate(chunks)[:, None], state)


# 14.5: one mean for a text


def perplexity_running(batches):
    """A mean of the mean so far and of the next batch."""
    mean = batches[0].mean()
    for batch in batches[1:]:
        mean = (mean + batch.mean()) / 2
    return np.exp(mean)


def perplexity_one_by_one(batches):
    total = count = 0
    for batch in batches:
        for loss in batch.tolist():
            total, count = total + loss, count + 1
    return np.exp(total / count)


def perplexity_of_full_batches(batches):
    full = [batch for batch in batches if len(batch) == len(batches[0])]
    return np.exp(np.concatenate(full).mean())


# 14.6: a test for leaks between rows


def leaks_if(
    rows=slice(None), part=..., seen=lambda found: found, heard=lambda row, other: True, bound=1e-6
):
    """`leaks` that changes only some rows, or a part of them, or looks only at some of the rest."""

    def version(read, x):
        for row in range(len(x))[rows]:
            changed = x.copy()
            changed[row][part] += 1
            gap = np.abs(seen(read(changed)) - seen(read(x))).reshape(len(x), -1).max(axis=1)
            if any(gap[r] > bound for r in range(len(x)) if r != row and heard(row, r)):
                return True
        return False

    return version


def leaks_between(replace):
    """Whether a row reads otherwise when the rest become `replace(x)`."""

    def version(read, x):
        for row in range(len(x)):
            changed = replace(x).copy()
            changed[row] = x[row]
            if not np.allclose(read(changed)[row], read(x)[row]):
                return True
        return False

    return version


def leaks_by_alone(read, x):
    return not np.allclose(read(x), np.concatenate([read(row[None]) for row in x]))


def leaks_by_dye(read, x):
    """nan is a dye: whatever hears of it turns nan."""
    for row in range(len(x)):
        other = x.copy()
        other[row] = np.nan
        if np.isnan(np.delete(read(other), row, axis=0)).any():
            return True
    return False


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


def leaks_by_order(read, x):
    """Rows turned round: what treats all rows alike passes."""
    return not np.allclose(read(x[::-1])[::-1], read(x))


def leaks_own_row_too(read, x):
    return not np.allclose(read(x + np.arange(len(x))[:, None, None]), read(x))


def leaks_needs_three_axes(read, x):
    first = np.eye(len(x))[0][:, None, None]
    return bool(np.abs(read(x + first) - read(x)).max(axis=(1, 2))[1:].any())


RIGHT = {
    "14.1": {
        "a loop": lambda hs, lengths: [hs[b, n - 1] for b, n in enumerate(lengths)],
        "a mask": lambda hs, lengths: (
            hs * (np.arange(hs.shape[1]) == lengths[:, None] - 1)[..., None]
        ).sum(axis=1),
        "gather in PyTorch": lambda hs, lengths: torch.tensor(hs).gather(
            1, torch.tensor(lengths)[:, None, None].expand(-1, 1, hs.shape[2]) - 1
        )[:, 0],
    },
    "14.2": {
        "two loops": lambda losses, lengths: (
            sum(losses[b, t] for b, n in enumerate(lengths) for t in range(n)) / sum(lengths)
        ),
        "nan for padding": lambda losses, lengths: np.nanmean(
            np.where(np.arange(losses.shape[1]) >= lengths[:, None], np.nan, losses)
        ),
        "weighted by the lengths": lambda losses, lengths: np.average(
            [row.mean() for row in real(losses, lengths)], weights=lengths
        ),
    },
    "14.3": {
        "results filled in": back_by_filling,
        "a matrix that changes places": back_by_permutation_matrix,
    },
    "14.4": {
        "all at once": lambda step, chunks, state: step(np.concatenate(chunks), state),
        "one by one": read_character_by_character,
    },
    "14.5": {
        "one by one": perplexity_one_by_one,
        "in bits": lambda batches: 2 ** (np.concatenate(batches) / np.log(2)).mean(),
        "a root of the product": lambda batches: (
            np.prod(np.exp(np.concatenate(batches))) ** (1 / sum(map(len, batches)))
        ),
    },
    "14.6": {
        "each row alone": leaks_by_alone,
        "noise in the others": leaks_between(
            lambda x: np.random.default_rng(0).normal(size=x.shape)
        ),
        "zeros in the others": leaks_between(np.zeros_like),
        "scaled": leaks_between(lambda x: 5 * x + 1),
        "the others shifted": leaks_between(lambda x: np.roll(x, 1, axis=1) + 0.5),
        "nan for a dye": leaks_by_dye,
        "a boolean of NumPy": lambda read, x: np.bool_(leaks(read, x)),
        "a tensor": lambda read, x: torch.tensor(leaks(read, x)),
    },
}
WRONG = {
    "14.1": {
        "one axis too many": (
            lambda hs, lengths: last_states(hs, lengths)[:, None],
            "an array of shape (4, 3) was expected",
        ),
        "one row": (lambda hs, lengths: hs[0, lengths[0] - 1], "not an array of shape (3,)"),
        "the first step": (lambda hs, lengths: hs[:, 0], "is not at its last real step"),
        "the mean of the real steps": (
            lambda hs, lengths: np.stack([row.mean(axis=0) for row in real(hs, lengths)]),
            "is not at its last real step",
        ),
        "one row for all": (
            lambda hs, lengths: hs[-1, lengths - 1],
            "is not at its last real step",
        ),
        "lengths as places": (
            lambda hs, lengths: hs[np.arange(len(hs)), lengths],
            "stopped with IndexError",
        ),
        "lengths in order": (
            lambda hs, lengths: last_states(hs, np.sort(lengths)[::-1]),
            "is not at its last real step",
        ),
        "nan": (lambda hs, lengths: hs[:, 0] * np.nan, "row 0 is not at its last real step"),
        "8 rows": (
            lambda hs, lengths: np.vstack([last_states(hs, lengths)[:8], hs[8:, -1]]),
            "row 8 is not at its last",
        ),
        "8 steps": (by_row(lambda n, lengths: min(n, 8) - 1), "row 1 is not at its last"),
    },
    "14.2": {
        "one for each": (lambda losses, lengths: losses, "a single number was expected"),
        "only the longest rows": (
            lambda losses, lengths: losses[lengths == max(lengths)].mean(),
            "it is too",
        ),
        "cut to the longest": (lambda losses, n: losses[:, : max(n)].mean(), "it is too"),
        "the last places": (
            lambda losses, lengths: losses[np.arange(len(losses)), lengths - 1].mean(),
            "it is too",
        ),
        "in bits": (lambda *case: mean_loss(*case) / np.log(2), "it is too high"),
        "the first row": (lambda losses, n: losses[0, : n[0]].mean(), "it is too"),
        "nan": (lambda losses, lengths: np.nan, "nan"),
    },
    "14.3": {
        "row by row": (
            lambda network, rows, lengths: np.concatenate([network(row[None]) for row in rows]),
            "all rows in one call",
        ),
        "not sorted": (lambda network, rows, lengths: network(rows), "the longest row first"),
        "shortest first": (
            lambda network, rows, lengths: network(rows[np.argsort(lengths)]),
            "the longest row first",
        ),
        "sorted another way": (sorted_twice, "is not its own"),
        "one row": (
            lambda network, rows, lengths: network(rows[[lengths.argmax()]]),
            "all rows in one call",
        ),
        "by length": (back_by_length, "two rows may be equally long"),
        "two sorts": (back_ranked_apart, "equally long"),
        "two things": (
            lambda network, rows, lengths: (by_length(network, rows, lengths), lengths),
            "should hold numbers",
        ),
        "cut": (
            lambda network, rows, lengths: by_length(network, rows[:, : min(lengths)], lengths),
            "is not its own",
        ),
        "rows": (sorted_rows_returned, "an array of shape (5, 2) was expected"),
        "nan": (lambda *case: by_length(*case) * np.nan, "row 0 gets"),
    },
    "14.4": {
        "the last chunk left out": (
            lambda step, chunks, state: read_text(step, chunks[:-1] or chunks, state),
            "12 outputs were expected",
        ),
        "10 chunks": (
            lambda step, chunks, state: read_text(step, chunks[:10], state),
            "24 outputs were expected",
        ),
        "an output as state": (
            read_with(lambda state, new, output: output[0]),
            "output 4 is the first that is wrong",
        ),
        "states added up": (
            read_with(lambda state, new, output: state + new),
            "is the first that is wrong",
        ),
        "every chunk twice": (read_every_chunk_twice, "is the first that is wrong"),
        "the first state for all others": (read_from_the_first_state, "output 8 is the first"),
        "outputs alone": (lambda *case: read_text(*case)[0], "return two things"),
        "the first new state": (
            read_with(end=lambda states, outputs: states[1]),
            "the last state is not",
        ),
        "all states": (
            read_with(end=lambda states, outputs: states[1:]),
            "return only the last state",
        ),
        "a list of chunks": (
            lambda step, chunks, state: ([step(chunk, state)[0] for chunk in chunks], state),
            "12 outputs were expected",
        ),
        "turned": (lambda *case: read_text(*case)[::-1], "the outputs first"),
        "nan": (read_with(start=lambda state: np.nan), "output 0 is the first that is wrong"),
    },
    "14.5": {
        "the median": (lambda batches: np.exp(np.median(np.concatenate(batches))), "it is too"),
        "the largest batch": (lambda batches: np.exp(max(batches, key=len).mean()), "it is too"),
        "the last batch": (lambda batches: np.exp(batches[-1].mean()), "it is too"),
        "full batches": (perplexity_of_full_batches, "it is too"),
        "a running mean": (perplexity_running, "it is too"),
        "one too many": (
            lambda batches: np.exp(sum(map(sum, batches)) / (1 + sum(map(len, batches)))),
            "it is too low",
        ),
        "perplexities weighed": (
            lambda batches: np.average(
                [np.exp(batch.mean()) for batch in batches], weights=[len(b) for b in batches]
            ),
            "it is too high",
        ),
        "one for each batch": (
            lambda batches: [np.exp(batch.mean()) for batch in batches],
            "a single number was expected",
        ),
        "for equal batches": (
            lambda batches: np.exp(np.array(batches).mean()),
            "stopped with ValueError",
        ),
        "a mean of a generator": (
            lambda batches: np.exp(np.mean(batch.mean() for batch in batches)),
            "stopped with TypeError",
        ),
        "rounded": (
            lambda batches: round(float(perplexity_one_by_one(batches)), 1),
            "do not round",
        ),
        "nan": (lambda batches: np.nan, "nan"),
    },
    "14.6": {
        "always": (lambda read, x: True, "`healthy` is called leaking"),
        "never": (lambda read, x: False, "`centred` is called healthy"),
        "the other way": (lambda *case: not leaks(*case), "`healthy` is called leaking"),
        "0 and 1": (lambda *case: int(leaks(*case)), "True or False was expected"),
        "by the shape": (lambda read, x: read(x).shape != x.shape, "`healthy_summary` is called"),
        "its own row": (leaks_own_row_too, "`healthy` is called leaking"),
        "the first row changed": (leaks_if(slice(1)), "`upwards` is called healthy"),
        "the last row changed": (leaks_if(slice(-1, None)), "`batch_as_time` is called healthy"),
        "the first step only": (leaks_if(part=0), "`late_and_early` is called healthy"),
        "the last step only": (leaks_if(part=-1), "`at_the_end` is called healthy"),
        "the first input only": (leaks_if(part=np.s_[:, 0]), "`late_and_early` is called healthy"),
        "seen at the end only": (
            leaks_if(seen=lambda found: found[:, -1]),
            "`late_and_early` is called healthy",
        ),
        "sums": (
            leaks_if(seen=lambda found: found.reshape(len(found), -1).sum(axis=1)),
            "`late_and_early` is called healthy",
        ),
        "the next row heard": (
            leaks_if(heard=lambda row, other: other == row + 1),
            "`upwards` is called healthy",
        ),
        "the first row heard": (
            leaks_if(heard=lambda row, other: other == 0),
            "`batch_as_time` is called healthy",
        ),
        "neighbours": (
            leaks_if(heard=lambda row, other: abs(other - row) == 1),
            "`last_to_first` is called healthy",
        ),
        "half a hundredth": (leaks_if(bound=5e-3), "`last_to_first` is called healthy"),
        "a threshold too high": (leaks_if(bound=0.1), "`last_to_first` is called healthy"),
        "rows counted": (leaks_counted_rows, "`wrong_owner` is called healthy"),
        "rows turned round": (leaks_by_order, "`centred` is called healthy"),
        "one row": (leaks_largest_of_others, "with a batch of one row"),
        "three axes": (leaks_needs_three_axes, "AxisError"),
    },
}
