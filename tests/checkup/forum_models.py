"""Models as they stand in forums, in PyTorch: sound ones of many shapes, and common mistakes."""

from collections import namedtuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tests.checkup import data
from tests.checkup.data import B, H, T, V
from tests.checkup.torch_models import Last, Reader, WithState


class Net(Reader):
    """A Reader whose forward is given: a function of the model and the inputs."""

    def __init__(self, go, parts=None, **more):
        super().__init__(**more)
        self.parts = nn.ModuleDict(parts or {})
        self.go = go

    def forward(self, x):
        return self.go(self, x)


class Two(Net):
    """The same with two inputs."""

    def forward(self, x, y):
        return self.go(self, x, y)


class Lengths(Net):
    """The same with lengths."""

    def forward(self, x, lengths):
        return self.go(self, x, lengths)


def states(m, x):
    return m.rnn(m.embed(x))[0]


def plain(m, x):
    return m.out(states(m, x))


def series(outputs=1, **more):
    return {"inputs": data.F, "outputs": outputs} | more


def packed_states(m, x, lengths):
    packed = pack_padded_sequence(m.embed(x), lengths, batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(m.rnn(packed)[0], batch_first=True, total_length=x.shape[1])[0]


def mask_of(x, lengths):
    return torch.arange(x.shape[1]) < lengths[:, None]


def mean_pool(m, x, lengths):
    mask = mask_of(x, lengths)[..., None]
    return m.out((packed_states(m, x, lengths) * mask).sum(1) / lengths[:, None])


def mean_of_real(m, x):
    mask = (x != 0)[..., None].float()
    return m.out((states(m, x) * mask).sum(1) / mask.sum(1))


def attend_to_real(m, x):
    hs = states(m, x)
    scores = m.parts["score"](hs).squeeze(-1).masked_fill(x == 0, -1e9)
    return m.out((scores.softmax(1)[..., None] * hs).sum(1))


def attend(m, x, lengths):
    hs = packed_states(m, x, lengths)
    scores = m.parts["score"](hs).squeeze(-1).masked_fill(~mask_of(x, lengths), -torch.inf)
    return m.out((scores.softmax(1)[..., None] * hs).sum(1))


def both_ends(m, x):
    h = m.rnn(m.embed(x))[1]
    return m.out(torch.cat([h[-2], h[-1]], -1))


def residual(m, x):
    e = m.parts["up"](m.embed(x))
    return m.out(e + m.parts["norm"](m.parts["deep"](e)[0]))


def normed_over_time(m, x):
    return m.out(m.parts["norm"](states(m, x).transpose(1, 2)).transpose(1, 2))


def repeat(m, x):
    """An autoencoder: a summary of the whole, and a decoder that unfolds it."""
    h = m.rnn(m.embed(x))[1][-1]
    return m.out(m.parts["decoder"](h[:, None].expand(-1, x.shape[1], -1))[0])


def horizon(m, x):
    h = m.rnn(m.embed(x))[1][-1]
    return m.out(m.parts["decoder"](h[:, None].expand(-1, 4, -1))[0])


def cell_loop(m, x):
    e, state, hs = m.embed(x), None, []
    for t in range(x.shape[1]):
        state = m.parts["cell"](e[:, t], state)
        hs.append(state[0])
    return m.out(torch.stack(hs, 1))


def start_inside(m, x):
    """The start token is put in front inside the model; targets are the inputs themselves."""
    before = torch.cat([torch.full_like(x[:, :1], V - 1), x[:, :-1]], 1)
    return plain(m, before)


class ConvCell(nn.Module):
    """A ConvLSTM over frames (B, T, C, height, width), which gives the next frame."""

    def __init__(self, classes=None):
        super().__init__()
        self.gates = nn.Conv2d(1 + 4, 16, 3, padding=1)
        self.out = nn.Conv2d(4, 1, 1) if classes is None else nn.Linear(4 * 25, classes)
        self.classes = classes

    def forward(self, x):
        h = c = torch.zeros(len(x), 4, *x.shape[3:])
        found = []
        for t in range(x.shape[1]):
            i, f, o, g = self.gates(torch.cat([x[:, t], h], 1)).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            found.append(h)
        if self.classes:
            return self.out(h.flatten(1))
        return torch.stack([self.out(h) for h in found], 1)


Answer = namedtuple("Answer", "logits state")


def gaussian(output, y):
    mean, log = output[..., :1], output[..., 1:]
    return (log + (y.reshape(mean.shape) - mean) ** 2 / log.exp()).mean()


def gaussian_pair(output, y):
    return gaussian(torch.cat(output, -1), y)


def quantiles(output, y):
    q = torch.tensor([0.1, 0.5, 0.9])
    gap = y.reshape(*output.shape[:-1], 1) - output
    return torch.maximum(q * gap, (q - 1) * gap).mean()


def warmed_up(output, y):
    return F.cross_entropy(output[:, 4:].transpose(1, 2), y[:, 4:])


def with_penalty(output, y):
    return F.cross_entropy(output.transpose(1, 2), y) + 1e-3 * (output**2).mean()


def focal(output, y):
    p = output.softmax(-1).gather(-1, y[..., None]).squeeze(-1)
    return ((1 - p) ** 2 * F.cross_entropy(output.transpose(1, 2), y, reduction="none")).mean()


def smoothed_sum(output, y):
    return F.cross_entropy(output.transpose(1, 2), y, reduction="sum") / len(y)


def without_layer(model):
    """Another part takes the place of the layer."""
    del model.rnn
    return model


def frozen_embedding(model):
    model.embed.weight.requires_grad = False
    return model


class Encoder(nn.Module):
    """A Transformer in small, with its mask or without."""

    def __init__(self, masked):
        super().__init__()
        self.embed, self.place = nn.Embedding(V, 8), nn.Parameter(torch.randn(1, T, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.out, self.masked = nn.Linear(8, V), masked

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if self.masked else None
        return self.out(self.layer(self.embed(x) + self.place[:, : x.shape[1]], src_mask=mask))


class WithLoss(Reader):
    """Reckons its own loss, as models of Hugging Face do."""

    def forward(self, input_ids, labels=None):
        logits = super().forward(input_ids)
        return {"loss": F.cross_entropy(logits.transpose(1, 2), labels), "logits": logits}


class LearnedStart(Reader):
    def __init__(self):
        super().__init__()
        self.h0 = nn.Parameter(torch.zeros(1, 1, H))

    def forward(self, x):
        return self.out(self.rnn(self.embed(x), self.h0.expand(-1, len(x), -1).contiguous())[0])


class Counting(Reader):
    """A buffer that every call changes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        return super().forward(x)


MASK = torch.tensor(np.arange(T) < data.LENGTHS[:, None]).float()


def masked_by_batch(output, y):
    losses = F.cross_entropy(output.transpose(1, 2), y, reduction="none")
    return (losses * MASK).sum() / MASK.sum()


def ctc(output, y):
    sizes = torch.full((len(y),), output.shape[1]), torch.full((len(y),), y.shape[1])
    return F.ctc_loss(output.log_softmax(-1).transpose(0, 1), y, *sizes)


FRAMES = np.random.default_rng(7).normal(0, 1, (4, 7, 1, 5, 5)).astype("float32")
CLIPS = FRAMES[:, :-1], FRAMES[:, 1:]
MANY = data.SERIES, data.SERIES.cumsum(1)[..., :1]
ROLL = data.SERIES, (data.SERIES.cumsum(1) > 0).astype("float32")
ECHO = data.NEXT[0], np.pad(data.NEXT[0], ((0, 0), (1, 0)))[:, :-1]
META = np.random.default_rng(8).normal(0, 1, (B, 2)).astype("float32")
SPEAKERS = np.array([0, 1, 2, 0, 1, 2])
GAPS = np.where(np.random.default_rng(9).random((B, T)) < 0.2, V - 1, data.NEXT[0] % (V - 1))
SHORT = data.IDS[:, :3], data.IDS[:, 1:4]
SQUARE = data.IDS[:, :B], data.IDS[:, 1 : B + 1]
SHARES = np.random.default_rng(10).dirichlet(np.ones(V), (B, T)).astype("float32")
AHEAD = data.WAVE[:, :8], np.stack([data.WAVE[:, 1 + k : 9 + k, 0] for k in range(3)], -1)
RAGGED = {"lengths": data.LENGTHS}
entropy = nn.CrossEntropyLoss
mse = nn.MSELoss


def with_meta(m, x, meta):
    return m.out(torch.cat([m.rnn(m.embed(x))[1][-1], m.parts["meta"](meta)], -1))


def with_speaker(m, x, speaker):
    return m.out(m.rnn(m.embed(x) + m.parts["speaker"](speaker)[:, None])[0])


def compared(m, x, y):
    one, two = (m.rnn(m.embed(part))[1][-1] for part in (x, y))
    return m.out(torch.cat([one, two, one * two], -1))


def wide(m, size):
    m.out = nn.Linear(size, m.out.out_features)
    return m


def loud(model):
    with torch.no_grad():
        model.out.weight *= 60
    return model


def held_about_half(m, x):
    return 0.5 + 0.02 * torch.tanh(plain(m, x)[:, -1])


def weight_normed(model):
    nn.utils.parametrizations.weight_norm(model.out)
    return model


SOUND = {
    "mean of states": lambda: (Net(lambda m, x: m.out(states(m, x).mean(1)), outputs=4),
                               data.LABEL, {}),
    "largest state": lambda: (Net(lambda m, x: m.out(states(m, x).amax(1)), outputs=4),
                              data.LABEL, {"loss": entropy()}),
    "mean of real states": lambda: (Lengths(mean_pool, outputs=4), data.PADDED_LABEL, RAGGED),
    "attention over real states": lambda: (
        Lengths(attend, {"score": nn.Linear(H, 1)}, outputs=4), data.PADDED_LABEL, RAGGED),
    "both ends": lambda: (Net(both_ends, bidirectional=True, outputs=4), data.LABEL, {}),
    "layer norm": lambda: (Net(lambda m, x: m.out(m.parts["n"](states(m, x))),
                               {"n": nn.LayerNorm(H)}), data.NEXT, {}),
    "residual": lambda: (Net(lambda m, x: m.out(m.parts["up"](m.embed(x)) + states(m, x)),
                             {"up": nn.Linear(7, H)}), data.NEXT, {}),
    "dictionary out": lambda: (Net(lambda m, x: {"logits": plain(m, x)}), data.NEXT, {}),
    "named tuple out": lambda: (Net(lambda m, x: Answer(plain(m, x), states(m, x))), data.NEXT, {}),
    "lstm and its state": lambda: (WithState(nn.LSTM), data.NEXT, {"loss": entropy()}),
    "gaussian": lambda: (Reader(**series(2)), MANY, {"loss": gaussian}),
    "gaussian, targets (B, T)": lambda: (Reader(**series(2)), (MANY[0], MANY[1][..., 0]),
                                         {"loss": gaussian}),
    "gaussian as a pair": lambda: (
        Net(lambda m, x: plain(m, x).split(1, -1), **series(2)), MANY, {"loss": gaussian_pair}),
    "gaussian of a row": lambda: (Last(**series(2)), data.FORECAST, {"loss": gaussian}),
    "quantiles of a row": lambda: (Last(**series(3)), data.FORECAST, {"loss": quantiles}),
    "quantiles of a row, no axis": lambda: (
        Last(**series(3)), (data.SERIES, data.FORECAST[1][:, 0]), {"loss": quantiles}),
    "quantiles, no loss": lambda: (Last(**series(3)), data.FORECAST, {}),
    "autoencoder": lambda: (
        Net(repeat, {"decoder": nn.GRU(H, H, batch_first=True)}, **series(data.F)),
        (data.SERIES,) * 2, {"loss": mse()}),
    "autoencoder of one feature": lambda: (
        Net(repeat, {"decoder": nn.LSTM(H, H, batch_first=True)}, inputs=1, outputs=1),
        (data.WAVE,) * 2, {"loss": mse()}),
    "autoencoder of ids": lambda: (
        Net(repeat, {"decoder": nn.GRU(H, H, batch_first=True)}), (data.NEXT[0],) * 2, {}),
    "echo": lambda: (Reader(), ECHO, {}),
    "echo of the same step, said": lambda: (Reader(), (data.NEXT[0],) * 2, {"shift": 0}),
    "start token inside": lambda: (Net(start_inside), (data.NEXT[0] % (V - 1),) * 2, {}),
    "batch norm over time": lambda: (Net(normed_over_time, {"norm": nn.BatchNorm1d(H)}),
                                     data.NEXT, {}),
    "batch norm": lambda: (Net(lambda m, x: m.out(m.parts["n"](states(m, x)[:, -1])),
                               {"n": nn.BatchNorm1d(H)}, outputs=4), data.LABEL, {}),
    "bfloat16": lambda: (Reader().bfloat16(), data.NEXT, {"loss": entropy()}),
    "bfloat16 last": lambda: (Last(nn.LSTM, outputs=4).bfloat16(), data.LABEL, {}),
    "float64": lambda: (Reader(nn.LSTM, **series(1)).double(), MANY, {"loss": mse()}),
    "convolutional": lambda: (ConvCell(), CLIPS, {"loss": mse()}),
    "convolutional, classes": lambda: (ConvCell(3), (FRAMES, np.array([0, 1, 2, 1])), {}),
    "horizon": lambda: (
        Net(horizon, {"decoder": nn.GRU(H, H, batch_first=True)}, **series(1)),
        (data.SERIES, data.SERIES[:, :4, :1].cumsum(1)), {"loss": mse()}),
    "horizon at once": lambda: (Last(**series(4)), (data.SERIES, data.SERIES[:, :4, 0]), {}),
    "frozen embedding": lambda: (frozen_embedding(Reader()), data.NEXT, {}),
    "several labels a step": lambda: (Reader(**series(data.F)), ROLL,
                                      {"loss": nn.BCEWithLogitsLoss()}),
    "several labels a row": lambda: (Last(**series(data.F)), (ROLL[0], ROLL[1][:, -1]),
                                     {"loss": nn.BCEWithLogitsLoss()}),
    "sigmoid and BCELoss": lambda: (Net(lambda m, x: m.out(states(m, x)[:, -1]).sigmoid(),
                                        outputs=1),
                                    (data.BINARY[0], data.BINARY[1][:, None]),
                                    {"loss": nn.BCELoss()}),
    "focal": lambda: (Reader(), data.NEXT, {"loss": focal}),
    "sum over the steps": lambda: (Reader(), data.NEXT, {"loss": smoothed_sum}),
    "lstm cell": lambda: (
        without_layer(Net(cell_loop, {"cell": nn.LSTMCell(7, H)})), data.NEXT, {}),
    "relu": lambda: (Reader(nn.RNN, nonlinearity="relu"), data.NEXT, {}),
    "meta": lambda: (wide(Two(with_meta, {"meta": nn.Linear(2, 5)}, outputs=4), H + 5),
                     ((data.LABEL[0], META), data.WORDS), {}),
    "speaker": lambda: (Two(with_speaker, {"speaker": nn.Embedding(3, 7)}),
                        ((data.NEXT[0], SPEAKERS), data.NEXT[1]), {}),
    "two sequences": lambda: (wide(Two(compared, outputs=1), 3 * H),
                              ((data.NEXT[0], data.NEXT[1]), data.BINARY[1]), {}),
    "gaps to fill": lambda: (Reader(bidirectional=True),
                             (GAPS, data.NEXT[0] % (V - 1)), {"loss": entropy()}),
    "three steps": lambda: (Reader(), SHORT, {}),
    "as many steps as rows": lambda: (Reader(), SQUARE, {"loss": entropy()}),
    "one row": lambda: (Reader(), tuple(a[:1] for a in data.NEXT), {}),
    "series without features": lambda: (
        Net(lambda m, x: plain(m, x[..., None]).squeeze(-1), inputs=1, outputs=1),
        (data.WAVE[:, :-1, 0], data.WAVE[:, 1:, 0]), {"loss": mse()}),
    "weight norm": lambda: (weight_normed(Reader()), data.NEXT, {}),
    "projected": lambda: (
        without_layer(Net(lambda m, x: m.out(m.parts["p"](m.embed(x))[0]),
                          {"p": nn.LSTM(7, 20, proj_size=H, batch_first=True)})), data.NEXT, {}),
    "encoder, tags": lambda: (Encoder(masked=False), data.TAGS, {}),
    "encoder, masked": lambda: (Encoder(masked=True), data.NEXT, {}),
    "own loss": lambda: (
        WithLoss(), ({"input_ids": data.NEXT[0], "labels": data.NEXT[1]}, data.NEXT[1]), {}),
    "learned start": lambda: (LearnedStart(), data.NEXT, {}),
    "counting": lambda: (Counting(), data.NEXT, {}),
    "mask of the batch in the loss": lambda: (Reader(), data.NEXT, {"loss": masked_by_batch}),
    "ctc": lambda: (Reader(), (data.NEXT[0], data.IDS[:, :3] % (V - 1) + 1), {"loss": ctc}),
    "shares as targets": lambda: (Reader(), (data.NEXT[0], SHARES), {"loss": entropy()}),
    "counts": lambda: (Last(**series(1)), (data.SERIES, data.IDS[:, :1]),
                       {"loss": nn.PoissonNLLLoss()}),
    "true or false": lambda: (Last(outputs=1), (data.BINARY[0], data.BINARY[1] > 0), {}),
    "a column of ids": lambda: (Last(outputs=4), (data.LABEL[0], data.WORDS[:, None]), {}),
    "small numbers": lambda: (Reader(nn.RNN, **series(1)), (MANY[0] / 1000, MANY[1] / 1000),
                              {"loss": mse()}),
    "two ahead": lambda: (Reader(inputs=1, outputs=1), (data.WAVE[:, :-2], data.WAVE[:, 2:]),
                          {"loss": mse()}),
    "some ahead": lambda: (Reader(inputs=1, outputs=3), AHEAD, {"loss": mse()}),
    "mean of real states by their ids": lambda: (
        Net(mean_of_real, outputs=4), data.PADDED_LABEL, {"padding_id": 0}),
    "attention over real ids": lambda: (
        Net(attend_to_real, {"score": nn.Linear(H, 1)}, outputs=4), data.PADDED_LABEL,
        {"padding_id": 0}),
    "steps that only warm up": lambda: (Reader(), data.NEXT, {"loss": warmed_up}),
    "a penalty in the loss": lambda: (Reader(), data.NEXT, {"loss": with_penalty}),
    "state among the inputs": lambda: (
        WithState(), ((data.NEXT[0], np.zeros((1, B, H), "float32")), data.NEXT[1]), {}),
    "two kinds of targets": lambda: (
        Net(lambda m, x: (plain(m, x), m.parts["end"](states(m, x)[:, -1])),
            {"end": nn.Linear(H, 4)}), (data.NEXT[0], (data.NEXT[1], data.WORDS)),
        {"loss": lambda o, y: entropy()(o[0].transpose(1, 2), y[0]) + entropy()(o[1], y[1])}),
    "next frame in front": lambda: (
        Reader(batch_first=False, **series(1)), tuple(a.swapaxes(0, 1) for a in MANY),
        {"batch_first": False, "loss": mse()}),
}  # fmt: skip


def detached_every(n):
    def go(m, x):
        e, h, hs = m.embed(x), torch.zeros(len(x), H), []
        for t in range(x.shape[1]):
            h = m.parts["cell"](e[:, t], h.detach() if t % n == 0 else h)
            hs.append(h)
        return m.out(torch.stack(hs, 1))

    return go


def in_numpy(m, x):
    hs = states(m, x)
    return m.out(torch.tensor(hs.detach().numpy()))


def greedy(m, x):
    """The ids of the first layer's scores are embedded again: argmax has no gradient."""
    return m.out(m.rnn(m.embed(plain(m, x).argmax(-1)))[0])


def last_constant(m, x):
    scores = plain(m, x)
    return torch.cat([scores[:, :-1], torch.zeros_like(scores[:, :1])], 1)


def late(m, x):
    scores = plain(m, x)
    return torch.cat([torch.zeros_like(scores[:, :1]), scores[:, :-1]], 1)


def backwards(m, x):
    return m.out(m.rnn(m.embed(x).flip(1))[0].flip(1))


def left_backwards(m, x):
    return m.out(m.rnn(m.embed(x).flip(1))[0])


def first_of_two(m, x):
    return m.out(m.rnn(m.embed(x))[1][0])


def shared_mean(m, x):
    hs = states(m, x)
    return m.out(hs - hs.mean(0))


def no_loop(m, x):
    """Each step from an empty state."""
    return m.out(torch.stack([m.rnn(m.embed(x[:, t : t + 1]))[0][:, 0]
                              for t in range(x.shape[1])], 1))  # fmt: skip


def only_first(m, x, y):
    return m.out(m.rnn(m.embed(x))[1][-1])


def view_states(m, x):
    """h_n of two directions, viewed as if the batch were first."""
    return m.out(m.rnn(m.embed(x))[1].view(len(x), -1))


def mean_with_padding(m, x):
    return m.out(states(m, x).mean(1))


def one_less(m, x, lengths):
    return m.out(packed_states(m, x, (lengths - 1).clamp(min=1))[range(len(x)), lengths - 2])


def unsorted(m, x, lengths):
    order = lengths.argsort()
    return m.out(packed_states(m, x[order], lengths[order])[range(len(x)), lengths[order] - 1])


def half(m, x):
    return m.out(states(m, x) / 2) * 1e30 * 1e30


def last_only(output, y):
    return F.cross_entropy(output[:, -1], y[:, -1])


def untransposed(output, y):
    return F.cross_entropy(output.view(-1, V), y.T.reshape(-1))


def negative(output, y):
    return -F.cross_entropy(output.transpose(1, 2), y)


def root(output, y):
    return torch.sqrt(((output - y.reshape(output.shape)) ** 2).mean())


def frozen_layer(model, of="rnn"):
    getattr(model, of).requires_grad_(False)
    return model


class Kept(Reader):
    """A state of the batch before, also for other rows."""

    def __init__(self):
        super().__init__(nn.LSTM)
        self.state = None

    def forward(self, x):
        hs, state = self.rnn(self.embed(x), self.state)
        self.state = tuple(s.detach() for s in state)
        return self.out(hs)


class Forgets(WithState):
    """Takes a state, and does not use it."""

    def forward(self, x, hidden=None):
        hs, hidden = self.rnn(self.embed(x))
        return self.out(hs), hidden


class HalfOfTheState(WithState):
    """c is lost on the way from call to call."""

    def __init__(self):
        super().__init__(nn.LSTM)

    def forward(self, x, hidden=None):
        hidden = None if hidden is None else (hidden[0], torch.zeros_like(hidden[1]))
        return super().forward(x, hidden)


class OwnLSTM(nn.Module):
    """An LSTM in a loop, whose c is detached."""

    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(V, 7), nn.LSTMCell(7, H), nn.Linear(H, V)

    def forward(self, x):
        h, c, scores = torch.zeros(len(x), H), torch.zeros(len(x), H), []
        for t in range(x.shape[1]):
            h, c = self.cell(self.embed(x[:, t]), (h, c.detach()))
            scores.append(self.out(h))
        return torch.stack(scores, dim=1)


def in_place(m, x):
    gate = torch.sigmoid(states(m, x))
    square = gate * gate
    gate *= 2
    return m.out(square)


def detached_between(m, x):
    return m.out(m.parts["second"](states(m, x).detach())[0])


def two_of_four(m, x):
    """The last states of the first layer's directions, in place of the second's."""
    h = m.rnn(m.embed(x))[1]
    return m.out(torch.cat([h[0], h[1]], -1))


def first_only(output, y):
    return F.cross_entropy(output[:, 0], y[:, 0])


def of_argmax(output, y):
    return F.mse_loss(output.argmax(-1).float(), y.float())


SHUFFLED = np.random.default_rng(11).permutation(B)
MIXED = (data.PADDED[SHUFFLED], data.WORDS), {"lengths": data.LENGTHS[SHUFFLED]}
TEN = np.random.default_rng(12).integers(0, V, (B, 14))
LONG = TEN[:, :-1], TEN[:, 1:]
PAIR = np.array([[1.0, 0.0]] * 3, "float32")
SICK = {
    "softmax, CrossEntropyLoss": lambda: (
        Net(lambda m, x: m.out(states(m, x)[:, -1]).softmax(1), outputs=4), data.LABEL,
        {"loss": entropy()}, "softmax_twice"),
    "softmax over time, CrossEntropyLoss": lambda: (
        Net(lambda m, x: plain(m, x).softmax(1)), data.NEXT, {"loss": entropy()}, "softmax_axis"),
    "softmax over rows": lambda: (
        Net(lambda m, x: m.out(states(m, x)[:, -1]).softmax(0), outputs=4), data.LABEL, {},
        "softmax_axis"),
    "softmax of one unit": lambda: (
        Net(lambda m, x: m.out(states(m, x)[:, -1]).softmax(-1), outputs=1), data.BINARY, {},
        "input_ignored"),
    "sigmoid twice, two rows": lambda: (
        Net(lambda m, x: m.out(states(m, x)[:, -1]).sigmoid(), outputs=1),
        (data.BINARY[0][:2], data.BINARY[1][:2, None]), {"loss": nn.BCEWithLogitsLoss()},
        "sigmoid_twice"),
    "sigmoid twice, steps": lambda: (
        Net(lambda m, x: plain(m, x).sigmoid(), **series(data.F)), ROLL,
        {"loss": nn.BCEWithLogitsLoss()}, "sigmoid_twice"),
    "sigmoid on classes": lambda: (
        Net(lambda m, x: plain(m, x).sigmoid()), data.NEXT, {"loss": entropy()}, "bounded_output"),
    "BCELoss of scores": lambda: (
        Last(outputs=1), (data.BINARY[0], data.BINARY[1][:, None]),
        {"loss": lambda o, y: F.binary_cross_entropy(o.clamp(1e-4, 1 - 1e-4), y)},
        "logits_as_probabilities"),
    "loss of the last step": lambda: (Reader(), data.NEXT, {"loss": last_only},
                                      "steps_not_in_loss"),
    "targets not transposed": lambda: (Reader(), data.NEXT, {"loss": untransposed}, "loss_axes"),
    "negative": lambda: (Reader(), data.NEXT, {"loss": negative}, "negative_loss"),
    "no reduction": lambda: (Reader(), data.NEXT, {"loss": entropy(reduction="none")},
                             "loss_raises"),
    "broadcast": lambda: (
        Net(lambda m, x: m.out(states(m, x)[:, -1]).squeeze(-1), **series(1)), data.FORECAST,
        {"loss": mse()}, "loss_axes"),
    "two for one": lambda: (Reader(**series(2)), MANY, {"loss": mse()}, "shapes"),
    "not shifted": lambda: (Reader(nn.LSTM), (data.NEXT[0],) * 2, {"loss": entropy()},
                            "targets_not_shifted"),
    "shifted back": lambda: (Reader(nn.LSTM), data.NEXT[::-1], {"loss": entropy()},
                             "targets_shifted_back"),
    "time first, square": lambda: (Reader(batch_first=False), SQUARE, {"loss": entropy()},
                                   "batch_first"),
    "time first, last": lambda: (Last(batch_first=False, **series(1)), data.FORECAST,
                                 {"loss": mse()}, "batch_first"),
    "view of both ends": lambda: (Net(view_states, bidirectional=True, outputs=4), data.LABEL, {},
                                  "examples_leak"),
    "first of two": lambda: (Net(first_of_two, num_layers=2, outputs=4), data.LABEL,
                             {"loss": entropy()}, "unreached_parameters"),
    "mean of the batch": lambda: (Net(shared_mean), data.NEXT, {}, "examples_leak"),
    "detached every 10": lambda: (without_layer(Net(detached_every(10),
                                                      {"cell": nn.GRUCell(7, H)})), LONG, {},
                                  "gradient_cut"),
    "detached every 3": lambda: (without_layer(Net(detached_every(3),
                                                      {"cell": nn.GRUCell(7, H)})), LONG, {},
                                 "gradient_cut"),
    "through NumPy": lambda: (Net(in_numpy), data.NEXT, {}, "unreached_parameters"),
    "frozen layer": lambda: (frozen_layer(Reader()), data.NEXT, {"loss": entropy()},
                             "frozen_weights"),
    "second input unused": lambda: (Two(only_first, outputs=4),
                                    ((data.LABEL[0], META), data.WORDS), {}, "input_unused"),
    "last answer is constant": lambda: (Net(last_constant), data.NEXT, {}, "constant_steps"),
    "one step late": lambda: (Net(late), data.NEXT, {}, "output_late"),
    "backwards": lambda: (Net(backwards), data.NEXT, {}, "future_leak"),
    "left backwards": lambda: (Net(left_backwards), data.NEXT, {}, "future_leak"),
    "no loop": lambda: (Net(no_loop), data.NEXT, {}, "no_memory"),
    "kept": lambda: (Kept(), data.NEXT, {}, "state_kept"),
    "state not used": lambda: (Forgets(), data.NEXT, {}, "state_not_carried"),
    "half of the state": lambda: (HalfOfTheState(), data.NEXT, {}, "state_not_carried"),
    "mean with padding": lambda: (Net(mean_with_padding, outputs=4), data.PADDED_LABEL,
                                  {"padding_id": 0}, "padding_read"),
    "lengths, one less": lambda: (Lengths(one_less, outputs=4), data.PADDED_LABEL, RAGGED,
                                  "last_step_ignored"),
    "not sorted back": lambda: (Lengths(unsorted, outputs=4), *MIXED, "examples_leak"),
    "dropout always": lambda: (
        Net(lambda m, x: m.out(F.dropout(states(m, x)[:, -1], 0.5)), outputs=4), data.LABEL, {},
        "not_deterministic"),
    "infinite": lambda: (Net(half), data.NEXT, {}, "not_finite"),
    "too few ids": lambda: (Reader(), (data.NEXT[0] + 2, data.NEXT[1]), {}, "forward_raises"),
    "squeezed": lambda: (
        Net(lambda m, x: m.out(states(m, x)[:, -1]).squeeze(), **series(1)),
        (data.SERIES, data.FORECAST[1][:, 0]), {"loss": mse()}, "batch_size"),
    "steps in place of rows": lambda: (
        Net(lambda m, x: m.out(states(m, x)[-1]), outputs=4), data.LABEL, {}, "batch_first"),
    "relu on a series": lambda: (Net(lambda m, x: plain(m, x).relu(), **series(1)), MANY,
                                 {"loss": mse()}, "bounded_output"),
    "tanh on a series": lambda: (Net(lambda m, x: plain(m, x).tanh(), **series(1)),
                                 (MANY[0], 3 * MANY[1]), {"loss": mse()}, "bounded_output"),
    "target among the features": lambda: (Reader(**series(1)),
                                          (data.SERIES, data.SERIES[..., :1].copy()), {},
                                          "target_in_inputs"),
    "value of today": lambda: (Last(**series(1)), (data.SERIES, data.SERIES[:, -1, :1].copy()), {},
                               "forecast_of_today"),
    "sums": lambda: (
        wide(without_layer(Net(lambda m, x: m.out(m.embed(x).cumsum(1)))), 7), data.NEXT, {},
        "order_ignored"),
    "encoder without a mask": lambda: (Encoder(masked=False), data.NEXT, {}, "future_leak"),
    "time in front": lambda: (Net(lambda m, x: plain(m, x).permute(1, 0, 2)), data.NEXT, {},
                              "axes_swapped"),
    "c detached": lambda: (OwnLSTM(), data.NEXT, {}, "gradient_cut"),
    "in place": lambda: (Net(in_place), data.NEXT, {}, "forward_raises"),
    "detached between layers": lambda: (
        Net(detached_between, {"second": nn.GRU(H, H, batch_first=True)}), data.NEXT, {},
        "unreached_parameters"),
    "two of four": lambda: (
        Net(two_of_four, num_layers=2, bidirectional=True, outputs=4), data.LABEL, {},
        "unreached_parameters"),
    "loss of the first step": lambda: (Reader(), data.NEXT, {"loss": first_only},
                                       "steps_not_in_loss"),
    "loss of argmax": lambda: (Reader(), data.NEXT, {"loss": of_argmax}, "unreached_parameters"),
    "a real id is padding": lambda: (Reader(), data.NEXT, {"padding_id": 3}, "real_id_masked"),
    "multiplied by 0": lambda: (Net(lambda m, x: plain(m, x) * 0), data.NEXT, {}, "input_ignored"),
    "NLL of probabilities": lambda: (
        Net(lambda m, x: plain(m, x).softmax(-1)), data.NEXT, {"loss": nn.NLLLoss()},
        "nll_without_log_softmax"),
    "two steps ahead": lambda: (Reader(), (data.IDS[:, :-2], data.IDS[:, 2:]), {}, "targets_skip"),
    "dropout not called": lambda: (Net(plain, {"drop": nn.Dropout(0.5)}), data.NEXT, {},
                                   "dropout_without_effect"),
    "certain at the start": lambda: (loud(Reader()), data.NEXT, {"loss": entropy()},
                                     "loss_at_start"),
    "not scaled": lambda: (
        Last(**series(1)), (5000 + 1000 * data.SERIES[:, :4], 5000 + 1000 * data.FORECAST[1]),
        {"loss": mse()}, "does_not_overfit"),
    "held about 0.5, squared error": lambda: (
        Net(held_about_half, **series(1)), (data.SERIES, data.BINARY[1][:, None]),
        {"loss": mse()}, "does_not_overfit"),
}  # fmt: skip
