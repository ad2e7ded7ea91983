"""The book to go: PDF, EPUB, notebooks, a spreadsheet. The site carries those that have been made.

They are made in `_build/to_go`. The build copies them into the site's folder `to_go`, and the
directive `to-go` lists those that are there, each with its size. The PDF and the EPUB are made of
the built site (`website/paper`), which is why its list is written once more when they are there.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

FILES = {
    "hidden-state.pdf": ("PDF", "to print, or to read and mark on a tablet."),
    "hidden-state.epub": ("EPUB", "for an e-reader or a phone."),
    "hidden-state-notebooks.zip": (
        "Notebooks",
        "a zip with all that they need, to run on your machine. Unpack it and open START-HERE.txt.",
    ),
    "hidden-state-four-steps.xlsx": (
        "Spreadsheet",
        "four steps of the cell of chapters 4 and 6, forwards, backwards and one step of learning.",
    ),
    "one-lecture.pdf": ("Handout", "one sheet of paper for the one lecture."),
    "one-lecture.svg": ("Handout as a drawing", "the same sheet as SVG, to change it."),
}
NOTHING = "This copy of the book was built without them; make book makes them."
LIST = re.compile(r'<ul class="to-go" data-only="([^"]*)">.*?</ul>', re.S)


def find_made(folder):
    """The size in bytes of each file that has been made, in the order of the list."""
    paths = [Path(folder, "_build", "to_go", name) for name in FILES]
    return {path.name: path.stat().st_size for path in paths if path.is_file()}


def weigh(size):
    """A number of bytes in words."""
    return f"{size / 1e6:.1f} MB" if size >= 50_000 else f"{size / 1e3:.0f} kB"


def list_files(made, above="", only=""):
    """The list as HTML: a line for each file whose name begins with `only`.

    `above` leads to the folder of the site.
    """
    lines = [
        f'<li><p><a class="reference internal" href="{above}to_go/{name}">{FILES[name][0]}</a> '
        f"({weigh(size)}): {FILES[name][1]}</p></li>"
        for name, size in made.items()
        if name.startswith(only)
    ]
    lines = lines or [f"<li><p>{NOTHING}</p></li>"]
    return f'<ul class="to-go" data-only="{only}">\n' + "\n".join(lines) + "\n</ul>"


class ToGo(SphinxDirective):
    """`to-go`: the list of what the site carries, or of what has a name that begins so."""

    optional_arguments = 1

    def run(self):
        made = find_made(self.env.srcdir)
        self.env.metadata[self.env.docname]["to_go"] = made
        above = "../" * self.env.docname.count("/")
        return [nodes.raw("", list_files(made, above, *self.arguments), format="html")]


def find_outdated(app, env, added, changed, removed):
    """Pages whose list is of other files, or of other sizes."""
    made = find_made(app.srcdir)
    return [name for name, said in env.metadata.items() if said.get("to_go", made) != made]


def copy_files(app, exception):
    """The files as they are now, and no others, in the folder of the site."""
    if not exception:
        carry(app.srcdir, Path(app.outdir))


def carry(root, site):
    """Copy what has been made into the site."""
    shutil.rmtree(site / "to_go", ignore_errors=True)
    for name in find_made(root):
        (site / "to_go").mkdir(exist_ok=True)
        shutil.copy2(Path(root, "_build", "to_go", name), site / "to_go")


def renew(root, site):
    """Carry what has been made since, and write the list of a built site anew."""
    carry(root, site)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if found := LIST.search(text):
            above = "../" * (len(page.relative_to(site).parts) - 1)
            new = text.replace(found[0], list_files(find_made(root), above, found[1]))
            page.write_text(new, encoding="utf-8")


def setup(app):
    app.add_directive("to-go", ToGo)
    app.connect("env-get-outdated", find_outdated)
    app.connect("build-finished", copy_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
