"""Exercises of chapter 14: five bugs to mend in other people's code, and a test to write."""

import numpy as np

from exercises import Exercise
from exercises.judges import (
    Hint,
    array,
    ask,
    ask_numbers,
    call,
    first_reason,
    first_wrong,
    function,
    in_turn,
)


def draw(*shape, seed=0):
    """Numbers of a normal distribution, none of them 0."""
    return np.random.default_rng(seed).normal(size=shape)


# 14.1: the last real step


def last_states(hs, lengths):
    rows = np.arange(len(hs))
    return hs[rows, np.asarray(lengths) - 1]


def last_states_broken(hs, lengths):
    return hs[:, max(lengths) - 1]


LAST_CASES = [
    (draw(4, 6, 3, seed=1), np.array([2, 6, 1, 5])),
    (draw(3, 5, 2, seed=2), np.array([3, 1, 2])),
    (draw(1, 4, 4, seed=3), np.array([2])),
    (draw(5, 3, 1, seed=4), np.array([3, 3, 2, 1, 3])),
    (draw(12, 15, 2, seed=31), np.array([2, 15, 9, 1, 4, 12, 7, 3, 11, 5, 14, 8])),
]


def by_row(pick):
    """`last_states` that picks another step of each row: pick(row's length, all lengths)."""
    return lambda hs, lengths: np.stack(
        [row[pick(n, lengths)] for row, n in zip(hs, lengths, strict=True)]
    )


LAST_MISTAKES = {
    "every row gives its state at the last step of the longest row; find the end of each row.": (
        last_states_broken
    ),
    "every row gives its very last step, which is padding unless the row is full.": by_row(
        lambda n, lengths: -1
    ),
    "every row ends one step too late: a row of 3 steps has them at 0, 1 and 2.": by_row(
        lambda n, lengths: min(n, max(lengths) - 1)
    ),
    "every row ends one step too early.": by_row(lambda n, lengths: n - 2),
    "every row ends where the shortest does.": by_row(lambda n, lengths: min(lengths) - 1),
    "every row ends where the first does.": by_row(lambda n, lengths: lengths[0] - 1),
    "the steps are counted from the end of the row, where the padding is.": by_row(
        lambda n, lengths: -n
    ),
    "most rows end one step too late: a row of 3 steps has them at 0, 1 and 2.": (
        lambda hs, lengths: hs[np.arange(len(hs)), np.minimum(lengths, hs.shape[1] - 1)]
    ),
    "it takes every end from every row; beside each end, say which row it is of.": (
        lambda hs, lengths: hs[:, lengths - 1]
    ),
    "the rows have changed places.": lambda hs, lengths: last_states(hs, lengths)[::-1],
}


def explain_last(found, hs, lengths):
    row = first_wrong(found, last_states(hs, lengths))
    return f"with lengths {lengths.tolist()}, row {row} is not at its last real step."


# 14.2: a mean over real positions


def mean_loss(losses, lengths):
    positions = np.arange(losses.shape[1])  # (T,)
    mask = positions < np.asarray(lengths)[:, None]  # (B, T)
    return (losses * mask).sum() / mask.sum()


def mean_loss_broken(losses, lengths):
    positions = np.arange(losses.shape[1])  # (T,)
    mask = positions <= np.asarray(lengths)[:, None]  # (B, T)
    return (losses * mask).sum() / mask.sum()


LOSS_CASES = [
    (np.abs(draw(3, 5, seed=5)), np.array([2, 5, 1])),
    (np.abs(draw(2, 8, seed=6)), np.array([7, 3])),
    (np.abs(draw(4, 3, seed=7)), np.array([1, 1, 2, 3])),
    (np.abs(draw(1, 6, seed=8)), np.array([4])),
]


def real(losses, lengths):
    """The losses at the real positions of each row, a list of arrays."""
    return [row[:n] for row, n in zip(losses, lengths, strict=True)]


def real_sum(losses, lengths):
    return sum(row.sum() for row in real(losses, lengths))


LOSS_MISTAKES = {
    "one position too many per row is counted: with a length of 3, position 3 is padding.": (
        mean_loss_broken
    ),
    "one position of each row is left out.": lambda losses, lengths: np.concatenate(
        [row[:-1] for row in real(losses, lengths)]
    ).mean(),
    "the padding is counted with the rest.": lambda losses, lengths: losses.mean(),
    "the padding is left out of the sum, and the sum is divided by all positions.": (
        lambda losses, lengths: real_sum(losses, lengths) / losses.size
    ),
    "that is a mean of the rows' means, in which a short row weighs as much as a long one.": (
        lambda losses, lengths: np.mean([row.mean() for row in real(losses, lengths)])
    ),
    "that is the sum; divide it by the number of real positions.": real_sum,
    "the sum is right, and was divided by the number of rows.": lambda losses, lengths: (
        real_sum(losses, lengths) / len(losses)
    ),
    "the sum is right, and was divided as if every row were as long as the longest row.": (
        lambda losses, lengths: real_sum(losses, lengths) / (len(losses) * max(lengths))
    ),
    "that is the mean over the padding: the mask is reversed.": (
        lambda losses, lengths: np.concatenate(
            [row[n:] for row, n in zip(losses, lengths, strict=True)]
        ).mean()
    ),
    "one position too many per row is added up, and the sum is divided by the right number.": (
        lambda losses, lengths: real_sum(losses, lengths + 1) / sum(lengths)
    ),
}


def explain_loss(found, losses, lengths):
    if np.isnan(found):
        return "the result is nan, as the mean of nothing is."
    high = "high" if found > mean_loss(losses, lengths) else "low"
    return f"with lengths {lengths.tolist()} in rows of {losses.shape[1]}, it is too {high}."


# 14.3: sorted, and sorted back


def by_length(network, rows, lengths):
    order = np.argsort(lengths)[::-1]  # the longest first
    results = network(rows[order])
    back = np.argsort(order)  # where each row has gone
    return results[back]


def by_length_broken(network, rows, lengths):
    order = np.argsort(lengths)[::-1]  # the longest first
    results = network(rows[order])
    return results[order]


def sum_twice(rows):
    """A network that wants no particular order: (B, T) to (B, 2)."""
    return np.stack([rows.sum(axis=1), rows[:, 0]], axis=1)


def wants_sorted(rows):
    """A network that refuses rows that are not sorted: zeros fill them up."""
    lengths = (rows != 0).sum(axis=1)
    if (np.diff(lengths) > 0).any():
        raise Hint("the network wants the longest row first.")
    return sum_twice(rows)


def sort_case(lengths, T, seed):
    lengths = np.array(lengths)
    rows = draw(len(lengths), T, seed=seed) * (np.arange(T) < lengths[:, None])
    return wants_sorted, rows, lengths


SORT_CASES = [
    sort_case([2, 6, 3, 5, 1], 6, seed=9),
    sort_case([3, 4, 1, 2], 4, seed=10),
    sort_case([5, 1, 4, 2, 3, 6], 7, seed=11),
    sort_case([3], 3, seed=12),
]
TIED_CASES = [sort_case([2, 5, 2, 5, 1], 5, seed=100), sort_case([3, 3, 4, 3], 4, seed=101)]
SORT_MISTAKES = {
    "`order` says which row is at each position; to go back, find the position of each row.": (
        by_length_broken
    ),
    "the results stand in the sorted order: bring them back to the order of the rows.": (
        lambda network, rows, lengths: network(rows[np.argsort(lengths)[::-1]])
    ),
    "the results are in reverse order.": lambda network, rows, lengths: by_length(
        network, rows, lengths
    )[::-1],
    "the results are sorted by their values.": lambda network, rows, lengths: np.sort(
        by_length(network, rows, lengths), axis=0
    ),
}


def ask_sorted(function, network, rows, lengths):
    calls = []

    def watched(rows):
        calls.append(len(rows))
        return network(rows)

    found = ask_numbers(function, watched, rows, lengths)
    if max(calls, default=0) < len(rows):
        raise Hint("hand the network all rows in one call, sorted: row by row nothing is gained.")
    return found


def explain_sorted(found, network, rows, lengths):
    row = first_wrong(found, sum_twice(rows))
    return f"with lengths {lengths.tolist()}, row {row} gets a result that is not its own."


def explain_tied(found, network, rows, lengths):
    wrong = explain_sorted(found, network, rows, lengths).removesuffix(".")
    return f"{wrong}: two rows may be equally long, so a length does not tell which one it is."


judge_sorted = in_turn(
    function(
        lambda: SORT_CASES, by_length, explain_sorted, SORT_MISTAKES, ask_sorted, wanted="an array"
    ),
    function(lambda: TIED_CASES, by_length, explain_tied, ask=ask_sorted, wanted="an array"),
)


# 14.4: a long text in chunks


def read_text(step, chunks, state):
    outputs = []
    for chunk in chunks:
        output, state = step(chunk, state)
        outputs.append(output)
    return np.concatenate(outputs), state


def read_broken(step, chunks, state):
    outputs = []
    for chunk in chunks:
        output, new = step(chunk, state)
        outputs.append(output)
    return np.concatenate(outputs), new


def leaky_sum(chunk, state):
    """A network of one unit, (T,) and a number to (T,) and a number."""
    outputs = []
    for value in chunk:
        state = 0.5 * state + value
        outputs.append(state)
    return np.array(outputs), state


def soft_sum(chunk, state):
    """As `leaky_sum`, with outputs that are not its states."""
    states, state = leaky_sum(chunk, state)
    return np.tanh(states), state


READ_CASES = [
    (leaky_sum, [draw(n, seed=13 + i) for i, n in enumerate((4, 4, 4))], 0.3),
    (leaky_sum, [draw(n, seed=20 + i) for i, n in enumerate((2, 5, 1, 3))], -1.0),
    (leaky_sum, [draw(3, seed=30)], 2.0),
    (leaky_sum, [draw(n, seed=40 + i) for i, n in enumerate((1, 1, 1, 1, 1))], 0.5),
    (soft_sum, [draw(n, seed=45 + i) for i, n in enumerate((3, 2, 4))], 1.5),
    (leaky_sum, [draw(2, seed=150 + i) for i in range(12)], 0.7),
]


def read_with(
    step_on=lambda state, new, output: new,
    start=lambda state: state,
    end=lambda states, outputs: states[-1],
):
    """`read_text` that hands on another state, begins with another, or returns another."""

    def version(step, chunks, state):
        outputs, states, state = [], [state], start(state)
        for chunk in chunks:
            output, new = step(chunk, state)
            outputs.append(output)
            states.append(new)
            state = step_on(state, new, output)
        return np.concatenate(outputs), end(states, outputs)

    return version


READ_MISTAKES = {
    "every chunk begins with the state that was given for the first: hand the new one on.": (
        read_broken
    ),
    "every chunk after the first begins with zeros.": read_with(lambda state, new, output: 0.0),
    "the first chunk should begin with the state that was given.": read_with(
        start=lambda state: 0.0
    ),
    "the outputs are right, and the state that it returns is the old one.": read_with(
        end=lambda states, outputs: states[0]
    ),
    "the chunks are read from the last to the first.": lambda step, chunks, state: read_text(
        step, chunks[::-1], state
    ),
    "a network's last output need not be its state: hand on the second thing `step` returns.": (
        read_with(
            lambda state, new, output: output[-1], end=lambda states, outputs: outputs[-1][-1]
        )
    ),
    "the outputs are right; a last output need not be its state: return what `step` gives it.": (
        read_with(end=lambda states, outputs: outputs[-1][-1])
    ),
}


def ask_read(function, step, chunks, state):
    """The outputs and the state after them, as one array."""
    found = ask(function, step, chunks, state)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Hint("return two things, all outputs and the last state.")
    outputs, last = (array(part, "what the function returns") for part in found)
    wanted = sum(map(len, chunks))
    if outputs.shape == () and last.shape == (wanted,):
        raise Hint("return the outputs first, and then the last state.")
    if outputs.shape != (wanted,):
        raise Hint(f"{wanted} outputs were expected; their shape is {outputs.shape}.")
    if last.size != 1:
        raise Hint(f"return only the last state, one number here; its shape is {last.shape}.")
    return np.append(outputs, last)


def explain_read(found, step, chunks, state):
    right = ask_read(read_text, step, chunks, state)
    at = first_wrong(found, right)
    if at == len(right) - 1:
        return "the outputs are right, and the last state is not."
    return f"output {at} is the first that is wrong."


# 14.5: one mean for a text


def perplexity(batches):
    losses = np.concatenate(batches)
    return np.exp(losses.mean())


def perplexity_broken(batches):
    means = [batch.mean() for batch in batches]
    return np.exp(np.mean(means))


BATCHES = [
    ([np.abs(draw(n, seed=50 + i)) for i, n in enumerate((8, 8, 8, 2))],),
    ([np.abs(draw(n, seed=60 + i)) for i, n in enumerate((5, 1))],),
    ([np.abs(draw(n, seed=70 + i)) for i, n in enumerate((3, 9, 4))],),
    ([np.abs(draw(6, seed=80))],),
]


def of_all(measure):
    """What `measure` gives for the losses of all batches in one array, and for the batches."""
    return lambda batches: measure(np.concatenate(batches), batches)


PERPLEXITY_MISTAKES = {
    "a batch of two characters weighs as much as one of eight: take one mean over all of them.": (
        perplexity_broken
    ),
    "that is the mean of the batches' perplexities.": lambda batches: np.mean(
        [np.exp(batch.mean()) for batch in batches]
    ),
    "that is the mean of each character's perplexity: first the mean, then the exponential.": (
        of_all(lambda losses, batches: np.exp(losses).mean())
    ),
    "that is the mean loss; take its exponential.": of_all(lambda losses, batches: losses.mean()),
    "the losses are in nats, so the base is e.": of_all(lambda losses, batches: 2 ** losses.mean()),
    "the last batch is left out.": lambda batches: perplexity(batches[:-1] or batches),
    "the losses were added up and not divided by their number.": of_all(
        lambda losses, batches: np.exp(losses.sum())
    ),
    "the sum was divided as if each batch held as many losses as the first.": of_all(
        lambda losses, batches: np.exp(losses.sum() / (len(batches[0]) * len(batches)))
    ),
    "the sum of all losses was divided by the number of batches.": of_all(
        lambda losses, batches: np.exp(losses.sum() / len(batches))
    ),
    "the exponent has no minus: the losses are positive, and so is their mean.": of_all(
        lambda losses, batches: np.exp(-losses.mean())
    ),
}


def explain_perplexity(found, batches):
    if np.isnan(found):
        return "the result is nan, as the mean of nothing is."
    right = perplexity(batches)
    if any(np.isclose(found, np.round(right, digits)) for digits in (1, 2, 3)):
        return "that is near enough to be the right number after rounding; do not round it."
    high = "high" if found > right else "low"
    return f"for batches of {[batch.size for batch in batches]} losses, it is too {high}."


# 14.6: a test for leaks between rows


def leaks(read, x):
    before = read(x)
    for row in range(len(x)):
        other = x.copy()
        other[row] += 1
        moved = np.abs(read(other) - before).reshape(len(x), -1).max(axis=1)
        if np.delete(moved, row).max(initial=0) > 1e-6:
            return True
    return False


def healthy(x):
    return np.tanh(np.cumsum(x, axis=1))


def healthy_summary(x):
    return x.sum(axis=(1, 2))[:, None] / 10


def centred(x):
    """Each row loses the mean of all rows."""
    return x - x.mean(axis=0)


def batch_as_time(x):
    """Each row hears of those before it."""
    return np.tanh(np.cumsum(x, axis=0))


def upwards(x):
    """Each row hears of those after it, never of those before."""
    return np.cumsum(x[::-1], axis=0)[::-1].copy()  # PyTorch takes no array that runs backwards


def last_to_first(x):
    """The first row hears of the last, and only a little."""
    found = np.tanh(x)
    found[0] += 0.001 * x[-1]
    return found


def at_the_end(x):
    """Row 1 hears of row 2, in a single number at the last step."""
    found = np.cumsum(x, axis=1)
    if len(x) > 2:
        found[1, -1, 0] += 0.1 * x[2, 0, 0]
    return found


def late_and_early(x):
    """Row 2 hears at its first step of the last input of row 0; what it gives keeps its sum."""
    found = np.tanh(x)
    if len(x) > 2:
        found[2, 0, :2] += 0.1 * x[0, -1, -1] * np.array([1, -1])
    return found


def wrong_owner(x):
    """Every row gets what belongs to the next."""
    return np.roll(x, 1, axis=0)


LEAK_CASES = [
    (healthy, draw(4, 5, 2, seed=90), False),
    (healthy_summary, draw(3, 4, 2, seed=91), False),
    (centred, draw(4, 5, 2, seed=92), True),
    (batch_as_time, draw(4, 5, 2, seed=93), True),
    (upwards, draw(3, 4, 3, seed=94), True),
    (last_to_first, draw(5, 2, 2, seed=95), True),
    (at_the_end, draw(4, 3, 2, seed=96), True),
    (wrong_owner, draw(3, 3, 3, seed=97), True),
    (late_and_early, draw(4, 3, 2, seed=99), True),
    (healthy, draw(1, 4, 2, seed=98), False),
]


def is_yes_or_no(found):
    """Whether this is a boolean, of Python, or an array or a tensor that is one."""
    if isinstance(found, bool | np.bool_):
        return True
    return hasattr(found, "dtype") and np.ndim(found) == 0 and array(found).dtype == bool


def judge_leaks(answer):
    for read, x, leaking in LEAK_CASES:
        try:
            found = call(answer, read, x)
        except (ValueError, IndexError) as error:
            if len(x) > 1:
                raise
            said = first_reason(error)
            return f"with a batch of one row, in which there is no other, it stopped with {said}."
        if found is None or found is ...:
            return "the function returns nothing: return True or False."
        if not is_yes_or_no(found):
            return f"True or False was expected, not {type(found).__name__}."
        if bool(found) != leaking:
            name = f"the network `{read.__name__}`"
            if not leaking:
                return f"{name} is called leaking, and in it no row hears of another."
            return (
                f"{name} is called healthy, and in it {read.__doc__[0].lower()}{read.__doc__[1:]}"
            )
    return None


EXERCISES = {
    "14.1": Exercise(
        judge=function(
            lambda: LAST_CASES, last_states, explain_last, LAST_MISTAKES, wanted="an array"
        ),
        solutions={"": last_states},
    ),
    "14.2": Exercise(
        judge=function(
            lambda: LOSS_CASES, mean_loss, explain_loss, LOSS_MISTAKES, wanted="a number"
        ),
        solutions={"": mean_loss},
    ),
    "14.3": Exercise(judge=judge_sorted, solutions={"": by_length}),
    "14.4": Exercise(
        judge=function(lambda: READ_CASES, read_text, explain_read, READ_MISTAKES, ask_read),
        solutions={"": read_text},
    ),
    "14.5": Exercise(
        judge=function(
            lambda: BATCHES, perplexity, explain_perplexity, PERPLEXITY_MISTAKES, wanted="a number"
        ),
        solutions={"": perplexity},
    ),
    "14.6": Exercise(judge=judge_leaks, solutions={"": leaks}),
}
