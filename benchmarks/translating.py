"""An encoder and decoder on digits, dates and words: attention or none, and how it reads.

    python -m benchmarks.translating

takes about an hour on one quiet thread, and writes results/translating.json, one row a run,
stored as soon as it is known, and not run again. PyTorch's engine trains; the others compute the
same numbers (chapter 17).

    digits   strings of 1 to 12 random digits, to be copied: nothing to learn but to remember
    dates    single dates, of days and of formats that were never in training
    sounds   English words and their phonemes, of words that were never in training
    counts   the same words, said by counting what letters said in training, without a network

A network without attention is asked for its dates at three learning rates and from three kinds of
first weights, and at more rates while the best is at an end of those tried. More starts and more
batches are then given to each kind at the rate with the lowest loss on the training dates.
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
from rnnlib.evaluation.spelling_counts import count_spelling, say_by_counts
from rnnlib.evaluation.spelling_rules import say_by_rules
from rnnlib.models.seq2seq import Seq2SeqConfig
from rnnlib.models.seq2seq.torch_model import Net, Seq2Seq
from rnnlib.text.symbols import Symbols
from rnnlib.text.unequal import pad
from rnnlib.text.vocab import Vocab
from rnnlib.training.pairs import fit_pairs
from rnnlib.writing.decoding import write_by_beam, write_greedily

RESULTS = store.FOLDER / "translating.json"
LONGEST, STRINGS, HELD_STRINGS = 12, 12_000, 200  # of each length, where strings are held out
DATES, HELD_DATES, HELD_WORDS = 4000, 300, 1000
MOST = {"digits": 16, "dates": 14, "sounds": 30}  # symbols that may be written, with the mark
RECIPES = {
    "digits": {"embed_size": 16, "hidden_size": 64, "steps": 1500, "batch_size": 64, "rate": 5e-3},
    "dates": {"embed_size": 32, "hidden_size": 64, "steps": 600, "batch_size": 32, "rate": 6e-3},
    "sounds": {"embed_size": 32, "hidden_size": 96, "steps": 1500, "batch_size": 64, "rate": 5e-3},
}
FIRST = {
    "keras": "the library's: embeddings within 0.05 of 0, Glorot's, orthogonal ones, biases of 0",
    "wide": "the same, but embeddings of deviation 1, as the networks on the page have them",
    "torch": "PyTorch's: embeddings of deviation 1, the others within 1 / sqrt(H) of 0",
}
RATES = (0.5, 1.0, 2.0)  # times the recipe's
BEAMS, NORMALISE = (1, 2, 5, 20, 100), (0.0, 1.0)
BEAM_WORDS, BEAM_STRINGS = 100, 40


class Job(NamedTuple):
    """One run: what is translated; the attention; the source read "forwards", "backwards" or "both"
    ways; the share of symbols that the decoder reads of its own at the end of training; how many
    times the units, the batches and the learning rate of the recipe it gets; and its first weights.
    """

    task: str
    attention: str
    order: str
    seed: int
    own: float = 0.0
    wider: int = 1
    longer: int = 1
    faster: float = 1.0
    first: str = "keras"


MORE = (0.0, 2, 1), (0.0, 1, 3)  # twice the units, or three times the batches
PLAIN = (("none", "forwards"), ("scaled", "forwards"), ("none", "backwards"))
JOBS = [
    *(Job("digits", *how, 0) for how in PLAIN),
    Job("sounds", "scaled", "both", 0),
    *(Job("dates", attention, "both", 0) for attention in ("none", "scaled", "additive", "dot")),
    *(Job("digits", *how, seed) for seed in (1, 2) for how in PLAIN),
    Job("sounds", "scaled", "both", 0, own=0.3),
    Job("sounds", "none", "both", 0),
    *(Job("dates", how, "both", seed) for seed in (1, 2) for how in ("none", "scaled")),
    *(Job("sounds", "scaled", "both", seed) for seed in (1, 2)),
    Job("digits", "none", "forwards", 0, wider=2),
    Job("digits", "none", "forwards", 0, longer=3),
    Job("dates", "none", "both", 0, longer=3),
    Job("counts", "none", "both", 0),
    *(Job("sounds", "scaled", "both", seed, longer=2) for seed in (0, 1, 2)),
    Job("sounds", "scaled", "both", 0, longer=2, first="wide"),
    Job("sounds", "scaled", "both", 0, longer=2, first="torch"),
    *(
        Job("dates", attention, "both", seed, first=first)
        for first in ("wide", "torch")
        for attention in ("scaled", "none")
        for seed in (0, 1, 2)
    ),
    *(Job("digits", *PLAIN[0], seed, *more) for more in MORE for seed in (1, 2)),
    *(
        Job("digits", *PLAIN[0], seed, *more, first=first)
        for more in ((0.0, 1, 1), *MORE)
        for first in ("wide", "torch")
        for seed in (0, 1, 2)
    ),
    *(Job("digits", *PLAIN[0], 0, *MORE[0], faster=rate) for rate in (0.5, 2.0)),
]
LONGER = (3, 7)  # times 600 batches, for the dates without attention


def plan(rows):
    """All jobs: those above, and dates without attention, from each kind of first weights at the
    rate that suits it best, once all rates have been tried.
    """
    found = list(JOBS)
    for first in FIRST:
        ends = {
            row["faster"]: row["curve"][-1]
            for row in rows
            if job_of(row)[:4] == ("dates", "none", "both", 0)
            and (row["longer"], row["first"]) == (LONGER[0], first)
        }
        wanted = [(LONGER[0], 0, rate) for rate in sorted({*RATES, *ends})]
        if set(RATES) <= ends.keys():
            best = min(ends, key=ends.get)
            if best == max(ends):
                wanted.append((LONGER[0], 0, 2 * best))
            elif best == min(ends):
                wanted.append((LONGER[0], 0, best / 2))
            else:
                wanted += [(longer, seed, best) for longer in LONGER for seed in (0, 1, 2)]
        found += [
            Job("dates", "none", "both", seed, longer=longer, faster=rate, first=first)
            for longer, seed, rate in wanted
        ]
    return list(dict.fromkeys(found))


@cache
def split():
    """All formats, and the days and formats for training and held out."""
    formats = list_formats()
    return formats, split_dates(formats)


def draw(count, seed, held_days=False, held_formats=False):
    """Single dates, of the training days and formats unless told otherwise."""
    formats, parts = split()
    return draw_dates(
        count,
        parts.held_formats if held_formats else parts.formats,
        parts.held_days if held_days else parts.days,
        seed,
        1,
        formats,
    )


def draw_digits(count, length, seed):
    """Strings (count, length) of random digits."""
    return np.random.default_rng([seed, length]).integers(0, 10, (count, length))


def build(job, source_size, target_size):
    """The model of a job, with its first weights."""
    recipe = RECIPES[job.task]
    sizes = {"embed_size": recipe["embed_size"], "hidden_size": job.wider * recipe["hidden_size"]}
    both = job.order == "both"
    config = Seq2SeqConfig(
        source_size, target_size, attention=job.attention, bidirectional=both, **sizes
    )
    model = Seq2Seq(config, job.seed)
    if job.first == "wide":
        draw = np.random.default_rng([job.seed, 1]).normal
        tables = ("embed_source", "embed_target")
        first = model.get_params()
        model.set_params(first | {name: draw(size=first[name].shape) for name in tables})
    elif job.first == "torch":
        torch.manual_seed(job.seed)
        model.net.load_state_dict(Net(config).state_dict())
    return model


def learn(job, model, sources, targets):
    """Train as the recipe says; the mean loss of each tenth of the steps."""
    recipe = {name: RECIPES[job.task][name] for name in ("steps", "batch_size", "rate")}
    recipe["steps"] *= job.longer
    recipe["rate"] *= job.faster
    own = (lambda step: job.own * step / recipe["steps"]) if job.own else 0.0
    losses = fit_pairs(model, sources, targets, seed=job.seed, own_share=own, **recipe)
    return [round(float(part.mean()), 4) for part in np.array_split(losses, 10)]


def turn(job, ids):
    """The source as this job reads it."""
    return ids[::-1] if job.order == "backwards" else ids


def run_digits(job):
    """Train on strings of all lengths, and judge others, drawn apart, by their length."""
    per = STRINGS // LONGEST
    rows = [row for k in range(1, LONGEST + 1) for row in draw_digits(per, k, 0)]
    model = build(job, 10, 10)
    found = {"curve": learn(job, model, [turn(job, row) for row in rows], rows), "exact": {}}
    for length in range(1, LONGEST + 1):
        asked = draw_digits(HELD_STRINGS, length, 1)
        given = pad([turn(job, row) for row in asked])
        said = [written.ids for written in write_greedily(model, *given, MOST["digits"])]
        found["exact"][str(length)] = exact_share(said, [[tuple(row)] for row in asked.tolist()])
    if job.attention == "none":
        found["beams"] = [
            copy_by_beam(job, model, beams, power) for beams in BEAMS for power in NORMALISE
        ]
    return found


def copy_by_beam(job, model, beams, normalise):
    """What a search of this width makes of strings that are too long for one state."""
    asked = draw_digits(BEAM_STRINGS, LONGEST, 1)
    best = [
        write_by_beam(model, turn(job, row), MOST["digits"], beams, normalise)[0] for row in asked
    ]
    truths = [[tuple(row)] for row in asked.tolist()]
    found = {"errors": error_rate([w.ids for w in best], truths)}
    found["log_prob"] = float(np.mean([w.log_prob for w in best]))
    found["length"] = float(np.mean([len(w.ids) for w in best]))
    row = {"beams": beams, "normalise": normalise}
    return row | {name: round(value, 4) for name, value in found.items()}


def run_dates(job):
    """Train on single dates, and judge days never seen, in formats seen and never seen."""
    lines = draw(DATES, 0)
    read, write = Vocab("".join(pair.source for pair in lines)), Vocab("0123456789-")
    model = build(job, len(read), len(write))
    sources = [turn(job, read.encode(pair.source)) for pair in lines]
    found = {"curve": learn(job, model, sources, [write.encode(pair.target) for pair in lines])}
    for name, asked in (
        ("new_days", draw(HELD_DATES, 1, True)),
        ("new_formats", draw(HELD_DATES, 2, True, held_formats=True)),
    ):
        asked = [pair for pair in asked if set(pair.source) <= set(read.chars)]
        given = pad([turn(job, read.encode(pair.source)) for pair in asked])
        said = write_greedily(model, *given, MOST["dates"])
        found[name] = judge_dates(job, said, [write.decode(w.ids) for w in said], asked)
    return found


def judge_dates(job, written, texts, asked):
    """Exact, characters wrong, and, with attention, where it looked."""
    truths = [[pair.target] for pair in asked]
    found = {"exact": exact_share(texts, truths), "errors": error_rate(texts, truths)}
    if job.attention != "none":
        looks = [
            look_right(w.weights[:, ::-1] if job.order == "backwards" else w.weights, pair.spans)
            for w, pair in zip(written, asked, strict=True)
            if len(w.weights) >= len(pair.spans)
        ]
        found["hits"], found["inside"] = (float(x) for x in np.mean(looks, axis=0))
    return {name: round(value, 4) for name, value in found.items()}


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


def run_counts(job):
    """Count what letters say in all training words, and judge the same words as the networks."""
    sounds, train, held, alone = words()
    counts = count_spelling(train, {word: sounds[word][0] for word in train})
    parts = {"held": held, "alone": alone}
    return {
        name: judge_words([say_by_counts(word, counts) for word in asked], asked)
        for name, asked in parts.items()
    }


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
    runs = {"digits": run_digits, "dates": run_dates, "sounds": run_sounds, "counts": run_counts}
    found = runs[job.task](job)
    return job._asdict() | {"seconds": round(time.process_time() - start, 1)} | found


def job_of(row):
    """The job whose row this is."""
    return Job(*(row[name] for name in Job._fields))


def main():
    """Run and store whatever is not stored yet."""
    torch.set_num_threads(1)
    head = {"recipes": RECIPES, "versions": {"torch": torch.__version__}}
    for row in store.fill(RESULTS, plan, job_of, run, **head):
        print(
            *job_of(row),
            row["seconds"],
            row.get("exact", row.get("held", row.get("new_days"))),
            flush=True,
        )


if __name__ == "__main__":
    main()
