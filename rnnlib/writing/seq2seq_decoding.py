"""What an encoder and decoder writes, one symbol at a time.

A `model` is a Seq2Seq of rnnlib.models.seq2seq: it has encode, decode and a config with a mark.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike


@dataclass(frozen=True)
class Hypothesis:
    """What was written for one source: its ids (without the mark), how likely, and how it ended.

    `log_prob` is that of all its symbols, the closing mark included, in nats; `ended` is False
    where it was cut off. `weights` say where it looked: a row (T,) for each symbol and the mark.
    """

    ids: tuple[int, ...]
    log_prob: float
    ended: bool
    weights: Array


def greedy_decode(
    model: Any, sources: ArrayLike, lengths: ArrayLike, most: int
) -> list[Hypothesis]:
    """For each source (B, T) the symbols that are likeliest one by one, until the mark.

    All rows are written side by side, at most `most` symbols each, the mark included.
    """
    check_whole("most", most)
    memory, state = model.encode(sources, lengths)
    rows, mark = len(memory.lengths), model.config.mark
    unread, chosen, gains, looks = np.full((rows, 1), mark), [], [], []
    for _ in range(most):
        logits, state, weights = model.decode(unread, state, memory)
        log_probs = log_softmax(logits[:, -1].astype(np.float64))
        unread = log_probs.argmax(axis=-1)[:, None]
        chosen.append(unread[:, 0])
        gains.append(log_probs.max(axis=-1))
        looks.append(weights[:, -1])
        if (np.array(chosen) == mark).any(axis=0).all():
            break
    found = []
    for row, ids in enumerate(np.array(chosen).T):
        ended = bool((ids == mark).any())
        steps = int(ids.argmax()) + 1 if ended else len(ids)  # the mark has the highest id
        total = float(np.array(gains)[:steps, row].sum())
        length = memory.lengths[row]
        seen = np.array(looks)[:steps, row, :length]
        kept = tuple(int(i) for i in ids[: steps - ended])
        found.append(Hypothesis(kept, total, ended, seen))
    return found
