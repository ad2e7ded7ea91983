"""Greedy writing and beam search, against all that a tiny model can write."""

from itertools import product

import numpy as np
import pytest

from benchmarks.translating import beam_decode
from rnnlib.functional import log_softmax
from rnnlib.models.seq2seq import Seq2SeqConfig
from rnnlib.models.seq2seq.numpy_model import Seq2Seq
from rnnlib.models.update import Update
from rnnlib.text.padding import make_buckets, pad
from rnnlib.training.pairs import _read_own, fit_pairs
from rnnlib.writing.seq2seq_decoding import greedy_decode
from tests.helpers import assert_params_equal, assert_refused

MOST = 4  # symbols, the mark included
SOURCE = np.array([2, 0, 1])


def make(seed, attention="scaled", target_size=2):
    model = Seq2Seq(Seq2SeqConfig(3, target_size, 3, 4, attention, dtype="float64"))
    rng = np.random.default_rng(seed)
    model.set_params({k: rng.normal(size=p.shape) * 1.5 for k, p in model.get_params().items()})
    return model


def all_written(model, normalise):
    """Every text that ends within MOST symbols, by its score, best first: (score, ids)."""
    found = []
    for size in range(1, MOST):
        for ids in product(range(model.config.target_size), repeat=size):
            logits, _ = model.forward(SOURCE[None], [3], [ids], [size])
            steps = log_softmax(logits[0])[np.arange(size + 1), [*ids, model.config.mark]]
            found.append((steps.sum() / (size + 1) ** normalise, ids))
    memory, state = model.encode(SOURCE[None], [3])
    logits, _, _ = model.decode([[model.config.mark]], state, memory)
    found.append((log_softmax(logits[0, 0])[model.config.mark], ()))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("normalise", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_wide_beam_finds_what_trying_everything_finds(seed, normalise):
    model, everything = make(seed), all_written(make(seed), normalise)
    assert len(everything) == 15
    found = beam_decode(model, SOURCE, MOST, beams=27, normalise=normalise)
    ended = [written for written in found if written.ended]
    assert [written.ids for written in ended] == [ids for _, ids in everything]
    np.testing.assert_allclose([w.score for w in ended], [score for score, _ in everything])


@pytest.mark.parametrize("normalise", [0.0, 1.0])
@pytest.mark.parametrize("beams", [1, 2, 3])
def test_a_narrow_beam_finds_nothing_that_does_not_exist(beams, normalise):
    for seed in range(6):
        model = make(seed)
        scores = {ids: score for score, ids in all_written(model, normalise)}
        for written in beam_decode(model, SOURCE, MOST, beams, normalise):
            if written.ended:
                assert written.score == pytest.approx(scores[written.ids])


def beam_that_never_stops_early(model, most, beams, normalise):
    """(score, ids) of what ended, best first: each beginning scored anew from its first symbol."""
    mark, alive, ended = model.config.mark, [(0.0, ())], []
    for step in range(1, most + 1):
        grown = []
        for total, ids in alive:
            logits, _ = model.forward(SOURCE[None], [3], [[*ids, 0]], [len(ids) + 1])
            gains = log_softmax(logits[0, len(ids)])
            grown += [(total + gain, (*ids, symbol)) for symbol, gain in enumerate(gains)]
        grown = sorted(grown, key=lambda pair: -pair[0])[:beams]
        ended += [(total / step**normalise, ids[:-1]) for total, ids in grown if ids[-1] == mark]
        alive = [(total, ids) for total, ids in grown if ids[-1] != mark]
    return sorted(ended, key=lambda pair: -pair[0])[:beams]


@pytest.mark.parametrize("normalise", [0.0, 0.6, 1.0])
def test_the_search_stops_early_only_where_nothing_better_can_come(normalise):
    for seed in range(15):
        model = make(seed, target_size=3)
        found = beam_decode(model, SOURCE, 7, 3, normalise)
        wanted = beam_that_never_stops_early(model, 7, 3, normalise)
        assert [w.ids for w in found if w.ended] == [ids for _, ids in wanted]
        np.testing.assert_allclose([w.score for w in found if w.ended], [s for s, _ in wanted])


@pytest.mark.parametrize("attention", ["none", "additive", "scaled"])
def test_one_beam_is_greedy(attention):
    for seed in range(8):
        model = make(seed, attention, target_size=4)
        (greedy,) = greedy_decode(model, SOURCE[None], [3], most=7)
        (beam,) = beam_decode(model, SOURCE, most=7, beams=1)
        assert (greedy.ids, greedy.ended) == (beam.ids, beam.ended)
        assert greedy.log_prob == pytest.approx(beam.log_prob)


def test_greedy_chooses_the_likeliest_symbol_each_time():
    model = make(1, target_size=4)
    (written,) = greedy_decode(model, SOURCE[None], [3], most=6)
    symbols = [*written.ids, model.config.mark][:6]
    memory, state = model.encode(SOURCE[None], [3])
    unread = model.config.mark
    for symbol, looks in zip(symbols, written.weights, strict=True):
        logits, state, weights = model.decode([[unread]], state, memory)
        assert logits[0, 0].argmax() == symbol
        np.testing.assert_allclose(looks, weights[0, 0])
        unread = symbol


def test_rows_are_written_side_by_side_as_one_by_one():
    model = make(2, target_size=4)
    sources, lengths = np.array([[2, 0, 1, 1], [1, 9, 9, 9], [0, 2, 9, 9]]), [4, 1, 2]
    together = greedy_decode(model, sources, lengths, most=6)
    assert len({written.ids for written in together}) > 1
    for row, written in enumerate(together):
        (alone,) = greedy_decode(
            model, sources[row : row + 1, : lengths[row]], lengths[row:][:1], 6
        )
        assert alone.ids == written.ids
        assert alone.log_prob == pytest.approx(written.log_prob)
        np.testing.assert_allclose(alone.weights, written.weights)


def test_what_is_cut_off_is_said_to_be():
    model = make(0)
    params = model.get_params()
    params["b_y"] = np.array([50.0, 0, -50])
    model.set_params(params)
    (written,) = greedy_decode(model, SOURCE[None], [3], most=5)
    assert (written.ids, written.ended) == ((0,) * 5, False)
    assert beam_decode(model, SOURCE, 5, 1)[0].ids == (0,) * 5
    params["b_y"] = np.array([0, 0, 50.0])
    model.set_params(params)
    (written,) = greedy_decode(model, SOURCE[None], [3], most=5)
    assert (written.ids, written.ended, len(written.weights)) == ((), True, 1)


def test_the_rate_of_pairs_rises_from_the_first_step_over_a_twentieth_of_them():
    rates = []

    class Recorder:
        def train_step(self, sources, lengths, targets, target_lengths, update, reads):
            rates.append(update.rate)
            return 1.0

    rows = [np.array([1, 2])] * 4
    fit_pairs(Recorder(), rows, rows, 80, batch_size=2, rate=0.1)
    falling = 0.1 * (1 + np.cos(np.pi * np.arange(80) / 80)) / 2
    falling[:4] *= [0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(rates, falling, rtol=1e-12)


def test_training_on_pairs_is_the_loop_one_would_write_by_hand():
    rng = np.random.default_rng(1)
    sources, targets = ([rng.integers(2, size=n) for n in rng.integers(1, 6, 10)] for _ in "ab")
    ours, theirs, losses = make(0), make(0), []
    found = fit_pairs(ours, sources, targets, 7, 4, 0.1, seed=2, own_share=lambda step: step / 7)
    rng, sizes = np.random.default_rng(2), [len(source) for source in sources]
    drawn = []
    for step in range(7):
        drawn = drawn or make_buckets(sizes, 4, rng)[::-1]  # three batches, the last one first
        rows = drawn.pop(0)
        batch = *pad([sources[i] for i in rows]), *pad([targets[i] for i in rows])
        reads = _read_own(theirs, *batch, step / 7, rng) if step else None
        update = Update(0.1 * (1 + np.cos(np.pi * step / 7)) / 2, clip_norm=1.0)
        losses.append(theirs.train_step(*batch, update, reads=reads))
    np.testing.assert_allclose(found, losses, rtol=1e-12)
    assert_params_equal(ours.get_params(), theirs.get_params(), 1e-12)


def test_what_the_decoder_reads_of_its_own_leads_on_from_what_it_read():
    model, rng = make(3, target_size=4), np.random.default_rng(0)
    targets, lengths = np.array([[0, 1, 2, 3], [3, 3, 9, 9]]), np.array([4, 2])
    same = _read_own(model, np.array([SOURCE, SOURCE]), [3, 3], targets, lengths, 0.0, rng)
    np.testing.assert_array_equal(same, [[0, 1, 2, 3], [3, 3, 0, 0]])
    many = np.tile(SOURCE, (4000, 1)), np.full(4000, 3), np.tile(targets[:1], (4000, 1))
    drawn = _read_own(model, *many, np.full(4000, 4), 1.0, rng)
    memory, state = model.encode(SOURCE[None], [3])
    logits, state, _ = model.decode([[4]], state, memory)
    first = np.exp(log_softmax(logits[0, 0]))
    shares = np.bincount(drawn[:, 0], minlength=5) / len(drawn)
    np.testing.assert_allclose(shares, first, atol=0.04)
    likely = int(first.argmax())
    logits, _, _ = model.decode([[likely]], state, memory)
    after = drawn[drawn[:, 0] == likely, 1]
    shares = np.bincount(after, minlength=5) / len(after)
    np.testing.assert_allclose(shares, np.exp(log_softmax(logits[0, 0])), atol=0.05)


def test_bad_input_gets_a_sentence():
    cases = [
        (lambda m: greedy_decode(m, SOURCE[None], [3], 0), "most must be"),
        (lambda m: greedy_decode(m, SOURCE[None], [0], 3), "the length 0"),
        (lambda m: beam_decode(m, SOURCE, 3, 0), "beams must be"),
        (lambda m: beam_decode(m, SOURCE, 3, 1, -1), "normalise must be"),
        (lambda m: beam_decode(m, [], 3, 1), "at least one of each"),
    ]
    assert_refused(lambda call: call(make(0)), cases)
