"""What stays in one line on a narrow screen: an option, and in a table a number, a range, a name.

A browser breaks a line after every hyphen, and so parts `--` from its option, 1.735- from 1.763.
"""

import re

OPTION = re.compile(r'<span class="pre">(?=-)')
CELL = re.compile(r"<t[dh]\b[^>]*>.*?</t[dh]>", re.S)
# 1.58 to 1.90 may break before its "to"
RANGE = r"\d[\d.,]*(?: m?s\b|(?:(?:e-|-)\d[\d.]*)+)|\bto -?\d[\d.]*"
SHORT = r"\((?:[\w.-]{1,14}|[\w, ]{1,8})\)"
PARTS = re.compile(rf"<(math|code)\b.*?</\1>|<[^>]*>|({RANGE}|{SHORT})", re.S)
CALL = re.compile(r'(<span class="pre">[^<(]+\()(?=[^<]{4})')  # may break before its arguments


def hold_cell(cell):
    """A cell of a table with what belongs together in elements that do not break."""
    parts = PARTS.sub(lambda m: f'<span class="unbroken">{m[2]}</span>' if m[2] else m[0], cell[0])
    return CALL.sub(r"\1<wbr/>", parts)


def hold(body):
    """The text of a page with its options, and the cells of its tables, held together."""
    return CELL.sub(hold_cell, OPTION.sub('<span class="pre unbroken">', body))


def hold_page(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = hold(context["body"])


def setup(app):
    app.connect("html-page-context", hold_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
