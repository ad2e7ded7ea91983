"""A sheet of a diagram, and what can be drawn on it: each thing means one thing on every page.

A state is a pill, an input a square, a weight a plate, a gate a hexagon, an operation a circle, an
output a double frame, a loss a diamond, and a process a frame around all that it holds. Data flow
along thin arrows, a gradient runs back along a dashed one, and a dotted line leads from a weight to
its uses. What is spoken of is `lit`; what an earlier sheet has explained is `quiet`; what is only
there is `dim`. Time runs to the right, layers go up. A unit is a pixel on a phone, so that a sheet
is at most 340 units wide. The colours are classes: `static/diagrams.css` fills them for light,
dark, print and forced colours.
"""

import math
import re
from html import escape

WIDEST = 340
PART = re.compile(r"([^\W\d_]+?\u0302?)_(?:\{([^}]*)\}|(\w+))|`([^`]*)`")


def symbols(text):
    """`h_t` and `W_{xh}` become an italic letter with a lowered index, words in ` upright words."""
    pieces, at = [], 0
    for found in PART.finditer(text):
        pieces.append(_italic(text[at : found.start()]))
        letter, long, short, words = found.groups()
        if words is not None:
            pieces.append(f'<tspan class="words">{escape(words)}</tspan>')
        else:
            pieces.append(
                f'{_italic(letter)}<tspan class="index" dy="4">{escape(long or short)}</tspan>'
                '<tspan dy="-4">&#8203;</tspan>'
            )
        at = found.end()
    return "".join([*pieces, _italic(text[at:])])


def _italic(text):
    return f'<tspan class="symbol">{escape(text)}</tspan>' if text.strip() else text


def number(value, places=2):
    """A number as it stands in a diagram, with a real minus sign, but none before a zero."""
    return f"{round(value, places) + 0:.{places}f}".replace("-", "\N{MINUS SIGN}")


class Sheet:
    """One small picture; its `title` opens the part of the caption that belongs to it."""

    def __init__(self, width, height, title=""):
        if width > WIDEST:
            raise ValueError(f"a sheet of {width} units is too wide. Use {WIDEST} at most.")
        self.width, self.height, self.title = width, height, title
        self.parts = []

    def add(self, code, *classes):
        """SVG of a thing, whose first class says what it is."""
        self.parts.append(f'<g class="{" ".join(filter(None, classes))}">{code}</g>')

    # --- things ---------------------------------------------------------------------------
    def box(self, x, y, text, kind, look="", width=46, height=30):
        """A thing about its middle: state, weight, output, loss, sum, candidate, a wide input."""
        radius = {"state": height / 2, "input": 0, "weight": 3, "output": 7}.get(kind, 5)
        left, top = x - width / 2, y - height / 2
        code = _rect(left, top, width, height, radius)
        if kind == "output":
            code += _rect(left + 3, top + 3, width - 6, height - 6, radius - 3, "inner")
        if kind == "loss":
            code = polygon(
                [(x, top - 5), (left + width + 9, y), (x, top + height + 5), (left - 9, y)]
            )
        self.add(code + _label(x, y, text), kind, look)

    def input(self, x, y, text, look="", side=30):
        """What is read: a square; a letter in ` stands for itself."""
        square = _rect(x - side / 2, y - side / 2, side, side, 0)
        self.add(square + _label(x, y, text), "input", look)

    def gate(self, x, y, text, look=""):
        """A number between 0 and 1 for each unit: a hexagon, like the nut of a valve."""
        angles = [a * math.pi / 3 for a in range(6)]
        code = polygon([(x + 19 * math.cos(a), y + 17 * math.sin(a)) for a in angles])
        self.add(code + _label(x, y, text), "gate", look)

    def use(self, x, y, look="", width=16, height=20):
        """A place where a weight is used: a small plate of its colour, on the arrow."""
        self.box(x, y, "", "weight", look, width, height)

    def op(self, x, y, text, look="", radius=11):
        """Something computed without a weight: plus, times, tanh, softmax."""
        self.add(_circle(x, y, radius) + _label(x, y, f"`{text}`"), "op", look)

    def plate(self, x, y, width, height, look=""):
        """The cell itself, behind what it holds."""
        self.add(_rect(x, y, width, height, 12), "plate", look)

    def process(self, left, top, width, height):
        """One of several processes, around what it holds; it is only there."""
        self.add(_rect(left, top, width, height, 10), "process", "dim")

    def cells(self, x, y, rows, kind, width=18, height=18, lit=()):
        """A matrix by its `rows` of words; of the places (row, column) in `lit` is spoken."""
        code = ""
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                left, top, on = x + c * width, y + r * height, "on" if (r, c) in lit else ""
                code += _rect(left, top, width - 2, height - 2, 2, on)
                if text:
                    place = left + width / 2 - 1, top + height / 2 - 1
                    code += f'<g class="{on}">{_label(*place, f"`{text}`")}</g>'
        self.add(code, "cells", kind)

    def page(self, left, y, lines, address, kind, width, height):
        """A page of the book, a chapter or a detour, that a click opens."""
        code = _rect(left, y - height / 2, width, height, 5)
        for n, line in enumerate(lines):
            code += _label(left + 9, y + 17 * (n - (len(lines) - 1) / 2), f"`{line}`", "start")
        self.add(f'<a href="{address}" aria-label="{" ".join(lines)}">{code}</a>', kind)

    # --- ways -----------------------------------------------------------------------------
    def way(self, points, kind="data", look="", head=True, curve=9):
        """An arrow along points, of data, state, weight, gate or gradient; corners are rounded."""
        (ax, ay), (bx, by) = points[-2:]
        length, big = math.hypot(bx - ax, by - ay), _head_size(look)
        ux, uy = (bx - ax) / length, (by - ay) / length
        ends = (bx - ux * (big - 1), by - uy * (big - 1)) if head else (bx, by)
        line = f"M{points[0][0]:g} {points[0][1]:g}"
        for before, at, after in zip(points, points[1:], points[2:], strict=False):
            (sx, sy), (tx, ty) = _towards(at, before, curve), _towards(at, after, curve)
            line += f" L{sx:.1f} {sy:.1f} Q{at[0]:g} {at[1]:g} {tx:.1f} {ty:.1f}"
        code = f'<path class="line" d="{line} L{ends[0]:.1f} {ends[1]:.1f}"/>'
        self.add(code + (head_of(bx, by, ux, uy, big) if head else ""), "way", kind, look)

    def arc(self, start, handles, end, kind="data", look="", head=True):
        """A curved way, for a loop or a fan; the head points along its last handle."""
        (hx, hy), (bx, by), big = handles[-1], end, _head_size(look)
        length = math.hypot(bx - hx, by - hy)
        ux, uy = (bx - hx) / length, (by - hy) / length
        ends = (bx - ux * (big - 1), by - uy * (big - 1)) if head else end
        curve = " ".join(f"{a:g} {b:g}" for a, b in handles)
        line = f"M{start[0]:g} {start[1]:g} C{curve} {ends[0]:.1f} {ends[1]:.1f}"
        code = f'<path class="line" d="{line}"/>'
        self.add(code + (head_of(bx, by, ux, uy, big) if head else ""), "way", kind, look)

    def cut(self, x, top, bottom):
        """Where the gradient is cut: a broken line across, which the state passes."""
        self.add(f'<path class="line" d="M{x:g} {top:g}V{bottom:g}"/>', "cut")

    def stop(self, x, y, size=24):
        """A bar where a gradient ends for good."""
        self.add(f'<path d="M{x:g} {y - size / 2:g}v{size}"/>', "stop")

    def dot(self, x, y, look=""):
        """Where a way divides."""
        self.add(_circle(x, y, 2.8), "joint", look)

    # --- words ----------------------------------------------------------------------------
    def note(self, x, y, text, look="", anchor="middle"):
        """Words or letters beside a thing, in the colour of what they speak of."""
        self.add(_label(x, y, text, anchor), "note", look)

    def shape(self, x, y, text, anchor="middle", look=""):
        """The shape, or the numbers, of what flows along an arrow, written at the arrow."""
        self.note(x, y, f"`{text}`", f"shape {look}".strip(), anchor)

    def svg(self, attributes=""):
        """The sheet as an element that can stand in a page or in a larger drawing."""
        return (
            f'<svg class="sheet" viewBox="-6 0 {self.width + 12} {self.height}"{attributes}>'
            f"{''.join(self.parts)}</svg>"
        )


def _label(x, y, text, anchor="middle"):
    place = f'x="{x:g}" y="{y:g}" dy="0.35em" text-anchor="{anchor}"'
    return f"<text {place}>{symbols(text)}</text>" if text else ""


def _rect(x, y, width, height, radius, look=""):
    named = f' class="{look}"' if look else ""
    size = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"'
    return f"<rect{named} {size}/>"


def _circle(x, y, radius):
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


def polygon(points, look=""):
    """A closed shape with straight sides."""
    named = f' class="{look}"' if look else ""
    return f'<path{named} d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in points)}Z"/>'


def _head_size(look):
    return 9 if "lit" in look else 7


def head_of(x, y, ux, uy, big):
    """The head of an arrow that ends at a point, in the direction (ux, uy)."""
    bx, by, wx, wy = x - ux * big, y - uy * big, -uy * big / 2, ux * big / 2
    corners = f"L{bx + wx:.1f} {by + wy:.1f} L{bx - wx:.1f} {by - wy:.1f}Z"
    return f'<path class="head" d="M{x:.1f} {y:.1f} {corners}"/>'


def _towards(start, end, most):
    """The point `most` units, or half the way if that is less, from start towards end."""
    length = math.dist(start, end)
    share = min(most, length / 2) / length
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
