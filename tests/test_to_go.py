"""The book to go: the zip of notebooks, the copies for Colab, how to cite, the preview picture."""

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import partial
from types import SimpleNamespace

import pytest
import yaml
from PIL import Image
from sphinx.errors import ExtensionError

from tests.helpers import assert_none
from tests.notebooks import NOTEBOOKS, ROOT, read
from tests.test_diagrams import outside, strangers
from website import colab, pack, preview
from website.extensions import book_repository, to_go
from website.extensions.imprint import imprint

LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
FENCE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
RAN_BY_SOMEBODY_ELSE = re.compile(r"__pycache__|\.ipynb_checkpoints|(?:^|/)[._](?!_init__|_main__)")
REPOSITORY = "https://github.com/Owner/name"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


# --- the zip --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zipped(tmp_path_factory):
    """The zip, made anew."""
    path = tmp_path_factory.mktemp("to_go") / "book.zip"
    pack.pack(path)
    return path


@pytest.fixture(scope="module")
def packed(zipped):
    """What it holds, by the path in its one folder."""
    with zipfile.ZipFile(zipped) as archive:
        names = archive.namelist()
        assert {name.partition("/")[0] for name in names} == {pack.TOP}
        return {name.partition("/")[2]: archive.read(name) for name in names}


def prose(name, data):
    """The words of a notebook or a page, without code."""
    if name.endswith(".ipynb"):
        cells = json.loads(data)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    else:
        text = data.decode()
    return FENCE.sub("", text)


def test_the_same_book_gives_the_same_bytes(zipped, tmp_path):
    pack.pack(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == zipped.read_bytes()
    with zipfile.ZipFile(zipped) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(*imprint()["date"].timetuple()[:3], 0, 0, 0)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_each_notebook_is_in_the_zip_with_what_it_reads(packed):
    for path in NOTEBOOKS:
        name = path.relative_to(ROOT).as_posix()
        assert packed[name] == path.read_bytes()
        code = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
        for target in re.findall(r"[\"'](\.\./[\w./-]+)[\"']", code):
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            assert any(other == there or other.startswith(f"{there}/") for other in packed), target
    for folder in ("rnnlib", "checkup", "weights", "benchmarks/results"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        ours = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
        assert ours <= packed.keys()


def test_every_link_leads_to_something_in_the_zip(packed):
    broken, count = [], 0
    for name, data in packed.items():
        if name.endswith((".ipynb", ".md")):
            for target in LINK.findall(prose(name, data)):
                count += 1
                there = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
                broken += [(name, target)] * (there not in packed)
    assert broken == []
    assert count > 1000


def test_nothing_else_is_in_the_zip(packed):
    assert [name for name in packed if RAN_BY_SOMEBODY_ELSE.search(name)] == []
    suffixes = {"ipynb", "md", "svg", "py", "json", "safetensors", "mplstyle", "typed"}
    roots = {"LICENSE", "CITATION.cff", "pyproject.toml", "START-HERE.txt"}
    roots |= {f"requirements{one}.txt" for one in ("", "-torch", "-keras")}
    roots |= {"tools/one_framework/pyproject.toml"}
    for name in packed.keys() - roots:
        assert name.rpartition(".")[2] in suffixes, name


def test_what_a_program_of_the_zip_imports_of_the_book_is_in_it(packed):
    missing = []
    for name in (name for name in packed if name.endswith(".py")):
        for module in re.findall(r"^(?:from|import) ([\w.]+)", packed[name].decode(), re.MULTILINE):
            path = module.replace(".", "/")
            there = {f"{path}.py", f"{path}/__init__.py"} & packed.keys()
            ours = (pack.ROOT / f"{path}.py").exists() or (pack.ROOT / path).is_dir()
            missing += [f"{name}: {module}"] if ours and not there else []
    assert_none(missing, "Add the file to PACKED in website/pack.py.")


def test_a_file_that_is_to_be_packed_must_be_there(monkeypatch):
    monkeypatch.setattr(pack, "PACKED", ("LICENCE",))
    with pytest.raises(FileNotFoundError, match="there is no LICENCE to pack"):
        pack.contents()


def test_the_first_file_says_the_lines_of_the_set_up_page(packed):
    start = packed["START-HERE.txt"].decode()
    setup = (ROOT / "chapters" / "setup.md").read_text(encoding="utf-8")
    for shell in ("jupyter", r".venv\Scripts\jupyter"):
        assert f"{shell} lab chapters\n" in start
    for line in re.findall(r"^(?:python|\.venv).*$", start, re.MULTILINE):
        assert f"\n{line}\n" in setup
    assert max(map(len, start.splitlines())) <= 100
    for name in (named := set(re.findall(r"requirements[\w-]*\.txt", start))):
        for folder in re.findall(r"^\./(.+)$", packed[name].decode(), re.MULTILINE):
            assert {f"{folder}/__init__.py", f"{folder}/pyproject.toml"} <= packed.keys()
    assert len(named) == 3


def test_the_library_of_the_zip_can_be_installed(packed):
    project = tomllib.loads(packed["pyproject.toml"].decode())["project"]
    assert project == PROJECT | {"readme": "START-HERE.txt"}
    assert project["readme"] in packed


def test_the_zip_is_made_before_the_site_and_the_rest_is_made_of_it():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    made = set(re.findall(r"_build/to_go/([\w.-]+)", makefile))
    assert pack.FILE.name in made <= to_go.FILES.keys()
    assert re.search(r"^\$\(SITE\):.* \$\(ZIP\)$", makefile, re.MULTILINE)
    assert re.search(r"^\$\(PAPER\): \$\(SITE\)", makefile, re.MULTILINE)


def test_a_built_site_lists_what_was_made_of_it(tmp_path):
    """Every list of it is written anew, with the way to the files from its page."""
    site, made = tmp_path / "html", tmp_path / "_build" / "to_go"
    (site / "chapters").mkdir(parents=True)
    old = f"<p>Before.</p>{to_go.list_files({})}<p>After.</p>"
    for name in ("index.html", "chapters/page.html"):
        (site / name).write_text(old, encoding="utf-8")
    (site / "other.html").write_text("no list", encoding="utf-8")
    (site / "lecture.html").write_text(to_go.list_files({}, only="one-"), encoding="utf-8")
    made.mkdir(parents=True)
    (made / "one-lecture.svg").write_bytes(b"x")
    (made / "hidden-state.epub").write_bytes(b"x" * 1_234_567)
    (made / "hidden-state-four-steps.xlsx").write_bytes(b"x" * 23_456)
    (made / "stray.txt").write_bytes(b"x")
    to_go.renew(tmp_path, site)
    for name, above in {"index.html": "", "chapters/page.html": "../"}.items():
        text = (site / name).read_text(encoding="utf-8")
        assert f'href="{above}to_go/hidden-state.epub">EPUB</a> (1.2 MB)' in text
        assert f'href="{above}to_go/hidden-state-four-steps.xlsx">Spreadsheet</a> (23 kB)' in text
        assert text.startswith("<p>Before.</p><ul")
        assert text.endswith("</ul><p>After.</p>")
        assert "PDF" not in text
    lecture = (site / "lecture.html").read_text(encoding="utf-8")
    assert re.findall('href="([^"]*)"', lecture) == ["to_go/one-lecture.svg"]
    carried = {path.name for path in (site / "to_go").iterdir()}
    assert carried == {"hidden-state.epub", "hidden-state-four-steps.xlsx", "one-lecture.svg"}
    assert (site / "other.html").read_text(encoding="utf-8") == "no list"


# --- Colab and Binder -----------------------------------------------------------------------------


def test_a_copy_for_colab_fetches_the_book_first_and_links_to_what_is_on_the_net():
    for path in NOTEBOOKS:
        folder = path.parent.relative_to(ROOT).as_posix()
        before = json.loads(path.read_text(encoding="utf-8"))
        after = colab.copy_of(before, folder, REPOSITORY)
        title, first, *rest = after["cells"]
        assert "".join(title["source"]).startswith("# ")
        source = "".join(first["source"])
        assert f"git clone --quiet --depth 1 {REPOSITORY} " in source
        assert source.endswith(f"%cd {{book}}/{folder}\n")
        assert [c for c in rest if c["cell_type"] == "code"] == [
            c for c in before["cells"] if c["cell_type"] == "code"
        ]
        words = prose(path.name, json.dumps(after))
        assert LINK.findall(words) == []
        assert all(other in words for other in ("https://github.com/Owner/name/blob/HEAD/",))


def test_on_colab_every_chapter_finds_what_it_needs():
    (extras,) = re.findall(r"{book}}\[(.+)\]", colab.CELL)
    assert {*extras.split(","), "completion"} == PROJECT["optional-dependencies"].keys()


def test_the_links_of_a_copy_lead_to_copies_pages_and_pictures():
    text = "[4](../04_a.ipynb#b), [a `b`](../glossary.md#term), ![c d](diagrams/e.svg), [f](#g)"
    text += ", [h](https://h.org/a.html)"
    assert colab.absolute_links(text, "chapters/detours", REPOSITORY) == (
        "[4](https://colab.research.google.com/github/Owner/name/blob/colab/chapters/04_a.ipynb), "
        "[a `b`](https://github.com/Owner/name/blob/HEAD/chapters/glossary.md#term), "
        "![c d](https://raw.githubusercontent.com/Owner/name/HEAD/chapters/detours/diagrams/e.svg"
        "?sanitize=true), [f](#g), [h](https://h.org/a.html)"
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository of the book in small, with another as its `origin`."""
    if not shutil.which("git"):
        pytest.skip("git is not there")
    folder, skip = tmp_path_factory.mktemp("repository"), shutil.ignore_patterns("__pycache__")
    for name in ("rnnlib", "checkup", "tools", "website", ".ci"):
        shutil.copytree(ROOT / name, folder / "book" / name, ignore=skip)
    (folder / "book" / "chapters").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "chapters/ten_minutes.ipynb"):
        shutil.copy(ROOT / name, folder / "book" / name)
    git = partial(subprocess.run, check=True, capture_output=True, text=True, cwd=folder / "book")
    start = ("git", "init", "--quiet", "--initial-branch=main")
    git([*start, "--bare", folder / "origin"])
    git(start)
    git(["git", "add", "."])
    author = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    git(["git", *author, "commit", "--quiet", "-m", "Book"])
    git(["git", "remote", "add", "origin", folder / "origin"])
    git(["git", "push", "--quiet", "origin", "main"])
    return folder


RUN = """
import os, sys, types
from IPython.core.interactiveshell import InteractiveShell
shell, restarts = InteractiveShell.instance(), []
shell.kernel = types.SimpleNamespace(do_shutdown=lambda restart: restarts.append(restart))
sys.modules["numpy"] = types.ModuleType("numpy")  # as if Colab had loaded its own
for _ in range(2):
    shell.run_cell(os.environ["CELL"]).raise_error()
    print(restarts, os.getcwd())
"""


def test_the_first_cell_clones_installs_and_goes_to_the_folder_once(repository, tmp_path):
    """pip installs into a folder of its own, and no frameworks; the texts are there already."""
    from rnnlib.data.wheels import cache_folder

    address = (repository / "origin").as_uri()
    cell = colab.CELL.format(repository=address, folder="chapters")
    pip = {"PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1"}
    pip |= {"PIP_TARGET": str(tmp_path / "site"), "PYTHONPATH": str(tmp_path / "site")}
    env = os.environ | pip | {"HOME": str(tmp_path), "RNNLIB_CACHE": str(cache_folder())}
    env["CELL"] = cell.replace("    %pip uninstall", "    # %pip uninstall")  # not from here
    command = [sys.executable, "-c", RUN]
    ran = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    there = tmp_path / "hidden-state" / "chapters"
    assert ran.stdout.count(f"[True] {there}\n") == 2
    assert (tmp_path / "site" / "rnnlib" / "data").is_dir()
    assert "1,115,394 characters" in ran.stdout


def test_the_branch_for_colab_holds_the_copies_alone_and_can_be_made_again(repository):
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # the copy has no .gitignore
    for _ in range(2):
        command = ["bash", ".ci/colab", REPOSITORY]
        ran = subprocess.run(
            command, cwd=repository / "book", env=env, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
    git = partial(subprocess.run, check=True, capture_output=True, text=True)
    show = ["git", "--git-dir", repository / "origin", "show"]
    assert git([*show, "colab:chapters"]).stdout.split() == [
        "tree",
        "colab:chapters",
        "ten_minutes.ipynb",
    ]
    copy = json.loads(git([*show, "colab:chapters/ten_minutes.ipynb"]).stdout)
    assert REPOSITORY in "".join(copy["cells"][1]["source"])
    assert git(["git", "status", "--short"], cwd=repository / "book").stdout == "?? _build/\n"


def test_another_host_than_githubs_is_refused_in_a_sentence():
    options = {"repository_url": "https://example.org/Owner/name"}
    app = SimpleNamespace(config=SimpleNamespace(html_theme_options=options))
    with pytest.raises(ExtensionError, match=r"write https://github.com/OWNER/NAME, or leave it"):
        book_repository.turn_on(app)


def test_binder_has_a_python_that_suits_and_every_requirement():
    folder = ROOT / ".binder"
    major, minor = (folder / "runtime.txt").read_text().strip().removeprefix("python-").split(".")
    assert PROJECT["requires-python"] == f">={major}.{minor}"
    assert "\n-r ../requirements.txt\n" in (folder / "requirements.txt").read_text()
    assert os.access(folder / "postBuild", os.X_OK)
    assert "python -m rnnlib.data" in (folder / "postBuild").read_text()


# --- citing and previews --------------------------------------------------------------------------


def test_the_citation_agrees_with_what_else_says_it():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    logo = config["sphinx"]["config"]["html_theme_options"]["logo"]["text"]
    name, subtitle = re.fullmatch(r'(.+?)<span class="subtitle">(.+)</span>', logo).groups()
    assert cff["title"].lower() == f"{name}: {subtitle}".lower()
    assert cff["authors"] == [{"name": config["author"]}]
    assert cff["version"] == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changes, re.MULTILINE)[1] == cff["version"]
    assert {"cff-version", "message", "title", "authors"} <= cff.keys()
    assert bool(config["repository"]["url"]) is ("repository-code" in cff)
    assert imprint()["day"].endswith(str(imprint()["date"].year))


def test_the_preview_is_the_picture_that_is_drawn():
    """After a change in preview.py or diagrams.css: python -m website.preview."""
    with Image.open(preview.FILE) as picture:
        assert picture.size == (1200, 630)
        assert picture.text["Drawing"] == preview.fingerprint()
    assert preview.FILE.stat().st_size < 100_000


def test_the_preview_is_in_the_language_of_the_diagrams():
    sheet = preview.draw_word()
    assert [*strangers(sheet), *outside(sheet)] == []
