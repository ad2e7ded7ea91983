"""The words of the trade: each is explained, or linked to where it is, the first time it is used.

The book is read in order: ten minutes, then the chapters by number. Of every term in the glossary
the first use in that order, in prose, must be a link to the glossary, or stand in bold or italics
in a chapter that the glossary names, which is how a chapter marks the word that it explains. Code,
formulas, headings, captions, the targets of links and the promises under *You will* are no prose.
A longer term hides the shorter one in it: *gradient clipping* is no use of *gradient*.

Some terms are everyday words as well, and an everyday use proves nothing; of these it is asked
only that the chapter which explains them marks or links them somewhere.
"""

import re
from functools import cache

from tests.helpers import assert_none
from tests.notebooks import CHAPTERS, NOTEBOOKS, ROOT, read
from tools.plain import entries, is_added, plain_text

GLOSSARY = entries((ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8"))
PAGES = [path for path in NOTEBOOKS if path.stem == "ten_minutes"] + CHAPTERS
EVERYDAY = {
    *("accuracy", "candidate", "cell", "character", "context", "device", "discount"),
    *(
        "diversity",
        "engine",
        "floor",
        "gate",
        "influence",
        "initial weights",
        "key",
        "layer",
        "order",
    ),
    *("pass", "patience", "rank", "recipe", "seed", "shape", "shuffle"),
    *("surprise", "target", "uniform", "unit", "window"),
}
NO_PROSE = [
    re.compile(r"^\*\*You will\*\*.*?(?=^\*\*You need|\Z)", re.MULTILINE | re.DOTALL),
    re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL),
    re.compile(r"^\s*#+ .*$", re.MULTILINE),
    re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL),
    re.compile(r"\$\$.*?\$\$", re.DOTALL),
    re.compile(r"(?<!\\)\$[^$\n]+\$"),
]
LINK = re.compile(r"\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s]*)[^)]*\)")
TO_GLOSSARY = re.compile(r"(?:\.\./)?glossary\.md#(?P<slug>.+)")


def pattern(term):
    """A term as it may stand in a sentence: shuffles, shuffled; blank, hyphen or line break."""
    words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]", term)))
    plural = words[:-1] + "(?:y|ies)" if term.endswith("y") else words + "(?:es|s|ed|d)?"
    return plural if term != term.lower() else f"(?i:{plural})"


LONGEST_FIRST = sorted(GLOSSARY, key=len, reverse=True)
ANY_TERM = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"({pattern(term)})" for term in LONGEST_FIRST) + r")(?![\w-])"
)


def blank(text, pieces):
    """The text, with blanks in place of the pieces, so that every place stays."""
    for start, end in pieces:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def uses(source):
    """The terms in a piece of prose, in order: (place, term, how), how: linked, marked or bare."""
    text = plain_text(source)
    for nothing in NO_PROSE:
        text = blank(text, [match.span() for match in nothing.finditer(text)])
    slugs = {term.replace(" ", "-"): term for term in GLOSSARY}
    found, links = [], []
    for link in LINK.finditer(text):
        to_glossary = TO_GLOSSARY.fullmatch(link["target"])
        if to_glossary:
            found.append((link.start(), slugs.get(to_glossary["slug"]), "linked"))
        links.append(link.span() if to_glossary else (link.end("text"), link.end()))
    text = blank(text, links)
    for match in ANY_TERM.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        marked = re.search(r"(?:\*|\b_)$", before) and re.match(r"[,.:]?(?:\*|_\b)", after)
        term = LONGEST_FIRST[match.lastindex - 1]
        found.append((match.start(), term, "marked" if marked else "bare"))
    return sorted(found, key=lambda use: use[0])


@cache
def uses_of_page(path):
    """The terms in a page's prose, in order, each with the words around it."""
    cells = [c for c in read(path).cells if c.cell_type == "markdown" and not is_added(c)]
    return [
        (term, how, " ".join(plain_text(cell.source)[max(0, place - 30) :].split())[:70])
        for cell in cells
        for place, term, how in uses(cell.source)
    ]


def explained_in(term):
    """The names of the notebooks in which the glossary says that a term is explained."""
    return re.findall(r"\(((?:detours/)?\w+)\.ipynb\)", GLOSSARY[term])


def first_use(term):
    """Page, how and surrounding words of a term's first use in the book; None if it has none."""
    for path in PAGES:
        for found, how, words in uses_of_page(path):
            if found == term:
                return path.stem, how, words
    return None


def is_introduced(term, page, how):
    """Whether a use may be the first: a link to the glossary, or marked where it is explained."""
    return how == "linked" or (how == "marked" and page in explained_in(term))


def test_a_first_use_can_be_linked_marked_or_bare():
    kinds = {
        "a [loss](glossary.md#loss) of 2": [("loss", "linked")],
        "a {term}`loss` of 2": [("loss", "linked")],
        "the *loss* is high": [("loss", "marked")],
        "two **losses**, both high": [("loss", "marked")],
        "the loss is high, says [the glossary](glossary.md)": [("loss", "bare")],
        "see [the loss](02_guess.ipynb)": [("loss", "bare")],
        "`loss` is code, $loss$ a formula": [],
        "# A loss\n\nin a heading": [],
        "**You will**\n\n- see a loss\n\n**You need** a loss": [("loss", "bare")],
        "lossless": [],
        "gradient clipping": [("gradient clipping", "bare")],
        "N-grams, and an n-gram": [("n-gram", "bare"), ("n-gram", "bare")],
        "first batched, then detached": [("batch", "bare"), ("detach", "bare")],
        "Adam, but no adam": [("Adam", "bare")],
        "unrolled [unrolled](../glossary.md#unrolling)": [("unrolling", "linked")],
    }
    for source, expected in kinds.items():
        assert [(term, how) for _, term, how in uses(source)] == expected, source


def test_everyday_words_are_terms_of_the_glossary():
    assert_none(
        sorted(EVERYDAY - set(GLOSSARY)),
        "They are no terms of the glossary: strike them from EVERYDAY in tests/test_terms.py.",
    )


def test_the_first_use_of_a_term_is_linked_or_explained():
    faults = []
    for term in sorted(set(GLOSSARY) - EVERYDAY):
        found = first_use(term)
        if found and not is_introduced(term, *found[:2]):
            faults.append(f"chapters/{found[0]}.ipynb: {term}: …{found[2]}…")
    assert_none(
        faults,
        "Link the first use of each in the book, [word](glossary.md#term), or set it in bold in "
        "the chapter that the glossary names for it; or say it in another word.",
    )


def test_a_term_is_linked_or_marked_in_the_chapter_that_explains_it():
    faults = []
    for term in sorted(GLOSSARY):
        named = [path for path in NOTEBOOKS if path.stem in explained_in(term)]
        for path in named[:1]:
            ways = {how for found, how, _ in uses_of_page(path) if found == term}
            if not ways & {"linked", "marked"}:
                faults.append(f"{path.relative_to(ROOT)}: {term}: {sorted(ways) or 'not used'}")
    assert_none(
        faults,
        "Set the term in bold where this chapter explains it, or link it to the glossary; or name "
        "another chapter in its entry in chapters/glossary.md.",
    )
