"""An encoder and a decoder with attention between them, in three engines."""

from rnnlib.models.engines import ENGINES, build
from rnnlib.models.seq2seq.config import ATTENTIONS, Seq2SeqConfig

__all__ = ["ATTENTIONS", "ENGINES", "Seq2SeqConfig", "build"]
