"""Other right and wrong answers to the exercises of chapter 5."""

from itertools import count

import numpy as np

from exercises import Value
from exercises.chapter_05 import continue_text, continue_with, slide


def from_zeros(read):
    """A loop that reads so much again at every step, from a state of zeros."""
    return continue_with(read=read, carry=lambda step, before, after: before)


def one_by_one(model, ids, length):
    state = model.init_state(1)
    for i in ids:
        logits, state = model.forward(np.array([[i]]), state)
    written = [int(np.argmax(logits))]
    while len(written) < length:
        logits, state = model.forward(np.array([[written[-1]]]), state)
        written.append(int(np.argmax(logits)))
    return written


def torch_ids(model, ids, length):
    import torch

    ids, state, written = torch.tensor(ids)[None], model.init_state(1), []
    for _ in range(length):
        logits, state = model.forward(ids, state)
        ids = torch.tensor(logits)[:, -1:].argmax(-1)
        written.append(ids[0, 0])
    return torch.stack(written)


TORCH = """
import torch
from torch import nn

{first}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(29, 8)
        self.rnn = {rnn}
        self.out = {out}

    def forward(self, ids):
        hs, state = self.rnn(self.embed({ids}))
        return {end}


torch.manual_seed(0)
answer = Net()
"""


def torch_net(
    rnn="nn.RNN(8, 16, batch_first=True)",
    out="nn.Linear(16, 29)",
    end="self.out(hs)",
    ids="ids",
    first="",
    more="",
):
    return Value(TORCH.format(rnn=rnn, out=out, end=end, ids=ids, first=first) + more)


def keras_net(last='layers.Dense(29, activation="softmax")', rnn="16", layer="SimpleRNN"):
    last = f"{last}," if last else ""
    return Value(f"""
import keras
from keras import layers

keras.utils.set_random_seed(0)
answer = keras.Sequential([
    keras.Input((None,)),
    layers.Embedding(29, 8),
    layers.{layer}({rnn}, return_sequences=True),
    {last}
])
""")


def library(engine, dtype="float32", vocab=29, cell="rnn", more=""):
    return Value(f"""
from rnnlib import models
from rnnlib.models import ModelConfig

config = ModelConfig({vocab}, 8, 16, dtype="{dtype}", cell="{cell}")
answer = models.build(config, "{engine}")
{more}
""")


CELL_IN_A_LOOP = """
class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.RNNCell(8, 16)

    def forward(self, xs):
        h, hs = None, []
        for x in xs.transpose(0, 1):
            h = self.cell(x, h)
            hs.append(h)
        return torch.stack(hs, dim=1), h
"""
OWN_MATRICES = Value("""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        sizes = (29, 8), (8, 16), (16, 16), (16,), (16, 29), (29,)
        self.w = nn.ParameterList(nn.Parameter(torch.randn(s) / 4) for s in sizes)

    def forward(self, ids):
        embed, W_xh, W_hh, b_h, W_hy, b_y = self.w
        h, out = torch.zeros(len(ids), 16), []
        for t in range(ids.shape[1]):
            h = torch.tanh(embed[ids[:, t]] @ W_xh + h @ W_hh + b_h)
            out.append(h @ W_hy + b_y)
        return torch.stack(out, dim=1)


answer = Net()
""")


RNG, CALLS = np.random.default_rng(0), count()
TABLE = RNG.normal(size=(29, 29))
EMBED, W_XH, W_HH, W_HY = (RNG.normal(size=s) / 4 for s in ((29, 8), (8, 16), (16, 16), (16, 29)))


def by_hand(ids):
    """The network of the chapter without biases, as a function."""
    h, out = np.zeros((len(ids), 16)), []
    for t in range(ids.shape[1]):
        h = np.tanh(EMBED[ids[:, t]] @ W_XH + h @ W_HH)
        out.append(h @ W_HY)
    return np.stack(out, axis=1)


RIGHT = {
    "5.4": {"two digits": 2.42, "three digits": 2.425},
    "5.5": {
        "scores in Keras": keras_net("layers.Dense(29)"),
        "log-probabilities in Keras": keras_net('layers.Dense(29, activation="log_softmax")'),
        "one layer for each time step": keras_net("layers.TimeDistributed(layers.Dense(29))"),
        "a bare cell in Keras": keras_net(layer="RNN", rnn="layers.SimpleRNNCell(16)"),
        "probabilities in PyTorch": torch_net(end="self.out(hs).softmax(-1)"),
        "the axes of PyTorch's loss": torch_net(end="self.out(hs).transpose(1, 2)"),
        "time first": torch_net(end="self.out(hs).transpose(0, 1)"),
        "a cell in a loop": torch_net(rnn="Loop()", first=CELL_IN_A_LOOP),
        "matrices of one's own": OWN_MATRICES,
        "trained weights": library(
            "numpy", more="answer.set_params({n: 4 * v for n, v in answer.get_params().items()})"
        ),
        "float64": torch_net(more="answer = answer.double()"),
        "dropout, and in training": torch_net(
            rnn="nn.RNN(8, 16, batch_first=True)",
            end="nn.functional.dropout(self.out(hs), 0.5, self.training)",
            more="answer.train()",
        ),
        "a list of lists": torch_net(end="self.out(hs).tolist()"),
        "the library's, NumPy": library("numpy", "float64"),
        "the library's, Keras": library("keras"),
        "the library's, PyTorch": library("torch"),
        "by hand": by_hand,
    },
    "5.6": {
        "one character after the other": one_by_one,
        "a generator that reads the last one too": lambda model, ids, length: (
            new for new in continue_text(model, ids, length + 1)[:length]
        ),
        "PyTorch": torch_ids,
        "an array of one row": lambda *case: np.array([continue_text(*case)]),
    },
}
WRONG = {
    "5.1": {"rounded": (31000, "too small"), "one too many": (31074, "too large")},
    "5.3": {"half a character more": (2.5, "too large")},
    "5.4": {"rounded up": (2.43, "is close"), "short": (2.415, "is close")},
    "5.2": {
        "one length": (lambda w, n: np.c_[w[:, 1:5], n], "an array of shape"),
        "one number of texts": (
            lambda w, n: [[*w[i, 1:], n[i]] for i in range(3)],
            "out of bounds",
        ),
        "the first text only": (
            lambda w, n: np.vstack([slide(w, n)[:1], w[1:]]),
            "each other text",
        ),
        "the first id for all texts": (
            lambda w, n: slide(w, np.full_like(n, n[0])),
            "each other text",
        ),
        "right for small ids only": (lambda w, n: slide(w, n) % 29, "each other text"),
        "in words": (lambda windows, next_ids: "moved", "should hold numbers"),
        "with an axis too many": (lambda w, n: np.c_[w[:, 1:], n][None], "an array of shape"),
        "flat": (
            lambda windows, next_ids: np.append(windows[:, 1:], next_ids),
            "an array of shape",
        ),
        "16 bits": (lambda w, n: slide(w, n).astype("int16"), "among 9 texts"),
        "5 rows": (lambda w, n: np.vstack([slide(w, n)[:5], w[5:]]), "among 9 texts"),
        "10 characters": (lambda w, n: slide(w, n)[:, -10:], "an array of shape"),
    },
    "5.5": {
        "sigmoids": (keras_net('layers.Dense(29, activation="sigmoid")'), "not sigmoid"),
        "sigmoids in PyTorch": (torch_net(end="self.out(hs).sigmoid()"), "not sigmoid"),
        "an LSTM in Keras": (keras_net(layer="LSTM"), "2,325 numbers"),
        "a GRU in PyTorch": (torch_net(rnn="nn.GRU(8, 16, batch_first=True)"), "1,973 numbers"),
        "the library's, an LSTM": (library("numpy", cell="lstm"), "2,325 numbers"),
        "32 units": (keras_net(rnn="32"), "2,501 numbers"),
        "as many units as characters": (keras_net(rnn="29"), "2,204 numbers"),
        "no bias in the cell": (
            torch_net(rnn="nn.RNN(8, 16, batch_first=True, bias=False)"),
            "1,109 numbers",
        ),
        "a rectifier in the cell": (
            torch_net(rnn='nn.RNN(8, 16, batch_first=True, nonlinearity="relu")'),
            "give other scores",
        ),
        "no tanh in the cell": (keras_net(rnn="16, activation=None"), "give other scores"),
        "no layer for the scores": (keras_net(None, "29"), "behind a tanh"),
        "softmax of the state": (keras_net('layers.Activation("softmax")', "29"), "behind a tanh"),
        "no layer for the scores in PyTorch": (
            torch_net(rnn="nn.RNN(8, 29, batch_first=True)", end="hs"),
            "behind a tanh",
        ),
        "tanh of the scores": (torch_net(end="self.out(hs).tanh()"), "behind a tanh"),
        "cut off at zero": (torch_net(end="self.out(hs).relu()"), "cut off"),
        "the state": (torch_net(end="hs"), "16 numbers"),
        "another alphabet": (library("numpy", vocab=65), "65 numbers"),
        "the last step": (torch_net(end="self.out(hs[:, -1])"), "only one step"),
        "the last step at every step": (
            torch_net(end="self.out(hs[:, -1:]).expand(-1, ids.shape[1], -1)"),
            "comes after it",
        ),
        "both ways": (
            torch_net(rnn="nn.RNN(8, 8, batch_first=True, bidirectional=True)"),
            "comes after it",
        ),
        "batch and time swapped": (torch_net(rnn="nn.RNN(8, 16)"), "beside another text"),
        "states and scores": (torch_net(end="self.out(hs), state"), "several things"),
        "windows of seven": (torch_net(end="self.out(hs)[:, :7]"), "should give (2, 40, 29)"),
        "bigrams": (lambda ids: TABLE[ids], "recurrent layer is missing"),
        "trigrams": (
            lambda ids: TABLE[ids] + TABLE.T[np.c_[0 * ids[:, :1], ids[:, :-1]]],
            "a few steps before",
        ),
        "a state that is never reset": (
            lambda ids: np.cumsum(TABLE[ids], axis=1) + next(CALLS),
            "at the second call",
        ),
        "the class": (Value("import torch\nanswer = torch.nn.RNN"), "that is the class"),
        "all alike": (torch_net(end="0 * self.out(hs)"), "all the same"),
        "one step for each character": (lambda ids: np.zeros((len(ids), 29, 29)), "should give"),
        "a dictionary's class": (dict, "that is the class"),
        "10 steps": (torch_net(ids="ids[:, -10:]"), "should give (2, 40, 29)"),
    },
    "5.6": {
        "a window of four": (
            lambda model, ids, length: from_zeros(lambda ids, new: [*ids, new][-4:])(
                model, ids[-4:], length
            ),
            "should come",
        ),
        "no axis for the batch": (
            lambda model, ids, length: model.forward(np.array(ids), model.init_state(1)),
            "shape (1, T)",
        ),
        "the least likely": (
            continue_with(choose=lambda logits: logits[0, -1].argmin()),
            "should come",
        ),
        "one too many": (
            lambda model, ids, length: continue_text(model, ids, length + 1),
            "8 new ids",
        ),
        "floats": (
            lambda model, ids, length: continue_text(model, np.array(ids, float), length),
            "shape (1, T)",
        ),
        "the logits": (
            lambda model, ids, length: model.forward(np.array([ids]), model.init_state(1))[0],
            "8 new ids",
        ),
        "words": (lambda model, ids, length: "bcd", "should hold numbers"),
        "nothing": (lambda model, ids, length: None, "returns nothing"),
        "an argmax over the whole array": (
            continue_with(choose=np.argmax),
            "counts on past the last id",
        ),
        "all read again from zeros": (from_zeros(lambda ids, new: [*ids, new]), "read each once"),
        "the prompt in front": (
            lambda model, ids, length: [*ids, *continue_text(model, ids, length)],
            "in front of the new ids",
        ),
        "12 ids": (lambda m, i, n: continue_text(m, i, min(n, 12)), "20 new ids"),
        "a prompt of 5": (lambda m, i, n: continue_text(m, i[-5:], n), "after [2, 7"),
    },
}
