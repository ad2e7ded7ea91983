"""What the formulas come to, worked out by the library's NumPy engine."""

import numpy as np

from rnnlib.functional import cross_entropy, softmax
from rnnlib.models import ModelConfig
from rnnlib.models.char_rnn import numpy_bptt

WORD, LETTERS = "doggo", "dgo"
WEIGHTS = {  # the first three are those of chapter 4
    "W_xh": [[0.5, -0.5], [1, 0.5], [-0.5, 1]],
    "W_hh": [[0.5, -0.5], [1, 0.8]],
    "b_h": [[0, 0.2]],
    "W_hy": [[-0.2, 0.4, 0.1], [0.3, 0.2, -0.1]],
    "b_y": [[0, 0, 0]],
}
RATE, MOVE, MARKED = 1, 0.01, ("W_hh", 1, 0)
CONFIG = ModelConfig(len(LETTERS), embed_size=len(LETTERS), hidden_size=2, dtype="float64")
START = np.zeros((1, 1, 2))  # the state of one layer for one text, of two units
IDS = np.array([[LETTERS.index(letter) for letter in WORD]])


def work_out(weights):
    """The loss with these weights, the rows of both ways, {name: (4, ...)}, and the gradients."""
    p = {name: np.array(value, dtype=float) for name, value in weights.items()}
    flat = p | {"b_h": p["b_h"][0], "b_y": p["b_y"][0], "embed": np.eye(3)}  # one-hot vectors
    layers, hs = numpy_bptt.forward(flat, CONFIG, IDS[:, :-1], START)
    loss, above, outer = numpy_bptt.output_loss(flat, hs, IDS[:, 1:])
    inner, before = numpy_bptt.backward(flat, CONFIG, IDS[:, :-1], layers, above, START)
    ((x, states),), h, above = layers, hs[0], above[0]
    x, states, later = x[0], states[0], np.vstack([before[0, 0, 1:], np.zeros(2)])
    z, y, slope = h @ p["W_hy"] + p["b_y"], np.eye(3)[IDS[0, 1:]], 1 - h**2
    rows = {"x": x, "from_x": x @ p["W_xh"], "from_h": states[:-1] @ p["W_hh"], "h": h, "z": z}
    rows |= {"a": rows["from_x"] + rows["from_h"] + p["b_h"], "p": softmax(z)}
    rows |= {"e": np.exp(z - z.max(axis=1, keepdims=True))}
    rows |= {"nats": cross_entropy(z, IDS[0, 1:])[:, None]}
    rows |= {"said": (rows["p"] * y).sum(axis=1, keepdims=True), "d_z": (rows["p"] - y) / 4}
    rows |= {"above": above, "later": later, "d_h": above + later, "slope": slope}
    rows["delta"] = rows["d_h"] * slope
    rows["share"] = (states[:-1, :, None] * rows["delta"][:, None]).reshape(4, 4)
    return loss, rows, {name: np.atleast_2d((inner | outer)[name]) for name in weights}


def move(weights, direction, rate):
    """The weights, moved so far in a direction."""
    return {name: np.array(w) + rate * np.array(direction[name]) for name, w in weights.items()}


def learn(rate, steps):
    """The loss before each of so many steps of gradient descent and after the last."""
    weights, losses = WEIGHTS, []
    for _ in range(steps):
        loss, _, grads = work_out(weights)
        weights = move(weights, grads, -rate)
        losses.append(loss)
    return [*losses, work_out(weights)[0]]
