"""Figures as vectors: what a notebook shows is stored as an SVG too, for a desk and for a phone.

The PNG stays beside it, for JupyterLab shows no SVG of a notebook that it does not trust. On the
site `_ext/themed_figures.py` puts the SVG into the page, in the page's colours.
"""

import io
import pickle
import re
import warnings
from itertools import count

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.image import AxesImage
from matplotlib.text import Text

from rnnlib.plots.clear import SIGNED, see_through

PHONE, LETTERS = 342, 11  # pixels: what a phone leaves a figure, and its smallest letters there
NARROW = 3.3  # inches: of this width 8 points are 11 pixels on a phone
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "book", "image.composite_image": False}
NUMBERS = re.compile(r'\b(?:d|x|y|width|height|transform|viewBox|points)="[^"]*"')
LONG = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
FAMILY = re.compile(r"font-family: 'DejaVu Sans( Mono)?',[^;\"]*")
FAMILIES = {None: "sans-serif", " Mono": "monospace"}
BITMAP = re.compile(r'(<image\b[^>]*?xlink:href=")([^"]*)"')


def use_style(size=None):
    """The book's style, and vectors beside the bitmaps; every notebook's first cell calls it.

    size: the usual (width, height) of its figures, in inches.
    """
    plt.style.use("rnnlib.plots.book")
    if size is not None:
        plt.rcParams["figure.figsize"] = size
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
    narrow = ""
    if not fits_phone(wide):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            try:
                found, narrow_words = draw(fig, NARROW)
                narrow = found if narrow_words <= words else ""
            except UserWarning:  # no room for the axes
                pass
    inside = narrow and f'<defs class="narrow">{narrow}</defs>'
    return wide.removesuffix("</svg>") + inside + "</svg>"


def fits_phone(svg):
    """Whether an SVG can be read when it is as wide as a phone."""
    width, letters = (
        float(re.search(what, svg)[1])
        for what in (r'viewBox="0 0 ([\d.]+)', r'data-letters="([\d.]+)')
    )
    return letters * min(PHONE / width, LETTERS / 8) >= LETTERS


def draw(fig, width=None):
    """An SVG of a copy, with a bitmap for each theme, and how many of its words overlap."""
    texts, copies = [], [copy_of(fig, width) for _ in SIGNED]
    if width is not None:
        covering = covering_legends(copy_of(fig, width))
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


def copy_of(fig, width=None):
    """A copy that pyplot knows nothing of: laying out a figure twice would move its axes."""
    manager, fig.canvas.manager = fig.canvas.manager, None
    try:
        copy = pickle.loads(pickle.dumps(fig))
    finally:
        fig.canvas.manager = manager
    copy.set_dpi(72)  # of an SVG: places and sizes of words must be counted in the same pixels
    if width is not None:
        copy.set_figwidth(width)
        stack(copy)
    return copy


def stack(fig):
    """Axes that stand side by side one above the other, each as high as before."""
    axes = [ax for ax in fig.axes if ax.get_subplotspec() is not None]
    shapes = {ax.get_subplotspec().get_gridspec().get_geometry() for ax in axes}
    if shapes != {(1, len(axes))} or len(axes) == 1:
        return
    fig.set_figheight(len(axes) * fig.get_figheight())
    grid = GridSpec(len(axes), 1, figure=fig)
    for number, ax in enumerate(axes):
        ax.set_subplotspec(grid[number])
        ax.tick_params(labelleft=True)
        ax.set_ylabel(ax.get_ylabel() or axes[0].get_ylabel())


def covering_legends(fig):
    """{number of axes: height of its legend, inches} where it would hide what is drawn."""
    fig.draw_without_rendering()
    found = {}
    for number, ax in enumerate(fig.axes):
        if ax.get_legend() is not None:
            box = ax.get_legend().get_window_extent()
            drawn = [
                artist.get_transform().transform_path(artist.get_path())
                for artist in (*ax.lines, *ax.patches)
            ]
            if any(path.intersects_bbox(box, filled=False) for path in drawn):
                found[number] = box.height / fig.dpi
    return found


def lift(fig, heights):
    """Put these legends above their axes, and let the figure grow by as much."""
    for number, height in heights.items():
        legend = fig.axes[number].get_legend()
        legend.set_loc("lower left")
        legend.set_bbox_to_anchor((0, 1), fig.axes[number].transAxes)
        fig.set_figheight(fig.get_figheight() + height)


def save(fig):
    """The SVG of a figure without date, header and any number finer than a tenth of a point."""
    stream, nothing = io.StringIO(), dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context(SETTINGS):
        fig.savefig(stream, format="svg", bbox_inches="tight", metadata=nothing)
    text = stream.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :].strip(), flags=re.S)
    text = NUMBERS.sub(lambda found: LONG.sub(_shorten, found[0]), text)
    text = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", text)
    text = FAMILY.sub(
        lambda found: f"font-family: 'DejaVu Sans{found[1] or ''}', {FAMILIES[found[1]]}", text
    )
    return re.sub(r"\s*\n\s*", "\n", text)


def _shorten(number):
    """A number to a tenth of a point; -0 is 0."""
    return f"{round(float(number[0]), 1) + 0:g}"


def words_of(fig):
    """The texts that a figure shows."""
    unseen = {id(label) for axes in fig.axes for label in labels_outside(axes)}
    return [
        text
        for text in fig.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in unseen
    ]


def crowded(words):
    """How many pairs of words stand on each other in a figure that has been drawn."""
    if not words:
        return 0
    x0, y0, x1, y1 = np.array([word.get_window_extent().extents for word in words]).T
    meet_x = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0) > 1
    meet_y = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0) > 1
    return int(np.triu(meet_x & meet_y, 1).sum())


def labels_outside(axes):
    """Labels of ticks beyond the ends of an axis, which exist but are not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not axes.axison or not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)
