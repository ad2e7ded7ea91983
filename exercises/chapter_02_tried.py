"""Other right and wrong answers to the exercises of chapter 2."""

import numpy as np

from exercises.chapter_02 import cross_entropy, smooth_pairs, write_greedily

# 2.4: add one


def add_to_shares(counts):
    with np.errstate(all="ignore"):
        return share_rows(np.nan_to_num(counts / counts.sum(axis=1, keepdims=True)) + 1)


def share_rows(table):
    return table / table.sum(axis=1, keepdims=True)


# 2.6: always the most likely


def write_with(choose, last=10**6, most=10**6):
    """choose(probabilities) gives each id; it looks at so many of the last, and writes so many."""

    def version(model, vocab, prompt, length):
        ids = list(vocab.encode(prompt))
        for _ in range(min(length, most)):
            ids.append(int(choose(model.probs(ids[-last:]))))
        return vocab.decode(np.array(ids[len(prompt) :]))

    return version


def draw_with(rng):
    return lambda probs: rng.choice(len(probs), p=probs)


def nothing_appended(model, vocab, prompt, length):
    return write_with(np.argmax, most=1)(model, vocab, prompt, length) * length


RIGHT = {
    "2.2": {"two digits": 7.05},
    "2.6": {
        "the last of equally likely ones": write_with(
            lambda probs: np.argsort(probs, kind="stable")[-1]
        )
    },
    "2.7": {
        "three digits": 0.021,
        "read with the first half as context": 0.020999,
        "read with all that was counted as context": 0.0212059,
    },
}

WRONG = {
    "2.1": {"cut": (1.74, "is close"), "rounded up": (1.76, "is close")},
    "2.2": {"cut": (7.04, "is close"), "one digit": (7.1, "is close")},
    "2.7": {"half a digit less": (0.0205, "too small"), "half a digit more": (0.0215, "too large")},
    "2.3": {
        "clipped": (lambda p: -np.log(np.clip(p, 1e-7, 1)).mean(), "a tiny one"),
        "a little added": (lambda p: -np.log(p + 1e-9).mean(), "a tiny one"),
        "tiny shares left out": (lambda p: -np.log(p[p > 1e-8]).mean(), "a tiny one"),
        "the median": (lambda p: -np.median(np.log(p)), "should give"),
        "a fixed length": (lambda p: -np.log(p).sum() / 3, "should give"),
        "one less": (lambda p: -np.log(p).sum() / max(1, len(p) - 1), "should give"),
        "the first thousand": (lambda p: -np.log(p[:1000]).mean(), "wrong for 5,000"),
        "one loss each": (lambda p: -np.log(p), "a single number"),
        "a string": (lambda p: str(cross_entropy(p)), "should hold numbers"),
        "the logarithm of a product": (
            lambda probs: -np.log(np.prod(probs)) / len(probs),
            "take logarithms first",
        ),
        "four digits": (lambda s: round(float(-np.log(s).mean()), 4), "neither round"),
        "never sure": (lambda s: -np.log(np.minimum(s, 0.95)).mean(), "nor cut off"),
        "equals once": (lambda s: -np.log(np.unique(s)).mean(), "as often as they come"),
    },
    "2.4": {
        "only where there is nothing": (
            lambda c: share_rows(np.where(c == 0, 1, c)),
            "only the counts that were 0",
        ),
        "one added to the shares": (add_to_shares, "should become"),
        "softmax": (
            lambda c: share_rows(np.exp(c - c.max(axis=1, keepdims=True)) + 1e-9),
            "should become",
        ),
        "half": (lambda c: share_rows(c + 0.5), "you added 0.5"),
        "65 characters": (lambda c: (c + 1) / (c.sum(1, keepdims=True) + 65), "number of columns"),
        "one more in each row": (
            lambda c: (c + 1) / (c.sum(1, keepdims=True) + 1),
            "number of columns",
        ),
        "the sum is not kept": (lambda c: (c + 1) / (c + 1).sum(axis=1), "sum to 1"),
        "the sum without the ones": (
            lambda c: (c + 1) / np.maximum(c.sum(1, keepdims=True), 1),
            "number of columns",
        ),
        "flat": (lambda c: smooth_pairs(c).ravel(), "should give that shape"),
        "to one digit": (lambda c: smooth_pairs(c).round(1), "row should sum to 1"),
        "not smoothed": (share_rows, "never seen"),
        "by columns": (lambda counts: (counts + 1) / (counts + 1).sum(axis=0), "columns sum to 1"),
        "by the whole sum": (lambda counts: (counts + 1) / (counts.sum() + 1), "number of columns"),
        "5 added": (lambda counts: smooth_pairs(counts + 4), "you added 5"),
        "four digits": (lambda c: smooth_pairs(c).round(4), "should become"),
        "16 bits": (lambda c: smooth_pairs(c.astype("int16")), "should become"),
        "capped": (lambda c: smooth_pairs(np.minimum(c, 1500)), "should become"),
        "8 rows": (lambda c: np.vstack([smooth_pairs(c)[:8], c[8:]]), "still gets 0"),
    },
    "2.6": {
        "a context of one": (write_with(np.argmax, last=1), "most likely character after"),
        "a context of six": (write_with(np.argmax, last=6), "most likely character after"),
        "the least likely": (write_with(np.argmin), "most likely"),
        "a seed": (
            lambda *a: write_with(draw_with(np.random.default_rng(0)))(*a),
            "most likely character after",
        ),
        "a list": (lambda m, v, p, n: list(write_greedily(m, v, p, n)), "a string was expected"),
        "always 200": (lambda m, v, p, n: write_greedily(m, v, p, 200), "were asked for, not 200"),
        "with the prompt": (
            lambda m, v, p, n: p + write_greedily(m, v, p, n),
            "without the prompt",
        ),
        "one too few": (lambda m, v, p, n: write_greedily(m, v, p, n - 1), "were asked for"),
        "the text, read on": (
            lambda m, v, p, n: (v.decode(np.arange(len(v))) * 9)[:n],
            "most likely character after",
        ),
        "another vocabulary": (
            lambda m, v, p, n: write_greedily(m, v, p, n).upper(),
            "those of the vocabulary",
        ),
        "nothing appended": (nothing_appended, "before the next guess"),
        "drawn": (write_with(draw_with(np.random.default_rng())), "do not draw"),
        "10 characters": (write_with(np.argmax, last=10), "with order 18"),
        "100 new ones": (
            write_with(np.argmax, most=100),
            "210 new characters were asked for, not 100",
        ),
        "one line": (lambda *a: write_greedily(*a).split("\n")[0], "210 new characters"),
    },
}
