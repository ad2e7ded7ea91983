"""The book as an EPUB 3: a file a chapter, formulas as MathML, figures as SVG in light colours.

Readers of books know less than browsers, so that no variable of a style sheet is left in it.
"""

import io
import zipfile
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib.pyplot as plt
import numpy as np
from pygments.formatters import HtmlFormatter

from website.paper.drawings import as_file, drawing_file, drawing_in
from website.paper.front import (
    AUTHOR,
    EDITION,
    IMPRINT,
    LEFT_OUT,
    LICENCE,
    SUBTITLE,
    TITLE,
    drawing,
)
from website.paper.pages import SITE, classes, make, read, text_of

HERE = Path(__file__).parent
XHTML, EPUB = "http://www.w3.org/1999/xhtml", "http://www.idpf.org/2007/ops"
DATED = (2026, 1, 1, 0, 0, 0)  # of the files in the archive, so that a second build is the same
TYPES = {".xhtml": "application/xhtml+xml", ".svg": "image/svg+xml", ".png": "image/png",
         ".css": "text/css", ".woff": "font/woff"}  # fmt: skip
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:hidden-state:{version}</dc:identifier>
<dc:title>{title}</dc:title><dc:language>en</dc:language><dc:creator>{author}</dc:creator>
<dc:description>{subtitle}</dc:description><dc:rights>{licence}</dc:rights>
<meta property="dcterms:modified">{date}</meta>
<meta property="schema:accessMode">textual</meta><meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Figures are described, formulas are MathML.</meta>
</metadata>
<manifest>
{manifest}
</manifest>
<spine>
{spine}
</spine>
</package>
"""


def page(title, *content, body=None):
    """One XHTML file around its content."""
    head = make("head", make("title", text=title))
    head.append(make("link", rel="stylesheet", type="text/css", href="book.css"))
    html = make("html", head, body if body is not None else make("body", *content))
    html.attrib = {"xmlns": XHTML, "xmlns:epub": EPUB, "lang": "en", "xml:lang": "en"}
    return as_file(html)


def take_out_drawings(page, files):
    """Put each drawing of a page into a file, and an image in its place."""
    for parent in list(page.tree.iter()):
        node = drawing_in(parent)
        if node is not None:
            name = parent.get("id").partition("--fig-")[2]
            alt = next(filter(None, (part.get("aria-label") for part in node.iter())))
            image = make("img", src=f"{name}.svg", alt=alt)
            files[f"{name}.svg"] = drawing_file(name, node)
            parent[list(parent).index(node)] = make("div", image, *node.iter("p"))


def cover(pages):
    """The cover: the hidden state while a network reads the pangram, under the title."""
    columns = [list(g.iter("rect")) for g in drawing(pages).iter("g") if "step" in classes(g)]
    sign = {"plus": 1, "minus": -1}
    values = [[sign[u.get("class")] * float(u.get("fill-opacity")) for u in c] for c in columns]
    figure = plt.figure(figsize=(6, 8), dpi=200)
    axes = figure.add_axes((0.08, 0.3, 0.84, 0.32))
    axes.imshow(np.array(values).T, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    axes.set_axis_off()
    figure.text(0.5, 0.8, TITLE, ha="center", size=38, weight="bold")
    for n, line in enumerate(SUBTITLE.split(", ")):
        figure.text(0.5, 0.73 - 0.03 * n, line, ha="center", size=13)
    figure.text(0.5, 0.15, AUTHOR, ha="center", size=13)
    data = io.BytesIO()
    figure.savefig(data, metadata={"Software": None})
    plt.close(figure)
    return data.getvalue()


def links_to_files(pages):
    """Every link leads to the file of its target, and formulas are those of MathML 3."""
    home = {node.get("id"): p.name for p in pages for node in p.tree.iter() if "id" in node.attrib}
    for p in pages:
        for node in p.tree.iter():
            link = node.get("href", "")
            if link.startswith("#"):
                node.set("href", f"{home[link[1:]]}.xhtml{link}")
            for place, child in enumerate(node):
                size = child.attrib.pop("displaystyle", None)
                if child.tag in ("math", "mtable", "mstyle") and size:
                    child.set("displaystyle", size)
                elif size:  # MathML 3, which is that of books, says it around the element
                    node[place] = make("mstyle", child, displaystyle=size)
                    node[place].tail, child.tail = child.tail, None
                if child.tag != "mstyle":
                    child.attrib.pop("scriptlevel", None)


def contents(pages):
    """The contents: parts, chapters, sections."""
    parts = []
    for part, found in groupby(pages, key=lambda page: page.part):
        items = [entry(p) for p in found]
        parts += [make("li", make("span", text=part), make("ol", *items))] if part else items
    nav = make("nav", make("h1", text="Contents"), make("ol", *parts), role="doc-toc")
    nav.set("epub:type", "toc")
    return page("Contents", nav)


def entry(p):
    """A chapter of the contents, with its sections."""
    number = f"{p.number}. " if p.number else ""
    item = make("li", make("a", text=number + p.title, href=f"{p.name}.xhtml"))
    sections = [
        make("li", make("a", text=text_of(s.find("h2")), href=f"{p.name}.xhtml#{s.get('id')}"))
        for s in p.tree.iter("section")
        if s.find("h2") is not None
    ]
    return make("li", item[0], make("ol", *sections)) if sections else item


def manifest(files):
    """A line for each file."""
    lines, known = [], {"nav.xhtml": "nav", "cover.png": "cover-image"}
    for number, (name, data) in enumerate(files.items()):
        has_formulas = name.endswith(".xhtml") and b"<math" in data
        says = known.get(name, "mathml" if has_formulas else "")
        more = f' properties="{says}"' if says else ""
        kind = TYPES[Path(name).suffix]
        lines.append(f'<item id="f{number}" href="{name}" media-type="{kind}"{more}/>')
    return lines


def write(target):
    """Write the book to a file."""
    pages, files = read(), {}
    lines = (SUBTITLE, AUTHOR, EDITION, LEFT_OUT, LICENCE)
    front = [make("h1", text=TITLE), *(make("p", text=line) for line in lines)]
    files["cover.png"] = cover(pages)
    files["title.xhtml"] = page(TITLE, make("section", *front))
    files["nav.xhtml"] = contents(pages)
    links_to_files(pages)
    for p in pages:
        take_out_drawings(p, files)
        p.tree.tag = "body"
        files[f"{p.name}.xhtml"] = page(p.title, body=p.tree)
    code = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    files["book.css"] = code + (HERE / "epub.css").read_text(encoding="utf-8")
    files["formulas.woff"] = (SITE / "_static" / "formulas.woff").read_bytes()
    files = {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}
    spine = [n for n, name in enumerate(files) if name.endswith(".xhtml")]
    package = PACKAGE.format(
        title=escape(TITLE),
        author=escape(AUTHOR),
        subtitle=escape(SUBTITLE),
        licence=escape(LICENCE),
        version=IMPRINT["version"],
        date=f"{IMPRINT['date']}T00:00:00Z",
        manifest="\n".join(manifest(files)),
        spine="\n".join(f'<itemref idref="f{n}"/>' for n in spine),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        put(archive, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        put(archive, "META-INF/container.xml", CONTAINER.encode())
        put(archive, "book/package.opf", package.encode())
        for name, data in files.items():
            put(archive, f"book/{name}", data)


def put(archive, name, data, how=zipfile.ZIP_DEFLATED):
    """A file of the archive, without a time of its own."""
    archive.writestr(zipfile.ZipInfo(name, DATED), data, compress_type=how)
