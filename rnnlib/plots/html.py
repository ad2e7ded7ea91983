"""What a reader can select, copy, hover and play: tables, shaded text, audio players, in HTML."""

import base64
import io
import wave
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from rnnlib.functional import softmax
from rnnlib.interface import Array, ArrayLike
from rnnlib.plots.style import show_char
from rnnlib.plots.text import likeliest

NEW_GROUP = "</tbody>\n<tbody>\n"


class Html:
    """The last value of a cell: `html` where there can be any, `plain` elsewhere."""

    def __init__(self, html: str, plain: str):
        self.html, self.plain = html, plain

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        return self.plain


def as_table(head: Sequence[Any], rows: Iterable[Any], shades: Any = None) -> Html:
    """A table: names of the columns, and rows whose first cell names the row.

    A row that is a text and no list is the heading of those below it, across all columns.
    shades (rows, columns) are from 0, none, to 1, the full colour.
    """
    rows = [row if isinstance(row, str) else [str(cell) for cell in row] for row in rows]
    if any(len(row) != len(head) for row in rows if not isinstance(row, str)):
        raise ValueError(f"a row does not have the {len(head)} cells of the head. Fill it up.")
    shades = [[0] * len(head)] * len(rows) if shades is None else shades
    head = [str(name) for name in head]
    names = "".join(
        f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in head
    )
    body = "".join(map(_row, rows, shades)).removeprefix(NEW_GROUP)
    html = f"<thead><tr>{names}</tr></thead>\n<tbody>\n{body}</tbody>"
    return Html(f'<table class="results shaded">\n{html}\n</table>', _align([head, *rows]))


def _row(cells, shades):
    """The HTML of a row, or of a heading and the group that it opens."""
    if isinstance(cells, str):
        across = f'<th scope="rowgroup" colspan="{len(shades)}">{escape(cells)}</th>'
        return f"{NEW_GROUP}<tr>{across}</tr>\n"
    looks = [_shade(shade) for shade in shades]
    rest = [f"<td{look}>{escape(cell)}</td>" for cell, look in zip(cells, looks, strict=True)][1:]
    return f'<tr><th scope="row">{escape(cells[0])}</th>{"".join(rest)}</tr>\n'


def _align(rows):
    """Rows in plain text, the first column to the left and the others to the right."""
    cells = [row for row in rows if not isinstance(row, str)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def align(row):
        if isinstance(row, str):
            return row
        return "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()

    return "\n".join(map(align, rows))


def _shade(share):
    """The attribute of what is filled with a share, 0 to 1, of the book's pink."""
    share = f"{share:.2g}"
    style = f"--n: {share}; background-color: rgba(204, 121, 167, {share})"
    return f' style="{style}"' if float(share) else ""


def filter_tables(
    places: Mapping[str, Array], filters: Mapping[str, Any], chars: Sequence[str], most: int = 22
) -> Html:
    """What each filter leaves: a row for each, a column for each of the `most` likely characters.

    `places` maps the title of a table to logits (V,), `filters` a name to a Sampler. A probability
    is written in hundredths and shaded by its square root; what is never drawn stays empty, and
    less than half of a hundredth is a dot.
    """
    found = {}
    for title, logits in places.items():
        order = likeliest(logits, chars, most)
        left = {name: softmax(how.filter(logits))[order] for name, how in filters.items()}
        rows = [[name, *map(_hundredths, probs)] for name, probs in left.items()]
        head = ["", *(show_char(chars[i]) for i in order)]
        found[title] = as_table(head, rows, [[0, *np.sqrt(probs)] for probs in left.values()])
    html = "\n".join(f"<p>{escape(title)}</p>\n{each.html}" for title, each in found.items())
    plain = "\n\n".join(f"{title}\n{each.plain}" for title, each in found.items())
    return Html(f'<div class="shaded">\n{html}\n</div>', plain)


def _hundredths(prob):
    if prob == 0:
        return ""
    return f"{100 * prob:.0f}" if prob >= 0.005 else "·"


def shade_surprise(texts: Mapping[str, Any], highest: float = 6.0) -> Html:
    """Texts whose characters are shaded by their surprise, and tell it under the pointer.

    `texts` maps a name to (text, nats (N,)). No shade is no surprise, or none that is known (nan);
    the full colour is `highest` nats or more.
    """
    return _shade_texts(texts, "surprise in nats", 0, highest, "{:.1f} nats")


def shade_values(texts: Mapping[str, Any], what: str, low: str, high: str) -> Html:
    """Texts whose characters are shaded by a number each, such as a unit or what a probe reads.

    `texts` maps a name to (text, values (N,)), `what` says what the values are. No shade is `low`
    or less, or a value that is not known (nan); the full colour is `high` or more.
    """
    return _shade_texts(texts, what, low, high, "{:.2g}")


def _shade_texts(texts, what, low, high, form):
    """Named texts in shades from low to high, above a scale."""
    parts = [
        f"<p>{escape(name)}</p>\n<pre>{_shade_each(text, values, low, high, form)}</pre>\n"
        for name, (text, values) in texts.items()
    ]
    steps = [f"<span{_shade(n / 4)}> {low + n * (high - low) / 4:g} </span>" for n in range(5)]
    scale = f'<p class="scale">{escape(what)}: {"".join(steps)}</p>'
    plain = "\n\n".join(f"{name}\n{text}" for name, (text, _) in texts.items())
    return Html(f'<div class="shaded">\n{"".join(parts)}{scale}\n</div>', plain)


def _shade_each(text, values, low, high, form):
    """The HTML of a text's characters, each telling its value."""
    values = np.asarray(values, dtype=float)
    if values.shape != (len(text),) or not text:
        raise ValueError(
            f"values of shape {values.shape} do not fit a text of {len(text)} characters. "
            "Give one number for each character."
        )
    spans = []
    for char, value in zip(text, values, strict=True):
        shown = escape(char).replace("\n", "⏎\n")
        share = 0.0 if np.isnan(value) else min(max((value - low) / (high - low), 0), 1)
        look, told = _shade(share), form.format(value)
        spans.append(f'<span title="{told}"{look}>{shown}</span>' if look else shown)
    return "".join(spans)


PLAYER = """<div>
<p style="margin: 0 0 0.25rem">{text}</p>
<audio controls="" aria-label="{text}" style="max-width: 100%" src="data:audio/wav;base64,{sound}">
</audio>
</div>"""


def show_players(sounds: Mapping[str, ArrayLike], rate: int = 22_050) -> Html:
    """Players beside each other: {a sentence that says what is heard: samples (N,)}.

    The sentence is shown, and it is the player's name for those who cannot see it; its length in
    seconds stands behind it. Samples between -1 and 1 are played as loud as they are, and what
    reaches beyond is cut off. Raises ValueError for samples that are not one row.
    """
    players, plain = [], []
    for text, samples in sounds.items():
        samples = np.asarray(samples, float)
        if samples.ndim != 1 or not samples.size:
            raise ValueError(f"{text!r} must be one row of samples, not of shape {samples.shape}.")
        plain.append(f"{text} ({len(samples) / rate:.1f} seconds of sound)")
        sound = base64.b64encode(as_wav(samples, rate)).decode()
        players.append(PLAYER.format(text=escape(plain[-1]), sound=sound))
    style = "display: flex; flex-wrap: wrap; gap: 1rem"
    html = f'<div class="players" style="{style}">\n' + "\n".join(players) + "\n</div>"
    return Html(html, "\n".join(plain))


def as_wav(samples: ArrayLike, rate: int) -> bytes:
    """A WAV file of 16 bits, as bytes."""
    whole = np.round(np.clip(samples, -1, 1) * 32_767).astype("<i2")
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(whole.tobytes())
        return file.getvalue()
