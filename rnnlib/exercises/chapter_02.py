"""Exercises of chapter 2: bits, perplexity, counting, smoothing, writing, adapting."""

from collections import Counter

import numpy as np

from rnnlib.corpus import PANGRAM
from rnnlib.exercises import Exercise, Value, number
from rnnlib.ngrams import NgramModel
from rnnlib.text import Vocab

NOTHING = "the function returns nothing: end it with `return`."


def cross_entropy(shares):
    return -np.log(shares).mean()


def judge_cross_entropy(function):
    with np.errstate(all="ignore"):
        answer, long = function(np.array([0.5, 0.25])), function(np.full(5000, 0.25))
    if answer is None:
        return NOTHING
    for wrong, hint in {
        2.0794: "that is the total; divide it by the number of characters.",
        1.5: "that is in bits; nats need the natural logarithm, np.log.",
        -1.0397: "a loss is positive here: put a minus in front.",
        0.9808: "you took the logarithm of the mean share; take the mean of the logarithms.",
    }.items():
        if abs(answer - wrong) < 1e-3:
            return hint
    if abs(answer - 1.0397) > 1e-3:
        return f"the shares 1/2 and 1/4 should give 1.0397, not {answer:.4f}."
    if not np.isfinite(long):
        return "right for short texts, but a product of 5,000 shares is 0: take logarithms first."
    return None if abs(long - 1.3863) < 1e-3 else "right for two characters, wrong for 5,000."


def variety(text):
    before = {}
    for i in range(1, len(text)):
        before.setdefault(text[i], set()).add(text[i - 1])
    return {char: len(chars) for char, chars in before.items()}


def variety_after(text):
    return variety(text[::-1])


def judge_variety(function):
    answer = function("mississippi")
    if answer is None:
        return NOTHING
    if not isinstance(answer, dict):
        return f"a dictionary was expected, not {type(answer).__name__}."
    if any(isinstance(found, set | list | str) for found in answer.values()):
        return "the values are the characters themselves; give how many there are."
    found = {char: count for char, count in answer.items() if count}
    if found in (dict(Counter("mississippi")), dict(Counter("ississippi"))):
        return "that counts every occurrence; count the different characters in front of it."
    if found == variety_after("mississippi"):
        return "you looked at the characters behind it; look at those in front."
    if found != variety("mississippi"):
        return f"'mississippi' should give 3 for i and 2 for s and p, not {answer}."
    return None


def add_one(counts):
    smoothed = counts + 1
    return smoothed / smoothed.sum(axis=1, keepdims=True)


def judge_add_one(function):
    counts = np.array([[3, 1, 0], [0, 0, 0], [2, 2, 2]])
    with np.errstate(all="ignore"):
        answer = function(counts.copy())
    if answer is None:
        return NOTHING
    answer = np.asarray(answer)
    if answer.shape != counts.shape:
        return f"counts of shape {counts.shape} should give probabilities of that shape."
    if np.isnan(answer).any() or (answer == 0).any():
        return "a context or a pair that was never seen still gets 0 or nan: add 1 to each count."
    if np.allclose(answer, (counts + 1) / (counts + 1).sum(axis=0)):
        return "the columns sum to 1, not the rows; sum over axis 1 and keep its dimension."
    if not np.allclose(answer.sum(axis=1), 1):
        return f"each row should sum to 1; yours sum to {np.round(answer.sum(axis=1), 3).tolist()}."
    return None if np.allclose(answer, add_one(counts)) else "you added more than 1 to some count."


def write_greedily(model, vocab, prompt, length):
    ids = list(vocab.encode(prompt))
    for _ in range(length):
        ids.append(int(model.probs(ids).argmax()))
    return vocab.decode(ids[len(prompt) :])


def judge_write_greedily(function):
    vocab = Vocab(PANGRAM)
    model = NgramModel(3, len(vocab)).fit(vocab.encode(PANGRAM))
    answer = function(model, vocab, "The q", 30)
    if answer is None:
        return NOTHING
    if not isinstance(answer, str):
        return "decode the ids: a string was expected."
    expected = write_greedily(model, vocab, "The q", 30)
    if answer == "The q" + expected:
        return "return only the new characters, without the prompt."
    if len(answer) != 30:
        return f"30 new characters were asked for, not {len(answer)}."
    if len(set(answer)) == 1:
        return "the same character comes each time: add it to the context before the next guess."
    if answer != function(model, vocab, "The q", 30):
        return "two calls give two texts; take the most likely character, do not draw one."
    return None if answer == expected else f"{answer!r} does not always take the most likely one."


def forget_to_append(model, vocab, prompt, length):
    probs = model.probs(vocab.encode(prompt))
    return vocab.chars[probs.argmax()] * length


def draw_instead(model, vocab, prompt, length):
    rng, ids = np.random.default_rng(), list(vocab.encode(prompt))
    for _ in range(length):
        ids.append(rng.choice(len(vocab), p=model.probs(ids)))
    return vocab.decode(ids[len(prompt) :])


EXERCISES = {
    "2.1": Exercise(
        judge=number(
            1.75,
            wrong={
                7: "that is the total for four characters; divide by 4.",
                1.213: "that is in nats; bits use the logarithm to base 2.",
                1 / 128: "that is the likelihood; take its logarithm.",
                1.5406: "you averaged the shares; average their logarithms.",
            },
        ),
        solutions={"": Value("(2 + 1 + 3 + 1) / 4")},
        wrong={
            "divide by 4": 7,
            "in nats": 1.213,
            "likelihood": 1 / 128,
            "average their logarithms": -np.log2(11 / 32),
        },
    ),
    "2.2": Exercise(
        judge=number(
            4.5563,
            tolerance=0.01,
            wrong={
                2.8609: "2 to the power is for bits; this loss is in nats.",
                2.1879: "those are bits per character; perplexity is exp(nats).",
                0.2195: "that is the typical share; perplexity is one over it.",
            },
        ),
        solutions={"": Value("np.exp(1.5165)")},
        wrong={"for bits": 2**1.5165, "bits per character": 2.188, "one over it": 0.2195},
    ),
    "2.3": Exercise(
        judge=judge_cross_entropy,
        solutions={"": cross_entropy},
        wrong={
            "divide it by the number": lambda shares: -np.log(shares).sum(),
            "in bits": lambda shares: -np.log2(shares).mean(),
            "put a minus": lambda shares: np.log(shares).mean(),
            "mean of the logarithms": lambda shares: -np.log(np.mean(shares)),
            "take logarithms first": lambda shares: -np.log(np.prod(shares)) / len(shares),
        },
        stub=lambda shares: None,
    ),
    "2.4": Exercise(
        judge=judge_add_one,
        solutions={"": add_one},
        wrong={
            "never seen": lambda counts: counts / counts.sum(axis=1, keepdims=True),
            "columns sum to 1": lambda counts: (counts + 1) / (counts + 1).sum(axis=0),
            "row should sum to 1": lambda counts: (counts + 1) / (counts.sum() + 1),
            "more than 1": lambda counts: add_one(counts + 4),
        },
        stub=lambda counts: None,
    ),
    "2.5": Exercise(
        judge=judge_variety,
        solutions={"": variety},
        wrong={
            "every occurrence": lambda text: dict(Counter(text)),
            "behind it": variety_after,
            "how many there are": lambda text: {char: {"x"} for char in text},
            "dictionary was expected": lambda text: len(set(text)),
        },
        stub=lambda text: None,
    ),
    "2.6": Exercise(
        judge=judge_write_greedily,
        solutions={"": write_greedily},
        wrong={
            "without the prompt": lambda model, vocab, prompt, length: (
                prompt + write_greedily(model, vocab, prompt, length)
            ),
            "before the next guess": forget_to_append,
            "do not draw": draw_instead,
        },
        stub=lambda model, vocab, prompt, length: None,
    ),
    "2.7": Exercise(
        judge=number(
            0.021,
            tolerance=0.0015,
            wrong={
                -0.021: "the loss falls: subtract the new loss from the old one.",
                0.2688: "the second model has counted the first half; score the second half alone.",
                0.0303: "that is in bits; nats were asked for.",
                0.1264: "that compares the two halves; compare two models on the second one.",
            },
        ),
        solutions={
            "": Value("""
                from rnnlib.corpus import load_corpus
                from rnnlib.ngrams import NgramModel
                from rnnlib.text import Vocab, split_text

                text = load_corpus("shakespeare")
                vocab = Vocab(text)
                train, held_out = split_text(vocab.encode(text))
                first, second = split_text(held_out, 0.5)
                before = NgramModel(7, len(vocab)).fit(train)
                after = NgramModel(7, len(vocab)).fit(np.append(train, first))
                answer = before.nats(second) - after.nats(second)
            """)
        },
        wrong={"loss falls": -0.021, "alone": 0.2688, "in bits": 0.0303, "two models": 0.1264},
    ),
}
