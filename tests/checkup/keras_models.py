"""Models in Keras: sound ones, and the same with one bug each."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.checkup import data
from tests.checkup.data import H, V

SPARSE = "sparse_categorical_crossentropy"
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def seed():
    """The same initial weights for every model."""
    keras.utils.set_random_seed(0)


def rnn(**more):
    return layers.GRU(H, return_sequences=True, **more)


def stack(*parts, shape=(None,), **given):
    return keras.Sequential([keras.Input(shape, **given), *parts])


def reader(*recurrent, outputs=V, activation=None, mask=False):
    recurrent = recurrent or (rnn(),)
    embed = layers.Embedding(V, 7, mask_zero=mask)
    return stack(embed, *recurrent, layers.Dense(outputs, activation=activation))


def compiled(model, loss):
    model.compile("adam", loss)
    return model


def attention():
    ids = keras.Input((None,))
    hs = layers.LSTM(H, return_sequences=True)(layers.Embedding(V, 7)(ids))
    past = layers.Attention()([hs, hs], use_causal_mask=True)
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
    hs = rnn()(layers.Embedding(V, 7)(target), initial_state=state)
    return keras.Model([source, target], layers.Dense(V)(hs))


def stateful():
    parts = layers.Embedding(V, 7), rnn(stateful=True), layers.Dense(V)
    return stack(*parts, batch_size=data.B)


def two_answers(by_name=False):
    """A tag at each step and a class for the row, each with its loss."""
    ids = keras.Input((None,))
    hs = rnn()(layers.Embedding(V, 7)(ids))
    tags = layers.Dense(V, "softmax", name="tags")(hs)
    row = layers.Dense(4, "softmax", name="row")(layers.GRU(H)(hs))
    if by_name:
        model = keras.Model(ids, {"tags": tags, "row": row})
        return compiled(model, {"tags": SPARSE, "row": SPARSE})
    return compiled(keras.Model(ids, [tags, row]), [SPARSE, SPARSE])


class LastAndCorrection(keras.Model):
    """The last value and a correction, which starts with zeros."""

    def __init__(self):
        super().__init__()
        self.rnn, self.out = layers.GRU(H), layers.Dense(1, kernel_initializer="zeros")

    def call(self, x):
        return x[:, -1] + self.out(self.rnn(x))


def in_half():
    """Mixed precision, with a last layer of 32 bits."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return stack(layers.Embedding(V, 7), rnn(), layers.Dense(V, dtype="float32"))
    finally:
        keras.config.set_dtype_policy("float32")


def normalised():
    first = layers.Normalization()
    first.adapt(LARGE[0])
    return of_series(layers.LSTM(H), layers.Dense(1), first=first)


def of_series(*parts, first=None, inputs=data.F, loss="mse"):
    parts = parts if first is None else (first, *parts)
    return compiled(stack(*parts, shape=(None, inputs)), loss)


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


class Drop(layers.Dropout):
    def call(self, inputs, training=False):
        return super().call(inputs, training=True)


class Stopped(layers.Layer):
    def call(self, x):
        return ops.stop_gradient(x)


class LastStep(layers.Layer):
    def call(self, x):
        return x[:, -1]


rng = np.random.default_rng(7)
NEXT, IDS = data.NEXT, data.NEXT[0]
FRAMES = rng.normal(0, 1, (4, 5, 4, 4, 1)).astype("float32")
SOURCE = rng.integers(0, V, (data.B, 5))
ZEROS = np.zeros((data.B, H), "float32")
LARGE = 3000 + 2000 * data.SERIES, data.FORECAST[1]
CUMULATED = data.SERIES, data.SERIES.cumsum(1)[..., :1]
SOUND = {
    "compiled": lambda: (compiled(reader(activation="softmax"), SPARSE), NEXT, {}),
    "dropout": lambda: (reader(rnn(dropout=0.3), layers.Dropout(0.3)), NEXT, {}),
    "tagger": lambda: (reader(layers.Bidirectional(rnn())), data.TAGS, {}),
    "both ends": lambda: (reader(layers.Bidirectional(layers.LSTM(H)), outputs=4), data.LABEL, {}),
    "masked": lambda: (reader(layers.LSTM(H), outputs=4, mask=True), data.PADDED_LABEL, {}),
    "masked steps": lambda: (compiled(reader(activation="softmax", mask=True), SPARSE),
                             data.PADDED_NEXT, {"padding_id": 0}),
    "masked in front": lambda: (reader(layers.GRU(H), outputs=4, mask=True),
                                (data.PADDED[:, ::-1].copy(), data.WORDS), {}),
    "masked series": lambda: (
        of_series(layers.LSTM(H), layers.Dense(1), first=layers.Masking()),
        (data.SERIES * (data.PADDED[..., None] > 0), data.FORECAST[1]), {}),
    "stateful": lambda: (stateful(), NEXT, {"stateful": True}),
    "batch norm, not built": lambda: (
        keras.Sequential([layers.GRU(H), layers.BatchNormalization(), layers.Dense(4)]),
        (data.SERIES, data.WORDS), {}),
    "gaussian": lambda: (of_series(rnn(), layers.Dense(2), loss=gaussian), CUMULATED, {}),
    "autoencoder": lambda: (
        of_series(layers.LSTM(H), layers.RepeatVector(data.T), rnn(), layers.Dense(data.F)),
        (data.SERIES, data.SERIES), {}),
    "convolutional": lambda: (
        keras.Sequential([layers.ConvLSTM2D(3, 3, padding="same"), layers.Conv2D(1, 1)]),
        (FRAMES, FRAMES[:, -1] + FRAMES[:, 0]), {"loss": "mse"}),
    "attention": lambda: (attention(), NEXT, {}),
    "tied": lambda: (Tied(), NEXT, {}),
    "of the tutorial": lambda: (OfTheTutorial(), NEXT, {"loss": LOGITS}),
    "by hand": lambda: (by_hand(), NEXT, {}),
    "one-hot inside": lambda: (OneHot(), NEXT, {}),
    "with states": lambda: (with_states(), ((IDS, ZEROS), NEXT[1]), {}),
    "encoder and decoder": lambda: (encoder_decoder(), ([SOURCE, IDS], NEXT[1]), {}),
    "one-hot": lambda: (
        compiled(stack(rnn(), layers.Dense(V, activation="softmax"), shape=(None, V)),
                 "categorical_crossentropy"),
        (data.ONE_HOT[0], np.eye(V, dtype="float32")[data.ONE_HOT[1]]), {}),
    "forecast of a row": lambda: (
        stack(layers.GRU(H), layers.Dense(1), shape=(None, data.F)),
        (data.SERIES, data.FORECAST[1][:, 0]), {"loss": "mae"}),
    "binary": lambda: (
        compiled(reader(layers.GRU(H), outputs=1, activation="sigmoid"), "binary_crossentropy"),
        data.BINARY, {}),
    "two answers": lambda: (two_answers(), (IDS, (NEXT[1], data.WORDS)), {}),
    "two answers by their names": lambda: (
        two_answers(True), (IDS, {"row": data.WORDS, "tags": NEXT[1]}), {}),
    "last value and no correction yet": lambda: (
        LastAndCorrection(), (20 + data.WAVE[:, :-1] / 50, 20 + data.WAVE[:, -1] / 50), {}),
    "mixed precision": lambda: (in_half(), NEXT, {}),
    "inputs in thousands, normalised": lambda: (normalised(), LARGE, {}),
    "frozen layer": lambda: (reader(rnn(trainable=False)), NEXT, {}),
}  # fmt: skip
SICK = {
    "return_sequences": lambda: (reader(layers.LSTM(H)), NEXT, {}, "return_sequences"),
    "logits as probabilities": lambda: (compiled(reader(), SPARSE), NEXT, {},
                                        "logits_as_probabilities"),
    "softmax twice": lambda: (compiled(reader(activation="softmax"), LOGITS), NEXT, {},
                              "softmax_twice"),
    "softmax of one unit": lambda: (
        compiled(reader(layers.GRU(H), outputs=1, activation="softmax"), "binary_crossentropy"),
        data.BINARY, {}, "input_ignored"),
    "ids for one-hot": lambda: (
        compiled(reader(activation="softmax"), "categorical_crossentropy"), NEXT, {},
        "loss_raises"),
    "last of two": lambda: (reader(layers.Bidirectional(rnn()), LastStep(), outputs=4),
                            data.LABEL, {}, "bidirectional_last"),
    "convolution": lambda: (reader(layers.Conv1D(H, 3, padding="same"), rnn()), NEXT, {},
                            "future_leak"),
    "a real id is masked": lambda: (reader(rnn(), mask=True), NEXT, {}, "real_id_masked"),
    "padding read": lambda: (reader(layers.LSTM(H), outputs=4), data.PADDED_LABEL,
                             {"padding_id": 0}, "padding_read"),
    "padding in the loss": lambda: (compiled(reader(), LOGITS), data.PADDED_NEXT,
                                    {"padding_id": 0}, "padding_in_loss"),
    "state kept": lambda: (Remembering(), NEXT, {}, "state_kept"),
    "stateful, not meant": lambda: (stateful(), NEXT, {}, "state_kept"),
    "state lost": lambda: (LosesState(), NEXT, {}, "state_not_carried"),
    "dropout left on": lambda: (reader(rnn(), Drop(0.4)), NEXT, {}, "not_deterministic"),
    "layers made in call": lambda: (MadeInCall(), NEXT, {}, "not_deterministic"),
    "own variable": lambda: (OwnVariable(), NEXT, {}, "unregistered"),
    "stop_gradient": lambda: (reader(rnn(), Stopped()), NEXT, {}, "unreached_parameters"),
    "state stopped": lambda: (by_hand(carry=ops.stop_gradient), NEXT, {}, "gradient_cut"),
    "state stopped, one-hot": lambda: (OneHot(carry=ops.stop_gradient), NEXT, {},
                                       "gradient_cut"),
    "linear": lambda: (reader(layers.SimpleRNN(H, activation=None, return_sequences=True)), NEXT,
                       {}, "linear_recurrence"),
    "ids beyond": lambda: (reader(), (IDS + 1, NEXT[1]), {}, "forward_raises"),
    "second layer without its input": lambda: (OneHot(squash=lambda h: h[:, :5]), NEXT, {},
                                               "forward_raises"),
}  # fmt: skip
