"""Checks of learning: whether the gradient arrives at every weight, and is the slope."""

import re

import numpy as np

from checkup.exam import RECURRENT

DIRECTIONS = 6  # in which the weights are moved to measure the slope


def check_gradient(exam):
    """Every weight that is to be trained gets a gradient; False where one does not."""
    subject, batch, report = exam.subject, exam.batch, exam.report
    weights, frozen = subject.weights(), subject.frozen()
    if not weights:
        report.find("unreached_parameters", "no weight of the model is to be trained.")
        return False
    exam.doing = "a training step"
    try:
        grads = subject.gradients(batch)
        silent = [name for name, grad in grads.items() if not grad.any()]
        if batch.steps == 1:  # nothing is carried on
            silent = [name for name in silent if not re.search(RECURRENT, name)]
        silent = [name for name in silent if weights[name].size > 1]  # one may be 0 by chance
        if silent and exam.wake():
            later = subject.gradients(batch)
            silent = [name for name in silent if not later[name].any()]
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
        told = f"the answers depend on {_some(cut)}, and no gradient arrives there."
        report.find("unreached_parameters", told)
    elif silent:
        report.find("unreached_parameters", f"the answers do not depend on {_some(silent)}.")
    else:
        rest = f"; not trained: {_some(frozen)}" if frozen else ""
        told = f"a gradient reaches all {len(grads)} arrays that are trained{rest}."
        report.passes("gradient", told)
    return not silent


def _some(names, most=4):
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def check_slope(exam):
    """The gradient of the last answer is the slope that is measured when weights move a little.

    The slope is the same to both sides, unless an argmax jumps or rounding hides it; such a try
    does not count.
    """
    report, subject, rng = exam.report, exam.subject, np.random.default_rng(0)
    weights = np.zeros(exam.output.shape)
    at = (np.arange(exam.batch.size), exam.batch.last) if exam.form.steps else ...
    weights[at] = rng.normal(0, 1, weights[at].shape)
    raw = exam.form.raw(weights)
    here, grads = subject.weights(), subject.pull_back(exam.batch, lambda output: raw)
    usual, gaps = exam.read(exam.batch), []

    def rise(way):
        there = exam.read_with({name: here[name] + w for name, w in way.items()})
        return ((there.astype(float) - usual) * weights).sum()

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
