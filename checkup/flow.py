"""Checks of what flows where: between examples, from the past, from the future, out of padding.

Each changes some inputs and looks which outputs move.
"""

import numpy as np

from checkup.exam import first_line


def set_scale(exam):
    """Change every input and see how far the outputs move; False where none does.

    Weights that start with zeros are drawn first. The tolerance is a ten-thousandth of the largest
    move, or what rounding can make.
    """
    batch, report = exam.batch, exam.report
    other = batch.changed(np.ones((batch.size, batch.steps), bool))
    if other is None:
        report.skip("examples, past, future", "all inputs are the same, so none can be changed")
        return False
    if exam.wake():
        exam.output = exam.read(batch)
    exam.doing = "reading other inputs"
    moved = float(exam.gap(other).max())
    exam.tolerance = max(1e-4 * moved, 4e-6 * float(np.abs(exam.output).max()))
    if moved > exam.tolerance:
        return True
    if moved:
        report.skip("examples, past, future", "other inputs change less than rounding")
    else:
        report.find("input_ignored", "the output is the same whatever the inputs are.")
    return False


def check_examples(exam):
    """No example of a batch sees another; False where one does."""
    batch, report = exam.batch, exam.report
    B = batch.size
    if B < 2:
        report.skip("examples", "the batch holds a single one")
        return True
    first = np.arange(B)[:, None] == np.zeros((1, batch.steps))
    for row, changed in ((B - 1, first), (0, ~first)):
        untouched = ~changed[:, 0]
        if exam.moved(changed)[untouched].any():
            _name_leak(exam, row)
            return False
    if not _reads_alone(exam):
        return False
    if not report.found("batch_size"):
        report.passes("examples", "in evaluation no example of a batch sees another.")
    return True


def _name_leak(exam, row):
    """Whether it is time and batch that were taken for each other, or something else."""
    batch, report = exam.batch, exam.report
    one = (np.arange(batch.size) == 0)[:, None]
    moved = exam.moved(batch.at(batch.first) & one)
    said = f"changing one example of the batch changes the answer for another (number {row})"
    if exam.form.steps:
        along_time = moved[0, batch.first[0] + 1 :].any()
        swapped = not along_time and moved[1:, batch.first[0]].any()
    else:
        swapped = not moved.any() and exam.moved(batch.at(batch.last) & one)[1:].any()
    if swapped:
        report.find(
            "batch_first",
            f"{said}, while the steps of one example do not see each other: the model takes the "
            "batch for time.",
        )
    else:
        report.find("examples_leak", f"{said}.")


def _reads_alone(exam):
    """The longest example alone has the same answer as in the batch; False where it has not."""
    batch, report, subject = exam.batch, exam.report, exam.subject
    stateful = subject.stateful or exam.may_keep_state or report.found("state_kept")
    if report.found("not_deterministic"):
        return True
    if subject.fixed_size or stateful:
        report.skip("batch size", "a model that keeps its state reads batches of one size")
        return True
    longest = int((batch.last - batch.first).argmax())
    try:
        alone = exam.read(batch.rows([longest]))
    except Exception as error:
        report.find("batch_size", f"an example alone raised {first_line(error)}")
        return True
    together = exam.output[longest : longest + 1]
    if alone.shape != together.shape:
        told = f"an example alone has an output of shape {alone.shape}, not {together.shape}."
        report.find("batch_size", told)
        return True
    apart = (exam.distance(alone, together) > 10 * exam.tolerance).any()
    if apart:
        report.find("examples_leak", "an example read alone has another answer than together.")
    return not apart


def check_past(exam):
    """The last answer depends on the last input and on those before; False where it does not."""
    batch, report, enough = exam.batch, exam.report, exam.long_enough
    if not enough.any():
        report.skip("past", "no example has three steps")
        return True
    own = exam.at_last(exam.felt(batch.at(batch.last)))[enough]
    padded = not batch.real.all() and not report.found("padding_read")
    if not (own.any() or exam.form.steps) or (padded and 0 < own.mean() <= 0.8):
        told = f"the last input changes nothing in {(~own).sum()} of {len(own)} examples."
        report.find("last_step_ignored", told)
        return False
    before = exam.felt(np.arange(batch.steps) < batch.last[:, None])
    if not exam.at_last(before)[enough].any():
        if not report.found("future_leak", "axes_swapped"):
            told = "the last answer is the same whatever is read before the last input."
            report.find("no_memory", told)
        return False
    first = exam.at_last(exam.felt(batch.at(batch.first)))[enough].any()
    wiped = None if first else _find_wipe(exam)
    if wiped:
        told = f"no output from step {wiped} on depends on anything that was read before that step."
        report.find("no_memory", told)
        return False
    reach = "also on the first" if first else "but on the first no longer"
    report.passes("past", f"the last answer depends on inputs before the last, {reach}.")
    return True


def _find_wipe(exam):
    """The step at which everything before is forgotten, whatever is read; None where there is none.

    A window or a fading memory has no such step: each answer hangs on the input before its own.
    """
    steps = np.arange(exam.batch.steps)
    for step in steps[2:-1] if exam.form.steps else ():
        later = exam.batch.real & (steps >= step)
        if later.any() and not exam.felt((steps < step) & exam.batch.real)[later].any():
            return step
    return None


def check_nonlinear(exam):
    """What two inputs do together is not the sum of what each does."""
    batch, report = exam.batch, exam.report
    enough = exam.long_enough
    if exam.form.steps:
        one, two = batch.at(batch.first), batch.at(np.minimum(batch.first + 1, batch.last))
    else:
        one, two = batch.at(batch.last), batch.at(np.maximum(batch.last - 1, 0))
    readings = [exam.output, *(exam.read(batch.changed(m)) for m in (one, two, one | two))]
    neither, first, second, both = (_centred(r, exam).astype(float) for r in readings)
    together = exam.distance(both - first - second + neither, np.zeros_like(both))
    effect = np.minimum(exam.distance(first, neither), exam.distance(second, neither))
    effect = effect[enough] if effect.ndim == 1 else effect[enough] * batch.real[enough]
    together = together[enough]
    felt = effect > 20 * exam.tolerance
    noise = 2e-6 * np.abs(exam.output).max()
    if not felt.any():
        report.skip("nonlinearity", "the effects of single inputs are too small to be compared")
    elif (together[felt] <= 5e-5 * effect[felt] + 4 * noise).all():
        told = "what two inputs do together is the sum of what each does alone."
        report.find("linear_recurrence", told)
    else:
        report.passes("nonlinearity", "what two inputs do together is not the sum.")


def _centred(output, exam):
    """Scores without what they have in common, so that a log-softmax behind them does not count."""
    if exam.form.kind not in ("classes", "one-hot"):
        return output
    if exam.subject.outputs_are == "probabilities":
        output = np.log(np.maximum(output.astype(float), 1e-30))
    return output - output.mean(axis=-1, keepdims=True)


def check_future(exam):
    """No output depends on inputs that come after it, unless the model may read both sides."""
    batch, report, subject = exam.batch, exam.report, exam.subject
    if not exam.form.steps:
        report.skip("future", "there is one answer for a whole sequence")
        return
    moved = exam.moved(batch.at(batch.last))
    before = np.arange(batch.steps) < batch.last[:, None]
    exam.looks_ahead = bool((moved & before & batch.real).any())
    may = exam.may_look_ahead
    if not exam.looks_ahead:
        report.passes("future", "no output depends on a later input.")
    elif may:
        report.passes("future", "outputs depend on later inputs, as you say that they may.")
    elif may is False or (exam.shift or 0) > 0:
        report.find("future_leak", "an output depends on inputs that come after it.")
    elif subject.bidirectional:
        report.passes("future", "the model reads from both sides, as it was built to.")
    else:
        why = "later inputs count, and perhaps they may; if not, say bidirectional=False"
        report.skip("future", why)


def check_padding(exam, inferred):
    """More padding changes no answer, and what is padding stands at the ends only."""
    batch, report = exam.batch, exam.report
    if batch.padding is None and batch.lengths is None:
        report.skip("padding", "neither padding_id nor lengths was given")
        return
    if batch.padding is not None and batch.lengths is None and batch.ids is not None:
        inside = (batch.sequence == batch.padding) & batch.real
        if inside.any():
            report.find(
                "real_id_masked",
                f"id {int(batch.padding)} is padding{' to the model' if inferred else ''}, and it "
                f"stands {int(inside.sum())} times between other ids.",
            )
            return
    if batch.real.all() and not inferred and batch.lengths is None:
        report.skip("padding", "no example of the batch is padded")
        return
    try:
        longer, before = batch.longer()
        output = exam.read(longer)
    except Exception as error:
        report.skip("padding", f"a longer batch raised {first_line(error).rstrip('.')}")
        return
    if exam.form.steps:
        output = output[:, -batch.steps :] if before else output[:, : batch.steps]
        if output.shape != exam.output.shape:
            report.skip("padding", f"a longer batch gave an output of shape {output.shape}")
            return
    moved = exam.distance(output, exam.output) > 10 * exam.tolerance
    moved = moved & batch.real if exam.form.steps else moved
    if moved.any():
        report.find("padding_read", "three more steps of padding change the answers.")
    else:
        report.passes("padding", "more padding changes no answer.")


def check_stepping(exam):
    """Read step by step with the state handed on, a sequence gives the answers of one reading."""
    batch, report = exam.batch, exam.report
    if exam.subject.bidirectional and exam.step is None:
        report.skip("stepping", "a model that reads from both sides cannot go step by step")
        return
    exam.doing = "reading step by step"
    try:
        pieces = exam.subject.pieces(batch, exam.step)
    except Exception as error:
        if exam.step or not exam.subject.stateful:
            raise
        report.skip("stepping", f"half a sequence raised {first_line(error).rstrip('.')}")
        return
    if not pieces:
        report.skip("stepping", "the model hands out no state, and no step= was given")
        return
    whole = exam.output
    if exam.form.steps:
        pieces = [_with_time(piece, exam) for piece in pieces]
        found = np.concatenate(pieces, axis=1)
    else:
        found = _with_time(pieces[-1], exam)
        found = found[:, -1] if found.ndim > whole.ndim else found
    if found.size != whole.size:
        report.skip("stepping", f"the steps gave {found.shape} and one reading {whole.shape}")
        return
    apart = exam.distance(found.reshape(whole.shape), whole) > 10 * exam.tolerance
    apart = apart & batch.real if exam.form.steps else apart
    if not apart.any():
        report.passes("stepping", "read in pieces, the answers are those of one reading.")
        return
    told = "read in pieces, the answers are others"
    if exam.form.steps:
        told += f", from step {(np.arange(batch.steps) - batch.first[:, None])[apart].min()} on"
    report.find("state_not_carried", f"{told}.")


def _with_time(piece, exam):
    """The output of a piece as (B, steps, ...)."""
    shape = exam.output.shape
    if exam.batch.time_first and piece.ndim == len(shape) and piece.shape[1] == shape[0]:
        piece = piece.swapaxes(0, 1)
    if exam.form.order == (0, 2, 1) and piece.ndim == 3:
        piece = piece.swapaxes(1, 2)
    return piece.reshape(shape[0], -1, *shape[2:]) if exam.form.steps else piece
