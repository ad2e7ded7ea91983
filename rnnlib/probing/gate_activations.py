"""The gates of a trained cell, at every step."""

from rnnlib.checks import check_whole
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.models.char_rnn.numpy_cells import gru_gates, lstm_gates
from rnnlib.models.parts import BLOCKS
from rnnlib.probing.hidden_states import prepare


def gates(
    model: Model, ids: ArrayLike, layer: int = 0, state: ArrayLike | None = None
) -> dict[str, Array]:
    """Every gate of a GRU or an LSTM at every step, {letter: (B, T, H)}, and the candidate g.

    The letters are those of parts.py: z, r, g or i, f, g, o. ids (B, T) are read from `state`,
    zeros unless given. Raises ValueError for a plain cell, which has none, and for no such layer.
    """
    config = model.config
    if config.cell == "rnn":
        raise ValueError("a plain cell has no gates. Ask a model whose cell is 'gru' or 'lstm'.")
    if check_whole("layer", layer, least=0) >= config.num_layers:
        raise ValueError(f"layer must be below {config.num_layers}, not {layer!r}. Count from 0.")
    params, ids, state, _ = prepare(model, ids, state)
    xs, states = numpy_bptt.forward(params, config, ids, state)[0][layer]
    open_gates = gru_gates if config.cell == "gru" else lstm_gates
    h_prev = states[:, :-1, : config.hidden_size]
    found = open_gates(xs, h_prev, **config.layers()[layer].weights(params))
    return dict(zip(BLOCKS[config.cell], found, strict=False))
