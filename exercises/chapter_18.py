"""Exercises of chapter 18: frames, paths, sums and maxima over them, and what a mel is."""

import operator
import time

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, array, ask, close, first_wrong, function, number

# 18.3: what a path spells


def spell_path(path):
    labels, before = [], 0
    for now in path:
        if now != before and now != 0:
            labels.append(now)
        before = now
    return labels


def drop_blanks_first(path):
    kept = [label for label in path if label != 0]
    return [a for a, b in zip(kept, [None, *kept], strict=False) if a != b]


def paths():
    """Paths of several lengths, repeats among them, as lists of whole numbers."""
    rng = np.random.default_rng(3)
    yield ([0, 3, 3, 0, 3, 5],)
    yield ([0, 0, 0],)
    yield ([2],)
    yield ([],)
    yield ([1, 2, 2, 1],)
    yield ([0, 10, 10, 0, 10, 1, 1, 0],)
    yield ([7, 7, 11, 0, 4, 12],)
    for labels, length in ((3, 8), (3, 15), (11, 30)):
        yield (np.repeat(rng.integers(0, labels, length), rng.integers(1, 4, length)).tolist(),)


def ask_labels(answer, path):
    found = ask(answer, path, wanted="return the list of labels")
    found = array(found, "what it returns")
    if found.ndim != 1:
        raise Hint("return one list of labels.")
    return found.tolist()


def as_letters(path):
    return [int(letter) for letter in "".join(map(str, spell_path(path)))]


def explain_labels(found, path):
    return f"the path {path} spells {spell_path(path)}, not {found}."


SPELL_MISTAKES = {
    """you drop the blanks first, so that 3, blank, 3 becomes one 3: merge repeats before you
    drop blanks.""": drop_blanks_first,
    "repeats are still there: a label that goes on for several frames counts once.": lambda path: [
        label for label in path if label != 0
    ],
    """a label may have two digits: keep labels as numbers, for in a string 10 becomes a 1 and
    a 0.""": as_letters,
    "any number but 0 is a label, 10 and more as well.": lambda path: [
        label for label in spell_path(path) if label < 10
    ],
    "the blanks are still there; drop class 0 after you have merged.": lambda path: [
        a for a, b in zip(path, [None, *path], strict=False) if a != b
    ],
    "each label may come again: do not take it out because it was there before.": lambda path: list(
        dict.fromkeys(spell_path(path))
    ),
}

# 18.4: the fewest frames


def fewest_frames(labels):
    repeats = [i for i in range(1, len(labels)) if labels[i] == labels[i - 1]]
    return len(labels) + len(repeats)


def rows_of_labels():
    """Targets with and without repeats."""
    for labels in ([7, 3, 3, 10], [], [5], [2, 2, 2], [1, 2, 1, 2], [4, 4, 1, 1, 1, 4]):
        yield (labels,)
    yield ([1, 2, 2, 3] * 8,)


def ask_count(answer, labels):
    found = array(ask(answer, labels, wanted="return a number of frames"), "what it returns")
    if found.ndim != 0:
        raise Hint("return one number.")
    return float(found)


def explain_count(found, labels):
    needed = fewest_frames(labels)
    return f"{labels} needs {needed} frame{'s' * (needed != 1)}, not {found:g}."


COUNT_MISTAKES = {
    "two equal labels in a row need a blank in between, which takes a frame.": len,
    "a blank is needed only between two equal neighbours, not between any two.": lambda labels: max(
        0, 2 * len(labels) - 1
    ),
    "no blank is needed before the first label, nor after the last.": lambda labels: (
        2 * len(labels) + 1
    ),
    "only neighbours count: 1, 2, 1 has no repeat that needs a blank.": lambda labels: (
        2 * len(labels) - len(set(labels))
    ),
}

# 18.5: the forward sums


def total_probability(probs, labels):
    positions = [0]
    for label in labels:
        positions += [label, 0]
    alpha = np.zeros(len(positions))
    alpha[:2] = probs[0, positions[:2]]
    for row in probs[1:]:
        before, alpha = alpha, np.zeros(len(positions))
        for s, label in enumerate(positions):
            alpha[s] = before[s] + (before[s - 1] if s > 0 else 0)
            if s > 1 and label != 0 and label != positions[s - 2]:
                alpha[s] += before[s - 2]
            alpha[s] *= row[label]
    return alpha[-2:].sum()


def walk(may_step, start=2, end=2):
    """A function to the total probability of paths of positions, and to the most probable of them.

    may_step(positions, from, to) says which steps they take; they begin with one of the first
    `start` positions and end with one of the last `end`.
    """

    def walked(probs, labels):
        positions = [0]
        for label in labels:
            positions += [label, 0]
        found = {
            s: (probs[0, positions[s]], probs[0, positions[s]], [positions[s]])
            for s in range(start)
        }
        for row in probs[1:]:
            reached = {}
            for s, (total, best, path) in found.items():
                for onto in range(s, min(s + 3, len(positions))):
                    if may_step(positions, s, onto):
                        p = row[positions[onto]]
                        before = reached.get(onto, (0, 0, []))
                        likelier = max(before[1:], (best * p, [*path, positions[onto]]))
                        reached[onto] = (before[0] + total * p, *likelier)
            found = reached
        ends = [found[s] for s in found if s >= len(positions) - end]
        return sum(total for total, _, _ in ends), max((way for _, *way in ends), default=(0, []))[
            1
        ]

    return walked


def rightly(positions, s, onto):
    return onto - s < 2 or (positions[onto] != 0 and positions[onto] != positions[s])


STEP_MISTAKES = {
    "you skip the blank between two equal labels, where a path would merge them.": walk(
        lambda positions, s, onto: onto - s < 2 or positions[onto] != 0
    ),
    "a path may skip a blank, but never a label: look at what stands two positions before.": walk(
        lambda positions, s, onto: True
    ),
    "a path may jump from one label to the next, if they differ, without a blank.": walk(
        lambda positions, s, onto: onto - s < 2
    ),
    "a path may end on the last label as well as on the blank after it.": walk(rightly, end=1),
    "a path may begin with the first label as well as with a blank.": walk(rightly, start=1),
}


def part_of(walked, part):
    """What a walk gives: its total probability, part 0, or its path, part 1."""
    return lambda probs, labels: walked(probs, labels)[part]


TOTAL_MISTAKES = {
    **{hint: part_of(walked, 0) for hint, walked in STEP_MISTAKES.items()},
    "a path may stay where it is for another frame.": part_of(
        walk(lambda positions, s, onto: onto > s and rightly(positions, s, onto)), 0
    ),
    "that is a logarithm; the probability itself is wanted.": lambda probs, labels: np.log(
        total_probability(probs, labels)
    ),
    "that is the loss; the probability itself is wanted.": lambda probs, labels: (
        -np.log(total_probability(probs, labels))
    ),
}


def draw_tables(seed, cases):
    """Probabilities (T, C) for each case (T, C, labels), and its labels."""
    rng = np.random.default_rng(seed)
    for T, C, labels in cases:
        probs = rng.uniform(0.05, 1, (T, C))
        yield probs / probs.sum(axis=1, keepdims=True), labels


def tables():
    """Tables, and labels that fit."""
    cases = [
        (3, 3, [1, 2]),
        (5, 3, [1, 1]),
        (6, 4, [2, 3, 3]),
        (1, 2, [1]),
        (9, 5, [3, 1, 3, 2]),  # two million paths: slow on every machine
        (20, 5, [4, 4, 2, 1]),
        (40, 9, [1, 2, 3, 4, 5, 6, 6, 8]),
    ]
    return draw_tables(5, cases)


PATIENCE = 0.2  # seconds for a table of nine frames: thousands of times what a walk takes


def ask_total(answer, probs, labels):
    start = time.process_time()
    found = array(ask(answer, probs, labels, wanted="return a probability"), "what it returns")
    if len(probs) == 9 and time.process_time() - start > PATIENCE:
        raise Hint(
            """that is right for few frames, but it takes too long: with every frame there are more
            paths to list. List none of them; keep one sum for each position and walk."""
            if close(found, total_probability(probs, labels))
            else "that takes too long: list no paths; keep one sum for each position and walk."
        )
    if found.ndim != 0:
        raise Hint("return one number, the probability of the labels.")
    return found


def explain_total(found, probs, labels):
    right = total_probability(probs, labels)
    said = f"{len(probs)} frames spell {labels} with the probability {right:.4g}"
    return f"{said}, not {float(found):.4g}."


# 18.7: the most probable path


def align(probs, labels):
    positions = [0]
    for label in labels:
        positions += [label, 0]
    best = np.zeros(len(positions))
    best[:2] = probs[0, positions[:2]]
    came = []  # from which position, for each frame but the first
    for row in probs[1:]:
        before, best = best, np.zeros(len(positions))
        came.append([0] * len(positions))
        for s, label in enumerate(positions):
            ways = [s] + [s - 1] * (s > 0)
            if s > 1 and label != 0 and label != positions[s - 2]:
                ways.append(s - 2)
            came[-1][s] = max(ways, key=lambda way: before[way])
            best[s] = before[came[-1][s]] * row[label]
    s = len(positions) - 2 + int(best[-1] > best[-2])
    path = [positions[s]]
    for sources in came[::-1]:
        s = sources[s]
        path.append(positions[s])
    return path[::-1]


def ask_path(answer, probs, labels):
    found = array(ask(answer, probs, labels, wanted="return the path"), "what it returns")
    if found.ndim != 1:
        raise Hint("return one list, the path.")
    if len(found) != len(probs):
        raise Hint(f"a path has a class for each of the {len(probs)} frames, not {len(found)}.")
    return found.tolist()


def explain_path(found, probs, labels):
    found, right = list(map(int, found)), align(probs, labels)
    if spell_path(found) != labels:
        return f"your path {found} spells {spell_path(found)}, not {labels}."
    mine, best = (np.prod(probs[range(len(probs)), path]) for path in (found, right))
    return f"your path {found} spells {labels}, but another is {best / mine:.3g} times as probable."


ALIGN_MISTAKES = {
    "that is the best class of each frame, whatever it spells.": lambda probs, labels: probs.argmax(
        axis=1
    ).tolist(),
    "that path runs backwards in time: reverse it.": lambda probs, labels: align(probs, labels)[
        ::-1
    ],
    **{hint: part_of(walked, 1) for hint, walked in STEP_MISTAKES.items()},
}


def alignments():
    """Tables and labels, whose best paths and best classes differ."""
    cases = [
        (3, 3, [1, 2]),
        (6, 3, [1, 1]),
        (7, 4, [2, 3, 3]),
        (4, 2, [1]),
        (12, 4, [3, 1, 3, 2]),
        (20, 5, [4, 4, 2, 1]),
        (40, 9, [1, 2, 3, 4, 5, 6, 6, 8]),
    ]
    return draw_tables(9, cases)


# 18.6: back from mel


def from_mel(mels):
    return 700 * (10 ** (np.asarray(mels) / 2595) - 1)


def rows_of_mels():
    """Mels, alone and in rows."""
    yield (np.array([0.0, 500.0, 1000.0, 2840.0]),)
    yield (np.linspace(100, 3000, 7),)
    yield (np.array([0.4, 1.0, 2.5]),)  # below one Hz


def explain_mel(found, mels):
    right = from_mel(mels)
    place = first_wrong(found, right)
    return f"{mels[place]:g} mel are {right[place]:.4g} Hz, not {found[place]:.4g}."


MEL_MISTAKES = {
    "that turns Hz into mels; return the Hz of the mels.": lambda mels: (
        2595 * np.log10(1 + np.asarray(mels) / 700)
    ),
    "subtract the 1 after the power of ten, not in the exponent.": lambda mels: (
        700 * 10 ** (np.asarray(mels) / 2595 - 1)
    ),
    "the logarithm was one to the base 10, so its inverse is a power of 10.": lambda mels: (
        700 * (np.exp(np.asarray(mels) / 2595) - 1)
    ),
    "you have not subtracted the 1.": lambda mels: 700 * 10 ** (np.asarray(mels) / 2595),
}


EXERCISES = {
    "18.1": Exercise(
        judge=number(
            41,
            tolerance=0,
            wrong={
                42: "a frame needs 512 samples, so the last one begins 512 or more before the end.",
                167: "those are the frames; the listener answers once for every four frames.",
                168: "frames begin every 256 samples, but the last one must fit in whole.",
            },
            question="how many frames begin early enough to fit in whole?",
        ),
        solutions={
            "": Value("""
                samples = round(1.96 * 22_050)
                frames = 1 + (samples - 512) // 256
                answer = frames // 4
                """)
        },
    ),
    "18.2": Exercise(
        judge=number(
            5,
            tolerance=0,
            wrong={
                1: """one path alternates, but a label may also go on for two frames, and the blank
                as well.""",
                15: "that also counts paths that spell a single `a`; only `aa` is right.",
                6: "is each of your six paths of four frames, with a blank between the two labels?",
                16: "those are all paths over blank and `a`.",
            },
            question="at which of the four frames can a blank part the two labels?",
        ),
        solutions={
            "": Value("""
                from itertools import groupby, product

                paths = product("-a", repeat=4)
                merged = ["".join(c for c, _ in groupby(path)) for path in paths]
                answer = sum(path.replace("-", "") == "aa" for path in merged)
                # They are -a-a, a--a, a-a-, a-aa and aa-a.
                """)
        },
    ),
    "18.3": Exercise(
        judge=function(paths, spell_path, explain_labels, SPELL_MISTAKES, ask_labels, operator.eq),
        solutions={"": spell_path},
    ),
    "18.4": Exercise(
        judge=function(
            rows_of_labels, fewest_frames, explain_count, COUNT_MISTAKES, ask_count, operator.eq
        ),
        solutions={"": fewest_frames},
    ),
    "18.5": Exercise(
        judge=function(tables, total_probability, explain_total, TOTAL_MISTAKES, ask_total, close),
        solutions={"": total_probability},
    ),
    "18.6": Exercise(
        judge=function(
            rows_of_mels,
            from_mel,
            explain_mel,
            MEL_MISTAKES,
            wanted="a frequency for each mel, an array",
        ),
        solutions={"": from_mel},
    ),
    "18.7": Exercise(
        judge=function(alignments, align, explain_path, ALIGN_MISTAKES, ask_path, operator.eq),
        solutions={"": align},
    ),
}
