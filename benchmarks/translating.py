"""An encoder and decoder on lines of dates and on words: attention or none, and what it reads.

    python -m benchmarks.translating

takes about half an hour on one quiet thread, and writes benchmarks/results/translating.json: one
row a run, stored as soon as it is known, and not run again. PyTorch's engine trains; the others
compute the same numbers (chapter 17).
"""

import time
from functools import cache
from typing import NamedTuple

import numpy as np
import torch

from benchmarks import store
from rnnlib.corpus.dates import draw_dates, list_formats, split_dates
from rnnlib.corpus.sounds import load_phonemes, load_sounds, split_words, without_kin
from rnnlib.evaluation.edits import error_rate, exact_share, look_right
from rnnlib.evaluation.spelling_rules import say_by_rules
from rnnlib.models.seq2seq import Seq2SeqConfig
from rnnlib.models.seq2seq.torch_model import Seq2Seq
from rnnlib.text.symbols import Symbols
from rnnlib.text.unequal import pad
from rnnlib.text.vocab import Vocab
from rnnlib.training.pairs import fit_pairs
from rnnlib.writing.decoding import write_by_beam, write_greedily

RESULTS = store.FOLDER / "translating.json"
TRAINED_ON, TESTED_ON = (1, 2), (1, 2, 3, 4)  # dates in a line
LINES, HELD_LINES, HELD_WORDS = 6000, 200, 1000
MOST = {"dates": 60, "sounds": 30}  # symbols that may be written, the mark included
RECIPES = {
    "dates": {"embed_size": 32, "hidden_size": 64, "steps": 1200, "batch_size": 32, "rate": 5e-3},
    "sounds": {"embed_size": 32, "hidden_size": 96, "steps": 3000, "batch_size": 64, "rate": 4e-3},
}
BEAMS, NORMALISE, BEAM_WORDS = (1, 2, 5, 20, 100), (0.0, 1.0), 100


class Job(NamedTuple):
    """One run: "dates" or "sounds"; the attention; the source read "forwards", "backwards" or
    "both" ways; the share of symbols that the decoder reads of its own at the end of training.
    """

    task: str
    attention: str
    order: str
    seed: int
    own: float = 0.0


JOBS = [
    Job("dates", "none", "forwards", 0),
    Job("dates", "scaled", "forwards", 0),
    Job("dates", "none", "backwards", 0),
    Job("sounds", "scaled", "both", 0),
    Job("dates", "scaled", "both", 0),
    Job("sounds", "none", "both", 0),
    *(
        Job("dates", *how, seed)
        for seed in (1, 2)
        for how in (("none", "forwards"), ("scaled", "forwards"), ("none", "backwards"))
    ),
    Job("dates", "none", "forwards", 0, own=0.5),
    Job("dates", "additive", "forwards", 0),
    Job("dates", "dot", "forwards", 0),
    *(Job("sounds", "scaled", "both", seed) for seed in (1, 2)),
]


@cache
def split():
    """All formats, and the days and formats for training and held out."""
    formats = list_formats()
    return formats, split_dates(formats)


def draw_lines(count, per_line, seed, held_days=False, held_formats=False):
    """Lines of dates, from the training days and formats unless told otherwise."""
    formats, parts = split()
    return draw_dates(
        count,
        parts.held_formats if held_formats else parts.formats,
        parts.held_days if held_days else parts.days,
        seed,
        per_line,
        formats,
    )


@cache
def training_lines():
    """The lines that every run learns from, and the characters in them."""
    per = LINES // len(TRAINED_ON)
    lines = [pair for k in TRAINED_ON for pair in draw_lines(per, k, 100 + k)]
    return lines, Vocab("".join(pair.source for pair in lines)), Vocab("0123456789- ")


def build(job, source_size, target_size):
    """The model of a job, with its first weights."""
    sizes = {name: RECIPES[job.task][name] for name in ("embed_size", "hidden_size")}
    both = job.order == "both"
    config = Seq2SeqConfig(
        source_size, target_size, attention=job.attention, bidirectional=both, **sizes
    )
    return Seq2Seq(config, job.seed)


def learn(job, model, sources, targets):
    """Train as the recipe says; the mean loss of each tenth of the steps."""
    recipe = {name: RECIPES[job.task][name] for name in ("steps", "batch_size", "rate")}
    own = (lambda step: job.own * step / recipe["steps"]) if job.own else 0.0
    losses = fit_pairs(model, sources, targets, seed=job.seed, own_share=own, **recipe)
    return [round(float(part.mean()), 4) for part in np.array_split(losses, 10)]


def turn(job, ids):
    """The source as this job reads it."""
    return ids[::-1] if job.order == "backwards" else ids


def judge_dates(job, model, lines, read, write):
    """What a model writes for held-out lines: exact, characters wrong, and where it looked."""
    lines = [pair for pair in lines if set(pair.source) <= set(read.chars)]
    sources, lengths = pad([turn(job, read.encode(pair.source)) for pair in lines])
    written = write_greedily(model, sources, lengths, MOST["dates"])
    texts, truths = (
        [write.decode(w.ids) if w.ids else "" for w in written],
        [[p.target] for p in lines],
    )
    found = {"exact": exact_share(texts, truths), "errors": error_rate(texts, truths)}
    if job.attention != "none":
        looks = [
            look_right(turn_back(job, w.weights), pair.spans)
            for w, pair in zip(written, lines, strict=True)
            if len(w.weights) >= len(pair.spans)
        ]
        if looks:
            found["hits"], found["inside"] = (float(x) for x in np.mean(looks, axis=0))
    return {name: round(value, 4) for name, value in found.items()}


def turn_back(job, weights):
    """Attention weights in the order of the source as it stands on the page."""
    return weights[:, ::-1] if job.order == "backwards" else weights


def run_dates(job):
    """Train on lines of one and two dates, and judge lines of one to four, of days never seen."""
    lines, read, write = training_lines()
    model = build(job, len(read), len(write))
    curve = learn(
        job,
        model,
        [turn(job, read.encode(pair.source)) for pair in lines],
        [write.encode(pair.target) for pair in lines],
    )
    by_dates = {
        str(k): judge_dates(job, model, draw_lines(HELD_LINES, k, 200 + k, True), read, write)
        for k in TESTED_ON
    }
    new = draw_lines(HELD_LINES, 1, 300, True, held_formats=True)
    return {"curve": curve, "by_dates": by_dates} | {
        "new_formats": judge_dates(job, model, new, read, write)
    }


@cache
def words():
    """{word: ways to say it}, the words to train on, those held out, and some without kin."""
    sounds = load_sounds()
    train, held = split_words(sounds)
    order = np.random.default_rng(0).permutation(len(held))
    alone = set(without_kin(held, train))
    drawn = [held[i] for i in order]
    return sounds, train, drawn[:HELD_WORDS], [w for w in drawn if w in alone][:HELD_WORDS]


def judge_words(written, asked):
    """The phoneme error rate, and the share of words said as the dictionary says them."""
    sounds = words()[0]
    truths = [sounds[word] for word in asked]
    found = {"phonemes": error_rate(written, truths), "exact": exact_share(written, truths)}
    return {name: round(value, 4) for name, value in found.items()}


def run_sounds(job):
    """Train on words and their first way to be said, and judge held-out words."""
    sounds, train, held, alone = words()
    read, write = Vocab("abcdefghijklmnopqrstuvwxyz"), Symbols(load_phonemes())
    model = build(job, len(read), len(write))
    sources = [turn(job, read.encode(word)) for word in train]
    curve = learn(job, model, sources, [write.encode(sounds[word][0]) for word in train])
    found = {"curve": curve}
    for name, asked in (("held", held), ("alone", alone)):
        given = pad([turn(job, read.encode(word)) for word in asked])
        said = write_greedily(model, *given, MOST["sounds"])
        found[name] = judge_words([write.decode(w.ids) for w in said], asked)
        found[name]["rules"] = judge_words([say_by_rules(word) for word in asked], asked)
    if job.attention != "none":
        found["beams"] = [
            try_beam(model, read, write, beams, power) for beams in BEAMS for power in NORMALISE
        ]
    return found


def try_beam(model, read, write, beams, normalise):
    """What a search of this width finds for some held-out words, how likely and how long."""
    asked = words()[2][:BEAM_WORDS]
    best = [
        write_by_beam(model, read.encode(w), MOST["sounds"], beams, normalise)[0] for w in asked
    ]
    total = float(np.mean([w.log_prob for w in best]))
    length = float(np.mean([len(w.ids) for w in best]))
    found = judge_words([write.decode(w.ids) for w in best], asked)
    row = {"beams": beams, "normalise": normalise, "log_prob": round(total, 4)}
    return row | {"length": round(length, 3)} | found


def run(*settings):
    """The row of a job."""
    job, start = Job(*settings), time.process_time()
    found = run_dates(job) if job.task == "dates" else run_sounds(job)
    return job._asdict() | {"seconds": round(time.process_time() - start, 1)} | found


def job_of(row):
    """The job whose row this is."""
    return Job(*(row[name] for name in Job._fields))


def main():
    """Run and store whatever is not stored yet."""
    torch.set_num_threads(1)
    head = {"recipes": RECIPES, "versions": {"torch": torch.__version__}}
    for row in store.fill(RESULTS, lambda rows: JOBS, job_of, run, **head):
        print(*job_of(row), row["seconds"], row.get("by_dates", row.get("held")), flush=True)


if __name__ == "__main__":
    main()
