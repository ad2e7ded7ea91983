"""Models in PyTorch: sound ones, and the same with one bug each."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tests.checkup import data
from tests.checkup.data import H, V


class Reader(nn.Module):
    """Embedding, one recurrent layer, scores; what is otherwise is told by keywords."""

    def __init__(self, cell=nn.GRU, inputs=None, outputs=V, **layer):
        super().__init__()
        layer = {"batch_first": True} | layer
        self.embed = nn.Linear(inputs, 7) if inputs else nn.Embedding(V, 7)
        self.rnn = cell(7, H, **layer)
        self.out = nn.Linear(H * (2 if layer.get("bidirectional") else 1), outputs)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])


class Last(Reader):
    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0][:, -1])


class WithState(Reader):
    def forward(self, x, hidden=None):
        hs, hidden = self.rnn(self.embed(x), hidden)
        return self.out(hs), hidden


class NeedsState(WithState):
    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, H)

    def forward(self, x, hidden):
        return super().forward(x, hidden)


class BothEnds(Reader):
    def __init__(self, **more):
        super().__init__(bidirectional=True, outputs=4, **more)

    def forward(self, x):
        h = self.rnn(self.embed(x))[1]
        return self.out(torch.cat([h[-2], h[-1]], dim=-1))


class Packed(Reader):
    def __init__(self):
        super().__init__(nn.LSTM, outputs=4)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(
            self.embed(x), lengths, batch_first=True, enforce_sorted=False
        )
        return self.out(self.rnn(packed)[1][0][-1])


class PackedSteps(Reader):
    def __init__(self):
        super().__init__(bidirectional=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embed(x), lengths, batch_first=True)
        hs, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=x.shape[1])
        return self.out(hs)


class Attention(Reader):
    def __init__(self):
        super().__init__(nn.LSTM)
        self.join = nn.Linear(2 * H, H)

    def forward(self, x):
        hs = self.rnn(self.embed(x))[0]
        scores = hs @ hs.transpose(1, 2) / H**0.5
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        past = scores.masked_fill(later, -torch.inf).softmax(-1) @ hs
        return self.out(torch.tanh(self.join(torch.cat([hs, past], -1))))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, H)
        self.rnn = nn.LSTM(H, H, batch_first=True)
        self.out = nn.Linear(H, V)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])


class Stateful(Reader):
    def __init__(self):
        super().__init__()
        self.state = None

    def reset(self):
        self.state = None

    def forward(self, x):
        hs, state = self.rnn(self.embed(x), self.state)
        self.state = state.detach()
        return self.out(hs)


class ByHand(nn.Module):
    """A cell written out, as in a lecture."""

    def __init__(self, squash=torch.tanh, carry=lambda h: h):
        super().__init__()
        self.x, self.h, self.out = nn.Linear(V, H), nn.Linear(H, H), nn.Linear(H, V)
        self.squash, self.carry = squash, carry

    def forward(self, ids):
        h, scores = torch.zeros(len(ids), H), []
        for t in range(ids.shape[1]):
            h = self.carry(h)
            h = self.squash(self.x(F.one_hot(ids[:, t], V).float()) + self.h(h))
            scores.append(self.out(h))
        return torch.stack(scores, dim=1)


class Embedded(ByHand):
    def __init__(self, **more):
        super().__init__(**more)
        self.embed = nn.Embedding(V, V)

    def forward(self, ids):
        h, scores = torch.zeros(len(ids), H), []
        for t in range(ids.shape[1]):
            h = self.squash(self.x(self.embed(ids[:, t])) + self.h(self.carry(h)))
            scores.append(self.out(h))
        return torch.stack(scores, dim=1)


class Flat(Reader):
    def forward(self, x):
        return super().forward(x).reshape(-1, V)


class ClassesSecond(Reader):
    def forward(self, x):
        return super().forward(x).transpose(1, 2)


class LogProbabilities(Reader):
    def forward(self, x):
        return super().forward(x).log_softmax(-1)


class ZeroStart(Reader):
    def __init__(self):
        super().__init__()
        nn.init.zeros_(self.out.weight)


class Dropped(Reader):
    def __init__(self):
        super().__init__(nn.LSTM, num_layers=2, dropout=0.3)
        self.drop = nn.Dropout(0.4)

    def forward(self, x):
        return self.out(self.drop(self.rnn(self.embed(x))[0]))


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, 7)
        self.encoder, self.decoder = (nn.GRU(7, H, batch_first=True) for _ in range(2))
        self.out = nn.Linear(H, V)

    def forward(self, source, target):
        state = self.encoder(self.embed(source))[1]
        return self.out(self.decoder(self.embed(target), state)[0])


class Squeezed(Last):
    def __init__(self):
        super().__init__(outputs=1)

    def forward(self, x):
        return super().forward(x).squeeze(-1)


def mean_of_real(output, y):
    losses = F.cross_entropy(output.transpose(1, 2), y, reduction="none")
    return (losses * (y != 0)).sum() / (y != 0).sum()


SOURCE = np.random.default_rng(3).integers(0, V, (data.B, 5))
HEALTHY = {
    "plain": lambda: (Reader(nn.RNN), data.NEXT, {}),
    "lstm": lambda: (Reader(nn.LSTM), data.NEXT, {"loss": nn.CrossEntropyLoss()}),
    "two layers": lambda: (Reader(nn.GRU, num_layers=2), data.NEXT, {}),
    "dropout": lambda: (Dropped(), data.NEXT, {}),
    "tagger": lambda: (Reader(nn.LSTM, bidirectional=True), data.TAGS, {}),
    "both ends": lambda: (BothEnds(), data.LABEL, {}),
    "packed": lambda: (Packed(), data.PADDED_LABEL, {"lengths": data.LENGTHS, "padding_id": 0}),
    "packed, lengths among the inputs": lambda: (
        Packed(),
        ((data.PADDED, data.LENGTHS), data.WORDS),
        {"lengths": data.LENGTHS},
    ),
    "packed tagger": lambda: (
        PackedSteps(),
        (data.PADDED, (data.PADDED * 2) % V),
        {"lengths": data.LENGTHS},
    ),
    "masked loss": lambda: (
        Reader(),
        data.PADDED_NEXT,
        {"loss": nn.CrossEntropyLoss(ignore_index=0), "padding_id": 0},
    ),
    "masked loss by hand": lambda: (
        Reader(),
        data.PADDED_NEXT,
        {"loss": mean_of_real, "padding_id": 0},
    ),
    "attention": lambda: (Attention(), data.NEXT, {}),
    "tied": lambda: (Tied(), data.NEXT, {}),
    "stateful": lambda: (Stateful(), data.NEXT, {}),
    "with state": lambda: (WithState(), data.NEXT, {}),
    "needs a state": lambda: (NeedsState(), data.NEXT, {}),
    "by hand": lambda: (ByHand(), data.NEXT, {}),
    "by hand, embedded": lambda: (Embedded(), data.NEXT, {}),
    "flat": lambda: (Flat(), data.NEXT, {}),
    "flat targets": lambda: (Flat(), (data.NEXT[0], data.NEXT[1].ravel()), {}),
    "classes second": lambda: (ClassesSecond(), data.NEXT, {"loss": nn.CrossEntropyLoss()}),
    "nll": lambda: (LogProbabilities(), data.NEXT, {"loss": nn.NLLLoss()}),
    "zero start": lambda: (ZeroStart(), data.NEXT, {}),
    "classes": lambda: (Last(nn.LSTM, outputs=4), data.LABEL, {}),
    "one-hot": lambda: (Reader(inputs=V), data.ONE_HOT, {}),
    "forecast": lambda: (Last(inputs=data.F, outputs=1), data.FORECAST, {"loss": nn.MSELoss()}),
    "forecast, squeezed": lambda: (
        Squeezed(),
        (data.NEXT[0], data.FORECAST[1][:, 0].astype("float32")),
        {},
    ),
    "series": lambda: (Reader(inputs=1, outputs=1), data.NEXT_VALUE, {"loss": nn.MSELoss()}),
    "binary": lambda: (Last(outputs=1), data.BINARY, {}),
    "time first": lambda: (
        Reader(batch_first=False),
        tuple(a.T for a in data.NEXT),
        {"batch_first": False},
    ),
    "encoder and decoder": lambda: (Seq2Seq(), ((SOURCE, data.NEXT[0]), data.NEXT[1]), {}),
    "sum": lambda: (Reader(), data.NEXT, {"loss": nn.CrossEntropyLoss(reduction="sum")}),
    "smooth": lambda: (Reader(), data.NEXT, {"loss": nn.CrossEntropyLoss(label_smoothing=0.1)}),
    "weights": lambda: (
        Reader(),
        data.NEXT,
        {"loss": nn.CrossEntropyLoss(weight=torch.linspace(0.5, 2, V))},
    ),
}


class OneAnswer(Reader):
    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0][:, -1])


class HiddenReshaped(Reader):
    """The last states of two layers, reshaped as if the batch were first."""

    def __init__(self):
        super().__init__(num_layers=2)
        self.out = nn.Linear(2 * H, 4)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[1].reshape(len(x), -1))


class Viewed(Reader):
    """A layer that wants time first, and a view in place of a transpose."""

    def forward(self, x):
        B, T = x.shape
        hs = self.rnn(self.embed(x).view(T, B, -1))[0]
        return self.out(hs.reshape(B, T, -1))


class LastOfTwo(Reader):
    def __init__(self):
        super().__init__(nn.LSTM, bidirectional=True, outputs=4)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0][:, -1])


class FirstLayer(Reader):
    def __init__(self):
        super().__init__(nn.LSTM, num_layers=2, outputs=4)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[1][0][0])


class FirstStep(Reader):
    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0][:, 0])


class Softmaxed(Reader):
    def __init__(self, dim=-1, **more):
        super().__init__(**more)
        self.dim = dim

    def forward(self, x):
        return super().forward(x).softmax(self.dim)


class Remembering(Reader):
    """Keeps its state from call to call, without a word."""

    keep = staticmethod(torch.Tensor.detach)

    def __init__(self):
        super().__init__()
        self.h = None

    def forward(self, x):
        hs, h = self.rnn(self.embed(x), self.h)
        self.h = self.keep(h)
        return self.out(hs)


class Undetached(Stateful):
    def forward(self, x):
        hs, self.state = self.rnn(self.embed(x), self.state)
        return self.out(hs)


class Forgetful(ByHand):
    def forward(self, ids):
        scores = []
        for t in range(ids.shape[1]):
            h = torch.zeros(len(ids), H)
            scores.append(self.out(torch.tanh(self.x(F.one_hot(ids[:, t], V).float()) + self.h(h))))
        return torch.stack(scores, dim=1)


class FixedSize(Reader):
    def __init__(self):
        super().__init__()
        self.h = torch.zeros(1, data.B, H)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x), self.h)[0])


class RandomStart(Reader):
    def forward(self, x):
        return self.out(self.rnn(self.embed(x), torch.randn(1, len(x), H))[0])


class DropoutOn(Reader):
    def forward(self, x):
        return self.out(F.dropout(self.rnn(self.embed(x))[0], 0.5))


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, H)
        self.layers = [nn.GRU(H, H, batch_first=True) for _ in range(2)]
        self.out = nn.Linear(H, V)

    def forward(self, x):
        x = self.embed(x)
        for layer in self.layers:
            x, _ = layer(x)
        return self.out(x)


class NoGradient(Reader):
    def forward(self, x):
        with torch.no_grad():
            hs = self.rnn(self.embed(x))[0]
        return self.out(hs)


class Unmasked(Attention):
    def forward(self, x):
        hs = self.rnn(self.embed(x))[0]
        past = (hs @ hs.transpose(1, 2) / H**0.5).softmax(-1) @ hs
        return self.out(torch.tanh(self.join(torch.cat([hs, past], -1))))


class BatchAttention(Attention):
    def forward(self, x):
        hs = self.rnn(self.embed(x))[0]
        past = hs.softmax(dim=0) * hs
        past = past.sum(0, keepdim=True).expand_as(hs)
        return self.out(torch.tanh(self.join(torch.cat([hs, past], -1))))


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.hide, self.out = nn.Embedding(V, 7), nn.Linear(7, H), nn.Linear(H, 4)

    def forward(self, x):
        return self.out(torch.tanh(self.hide(self.embed(x).mean(1))))


class Unsorted(Reader):
    """Rows sorted by length to be packed, and not sorted back."""

    def __init__(self):
        super().__init__(outputs=4)

    def forward(self, x, lengths):
        order = (-lengths).argsort(stable=True)
        packed = pack_padded_sequence(self.embed(x)[order], lengths[order], batch_first=True)
        return self.out(self.rnn(packed)[1][-1])


class WrongLengths(Unsorted):
    """The rows as they were, with the lengths of others."""

    def forward(self, x, lengths):
        packed = pack_padded_sequence(
            self.embed(x), lengths.sort(descending=True)[0], batch_first=True
        )
        return self.out(self.rnn(packed)[1][-1])


class Positions(Reader):
    """Positions added along the axis of the batch."""

    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.randn(20, 1, 7))

    def forward(self, x):
        return self.out(self.rnn(self.embed(x) + self.place[: len(x)])[0])


class LostState(WithState):
    def forward(self, x, hidden=None):
        hs, _ = self.rnn(self.embed(x), hidden)
        return self.out(hs), torch.zeros(1, len(x), H)


class LogSoftmax(Reader):
    def forward(self, x):
        return torch.tanh(super().forward(x))


class Clipped(Reader):
    def forward(self, x):
        return torch.relu(super().forward(x))


class NotANumber(Reader):
    def forward(self, x):
        return torch.log(super().forward(x))


class Squashed(Reader):
    """Batch norm over time and rows."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm([data.T, H])

    def forward(self, x):
        return self.out(self.norm(self.rnn(self.embed(x))[0]))


def same_start(model):
    for p in model.parameters():
        nn.init.constant_(p, 0.1)
    return model


def frozen(model):
    return model.requires_grad_(False)


def twice(output, y):
    return F.cross_entropy(output.softmax(-1).transpose(1, 2), y)


def mixed_axes(output, y):
    return F.cross_entropy(output.reshape(len(y), V, -1), y)


def padded_mean(output, y):
    losses = F.cross_entropy(output.transpose(1, 2), y, reduction="none")
    return (losses * (y != 0)).mean()


def log_of_softmax(output, y):
    return F.nll_loss(output.softmax(-1).log().transpose(1, 2), y)


def ahead(output, y):
    return F.cross_entropy(output[:, :-1].reshape(-1, V), y[:, 1:].reshape(-1))


HEALTHY["loss that looks ahead"] = lambda: (Reader(), (data.NEXT[0], data.NEXT[0]), {"loss": ahead})
entropy = nn.CrossEntropyLoss()
PADS = {"lengths": data.LENGTHS, "padding_id": 0}
SHUFFLED = np.random.default_rng(5).permutation(data.B)
UNSORTED = (data.PADDED[SHUFFLED], data.WORDS), {"lengths": data.LENGTHS[SHUFFLED]}
PLANTED = {
    "no batch_first": lambda: (Reader(batch_first=False), data.NEXT, {}, "batch_first"),
    "no batch_first, last": lambda: (
        Last(nn.LSTM, outputs=4, batch_first=False),
        data.LABEL,
        {},
        "batch_first",
    ),
    "return_sequences": lambda: (OneAnswer(), data.NEXT, {}, "return_sequences"),
    "one answer wanted": lambda: (Reader(outputs=4), data.LABEL, {}, "one_answer_wanted"),
    "states reshaped": lambda: (HiddenReshaped(), data.LABEL, {}, "examples_leak"),
    "view": lambda: (Viewed(batch_first=False), data.NEXT, {}, "examples_leak"),
    "last of two": lambda: (LastOfTwo(), data.LABEL, {}, "bidirectional_last"),
    "first layer": lambda: (FirstLayer(), data.LABEL, {}, "unreached_parameters"),
    "first step": lambda: (FirstStep(outputs=4), data.LABEL, {}, "last_step_ignored"),
    "softmax twice": lambda: (Softmaxed(), data.NEXT, {"loss": entropy}, "softmax_twice"),
    "softmax twice, no loss": lambda: (Softmaxed(), data.NEXT, {}, "softmax_twice"),
    "softmax twice in the loss": lambda: (Reader(), data.NEXT, {"loss": twice}, "softmax_twice"),
    "softmax over rows": lambda: (Softmaxed(0), data.NEXT, {}, "softmax_axis"),
    "softmax over time": lambda: (Softmaxed(1), data.NEXT, {}, "softmax_axis"),
    "nll of logits": lambda: (
        Reader(),
        data.NEXT,
        {"loss": nn.NLLLoss()},
        "nll_without_log_softmax",
    ),
    "nll of probabilities": lambda: (
        Softmaxed(),
        data.NEXT,
        {"loss": nn.NLLLoss()},
        "nll_without_log_softmax",
    ),
    "axes of the loss": lambda: (Reader(), data.NEXT, {"loss": mixed_axes}, "loss_axes"),
    "padding in the mean": lambda: (
        Reader(),
        data.PADDED_NEXT,
        {"loss": padded_mean, "padding_id": 0},
        "masked_mean",
    ),
    "padding in the loss": lambda: (
        Reader(),
        data.PADDED_NEXT,
        {"loss": entropy, "padding_id": 0},
        "padding_in_loss",
    ),
    "ignore_index": lambda: (
        Reader(),
        data.NEXT,
        {"loss": nn.CrossEntropyLoss(ignore_index=3)},
        "id_ignored",
    ),
    "log of softmax": lambda: (Reader(), data.NEXT, {"loss": log_of_softmax}, "log_of_zero"),
    "looks ahead twice": lambda: (Reader(), data.NEXT, {"loss": ahead}, "loss_shifts"),
    "padding read": lambda: (Last(outputs=4), data.PADDED_LABEL, {"padding_id": 0}, "padding_read"),
    "padding read by lengths": lambda: (
        Last(outputs=4),
        data.PADDED_LABEL,
        {"lengths": data.LENGTHS},
        "padding_read",
    ),
    "not shifted": lambda: (Reader(), (data.NEXT[0], data.NEXT[0]), {}, "targets_not_shifted"),
    "shifted back": lambda: (Reader(), data.NEXT[::-1], {}, "targets_shifted_back"),
    "rolled": lambda: (
        Reader(),
        (data.NEXT[0], np.roll(data.NEXT[0], -1, axis=1)),
        {},
        "targets_rolled",
    ),
    "bidirectional language model": lambda: (
        Reader(bidirectional=True),
        data.NEXT,
        {},
        "future_leak",
    ),
    "attention without a mask": lambda: (Unmasked(), data.NEXT, {}, "future_leak"),
    "attention over the batch": lambda: (BatchAttention(), data.NEXT, {}, "examples_leak"),
    "norm over time": lambda: (Squashed(), data.NEXT, {}, "future_leak"),
    "state kept": lambda: (Remembering(), data.NEXT, {}, "state_kept"),
    "state with its history": lambda: (Undetached(), data.NEXT, {}, "missing_detach"),
    "no state": lambda: (Forgetful(), data.NEXT, {}, "no_memory"),
    "state not returned": lambda: (LostState(), data.NEXT, {}, "state_not_carried"),
    "one batch size": lambda: (FixedSize(), data.NEXT, {}, "batch_size"),
    "random start": lambda: (RandomStart(), data.NEXT, {}, "not_deterministic"),
    "dropout left on": lambda: (DropoutOn(), data.NEXT, {}, "not_deterministic"),
    "dropout on one layer": lambda: (Reader(dropout=0.3), data.NEXT, {}, "dropout_one_layer"),
    "plain list": lambda: (Listed(), data.NEXT, {}, "unregistered"),
    "no_grad": lambda: (NoGradient(), data.NEXT, {}, "unreached_parameters"),
    "frozen": lambda: (frozen(Reader()), data.NEXT, {}, "nothing_to_train"),
    "detached": lambda: (Embedded(carry=torch.Tensor.detach), data.NEXT, {}, "gradient_cut"),
    "detached one-hot": lambda: (ByHand(carry=torch.Tensor.detach), data.NEXT, {}, "gradient_cut"),
    "linear": lambda: (Embedded(squash=lambda h: h), data.NEXT, {}, "linear_recurrence"),
    "bag": lambda: (Bag(), data.LABEL, {}, "order_ignored"),
    "not sorted back": lambda: (Unsorted(), *UNSORTED, "examples_leak"),
    "lengths of others": lambda: (WrongLengths(), *UNSORTED, "last_step_ignored"),
    "positions of rows": lambda: (Positions(), data.NEXT, {}, "row_matters"),
    "tanh on scores": lambda: (LogSoftmax(), data.NEXT, {}, "bounded_output"),
    "relu on scores": lambda: (Clipped(), data.NEXT, {}, "bounded_output"),
    "nan": lambda: (NotANumber(), data.NEXT, {}, "not_finite"),
    "too few classes": lambda: (Reader(outputs=7), data.NEXT, {}, "too_few_classes"),
    "ids beyond": lambda: (Reader(), (data.NEXT[0] + 1, data.NEXT[1]), {}, "forward_raises"),
    "equal weights": lambda: (same_start(Reader()), data.NEXT, {}, "constant_weights"),
    "broadcast": lambda: (
        Last(inputs=data.F, outputs=1),
        (data.SERIES, data.FORECAST[1][:, 0]),
        {"loss": nn.MSELoss()},
        "loss_axes",
    ),
    "value of today": lambda: (
        Last(inputs=1, outputs=1),
        (data.WAVE[:, :-1], data.WAVE[:, -2]),
        {},
        "forecast_of_today",
    ),
    "series not shifted": lambda: (
        Reader(inputs=1, outputs=1),
        (data.NEXT_VALUE[0], data.NEXT_VALUE[0]),
        {},
        "targets_not_shifted",
    ),
}
