"""The lab: a page on which a trained network reads and writes what its reader types.

The directive `lab` sets up what stands in `lab_page.html`; the scripts of `website/lab` bring it to
life, and `lab.css` is loaded by this page alone. Without JavaScript one reading of the directive's
text is seen, which the NumPy model makes at build time.
"""

import base64
import io
import re
from html import escape
from pathlib import Path
from string import Template

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from website.extensions.lab_engine import find_weights, load_engine

TEMPLATE = Path(__file__).with_suffix(".html")
# in the order in which they build on each other
SCRIPTS = (
    "reading.js", "drawing.js", "names.js", "announcements.js", "clipboard.js", "file_type.js",
    "link.js", "networks.js", "text.js", "writing.js", "rows.js", "legend.js", "intervention.js",
    "strip.js", "summary.js", "numbers.js", "cards.js", "setups.js", "page.js",
)  # fmt: skip
UNITS, COLUMN, ROW = 24, 9, 9
PLUS, MINUS = (200, 40, 50), (50, 115, 190)  # by day and by night


def read_text(path, text):
    """Step the model through a text: what it keeps, (T, H), c where there is one, else h."""
    from rnnlib.models import weights_file
    from rnnlib.models.char_rnn.numpy_model import CharRNN

    params, config, vocab, _ = weights_file.load(path)
    model = CharRNN(config)
    model.set_params(params)
    state, kept = model.init_state(1), []
    for char_id in vocab.encode(text):
        _, state = model.forward(np.array([[char_id]]), state)
        kept.append(state[-1, 0, -config.hidden_size :])  # an LSTM's c stands after its h
    return np.array(kept)


def sort_by_column(kept, text):
    """The units (H,) by falling correlation with the column in the line, and the scores (H,)."""
    column = [len(text[: place + 1].rpartition("\n")[2]) for place in range(len(text))]
    scores = np.corrcoef(kept.T, column)[-1, :-1]
    return np.argsort(-np.abs(scores)), scores


def as_picture(values):
    """Numbers (rows, T) from -1 to 1 as a picture of a pixel each, red above 0, blue below."""
    from PIL import Image

    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[..., :3] = np.where(values[..., None] > 0, PLUS, MINUS)
    pixels[..., 3] = 255 * np.clip(np.abs(values), 0, 1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def draw_piece(rows, chars, top):
    """Some characters, from `top` on, and under them the numbers (rows, T)."""
    letters = "".join(
        f'<text x="{(place + 0.5) * COLUMN}" y="{top + 13}">{escape(char)}</text>'
        for place, char in enumerate(chars)
    )
    return (
        f'{letters}<image x="0" y="{top + 20}" width="{len(chars) * COLUMN}" '
        f'height="{UNITS * ROW}" preserveAspectRatio="none" style="image-rendering: pixelated" '
        f'href="{as_picture(rows)}"/>'
    )


def draw(kept, text):
    """The reading that stands still: the units that follow the column, one speech below another."""
    units, scores = sort_by_column(kept, text)
    units = units[:UNITS]
    rows = kept[:, units].T / np.abs(kept[:, units]).max(axis=0)[:, None]
    shown = text.replace(" ", "␣").replace("\n", "↵")
    speeches = re.findall(r".+?(?:↵↵|$)", shown)
    pieces, start, top = "", 0, 0
    for speech in speeches:
        end = start + len(speech)
        pieces += draw_piece(rows[:, start:end], speech, top)
        start, top = end, top + 20 + UNITS * ROW + 15
    width = COLUMN * max(map(len, speeches))
    r = f"{scores[units[0]]:.2f}".replace("-", "−")
    return (
        f'<figure class="lab-still"><svg viewBox="0 0 {width} {top}" width="{width}" '
        'font-family="monospace" font-size="13" text-anchor="middle" role="img" '
        f'aria-label="Heat map: {UNITS} units of the network, a row each, over the {len(text)} '
        f'characters of a text.">{pieces}</svg><figcaption><p>The lab needs JavaScript. What '
        f"stands still here is one reading: {UNITS} of the {kept.shape[1]} units of a trained "
        "network, those that follow the column in the line most closely on this text (the first "
        f"with r = {r}). Red is above 0, blue below, full colour the row's largest number, and "
        "each ↵ ends a line.</p></figcaption></figure>"
    )


class Lab(SphinxDirective):
    """`lab`: the whole instrument; its content is the text, its argument the step to begin with."""

    required_arguments = 1
    has_content = True

    def run(self):
        text = "\n".join(self.content) + "\n"
        path = find_weights(self.env.srcdir, "lstm")
        for source in (path, TEMPLATE):
            self.env.note_dependency(str(source))
        load_engine(self.env, *SCRIPTS)
        template = Template(TEMPLATE.read_text(encoding="utf-8"))
        picture = draw(read_text(path, text), text)
        filled = template.substitute(text=escape(text), picture=picture, step=self.arguments[0])
        return [nodes.raw("", filled, format="html")]


def add_sheet(app, page, template, context, doctree):
    """The style sheet of the page that holds the lab."""
    if "page.js" in app.env.metadata.get(page, {}).get("lab", []):
        app.add_css_file("lab/lab.css")


def setup(app):
    app.add_directive("lab", Lab)
    app.connect("html-page-context", add_sheet)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
