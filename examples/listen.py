"""Teach a listener your own words: WAV files, and a list that says what is said in each.

    python examples/listen.py recordings.csv
    python examples/listen.py recordings.csv --engine keras --hear new.wav
    python examples/listen.py recordings.csv --save mine.safetensors
    python examples/listen.py --with mine.safetensors --hear new.wav

The CSV has a line for each recording, the path of a WAV file and the words in it, in their order:

    first.wav,seven three three zero
    second.wav,one

Paths are read from the folder of the CSV, which has no header. A fifth of the recordings is held
out and tested. The test hears the same people as the training, so it flatters if others are to use
the listener. It is that of chapter 18; it knows the words of the list, and no others.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from rnnlib.data import log_mel, read_wav
from rnnlib.data.csv_tables import read_rows
from rnnlib.data.spectra import Scaling
from rnnlib.data.wav import check_heard
from rnnlib.evaluation.error_rates import error_rate
from rnnlib.models import load, save
from rnnlib.models.ctc import ListenerConfig, build
from rnnlib.models.ctc.numpy_ctc import count_frames_needed
from rnnlib.models.ctc.recognition import transcribe
from rnnlib.training.sounds import fit_listener

RATE = 22_050


def read_list(path):
    """The lines of the CSV: (path of a WAV file, list of words); ValueError for what is missing."""
    path = Path(path)
    lines = read_rows(path)
    if len(lines) < 5:
        raise ValueError(
            f"{path} names {len(lines)} recordings: give five at least, since a fifth is held out."
        )
    found, places = [], {}
    for number, line in lines:
        if len(line) != 2 or not line[1].split():
            raise ValueError(
                f"line {number} of {path} must be a WAV file, a comma, and the words in it, not "
                f"{','.join(line)!r}."
            )
        wav = path.parent / line[0].strip()
        if not wav.exists():
            header = " If it is a header, leave it out." if not found else ""
            raise ValueError(f"line {number} of {path}: there is no WAV file {wav}.{header}")
        if (before := places.setdefault(wav.resolve(), number)) != number:
            raise ValueError(
                f"line {number} of {path} names the file of line {before} again. Name each "
                "recording once, or it is trained on and tested."
            )
        found.append((wav, line[1].split()))
    return found


def hear(path):
    """The features of a recording; ValueError for one that is silent or too short."""
    samples, _ = read_wav(path, RATE)
    try:
        return log_mel(check_heard(samples, str(path)), RATE)
    except ValueError as error:
        raise ValueError(f"{path}: {error}" if str(path) not in str(error) else error) from None


def check_length(path, features, labels, stride):
    """Refuse a recording with fewer answers than its words need."""
    needed, answers = count_frames_needed(labels), len(features) // stride
    if needed > answers:
        raise ValueError(
            f"{path} is too short for its {len(labels)} words: it gives {answers} answers, and "
            f"they need {needed}; is a word too many in the list?"
        )


def train(options):
    """A listener trained on the list, its words, and its scaling; says how it fares."""
    lines = read_list(options.list)
    words = sorted({word for _, said in lines for word in said})
    targets = [np.array([1 + words.index(word) for word in said]) for _, said in lines]
    pictures = [hear(path) for path, _ in lines]
    config = ListenerConfig(labels=len(words))
    for (path, _), picture, labels in zip(lines, pictures, targets, strict=True):
        check_length(path, picture, labels, config.stride)

    order = np.random.default_rng(options.seed).permutation(len(lines))
    test, train = order[: len(lines) // 5], order[len(lines) // 5 :]
    scaling = Scaling.measure([pictures[i] for i in train])
    ready = [scaling.apply(pictures[i]) for i in train]
    listener = build(config, options.engine, options.seed)
    losses = fit_listener(
        listener,
        ready.__getitem__,
        [len(picture) for picture in ready],
        [targets[i] for i in train],
        options.updates,
        seed=options.seed,
    )
    print(f"{len(words)} words, {len(train)} recordings, last loss {losses[-1]:.3f} nats")
    print(f"the words: {' '.join(words)}")

    heard = transcribe(listener, [scaling.apply(pictures[i]) for i in test])
    rate = error_rate([list(row) for row in heard], [[list(targets[i])] for i in test])
    print(f"word error rate on {len(test)} held-out recordings: {rate:.2f}")
    return listener, words, scaling


def take_up(path, engine):
    """The listener that --save wrote, its words and its scaling; ValueError for another file."""
    if Path(path).suffix.lower() in (".csv", ".wav"):
        raise ValueError(f"--with takes a file that --save wrote, and not {path}.")
    listener, about = load(path, engine)
    if listener.config.family != "listener" or not {"words", "mean", "deviation"} <= set(about):
        raise ValueError(f"{path} holds no listener with its words: give a file of --save.")
    scaling = Scaling(np.array(about["mean"]), np.array(about["deviation"]))
    return listener, about["words"], scaling


def main(arguments=None):
    """Read, train, test, and say what was heard."""
    parser = argparse.ArgumentParser(description="Teach a listener the words of your recordings.")
    parser.add_argument("list", nargs="?", help="CSV of WAV files and the words in them")
    parser.add_argument("--engine", choices=("torch", "keras"), default="torch")
    parser.add_argument("--updates", type=int, default=300, help="updates of the weights")
    parser.add_argument("--hear", nargs="*", default=[], help="more WAV files to transcribe")
    parser.add_argument("--save", help="file to keep the listener in")
    parser.add_argument("--with", dest="kept", help="a file of --save, in place of a list")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if (options.list is None) == (options.kept is None):
        raise ValueError("give a list to train on, or --with and a file of --save.")
    if options.save and not Path(options.save).resolve().parent.is_dir():
        raise ValueError(f"the folder of {options.save} does not exist.")

    asked = [(path, hear(path)) for path in options.hear]  # a bad file is found before training
    kept = options.kept
    listener, words, scaling = take_up(kept, options.engine) if kept else train(options)
    if options.save:
        mean, deviation = scaling.mean.tolist(), scaling.deviation.tolist()
        save(options.save, listener, {"words": words, "mean": mean, "deviation": deviation})
    for path, picture in asked:
        (labels,) = transcribe(listener, [scaling.apply(picture)])
        print(f"{path}: {' '.join(words[label - 1] for label in labels) or '(nothing)'}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"listen.py: {error}")
