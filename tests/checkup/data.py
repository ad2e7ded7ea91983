"""Batches for the models of these tests, where B, T, V, F and H differ, and what a checkup says."""

import numpy as np

from checkup import checkup

B, T, V, F, H = 6, 11, 9, 3, 12
rng = np.random.default_rng(0)

IDS = rng.integers(0, V, (B, T + 1))
NEXT = IDS[:, :-1], IDS[:, 1:]  # the next id at every step
TAGS = IDS[:, :-1], (IDS[:, :-1] + np.roll(IDS[:, :-1], -1, axis=1)) % V
WORDS = np.random.default_rng(1).integers(0, 4, B)
WORDS[:4] = range(4)
LABEL = IDS[:, :-1], WORDS  # one class for each row
ONE_HOT = np.eye(V, dtype="float32")[IDS[:, :-1]], IDS[:, 1:]
SERIES = rng.normal(0, 1, (B, T, F)).astype("float32")
FORECAST = SERIES, SERIES.sum(axis=(1, 2))[:, None] / 5  # one number for each row
WAVE = np.sin(0.7 * np.arange(T + 1)[None] + rng.uniform(0, 6, (B, 1))).astype("float32")[..., None]
NEXT_VALUE = WAVE[:, :-1], WAVE[:, 1:]
BINARY = IDS[:, :-1], np.array([0, 1, 1, 0, 1, 0], "float32")

LENGTHS = np.array([11, 9, 8, 6, 5, 3])
PADDED = np.where(np.arange(T) < LENGTHS[:, None], rng.integers(1, V, (B, T)), 0)
PADDED_NEXT = PADDED, np.concatenate([PADDED[:, 1:], np.zeros((B, 1), int)], axis=1)
PADDED_LABEL = PADDED, WORDS

ALARM = "A sound model has a finding: mend the check in checkup/ that says so."
UNNAMED = "Mend the check in checkup/ that should name the bug, or the one that speaks besides."


def false_alarms(table, seed, names=None):
    """What a checkup finds in the sound models of a table, {name: make}, a line for each."""
    for name in names or table:
        seed()
        model, batch, how = table[name]()
        report = checkup(model, batch, **how)
        if report.findings or not report.ok:
            yield f"{name}: {report.findings}"
        if len(report.passed) < 7:
            yield f"{name}: only {len(report.passed)} checks passed"


def unnamed(table, seed, names=None):
    """The models of a table, {name: make}, whose finding is not the one that is wanted."""
    for name in names or table:
        seed()
        model, batch, how, wanted = table[name]()
        findings = checkup(model, batch, **how).findings
        if [finding.name for finding in findings] != [wanted]:
            yield f"{name}: {findings} where {wanted} is wanted"
        elif not findings[0].sentence.endswith((".", "?")) or "\n" in findings[0].sentence:
            yield f"{name}: {findings[0].sentence!r} is no sentence"
