"""The command score: how well a model predicts a text, beside its floors."""

from rnnlib.cli import input_text
from rnnlib.cli.model_file import check_known, find_file, make_model, read_file, skip_unknown
from rnnlib.cli.options import ENGINE
from rnnlib.cli.shared import count_characters, emit, warn
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.scores import Score, score
from rnnlib.text.vocab import split_text
from rnnlib.training.text_source import text_hash


def score_text(options):
    """Print how well a model predicts a text, beside its floors."""
    _, params, config, vocab, about = read_file(find_file(options.file))
    text = input_text.read(options.text, about.get("normalize"))
    if options.fraction is None:
        _warn_of_training_text(options, text, about)
    parts = (text, text) if options.fraction is None else split_text(text, options.fraction)
    if options.skip_unknown:
        parts = [skip_unknown(part, vocab, "the text") for part in parts]
    else:
        check_known(text, vocab, "the text", hint=", or add --skip-unknown")
    if len(parts[1]) < 2:
        raise ValueError(
            f"the text has {count_characters(parts[1])} to score, and 2 are needed: one to read, "
            "and the next to predict. Give a longer text."
        )
    counted, ids = (vocab.encode(part, vocab.smallest_dtype) for part in parts)
    model = make_model(params, config, options.engine or ENGINE, options.device)
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
    emit(options, record | {"characters": found.characters}, *lines)


def _warn_of_training_text(options, text, about):
    if about.get("text_sha256") == text_hash(text):
        rest = about["fraction"]
        todo = "" if rest == 1 else f" Add --fraction {rest} to score the rest alone."
        warn(options, f"the model was trained on this text, so its loss says little.{todo}")
