"""What a checkup can find: for each name the exhibit that shows it, and the remedy."""

from checkup.museum import PAGES, find_exhibit

# name of the finding: (exhibit of chapter 14, or "" where none shows it, what to do)
EXHIBITS = {
    # shapes and axes
    "forward_raises": (
        "",
        "Read the message, and look it up in the chapter Something is wrong.",
    ),
    "return_sequences": (
        "one-answer-a-row",
        "Let the layer return all its states: return_sequences=True in Keras, the first of the two "
        "results in PyTorch, and no [:, -1].",
    ),
    "one_answer_wanted": (
        "one-answer-a-row",
        "Take the state after the last step: return_sequences=False in Keras, out[:, -1] in "
        "PyTorch.",
    ),
    "batch_first": (
        "it-learns-all-the-same",
        "Build the layer with batch_first=True. Where your batch does stand as (time, batch), say "
        "batch_first=False to checkup.",
    ),
    "axes_swapped": (
        "every-shape-fits",
        "Move the axes with transpose, never with reshape or view; in PyTorch, build the layer "
        "with batch_first=True.",
    ),
    "shapes": (
        "every-shape-fits",
        "Give one row of scores for each target: (batch, time, classes) for targets (batch, time).",
    ),
    "too_few_classes": (
        "every-shape-fits",
        "Give the last layer as many units as there are classes.",
    ),
    "examples_leak": (
        "states-that-change-owners",
        "Look for a reshape or view where axes should be moved with transpose, for a softmax, mean "
        "or attention over axis 0, for rows that are sorted and not sorted back, and for a "
        "recurrent state whose batch is not its first axis.",
    ),
    "row_matters": (
        "states-that-change-owners",
        "Start every row from the same state, and add positions along the axis of time.",
    ),
    "batch_size": (
        "it-stops-at-the-last-batch",
        "Make the first state of the size of the batch at hand, and name the axis in squeeze(-1).",
    ),
    # state
    "state_kept": (
        "the-second-score-differs",
        "Begin every call from a new state, or hand the state in and out. Where it is kept on "
        "purpose, reset it before each text, and say stateful=True to checkup.",
    ),
    "missing_detach": (
        "slower-and-slower",
        "Store state.detach() in place of the state: the numbers stay, the history goes.",
    ),
    "no_memory": (
        "the-memory-of-another-row",
        "Hand the state of each step to the next, and begin with zeros only once for each row.",
    ),
    "state_not_carried": (
        "the-memory-of-another-row",
        "Hand the state that a step returns into the next step, for an LSTM both h and c in this "
        "order, and once for each layer.",
    ),
    "last_step_ignored": (
        "short-rows-forget",
        "Take the state after the last real step: out[:, -1] where the batch is first, and where "
        "rows are padded the step of each row's own length.",
    ),
    "first_step_ignored": (
        "short-rows-forget",
        "Read from step 0 on: look for a slice such as x[:, 1:], or a loop that starts at 1.",
    ),
    "bidirectional_last": (
        "the-last-of-two-directions",
        "Join the last state of each direction: h_n[-2] and h_n[-1] in PyTorch, "
        "return_sequences=False in Keras.",
    ),
    "input_ignored": ("", "Follow the input through the model until it is lost."),
    "input_unused": ("", "Use this input in the model, or leave it out of the batch."),
    "constant_steps": ("", "Follow the last state to the output: something replaces it there."),
    "output_late": (
        "a-forecast-one-day-late",
        "Answer after reading: the output at step t comes from the state that has read input t.",
    ),
    "order_ignored": (
        "no-better-than-a-line",
        "Put a recurrent layer, or positions, in front of whatever sums or averages over time.",
    ),
    "linear_recurrence": (
        "no-better-than-a-line",
        "Put a nonlinearity around the new state: h = tanh(x @ W_xh + h @ W_hh + b).",
    ),
    # masks and lengths
    "padding_read": (
        "short-rows-forget",
        "Mask the padding: mask_zero=True or Masking in Keras, pack_padded_sequence with the true "
        "lengths in PyTorch, and take each row's last real step.",
    ),
    "padding_in_loss": (
        "better-in-long-company",
        "Leave the padding out of the loss: ignore_index in PyTorch, a mask or sample weights in "
        "Keras.",
    ),
    "masked_mean": (
        "better-in-long-company",
        "Divide the sum of the masked losses by the number of real targets, mask.sum().",
    ),
    "real_id_masked": (
        "a-letter-that-is-never-read",
        "Give padding an id of its own, for example by counting the characters from 1.",
    ),
    "id_ignored": (
        "a-letter-that-is-never-read",
        "Give ignore_index, or the mask of the loss, an id that no real target has.",
    ),
    # loss
    "softmax_twice": (
        "stuck-well-above-zero",
        "Leave the softmax out of the model, or tell the loss that it gets probabilities.",
    ),
    "sigmoid_twice": (
        "stuck-well-above-zero",
        "Leave the sigmoid out of the model, or take the loss that reads probabilities.",
    ),
    "softmax_axis": (
        "every-shape-fits",
        "Take the softmax over the classes: dim=-1 in PyTorch, axis=-1 in Keras.",
    ),
    "nll_without_log_softmax": (
        "better-than-perfect",
        "Take CrossEntropyLoss, which reads scores, or end the model with log_softmax.",
    ),
    "logits_as_probabilities": (
        "better-than-perfect",
        "Say from_logits=True, or end the model with softmax (sigmoid for one unit).",
    ),
    "loss_raises": ("every-shape-fits", "Give the loss the shapes and types that it asks for."),
    "loss_axes": (
        "every-shape-fits",
        "Flatten batch and time of both, or move the classes with transpose(1, 2); never bring "
        "shapes together by reshape or view, nor leave it to broadcasting.",
    ),
    "loss_shifts": (
        "too-good-to-be-true",
        "Shift once: either the data or the loss, so that the output at step t meets the input at "
        "step t + 1.",
    ),
    "targets_skip": (
        "too-good-to-be-true",
        "Shift once, or say shift=2 to checkup where two steps ahead are meant.",
    ),
    "steps_not_in_loss": (
        "one-answer-a-row",
        "Give the loss the outputs of all steps, or targets for the step that it reads.",
    ),
    "loss_at_start": (
        "stuck-well-above-zero",
        "Begin with smaller weights in the last layer; tied weights want an embedding of standard "
        "deviation below 1 / sqrt(units).",
    ),
    "negative_loss": ("better-than-perfect", "A mean of -log(p) is never below 0: check its sign."),
    "log_of_zero": (
        "one-zero-spoils-all",
        "Take log_softmax, or a loss that reads logits, in place of the log of a softmax.",
    ),
    # optimisation
    "gradient_cut": (
        "detached-and-still-attached",
        "Stop the gradient (detach, in Keras stop_gradient) between pieces only, not between "
        "steps, and take no .data, .item() or NumPy on the way.",
    ),
    "unreached_parameters": (
        "a-layer-that-stands-still",
        "Use these weights, take the state of the last layer and not of the first, and look for "
        "detach, no_grad, stop_gradient or argmax on the way to the loss.",
    ),
    "unregistered": (
        "a-layer-that-stands-still",
        "Keep layers in nn.ModuleList, weights in nn.Parameter; in Keras, use add_weight.",
    ),
    "nothing_to_train": (
        "a-layer-that-stands-still",
        "Set requires_grad (in Keras trainable) of the weights that should learn.",
    ),
    "frozen_weights": (
        "a-layer-that-stands-still",
        "Set requires_grad (in Keras trainable) of the whole layer: to True, or to False where it "
        "is meant to stay as it is.",
    ),
    "saturated_states": (
        "",
        "Bring the inputs to mean 0 and deviation 1, and begin with smaller weights: the library's "
        "own are about 1 / sqrt(units).",
    ),
    "constant_weights": (
        "a-layer-that-stands-still",
        "Draw first weights at random: units that begin alike stay alike.",
    ),
    "does_not_overfit": (
        "a-layer-that-stands-still",
        "Scale the numbers of the batch to about 1, look at the activation of the last layer, and "
        "take layers out until it learns.",
    ),
    "bounded_output": (
        "stuck-well-above-zero",
        "Give the last layer no activation, and let the loss do the rest.",
    ),
    # randomness and evaluation
    "not_deterministic": (
        "a-score-that-rolls-dice",
        "Give dropout training=self.training in PyTorch, and no training=True in Keras; start from "
        "zeros and not from random states; make layers once and not in every call.",
    ),
    "dropout_one_layer": (
        "dropout-without-effect",
        "Put an nn.Dropout behind the layer: dropout= acts between layers only.",
    ),
    "dropout_without_effect": ("dropout-without-effect", "Call the dropout layer in the model."),
    "future_leak": (
        "too-good-to-be-true",
        "Take the backward direction out, mask attention to the steps so far, pad convolutions in "
        "front only. Where the model may read both sides, say bidirectional=True to checkup.",
    ),
    "targets_not_shifted": (
        "too-good-to-be-true",
        "Move the targets by one: inputs = ids[:-1], targets = ids[1:]. Where the model should "
        "give back what it reads, say shift=0 to checkup.",
    ),
    "targets_shifted_back": (
        "too-good-to-be-true",
        "Change sides: inputs = ids[:-1], targets = ids[1:]. Where the model should repeat what it "
        "has read, say shift=-1 to checkup.",
    ),
    "targets_rolled": (
        "too-good-to-be-true",
        "Cut the last step off; np.roll brings the first one back as its target.",
    ),
    "constant_targets": ("", "Look at how the targets are made: they should differ."),
    "target_in_inputs": ("too-good-to-be-true", "Take the target out of the inputs."),
    "forecast_of_today": (
        "a-forecast-one-day-late",
        "Move the targets by one: the value after the window, not its last.",
    ),
    # numbers
    "not_finite": (
        "nan-in-sixteen-bits",
        "Look for a division by 0, the logarithm or root of 0, and for 16-bit numbers.",
    ),
}


def link_of(name):
    """Where the exhibit of a finding stands, seen from the welcome page."""
    exhibit = EXHIBITS[name][0]
    return find_exhibit(exhibit).link if exhibit else f"{PAGES['ground']}.html"


def remedy_of(name):
    """What to do about a finding."""
    return EXHIBITS[name][1]
