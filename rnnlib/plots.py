"""Colours and drawing: each function draws on the axes it is given and returns nothing.

The colours are the Okabe-Ito palette (those of the LSTM and of what is done with the state are Paul
Tol's), which readers with any common colour blindness can tell apart; a framework, a cell and a way
to treat the state keep theirs through the whole book.
"""

import numpy as np
from matplotlib.patches import Rectangle

from rnnlib.text import check_whole

COLORS = {
    "numpy": "#5F5F5F",
    "keras": "#D55E00",
    "torch": "#0072B2",
    "floor": "#009E73",
    "accent": "#CC79A7",
}
LABELS = {"numpy": "NumPy", "keras": "Keras", "torch": "PyTorch"}
CELL_COLORS = {"rnn": "#E69F00", "gru": "#56B4E9", "lstm": "#882255"}
CELL_LABELS = {"rnn": "plain RNN", "gru": "GRU", "lstm": "LSTM"}
STATE_COLORS = {"zero": "#999933", "carried": "#332288", "shuffled": "#CC6677"}


def show_char(char):
    """A character as a visible tick label: a space becomes an open box, a line break an arrow."""
    return {" ": "␣", "\n": "⏎"}.get(char, char)


def plot_losses(ax, losses, smooth=1):
    """Loss curves, nats per character over steps; `losses` maps a name to a sequence.

    With `smooth` > 1 each point is the mean of that many steps.
    """
    check_whole("smooth", smooth)
    for name, values in losses.items():
        values = np.asarray(values, dtype=float)
        kept = values[: len(values) // smooth * smooth].reshape(-1, smooth).mean(axis=1)
        ax.plot(
            np.arange(1, len(kept) + 1) * smooth,
            kept,
            color=COLORS.get(name),
            label=LABELS.get(name, name),
        )
    ax.set_xlabel("training step")
    ax.set_ylabel("loss (nats per character)")
    ax.legend()


def draw_floors(ax, floors):
    """Horizontal dashed lines at known losses; `floors` maps a name to nats per character."""
    for name, nats in floors.items():
        ax.axhline(nats, color=COLORS["floor"], linestyle="--", linewidth=1)
        ax.annotate(
            name, (1, nats), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8
        )


def draw_states(ax, states, text):
    """Hidden states (T, H) as a grid: a column a character, a row a unit, red +1, blue -1."""
    states = _check_states(states, text)
    image = ax.imshow(states.T, vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    ax.set_xticks(range(len(text)), [show_char(char) for char in text], fontsize=8)
    ax.set_xlabel("character read")
    ax.set_ylabel("hidden unit")
    ax.figure.colorbar(image, ax=ax, label="activation", pad=0.01)


def draw_one_hot(ax, text, chars):
    """One-hot vectors as a grid: a column a character of the text, a row one of `chars`."""
    grid = [[int(char == row) for char in text] for row in chars]
    ax.imshow(grid, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(text)), [show_char(char) for char in text], fontsize=8)
    ax.set_yticks(range(len(chars)), [show_char(char) for char in chars], fontsize=6)
    ax.set_xlabel("the text, one column a character")
    ax.set_ylabel("vocabulary")


MARKS = {" ": "white", "i": "#D9D9D9", "t": "#E8B3D1"}  # outside, input, target


def draw_marked(ax, text, rows):
    """The text once a row, in boxes shaded by role; `rows` maps a name to one mark a character.

    Marks: "i" is an input (grey), "t" a target (pink), "b" both (grey with a pink edge), " " none.
    """
    for y, marks in enumerate(rows.values()):
        for x, (char, mark) in enumerate(zip(text, marks, strict=True)):
            face, edge = ("i", "t") if mark == "b" else (mark, mark)
            edge = COLORS["accent"] if edge == "t" else "#BFBFBF"
            box = {"facecolor": MARKS[face], "edgecolor": edge, "linewidth": 0.8}
            ax.add_patch(Rectangle((x - 0.45, y - 0.4), 0.9, 0.8, **box))
            ax.text(x, y, show_char(char), ha="center", va="center", fontsize=8)
    ax.set_xlim(-0.6, len(text) - 0.4)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks(range(len(rows)), rows, fontsize=8)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def draw_unrolled(ax, text, states):
    """The cell drawn once a character: inputs come from below, the state passes to the right."""
    arrow = {"arrowstyle": "-|>", "color": COLORS["numpy"], "shrinkA": 2, "shrinkB": 2}
    ax.annotate("", (-0.3, 0), (-0.9, 0), arrowprops=arrow)
    ax.text(-0.95, 0, "h₀ = 0", ha="right", va="center")
    box = {"boxstyle": "round,pad=0.6", "facecolor": "white", "edgecolor": COLORS["numpy"]}
    for t, h in enumerate(_check_states(states, text)):
        ax.text(t, 0, "cell", ha="center", va="center", bbox=box)
        ax.annotate("", (t, -0.28), (t, -0.8), arrowprops=arrow)
        ax.text(t, -0.85, f"reads {show_char(text[t])!r}", ha="center", va="top")
        ax.annotate("", (t, 0.8), (t, 0.28), arrowprops=arrow)
        numbers = ", ".join(f"{value:.2f}" for value in h)
        ax.text(t, 0.85, f"h = ({numbers})", ha="center", va="bottom")
        if t > 0:
            ax.annotate("", (t - 0.3, 0), (t - 0.7, 0), arrowprops=arrow)
            ax.text(t - 0.5, 0.1, "h", ha="center", va="bottom")
    ax.set_xlim(-1.4, len(text) - 0.4)
    ax.set_ylim(-1.2, 1.2)
    ax.axis("off")


def draw_pairs(ax, probs, chars):
    """Probabilities (V, V) as a grid: a row the character read, a column the one that comes."""
    names = [show_char(char) for char in chars]
    image = ax.imshow(probs, vmin=0, vmax=1, cmap="Greys")
    ax.set_xticks(range(len(names)), names, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_xlabel("character that comes")
    ax.set_ylabel("character read")
    ax.figure.colorbar(image, ax=ax, label="probability")


def plot_orders(ax, train, held_out):
    """Loss of counting models, nats per character, over their order 1, 2, ...; two sequences."""
    orders = range(1, len(held_out) + 1)
    ax.plot(orders, held_out, "o-", color=COLORS["floor"], label="held-out text")
    ax.plot(orders, train, "s--", color=COLORS["numpy"], label="text it has counted")
    best = int(np.argmin(held_out))
    ax.annotate(
        f"{held_out[best]:.3f}",
        (best + 1, held_out[best]),
        xytext=(0, 10),
        textcoords="offset points",
        ha="center",
    )
    ax.set_xlabel("order of the model")
    ax.set_ylabel("loss (nats per character)")
    ax.legend()


def _check_states(states, text):
    """States as an array (T, H); ValueError unless there is a row for each character."""
    states = np.asarray(states)
    if states.ndim != 2 or len(states) != len(text):
        raise ValueError(
            f"states of shape {states.shape} do not fit a text of {len(text)} characters. "
            f"Give one row for each character read, ({len(text)}, H)."
        )
    return states
