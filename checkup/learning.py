"""Checks of learning: whether the gradient arrives at every weight and step, and suffices."""

import re
import time

import numpy as np

from checkup.exam import first_line
from checkup.subject import RECURRENT

ROWS = {True: 2, False: 8}  # examples to learn by heart: with an answer at each step, or one
UPDATES = (150, 250)  # at each of two learning rates
RATES = (1e-2, 3e-3)
SECONDS = 2.5  # for each of them
DIRECTIONS = 6  # in which the weights are moved to measure the slope
SMALL = 0.05  # targets that differ less are learned slowly
TINY = 1e-20  # below it, a gradient that fades is rounded to 0


def few(exam):
    """Some examples of the batch, where the model reads batches of any size."""
    fixed = exam.subject.fixed_size or exam.subject.stateful or not exam.by_rows
    fixed = fixed or exam.report.found("batch_size", "state_kept")
    rows = ROWS[exam.form.steps]
    return exam.batch if fixed or exam.batch.size <= rows else exam.batch.rows(list(range(rows)))


def check_gradient(exam):
    """Every weight that is to be trained gets a gradient; False where one does not."""
    subject, report = exam.subject, exam.report
    if not subject.weights():
        report.find("nothing_to_train", "no weight of the model is to be trained.")
        return False
    try:
        subject.gradients(few(exam))
    except Exception:  # as of a mask for the whole batch in the loss
        exam.by_rows = False
    batch, weights = few(exam), subject.weights()
    frozen, layers = subject.frozen(), subject.matrices()
    torn = [n for layer in layers for n in layer if n in frozen and {*layer} - {*frozen}]
    if torn:
        told = f"a part of a recurrent layer is not to be trained, and the rest is: {_some(torn)}."
        report.find("frozen_weights", told)
    try:
        grads = subject.gradients(batch)
        silent = [name for name, grad in grads.items() if not grad.any()]
        if batch.steps == 1:  # nothing is carried on
            silent = [name for name in silent if not re.search(RECURRENT, name)]
        if silent:  # weights behind a layer that starts with zeros
            exam.wake(batch)
            later = subject.gradients(batch)
            silent = [n for n in silent if not later[n].any() and weights[n].size > 1]
    except Exception as error:
        report.find("forward_raises", f"a training step raised {first_line(error)}")
        return False
    finally:
        subject.restore()
    broken = [name for name, grad in grads.items() if not np.isfinite(grad).all()]
    if broken:
        report.find("not_finite", f"the gradient of {_some(broken)} is not finite.")
        return False
    backward = [n for n in silent if re.search("reverse|backward", n) and re.search(RECURRENT, n)]

    def matters(name, **how):
        other = exam.read_with({name: weights[name] + 0.1}, batch, **how)
        return not np.array_equal(other, exam.read(batch, **how))

    cut = [name for name in silent if matters(name)]
    silent = [n for n in silent if n in cut or not matters(n, training=True)]  # as of a VAE's noise
    if silent and len(backward) == len(silent):
        report.find(
            "bidirectional_last",
            f"the recurrent weights {_some(silent)} get no gradient: the answer takes the backward "
            "direction's first step, which has read one input.",
        )
    elif cut:
        report.find(
            "unreached_parameters",
            f"the answers depend on {_some(cut)}, and no gradient arrives there.",
        )
    elif silent:
        report.find("unreached_parameters", f"the answers do not depend on {_some(silent)}.")
    else:
        rest = f"; not trained: {_some(frozen)}" if frozen else ""
        told = f"a gradient reaches all {len(grads)} arrays that are trained{rest}."
        report.passes("gradient", told)
    return not silent and not torn


def _some(names, most=4):
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def check_reach(exam):
    """The gradient of the last answer reaches the first input."""
    subject, batch, report = exam.subject, exam.batch, exam.report
    if exam.far_apart:
        report.skip(
            "reach of the gradient", f"inputs of about {batch.spread:.0f} saturate any gate"
        )
        return
    rng = np.random.default_rng(0)
    weights = np.zeros(exam.output.shape)
    if exam.form.steps:
        at = np.arange(batch.size), batch.last
        weights[at] = rng.normal(0, 1, weights[at].shape)
    else:
        weights = rng.normal(0, 1, weights.shape)
    try:
        norms = subject.reach(batch, exam.form.raw(weights))
        if norms is not None and not norms.any():
            exam.wake(few(exam))
            norms = subject.reach(batch, exam.form.raw(weights))
    except Exception as error:
        report.find("forward_raises", f"a gradient could not be computed: {first_line(error)}")
        return
    if norms is not None:
        _check_reach(exam, norms)
    if (norms is None or subject.own_code) and not report.found("gradient_cut"):
        _check_slope(exam, exam.form.raw(weights))


def _check_reach(exam, norms):
    """Where the gradient (B, T) of the last answer is 0, it does not depend on the input."""
    batch, report = exam.batch, exam.report
    rows = np.flatnonzero(exam.long_enough)
    if not len(rows):
        return
    back = batch.last[rows, None] - np.arange(batch.steps)  # steps before the last
    real = batch.real[rows]
    most = int(back[real].max())
    steps = [norms[rows][(back == k) & real].max(initial=0) for k in range(most + 1)]
    silent = next((k for k, size in enumerate(steps) if size == 0), None)
    if silent is None:
        report.passes(
            "reach of the gradient",
            f"the gradient of the last answer reaches the first input, {most} steps back, with "
            f"{steps[-1] / steps[0]:.2g} of what the last input gets.",
        )
        return
    if silent == 0 or steps[silent - 1] > TINY:
        other = batch.changed(exam.at(np.maximum(batch.last - silent, batch.first)))
        felt = exam.distance(exam.read(other), exam.read(batch)) > 0  # also what is next to nothing
        felt = felt[np.arange(batch.size), batch.last] if exam.form.steps else felt
        if felt[rows].any():
            report.find(
                "gradient_cut",
                f"the last answer depends on the input {silent} step{'s' if silent != 1 else ''} "
                "before, but its gradient does not reach it: something on the way is detached.",
            )
            return
    report.skip(
        "reach of the gradient",
        f"{silent} steps back it is 0, and the effect on the last answer too small to see",
    )


def _check_slope(exam, weights):
    """The gradient of the weights is the slope that is measured when they are moved a little.

    The slope is the same to both sides, unless an argmax jumps or rounding hides it; such a try
    does not count.
    """
    report, subject, rng = exam.report, exam.subject, np.random.default_rng(0)
    here, grads, gaps = subject.weights(), subject.gradients(exam.batch, weights), []
    usual = exam.read(exam.batch)

    def rise(way):
        there = exam.read_with({name: here[name] + w for name, w in way.items()})
        return (exam.form.raw(there.astype(float) - usual) * weights).sum()

    for _ in range(DIRECTIONS):
        way = {n: 1e-3 * np.abs(w).mean() * rng.normal(size=w.shape) for n, w in here.items()}
        way = {n: w * (grads[n] != 0) for n, w in way.items()}  # a padding's row has none
        ahead, behind = rise(way), -rise({n: -w for n, w in way.items()})
        computed = sum((grads[n] * w).sum() for n, w in way.items())
        if abs(ahead - behind) < 0.1 * abs(ahead + behind):
            gaps.append(abs(2 * computed / (ahead + behind) - 1))
    if 2 * len(gaps) < DIRECTIONS:
        report.skip("slope", "moved weights change the last answer in jumps, or too little")
    elif np.median(gaps) > 0.05:
        report.find(
            "gradient_cut",
            f"the gradient is not the slope: weights moved a little change the last answer by "
            f"something else, {np.median(gaps):.0%} off in the middle of {len(gaps)} tries.",
        )
    else:
        report.passes("slope", "the gradient of the weights is the slope that is measured.")


def check_bounds(exam):
    """With ten times larger weights the answers grow; an activation behind them holds them."""
    report, kind, y = exam.report, exam.form.kind, exam.batch.targets
    if exam.subject.outputs_are == "log-probabilities":
        sure = {name: 100 * w for name, w in exam.subject.weights().items()}
        if np.isneginf(exam.read_with(sure)).any():
            report.find(
                "log_of_zero",
                "with weights a hundred times as large a log-probability is infinite: the log of a "
                "softmax that was rounded to 0.",
            )
    (low, high), largest = exam.extremes, np.abs(exam.extremes).max()
    held = 0.9 < largest <= 1 + 1e-5
    if exam.subject.outputs_are not in ("logits", "numbers") or not (held or low == 0 < high):
        return
    between = "between -1 and 1" if low < 0 else "between 0 and 1" if held else "at 0 and above"
    if kind in ("classes", "one-hot"):
        told = ", and scores need room"
    elif kind == "numbers" and ((held and np.abs(y).max() > 1.2) or (low == 0 and y.min() < -0.1)):
        told = ", and targets lie beyond"
    else:
        return
    report.find("bounded_output", f"an activation holds the answers {between}{told}.")


def check_overfit(exam):
    """A few examples can be learned by heart, far better than by a constant answer."""
    subject, report, batch = exam.subject, exam.report, few(exam)
    if report.found("bounded_output", "constant_weights", "gradient_cut"):
        report.skip("overfitting", "what was found before says enough")
        return
    if exam.form.kind == "numbers" and np.std(batch.targets) < SMALL:
        report.skip("overfitting", "targets that differ so little may need many updates")
        return
    constant = _constant_loss(exam, batch)
    if constant is None:
        report.skip("overfitting", "there is no constant answer with a known loss above 0")
        return
    try:
        reached, updates, timely = _learn(subject, batch, constant)
    except Exception as error:
        report.find("forward_raises", f"a training step raised {first_line(error)}")
        return
    told = f"after {updates} update{'s' * (updates > 1)} on {batch.size} example"
    told += f"{'s' * (batch.size > 1)} the loss is {reached:.3g}, and a "
    told += f"constant answer has {constant:.3g}"
    if not np.isfinite(reached):
        report.find("not_finite", f"{told}.")
    elif reached < 0.6 * constant:
        report.passes("overfitting", told + ".")
    elif not timely:
        report.skip("overfitting", f"{told}, and more would take too long")
    elif reached < 0.9 * constant:
        report.skip("overfitting", f"{told}: so small a network may need more updates")
    else:
        report.find("does_not_overfit", told + ": it is no better than that.")
    subject.restore()


def _learn(subject, batch, constant):
    """The lowest loss that is reached, after how many updates, and whether there was time."""
    lowest, number, timely = np.inf, 0, True
    for rate, updates in zip(RATES, UPDATES, strict=True):
        subject.restore()
        begun = time.process_time()
        for loss, _ in zip(subject.train(batch, rate), range(updates), strict=False):
            number += 1
            lowest = min(lowest, loss) if np.isfinite(loss) else lowest
            if lowest < 0.5 * constant:
                return lowest, number, True
            if time.process_time() - begun > SECONDS:
                timely = False
                break
    return lowest, number, timely


def _constant_loss(exam, batch):
    """The loss of the best answer that does not look at the inputs, or None."""
    y, kind, shape = batch.targets, exam.form.kind, exam.read(batch).shape
    if exam.subject.whole or kind == "several" or not exam.in_pairs:
        return None
    if kind == "numbers":
        axes = (0, 1) if exam.form.steps and y.ndim > 1 else 0
        constant = np.broadcast_to(y.mean(axis=axes, keepdims=True), y.shape)
        answers = [constant.reshape(shape)] if constant.size == np.prod(shape) else []
    elif kind == "binary":
        share = float(np.mean(y))
        logit = np.log(share / (1 - share)) if 0 < share < 1 else np.inf
        answers = [np.full(shape, answer) for answer in (share, logit)]
    else:
        ids = (y.argmax(-1) if kind == "one-hot" else y).ravel()
        ids = ids[(ids >= 0) & ((ids != batch.padding) | (kind == "one-hot"))]
        shares = np.bincount(ids.astype(int), minlength=shape[-1]).clip(0.01) / len(ids)
        sure = exam.subject.outputs_are == "probabilities"
        varied = len(np.unique(ids)) > 1
        answers = [np.broadcast_to(shares if sure else np.log(shares), shape)] if varied else []
    losses = (_loss_of(exam, batch, answer) for answer in answers)
    return min((loss for loss in losses if 0 < loss < np.inf), default=None)


def _loss_of(exam, batch, output):
    try:
        raw = exam.form.raw(output.astype(np.float32))
        return exam.subject.loss(raw, batch.targets)[0]
    except Exception:
        return np.nan
