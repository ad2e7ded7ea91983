"""A character RNN on torch.nn; autograd supplies the backward pass.

The same class, methods and numbers as numpy_model.py and keras_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rnnlib.models import initial, layout
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON
from rnnlib.models.dropout import draw_mask
from rnnlib.models.rnn.fast import torch_steps

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
CELLS = {nn.RNN: torch.rnn_tanh_cell, nn.GRU: torch.gru_cell, nn.LSTM: torch.lstm_cell}
NO_16_BITS = (
    "this processor has no 16-bit products for an LSTM: leave the block of torch.autocast out."
)


class Net(nn.Module):
    """The model as a PyTorch user would write it; an LSTM's state is the pair (h, c).

    `kept` multiplies what the output layer reads: the mask of dropout.py, in training. Where it
    pays, the layers are trained by torch_steps.py, with the same numbers.
    """

    def __init__(self, config):
        super().__init__()
        V, E, H = config.vocab_size, config.embed_size, config.hidden_size
        self.embed = nn.Embedding(V, E)
        self.rnn = LAYERS[config.cell](E, H, config.num_layers, batch_first=True)
        self.out = nn.Linear(H, V)
        if H >= torch_steps.WIDE:
            torch_steps.keep_memory()

    def forward(self, ids, state, kept=None):
        if torch_steps.pays(self.rnn):
            hs, state = torch_steps.read(self.rnn, self.embed.weight, ids, state)  # (T, B, H)
            logits = self.out(hs if kept is None else hs * kept.transpose(0, 1))
            return logits.transpose(0, 1), state
        if ids.shape[1] == 1 and not torch.is_grad_enabled():
            return self._step(ids, state)
        hs, state = self.rnn(self.embed(ids), state)
        return self.out(hs if kept is None else hs * kept), state

    def _step(self, ids, state):
        """`forward` for one time step, without the packing of weights that a layer begins with."""
        cell, h, pair = CELLS[type(self.rnn)], self.embed(ids[:, 0]), isinstance(state, tuple)
        ends = []
        starts = zip(*state, strict=True) if pair else state  # of each layer
        for start, parameters in zip(starts, self.rnn.all_weights, strict=True):
            ends.append(cell(h, start, *parameters))
            h = ends[-1][0] if pair else ends[-1]
        state = tuple(map(torch.stack, zip(*ends, strict=True))) if pair else torch.stack(ends)
        return self.out(h)[:, None], state


class CharRNN:
    """Embedding -> recurrent layers -> logits over the next character, from the same first weights
    in every engine. `device` is "cpu" or "gpu"; unless told, a GPU where there is one. Chapters 3
    to 8.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        self.device = config.choose_device(device, gpu=torch.cuda.is_available())
        self._place = torch.device("cuda" if self.device == "gpu" else "cpu")
        self.net = Net(config).to(self._place, getattr(torch, config.dtype))
        trained = set(layout.torch_names(config).values())
        for name, p in self.net.named_parameters():
            if name not in trained:  # the second of two biases that are only ever added
                nn.init.zeros_(p).requires_grad_(False)
        self.set_params(initial.initialise(config, seed))
        self.optimizer = torch.optim.AdamW([p for _, p in self._named()], betas=ADAM_BETAS)
        self._step = 0

    def init_state(self, batch_size):
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        with torch.no_grad():
            logits, state = self._call(ids, state)
        return logits.cpu().numpy(), state.cpu().numpy()

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        loss, state = self._backward(*self.config.check_batch(ids, state, targets))
        grads = {name: p.grad.cpu().numpy() for name, p in self._named()}
        return loss, layout.from_torch(grads, self.config), state

    def train_step(self, ids, targets, state, update):
        """One AdamW update on one batch, as an Update says; returns the loss before it, and the
        state.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        batch = self.config.check_batch(ids, state, targets)
        kept = draw_mask(self.config, update.dropout, len(ids), self.seed, self._step)
        loss, state = self._backward(*batch, kept)
        self._clip(update.clip_norm)
        self._step += 1
        (group,) = self.optimizer.param_groups
        group["lr"] = float(np.float32(update.rate))  # as Keras stores it
        group["weight_decay"] = update.weight_decay
        # PyTorch adds epsilon after the bias correction, Keras and the paper before: make it equal.
        group["eps"] = ADAM_EPSILON / np.sqrt(1 - ADAM_BETAS[1] ** self._step)
        self.optimizer.step()
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of layout.py."""
        named = {name: p.detach().cpu().numpy() for name, p in self._named()}
        return layout.from_torch(named, self.config)

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        ours = layout.to_torch(initial.check_params(params, self.config), self.config)
        with torch.no_grad():
            for name, p in self._named():
                p.copy_(torch.from_numpy(np.ascontiguousarray(ours[name])))

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        found = {"step": self._step}
        for ours, theirs in (("m", "exp_avg"), ("v", "exp_avg_sq")):
            named = {
                name: self.optimizer.state[p]
                .get(theirs, torch.zeros_like(p))
                .detach()
                .cpu()
                .numpy()
                for name, p in self._named()
            }
            found[ours] = layout.from_torch(named, self.config)
        return found

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        m, v = (
            layout.to_torch(initial.check_params(memory[part], self.config), self.config)
            for part in ("m", "v")
        )
        self._step = int(memory["step"])
        for name, p in self._named():
            self.optimizer.state[p] = {
                "step": torch.tensor(float(self._step)),
                "exp_avg": p.new_tensor(m[name]),
                "exp_avg_sq": p.new_tensor(v[name]),
            }

    def _named(self):
        return [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]

    def _call(self, ids, state, kept=None):
        """The net on arrays: logits and the state, an LSTM's h and c side by side again."""
        ids, state = (torch.from_numpy(array).to(self._place) for array in (ids, state))
        kept = None if kept is None else torch.from_numpy(kept).to(self._place)
        if pair := self.config.cell == "lstm":
            state = tuple(part.contiguous() for part in state.chunk(2, dim=-1))
        with self._autocast():
            try:
                logits, state = self.net(ids, state, kept)
            except RuntimeError as error:
                rounding = torch.is_autocast_enabled(self._place.type)
                if rounding and "create a primitive" in str(error):
                    raise RuntimeError(NO_16_BITS) from None
                raise
        state = torch.cat(state, dim=-1) if pair else state
        dtype = self.net.out.weight.dtype
        return logits.to(dtype), state.to(dtype)

    def _autocast(self):
        """torch.autocast as it is around the call, but without its 16-bit copies of the weights,
        which last until its block ends: an update in the block would not reach them.
        """
        kind = self._place.type
        on, dtype = torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)
        return torch.autocast(kind, dtype, on, cache_enabled=False)

    def _backward(self, ids, state, targets, kept=None):
        """Forward and backward, leaving each gradient in its parameter's `.grad`."""
        logits, state = self._call(ids, state, kept)
        targets = torch.from_numpy(targets).to(self._place)
        last = logits[:, -targets.shape[1] :]  # (B, K, V)
        loss = F.cross_entropy(last.flatten(0, 1), targets.flatten())
        self.net.zero_grad()
        loss.backward()
        return loss.item(), state.detach().cpu().numpy()

    def _clip(self, limit):
        """Scale all gradients so that their global norm is at most `limit`."""
        grads = [p.grad for _, p in self._named()]
        norm = nn.utils.get_total_norm(grads).item()
        if norm > limit:  # clip_grad_norm_ divides by norm + 1e-6, we by norm
            for grad in grads:
                grad *= limit / norm
