"""The commands that use a trained model: write, score, info and models."""

import json
import math
import sys
from itertools import islice

import numpy as np

from rnnlib.cli import input_text
from rnnlib.cli.shared import (
    book_models,
    check_known,
    count_characters,
    count_parameters,
    describe_config,
    emit,
    find_file,
    make_model,
    open_model,
    read_file,
    read_losses,
    show_loss,
    warn,
)
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.scores import Score, score
from rnnlib.text.vocab import split_text
from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import Sampler, stream

BARS = "▁▂▃▄▅▆▇█"
CURVE = 60  # bars of a curve


def write(args):
    """Write the characters that follow the prompt, each as soon as it is drawn."""
    engine = args.engine or ("torch" if args.device == "gpu" else "numpy")
    model, vocab, about = open_model(args.file, engine, args.device)
    prompt, shown = _read_prompt(args, vocab, about)
    for number in range(args.samples):
        seed = (args.seed or 0) + number
        if args.beams is not None:
            found = beam_search(model, vocab, prompt, args.length, args.beams)
            pieces = found[0][0]
            record = {"beams": [{"text": t, "log_probability": p} for t, p in found]}
        else:
            pieces, record = _draw(args, model, vocab, prompt, seed), {"seed": seed}
        if args.stop is not None:
            pieces = stop_before(pieces, args.stop)
        if args.json:
            print(json.dumps({"prompt": prompt, "text": "".join(pieces)} | record))
            continue
        if args.samples > 1:
            print(f"{'' if number == 0 else chr(10)}--- seed {seed}")
        _print(shown, pieces)


def _print(shown, pieces):
    print(shown, end="")
    try:
        for piece in pieces:
            print(piece, end="", flush=True)
    finally:
        print()


def _read_prompt(args, vocab, about):
    """The prompt, and what of it is printed: nothing where none was given."""
    prompt, name = args.prompt, "the prompt"
    if args.prompt_file == "-" and sys.stdin is None:
        raise ValueError("standard input is closed. Give --prompt, or the name of a file.")
    if args.prompt_file == "-":
        prompt = sys.stdin.read()
    elif args.prompt_file is not None:
        prompt = input_text.read(args.prompt_file)
    if prompt is None:
        return "\n" if "\n" in vocab.chars else vocab.chars[0], ""
    prompt = input_text.normalized(prompt, about.get("normalize"))
    if args.skip_unknown:
        prompt = _skip_unknown(prompt, vocab, name)
    check_known(prompt, vocab, name, hint=", or add --skip-unknown")
    return prompt, prompt


def _skip_unknown(text, vocab, name):
    """What of a text a model knows. Raises ValueError where that is nothing."""
    known = "".join(char for char in text if char in vocab.chars)
    if text and not known:
        raise ValueError(
            f"{name} holds no character that this model knows, so nothing is left of it. Give it "
            f"some of the {len(vocab)} characters that rnnlib info lists."
        )
    return known


def _draw(args, model, vocab, prompt, seed):
    """The characters that are drawn, one by one; at temperature 0 the likeliest."""
    temperature = 1.0 if args.temperature is None else args.temperature
    sampler = Sampler(temperature, args.top_k, args.top_p, args.min_p)
    endless = stream(model, vocab, prompt, sampler, np.random.default_rng(seed))
    return islice(endless, args.length)


def stop_before(pieces, end):
    """The pieces of a text, as soon as none of it can belong to `end`, up to where that begins."""
    waiting = ""
    for piece in pieces:
        waiting += piece
        before, found, _ = waiting.partition(end)
        if found:
            yield before
            return
        kept = max(n for n in range(len(end)) if waiting.endswith(end[:n]))
        ready, waiting = waiting[: len(waiting) - kept], waiting[len(waiting) - kept :]
        if ready:
            yield ready
    yield waiting


def score_text(args):
    """Print how well a model predicts a text, beside its floors."""
    _, params, config, vocab, about = read_file(find_file(args.file))
    text = input_text.read(args.text, about.get("normalize"))
    if args.fraction is None:
        _warn_of_training_text(args, text, about)
    parts = (text, text) if args.fraction is None else split_text(text, args.fraction)
    if args.skip_unknown:
        parts = [_skip_unknown(part, vocab, "the text") for part in parts]
    else:
        check_known(text, vocab, "the text", hint=", or add --skip-unknown")
    if len(parts[1]) < 2:
        raise ValueError(
            f"the text has {count_characters(parts[1])} to score, and 2 are needed: one to read, "
            "and the next to predict. Give a longer text."
        )
    counted, ids = (vocab.encode(part, vocab.smallest_dtype) for part in parts)
    model = make_model(params, config, args.engine or "torch", args.device)
    found = score(model, ids)
    unigram = NgramModel(1, len(vocab)).fit(counted).nats(ids[1:])
    losses = {"model": found.nats, "unigram": unigram, "uniform": uniform(len(vocab))}
    rows = {name: Score(nats, found.characters) for name, nats in losses.items()}
    record = {
        name: {"nats": row.nats, "bits": row.bits, "perplexity": row.perplexity}
        for name, row in rows.items()
    }
    title = f"{found.characters:,} characters"
    lines = [f"{title:20}{'nats':>8}{'bits':>8}{'perplexity':>12}"]
    for name, row in rows.items():
        lines.append(f"{name:20}{row.nats:8.4f}{row.bits:8.4f}{row.perplexity:12.2f}")
    emit(args, record | {"characters": found.characters}, *lines)


def _warn_of_training_text(args, text, about):
    if about.get("text_sha256") == input_text.text_hash(text):
        rest = about["fraction"]
        todo = "" if rest == 1 else f" Add --fraction {rest} to score the rest alone."
        warn(args, f"the model was trained on this text, so its loss says little.{todo}")


def info(args):
    """Print what is in a file: the model, its characters, how it was made, and its losses."""
    path = find_file(args.file)
    kind, _, config, vocab, about = read_file(path)
    width = max([16, *(len(name) + 2 for name in about)])
    lines = [
        f"{path}: a {kind} file",
        f"{'model':{width}}{describe_config(config)}",
        f"{'vocabulary':{width}}{len(vocab)}: {''.join(vocab.chars)!r}",
    ]
    for name, value in about.items():
        lines.append(f"{name.replace('_', ' '):{width}}{_show(value)}")
    losses = read_losses(path) if kind == "checkpoint" else {}
    for name, found in losses.items():
        if found:
            lines.append(f"{name:{width}}{draw_curve(found)}  {found[0]:.2f} to {found[-1]:.2f}")
    record = {"file": str(path), "kind": kind, "config": config.to_dict()}
    record |= {"parameters": count_parameters(config), "vocab": "".join(vocab.chars)}
    emit(args, record | {"training": about} | ({"losses": losses} if losses else {}), *lines)


def draw_curve(losses, width=CURVE):
    """Losses as at most `width` bars, each the mean of its part; the highest bar is the highest."""
    parts = np.array_split(np.asarray(losses, float), min(width, len(losses)))
    means = np.array([part.mean() for part in parts])
    span = np.ptp(means)
    heights = (means - means.min()) / (span if span > 0 else 1)
    return "".join(BARS[round(height * (len(BARS) - 1))] for height in heights)


def _show(value):
    """A value of a file's metadata as a reader likes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_show(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(_show, value))
    if isinstance(value, float) and not math.isfinite(value):
        return "none"
    return f"{value:,}" if isinstance(value, int) else "none" if value is None else str(value)


def models(args):
    """List the trained weights that come with the book."""
    found = book_models()
    if not found:
        raise FileNotFoundError(
            "the trained weights come with the book's repository, and this is the library alone. "
            "Clone the book, or train a model with rnnlib train."
        )
    record, lines = [], []
    for name, path in found.items():
        _, _, config, _, about = read_file(path)
        nats = about.get("held_out_loss")
        record.append({"name": name, "file": str(path), "config": config.to_dict()})
        record[-1] |= {"text": about.get("text"), "held_out_loss": nats}
        loss = f", held-out {show_loss(nats)}" if isinstance(nats, float) else ""
        lines.append(f"{name:20}{about.get('text', '')}: {describe_config(config)}{loss}")
    emit(args, record, *lines, "to let one write: rnnlib write NAME")
