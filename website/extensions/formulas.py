"""Formulas become MathML while the book is built; a page needs no JavaScript to show them.

The package math-core turns TeX into MathML. `formulas.woff` draws it: STIX Two Math, which the
package ziamath carries (SIL Open Font License 1.1), cut down to the characters of the book. A
formula that cannot be converted is a warning with its place in the text.
"""

import importlib.util
import re
import unicodedata
from functools import cache
from html import unescape
from pathlib import Path

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from website.extensions.cut_font import cut

FONT = ("ziamath", "fonts/STIXTwoMath-Regular.ttf")
ROOT_SIGN, PRIMES = "√", "ss04"
MARKS = re.compile(r"[.,;:?!)’”]+")
LOG = logging.getLogger(__name__)
REWRITES = [
    # Sphinx numbers equations itself
    (r"\\(begin|end)\{(align|gather|equation|multline)\}", r"\\\1{\2*}"),
    # math-core knows neither `split` nor a distance after a line break
    (r"\\(begin|end)\{split\}", r"\\\1{aligned}"),
    (r"\\\\\[[^]]*\]", r"\\\\"),
]
REWRITES = [(re.compile(pattern), new) for pattern, new in REWRITES]


@cache
def to_mathml(tex, display):
    """The MathML of a formula; raises LatexError where the TeX is wrong or unknown."""
    for pattern, new in REWRITES:
        tex = pattern.sub(new, tex)
    if display and r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return LatexToMathML(fancy_error=False).convert_with_local_state(tex, displaystyle=display)


def convert(writer, node, display):
    """The MathML of a node, or its TeX as code and a warning."""
    tex = node.astext().strip()
    try:
        return to_mathml(tex, display)
    except LatexError as error:
        LOG.warning("formula %r: %s", tex, error, location=node, type="formulas")
        return f"<code>{writer.encode(tex)}</code>"


def keep_marks(app, doctree, docname):
    """Hold a formula and the full stop or comma after it in one line."""
    for formula in list(doctree.findall(nodes.math)):
        parent, at = formula.parent, formula.parent.index(formula)
        after = parent[at + 1] if at + 1 < len(parent) else None
        mark = isinstance(after, nodes.Text) and MARKS.match(after)
        if mark:
            held = nodes.inline("", "", formula, nodes.Text(mark[0]), classes=["unbroken"])
            parent[at : at + 2] = [held, nodes.Text(after[mark.end() :])]


def visit_inline(writer, node):
    """A formula in a sentence."""
    opening = writer.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    writer.body += [opening, convert(writer, node, False), "</span>"]
    raise nodes.SkipNode


def visit_block(writer, node):
    """A formula on lines of its own, with its number where it has a label."""
    writer.body.append(writer.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body += [convert(writer, node, True), "</div>\n"]
    raise nodes.SkipNode


def slanted(char):
    """The letter that a browser draws where a formula names a variable of one letter."""
    names = {"h": "PLANCK CONSTANT"}
    name = unicodedata.name(char, "").replace("LATIN", "MATHEMATICAL ITALIC")
    name = name.replace("GREEK", "MATHEMATICAL ITALIC").replace("LETTER ", "")
    try:
        return unicodedata.lookup(names.get(char, name))
    except KeyError:
        return char


def characters(pages):
    """The code points of all formulas in the HTML of pages, as they are drawn."""
    plain = "".join(re.findall(r"<math.*?</math>", pages, re.S))
    found = set(unescape(re.sub(r"<[^>]*>", "", plain))) | {ROOT_SIGN}
    found |= {slanted(char) for char in found} - {""}
    return {ord(char) for char in found}


def narrow_roots(font):
    """Make all root signs equally wide: Chromium keeps room for the widest beside every root."""
    variants, outlines, widths = font["MATH"].table.MathVariants, font["glyf"], font["hmtx"]
    sign = font.getBestCmap()[ord(ROOT_SIGN)]
    construction = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(sign)]
    names = [record.VariantGlyph for record in construction.MathGlyphVariantRecord]
    if construction.GlyphAssembly:
        names += [part.glyph for part in construction.GlyphAssembly.PartRecords]
    for name in set(names) - {sign}:
        width, bearing = widths[name]
        factor = widths[sign][0] / width
        outlines[name].coordinates.scale((factor, 1))
        outlines[name].recalcBounds(outlines)
        widths[name] = (widths[sign][0], round(bearing * factor))


def write_font(app, exception):
    """Write the font once all pages are there."""
    if exception:
        return
    folder = Path(app.outdir)
    named = [path for path in folder.rglob("*") if path.suffix in (".html", ".xhtml")]
    pages = "".join(path.read_text(encoding="utf-8") for path in named)
    package, name = FONT
    source = Path(importlib.util.find_spec(package).origin).parent / name
    data = cut(source, characters(pages), ("ssty", PRIMES), narrow_roots)
    (folder / "_static" / "formulas.woff").write_bytes(data)


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("doctree-resolved", keep_marks)
    app.connect("build-finished", write_font, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
