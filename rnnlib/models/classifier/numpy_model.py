"""A sequence model in NumPy: masked steps forwards, and the chain rule backwards.

The same class, methods and numbers as keras_model.py and torch_model.py; shapes in methods.py.
"""

import numpy as np

from rnnlib.functional import softmax
from rnnlib.models import numpy_base
from rnnlib.models.classifier.methods import Methods
from rnnlib.models.classifier.numpy_losses import measure
from rnnlib.models.numpy_masked import read, read_backward
from rnnlib.text.padding import make_mask


class SequenceModel(Methods, numpy_base.Model):
    """Embedding or vectors -> recurrent layers -> one vector -> outputs."""

    def _call(self, inputs, lengths, keep):
        return self._answer(*self._states(inputs, lengths), lengths, keep)[0]

    def _states(self, inputs, lengths):
        return self._read(inputs, lengths)[:2]

    def _weigh(self, inputs, lengths):
        hs, _ = self._states(inputs, lengths)
        return self._attend(hs, make_mask(lengths, hs.shape[1]))

    def _read(self, inputs, lengths):
        """What `_states` gives, and for the way back of each layer its xs and states."""
        params = self._params
        xs = params["embed"][inputs] if self.config.vocab_size else inputs
        mask = make_mask(lengths, xs.shape[1])
        H, kept = self.config.hidden_size, []
        for ways in self.config.recurrent():
            runs = [
                read(part, params, xs, mask, backwards=way == 1) for way, part in enumerate(ways)
            ]
            kept.append((xs, runs))
            forwards, *others = runs  # a second one reads from the end, to its first state
            hs = [forwards[:, 1:, :H], *(run[:, :-1, :H] for run in others)]
            last = [forwards[:, -1, :H], *(run[:, 0, :H] for run in others)]
            xs = np.concatenate(hs, axis=-1) * mask[..., None]
        return xs, np.concatenate(last, axis=-1), kept

    def _attend(self, hs, mask):
        scores = (hs @ self._params["W_a"])[..., 0]  # (B, T)
        return softmax(np.where(mask, scores, -np.inf))

    def _answer(self, hs, last, lengths, keep):
        """The outputs, and the vectors that they are computed from, before dropout."""
        mask = make_mask(lengths, hs.shape[1])
        pooled = self._pool(hs, last, mask)
        every = self.config.pooling == "every"
        read = pooled * (keep if every else keep[:, 0])
        outputs = read @ self._params["W_hy"] + self._params["b_y"]
        return (outputs * mask[..., None] if every else outputs), pooled

    def _pool(self, hs, last, mask):
        """One vector (B, D) for each sequence, or hs as they are."""
        pooling = self.config.pooling
        if pooling == "last":
            return last
        if pooling == "mean":
            return hs.sum(axis=1) / mask.sum(axis=1, keepdims=True).astype(hs.dtype)
        if pooling == "max":
            return np.where(mask[..., None], hs, -np.inf).max(axis=1)
        if pooling == "attention":
            return (self._attend(hs, mask)[..., None] * hs).sum(axis=1)
        return hs

    def _gradients(self, arrays, loss):
        inputs, lengths, targets, keep = arrays
        params, config = self._params, self.config
        hs, last, kept = self._read(inputs, lengths)
        outputs, pooled = self._answer(hs, last, lengths, keep)
        mask = make_mask(lengths, hs.shape[1])
        counts = mask if config.pooling == "every" else None
        value, d_outputs = measure(loss, outputs, targets, counts, config.levels)
        keep = keep if config.pooling == "every" else keep[:, 0]
        flat = d_outputs.reshape(-1, config.outputs)
        grads = {"W_hy": (pooled * keep).reshape(-1, config.width).T @ flat}
        grads["b_y"] = flat.sum(axis=0)
        d_pooled = d_outputs @ params["W_hy"].T * keep
        dhs, d_last, more = self._pool_backward(hs, pooled, mask, d_pooled)
        grads |= more
        for ways, (xs, runs) in zip(config.recurrent()[::-1], kept[::-1], strict=True):
            d_below, H = 0, config.hidden_size
            for way, (part, states) in enumerate(zip(ways, runs, strict=True)):
                mine, d_end = (d[..., way * H : (way + 1) * H] for d in (dhs, d_last))
                mine = mine * mask[..., None]
                dxs, _, more = read_backward(part, params, xs, mask, states, mine, d_end, way == 1)
                d_below = d_below + dxs
                grads |= more
            dhs, d_last = d_below, np.zeros((len(hs), config.width), hs.dtype)
        if config.vocab_size:
            grads["embed"] = np.zeros_like(params["embed"])
            np.add.at(grads["embed"], inputs, dhs)
        return value, {name: grads[name] for name in params}

    def _pool_backward(self, hs, pooled, mask, d):
        """The gradients of hs (B, T, D), of the last states (B, D), and of W_a."""
        nothing = np.zeros((len(hs), self.config.width), hs.dtype)
        pooling = self.config.pooling
        if pooling == "last":
            return np.zeros_like(hs), d, {}
        if pooling == "mean":
            share = mask / mask.sum(axis=1, keepdims=True)
            return (share[..., None] * d[:, None]).astype(hs.dtype), nothing, {}
        if pooling == "max":
            highest = (hs == pooled[:, None]) & mask[..., None]
            share = highest / highest.sum(axis=1, keepdims=True)  # equal steps share alike
            return (share * d[:, None]).astype(hs.dtype), nothing, {}
        if pooling == "attention":
            weights = self._attend(hs, mask)  # (B, T)
            d_weights = (hs * d[:, None]).sum(axis=-1)
            inner = (weights * d_weights).sum(axis=1, keepdims=True)
            d_scores = (weights * (d_weights - inner))[..., None]
            dhs = weights[..., None] * d[:, None] + d_scores * self._params["W_a"][:, 0]
            return dhs, nothing, {"W_a": (hs * d_scores).sum(axis=(0, 1))[:, None]}
        return d, nothing, {}
