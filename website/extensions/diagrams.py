"""Diagrams: an image from `diagrams/` and the paragraph in emphasis under it become one figure.

In the pages the two are plain Markdown, which JupyterLab and GitHub show as well. The figure is
called after the file, `fig-cell` for `diagrams/cell.svg`. On the site its sheets are set into the
page, which gives them its colours, and each bold run of the caption opens the text under a sheet.
"""

import re
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

SHEET = re.compile(r'<svg class="sheet" (viewBox="-6 0 (\d+) \d+")[^>]*>(.*?)</svg>', re.S)

LINK = re.compile(r'(?<=<a href=")[^"]*')


def is_drawing(node):
    """Whether a paragraph holds a diagram and nothing else."""
    uris = [child.get("uri") for child in node.children if isinstance(child, nodes.image)]
    return len(node) == 1 and bool(uris) and Path(uris[0]).parent.name == "diagrams"


def texts_of(emphasis):
    """The caption, and after it the text of each sheet, which opens with a bold run."""
    texts = [[]]
    for child in emphasis.children:
        if isinstance(child, nodes.strong):
            texts.append([])
        texts[-1].append(child)
    return texts


class Figures(SphinxTransform):
    """Image and caption become a figure while the page is read, so that it gets its number."""

    default_priority = 200  # before Sphinx numbers figures

    def apply(self, **kwargs):
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if is_drawing(paragraph):
                self.make_figure(paragraph)

    def make_figure(self, paragraph):
        """The paragraph and the next one, as a figure."""
        (image,) = paragraph.children
        following = paragraph.next_node(descend=False, siblings=True)
        if [type(child) for child in following or []] != [nodes.emphasis]:
            logging.getLogger(__name__).warning(
                f"{image['uri']} has no caption. Put a paragraph *in emphasis* under it.",
                location=paragraph,
            )
            return
        caption, *texts = texts_of(following[0])
        figure = nodes.figure("", image, nodes.caption("", "", *caption), classes=["drawing"])
        if texts:
            figure += nodes.legend("", *[nodes.paragraph("", "", *text) for text in texts])
        figure.source, figure.line = paragraph.source, paragraph.line
        figure["names"].append(self.name_for(Path(image["uri"]).stem))
        self.document.note_explicit_target(figure, figure)
        page = Path(self.env.doc2path(self.env.docname))
        self.env.note_dependency(str(page.parent / image["uri"]))
        following.parent.remove(following)
        paragraph.replace_self(figure)

    def name_for(self, stem):
        """fig-STEM; where a detour shows a drawing of a chapter again, its own name is added."""
        page = Path(self.env.doc2path(self.env.docname))
        again = page.parent.name == "detours" and stem in drawings_of(page.parent.parent)
        return f"fig-{stem}" + f"-{page.stem}" * again


@cache
def drawings_of(chapters):
    """The stems of all drawings that the chapters in a folder show."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(chapters.glob("*.ipynb")))
    return {stem for text in texts for stem in re.findall(r"\(diagrams/(\w+)\.svg\)", text)}


class Sheets(SphinxPostTransform):
    """The sheets in the page itself."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for figure in list(self.document.findall(nodes.figure)):
            if "drawing" in figure["classes"]:
                image, caption, *legend = figure.children
                texts = [text for part in legend for text in part.children]
                figure[:] = [*self.sheets(image, texts), caption]

    def sheets(self, image, texts):
        """Each sheet above its text; the first one speaks for all."""
        drawing = Path(self.app.srcdir, image["uri"]).read_text(encoding="utf-8")
        drawing, links = LINK.subn(lambda link: self.address(image, link[0]), drawing)
        role = "group" if links else "img"
        said = f'role="{role}" aria-label="{escape(image["alt"])}"'
        yield _raw('<div class="diagram">')
        for n, (box, width, code) in enumerate(SHEET.findall(drawing)):
            yield _raw(f'<div class="picture" style="--sheet:{width}">')
            yield _raw(f'<svg class="sheet" {box} {said}>{code}</svg>')
            yield from texts[n : n + 1]
            yield _raw("</div>")
            said = 'role="group"' if links else 'aria-hidden="true"'
        yield _raw("</div>")

    def address(self, image, link):
        """Where a link of the drawing leads on the site: it names a page from the file's folder."""
        page = (Path(self.app.srcdir, image["uri"]).parent / link).resolve()
        name = self.env.path2doc(str(page))
        if name not in self.env.found_docs:
            logging.getLogger(__name__).warning(f"{image['uri']} leads to {link}, which is no page")
        return self.app.builder.get_relative_uri(self.env.docname, name)


def _raw(code):
    return nodes.raw("", code, format="html")


def setup(app):
    app.add_transform(Figures)
    app.add_post_transform(Sheets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
