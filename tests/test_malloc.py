"""Memory that is kept: page faults counted before and after, and nobody that keeps it unasked."""

import ctypes
import platform
import subprocess
import sys

import pytest

from rnnlib.models import ModelConfig, Update, build
from rnnlib.models.char_rnn.fast import WIDE, malloc
from tests.helpers import random_batch

FAULTS = """
import resource, torch
from rnnlib.models.char_rnn.fast.malloc import keep_memory
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        blocks = [torch.ones(n, 1024, 1024) for n in (1, 10, 3)]  # 4, 40 and 12 MB
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
before = faults()
keep_memory()
faults()
print(before, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another")
def test_memory_is_kept_instead_of_asked_for_again():
    """A page fault is what a new page of memory costs; they are counted, not timed."""
    result = subprocess.run(
        [sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True
    )
    before, after = map(int, result.stdout.split())
    assert after < before / 20


def test_where_the_c_library_is_another_nothing_happens(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(malloc.ctypes, "CDLL", None)  # must not be called
    malloc.keep_memory()


def test_no_model_keeps_memory_unasked(monkeypatch):
    """A constructor that did would change the whole process of whoever builds a model."""
    monkeypatch.setattr(ctypes, "CDLL", None)  # calling it would raise
    for engine in ("torch", "keras"):
        model = build(ModelConfig(7, 4, WIDE), engine)
        model.train_step(*random_batch(model.config), Update(0.1))
