"""Models in PyTorch: sound ones as they stand in forums and lectures, and models with one bug each.

A table gives, by a name, what makes (model, batch, how) and, of a bug, also the finding.
"""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tests.checkup import data
from tests.checkup.data import B, H, T, V


def seed():
    """The same initial weights for every model."""
    torch.manual_seed(0)


def states(m, x):
    return m.rnn(m.embed(x))[0]


def last_states(m, x):
    return m.rnn(m.embed(x))[1]


def plain(m, x):
    return m.out(states(m, x))


class Net(nn.Module):
    """Embedding, one recurrent layer, scores; `go(model, inputs)` joins them, with `parts`."""

    def __init__(self, go=plain, parts=None, cell=nn.GRU, inputs=None, outputs=V, **layer):
        super().__init__()
        layer = {"batch_first": True} | layer
        self.embed = nn.Linear(inputs, 7) if inputs else nn.Embedding(V, 7)
        self.rnn = cell(7, H, **layer) if cell else None
        self.out = nn.Linear(H * (2 if layer.get("bidirectional") else 1), outputs)
        self.parts, self.go = nn.ModuleDict(parts or {}), go

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


class WithState(Net):
    def forward(self, x, hidden=None):
        hs, hidden = self.rnn(self.embed(x), hidden)
        return self.out(hs), hidden


class NeedsState(WithState):
    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, H)

    def forward(self, x, hidden):
        return super().forward(x, hidden)


class Stateful(Net):
    """Carries its state from call to call, and has a method that forgets it."""

    def __init__(self, keep=torch.Tensor.detach):
        super().__init__()
        self.state, self.keep = None, keep

    def reset(self):
        self.state = None

    def forward(self, x):
        hs, state = self.rnn(self.embed(x), self.state)
        self.state = self.keep(state)
        return self.out(hs)


class Remembering(Stateful):
    """The same without a word."""

    reset = property()


class ByHand(nn.Module):
    """A cell written out, as in a lecture."""

    def __init__(self, squash=torch.tanh, carry=lambda h: h, embed=False):
        super().__init__()
        self.x, self.h, self.out = nn.Linear(V, H), nn.Linear(H, H), nn.Linear(H, V)
        self.squash, self.carry, self.embed = squash, carry, nn.Embedding(V, V) if embed else None

    def forward(self, ids):
        h, scores = torch.zeros(len(ids), H), []
        for t in range(ids.shape[1]):
            x = self.embed(ids[:, t]) if self.embed else F.one_hot(ids[:, t], V).float()
            h = self.squash(self.x(x) + self.h(self.carry(h)))
            scores.append(self.out(h))
        return torch.stack(scores, dim=1)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, H)
        self.rnn = nn.LSTM(H, H, batch_first=True)
        self.out = nn.Linear(H, V)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])


class KeepsInTraining(Net):
    """Carries its state from call to call while it trains, and only then."""

    def forward(self, x):
        hs, state = self.rnn(self.embed(x), getattr(self, "kept", None) if self.training else None)
        self.kept = state.detach()
        return self.out(hs)


class KeepsInItsClass(Net):
    """All models of this kind share one state."""

    kept = None

    def forward(self, x):
        hs, state = self.rnn(self.embed(x), type(self).kept)
        type(self).kept = state.detach()
        return self.out(hs)


def in_two_pieces(m, x):
    """The second half begins anew."""
    half = x.shape[1] // 2
    return torch.cat([plain(m, x[:, :half]), plain(m, x[:, half:])], dim=1)


def hears_a_little(m, x, much):
    """Each step hears its next embedding, faintly."""
    e = m.embed(x)
    return m.out(m.rnn(e + much * F.pad(e[:, 1:], (0, 0, 0, 1)))[0])


@dataclass
class Reply:
    scores: torch.Tensor
    states: torch.Tensor


class Seq2Seq(Net):
    def forward(self, source, target):
        return self.out(self.parts["decoder"](self.embed(target), last_states(self, source))[0])


class ConvCell(nn.Module):
    """A ConvLSTM over frames (B, T, C, height, width), which gives the next frame."""

    def __init__(self):
        super().__init__()
        self.gates, self.out = nn.Conv2d(1 + 4, 16, 3, padding=1), nn.Conv2d(4, 1, 1)

    def forward(self, x):
        h = c = torch.zeros(len(x), 4, *x.shape[3:])
        found = []
        for t in range(x.shape[1]):
            i, f, o, g = self.gates(torch.cat([x[:, t], h], 1)).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            found.append(self.out(h))
        return torch.stack(found, 1)


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


class WithLoss(Net):
    """Reckons its own loss, as models of Hugging Face do."""

    def forward(self, input_ids, labels=None):
        logits = plain(self, input_ids)
        return {"loss": F.cross_entropy(logits.transpose(1, 2), labels), "logits": logits}


class LearnedStart(Net):
    def __init__(self):
        super().__init__()
        self.h0 = nn.Parameter(torch.zeros(1, 1, H))

    def forward(self, x):
        return self.out(self.rnn(self.embed(x), self.h0.expand(-1, len(x), -1).contiguous())[0])


class Counting(Net):
    """A buffer that every call changes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        return super().forward(x)


# how models join their parts


def part(m, name, x):
    return m.parts[name](x)


def packed_states(m, x, lengths):
    packed = pack_padded_sequence(m.embed(x), lengths, batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(m.rnn(packed)[0], batch_first=True, total_length=x.shape[1])[0]


def packed_last(m, x, lengths):
    packed = pack_padded_sequence(m.embed(x), lengths, batch_first=True, enforce_sorted=False)
    return m.out(m.rnn(packed)[1][-1])


def mask_of(x, lengths):
    return torch.arange(x.shape[1]) < lengths[:, None]


def mean_pool(m, x, lengths):
    mask = mask_of(x, lengths)[..., None]
    return m.out((packed_states(m, x, lengths) * mask).sum(1) / lengths[:, None])


def mean_of_real(m, x):
    mask = (x != 0)[..., None].float()
    return m.out((states(m, x) * mask).sum(1) / mask.sum(1))


def attend(m, x, lengths):
    hs = packed_states(m, x, lengths)
    scores = part(m, "score", hs).squeeze(-1).masked_fill(~mask_of(x, lengths), -torch.inf)
    return m.out((scores.softmax(1)[..., None] * hs).sum(1))


def attention(m, x, masked=True):
    hs = states(m, x)
    scores = hs @ hs.transpose(1, 2) / H**0.5
    later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
    past = (scores.masked_fill(later, -torch.inf) if masked else scores).softmax(-1) @ hs
    return m.out(torch.tanh(part(m, "join", torch.cat([hs, past], -1))))


def both_ends(m, x, ends=(-2, -1)):
    return m.out(torch.cat([last_states(m, x)[n] for n in ends], -1))


def repeat(m, x, steps=None):
    """An autoencoder: a summary of the whole, and a decoder that unfolds it."""
    h = last_states(m, x)[-1][:, None].expand(-1, steps or x.shape[1], -1)
    return m.out(part(m, "decoder", h)[0])


def cell_loop(m, x, carry=lambda h, t: h):
    e, state, hs = m.embed(x), None, []
    for t in range(x.shape[1]):
        state = m.parts["cell"](e[:, t], state if state is None else carry(state, t))
        hs.append(state[0] if isinstance(state, tuple) else state)
    return m.out(torch.stack(hs, 1))


def start_inside(m, x):
    """The start token is put in front inside the model; targets are the inputs themselves."""
    return plain(m, torch.cat([torch.full_like(x[:, :1], V - 1), x[:, :-1]], 1))


def autocast(m, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = plain(m, x)
    return scores.float()


def hear_yourself(m, x):
    """Each step reads an input, and the id that the step before it chose."""
    h, chosen, found = torch.zeros(len(x), H), torch.zeros(len(x), dtype=torch.long), []
    for t in range(x.shape[1]):
        h = m.parts["cell"](torch.cat([m.embed(x[:, t]), part(m, "own", chosen)], -1), h)
        found.append(m.out(h))
        chosen = found[-1].argmax(-1)
    return torch.stack(found, 1)


def write_on(m, x):
    """A decoder that reads what it chose itself."""
    h, chosen, found = last_states(m, x), torch.zeros(len(x), 1, dtype=torch.long), []
    for _ in range(x.shape[1]):
        hs, h = m.rnn(m.embed(chosen), h)
        found.append(m.out(hs))
        chosen = found[-1].argmax(-1)
    return torch.cat(found, 1)


def noisy(m, x):
    """A variational encoder: in training, noise as wide as it says itself."""
    h = m.out(last_states(m, x)[-1])
    return h + torch.randn_like(h) * part(m, "width", h).exp() if m.training else h


def correct(m, x, size=1.0, steps=False):
    """The last value and a small correction."""
    found = x + size * plain(m, x)
    return found if steps else found[:, -1]


def windowed(m, x):
    """The last answer sees all steps but the first, at any length."""
    e = F.pad(m.embed(x).transpose(1, 2), (T - 2, 0))
    return m.out(torch.tanh(part(m, "conv", e)).transpose(1, 2))[:, -1]


def in_numpy(m, x):
    return m.out(torch.tensor(states(m, x).detach().numpy()))


def last_of(m, x, at=-1):
    return m.out(states(m, x)[:, at])


def without_gradient(m, x):
    with torch.no_grad():
        hs = states(m, x)
    return m.out(hs)


def shifted(m, x):
    scores = plain(m, x)
    return torch.cat([torch.zeros_like(scores[:, :1]), scores[:, :-1]], 1)


def last_constant(m, x):
    scores = plain(m, x)
    return torch.cat([scores[:, :-1], torch.zeros_like(scores[:, :1])], 1)


def viewed(m, x):
    """A layer that wants time first, and a view in place of a transpose."""
    hs = m.rnn(m.embed(x).view(x.shape[1], x.shape[0], -1))[0]
    return m.out(hs.reshape(*x.shape, -1))


def no_loop(m, x):
    """Each step from an empty state."""
    return m.out(torch.cat([states(m, x[:, t : t + 1]) for t in range(x.shape[1])], 1))


def one_less(m, x, lengths):
    return m.out(packed_states(m, x, (lengths - 1).clamp(min=1))[range(len(x)), lengths - 2])


def unsorted(m, x, lengths):
    order = (-lengths).argsort(stable=True)
    return packed_last(m, x[order], lengths[order])


def lengths_of_others(m, x, lengths):
    return packed_last(m, x, lengths.sort(descending=True)[0])


def in_place(m, x):
    gate = torch.sigmoid(states(m, x))
    square = gate * gate
    gate *= 2
    return m.out(square)


class Listed(nn.Module):
    """Layers in a plain list."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(V, H), nn.Linear(H, V)
        self.layers = [nn.GRU(H, H, batch_first=True) for _ in range(2)]

    def forward(self, x):
        x = self.embed(x)
        for layer in self.layers:
            x, _ = layer(x)
        return self.out(x)


class Forgets(WithState):
    """Takes a state, and does not use it."""

    def forward(self, x, hidden=None):
        return super().forward(x)


class LostState(WithState):
    """Gives back a state of zeros."""

    def forward(self, x, hidden=None):
        scores, hidden = super().forward(x, hidden)
        return scores, torch.zeros_like(hidden)


class FadingState(WithState):
    """Hands on a little less than its state."""

    def forward(self, x, hidden=None):
        scores, hidden = super().forward(x, hidden)
        return scores, 0.97 * hidden


class HalfOfTheState(WithState):
    """c is lost on the way from call to call."""

    def forward(self, x, hidden=None):
        return super().forward(x, hidden and (hidden[0], torch.zeros_like(hidden[1])))


# losses


def mean_of_real_losses(output, y):
    losses = F.cross_entropy(output.transpose(1, 2), y, reduction="none")
    return (losses * (y != 0)).sum() / (y != 0).sum()


def padded_mean(output, y):
    losses = F.cross_entropy(output.transpose(1, 2), y, reduction="none")
    return (losses * (y != 0)).mean()


def masked_by_batch(output, y):
    mask = torch.tensor(np.arange(T) < data.LENGTHS[:, None]).float()
    losses = F.cross_entropy(output.transpose(1, 2), y, reduction="none")
    return (losses * mask).sum() / mask.sum()


def gaussian(output, y):
    mean, log = output[..., :1], output[..., 1:]
    return (log + (y.reshape(mean.shape) - mean) ** 2 / log.exp()).mean()


def quantiles(output, y):
    q = torch.tensor([0.1, 0.5, 0.9])
    gap = y.reshape(*output.shape[:-1], 1) - output
    return torch.maximum(q * gap, (q - 1) * gap).mean()


def steps_of(which):
    """The cross-entropy of some of the steps."""
    return lambda output, y: F.cross_entropy(
        output[:, which].reshape(-1, V), y[:, which].reshape(-1)
    )


def with_penalty(output, y):
    return F.cross_entropy(output.transpose(1, 2), y) + 1e-3 * (output**2).mean()


def focal(output, y):
    p = output.softmax(-1).gather(-1, y[..., None]).squeeze(-1)
    return ((1 - p) ** 2 * F.cross_entropy(output.transpose(1, 2), y, reduction="none")).mean()


def smoothed_sum(output, y):
    return F.cross_entropy(output.transpose(1, 2), y, reduction="sum") / len(y)


def ctc(output, y):
    sizes = torch.full((len(y),), output.shape[1]), torch.full((len(y),), y.shape[1])
    return F.ctc_loss(output.log_softmax(-1).transpose(0, 1), y, *sizes)


def ahead(output, y):
    return F.cross_entropy(output[:, :-1].reshape(-1, V), y[:, 1:].reshape(-1))


def joined(output, y):
    return sum(F.cross_entropy(o.movedim(-1, 1), t) for o, t in zip(output, y, strict=True))


# changes of a model


def series(outputs=1, **more):
    return {"inputs": data.F, "outputs": outputs} | more


def frozen(model, pattern=""):
    for name, p in model.named_parameters():
        p.requires_grad_(pattern not in name)
    return model


def scaled(model, pattern, factor):
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.mul_(factor if pattern in name else 1)
    return model


def wide(model, size):
    model.out = nn.Linear(size, model.out.out_features)
    return model


def weight_normed(model):
    nn.utils.parametrizations.weight_norm(model.out)
    return model


def gru(inputs=H):
    return nn.GRU(inputs, H, batch_first=True)


def go(*steps, **more):
    """A Net whose scores go through `steps`, functions of a tensor, one after the other."""

    def through(m, x):
        x = plain(m, x)
        for step in steps:
            x = step(x)
        return x

    return Net(through, **more)


def last(*steps, **more):
    """The same of the last step alone."""
    return go(lambda x: x[:, -1], *steps, **more)


Answer = namedtuple("Answer", "logits state")
rng = np.random.default_rng(7)
NEXT, IDS = data.NEXT, data.NEXT[0]
FRAMES = rng.normal(0, 1, (4, 7, 1, 5, 5)).astype("float32")
CLIPS = FRAMES[:, :-1], FRAMES[:, 1:]
MANY = data.SERIES, data.SERIES.cumsum(1)[..., :1]
ROLL = data.SERIES, (data.SERIES.cumsum(1) > 0).astype("float32")
ECHO = IDS, np.pad(IDS, ((0, 0), (1, 0)))[:, :-1]
META = rng.normal(0, 1, (B, 2)).astype("float32")
SPEAKERS = np.array([0, 1, 2, 0, 1, 2])
GAPS = np.where(rng.random((B, T)) < 0.2, V - 1, IDS % (V - 1))
SQUARE = data.IDS[:, :B], data.IDS[:, 1 : B + 1]
SHARES = rng.dirichlet(np.ones(V), (B, T)).astype("float32")
AHEAD = data.WAVE[:, :8], np.stack([data.WAVE[:, 1 + k : 9 + k, 0] for k in range(3)], -1)
SOURCE = rng.integers(0, V, (B, 5))
TEN = rng.integers(0, V, (B, 14))
LONG = TEN[:, :-1], TEN[:, 1:]
WALK = (20 + rng.normal(0, 0.02, (B, T + 1, 1)).cumsum(1)).astype("float32")
DRIFT, DRIFTS = (WALK[:, :-1], WALK[:, -1]), (WALK[:, :-1], WALK[:, 1:])
LARGE = 3000 + 2000 * data.SERIES, data.FORECAST[1]
SHUFFLED = np.random.default_rng(11).permutation(B)
MIXED = (data.PADDED[SHUFFLED], data.WORDS), {"lengths": data.LENGTHS[SHUFFLED]}
RAGGED, PADS = {"lengths": data.LENGTHS}, {"padding_id": 0}
YES = data.BINARY[0], data.BINARY[1][:, None]
entropy, mse, bce = (
    {"loss": loss()} for loss in (nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss)
)
nll = {"loss": nn.NLLLoss()}

SOUND = {
    # layers and answers
    "plain": lambda: (Net(cell=nn.RNN), NEXT, {}),
    "lstm": lambda: (Net(cell=nn.LSTM), NEXT, entropy),
    "two layers": lambda: (Net(num_layers=2), NEXT, {}),
    "relu": lambda: (Net(cell=nn.RNN, nonlinearity="relu"), NEXT, {}),
    "dropout": lambda: (Net(lambda m, x: m.out(part(m, "d", states(m, x))), {"d": nn.Dropout(0.4)},
                            nn.LSTM, num_layers=2, dropout=0.3), NEXT, {}),
    "tagger": lambda: (Net(cell=nn.LSTM, bidirectional=True), data.TAGS, {}),
    "both ends": lambda: (Net(both_ends, bidirectional=True, outputs=4), data.LABEL, {}),
    "classes": lambda: (last(cell=nn.LSTM, outputs=4), data.LABEL, {}),
    "a column of ids": lambda: (last(outputs=4), (IDS, data.WORDS[:, None]), {}),
    "mean of states": lambda: (Net(lambda m, x: m.out(states(m, x).mean(1)), outputs=4),
                               data.LABEL, {}),
    "one-hot": lambda: (Net(inputs=V), data.ONE_HOT, {}),
    "attention": lambda: (Net(attention, {"join": nn.Linear(2 * H, H)}, nn.LSTM), NEXT, {}),
    "tied": lambda: (Tied(), NEXT, {}),
    "residual": lambda: (Net(lambda m, x: m.out(part(m, "up", m.embed(x)) + states(m, x)),
                             {"up": nn.Linear(7, H)}), NEXT, {}),
    "batch norm over time": lambda: (
        Net(lambda m, x: m.out(part(m, "n", states(m, x).transpose(1, 2)).transpose(1, 2)),
            {"n": nn.BatchNorm1d(H)}), NEXT, {}),
    "weight norm": lambda: (weight_normed(Net()), NEXT, {}),
    "projected": lambda: (
        Net(lambda m, x: m.out(part(m, "p", m.embed(x))[0]),
            {"p": nn.LSTM(7, 20, proj_size=H, batch_first=True)}, None), NEXT, {}),
    "convolutional": lambda: (ConvCell(), CLIPS, mse),
    "encoder, tags": lambda: (Encoder(masked=False), data.TAGS, {}),
    "encoder, masked": lambda: (Encoder(masked=True), NEXT, {}),
    "by hand": lambda: (ByHand(), NEXT, {}),
    "by hand, embedded": lambda: (ByHand(embed=True), NEXT, {}),
    "lstm cell": lambda: (Net(cell_loop, {"cell": nn.LSTMCell(7, H)}, None), NEXT, {}),
    "zero start": lambda: (scaled(Net(), "out", 0), NEXT, {}),
    "learned start": lambda: (LearnedStart(), NEXT, {}),
    "noise in training": lambda: (Net(noisy, {"width": nn.Linear(4, 4)}, outputs=4), data.LABEL,
                                  {}),
    "speakers that start alike": lambda: (
        scaled(Two(lambda m, x, y: m.out(m.rnn(m.embed(x) + part(m, "who", y)[:, None])[0]),
                   {"who": nn.Embedding(3, 7)}), "who", 0), ((IDS, SPEAKERS), NEXT[1]), {}),
    "window of all but one": lambda: (
        Net(windowed, {"conv": nn.Conv1d(7, H, T - 1)}, None, outputs=4), data.LABEL, {}),
    # residual forecasters of a slow series
    "last value and a correction": lambda: (
        Net(lambda m, x: correct(m, x, 0.01), inputs=1, outputs=1), DRIFT, mse),
    "last value and a tiny correction": lambda: (
        Net(lambda m, x: correct(m, x, 1e-3), inputs=1, outputs=1), DRIFT, mse),
    "each value and a correction": lambda: (
        Net(lambda m, x: correct(m, x, 0.01, True), inputs=1, outputs=1), DRIFTS, mse),
    "last value and no correction yet": lambda: (
        scaled(Net(correct, inputs=1, outputs=1), "out", 0), DRIFT, mse),
    # several inputs and outputs
    "encoder and decoder": lambda: (Seq2Seq(parts={"decoder": gru(7)}),
                                    ((SOURCE, IDS), NEXT[1]), {}),
    "own choices read again": lambda: (
        Net(hear_yourself, {"cell": nn.GRUCell(14, H), "own": nn.Embedding(V, 7)}, None),
        (IDS, IDS * 2 % V), {}),
    "own choices written on": lambda: (Net(write_on), (IDS, IDS[:, ::-1].copy()), {}),
    "autoencoder": lambda: (Net(repeat, {"decoder": gru()}, **series(data.F)),
                            (data.SERIES,) * 2, mse),
    "autoencoder of ids": lambda: (Net(repeat, {"decoder": gru()}), (IDS,) * 2, {}),
    "horizon": lambda: (Net(lambda m, x: repeat(m, x, 4), {"decoder": gru()}, **series()),
                        (data.SERIES, data.SERIES[:, :4, :1].cumsum(1)), mse),
    "horizon at once": lambda: (last(**series(4)), (data.SERIES, data.SERIES[:, :4, 0]), {}),
    "meta": lambda: (
        wide(Two(lambda m, x, y: m.out(torch.cat([last_states(m, x)[-1], part(m, "meta", y)], -1)),
                 {"meta": nn.Linear(2, 5)}, outputs=4), H + 5), ((IDS, META), data.WORDS), {}),
    "two sequences": lambda: (
        wide(Two(lambda m, x, y: m.out(torch.cat([last_states(m, z)[-1] for z in (x, y)], -1)),
                 outputs=1), 2 * H), (NEXT, data.BINARY[1]), {}),
    "dictionary out": lambda: (Net(lambda m, x: {"logits": plain(m, x)}), NEXT, {}),
    "named tuple out": lambda: (Net(lambda m, x: Answer(plain(m, x), states(m, x))), NEXT, {}),
    "dataclass out": lambda: (Net(lambda m, x: Reply(plain(m, x), states(m, x))), NEXT, {}),
    "one step": lambda: (Net(), tuple(a[:, :1] for a in NEXT), {}),
    "own loss": lambda: (WithLoss(), ({"input_ids": IDS, "labels": NEXT[1]}, NEXT[1]), {}),
    "two kinds of targets": lambda: (
        Net(lambda m, x: (plain(m, x), part(m, "end", states(m, x)[:, -1])),
            {"end": nn.Linear(H, 4)}), (IDS, (NEXT[1], data.WORDS)), {"loss": joined}),
    # states
    "stateful": lambda: (Stateful(), NEXT, {}),
    "with state": lambda: (WithState(cell=nn.LSTM), NEXT, {}),
    "needs a state": lambda: (NeedsState(), NEXT, {}),
    "state among the inputs": lambda: (
        WithState(), ((IDS, np.zeros((1, B, H), "float32")), NEXT[1]), {}),
    "counting": lambda: (Counting(), NEXT, {}),
    # padding
    "packed": lambda: (Lengths(packed_last, outputs=4), data.PADDED_LABEL, RAGGED | PADS),
    "packed, lengths among the inputs": lambda: (
        Lengths(packed_last, outputs=4), ((data.PADDED, data.LENGTHS), data.WORDS), RAGGED),
    "packed tagger": lambda: (
        Lengths(lambda m, x, n: m.out(packed_states(m, x, n)), bidirectional=True),
        (data.PADDED, data.PADDED * 2 % V), RAGGED),
    "mean of real states": lambda: (Lengths(mean_pool, outputs=4), data.PADDED_LABEL, RAGGED),
    "mean of real states by their ids": lambda: (
        Net(mean_of_real, outputs=4), data.PADDED_LABEL, PADS),
    "attention over real states": lambda: (
        Lengths(attend, {"score": nn.Linear(H, 1)}, outputs=4), data.PADDED_LABEL, RAGGED),
    "masked loss": lambda: (Net(), data.PADDED_NEXT,
                            {"loss": nn.CrossEntropyLoss(ignore_index=0)} | PADS),
    "masked loss by hand": lambda: (Net(), data.PADDED_NEXT, {"loss": mean_of_real_losses} | PADS),
    "mask of the batch in the loss": lambda: (Net(), NEXT, {"loss": masked_by_batch}),
    # axes
    "flat": lambda: (go(lambda x: x.reshape(-1, V)), NEXT, {}),
    "flat targets": lambda: (go(lambda x: x.reshape(-1, V)), (IDS, NEXT[1].ravel()), {}),
    "classes second": lambda: (go(lambda x: x.transpose(1, 2)), NEXT, entropy),
    "time first": lambda: (Net(batch_first=False), tuple(a.T for a in NEXT),
                           {"batch_first": False}),
    "series, time first": lambda: (
        Net(batch_first=False, **series()), tuple(a.swapaxes(0, 1) for a in MANY),
        {"batch_first": False} | mse),
    "series without features": lambda: (
        Net(lambda m, x: plain(m, x[..., None]).squeeze(-1), inputs=1, outputs=1),
        (data.WAVE[:, :-1, 0], data.WAVE[:, 1:, 0]), mse),
    "forecast, squeezed": lambda: (last(lambda x: x.squeeze(-1), outputs=1),
                                   (IDS, data.FORECAST[1][:, 0]), {}),
    "three steps": lambda: (Net(), (data.IDS[:, :3], data.IDS[:, 1:4]), {}),
    "as many steps as rows": lambda: (Net(), SQUARE, entropy),
    "one row": lambda: (Net(), tuple(a[:1] for a in NEXT), {}),
    # targets
    "forecast": lambda: (last(**series()), data.FORECAST, mse),
    "series": lambda: (Net(inputs=1, outputs=1), data.NEXT_VALUE, mse),
    "two ahead": lambda: (Net(inputs=1, outputs=1), (data.WAVE[:, :-2], data.WAVE[:, 2:]), mse),
    "some ahead": lambda: (Net(inputs=1, outputs=3), AHEAD, mse),
    "small numbers": lambda: (Net(cell=nn.RNN, **series()), (MANY[0] / 1000, MANY[1] / 1000), mse),
    "echo": lambda: (Net(), ECHO, {}),
    "echo of the same step, said": lambda: (Net(), (IDS,) * 2, {"shift": 0}),
    "start token inside": lambda: (Net(start_inside), (IDS % (V - 1),) * 2, {}),
    "gaps to fill": lambda: (Net(bidirectional=True), (GAPS, IDS % (V - 1)), entropy),
    "several labels a step": lambda: (Net(**series(data.F)), ROLL, bce),
    "binary": lambda: (last(outputs=1), data.BINARY, {}),
    "true or false": lambda: (last(outputs=1), (IDS, data.BINARY[1] > 0), {}),
    "counts": lambda: (last(**series()), (data.SERIES, data.IDS[:, :1]),
                       {"loss": nn.PoissonNLLLoss()}),
    "shares as targets": lambda: (Net(), (IDS, SHARES), entropy),
    # losses
    "sum": lambda: (Net(), NEXT, {"loss": nn.CrossEntropyLoss(reduction="sum")}),
    "sum over the steps": lambda: (Net(), NEXT, {"loss": smoothed_sum}),
    "smooth": lambda: (Net(), NEXT, {"loss": nn.CrossEntropyLoss(label_smoothing=0.1)}),
    "weights": lambda: (Net(), NEXT, {"loss": nn.CrossEntropyLoss(torch.linspace(0.5, 2, V))}),
    "nll": lambda: (go(lambda x: x.log_softmax(-1)), NEXT, nll),
    "sigmoid and BCELoss": lambda: (last(torch.sigmoid, outputs=1), YES, {"loss": nn.BCELoss()}),
    "focal": lambda: (Net(), NEXT, {"loss": focal}),
    "a penalty in the loss": lambda: (Net(), NEXT, {"loss": with_penalty}),
    "steps that only warm up": lambda: (Net(), NEXT, {"loss": steps_of(slice(4, None))}),
    "loss that looks ahead": lambda: (Net(), (IDS,) * 2, {"loss": ahead}),
    "ctc": lambda: (Net(), (IDS, data.IDS[:, :3] % (V - 1) + 1), {"loss": ctc}),
    "gaussian": lambda: (Net(**series(2)), MANY, {"loss": gaussian}),
    "gaussian, targets (B, T)": lambda: (Net(**series(2)), (MANY[0], MANY[1][..., 0]),
                                         {"loss": gaussian}),
    "gaussian as a pair": lambda: (go(lambda x: x.split(1, -1), **series(2)), MANY,
                                   {"loss": lambda o, y: gaussian(torch.cat(o, -1), y)}),
    "quantiles of a row, no axis": lambda: (
        last(**series(3)), (data.SERIES, data.FORECAST[1][:, 0]), {"loss": quantiles}),
    "quantiles, no loss": lambda: (last(**series(3)), data.FORECAST, {}),
    # numbers
    "bfloat16": lambda: (Net().bfloat16(), NEXT, entropy),
    "float64": lambda: (Net(cell=nn.LSTM, **series()).double(), MANY, mse),
    "autocast": lambda: (Net(autocast), NEXT, entropy),
    "inputs in thousands, normalised": lambda: (
        Net(lambda m, x: last_of(m, (x - 3000) / 2000), **series()), LARGE, mse),
    # what is frozen on purpose
    "frozen embedding": lambda: (frozen(Net(), "embed"), NEXT, {}),
    "frozen recurrent layer": lambda: (frozen(Net(), "rnn"), NEXT, {}),
    "frozen first layer of two": lambda: (frozen(Net(num_layers=2), "l0"), NEXT, {}),
}  # fmt: skip
SICK = {
    # shapes and axes
    "no batch_first": lambda: (Net(batch_first=False), NEXT, {}, "batch_first"),
    "no batch_first, square": lambda: (Net(batch_first=False), SQUARE, entropy, "batch_first"),
    "no batch_first, last": lambda: (last(batch_first=False, **series()), data.FORECAST, mse,
                                     "batch_first"),
    "steps in place of rows": lambda: (Net(lambda m, x: m.out(states(m, x)[-1]), outputs=4),
                                       data.LABEL, {}, "batch_first"),
    "return_sequences": lambda: (last(), NEXT, {}, "return_sequences"),
    "one answer wanted": lambda: (Net(outputs=4), data.LABEL, {}, "one_answer_wanted"),
    "states reshaped": lambda: (
        Net(lambda m, x: m.out(last_states(m, x).reshape(len(x), -1)), bidirectional=True,
            outputs=4), data.LABEL, {}, "examples_leak"),
    "view": lambda: (Net(viewed, batch_first=False), NEXT, {}, "examples_leak"),
    "time in front": lambda: (go(lambda x: x.permute(1, 0, 2)), NEXT, {}, "axes_swapped"),
    "two for one": lambda: (Net(**series(2)), MANY, mse, "shapes"),
    "too few classes": lambda: (Net(outputs=7), NEXT, {}, "shapes"),
    "ids beyond": lambda: (Net(), (IDS + 1, NEXT[1]), {}, "forward_raises"),
    "squeezed": lambda: (last(torch.squeeze, **series()), (data.SERIES, data.FORECAST[1][:, 0]),
                         mse, "batch_size"),
    "one batch size": lambda: (
        Net(lambda m, x: m.out(m.rnn(m.embed(x), torch.zeros(1, B, H))[0])), NEXT, {},
        "batch_size"),
    # examples, past and future
    "mean of the batch": lambda: (Net(lambda m, x: m.out(states(m, x) - states(m, x).mean(0))),
                                  NEXT, {}, "examples_leak"),
    "attention over the batch": lambda: (
        Net(lambda m, x: m.out((states(m, x).softmax(0) * states(m, x)).sum(0, keepdim=True)
                               + states(m, x))), NEXT, {}, "examples_leak"),
    "not sorted back": lambda: (Lengths(unsorted, outputs=4), *MIXED, "examples_leak"),
    "lengths of others": lambda: (Lengths(lengths_of_others, outputs=4), *MIXED,
                                  "examples_leak"),
    "lengths, one less": lambda: (Lengths(one_less, outputs=4), data.PADDED_LABEL, RAGGED,
                                  "last_step_ignored"),
    "first step": lambda: (Net(lambda m, x: last_of(m, x, 0), outputs=4), data.LABEL, {},
                           "last_step_ignored"),
    "last of two": lambda: (last(cell=nn.LSTM, bidirectional=True, outputs=4), data.LABEL, {},
                            "bidirectional_last"),
    "last answer is constant": lambda: (Net(last_constant), NEXT, {}, "no_memory"),
    "no loop": lambda: (Net(no_loop), NEXT, {}, "no_memory"),
    "in two pieces": lambda: (Net(in_two_pieces), NEXT, {}, "no_memory"),
    "no state": lambda: (ByHand(carry=torch.zeros_like), NEXT, {}, "no_memory"),
    "linear": lambda: (ByHand(squash=lambda h: h, embed=True), NEXT, {}, "linear_recurrence"),
    "bidirectional language model": lambda: (Net(bidirectional=True), NEXT, {}, "future_leak"),
    "attention without a mask": lambda: (
        Net(lambda m, x: attention(m, x, False), {"join": nn.Linear(2 * H, H)}), NEXT, {},
        "future_leak"),
    "norm over time": lambda: (Net(lambda m, x: m.out(part(m, "n", states(m, x))),
                                   {"n": nn.LayerNorm([T, H])}), NEXT, {}, "future_leak"),
    **{f"next embedding, times {much}": lambda much=much: (
        Net(lambda m, x: hears_a_little(m, x, much)), NEXT, {}, "future_leak")
        for much in (0.01, 0.003, 0.001)},
    "next embedding, beside scores of 30": lambda: (
        Net(lambda m, x: hears_a_little(m, x, 0.01) + 30), NEXT, {}, "future_leak"),
    "backwards": lambda: (Net(lambda m, x: plain(m, x.flip(1)).flip(1)), NEXT, {}, "future_leak"),
    "multiplied by 0": lambda: (go(lambda x: x * 0), NEXT, {}, "input_ignored"),
    "softmax of one unit": lambda: (last(lambda x: x.softmax(-1), outputs=1), YES,
                                    {"loss": nn.BCELoss()}, "input_ignored"),
    # states
    "state kept": lambda: (Remembering(), NEXT, {}, "state_kept"),
    "state kept, times 0.0003": lambda: (
        Remembering(lambda h: 3e-4 * h.detach()), NEXT, {}, "state_kept"),
    "state kept in training": lambda: (KeepsInTraining(), NEXT, {}, "state_kept"),
    "state kept in the class": lambda: (KeepsInItsClass(), NEXT, {}, "state_kept"),
    "state with its history": lambda: (Stateful(lambda h: h), NEXT, {}, "missing_detach"),
    "state not used": lambda: (Forgets(), NEXT, {}, "state_not_carried"),
    "state not returned": lambda: (LostState(), NEXT, {}, "state_not_carried"),
    "state, a little less": lambda: (FadingState(), NEXT, {}, "state_not_carried"),
    "half of the state": lambda: (HalfOfTheState(cell=nn.LSTM), NEXT, {}, "state_not_carried"),
    # padding
    "padding read": lambda: (last(outputs=4), data.PADDED_LABEL, PADS, "padding_read"),
    "padding read by lengths": lambda: (last(outputs=4), data.PADDED_LABEL, RAGGED,
                                        "padding_read"),
    "a real id is padding": lambda: (Net(), NEXT, {"padding_id": 3}, "real_id_masked"),
    "padding in the mean": lambda: (Net(), data.PADDED_NEXT, {"loss": padded_mean} | PADS,
                                    "masked_mean"),
    "padding in the loss": lambda: (Net(), data.PADDED_NEXT, entropy | PADS, "padding_in_loss"),
    "ignore_index": lambda: (Net(), NEXT, {"loss": nn.CrossEntropyLoss(ignore_index=3)},
                             "id_ignored"),
    # losses
    "softmax twice": lambda: (go(lambda x: x.softmax(-1)), NEXT, entropy, "softmax_twice"),
    "softmax twice, no loss": lambda: (go(lambda x: x.softmax(-1)), NEXT, {}, "softmax_twice"),
    "softmax over rows": lambda: (last(lambda x: x.softmax(0), outputs=4), data.LABEL, {},
                                  "examples_leak"),
    "softmax over time": lambda: (go(lambda x: x.softmax(1)), NEXT, entropy, "future_leak"),
    "log of scores": lambda: (
        Net(), NEXT, {"loss": lambda o, y: F.nll_loss(o.clamp(1e-6).log().transpose(1, 2), y)},
        "logits_as_probabilities"),
    "nll of logits": lambda: (Net(), NEXT, nll, "nll_without_log_softmax"),
    "nll of probabilities": lambda: (go(lambda x: x.softmax(-1)), NEXT, nll,
                                     "nll_without_log_softmax"),
    "axes of the loss": lambda: (
        Net(), NEXT, {"loss": lambda o, y: F.cross_entropy(o.reshape(len(y), V, -1), y)},
        "loss_axes"),
    "targets not transposed": lambda: (
        Net(), NEXT, {"loss": lambda o, y: F.cross_entropy(o.view(-1, V), y.T.reshape(-1))},
        "loss_axes"),
    "broadcast": lambda: (last(lambda x: x.squeeze(-1), **series()), data.FORECAST, mse,
                          "loss_axes"),
    "log of softmax": lambda: (
        Net(), NEXT,
        {"loss": lambda o, y: F.nll_loss(o.softmax(-1).log().transpose(1, 2), y)}, "log_of_zero"),
    "no reduction": lambda: (Net(), NEXT, {"loss": nn.CrossEntropyLoss(reduction="none")},
                             "loss_raises"),
    "looks ahead twice": lambda: (Net(), NEXT, {"loss": ahead}, "loss_shifts"),
    # targets
    "not shifted": lambda: (Net(cell=nn.LSTM), (IDS,) * 2, entropy, "targets_not_shifted"),
    "series not shifted": lambda: (Net(inputs=1, outputs=1), (data.NEXT_VALUE[0],) * 2, {},
                                   "targets_not_shifted"),
    "value of today": lambda: (last(**series()), (data.SERIES, data.SERIES[:, -1, :1].copy()), {},
                               "forecast_of_today"),
    # learning
    "first layer": lambda: (Net(lambda m, x: m.out(last_states(m, x)[0]), num_layers=2, outputs=4),
                            data.LABEL, entropy, "unreached_parameters"),
    "two of four": lambda: (
        Net(lambda m, x: both_ends(m, x, (0, 1)), num_layers=2, bidirectional=True, outputs=4),
        data.LABEL, {}, "unreached_parameters"),
    "plain list": lambda: (Listed(), NEXT, {}, "unregistered"),
    "no_grad": lambda: (Net(without_gradient), NEXT, {}, "unreached_parameters"),
    "through NumPy": lambda: (Net(in_numpy), NEXT, {}, "unreached_parameters"),
    "detached between layers": lambda: (
        Net(lambda m, x: m.out(part(m, "second", states(m, x).detach())[0]), {"second": gru()}),
        NEXT, {}, "unreached_parameters"),
    "loss of argmax": lambda: (
        Net(), NEXT, {"loss": lambda o, y: F.mse_loss(o.argmax(-1).float(), y.float())},
        "unreached_parameters"),
    "frozen": lambda: (frozen(Net()), NEXT, {}, "unreached_parameters"),
    "detached": lambda: (ByHand(carry=torch.Tensor.detach, embed=True), NEXT, {}, "gradient_cut"),
    "detached one-hot": lambda: (ByHand(carry=torch.Tensor.detach), NEXT, {}, "gradient_cut"),
    "detached every 3": lambda: (
        Net(lambda m, x: cell_loop(m, x, lambda h, t: h if t % 3 else h.detach()),
            {"cell": nn.GRUCell(7, H)}, None), LONG, {}, "gradient_cut"),
    "c detached": lambda: (
        Net(lambda m, x: cell_loop(m, x, lambda state, t: (state[0], state[1].detach())),
            {"cell": nn.LSTMCell(7, H)}, None), NEXT, {}, "gradient_cut"),
    "in place": lambda: (Net(in_place), NEXT, {}, "forward_raises"),
    # randomness and numbers
    "random start": lambda: (
        Net(lambda m, x: m.out(m.rnn(m.embed(x), torch.randn(1, len(x), H))[0])), NEXT, {},
        "not_deterministic"),
    "dropout left on": lambda: (Net(lambda m, x: m.out(F.dropout(states(m, x)))), NEXT, {},
                                "not_deterministic"),
    "dropout on one layer": lambda: (Net(dropout=0.3), NEXT, {}, "dropout_without_effect"),
    "dropout not called": lambda: (Net(parts={"drop": nn.Dropout(0.5)}), NEXT, {},
                                   "dropout_without_effect"),
    "nan": lambda: (go(torch.log), NEXT, {}, "not_finite"),
}  # fmt: skip
