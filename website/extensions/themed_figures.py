"""Figures in the colours of the page: the SVG that a notebook stores becomes part of the page.

Black is the page's ink, white the page itself; every other colour gets a partner for the dark
theme, of the same hue and as far from its page.
"""

import colorsys
import itertools
import re
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import SphinxNbRenderer
from sphinx.transforms.post_transforms import SphinxPostTransform

DARK_PAGE = (0x12, 0x12, 0x12)
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.I)
PAINTED = re.compile(r"<(?:text|tspan|path|use|g|rect)\b[^>]*>")
BACK = re.compile(r'<g id="patch_1">\s*<path [^>]*/>\s*</g>')
STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.S)  # it would reach the whole page
ROOT = re.compile(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>')
SIZE = re.compile(r'data-letters="([\d.]+)".*?viewBox="0 0 ([\d.]+) ([\d.]+)"', re.S)
NARROW = re.compile(r'<defs class="narrow">(.*)</defs></svg>\s*$', re.S)
EXPONENT = re.compile(
    r'(?:<tspan x="[^"]*" y="[^"]*" style="font-size: [1-7](?:\.\d+)?px;[^>]*>[^<]*</tspan>\s*)+'
)
BITMAP = re.compile(r'(<image\b[^>]*?) xlink:href="([^"]*)" data-dark="([^"]*)"([^>]*)/>')
BITMAP_NAME = re.compile(r'(<image\b[^>]*?) id="[^"]*"')  # two would share it
NUMBER = re.compile(r'(<span class="caption-number">Fig\. )(\d+)(?= )')  # with none of a chapter
BOTH = r'\1 class="by-day" href="\2"\4/>\1 class="by-night" href="\3"\4/>'
NAMES = re.compile(r'(\bid="|url\(#|href="#)')
PARTNERS = {  # of the lines of rnnlib.plots.style, which must stay apart
    "#5f5f5f": "#9a9a9a", "#d55e00": "#ff8a3d", "#0072b2": "#5db7f0", "#009e73": "#2fc99a",
    "#cc79a7": "#eda3ce", "#7b5ea7": "#a88be0", "#e69f00": "#e9ad2b", "#56b4e9": "#56b4e9",
    "#882255": "#dc5a8c", "#999933": "#b9b95a", "#332288": "#8f86ee", "#cc6677": "#e88a98",
}  # fmt: skip


def luminance(*rgb):
    """The relative luminance of a colour, 0 black to 1 white: WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def partner(colour):
    """What stands on a dark page for a colour made for white: same hue, same contrast."""
    if colour in PARTNERS:
        return PARTNERS[colour]
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    hue, _, saturation = colorsys.rgb_to_hls(*rgb)
    chroma = max(rgb) - min(rgb)
    saturation = min(saturation, 0.3 + 1.5 * chroma)  # no pale fill turns loud
    wanted = max(1.05 / (luminance(*rgb) + 0.05), 4.5 if chroma > 0.35 else 1)  # and no line dim
    page = luminance(*(c / 255 for c in DARK_PAGE)) + 0.05

    def miss(lightness):
        found = luminance(*colorsys.hls_to_rgb(hue, lightness, saturation)) + 0.05
        return abs(found / page - wanted)

    best = min((i / 100 for i in range(8, 101)), key=miss)
    rgb = colorsys.hls_to_rgb(hue, best, saturation)
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)


def themed(found):
    """A colour of a drawing as the page's style sheet says it."""
    colour = found[0].lower()
    names = {"#000000": "var(--ink)", "#ffffff": "var(--page)"}
    return names.get(colour) or f"light-dark({colour},{partner(colour)})"


def enlarge(found):
    """An exponent in letters of 8 points, which are 11 pixels on the page, from where it began."""
    start, small = (
        float(re.search(what, found[0])[1]) for what in (r'x="([^"]*)"', r"font-size: ([\d.]+)px")
    )

    def move(place):
        return f'x="{start + (float(place[1]) - start) * 8 / small:.3g}"'

    return re.sub(r'\bx="([^"]*)"', move, found[0]).replace(f"{small:g}px", "8px")


def prepare(svg, prefix):
    """One drawing for the page: no background, colours of both themes, ids of its own."""
    svg = ROOT.sub(r'<svg viewBox="\1" aria-hidden="true">', STYLE.sub("", svg), count=1)
    svg = EXPONENT.sub(enlarge, BACK.sub("", svg, count=1))
    svg = svg.replace("font-family: 'DejaVu Sans', sans-serif;", "")  # the page's own
    svg = svg.replace("'DejaVu Sans Mono', monospace", "var(--pst-font-family-monospace)")
    svg = PAINTED.sub(lambda element: COLOUR.sub(themed, element[0]), svg)
    svg = NAMES.sub(lambda name: name[1] + prefix, BITMAP.sub(BOTH, BITMAP_NAME.sub(r"\1", svg)))
    return svg.replace("xlink:href", "href")


def draw(svg, alt, prefix):
    """Both widths in one box; the page's style sheet shows the one that fits."""
    narrow = NARROW.search(svg)
    drawings = {"wide": NARROW.sub("</svg>", svg)} | ({"narrow": narrow[1]} if narrow else {})
    parts = []
    for name, drawing in drawings.items():
        letters, width, height = map(float, SIZE.search(drawing).groups())
        size = f"--w:{width:g};--h:{height:g};--letters:{letters:g}"
        code = prepare(drawing, f"{prefix}{name[0]}-")
        parts.append(f'<div class="{name}" style="{size}">{code}</div>')
    kind = "vector both" if narrow else "vector"
    return f'<div class="{kind}" role="img" aria-label="{escape(alt)}">{"".join(parts)}</div>'


class ThemedFigures(SphinxPostTransform):
    """Once myst-nb has chosen an SVG, put the drawing where its image was."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for number, image in enumerate(list(self.document.findall(nodes.image))):
            if image["uri"].endswith(".svg") and "jupyter_execute" in image["uri"]:
                svg = (Path(self.app.srcdir) / image["uri"]).read_text(encoding="utf-8")
                code = draw(svg, image.get("alt", ""), f"f{number}-")
                image.replace_self(nodes.raw("", code, format="html"))


def caption_pictures_only(render):
    """What renders the outputs of a cell, so that a table beside a picture is no second figure."""

    def render_each(self, token, outputs):
        cell = token.meta["metadata"]
        for output in outputs:
            page = dict(cell.get("mystnb", {}))
            if "image/png" not in output.get("data", {}):
                page.pop("figure", None)
            token.meta["metadata"] = {**cell, "mystnb": page}
            render(self, token, [output])
        token.meta["metadata"] = cell

    return render_each


def number_by_page(app, pagename, templatename, context, doctree):
    """Figures outside the chapters, which Sphinx counts on and on, begin at 1 on each page."""
    numbers = itertools.count(1)
    context["body"] = NUMBER.sub(lambda m: f"{m[1]}{next(numbers)}", context.get("body", ""))


def setup(app):
    app.connect("html-page-context", number_by_page)
    renderer = SphinxNbRenderer
    renderer._render_nb_cell_code_outputs = caption_pictures_only(
        renderer._render_nb_cell_code_outputs
    )
    app.add_post_transform(ThemedFigures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
