"""Figures as vectors: what a notebook shows is stored as an SVG too, for a desk and for a phone.

The PNG stays beside it, for JupyterLab shows no SVG of a notebook that it does not trust. On the
site `website/extensions/themed_figures.py` puts the SVG into the page, in the page's colours.
"""

import io
import re
import warnings
from copy import deepcopy
from itertools import count

import matplotlib as mpl
import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from website.figures.heat_maps import SIGNED, see_through
from website.figures.narrow import covering_legends, crowded, lift, name_above, stack, words_of

PHONE, LETTERS = 342, 11  # pixels: what a phone leaves a figure, and its smallest letters there
NARROW = 3.3  # inches: of this width 8 points are 11 pixels on a phone
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "book", "image.composite_image": False}
NUMBERS = re.compile(r'\b(?:d|x|y|width|height|transform|viewBox|points)="(?!matrix)[^"]*"')
MATRIX = re.compile(r"matrix\(([^)]*)\)")  # of a bitmap, whose rows it multiplies
LONG = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
FAMILY = re.compile(r"font-family: 'DejaVu Sans( Mono)?',[^;\"]*")
FAMILIES = {None: "sans-serif", " Mono": "monospace"}
MARKERS = re.compile(r'(<g clip-path="[^"]*")>\n((?:<use [^>]*/>\n)+)</g>')
BITMAP = re.compile(r'(<image\b[^>]*?xlink:href=")([^"]*)"')


def store_vectors():
    """Let a notebook store each figure as an SVG beside its bitmap; nothing where none runs."""
    try:
        import matplotlib_inline.backend_inline  # noqa: F401  (loading it forgets formatters)
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, draw_both)


def draw_both(fig):
    """The figure as an SVG, the same bytes at each call; inside it lies the one for phones.

    That one, in a `defs` that nothing shows, is drawn where letters would be too small on a phone.
    There is none where it would be crowded: then the wide one scrolls.
    """
    wide, words = draw(fig)
    narrow = "" if fits_phone(wide) else draw_narrow(fig, words)
    inside = narrow and f'<defs class="narrow">{narrow}</defs>'
    return wide.removesuffix("</svg>") + inside + "</svg>"


def draw_narrow(fig, most):
    """The SVG for phones, with the names of rows beside them or, if need be, above them.

    It is empty where more than `most` pairs of words would overlap in both.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for above in (False, True):
            try:
                narrow, words = draw(fig, NARROW, above)
            except UserWarning:  # no room for the axes
                continue
            if words <= most and fits_phone(narrow):
                return narrow
    return ""


def fits_phone(svg):
    """Whether an SVG can be read when it is as wide as a phone."""
    width, letters = (
        float(re.search(what, svg)[1])
        for what in (r'viewBox="0 0 ([\d.]+)', r'data-letters="([\d.]+)')
    )
    return letters * min(PHONE / width, LETTERS / 8) >= LETTERS


def draw(fig, width=None, above=False):
    """An SVG of a copy, with a bitmap for each theme, and how many of its words overlap."""
    texts, copies = [], [copy_of(fig, width, above) for _ in SIGNED]
    if width is not None:
        covering = covering_legends(copy_of(fig, width, above))
        for copy in copies:
            lift(copy, covering)
    for theme, copy in zip(SIGNED, copies, strict=True):
        if see_through(copy.findobj(is_heat_map), theme) or not texts:
            texts.append(save(copy))
    if len(texts) == 2:
        dark, number = BITMAP.findall(texts[1]), count()
        texts[0] = BITMAP.sub(lambda m: f'{m[0]} data-dark="{dark[next(number)][1]}"', texts[0])
    words = words_of(copies[0])
    smallest = min((word.get_fontsize() for word in words), default=LETTERS)
    return texts[0].replace("<svg", f'<svg data-letters="{smallest:g}"', 1), crowded(words)


def is_heat_map(artist):
    """Whether an artist colours cells by numbers."""
    array = artist.get_array() if isinstance(artist, AxesImage | QuadMesh) else None
    return array is not None and np.ndim(array) < 3


def copy_of(fig, width=None, above=False):
    """A copy that pyplot knows nothing of: laying out a figure twice would move its axes."""
    manager, fig.canvas.manager = fig.canvas.manager, None
    try:
        copy = deepcopy(fig)
    finally:
        fig.canvas.manager = manager
    copy.set_dpi(72)  # of an SVG: places and sizes of words must be counted in the same pixels
    if width is not None:
        copy.set_figwidth(width)
        stack(copy)
        if above:
            name_above(copy)
    return copy


def save(fig):
    """The SVG of a figure without date, header and any length finer than a tenth of a point."""
    stream, nothing = io.StringIO(), dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context(SETTINGS):
        fig.savefig(stream, format="svg", bbox_inches="tight", metadata=nothing)
    text = stream.getvalue()
    text = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", text[text.index("<svg") :], flags=re.S
    )
    text = NUMBERS.sub(lambda found: LONG.sub(_shorten, found[0]), text.strip())
    text = MATRIX.sub(_shorten_matrix, text)
    text = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", text)
    text = FAMILY.sub(
        lambda found: f"font-family: 'DejaVu Sans{found[1] or ''}', {FAMILIES[found[1]]}", text
    )
    return compact(text)


def compact(text):
    """An element in each line, without line breaks inside; markers alike say once how they look."""
    text = re.sub(r"\s*\n\s*", " ", text).replace("> <", ">\n<").replace("base64, ", "base64,")
    return MARKERS.sub(_say_once, text)


def _say_once(found):
    """The style of all markers of a curve on their group, where they have but one."""
    styles = set(re.findall(r' style="[^"]*"', found[2]))
    if len(styles) != 1:
        return found[0]
    (style,) = styles
    return f"{found[1]}{style}>\n{found[2].replace(style, '')}</g>"


def _shorten(number):
    """A number to a tenth of a point; -0 is 0."""
    return f"{round(float(number[0]), 1) + 0:g}"


def _shorten_matrix(found):
    """Its numbers to five digits: a tenth would be much, times the hundreds of rows of a bitmap."""
    return f"matrix({' '.join(f'{float(x) + 0:.5g}' for x in found[1].split())})"
