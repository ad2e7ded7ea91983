"""A sheet of the workbook, in the colours of the diagrams: the ways to write its cells."""

import re

from website.diagrams.__main__ import STYLE
from website.spreadsheet.numbers import WORD
from website.spreadsheet.places import COLUMNS, FORWARD, NEXT, READ, WEIGHTS_AT, F, forward_at


def looks():
    """The properties of a cell of each kind, in the colours of the diagrams on white."""
    css = STYLE.read_text(encoding="utf-8").partition("}")[0]
    color = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css))
    number = {"num_format": "0.0000", "border": 1, "border_color": color["faint"]}
    kinds = {"plain": number, "output": number | {"border_color": color["ink"]}}
    kinds["count"] = number | {"num_format": "0"}
    for kind, name in (("state", "state"), ("weight", "weight"), ("loss", "back")):
        ink, fill = color[name], color[f"{name}-fill"]
        kinds[kind] = number | {"font_color": ink, "bg_color": fill, "border_color": ink}
    kinds["letter"] = number | {"font_name": "Courier New", "align": "center"}
    kinds["yours"] = {"border": 2, "border_color": color["ink"], "bold": True}
    kinds["yours"] |= {"num_format": "0.0###"}
    kinds["name"] = {"align": "right", "indent": 1, "font_color": color["soft"]}
    kinds["note"] = {"italic": True, "font_color": color["soft"], "indent": 1}
    kinds["head"] = {"bold": True}
    kinds["title"] = {"bold": True, "font_size": 15}
    kinds["text"] = {"text_wrap": True, "valign": "top"}
    return kinds


class Page:
    """A sheet: where it stands in the book, and the ways to write a cell."""

    def __init__(self, book, name):
        self.name, self.made, self.kinds = name, {}, looks()
        self.book, self.sheet = book, book.add_worksheet(name)
        self.sheet.hide_gridlines(2)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)

    def look(self, kind, **more):
        """The format of a kind of cell; made once, since a workbook holds each."""
        key = (kind, *more.items())
        if key not in self.made:
            base = {"font_name": "Arial", "font_size": 10}
            self.made[key] = self.book.add_format(base | self.kinds[kind] | more)
        return self.made[key]

    def write(self, cell, value, kind="text", **more):
        """A text or a number; nothing for an empty text."""
        if value != "":
            self.sheet.write(cell, value, self.look(kind, **more))

    def formula(self, cell, formula, value, kind, **more):
        """A formula and its value, rounded before the digits in which processors differ."""
        value = value if isinstance(value, str) else round(float(value), 10) + 0.0  # no -0
        self.sheet.write_formula(cell, formula, self.look(kind, **more), value)

    def frame(self, first, numbers, kind, **more):
        """Numbers or letters, from a cell to the right, in the thick frame of what is to change."""
        column, row = first[0], first[1:]
        for n, number in enumerate(numbers):
            self.write(f"{chr(ord(column) + n)}{row}", number, kind, **self.kinds["yours"] | more)

    def accept(self, cells, words, kind, **rule):
        """What may be typed into cells; anything else is refused with these words."""
        rule |= {"criteria": "between"} if kind == "decimal" else {}
        self.sheet.data_validation(cells, {"validate": kind, "error_message": words, **rule})

    def begin(self, guide):
        """What stands above the line that stays in view, and the widths of the columns."""
        widths = {"A:A": 14, "B:D": 9, "E:E": 3, "F:F": 21, "G:G": 7, "H:M": 10, "N:N": 46}
        for columns, width in widths.items():
            self.sheet.set_column(columns, width)
        self.sheet.freeze_panes(5, 0)
        self.sheet.ignore_errors({"formula_range": "A1:N120", "formula_differs": "A1:N120"})
        self.write("A1", self.name, "title")
        self.write("A2", guide, "note", indent=0)
        self.write("F5", "step", "head")
        for n, column in enumerate("HIJKLM"):
            self.write(f"{column}5", n, "name", bold=True)

    def letters(self):
        """The letters that are read, and those that come next."""
        self.write(f"F{READ}", "letter read", "head")
        self.write(f"F{NEXT}", "letter that comes next", "head")
        for letter, column in zip(WORD, "IJKLM", strict=True):
            if self.name != "Forward":
                self.formula(f"{column}{READ}", f"=Forward!{column}{READ}", letter, "letter")
        for letter, (_, column, after) in zip(WORD[1:], COLUMNS, strict=True):
            self.formula(f"{column}{NEXT}", f"={after}{READ}", letter, "letter")

    def weights(self, kind, values, formula=None, top=0, **more):
        """What belongs to each weight, on the left; without a formula, numbers to change."""
        for name, (row, heading, rows, columns) in WEIGHTS_AT.items():
            self.write(f"A{row + top - 2}", f"{name}: {heading}", "head")
            for column, word in zip("BCD", columns, strict=False):
                self.write(f"{column}{row + top - 1}", word, "name")
            for i, word in enumerate(rows):
                self.write(f"A{row + top + i}", word, "name")
                if formula is None:
                    self.frame(f"B{row + top + i}", values[name][i], kind, **more)
                    continue
                for j, value in enumerate(values[name][i]):
                    cell = f"{'BCD'[j]}{row + top + i}"
                    self.formula(cell, formula(name, i, j), value, kind)

    def rows(self, table, formulas, found, top=0):
        """The four steps on the right, a column each, with words before and a note behind."""
        for name, (row, kind, words, names, note) in table.items():
            self.write(f"F{row + top}", words, "head")
            self.write(f"N{row + top}", note, "note")
            for k, word in enumerate(names):
                self.write(f"G{row + top + k}", word, "name")
                for t, around in enumerate(COLUMNS):
                    formula = f"={formulas(*around, top)[name][k]}"
                    self.formula(f"{around[1]}{row + top + k}", formula, found[name][t, k], kind)

    def forward(self, found, top=0):
        """The four steps of the way forward, with the weights on the left of them."""
        self.rows(FORWARD, forward_at, found, top)
        row, here = F["p"] + top, self.look("loss", bold=True)
        rule = {"type": "formula", "criteria": f"=$G{row}=I${NEXT}", "format": here}
        self.sheet.conditional_format(f"I{row}:L{row + 2}", rule)
        for k in range(2):
            cell = f"H{F['h'] + k + top}"
            if self.name == "Forward":
                self.frame(cell, [0], "state")
            else:
                self.formula(cell, f"=Forward!H{F['h'] + k}", 0, "state")
