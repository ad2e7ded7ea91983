"""The command shard: cut texts into a folder from which train reads what does not fit in memory."""

from rnnlib.cli.options import ShardOptions
from rnnlib.cli.shared import emit
from rnnlib.text.shards import write_shards


def command(options: ShardOptions) -> None:
    """Cut the texts, and say what came of them."""
    found = write_shards(options.texts, options.folder)
    record = {"event": "shards", "characters": len(found), "different": len(found.vocab)}
    record |= {"texts": len(options.texts), "bytes": found.dtype.itemsize * len(found)}
    emit(
        options,
        record,
        f"{options.folder} holds {len(found):,} characters of {len(options.texts)} "
        f"text{'s' * (len(options.texts) > 1)}, {len(found.vocab)} of them different",
        f"to train on them: rnnlib train {options.folder} --folder RUN",
    )
