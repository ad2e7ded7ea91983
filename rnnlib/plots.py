"""Colours and drawing: each function draws on the axes it is given and returns nothing.

The colours are the Okabe-Ito palette, which readers with any common colour blindness can tell
apart; a framework keeps its colour through the whole book.
"""

import numpy as np

COLORS = {
    "numpy": "#5F5F5F",
    "keras": "#D55E00",
    "torch": "#0072B2",
    "floor": "#009E73",
    "accent": "#CC79A7",
}
LABELS = {"numpy": "NumPy", "keras": "Keras", "torch": "PyTorch"}


def show_char(char):
    """A character as a visible tick label: a space becomes an open box, a line break an arrow."""
    return {" ": "␣", "\n": "⏎"}.get(char, char)


def plot_losses(ax, losses, smooth=1):
    """Loss curves, nats per character over steps; `losses` maps a name to a sequence.

    With `smooth` > 1 each point is the mean of that many steps.
    """
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
    states = np.asarray(states)
    image = ax.imshow(states.T, vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    ax.set_xticks(range(len(text)), [show_char(char) for char in text], fontsize=8)
    ax.set_xlabel("character read")
    ax.set_ylabel("hidden unit")
    ax.figure.colorbar(image, ax=ax, label="activation", pad=0.01)
