"""The command shard: cut texts into a folder from which train reads what does not fit in memory."""

from rnnlib.cli.shared import emit
from rnnlib.text.shards import write_shards


def shard(args):
    """Cut the texts, and say what came of them."""
    found = write_shards(args.texts, args.folder)
    record = {"event": "shards", "characters": len(found), "different": len(found.vocab)}
    record |= {"texts": len(args.texts), "bytes": found.dtype.itemsize * len(found)}
    emit(
        args,
        record,
        f"{args.folder} holds {len(found):,} characters of {len(args.texts)} "
        f"text{'s' * (len(args.texts) > 1)}, {len(found.vocab)} of them different",
        f"to train on them: rnnlib train {args.folder} --folder RUN",
    )
