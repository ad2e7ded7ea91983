"""Other right and wrong answers to the exercises of chapter 5."""

import numpy as np

from exercises import Value
from exercises import chapter_05 as exercises


def in_place(windows, next_ids):
    windows[:, :-1], windows[:, -1] = windows[:, 1:].copy(), next_ids
    return windows


def rows(windows, next_ids):
    for row, new in zip(windows.tolist(), next_ids.tolist(), strict=True):
        yield [*row[1:], new]


def fixed_length(windows, next_ids):
    return np.column_stack([windows[:, 1:5], next_ids])


def fixed_batch(windows, next_ids):
    return np.array([[*windows[i, 1:], next_ids[i]] for i in range(3)])


def first_text_only(windows, next_ids):
    windows = windows.copy()
    windows[0] = [*windows[0, 1:], next_ids[0]]
    return windows


def one_id_for_all(windows, next_ids):
    return np.column_stack([windows[:, 1:], np.full(len(windows), next_ids[0])])


def keeps_ids_small(windows, next_ids):
    return np.column_stack([windows[:, 1:], next_ids]) % 29


def one_by_one(model, ids, length):
    state = model.init_state(1)
    for i in ids:
        logits, state = model.forward(np.array([[i]]), state)
    written = [int(np.argmax(logits))]
    while len(written) < length:
        logits, state = model.forward(np.array([[written[-1]]]), state)
        written.append(int(np.argmax(logits)))
    return written


def reads_the_last_too(model, ids, length):
    logits, state = model.forward(np.array(ids)[None], model.init_state(1))
    for _ in range(length):
        best = logits[:, -1:].argmax(axis=-1)
        yield int(best[0, 0])
        logits, state = model.forward(best, state)


def torch_ids(model, ids, length):
    import torch

    ids, state, written = torch.tensor(ids)[None], model.init_state(1), []
    for _ in range(length):
        logits, state = model.forward(ids, state)
        ids = torch.tensor(logits)[:, -1:].argmax(-1)
        written.append(ids[0, 0])
    return torch.stack(written)


def state_dropped(model, ids, length):
    logits, state = model.forward(np.array([ids]), model.init_state(1))
    for _ in range(length):
        best = logits[:, -1:].argmax(axis=-1)
        yield int(best[0, 0])
        logits, _ = model.forward(best, state)


def zeros_after_the_prompt(model, ids, length):
    state = model.init_state(1)
    logits, _ = model.forward(np.array([ids]), state)
    for _ in range(length):
        best = logits[:, -1:].argmax(axis=-1)
        yield int(best[0, 0])
        logits, state = model.forward(best, state)


def largest_of_all(model, ids, length):
    logits, state = model.forward(np.array([ids]), model.init_state(1))
    for _ in range(length):
        best = np.argmax(logits)
        yield best
        logits, state = model.forward(np.array([[best]]), state)


def slid_window(model, ids, length):
    window, state, written = np.array([ids]), model.init_state(1), []
    for _ in range(length):
        logits, state = model.forward(window, state)
        written.append(int(logits[0, -1].argmax()))
        window = np.append(window[:, 1:], [written[-1:]], axis=1)
    return written


def one_row(model, ids, length):
    logits, state = model.forward(np.array([ids]), model.init_state(1))
    written = np.zeros((1, length), int)
    for t in range(length):
        written[:, t] = logits[:, -1].argmax(axis=-1)
        if t + 1 < length:
            logits, state = model.forward(written[:, t : t + 1], state)
    return written


def window_of_four(model, ids, length):
    ids, written = list(ids), []
    for _ in range(length):
        logits, _ = model.forward(np.array([ids[-4:]]), model.init_state(1))
        ids.append(int(logits[0, -1].argmax()))
        written.append(ids[-1])
    return written


def without_an_axis(model, ids, length):
    return model.forward(np.array(ids), model.init_state(1))


def least_likely(model, ids, length):
    state, written = model.init_state(1), []
    for _ in range(length):
        logits, state = model.forward(np.array([ids]), state)
        ids = [int(logits[0, -1].argmin())]
        written += ids
    return written


def one_too_many(model, ids, length):
    return one_by_one(model, ids, length + 1)


def floats_go_in(model, ids, length):
    return model.forward(np.array([ids], float), model.init_state(1))


def the_logits(model, ids, length):
    return model.forward(np.array([ids]), model.init_state(1))[0]


TORCH = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(29, 8)
        self.rnn = {rnn}
        self.out = {out}

    def forward(self, ids):
        hs, state = self.rnn(self.embed(ids))
        return {end}


torch.manual_seed(0)
answer = Net()
"""


def torch_net(
    rnn="nn.RNN(8, 16, batch_first=True)", out="nn.Linear(16, 29)", end="self.out(hs)", more=""
):
    return Value(TORCH.format(rnn=rnn, out=out, end=end) + more)


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


CELL_IN_A_LOOP = Value("""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(16, 29)
        self.cell = nn.RNNCell(8, 16)
        self.embed = nn.Embedding(29, 8)

    def forward(self, ids):
        h, out = None, []
        for x in self.embed(ids).transpose(0, 1):
            h = self.cell(x, h)
            out.append(self.out(h))
        return torch.stack(out, dim=1)


torch.manual_seed(0)
answer = Net()
""")
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
BY_HAND = Value("""
class ByHand:
    def __init__(self):
        rng = np.random.default_rng(0)
        sizes = (29, 8), (8, 16), (16, 16), (16, 29)
        self.embed, self.W_xh, self.W_hh, self.W_hy = (rng.normal(size=s) / 4 for s in sizes)

    def __call__(self, ids):
        h, out = 0, []
        for t in range(ids.shape[1]):
            h = np.tanh(self.embed[ids[:, t]] @ self.W_xh + h @ self.W_hh if t else
                        self.embed[ids[:, t]] @ self.W_xh)
            out.append(h @ self.W_hy)
        return np.stack(out, axis=1)


answer = ByHand()
""")
BIGRAMS = Value("""
table = np.random.default_rng(0).normal(size=(29, 29))


def answer(ids):
    return table[ids]
""")
TWO_BACK = Value("""
table = np.random.default_rng(0).normal(size=(29, 29))


def answer(ids):
    before = np.concatenate([0 * ids[:, :1], ids[:, :-1]], axis=1)
    return table[ids] + table.T[before]
""")
STATEFUL = Value("""
rng = np.random.default_rng(0)
table, kept = rng.normal(size=(29, 29)), []


def answer(ids):
    kept.append(ids)
    return np.cumsum(table[ids], axis=1) + len(kept)
""")

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
        "a cell in a loop": CELL_IN_A_LOOP,
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
        "by hand": BY_HAND,
    },
    "5.6": {
        "one character after the other": one_by_one,
        "a generator that reads the last one too": reads_the_last_too,
        "PyTorch": torch_ids,
        "an array of one row": one_row,
    },
}
WRONG = {
    "5.1": {
        "the embedding forgotten": (31073 - 65 * 32, "too small"),
        "as a string": ("31,073", "a single number"),
        "each part": ((2080, 20608, 8385), "a single number"),
        "rounded": (31000, "too small"),
        "one too many": (31074, "too large"),
    },
    "5.2": {
        "one length": (fixed_length, "keep that shape"),
        "one number of texts": (fixed_batch, "out of bounds"),
        "the first text only": (first_text_only, "each other text"),
        "the first id for all texts": (one_id_for_all, "each other text"),
        "in place": (in_place, "changes what it was given"),
        "right for small ids only": (keeps_ids_small, "each other text"),
        "in words": (lambda windows, next_ids: "moved", "should hold numbers"),
        "with an axis too many": (lambda w, n: np.c_[w[:, 1:], n][None], "keep that shape"),
        "flat": (
            lambda windows, next_ids: np.append(windows[:, 1:], next_ids),
            "should keep that shape",
        ),
    },
    "5.3": {
        "nothing": (0, "too small"),
        "half a character more": (2.5, "too large"),
        "a list": ([2], "a single number"),
        "a word": ("two", "a single number"),
        "most of the window": (9, "too large"),
    },
    "5.4": {"not enough": (2.3, "too small")},
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
        "bigrams": (BIGRAMS, "recurrent layer is missing"),
        "trigrams": (TWO_BACK, "a few steps before"),
        "a state that is never reset": (STATEFUL, "at the second call"),
        "the class": (Value("import torch\nanswer = torch.nn.RNN"), "that is the class"),
        "all alike": (torch_net(end="0 * self.out(hs)"), "all the same"),
        "one step for each character": (lambda ids: np.zeros((len(ids), 29, 29)), "should give"),
        "a dictionary's class": (dict, "that is the class"),
    },
    "5.6": {
        "a window of four": (window_of_four, "should come"),
        "no axis for the batch": (without_an_axis, "shape (1, T)"),
        "the least likely": (least_likely, "should come"),
        "one too many": (one_too_many, "8 new ids"),
        "floats": (floats_go_in, "shape (1, T)"),
        "the logits": (the_logits, "8 new ids"),
        "words": (lambda model, ids, length: "bcd", "should hold numbers"),
        "nothing": (lambda model, ids, length: None, "returns nothing"),
        "the state never handed on": (state_dropped, "that of the prompt"),
        "from zeros after the prompt": (zeros_after_the_prompt, "the prompt is forgotten"),
        "an argmax over the whole array": (largest_of_all, "counts on past the last id"),
        "a window that slides": (slid_window, "the whole window"),
        "all read again from zeros": (exercises.from_zeros, "read each once"),
        "the prompt in front": (exercises.prompt_in_front, "in front of the new ids"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["5.2"] |= {
    "16 bits": (lambda w, n: exercises.slide(w, n).astype("int16"), "among 9 texts"),
    "5 rows": (lambda w, n: np.vstack([exercises.slide(w, n)[:5], w[5:]]), "among 9 texts"),
    "10 characters": (lambda w, n: exercises.slide(w, n)[:, -10:], "should keep that shape"),
}
WRONG["5.4"] |= {"rounded up": (2.43, "too large"), "short": (2.415, "too small")}
WRONG["5.5"] |= {
    "10 steps": (
        Value("""
            import torch
            from torch import nn


            class LastTen(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.embed = nn.Embedding(29, 8)
                    self.rnn = nn.RNN(8, 16, batch_first=True)
                    self.out = nn.Linear(16, 29)

                def forward(self, ids):
                    return self.out(self.rnn(self.embed(ids[:, -10:]))[0])


            answer = LastTen()
            """),
        "should give (2, 40, 29)",
    )
}
WRONG["5.6"] |= {
    "12 ids": (lambda m, i, n: exercises.continue_text(m, i, min(n, 12)), "20 new ids"),
    "a prompt of 5": (lambda m, i, n: exercises.continue_text(m, i[-5:], n), "after [2, 7"),
}
