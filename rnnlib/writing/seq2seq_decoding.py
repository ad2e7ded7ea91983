"""What an encoder and decoder writes: one symbol at a time, or several beginnings side by side.

A `model` is a Seq2Seq of rnnlib.models.seq2seq: it has encode, decode and a config with a mark.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnlib.checks import check_number, check_whole
from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike


@dataclass(frozen=True)
class Hypothesis:
    """What was written for one source: its ids (without the mark), how likely, and how it ended.

    `log_prob` is that of all its symbols, the closing mark included, in nats; `score` is what the
    search ranked it by; `ended` is False where it was cut off. `weights` (symbols, T) say where it
    looked, one row for each symbol and one for the mark, where they were asked for.
    """

    ids: tuple[int, ...]
    log_prob: float
    score: float
    ended: bool
    weights: Array | None = None


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
        found.append(Hypothesis(kept, total, total, ended, seen))
    return found


def beam_decode(
    model: Any, source: ArrayLike, most: int, beams: int, normalise: float = 0.0
) -> list[Hypothesis]:
    """The best ways to write one source (T,) that a search with `beams` beginnings finds.

    After each symbol only the `beams` likeliest beginnings are kept, and stepped as one batch.
    Those that the mark ends are ranked by their log probability divided by their number of symbols
    (the mark counts) to the power of `normalise`: 0 prefers short ones, 1 takes the mean. Best
    first, at most `beams`; what `most` symbols cut off stands behind all that ended. With one beam
    it is greedy. Wu et al. (2016).
    """
    check_whole("most", most)
    check_whole("beams", beams)
    check_number("normalise", normalise)
    source = np.asarray(source)
    memory, state = model.encode(source[None], [len(source)])
    mark, done = model.config.mark, []
    texts, totals, unread = np.zeros((1, 0), np.int64), np.zeros(1), np.full((1, 1), mark)
    for step in range(1, most + 1):
        logits, state, _ = model.decode(unread, state, memory.take(np.zeros(len(unread), int)))
        scores = totals[:, None] + log_softmax(logits[:, -1].astype(np.float64))
        best = np.argsort(-scores.ravel(), kind="stable")[:beams]
        rows, symbols = np.divmod(best, scores.shape[1])
        texts, totals = np.column_stack([texts[rows], symbols]), scores.ravel()[best]
        over = symbols == mark
        done += _rank(texts[over, :-1], totals[over], step, normalise, ended=True)
        texts, totals, state = texts[~over], totals[~over], state[rows[~over]]
        unread = texts[:, -1:]
        # no beginning can rise above its total divided by the largest divisor
        hope = totals.max(initial=-np.inf) / most**normalise
        if len(done) >= beams and hope <= sorted(w.score for w in done)[-beams]:
            break
        if not len(texts):
            break
    done.sort(key=lambda written: -written.score)
    return (done + _rank(texts, totals, texts.shape[1], normalise, ended=False))[:beams]


def _rank(texts, totals, steps, normalise, ended):
    """What was written in so many steps, each with its score."""
    return [
        Hypothesis(tuple(int(i) for i in ids), float(total), float(total) / steps**normalise, ended)
        for ids, total in zip(texts, totals, strict=True)
    ]
