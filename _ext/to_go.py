"""The book to go: PDF, EPUB and notebooks, which the site carries as far as they have been made.

The Makefile makes them in `_build/to_go`. The build copies them into the site's folder `to_go`, and
the directive `to-go` lists those that are there, each with its size.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

FILES = {
    "hidden-state.pdf": ("PDF", "to print, or to read and mark on a tablet."),
    "hidden-state.epub": ("EPUB", "for an e-reader or a phone."),
    "hidden-state-notebooks.zip": (
        "Notebooks",
        "a zip with all that they need, to run on your machine. Unpack it and open START-HERE.txt.",
    ),
}
NOTHING = "This copy of the book was built without them; make book makes them."
ELSEWHERE = "The book is also a site, a PDF, an EPUB, and notebooks that run."


def find_made(folder):
    """The size in bytes of each file that has been made, in the order of the list."""
    paths = [Path(folder, "_build", "to_go", name) for name in FILES]
    return {path.name: path.stat().st_size for path in paths if path.is_file()}


class ToGo(SphinxDirective):
    """`to-go`: the list of what the site carries; other formats say in a sentence what there is."""

    def run(self):
        made = find_made(self.env.srcdir)
        self.env.metadata[self.env.docname]["to_go"] = made
        site = addnodes.only("", self.list(made), expr="builder_html")
        other = addnodes.only("", nodes.paragraph("", ELSEWHERE), expr="not builder_html")
        return [site, other]

    def list(self, made):
        """A line for each file; how the page leads to it does not depend on where the site lies."""
        above = "../" * self.env.docname.count("/")
        lines = nodes.bullet_list("", bullet="-", classes=["to-go"])
        for name, size in made.items():
            kind, use = FILES[name]
            link = nodes.reference("", kind, refuri=f"{above}to_go/{name}", internal=True)
            words = nodes.Text(f" ({size / 1e6:.1f} MB): {use}")
            lines += nodes.list_item("", nodes.paragraph("", "", link, words))
        return lines if made else nodes.paragraph("", NOTHING)


def find_outdated(app, env, added, changed, removed):
    """Pages whose list is of other files, or of other sizes."""
    made = find_made(app.srcdir)
    return [name for name, said in env.metadata.items() if said.get("to_go", made) != made]


def copy_files(app, exception):
    """The files as they are now, and no others, in the folder of the site."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir, "to_go")
    shutil.rmtree(folder, ignore_errors=True)
    for name in find_made(app.srcdir):
        folder.mkdir(exist_ok=True)
        shutil.copy2(Path(app.srcdir, "_build", "to_go", name), folder)


def setup(app):
    app.add_directive("to-go", ToGo)
    app.connect("env-get-outdated", find_outdated)
    app.connect("build-finished", copy_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
