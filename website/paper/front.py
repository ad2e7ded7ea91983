"""What stands before the first chapter: the title, and what this edition leaves out."""

import copy

from website.extensions.imprint import imprint
from website.paper.pages import classes, make

IMPRINT = imprint()
TITLE, SUBTITLE = IMPRINT["title"].split(": ")
AUTHOR = IMPRINT["author"]
EDITION = f"Version {IMPRINT['version']}, {IMPRINT['day']}"
LICENCE = "Text under CC BY 4.0, code under the MIT licence."
LEFT_OUT = (
    "This is the book as its site shows it, without what needs a screen. Lab notes stand at the "
    "end of their chapter, solutions and the answers to the questions in the appendix. Code that "
    "the site folds away, because it only draws, prints or checks, is left out; the text calls it "
    "a folded cell. It is in the notebooks, which hold all of it and can be run. A figure that "
    "moves on the site stands still here. Two pages are missing: the one of review, which brings "
    "questions back, and the one of all figures."
)


def drawing(pages):
    """The hidden state of the welcome page, drawn while a network reads the pangram."""
    figures = (node for page in pages for node in page.tree.iter("div"))
    return copy.deepcopy(next(node for node in figures if "reading" in classes(node)))


def make_front(pages):
    """The title page, and a note on its back."""
    lines = [make("p", text=line) for line in (AUTHOR, EDITION, LICENCE)]
    title = make("p", text=TITLE, class_="title", role="heading", **{"aria-level": "1"})
    subtitle = make("p", text=SUBTITLE, class_="subtitle")
    yield make("section", title, subtitle, drawing(pages), *lines[:2], class_="cover")
    yield make("section", make("p", text=LEFT_OUT), lines[2], class_="note")
