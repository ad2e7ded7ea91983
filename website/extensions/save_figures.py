"""Figures to take: each as a file of its own with the licence in it, and all of them on one page.

`figures/NAME.svg` is the figure NAME of a built page in the light. Beside its caption stand a link
to its place and what saves it. A page that was opened from a folder may not read a file, nor what
it has drawn of one, so that each file is a script as well: `website/static/figures.js` takes the
drawing from there. A page with `<div class="all-figures"></div>` shows the figures of all pages.
"""

import json
import re
from html import escape, unescape
from pathlib import Path

from website.extensions.imprint import imprint
from website.paper.drawings import drawing_file, drawing_in
from website.paper.pages import as_tree, drop, is_unused

PAGE = "chapters/figures"
FIGURE = re.compile(r'<figure class="[^"]*" id="fig-([^"]+)">(.*?)</figure>', re.S)
LINK = re.compile(r'<a class="headerlink" href="#[^"]*" title="Link to this image">#</a>')
NUMBER = re.compile(r'caption-number">(Fig\. [\d.]+) <')
WORDS = re.compile(r'"caption-text">(.*?)</span> ?<\w+ class="(?:headerlink|save)"', re.S)
TITLE = re.compile(r'<h1>(.*)<a class="headerlink"')  # the other heading, for paper, has no link
TAG = re.compile(r"<[^>]*>")
SHOWN = re.compile(r'<div class="all-figures">.*?</div>', re.S)  # no figure holds another
EDGE, FOOT = 8, 16  # around a drawing, and under it for the line on its source
FILE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {left} {width:g} {height:g}" \
width="{width:g}" height="{height:g}">
<title>{title}</title>
<rect x="{left}" y="{left}" width="{width:g}" height="{height:g}" fill="#ffffff"/>
{drawing}
<text y="{foot:g}" font-family="sans-serif" font-size="{size:.3g}" fill="#59636e">{line}</text>
</svg>
"""


def with_licence(drawing, title, line):
    """A drawing on white, its source and its licence in a line under it."""
    *_, width, height = map(float, re.search(r'viewBox="([^"]*)"', drawing)[1].split())
    return FILE.format(
        drawing=drawing[drawing.index("<svg") :].replace("<svg ", '<svg overflow="visible" ', 1),
        title=escape(title, quote=False),
        line=escape(line, quote=False),
        left=-EDGE,
        width=width + 2 * EDGE,
        height=height + 2 * EDGE + FOOT,
        foot=height + FOOT,
        size=min(10, width / (0.6 * len(line))),
    )


def offer(name, number, above, page=""):
    """What stands beside a caption: the link to the figure on its page, and what saves it."""
    return (
        f' <span class="save"><a href="{page}#fig-{name}" aria-label="Link to {number}">#</a> Save '
        f'<a href="{above}figures/{name}.svg" download aria-label="Save {number} as SVG">SVG</a> '
        f'<button type="button" class="pst-js-only" aria-label="Save {number} as PNG">PNG</button>'
        "</span>"
    )


def write_figures(app, pagename, templatename, context, doctree):
    """Write the figures of a page as files, and offer them beside their captions."""
    folder, said = Path(app.outdir, "figures"), imprint()
    above = "../" * pagename.count("/")

    def one(found):
        name, number = found[1], NUMBER.search(found[2])[1]
        folder.mkdir(exist_ok=True)
        title = unescape(TAG.sub("", WORDS.search(found[2])[1])).strip()
        line = f"{said['title'].partition(':')[0]}, {number}. {said['author']}, {said['licence']}."
        tree = as_tree(found[2], pagename)
        drop(tree, is_unused)
        code = with_licence(drawing_file(name, drawing_in(tree)), title, line)
        (folder / f"{name}.svg").write_text(code, encoding="utf-8")
        script = f"window.savedFigure = {json.dumps(code, ensure_ascii=False)};\n"
        (folder / f"{name}.js").write_text(script, encoding="utf-8")
        return LINK.sub(offer(name, number, above), found[0])

    context["body"] = FIGURE.sub(one, context.get("body", ""))


def show(name, drawn, address):
    """A figure on the page of all: a small picture and a caption that lead to its place."""
    number, words = NUMBER.search(drawn)[1], re.sub(r"</?a\b[^>]*>", "", WORDS.search(drawn)[1])
    alt = re.search(r'aria-label="([^"]*)"', drawn)[1]
    place = f'href="{address}#fig-{name}"'
    return (
        f'<figure><a {place} tabindex="-1"><img src="../figures/{name}.svg" alt="{alt}" '
        f'loading="lazy"/></a>\n<figcaption><p><a {place}>{number}</a> {words}'
        f"{offer(name, number, '../', address)}</p></figcaption></figure>"
    )


def show_all(app, exception):
    """Fill the page of all figures from the built pages, in the order of the book."""
    target = Path(app.builder.get_outfilename(PAGE))
    if exception or not target.exists():
        return
    parts = []
    for page in (app.config.root_doc, *app.env.toctree_includes[app.config.root_doc]):
        html = Path(app.builder.get_outfilename(page)).read_text(encoding="utf-8")
        address = app.builder.get_relative_uri(PAGE, page)
        figures = [show(name, drawn, address) for name, drawn in FIGURE.findall(html)]
        if figures:
            title, anchor = TITLE.search(html)[1], f"figures-of-{Path(page).name}"
            sign = f'<a class="headerlink" href="#{anchor}" title="Link to this heading">#</a>'
            parts += [f'<h2 id="{anchor}">{title}{sign}</h2>', *figures]
    shown = '<div class="all-figures">\n' + "\n".join(parts) + "\n</div>"
    text = SHOWN.sub(lambda _: shown, target.read_text(encoding="utf-8"))
    target.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("html-page-context", write_figures, priority=600)  # once they have their numbers
    app.connect("build-finished", show_all, priority=550)  # before the style sheet is made
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
