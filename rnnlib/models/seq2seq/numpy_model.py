"""An encoder and decoder in NumPy, every gradient by hand.

The same class, methods and numbers as keras_model.py and torch_model.py; shapes in methods.py.
"""

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.models.numpy_base import Model
from rnnlib.models.numpy_masked import read, read_backward
from rnnlib.models.seq2seq.methods import Methods
from rnnlib.models.seq2seq.numpy_attention import attend, attend_backward
from rnnlib.text.padding import make_mask


class Seq2Seq(Methods, Model):
    """Embedding -> encoder GRU -> decoder GRU -> attention -> scores of the next symbol."""

    def _encode(self, sources, lengths, kept=None):
        params = self._params
        xs, mask = params["embed_source"][sources], make_mask(lengths, sources.shape[1])
        runs = [
            read(part, params, xs, mask, backwards=part.end == "_bwd") for part in self._encoders()
        ]
        forwards, *others = runs  # those that read backwards end in their first state
        after = [forwards[:, 1:], *(run[:, :-1] for run in others)]
        states = np.concatenate(after, axis=-1) * mask[..., None]
        last = np.concatenate([forwards[:, -1], *(run[:, 0] for run in others)], axis=-1)
        start = np.tanh(last @ params["W_start"] + params["b_start"])
        if kept is not None:
            kept |= {"xs": xs, "mask": mask, "runs": runs, "last": last, "start": start}
        return states, start

    def _decode(self, symbols, state, states, mask, kept=None):
        params, config = self._params, self.config
        ys, always = params["embed_target"][symbols], np.ones(symbols.shape, bool)
        run = read(self._decoder(), params, ys, always, state)
        hs = run[:, 1:]
        weights = np.zeros((*symbols.shape, states.shape[1]), hs.dtype)
        queries, keys, joined = hs, None, hs
        if config.attention != "none":
            keys = states @ params["W_key"]
            if config.attention == "additive":
                queries = hs @ params["W_query"]
            weights, found = attend(queries, keys, states, mask, *self._how())
            joined = np.concatenate([hs, found], axis=-1)
        out = np.tanh(joined @ params["W_out"] + params["b_out"])
        if kept is not None:
            kept |= {"ys": ys, "run": run, "hs": hs, "queries": queries, "keys": keys}
            kept |= {"weights": weights, "states": states, "joined": joined, "out": out}
        return out @ params["W_hy"] + params["b_y"], run[:, -1], weights

    def _call(self, sources, lengths, symbols):
        states, state = self._encode(sources, lengths)
        logits, _, weights = self._decode(
            symbols, state, states, make_mask(lengths, sources.shape[1])
        )
        return logits, weights

    def _gradients(self, arrays):
        sources, lengths, inputs, outputs, counts = arrays
        kept: dict = {}
        states, state = self._encode(sources, lengths, kept)
        logits, _, _ = self._decode(inputs, state, states, kept["mask"], kept)
        log_probs = log_softmax(logits)
        picked = np.take_along_axis(log_probs, outputs[..., None], axis=-1)[..., 0]
        loss = -picked[counts].mean()
        d_logits = np.exp(log_probs)
        picked = np.take_along_axis(d_logits, outputs[..., None], axis=-1)
        np.put_along_axis(d_logits, outputs[..., None], picked - 1, axis=-1)
        d_logits *= counts[..., None] / logits.dtype.type(counts.sum())
        grads: dict = {}
        d_states, d_start = self._decode_backward(d_logits, inputs, kept, grads)
        self._encode_backward(d_states, d_start, sources, kept, grads)
        return float(loss), {name: grads[name] for name in self._params}

    def _decode_backward(self, d_logits, symbols, kept, grads):
        """From the logits back to the encoder's states and the decoder's first one."""
        params, config, H = self._params, self.config, self.config.hidden_size
        d_out = d_logits @ params["W_hy"].T * (1 - kept["out"] ** 2)
        grads |= _dense("W_hy", "b_y", kept["out"], d_logits)
        grads |= _dense("W_out", "b_out", kept["joined"], d_out)
        d_joined = d_out @ params["W_out"].T
        dhs, d_states = d_joined[..., :H], np.zeros_like(kept["states"])
        if config.attention != "none":
            d_queries, d_keys, d_states, dv = attend_backward(
                d_joined[..., H:],
                kept["weights"],
                *(kept[name] for name in ("queries", "keys", "states")),
                *self._how(),
            )
            grads |= _dense("W_key", None, kept["states"], d_keys)
            d_states = d_states + d_keys @ params["W_key"].T
            if config.attention == "additive":
                grads |= _dense("W_query", None, kept["hs"], d_queries) | {"v": dv}
                d_queries = d_queries @ params["W_query"].T
            dhs = dhs + d_queries
        always, nothing = np.ones(symbols.shape, bool), np.zeros_like(kept["start"])
        dys, d_start, found = read_backward(
            self._decoder(), params, kept["ys"], always, kept["run"], dhs, nothing
        )
        grads |= found
        grads["embed_target"] = np.zeros_like(params["embed_target"])
        np.add.at(grads["embed_target"], symbols, dys)
        return d_states, d_start

    def _encode_backward(self, d_states, d_start, sources, kept, grads):
        """From the encoder's states and the decoder's first one back to the source's embedding."""
        params, H = self._params, self.config.hidden_size
        d_start = d_start * (1 - kept["start"] ** 2)
        grads |= _dense("W_start", "b_start", kept["last"], d_start)
        d_last = d_start @ params["W_start"].T
        dxs = np.zeros_like(kept["xs"])
        for i, part in enumerate(self._encoders()):
            mine = slice(i * H, (i + 1) * H)
            more, _, found = read_backward(
                part,
                params,
                kept["xs"],
                kept["mask"],
                kept["runs"][i],
                d_states[..., mine],
                d_last[:, mine],
                part.end == "_bwd",
            )
            dxs += more
            grads |= found
        grads["embed_source"] = np.zeros_like(params["embed_source"])
        np.add.at(grads["embed_source"], sources, dxs)

    def _how(self):
        """What attend takes beside the arrays: the kind, the scale, and v."""
        scale = self._params["embed_source"].dtype.type(self.config.scale)
        return self.config.attention, scale, self._params.get("v")

    def _encoders(self):
        return [part for part in self.config.parts() if part.module == "encoder"]

    def _decoder(self):
        return next(part for part in self.config.parts() if part.module == "decoder")


def _dense(W, b, xs, ds):
    """The gradients of W and b in xs W + b, from ds at its result, summed over all steps."""
    flat, ds = xs.reshape(-1, xs.shape[-1]), ds.reshape(-1, ds.shape[-1])
    return {W: flat.T @ ds} | ({b: ds.sum(axis=0)} if b else {})
