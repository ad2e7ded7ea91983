"""Whether each of the thirty bugs can happen in Keras: every answer of the museum's page is tried.

A test here has the name of its exhibit, and says `yes`, `otherwise` or `no` in its mark. For an
exhibit that is written in PyTorch the page's table must begin its answer with the same word; it
says of all others that they happen in Keras as they are shown.
"""

import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from exercises.bug_museum import EXHIBITS
from tests.notebooks import ROOT, read

B, T, E, H, V = 4, 6, 3, 5, 7
answers = {}  # what the tests below found, by the name of the exhibit


def in_keras(answer):
    """Mark a test with what it finds of the exhibit that it is named after."""

    def mark(test):
        answers[test.__name__.removeprefix("test_").replace("_", "-")] = answer
        return test

    return mark


@pytest.fixture
def rng():
    keras.utils.set_random_seed(0)
    return np.random.default_rng(0)


@pytest.fixture
def x(rng):
    return rng.normal(size=(B, T, E)).astype("float32")


@pytest.fixture
def ids(rng):
    return rng.integers(V, size=(B, T))


def crossentropy(**how):
    return keras.losses.SparseCategoricalCrossentropy(**how)


def moved(read, x, change):
    """Where what `read` gives for x moves when x changes, in the shape of what it gives."""
    other = x.copy()
    change(other)
    return np.abs(np.array(read(other)) - np.array(read(x)))


def table():
    """The answers of the page, by the name of the exhibit."""
    cells = read(ROOT / "chapters/14_bug_museum.ipynb").cells
    page = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    part = page[page.index("## The bugs in Keras") : page.index("## Ask a model of your own")]
    return dict(re.findall(r"^\| \[[^\]]+\]\([^)]*#([\w-]+)\) \| ([^|]+) \|$", part, re.M))


def test_the_page_says_of_every_exhibit_what_was_found():
    said = {name: re.match(r"\w+", answer)[0] for name, answer in table().items()}
    assert list(said) == [e.name for e in EXHIBITS if e.framework == "PyTorch"]
    assert len(said) == 18  # as the page says
    shown = {e.name: "yes" for e in EXHIBITS if e.framework != "PyTorch"}
    assert said | shown == answers


# ground floor


@in_keras("otherwise")
def test_it_learns_all_the_same(x):
    with pytest.raises(ValueError, match="time_major"):
        layers.LSTM(H, time_major=True)
    read = layers.LSTM(H, return_sequences=True)

    def change(x):
        x[0] += 1

    assert not moved(read, x, change)[1:].any()  # the batch is first
    time_first = x.swapaxes(0, 1).copy()  # (T, B, E)
    by_example = moved(lambda x: np.swapaxes(read(np.swapaxes(x, 0, 1)), 0, 1), x, change)
    assert time_first.shape == (T, B, E)
    assert (by_example.max(axis=(1, 2)) > 0).all()  # they hear of each other


@in_keras("yes")
def test_one_answer_a_row(x):
    assert layers.LSTM(H)(x).shape == (B, H)
    assert layers.LSTM(H, return_sequences=True)(x).shape == (B, T, H)


@in_keras("otherwise")
def test_every_shape_fits(ids):
    sure = 20 * np.eye(V, dtype="float32")[ids]  # (B, T, V)
    loss = crossentropy(from_logits=True)
    assert loss(ids, sure) < 1e-6  # as it comes
    turned = sure.swapaxes(0, 1)  # (T, B, V)
    assert loss(ids, ops.transpose(turned, (1, 0, 2))) < 1e-6
    assert loss(ids, ops.reshape(turned, sure.shape)) > 2 * np.log(V)
    right, wrong = layers.Permute((2, 1))(sure), layers.Reshape((V, T))(sure)
    assert right.shape == wrong.shape
    assert not np.array_equal(right, wrong)


@in_keras("yes")
def test_the_last_of_two_directions(x):
    both = layers.Bidirectional(layers.GRU(H, return_sequences=True))

    def change(x):
        x[:, 0] += 1

    at_the_end = moved(both, x, change)[:, -1].max(axis=0)
    assert (at_the_end[:H] > 0).all()
    assert not at_the_end[H:].any()


@in_keras("otherwise")
def test_states_that_change_owners(x):
    lower = layers.GRU(H, return_sequences=True, return_state=True)
    upper = layers.GRU(H, return_state=True)

    def states(x):
        hs, first = lower(x)
        return [first, upper(hs)[1]]

    def change(x):
        x[1] += 1

    assert [state.shape for state in states(x)] == [(B, H), (B, H)]
    for join, rows in (
        (lambda states: ops.concatenate(states, axis=-1), [1]),
        (lambda states: ops.reshape(ops.stack(states), (B, -1)), [0, 2]),
    ):
        far = moved(lambda x, join=join: join(states(x)), x, change).max(axis=1)
        assert np.flatnonzero(far).tolist() == rows


def gradient_through_two_pieces(x, hand_on):
    """The gradient of the second piece's outputs with respect to the first piece, or None."""
    gru = layers.GRU(H, return_sequences=True, return_state=True)
    first = tf.constant(x[:, :3])
    with tf.GradientTape() as tape:
        tape.watch(first)
        score = ops.sum(gru(x[:, 3:], initial_state=hand_on(gru(first)[1]))[0])
    return tape.gradient(score, first)


@in_keras("otherwise")
def test_slower_and_slower(x):
    stateful = layers.GRU(H, return_sequences=True, stateful=True)
    first = tf.constant(x[:, :3])
    with tf.GradientTape() as tape:
        tape.watch(first)
        stateful(first)
        score = ops.sum(stateful(x[:, 3:]))
    assert tape.gradient(score, first) is None  # numbers without a history

    gru = layers.GRU(H, return_sequences=True, return_state=True)
    with tf.GradientTape() as before:
        before.watch(first)
        _, h = gru(first)
    with tf.GradientTape() as tape:
        tape.watch(first)
        score = ops.sum(gru(x[:, 3:], initial_state=h)[0])
    assert tape.gradient(score, first) is None  # another tape saw the first piece

    with tf.GradientTape() as tape:
        tape.watch(first)
        _, h = gru(first)
        score = ops.sum(gru(x[:, 3:], initial_state=h)[0])
    assert np.abs(tape.gradient(score, first)).max() > 0  # one tape over both has the history


@in_keras("yes")
def test_detached_and_still_attached(x):
    def forgetful(h):
        ops.stop_gradient(h)
        return h

    plain, kept = (gradient_through_two_pieces(x, f) for f in (ops.copy, ops.stop_gradient))
    lost = gradient_through_two_pieces(x, forgetful)
    assert np.abs(plain).max() > 0
    assert np.abs(lost).max() > 0
    assert kept is None


@in_keras("yes")
def test_the_memory_of_another_row(x):
    """And `fit` resets nothing where an epoch ends."""
    layer = layers.GRU(H, stateful=True)
    net = keras.Sequential([keras.Input(batch_shape=(B, T, E)), layer])
    net.compile(keras.optimizers.SGD(0.0), "mse")
    net.fit(x, np.zeros((B, H)), batch_size=B, epochs=1, shuffle=False, verbose=0)
    assert np.abs(layer.states[0]).max() > 0


@in_keras("yes")
def test_the_second_score_differs(x):
    layer = layers.GRU(H, stateful=True)
    first, second = np.array(layer(x)), np.array(layer(x))
    assert np.abs(first - second).max() > 1e-3
    layer.reset_state()
    np.testing.assert_array_equal(layer(x), first)


@in_keras("yes")
def test_it_stops_at_the_last_batch(x):
    """And worse than in PyTorch: a last batch of one row becomes one of four."""
    ten = np.concatenate([x, x, x])[:10]
    stateful = keras.Sequential([keras.Input(batch_shape=(4, T, E)), layers.GRU(H, stateful=True)])
    with pytest.raises(tf.errors.InvalidArgumentError):
        stateful.predict(ten, batch_size=4, verbose=0)
    assert len(stateful.predict(ten[:9], batch_size=4, verbose=0)) == 12
    stateful.compile("sgd", "mse", jit_compile=False)
    stateful.fit(ten[:9], np.zeros((9, H)), batch_size=4, shuffle=False, verbose=0)  # no error

    gru, zeros = layers.GRU(H), ops.zeros((4, H))
    with pytest.raises(tf.errors.InvalidArgumentError):
        gru(ten[8:], initial_state=zeros)
    assert gru(ten[8:9], initial_state=zeros).shape == (4, H)

    plain = keras.Sequential([keras.Input((T, E)), gru])
    assert len(plain.predict(ten, batch_size=4, verbose=0)) == 10
    full = tf.data.Dataset.from_tensor_slices(ten).batch(4, drop_remainder=True)
    assert len(plain.predict(full, verbose=0)) == 8


# first floor


@in_keras("no")
def test_packed_and_wrong(x):
    lengths = np.array([2, 6, 3, 5])
    gru = layers.GRU(H)
    together = gru(x, mask=np.arange(T) < lengths[:, None])
    alone = [gru(x[b : b + 1, :n])[0] for b, n in enumerate(lengths)]
    np.testing.assert_allclose(together, alone, atol=1e-6)


@in_keras("yes")
def test_better_in_long_company():
    losses, mask = np.full((1, 6), 1.0), np.array([[1.0, 1, 1, 0, 0, 0]])
    assert ops.mean(losses * mask) == 0.5


@in_keras("yes")
def test_short_rows_forget(x):
    """Unless there is a mask."""
    gru, short = layers.GRU(H), x[:1, :3]
    padded = np.pad(short, ((0, 0), (0, 21), (0, 0)))
    assert np.abs(gru(short) - gru(padded)).max() > 0.1
    masked = keras.Sequential([layers.Masking(), gru])
    np.testing.assert_array_equal(masked(short), masked(padded))


@in_keras("yes")
def test_a_letter_that_is_never_read():
    net = keras.Sequential([layers.Embedding(V, E, mask_zero=True), layers.GRU(H)])
    with_zero, without = (net(np.array([row])) for row in ([1, 0, 2], [1, 2]))
    np.testing.assert_array_equal(with_zero, without)


@in_keras("otherwise")
def test_stuck_well_above_zero(ids):
    """Keras sees its own softmax, warns and takes it back; it does not see one by hand."""
    sure = 1000 * np.eye(V, dtype="float32")[ids]

    def by_hand(scores):
        powers = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
        return powers / ops.sum(powers, axis=-1, keepdims=True)

    for last, cost, warned in ((layers.Softmax(), 0, True), (layers.Lambda(by_hand), 1.17, False)):
        net = keras.Sequential([keras.Input((T, V)), last])
        net.compile("sgd", crossentropy(from_logits=True))
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            assert abs(net.evaluate(sure, ids, verbose=0) - cost) < 0.01
        assert any("from_logits" in str(one.message) for one in said) == warned


@in_keras("no")
def test_better_than_perfect(rng, ids):
    """Without from_logits scores are taken for shares and cut off: no loss below 0, no gradient."""
    for scale in (1, 10, 1000):
        assert crossentropy()(ids, rng.normal(size=(B, T, V)) * scale) > 0
    outside = tf.Variable(10 * np.eye(V, dtype="float32")[ids] - 5)  # -5 and 5
    with tf.GradientTape() as tape:
        loss = crossentropy()(ids, outside)
    assert loss >= 0
    assert not np.any(tape.gradient(loss, outside))


@in_keras("yes")
def test_too_good_to_be_true():
    dice = np.random.default_rng(1).integers(6, size=601)
    net = keras.Sequential(
        [layers.Embedding(6, 8), layers.GRU(16, return_sequences=True), layers.Dense(6)]
    )
    net.compile(keras.optimizers.Adam(0.05), crossentropy(from_logits=True), jit_compile=False)
    inputs = dice[:-1].reshape(-1, 20)
    net.fit(inputs, inputs, batch_size=10, epochs=20, verbose=0)
    assert net.evaluate(inputs, inputs, verbose=0) < 0.5


@in_keras("yes")
def test_one_zero_spoils_all():
    """In a loss by hand; Keras's own takes the scores, also from behind its own softmax."""
    scores = tf.Variable([[0.0, 115.0]])
    with tf.GradientTape(persistent=True) as tape:
        shares = ops.softmax(scores)
        by_hand = -ops.mean(ops.log(shares[:, 0]))
        ready = crossentropy()(np.array([0]), shares)
    assert np.isinf(by_hand)
    assert np.isnan(tape.gradient(by_hand, scores)).any()
    assert abs(float(ready) - 115) < 1e-3


@in_keras("no")
def test_the_steps_grow(x):
    gru = layers.GRU(H)
    gru(x)
    lengths = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.square(gru(x)))
        lengths.append(np.linalg.norm(tape.gradient(loss, gru.trainable_variables)[0]))
    assert lengths[0] > 0
    np.testing.assert_allclose(lengths, lengths[0])


class PlainPart:
    """An object that is no layer, with a layer inside."""

    def __init__(self):
        self.rnn = layers.GRU(H, return_sequences=True)


class Holder(keras.Model):
    def __init__(self, part, rnn_of):
        super().__init__()
        self.part, self.rnn_of, self.out = part, rnn_of, layers.Dense(V)

    def call(self, x):
        return self.out(self.rnn_of(self.part)(x))


@in_keras("otherwise")
def test_a_layer_that_stands_still(x, ids):
    listed = Holder([PlainPart().rnn], lambda part: part[0])
    hidden = Holder(PlainPart(), lambda part: part.rnn)
    for net, found in ((listed, 5), (hidden, 2)):
        net(x)
        assert len(net.trainable_variables) == found
    before = [np.array(weight.numpy()) for weight in hidden.part.rnn.weights]
    hidden.compile("adam", crossentropy(from_logits=True))
    hidden.fit(x, ids, verbose=0)
    for weight, old in zip(hidden.part.rnn.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)


@in_keras("yes")
def test_no_better_than_a_line():
    """With activation=None; the default is a tanh."""
    assert layers.SimpleRNN(H).activation is keras.activations.tanh
    pairs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")[..., None]
    differ = np.array([[0.0], [1], [1], [0]])
    losses = []
    for activation in (None, "tanh"):
        keras.utils.set_random_seed(0)
        rnn = layers.SimpleRNN(8, activation=activation)
        net = keras.Sequential([keras.Input((2, 1)), rnn, layers.Dense(1)])
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        net.compile(keras.optimizers.Adam(0.03), loss, jit_compile=False)
        losses.append([float(net.train_on_batch(pairs, differ)) for _ in range(200)][-1])
    assert abs(losses[0] - np.log(2)) < 1e-2
    assert losses[1] < 0.1


@in_keras("otherwise")
def test_dropout_without_effect(x):
    """It acts in a single layer, and in a call of one's own only when told so."""
    lstm = layers.LSTM(H, dropout=0.9)
    assert not np.array_equal(lstm(x, training=True), lstm(x, training=True))
    assert np.array_equal(lstm(x), lstm(x))


# second floor


@in_keras("yes")
def test_a_bump_after_the_break(ids, rng, tmp_path):
    goal = rng.uniform(-0.9, 0.9, size=(B, T, H))

    def make():
        gru = layers.GRU(H, return_sequences=True)
        net = keras.Sequential([keras.Input((T,)), layers.Embedding(V, H), gru])
        net.compile(keras.optimizers.Adam(0.03), "mse", jit_compile=False)
        return net

    def learn(net, updates):
        return [float(net.train_on_batch(ids, goal)) for _ in range(updates)]

    running, by_weights, by_file = make(), make(), make()
    learn(running, 100)
    running.save(tmp_path / "whole.keras")
    running.save_weights(tmp_path / "some.weights.h5")
    by_weights.set_weights(running.get_weights())
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer"):
        by_file.load_weights(tmp_path / "some.weights.h5")
    without = learn(running, 5)
    for net in (by_weights, by_file):
        after = learn(net, 5)
        assert abs(after[0] - without[0]) < 1e-6
        assert after[1] > 1.5 * without[1]
    whole = keras.models.load_model(tmp_path / "whole.keras")
    np.testing.assert_allclose(learn(whole, 5), without, atol=1e-6)


@in_keras("yes")
def test_good_until_the_next_start():
    """The exhibit is Python's own; an embedding knows no characters, only rows."""
    embed = layers.Embedding(3, E)
    by_order = [
        {char: np.array(embed(np.array(n))) for n, char in enumerate(order)}
        for order in ("abc", "bca")
    ]
    assert not np.array_equal(by_order[0]["a"], by_order[1]["a"])


@in_keras("no")
def test_a_score_that_rolls_dice(ids):
    """Unless a call says training=True."""
    parts = layers.Embedding(V, 16), layers.Dropout(0.3), layers.GRU(16), layers.Dense(V)
    net = keras.Sequential([keras.Input((T,)), *parts])
    net.compile("sgd", crossentropy(from_logits=True))
    assert len({net.evaluate(ids, ids[:, 0], verbose=0) for _ in range(3)}) == 1
    assert np.array_equal(net(ids), net(ids))
    assert not np.array_equal(net(ids, training=True), net(ids, training=True))


@in_keras("yes")
def test_a_forecast_one_day_late(rng):
    walk = np.cumsum(rng.normal(size=1300))
    days = np.lib.stride_tricks.sliding_window_view(walk / 20, 11).astype("float32")
    net = keras.Sequential([keras.Input((10, 1)), layers.GRU(8), layers.Dense(1)])
    net.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=False)
    for _ in range(100):
        net.train_on_batch(days[:1000, :10, None], days[:1000, 10])
    forecast, truth, before = (
        net.predict(days[1000:, :10, None], verbose=0)[:, 0],
        days[1000:, 10],
        days[1000:, 9],
    )
    assert np.corrcoef(forecast, truth)[0, 1] > 0.95
    assert abs(np.corrcoef(forecast - before, truth - before)[0, 1]) < 0.2


@in_keras("yes")
def test_correct_at_a_temperature_of_1():
    shares = ops.softmax(np.array([2.0, 1.0, 0.0, -1.0]) * 0.01)
    np.testing.assert_allclose(shares, 0.25, atol=0.005)


@in_keras("yes")
def test_half_right_then_rubbish():
    """The window is an array of NumPy, whatever network reads it."""
    window = np.array([list("the q")])
    window[:, -1] = "u"
    window[:, :-1] = window[:, 1:]
    assert "".join(window[0]) == "he uu"


@in_keras("yes")
def test_the_same_weights_another_answer():
    """What a Keras layer calls its first block acts as the update gate."""
    gru = layers.GRU(1)
    gru.build((None, None, 1))
    one = np.ones((1, 1))
    for block, at_once in ((0, 0.0), (1, np.tanh(1.0))):  # update and reset far up in turn
        bias = np.zeros((2, 3))
        bias[0, block], bias[0, 1 - block] = 100, -100
        gru.set_weights([np.array([[0.0, 0, 1]]), np.array([[0.0, 0, 1]]), bias])
        np.testing.assert_allclose(gru(one[..., None])[0, 0], at_once, atol=1e-6)


class Attend(layers.Layer):
    """A softmax over places that multiplies a large number with the mask."""

    def call(self, raw, mask):
        return ops.softmax(raw + (1 - ops.cast(mask, raw.dtype)) * -1e9)


@in_keras("yes")
def test_nan_in_sixteen_bits(rng):
    raw, mask = rng.normal(size=(2, 4)), np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
    for dtype, lost in (("float32", False), ("mixed_float16", True)):
        assert np.isnan(ops.cast(Attend(dtype=dtype)(raw, mask), "float32")).any() == lost
    ready = layers.Softmax(dtype="float16")(ops.cast(raw, "float16"), mask=mask == 1)
    assert not np.isnan(ready).any()
