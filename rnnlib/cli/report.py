"""What the command train says: at the start, at each score, and at the end."""

import math
import shlex

import numpy as np

from rnnlib.cli.shared import count_parameters, describe_config, emit, list_some, show_loss, warn
from rnnlib.evaluation.ngrams import NgramModel, uniform

COUNTED = 2_000_000  # characters up to which a 3-gram is counted in a few seconds


def tell_start(args, run, train_ids, held_out):
    """Print what is trained on what, beside the losses that it has to beat."""
    config, recipe, V = run.model.config, run.recipe, len(run.vocab)
    held = 0 if held_out is None else len(held_out)
    floors = _measure_floors(train_ids, held_out, V)
    if held:
        _warn_of_unseen(args, run.vocab, np.setdiff1d(held_out, train_ids))
    record = {"event": "start", "step": run.step, "vocab_size": V, "train": len(train_ids)}
    record |= {"held_out": held, "floors": floors, "config": config.to_dict()}
    record |= {"parameters": count_parameters(config), "recipe": recipe.to_dict()}
    record |= run.notes | {"seed": run.model.seed, "device": run.model.device}
    parts = f"{len(train_ids):,} to train on, {held:,} held out"
    shown = ", ".join(f"{name} {nats:.3f}" for name, nats in floors.items())
    passes = recipe.characters / len(train_ids)
    emit(
        args,
        record,
        f"text    {run.notes.get('text', args.text)}: {len(train_ids) + held:,} characters, "
        f"{V} of them different; {parts}",
        f"floors  {shown} nats a character",
        f"model   {describe_config(config)}, seed {run.model.seed}",
        f"engine  {run.notes['engines'][-1]} on the {run.model.device}",
        f"plan    {recipe.steps:,} steps of {recipe.batch_size} x {recipe.length} characters, "
        f"{passes:.1f} passes" + (f"; going on after step {run.step:,}" if run.step else ""),
    )


def _measure_floors(train_ids, held_out, vocab_size):
    """{name: nats} on the held-out text, without one only the uniform; a 3-gram where cheap."""
    found = {"uniform": uniform(vocab_size)}
    if held_out is not None:
        orders = {"unigram": 1} | ({"3-gram": 3} if 3 <= len(train_ids) <= COUNTED else {})
        for name, order in orders.items():
            found[name] = NgramModel(order, vocab_size).fit(train_ids).nats(held_out)
    return found


def _warn_of_unseen(args, vocab, ids):
    if len(ids):
        warn(
            args,
            f"the held-out part holds {list_some(vocab.decode(ids))}, which the training part "
            "never shows. No model can learn that from it, and it counts in the loss.",
        )


def tell_score(args, run):
    """Print the score that was just measured, and whether it is the best so far."""
    nats, is_best = run.history.validation_losses[-1], run.history.validation_losses[-1] == run.best
    record = {"event": "score", "step": run.step, "nats": nats, "bits": nats / math.log(2)}
    record |= {"best": is_best, "seconds": round(run.seconds, 1)}
    mark = ", the best so far" if is_best else ""
    emit(args, record, f"step {run.step:,}: held-out {show_loss(nats)}{mark}, {run.seconds:.0f} s")


def tell_end(args, run, how):
    """Print how the run ended, and what to do with it."""
    steps, losses = run.history.validation_steps, run.history.validation_losses
    record = {"event": "end", "step": run.step, "steps": run.recipe.steps}
    record |= {"characters": run.characters, "seconds": round(run.seconds, 1)}
    early = "" if run.step == run.recipe.steps else f" of {run.recipe.steps:,}, as patience ran out"
    lines = [
        f"the run in {args.folder} {how} after step {run.step:,}{early}: "
        f"{run.characters:,} characters in {run.seconds:.0f} s"
    ]
    if losses:
        step = steps[int(np.argmin(losses))]
        record |= {"best": run.best, "best_step": step}
        lines.append(f"best held-out loss: {show_loss(run.best)}, at step {step:,}")
    lines.append(f"to let it write: python -m rnnlib write {shlex.quote(args.folder)}")
    emit(args, record, *lines)
