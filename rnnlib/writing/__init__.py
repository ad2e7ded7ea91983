"""New text from a trained model: drawn, filtered, or searched for."""

from rnnlib.writing.beam import beam_search as beam_search
from rnnlib.writing.sampling import GREEDY as GREEDY
from rnnlib.writing.sampling import Sampler as Sampler
from rnnlib.writing.sampling import generate as generate
from rnnlib.writing.sampling import keep_min_p as keep_min_p
from rnnlib.writing.sampling import keep_top_k as keep_top_k
from rnnlib.writing.sampling import keep_top_p as keep_top_p
from rnnlib.writing.sampling import stream as stream
