"""What stands before the first chapter: the title, and what this edition leaves out."""

import copy
import tomllib

import yaml

from tools.paper.pages import ROOT, classes, make

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TITLE, AUTHOR = CONFIG["title"], CONFIG["author"]
SUBTITLE = "Recurrent neural networks in Keras and PyTorch, side by side"
LICENCE = "Text under CC BY 4.0, code under the MIT licence."
LEFT_OUT = (
    "This is the book as its site shows it, without what needs a screen. Solutions, and the "
    "answers to the five questions of each chapter, are in the appendix. Code that only draws is left out; "
    "it is in the notebooks, which hold all of it and can be run. A figure that moves on the site "
    "stands still here, and the page that brings the questions back after some days is missing."
)


def version():
    """The version of the book, which is that of its package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["project"]["version"]


def drawing(pages):
    """The hidden state of the welcome page, drawn while a network reads the pangram."""
    figures = (node for page in pages for node in page.tree.iter("div"))
    return copy.deepcopy(next(node for node in figures if "reading" in classes(node)))


def make_front(pages):
    """The title page, and a note on its back."""
    lines = [make("p", text=line) for line in (AUTHOR, f"Version {version()}", LICENCE)]
    title = make("p", text=TITLE, class_="title", role="heading", **{"aria-level": "1"})
    subtitle = make("p", text=SUBTITLE, class_="subtitle")
    yield make("section", title, subtitle, drawing(pages), *lines[:2], class_="cover")
    yield make("section", make("p", text=LEFT_OUT), lines[2], class_="note")
