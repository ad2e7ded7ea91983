"""What the tests of figures share: drawing as a notebook does, and how curves look."""

import warnings

import matplotlib as mpl
import numpy as np

mpl.use("Agg")


def draw(ax):
    """Draw as a notebook does, warnings (a missing glyph, no room) being errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.canvas.draw()


def luminance(color):
    """The relative luminance of a colour, 0 black to 1 white: WCAG 2."""
    channels = np.array(mpl.colors.to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def looks(ax):
    """How each named curve looks without its colour; a line style counts where there is a line."""
    lines = [line for line in ax.lines if not line.get_label().startswith("_")]
    return [(line.get_linestyle(), line.get_marker(), line.get_fillstyle()) for line in lines]
