"""How far back a network's past reaches: change one earlier character, see what it then expects.

Beside the gradient (`influence` in state_jacobians.py), which tells of small changes of the state,
this is what a change that can really happen does. Takes a CharRNN of any engine.
"""

from collections.abc import Sequence

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.probing.hidden_states import prepare


def kl(log_p: Array, log_q: Array) -> Array:
    """Kullback-Leibler divergence (...) in nats of log-probabilities (..., V): sum of p log(p/q).

    What it costs to expect q where p is true. Kullback and Leibler (1951).
    """
    return (np.exp(log_p) * (log_p - log_q)).sum(axis=-1)


def reach_by_replacing(
    model: Model, ids: ArrayLike, distances: Sequence[int], seed: int = 0
) -> Array:
    """What the character k back is worth: KL in nats (len(distances), B), for each of B contexts.

    ids (B, T) are read from zeros; then the k-th character from the end (1 is the last) is another
    one, drawn from those of the ids. The KL tells how far the prediction after the last character
    moves from what it was. Raises ValueError for a distance above T.
    """
    contexts, states, full = read_contexts(model, ids, distances)
    rng, found = np.random.default_rng(seed), []
    for k in distances:
        changed = contexts[:, -k:].copy()
        changed[:, 0] = draw_others(changed[:, 0], contexts.ravel(), rng)
        logits, _ = model.forward(changed, states[:, :, -k - 1])
        found.append(kl(full[:, -1], log_softmax(logits[:, -1].astype(np.float64))))
    return np.array(found)


def draw_others(ids: Array, among: Array, rng: np.random.Generator) -> Array:
    """For each id another one, drawn from `among` as often as it occurs there."""
    if (among == among[0]).all():
        raise ValueError(f"every id is {among[0]}; give a text with a second character.")
    others = rng.choice(among, len(ids))
    while (same := others == ids).any():
        others[same] = rng.choice(among, same.sum())
    return others


def read_contexts(
    model: Model, ids: ArrayLike, distances: Sequence[int]
) -> tuple[Array, Array, Array]:
    """ids (B, T), every state (L, B, T + 1, S) and log-probabilities (B, T, V)."""
    params, ids, state, _ = prepare(model, ids, None)
    if min(distances) < 1 or max(distances) > ids.shape[1] or ids.shape[1] < 2:
        raise ValueError(
            f"distances must lie between 1 and the {ids.shape[1]} characters of a context, at "
            f"least 2, not {list(distances)}."
        )
    layers, hs = numpy_bptt.forward(params, model.config, ids, state)
    logits = hs @ params["W_hy"] + params["b_y"]
    return ids, np.stack([s for _, s in layers]), log_softmax(logits.astype(np.float64))
