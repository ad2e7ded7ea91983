"""The reading figure: sixteen hidden units while a trained network reads the pangram.

The directive `reading-figure` runs the NumPy model on the weights file at build time and draws
what came out; its text is the caption. `website/static/reading_figure.js` plays the drawing step by
step.
"""

import json
from html import escape
from pathlib import Path

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

WEIGHTS = "weights/pangram.safetensors"
COLUMN, ROW, LEFT, TOP, GUESSES = 15, 11, 62, 26, 3
CAPTION = """A trained network of {units} hidden units reads the pangram. Each column is its state
after one character, red near 1 and blue near −1; below it stands the character it expects."""
LABEL = "Heat map: {units} hidden units, one row each, over the {steps} characters of the pangram."


def read_text(path, text):
    """Step the model through a text: states (T, H), and {guessed character: chance} a step."""
    from rnnlib.functional import softmax
    from rnnlib.models import weights_file
    from rnnlib.models.char_rnn.numpy_model import CharRNN

    params, config, vocab, _ = weights_file.load(path)
    model = CharRNN(config)
    model.set_params(params)
    state, states, guesses = model.init_state(1), [], []
    for char_id in vocab.encode(text):
        logits, state = model.forward(np.array([[char_id]]), state)
        chances = softmax(logits[0, 0])
        best = np.argsort(-chances, kind="stable")[:GUESSES]
        states.append(state[0, 0])
        guesses.append([[vocab.chars[i], round(100 * float(chances[i]))] for i in best])
    return np.array(states), guesses


def visible(char):
    """A character as one sees it: a space becomes an open box."""
    return "␣" if char == " " else escape(char)


def draw_column(step, char, units, guess, following):
    """One time step: the character read, its cells from -1 (blue) to 1 (red), the best guess."""
    x = LEFT + step * COLUMN
    middle, bottom = x + COLUMN / 2, TOP + len(units) * ROW
    cells = "".join(
        f'<rect class="{"plus" if value > 0 else "minus"}" x="{x}" y="{TOP + unit * ROW}" '
        f'width="{COLUMN - 1}" height="{ROW - 1}" fill-opacity="{abs(value):.2f}"/>'
        for unit, value in enumerate(units)
    )
    hit = "hit" if guess == following else "miss"
    return (
        f'<g class="step"><text x="{middle}" y="{TOP - 9}">{visible(char)}</text>{cells}'
        f'<text class="{hit}" x="{middle}" y="{bottom + 17}">{visible(guess)}</text></g>'
    )


def draw(text, states, guesses):
    """The whole figure as HTML; without JavaScript it is a still heat map."""
    steps, units = states.shape
    width, bottom = LEFT + steps * COLUMN, TOP + units * ROW
    columns = "".join(
        draw_column(i, text[i], states[i], guesses[i][0][0], text[i + 1 : i + 2])
        for i in range(steps)
    )
    bars = '<li><b></b> <span class="bar"></span> <span class="chance"></span></li>' * GUESSES
    data = escape(json.dumps({"text": text, "guesses": guesses}), quote=True)
    return f"""<div class="reading" data-reading="{data}">
<div class="reading-scroll"><div class="reading-strip" style="--names: {LEFT / width:.5f}">
<svg class="names" viewBox="0 0 {LEFT} {bottom + 26}" aria-hidden="true">
<text x="0" y="{TOP - 9}">reads</text><text x="0" y="{(TOP + bottom) / 2}">state</text>
<text x="0" y="{bottom + 17}">expects</text></svg>
<svg viewBox="{LEFT} 0 {width - LEFT} {bottom + 26}" role="img"
aria-label="{LABEL.format(units=units, steps=steps)}">{columns}</svg></div></div>
<div class="reading-now pst-js-only"><p>Expected after <q></q></p><ol>{bars}</ol></div>
<div class="reading-controls pst-js-only"><button type="button">Pause</button>
<label>Character <input type="range" min="1" max="{steps}" value="{steps}"/></label></div></div>"""


class ReadingFigure(SphinxDirective):
    """`reading-figure`: the drawing above the caption that the directive holds."""

    has_content = True

    def run(self):
        from rnnlib.data.texts import PANGRAM

        self.env.note_dependency(WEIGHTS)
        states, guesses = read_text(Path(self.env.srcdir) / WEIGHTS, PANGRAM)
        drawing = nodes.raw("", draw(PANGRAM, states, guesses), format="html")
        figure = nodes.figure("", drawing, names=["fig-pangram"])
        self.state.document.note_explicit_target(figure, figure)
        caption = " ".join(self.content) or CAPTION.format(units=states.shape[1])
        words, messages = self.state.inline_text(caption, self.lineno)
        figure += nodes.caption("", "", *words)
        self.set_source_info(figure)
        return [figure, *messages]


def setup(app):
    app.add_directive("reading-figure", ReadingFigure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
