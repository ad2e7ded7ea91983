"""A plugin for nbval: outputs that differ in last digits only are likely due to the processor.

Loaded by `-p tests.last_digits`. The cell fails all the same, since the page must be one for all.
"""

from nbval.plugin import IPyNbCell

from tools.portable import in_last_digits, numbers_moved

MARK = "only in last digits:"
ADVICE = (
    "The outputs of {count} {cells} differ in last digits only. That is likely this processor, "
    "whose arithmetic adds up in another order, and no fault of yours. To see which digits hang on "
    "the processor: .venv/bin/python -m tools.portable NOTEBOOK. Please report it {where}, with "
    "the lines above and the processor's name: the cell must print fewer digits, or be computed "
    "more exactly."
)


def pytest_configure(config):
    """Let nbval's comparison add a line."""
    plain = IPyNbCell.format_output_compare

    def format_output_compare(self, key, left, right):
        plain(self, key, left, right)
        pairs = numbers_moved(left, right) if isinstance(left, str) else None
        if in_last_digits(pairs or []):
            shown = ", ".join(f"{old} is {new}" for old, new in pairs[:5])
            self.comparison_traceback.append(f"{MARK} {shown}")

    IPyNbCell.format_output_compare = format_output_compare


def pytest_terminal_summary(terminalreporter):
    """Say it once at the end, where it is read."""
    failed = terminalreporter.stats.get("failed", [])
    count = sum(MARK in report.longreprtext for report in failed)
    if count:
        terminalreporter.section("another processor?")
        cells = "cell" if count == 1 else "cells"
        terminalreporter.write_line(ADVICE.format(count=count, cells=cells, where=where()))


def where():
    """Where to report it: the repository's issues, if `_config.yml` gives its address."""
    import re
    from pathlib import Path

    text = (Path(__file__).parent.parent / "_config.yml").read_text(encoding="utf-8")
    found = re.search(r"^ *url: *[\"']?(https?://[^\s\"']+)", text, re.MULTILINE)
    return f"at {found[1].rstrip('/')}/issues" if found else "to those who gave you the book"
