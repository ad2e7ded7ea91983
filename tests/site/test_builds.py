"""Small books built with these extensions: what a page holds, a repository, a second build."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks import ROOT
from tools.execute import METADATA
from website.extensions.imprint import imprint
from website.extensions.to_go import NOTHING

INDEX = """# Book

**[Start](cells.ipynb)** [See the part](#part)

[Not a button](#part)

## Part

```{reading-figure}
```

$x$, {cite}`book`

```{bibliography}
```

```{to-go}
```

```{how-to-cite}
```

```{feedback}
```
"""
REFERENCES = "@misc{book, title = {Book}, author = {A. Author}, year = {2026}}\n"
SAID = "A state and an input on their way"
DRAWN = f"![{SAID}](chapters/diagrams/cell.svg)"
CAPTION = "A cell. **One.** The path. **Two.** In $n$ numbers."
REPOSITORY = "https://github.com/Owner/name"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book of two small pages with the configuration of this one and all that makes its site."""
    folder = tmp_path_factory.mktemp("book")
    for name in ("website", "chapters/diagrams"):
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    (folder / "weights").mkdir()
    shutil.copy(ROOT / "weights" / "pangram.safetensors", folder / "weights")
    shutil.copy(ROOT / "CITATION.cff", folder)
    (folder / "_build" / "to_go").mkdir(parents=True)
    (folder / "_build" / "to_go" / "hidden-state.epub").write_bytes(bytes(1_500_000))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["url"] = REPOSITORY
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: cells\n")
    (folder / "references.bib").write_text(REFERENCES)
    (folder / "index.md").write_text(INDEX)
    cells = [new_markdown_cell('# Cells\n\nThe `"first"` words.')]
    asked = "**Predict before you run.** Which?\n\n- one option\n- another"
    cells.append(new_markdown_cell(asked, metadata={"tags": ["predict-choice"]}))
    cells.append(new_code_cell("answercell", metadata={"tags": ["answer"]}))
    cells.append(new_markdown_cell("The answer says why.", metadata={"tags": ["answer"]}))
    fold = "<details>\n<summary>Why $x$?</summary>\n\nBecause of it.\n\n</details>"
    cells.append(new_markdown_cell(fold, metadata={"tags": ["recall"]}))
    cells.append(new_markdown_cell(f"{DRAWN}\n\n*{CAPTION}*\n\n[Here](#fig-cell)"))
    notes = "<details>\n<summary>Lab notes: seeds of <code>W</code></summary>\n\nTen.\n\n</details>"
    cells.append(new_markdown_cell(notes, metadata={"tags": ["lab-notes"]}))
    cells.append(new_code_cell("notescell", metadata={"tags": ["lab-notes"]}))
    more = "<details>\n<summary>Lab notes, continued</summary>\n\nTwelve.\n\n</details>"
    cells.append(new_markdown_cell(more, metadata={"tags": ["lab-notes"]}))
    cells.append(new_markdown_cell("## Exercise 1.1. Try"))
    for tag in ("numpy", "keras", "torch"):
        cells.append(new_code_cell(f"{tag}cell", metadata={"tags": [tag]}))
    cells.append(new_code_cell("solution", id="solved-it", metadata={"tags": ["hide-output"]}))
    cells[-1].outputs = [new_output("stream", text="solved")]
    nbformat.write(new_notebook(cells=cells, metadata=METADATA), folder / "cells.ipynb")
    return folder


STRICT = ("-W", "-n", "--keep-going")
BUILDS = """
import sys, traceback
from jupyter_book.cli.main import main
for line in sys.stdin:
    for name, module in [*sys.modules.items()]:
        if "website/extensions" in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]  # it may have been changed
    try:
        main(["build", ".", *line.split()], standalone_mode=False)
    except Exception:
        traceback.print_exc()
        print("failed", flush=True)
    else:
        print("built", flush=True)
"""


@pytest.fixture(scope="module")
def build(book):
    """A function that builds the book with these options: whether it could, and what it printed.

    One process builds all, for it takes seconds to load what a build needs.
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([sys.executable, "-c", BUILDS], cwd=book, text=True, **pipes) as process:

        def build(*options):
            print(*options, file=process.stdin, flush=True)
            log = []
            while not log or log[-1] not in ("built\n", "failed\n", ""):
                log.append(process.stdout.readline())
            print(*log)
            return log[-1] == "built\n", "".join(log)

        yield build
        process.stdin.close()


@pytest.fixture(scope="module")
def built(book, build):
    """The folder of the site, which is built without a warning."""
    assert build(*STRICT)[0]
    return book / "_build" / "html"


JUPYTER_BOOKS_OWN = ("jupyter_book", "sphinx_thebe", "sphinx_comments", "sphinx_togglebutton")
JUPYTER_BOOKS_OWN += ("sphinx_jupyterbook_latex",)
THEBE = re.compile(r"<script>kernelName = '\w+'</script>")  # what these leave on a page of cells


def run(command, folder):
    """Run it there; what it says stands in the failure."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_plain_sphinx_builds_the_same_pages(book, built):
    """No extension reaches into Jupyter Book: website/README.md says what leaving it would take."""
    run([Path(sys.executable).with_name("jupyter-book"), "config", "sphinx", "."], book)
    conf = book / "conf.py"
    text = conf.read_text(encoding="utf-8")
    for name in JUPYTER_BOOKS_OWN:
        assert f"'{name}', " in text
        text = text.replace(f"'{name}', ", "")
    conf.write_text(text, encoding="utf-8")
    try:
        run([sys.executable, "-m", "sphinx", "-W", "-q", ".", "_build/plain"], book)
    finally:
        conf.unlink()
    for name in ("index.html", "cells.html", "_static/site.css", "_static/site.js"):
        ours, theirs = (
            THEBE.sub("", (folder / name).read_text(encoding="utf-8")).split()
            for folder in (book / "_build" / "plain", built)
        )
        assert ours == theirs, name


def test_a_page_holds_every_cell_in_order(built):
    text = (built / "cells.html").read_text(encoding="utf-8")
    words = ("another", "answercell", "says why", "Why ", "Because of it", "numpycell", "kerascell")
    places = [text.index(word) for word in (*words, "torchcell")]
    assert places == sorted(places)


def test_a_diagram_is_set_into_the_page(built):
    """Its sheets, with their texts, and a number."""
    html = (built / "cells.html").read_text(encoding="utf-8")
    figure = html.partition('<figure class="drawing')[2].partition("</figure>")[0]
    assert figure.count('<svg class="sheet"') == 2
    assert figure.count(f'role="img" aria-label="{SAID}"') == figure.count("aria-hidden") == 1
    assert figure.index("</svg>") < figure.index("<strong>One.</strong>") < figure.index("Two.")
    assert figure.index("In <span") < figure.index("<figcaption>") < figure.index("A cell.")
    assert 'class="caption-number"' in figure
    assert 'href="#fig-cell"' in html


def test_repository_address_turns_the_buttons_on(built):
    text = (built / "cells.html").read_text(encoding="utf-8")
    pages = "https://owner.github.io/name/"
    for part in (
        "mybinder.org/v2/gh/Owner/name/main?urlpath=lab/tree/cells.ipynb",
        "colab.research.google.com/github/Owner/name/blob/colab/cells.ipynb",
        "github.com/Owner/name/edit/main/cells.ipynb",
        "github.com/Owner/name/issues/new",
        f'<link rel="canonical" href="{pages}cells.html"',
        f'<meta property="og:url" content="{pages}cells.html">',
        '<meta property="og:description" content="The &quot;first&quot; words.">',
        f'<meta property="og:image" content="{pages}website/static/preview.png">',
        '<meta name="twitter:card" content="summary_large_image">',
    ):
        assert part in text, part
    assert (built / "_static" / "preview.png").exists()
    sitemap = (built / "sitemap.xml").read_text(encoding="utf-8")
    assert f"<loc>{pages}index.html</loc>" in sitemap


def test_the_repository_is_where_to_report_and_its_pages_are_cited(built):
    stamp = imprint()
    text = (built / "index.html").read_text(encoding="utf-8")
    assert f'href="{REPOSITORY}/issues/new"' in text
    assert "url    = {https://owner.github.io/name/}" in text
    assert f". Version {stamp['version']}, {stamp['day']}." in text
    text = (built / "cells.html").read_text(encoding="utf-8")
    assert f"<p>Version {stamp['version']}, {stamp['day']}</p>" in text


def test_what_there_is_to_take_along_is_listed_and_carried(book, build, built):
    """Files and sizes follow what has been made, though no page has changed."""
    made, html = book / "_build" / "to_go", built

    def listed():
        text = (html / "index.html").read_text(encoding="utf-8")
        carried = {path.name for path in html.glob("to_go/*")}
        found = re.findall(r'href="to_go/([\w.-]+)">.*?</a> \((.+?)\)', text)
        assert {name for name, _ in found} == carried
        return dict(found), NOTHING in text

    assert listed() == ({"hidden-state.epub": "1.5 MB"}, False)
    (made / "hidden-state.epub").write_bytes(bytes(2_500_000))
    assert build()[0]
    assert listed() == ({"hidden-state.epub": "2.5 MB"}, False)
    (made / "hidden-state.pdf").write_bytes(bytes(100_000))
    assert build()[0]
    assert listed() == ({"hidden-state.pdf": "0.1 MB", "hidden-state.epub": "2.5 MB"}, False)
    shutil.rmtree(made)
    assert build()[0]
    assert listed() == ({}, True)


def test_lab_notes_are_one_closed_fold(built):
    html = (built / "cells.html").read_text(encoding="utf-8")
    (fold,) = re.findall(r'<details class="lab-notes"[^>]*>.*?</details>', html, re.DOTALL)
    assert fold.count("<details") == 1
    assert " open" not in fold.partition(">")[0]
    words = ("<summary>Lab notes: seeds of <code", "</summary>", "Ten.", "notescell", "Twelve.")
    places = [fold.index(word) for word in words]
    assert places == sorted(places)
    assert "continued" not in html


def test_a_page_shows_links_as_buttons(built):
    html = (built / "index.html").read_text(encoding="utf-8")
    (buttons,) = re.findall(r'<p class="buttons">.*?</p>', html, re.DOTALL)
    assert re.findall(r'href="([^"]+)', buttons) == ["cells.html", "#part"]


def test_lab_notes_without_a_title_are_named_and_fail_the_build(book, build, built):
    page = book / "cells.ipynb"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole.replace("Lab notes: seeds", "Notes: seeds"), encoding="utf-8")
    assert "is tagged lab-notes, and the first of its row" in build()[1]
    page.write_text(whole, encoding="utf-8")
    assert build()[0]


def test_a_page_that_is_not_built_again_stays_as_it_is(book, build, built):
    """Nor do repairs without work on the other page fail such a build."""
    html = built
    before = (html / "cells.html").read_text(encoding="utf-8")
    figure = INDEX.partition("$x$")[0]  # without it the next page would number its own anew
    (book / "index.md").write_text(f"{figure}Another text.\n")
    assert build()[0]
    assert "Another text." in (html / "index.html").read_text(encoding="utf-8")
    assert (html / "cells.html").read_text(encoding="utf-8") == before
    (book / "index.md").write_text(INDEX)


def test_a_repair_of_the_theme_that_finds_nothing_to_repair_fails_the_build(book, build, built):
    repairs = book / "website/extensions" / "theme_repairs.py"
    source = repairs.read_text(encoding="utf-8")
    assert "REPAIRS = [\n" in source
    repairs.write_text(source.replace("REPAIRS = [\n", 'REPAIRS = [\n    ("<blink>", ""),\n', 1))
    is_built, log = build()
    assert not is_built
    assert "found nothing to repair with <blink>:" in log
    repairs.write_text(source)


def test_a_diagram_without_a_caption_is_warned_of(book, build, built):
    (book / "index.md").write_text(f"{INDEX}\n{DRAWN}\n\nNo caption.\n")
    log = build()[1]
    assert "diagrams/cell.svg has no caption. Put a paragraph *in emphasis* under it." in log
    (book / "index.md").write_text(INDEX)
