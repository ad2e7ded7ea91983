"""Heat maps for any page: a pixel a cell, see-through where they were white, one for each theme."""

import colorsys

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage

SIGNED = {"light": ("#2166ac", "#b2182b"), "dark": ("#5a9bd8", "#f4716a")}  # -1, 1; 0 is clear


def see_through(artists, theme):
    """Let images and meshes be saved as small bitmaps for a theme; whether there were any.

    A colour bar is a mesh of 256 strips: as a bitmap it takes 1 kB instead of 40.
    """
    for artist in artists:
        with artist.colorizer.callbacks.blocked():  # or its colour bar would draw itself anew
            artist.set_cmap(clear(artist.get_cmap(), theme))
        if isinstance(artist, AxesImage):
            artist.set_interpolation("none")
        else:
            artist.set_rasterized(True)
    return bool(artists)


def clear(cmap, theme):
    """A colour map for any page: of two hues for the signed one, else the clearest equal glass."""
    if cmap.name == "RdBu_r":
        value = np.linspace(-1, 1, cmap.N)
        ends = np.array([mpl.colors.to_rgb(end) for end in SIGNED[theme]])
        rgba = np.column_stack([ends[(value > 0).astype(int)], abs(value)])
    else:
        rgb = cmap(np.arange(cmap.N))[:, :3]
        alpha = 1 - rgb.min(axis=1, keepdims=True)
        pure = np.clip(np.where(alpha > 0, (rgb - 1 + alpha) / np.maximum(alpha, 1e-9), 0), 0, 1)
        if theme == "dark":
            hls = [colorsys.rgb_to_hls(*color) for color in pure]
            pure = np.array([colorsys.hls_to_rgb(h, 1 - x, s) for h, x, s in hls])
        rgba = np.hstack([pure, alpha])
    return ListedColormap(rgba, f"{cmap.name}-{theme}", bad=(0, 0, 0, 0))
