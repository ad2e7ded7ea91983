"""The pages of the built site, as trees that paper can hold.

What needs a script or a pointer goes. Lab notes move to the end of their page, and solutions and
answers to the questions to an appendix. Code that the site folds away stays in the notebooks, but
for the setup. Every id begins with the name of its page, so that a link is right wherever its page
comes to stand.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html.entities import html5
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
LEFT_OUT = ("page-review", "page-figures")  # pages that are nothing on paper
UNUSED_SECTIONS = ("page-index--take-it-with-you",)
UNUSED = (
    "headerlink",
    "buttons",
    "pst-js-only",
    "play",
    "toctree-wrapper",
    "narrow",
    "by-night",
    "answer-end",
    "to-run",
    "to-go",
    "to-slides",
    "save",
)
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\w+);)(\w+;)")
ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.S)
LONE = re.compile(
    r"(<(?:a|input|option|details)\b[^>]*?\s(?:download|disabled|checked|open))(?=[\s>])"
)
REFERS = ("href", "aria-labelledby", "aria-describedby")
APPENDIX = "page-solutions"


@dataclass
class Page:
    """One page: its short name, the part it belongs to, its number or "", its tree."""

    name: str
    part: str
    number: str
    title: str
    tree: ET.Element


def classes(node):
    return node.get("class", "").split()


def text_of(node):
    return " ".join("".join(node.itertext()).split())


def order():
    """The names of the pages, from `_toc.yml`, each with its part."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    yield toc["root"], ""
    for part in toc["parts"]:
        for page in part["chapters"]:
            yield page["file"], part["caption"]


def short(name):
    """The name of a page without its folder, and such that an id may begin with it."""
    return f"page-{Path(name).name}"


def parse(path):
    """The article of a built page; an error names the page and the place."""
    return as_tree(ARTICLE.search(path.read_text(encoding="utf-8"))[1], path)


def as_tree(code, path):
    """HTML of a built page as a tree."""
    code = ENTITY.sub(lambda entity: html5[entity[1]], code)
    code = LONE.sub(r'\1=""', code)
    try:
        return ET.fromstring(f"<article>{code}</article>")
    except ET.ParseError as error:
        line, column = error.position
        near = code.split("\n")[line - 1][max(0, column - 60) : column + 20]
        raise SystemExit(f"{path}: a tag is not closed near {near!r} ({error})") from None


def drop(tree, unwanted):
    """Take out the elements for which `unwanted` is true, and keep the text behind them."""
    for parent in list(tree.iter()):
        for child in list(parent):
            if unwanted(child):
                before = list(parent).index(child) - 1
                if child.tail and before >= 0:
                    parent[before].tail = (parent[before].tail or "") + child.tail
                elif child.tail:
                    parent.text = (parent.text or "") + child.tail
                parent.remove(child)


def is_unused(node):
    found = classes(node)
    if node.tag in ("script", "button", "summary", "audio") or node.get("id") in UNUSED_SECTIONS:
        return True
    is_empty = all(child.tag == "script" for child in node)
    return any(name in found for name in UNUSED) or ("prediction" in found and is_empty)


def drop_folded_code(tree):
    """Code that the site folds away: only the setup stays, under its name."""
    for cell in tree.iter("div"):
        for fold in [child for child in cell if "above-input" in classes(child)]:
            title = fold.find("summary/p")
            if title is None or text_of(title) != "Setup":
                cell.remove(fold)


def unfold(tree):
    """What remains of folds is open."""
    for fold in tree.iter("details"):
        fold.tag = "div"


def make(tag, *children, text=None, **attributes):
    """An element; `class_` is its class."""
    attributes = {name.rstrip("_"): value for name, value in attributes.items()}
    node = ET.Element(tag, attributes)
    node.text = text
    node.extend(children)
    return node


def is_solution(node):
    """Whether a node shows nothing but solutions: a cell, or a panel of such cells."""
    if "cell" in classes(node):
        return text_of(node).startswith("solution(")
    cells = [cell for cell in node.iter("div") if "cell" in classes(cell)]
    return "framework-panel" in classes(node) and all(map(is_solution, cells))


def only_outputs(node):
    """A solution without the call that shows it."""
    drop(node, lambda child: "cell_input" in classes(child) or child.tag == "summary")
    return node


def solutions_of(page):
    """Take the solutions out of a page's exercises; a section for each exercise that has one."""
    for exercise in page.tree.iter("section"):
        found = [child for child in exercise if is_solution(child)]
        if "exercise" not in classes(exercise) or not found:
            continue
        number = re.match(r"Exercise (\S+)\.", text_of(exercise.find("h3")))[1]
        anchor = f"{page.name}--solution-{number}"
        place = list(exercise).index(found[0])
        for node in found:
            exercise.remove(node)
        for cell in exercise.iter("div"):
            if "tag_exercise" in classes(cell):  # there `check` speaks of three dots
                drop(cell, lambda child: "cell_output" in classes(child))
        link = make("a", text=f"Solution {number}", href=f"#{anchor}")
        exercise.insert(place, make("p", link, class_="to-solution"))
        back = make("a", text=f"Exercise {number}", href=f"#{exercise.get('id')}")
        yield make("section", make("h3", back), *map(only_outputs, found), id=anchor)


def answers_of(page):
    """Take the answers out of the questions to recall; one section that holds both, or nothing."""
    cards = [node for node in page.tree.iter("details") if "recall" in classes(node)]
    if not cards:
        return
    anchor, answers = f"{page.name}--answers", []
    for card in cards:
        asked, answer = card
        question = make("p", *asked, text=asked.text, class_="question")
        answers += [make("p", *asked, text=asked.text, class_="question"), answer]
        card[:] = [question]
    link = make("a", text="The answers are in the appendix.", href=f"#{anchor}")
    cards[-1].append(make("p", link, class_="to-solution"))
    yield make("section", make("h3", text="Questions to recall"), *answers, id=anchor)


def move_lab_notes(page):
    """Lab notes leave the text for the end of the page; a link stands where they were."""
    places = [
        (parent, child)
        for parent in page.tree.iter()
        for child in parent
        if "lab-notes" in classes(child)
    ]
    moved = []
    for parent, fold in places:
        title, notes = fold
        anchor = fold.get("id")
        link = make("a", *title, text=title.text, href=f"#{anchor}")
        stays = make("p", link, class_="to-solution", id=f"{anchor}--from")
        stays.tail = fold.tail
        parent[list(parent).index(fold)] = stays
        back = make("a", text=text_of(title), href=f"#{anchor}--from")
        moved.append(make("section", make("h3", back), *notes, id=anchor))
    if moved:
        heading = make("h2", text="Lab notes")
        notes = make("section", heading, *moved, class_="lab-notes", id=f"{page.name}--lab-notes")
        next(page.tree.iter("section")).append(notes)


def make_appendix(pages):
    """The page of solutions and answers, chapter by chapter."""
    tree = make("article", make("section", make("h1", text="Solutions and answers")))
    for page in pages:
        found = [*solutions_of(page), *answers_of(page)]
        if found:
            number = f"{page.number}. " if page.number else ""
            title = make("h2", text=f"{number}{page.title}")
            tree[0].append(make("section", title, *found, id=f"{APPENDIX}--{page.name}"))
    tree[0].set("id", f"{APPENDIX}--top")
    return Page(APPENDIX, "Appendix", "", "Solutions and answers", tree)


def name_ids(tree, name, known):
    """Give all ids the page's name, and turn links between pages into links to such ids."""

    def target(link):
        path, _, anchor = link.partition("#")
        page = short(path.removesuffix(".html")) if path else name
        return f"#{page}--{anchor or 'top'}" if page in known else None

    for node in tree.iter():
        node.attrib.pop("aria-hidden", None)  # a printed drawing that is hidden has no description
        if "id" in node.attrib:
            node.set("id", f"{name}--{node.get('id')}")
        for key, value in node.attrib.items():
            node.set(key, re.sub(r"url\(#", f"url(#{name}--", value))
        for key in REFERS:
            link = node.get(key)
            if link is None or re.match(r"\w+:", link):
                continue
            if key != "href":
                node.set(key, " ".join(f"{name}--{part}" for part in link.split()))
            elif target(link):
                node.set(key, target(link))
            else:
                del node.attrib[key]


def unlink(pages):
    """Links that lead nowhere on paper become their words."""
    ids = {node.get("id") for page in pages for node in page.tree.iter()}
    for page in pages:
        for node in page.tree.iter("a"):
            link = node.get("href", "")
            if not link or (link.startswith("#") and link[1:] not in ids):
                node.tag = "span"
                node.attrib.pop("href", None)


def read(site=SITE):
    """All pages for paper, in order, with the appendix at the end."""
    names = [(name, part) for name, part in order() if short(name) not in LEFT_OUT]
    known, pages = {short(name) for name, _ in names}, []
    for path, part in names:
        name = short(path)
        tree = parse(site / f"{path}.html")
        heading = next(tree.iter("h1"))
        number = next((text_of(node) for node in heading.iter("span")), "").rstrip(".")
        drop_folded_code(tree)
        name_ids(tree, name, known)
        tree.set("id", f"{name}--top")
        drop(heading, is_unused)
        title = text_of(heading).removeprefix(f"{number}.").strip() if number else text_of(heading)
        pages.append(Page(name, part, number, title, tree))
        move_lab_notes(pages[-1])
    pages.append(make_appendix(pages))
    for page in pages:
        drop(page.tree, is_unused)
        unfold(page.tree)
    unlink(pages)
    return pages
