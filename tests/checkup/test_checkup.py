"""A checkup passes sound models of PyTorch and of this book, names bugs, and leaves no trace."""

import random

import numpy as np
import pytest

import rnnlib
from checkup import checkup
from checkup.batch import find_shift, make_batch
from checkup.findings import FINDINGS
from checkup.form import Form
from checkup.subject import Subject
from exercises.bug_museum import EXHIBITS
from rnnlib.models import ModelConfig, build
from tests.checkup import data
from tests.helpers import assert_none, assert_params_equal, assert_sentence, raises_sentence


@pytest.fixture
def models():
    """The module of models in PyTorch, with the same initial weights in every test."""
    import torch

    from tests.checkup import torch_models

    torch.manual_seed(0)
    return torch_models


def names_found(report):
    return [finding.name for finding in report.findings]


def test_sound_models_in_pytorch_pass(models):
    assert_none(data.false_alarms(models.SOUND, models.seed), data.ALARM)


def test_a_bug_in_pytorch_is_named_and_nothing_besides(models):
    assert_none(data.unnamed(models.SICK, models.seed), data.UNNAMED)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_the_models_of_the_book_pass_and_stay_as_they_were(engine):
    for cell in ("rnn", "gru", "lstm"):
        model = build(ModelConfig(data.V, 7, data.H, 2, cell), engine, seed=1)
        before = model.get_params()
        optimizer = model.get_optimizer()
        report = rnnlib.checkup(model, data.NEXT)
        assert report.findings == []
        assert len(report.passed) >= 8
        assert_params_equal(model.get_params(), before)
        assert model.get_optimizer()["step"] == optimizer["step"] == 0
        one = rnnlib.checkup(model, (data.NEXT[0], data.NEXT[1][:, -1]))
        assert one.findings == []


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_a_model_whose_last_layer_starts_with_zeros_keeps_them(engine):
    model = build(ModelConfig(data.V, 7, data.H, 1, "gru"), engine, seed=1)
    params = model.get_params()
    zeros = params | {"W_hy": np.zeros_like(params["W_hy"])}
    model.set_params(zeros)
    assert checkup(model, data.NEXT).findings == []
    assert_params_equal(model.get_params(), zeros)


def test_the_loss_that_is_assumed_is_that_of_pytorch(models):
    """Value and gradient of the loss where the reader gives none, -100 left out."""
    torch, F = models.torch, models.F
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, (data.B, data.T, data.V))
    ids = data.NEXT[1].copy()
    ids[1, 3:] = -100
    yes = (rng.random((data.B, 1)) < 0.5).astype("float32")
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)

    def of_shares(o, y):
        return F.nll_loss(o.log().flatten(0, 1), y.flatten())

    cases = [
        ("classes", "logits", z, ids, lambda o, y: F.cross_entropy(o.flatten(0, 1), y.flatten())),
        ("classes", "probabilities", p, ids, lambda o, y: of_shares(o / o.sum(-1, True), y)),
        ("classes", "logits", z, ids[:, -4:],
         lambda o, y: F.cross_entropy(o[:, -4:].flatten(0, 1), y.flatten())),
        ("binary", "logits", z[:, 0, :1], yes, F.binary_cross_entropy_with_logits),
        ("binary", "probabilities", p[:, 0, :1], yes, F.binary_cross_entropy),
        ("numbers", "numbers", z[:, 0], rng.normal(0, 1, (data.B, data.V)), F.mse_loss),
    ]  # fmt: skip
    for kind, outputs_are, output, y, loss in cases:
        subject = Subject(None, make_batch(data.NEXT))
        subject.form, subject.outputs_are = Form(kind, output.ndim == 3), outputs_are
        tensor = torch.tensor(output, requires_grad=True)
        wanted = loss(tensor, torch.tensor(y if kind == "classes" else y.astype(float)))
        wanted.backward()
        value, grad = subject.loss(output, y)
        assert value == pytest.approx(float(wanted.detach()), abs=1e-6)
        np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=0, atol=1e-6)


def test_a_broken_model_of_the_book_is_told():
    model = build(ModelConfig(data.V, 7, data.H, 1, "rnn"), "numpy", seed=1)
    params = model.get_params()
    model.set_params(params | {"W_hh": np.zeros_like(params["W_hh"])})
    assert names_found(checkup(model, data.NEXT)) == ["no_memory"]
    model.set_params(params | {"b_y": np.full_like(params["b_y"], np.nan)})
    assert names_found(checkup(model, data.NEXT)) == ["not_finite"]


def everything_of(model):
    """What a reader could find changed in a module: numbers, gradients, modes, attributes."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    grads = {n: (p.grad, None if p.grad is None else p.grad.clone()) for n, p in
             model.named_parameters()}  # fmt: skip
    modes = [module.training for module in model.modules()]
    wanted = [p.requires_grad for p in model.parameters()]
    return state, grads, modes, wanted, dict(vars(model))


@pytest.mark.parametrize(
    "name",
    ["dropout", "stateful", "by hand", "packed", "classes second", "bfloat16",
     "autocast", "batch norm over time", "frozen embedding"],
)  # fmt: skip
def test_a_module_is_given_back_as_it_was(name, models):
    import torch

    model, batch, how = models.SOUND[name]()
    model.train()
    next(model.children()).eval()  # a mode of its own
    first = next(p for p in model.parameters() if p.requires_grad)
    first.grad = torch.ones_like(first)
    if name == "stateful":
        model.state = torch.full((1, data.B, data.H), 0.5)
    before = everything_of(model)
    chance = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    kept = model.state if name == "stateful" else None
    inputs = [np.array(a) for a in batch]
    pending = first.sum() * first.sum()  # a graph of the reader's, which goes on afterwards
    checkup(model, batch, **how)
    after = everything_of(model)
    for key, value in before[0].items():
        assert after[0][key].dtype == value.dtype
        assert torch.equal(after[0][key], value), key
    for key, (grad, value) in before[1].items():
        assert after[1][key][0] is grad, key
        assert grad is None or torch.equal(grad, value)
    assert after[2:4] == before[2:4]
    assert after[4].keys() == before[4].keys()
    assert all(after[4][key] is value for key, value in before[4].items())
    if kept is not None:
        assert model.state is kept
        assert (kept == 0.5).all()
    assert torch.equal(torch.get_rng_state(), chance[0])
    assert (np.random.get_state()[1] == chance[1]).all()  # noqa: NPY002
    assert random.getstate() == chance[2]
    assert all((np.array(a) == b).all() for a, b in zip(batch, inputs, strict=True))
    pending.backward()


def test_a_class_that_holds_a_state_is_given_back_as_it_was(models):
    import torch

    kept = models.KeepsInItsClass.kept = torch.full((1, data.B, data.H), 0.5)
    try:
        checkup(models.KeepsInItsClass(), data.NEXT)
        assert models.KeepsInItsClass.kept is kept
        assert (kept == 0.5).all()
    finally:
        models.KeepsInItsClass.kept = None


def test_a_model_is_given_back_also_where_examining_it_fails(models):
    import torch

    class Failing(models.Net):
        def forward(self, x):
            if self.training or torch.is_grad_enabled():
                raise KeyboardInterrupt
            return super().forward(x)

    model = Failing().train()
    before = everything_of(model)
    with pytest.raises(KeyboardInterrupt):
        checkup(model, data.NEXT)
    after = everything_of(model)
    assert after[2] == before[2]
    assert all(torch.equal(after[0][key], value) for key, value in before[0].items())


def test_a_report_is_text_and_a_table(models):
    model, batch, how, _ = models.SICK["softmax twice"]()
    report = checkup(model, batch, **how)
    (finding,) = report.findings
    assert finding.link == "chapters/detours/bug_museum_first_floor.html#stuck-well-above-zero"
    text = str(report)
    assert text.startswith("Checkup of Net (PyTorch): 1 finding, ")
    for part in (finding.name, finding.sentence, finding.remedy, finding.link):
        assert part in text
    assert "not examined, because neither padding_id nor lengths was given." in text
    assert repr(report) == text
    found = report.to_dict()
    assert found["findings"][0]["name"] == "softmax_twice"
    assert not report.ok


def test_every_finding_has_a_remedy_and_a_link_to_the_museum():
    rooms = {exhibit.link for exhibit in EXHIBITS} | {"chapters/14_bug_museum.html"}
    for link, remedy in FINDINGS.values():
        assert_sentence(remedy)
        assert link in rooms


def test_every_finding_is_shown_by_a_model_in_pytorch(models):
    shown = {make()[3] for make in models.SICK.values()} | {"not_finite"}
    assert_none(
        [*(FINDINGS.keys() - shown), *(shown - FINDINGS.keys())],
        "Give each a model in SICK of tests/checkup/torch_models.py and rows in findings.py.",
    )


def test_what_is_no_model_and_what_is_no_batch_is_refused_in_a_sentence(models):
    import torch

    model = models.Net()
    with raises_sentence(TypeError, "keras.Model", "not a function"):
        checkup(raises_sentence, data.NEXT)
    traced = torch.jit.trace(models.Net(), torch.tensor(data.NEXT[0]))
    with raises_sentence(TypeError, "traced or scripted", "Give the module"):
        checkup(traced, data.NEXT)
    with raises_sentence(TypeError, "the device meta", "Build it"):
        checkup(models.Net().to("meta"), data.NEXT)
    with raises_sentence(ValueError, "a pair (inputs, targets)"):
        checkup(model, data.NEXT[0])
    with raises_sentence(ValueError, "(examples, time)"):
        checkup(model, (data.NEXT[0][0], data.NEXT[1][0]))


def test_nothing_wrong_with_a_model_raises():
    import torch

    class Odd(torch.nn.Module):
        def __init__(self, answer):
            super().__init__()
            self.answer = answer

        def forward(self, x):
            return self.answer

    for answer in (None, "text", 3, (), torch.zeros(()), [torch.zeros(2)], {}):
        assert not checkup(Odd(answer), data.NEXT).ok


def test_targets_are_compared_with_inputs_at_every_shift():
    ids, real = data.IDS, np.ones((data.B, data.T - 1), bool)
    for shift in (-1, 0, 1, 2):
        x, y = ids[:, 1 : data.T], ids[:, 1 + shift : data.T + shift]
        assert find_shift(x[:, : y.shape[1]], y, real[:, : y.shape[1]]) == shift
    assert find_shift(ids[:, :-2], ids[::-1, 2:], real) is None


def test_a_step_of_the_readers_is_followed(models):
    model = models.Net(cell=models.nn.LSTM)

    def step(x, state):
        hs, state = model.rnn(model.embed(x), state)
        return model.out(hs), state

    def swap(x, state):
        output, (h, c) = step(x, state)
        return output, (c, h)

    report = checkup(model, data.NEXT, step=step)
    assert "stepping" in [note.name for note in report.passed]
    assert names_found(checkup(model, data.NEXT, step=swap)) == ["state_not_carried"]


def test_padding_is_seen_at_both_ends_and_not_inside():
    x = np.array([[0, 0, 3, 0, 4, 0], [1, 2, 3, 4, 5, 6]])
    batch = make_batch((x, x), padding=0)
    assert batch.real.tolist() == [[False, False, True, True, True, False], [True] * 6]
    assert batch.first.tolist() == [2, 0]
    assert batch.last.tolist() == [4, 5]
