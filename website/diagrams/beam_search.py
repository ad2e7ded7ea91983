"""A search with two beams: which beginnings are kept, and which are cut."""

from website.diagrams.sheet import Sheet, number

PROMPT, BEAMS = "ROMEO:\nI ", 2
SCORES = {
    "w": -1.9254, "h": -2.1652, "s": -2.2409, "t": -2.4654,
    "ha": -2.3551, "wi": -2.7109, "wo": -2.9254, "he": -4.7013,
    "hav": -2.5271, "wil": -2.7932, "had": -4.4553, "wis": -5.5658,
    "have": -2.5285, "will": -2.7950, "havi": -9.6323, "wild": -10.2098,
}  # fmt: skip
PLACES, KEPT, CUT = (80, 142, 204, 266), {"w": 96, "h": 164}, {"w": 36, "h": 224}


def draw_beam():
    """Four steps with two beams, each with its best two continuations. Chapter 11."""
    p = Sheet(340, 262)
    root = (20, (KEPT["w"] + KEPT["h"]) / 2)
    for text in sorted(SCORES, key=lambda text: look(text) == "lit"):
        x, y = place(text)
        start = place(text[:-1]) if text[:-1] else root
        handles = [(x - 31, start[1]), (x - 31, y)]
        p.arc((start[0] + 16, start[1]), handles, (x - 16, y), "data", look(text))
    for text, score in SCORES.items():
        x, y = place(text)
        cut = "quiet" if look(text) == "quiet" else ""
        p.box(x, y, f"`{text[-1]}`", "output", cut, width=32, height=28)
        p.shape(x, y + 24, number(score))
    p.box(*root, "`I␣`", "input", width=36, height=30)
    for y, words in (
        (36, "cut"),
        (88, "will"),
        (105, "greedy"),
        (156, "have"),
        (173, "best"),
        (224, "cut"),
    ):
        p.note(290, y, f"`{words}`", "", "start")
    return [p]


def place(text):
    """Kept beginnings with w stand above, with h below; what is cut stands outside."""
    row = {"s": "w", "t": "h"}.get(text[0], text[0])
    return PLACES[len(text) - 1], (CUT if look(text) == "quiet" else KEPT)[row]


def kept(length):
    """The beams after so many characters, best first."""
    texts = [text for text in SCORES if len(text) == length]
    return sorted(texts, key=SCORES.get, reverse=True)[:BEAMS]


def look(text):
    """The way to the best text is lit, a beam is plain, and what is cut is quiet."""
    if kept(4)[0].startswith(text):
        return "lit"
    return "" if text in kept(len(text)) else "quiet"
