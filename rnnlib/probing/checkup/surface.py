"""Checks of what lies on the surface: whether it runs, its shapes, its numbers, its repetition."""

import numpy as np

from rnnlib.probing.checkup.batch import find_shift
from rnnlib.probing.checkup.exam import first_line
from rnnlib.probing.checkup.form import choose_form


def check_call(exam):
    """Read the batch once and find the output that answers the targets; False where it fails."""
    batch, report = exam.batch, exam.report
    try:
        outputs = exam.subject.run(batch)
    except Exception as error:
        report.find("forward_raises", f"reading the batch raised {first_line(error)}")
        return False
    if not outputs:
        report.find("shapes", "the model returned no tensor.")
        return False
    swap = batch.time_first
    sizes = (batch.steps, batch.size)
    turned = [o.swapaxes(0, 1) if swap and o.shape[:2] == sizes else o for o in outputs]
    form = choose_form(turned, batch, exam.subject.embedded)
    if isinstance(form, tuple):
        exam.output = turned[0]
        report.find(*form)
        return True
    raw = outputs[form.index]
    if swap and raw.shape[:2] == sizes and not form.order:
        form = type(form)(form.kind, form.steps, form.index, None, (1, 0, *range(2, raw.ndim)))
    exam.form = exam.subject.form = form
    exam.output = exam.start = form.normal(raw)
    _check_classes(exam)
    if not report.findings:
        answers = "an answer at each step" if form.steps else "one answer for each example"
        report.passes("shapes", f"output {raw.shape} for targets {batch.targets.shape}: {answers}.")
    return True


def _check_classes(exam):
    if exam.form.kind == "classes":
        V, highest = exam.output.shape[-1], exam.batch.targets.max()
        if highest >= V:
            exam.report.find(
                "too_few_classes", f"there is a target {highest}, and {V} outputs, 0 to {V - 1}."
            )


def check_weights(exam):
    """First weights are not all alike, for then all units stay alike."""
    for name, array in exam.subject.weights().items():
        gain = array.flat[0] in (0, 1)  # a last layer may start with zeros, a norm with ones
        if array.ndim > 1 and array.size > 1 and not gain and np.ptp(array) == 0:
            exam.report.find(
                "constant_weights", f"all numbers of {name} {array.shape} are {array.flat[0]:.3g}."
            )


def check_finite(exam):
    """No nan and no infinity in the inputs, the targets and the output."""
    named = {"inputs": exam.batch.sequence, "targets": exam.batch.targets, "output": exam.output}
    for name, array in named.items():
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
    other = subject.run(batch, seed=1)
    if not (exam.repeats and _same(outputs, other)):
        report.find(
            "not_deterministic",
            "in evaluation two readings of the same batch differ: something is drawn at random.",
        )
        if exam.form is not None:
            exam.output = exam.start = exam.read(batch)  # with the random numbers of the others
    else:
        report.passes("deterministic", "evaluation gives the same answer twice.")
    try:
        again = [subject.run(batch, fresh=n == 0) for n in range(2)]
    except Exception as error:
        report.find("missing_detach", f"a second call raised {first_line(error)}")
        return
    kept = not _same(*again) and not report.found("not_deterministic")
    allowed = exam.may_keep_state
    if kept and not (subject.stateful if allowed is None else allowed):
        report.find(
            "state_kept",
            "the second reading of the same batch differs from the first: the model goes on from "
            "the state that the first left.",
        )
    elif kept:
        report.passes("state", "the state is carried from call to call, on purpose.")
    else:
        report.passes("state", "no state is left over from one call to the next.")
    if kept and exam.form is not None:
        try:
            subject.train_twice(batch)
        except RuntimeError as error:
            report.find(
                "missing_detach",
                f"a second training step raised {first_line(error)} The state is kept with its "
                "whole history.",
            )


def _same(one, other):
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def check_dropout(exam):
    """Dropout that is there is felt in training."""
    subject, report = exam.subject, exam.report
    if not subject.drops or report.found("not_deterministic", "dropout_one_layer"):
        return
    try:
        readings = [subject.run(exam.batch, training=True, seed=seed) for seed in (0, 1)]
    except Exception as error:
        report.find("forward_raises", f"in training, reading raised {first_line(error)}")
        return
    if _same(*readings):
        report.find(
            "dropout_without_effect",
            "the model has dropout, and two readings in training are alike.",
        )
    else:
        report.passes("dropout", "dropout acts in training and not in evaluation.")


def check_targets(exam):
    """The targets are ahead of the inputs, and do not stand among them."""
    batch, report, y = exam.batch, exam.report, exam.batch.targets
    B, T = batch.size, batch.steps
    if exam.form is not None and not exam.form.steps and y.shape[:2] != (B, T):
        return _check_forecast(exam)
    if y.shape == (B * T,):
        y = y.reshape(B, T)
    elif exam.form is not None and exam.form.kind == "one-hot":
        y = y.argmax(-1)
    ids = batch.ids
    if ids is None or y.shape != (B, T) or not (y == np.round(y)).all():
        return _check_columns(exam)
    exam.shift = shift = find_shift(ids, y, batch.real)
    if shift is None and find_shift(ids.T, y.T, batch.real.T) == 1:
        report.find(
            "batch_first",
            "the targets are the next inputs along the first axis: the batch stands as (time, "
            "batch), and is read as (batch, time).",
        )
        return
    if shift == 0:
        exam.unshifted = "every target is the input of the same step, so there is nothing to learn."
    elif shift == -1:
        report.find("targets_shifted_back", "every target is the input one step before.")
    elif shift in (None, 1) and _is_rolled(ids, y, batch.real):
        report.find(
            "targets_rolled",
            "the targets are the next inputs, but the last of each row is the row's first input.",
        )
    elif shift == 2:
        report.find("loss_shifts", "every target is the input two steps later: one is left out.")
    if not report.found("targets_shifted_back", "targets_rolled", "loss_shifts") and shift != 0:
        told = "are the inputs moved by one" if shift == 1 else "are not the inputs"
        report.passes("targets", f"the targets {told}.")


def _is_rolled(ids, y, real):
    """Whether the targets are np.roll(ids, -1) row by row, and chance cannot have made them so."""
    whole = (y[:, :-1] == ids[:, 1:]).all() and (y[:, -1] == ids[:, 0]).all()
    chance = len(np.unique(ids)) ** -float(len(ids))
    return bool(whole and real.all() and chance < 1e-2)


def _check_columns(exam):
    """Series: no feature is the target of the same step."""
    batch, y = exam.batch, exam.batch.targets
    x = batch.sequence if batch.sequence.ndim == 3 else batch.sequence[..., None]
    y = y[..., 0] if y.ndim == 3 and y.shape[-1] == 1 else y
    if not np.issubdtype(x.dtype, np.floating) or y.shape != x.shape[:2] or np.ptp(y) == 0:
        if y.shape == x.shape and (y == x).all() and np.ptp(x) > 0:
            exam.unshifted = "every target is the input of the same step."
            return
        exam.report.passes("targets", "the targets do not stand among the inputs.")
        return
    for feature in range(x.shape[-1]):
        if np.allclose(x[..., feature], y, rtol=1e-6, atol=0) and len(np.unique(y)) > 2:
            if x.shape[-1] == 1:
                exam.unshifted = "every target is the input of the same step."
            else:
                exam.report.find(
                    "target_in_inputs", f"feature {feature} of the inputs is the target itself."
                )
            return
    moved = x[:, 1:, :1][..., 0]
    exam.shift = 1 if np.allclose(moved, y[:, :-1]) else None
    exam.report.passes("targets", "the targets do not stand among the inputs.")


def _check_forecast(exam):
    """One answer for each example: a forecast is not the last value that was read."""
    batch, y = exam.batch, exam.batch.targets
    x = batch.sequence if batch.sequence.ndim == 3 else batch.sequence[..., None]
    last = x[np.arange(batch.size), batch.last]  # (B, F)
    y = y.reshape(batch.size, -1)
    series = np.issubdtype(x.dtype, np.floating) and exam.form.kind == "numbers"
    if series and y.shape[1] == 1 and len(np.unique(y)) > 2:
        for feature in range(x.shape[-1]):
            if np.allclose(last[:, feature], y[:, 0], rtol=1e-6, atol=0):
                exam.report.find(
                    "forecast_of_today", "every target is the last value of its window."
                )
                return
    if exam.form.kind == "classes" and x.shape[-1] == 1 and batch.size >= 4:
        same = (last[:, 0] == y[:, 0]).all() and len(np.unique(y)) > 2
        if same:
            exam.report.find("targets_not_shifted", "every target is the last input of its row.")
            return
    exam.report.passes("targets", "no target is the last input.")
