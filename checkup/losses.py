"""Checks of the loss: what it takes for probabilities, whom it pairs, where it starts.

The loss is a closed box: it is fed with outputs whose right loss is known.
"""

import numpy as np

from checkup.exam import first_line


def name_outputs(exam):
    """Whether the outputs are "logits", "log-probabilities", "probabilities" or just "numbers"."""
    o, kind = exam.output, exam.form.kind
    if kind in ("classes", "one-hot") and o.shape[-1] > 1:
        if o.min() >= 0 and np.allclose(o.sum(axis=-1), 1, atol=1e-3):
            return "probabilities"
        if o.max() <= 1e-6 and np.allclose(np.exp(o.astype(float)).sum(axis=-1), 1, atol=1e-3):
            return "log-probabilities"
        return "logits"
    if kind == "binary":
        return "probabilities" if o.min() >= 0 and o.max() <= 1 else "logits"
    return "numbers"


def check_loss(exam):
    """Everything about the loss; False where it is wrong, None where there is none."""
    subject, batch, report, kind = exam.subject, exam.batch, exam.report, exam.form.kind
    if batch.several:
        report.skip("loss", "the batch has several targets, of which the first is looked at")
        return None
    if subject.given_loss is None and kind == "several":
        report.skip("loss", "no loss was given that says how outputs and targets meet")
        return None
    try:
        loss, grad = subject.loss(exam.form.raw(exam.output), batch.targets)
    except Exception as error:
        if subject.takes_all(batch):
            report.skip("loss", "it reads everything that the model returns")
            return None
        report.find("loss_raises", f"the loss raised {first_line(error)}")
        return False
    if not np.isfinite(loss):
        report.find("not_finite", f"the loss of the batch is {loss}.")
        return False
    before = len(report.findings)
    if kind in ("classes", "one-hot") and exam.output.shape[-1] > 1:
        _check_classes(exam, loss, grad)
    elif kind != "several" and _check_pairs(exam, grad):
        report.passes("loss", f"the loss of the batch is {loss:.4g}.")
    return len(report.findings) == before


def _ask(exam, output):
    """The loss of an output in normal axes, nan where it raises."""
    try:
        found = exam.subject.loss(exam.form.raw(output.astype(np.float32)), exam.batch.targets)[0]
    except Exception:
        return float("nan")
    return found


def _check_classes(exam, loss, grad):
    report, kind = exam.report, exam.subject.outputs_are
    usual = f" ({exam.subject.convention}, for no loss was given)"
    usual = usual if exam.subject.given_loss is None and exam.subject.convention else ""
    takes, uniform = _what_it_takes(exam)
    if takes is None:
        report.skip("loss", "it is no cross-entropy of logits, log-probabilities or probabilities")
    elif takes == "logits" and kind == "probabilities":
        report.find(
            "softmax_twice",
            f"the outputs are probabilities already, and the loss{usual} takes logits: certain and "
            f"right outputs have the loss {_ask(exam, _one_hot(exam)):.2f}.",
        )
    elif takes == "log-probabilities" and kind != "log-probabilities":
        report.find(
            "nll_without_log_softmax",
            "the loss takes log-probabilities, and the outputs are none, for their exponentials do "
            f"not sum to 1 over the classes; the loss is {loss:.2f}.",
        )
    elif takes == "probabilities" and kind != "probabilities":
        told = "the loss takes probabilities, and the outputs do not sum to 1 over the classes."
        report.find("logits_as_probabilities", told)
    elif _check_pairs(exam, grad) and _check_padded(exam, uniform, grad):
        wrong = _ask(exam, -120.0 * _one_hot(exam)) if takes == "logits" else 0.0
        if not np.isfinite(wrong):
            report.find("log_of_zero", f"a confident mistake has the loss {wrong}.")
        _tell_loss(exam, loss, uniform)


def _what_it_takes(exam):
    """What the loss takes its input for, and the loss of equal chances.

    A constant added to logits changes nothing, added to log-probabilities it is subtracted from the
    loss; probabilities count by their share.
    """
    rng = np.random.default_rng(0)
    z = rng.normal(0, 1, exam.output.shape)
    here, moved, further = (_ask(exam, z + c) for c in (0.0, 1.0, 2.0))
    if np.isfinite([here, moved, further]).all():
        size = max(abs(here), 1e-6)
        if abs(moved - here) < 1e-3 * size and abs(further - here) < 1e-3 * size:
            return "logits", _ask(exam, np.zeros_like(z))
        steps = moved - here, further - moved
        if steps[0] < 0 and abs(steps[0] - steps[1]) < 1e-2 * abs(steps[0]):
            uniform = np.full(z.shape, -np.log(z.shape[-1]))
            if abs(_ask(exam, uniform) / -steps[0] / np.log(z.shape[-1]) - 1) < 1e-2:
                return "log-probabilities", _ask(exam, uniform)
    uniform = np.full(z.shape, 1 / z.shape[-1])
    flat, p = _ask(exam, uniform), np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    better = _ask(exam, 0.5 * uniform + 0.5 * _one_hot(exam))
    expected = np.log(0.5 + 0.5 / z.shape[-1]) / np.log(1 / z.shape[-1])
    if abs(better / flat - expected) < 0.02 * expected and np.isfinite(_ask(exam, p)):
        return "probabilities", flat
    return None, float("nan")


def _one_hot(exam):
    """The right answer, with certainty, in the shape of the output."""
    V, y = exam.output.shape[-1], exam.batch.targets
    if exam.form.kind == "one-hot":
        hot = y.astype(float)
    else:
        hot = np.eye(V)[np.clip(y, 0, V - 1).astype(int)]
    lead = exam.output.shape[:-1]
    if hot.shape[:-1] != lead and hot.size == exam.output.size:
        return hot.reshape(exam.output.shape)
    if hot.shape[1:2] != lead[1:2] and exam.output.ndim == 3:  # targets of the last steps
        missing = lead[1] - hot.shape[1]
        hot = np.concatenate([np.full((lead[0], missing, V), 1 / V), hot], axis=1)
    return hot.reshape(exam.output.shape)


def _check_pairs(exam, grad):
    """The target of one place meets the output of the same place, and of no other.

    Places are counted in one row, example by example.
    """
    report, y, places = exam.report, exam.batch.targets, _real_places(exam)
    usual, offsets = _by_place(grad, exam), []
    for place in places[[0, len(places) // 2, -1, -2]] if len(places) > 1 else ():
        other = _other_target(exam, place, places)
        if other is None:
            continue
        try:
            changed = _by_place(exam.subject.loss(exam.form.raw(exam.output), other)[1], exam)
        except Exception:
            return True
        gap = np.abs(changed - usual).max(axis=-1)
        if gap.max() > 0:
            several = len(gap) > 1 and np.sort(gap)[-2] > 0.5 * gap.max()
            offsets.append(None if several else int(gap.argmax() - place))
    if not any(offset != 0 for offset in offsets):
        return True
    row = len(usual) // exam.batch.size
    if exam.form.steps and len(set(offsets)) == 1 and offsets[0] and -row < offsets[0] < 0:
        exam.loss_shift = -offsets[0]
        return True
    if None in offsets and exam.form.steps and y.ndim > 1 and y.shape[1] < exam.batch.steps:
        # as of connectionist temporal classification
        report.skip("loss", "it does not set one target against one output")
        return False
    which = "several outputs" if None in offsets else "the output of another place"
    report.find("loss_axes", f"in the loss, the target of one place meets {which}.")
    return False


def _by_place(grad, exam):
    """The gradient for the outputs, a row for each place of a target."""
    grad, kind, y = exam.form.normal(grad), exam.form.kind, exam.batch.targets
    if exam.form.steps and y.ndim > 1 and y.shape[1] < grad.shape[1]:  # targets of the last steps
        grad = grad[:, -y.shape[1] :]
    return grad.reshape(-1, grad.shape[-1] if kind in ("classes", "one-hot") else 1)


def _real_places(exam):
    """The numbers of the places whose targets count."""
    y, real, kind = exam.batch.targets, exam.batch.real, exam.form.kind
    size = y.size // (y.shape[-1] if kind == "one-hot" else 1)
    counted = np.ones(size, bool)
    if exam.form.steps and size % real.size == 0:
        counted = np.repeat(real.ravel(), size // real.size)
    if kind == "classes":
        counted &= (y.ravel() >= 0) & (y.ravel() != exam.batch.padding)
    return np.flatnonzero(counted)


def _other_target(exam, place, places):
    """The targets with the value of another place at this one, or None where all are alike."""
    y = exam.batch.targets
    flat = y.reshape(-1, y.shape[-1] if exam.form.kind == "one-hot" else 1).copy()
    others = flat[places][(flat[places] != flat[place]).any(axis=1)]
    if not len(others):
        return None
    flat[place] = others[0]
    return flat.reshape(y.shape)


def _check_padded(exam, uniform, grad):
    """Padding counts for nothing, and real targets for something."""
    batch, report, V = exam.batch, exam.report, exam.output.shape[-1]
    y = batch.targets.reshape(batch.size, -1)
    kinds = exam.form.steps and exam.form.kind == "classes" and not exam.loss_shift
    if not kinds or y.shape != batch.real.shape:
        return True
    size = np.abs(exam.form.normal(grad)).max(axis=-1)
    counted = size > 1e-4 * size.max()
    real = batch.real & (y >= 0) & (y != batch.padding)
    padded = ~batch.real & (y != -100) & (batch.padding is None or y == batch.padding)
    if (counted & padded).any():
        report.find("padding_in_loss", "targets that are padding count in the loss.")
        return False
    seen = real & counted.any(axis=0)  # a loss may look at the last steps alone
    for target in np.unique(y[seen]):
        here = seen & (y == target)
        if not size[here].any() and counted[seen & ~here].any():
            told = f"targets with the id {target} count for nothing in the loss."
            report.find("id_ignored", told)
            return False
    share, mean = real.mean(), uniform / np.log(V)
    if not batch.real.all() and share < 0.97 and abs(mean / share - 1) < 0.02:
        report.find(
            "masked_mean",
            f"with equal chances for {V} classes the loss is {uniform:.3f} and not ln {V} = "
            f"{np.log(V):.3f}: it is divided by all {y.size} places, of which {share:.0%} are "
            "real.",
        )
        return False
    return True


def _tell_loss(exam, loss, uniform):
    """The loss at the start beside that of equal chances."""
    V = exam.output.shape[-1]
    scale = uniform / np.log(V)
    unit = "" if abs(scale - 1) < 0.02 else f" times {scale:.3g}"
    unit += ", for it adds up where others take the mean" if scale > 1.5 else ""
    told = f"the loss of the batch is {loss / scale:.2f}{unit}; ln {V} is {np.log(V):.2f}."
    exam.report.passes("loss", told)
