"""The command score: how well a model predicts a text, beside its floors."""

from rnnlib.checks import count_characters
from rnnlib.cli import input_text
from rnnlib.cli.model_file import check_known, find_file, make_model, read_file, skip_unknown
from rnnlib.cli.options import ENGINE, ScoreOptions
from rnnlib.cli.shared import emit, warn
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.scores import Score, score
from rnnlib.files import sha256
from rnnlib.text.vocab import split_text


def command(options: ScoreOptions) -> None:
    """Print how well a model predicts a text, beside its floors."""
    _, params, config, vocab, about = read_file(find_file(options.file))
    text = input_text.read(options.text, about.get("normalize"))
    if options.fraction is None:
        parts = [text, text]
        if about.get("text_sha256") == sha256(text.encode()):
            rest = about["fraction"]
            todo = "" if rest == 1 else f" Add --fraction {rest} to score the rest alone."
            warn(options, f"the model was trained on this text, so its loss says little.{todo}")
    else:
        parts = [*split_text(text, options.fraction)]
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
    title, record = f"{found.characters:,} characters", {}
    lines = [f"{title:20}{'nats':>8}{'bits':>8}{'perplexity':>12}"]
    for name, nats in losses.items():
        row = Score(nats, found.characters)
        record[name] = {"nats": nats, "bits": row.bits, "perplexity": row.perplexity}
        lines.append(f"{name:20}{nats:8.4f}{row.bits:8.4f}{row.perplexity:12.2f}")
    emit(options, record | {"characters": found.characters}, *lines)
