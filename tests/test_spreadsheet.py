"""The spreadsheet to go: its formulas, worked out here, give what PyTorch's autograd gives.

A small evaluator reads the file as it is, a zip of XML, and knows only the functions that every
spreadsheet program has. It never looks at the numbers that are stored beside the formulas, unless
to compare them.
"""

import math
import re
import zipfile
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.notebooks import ROOT, code_cells, read
from website.extensions.to_go import FILES
from website.spreadsheet import workbook

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CELL = r"\$?([A-Z])\$?(\d+)"
REFERENCE = re.compile(rf"(?:(\w+)!)?(?<![A-Z]){CELL}(?::{CELL})?(?![\w(])")
LETTERS = "dgo"
PLACES = {"W_xh": ("B8", 3, 2), "W_hh": ("B14", 2, 2), "b_h": ("B19", 1, 2)}
PLACES |= {"W_hy": ("B23", 2, 3), "b_y": ("B28", 1, 3)}
STATES, DELTAS = 21, 24  # the first row of each, with the steps in I to L
START = "H21", "H22"
STEPS, WORD = "IJKL", [f"{column}7" for column in "IJKLM"]


# --- a spreadsheet program in small ---------------------------------------------------------------


def flat(value):
    """The cells of an argument, one after the other."""
    return value if isinstance(value, list) else [value]


def multiply_and_add(*ranges):
    """The sum of products; ranges that differ in length are an error, as in Excel."""
    return sum(math.prod(row) for row in zip(*ranges, strict=True))


def sum_where(keys, key, values):
    """The sum of the values whose key is this one."""
    return sum(value for k, value in zip(keys, values, strict=True) if k == key)


FUNCTIONS = {
    "ABS": abs,
    "AVERAGE": lambda cells: sum(cells) / len(cells),
    "EXP": math.exp,
    "IF": lambda asked, yes, no: yes if asked else no,
    "LN": math.log,
    "MAX": max,
    "SUM": sum,
    "SUMIF": sum_where,
    "SUMPRODUCT": multiply_and_add,
    "SUMSQ": lambda *ranges: sum(cell**2 for cells in ranges for cell in flat(cells)),
    "TANH": math.tanh,
}


def cells_of(sheet, first, last):
    """The names of the cells from one corner to the other, row by row."""
    (left, top), (right, bottom) = ((c[0], int(c[1:])) for c in (first, last))
    columns = [chr(n) for n in range(ord(left), ord(right) + 1)]
    return [(sheet, f"{c}{row}") for row in range(top, bottom + 1) for c in columns]


class Workbook:
    """What a file holds: numbers and texts to change, formulas, and the values stored for these."""

    def __init__(self, path):
        self.inputs, self.formulas, self.stored, self.framed = {}, {}, {}, set()
        self.bytes = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            self.raw = {name: archive.read(name) for name in archive.namelist()}
        book, texts, styles = (self.part(name) for name in ("workbook", "sharedStrings", "styles"))
        texts = ["".join(node.itertext()) for node in texts.iter(f"{NS}si")]
        borders = [b.find(f"{NS}left").get("style") for b in styles.find(f"{NS}borders")]
        thick = [borders[int(x.get("borderId"))] == "medium" for x in styles.find(f"{NS}cellXfs")]
        self.sheets = [sheet.get("name") for sheet in book.iter(f"{NS}sheet")]
        for n, sheet in enumerate(self.sheets, 1):
            for cell in self.part(f"worksheets/sheet{n}").iter(f"{NS}c"):
                here, formula = (sheet, cell.get("r")), cell.find(f"{NS}f")
                value = cell.findtext(f"{NS}v")
                if cell.get("t") == "s":
                    value = texts[int(value)]
                elif cell.get("t") != "str":
                    value = float(value)
                if formula is None:
                    self.inputs[here] = value
                else:
                    assert formula.attrib == {}, "an array formula, or a shared one"
                    self.formulas[here], self.stored[here] = formula.text, value
                if thick[int(cell.get("s"))]:
                    self.framed.add(here)

    def part(self, name):
        """A part of the file, as a tree."""
        return ElementTree.fromstring(self.raw[f"xl/{name}.xml"])

    @staticmethod
    @cache
    def program(sheet, formula):
        """A formula in Python; cells become calls of `at`, and what else is a name a function."""

        def call(found):
            where, column, row, to, end = found.groups()
            here = (where or sheet, f"{column}{row}")
            if to is None:
                return f"at({here!r})"
            return f"[{', '.join(f'at({c!r})' for c in cells_of(here[0], here[1], to + end))}]"

        text = re.sub(r"(?<![<>=])=(?!=)", "==", formula.replace("^", "**"))
        return compile(REFERENCE.sub(call, text), formula, "eval")

    def work_out(self, changed=None):
        """The value of every formula, with other inputs in some cells."""
        values = self.inputs | (changed or {})

        def at(cell):
            if cell not in values:
                code = self.program(cell[0], self.formulas[cell])
                values[cell] = eval(code, {"__builtins__": {}, "at": at, **FUNCTIONS})
            return values[cell]

        return {cell: at(cell) for cell in self.formulas}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The workbook, made anew."""
    path = tmp_path_factory.mktemp("sheet") / "book.xlsx"
    workbook.write(path)
    return Workbook(path)


# --- the same by PyTorch --------------------------------------------------------------------------


def area(name):
    """The cells of a weight, (rows, columns)."""
    first, rows, columns = PLACES[name]
    return [[f"{chr(66 + j)}{int(first[1:]) + i}" for j in range(columns)] for i in range(rows)]


def cells(*names):
    """The cells of weights, one after the other; of all without a name."""
    return [cell for name in names or PLACES for row in area(name) for cell in row]


def array(values, sheet, name):
    """What a sheet has for a weight, as an array."""
    return np.array([[values[sheet, cell] for cell in row] for row in area(name)])


def block(values, sheet, row, count, columns=STEPS):
    """Rows of a sheet as an array (steps, count)."""
    return np.array([[values[sheet, f"{c}{row + k}"] for k in range(count)] for c in columns])


def by_torch(weights, word, start):
    """The states, their sums before the tanh, the probabilities and the loss, with a record."""
    import torch

    ids = torch.tensor([LETTERS.index(letter) for letter in word])
    h, sums, states, logits = torch.tensor([start], dtype=torch.float64), [], [], []
    for i in ids[:-1]:
        a = weights["W_xh"][i][None] + h @ weights["W_hh"] + weights["b_h"]
        a.retain_grad()
        h = torch.tanh(a)
        sums.append(a)
        states.append(h)
        logits.append(h @ weights["W_hy"] + weights["b_y"])
    logits = torch.cat(logits)
    loss = torch.nn.functional.cross_entropy(logits, ids[1:])
    return loss, torch.cat(states), sums, torch.softmax(logits, -1)


def compare(book, changed=None):
    """Every quantity of the sheets against PyTorch, for these inputs."""
    import torch

    inputs = book.inputs | (changed or {})
    values = book.work_out(changed)
    word = [inputs["Forward", cell] for cell in WORD]
    start = [inputs["Forward", cell] for cell in START]
    rate, moved = inputs["Step", "D3"], inputs["Check", "D3"]

    def close(found, expected, atol=1e-12):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=atol)

    given = {name: array(inputs, "Forward", name) for name in PLACES}
    w = {name: torch.tensor(value, requires_grad=True) for name, value in given.items()}
    loss, states, sums, probs = by_torch(w, word, start)
    loss.backward()
    grads = {name: value.grad.numpy() for name, value in w.items()}
    close(values["Forward", "D3"], loss.item())
    close(block(values, "Forward", STATES, 2), states.detach())
    close(block(values, "Forward", 31, 3), probs.detach())
    close(block(values, "Backward", DELTAS, 2), torch.cat([a.grad for a in sums]))
    for name, grad in grads.items():
        close(array(values, "Backward", name), grad)

    new = {name: torch.tensor(given[name] - rate * grads[name]) for name in PLACES}
    new = {name: value.requires_grad_() for name, value in new.items()}
    after, states, _, _ = by_torch(new, word, start)
    for name, value in new.items():
        close(array(values, "Step", name), value.detach())
    close(block(values, "Step", STATES, 2), states.detach())
    close([values["Step", "D4"], values["Forward", "D4"]], [after.item()] * 2)
    close(values["Step", "H3"], -rate * sum((grad**2).sum() for grad in grads.values()))
    close(values["Step", "H4"], (after - loss).item())

    marks = {name: array(inputs, "Check", name) for name in PLACES}
    losses = []
    for sign in (1, -1):
        there = {name: given[name] + sign * moved * marks[name] for name in PLACES}
        there = {name: torch.tensor(value, requires_grad=True) for name, value in there.items()}
        losses.append(by_torch(there, word, start)[0].item())
    slope = sum((grads[name] * marks[name]).sum() for name in PLACES)
    close([values["Check", "H10"], values["Check", "H11"]], losses)
    close(values["Check", "H12"], (losses[0] - losses[1]) / (2 * moved), atol=1e-11)
    close(values["Check", "H13"], slope)
    return values


def other_inputs(book, seed):
    """Something else in each cell that may be changed."""
    rng = np.random.default_rng(seed)
    changed = {}
    for sheet, cell in sorted(cell for cell in book.framed if cell[0] != "Read me"):
        old = book.inputs[sheet, cell]
        new = LETTERS[rng.integers(3)] if isinstance(old, str) else float(rng.normal())
        changed[sheet, cell] = new
    return changed | {("Step", "D3"): float(rng.uniform(0, 2)), ("Check", "D3"): 1e-3}


# --- the tests ------------------------------------------------------------------------------------


def test_the_numbers_are_those_of_autograd(book):
    compare(book)


@pytest.mark.parametrize("seed", range(5))
def test_they_are_so_whatever_is_typed_in(book, seed):
    compare(book, other_inputs(book, seed))


def test_the_stored_values_are_those_that_the_formulas_come_to(book):
    values = book.work_out()
    assert values.keys() == book.stored.keys()
    for cell, value in values.items():
        if isinstance(value, str):
            assert book.stored[cell] == value
        else:
            assert book.stored[cell] == pytest.approx(value, abs=1e-9), cell


def test_every_formula_follows_what_is_changed_and_none_is_an_error(book):
    before = book.work_out()
    beyond = {("Backward", f"M{DELTAS + k}"): 0.5 for k in range(2)}  # 0, and not to be changed
    runs = [book.work_out(other_inputs(book, seed) | beyond) for seed in range(12)]
    still = [cell for cell, value in before.items() if all(run[cell] == value for run in runs)]
    assert still == []
    assert len(before) > 400
    assert not any(b"#" in value.encode() for value in before.values() if isinstance(value, str))
    assert b't="e"' not in b"".join(book.raw.values())


def test_a_framed_cell_is_an_input_and_changes_what_comes_of_it(book):
    """Of each weight, letter and number alone: the loss, its gradient or its check moves."""
    seen = [("Forward", "D3"), ("Step", "D4"), ("Check", "H10"), ("Check", "H12")]
    before = book.work_out()
    framed = {cell for cell in book.framed if cell[0] != "Read me"}
    assert framed <= book.inputs.keys()
    assert len(framed) == 2 * 21 + len(WORD) + len(START) + 2
    for cell in framed:
        old = book.inputs[cell]
        new = LETTERS[LETTERS.index(old) - 1] if isinstance(old, str) else old + 0.5
        after = book.work_out({cell: new})
        assert any(after[there] != before[there] for there in seen), cell
    assert {(sheet, cell) for sheet in ("Forward", "Check") for cell in cells()} <= framed


def test_a_weight_its_gradient_and_its_new_value_stand_in_the_same_cell(book):
    for cell in cells():
        assert book.formulas["Step", cell] == f"Forward!{cell}-$D$3*Backward!{cell}"


def test_only_functions_that_every_program_has_are_used(book):
    used = {name for text in book.formulas.values() for name in re.findall(r"([A-Z.]+)\(", text)}
    assert used == FUNCTIONS.keys()


def test_the_same_book_gives_the_same_bytes(book, tmp_path):
    workbook.write(tmp_path / "again.xlsx")
    again = (tmp_path / "again.xlsx").read_bytes()
    assert again == book.bytes
    assert len(again) < 50_000


def test_the_first_three_states_are_those_of_chapter_4(book):
    shown = "".join(
        output.get("text", "")
        for cell in code_cells(ROOT / "chapters" / "04_hidden_state.ipynb")
        if 'print("dog"[t], h.round(4))' in cell.source
        for output in cell.outputs
    )
    numbers = [float(found) for found in re.findall(r"-?\d\.\d+", shown)]
    states = block(book.work_out(), "Forward", STATES, 2, "IJK").round(4)
    assert numbers == states.ravel().tolist()


def text_of(book):
    """What the first sheet says, in one line."""
    cells = [value for (sheet, _), value in book.inputs.items() if sheet == "Read me"]
    return " ".join(value for value in cells if isinstance(value, str))


def test_without_memory_the_two_readings_of_g_are_alike(book):
    zeros = {("Forward", cell): 0.0 for cell in cells("W_hh")}
    for seed in range(4):
        weights = other_inputs(book, seed) if seed else {}
        letters = {("Forward", cell): book.inputs["Forward", cell] for cell in WORD}
        values = compare(book, weights | letters | zeros)
        for row in (STATES, STATES + 1, 31, 32, 33):
            assert values["Forward", f"K{row}"] == values["Forward", f"L{row}"]
        assert values["Forward", "K36"] + values["Forward", "L36"] >= 2 * math.log(2) - 1e-12
    assert "2 ln 2 or more, which is 1.386 nats" in text_of(book)
    assert round(2 * math.log(2), 3) == 1.386


def test_copied_and_pasted_five_times_it_has_learned(book):
    changed, losses = {("Step", "D3"): 2.0}, []
    for _ in range(6):
        values = compare(book, changed)
        losses.append(values["Forward", "D3"])
        probs = block(values, "Forward", 31, 3)
        changed |= {("Forward", cell): values["Step", cell] for cell in cells()}
    assert f"from {losses[0]:.3f} to {losses[1]:.3f}. After five of them it is {losses[5]:.3f}" in (
        text_of(book)
    )
    assert [LETTERS[k] for k in probs.argmax(axis=1)] == [*"oggo"]


def test_what_the_slopes_promise_comes_of_a_short_step_and_not_of_a_long_one(book):
    def changes(rate):
        values = book.work_out({("Step", "D3"): rate})
        return values["Step", "H3"], values["Step", "H4"]

    short, one, long = changes(0.1), changes(1.0), changes(8.0)
    text = text_of(book)
    assert (
        f"both round to {short[0]:.2f}. At 1 the slopes promise {one[0]:.2f}, and {one[1]:.2f}"
        in text
    )
    assert f"{short[1]:.2f}" == f"{short[0]:.2f}"
    assert long[0] == pytest.approx(8 * one[0])
    assert long[1] > 0
    rates = np.arange(1, 100) / 10
    losses = [book.work_out({("Step", "D3"): rate})["Step", "D4"] for rate in rates]
    assert f"about {rates[np.argmin(losses)]:.1f} one step helps most" in text
    assert f"the loss comes to {min(losses):.3f}" in text


def test_the_steps_of_chapter_6_come_as_close_as_it_says(book):
    gaps = [
        book.work_out({("Check", "D3"): moved})["Check", "H14"] for moved in (1e-2, 1e-6, 1e-13)
    ]
    assert gaps[1] < gaps[0] < gaps[2]


def test_the_colours_are_those_of_the_diagrams(book):
    sheet = ROOT / "website" / "static" / "diagrams.css"
    css = sheet.read_text(encoding="utf-8").partition("}")[0]
    known = {found.upper() for found in re.findall(r"#([0-9a-f]{6})", css)}
    used = set(re.findall(rb'rgb="FF([0-9A-F]{6})"', book.raw["xl/styles.xml"]))
    assert {color.decode() for color in used} <= known
    assert len(used) > 5


def test_make_book_makes_it_and_the_site_lists_it():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"SHEET  := {workbook.FILE.relative_to(ROOT).as_posix()}\n" in makefile
    assert re.search(r"^\$\(SITE\):.* \$\(SHEET\) ", makefile, re.MULTILINE)
    assert workbook.FILE.name in FILES


def test_both_chapters_lead_to_it():
    for name in ("04_hidden_state", "06_learn_through_time"):
        cells = read(ROOT / "chapters" / f"{name}.ipynb").cells
        said = [cell.source for cell in cells if "spreadsheet](../index.md#take-it" in cell.source]
        assert len(said) == 1
