"""A sequence model on keras.layers, with masks; TensorFlow supplies the way back.

The same class, methods and numbers as numpy_model.py and torch_model.py; shapes in methods.py.
"""

import tensorflow as tf
from keras import layers

from rnnlib.models import keras_base
from rnnlib.models.classifier.keras_losses import measure
from rnnlib.models.classifier.methods import Methods

LAYERS = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}


class SequenceModel(Methods, keras_base.Model):
    """Embedding or vectors -> recurrent layers -> one vector -> outputs."""

    def _build(self):
        """The layers by name; a mask is all that padding needs."""
        config, found = self.config, {}
        if config.vocab_size:
            embed = layers.Embedding(config.vocab_size, config.embed_size, dtype=config.dtype)
            embed.build()
            found["embed"] = embed
        for ways in config.recurrent():
            for part, back in zip(ways, (False, True), strict=False):
                layer = LAYERS[config.cell](
                    config.hidden_size, return_sequences=True, go_backwards=back, dtype=config.dtype
                )
                layer.build((None, None, part.inputs))
                found[part.layer] = layer
        if config.pooling == "attention":
            found["attention"] = layers.Dense(1, use_bias=False, dtype=config.dtype)
            found["attention"].build((None, None, config.width))
        found["out"] = layers.Dense(config.outputs, dtype=config.dtype)
        found["out"].build((None, config.width))
        return found

    def _call(self, inputs, lengths, keep):
        hs, last = self._states(inputs, lengths)
        mask, every = self._mask(inputs, lengths), self.config.pooling == "every"
        pooled = self._pool(hs, last, mask)
        outputs = self.layers["out"](pooled * (keep if every else keep[:, 0]))
        return outputs * tf.cast(mask, outputs.dtype)[..., None] if every else outputs

    def _states(self, inputs, lengths):
        xs = self.layers["embed"](inputs) if self.config.vocab_size else inputs
        mask = self._mask(inputs, lengths)
        for ways in self.config.recurrent():
            hs, last = [], []
            for part in ways:
                layer = self.layers[part.layer]
                out = layer(xs, mask=mask)
                last.append(out[:, -1])  # a masked step repeats the one before
                hs.append(tf.reverse(out, [1]) if layer.go_backwards else out)
            xs = tf.concat(hs, -1) * tf.cast(mask, hs[0].dtype)[..., None]
        return xs, tf.concat(last, -1)

    def _weigh(self, inputs, lengths):
        hs, _ = self._states(inputs, lengths)
        return self._attend(hs, self._mask(inputs, lengths))

    def _attend(self, hs, mask):
        scores = self.layers["attention"](hs)[..., 0]
        return tf.nn.softmax(tf.where(mask, scores, -float("inf")))

    def _pool(self, hs, last, mask):
        """One vector (B, D) for each sequence, or hs as they are."""
        pooling = self.config.pooling
        if pooling == "last":
            return last
        if pooling == "mean":
            count = tf.reduce_sum(tf.cast(mask, hs.dtype), 1, keepdims=True)
            return tf.reduce_sum(hs, 1) / count
        if pooling == "max":
            return tf.reduce_max(tf.where(mask[..., None], hs, -float("inf")), 1)
        if pooling == "attention":
            return tf.reduce_sum(self._attend(hs, mask)[..., None] * hs, 1)
        return hs

    def _loss(self, inputs, lengths, targets, keep, loss):
        outputs, config = self._call(inputs, lengths, keep), self.config
        counts = self._mask(inputs, lengths) if config.pooling == "every" else None
        return measure(loss, outputs, targets, counts, config.levels)

    def _mask(self, inputs, lengths):
        """True where a sequence is, (B, T)."""
        return tf.sequence_mask(lengths, tf.shape(inputs)[1])
