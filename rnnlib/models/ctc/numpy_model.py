"""A listener in NumPy: a convolution, a recurrent layer, and CTC; backward passes by hand.

The same class, methods and numbers as keras_model.py and torch_model.py.
Shapes: B sounds, T frames of `bands` numbers, A = T // stride answers, C convolved numbers, H
hidden units, K labels.
"""

import numpy as np

from rnnlib.models import numpy_base
from rnnlib.models.char_rnn.numpy_bptt import backward_layer
from rnnlib.models.char_rnn.numpy_cells import STEPS
from rnnlib.models.ctc.methods import Methods
from rnnlib.models.ctc.numpy_ctc import ctc_loss_and_grad


class Listener(Methods, numpy_base.Model):
    """Convolution -> recurrent layer -> scores of the blank and of each label, from the same first
    weights in every engine; it never looks ahead.
    """

    def _call(self, features, lengths, frames, hidden):
        """Logits, and the frames and the hidden state at the end of each sound."""
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
        states, weights = [hidden], config.parts()[1].weights(p)
        for a in range(len(starts)):
            states.append(STEPS[config.cell](made[:, a], states[-1], **weights))
        return windows, made, np.stack(states, axis=1)

    def _gradients(self, arrays):
        """The loss, and its gradient {name: array} for every parameter."""
        features, lengths, frames, hidden, targets, counts = arrays
        config, p = self.config, self._params
        frames = np.concatenate([frames, features], axis=1)
        windows, made, states = self._listen(frames, hidden)
        logits = states[:, 1:] @ p["W_hy"] + p["b_y"]
        rows = [row[:count] for row, count in zip(targets, counts, strict=True)]
        loss, d_logits = ctc_loss_and_grad(logits, lengths // config.stride, rows)
        dhs, nothing = d_logits @ p["W_hy"].T, np.zeros_like(hidden)
        part = config.parts()[1]
        d_made, found, _ = backward_layer(config, made, states, dhs, nothing, part.weights(p))
        d_made *= made > 0
        flat = d_logits.reshape(-1, config.labels + 1)
        grads = {part.names()[name]: grad for name, grad in found.items()} | {
            "W_c": np.tensordot(windows, d_made, axes=([0, 1], [0, 1])).reshape(p["W_c"].shape),
            "b_c": d_made.sum(axis=(0, 1)),
            "W_hy": states[:, 1:].reshape(-1, config.hidden_size).T @ flat,
            "b_y": flat.sum(axis=0),
        }
        return loss, {name: grads[name] for name in p}
