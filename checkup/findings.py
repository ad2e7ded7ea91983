"""What a checkup can find: for each name where the bug is shown, and what to do about it."""

PAGES = {
    "ground": "chapters/14_bug_museum.html",
    "first": "chapters/detours/bug_museum_first_floor.html",
    "second": "chapters/detours/bug_museum_second_floor.html",
}

# a line with the name, the floor of the museum and the exhibit, and below it the remedy
TABLE = """
forward_raises | ground
    Read the message, and look it up in the chapter Something is wrong.
return_sequences | ground#one-answer-a-row
    Let the layer return all its states: return_sequences=True in Keras, the first of the two
    results in PyTorch, and no [:, -1].
one_answer_wanted | ground#one-answer-a-row
    Take the state after the last step: return_sequences=False in Keras, out[:, -1] in PyTorch.
batch_first | ground#it-learns-all-the-same
    Build the layer with batch_first=True. Where your batch does stand as (time, batch), say
    batch_first=False to checkup.
axes_swapped | ground#every-shape-fits
    Move the axes with transpose, never with reshape or view; in PyTorch, build the layer with
    batch_first=True.
shapes | ground#every-shape-fits
    Give one row of scores for each target, (batch, time, classes) for targets (batch, time), with a
    score for every class.
loss_axes | ground#every-shape-fits
    Flatten batch and time of both, or move the classes with transpose(1, 2); never bring shapes
    together by reshape or view, nor leave it to broadcasting.
loss_raises | ground#every-shape-fits
    Give the loss the shapes and types that it asks for: some want ids, others one-hot vectors.
bidirectional_last | ground#the-last-of-two-directions
    Join the last state of each direction: h_n[-2] and h_n[-1] in PyTorch, return_sequences=False in
    Keras.
examples_leak | ground#states-that-change-owners
    Look for a reshape or view where axes should be moved with transpose, for a softmax, mean or
    attention over axis 0, for rows that are sorted and not sorted back, and for a recurrent state
    whose batch is not its first axis.
missing_detach | ground#slower-and-slower
    Store state.detach() in place of the state: the numbers stay, the history goes.
gradient_cut | ground#detached-and-still-attached
    Stop the gradient (detach, in Keras stop_gradient) between pieces only, not between steps, and
    take no .data, .item() or NumPy on the way.
no_memory | ground#the-memory-of-another-row
    Hand the state of each step to the next, and begin with zeros only once for each row.
state_not_carried | ground#the-memory-of-another-row
    Hand the state that a step returns into the next step, for an LSTM both h and c in this order,
    and once for each layer.
state_kept | ground#the-second-score-differs
    Begin every call from a new state, or hand the state in and out. Where it is kept on purpose,
    reset it before each text, and say stateful=True to checkup.
batch_size | ground#it-stops-at-the-last-batch
    Make the first state of the size of the batch at hand, and name the axis in squeeze(-1).
input_ignored | ground
    Follow the input through the model until it is lost; a softmax over a single unit is always 1.
last_step_ignored | first#short-rows-forget
    Take the state after the last real step: out[:, -1] where the batch is first, and where rows are
    padded the step of each row's own length.
padding_read | first#short-rows-forget
    Mask the padding: mask_zero=True or Masking in Keras, pack_padded_sequence with the true lengths
    in PyTorch, and take each row's last real step.
padding_in_loss | first#better-in-long-company
    Leave the padding out of the loss: ignore_index in PyTorch, a mask or sample weights in Keras.
masked_mean | first#better-in-long-company
    Divide the sum of the masked losses by the number of real targets, mask.sum().
real_id_masked | first#a-letter-that-is-never-read
    Give padding an id of its own, for example by counting the characters from 1.
id_ignored | first#a-letter-that-is-never-read
    Give ignore_index, or the mask of the loss, an id that no real target has.
softmax_twice | first#stuck-well-above-zero
    Leave the softmax out of the model, or tell the loss that it gets probabilities.
nll_without_log_softmax | first#better-than-perfect
    Take CrossEntropyLoss, which reads scores, or end the model with log_softmax.
logits_as_probabilities | first#better-than-perfect
    Say from_logits=True, or end the model with softmax (sigmoid for one unit).
future_leak | first#too-good-to-be-true
    Take the backward direction out, mask attention to the steps so far, pad convolutions in front
    only, and take no softmax over time. Where the model may read both sides, say bidirectional=True
    to checkup.
targets_not_shifted | first#too-good-to-be-true
    Move the targets by one: inputs = ids[:-1], targets = ids[1:]. Where the model should give back
    what it reads, say shift=0 to checkup.
loss_shifts | first#too-good-to-be-true
    Shift once: either the data or the loss, so that the output at step t meets the input at step
    t + 1.
log_of_zero | first#one-zero-spoils-all
    Take log_softmax, or a loss that reads logits, in place of the log of a softmax.
unreached_parameters | first#a-layer-that-stands-still
    Use these weights, set their requires_grad (in Keras trainable), take the state of the last
    layer and not of the first, and look for detach, no_grad, stop_gradient or argmax on the way to
    the loss.
unregistered | first#a-layer-that-stands-still
    Keep layers in nn.ModuleList, weights in nn.Parameter; in Keras, use add_weight.
linear_recurrence | first#no-better-than-a-line
    Put a nonlinearity around the new state: h = tanh(x @ W_xh + h @ W_hh + b).
dropout_without_effect | first#dropout-without-effect
    Call the dropout layer in the model; in PyTorch dropout= of a recurrent layer acts between
    layers only, so put an nn.Dropout behind a single one.
not_deterministic | second#a-score-that-rolls-dice
    Give dropout training=self.training in PyTorch, and no training=True in Keras; start from zeros
    and not from random states; make layers once and not in every call.
forecast_of_today | second#a-forecast-one-day-late
    Move the targets by one: the value after the window, not its last.
not_finite | second#nan-in-sixteen-bits
    Look for a division by 0, the logarithm or root of 0, and for 16-bit numbers.
"""


def _read(table):
    """{name: (link, remedy)}; links are seen from the welcome page."""
    found = {}
    for line in table.strip().splitlines():
        if not line.startswith(" "):
            name, place = line.split(" | ")
            floor, sign, exhibit = place.partition("#")
            found[name] = PAGES[floor] + sign + exhibit, ""
        else:
            link, remedy = found[name]
            found[name] = link, f"{remedy} {line.strip()}".strip()
    return found


FINDINGS = _read(TABLE)
