"""Text and probabilities: who follows whom, what surprises, what is left to draw from."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm

from rnnlib.checks import check_whole
from rnnlib.functional import softmax
from rnnlib.plots.style import COLORS, show_char, tell_apart
from rnnlib.writing.sampling import Sampler


def draw_one_hot(ax, text, chars):
    """One-hot vectors as a grid: a column a character of the text, a row one of `chars`."""
    grid = [[int(char == row) for char in text] for row in chars]
    ax.imshow(grid, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(text)), [show_char(char) for char in text], fontsize=8)
    ax.set_yticks(range(len(chars)), [show_char(char) for char in chars], fontsize=6)
    ax.set_xlabel("the text, one column a character")
    ax.set_ylabel("vocabulary")


def draw_pairs(ax, probs, chars):
    """Probabilities (V, V) as a grid: a row the character read, a column the one that comes.

    The grey goes with the square root of a probability, as most of them are small. Chapter 2.
    """
    names = [show_char(char) for char in chars]
    image = ax.imshow(probs, norm=PowerNorm(0.5, vmin=0, vmax=1), cmap="Greys")
    ax.set_xticks(range(len(names)), names, fontsize=9)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.set_xlabel("character that comes")
    ax.set_ylabel("character read")
    bar = ax.figure.colorbar(image, ax=ax, location="bottom", aspect=30)
    bar.set_ticks([0, 0.01, 0.1, 0.3, 0.6, 1], labels=["0", "0.01", "0.1", "0.3", "0.6", "1"])
    bar.set_label("probability (square-root scale)")


SHADES = LinearSegmentedColormap.from_list("surprise", ["#FFFFFF", COLORS["accent"]])

BARS = tuple(COLORS[name] for name in ("plain", "accent", "floor", "violet"))


def draw_surprise(ax, text, nats, width=60, highest=6.0):
    """The text in lines of at most `width` characters, each shaded by its surprise in nats (N,).

    White is none, the full colour `highest` nats or more; a number that is nan (nothing has
    predicted the first character) stays white. Chapter 11.
    """
    _draw_bar(_shade(ax, text, nats, width, highest), ax)


def draw_surprises(axes, texts, width=60, highest=6.0):
    """Several texts, each on its own of `axes` under its name, as draw_surprise draws one.

    `texts` maps a name to (text, nats). All have the same columns, and one bar. Chapter 11.
    """
    axes = np.atleast_1d(axes)
    if len(axes) != len(texts):
        raise ValueError(f"{len(texts)} texts need as many axes, not {len(axes)}.")
    for ax, (name, (text, nats)) in zip(axes, texts.items(), strict=True):
        image = _shade(ax, text, nats, width, highest)
        ax.set_title(name, loc="left")
    widest = max(ax.get_xlim()[1] for ax in axes)
    for ax in axes:
        ax.set_xlim(right=widest)
    _draw_bar(image, axes)


def _shade(ax, text, nats, width, highest):
    """The text on `ax`, each character in a cell of the image that is returned."""
    nats = np.asarray(nats, dtype=float)
    if nats.shape != (len(text),) or not text:
        raise ValueError(
            f"a surprise of shape {nats.shape} does not fit a text of {len(text)} characters. "
            "Give one number for each character."
        )
    places = lay_out(text, width)
    grid = np.full((places[-1][0] + 1, max(column for _, column in places) + 1), np.nan)
    for (row, column), char, value in zip(places, text, nats, strict=True):
        grid[row, column] = value
        if char != " ":
            name = {"family": "monospace", "fontsize": 8, "ha": "center", "va": "center"}
            ax.text(column, row, show_char(char), **name)
    ax.axis("off")
    return ax.imshow(grid, vmin=0, vmax=highest, cmap=SHADES, aspect="auto")


def _draw_bar(image, axes):
    """A bar of the shades beside all the axes, as wide on a tall figure as on a low one."""
    figure = image.axes.figure
    shape = {"pad": 0.01, "extend": "max", "aspect": figure.get_figheight() / 0.18}
    figure.colorbar(image, ax=axes, label="surprise (nats)", extendfrac=0.03, **shape)


def lay_out(text, width):
    """The (row, column) of each character: a new row after a line break, and after `width`."""
    check_whole("width", width)
    places, row, column = [], 0, 0
    for i in range(len(text)):
        if i and (column == width or text[i - 1] == "\n"):
            row, column = row + 1, 0
        places.append((row, column))
        column += 1
    return places


def plot_positions(ax, losses):
    """Loss at the 1st, 2nd, ... character after a reset, nats per character, logarithmic places.

    `losses` maps a name to a sequence, as evaluation.loss_by_position gives it. Chapter 11.
    """
    for (name, values), look in zip(losses.items(), tell_apart(len(losses)), strict=True):
        places = np.arange(1, len(values) + 1)
        ax.plot(places, values, **look, markersize=4, markevery=0.1, label=name)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_xlabel("characters read since the reset")
    ax.set_ylabel("loss (nats per character)")
    ax.legend()


def draw_temperatures(ax, logits, temperatures, chars, most=12):
    """softmax(logits / T) as bars, for each T in `temperatures`: the `most` likely characters.

    logits (V,), and `chars` their characters. Chapter 11.
    """
    if not 1 <= len(temperatures) <= len(BARS):
        raise ValueError(
            f"between 1 and {len(BARS)} temperatures can be told apart, not {len(temperatures)}. "
            "Draw fewer."
        )
    order = _likeliest(logits, chars, most)
    width = 0.8 / len(temperatures)
    for i, (temperature, color) in enumerate(zip(temperatures, BARS, strict=False)):
        probs = softmax(Sampler(temperature).filter(logits))[order]
        x = np.arange(len(order)) + (i - (len(temperatures) - 1) / 2) * width
        ax.bar(x, probs, width, color=color, label=f"τ = {temperature}")
    _name_columns(ax, order, chars)
    ax.set_xlabel("next character")
    ax.set_ylabel("probability")
    ax.legend()


def draw_filters(ax, logits, filters, chars, most=25):
    """A row for each filter, a column for each of the `most` likely characters: what is left.

    logits (V,); `filters` maps a name to a Sampler. A probability is written in hundredths and
    shaded; what is never drawn stays empty. Chapter 11.
    """
    order = _likeliest(logits, chars, most)
    grid = np.array([softmax(how.filter(logits))[order] for how in filters.values()])
    ax.imshow(np.sqrt(grid), vmin=0, vmax=1, cmap=SHADES, aspect="auto")
    for (row, column), prob in np.ndenumerate(grid):
        if prob > 0:
            digits = f"{100 * prob:.0f}" if prob >= 0.005 else "·"
            ax.text(column, row, digits, ha="center", va="center", fontsize=8)
    _name_columns(ax, order, chars)
    ax.set_yticks(range(len(filters)), filters)
    ax.set_xlabel("next character, the likeliest first")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _name_columns(ax, order, chars):
    """The characters below their columns, in letters that tell I from l."""
    names = [show_char(chars[i]) for i in order]
    ax.set_xticks(range(len(order)), names, fontfamily="monospace")


def _likeliest(logits, chars, most):
    """The ids of the `most` likely characters, the likeliest first."""
    if np.shape(logits) != (len(chars),):
        raise ValueError(
            f"logits of shape {np.shape(logits)} do not fit {len(chars)} characters. "
            "Give those after one step, (V,)."
        )
    return np.argsort(-np.asarray(logits), kind="stable")[: check_whole("most", most)]
