"""The browser of this machine: any Chromium or Chrome, or the one that RNNLIB_BROWSER names."""

import os
import shutil

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container may have little of it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser():
    """Its path, or "" where there is none."""
    return os.environ.get("RNNLIB_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), "")
