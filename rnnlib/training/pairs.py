"""Training an encoder and decoder on pairs, reading the truth or what it wrote itself.

Shapes: B pairs in a batch, T source symbols, U target symbols.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnlib.checks import check_number, check_whole
from rnnlib.models.update import Update
from rnnlib.text.padding import make_buckets, make_mask, pad
from rnnlib.training.loop import Callback, train
from rnnlib.training.schedule import Schedule

Rows = Sequence[np.ndarray]


def fit_pairs(
    model: Any,
    sources: Rows,
    targets: Rows,
    steps: int,
    batch_size: int = 64,
    rate: float = 3e-3,
    seed: int = 0,
    own_share: Callable[[int], float] | float = 0.0,
    callbacks: Sequence[Callback] = (),
) -> list[float]:
    """Train for `steps` batches of pairs; the loss of each step, in nats per symbol.

    Sources and targets are ids, one array (T,) and (U,) a pair. Batches hold pairs of similar
    length. The rate falls from `rate` to 0 along a cosine, under 5 % of warm-up. `own_share` is the
    share of symbols that the decoder reads from its own writing instead of the truth, a number or a
    function of the step: scheduled sampling (Bengio et al., 2015). `callbacks` are called after
    every step, as by loop.train. Raises ValueError for what does not fit, and when the loss stops
    being a number. Chapter 17.
    """
    schedule = Schedule(check_whole("steps", steps), rate, warmup=0.05, overlap=True)
    if len(sources) != len(targets):
        raise ValueError(f"there are {len(sources)} sources and {len(targets)} targets.")

    def draw_batches():
        rng, waiting = np.random.default_rng(seed), []
        lengths = [len(source) for source in sources]
        for step in range(steps):
            waiting = waiting or make_buckets(lengths, batch_size, rng)
            rows = waiting.pop()
            batch = (*pad([sources[row] for row in rows]), *pad([targets[row] for row in rows]))
            share = own_share(step) if callable(own_share) else own_share
            yield *batch, _read_own(model, *batch, share, rng) if share else None

    def train_step(sources, lengths, targets, target_lengths, reads, update):
        return model.train_step(sources, lengths, targets, target_lengths, update, reads=reads)

    update = Update(rate, clip_norm=1.0)
    return train(model, draw_batches(), update, schedule, callbacks, train_step=train_step).losses


def _read_own(model, sources, lengths, targets, target_lengths, share, rng):
    """The targets (B, U) with a share of the symbols replaced by what the model wrote there.

    It writes symbol by symbol, draws each from its own probabilities, and reads on from what stands
    in the result, so its mistakes lead to others. What is returned goes into `reads`; the gradient
    of a step does not pass through the drawing. Chapter 17.
    """
    check_number("share", share)
    memory, state = model.encode(sources, lengths)
    targets = np.where(make_mask(target_lengths, np.shape(targets)[1]), targets, 0)
    found, unread = targets.copy(), np.full((len(targets), 1), model.config.mark)
    own = rng.random(targets.shape) < share
    for place in range(targets.shape[1]):
        logits, state, _ = model.decode(unread, state, memory)
        drawn = (logits[:, -1] + rng.gumbel(size=logits[:, -1].shape)).argmax(axis=-1)
        found[:, place] = np.where(own[:, place], drawn, found[:, place])
        unread = found[:, place : place + 1]
    return found
