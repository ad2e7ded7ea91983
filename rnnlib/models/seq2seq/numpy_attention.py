"""Attention: a question to every state of the encoder at once, and the chain rule through it.

Shapes: B sequences, K questions in each, T states to look at, H numbers in a question, D in a
state. Everything is done for all K questions together.
"""

import numpy as np

from rnnlib.functional import softmax
from rnnlib.interface import Array


def attend(
    queries: Array,
    keys: Array,
    values: Array,
    mask: Array,
    kind: str,
    scale: float = 1.0,
    v: Array | None = None,
) -> tuple[Array, Array]:
    """Weights (B, K, T) that say how much each question looks where, and what it finds (B, K, D).

    queries (B, K, H), keys (B, T, H), values (B, T, D); mask (B, T) is False at padding, whose
    weight is 0. `kind` is "dot" (queries times keys, times `scale`; "scaled" is the same with
    another scale) or "additive" (tanh(query + key) times v). Raises ValueError for a row that is
    all padding. Bahdanau, Cho and Bengio (2015); Luong, Pham and Manning (2015).
    """
    mask = np.asarray(mask)
    if not mask.any(axis=1).all():
        row = int((~mask.any(axis=1)).argmax())
        raise ValueError(f"row {row} is all padding, so there is nothing to attend to. Drop it.")
    scores = score(queries, keys, kind, scale, v)
    weights = softmax(np.where(mask[:, None], scores, -np.inf))  # exp(-inf) is 0
    return weights, weights @ values


def score(
    queries: Array, keys: Array, kind: str, scale: float = 1.0, v: Array | None = None
) -> Array:
    """How well each key answers each question, (B, K, T), before the softmax."""
    if kind == "additive":
        return np.tanh(queries[:, :, None] + keys[:, None]) @ v
    return queries @ keys.swapaxes(1, 2) * scale


def attend_backward(
    d_found: Array,
    weights: Array,
    queries: Array,
    keys: Array,
    values: Array,
    kind: str,
    scale: float = 1.0,
    v: Array | None = None,
) -> tuple[Array, Array, Array, Array | None]:
    """The chain rule through `attend`: from d_found (B, K, D), dL of what was found.

    Returns the gradients of queries, keys, values and v (None but in additive attention).
    """
    d_weights = d_found @ values.swapaxes(1, 2)  # (B, K, T)
    d_values = weights.swapaxes(1, 2) @ d_found
    # softmax: each score gains what its weight gained beyond the average, by weight
    average = (weights * d_weights).sum(axis=-1, keepdims=True)
    d_scores = weights * (d_weights - average)  # 0 at padding, where the weight is 0
    if kind != "additive":
        d_scores = d_scores * scale
        return d_scores @ keys, d_scores.swapaxes(1, 2) @ queries, d_values, None
    u = np.tanh(queries[:, :, None] + keys[:, None])  # (B, K, T, H)
    da = d_scores[..., None] * v * (1 - u**2)
    return da.sum(axis=2), da.sum(axis=1), d_values, np.einsum("bkt,bkth->h", d_scores, u)
