"""The handout of the one lecture: a sheet of A4, drawn from what the chapters say; SVG and PDF."""

import json
import re
import tempfile
import tomllib
from pathlib import Path
from textwrap import wrap

from playwright.sync_api import sync_playwright

from tools.browsers import FLAGS, find_browser
from website.diagrams.__main__ import compose
from website.diagrams.sheet import Sheet
from website.paper.front import EDITION, LICENCE, TITLE
from website.paper.pages import ROOT
from website.paper.pdf import finish

CHAPTERS = ROOT / "chapters"
SAYS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
STYLE = (
    "@page { size: A4; margin: 8mm } body { margin: 0 } svg { width: 100%; height: auto }"
    "svg .note text { stroke: none !important }"  # a letter with an edge is printed as a picture
)
ROW, LINE, LETTERS = 22, 17, 46


def cells(chapter):
    """{id: cell} of a chapter's notebook."""
    notebook = json.loads((CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: cell for cell in notebook["cells"]}


def numbers(cell):
    """The numbers that a cell prints, row by row."""
    text = "".join(cell["outputs"][0]["data"]["text/plain"])
    return [[float(n) for n in re.findall(r"[\d.]+", line)] for line in text.split("\n")]


def plain(text):
    """Words without the marks of Markdown and of formulas."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(?<=_)\{(\w+)\}", r"\1", text).translate(str.maketrans("", "", "`*$"))


def define(term):
    """The sentences of the glossary on a term."""
    text = (CHAPTERS / "glossary.md").read_text(encoding="utf-8")
    return re.split(r"(?<=\.)\s+", plain(re.search(rf"^### {term}\n\n(.*)$", text, re.M)[1]))


def traps():
    """Each trap's title, and its cause and remedy."""
    for chapter, beginnings in SAYS["traps"].items():
        text = "\n".join("".join(cell["source"]) for cell in cells(chapter).values())
        for first in beginnings:
            yield re.search(rf"^\*\*({first}.*?)\*\* (.*)$", text, re.M).groups()


def say(p, y, text, look=""):
    """Lines of a text from `y` downwards; where the next one would stand."""
    for line in wrap(plain(text), LETTERS):
        p.note(0, y, f"`{line}`", look, "start")
        y += LINE
    return y


def draw_texts(title, texts):
    """A sheet of short texts, each a title and its words."""
    lines = sum(len(wrap(plain(part), LETTERS)) for pair in texts for part in pair)
    p, y = Sheet(340, LINE * lines + 7 * len(texts), title), 12
    for name, words in texts:
        y = say(p, say(p, y, name), words, "quiet") + 7
    return p


def draw_equations():
    """The cell, the prediction and the loss, each part with its name."""
    p = Sheet(340, 238, "The cell, the prediction, the loss")
    for x, y, sign in SAYS["equations"]["signs"]:
        p.note(x, y, f"`{sign}`")
    for x, y, text, kind, width, name in SAYS["equations"]["things"]:
        p.box(x, y, text, kind, width=width, height=20 if kind == "loss" else 30)
        p.note(max(x, 30), y + 26, f"`{name}`", "quiet")
    return p


def draw_shapes():
    """What goes in and comes out, in both frameworks."""
    shapes = SAYS["shapes"]
    p = Sheet(340, ROW * len(shapes["rows"]) + 4 * LINE, "Shapes")
    for row, (name, keras, torch) in enumerate(shapes["rows"]):
        p.note(0, 12 + ROW * row, f"`{name}`", "", "start")
        p.shape(166, 12 + ROW * row, keras, "start")
        p.shape(256, 12 + ROW * row, torch, "start")
    say(p, ROW * len(shapes["rows"]) + 12, shapes["words"], "quiet")
    return p


def draw_loop():
    """The cell and the loop, as chapter 4 has them, without comments."""
    cell, loop = ("".join(cells("04_hidden_state")[name]["source"]) for name in SAYS["loop"])
    lines = [*cell.strip().split("\n")[-2:], *loop.split("\n")]
    p = Sheet(340, 18 * len(lines) + 6, "The loop, in eight lines")
    for n, line in enumerate(lines):
        code = line.partition("  #")[0]
        p.shape(4 * (len(code) - len(code.lstrip())) - 4, 12 + 18 * n, code.strip(), "start")
    return p


def draw_baseline():
    """What counting reaches on Shakespeare, as chapter 2 found it, in nats per character."""
    chapter, says = cells("02_guess_the_next_character"), SAYS["baseline"]
    orders = {int(row[0]): row[2] for row in numbers(chapter[says["orders"]]) if row}
    losses = [numbers(chapter[says["even"]])[0][0], orders[1], orders[2], orders[7]]
    p = Sheet(340, ROW * len(losses) + 5 * LINE, "The baseline: what counting reaches")
    for n, (name, loss) in enumerate(zip(says["bars"], losses, strict=True)):
        p.note(0, 12 + ROW * n, f"`{name}`", "", "start")
        p.cells(104, 5 + ROW * n, [[""]], "data", 45 * loss, 16, [(0, 0)])
        p.shape(108 + 45 * loss, 12 + ROW * n, f"{loss:.2f}", "start")
    say(p, ROW * len(losses) + 14, says["words"], "quiet")
    return p


def columns():
    """The sheets of the handout, in two columns."""
    names = [(name, define(term)[0]) for name, term in SAYS["names"].items()]
    yield [draw_equations(), draw_shapes(), draw_loop(), draw_baseline()]
    yield [draw_texts("Five traps", [*traps()]), draw_texts("What the field calls it", names)]


def draw():
    """The handout as SVG."""
    says = {"heading": "RNNs in 90 minutes", "foot": f"{TITLE}. {EDITION}. {LICENCE}"}
    return compose(*columns(), **says)


def write(folder):
    """Write the SVG, and the PDF where there is a browser to print it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "one-lecture.svg").write_text(draw(), encoding="utf-8")
    if not find_browser():
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        tab = browser.new_page(color_scheme="light")
        tab.set_content(f"<style>{STYLE}</style>{draw()}")
        tab.pdf(path=Path(scratch, "sheet.pdf"), prefer_css_page_size=True, tagged=True)
        browser.close()
        finish(Path(scratch, "sheet.pdf"), folder / "one-lecture.pdf")
