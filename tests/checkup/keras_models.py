"""Models in Keras: sound ones, and the same with one bug each."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.checkup import data
from tests.checkup.data import H, V

SPARSE = "sparse_categorical_crossentropy"
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def stack(*parts, shape=(None,), **given):
    return keras.Sequential([keras.Input(shape, **given), *parts])


def reader(*recurrent, outputs=V, activation=None, mask=False):
    recurrent = recurrent or (layers.GRU(H, return_sequences=True),)
    embed = layers.Embedding(V, 7, mask_zero=mask)
    return stack(embed, *recurrent, layers.Dense(outputs, activation=activation))


def compiled(model, loss):
    model.compile("adam", loss)
    return model


def attention(masked=True):
    ids = keras.Input((None,))
    hs = layers.LSTM(H, return_sequences=True)(layers.Embedding(V, 7)(ids))
    past = layers.Attention()([hs, hs], use_causal_mask=masked)
    return keras.Model(ids, layers.Dense(V)(layers.Concatenate()([hs, past])))


class Tied(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(V, H)
        self.rnn = layers.LSTM(H, return_sequences=True)

    def call(self, ids):
        return ops.matmul(self.rnn(self.embed(ids)), ops.transpose(self.embed.embeddings))


class OfTheTutorial(keras.Model):
    """States in and out by keyword, as in TensorFlow's text generation."""

    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(V, 7)
        self.gru = layers.GRU(H, return_sequences=True, return_state=True)
        self.dense = layers.Dense(V)

    def call(self, inputs, states=None, return_state=False, training=False):
        x = self.embed(inputs, training=training)
        if states is None:
            states = self.gru.get_initial_state(ops.shape(x)[0])
        x, states = self.gru(x, initial_state=states, training=training)
        x = self.dense(x, training=training)
        return (x, states) if return_state else x


class LosesState(OfTheTutorial):
    def call(self, inputs, states=None, return_state=False, training=False):
        return super().call(inputs, None, return_state, training)


class Cell(layers.Layer):
    """A cell written out, in a loop."""

    def __init__(self, squash=ops.tanh, carry=lambda h: h):
        super().__init__()
        self.x, self.h = layers.Dense(H), layers.Dense(H)
        self.squash, self.carry = squash, carry

    def call(self, x):
        h, hs = ops.zeros((ops.shape(x)[0], H)), []
        for t in range(x.shape[1]):
            h = self.squash(self.x(x[:, t]) + self.h(self.carry(h)))
            hs.append(h)
        return ops.stack(hs, axis=1)


def rnn(**more):
    return layers.GRU(H, return_sequences=True, **more)


def gaussian(y, output):
    mean, log = output[..., :1], output[..., 1:]
    return ops.mean(log + (y - mean) ** 2 / ops.exp(log))


def by_hand(**more):
    return stack(layers.Embedding(V, 7), Cell(**more), layers.Dense(V), shape=(data.T,))


class OneHot(keras.Model):
    def __init__(self, **more):
        super().__init__()
        self.cell, self.out = Cell(**more), layers.Dense(V)

    def call(self, ids):
        return self.out(self.cell(ops.one_hot(ops.cast(ids, "int32"), V)))


def with_states():
    ids, state = keras.Input((None,), dtype="int64"), keras.Input((H,))
    layer = layers.GRU(H, return_sequences=True, return_state=True)
    hs, last = layer(layers.Embedding(V, 7)(ids), initial_state=state)
    return keras.Model([ids, state], [layers.Dense(V)(hs), last])


def encoder_decoder(used=True):
    source, target = keras.Input((None,)), keras.Input((None,))
    state = layers.GRU(H)(layers.Embedding(V, 7)(source))
    state = state if used else None
    hs = layers.GRU(H, return_sequences=True)(layers.Embedding(V, 7)(target), initial_state=state)
    return keras.Model([source, target], layers.Dense(V)(hs))


def stateful():
    return keras.Sequential(
        [
            keras.Input((None,), batch_size=data.B),
            layers.Embedding(V, 7),
            layers.LSTM(H, return_sequences=True, stateful=True),
            layers.Dense(V),
        ]
    )


FRAMES = np.random.default_rng(7).normal(0, 1, (4, 5, 4, 4, 1)).astype("float32")
SOURCE = np.random.default_rng(3).integers(0, V, (data.B, 5))
ZEROS = np.zeros((data.B, H), "float32")
HEALTHY = {
    "plain": lambda: (reader(layers.SimpleRNN(H, return_sequences=True)), data.NEXT, {}),
    "compiled": lambda: (
        compiled(reader(layers.LSTM(H, return_sequences=True), activation="softmax"), SPARSE),
        data.NEXT,
        {},
    ),
    "logits": lambda: (compiled(reader(), LOGITS), data.NEXT, {}),
    "dropout": lambda: (
        reader(layers.LSTM(H, return_sequences=True, dropout=0.3), layers.Dropout(0.3)),
        data.NEXT,
        {},
    ),
    "tagger": lambda: (
        reader(layers.Bidirectional(layers.LSTM(H, return_sequences=True))),
        data.TAGS,
        {},
    ),
    "both ends": lambda: (reader(layers.Bidirectional(layers.LSTM(H)), outputs=4), data.LABEL, {}),
    "masked": lambda: (reader(layers.LSTM(H), outputs=4, mask=True), data.PADDED_LABEL, {}),
    "masked steps": lambda: (
        compiled(
            reader(layers.LSTM(H, return_sequences=True), activation="softmax", mask=True), SPARSE
        ),
        data.PADDED_NEXT,
        {"padding_id": 0},
    ),
    "masked in front": lambda: (
        reader(layers.GRU(H), outputs=4, mask=True),
        (data.PADDED[:, ::-1].copy(), data.WORDS),
        {},
    ),
    "masked series": lambda: (
        stack(layers.Masking(), layers.LSTM(H), layers.Dense(1), shape=(None, data.F)),
        (data.SERIES * (data.PADDED[..., None] > 0), data.FORECAST[1]),
        {},
    ),
    "stateful": lambda: (stateful(), data.NEXT, {"stateful": True}),
    "batch norm, not built": lambda: (
        keras.Sequential([layers.GRU(H), layers.BatchNormalization(), layers.Dense(4)]),
        (data.SERIES, data.WORDS),
        {},
    ),
    "gaussian": lambda: (
        compiled(stack(rnn(), layers.Dense(2), shape=(None, data.F)), gaussian),
        (data.SERIES, data.SERIES.cumsum(1)[..., :1]),
        {},
    ),
    "autoencoder": lambda: (
        compiled(
            stack(
                layers.LSTM(H),
                layers.RepeatVector(data.T),
                rnn(),
                layers.Dense(data.F),
                shape=(data.T, data.F),
            ),
            "mse",
        ),
        (data.SERIES, data.SERIES),
        {},
    ),
    "convolutional": lambda: (
        keras.Sequential([layers.ConvLSTM2D(3, 3, padding="same"), layers.Conv2D(1, 1)]),
        (FRAMES, FRAMES[:, -1] + FRAMES[:, 0]),
        {"loss": "mse"},
    ),
    "attention": lambda: (attention(), data.NEXT, {}),
    "tied": lambda: (Tied(), data.NEXT, {}),
    "of the tutorial": lambda: (OfTheTutorial(), data.NEXT, {"loss": LOGITS}),
    "by hand": lambda: (by_hand(), data.NEXT, {}),
    "one-hot inside": lambda: (OneHot(), data.NEXT, {}),
    "with states": lambda: (with_states(), ((data.NEXT[0], ZEROS), data.NEXT[1]), {}),
    "encoder and decoder": lambda: (encoder_decoder(), ([SOURCE, data.NEXT[0]], data.NEXT[1]), {}),
    "classes": lambda: (reader(layers.LSTM(H), outputs=4), data.LABEL, {}),
    "one-hot": lambda: (
        compiled(
            stack(
                layers.GRU(H, return_sequences=True),
                layers.Dense(V, activation="softmax"),
                shape=(None, V),
            ),
            "categorical_crossentropy",
        ),
        (data.ONE_HOT[0], np.eye(V, dtype="float32")[data.ONE_HOT[1]]),
        {},
    ),
    "forecast": lambda: (
        compiled(stack(layers.GRU(H), layers.Dense(1), shape=(data.T, data.F)), "mse"),
        data.FORECAST,
        {},
    ),
    "forecast of a row": lambda: (
        stack(layers.GRU(H), layers.Dense(1), shape=(None, data.F)),
        (data.SERIES, data.FORECAST[1][:, 0]),
        {"loss": "mse"},
    ),
    "series": lambda: (
        stack(layers.LSTM(H, return_sequences=True), layers.Dense(1), shape=(None, 1)),
        data.NEXT_VALUE,
        {"loss": "mae"},
    ),
    "binary": lambda: (
        compiled(reader(layers.GRU(H), outputs=1, activation="sigmoid"), "binary_crossentropy"),
        data.BINARY,
        {},
    ),
}


class Remembering(keras.Model):
    """Keeps its state from call to call, without a word."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = layers.Embedding(V, 7), layers.Dense(V)
        self.rnn = layers.GRU(H, return_sequences=True, return_state=True)
        self.last = self.add_weight(shape=(data.B, H), initializer="zeros", trainable=False)

    def call(self, ids):
        hs, last = self.rnn(self.embed(ids), initial_state=self.last + 0)
        self.last.assign(last)
        return self.out(hs)


class MadeInCall(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = layers.Embedding(V, 7), layers.GRU(H, return_sequences=True)

    def call(self, ids):
        return layers.Dense(V)(self.rnn(self.embed(ids)))


class OwnVariable(Tied):
    def __init__(self):
        super().__init__()
        self.W = tf.Variable(tf.random.normal((H, V), stddev=0.1, seed=1))

    def call(self, ids):
        return ops.matmul(self.rnn(self.embed(ids)), self.W)


class Axis(layers.Layer):
    def call(self, x):
        return ops.softmax(x, axis=self.where)


def axis(where):
    layer = Axis()
    layer.where = where
    return layer


class Mixed(layers.Layer):
    """Batch and time taken for each other by a reshape."""

    def call(self, x):
        T, B = x.shape[1], ops.shape(x)[0]
        return ops.reshape(ops.transpose(ops.reshape(x, (T, B, 7)), (1, 0, 2)), (B, T, 7))


class Drop(layers.Dropout):
    def call(self, inputs, training=False):
        return super().call(inputs, training=True)


class Stopped(layers.Layer):
    def call(self, x):
        return ops.stop_gradient(x)


class Late(layers.Layer):
    def call(self, x):
        return ops.concatenate([ops.zeros_like(x[:, :1]), x[:, :-1]], axis=1)


class LastStep(layers.Layer):
    def __init__(self, at=-1):
        super().__init__()
        self.at = at

    def call(self, x):
        return x[:, self.at]


def padded_mean(y, output):
    losses = keras.losses.sparse_categorical_crossentropy(y, output, from_logits=True)
    return ops.mean(losses * ops.cast(ops.not_equal(y, 0), losses.dtype))


def log_loss(y, output):
    chosen = ops.take_along_axis(ops.softmax(output), ops.expand_dims(y, -1), axis=-1)
    return -ops.mean(ops.log(chosen))


def last(layer=None, **more):
    return reader(layer or layers.LSTM(H), outputs=4, **more)


def both(layer):
    return layers.Bidirectional(layer)


PLANTED = {
    "return_sequences": lambda: (reader(layers.LSTM(H)), data.NEXT, {}, "return_sequences"),
    "one answer wanted": lambda: (reader(outputs=4), data.LABEL, {}, "one_answer_wanted"),
    "logits as probabilities": lambda: (
        compiled(reader(), SPARSE),
        data.NEXT,
        {},
        "logits_as_probabilities",
    ),
    "softmax twice": lambda: (
        compiled(reader(activation="softmax"), LOGITS),
        data.NEXT,
        {},
        "softmax_twice",
    ),
    "sigmoid twice": lambda: (
        reader(layers.GRU(H), outputs=1, activation="sigmoid"),
        (data.IDS[[0, 1, 2, 3, 4, 5, 0, 1]], np.array([0, 1, 1, 0, 1, 0, 0, 1], "float32")),
        {"loss": keras.losses.BinaryCrossentropy(from_logits=True)},
        "sigmoid_twice",
    ),
    "ids for one-hot": lambda: (
        compiled(reader(activation="softmax"), "categorical_crossentropy"),
        data.NEXT,
        {},
        "loss_raises",
    ),
    "softmax over time": lambda: (
        stack(layers.Embedding(V, 7), rnn(), layers.Dense(V), axis(1)),
        data.NEXT,
        {},
        "softmax_axis",
    ),
    "reshape": lambda: (
        stack(layers.Embedding(V, 7), Mixed(), rnn(), layers.Dense(V), shape=(data.T,)),
        data.NEXT,
        {},
        "examples_leak",
    ),
    "last of two": lambda: (
        reader(both(layers.LSTM(H, return_sequences=True)), LastStep(), outputs=4),
        data.LABEL,
        {},
        "bidirectional_last",
    ),
    "first step": lambda: (
        reader(rnn(), LastStep(0), outputs=4),
        data.LABEL,
        {},
        "last_step_ignored",
    ),
    "bidirectional language model": lambda: (reader(both(rnn())), data.NEXT, {}, "future_leak"),
    "attention without a mask": lambda: (attention(False), data.NEXT, {}, "future_leak"),
    "convolution": lambda: (
        reader(layers.Conv1D(H, 3, padding="same"), rnn()),
        data.NEXT,
        {},
        "future_leak",
    ),
    "a real id is masked": lambda: (reader(rnn(), mask=True), data.NEXT, {}, "real_id_masked"),
    "padding read": lambda: (last(), data.PADDED_LABEL, {"padding_id": 0}, "padding_read"),
    "mask lost": lambda: (
        reader(rnn(), LastStep(), outputs=4, mask=False),
        data.PADDED_LABEL,
        {"padding_id": 0},
        "padding_read",
    ),
    "padding in the mean": lambda: (
        reader(),
        data.PADDED_NEXT,
        {"loss": padded_mean, "padding_id": 0},
        "masked_mean",
    ),
    "padding in the loss": lambda: (
        compiled(reader(), LOGITS),
        data.PADDED_NEXT,
        {"padding_id": 0},
        "padding_in_loss",
    ),
    "log of softmax": lambda: (reader(), data.NEXT, {"loss": log_loss}, "log_of_zero"),
    "state kept": lambda: (Remembering(), data.NEXT, {}, "state_kept"),
    "stateful, not meant": lambda: (stateful(), data.NEXT, {}, "state_kept"),
    "frozen layer": lambda: (reader(rnn(trainable=False)), data.NEXT, {}, "frozen_weights"),
    "one step late": lambda: (reader(rnn(), Late()), data.NEXT, {}, "output_late"),
    "second input unused": lambda: (
        encoder_decoder(used=False),
        ([SOURCE, data.NEXT[0]], data.NEXT[1]),
        {},
        "input_unused",
    ),
    "state lost": lambda: (LosesState(), data.NEXT, {}, "state_not_carried"),
    "no state": lambda: (by_hand(carry=ops.zeros_like), data.NEXT, {}, "no_memory"),
    "dropout left on": lambda: (reader(rnn(), Drop(0.4)), data.NEXT, {}, "not_deterministic"),
    "layers made in call": lambda: (MadeInCall(), data.NEXT, {}, "not_deterministic"),
    "own variable": lambda: (OwnVariable(), data.NEXT, {}, "unregistered"),
    "stop_gradient": lambda: (reader(rnn(), Stopped()), data.NEXT, {}, "unreached_parameters"),
    "state stopped": lambda: (by_hand(carry=ops.stop_gradient), data.NEXT, {}, "gradient_cut"),
    "state stopped, one-hot": lambda: (
        OneHot(carry=ops.stop_gradient),
        data.NEXT,
        {},
        "gradient_cut",
    ),
    "linear": lambda: (
        reader(layers.SimpleRNN(H, activation=None, return_sequences=True)),
        data.NEXT,
        {},
        "linear_recurrence",
    ),
    "bag": lambda: (
        reader(layers.GlobalAveragePooling1D(), layers.Dense(H, activation="tanh"), outputs=4),
        data.LABEL,
        {},
        "order_ignored",
    ),
    "relu on scores": lambda: (reader(activation="relu"), data.NEXT, {}, "bounded_output"),
    "not shifted": lambda: (reader(), (data.NEXT[0],) * 2, {}, "targets_not_shifted"),
    "value of today": lambda: (
        stack(layers.GRU(H), layers.Dense(1), shape=(None, 1)),
        (data.WAVE[:, :-1], data.WAVE[:, -2]),
        {},
        "forecast_of_today",
    ),
    "target among the features": lambda: (
        stack(rnn(), layers.Dense(1), shape=(None, data.F)),
        (data.SERIES, data.SERIES[..., 1:2].copy()),
        {},
        "target_in_inputs",
    ),
    "ids beyond": lambda: (reader(), (data.NEXT[0] + 1, data.NEXT[1]), {}, "forward_raises"),
    "second layer without its input": lambda: (
        OneHot(squash=lambda h: h[:, :5]),
        data.NEXT,
        {},
        "forward_raises",
    ),
}
