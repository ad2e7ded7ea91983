"""How far counting gets on Shakespeare: discounts tuned, counts that go on, and PPMd.

    python -m benchmarks.counting

takes about five minutes, and writes benchmarks/results/counting.json: one row a model, with its
loss in nats per character. Rows already stored are not run again.

Every setting is chosen on the last tenth of the training text by models that counted the rest of
it (`part` is "choose"), and the held-out text is scored once with what was chosen. PPMd is the
compressor of the package pyppmd, which the book does not need; its rows want `pip install
pyppmd==1.3.1` and are left out without it. What it charges for a text is what its file grows by.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from benchmarks import store
from rnnlib.data import load_corpus
from rnnlib.evaluation.ngrams import count_preceding, estimate_discounts, gram_codes, look_up
from rnnlib.text import Vocab, split_text

RESULTS = store.FOLDER / "counting.json"
PLACES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)  # one discount for all tables
FEW = (0.01, 0.03, 0.1, 0.3, 1)  # pretended characters of each kind, added to every context
SPREAD = (4, 8, 16, 45, 65)  # pretended characters, spread as the shorter context says
PIECES = (1000, 5000, 20_000)  # characters between two counts
PPMD = [(variant, order) for variant in "HI" for order in (4, 5, 6, 8, 16)]
MEMORY = 200 << 20  # bytes, more than PPMd fills here
KEYS = ("what", "order", "setting", "part")


@cache
def texts(part):
    """The ids of the text to count and of the text to score, and how many characters there are."""
    train, held_out = split_text(load_corpus("shakespeare"))
    vocab = Vocab(train)
    ids, held_ids = vocab.encode(train), vocab.encode(held_out)
    return (*(split_text(ids) if part == "choose" else (ids, held_ids)), len(vocab))


@cache
def met(order, part, places=True):
    """What the tables know where the text of this part is scored."""
    return look(order, *texts(part), places)


def look(order, counted, scored, V, places=True):
    """For each length from 1 to `order`: what a table knows at each place that is scored.

    A list of (count of the run (N,), sum after its context (N,), how many different characters
    came once, twice, more often (3, N)), with the counts of the table at the end. All lengths but
    the longest count the places of a run, or its occurrences.
    """
    text, found = np.concatenate([counted[len(counted) - order + 1 :], scored]), []
    for n in range(1, order + 1):
        if n < order and places:
            grams, counts = count_preceding(counted, n, V)
        else:
            grams, counts = np.unique(gram_codes(counted, n, V), return_counts=True)
        contexts, first = np.unique(grams // V, return_index=True)
        totals = np.add.reduceat(counts, first)
        kinds = [np.add.reduceat(np.minimum(counts, 3) == r, first, dtype=int) for r in (1, 2, 3)]
        codes = gram_codes(text, n, V)[order - n :]  # of the run that ends at each place
        before = codes // V
        spread = np.stack([look_up(contexts, kind, before, 0) for kind in kinds])
        count = look_up(grams, counts, codes, 0)
        found.append((count, look_up(contexts, totals, before, 0), spread, counts))
    return found


def losses(seen, discounts, V):
    """Nats (N,) of Kneser-Ney smoothing with these discounts (order, 3): off 1, 2, 3 or more."""
    probs = 1 / V
    for (count, total, spread, _), off in zip(seen, discounts, strict=True):
        kept = count - np.array([0, *off])[np.minimum(count, 3)]
        mixed = (kept + off @ spread * probs) / np.maximum(total, 1)
        probs = np.where(total > 0, mixed, probs)
    return -np.log(probs)


def loss(order, discounts, part, places=True):
    """Mean of the losses over the text of this part."""
    return float(losses(met(order, part, places), discounts, texts(part)[2]).mean())


def by_formula(order, part, places=True):
    """The discounts (order, 3) that Chen and Goodman estimate from the counts."""
    return np.array([estimate_discounts(counts) for *_, counts in met(order, part, places)])


def spread(order, pretended, part, places):
    """Mean loss with pretended characters, spread as the shorter context says."""
    probs = 1 / texts(part)[2]
    for count, total, *_ in met(order, part, places):
        probs = (count + pretended * probs) / (total + pretended)
    return float(-np.log(probs).mean())


@cache
def tune(order):
    """Discounts (order, 3), each moved to where the loss on the text to choose by is lowest.

    One after the other and round after round, by smaller and smaller steps from the formula's.
    """
    best = by_formula(order, "choose")
    lowest = loss(order, best, "choose")
    for step in (0.2, 0.2, 0.1, 0.1, 0.05, 0.05, 0.02):
        for place in np.ndindex(best.shape):
            for move in (step, -step):
                tried = best.copy()
                tried[place] = np.clip(tried[place] + move, 0, 1 + place[1])
                if (found := loss(order, tried, "choose")) < lowest:
                    best, lowest = tried, found
    return best.round(4)


def add_few(order, setting, part):
    """Nats with `setting` pretended characters of each kind added to every context."""
    counted, scored, V = texts(part)
    text = np.concatenate([counted[len(counted) - order + 1 :], scored])
    grams, counts = np.unique(gram_codes(counted, order, V), return_counts=True)
    contexts, first = np.unique(grams // V, return_index=True)
    codes = gram_codes(text, order, V)
    total = look_up(contexts, np.add.reduceat(counts, first), codes // V, 0)
    shares = (look_up(grams, counts, codes, 0) + setting) / (total + V * setting)
    return float(-np.log(shares).mean())


def recount(order, piece, part):
    """Nats where the model counts everything anew after each `piece` characters that it scored."""
    counted, scored, V = texts(part)
    found = []
    for n in range(0, len(scored), piece):
        seen = look(order, np.concatenate([counted, scored[:n]]), scored[n : n + piece], V)
        off = np.array([estimate_discounts(counts) for *_, counts in seen])
        found.append(losses(seen, off, V))
    return float(np.concatenate(found).mean())


def ppmd(order, variant, part):
    """Nats, and the bytes of the file without and with the text that is scored."""
    counted, scored, _ = texts(part)
    text = load_corpus("shakespeare").encode()
    sizes = []
    for n in (len(counted), len(counted) + len(scored)):
        sizes.append(len(squeeze(text[:n], order, variant)))
    return 8 * np.log(2) * (sizes[1] - sizes[0]) / len(scored), sizes


def squeeze(data, order, variant):
    """The bytes that PPMd makes of these."""
    package = import_module("pyppmd")
    if variant == "H":
        encoder = package.Ppmd7Encoder(order, MEMORY)
        return encoder.encode(data) + encoder.flush()
    return package.compress(data, max_order=order, mem_size=MEMORY, variant="I")


def run(what, order, setting, part):
    """One row."""
    more = {}
    base, places = what.removesuffix(", occurrences"), not what.endswith(", occurrences")
    if base == "formula":
        nats = loss(order, by_formula(order, part, places), part, places)
    elif base == "one discount":
        nats = loss(order, np.full((order, 3), setting), part, places)
    elif base == "spread":
        nats = spread(order, setting, part, places)
    elif what == "tuned":
        more["discounts"] = tune(order).tolist()
        nats = loss(order, np.array(more["discounts"]), part)
    elif what == "add a few":
        nats = add_few(order, setting, part)
    elif what == "recount":
        nats = recount(order, setting, part)
    else:
        nats, more["bytes"] = ppmd(order, setting, part)
    row = dict(zip(KEYS, (what, order, setting, part), strict=True))
    return row | {"nats": round(float(nats), 4)} | more


def planned(rows):
    """Every run; what is scored on the held-out text depends on what was chosen."""
    jobs = [("one discount", 7, setting) for setting in PLACES]
    jobs += [("add a few", order, few) for order in range(3, 8) for few in FEW]
    jobs += [("PPMd", order, variant) for variant, order in PPMD if find_spec("pyppmd")]
    jobs += [(what, order, None) for what in ("formula", "tuned") for order in (6, 7, 8, 9)]
    for what in ("spread", "spread, occurrences"):
        jobs += [(what, 7, number) for number in SPREAD]
    jobs += [("one discount, occurrences", 7, setting) for setting in PLACES]
    jobs += [("formula, occurrences", 7, None)]
    for job in jobs:
        yield (*job, "choose")
    for what in ("one discount", "spread"):
        for name in (what, f"{what}, occurrences"):
            yield *chosen(rows, name), "held out"
    yield "formula, occurrences", 7, None, "held out"
    yield "one discount", 7, 0.75, "held out"
    for variant in "HI":
        found = [row for row in rows if (row["what"], row["setting"]) == ("PPMd", variant)]
        if found:
            yield *chosen(found, "PPMd"), "held out"
    for order in range(3, 8):
        found = [r for r in rows if (r["what"], r["order"]) == ("add a few", order)]
        yield *chosen(found, "add a few"), "held out"
    for what in ("formula", "tuned"):
        for order in (6, 7, 8, 9):
            yield what, order, None, "held out"
    for piece in PIECES:
        yield "recount", 7, piece, "held out"


def chosen(rows, what):
    """What, order and setting of the row with the lowest loss on the text to choose by."""
    tried = [r for r in rows if (r["what"], r["part"]) == (what, "choose")]
    best = min(tried, key=lambda row: row["nats"])
    return best["what"], best["order"], best["setting"]


def main():
    """Run what has no row yet, and print all rows."""
    for row in store.fill(RESULTS, planned, lambda row: tuple(row[key] for key in KEYS), run):
        print(*(row[key] for key in (*KEYS, "nats")), flush=True)


if __name__ == "__main__":
    main()
