"""An encoder and a decoder with attention between them, in three engines."""

from rnnlib.models.engines import ENGINES as ENGINES
from rnnlib.models.engines import build as build
from rnnlib.models.seq2seq.config import ATTENTIONS as ATTENTIONS
from rnnlib.models.seq2seq.config import Seq2SeqConfig as Seq2SeqConfig
