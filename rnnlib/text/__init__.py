"""Text as numbers and back: vocabulary, ways to cut a text up, and rows of unequal length."""

from rnnlib.text.padding import make_buckets as make_buckets
from rnnlib.text.padding import make_mask as make_mask
from rnnlib.text.padding import pad as pad
from rnnlib.text.padding import padding_share as padding_share
from rnnlib.text.vocab import Vocab as Vocab
from rnnlib.text.vocab import one_hot as one_hot
from rnnlib.text.vocab import split_text as split_text
from rnnlib.text.windows import make_streams as make_streams
from rnnlib.text.windows import make_windows as make_windows
