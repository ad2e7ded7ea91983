"""No test depends on a clock; and the closing lines of `make test`: how much was checked."""

import re
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.notebooks import NOTEBOOKS, code_cells, is_ignored, is_skipped
from tools.import_graph import BUDGETS, REACHED, lines_of

# a busy machine makes an example slow, not wrong
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")

TESTS = Path(__file__).parent

# Not even read by --fast: what trains, builds pages, starts programs or asks many exercises.
SLOW = [
    *("checkup", "cli", "site", "test_bug_museum.py", "test_bug_museum_keras.py"),
    *("test_checkpoint.py", "test_classifier.py", "test_diagrams.py", "test_distributed.py"),
    *("test_example_*.py", "test_exercises.py", "test_keras_embedding.py", "test_keras_steps.py"),
    *("test_benchmark*.py", "test_mirror.py", "test_packaging.py", "test_parity.py"),
    *("test_homework.py", "test_torch_steps.py", "test_trained_weights.py", "test_training.py"),
]


def pytest_addoption(parser):
    parser.addoption(
        "--fast", action="store_true", help="only what a change usually breaks, in two minutes"
    )


def pytest_ignore_collect(collection_path, config):
    """With --fast, the slow files and folders are left out."""
    slow = any(collection_path in TESTS.glob(pattern) for pattern in SLOW)
    return True if slow and config.getoption("--fast") else None


def pytest_collection_modifyitems(config, items):
    """With --fast, so are the tests of the others that need Keras, by the words of their names."""
    if not config.getoption("--fast"):
        return
    out = [item for item in items if needs_keras(item.name)]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if not needs_keras(item.name)]


def needs_keras(name):
    """Whether a test's name, or the name of one of its parameters, says Keras."""
    return "keras" in re.findall(r"[a-z]+", name.lower())


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
    lines = [
        f"{folder} {lines_of(folder):,} (budget {budget:,}, until then {REACHED[folder]:,})"
        if folder in REACHED
        else f"{folder} {lines_of(folder):,} (budget {budget:,})"
        for folder, budget in BUDGETS.items()
    ]
    terminalreporter.write_line(f"lines of Python: {', '.join(lines)}")


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
