"""How far back its past still acts in a trained model.

Every function takes a CharRNN of any engine, reads its parameters, and computes with NumPy.
"""

import numpy as np

from rnnlib.checks import check_ids
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.probing.hidden_states import prepare


def influence(
    model: Model, ids: ArrayLike, targets: ArrayLike, state: ArrayLike | None = None
) -> Array:
    """How strongly each earlier state acts on the loss at the last step.

    ids (B, T) are read from `state`, zeros unless given; targets (B,) come after them. Returns
    norms (T,): number k - 1 is the norm of dL/d(state k steps before the end), over all layers, L
    in nats, averaged over the B sequences. Hochreiter (1991); Pascanu et al. (2013). Raises
    ValueError as loss_and_grads does.
    """
    answers = check_ids(targets, model.config.vocab_size)
    answers = answers[:, None] if answers.ndim == 1 else answers
    if answers.shape[1:] != (1,):
        raise ValueError(
            f"targets must have the shape (B,), one for a sequence, not {answers.shape}."
        )
    params, ids, state, answers = prepare(model, ids, state, answers)
    layers, hs = numpy_bptt.forward(params, model.config, ids, state)
    _, dhs, _ = numpy_bptt.output_loss(params, hs, answers)
    _, before = numpy_bptt.backward(
        params, model.config, ids, layers, dhs * len(ids), np.zeros_like(state)
    )
    return np.sqrt((before**2).sum(axis=(0, 3))).mean(axis=0)[::-1]  # (T,), the latest first


def jacobians(model: Model, ids: ArrayLike, state: ArrayLike | None = None) -> Array:
    """The Jacobian of the last state for each earlier one, while one sequence is read.

    ids (T,) are read from `state` (num_layers, 1, S), zeros unless given. Returns (T, N, N) with N
    = num_layers * S: entry [k - 1, i, j] is d(number i of the last state) / d(number j of the state
    k steps before). It is the product of k Jacobians of one step.
    """
    config = model.config
    ids = check_ids(ids, config.vocab_size)[None]
    params, ids, state, _ = prepare(model, ids, state)
    layers, hs = numpy_bptt.forward(params, config, ids, state)
    N = config.num_layers * config.state_size
    rows = [(np.repeat(xs, N, axis=0), np.repeat(states, N, axis=0)) for xs, states in layers]
    start = np.eye(N, dtype=config.dtype).reshape(N, config.num_layers, -1).swapaxes(0, 1)
    nothing = np.zeros_like(np.repeat(hs, N, axis=0))
    _, before = numpy_bptt.backward(params, config, np.repeat(ids, N, axis=0), rows, nothing, start)
    return before.transpose(2, 1, 0, 3).reshape(ids.shape[1], N, N)[::-1]
