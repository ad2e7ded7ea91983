"""A listener in NumPy: a convolution, a recurrent layer, and CTC; backward passes by hand.

The same class, methods and numbers as keras_model.py and torch_model.py; shapes in methods.py.
"""

import numpy as np

from rnnlib.models import numpy_base
from rnnlib.models.ctc.methods import Methods
from rnnlib.models.ctc.numpy_ctc import ctc_loss_and_grad
from rnnlib.models.numpy_masked import read, read_backward


class Listener(Methods, numpy_base.Model):
    """Convolution -> recurrent layer -> scores of the blank and of each label."""

    def _call(self, features, lengths, frames, hidden):
        config, p = self.config, self._params
        frames = np.concatenate([frames, features], axis=1)  # (B, width - stride + T, bands)
        _, _, states = self._listen(frames, hidden)
        logits = states[:, 1:] @ p["W_hy"] + p["b_y"]
        ends, rows = lengths // config.stride, np.arange(len(lengths))
        back = ends[:, None] * config.stride + np.arange(config.width - config.stride)
        return logits, frames[rows[:, None], back], states[rows, ends]

    def _listen(self, frames, hidden):
        """The windows (B, A, width * bands) of frames, what is made of them (B, A, C), and the
        states (B, A + 1, H), the first being the one given.
        """
        config, p = self.config, self._params
        starts = np.arange(0, frames.shape[1] - config.width + 1, config.stride)
        windows = frames[:, starts[:, None] + np.arange(config.width)]
        windows = windows.reshape(len(frames), len(starts), -1)
        made = np.maximum(0, windows @ p["W_c"].reshape(-1, config.conv_size) + p["b_c"])
        always = np.ones(made.shape[:2], bool)  # no frame here is padding
        return windows, made, read(config.parts()[1], p, made, always, hidden)

    def _gradients(self, arrays):
        features, lengths, frames, hidden, targets, counts = arrays
        config, p = self.config, self._params
        frames = np.concatenate([frames, features], axis=1)
        windows, made, states = self._listen(frames, hidden)
        logits = states[:, 1:] @ p["W_hy"] + p["b_y"]
        rows = [row[:count] for row, count in zip(targets, counts, strict=True)]
        loss, d_logits = ctc_loss_and_grad(logits, lengths // config.stride, rows)
        dhs, nothing = d_logits @ p["W_hy"].T, np.zeros_like(hidden)
        part, always = config.parts()[1], np.ones(made.shape[:2], bool)
        d_made, _, grads = read_backward(part, p, made, always, states, dhs, nothing)
        d_made *= made > 0
        flat = d_logits.reshape(-1, config.labels + 1)
        grads |= {
            "W_c": np.tensordot(windows, d_made, axes=([0, 1], [0, 1])).reshape(p["W_c"].shape),
            "b_c": d_made.sum(axis=(0, 1)),
            "W_hy": states[:, 1:].reshape(-1, config.hidden_size).T @ flat,
            "b_y": flat.sum(axis=0),
        }
        return loss, {name: grads[name] for name in p}
