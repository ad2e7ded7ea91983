"""What every figure shares: its colours, its names, and a character as a label.

The colours are the Okabe-Ito palette (those of the LSTM and of what is done with the state are Paul
Tol's), which readers with any common colour blindness can tell apart; a framework, a cell and a way
to treat the state keep theirs through the whole book.
"""

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
