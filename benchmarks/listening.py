"""What a listener of digits learns: over seeds, with and without noise, and by other losses.

    python -m benchmarks.listening

trains the listener of chapter 18 in many ways, four seeds each, and stores a row for each in
benchmarks/results/listening.json: the edits that its answers need on sounds it has never heard. A
training takes about a quarter of a minute, one thread, after a minute in which all sounds are made.
Stored rows are not trained again.

Which part of a digit is told with true times and a blank is tried with one seed and chosen on
validation strings, in voices heard in training; the part chosen then gets all seeds.

Networks without a blank flicker, so that short runs of an answer are dropped before the rest is
read. How short is chosen for each of them on validation strings, which no other number is made of.
"""

import time
from functools import cache, partial
from itertools import groupby

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks import store
from rnnlib.data.spectra import SIZE, STEP, Scaling, add_noise, log_mel, mix
from rnnlib.data.speech import RATE, group_voices, list_voices, make_utterances, split_voices
from rnnlib.data.voice_similarity import compare_voices
from rnnlib.evaluation.error_rates import edit_distance
from rnnlib.models.ctc.config import ListenerConfig
from rnnlib.models.ctc.ctc_decoding import greedy_decode
from rnnlib.models.ctc.numpy_ctc import BLANK
from rnnlib.models.ctc.recognition import transcribe
from rnnlib.models.ctc.torch_model import Listener
from rnnlib.text.padding import pad
from rnnlib.training.sounds import fit_listener

RESULTS = store.FOLDER / "listening.json"
SEEDS = range(4)
TRAINED, TESTED, UPDATES = 1200, 200, 600
QUIETEST = 30  # decibels by which the noise of training lies below the voice, at most

TRAININGS = {
    "clean": "1,200 strings in 82 voices, as the synthesiser says them",
    "noise": "the same; three in four get white noise, 0 to 30 decibels below the voice",
    "true times": "as clean, but each answer is told which digit is being said",
    "true times, later": "as true times, a fifth of a second later",
    "true times and a blank": "two answers, up to a fifth of a second after a digit has begun, are "
    "told the digit, and all others the blank",
    "even cuts": "as clean, but each answer is told a digit as if all were equally long",
    "none alike": "as clean, without any voice that is as near to one of the twenty tested as nine "
    "in ten variants of a name are to their nearest",
    "alike, fewer voices": "as clean, with as many voices, the nearest to those tested",
}
PARTS = {  # of each digit that are told, the others are blank
    f"true times, {first} to {last} of each digit": (first, last)
    for first, last in ((0.0, 0.5), (0.2, 0.7), (0.4, 0.9), (0.5, 1.0))
}
DELAYS = {f"true times and a blank, {wait} s later": wait for wait in (0.1, 0.3)}
WITHOUT_BLANK = ("true times", "true times, later", "even cuts")
RUNS = (1, 2, 3, 4)  # shortest runs that are tried on the validation strings
LATER = RATE // 5
NEAR = 0.9  # share of the variants of a name that are as near to their nearest
BY_VOICE = ("clean", "voices heard", "slow")  # conditions whose edits are counted for each voice


@cache
def make(count, voices, seed, **ranges):
    """Utterances as a tuple."""
    return tuple(make_utterances(count, voices, seed, **ranges))


@cache
def measure_likeness():
    """{voice: {other: distance}}, and how far each variant of a name is from its nearest."""
    voices = list_voices()
    rows = zip(voices, compare_voices(voices).tolist(), strict=True)
    found = {voice: dict(zip(voices, row, strict=True)) for voice, row in rows}
    families = [names for names in group_voices().values() if len(names) > 1]
    return found, [
        min(found[one][other] for other in names if other != one)
        for names in families
        for one in names
    ]


def choose_alike(training):
    """The voices heard that are near to none of those tested, or as many of the nearest."""
    found, brothers = measure_likeness()
    heard, tested = split_voices(20, 0)
    nearest = {name: min(found[name][other] for other in tested) for name in heard}
    none = [name for name in heard if nearest[name] >= np.quantile(brothers, NEAR)]
    if training == "none alike":
        return none
    return sorted(sorted(heard, key=nearest.get)[: len(none)])


def choose_voices(training):
    """The voices to train with, and those to be tested, never heard."""
    if "alike" in training:
        return tuple(choose_alike(training)), tuple(split_voices(20, 0)[1])
    return tuple(map(tuple, split_voices(20, 0)))


def make_tests(training):
    """{condition: [(samples, digits, voice)]}, the same for every seed."""
    heard, voices = choose_voices(training)
    clean = make(TESTED, voices, 7)
    tests = {"clean": [(u.samples, u.digits, u.voice) for u in clean]}
    rng = np.random.default_rng(8)
    for decibels in (20, 10, 0):
        tests[f"noise {decibels}"] = [
            (add_noise(u.samples, decibels, rng), u.digits, u.voice) for u in clean
        ]
    tests["babble 10"] = [
        (mix(u.samples, np.resize(other.samples, len(u.samples)), 10), u.digits, u.voice)
        for u, other in zip(clean, clean[1:] + clean[:1], strict=True)
    ]
    others = {
        "voices heard": make(TESTED, heard, 9),
        "validation": make(TESTED, heard, 99),
        "slow": make(100, voices, 10, speeds=(90, 120)),
        "fast": make(100, voices, 11, speeds=(230, 280)),
        "long": make(60, voices, 12, lengths=(8, 10)),
    }
    for name, made in others.items():
        tests[name] = [(u.samples, u.digits, u.voice) for u in made]
    return tests


class FrameListener(Listener):
    """The same network, told at each answer which digit is being said; -1 where there is none."""

    def train_frames(self, features, lengths, said, update):
        """One update on answers (B, A) of labels, for the cross-entropy of each answer."""
        features, lengths, state = self.config.check_sounds(features, lengths)
        return self._train([features, lengths, *state, said], update)

    def _loss(self, features, lengths, frames, hidden, said):
        logits, _ = self.net(torch.cat([frames, features], dim=1), hidden)
        return F.cross_entropy(logits.flatten(0, 1), said.flatten(), ignore_index=-1)


def say_when(u, length, stride, training):
    """The label of each answer: the digit that is being said when its last frame ends, or as the
    training says.
    """
    ends = ((np.arange(length // stride) + 1) * stride - 1) * STEP + SIZE
    said = np.full(len(ends), BLANK)
    if training in PARTS:
        lengths = np.diff(u.starts, append=len(u.samples))
        for digit, start, long in zip(u.digits, u.starts, lengths, strict=True):
            first, last = (start + part * long for part in PARTS[training])
            said[(ends > first) & (ends <= last)] = digit + 1
        return said
    if training.startswith("true times and a blank"):
        later = int(DELAYS.get(training, LATER / RATE) * RATE)
        for digit, start in zip(u.digits, u.starts, strict=True):
            last = np.searchsorted(ends, start + later, side="right") - 1
            said[max(last - 1, 0) : max(last, 0) + 1] = digit + 1
        return said
    starts = u.starts + (LATER if training == "true times, later" else 0)
    if training == "even cuts":
        starts = np.linspace(0, len(u.samples), len(u.digits) + 1)[:-1]
    return u.digits[np.maximum(0, np.searchsorted(starts, ends) - 1)] + 1


def train(training, seed):
    """A trained model and its Scaling."""
    heard, _ = choose_voices(training)
    made, rng = make(TRAINED, heard, 1), np.random.default_rng(seed)
    sounds = [log_mel(u.samples) for u in made]
    labels = [u.digits + 1 for u in made]
    if training == "noise":
        noisy = [draw_noise(u, rng) for u in made]
        scaling = Scaling.measure(noisy)

        def draw(i):
            return scaling.apply(draw_noise(made[i], rng))

    else:
        scaling = Scaling.measure(sounds)
        scaled = [scaling.apply(features) for features in sounds]
        draw = scaled.__getitem__
    lengths = [len(features) for features in sounds]
    settings = {"updates": UPDATES, "seed": seed}
    if not is_framewise(training):
        model = Listener(ListenerConfig(), seed)
        fit_listener(model, draw, lengths, labels, **settings)
        return model, scaling
    model = FrameListener(ListenerConfig(), seed)
    pairs = zip(made, lengths, strict=True)
    said = [say_when(u, n, model.config.stride, training) for u, n in pairs]

    def step(features, lengths, labels, update):
        answers, _ = pad(labels, value=-1)
        return model.train_frames(features, lengths, answers, update)

    fit_listener(model, draw, lengths, said, step=step, **settings)
    return model, scaling


def is_framewise(training):
    """Whether each answer is told what to say, and when."""
    return training.startswith("true times") or training == "even cuts"


def draw_noise(u, rng):
    """The features of an utterance, three times in four with noise."""
    if rng.random() < 0.25:
        return log_mel(u.samples)
    return log_mel(add_noise(u.samples, rng.uniform(0, QUIETEST), rng))


def merge(logits, shortest=1):
    """The answers of a network without a blank: runs of equal ones that are not too short."""
    best = 1 + np.argmax(logits[:, 1:], axis=-1)
    runs = [(label, len(list(run))) for label, run in groupby(best)]
    return np.array([label for label, length in runs if length >= shortest], int)


def count_edits(heard, sounds):
    """The edits that each answer needs."""
    return [
        int(edit_distance(list(answer), list(digits + 1)))
        for answer, (_, digits, _) in zip(heard, sounds, strict=True)
    ]


def choose_decoder(training, model, ready, tests):
    """How answers are read, and the edits on validation strings for each shortest run; none where
    there is a blank.
    """
    if training not in WITHOUT_BLANK:
        return greedy_decode, {}
    tried = {}
    for shortest in RUNS:
        heard = transcribe(model, ready["validation"], partial(merge, shortest=shortest))
        tried[shortest] = sum(count_edits(heard, tests["validation"]))
    return partial(merge, shortest=min(tried, key=tried.get)), tried


def run(training, seed):
    """Train once, and count edits in every condition and for every voice."""
    tests = make_tests(training)
    start = time.process_time()
    model, scaling = train(training, seed)
    seconds = time.process_time() - start
    ready = {
        name: [scaling.apply(log_mel(samples)) for samples, _, _ in sounds]
        for name, sounds in tests.items()
    }
    decode, tried = choose_decoder(training, model, ready, tests)
    edits, voices = {}, {name: {} for name in BY_VOICE}
    for name, sounds in tests.items():
        found = count_edits(transcribe(model, ready[name], decode), sounds)
        edits[name] = [sum(found), sum(len(digits) for _, digits, _ in sounds)]
        if name in BY_VOICE:
            for wrong, (_, digits, voice) in zip(found, sounds, strict=True):
                had = voices[name].get(voice, [0, 0])
                voices[name][voice] = [had[0] + wrong, had[1] + len(digits)]
    row = {
        "training": training,
        "seed": seed,
        "updates": UPDATES,
        "cpu_seconds": round(seconds, 1),
        "edits": edits,
        "voices": voices,
    }
    if tried:
        heard = transcribe(model, ready["clean"], merge)
        row["shortest_runs"] = {
            "validation": list(tried.values()),
            "chosen": min(tried, key=tried.get),
            "clean, none dropped": sum(count_edits(heard, tests["clean"])),
        }
    return row


def plan(rows):
    """Every training with every seed; parts and delays once, and the best of them with all."""
    found = [(training, seed) for seed in SEEDS for training in TRAININGS]
    once = [*PARTS, *DELAYS]
    best = choose_part(rows)
    return found + [
        (name, seed) for name in once for seed in (SEEDS if name == best else SEEDS[:1])
    ]


def choose_part(rows):
    """The way to tell true times with a blank that has the fewest edits on validation strings, or
    None while some have not been tried.
    """
    once = (*PARTS, *DELAYS, "true times and a blank")
    tried = {
        row["training"]: row["edits"]["validation"][0]
        for row in rows
        if row["training"] in once and row["seed"] == 0
    }
    return min(tried, key=tried.get) if tried.keys() == set(once) else None


def main():
    """Train what has no row yet."""
    torch.set_num_threads(1)
    for row in store.fill(
        RESULTS, plan, lambda row: (row["training"], row["seed"]), run, trainings=TRAININGS
    ):
        shares = {name: round(a / b, 3) for name, (a, b) in row["edits"].items()}
        print(row["training"], row["seed"], row["cpu_seconds"], shares, flush=True)


if __name__ == "__main__":
    main()
