"""An encoder and decoder on keras.layers; TensorFlow supplies the backward pass.

The same class, methods and numbers as numpy_model.py and torch_model.py; shapes in methods.py.
"""

import keras
import tensorflow as tf
from keras import layers

from rnnlib.models.keras_base import Model
from rnnlib.models.seq2seq.config import Seq2SeqConfig
from rnnlib.models.seq2seq.methods import Methods


def build_layers(config: Seq2SeqConfig) -> dict[str, layers.Layer]:
    """{name: layer}, each built: the parts of the configuration, and the attention itself."""
    S, V, E, H = config.source_size, config.target_size, config.embed_size, config.hidden_size
    D, dtype = config.memory_size, config.dtype
    known = H if config.attention == "none" else H + D

    def build(layer, *shape):
        layer.build((None, *shape))
        return layer

    def gru(**more):
        layer = layers.GRU(H, return_sequences=True, return_state=True, dtype=dtype, **more)
        return build(layer, None, E)

    found = {
        "source": build(layers.Embedding(S, E, dtype=dtype)),
        "target": build(layers.Embedding(V + 1, E, dtype=dtype)),
        "forwards": gru(),
        "decoder": gru(),
        "start": build(layers.Dense(H, "tanh", dtype=dtype), D),
        "out": build(layers.Dense(H, "tanh", dtype=dtype), known),
        "score": build(layers.Dense(V + 1, dtype=dtype), H),
    }
    if config.bidirectional:
        found["backwards"] = gru(go_backwards=True)
    if config.attention != "none":
        found["key"] = build(layers.Dense(H, use_bias=False, dtype=dtype), D)
        found["attend"] = layers.Attention(dtype=dtype)  # dot products
    if config.attention == "additive":
        found["query"] = build(layers.Dense(H, use_bias=False, dtype=dtype), H)
        found["attend"] = layers.AdditiveAttention(dtype=dtype)
        found["attend"].build([(None, None, H), (None, None, D), (None, None, H)])
    return found


class Seq2Seq(Methods, Model):
    """Embedding -> encoder GRU -> decoder GRU -> attention -> scores of the next symbol."""

    def _build(self):
        return build_layers(self.config)

    def _encode(self, sources, lengths):
        mask = tf.sequence_mask(lengths, tf.shape(sources)[1])
        xs = self.layers["source"](sources)
        states, last = self.layers["forwards"](xs, mask=mask)
        if self.config.bidirectional:
            others, first = self.layers["backwards"](xs, mask=mask)
            states = tf.concat([states, tf.reverse(others, [1])], -1)
            last = tf.concat([last, first], -1)
        states *= tf.cast(mask, states.dtype)[..., None]
        return states, self.layers["start"](last)

    def _decode(self, symbols, state, states, mask):
        config = self.config
        state = tf.ensure_shape(state, (None, config.hidden_size))
        hs, last = self.layers["decoder"](self.layers["target"](symbols), initial_state=state)
        if config.attention == "none":
            weights = tf.zeros([*tf.unstack(tf.shape(symbols)), tf.shape(states)[1]], hs.dtype)
            joined = hs
        else:
            queries = self.layers["query"](hs) if config.attention == "additive" else hs
            found, weights = self.layers["attend"](
                [queries * config.scale, states, self.layers["key"](states)],
                mask=[None, mask],
                return_attention_scores=True,
            )
            joined = tf.concat([hs, found], -1)
        return self.layers["score"](self.layers["out"](joined)), last, weights

    def _call(self, sources, lengths, symbols):
        states, state = self._encode(sources, lengths)
        mask = tf.sequence_mask(lengths, tf.shape(sources)[1])
        logits, _, weights = self._decode(symbols, state, states, mask)
        return logits, weights

    def _loss(self, sources, lengths, inputs, outputs, counts):
        logits, _ = self._call(sources, lengths, inputs)
        nats = keras.losses.sparse_categorical_crossentropy(outputs, logits, from_logits=True)
        return tf.reduce_mean(nats[counts])
