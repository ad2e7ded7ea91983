"""Checks of what lies on the surface: whether it runs, its shapes, its numbers, its repetition."""

import numpy as np

from checkup.batch import find_shift
from checkup.exam import first_line
from checkup.form import choose_form


def check_call(exam):
    """Read the batch once and find the output that answers the targets."""
    batch, report = exam.batch, exam.report
    outputs = exam.subject.run(batch)
    if not outputs:
        report.find("shapes", "the model returned no tensor.")
        return
    swap = batch.time_first
    sizes = (batch.steps, batch.size)
    turned = [o.swapaxes(0, 1) if swap and o.shape[:2] == sizes else o for o in outputs]
    form = choose_form(turned, batch, exam.subject.embedded, not exam.subject.usual_loss)
    if isinstance(form, tuple):
        exam.output = turned[0]
        report.find(*form)
        return
    raw = outputs[form.index]
    if swap and raw.shape[:2] == sizes and not form.order:
        form = type(form)(form.kind, form.steps, form.index, None, (1, 0, *range(2, raw.ndim)))
    exam.form = exam.subject.form = form
    exam.output = form.normal(raw)
    V, highest = exam.output.shape[-1], batch.targets.max()
    if form.kind == "classes" and highest >= V:
        report.find("shapes", f"there is a target {highest}, and {V} outputs, 0 to {V - 1}.")
    if not report.findings:
        answers = "an answer at each step" if form.steps else "one answer for each example"
        report.passes("shapes", f"output {raw.shape} for targets {batch.targets.shape}: {answers}.")


def check_finite(exam):
    """No nan and no infinity in the inputs, the targets and the output."""
    named = [("inputs", array) for array in exam.batch.inputs]
    named += [("targets", exam.batch.targets), ("output", exam.output)]
    for name, array in named:
        wrong = (~np.isfinite(array)).mean() if np.issubdtype(array.dtype, np.inexact) else 0
        if wrong:
            exam.report.find("not_finite", f"{wrong:.0%} of the {name} are nan or infinite.")
            return
    exam.report.passes("finite", "inputs, targets and output are finite numbers.")


def check_repeatable(exam):
    """Reading twice gives the same: other random numbers do not matter, and no state is left."""
    subject, batch, report = exam.subject, exam.batch, exam.report
    outputs = subject.run(batch)
    exam.repeats = _same(outputs, subject.run(batch))
    if not (exam.repeats and _same(outputs, subject.run(batch, seed=1))):
        report.find("not_deterministic", "in evaluation two readings of the same batch differ.")
        if exam.form is not None:
            exam.output = exam.read(batch)  # with the random numbers of the others
    else:
        report.passes("deterministic", "evaluation gives the same answer twice.")
    exam.doing = "a second call"
    again = [subject.run(batch, fresh=n == 0) for n in range(2)]
    kept = not _same(*again) and not report.found("not_deterministic")
    trained = not kept and _keeps_in_training(exam)
    allowed = exam.may_keep_state
    if (kept or trained) and not (subject.resets if allowed is None else allowed):
        when = "in training, what was read before changes" if trained else "reading again changes"
        told = f"{when} the answer: something is kept from one call to the next."
        report.find("state_kept", told)
    elif kept:
        why = "as you say" if allowed else "and the model has a method that resets it"
        report.passes("state", f"the state is carried from call to call, {why}.")
    elif not report.found("not_deterministic"):
        report.passes("state", "a second reading is like the first: no state is left over.")
    if kept and exam.form is not None:
        exam.doing = "a second training step"
        try:
            subject.train_twice(batch)
        except RuntimeError as error:
            if "backward through the graph a second time" not in str(error):
                raise
            told = f"{exam.doing} raised {first_line(error)} The state is kept with its history."
            report.find("missing_detach", told)


def _keeps_in_training(exam):
    """Whether, in training, an answer hangs on the batch that was read before."""
    others = exam.batch.changed(np.ones((exam.batch.size, exam.batch.steps), bool))
    if others is None:
        return False
    answers = []
    for before in (exam.batch, others):
        try:
            exam.subject.run(before, training=True)
            answers.append(exam.subject.run(exam.batch, training=True, fresh=False))
        except Exception:  # which other checks tell
            return False
    return not _same(*answers)


def _same(one, other):
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def check_dropout(exam):
    """Dropout that is there is felt in training."""
    subject, report = exam.subject, exam.report
    if not subject.drops or report.found("not_deterministic"):
        return
    exam.doing = "reading in training"
    readings = [subject.run(exam.batch, training=True, seed=seed) for seed in (0, 1)]
    if _same(*readings):
        told = "the model has dropout, and two readings in training are alike."
        report.find("dropout_without_effect", told)
    else:
        report.passes("dropout", "dropout acts in training and not in evaluation.")


def check_targets(exam):
    """How many steps the targets are ahead of the inputs, `exam.shift`, where it can be told.

    What 0 means is judged later, in `judge_shift`.
    """
    batch, report, y = exam.batch, exam.report, exam.batch.targets
    B, T = batch.size, batch.steps
    if exam.shift is not None:
        return report.passes("targets", f"you say that they are {exam.shift} steps ahead.")
    if not exam.form.steps and y.shape[:2] != (B, T):
        return _check_forecast(exam)
    x = batch.sequence if batch.ids is None else batch.ids
    y = y.argmax(-1) if exam.form.kind == "one-hot" else y
    if y.size == x.size and y.dtype != bool:
        exam.shift = find_shift(x, y.reshape(x.shape), batch.real)
    if exam.shift == 1:
        report.passes("targets", "every target is the input of the next step.")


def _check_forecast(exam):
    """One answer for each example: it is not the last value that was read."""
    batch, y = exam.batch, exam.batch.targets
    if y.size != batch.size or len(np.unique(y)) < 3 or batch.size < 4:
        return
    x = batch.sequence.reshape(batch.size, batch.steps, -1)
    last = x[np.arange(batch.size), batch.last]  # (B, F)
    alike = np.isclose(last, y.reshape(-1, 1), rtol=1e-6, atol=0).all(axis=0)
    if alike.any() and np.issubdtype(x.dtype, np.floating):
        exam.report.find("forecast_of_today", "every target is the last value of its window.")


def judge_shift(exam):
    """Targets that are the inputs themselves are right for an autoencoder, and for few others."""
    report, ahead = exam.report, exam.loss_shift
    if exam.told_shift or exam.shift is None:
        return
    if exam.shift == 0 and (ahead or exam.looks_ahead or _is_late(exam)):
        report.passes("targets", "they are the inputs, and are met at another step than these.")
    elif exam.shift == 0:
        told = "every target is the input of its own step, which the output may copy."
        report.find("targets_not_shifted", told)
    elif ahead and exam.shift > 0:
        report.find(
            "loss_shifts",
            f"the targets are {exam.shift} ahead of the inputs, and the loss looks {ahead} further "
            "ahead.",
        )


def _is_late(exam):
    """Whether no output depends on the input of its own step, and the next one does."""
    batch, rows = exam.batch, np.arange(exam.batch.size)
    inside = batch.first + 1
    if not exam.long_enough.all():
        return False
    step = exam.felt(batch.at(inside))
    return bool(not step[rows, inside].any() and step[rows, inside + 1].any())
