"""A figure that becomes narrow: what must move, and whether its words still have room."""

import numpy as np
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation


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


def name_above(fig):
    """Long names of rows stand above what they name, and take no share of the width."""
    aside = ScaledTranslation(3 / 72, 4.5 / 72, fig.dpi_scale_trans)
    for ax in fig.axes:
        if max((len(label.get_text()) for label in ax.get_yticklabels()), default=0) > 8:
            ax.tick_params(axis="y", length=0, pad=0)
            for label in ax.get_yticklabels():
                label.set(ha="left", va="bottom", transform=label.get_transform() + aside)


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
