"""Beam search: the most likely texts a model can write, as far as a narrow search finds them."""

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.functional import log_softmax
from rnnlib.interface import Model
from rnnlib.text.vocab import Vocab
from rnnlib.writing.sampling import read_prompt


def beam_search(
    model: Model, vocab: Vocab, prompt: str, length: int, beams: int, errors: str = "strict"
) -> list[tuple[str, float]]:
    """The best continuations of `prompt` by `length` characters, [(text, log probability), ...].

    Best first, at most `beams` of them; the probability is that of the whole continuation, its
    logarithm in nats. After each character only the `beams` likeliest beginnings are kept, and
    stepped as one batch, so the likeliest text of all may be missed (Lowerre, 1976). With one beam
    it is greedy writing. Raises as sampling.generate does.
    """
    ids = read_prompt(vocab, prompt, errors)
    check_whole("length", length, least=0)
    check_whole("beams", beams)
    texts, totals, rows = np.zeros((1, 0), np.int64), np.zeros(1), np.zeros(1, np.int64)
    unread, state = np.array([ids]), model.init_state(1)
    for _ in range(length):
        logits, state = model.forward(unread, state[:, rows])  # each with the state of its parent
        scores = totals[:, None] + log_softmax(logits[:, -1].astype(np.float64))  # (beams, V)
        best = np.argsort(-scores.ravel(), kind="stable")[:beams]
        rows, chars = np.divmod(best, scores.shape[1])
        texts, totals = np.column_stack([texts[rows], chars]), scores.ravel()[best]
        unread = chars[:, None]
    return [(vocab.decode(text), float(total)) for text, total in zip(texts, totals, strict=True)]
