"""Exercises of chapter 2: bits, perplexity, smoothing, writing, adapting."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import array, ask, close, function, in_turn, number, one_number
from rnnlib.data import PANGRAM
from rnnlib.evaluation import NgramModel
from rnnlib.text import Vocab


def show(values):
    """Numbers as a hint quotes them, to four digits."""
    return np.array2string(np.asarray(values), precision=4, separator=", ")


def cross_entropy(probs):
    return -np.log(probs).mean()


USUAL_LOSSES = {
    "that is the total; divide it by the number of characters.": lambda p: -np.log(p).sum(),
    "that is in bits; nats need the natural logarithm, np.log.": lambda p: -np.log2(p).mean(),
    "that is to base 10; nats need the natural logarithm, np.log.": lambda p: -np.log10(p).mean(),
    "a loss is positive here: put a minus in front.": lambda p: np.log(p).mean(),
    "you took the logarithm of the mean probability; take the mean of the logarithms.": (
        lambda p: -np.log(p.mean())
    ),
    "that is the perplexity; the loss is its logarithm.": lambda p: np.exp(-np.log(p).mean()),
}


def probs_of_texts():
    rng = np.random.default_rng(2)
    return [(np.round(rng.uniform(0.05, 0.95, n), 2),) for n in (3, 2, 1, 7)]


def ask_loss(function, probs):
    return one_number(ask(function, probs), "the loss")


def explain_loss(answer, probs):
    right = cross_entropy(probs)
    return f"the probabilities {show(probs)} should give {right:.4f}, not {answer:.4f}."


def judge_extremes(function):
    """Probabilities whose product is 0 in floating point, and tiny ones."""
    long = np.random.default_rng(3).uniform(0.05, 0.95, 5000)
    answer = ask_loss(function, long)
    if not np.isfinite(answer):
        return "right for a few, but a product of 5,000 probabilities is 0: take logarithms first."
    if not close(answer, cross_entropy(long)):
        return "right for a few characters, wrong for 5,000."
    sure = np.array([0.99, 0.985, 0.99])
    answer = ask_loss(function, sure)
    if not close(answer, cross_entropy(sure)):
        return (
            f"the probabilities {sure.tolist()} should give {cross_entropy(sure):.6f}, not "
            f"{answer:.6f}: neither round nor cut off, and count equal ones as often as they come."
        )
    tiny = np.array([0.5, 1e-30, 1e-7])
    answer = ask_loss(function, tiny)
    if not close(answer, cross_entropy(tiny)):
        return (
            f"the probabilities {tiny.tolist()} should give {cross_entropy(tiny):.4f}, not "
            f"{answer:.4f}: a tiny one must neither be raised nor left out."
        )
    return None


judge_cross_entropy = in_turn(
    function(probs_of_texts, cross_entropy, explain_loss, USUAL_LOSSES, ask_loss), judge_extremes
)


def smooth_pairs(counts):
    smoothed = counts + 1
    return smoothed / smoothed.sum(axis=1, keepdims=True)


def judge_smooth_pairs(function):
    rng = np.random.default_rng(4)
    tables = [np.array([[3, 1, 0], [0, 0, 0], [2, 5, 2]])]
    many = rng.integers(0, 9, (12, 12))
    tables += [rng.integers(0, 5, (n, n)) * rng.integers(0, 300, (n, n)) for n in (1, 2, 5, 8)]
    tables += [many, np.array([[99_000, 0], [40_000, 1]])]
    for counts in tables:
        answer = array(ask(function, counts), "the table of probabilities")
        if answer.shape != counts.shape:
            return f"counts of shape {counts.shape} should give that shape, not {answer.shape}."
        if close(answer, smooth_pairs(counts)):
            continue
        more = counts + 1
        if np.isnan(answer).any() or (answer == 0).any():
            return "a context or a pair that was never seen still gets 0 or nan: add 1 to each."
        if close(answer, more / more.sum(axis=0)):
            return "the columns sum to 1, not the rows; sum over axis 1 and keep its dimension."
        if not np.allclose(answer.sum(axis=1), 1, atol=1e-4):
            return (
                f"each row should sum to 1; yours sum to {show(answer.sum(axis=1))}. With 1 added "
                "to each count, the sum of a row grows by V, the number of columns."
            )
        for amount in (0.1, 0.5, 2, 5):
            if close(answer, (counts + amount) / (counts + amount).sum(axis=1, keepdims=True)):
                return f"you added {amount} to each count; add 1."
        filled = np.where(counts == 0, 1, counts)
        if close(answer, filled / filled.sum(axis=1, keepdims=True)):
            return "you changed only the counts that were 0; add 1 to each count."
        row = int(np.abs(answer - smooth_pairs(counts)).max(axis=1).argmax())
        return (
            f"the counts {counts[row].tolist()} should become {show(smooth_pairs(counts)[row])}, "
            f"not {show(answer[row])}."
        )
    return None


def write_greedily(model, vocab, prompt, length):
    ids = list(vocab.encode(prompt))
    for _ in range(length):
        ids.append(int(model.probs(ids).argmax()))
    return vocab.decode(ids[len(prompt) :])


SHELLS = "she sells sea shells by the sea shore; the shells she sells are sea shells, I'm sure. "
FAR = "bc. c\nb.cb c.b\nc"


def judge_write_greedily(function):
    cases = [(PANGRAM, 3, "The q", 30), (SHELLS, 2, "s", 1), (SHELLS, 9, "shore; the sea sh", 25)]
    cases += [(SHELLS[::-1] + "\n" + SHELLS, 5, "sells", 60), ("abcabdabcabd", 4, "b", 12)]
    far = "".join(f"{char}{FAR}R" for char in "zb.c") * 2 + f"a{FAR}Q" * 3
    cases += [(far, 18, f"a{FAR}", 210)]  # what comes hangs on the a
    for corpus, order, prompt, length in cases:
        vocab = Vocab(corpus)
        model = NgramModel(order, len(vocab)).fit(vocab.encode(corpus))
        answer = ask(lambda p, n, m=model, v=vocab: function(m, v, p, n), prompt, length)
        if not isinstance(answer, str):
            return f"decode the ids: a string was expected, not {type(answer).__name__}."
        if len(answer) != length:
            if answer.startswith(prompt) and len(answer) == len(prompt) + length:
                return "return only the new characters, without the prompt."
            return f"{length} new characters were asked for, not {len(answer)}."
        if answer != function(model, vocab, prompt, length):
            return "two calls give two texts; take the most likely character, do not draw one."
        known = Vocab(corpus)
        if vocab.chars != known.chars or not set(answer) <= set(known.chars):
            return "the new characters must be those of the vocabulary, which stays as it is."
        text = prompt
        fresh = NgramModel(order, len(known)).fit(known.encode(corpus))
        for char in answer:
            probs = fresh.probs(known.encode(text))
            if probs[known.encode(char)[0]] < probs.max() * (1 - 1e-9):
                if text != prompt and len(set(answer)) == 1:
                    return (
                        "the same character comes each time: add it to the context before the "
                        "next guess."
                    )
                best = known.chars[int(probs.argmax())]
                return (
                    f"with order {order}, {best!r} is the most likely character after "
                    f"{text[-12:]!r}, not {char!r}."
                )
            text += char
    return None


ONE_LOSS = "that is the loss of one model; the question is by how much it falls."
TWO_TEXTS = "that compares two texts; score the second half with both models, and subtract."
TWO_HALVES = "that compares the two halves; score the second one with two models, and subtract."
COUNTED_ANEW = (
    "your second model has counted the first half alone, because `fit` starts anew; join the ids "
    "of the training text and the first half, and fit a model to both at once."
)


EXERCISES = {
    "2.1": Exercise(
        judge=number(
            1.75,
            tolerance=0.005,
            wrong={
                -1.75: "a loss is positive here: turn the sign.",
                3.3636: "that is the perplexity; the loss is its logarithm.",
                7: "that is the total for four characters; divide by 4.",
                1.213: "that is in nats; bits use the logarithm to base 2.",
                1 / 128: "that is the likelihood; take its logarithm.",
                1.5406: "you averaged the probabilities; average their logarithms.",
            },
            question="what is -log2 of 1/4, of 1/2, and of 1/8?",
        ),
        solutions={"": Value("(2 + 1 + 3 + 1) / 4")},
    ),
    "2.2": Exercise(
        judge=number(
            7.0498,
            tolerance=0.005,
            wrong={
                3.8718: "2 to the power is for bits; this loss is in nats.",
                2.8176: "those are bits per character; perplexity is exp(nats).",
                0.1418: "that is the typical probability; perplexity is one over it.",
            },
            question="to which base is the logarithm of a nat, and what undoes it?",
        ),
        solutions={"": Value("np.exp(1.953)")},
    ),
    "2.3": Exercise(judge=judge_cross_entropy, solutions={"": cross_entropy}),
    "2.4": Exercise(judge=judge_smooth_pairs, solutions={"": smooth_pairs}),
    "2.6": Exercise(judge=judge_write_greedily, solutions={"": write_greedily}),
    "2.7": Exercise(
        judge=number(
            0.02097,
            tolerance=0.0003,  # rounded to three digits, or with the text before it as context
            code=True,
            wrong={
                -0.021: "the loss falls: subtract the new loss from the old one.",
                0.2688: "you scored the whole held-out text; score its second half alone.",
                0.0303: "that is in bits; nats were asked for.",
                **{loss: ONE_LOSS for loss in (1.5588, 1.5798)},
                **{gap: TWO_TEXTS for gap in (0.0423, -0.0423)},
                **{gap: TWO_HALVES for gap in (0.1264, 0.126, -0.1264, -0.126)},
                **{gap: TWO_HALVES for gap in (0.1055, 0.105, -0.1055, -0.105)},
                **{gap: COUNTED_ANEW for gap in (0.3002, -0.3002)},
            },
            question=(
                "what is the loss of each of the two models on the second half, and which of the "
                "two has counted the first half?"
            ),
        ),
        solutions={
            "": Value("""
                from rnnlib.data import load_corpus
                from rnnlib.evaluation import NgramModel
                from rnnlib.text import Vocab, split_text

                text = load_corpus("shakespeare")
                vocab = Vocab(text)
                counted, rest = split_text(vocab.encode(text))
                first, second = split_text(rest, 0.5)
                before = NgramModel(7, len(vocab)).fit(counted)
                after = NgramModel(7, len(vocab)).fit(np.append(counted, first))
                answer = before.nats(second) - after.nats(second)
            """)
        },
    ),
}
