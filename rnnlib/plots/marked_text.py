"""A text in boxes: what is input, and what is target."""

from matplotlib.patches import Rectangle

from rnnlib.plots.style import COLORS, show_char

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
