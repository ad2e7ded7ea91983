"""What counting reaches: the stored rows, the smoothing beside the library's, and PPMd."""

import numpy as np
import pytest

from benchmarks import counting, store
from rnnlib.evaluation import NgramModel

ROWS = store.read(counting.RESULTS)["rows"]
DRAWN = np.minimum(np.random.default_rng(0).geometric(0.2, 900) - 1, 11)
SMALL = (DRAWN[:800], DRAWN[800:], 12)


def stored(what, order, setting, part="held out"):
    """Nats of one row."""
    return store.find(ROWS, what=what, order=order, setting=setting, part=part)["nats"]


def test_every_run_has_its_row_and_no_row_is_left_over(monkeypatch):
    monkeypatch.setattr(counting, "find_spec", lambda name: True)
    jobs = list(counting.planned(ROWS))
    assert sorted(map(str, jobs)) == sorted(str(tuple(r[k] for k in counting.KEYS)) for r in ROWS)


def test_without_the_package_only_the_rows_of_ppmd_are_left_out(monkeypatch):
    monkeypatch.setattr(counting, "find_spec", lambda name: None)
    jobs = list(counting.planned([row for row in ROWS if row["what"] != "PPMd"]))
    assert len(jobs) == sum(row["what"] != "PPMd" for row in ROWS)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_smoothing_is_that_of_the_library(order):
    counted, scored, V = SMALL
    seen = counting.look(order, *SMALL)
    discounts = [counting.estimate_discounts(counts) for *_, counts in seen]
    assert order == 1 or len(set(discounts[-1])) == 3
    found = counting.losses(seen, np.array(discounts), V)
    ours = NgramModel(order, V).fit(counted).log_probs(scored, counted[-order:])
    np.testing.assert_allclose(-found, ours, atol=1e-12)


def test_counting_anew_uses_all_that_was_scored_before_and_nothing_after(monkeypatch):
    counted, scored, V = SMALL
    monkeypatch.setattr(counting, "texts", lambda part: SMALL)
    losses = []
    for n in range(0, len(scored), 20):
        before = np.concatenate([counted, scored[:n]])
        losses.append(-NgramModel(2, V).fit(before).log_probs(scored[n : n + 20], before[-2:]))
    expected = np.concatenate(losses).mean()
    assert counting.recount(2, 20, "held out") == pytest.approx(expected, abs=1e-12)


def test_tuning_never_looks_at_the_held_out_text(monkeypatch):
    asked = []
    monkeypatch.setattr(counting, "texts", lambda part: asked.append(part) or SMALL)
    counting.met.cache_clear()
    tuned = counting.tune.__wrapped__(2)
    counting.met.cache_clear()
    assert set(asked) == {"choose"}
    assert tuned.shape == (2, 3)
    assert ((tuned >= 0) & (tuned <= [1, 2, 3])).all()


def test_ppmd_is_charged_what_its_file_grows_by():
    for row in ROWS:
        if row["what"] == "PPMd":
            without, both = row["bytes"]
            length = len(counting.texts(row["part"])[1])
            assert row["nats"] == round(8 * np.log(2) * (both - without) / length, 4)
