"""Where the minutes of `make test` go, and whether they keep to the budget.

python -m tools.where_time_goes      the whole table of the last run, the dearest file first

A plugin for pytest as well (`-p tools.where_time_goes`): it adds up the processor seconds of each
test file and notebook, those of every process it starts included, and prints the sum at the end.
"""

import json
import time
from pathlib import Path

import psutil
import pytest

BUDGET = {"minutes": 10, "processor minutes": 18}  # of `make test` on two quiet cores
STORED = Path(__file__).parent.parent / "_build" / "where_time_goes.json"
SHOWN = 10
START = "(start, and collecting the tests)"


def spent(process, alone=False):
    """Processor seconds of a process and, unless it is to be alone, of all that it started."""
    total = 0.0
    for member in [process] if alone else [process, *process.children(recursive=True)]:
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue  # ended meanwhile: its parent's count has it now
        total += times.user + times.system
        total += 0.0 if alone else times.children_user + times.children_system
    return total


class Clock:
    """The processor seconds of this process and of what it starts, file by file."""

    def __init__(self, alone):
        self.process, self.alone = psutil.Process(), alone
        self.seconds, self.before, self.file = {}, 0.0, START

    def turn_to(self, file):
        """What was spent since the last call goes to the file before; the next to this one."""
        now = spent(self.process, self.alone)
        self.seconds[self.file] = self.seconds.get(self.file, 0.0) + now - self.before
        self.before, self.file = now, file


class Plugin:
    """One for each process: the workers count, the first process adds up and prints."""

    def __init__(self, config):
        self.config, self.found, self.began = config, {}, time.time()
        self.clock = Clock(alone=self.is_first())  # its workers count themselves

    def pytest_runtest_logstart(self, nodeid):
        """A test begins, perhaps that of another file."""
        file = nodeid.partition("::")[0]
        if file != self.clock.file and not self.is_first():
            self.clock.turn_to(file)

    def is_first(self):
        """Whether this process leaves the tests to its workers."""
        return bool(self.config.getoption("numprocesses", None)) and not self.is_worker()

    def is_worker(self):
        """Whether this process runs tests for another."""
        return hasattr(self.config, "workerinput")

    def pytest_sessionfinish(self):
        """Close the account, and hand it on."""
        self.clock.turn_to(None)
        if self.is_worker():
            self.config.workeroutput["seconds"] = self.clock.seconds
        else:
            self.add(self.clock.seconds)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """A worker has ended."""
        self.add(getattr(node, "workeroutput", {}).get("seconds", {}))

    def add(self, seconds):
        """One account into the sum."""
        for file, count in seconds.items():
            self.found[file] = self.found.get(file, 0.0) + count

    def pytest_terminal_summary(self, terminalreporter):
        """Print it, and store the table."""
        if self.is_worker() or not self.found:
            return
        verb, began, before = what_came_before(self.began)
        self.found |= {"(before the tests: environment, style, book)": before} if before else {}
        minutes = (time.time() - began) / 60
        terminalreporter.section("where the time went")
        for line in said(self.found, minutes, verb):
            terminalreporter.write_line(line)
        STORED.parent.mkdir(exist_ok=True)
        table = {"minutes": round(minutes, 1), "seconds": ordered(self.found)}
        STORED.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def pytest_configure(config):
    """Count in this process, and in each worker."""
    config.pluginmanager.register(Plugin(config), "where-time-goes")


def what_came_before(began):
    """(whether make began this, when that was, processor seconds that make had spent until now)."""
    made = [p for p in psutil.Process().parents() if p.name() == "make"]
    if not made:
        return False, began, 0.0
    first = made[-1]
    times = first.cpu_times()
    return True, first.create_time(), times.children_user + times.children_system


def ordered(seconds):
    """The dearest first, tenths of seconds."""
    return {f: round(s, 1) for f, s in sorted(seconds.items(), key=lambda item: -item[1])}


def said(seconds, minutes, whole):
    """The lines that are printed: the sums beside the budget if all was run, and the dearest."""
    sums = {"minutes": minutes, "processor minutes": sum(seconds.values()) / 60}
    limits = [f" (budget {BUDGET[name]})" if whole else "" for name in sums]
    parts = [f"{sums[n]:.1f} {n}{limit}" for n, limit in zip(sums, limits, strict=True)]
    yield ", ".join(parts) + ", the dearest files in processor seconds:"
    for file, count in list(ordered(seconds).items())[:SHOWN]:
        yield f"{count:7.1f}  {file}"


if __name__ == "__main__":
    for found, count in json.loads(STORED.read_text(encoding="utf-8"))["seconds"].items():
        print(f"{count:7.1f}  {found}")
