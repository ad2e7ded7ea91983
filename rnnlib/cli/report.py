"""What the command train says: at the start, at each score, and at the end."""

import math
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rnnlib.cli.quiet import loading
from rnnlib.cli.shared import describe_config, emit, list_some, show_loss, warn
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.scores import score
from rnnlib.training import checkpoint
from rnnlib.training.defaults import HELD_OUT, PASSES, Plan, choose_scored, count_parameters
from rnnlib.training.distributed import group_of
from rnnlib.training.rate_finder import MARGIN, count_trial
from rnnlib.training.text_source import Material
from rnnlib.training.threads import Threads
from rnnlib.writing.sampling import generate

COUNTED = 1_000_000  # characters that the n-grams are counted on at most
SAMPLE = 64  # characters of a sample
FEW = 100  # steps, in which no rate learns much
GAP = 0.5  # nats between training and held-out loss that are worth a warning


@dataclass
class Reporter:
    """Says how a run goes: what it reads, what it has to beat, and why it is as it is.

    `oddities` are sentences on the text, and `moved` tells how the learning rate jumps where a run
    goes on.
    """

    options: Any
    run: Any  # a Run with a vocabulary
    found: Material
    floors: Mapping[str, float]
    reasons: Mapping[str, str]
    oddities: Sequence[str] = ()
    threads: Threads | None = None
    moved: str = ""

    def __post_init__(self):
        self.ids, self.held_out = self.found.ids, self.found.held_out
        self.warned = set()
        self.began, self.first = time.perf_counter(), self.run.step

    @cached_property
    def scored(self) -> Any:
        """What of the held-out text is scored on the way."""
        count = 0 if self.held_out is None else len(self.held_out)
        most = self.run.notes.setdefault("scored", choose_scored(count, self.run.recipe))
        return None if self.held_out is None else self.held_out[:most]

    def tell_start(self) -> None:
        """Print what is trained on what, beside the losses that it has to beat."""
        run, options, found = self.run, self.options, self.found
        count, parts = group_of(run.model).count, self._explain_parts()
        config, recipe, V, N = run.model.config, run.recipe, len(run.vocab), len(self.ids)
        threads = None if self.threads is None else self.threads.number
        chosen = [*self.reasons.values()]
        if self.threads and len(self.threads.counts) > 1:
            chosen.append(f"{threads} thread{_s(threads)}, {_speeds(self.threads, recipe)}")
        held = 0 if self.held_out is None else len(self.held_out)
        record = {"event": "start", "step": run.step, "vocab_size": V, "train": N, "held_out": held}
        record |= {"floors": self.floors, "config": config.to_dict()}
        record |= {"parameters": count_parameters(config), "recipe": recipe.to_dict()}
        record |= run.notes | {"seed": run.model.seed, "device": run.model.device}
        record |= {"chosen": chosen, "processes": count, "threads": threads}
        shown = ", ".join(f"{name} {nats:.3f}" for name, nats in self.floors.items())
        emit(
            options,
            record,
            f"text    {run.notes.get('text', options.text)}: {N + held:,} characters, "
            f"{len(found.used)} of them different; {N:,} to train on, {held:,} held out",
            f"floors  {shown} nats a character{parts}",
            f"model   {describe_config(config)}, seed {run.model.seed}"
            + (f"; it knows {V} characters" if len(found.used) < V else ""),
            f"engine  {run.notes['engines'][-1]} on the {run.model.device}"
            + (f", {threads} thread{_s(threads)}" if threads else "")
            + f", {count} processes of {recipe.batch_size // count} rows each" * (count > 1),
            f"plan    {recipe.steps:,} steps of {recipe.batch_size} x {recipe.length} characters, "
            f"{recipe.characters / N:.1f} passes, learning rate {recipe.learning_rate:g}"
            + (f"; going on after step {run.step:,}{self.moved}" if run.step else ""),
            *(["chosen  " + "; ".join(chosen)] if chosen else []),
        )
        for sentence in (*self.oddities, *self._doubts(N)):
            warn(options, sentence)
        self.began, self.first = time.perf_counter(), self.run.step

    def _explain_parts(self):
        """Which parts of a long text the numbers are measured on."""
        parts = [f"counted on the last {COUNTED:,}"] if len(self.ids) > COUNTED else []
        if self.scored is not None and len(self.held_out) > len(self.scored):
            parts.append(f"scores on the way are of the first {len(self.scored):,} held out")
            if len(self.held_out) > HELD_OUT:
                parts.append(f"floors and the last score of the first {HELD_OUT:,}")
        return f" ({'; '.join(parts)})" if parts else ""

    def _doubts(self, N):
        """Sentences on a plan that cannot go well."""
        weights = count_parameters(self.run.model.config)
        if weights > N:
            yield (
                f"the model has {weights:,} weights, more than the {N:,} characters it learns "
                "from, and may learn them by heart. Give a smaller --hidden, or more text."
            )
        passes = self.run.recipe.characters / N
        if passes > 1.01 * PASSES:
            yield (
                f"{passes:,.0f} passes over the text are more than {PASSES}, and what comes late "
                "is mostly learnt by heart. Give fewer --steps, or more text."
            )
        if isinstance(self.held_out, np.ndarray):  # shards are not read through for it
            unseen = np.setdiff1d(self.held_out, self.ids)
            if len(unseen):
                yield (
                    f"the held-out part holds {list_some(self.run.vocab.decode(unseen))}, which "
                    "the training part never shows. No model can learn that from it, and it counts "
                    "in the loss."
                )

    def watch_threads(self) -> AbstractContextManager[None]:
        """A context within which another number of threads is chosen, and said, when it is slow."""
        if self.threads is None:
            return nullcontext()
        self.threads.report = self._tell_threads
        return self.threads.watch()

    def _tell_threads(self, before, after):
        step, speeds = self.run.step, _speeds(self.threads, self.run.recipe)
        record = {"event": "threads", "step": step, "threads": after, "before": before}
        line = f"step {step:,}: {after} thread{_s(after)} from here on, not {before}: {speeds}"
        emit(self.options, record, line)

    def _speed(self):
        """Characters a second since this start, and the seconds that are left."""
        done, recipe = self.run.step - self.first, self.run.recipe
        each = (time.perf_counter() - self.began) / max(done, 1)
        return recipe.batch_size * recipe.length / each, each * (recipe.steps - self.run.step)

    def tell_score(self, run: Any) -> None:
        """Print the score that was just measured, whether it is the best so far, and a sample."""
        nats, training = run.history.validation_losses[-1], run.history.recent
        is_best, sample = run.history.is_best, write_sample(run)
        speed, left = self._speed()
        record = {"event": "score", "step": run.step, "nats": nats, "bits": nats / math.log(2)}
        record |= {"training": training, "best": is_best, "seconds": round(run.seconds, 1)}
        record |= {"characters_per_second": round(speed), "seconds_left": round(left, 1)}
        emit(
            self.options,
            record | {"sample": sample},
            f"step {run.step:,}: training {training:.3f}, held-out {show_loss(nats)}"
            + (", the best so far" if is_best else "")
            + f"; {speed:,.0f} characters a second, {show_time(left)} left",
            f"        {show_sample(sample)}",
        )
        self._warn_of(nats, training)

    def _warn_of(self, nats, training):
        """Each of two sentences once, when a score shows that something goes wrong."""
        letters = self.floors.get("unigram", math.inf)
        steps = self.run.recipe.steps
        if self.run.step * 2 >= steps and nats > letters:
            todo = "Try another --learning-rate: --lr-find proposes one."
            if steps < FEW:
                todo = f"{steps} steps are few: give more --steps, or more --minutes."
            self._warn_once(
                "letters",
                f"the held-out loss is above the {letters:.3f} of counting letters, so nothing "
                f"useful is learnt. {todo}",
            )
        elif nats - training > GAP and self.run.characters > len(self.ids):  # some was read twice
            self._warn_once(
                "by heart",
                f"the training loss is {nats - training:.2f} nats below the held-out one: the text "
                "is being learnt by heart. Give more text, a smaller --hidden, or --dropout 0.3.",
            )

    def _warn_once(self, kind, sentence):
        if kind not in self.warned:
            self.warned.add(kind)
            warn(self.options, sentence)

    def tell_end(self, how: str) -> None:
        """Print how the run ended, how good it is, and what to do with it."""
        options, run = self.options, self.run
        steps, losses = run.history.validation_steps, run.history.validation_losses
        record = {"event": "end", "step": run.step, "steps": run.recipe.steps}
        record |= {"characters": run.characters, "seconds": round(run.seconds, 1)}
        early = f" of {run.recipe.steps:,}, as patience ran out"
        early = "" if run.step == run.recipe.steps else early
        lines = [
            f"the run in {options.folder} {how} after step {run.step:,}{early}: "
            f"{run.characters:,} characters in {run.seconds:.0f} s"
        ]
        if losses:
            step = steps[int(np.argmin(losses))]
            nats, part = self._judge()
            record |= {"best": nats, "best_step": step, "scored": part}
            on = ""
            if part != len(self.scored):
                on = f" on {part:,} characters, where the scores on the way read "
                on += f"{len(self.scored):,}"
            name = min((n for n in self.floors if n.endswith("gram")), key=self.floors.__getitem__)
            lines.append(
                f"best held-out loss: {show_loss(nats)}{on}, at step {step:,}; "
                f"the best n-gram has {self.floors[name]:.4f} ({name})"
            )
        lines.append(f"to let it write: rnnlib write {shlex.quote(options.folder)}")
        emit(options, record, *lines)

    def _judge(self):
        """The best loss on as much held-out text as is judged by, and how much that is."""
        judged = self.held_out[:HELD_OUT]
        if len(judged) == len(self.scored):
            return self.run.best, len(self.scored)
        path = Path(self.options.folder) / checkpoint.BEST
        engine = self.run.notes["engines"][-1]
        with loading(engine):
            best = checkpoint.load(path, engine, self.options.device)
        return score(best.model, judged).nats, len(judged)


def measure_floors(ids: Any, held_out: Any, vocab_size: int) -> dict[str, float]:
    """{name: nats} on the held-out text: uniform, unigram, 2-gram, ... up to the best.

    Both texts are cut to what is counted and judged by. Without held-out text only the uniform.
    """
    found = {"uniform": uniform(vocab_size)}
    if held_out is None:
        return found
    ids, held_out = ids[-COUNTED:], held_out[:HELD_OUT]
    best, longest = math.inf, int(63 * math.log(2) / math.log(vocab_size))
    for order in range(1, min(longest - 1, len(ids)) + 1):
        nats = NgramModel(order, vocab_size).fit(ids).nats(held_out)
        if nats > best:
            break
        best = found["unigram" if order == 1 else f"{order}-gram"] = nats
    return found


def write_sample(run: Any) -> str:
    """What the model writes now after a line break; nothing where its numbers break, which is for
    the losses to tell.
    """
    chars = run.vocab.chars
    prompt = "\n" if "\n" in chars else chars[0]
    try:
        return generate(run.model, run.vocab, prompt, SAMPLE)
    except ValueError:
        return ""


def show_sample(sample: str) -> str:
    """A sample on one line: a line break is a slash, what cannot be printed a dot."""
    return "".join(c if c.isprintable() else "." for c in sample.replace("\n", " / "))


def show_time(seconds: float) -> str:
    """Seconds as a reader likes them: 40 s, 3 min, 2.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def tell_rates(options: Any, plan: Plan, losses: dict[float, float], advice: float) -> None:
    """Print what short runs at several rates came to, and the rate that they propose."""
    usual, best, steps = (
        plan.recipe.learning_rate,
        min(losses, key=losses.__getitem__),
        count_trial(plan),
    )
    record: dict[str, Any] = {
        "event": "rates",
        "rates": list(losses),
        "losses": list(losses.values()),
    }
    record |= {"steps": steps, "lowest": best, "proposed": advice, "usual": usual}
    marks = {best: "   lowest"} | {usual: "   what train takes unasked"}
    lines = [f"learning rate   loss after {steps:,} steps"]
    for rate, nats in losses.items():
        lines.append(f"{rate:13.2g}   {nats:22.3f}{marks.get(rate, '')}")
    why = f"better by {losses[usual] - losses[best]:.2f} nats than what train takes unasked"
    if advice == usual:
        why = f"what train takes unasked, for no other is better by {MARGIN} nats"
    emit(options, record, *lines, f"to be believed: --learning-rate {advice:.2g}, {why}")


def _speeds(threads, recipe):
    """What was measured: 60,000 characters a second with 1, 76,000 with 2."""
    each = recipe.batch_size * recipe.length
    speeds = [f"{each / seconds:,.0f}" for seconds in threads.seconds.values()]
    speeds[0] += " characters a second"
    return ", ".join(f"{s} with {n}" for s, n in zip(speeds, threads.seconds, strict=True))


def _s(number):
    return "" if number == 1 else "s"
