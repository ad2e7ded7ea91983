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
    try:
        moved = float(exam.gap(other).max())
    except Exception as error:
        report.find("forward_raises", f"reading other inputs raised {first_line(error)}")
        return False
    exam.tolerance = max(1e-4 * moved, exam.rounding)
    if moved > exam.tolerance:
        return True
    if moved:
        why = "other inputs change too little to be told from rounding"
        report.skip("examples, past, future", why)
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
        others = exam.moved(batch.changed(changed))
        untouched = ~changed[:, 0]
        if others[untouched].any():
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
    start = np.zeros((batch.size, batch.steps), bool)
    start[0, batch.first[0]] = True
    moved = exam.moved(batch.changed(start))
    said = f"changing one example of the batch changes the answer for another (number {row})"
    if exam.form.steps:
        along_time = moved[0, batch.first[0] + 1 :].any()
        swapped = not along_time and moved[1:, batch.first[0]].any()
    else:
        end = exam.at(batch.last) & (np.arange(batch.size) == 0)[:, None]
        swapped = not moved.any() and exam.moved(batch.changed(end))[1:].any()
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
        report.find(
            "batch_size",
            f"the batch of {batch.size} is read, but one example alone raised {first_line(error)}",
        )
        return True
    together = exam.output[longest : longest + 1]
    if alone.shape != together.shape:
        report.find(
            "batch_size",
            f"for one example alone the output has the shape {alone.shape}, not {together.shape}.",
        )
        return True
    if (exam.distance(alone, together) > 10 * exam.tolerance).any():
        own = exam.moved(batch.changed(exam.at(batch.last)))
        own = own[np.arange(batch.size), batch.last] if exam.form.steps else own
        if own.any() and not own.all():
            told = _which_row(exam, own)
            report.find("last_step_ignored", f"the last input of {told} changes nothing there.")
        else:
            report.find("examples_leak", "an example read alone has another answer than together.")
        return False
    return True


def check_past(exam):
    """The last answer depends on the last input and on those before; False where it does not."""
    batch, report, enough = exam.batch, exam.report, exam.long_enough
    if not enough.any():
        report.skip("past", "no example has three steps")
        return True
    own = exam.at_last(exam.felt(exam.at(batch.last)))
    none = not own[enough].any()
    if (none and not exam.form.steps) or (not none and _some_rows_silent(exam, own[enough])):
        told = _which_row(exam, own)
        report.find("last_step_ignored", f"the last input of {told} changes nothing there.")
        return False
    before = exam.felt(np.arange(batch.steps) < batch.last[:, None])
    if not exam.at_last(before)[enough].any():
        if not report.found("future_leak", "axes_swapped"):
            told = "the last answer is the same whatever is read before the last input."
            report.find("no_memory", told)
        return False
    first = exam.at_last(exam.felt(exam.at(batch.first)))[enough].any()
    wiped = None if first else _find_wipe(exam)
    if wiped:
        told = f"no output from step {wiped} on depends on anything that was read before that step."
        report.find("no_memory", told)
        return False
    report.passes(
        "past",
        "the last answer depends on inputs before the last, "
        + ("also on the first." if first else "but on the first no longer."),
    )
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


def _some_rows_silent(exam, moved):
    """Whether, in a padded batch, the last real input counts in some examples and not in others."""
    padded = not exam.batch.real.all() and not exam.report.found("padding_read")
    return padded and moved.mean() <= 0.8


def _which_row(exam, moved):
    silent = np.flatnonzero(exam.long_enough & ~moved)
    if len(silent) == exam.long_enough.sum():
        return "every example"
    return f"{len(silent)} of {exam.batch.size} examples, number {silent[0]} for one,"


def check_nonlinear(exam):
    """What two inputs do together is not the sum of what each does."""
    batch, report = exam.batch, exam.report
    enough = exam.long_enough
    if exam.form.steps:
        one, two = exam.at(batch.first), exam.at(np.minimum(batch.first + 1, batch.last))
    else:
        one, two = exam.at(batch.last), exam.at(np.maximum(batch.last - 1, 0))
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
        report.find(
            "linear_recurrence",
            "what two inputs do together is the sum of what each does alone.",
        )
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
    moved = exam.moved(batch.changed(exam.at(batch.last)))
    before = np.arange(batch.steps) < batch.last[:, None]
    exam.looks_ahead = bool((moved & before & batch.real).any())
    next_input, may = exam.shift is not None and exam.shift > 0, exam.may_look_ahead
    if not exam.looks_ahead:
        report.passes("future", "no output depends on a later input.")
    elif may:
        report.passes("future", "outputs depend on later inputs, as you say that they may.")
    elif next_input:
        report.find(
            "future_leak",
            "an output depends on inputs that come after it, and the targets are such inputs.",
        )
    elif may is False:
        report.find("future_leak", "an output depends on inputs that come after it.")
    elif subject.bidirectional:
        report.passes("future", "the model reads from both sides, as it was built to.")
    else:
        report.skip(
            "future",
            "outputs depend on later inputs, and the batch does not tell whether they may; say "
            "bidirectional=False where they must not",
        )


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
        moved = (exam.distance(output, exam.output) > 10 * exam.tolerance) & batch.real
    else:
        moved = exam.distance(output, exam.output) > 10 * exam.tolerance
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
    try:
        pieces = exam.subject.pieces(batch, exam.step)
    except Exception as error:
        if exam.step is None and exam.subject.stateful:
            report.skip("stepping", f"half a sequence raised {first_line(error).rstrip('.')}")
        else:
            report.find("forward_raises", f"reading step by step raised {first_line(error)}")
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
    start = ""
    if exam.form.steps:
        step = int((np.arange(batch.steps) - batch.first[:, None])[apart].min())
        start = f", from step {step} on"
    report.find("state_not_carried", f"read in pieces, the answers are others{start}.")


def _with_time(piece, exam):
    """The output of a piece as (B, steps, ...)."""
    shape = exam.output.shape
    if exam.batch.time_first and piece.ndim == len(shape) and piece.shape[1] == shape[0]:
        piece = piece.swapaxes(0, 1)
    if exam.form.order == (0, 2, 1) and piece.ndim == 3:
        piece = piece.swapaxes(1, 2)
    return piece.reshape(shape[0], -1, *shape[2:]) if exam.form.steps else piece
