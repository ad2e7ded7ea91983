"""The five sheets: what to try, the way forward, the way back, a step of learning, a check."""

import datetime
import re
from functools import partial

import numpy as np
import xlsxwriter

from tools.plain import ROOT
from website.extensions.imprint import imprint
from website.spreadsheet.numbers import (
    LETTERS,
    MARKED,
    MOVE,
    RATE,
    WEIGHTS,
    WORD,
    learn,
    move,
    work_out,
)
from website.spreadsheet.page import Page
from website.spreadsheet.places import (
    BACKWARD,
    DOWN,
    READ,
    UP,
    B,
    areas,
    backward_at,
    gradient_of,
    mean_of,
    moved,
)
from website.spreadsheet.words import words

FILE = ROOT / "_build" / "to_go" / "hidden-state-four-steps.xlsx"


def write_readme(page):
    """What the workbook is, what to try, and what the colours mean."""
    for columns, width in (("A:A", 10), ("B:B", 2), ("C:C", 100)):
        page.sheet.set_column(columns, width)
    page.sheet.set_portrait()
    row, sample = 1, False
    for block in words().strip().split("\n\n"):
        first, rest = block.replace("\n", " ").split(" ", 1)
        row += sample and first[0] != "["  # a free line below samples, as below paragraphs
        sample = first[0] == "["
        if first in ("#", "##"):
            page.write(f"C{row}", rest, "title" if first == "#" else "head")
        elif first == "[yours]":
            page.frame(f"A{row}", [0.5], "plain")
            page.write(f"C{row}", rest)
        elif first.startswith("["):
            page.write(f"A{row}", 0.5, first.strip("[]"))
            page.write(f"C{row}", rest)
        else:
            page.write(f"C{row}", f"{first} {rest}")
            row += 1
        row += 1


def write_forward(page):
    """The weights, the letters, the four steps and the loss."""
    loss, found, _ = work_out(WEIGHTS)
    page.begin("From left to right: each step reads a letter and the state before, and guesses.")
    page.write("A3", "mean loss in nats", "head")
    page.formula("D3", mean_of(), loss, "loss", bold=True)
    page.write("A4", "after one step of learning", "head")
    page.formula("D4", "=Step!D4", learn(RATE, 1)[1], "loss", bold=True)
    page.write("F3", "To know nothing costs ln 3, which is 1.0986 nats.", "note", indent=0)
    page.write(f"N{READ}", "yours to change: d, g or o", "note")
    page.weights("weight", WEIGHTS)
    page.letters()
    page.frame(f"I{READ}", WORD, "letter")
    page.forward(found)
    page.accept(f"I{READ}:M{READ}", "One of the letters d, g, o.", "list", source=[*LETTERS])


def write_backward(page):
    """The gradient, step by step and in all."""
    _, found, grads = work_out(WEIGHTS)
    page.begin("From right to left: what a small change of each number would do to the loss.")
    page.write("A4", "gradients: sums over the steps", "head")
    page.weights("loss", grads, gradient_of)
    page.letters()
    page.rows(BACKWARD, backward_at, found)
    for k in range(2):
        page.write(f"M{B['delta'] + k}", 0, "loss")
    page.write(f"N{B['delta'] + 1}", "in column M 0, since no step comes after", "note")
    page.write(f"N{B['share'] + 1}", "on the left stand their sums", "note")


def write_step(page):
    """One step of gradient descent, and the loss after it."""
    loss, _, grads = work_out(WEIGHTS)
    new = move(WEIGHTS, grads, -RATE)
    after, found, _ = work_out(new)
    page.begin("One step of gradient descent: each weight less the rate times its gradient.")
    page.write("A3", "learning rate", "head")
    page.frame("D3", [RATE], "plain")
    page.accept("D3", "A learning rate from 0 to 100.", "decimal", minimum=0, maximum=100)
    page.write("A4", "mean loss after it", "head")
    page.formula("D4", mean_of(), after, "loss", bold=True)
    page.write("F3", "change that the slopes promise", "head")
    promised = -RATE * sum((grad**2).sum() for grad in grads.values())
    page.formula("H3", f"=-D3*SUMSQ({','.join(areas('Backward!'))})", promised, "loss")
    page.write("I3", "less the rate times the sum of all gradients squared", "note")
    page.write("F4", "change that came", "head")
    page.formula("H4", "=D4-Forward!D3", after - loss, "loss")
    page.weights("weight", new, partial(moved, by="Backward!"))
    page.letters()
    page.forward(found)


def write_check(page):
    """The gradient against a finite difference: two more readings, with a weight moved."""
    marks = {name: np.zeros_like(np.array(w)) for name, w in WEIGHTS.items()}
    marks[MARKED[0]][MARKED[1:]] = 1
    page.begin(
        "A 1 on the left marks the weight that is moved, up and then down. Mark another one."
    )
    page.write("A3", "moved by", "head")
    page.frame("D3", [MOVE], "plain", num_format="General")
    page.accept("D3", "More than 0, at most 1.", "decimal", minimum=1e-300, maximum=1)
    page.weights("weight", marks, num_format="0")
    page.letters()
    page.sheet.set_h_pagebreaks([UP + 3, DOWN + 3])
    losses = []
    for top, sign, title in ((UP, "+", "Moved up"), (DOWN, "-", "Moved down")):
        new = move(WEIGHTS, marks, float(f"{sign}{MOVE}"))
        loss, found, _ = work_out(new)
        losses.append(loss)
        page.write(f"A{top + 4}", title, "title")
        page.weights("weight", new, partial(moved, sign=sign), top)
        page.forward(found, top)
    slope = (losses[0] - losses[1]) / (2 * MOVE)
    grad = work_out(WEIGHTS)[2][MARKED[0]][MARKED[1:]]
    pairs = zip(areas(), areas("Backward!"), strict=True)
    marked = "+".join(f"SUMPRODUCT({mine},{theirs})" for mine, theirs in pairs)
    results = [
        ("loss, moved up", mean_of(UP), losses[0], f"worked out from row {UP + 4} on"),
        ("loss, moved down", mean_of(DOWN), losses[1], f"worked out from row {DOWN + 4} on"),
        ("finite difference", "=(H10-H11)/(2*D3)", slope, "their difference over twice the move"),
        ("gradient", f"={marked}", grad, "of the marked weight, from Backward"),
        ("how far apart", "=ABS(H12-H13)", abs(slope - grad), "in D3 try 1E-6, then 1E-13"),
    ]
    for row, (name, formula, value, note) in enumerate(results, 10):
        page.write(f"F{row}", name, "head")
        form = "0.0E+00" if row == 14 else "0.0000000"
        page.formula(f"H{row}", formula, value, "loss", num_format=form)
        page.write(f"I{row}", note, "note")


SHEETS = {
    "Read me": write_readme,
    "Forward": write_forward,
    "Backward": write_backward,
    "Step": write_step,
    "Check": write_check,
}


def write(file):
    """Write the workbook."""
    file.parent.mkdir(parents=True, exist_ok=True)
    said = imprint()
    with xlsxwriter.Workbook(file) as book:
        midnight = datetime.datetime.combine(said["date"], datetime.time())
        book.set_properties({"title": said["title"], "author": said["author"], "created": midnight})
        for name, fill in SHEETS.items():
            fill(Page(book, name))
        for name, area in zip(WEIGHTS, areas("Forward!"), strict=True):
            book.define_name(name, "=" + re.sub(r"([A-D])(\d+)", r"$\1$\2", area))
        book.define_name("learning_rate", "=Step!$D$3")
