"""The command write: new text of a trained model, each character as soon as it is drawn."""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from rnnlib.cli import input_text
from rnnlib.cli.model_file import check_known, find_file, make_model, read_file, skip_unknown
from rnnlib.cli.options import WriteOptions
from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import Sampler, stream


def command(options: WriteOptions) -> None:
    """Write the characters that follow the prompt, each as soon as it is drawn."""
    engine = options.engine or ("torch" if options.device == "gpu" else "numpy")
    _, params, config, vocab, about = read_file(find_file(options.file))
    prompt, shown = _read_prompt(options, vocab, about)
    model = make_model(params, config, engine, options.device)
    temperature = 1.0 if options.temperature is None else options.temperature
    sampler = Sampler(temperature, options.top_k, options.top_p, options.min_p)
    for number in range(options.samples):
        seed = (options.seed or 0) + number
        if options.beams is not None:
            found = beam_search(model, vocab, prompt, options.length, options.beams)
            pieces: Iterable[str] = found[0][0]
            record: dict[str, Any] = {
                "beams": [{"text": t, "log_probability": p} for t, p in found]
            }
        else:
            endless = stream(model, vocab, prompt, sampler, np.random.default_rng(seed))
            pieces, record = islice(endless, options.length), {"seed": seed}
        if options.stop is not None:
            pieces = stop_before(pieces, options.stop)
        if options.json:
            print(json.dumps({"prompt": prompt, "text": "".join(pieces)} | record))
            continue
        if options.samples > 1:
            print(f"{'' if number == 0 else chr(10)}--- seed {seed}")
        print(shown, end="")
        try:
            for piece in pieces:
                print(piece, end="", flush=True)
        finally:
            print()


def _read_prompt(options, vocab, about):
    """The prompt, and what of it is printed: nothing where none was given."""
    prompt = options.prompt
    if options.prompt_file == "-" and sys.stdin is None:
        raise ValueError("standard input is closed. Give --prompt, or the name of a file.")
    if options.prompt_file == "-":
        prompt = sys.stdin.read()
    elif options.prompt_file is not None:
        prompt = input_text.read(options.prompt_file)
    if prompt is None:
        return "\n" if "\n" in vocab.chars else vocab.chars[0], ""
    prompt = input_text.normalized(prompt, about.get("normalize"))
    if options.skip_unknown:
        prompt = skip_unknown(prompt, vocab, "the prompt")
    check_known(prompt, vocab, "the prompt", hint=", or add --skip-unknown")
    return prompt, prompt


def stop_before(pieces: Iterable[str], end: str) -> Iterator[str]:
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
