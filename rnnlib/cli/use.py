"""The commands that use a trained model: write, score, export and info."""

import json
import math
from itertools import islice
from pathlib import Path

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.cli.shared import (
    check_known,
    count_parameters,
    describe_config,
    emit,
    find_file,
    open_model,
    read_file,
    warn,
)
from rnnlib.corpus.texts import load_corpus
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.scores import Score, score
from rnnlib.files import sha256
from rnnlib.models import weights_file
from rnnlib.text.vocab import split_text
from rnnlib.training import checkpoint
from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import Sampler, stream


def write(args):
    """Write the characters that follow the prompt, each as soon as it is drawn."""
    model, vocab, _ = open_model(args.file, args.engine, args.device)
    prompt = args.prompt
    if prompt is None:
        prompt = "\n" if "\n" in vocab.chars else vocab.chars[0]
    check_known(prompt, vocab, "the prompt")
    check_whole("length", args.length, least=0)
    pieces, record = _search(args, model, vocab, prompt)
    if args.json:
        print(json.dumps({"prompt": prompt, "text": "".join(pieces)} | record))
        return
    print(args.prompt or "", end="")
    try:
        for piece in pieces:
            print(piece, end="", flush=True)
    finally:
        print()


def _search(args, model, vocab, prompt):
    """What is written, piece by piece, and what --json tells beside it."""
    if args.beams is not None:
        found = beam_search(model, vocab, prompt, args.length, args.beams)
        return found[0][0], {"beams": [{"text": t, "log_probability": p} for t, p in found]}
    rng = np.random.default_rng(check_whole("seed", args.seed, least=0))
    temperature = 0 if args.greedy else args.temperature
    sampler = Sampler(temperature, args.top_k, args.top_p, args.min_p)
    endless = stream(model, vocab, prompt, sampler, rng)
    return islice(endless, args.length), {"seed": args.seed}


def score_text(args):
    """Print how well a model predicts a text, beside its floors."""
    model, vocab, about = open_model(args.file, args.engine, args.device)
    text = load_corpus(args.text)
    check_known(text, vocab, "the text")
    if args.fraction is None:
        _warn_of_training_text(args, text, about)
    ids = vocab.encode(text)
    counted, ids = (ids, ids) if args.fraction is None else split_text(ids, args.fraction)
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
    if about.get("text_sha256") == sha256(text.encode()):
        rest = about["fraction"]
        todo = "" if rest == 1 else f" Add --fraction {rest} to score the rest alone."
        warn(args, f"the model was trained on this text, so its loss says little.{todo}")


def export(args):
    """Make a weights file of a checkpoint; how it was trained goes into its metadata."""
    path, out = find_file(args.file), Path(args.out)
    checkpoint.load(path, "numpy")  # a file of another kind is refused here
    if out.exists():
        raise ValueError(f"{out} exists, and nothing is overwritten. Give another name.")
    _, params, config, vocab, about = read_file(path)
    weights_file.save(out, params, config, vocab, about)
    size = f"{count_parameters(config):,} parameters, {out.stat().st_size:,} bytes"
    record = {"file": str(out), "from": str(path), "training": about}
    emit(args, record, f"{out}: the model of {path} after step {about['step']:,}, {size}")


def info(args):
    """Print what is in a file: the model, its characters, and how it was made."""
    path = find_file(args.file)
    kind, _, config, vocab, about = read_file(path)
    lines = [
        f"{path}: a {kind} file",
        f"model           {describe_config(config)}",
        f"vocabulary      {len(vocab)}: {''.join(vocab.chars)!r}",
    ]
    for name, value in about.items():
        lines.append(f"{name.replace('_', ' '):16}{_show(value)}")
    record = {"file": str(path), "kind": kind, "config": config.to_dict()}
    record |= {"parameters": count_parameters(config), "vocab": "".join(vocab.chars)}
    emit(args, record | {"training": about}, *lines)


def _show(value):
    """A value of a file's metadata as a reader likes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_show(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(_show, value))
    if isinstance(value, float) and not math.isfinite(value):
        return "none"
    return f"{value:,}" if isinstance(value, int) else "none" if value is None else str(value)
