"""No test depends on a clock; and the closing lines of `make test`: how much was checked."""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.notebooks import NOTEBOOKS, code_cells, is_ignored, is_skipped

# a busy machine makes an example slow, not wrong
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")

# Left out by --fast: files that train, build pages or ask many exercises, and what needs Keras.
SLOW_FILES = (
    "benchmark", "checkpoint", "exercises", "keras", "mirror", "parity", "site", "trained_weights",
    "training", "cli", "packaging",
)  # fmt: skip


def pytest_addoption(parser):
    parser.addoption(
        "--fast", action="store_true", help="only what a change usually breaks, within a minute"
    )


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--fast"):
        return
    out = [item for item in items if is_left_out(item)]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if not is_left_out(item)]


def is_left_out(item):
    """Whether --fast leaves this test out."""
    parts = Path(item.nodeid.partition("::")[0]).parts
    return any(word in part for word in SLOW_FILES for part in parts) or "keras" in item.name


@pytest.fixture
def hears_signals():
    """Signals as at a terminal, also where nohup or a shell in the background ignores them."""
    usual = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    numbers = {getattr(signal, name): usual[name] for name in usual if hasattr(signal, name)}
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, numbers[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def ax():
    """Axes in the book's style."""
    import matplotlib.pyplot as plt

    with plt.style.context("rnnlib.plots.book"):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def pytest_terminal_summary(terminalreporter):
    """Count the reports by kind; a cell counts as compared when nbval judged its output."""
    passed = [report.nodeid for report in terminalreporter.stats.get("passed", [])]
    run = {kind: 0 for kind in ("library tests", "notebook cells", "exercises", "browser checks")}
    for nodeid in passed:
        run[kind_of(nodeid)] += 1
    terminalreporter.section("what was checked")
    for kind, count in run.items():
        extra = f" ({count_cells()})" if kind == "notebook cells" and count else ""
        terminalreporter.write_line(f"{kind}: {count} passed{extra}")


def kind_of(nodeid):
    """Which of the four kinds a test belongs to, from its address."""
    path = nodeid.partition("::")[0]
    if path.endswith(".ipynb"):
        return "notebook cells"
    if path.endswith("test_exercises.py"):
        return "exercises"
    return "browser checks" if path.startswith("tests/site/") else "library tests"


def count_cells():
    """How the code cells of all notebooks are treated: compared, ignored, skipped."""
    cells = [cell for path in NOTEBOOKS for cell in code_cells(path)]
    ignored, skipped = sum(map(is_ignored, cells)), sum(map(is_skipped, cells))
    share = 100 * ignored / max(len(cells), 1)
    return (
        f"{len(cells) - ignored - skipped} compared, {ignored} ignored ({share:.1f} %), "
        f"{skipped} skipped"
    )
