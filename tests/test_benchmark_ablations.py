"""The ablations: variants by hand, rates found by a rule, a row trained again."""

import json
import math
from dataclasses import asdict, replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import ablations
from benchmarks.ablations import GROUPS, Settings, begin, best_rate, next_rate, tuned_as
from benchmarks.variants import NormedLSTM, Shortcuts, Variant
from rnnlib.evaluation.scores import score
from rnnlib.functional import sigmoid
from rnnlib.models.char_rnn.torch_model import CharRNN
from rnnlib.models.config import ModelConfig
from rnnlib.models.update import Update
from rnnlib.training.run import History
from rnnlib.training.stream import fit_stream
from tests.helpers import assert_params_equal, raises_sentence, random_batch

RESULTS = json.loads(ablations.RESULTS.read_text(encoding="utf-8"))
ROWS = RESULTS["rows"]
USUAL = asdict(Settings())
LSTM = ModelConfig(7, 5, 5, cell="lstm")  # the same size twice, for tied weights
SHORT = Settings(characters=10 * 768, hidden_size=8)


def rows(final=True, **changes):
    """The stored rows in which this, and nothing else, differs from the usual network."""
    wanted = (USUAL | {"final": final} | changes).items()
    return [row for row in ROWS if wanted <= row.items()]


def losses(**changes):
    return [row["loss"] for row in rows(**changes)]


# variants


def test_a_variant_of_nothing_is_the_model_of_the_library():
    ids, targets, state = random_batch(LSTM)
    plain, variant = CharRNN(LSTM, device="cpu"), Variant(LSTM)
    for model in (plain, variant):
        for _ in range(3):
            _, state = model.train_step(ids, targets, state * 0, Update(0.1, 0.5, 0.1))
    assert_params_equal(variant.get_params(), plain.get_params())


def norm(a, gain, bias=0.0):
    """Ba et al. (2016), equation 15, for each row."""
    centred = a - a.mean(axis=-1, keepdims=True)
    return gain * centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5) + bias


def test_layer_norm_stands_where_the_paper_has_it():
    torch.manual_seed(0)
    normed = NormedLSTM(nn.LSTM(3, 4, batch_first=True)).double()
    for p in normed.parameters():
        nn.init.normal_(p)
    xs, (h, c) = torch.randn(2, 6, 3).double(), torch.randn(2, 2, 4).double()
    hs, (h_last, c_last) = normed(xs, (h[None], c[None]))
    w = {name: p.detach().numpy() for name, p in normed.named_parameters()}
    h, c = h.numpy(), c.numpy()
    for t in range(6):
        from_x = norm(xs[:, t].numpy() @ w["W_x"].T, w["norm_x.weight"])
        a = from_x + norm(h @ w["W_h"].T, w["norm_h.weight"]) + w["b"]
        i, f, g, o = np.split(a, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(norm(c, w["norm_c.weight"], w["norm_c.bias"]))
        np.testing.assert_allclose(hs[:, t].detach(), h, atol=1e-12)
    np.testing.assert_allclose(h_last[0].detach(), h, atol=1e-12)
    np.testing.assert_allclose(c_last[0].detach(), c, atol=1e-12)


def test_without_its_norms_it_is_the_lstm_it_was_made_of():
    lstm = nn.LSTM(3, 4, batch_first=True)
    nn.init.zeros_(lstm.bias_hh_l0)
    normed = NormedLSTM(lstm)
    normed.norm_x = normed.norm_h = normed.norm_c = nn.Identity()
    xs, state = torch.randn(2, 6, 3), (torch.randn(1, 2, 4), torch.randn(1, 2, 4))
    for found, expected in zip(normed(xs, state), lstm(xs, state), strict=True):
        torch.testing.assert_close(found, expected)


def test_a_normed_model_learns_and_starts_from_the_weights_of_the_plain_one():
    ids, targets, _ = random_batch(LSTM, B=4, T=8)
    model, plain = Variant(LSTM, normed=True), Variant(LSTM)
    assert model.parameters == plain.parameters + 4 * 5 + 4 * 5 + 5 + 5
    np.testing.assert_array_equal(model.net.rnn.W_h.detach(), plain.net.rnn.weight_hh_l0.detach())
    start, update = model.init_state(4), Update(0.05)
    found = [model.train_step(ids, targets, start, update)[0] for _ in range(60)]
    assert found[-1] < 0.5 * found[0]
    assert all(p.grad.abs().sum() > 0 for _, p in model._named())


def test_a_stack_with_shortcuts_hands_on_the_sum_of_all_layers_below():
    stack = nn.LSTM(3, 4, 3, batch_first=True)
    xs, h, c = torch.randn(2, 6, 3), torch.randn(3, 2, 4), torch.randn(3, 2, 4)
    found, (h_last, c_last) = Shortcuts(stack)(xs, (h, c))
    total, given = torch.zeros(2, 6, 4), xs
    for k, (W_x, W_h, b_x, b_h) in enumerate(stack.all_weights):
        h_k, c_k, hs = h[k], c[k], []
        for x in given.unbind(dim=1):
            i, f, g, o = (x @ W_x.T + h_k @ W_h.T + b_x + b_h).chunk(4, dim=-1)
            c_k = f.sigmoid() * c_k + i.sigmoid() * g.tanh()
            h_k = o.sigmoid() * c_k.tanh()
            hs.append(h_k)
        total = given = total + torch.stack(hs, dim=1)
        torch.testing.assert_close((h_last[k], c_last[k]), (h_k, c_k))
    torch.testing.assert_close(found, total)


def test_a_model_with_shortcuts_learns_and_has_the_weights_of_the_plain_one():
    config = ModelConfig(7, 3, 5, 2, cell="lstm")
    ids, targets, _ = random_batch(config, B=4, T=8)
    model, plain = Variant(config, shortcuts=True), Variant(config)
    for p, other in zip(model.net.parameters(), plain.net.parameters(), strict=True):
        torch.testing.assert_close(p, other)
    start, update = model.init_state(4), Update(0.05)
    found = [model.train_step(ids, targets, start, update)[0] for _ in range(60)]
    assert found[-1] < 0.5 * found[0]


def test_tied_weights_are_one_matrix_whose_gradient_is_the_sum_of_both_uses():
    ids, targets, state = random_batch(LSTM)
    tied, loose = Variant(LSTM, tied=True), Variant(LSTM)
    with torch.no_grad():
        loose.net.out.weight.copy_(loose.net.embed.weight)
    assert tied.parameters == loose.parameters - 7 * 5
    for model in (tied, loose):
        model._gradients(ids, state, targets)
    both = loose.net.embed.weight.grad + loose.net.out.weight.grad
    torch.testing.assert_close(tied.net.embed.weight.grad, both)
    tied.train_step(ids, targets, state, Update(1e-3))
    assert tied.net.out.weight is tied.net.embed.weight


@pytest.mark.parametrize(("name", "steps"), [("SGD", [0.1, 0.2]), ("momentum", [0.1, 0.29])])
def test_the_other_optimisers_take_their_own_steps(name, steps):
    model = Variant(LSTM, optimiser=name)
    p = model.net.out.bias
    for p_other in model.net.parameters():
        p_other.grad = torch.zeros_like(p_other)
    before = p.detach().clone()
    model.optimizer.param_groups[0]["lr"] = 0.1
    for expected in steps:  # with a gradient of 1 at every step
        p.grad = torch.ones_like(p)
        model.optimizer.step()
        torch.testing.assert_close(before - p.detach(), torch.full_like(p, expected))


def test_what_cannot_be_built_is_said_in_a_sentence():
    with raises_sentence(ValueError, "4 and 5"):
        Variant(ModelConfig(7, 4, 5), tied=True)
    for config in (ModelConfig(7, 4, 5, cell="gru"), ModelConfig(7, 4, 5, 2, cell="lstm")):
        with raises_sentence(ValueError, "LSTM of one layer"):
            Variant(config, normed=True)
    for config in (LSTM, ModelConfig(7, 4, 5, 2, cell="gru")):
        with raises_sentence(ValueError, "two layers or more"):
            Variant(config, shortcuts=True)


# how a rate is found, and how a run goes


def test_rates_are_doubled_and_halved_until_the_best_lies_between_two_others():
    assert next_rate({}, 0.5) == 0.5
    tried = {}
    while rate := next_rate(tried, 1.0):
        tried[rate] = abs(math.log2(rate) + 2.2)  # lowest at 1/4
    assert set(tried) == {1.0, 2.0, 0.5, 0.25, 0.125}
    assert next_rate({1.0: math.inf, 0.5: 3.0}, 1.0) == 0.25


def test_what_hardly_bears_on_the_rate_shares_its_trials():
    usual = Settings()
    for other in (Settings(embed_size=8), Settings(dropout=0.5, data=0.1, characters=10**6)):
        assert tuned_as(other) == usual
    for other in (Settings(hidden_size=9), Settings(batch_size=4), Settings(decay="none")):
        assert tuned_as(other) == other
    few = Settings(characters=ablations.FEW)
    assert tuned_as(few) == few
    slow = Settings(optimiser="SGD", weight_decay=0.0)
    assert tuned_as(slow) == slow


def test_a_run_is_what_its_settings_say():
    settings = Settings(
        "gru", 12, 2, 6, batch_size=8, length=24, characters=4000, dropout=0.3, clip_norm=None
    )
    this = begin(settings, 0.01, seed=3)
    assert this.model.config == ModelConfig(65, 6, 12, 2, "gru")
    assert (this.model.seed, this.recipe.learning_rate, this.recipe.dropout) == (3, 0.01, 0.3)
    assert (this.recipe.batch_size, this.recipe.length, this.recipe.steps) == (8, 24, 20)
    assert this.recipe.clip_norm == math.inf
    assert (this.recipe.warmup, this.recipe.decay, this.recipe.weight_decay) == (
        0.05,
        "cosine",
        0.1,
    )


def test_trials_see_nothing_of_the_held_out_text():
    train, end, test = ablations.shakespeare()
    assert (len(train), len(end), len(test)) == (1_003_854, 100_386, 111_540)
    np.testing.assert_array_equal(end, train[-len(end) :])


@pytest.mark.parametrize("final", [True, False])
def test_a_row_holds_the_loss_of_a_model_trained_by_its_settings(final):
    train, end, test = ablations.shakespeare()
    row = ablations.run(SHORT, 0.02, seed=1, final=final)
    assert row | asdict(SHORT) | {"rate": 0.02, "seed": 1, "final": final, "steps": 10} == row
    again = begin(SHORT, 0.02, seed=1)
    fit_stream(again, train if final else train[: -len(end)])
    unseen = test if final else end[:40_000]
    assert row["loss"] == pytest.approx(score(again.model, unseen).nats, abs=1e-4)
    assert row["train"] == pytest.approx(score(again.model, train[:20_000]).nats, abs=1e-4)
    assert row["parameters"] == 65 * 32 + 4 * 8 * (32 + 8 + 1) + 65 * 9


def test_part_of_the_text_is_read_again_and_both_losses_are_kept_after_each_pass():
    row = ablations.run(replace(SHORT, data=3 * 768.5 / 1_003_854), 0.02)
    assert row["pass_steps"] == [3, 6, 9, 10]
    assert len(row["pass_train"]) == len(row["pass_held_out"]) == 4
    assert row["pass_train"][0] > row["pass_train"][-1]


def test_the_loss_of_a_pass_is_the_mean_over_its_updates():
    history = History([4.0, 2.0, 1.0], validation_losses=[3.0, 2.5], validation_steps=[2, 3])
    found = ablations.after_each_pass(history)
    assert found == {"pass_steps": [2, 3], "pass_train": [3, 1], "pass_held_out": [3, 2.5]}


def test_a_run_that_breaks_is_stored_as_such_and_its_rate_is_not_taken(monkeypatch):
    def breaks(run, *arguments):
        raise ValueError("the loss became nan.")

    monkeypatch.setattr(ablations, "fit_stream", breaks)
    row = ablations.run(SHORT, 64.0, final=False)
    assert row["loss"] is None
    others = [row | {"rate": rate, "loss": 2.0} for rate in (16.0, 32.0)]
    settings = replace(SHORT, characters=USUAL["characters"])
    found = [one | {"characters": settings.characters} for one in (row, *others)]
    assert ablations.trials(found, settings) == {64.0: math.inf, 16.0: 2.0, 32.0: 2.0}
    assert best_rate(found, settings) in (16.0, 32.0)


def test_what_is_stored_is_not_run_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ablations, "RESULTS", tmp_path / "ablations.json")
    monkeypatch.setattr(ablations, "GROUPS", {"few": [Settings(), SHORT]})
    monkeypatch.setattr(ablations, "run", lambda *given: as_row(*given))
    ablations.main()
    first = (tmp_path / "ablations.json").read_text()
    assert len(json.loads(first)["rows"]) == len(capsys.readouterr().out.splitlines())
    monkeypatch.setattr(ablations, "run", None)
    ablations.main()
    assert (tmp_path / "ablations.json").read_text() == first


def as_row(settings, rate, seed, final):
    settings = {"rate": rate, "seed": seed, "final": final} | asdict(settings)
    return settings | {"loss": abs(math.log2(rate) + 5.2), "seconds": 1}


# the rows


def test_every_run_is_stored_once_and_at_the_rate_that_its_trials_chose():
    found = [ablations.key(row) for row in ROWS]
    assert len(found) == len(set(found))
    assert RESULTS["usual"] == USUAL
    expected = set()
    for settings, rate, seed, final in islice(ablations.planned(ROWS), 1000):
        assert final or rate in ablations.trials(ROWS, settings)
        expected.add(ablations.key(asdict(settings) | dict(rate=rate, seed=seed, final=final)))
    trials = {ablations.key(row) for row in ROWS if not row["final"]}
    assert set(found) == expected | trials


def test_the_best_rate_lies_between_two_that_were_tried():
    for settings in (s for group in GROUPS.values() for s in group):
        tried, best = ablations.trials(ROWS, settings), best_rate(ROWS, settings)
        assert {best / 2, best, 2 * best} <= tried.keys()
        assert math.isfinite(tried[best])


def test_the_ten_seeds_of_the_usual_network_and_three_of_all_others():
    assert len(losses()) == 10
    for settings in {s for group in GROUPS.values() for s in group} - {Settings()}:
        rates = {row["rate"] for row in rows(**asdict(settings))}
        assert best_rate(ROWS, settings) in rates
        assert len(rates) == 1 or settings.characters == ablations.FEW
        for rate in rates:
            assert sorted(row["seed"] for row in rows(**asdict(settings), rate=rate)) == [0, 1, 2]


def test_a_row_can_be_trained_again():
    stored = rows(characters=100_000)[0]
    row = ablations.run(Settings(characters=100_000), stored["rate"], stored["seed"])
    assert row.keys() == stored.keys()
    assert row["loss"] == pytest.approx(stored["loss"], abs=0.03)
