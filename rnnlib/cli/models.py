"""The command models: the trained weights that come with the book."""

from rnnlib.cli.model_file import book_models, read_file
from rnnlib.cli.options import ModelsOptions
from rnnlib.cli.shared import describe_config, emit, show_loss


def command(options: ModelsOptions) -> None:
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
        told = {"text": about.get("text"), "held_out_loss": nats}
        record.append({"name": name, "file": str(path), "config": config.to_dict(), **told})
        loss = f", held-out {show_loss(nats)}" if isinstance(nats, float) else ""
        lines.append(f"{name:20}{about.get('text', '')}: {describe_config(config)}{loss}")
    emit(options, record, *lines, "to let one write: rnnlib write NAME")
