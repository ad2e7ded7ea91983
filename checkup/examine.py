"""The checkup: every check in its order, each only where those before it leave something to see."""

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from checkup import flow, learning, losses, surface
from checkup.batch import make_batch
from checkup.exam import Exam, first_line
from checkup.report import Report
from checkup.subject import same_chance

MENDED = "what was found has to be mended first"


def checkup(
    model: Any,
    batch: Any,
    *,
    loss: Any = None,
    padding_id: float | None = None,
    lengths: Any = None,
    step: Callable | None = None,
    bidirectional: bool | None = None,
    stateful: bool | None = None,
    batch_first: bool | None = None,
    shift: int | None = None,
) -> Report:
    """Examine a recurrent model of Keras, of PyTorch or of this book, and say what is wrong.

    `model` is a keras.Model, a torch.nn.Module or a CharRNN. `batch` is a pair (inputs, targets):
    inputs ids (B, T), numbers or one-hot vectors (B, T, ...), or a tuple or dictionary of all that
    the model takes; targets one for each step or one for each example, ids, one-hot or numbers, or
    a tuple or dictionary of them, of which the first is looked at.

    `loss` is what you train with, loss(output, targets) in PyTorch, any loss of Keras in Keras;
    without it, that of compile, or nn.CrossEntropyLoss for ids in PyTorch. `padding_id` is the
    input that stands for nothing, `lengths` (B,) how many steps of each example are real.
    `step(x, state)` reads one step of inputs (B, 1, ...) and returns its output and the next
    state; the first state is None. `bidirectional` says whether outputs may depend on later inputs,
    `stateful` whether the state may be kept between calls, `batch_first=False` that the batch
    stands as (time, batch), and `shift` how many steps the targets are ahead of the inputs on
    purpose, such as 0 in an echo task. What is None is found by looking.

    Returns a Report, which prints as text. The model is given back as it was: weights, states,
    gradients, modes and random numbers; one of Keras without weights gets them, as by its first
    call. Nothing that is wrong with the model raises; ValueError for what is no batch, TypeError
    for what is no model. Chapter 14.
    """
    batch = make_batch(batch, lengths, padding_id, batch_first)
    if _is_ours(model) and batch.targets.ndim == 1:
        batch = replace(batch, targets=batch.targets[:, None])
    subject = _meet(model, loss, batch)
    inferred = padding_id is None and subject.padding is not None
    if inferred:
        batch = replace(batch, padding=subject.padding)
    batch = _blank_padding(batch, subject)
    report = Report(f"{type(model).__name__} ({subject.framework})")
    exam = Exam(subject, batch, report, step=step)
    exam.may_look_ahead, exam.may_keep_state = bidirectional, stateful
    exam.shift, exam.told_shift = shift, shift is not None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with same_chance(), subject.borrowed():
            try:
                _examine(exam, inferred)
            except Exception as error:  # the model's; what was found before stays
                report.find("forward_raises", f"{exam.doing} raised {first_line(error)}")
                report.skip("everything else", "the model raised an error")
    return report


def _meet(model, loss, batch):
    """The Subject of a model, from the file of its framework."""
    keras, torch = (sys.modules.get(name) for name in ("keras", "torch"))
    if keras and isinstance(model, keras.Layer):  # a model is of no framework that is not loaded
        from checkup.keras_model import KerasSubject as Subject
    elif torch and isinstance(model, torch.nn.Module):
        from checkup.torch_model import TorchSubject as Subject
    elif _is_ours(model):
        from checkup.char_rnn import CharRNNSubject as Subject
    else:
        raise TypeError(
            f"model must be a keras.Model, a torch.nn.Module or a CharRNN of this book, not a "
            f"{type(model).__name__}. Put a function into a module of its framework."
        )
    return Subject(model, loss, batch)


def _is_ours(model):
    return hasattr(model, "get_params") and hasattr(model, "train_step")


def _blank_padding(batch, subject):
    """Without a loss of the reader's, targets that are padding count for nothing: -100."""
    y, real = batch.targets, batch.real
    ids = np.issubdtype(y.dtype, np.integer) and y.shape == real.shape
    if subject.given_loss is not None or not ids or real.all():
        return batch
    kept = real & (y != batch.padding) if batch.padding is not None else real
    return replace(batch, targets=np.where(kept, y, -100))


def _examine(exam, inferred):
    """The checks in their order."""
    report, subject = exam.report, exam.subject
    for name, sentence in subject.faults():
        report.find(name, sentence)
    exam.doing = "reading the batch"
    surface.check_call(exam)
    if exam.output is not None:
        surface.check_finite(exam)
        surface.check_repeatable(exam)
    if exam.form is None:
        report.skip("what flows where, the loss and learning", "output and targets do not fit")
        return
    if report.found("not_finite", "shapes") or not exam.repeats:
        report.skip("what flows where, the loss and learning", "they would only show this again")
        return
    if subject.coarse:
        why = "numbers of 16 bits are too coarse to tell a small effect from rounding"
        report.skip("what flows where, the loss and learning", why)
        return
    subject.outputs_are = losses.name_outputs(exam)
    surface.check_dropout(exam)
    surface.check_targets(exam)
    sound = _examine_flow(exam, inferred)
    subject.restore()
    exam.output = exam.read(exam.batch)
    fits = losses.check_loss(exam)
    if fits is not False:
        surface.judge_shift(exam)
    if fits is None:
        report.skip("learning", "there is no loss to learn from")
    elif not (fits and sound):
        report.skip("learning", MENDED)
    elif learning.check_gradient(exam) and subject.own_code:
        learning.check_slope(exam)


def _examine_flow(exam, inferred):
    """What flows where; False where learning would only show the same fault again."""
    report = exam.report
    if not flow.set_scale(exam):
        return not report.found("input_ignored", "forward_raises")
    if not flow.check_examples(exam):
        report.skip("past, future and padding", "examples see each other")
        return False
    flow.check_padding(exam, inferred)
    flow.check_future(exam)
    if not flow.check_past(exam):
        report.skip("nonlinearity", MENDED)
        return False
    if exam.long_enough.any():
        flow.check_nonlinear(exam)
    flow.check_stepping(exam)
    return not report.found("unregistered")
